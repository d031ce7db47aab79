"""The made-up clinic's staff with their random PINs, signed in once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from services.bulk import bulk
from services.clinic import Clinic
from services.commands import Approval, Session
from services.demo import words
from services.errors import RuleError
from services.staff import add_staff, approve, check_pin_form, sign_in

# questions the story always answers with yes
_YES = ("same_id", "possible_duplicate", "no_phone", "clock_jump", "already_here")


@dataclass(frozen=True)
class DemoStaff:
    """Somebody who can sign in to the demo, and the PIN made for them."""

    name: str
    role: str
    pin: str


def new_pin() -> str:
    """Six random digits that the program accepts as a PIN."""
    while True:
        pin = f"{secrets.randbelow(10**6):06}"
        try:
            check_pin_form(pin)
        except RuleError:
            continue
        return pin


@dataclass
class Crew:
    """One session per person. `desk` are the two receptionists in turn."""

    desk: tuple[Session, Session]
    billing: Session
    marketing: Session
    manager: Session
    director: Session

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Everybody."""
        return (*self.desk, self.billing, self.marketing, self.manager, self.director)

    def together(self, sessions: tuple[Session, ...]) -> Crew:
        """The same people with other sessions (those of a batch)."""
        return Crew((sessions[0], sessions[1]), *sessions[2:])


@dataclass(frozen=True)
class Signatures:
    """Second people's words, given once and kept: the two signatures of a Friday, marketing's for
    Monday's summary, the manager's for a gift that is owed and for one that comes back opened, the
    director's under an agreement with an institution."""

    marketing: Approval
    billing: Approval
    handover: Approval
    owed: Approval
    opened: Approval
    partner: Approval


def hire(clinic: Clinic, director_pin: str) -> tuple[Crew, Signatures, tuple[DemoStaff, ...]]:
    """Add everybody and sign them in."""
    director = sign_in(clinic, words.DIRECTOR, director_pin).confirming(*_YES)
    staff = [DemoStaff(words.DIRECTOR, "director", director_pin)]
    with bulk(director) as (acting,):
        for name, role in words.STAFF:
            staff.append(DemoStaff(name, role, new_pin()))
            add_staff(acting, name=name, role=role, pin=staff[-1].pin)
    signed = [sign_in(clinic, each.name, each.pin).confirming(*_YES) for each in staff[1:]]
    crew = Crew((signed[0], signed[1]), signed[2], signed[3], signed[4], director)
    signatures = Signatures(
        approve(clinic, staff[4].name, staff[4].pin, "sign.marketing"),
        approve(clinic, staff[3].name, staff[3].pin, "sign.billing"),
        approve(clinic, staff[4].name, staff[4].pin, "sign.handover"),
        approve(clinic, staff[5].name, staff[5].pin, "approve.owed_gift"),
        approve(clinic, staff[5].name, staff[5].pin, "approve.return"),
        approve(clinic, staff[0].name, staff[0].pin, "approve.partner"),
    )
    return crew, signatures, tuple(staff)
