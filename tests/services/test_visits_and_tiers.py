"""Where a visit is a way to a tier, the board settles it (R027, R114)."""

import msgspec
import pytest

from models.desk import Visit
from services.changes import Kind
from services.desk.visits import change_visit, check_in
from services.errors import RuleError
from services.loyalty.membership import join
from services.loyalty.service_use import use_service, void_use
from services.loyalty.tier_notices import open_notices
from services.programmes.definition import Benefit, Reach
from services.verify import verify
from tests.conftest import TODAY
from tests.gift_world import in_command
from tests.money_world import grant_id, grants, person, sign, stand, variant


@pytest.fixture(autouse=True)
def _nothing_is_wrong_afterwards(clinic):
    yield
    assert [fault.code for fault in verify(clinic).faults if fault.code != "search.missing"] == []


@pytest.fixture
def by_visits(director):
    """普通 at the first visit, 高级 at the second; 普通 brings an examination a year."""
    programme = variant()
    check = Benefit(key="check", kind="service", name="口腔检查", per="year")
    tiers = [
        msgspec.structs.replace(tier, reach=(Reach(visits=tier.rank),)) for tier in programme.tiers
    ]
    tiers[0] = msgspec.structs.replace(tiers[0], benefits=(check,))
    sign(director, msgspec.structs.replace(programme, tiers=tuple(tiers)))


def test_r114_checking_in_reaches_the_tier(clinic, frontdesk, by_visits, clock):
    who = person(frontdesk)
    done = check_in(frontdesk, person_id=who)
    assert Kind.TIER in done.changes.kinds
    assert stand(clinic, who).rank == 1
    join(frontdesk, person_id=who, benefits_explained=True)
    clock.day = "2026-11-27"
    check_in(frontdesk, person_id=who)
    assert stand(clinic, who).rank == 2
    assert {notice.tier_name for notice in open_notices(clinic.db)} >= {"高级会员"}


def test_r114_a_visit_that_never_was_takes_the_tier_back(clinic, frontdesk, by_visits):
    who = person(frontdesk)
    visit = check_in(frontdesk, person_id=who).visit_id
    join(frontdesk, person_id=who, benefits_explained=True)
    assert grants(clinic, who)["check@2026"] == (1, 0, "open")
    use = use_service(frontdesk, grant_id=grant_id(clinic, who, "check@2026"))
    with pytest.raises(RuleError, match="已经用过"):
        change_visit(frontdesk, visit_id=visit, to_state="no_show")
    void_use(frontdesk, use_id=use.use_id, reason="点错")
    gone = change_visit(frontdesk, visit_id=visit, to_state="no_show")
    assert Kind.TIER in gone.changes.kinds
    assert (stand(clinic, who).rank, grants(clinic, who)["check@2026"]) == (0, (0, 0, "closed"))
    back = change_visit(frontdesk, visit_id=visit, to_state="waiting")
    assert Kind.TIER in back.changes.kinds
    assert (stand(clinic, who).rank, grants(clinic, who)["check@2026"]) == (1, (1, 0, "open"))


def test_r114_an_appointment_counts_once_the_person_came(clinic, frontdesk, by_visits):
    who = person(frontdesk)

    def expect(tx):
        return tx.db.insert(
            Visit, person_id=who, visit_date=TODAY, arrived_at=tx.now_utc, state="expected",
            first_visit=1, reception_rank=0, staff_id=tx.actor.id, seq=tx.seq,
        )  # fmt: skip

    first, second = in_command(frontdesk, expect), in_command(frontdesk, expect)
    assert change_visit(frontdesk, visit_id=second, to_state="no_show").changes.kinds == (
        Kind.VISIT, Kind.PERSON,
    )  # fmt: skip
    assert stand(clinic, who).rank == 0
    change_visit(frontdesk, visit_id=first, to_state="waiting")
    assert stand(clinic, who).rank == 1
    moved = change_visit(frontdesk, visit_id=first, to_state="called")
    assert moved.changes.kinds == (Kind.VISIT, Kind.PERSON)


def test_r114_elsewhere_a_visit_settles_nothing(clinic, frontdesk):
    who = person(frontdesk)
    done = check_in(frontdesk, person_id=who)
    assert done.changes.kinds == (Kind.VISIT, Kind.PERSON)
    change_visit(frontdesk, visit_id=done.visit_id, to_state="no_show")
    assert clinic.db.execute_sql("SELECT count(*) FROM standing").fetchone() == (0,)
