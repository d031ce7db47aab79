"""权益告知单: what a tier brings, in the programme's own sentences, and that it was explained
(R038, R122)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.forms.letterhead import clinic_title
from services.forms.members import NOBODY, Member
from services.forms.paper import Pairs, Paper, Signatures, Text, Ticks
from services.forms.scheme_text import ENDING, blocks, part_of_tier, tier_ranks
from services.i18n import tr
from services.programmes.definition import Programme

NAME = "权益告知单"


def benefit_notice(db: ClinicDatabase, programme: Programme, member: Member = NOBODY) -> Paper:
    """What the member's tier brings, or every tier of the programme for nobody yet."""
    tiers = [part_of_tier(rank) for rank in tier_ranks(programme, member.rank)]
    parts = ("points", *tiers, "birthday", "member_days", "referral", "rules", ENDING)
    told = tr("以上待遇已由前台逐项讲解，我已听明白，并收到本单。")
    return Paper(
        title=tr("会员权益告知单"),
        name=NAME,
        clinic=clinic_title(db),
        subject=programme.name,
        blocks=(
            Pairs(member.pairs()),
            *blocks(programme, *parts),
            Ticks(((member.explained, told),)),
            Signatures((tr("会员签字"), tr("讲解人签字"), tr("日期"))),
            Text((tr("方案改动以后，已经发放的权益照原来的约定用完。"),), small=True),
        ),
    )
