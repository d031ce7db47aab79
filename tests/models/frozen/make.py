"""Makes the frozen clinic of the newest schema: `python -m tests.models.frozen.make`.

Once a schema is released its folder never changes again. All data is made up; the key beside it
opens nothing else.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from models import clinic_file, schema
from models.vault import FileVault
from services.clock import ManualClock
from services.gifts import stock
from services.gifts.handout import issue_gift
from services.loyalty.membership import override_tier
from services.loyalty.points import adjust_points
from services.loyalty.receipts import move_receipt, open_case, refund, void_receipt
from services.loyalty.service_use import use_service
from services.people.search import reindex
from services.setup import create_clinic
from services.staff import add_staff, sign_in
from tests.conftest import PIN, STAFF
from tests.gift_world import add_gift, friday, gift_grant, in_command, stocked
from tests.money_world import grant_id, member, pay, person, session_of

HERE = Path(__file__).parent


def make(root: Path) -> None:
    """A small clinic with a little of everything, three days long."""
    clock = ManualClock("2026-11-18")
    clinic, _ = create_clinic(
        root / "data",
        clock,
        name="试验口腔",
        programme="医院方案A",
        director=STAFF["director"],
        pin=PIN,
        vault=FileVault(root / "vault"),
    )
    for role, name in STAFF.items():
        if role != "director":
            add_staff(sign_in(clinic, STAFF["director"], PIN), name=name, role=role, pin=PIN)
    front, admin = session_of(clinic, "frontdesk"), session_of(clinic, "member_admin")
    goods = add_gift(session_of(clinic, "marketing"))
    stocked(session_of(clinic, "marketing"), goods, 10, 5)
    regular = member(front, 1000)
    vip = member(front, 10_000)
    issue_gift(session_of(clinic, "billing"), grant_id=gift_grant(clinic, regular), gift_id=goods)
    clock.day = "2026-11-19"
    use_service(front, grant_id=grant_id(clinic, vip, "vip.ultrasonic@2026"))
    case = open_case(front, person_id=regular, name="种植").case_id
    staged = [pay(front, regular, 2500.5, case_id=case) for _ in range(2)]
    refund(front, receipt_id=staged[1].receipt_id, amount_fen=5_000, reason="退费")
    wrong = pay(front, vip, 300)
    move_receipt(front, receipt_id=wrong.receipt_id, to_person_id=person(front), reason="录错人")
    void_receipt(front, receipt_id=pay(front, vip, 12).receipt_id, reason="录错")
    adjust_points(admin, person_id=vip, points=-200, reason_code="other", text="兑换")
    override_tier(session_of(clinic, "director"), person_id=regular, rank=3, reason="批准")
    clock.day = "2026-11-20"
    friday(session_of(clinic, "billing"))
    stock.receive(session_of(clinic, "marketing"), gift_id=goods, quantity=1)
    in_command(front, lambda tx: [reindex(tx.db, person_id) for person_id in (1, 2, 3)])
    clinic.close()
    (root / "data" / clinic_file.LOCK_FILE).unlink()


if __name__ == "__main__":
    target = HERE / f"clinic_v{schema.latest_version()}"
    shutil.rmtree(target, ignore_errors=True)
    make(target)
