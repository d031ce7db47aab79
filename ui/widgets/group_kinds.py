"""Every kind of condition a group can ask for: its word, and what it is filled in with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.groups import offers
from services.groups import rule as r
from services.groups.reading import words
from services.groups.saved import SEES
from services.i18n import tr
from services.rights import may
from ui.context import UiContext
from ui.widgets.group_values import (
    AwayEdit,
    DaysEdit,
    DoctorEdit,
    LivesEdit,
    PickEdit,
    SpanEdit,
    SpentEdit,
    ValueEdit,
)


class Kinds:
    """What is offered to who is signed in, read once for one form."""

    def __init__(self, context: UiContext, group_id: int | None = None) -> None:
        db = context.db
        sees = may(context.session.actor.role, SEES)
        said = partial(words, db)
        pick = partial(PickEdit, words=said)
        labels = offers.label_offers(db, health=sees)
        sources, groups = (
            offers.source_offers(db),
            offers.group_offers(db, health=sees, but=group_id),
        )
        doctors = offers.doctor_offers(db)
        self._table: dict[str, tuple[str, tuple[type, ...], Callable[[], ValueEdit]]] = {
            "life_cycle": (
                tr("生命周期"), (r.LifeCycle,), partial(pick, offers.stage_offers()),
            ),
            "away": (tr("多久没来"), (r.Away,), AwayEdit),
            "last_visit": (tr("最近到诊"), (r.LastVisit,), DaysEdit),
            "visits": (
                tr("到诊次数"), (r.Visits,), partial(SpanEdit, r.Visits, tr("次"), months=True),
            ),
            "spent": (tr("消费"), (r.Spent,), SpentEdit),
            "treated": (
                tr("做过的项目"), (r.Treated,), partial(pick, offers.item_offers(), months=True),
            ),
            "paid": (
                tr("付款方式"), (r.Paid,), partial(pick, offers.payment_offers(), months=True),
            ),
            "label": (tr("标签"), (r.HasLabel,), partial(pick, labels)),
            "tier": (tr("等级"), (r.Tier,), partial(pick, offers.tier_offers(db))),
            "member": (
                tr("会员身份"), (r.Member, r.MemberOf), partial(pick, offers.member_offers(db)),
            ),
            "doctor": (tr("医生"), (r.Doctor,), partial(DoctorEdit, doctors)),
            "age": (tr("年龄"), (r.Age,), partial(SpanEdit, r.Age, tr("岁"))),
            "minor": (tr("未成年"), (r.Minor,), partial(pick, offers.minor_offers())),
            "sex": (tr("性别"), (r.Sex,), partial(pick, offers.sex_offers())),
            "birthday_month": (
                tr("生日月份"), (r.BirthdayMonth,), partial(pick, offers.month_offers()),
            ),
            "lives": (tr("住址"), (r.Lives,), LivesEdit),
            "source": (tr("来源"), (r.Source,), partial(pick, sources)),
            "group": (tr("已存的分组"), (r.InGroup,), partial(pick, groups)),
        }  # fmt: skip
        for name, offered in (("label", labels), ("source", sources), ("group", groups)):
            if not offered:
                self._table[name] = (tr("{kind}(还没有)").format(kind=self._table[name][0]),
                                     *self._table[name][1:])  # fmt: skip
        self._doctors = doctors

    def choices(self) -> list[tuple[str, str]]:
        """Every kind with its word."""
        return [(name, title) for name, (title, _, _) in self._table.items()]

    def edit(self, name: str) -> ValueEdit:
        """What a kind is filled in with."""
        return self._table[name][2]()

    def name_of(self, condition: r.Condition) -> str:
        """The kind of a condition."""
        return next(
            name for name, (_, types, _) in self._table.items() if isinstance(condition, types)
        )
