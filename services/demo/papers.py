"""What lies on the desks from the last two weeks: orders and their goods, a requisition that came
short, services on vouchers, a gift that is promised, Monday's summary signed for.

Nothing here is random, so that the rest of the story stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

from services.clock import plus_days
from services.commands import Session
from services.demo import words
from services.demo.crew import Crew, Signatures
from services.demo.shelf import Shelf
from services.gifts.documents import PURCHASE, REQUESTED, Wanted, documents
from services.gifts.promises import promise_gift
from services.gifts.purchasing import Arrival, receive_purchase, request_purchase
from services.gifts.requisitions import (
    Handed,
    receive_requisition,
    request_requisition,
    send_requisition,
)
from services.loyalty.awards import give_award
from services.loyalty.beneficiary import passes_on
from services.loyalty.grants import GrantRow, benefit_of, grants_of
from services.loyalty.service_use import use_service
from services.reports.handed import MONDAY
from services.reports.handover import hand_over, usual_span
from services.reports.reading import read_inside
from services.reports.registry import find
from services.reports.sheet import Ask
from services.vouchers.billing import bill_use
from services.vouchers.claim import claim_voucher
from services.vouchers.pledge import pledge_voucher
from services.vouchers.records import status, voucher

_PIECES = 24  # of each gift on an order
_CARRIED = 10  # of each gift on a requisition
_ASKED_FOR = 6  # on the one that is open this morning
_LOOKED_AT = 500  # people, for somebody with a service left
_CARDS = 3
_FIRST = 11  # working days before the last; a shorter story has no papers
_MONDAYS = 12  # working days at the end in which Mondays are handed over
_BOX_DAYS = 120  # in which the promised box may be collected


class Papers:
    """Writes the papers of a day; what came before the last two weeks left none."""

    def __init__(
        self,
        shelf: Shelf,
        signatures: Signatures,
        doctors: list[int],
        counts: Counter[str],
        days: int,
    ) -> None:
        self._shelf, self._signatures, self._counts = shelf, signatures, counts
        self._long_enough = days > _FIRST
        self._doctor = doctors[0]
        self._cards: list[int] = []
        self._steps: dict[int, Callable[[Crew, str, int], None]] = {
            _FIRST: self._order,
            9: self._deliver,
            8: self._carry,
            6: self._claim,
            5: self._use,
            4: self._order_box,
            3: self._promise,
            2: self._deliver,
        }

    def tell(self, crew: Crew, day: str, left: int, people: int) -> None:
        """The papers of a day, `left` working days before the last; `people` are enrolled."""
        if not people or not self._long_enough:
            return
        if 0 < left < _MONDAYS and date.fromisoformat(day).weekday() == 0:
            first, last = usual_span(crew.desk[0].db, find(MONDAY), day)
            seen = read_inside(crew.desk[0].db, find(MONDAY), Ask(first, last, day))
            hand_over(
                crew.desk[0],
                report=MONDAY,
                first=first,
                last=last,
                seen=seen.digest,
                approval=self._signatures.handover,
            )
        if left in self._steps:
            self._steps[left](crew, day, people)

    def ask(self, billing: Session) -> None:
        """This morning's requisition: nobody has answered it yet."""
        lines = tuple(Wanted(self._shelf.by_code[code], _ASKED_FOR) for code in words.ASKED_FOR)
        request_requisition(billing, lines=lines)
        self._counts["papers"] += 1

    # -- gifts ---------------------------------------------------------------------------------

    def _order(self, crew: Crew, _: str, __: int) -> None:
        self._ask_for(crew.marketing, words.ORDERED)

    def _order_box(self, crew: Crew, _: str, __: int) -> None:
        self._ask_for(crew.marketing, (*words.ORDERED[:1], words.BOX))

    def _ask_for(self, marketing: Session, codes: tuple[str, ...]) -> None:
        lines = tuple(Wanted(self._shelf.by_code[code], _PIECES) for code in codes)
        request_purchase(marketing, lines=lines)
        self._counts["papers"] += 1

    def _deliver(self, crew: Crew, day: str, _: int) -> None:
        """Whatever is on order comes, but for the box."""
        for order in documents(crew.marketing.db, kind=PURCHASE, states=(REQUESTED,)):
            coming = [line for line in order.lines if line.code != words.BOX]
            arrivals = tuple(
                Arrival(
                    line.gift_id,
                    line.missing,
                    lot=f"{day.replace('-', '')[2:]}-{line.code}",
                    expires_on=plus_days(day, words.KEEPS[place % len(words.KEEPS)]),
                )
                for place, line in enumerate(coming)
            )
            receive_purchase(crew.marketing, document_id=order.id, arrivals=arrivals)
            for line in coming:
                self._shelf.arrived(line.gift_id, line.missing)

    def _carry(self, crew: Crew, _: str, __: int) -> None:
        """Asked for, sent and signed for by three people; of the first gift one is missing."""
        gifts = [self._shelf.by_code[code] for code in words.ORDERED]
        wanted = tuple(Wanted(gift_id, _CARRIED) for gift_id in gifts)
        paper = request_requisition(crew.billing, lines=wanted).document_id
        sent = tuple(Handed(gift_id, _CARRIED) for gift_id in gifts)
        send_requisition(crew.marketing, document_id=paper, lines=sent)
        found = (Handed(gifts[0], _CARRIED - 1, words.WHY_SHORT), *sent[1:])
        receive_requisition(crew.desk[1], document_id=paper, lines=found)
        for each in found:
            self._shelf.carried(each.gift_id, _CARRIED, each.quantity)
        self._counts["papers"] += 1

    def _promise(self, crew: Crew, day: str, people: int) -> None:
        """A box for an event, promised while it is on order."""
        given = give_award(
            crew.manager,
            person_id=people,
            kind="gift",
            name=words.BOX_NAME,
            reason="event",
            value_fen=words.BOX_YUAN * 100,
            valid_to=plus_days(day, _BOX_DAYS),
        )
        promise_gift(crew.billing, grant_id=given.grant_id, approval=self._signatures.owed)

    # -- services ------------------------------------------------------------------------------

    def _claim(self, crew: Crew, day: str, people: int) -> None:
        """Cards for the first who have a service to give away; one goes to a friend."""
        for row in self._free_services(crew.billing, day, people):
            self._cards.append(claim_voucher(crew.billing, grant_id=row.id, mode="card").voucher_id)
            self._counts["vouchers"] += 1
            if len(self._cards) == 2:
                friend = row.person_id % people + 1
                pledge_voucher(
                    crew.billing,
                    voucher_id=self._cards[-1],
                    friend_id=friend,
                    checked="card",
                )
            if len(self._cards) == _CARDS:
                return

    def _free_services(self, desk: Session, day: str, people: int) -> Iterator[GrantRow]:
        """A service each of the people who may pass one on."""
        for person_id in range(1, min(people, _LOOKED_AT) + 1):
            for row in grants_of(desk.db, person_id):
                usable = row.kind == "service" and row.left > 0 and row.valid_on(day)
                if usable and passes_on(benefit_of(desk.db, row)):
                    yield row
                    break

    def _use(self, crew: Crew, day: str, _: int) -> None:
        """The last card is shown, used and billed, if it is still its owner's."""
        for voucher_id in self._cards[-1:]:
            if status(crew.billing.db, voucher(crew.billing.db, voucher_id), day) != "owned":
                continue
            used = use_service(crew.billing, voucher_id=voucher_id, doctor_id=self._doctor)
            bill_use(
                crew.billing,
                use_id=used.use_id,
                bill_number=f"HJ{day.replace('-', '')}-1",
                amount_fen=words.SERVICE_FEN,
                borne_by="doctor",
            )
