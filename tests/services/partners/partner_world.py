"""Partner institutions for tests: the module switched on, terms, people who came."""

from __future__ import annotations

from typing import Any

from services.commands import Approval, Session
from services.partners.agreements import SIGNATURE, AgreementForm, agree
from services.partners.institutions import PartnerForm, add_partner
from services.partners.introductions import IntroductionForm, arrive, introduce
from services.partners.statements import draw, settle_statement
from services.partners.switch import phrase, switch_partners
from services.partners.terms import Terms

LICENCE = "PDY123456"
BOSS = Approval(1, "孙院长", "director", SIGNATURE)


def switched_on(director: Session) -> None:
    switch_partners(director, on=True, typed=phrase())


def partner(session: Session, name: str = "康宁门诊部", **more: str) -> int:
    return add_partner(session, form=PartnerForm(name, LICENCE, **more)).partner_id


def agreed(session: Session, partner_id: int, **more: Any) -> int:
    """5% of what comes in, by the month, from November on."""
    values: dict[str, Any] = {
        "contract": "HT-1",
        "direction": "in",
        "model": "fixed",
        "terms": Terms(per_mille=50),
        "rhythm": "month",
        "from_on": "2026-11-01",
        **more,
    }
    form = AgreementForm(**values)
    return agree(session, partner_id=partner_id, form=form, approval=BOSS).agreement_id


def form(partner_id: int, person_id: int, direction: str = "in", **more: Any) -> IntroductionForm:
    values: dict[str, Any] = {
        "consent_on": "2026-11-01",
        "consent_note": "签书面同意书",
        "handed": ("name", "phone") if direction == "out" else (),
        **more,
    }
    return IntroductionForm(partner_id, person_id, direction, **values)


def introduced(
    session: Session, partner_id: int, person_id: int, direction: str = "in", **more: Any
) -> int:
    made = introduce(session, form=form(partner_id, person_id, direction, **more))
    return made.introduction_id


def came(
    session: Session, partner_id: int, person_id: int, direction: str = "in", **more: Any
) -> int:
    """Somebody who was introduced and arrived today."""
    introduction_id = introduced(session, partner_id, person_id, direction, **more)
    arrive(session, introduction_id=introduction_id)
    return introduction_id


def settled(session: Session, statement_id: int, voucher: str = "") -> int:
    number = voucher or f"记-{statement_id}"
    made = settle_statement(session, statement_id=statement_id, voucher=number, approval=BOSS)
    return made.amount_fen


def one_settled(director: Session, session: Session, person_id: int) -> int:
    """Somebody was brought, and the sum for it is settled; answers the statement."""
    switched_on(director)
    where = partner(session)
    once = Terms(sum_fen=200_00)
    made = agreed(session, where, model="once", terms=once, rhythm="each")
    came(session, where, person_id)
    drawn = draw(session, agreement_id=made, direction="in").statement_id
    settled(session, drawn)
    return drawn
