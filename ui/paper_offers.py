"""Which papers each tab can print about what is open in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.care.doctor_changes import changes_of, state_title
from services.clock import plus_days
from services.desk.reception import visit_of_today
from services.forms.agreement import membership_agreement
from services.forms.benefit_notice import benefit_notice
from services.forms.doctor_change import doctor_change_form, doctor_change_paper
from services.forms.end_of_day import end_of_day
from services.forms.enrolment_form import blank_enrolment_form, filled_enrolment_form
from services.forms.envelopes import envelope_labels
from services.forms.followup_register import (
    blank_followup_register,
    followup_register,
    person_followups,
)
from services.forms.gift_check import gift_check
from services.forms.gift_register import blank_gift_register, gift_register, gift_slip
from services.forms.leave_paper import leave_paper
from services.forms.member_card import member_card
from services.forms.members import member_of
from services.forms.paper import Paper, Size
from services.forms.printed import personal_paper
from services.forms.privacy_notice import privacy_notice
from services.forms.visit_slip import visit_slip
from services.gifts.lists import issues_of
from services.gifts.period import current, default_week, last_close
from services.i18n import tr
from services.memberships.leave_form import leave_form
from services.memberships.leaving import refund_cases
from services.memberships.overview import memberships_of
from services.outreach.audience import audience_of, left_out_lines
from services.outreach.mailings import send
from services.outreach.texts import LABELS
from services.programmes.registry import timelines
from ui.context import UiContext
from ui.dialogs.papers import Noted, Offer

PERSONAL = "paper.personal"
SLIPS = 3  # newest hand-outs that are offered
APPLICATIONS = 3  # newest ones for another doctor


def enrollment_offers(context: UiContext) -> list[Offer]:
    """入会: a refund form that was prepared, what a new member signs, the card; empty forms."""
    db, today, person_id = context.db, context.today(), context.person_id
    blanks = [
        Offer(tr("空白入会登记表"), partial(blank_enrolment_form, db)),
        Offer(tr("空白个人信息告知与同意书"), partial(privacy_notice, db)),
    ]
    for timeline in timelines(db):
        programme = timeline.at(today).programme
        words = {"name": programme.name}
        blanks += [
            Offer(
                tr("空白会员协议 · {name}").format(**words),
                partial(membership_agreement, db, programme),
            ),
            Offer(
                tr("全部等级权益告知单 · {name}").format(**words),
                partial(benefit_notice, db, programme),
            ),
        ]
    if person_id is None:
        return blanks
    return [*_refunds(context, person_id), *_joining(context, person_id), *blanks]


def _refunds(context: UiContext, person_id: int) -> list[Offer]:
    def paper(case_id: int) -> Paper:
        return leave_paper(leave_form(context.clinic, case_id))

    return [
        Offer(tr("退会申请与退费单 {n}").format(n=case.id), partial(paper, case.id))
        for case in refund_cases(context.db, person_id=person_id)[:1]
    ]


def _joining(context: UiContext, person_id: int) -> list[Offer]:
    db, today = context.db, context.today()
    own = partial(_personal, context, person_id)
    filled = partial(filled_enrolment_form, context.session, person_id)
    offers = [Offer(tr("入会登记表"), filled, PERSONAL)]
    notices, cards = [], []
    for view in memberships_of(db, today, person_id):
        member, programme = member_of(db, person_id, view), view.programme
        words = {"name": programme.name}
        offers.append(
            own(
                tr("会员协议 · {name}").format(**words),
                partial(membership_agreement, db, programme, member),
            )
        )
        notices.append(
            own(
                tr("权益告知单 · {name}").format(**words),
                partial(benefit_notice, db, programme, member),
            )
        )
        if view.membership is not None:
            cards.append(
                own(
                    tr("会员卡 · {name}").format(**words),
                    partial(member_card, db, programme, member),
                )
            )
    told = own(tr("个人信息告知与同意书"), partial(privacy_notice, db, person_id))
    return [*offers, told, *notices, *cards]


def _personal(context: UiContext, person_id: int, title: str, make: Callable[[], Paper]) -> Offer:
    """A paper with the person's name in full: who made it is on record (个保法 51 条)."""
    return Offer(title, partial(personal_paper, context.session, person_id, make), PERSONAL)


