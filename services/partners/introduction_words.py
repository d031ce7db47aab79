"""What may be told to an institution about a patient, and how states and endings are called."""

from __future__ import annotations

from services.i18n import tr

HANDED = ("name", "phone", "age", "item", "image", "record", "amount")


def handed_title(code: str) -> str:
    """A kind of data that is handed over."""
    return {
        "name": tr("姓名"),
        "phone": tr("电话"),
        "age": tr("性别年龄"),
        "item": tr("拟诊治项目"),
        "image": tr("影像资料"),
        "record": tr("病历摘要"),
        "amount": tr("消费金额"),
    }[code]


def handed_words(codes: tuple[str, ...]) -> str:
    """Everything that was handed over, in one line."""
    return "、".join(handed_title(code) for code in codes) or tr("没有")


def state_title(state: str) -> str:
    """Where an introduction stands."""
    return {
        "recorded": tr("待到院"),
        "arrived": tr("已到院"),
        "ended": tr("已结束"),
        "withdrawn": tr("已撤回"),
    }[state]


def consent_words(consent_by: str, on: str, note: str) -> str:
    """When and how the patient agreed."""
    words = tr("{day} 监护人{note}") if consent_by == "guardian" else tr("{day} 本人{note}")
    return words.format(day=on, note=note)
