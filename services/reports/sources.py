"""来源与推荐: where people came from, and what recommending brought (R014, R051, R180)."""

from __future__ import annotations

from collections import Counter

from peewee import JOIN, fn

from models.database import ClinicDatabase
from models.ledgers import Standing
from models.people import Person
from models.schemes import Referral
from services.i18n import tr
from services.people.referral_states import PAID, RECORDED, REFUSED, REVERSED, REWARDED, STATES
from services.programmes.registry import main_timeline
from services.reports.names import Who, day, day_or_none
from services.reports.sheet import Ask, Column, Row, Sheet


def sources(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """New people by source, referrals by state, and every referral of the days."""
    rows = _referrals(db, ask)
    states = Counter(str(row[5]) for row in rows)
    return (
        Sheet(
            tr("来源"),
            (
                Column(tr("来源"), 24),
                Column(tr("新建档"), 11, "int", "sum"),
                Column(tr("其中会员"), 11, "int", "sum"),
                Column(tr("入会率"), 10, "rate", share=(3, 2)),
                Column(tr("有推荐人"), 11, "int", "sum"),
                Column(tr("累计消费(元)"), 16, "money", "sum"),
            ),
            _by_source(db, ask),
            notes=(tr("按建档日期统计，含导入的旧会员；累计消费算到制表日，按主要方案。"),),
        ),
        Sheet(
            tr("推荐状态"),
            (Column(tr("状态"), 20), Column(tr("人数"), 12, "int", "sum")),
            [(title, states[title]) for title in state_titles().values()],
        ),
        Sheet(
            tr("推荐明细"),
            (
                Column(tr("推荐人会员号"), 13),
                Column(tr("推荐人(遮蔽)"), 12, total="count"),
                Column(tr("新顾客编号"), 13),
                Column(tr("新顾客(遮蔽)"), 12),
                Column(tr("登记日期"), 12, "date"),
                Column(tr("状态"), 12),
                Column(tr("首付日期"), 12, "date"),
                Column(tr("奖励日期"), 12, "date"),
            ),
            rows,
        ),
    )


def state_titles() -> dict[str, str]:
    """The states of a referral as the clinic calls them."""
    titles = {
        RECORDED: tr("已登记"),
        PAID: tr("已消费"),
        REWARDED: tr("已奖励"),
        REVERSED: tr("已收回"),
        REFUSED: tr("不奖励"),
    }
    return {state: titles[state] for state in STATES}


def _by_source(db: ClinicDatabase, ask: Ask) -> list[Row]:
    query = (
        Person.select(
            Person.source,
            fn.COUNT(Person.id),
            fn.SUM(fn.COALESCE(Standing.member, 0)),
            fn.COUNT(Person.referrer_id),
            fn.SUM(fn.COALESCE(Standing.spend_fen, 0)),
        )
        .join(
            Standing,
            JOIN.LEFT_OUTER,
            on=(
                (Standing.person_id == Person.id)
                & (Standing.programme_id == main_timeline(db).programme_id)
            ),
        )
        .where(
            (Person.created_on >= ask.first)
            & (Person.created_on <= ask.last)
            & (Person.state != "merged")
        )
        .group_by(Person.source)
        .order_by(fn.COUNT(Person.id).desc(), Person.source)
    )
    return [
        (source or tr("(未填)"), people, members, None, referred, spend)
        for source, people, members, referred, spend in db.rows(query)
    ]


def _referrals(db: ClinicDatabase, ask: Ask) -> list[Row]:
    old, new = Person.alias(), Person.alias()
    who, titles = Who(db), state_titles()
    query = (
        Referral.select(
            Referral.referrer_id,
            old.number,
            old.name,
            Referral.newcomer_id,
            new.number,
            new.name,
            Referral.recorded_on,
            Referral.state,
            Referral.paid_on,
            Referral.rewarded_on,
        )
        .join(old, on=(old.id == Referral.referrer_id))
        .switch(Referral)
        .join(new, on=(new.id == Referral.newcomer_id))
        .where((Referral.recorded_on >= ask.first) & (Referral.recorded_on <= ask.last))
        .order_by(Referral.recorded_on, Referral.id)
    )
    return [
        (
            *who(referrer, old_number, old_name),
            *who(newcomer, new_number, new_name),
            day(on),
            titles[state],
            day_or_none(paid_on),
            day_or_none(rewarded_on),
        )
        for (
            referrer, old_number, old_name, newcomer, new_number, new_name,
            on, state, paid_on, rewarded_on,
        ) in db.rows(query)
    ]  # fmt: skip