def checkin_offers(context: UiContext, person_id: int | None) -> list[Offer]:
    """到诊: the slip for the doctor, the application for another one; the day's own slip."""
    db, today = context.db, context.today()
    blank = Offer(tr("空白更换主治医师申请表"), partial(doctor_change_form, db, today))
    day = [
        Offer(words, partial(end_of_day, context.clinic, size))
        for words, size in (
            (tr("今日收尾单(80 mm)"), Size.SLIP_80),
            (tr("今日收尾单(A4)"), Size.A4),
        )
    ]
    if person_id is None:
        return [*day, blank]
    visit_id = visit_of_today(db, today, person_id)
    slips = [
        Offer(words, partial(visit_slip, db, today, visit_id, size))
        for words, size in ((tr("就诊单(80 mm)"), Size.SLIP_80), (tr("就诊单(A4)"), Size.A4))
        if visit_id is not None
    ]
    offers = [
        Offer(
            tr("更换主治医师申请表 · {number}({state})").format(
                number=row.number, state=state_title(row.state)
            ),
            partial(doctor_change_paper, db, row.id),
        )
        for row in changes_of(db, person_id)[:APPLICATIONS]
    ]
    fresh = Offer(tr("更换主治医师申请表"), partial(doctor_change_form, db, today, person_id))
    return [*slips, *offers, fresh, blank, *day]


def gift_offers(context: UiContext) -> list[Offer]:
    """礼品: the slips of the open person's newest gifts, the registers."""
    db, today, person_id = context.db, context.today(), context.person_id
    offers = []
    for issue in issues_of(db, person_id)[:SLIPS] if person_id is not None else ():
        for width, size in ((80, Size.SLIP_80), (58, Size.SLIP_58)):
            words = tr("领取单({width} mm) · {day} {gift}")
            offers.append(
                Offer(
                    words.format(width=width, day=issue.occurred_on, gift=issue.gift_name),
                    partial(gift_slip, db, today, issue.id, size),
                )
            )
    week_ago = plus_days(today, -6)
    return [
        *offers,
        Offer(tr("礼品领取登记表 · 今天"), partial(gift_register, db, today, today, today)),
        Offer(tr("礼品领取登记表 · 七天"), partial(gift_register, db, today, week_ago, today)),
        Offer(tr("空白礼品领取登记表"), partial(blank_gift_register, db)),
    ]


def friday_offers(context: UiContext) -> list[Offer]:
    """周五核对: the check of the week at hand, and of the one closed last."""
    db, today = context.db, context.today()
    open_now, closed = current(db), last_close(db)
    weeks = [open_now.week if open_now else default_week(db, today)]
    weeks += [closed.week] if closed is not None and closed.week not in weeks else []
    return [
        Offer(tr("礼品核对表 · {week}").format(week=week), partial(gift_check, db, today, week))
        for week in weeks
    ]


def followup_offers(context: UiContext, people: tuple[int, ...]) -> list[Offer]:
    """回访: the register, the open person's calls, labels for the people chosen in the list."""
    db, today, person_id = context.db, context.today(), context.person_id
    offers = [Offer(tr("会员回访登记表 · 今天"), partial(followup_register, db, today, today))]
    if person_id is not None:
        offers.append(
            Offer(tr("会员回访登记表 · 打开的顾客"), partial(person_followups, db, person_id))
        )
    offers.append(Offer(tr("空白会员回访登记表"), partial(blank_followup_register, db)))
    chosen = people or ((person_id,) if person_id is not None else ())
    if chosen:
        kinds = (
            (tr("信封标签 3×8 · 回访信函，{n} 位"), False, 3),
            (tr("信封标签 2×7 · 回访信函，{n} 位"), False, 2),
            (tr("信封标签 3×8 · 活动，只给同意的({n} 位)"), True, 3),
        )
        offers += [
            Offer(
                words.format(n=len(chosen)),
                partial(_labels, context, chosen, marketing, across),
                PERSONAL,
            )
            for words, marketing, across in kinds
        ]
    return offers


def _labels(
    context: UiContext, people: tuple[int, ...], marketing: bool, across: int
) -> Paper | Noted:
    title = tr("活动信函") if marketing else tr("回访信函")
    found = audience_of(context.db, people, LABELS, marketing=marketing)
    sent = send(
        context.session, kind=LABELS, title=title, text="", marketing=marketing, people=people
    )
    paper = envelope_labels(context.session, sent.mailing_id, across=across)
    if not sent.left_out:
        return paper
    words = tr("已跳过：{why}。").format(why=left_out_lines(found, LABELS))
    return Noted(paper, words)
