"""The words of personal data: kinds of request, states, how somebody proved who they are."""

from __future__ import annotations

from services.i18n import tr

COPY, CORRECT, FREEZE, ERASE = "copy", "correct", "freeze", "erase"
KINDS = (COPY, CORRECT, FREEZE, ERASE)
RECEIVED, DONE, REFUSED = "received", "done", "refused"

DOCUMENT, CARD, GUARDIAN, RETENTION = "document", "card", "guardian", "retention"
CHECKS = (DOCUMENT, CARD, GUARDIAN, RETENTION)

CONSENT, LAW = "consent", "law"
BASES = (CONSENT, LAW)


def kind_title(kind: str) -> str:
    """What is asked for, as the desk says it (个保法 45–47 条)."""
    return {
        COPY: tr("查阅复制"),
        CORRECT: tr("更正补充"),
        FREEZE: tr("停止使用(冻结)"),
        ERASE: tr("删除(匿名化)"),
    }[kind]


def state_title(state: str) -> str:
    """What became of a request."""
    return {RECEIVED: tr("待答复"), DONE: tr("已办"), REFUSED: tr("已拒绝")}[state]


def check_title(checked: str) -> str:
    """How it was seen that it is the person who asks."""
    return {
        DOCUMENT: tr("核对本人证件"),
        CARD: tr("会员卡并核对姓名电话"),
        GUARDIAN: tr("核对监护人证件"),
        RETENTION: tr("保存期已满，诊所清理"),
    }[checked]


def basis_title(basis: str) -> str:
    """What allows data to be given to somebody else (个保法 13, 23 条)."""
    return {CONSENT: tr("本人单独同意"), LAW: tr("法律规定")}[basis]
