"""会员协议: what clinic and member agree on, from the programme's data (R024, R075, R107, R108).

What the law gives the member whatever was agreed is said beside it (法释〔2025〕4号 14 条,
front-desk.md 4.5). The clinic keeps no last word for itself and excludes no refund (R113).
"""

from __future__ import annotations

from collections.abc import Iterator

from models.database import ClinicDatabase
from services.commands import read_setting
from services.forms.letterhead import clinic_title
from services.forms.members import NOBODY, Member
from services.forms.paper import Block, Heading, Pairs, Paper, Signatures, Text
from services.forms.scheme_text import (
    ENDING,
    blocks,
    numbered,
    part_of_tier,
    sections,
    tier_ranks,
)
from services.i18n import tr
from services.programmes.definition import Programme
from services.setup import CLINIC_ADDRESS, CLINIC_PHONE

NAME = "会员协议"
LAWFUL_DAYS = 7  # in which what was paid ahead may be asked back by law


def membership_agreement(
    db: ClinicDatabase, programme: Programme, member: Member = NOBODY
) -> Paper:
    """The agreement of a programme, filled in for a member or to be filled in by hand."""
    tiers = [part_of_tier(rank) for rank in tier_ranks(programme, member.rank)]
    clinic = clinic_title(db)
    sides = (
        (tr("甲方(诊所)"), clinic),
        (tr("电话"), read_setting(db, CLINIC_PHONE)),
        (tr("地址"), read_setting(db, CLINIC_ADDRESS)),
        (tr("乙方(会员)"), member.name),
        *member.pairs()[1:],
        *(((tr("会费期限至"), member.paid_until),) if _charges(programme) else ()),
    )
    return Paper(
        title=tr("会员协议"),
        name=NAME,
        clinic=clinic,
        number=member.agreement,
        subject=programme.name,
        blocks=(
            Pairs(sides),
            Text((tr("甲乙双方自愿订立本协议，约定如下。"),)),
            *blocks(programme, "joining", "points", *tiers, "birthday", "member_days", "rules"),
            Heading(tr("到期和退会")),
            Text(numbered(tuple(_leaving(programme)))),
            *_common(),
            Text((tr("本协议一式两份，甲乙双方各执一份，签字后生效。"),)),
            Signatures(
                (tr("甲方(盖章、经办签字)"), tr("乙方签字"), tr("签订日期"), tr("监护人签字"))
            ),
        ),
    )


def _charges(programme: Programme) -> bool:
    return any(fee.yuan != 0 for tier in programme.tiers for fee in tier.fees)


def _leaving(programme: Programme) -> Iterator[str]:
    """What the programme says of the end, and what the law says beside it."""
    ending = sections(programme).get(ENDING)
    if ending is not None:
        yield from ending.lines
    if not _charges(programme):
        yield tr("本方案不收会费。会员可以随时提出退会，退会后已得的积分保留。")
        return
    yield tr(
        "依法律规定，自付款之日起 {n} 日内，乙方可以要求返还所付的本金；"
        "付款前已经在甲方体验过相同服务的除外。"
    ).format(n=LAWFUL_DAYS)
    yield tr(
        "乙方因自己的原因退会的，按原价扣除已用的服务后退还余额，超出已付会费的部分不再追收；"
        "不是乙方的原因退会的，按会员价扣除。不限次数的会籍按剩余的期限折算。"
    )
    yield tr(
        "退会时，甲方把约定比例、期内全额、两种扣除已用和剩余期限五种算法一并列出，写明采用的一种和理由，"
        "由双方签字。法律规定对乙方更有利的，按法律规定办。"
    )
    yield tr("返还的款项依法应当计息的，利息按法律规定计算。")
    yield tr("提前提出退会的约定只是为了方便安排，不影响乙方依法退会。")


def _common() -> Iterator[Block]:
    """What holds under every programme."""
    yield Heading(tr("会员卡和资料"))
    yield Text(
        numbered(
            (
                tr("会员卡遗失、损坏的，乙方凭证件到前台挂失、补办，积分和权益不变。"),
                tr("乙方更改姓名、证件、手机等资料的，凭证件到前台办理。"),
                tr("甲方为乙方的资料保密；怎样收集和使用，见《个人信息告知与同意书》。"),
                tr("消费、积分、权益使用的明细，乙方可以随时到前台查询并打印。"),
            )
        )
    )
    yield Heading(tr("变更和争议"))
    yield Text(
        numbered(
            (
                tr("方案有改动的，甲方提前告知，从新版本的生效日起执行；此前发放的权益不受影响。"),
                tr(
                    "改动减少乙方已付费的权益的，须经乙方同意；乙方不同意的，可以继续用到期满或退会。"
                ),
                tr(
                    "权益是否适合使用由医生按诊疗规范判断；不适合的，换成同等价值的其他项目或保留。"
                ),
                tr(
                    "对本协议的理解有不同意见的，双方协商；协商不成的，依法向消费者协会投诉或向法院起诉。"
                ),
            )
        )
    )
