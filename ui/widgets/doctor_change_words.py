"""What an application for another doctor says on the screen, without a widget in it."""

from __future__ import annotations

from services.care.doctor_changes import (
    APPROVED,
    DRAFT,
    IN_FORCE,
    REFUSED,
    WAITING,
    WITHDRAWN,
    ChangeRow,
    state_title,
    word_title,
)
from services.i18n import tr

_AT = {DRAFT: 0, WAITING: 1, APPROVED: 3, IN_FORCE: 4, REFUSED: 3, WITHDRAWN: 1}


def steps(row: ChangeRow | None) -> list[tuple[str, str]]:
    """The way of an application as (words, tone): done, at hand, still to come."""
    at = 0 if row is None else _AT[row.state]
    if row is not None and row.state == WAITING and not row.asks:
        at = 2
    titles = (tr("填写申请"), tr("两位医师意见"), tr("领导签字"), tr("生效"))
    found = []
    for number, title in enumerate(titles):
        if number < at:
            found.append((f"✓ {title}", "success"))
        elif number == at:
            found.append((f"● {title}", "accent"))
        else:
            found.append((f"○ {title}", "muted"))
    if row is not None and row.state in (REFUSED, WITHDRAWN):
        return [
            *found[: at if row.state == REFUSED else 1],
            (f"✕ {state_title(row.state)}", "error"),
        ]
    return found


def next_words(row: ChangeRow | None) -> str:
    """What comes next and what it does."""
    if row is None:
        return tr("填好医生和原因，回车保存；打印出来请顾客签字。")
    words = {
        DRAFT: tr("还可以改。打印请顾客签字，再提交给两位医师和领导。"),
        APPROVED: tr("领导已批准。生效后从今天起主治医师是{to}，今天已登记的到诊不变。"),
        REFUSED: tr("领导没有批准，主治医师仍是{old}。"),
        IN_FORCE: tr("从 {day} 起主治医师是{to}。"),
        WITHDRAWN: tr("申请已撤回，主治医师不因此改变。"),
        WAITING: tr("问过两位医师，记下同意或不同意；不同意请写理由。"),
    }[row.state]
    if row.state == WAITING and not row.asks:
        words = (
            tr("有医生不同意：领导仍可批准，但要在批注里答复。")
            if row.objected
            else tr("可以请领导签字了：院长或会员管理员输入自己的密码。")
        )
    return words.format(old=row.from_doctor, to=row.to_doctor, day=row.in_force_on)


def facts(row: ChangeRow) -> list[tuple[str, tuple[str, ...], str]]:
    """(label, lines, tone) of an application as it stands."""
    old = (
        row.from_doctor if row.from_here else tr("{name}(已不在本院)").format(name=row.from_doctor)
    )
    written = tr("{number} · {day} {staff}填写").format(
        number=row.number, day=row.occurred_on, staff=row.staff
    )
    rows = [
        (tr("申请"), (written,), ""),
        (tr("更换"), (tr("{old} → {new}").format(old=old, new=row.to_doctor),), ""),
        (tr("原因"), (row.reason,), ""),
        (tr("意见"), tuple(_opinions(row)), ""),
        (tr("经过"), tuple(row.note.splitlines()), "muted"),
    ]
    return [found for found in rows if found[1]]


def _opinions(row: ChangeRow) -> list[str]:
    said = [
        tr("{who}：{word}").format(who=who, word=word_title(word))
        for who, word in ((row.from_doctor, row.from_word), (row.to_doctor, row.to_word))
        if word
    ]
    return ["　".join(said)] if said else []


def earlier(rows: list[ChangeRow]) -> tuple[str, ...]:
    """Applications that are done with, a line each."""
    words = tr("{number}　{old} → {new}　{state} {day}")
    return tuple(
        words.format(
            number=row.number,
            old=row.from_doctor,
            new=row.to_doctor,
            state=state_title(row.state),
            day=row.in_force_on or row.signed_on or row.occurred_on,
        )
        for row in rows
    )


def waits_for(row: ChangeRow) -> str:
    """What an open application waits for, for lists."""
    if row.state == DRAFT:
        return tr("提交")
    if row.state == APPROVED:
        return tr("生效")
    names = {"from": row.from_doctor, "to": row.to_doctor}
    if row.asks:
        return tr("{names}表态").format(names="、".join(names[which] for which in row.asks))
    return tr("领导签字")
