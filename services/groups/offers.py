"""What conditions can be chosen from: each with its words, as a form offers them (R169–R178)."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.people import Person
from services.groups import rule as r
from services.groups.labels import labels
from services.groups.life_cycle import STAGES, stage_title
from services.groups.payments import WAYS
from services.groups.saved import group_choices
from services.i18n import tr
from services.people.form import GUARDIAN_BELOW
from services.people.records import list_doctors
from services.programmes.items import ITEM_CLASSES
from services.programmes.registry import timelines

Offer = tuple[r.Condition, str]


def label_offers(db: ClinicDatabase, *, health: bool) -> list[Offer]:
    """Labels in use; without `health` none that tells of it."""
    return [
        (r.HasLabel(each.id), f"{each.dimension}：{each.name}")
        for each in labels(db, health=health)
    ]


def stage_offers() -> list[Offer]:
    """The stages of the life cycle."""
    return [(r.LifeCycle(stage), stage_title(stage)) for stage in STAGES]  # type: ignore[arg-type]


def tier_offers(db: ClinicDatabase) -> list[Offer]:
    """The tiers of the programmes in use; with the programme's name where there are several."""
    found: list[Offer] = []
    active = timelines(db)
    for each in active:
        programme = each.versions[-1].programme
        for rank, tier in enumerate(programme.tiers, 1):
            words = tier.name if len(active) == 1 else f"{programme.name} · {tier.name}"
            found.append((r.Tier(each.programme_id, rank), words))
    return found


def member_offers(db: ClinicDatabase) -> list[Offer]:
    """A member of any programme, or of one."""
    return [
        (r.Member(), tr("会员(任何方案)")),
        *(
            (
                r.MemberOf(each.programme_id),
                tr("“{programme}”会员").format(programme=each.versions[-1].programme.name),
            )
            for each in timelines(db)
        ),
    ]


def sex_offers() -> list[Offer]:
    """Women and men."""
    return [(r.Sex("F"), tr("女")), (r.Sex("M"), tr("男"))]


def month_offers() -> list[Offer]:
    """The months of birth."""
    return [(r.BirthdayMonth(n), tr("{n} 月").format(n=n)) for n in range(1, 13)]


def payment_offers() -> list[Offer]:
    """Ways to pay."""
    return [(r.Paid(way), way) for way in WAYS]


def item_offers() -> list[Offer]:
    """Classes of what was done."""
    return [(r.Treated(name), name) for name in ITEM_CLASSES]


def minor_offers() -> list[Offer]:
    """The one condition that needs no choice."""
    return [(r.Minor(), tr("不满 {n} 岁").format(n=GUARDIAN_BELOW))]


def source_offers(db: ClinicDatabase) -> list[Offer]:
    """The sources that stand in records in use."""
    query = (
        Person.select(Person.source)
        .where((Person.state == "active") & (Person.source != ""))
        .distinct()
        .order_by(Person.source)
        .limit(200)
    )
    return [(r.Source(source), source) for (source,) in db.rows(query)]


def group_offers(db: ClinicDatabase, *, health: bool, but: int | None = None) -> list[Offer]:
    """Saved groups but one; without `health` none that is sensitive."""
    return [
        (r.InGroup(each.id), each.name)
        for each in group_choices(db)
        if each.id != but and (health or not each.sensitive)
    ]


def doctor_offers(db: ClinicDatabase) -> list[tuple[int, str]]:
    """Doctors, those who left last: their patients are still asked for."""
    doctors = list_doctors(db, everybody=True)
    rows = sorted(doctors, key=lambda each: not each.active)
    left = tr("{name}(已离职)")
    return [(each.id, each.name if each.active else left.format(name=each.name)) for each in rows]
