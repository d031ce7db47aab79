"""What the reception card says, without a widget in it."""

from __future__ import annotations

from services.desk.visits import ReceptionCard, VisitRow, state_title
from services.i18n import tr


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


def facts_of(card: ReceptionCard, visit: VisitRow | None) -> list[tuple[str, tuple[str, ...], str]]:
    """(label, lines, tone) of everything else that matters today."""
    rows = []
    if visit is not None:
        lines = [f"{visit.arrived} {state_title(visit.state)}".strip()]
        if visit.waiting_minutes is not None:
            lines[0] += tr(" · 已等 {n} 分钟").format(n=visit.waiting_minutes)
        if visit.emergency:
            lines.append(tr("急诊"))
        if visit.note:
            lines.append(visit.note)
        rows.append((tr("到诊"), tuple(lines), ""))
        if visit.doctor_name:
            rows.append((tr("医生"), (visit.doctor_name,), ""))
    rows += [
        (tr("生日"), (card.birthday_note,) if card.birthday_note else (), "accent"),
        (tr("待领"), card.gifts_due, "accent"),
        (tr("告知"), card.notices, "warning"),
        (tr("权益"), card.quota_left, ""),
        (tr("回访"), card.open_followups, ""),
    ]
    return [row for row in rows if row[1]]


def spoken(card: ReceptionCard) -> str:
    """The card in one sentence, for a screen reader."""
    parts = [card.name + card.title, card.received_as or card.tier_name, card.escort, card.room]
    parts += [tr("告知医生") if card.tell_doctor else "", *card.alerts, card.birthday_note]
    return "、".join(part for part in (*parts, *card.gifts_due, *card.notices) if part)
