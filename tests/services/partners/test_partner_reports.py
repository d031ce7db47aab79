"""合作机构应付应收台账 and 介绍来源链, and that they are offered only while the module is on."""

from __future__ import annotations

import pytest

from services.errors import RuleError
from services.partners.introductions import report_value
from services.partners.statements import draw, void_statement
from services.partners.switch import switch_partners
from services.reports.registry import find, offered, reports
from tests.gift_world import add_person
from tests.money_world import pay
from tests.services.partners.partner_world import (
    agreed,
    came,
    introduced,
    partner,
    settled,
    switched_on,
)
from tests.services.reports.world import report, rows, sheet


def test_r183_offered_only_while_it_is_on(clinic, director):
    names = {each.name for each in reports()}
    assert offered(clinic.db) == reports()
    assert not any(name.startswith("partner") for name in names)
    for name in ("partner-payables", "partner-chains"):
        with pytest.raises(RuleError, match="没有启用"):
            report(clinic, name, "2026-01-01", "2026-12-31")
    switched_on(director)
    assert [each.name for each in offered(clinic.db)[-2:]] == ["partner-payables", "partner-chains"]
    assert all(each.right == "partner.draw" for each in offered(clinic.db)[-2:])
    assert find("介绍来源链").name == "partner-chains"
    assert rows(report(clinic, "partner-chains", "2026-01-01", "2026-12-31"), "介绍来源链") == []
    switch_partners(director, on=False)
    assert offered(clinic.db) == reports()


def test_r183_the_ledger_of_what_is_owed(clinic, director, member_admin, clock):
    switched_on(director)
    admin = member_admin
    one, two = partner(admin), partner(admin, "安康诊所")
    brings = agreed(admin, one)
    takes = agreed(admin, two, contract="HT-2", direction="out")
    who, other = add_person(admin, "M1"), add_person(admin, "M2")
    came(admin, one, who)
    sent = came(admin, two, other, "out")
    pay(admin, who, 1000)
    report_value(admin, introduction_id=sent, value_fen=400_00)
    clock.day = "2026-12-01"
    draw_in = {"agreement_id": brings, "direction": "in"}
    void_statement(admin, statement_id=draw(admin, **draw_in).statement_id, reason="x")
    settled(admin, draw(admin, **draw_in).statement_id, "记-8")
    pay(admin, who, 100)
    found = report(clinic, "partner-payables", "2026-01-01", "2026-12-31")
    assert rows(found, "结算单") == [
        ["JS-20261201-02", "康宁门诊部", "HT-1", "介绍进来", "2026-11-01", "2026-11-30", 50_00,
         None, "已结清", "记-8", "2026-12-01", "孙院长"],
    ]  # fmt: skip
    assert rows(found, "还没出单") == [
        ["安康诊所", "HT-2", "介绍出去", "2026-11-01", "2026-11-30", 1, None, 20_00],
        ["康宁门诊部", "HT-1", "介绍进来", "2026-12-01", "2026-12-01", 1, 5_00, None],
    ]  # fmt: skip
    assert sheet(found, "还没出单").totals[-2:] == (5_00, 20_00)
    draw(admin, agreement_id=takes, direction="out")
    found = report(clinic, "partner-payables", "2026-01-01", "2026-12-31")
    assert [row[8] for row in rows(found, "结算单")] == ["已结清", "待结清"]
    assert len(rows(found, "还没出单")) == 1


def test_r180_the_chain_of_introductions(clinic, director, member_admin, clock):
    switched_on(director)
    admin = member_admin
    one, two = partner(admin), partner(admin, "安康诊所")
    agreed(admin, one)
    who = add_person(admin, "M1")
    came(admin, one, who, item_class="种植")
    introduced(admin, two, who, "out")
    found = rows(report(clinic, "partner-chains", "2026-11-01", "2026-11-30"), "介绍来源链")
    assert [row[:9] for row in found] == [
        ["JR-20261120-01", "2026-11-20", "介绍进来", "康宁门诊部", "M1", "王**", "种植", "已到院",
         "2026-11-20"],
        ["JC-20261120-01", "2026-11-20", "介绍出去", "安康诊所", "M1", "王**", "", "待到院", None],
    ]  # fmt: skip
    assert [row[11] for row in found] == ["", "JR-20261120-01 康宁门诊部"]
    assert found[1][12:] == ["2026-11-01 本人签书面同意书", "姓名、电话"]
