"""What the reception card says, without a widget in it."""

from __future__ import annotations

from services.desk.appointment_list import AppointmentRow
from services.desk.identity_check import check_words
from services.desk.visits import ReceptionCard, VisitRow, state_title
from services.i18n import tr
from ui.widgets.appointment_words import late_words, remark_words


def lesson() -> str:
    return tr(
        "这里是接待卡。\n\n"
        "打开一位顾客，就看到怎样接待：谁带领、要不要告知医生、\n"
        "哪间诊室、有什么警示、有没有礼品和回访。\n\n"
        "F3 查找 → 回车打开 → F4 → 回车，就登记好了。"
    )


def promises(
    card: ReceptionCard, *, escort: str, told: bool, room: str, exception: str
) -> list[tuple[str, str]]:
    """What the level promises at the door, each as (words, tone): warning while open."""
    words = []
    if card.escort:
        kept = tr("✓ {escort} · {who}").format(escort=card.escort, who=escort)
        words.append((kept, "success") if escort else (f"○ {card.escort}", "warning"))
    if card.tell_doctor:
        words.append((tr("✓ 已告知医生"), "success") if told else (tr("○ 告知接诊医生"), "warning"))
    if card.room:
        if room:
            words.append((f"✓ {room}", "success"))
        elif exception:
            words.append((tr("✓ 诊室例外：{why}").format(why=exception), "success"))
        else:
            words.append((f"○ {card.room}", "warning" if card.room_required else "accent"))
    if not words:
        words.append((tr("按普通{kind}流程接待").format(kind=visit_kind(card)), "muted"))
    return words


def visit_kind(card: ReceptionCard) -> str:
    return tr("新诊") if card.first_visit else tr("复诊")


def facts_of(
    card: ReceptionCard, visit: VisitRow | None, booking: AppointmentRow | None = None
) -> list[tuple[str, tuple[str, ...], str]]:
    """(label, lines, tone) of everything else that matters today."""
    rows = []
    if booking is not None:
        rows.append((tr("预约"), tuple(booking_lines(booking)), "accent"))
    if visit is not None:
        lines = [f"{visit.arrived} {state_title(visit.state)}".strip()]
        if visit.waiting_minutes is not None:
            lines[0] += tr(" · 已等 {n} 分钟").format(n=visit.waiting_minutes)
        if visit.checked:
            lines[0] += tr(" · {how}核验").format(how=check_words(visit.checked))
        if visit.emergency:
            lines.append(tr("急诊"))
        if visit.item or visit.booked_at:
            at = tr("预约 {at}").format(at=visit.booked_at) if visit.booked_at else ""
            lines.append(" · ".join(part for part in (at, visit.item) if part))
        if visit.note:
            lines.append(visit.note)
        rows.append((tr("到诊"), tuple(lines), ""))
        if visit.doctor_name:
            rows.append((tr("医生"), (visit.doctor_name,), ""))
    lost = (tr("会员卡已挂失，请核对证件"),) if card.card_lost else ()
    rows += [
        (tr("投诉"), card.complaints, "error"),
        (tr("会员卡"), lost, "error"),
        (tr("团队"), card.care_team, ""),
        (tr("生日"), (card.birthday_note,) if card.birthday_note else (), "accent"),
        (tr("待领"), card.gifts_due, "accent"),
        (tr("告知"), card.notices, "warning"),
        (tr("权益"), card.quota_left, ""),
        (tr("回访"), card.open_followups, ""),
        (tr("转赠"), tuple(row.text for row in card.vouchers if visit is not None), "accent"),
    ]
    return [row for row in rows if row[1]]


def booking_lines(row: AppointmentRow) -> list[str]:
    """What was booked: the time and how late it is, what for, with whom, what else is known."""
    parts = (row.at, row.item, row.doctor_name, late_words(row))
    known = remark_words(row)
    return [" · ".join(part for part in parts if part), *([known] if known else [])]


def spoken(card: ReceptionCard) -> str:
    """The card in one sentence, for a screen reader."""
    parts = [card.name + card.title, card.received_as or card.tier_name, card.escort, card.room]
    parts += [tr("告知医生") if card.tell_doctor else "", *card.alerts, card.birthday_note]
    return "、".join(part for part in (*parts, *card.gifts_due, *card.notices) if part)
