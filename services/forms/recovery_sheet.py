"""恢复密钥页: the one paper that opens the clinic's data on another computer. It is handed to the
printer and never kept by the program."""

from __future__ import annotations

from services.forms.paper import Heading, Pairs, Paper, Signatures, Text
from services.i18n import tr

NAME = "恢复密钥页"


def recovery_sheet(clinic: str, code: str) -> Paper:
    """The sheet for a clinic's name and its recovery code, in large groups."""
    return Paper(
        title=tr("恢复密钥页"),
        name=NAME,
        clinic=clinic,
        blocks=(
            Pairs(
                (
                    (tr("诊所"), clinic),
                    (tr("建立日期"), ""),
                )
            ),
            Heading(tr("恢复码　{code}").format(code=code)),
            Heading(tr("什么时候用")),
            Text(
                (
                    tr("更换电脑、重装系统或电脑损坏时，用恢复码打开诊所数据。"),
                    tr("没有它，换电脑以后谁也打不开，开发者也不能。"),
                )
            ),
            Heading(tr("怎样保管")),
            Text(
                (
                    tr("放进信封封好，锁在保险柜里，不要和电脑放在一起。"),
                    tr("不要拍照、外传，也不要存进手机或网盘。"),
                    tr("每半年在“管理 → 核对恢复码”输入一次，确认这张纸还在。"),
                )
            ),
            Signatures((tr("保管人签字"), tr("院长签字"), tr("存放地点"), tr("日期"))),
        ),
    )


def recovery_text(clinic: str, code: str) -> str:
    """The same in a few lines of plain text, for a stick."""
    text = tr(
        "皓齿前台 恢复码\n\n诊所：{name}\n恢复码：{code}\n\n"
        "更换电脑或电脑损坏时，用它打开诊所数据。请锁好，不要拍照或外传。"
    )
    return text.format(name=clinic, code=code)
