"""P3: points, gifts and balances never disagree, whatever is done to them in whatever order.

Members, receipts, refunds, voids, moves, arrears, adjustments, tiers, joins, services, gifts and
days, at random over one clinic; what the rules refuse is refused and goes on. The invariants are
`verify`'s, which recomputes every projection from its ledger.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bench.reliability.deeds import director
from bench.reliability.desk import DIRECTOR, TODAY, disagreements, new_desk
from services.bulk import bulk
from services.clinic import Clinic, open_clinic
from services.clock import ManualClock, plus_days
from services.commands import Actor, Approval, Session
from services.errors import AppError
from services.gifts.catalogue import define_gift
from services.gifts.handout import issue_gift
from services.gifts.stock import receive
from services.gifts.taking_back import return_gift
from services.loyalty.awards import give_award
from services.loyalty.grants import grants_of
from services.loyalty.membership import drop_tier, join, override_tier
from services.loyalty.points import adjust_points, expire_due, reverse_adjustment
from services.loyalty.receipts import move_receipt, pay_arrears, post_receipt, refund, void_receipt
from services.loyalty.service_use import use_service, uses_of, void_use
from services.people.enrolment import enrol
from services.people.form import PersonForm
from services.staff import add_staff

PEOPLE_AT_A_TIME = 40  # who come and go; a new lot every so many operations keeps histories short
TURNOVER = 4000
CHECK_EVERY = 20_000
SAVED_TOGETHER = 50  # refused ones apart: a refusal ends its batch
GIFT_YUAN = 10
_OWED = (
    "AND billed_fen > net_fen AND id NOT IN"
    " (SELECT receipt_id FROM money_event WHERE kind <> 'payment')"
)


@dataclass(frozen=True)
class Operated:
    """So many operations on record, so many refusals by the rules; what was found wrong."""

    operations: int
    refused: int
    kinds: int  # of operations that were among them
    faults: tuple[str, ...]


class Books:
    """One clinic, and what may be done in it."""

    def __init__(self, clinic: Clinic, clock: ManualClock, seed: int) -> None:
        self._clinic, self._clock, self._chance = clinic, clock, random.Random(seed)
        self._session = director(clinic)
        manager = add_staff(self._session, name="郑管理", role="member_admin", pin="582914")
        self._manager = replace(
            self._session, actor=Actor(manager.staff_id, "郑管理", "member_admin")
        )
        self._people: list[int] = []
        self._known = 0
        self._gift = define_gift(
            self._session, code="G10", name="牙膏", band_fen=GIFT_YUAN * 100, cost_fen=600
        ).gift_id
        self.done: Counter[str] = Counter()
        self.refused = 0
        self._verbs: tuple[tuple[int, Callable[[Session, int], object]], ...] = (
            (40, self.pay),
            (6, self.pay_arrears),
            (10, self.refund),
            (5, self.void),
            (5, self.move),
            (6, self.adjust),
            (4, self.reverse),
            (8, self.join),
            (2, self.raise_tier),
            (1, self.drop),
            (6, self.use),
            (2, self.use_back),
            (5, self.award),
            (6, self.hand_out),
            (3, self.take_back),
            (3, self.expire),
        )

    def turn_over(self) -> None:
        """New people come, the ones before stay on record."""
        self._people = []
        for _ in range(PEOPLE_AT_A_TIME):
            self._known += 1
            form = PersonForm(name=f"顾客{self._known}", phone=f"13{self._known:09d}")
            self._people.append(enrol(self._session, form=form).person_id)
        receive(self._session, gift_id=self._gift, quantity=5000, place="desk")

    def some(self, number: int) -> int:
        """A few operations in one commit; answers how many are on record."""
        try:
            with bulk(self._manager) as (session,):
                for _ in range(number):
                    (verb,) = self._chance.choices(
                        [each for _, each in self._verbs], [weight for weight, _ in self._verbs]
                    )
                    verb(session, self._chance.choice(self._people))
                    self.done[verb.__name__] += 1
        except AppError:
            self.refused += 1  # and what was done before it in this commit is given up
            return 0
        return number

    def day_passes(self) -> None:
        """On to the next day or a later one."""
        self._clock.day = plus_days(self._clock.day, self._chance.choice((1, 1, 1, 2, 9)))

    # -- the verbs -----------------------------------------------------------------------------

    def _newest(self, session: Session, sql: str, person_id: int) -> int:
        found = session.db.execute_sql(sql, (person_id,)).fetchall()
        return int(self._chance.choice(found)[0]) if found else 0

    def _receipt(self, session: Session, person_id: int, more: str = "") -> int:
        sql = f"SELECT id FROM receipt WHERE credited_id = ? AND void = 0 {more}"
        return self._newest(session, sql, person_id)

    def pay(self, session: Session, person_id: int) -> None:
        """A receipt, sometimes not paid in full."""
        fen = self._chance.choice((99, 100, 99_999, 200_000, self._chance.randrange(1, 900_000)))
        owed = self._chance.choice((0, 0, 0, 30_000))
        post_receipt(session, person_id=person_id, amount_fen=fen, billed_fen=fen + owed)

    def pay_arrears(self, session: Session, person_id: int) -> None:
        """Some of what is owed."""
        receipt = self._receipt(session, person_id, _OWED)
        if receipt:
            pay_arrears(session, receipt_id=receipt, amount_fen=1000)

    def refund(self, session: Session, person_id: int) -> None:
        """Some of a receipt, or the whole."""
        receipt = self._receipt(session, person_id, "AND net_fen > 1")
        if receipt:
            sql = "SELECT net_fen FROM receipt WHERE id = ?"
            (net,) = session.db.execute_sql(sql, (receipt,)).fetchone()
            fen = self._chance.randrange(1, net + 1)
            refund(session, receipt_id=receipt, amount_fen=fen, reason="退费")

    def void(self, session: Session, person_id: int) -> None:
        """A receipt that should not be."""
        receipt = self._receipt(session, person_id)
        if receipt:
            word = _word("approve.late_void")
            void_receipt(session, receipt_id=receipt, reason="录错", approval=word)

    def move(self, session: Session, person_id: int) -> None:
        """A receipt to whom it belongs."""
        receipt = self._receipt(session, person_id)
        to = self._chance.choice(self._people)
        if receipt and to != person_id:
            move_receipt(session, receipt_id=receipt, to_person_id=to, reason="录错人")

    def adjust(self, session: Session, person_id: int) -> None:
        """Points by hand, up or down."""
        points = self._chance.choice((50, 200, 1000, -1))
        if points < 0:
            sql = "SELECT available FROM standing WHERE person_id = ?"
            points = -(self._newest(session, sql, person_id) // 3)
        if points:
            adjust_points(
                session,
                person_id=person_id,
                points=points,
                reason_code="other",
                text="补偿",
                approval=_word("approve.adjustment"),
            )

    def reverse(self, session: Session, person_id: int) -> None:
        """What was adjusted."""
        sql = (
            "SELECT id FROM points_entry WHERE person_id = ? AND kind = 'adjust' AND id NOT IN"
            " (SELECT reverses_id FROM points_entry WHERE reverses_id IS NOT NULL)"
        )
        entry = self._newest(session, sql, person_id)
        if entry:
            reverse_adjustment(session, entry_id=entry, text="冲销")

    def join(self, session: Session, person_id: int) -> None:
        """Who has paid enough."""
        sql = (
            "SELECT 1 FROM standing WHERE person_id = ? AND spend_fen >= 200000"
            " AND person_id NOT IN (SELECT person_id FROM membership)"
        )
        if self._newest(session, sql, person_id):
            join(session, person_id=person_id, benefits_explained=True)

    def _is_member(self, session: Session, person_id: int) -> bool:
        sql = "SELECT 1 FROM membership WHERE person_id = ? AND state = 'active'"
        return bool(self._newest(session, sql, person_id))

    def raise_tier(self, session: Session, person_id: int) -> None:
        """By the director's word."""
        if self._is_member(session, person_id):
            rank = self._chance.randrange(1, 5)
            override_tier(
                replace(session, actor=self._session.actor),
                person_id=person_id,
                rank=rank,
                reason="批准",
            )

    def drop(self, session: Session, person_id: int) -> None:
        """To what the books support."""
        sql = "SELECT 1 FROM standing WHERE person_id = ? AND member AND rank > supported_rank"
        if self._newest(session, sql, person_id):
            drop_tier(session, person_id=person_id, reason="下调")

    def _grants(self, session: Session, person_id: int, kind: str) -> list[int]:
        today = self._clock.day
        return [
            row.id
            for row in grants_of(session.db, person_id)
            if row.kind == kind
            and row.left > 0
            and row.valid_on(today)
            and ".child" not in row.grant_key  # for the family only
        ]

    def use(self, session: Session, person_id: int) -> None:
        """A service of the tier."""
        open_ones = self._grants(session, person_id, "service")
        if open_ones:
            use_service(session, grant_id=self._chance.choice(open_ones))

    def use_back(self, session: Session, person_id: int) -> None:
        """A service that was not used after all."""
        made = [row.id for row in uses_of(session.db, person_id) if not row.voided]
        if made:
            word = _word("approve.late_void")
            void_use(session, use_id=self._chance.choice(made), reason="点错", approval=word)

    def award(self, session: Session, person_id: int) -> None:
        """A small gift of an event."""
        give_award(
            session,
            person_id=person_id,
            kind="gift",
            name="小礼品",
            reason="event",
            value_fen=GIFT_YUAN * 100,
        )

    def hand_out(self, session: Session, person_id: int) -> None:
        """The small gift, over the counter."""
        sql = (
            "SELECT id FROM entitlement_grant WHERE person_id = ? AND kind = 'gift'"
            " AND state = 'open' AND name = '小礼品'"
        )
        grant = self._newest(session, sql, person_id)
        if grant:
            issue_gift(session, grant_id=grant, gift_id=self._gift)

    def take_back(self, session: Session, person_id: int) -> None:
        """And back."""
        sql = (
            "SELECT id FROM gift_issue WHERE person_id = ? AND quantity > 0 AND id NOT IN"
            " (SELECT returns_id FROM gift_issue WHERE returns_id IS NOT NULL)"
        )
        issue = self._newest(session, sql, person_id)
        if issue:
            word = _word("approve.return")
            return_gift(session, issue_id=issue, sellable=True, reason="不喜欢", approval=word)

    def expire(self, session: Session, person_id: int) -> None:
        """What has run out."""
        expire_due(session, person_id=person_id)


def _word(right: str) -> Approval:
    return Approval(1, DIRECTOR, "director", right)


def operate(root: Path, times: int, seed: int) -> Operated:
    """Do `times` random operations; look at the books every so many and at the end."""
    desk, _ = new_desk(root / "clinic")
    clock, chance = ManualClock(TODAY), random.Random(seed + 1)
    clinic = open_clinic(desk.folder, clock, holder="bench", vault=desk.vault)
    clinic.db.execute_sql("PRAGMA synchronous=OFF")  # the rules are tried here, not the disk
    books = Books(clinic, clock, seed)
    faults: list[str] = []
    done = next_people = 0
    next_check = CHECK_EVERY
    while done < times:
        if done >= next_people:
            books.turn_over()
            next_people += TURNOVER
        done += books.some(min(SAVED_TOGETHER, times - done))
        if chance.random() < 0.2:
            books.day_passes()
        if done >= next_check:
            next_check += CHECK_EVERY
            faults += [f"after {done}: {each}" for each in disagreements(clinic)]
    faults += [f"at the end: {each}" for each in disagreements(clinic)]
    clinic.close()
    return Operated(done, books.refused, len(books.done), tuple(faults))
