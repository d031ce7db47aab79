"""会员卡: a face in the colour of the tier, a back with something worth knowing (R006, R007)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.forms.letterhead import clinic_title, contact_line
from services.forms.members import Member
from services.forms.paper import Face, Paper, Size
from services.i18n import tr
from services.programmes.definition import Programme

NAME = "会员卡"
_PLAIN = "#0B7A75"  # of a programme whose member holds no tier


def member_card(db: ClinicDatabase, programme: Programme, member: Member) -> Paper:
    """Face and back of a member's card, each 85.6 × 54 mm."""
    clinic = clinic_title(db)
    tier = programme.tier(member.rank)
    colour = tier.colour if tier is not None else _PLAIN
    until = tr("有效期至 {day}").format(day=member.paid_until) if member.paid_until else ""
    joined = tr("{day} 入会").format(day=member.joined) if member.joined else ""
    face = Face(
        colour,
        tr("{clinic} · {tier}").format(clinic=clinic, tier=member.tier or programme.name),
        member.card or member.number,
        (member.name,),
        tr("　").join(text for text in (joined, until) if text),
    )
    notes = (tier.card_note,) if tier is not None and tier.card_note else advice()
    rules = tr("请在就诊和领取时出示。遗失请凭证件到前台挂失补办。")
    back = Face(colour, tr("口腔小知识"), "", (*notes, rules), contact_line(db))
    return Paper(
        title=tr("会员卡"),
        name=NAME,
        clinic=clinic,
        blocks=(face, back),
        size=Size.CARD,
    )


def advice() -> tuple[str, ...]:
    """What the back says where the programme says nothing of its own."""
    return (
        tr("早晚各刷一次牙，每次两分钟，睡前那次最要紧。"),
        tr("刷不到的牙缝用牙线，每天一次。"),
        tr("每半年到一年检查一次，牙结石由医生来洁治。"),
    )
