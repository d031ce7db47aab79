"""Somebody whose name, number and address occur nowhere else, with a life in the clinic."""

from __future__ import annotations

from services.clinic import Clinic
from services.commands import Approval, Session
from services.desk.visits import change_visit, check_in
from services.feedback.complaints import close_complaint, open_complaint
from services.followups.calls import create_task, log_call
from services.loyalty.awards import awards_of, give_award, void_award
from services.loyalty.membership import join
from services.loyalty.points import adjust_points
from services.loyalty.receipts import post_receipt, refund
from services.loyalty.standing import standing_of
from services.memberships.ending import leave_membership
from services.people.cards import issue_card
from services.people.consents import set_consent, set_contact
from services.people.enrolment import PersonForm, enrol
from services.people.health import grade_health
from services.privacy.requests import receive
from services.programmes.registry import main_timeline
from tests.conftest import STAFF

NAME, GUARDIAN = "欧阳珂蓝", "欧阳岩桦"
ID_NUMBER = "11010519491231002X"
PHONE, PHONE_ALT = "13977665544", "010-62207733"
ADDRESS = "海淀区知春里八十八号院七门"
CARD = "KD778899"
WORDS = "说她住在桥东那排平房"
SECRETS = (NAME, GUARDIAN, ID_NUMBER, PHONE, PHONE_ALT, "62207733", ADDRESS)
CANARIES = (*SECRETS, CARD, WORDS)
FORM = PersonForm(
    name=NAME,
    id_number=ID_NUMBER,
    phone=PHONE,
    phone_alt=PHONE_ALT,
    address=ADDRESS,
    guardian_name=GUARDIAN,
    guardian_relation="女儿",
    guardian_phone=PHONE_ALT,
    note=WORDS,
)
BOSS = Approval(1, STAFF["director"], "director", "approve.erase")


def enrolled(session: Session, form: PersonForm = FORM) -> int:
    """The person with consents, a health alert, a card, a wish."""
    person_id = enrol(
        session,
        form=form,
        consents=("record", "health", "marketing"),
        alerts=(WORDS,),
    ).person_id
    issue_card(session, person_id=person_id, number=CARD)
    set_contact(session, person_id=person_id, by="phone", note=WORDS, quiet=False)
    return person_id


def lived(desk: Session, manager: Session, person_id: int, cup: str = f"给{NAME}的杯子") -> None:
    """A member's day: a visit, a bill and a refund, calls, a complaint, something given; words
    wherever somebody may write them."""
    visit = check_in(desk, person_id=person_id, note=WORDS)
    for state in ("called", "in_treatment", "done"):
        change_visit(desk, visit_id=visit.visit_id, to_state=state)
    paid = post_receipt(desk, person_id=person_id, amount_fen=200_000, note=WORDS)
    join(desk, person_id=person_id, benefits_explained=True, agreement=CARD)
    refund(desk, receipt_id=paid.receipt_id, amount_fen=10_000, reason=WORDS)
    grade_health(manager, person_id=person_id, grade=5, note=WORDS)
    task = create_task(desk, person_id=person_id, due_on=desk.clinic.clock.today(), subject=WORDS)
    log_call(desk, person_id=person_id, task_ids=(task.task_id,), outcome="fine", note=WORDS)
    complaint = open_complaint(desk, person_id=person_id, text=WORDS)
    close_complaint(manager, complaint_id=complaint.complaint_id, outcome=WORDS)
    give_award(
        manager,
        person_id=person_id,
        kind="gift",
        name=cup,
        reason="event",
        note=WORDS,
    )
    give_award(manager, person_id=person_id, kind="gift", name="杯子", reason="event")
    adjust_points(manager, person_id=person_id, points=3, reason_code="other", text=WORDS)
    set_consent(desk, person_id=person_id, item="marketing", granted=False)


def finished(manager: Session, person_id: int) -> None:
    """Nothing is open any more: left, what was given taken back, points at zero."""
    leave_membership(manager, person_id=person_id, reason=WORDS)
    for award in awards_of(manager.db, person_id):
        void_award(manager, award_id=award.id, reason=WORDS)
    timeline = main_timeline(manager.db)
    points = standing_of(manager.db, person_id, timeline.programme_id).available
    adjust_points(
        manager,
        person_id=person_id,
        points=-points,
        reason_code="other",
        text=WORDS,
        approval=Approval(1, STAFF["director"], "director", "approve.adjustment"),
    )


def asked(session: Session, person_id: int, kind: str) -> int:
    return receive(session, person_id=person_id, kind=kind, checked="document").request_id


def stored_texts(clinic: Clinic, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Every text of every table, as 'table.column' → all of it."""
    names = clinic.db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    found: dict[str, str] = {}
    for (table,) in names:
        info = clinic.db.execute_sql(f'PRAGMA table_info("{table}")').fetchall()
        for column in [row[1] for row in info if row[2] == "TEXT"]:
            if f"{table}.{column}" not in without:
                rows = clinic.db.execute_sql(f'SELECT "{column}" FROM "{table}"').fetchall()
                found[f"{table}.{column}"] = "\n".join(str(value) for (value,) in rows)
    return found


def told(texts: dict[str, str], words: tuple[str, ...] = CANARIES) -> list[str]:
    """Where one of the words stands."""
    return sorted(place for place, text in texts.items() if any(each in text for each in words))
