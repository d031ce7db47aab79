from services.commands import head_of_chain
from services.programmes.registry import main_timeline


def test_a_new_clinic_opens_with_its_programme(clinic, director):
    assert director.actor.role == "director"
    assert head_of_chain(clinic.db)[0] == 5
    assert main_timeline(clinic.db).at("2026-11-20").programme.tier_name(4) == "钻石VIP会员"
