"""Labels and groups of the made-up clinic, and a partner institution kept as data while the
module is switched off (R169–R183)."""

from __future__ import annotations

from services.demo.crew import Crew, Signatures
from services.groups.carried import put_label
from services.groups.labels import label_named, take_presets
from services.groups.rule import All, Away, HasLabel, LifeCycle, Member, Not, Rule, Spent
from services.groups.saved import save_group
from services.partners.agreements import AgreementForm, agree
from services.partners.institutions import PartnerForm, add_partner
from services.partners.introductions import IntroductionForm, arrive, introduce
from services.partners.switch import phrase, switch_partners
from services.partners.terms import FIXED, OUT, Terms

# label → whom it hangs on: every so many people, beginning with one
_CARRIED = (
    ("种植", 9, 2),
    ("正畸", 11, 3),
    ("老年", 13, 5),
    ("喜欢电话", 7, 4),
    ("只能周末", 8, 6),
    ("外地", 17, 7),
)
_MOST = 400  # people who carry labels
_PARTNER = PartnerForm(
    name="城东综合医院口腔颌面外科",
    licence="PDY900001-1",
    contact="门诊办公室",
    phone="0990-1234567",
    note="复杂拔牙、颌面外伤转去",
)
_TERMS = Terms(per_mille=50)


def draw_circles(crew: Crew, known: int) -> int:
    """Hang labels on people and keep some groups; answers how many groups."""
    db = crew.manager.db
    take_presets(crew.manager)
    for name, every, first in _CARRIED:
        people = tuple(range(first, min(known, _MOST) + 1, every))
        if people:
            label_id = label_named(db, name, health=True).id
            put_label(crew.manager, people=people, label_id=label_id)
    implants = HasLabel(label_id=label_named(db, "种植", health=True).id)
    groups: tuple[tuple[str, Rule], ...] = (
        ("久未到诊的会员", All(of=(Member(), Away(months=6)))),
        ("近一年消费五千元以上", Spent(least_fen=500_000, months=12)),
        ("新顾客", LifeCycle(stage="new")),
        ("种植顾客，半年内来过", All(of=(implants, Not(of=Away(months=6))))),
    )
    for name, rule in groups:
        save_group(crew.manager, name=name, rule=rule)
    return len(groups)


def keep_partner(crew: Crew, signatures: Signatures, day: str, people: list[int]) -> None:
    """An agreement and the introductions of these people; then the module is switched off again:
    what there is can be read, nothing new is written."""
    switch_partners(crew.director, on=True, typed=phrase())
    partner_id = add_partner(crew.manager, form=_PARTNER).partner_id
    agreement = AgreementForm(
        contract="HZ-2025-07",
        direction=OUT,
        model=FIXED,
        terms=_TERMS,
        rhythm="quarter",
        from_on=day,
        notice_days=30,
        file_note="办公室 2 号柜",
    )
    agree(crew.manager, partner_id=partner_id, form=agreement, approval=signatures.partner)
    for order, person_id in enumerate(people):
        form = IntroductionForm(
            partner_id=partner_id,
            person_id=person_id,
            direction=OUT,
            consent_on=day,
            consent_note="本人签书面同意书，存办公室 2 号柜",
            handed=("name", "phone", "item"),
            item_class="拔牙",
            purpose="复杂智齿拔除",
            occurred_on=day,
        )
        made = introduce(crew.manager, form=form)
        if order == 0:
            arrive(crew.manager, introduction_id=made.introduction_id)
    switch_partners(crew.director, on=False)
