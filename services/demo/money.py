"""Receipts of the made-up clinic and what becomes of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate

from services.clock import plus_days, plus_months
from services.commands import Session
from services.demo import words
from services.demo.crew import Crew
from services.demo.people import Character
from services.demo.wishes import Wishes
from services.demo.words import Treatment
from services.loyalty.membership import join
from services.loyalty.money_events import ReceiptPosted
from services.loyalty.receipts import (
    Line,
    move_receipt,
    open_case,
    pay_arrears,
    post_receipt,
    refund,
    void_receipt,
)

_VOID, _MOVE, _REFUND, _ARREARS, _DISCOUNT, _INSURED = 0.005, 0.002, 0.011, 0.03, 0.07, 0.04
_JOINS = 0.88
_STAGES = 4


def _with_shares(choice: Sequence[Treatment]) -> tuple[Sequence[Treatment], list[int]]:
    return choice, list(accumulate(each.share for each in choice))


_TREATMENTS, _FOR_CHILDREN = map(_with_shares, (words.TREATMENTS, words.FOR_CHILDREN))

Later = Callable[[Crew, str], None]


class Till:
    """Serves people and remembers what is still to come: arrears, refunds, instalments."""

    def __init__(
        self,
        rng: random.Random,
        cast: Sequence[Character],
        doctors: Sequence[int],
        wishes: Wishes,
        counts: Counter[str],
        today: str,
    ) -> None:
        self._rng, self._cast, self._doctors = rng, cast, doctors
        self._wishes, self._counts = wishes, counts
        self._later: dict[str, list[Later]] = {}
        twelve_years_ago = plus_months(today, -144)
        self._child_of = {
            person.parent + 1: index + 1
            for index, person in enumerate(cast)
            if person.child
            and person.parent is not None
            and (person.form.birthday or "") > twelve_years_ago
        }
        self._members: set[int] = set()
        self._refused: set[int] = set()  # invited once, did not want to
        self.enrolled = 0  # so many people are there by now

    def work_off(self, crew: Crew, day: str) -> None:
        """What earlier days put off until today (or a day the clinic was shut)."""
        for due in sorted(on for on in self._later if on <= day):
            for action in self._later.pop(due):
                action(crew, day)

    def serve(self, crew: Crew, index: int, day: str) -> None:
        """One receipt of the person with this index."""
        person_id = index + 1
        child = self._cast[index].child
        choice, shares = _FOR_CHILDREN if child else _TREATMENTS
        treatment = self._rng.choices(choice, cum_weights=shares)[0]
        front = crew.desk[self._rng.randrange(2)]
        if treatment.staged:
            self._start_case(crew, front, person_id, treatment, day)
        else:
            self._post(crew, front, person_id, treatment, day)
        if person_id in self._members:
            child_id = self._child_of.get(person_id, 0)
            known = child_id if 0 < child_id <= self.enrolled else None
            self._wishes.maybe_use(crew, person_id, known, day, self._counts)

    # -- kinds of receipts ---------------------------------------------------------------------

    def _post(
        self, crew: Crew, front: Session, person_id: int, treatment: Treatment, day: str
    ) -> None:
        rng = self._rng
        billed = rng.randint(treatment.low // 10, treatment.high // 10) * 1000
        lines = [Line(treatment.item_class, treatment.item, billed)]
        if rng.random() < 0.25:
            extra = rng.randint(3, 12) * 1000
            lines.append(Line("药品", "消炎止痛药", extra))
            billed += extra
        discount = billed // 10 if rng.random() < _DISCOUNT else 0
        insured = billed // 4 if rng.random() < _INSURED else 0
        due = billed - discount - insured
        paid = due // 200 * 100 if rng.random() < _ARREARS else due
        posted = post_receipt(
            front,
            person_id=person_id,
            amount_fen=paid,
            discount_fen=discount,
            insured_fen=insured,
            doctor_id=rng.choice(self._doctors),
            lines=tuple(lines),
        )
        self._counts["receipts"] += 1
        if paid < due:
            self._put_off(day, 4, 40, self._paying(posted.receipt_id, due - paid))
        elif not self._went_wrong(front, posted, paid, day):
            self._follow(crew, posted, day)

    def _went_wrong(self, front: Session, posted: ReceiptPosted, paid: int, day: str) -> bool:
        """Void, moved or refunded; True when nothing more may follow today."""
        roll = self._rng.random()
        if roll < _VOID:
            void_receipt(front, receipt_id=posted.receipt_id, reason="重复录入")
            self._counts["voids"] += 1
            return True
        if roll < _VOID + _MOVE and self.enrolled > 1:
            other = self._rng.randint(1, self.enrolled)
            if other != posted.person_id:
                move_receipt(
                    front, receipt_id=posted.receipt_id, to_person_id=other, reason="录错人"
                )
                self._counts["moves"] += 1
                return True
        if roll < _VOID + _MOVE + _REFUND and paid >= 20_000:
            amount = paid if self._rng.random() < 0.25 else paid // 300 * 100
            self._put_off(day, 1, 25, self._refunding(posted.receipt_id, amount))
        return False

    def _start_case(
        self, crew: Crew, front: Session, person_id: int, treatment: Treatment, day: str
    ) -> None:
        price = self._rng.randint(treatment.low // 100, treatment.high // 100) * 10_000
        case = open_case(front, person_id=person_id, name=treatment.item)
        self._counts["cases"] += 1
        stage = price // _STAGES // 100 * 100
        self._stage(front, person_id, case.case_id, treatment, stage, crew, day)
        for turn in range(1, _STAGES):
            self._put_off(
                plus_days(day, 35 * turn - 10),
                0,
                20,
                lambda later, on: self._stage(
                    later.desk[0], person_id, case.case_id, treatment, stage, later, on
                ),
            )

    def _stage(
        self,
        front: Session,
        person_id: int,
        case_id: int,
        treatment: Treatment,
        amount: int,
        crew: Crew,
        day: str,
    ) -> None:
        posted = post_receipt(
            front,
            person_id=person_id,
            amount_fen=amount,
            case_id=case_id,
            doctor_id=self._doctors[0],
            lines=(Line(treatment.item_class, treatment.item, amount),),
        )
        self._counts["receipts"] += 1
        self._follow(crew, posted, day)

    # -- what follows --------------------------------------------------------------------------

    def _follow(self, crew: Crew, posted: ReceiptPosted, day: str) -> None:
        person_id, grants = posted.person_id, posted.new_grant_ids
        if not posted.member and posted.rank_after and person_id not in self._refused:
            if self._rng.random() >= _JOINS:
                self._refused.add(person_id)
                return
            grants = join(crew.billing, person_id=person_id, benefits_explained=True).grant_ids
            self._members.add(person_id)
            self._counts["members"] += 1
        if grants:
            self._wishes.granted(crew, person_id, grants, day)

    def _put_off(self, day: str, least: int, most: int, action: Later) -> None:
        on = plus_days(day, self._rng.randint(least, most))
        self._later.setdefault(on, []).append(action)

    def _paying(self, receipt_id: int, amount: int) -> Later:
        def pay(crew: Crew, day: str) -> None:
            posted = pay_arrears(crew.billing, receipt_id=receipt_id, amount_fen=amount)
            self._counts["arrears"] += 1
            self._follow(crew, posted, day)

        return pay

    def _refunding(self, receipt_id: int, amount: int) -> Later:
        def give_back(crew: Crew, day: str) -> None:
            reason = self._rng.choice(words.WHY_REFUND)
            refund(crew.billing, receipt_id=receipt_id, amount_fen=amount, reason=reason)
            self._counts["refunds"] += 1

        return give_back
