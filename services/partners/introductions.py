"""Patients introduced by an institution or to one: never without their own word (个保法 23 条).

An introduction is recorded, the person arrives, and it ends: it has run its course, they took
their word back, or it was a mistake. What comes in and goes out again is one chain (R180).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import ClinicDatabase
from models.partners import Introduction
from models.people import Person
from services.changes import Changes, Kind
from services.clock import is_date
from services.commands import Tx, command
from services.errors import RuleError
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.partners.agreements import AgreementRow, agreements_on
from services.partners.institutions import partner
from services.partners.introduction_words import HANDED
from services.partners.switch import check_on
from services.partners.terms import IN, MOST_FEN, OUT, direction_title
from services.people.aliases import group_of, root_of
from services.people.birthdays import age_on
from services.people.records import consents_of
from services.programmes.items import ITEM_CLASSES

RECORDED, ARRIVED, ENDED, WITHDRAWN = "recorded", "arrived", "ended", "withdrawn"
RUNNING = (RECORDED, ARRIVED)
DONE, NO_LONGER, MISTAKE = "done", "withdrawn", "mistake"
SELF, GUARDIAN = "self", "guardian"
NO_AGREEMENT = 0
ADULT_DATA = 14  # years: below, a guardian gives the word (个保法 31)
_MOST_TEXT = 300
_PREFIX = {IN: "JR", OUT: "JC"}


@dataclass(frozen=True)
class IntroductionForm:
    """Who is introduced, which way, for what, and what they agreed to.

    `item_class` '' counts every item; `agreement_id` None is the only one in force, `NO_AGREEMENT`
    none at all. `consent_on` and `consent_note`: when and how the patient agreed; `handed`: codes
    of what was told to the institution.
    """

    partner_id: int
    person_id: int
    direction: str
    consent_on: str | None
    consent_note: str
    consent_by: str = SELF
    handed: tuple[str, ...] = ()
    item_class: str = ""
    purpose: str = ""
    agreement_id: int | None = None
    occurred_on: str | None = None
    note: str = ""


@dataclass(frozen=True)
class IntroductionChanged:
    """An introduction was recorded or moved on."""

    introduction_id: int
    person_id: int
    changes: Changes


@command("partner.introduce", entity="introduction")
def introduce(tx: Tx, *, form: IntroductionForm) -> IntroductionChanged:
    """Put an introduction on record; one to an institution is an entry of the hand-out register
    with what was handed over (R180, 个保法 23, 55).

    Raises RuleError: switched off, a partner not in use, no consent or no way it was given, a
    guardian's word missing for a child, nothing said about what was handed over, one that runs
    already, an agreement that does not fit, days that cannot be.
    """
    check_on(tx.db)
    row = partner(tx.db, form.partner_id)
    if not row.active:
        raise RuleError(tr("这家机构已停用，请先恢复使用。"))
    if form.direction not in (IN, OUT):
        raise RuleError(tr("请选择是介绍进来还是介绍出去。"))
    if form.item_class and form.item_class not in ITEM_CLASSES:
        raise RuleError(tr("没有这类项目，请从项目类别里选。"))
    check_person(tx, form.person_id)
    person_id = root_of(tx.db, form.person_id)
    on = _day(tx, form.occurred_on or tx.today)
    consent_note = _check_consent(tx, form, person_id, on)
    _check_running(tx, form, person_id)
    used = _agreement(tx, form, on)
    introduction_id = tx.db.insert(
        Introduction,
        number=_next_number(tx, form.direction),
        partner_id=form.partner_id,
        agreement_id=None if used is None else used.id,
        person_id=person_id,
        direction=form.direction,
        item_class=form.item_class,
        purpose=form.purpose.strip()[:_MOST_TEXT],
        before_id=_before(tx.db, person_id) if form.direction == OUT else None,
        consent_on=form.consent_on,
        consent_by=form.consent_by,
        consent_note=consent_note,
        handed=",".join(code for code in HANDED if code in form.handed),
        state=RECORDED,
        occurred_on=on,
        note=form.note.strip()[:_MOST_TEXT],
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(
        introduction_id,
        person=person_id,
        partner=form.partner_id,
        direction=form.direction,
        handed=sorted(form.handed),
    )
    return _changed(introduction_id, person_id)


@command("partner.arrive", entity="introduction")
def arrive(tx: Tx, *, introduction_id: int, on: str | None = None) -> IntroductionChanged:
    """The person came: here, or there as the institution says. From this day on money counts.

    Raises RuleError: not waiting any more, a day before the introduction or in the future."""
    check_on(tx.db)
    head = _head(tx.db, introduction_id)
    if head.state != RECORDED:
        raise RuleError(tr("这条介绍已登记过到院或已结束，请刷新后再看。"))
    day = _day(tx, on or tx.today)
    if day < head.occurred_on:
        raise RuleError(tr("到院日期不能早于介绍日期 {day}。").format(day=head.occurred_on))
    _write(tx, head, state=ARRIVED, arrived_on=day)
    tx.about(introduction_id, on=day)
    return _changed(head.id, head.person_id)


@command("partner.report_value", entity="introduction")
def report_value(tx: Tx, *, introduction_id: int, value_fen: int) -> IntroductionChanged:
    """What somebody sent to an institution spent there, in fen, as it said; a later word takes the
    place of an earlier one. Raises RuleError: an inbound one, nobody arrived, no such amount."""
    check_on(tx.db)
    head = _head(tx.db, introduction_id)
    if head.direction != OUT:
        raise RuleError(tr("介绍进来的金额由本院收款自动计算，不用填写。"))
    if head.arrived_on is None:
        raise RuleError(tr("还没有登记到院，不能登记金额。请先登记到院。"))
    if not 0 <= value_fen <= MOST_FEN:
        raise RuleError(tr("金额须在 0 至 1,000 万元之间。"))
    _write(tx, head, value_fen=value_fen, reported_on=tx.today)
    tx.about(introduction_id, fen=value_fen)
    return _changed(head.id, head.person_id)


@command("partner.end_introduction", entity="introduction")
def end_introduction(
    tx: Tx, *, introduction_id: int, how: str, reason: str = ""
) -> IntroductionChanged:
    """End an introduction today, also while the module is off: it is done, the patient takes
    their word back (个保法 15), or it was a mistake, and then nothing is due for it.

    What was received up to today stays due unless it was a mistake. Raises RuleError: ended
    already, no reason for a mistake.
    """
    head = _head(tx.db, introduction_id)
    if head.state not in (RUNNING if how != MISTAKE else (*RUNNING, ENDED)):
        raise RuleError(tr("这条介绍已经结束，请刷新后再看。"))
    if how not in (DONE, NO_LONGER, MISTAKE):
        raise RuleError(tr("请选择怎样结束。"))
    why = reason.strip()[:_MOST_TEXT]
    if how == MISTAKE and not why:
        raise RuleError(tr("请写明哪里登记错了。"))
    values: dict[str, Any] = {"state": ENDED if how == DONE else WITHDRAWN, "ended_on": tx.today}
    if how == NO_LONGER:
        why = why or tr("撤回同意")
    if how == MISTAKE:
        values["arrived_on"] = None
        why = tr("登记有误：{why}").format(why=why)
    _write(tx, head, ended_why=why, **values)
    tx.about(introduction_id, how=how)
    return _changed(head.id, head.person_id)


# -- what must be ------------------------------------------------------------------------------


def _check_consent(tx: Tx, form: IntroductionForm, person_id: int, on: str) -> str:
    """The way the patient agreed, without blanks around it. Raises RuleError without it."""
    note = form.consent_note.strip()[:_MOST_TEXT]
    if form.consent_on is None:
        raise RuleError(
            tr("没有患者的单独同意，不能登记介绍。请先向患者说明对方机构、资料和用途，取得同意。")
        )
    if _day(tx, form.consent_on) > on:
        raise RuleError(tr("同意日期晚于介绍日期。须先取得同意再介绍，请核对日期。"))
    if not note:
        raise RuleError(tr("请写明患者怎样同意的，例如“签书面同意书”。"))
    if form.consent_by not in (SELF, GUARDIAN):
        raise RuleError(tr("请选择由本人还是监护人同意。"))
    birthday = tx.db.scalar(Person.select(Person.birthday).where(Person.id == person_id))
    child = birthday is not None and age_on(birthday, on) < ADULT_DATA
    if child and form.consent_by != GUARDIAN:
        raise RuleError(tr("患者不满 14 岁，须由监护人同意。请取得监护人的同意再登记。"))
    word = consents_of(tx.db, person_id).get("transfer")
    if word is not None and not word.granted:
        raise RuleError(
            tr("这位顾客不同意记录介绍关系。请先说明；同意后在“入会 → 同意项”更新，再登记。")
        )
    if any(code not in HANDED for code in form.handed):
        raise RuleError(tr("没有这种资料，请从清单里勾选。"))
    if form.direction == OUT and not form.handed:
        raise RuleError(tr("请勾选交给对方的资料。对外提供须记清给了什么。"))
    return note


def _check_running(tx: Tx, form: IntroductionForm, person_id: int) -> None:
    """One inbound introduction at a time, and one to an institution. Raises RuleError."""
    same = Introduction.person_id.in_(group_of(tx.db, person_id)) & (
        Introduction.direction == form.direction
    )
    if form.direction == OUT:
        same &= Introduction.partner_id == form.partner_id
    query = Introduction.select(Introduction.number).where(same & Introduction.state.in_(RUNNING))
    number = tx.db.scalar(query)
    if number is not None:
        words = tr("这位顾客已有一条没结束的{direction}({number})。请先结束那一条。")
        raise RuleError(words.format(direction=direction_title(form.direction), number=number))


def _agreement(tx: Tx, form: IntroductionForm, on: str) -> AgreementRow | None:
    fitting = agreements_on(tx.db, on, form.partner_id, form.direction)
    if form.agreement_id == NO_AGREEMENT:
        return None
    if form.agreement_id is not None:
        chosen = [row for row in fitting if row.id == form.agreement_id]
        if not chosen:
            raise RuleError(tr("这份协议在介绍当天不适用，请重新选择协议。"))
        return chosen[0]
    if len(fitting) > 1:
        raise RuleError(tr("这家机构当天有几份协议，请选择按哪一份。"))
    return fitting[0] if fitting else None


def _day(tx: Tx, text: str) -> str:
    if not is_date(text):
        raise RuleError(tr("日期写成 2026-11-20 这样。"))
    if text > tx.today:
        raise RuleError(tr("日期在今天以后，请改正。"))
    return text


def _before(db: ClinicDatabase, person_id: int) -> int | None:
    """The last introduction by which the person came in (R180)."""
    found: int | None = db.scalar(
        Introduction.select(Introduction.id)
        .where(
            Introduction.person_id.in_(group_of(db, person_id))
            & (Introduction.direction == IN)
            & Introduction.arrived_on.is_null(False)
        )
        .order_by(Introduction.arrived_on.desc(), Introduction.id.desc())
        .limit(1)
    )
    return found


@dataclass(frozen=True)
class _Head:
    id: int
    person_id: int
    direction: str
    state: str
    occurred_on: str
    arrived_on: str | None


def _head(db: ClinicDatabase, introduction_id: int) -> _Head:
    row = db.row(
        Introduction.select(
            Introduction.id,
            Introduction.person_id,
            Introduction.direction,
            Introduction.state,
            Introduction.occurred_on,
            Introduction.arrived_on,
        ).where(Introduction.id == introduction_id)
    )
    if row is None:
        raise RuleError(tr("没有找到这条介绍，请刷新后重试。"))
    return _Head(*row)


def _write(tx: Tx, head: _Head, **values: Any) -> None:
    tx.db.write(Introduction.update(**values).where(Introduction.id == head.id))


def _changed(introduction_id: int, person_id: int) -> IntroductionChanged:
    return IntroductionChanged(
        introduction_id, person_id, Changes((Kind.PARTNER, Kind.PERSON), person_id)
    )


def _next_number(tx: Tx, direction: str) -> str:
    start = f"{_PREFIX[direction]}-{tx.today.replace('-', '')}-"
    today = Introduction.select(Introduction.id).where(
        (Introduction.number >= start) & (Introduction.number < start + "~")
    )
    return f"{start}{today.count(tx.db) + 1:02d}"
