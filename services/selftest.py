"""The self-test's half without a window: one clinic's whole life in a temporary folder.

`main.py --self-test` runs it through `ui.selftest`, which adds the window. Each step answers a
few words for the log and raises when something is not as it must be.
"""

from __future__ import annotations

import logging
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models.vault import Vault
from services.clinic import Clinic, open_clinic
from services.clock import Clock, SystemClock
from services.commands import Session

PIN = "274159"
DIRECTOR = "自检院长"
CREW = {"billing": "自检收费", "marketing": "自检市场"}

Say = Callable[[str], None]
Step = tuple[str, Callable[[], str]]


class SelfTestFailed(Exception):
    """Something is not as it must be; the message says what, without personal data."""


def expect(condition: object, what: str) -> None:
    """Raises SelfTestFailed(what) unless `condition` holds (asserts vanish under -O)."""
    if not condition:
        raise SelfTestFailed(what)


class MemoryVault:
    """A vault that forgets: the self-test leaves nothing on the PC."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get(self, clinic_id: str) -> bytes | None:
        """The secret, or None."""
        return self._kept.get(clinic_id)

    def set(self, clinic_id: str, secret: bytes) -> None:
        """Keep it while the test runs."""
        self._kept[clinic_id] = secret


@dataclass
class Trial:
    """The temporary clinic and what the steps hand on to each other."""

    folder: Path
    clock: Clock = field(default_factory=SystemClock)
    vault: Vault = field(default_factory=MemoryVault)
    code: str = ""
    person_id: int = 0
    _clinic: Clinic | None = None
    _session: Session | None = None

    @property
    def clinic(self) -> Clinic:
        """The open clinic. Raises SelfTestFailed before it was made."""
        if self._clinic is None:
            raise SelfTestFailed("no clinic")
        return self._clinic

    @property
    def session(self) -> Session:
        """The director, signed in. Raises SelfTestFailed before."""
        if self._session is None:
            raise SelfTestFailed("nobody signed in")
        return self._session

    def steps_before(self) -> list[Step]:
        """What happens before the window is built."""
        return [
            ("clinic", self.make_clinic),
            ("people", self.enrol),
            ("tiers", self.cross_tiers),
            ("gift", self.hand_out),
            ("friday", self.close_friday),
            ("search", self.search),
        ]

    def steps_after(self) -> list[Step]:
        """What happens after it."""
        return [
            ("workbook", self.write_workbook),
            ("verify", self.verify),
            ("reopen", self.reopen),
        ]

    def close(self) -> None:
        """Close the clinic, if it is open."""
        if self._clinic is not None:
            self._clinic.close()
            self._clinic = None

    # -- the steps -----------------------------------------------------------------------------

    def make_clinic(self) -> str:
        """Keys, file, schema, programme, staff."""
        from services.programmes.registry import preset_names
        from services.setup import create_clinic
        from services.staff import add_staff, sign_in
        from services.version import VERSION

        self._clinic, self.code = create_clinic(
            self.folder / "data",
            self.clock,
            name="自检",
            programme=preset_names()[0],
            director=DIRECTOR,
            pin=PIN,
            vault=self.vault,
        )
        self._session = sign_in(self._clinic, DIRECTOR, PIN)
        for role, name in CREW.items():
            add_staff(self._session, name=name, role=role, pin=PIN)
        return VERSION

    def enrol(self) -> str:
        """Two people, one of them under 14."""
        from services.people.enrolment import PersonForm, enrol

        form = PersonForm(name="单自检", sex="F", birthday="1990-05-15", phone="13800138000")
        self.person_id = enrol(self.session, form=form, consents=("record",)).person_id
        child = PersonForm(
            name="单小检",
            birthday=f"{int(self.clock.today()[:4]) - 8}-01-02",
            guardian_name="单自检",
            guardian_relation="母亲",
            guardian_phone="13800138000",
        )
        enrol(self.session, form=child, household_with=self.person_id)
        return "2 people"

    def cross_tiers(self) -> str:
        """Two receipts that reach the first tier, joining, one that reaches a higher tier."""
        from services.loyalty.membership import join
        from services.loyalty.receipts import post_receipt, refund

        first = post_receipt(self.session, person_id=self.person_id, amount_fen=99_900)
        expect(first.rank_after == 0, "999 yuan reach no tier")
        second = post_receipt(self.session, person_id=self.person_id, amount_fen=100_100)
        expect(second.rank_after == 1, "2,000 yuan reach the first tier")
        joined = join(self.session, person_id=self.person_id, benefits_explained=True)
        expect(joined.grant_ids, "joining brings a gift")
        third = post_receipt(self.session, person_id=self.person_id, amount_fen=1_000_000)
        expect(third.rank_after == 3, "10,000 yuan at once reach VIP")
        refund(self.session, receipt_id=third.receipt_id, amount_fen=100, reason="自检")
        return f"{first.points + second.points + third.points} points"

    def hand_out(self) -> str:
        """Goods in, carried to the desk, one handed out, one service used."""
        from services.gifts import stock
        from services.gifts.documents import Wanted
        from services.gifts.handout import issue_gift
        from services.gifts.requisitions import hand_over
        from services.loyalty.grants import grants_of
        from services.loyalty.service_use import use_service

        grants = [row for row in grants_of(self.clinic.db, self.person_id) if row.left]
        gift = next(row for row in grants if row.kind == "gift")
        service = next(row for row in grants if row.kind == "service")
        defined = stock.define_gift(
            self.session, code="T1", name="自检礼品", band_fen=gift.value_fen, cost_fen=500
        )
        stock.receive(self.session, gift_id=defined.gift_id, quantity=5)
        hand_over(self.session, lines=[Wanted(defined.gift_id, 3)])
        issued = issue_gift(self.session, grant_id=gift.id, gift_id=defined.gift_id)
        expect(issued.left_in_stock == 2, "stock follows the issue")
        use_service(self.session, grant_id=service.id)
        return f"{issued.left_in_stock} left"

    def close_friday(self) -> str:
        """Counted blind, compared, signed by two, closed."""
        from services.gifts import reconciliation as friday
        from services.gifts.stock import level
        from services.staff import approve

        week = friday.open_week(self.session).reconciliation_id
        counts = tuple(
            friday.CountEntry(row.gift_id, row.place, level(self.clinic.db, row.gift_id, row.place))
            for row in friday.count_sheet(self.clinic.db, week)
        )
        friday.enter_count(self.session, reconciliation_id=week, counts=counts)
        found = friday.compare(self.session, reconciliation_id=week)
        expect(found.differences == 0, "what was counted is what the books say")
        friday.close(
            self.session,
            reconciliation_id=week,
            marketing=approve(self.clinic, CREW["marketing"], PIN, "sign.marketing"),
            billing=approve(self.clinic, CREW["billing"], PIN, "sign.billing"),
        )
        return f"{len(counts)} lines"

    def search(self) -> str:
        """By phone tail, pinyin with the surname's own reading, initials, name."""
        from services.people.search import find

        for text in ("8000", "shanzijian", "szj", "单自检"):
            hits = [hit.person_id for hit in find(self.clinic.db, text)]
            expect(self.person_id in hits, f"found by {len(text)} characters")
        return ""

    def write_workbook(self) -> str:
        """The closed week's workbook, written and read back."""
        from openpyxl import load_workbook

        from services.gifts.period import last_close
        from services.workbooks.friday import STOCK, write_friday

        closed = last_close(self.clinic.db)
        expect(closed is not None, "a week is closed")
        path = self.folder / "friday.xlsx"
        with self.clinic.reading() as reader:
            written = write_friday(reader, path, week=closed.week if closed else "")
        expect(written.state == "closed", "the workbook says it is signed")
        book = load_workbook(path, read_only=True)
        try:
            expect(len(book.sheetnames) == 7, "seven sheets")
            cells = {cell for row in book[STOCK].iter_rows(values_only=True) for cell in row}
            expect("自检礼品" in cells, "the gift stands in the workbook")
        finally:
            book.close()
        return f"{path.stat().st_size:,} bytes"

    def verify(self) -> str:
        """Everything agrees."""
        from services.verify import verify

        report = verify(self.clinic)
        expect(report.good, " ".join(fault.code for fault in report.faults))
        return f"{sum(report.checked.values()):,} things"

    def reopen(self) -> str:
        """The recovery code opens it on a PC that knows nothing."""
        self.close()
        self._clinic = open_clinic(
            self.folder / "data",
            self.clock,
            holder="self-test",
            vault=MemoryVault(),
            code=self.code,
        )
        return "by recovery code"


# -- running steps ---------------------------------------------------------------------------


def run(steps: list[Step], say: Say) -> bool:
    """Run steps until one fails; a line each. What failed is named by type and place."""
    for name, call in steps:
        began = time.perf_counter()
        try:
            found = call()
        except Exception as error:
            say(f"FAILED {name}: {describe(error)}")
            return False
        say(f"ok {name} {time.perf_counter() - began:.2f}s {found}".rstrip())
    return True


def describe(error: BaseException) -> str:
    """Type and places; the message only of our own check, which holds no personal data."""
    words = str(error) if isinstance(error, SelfTestFailed) else ""
    places = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return f"{type(error).__name__} {words} ({' > '.join(places)})"


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collects every Python warning and every logged warning while it is open."""
    heard: list[str] = []
    handler = _Listener(heard)
    logging.getLogger().addHandler(handler)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        try:
            yield heard
        finally:
            logging.captureWarnings(False)
            logging.getLogger().removeHandler(handler)


class _Listener(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line of it."""
        self._heard.append(f"{record.name}: {record.getMessage().strip().splitlines()[0]}")
