"""What is written to people: completed, checked, measured (R146, 广告法 43 条)."""

import pytest

from models.activities import Activity
from services.commands import write_setting
from services.errors import RuleError
from services.outreach.texts import (
    LABELS,
    LETTER,
    NUMBERS,
    activity_values,
    channel_of,
    characters,
    check_text,
    completed,
    kind_title,
    parts,
    presets,
    sounds_like_offer,
    sounds_like_promise,
    variables,
)
from services.setup import CLINIC_PHONE
from tests.conftest import TODAY
from tests.gift_world import in_command


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (LETTER, " ", "先写正文"),
        (NUMBERS, "好" * 301, "最多 300 个字，现在 301 个字"),
        (LETTER, "您好{年龄}。", "“{年龄}”填不出来"),
        (LETTER, "您好{活动}。", "“{活动}”填不出来"),
        (LETTER, "您好{姓氏。", "不成对"),
        (LETTER, "您有{可用分}分。欢迎{医生}！", "收到空信"),
    ],
)
def test_r146_a_text_that_cannot_be_sent_says_what_to_do(kind, text, sentence):
    with pytest.raises(RuleError, match=sentence):
        check_text(kind, text)


def test_r146_what_can_be_sent_is_sent():
    check_text(LABELS, "")
    check_text(LETTER, "您好{姓名}。您有{可用分}分。")
    check_text(LETTER, "请来{活动}。", activity_id=1)
    for activity in (False, True):
        for preset in presets(activity=activity):
            check_text(LETTER, preset.text, 1 if preset.for_activity else None)
            check_text(NUMBERS, preset.text, 1 if preset.for_activity else None)
    assert not any(preset.for_activity for preset in presets())
    assert set(variables()) < set(variables(1))


def test_r095_an_offer_names_its_sender_and_how_to_refuse(clinic, director):
    db = clinic.db
    assert completed(db, NUMBERS, "周六\n会员日 ", marketing=True) == (
        "【试验口腔】周六会员日。拒收请回复T"
    )
    assert completed(db, NUMBERS, "{诊所}会员日！退订回T", marketing=True) == (
        "{诊所}会员日！退订回T"
    )
    assert completed(db, NUMBERS, "试验口腔提醒您复查！", marketing=False) == "试验口腔提醒您复查！"
    assert completed(db, NUMBERS, "试验口腔会员日！", marketing=True).endswith("！拒收请回复T")
    assert completed(db, LETTER, "请来。", marketing=False) == "请来。"
    assert completed(db, LETTER, "请来。", marketing=True).endswith("请告诉前台，我们马上停寄。")
    in_command(director, lambda tx: write_setting(tx, CLINIC_PHONE, "010-88886666"))
    assert "请打 010-88886666 或告诉前台" in completed(db, LETTER, "请来。", marketing=True)
    assert completed(db, LABELS, "", marketing=True) == ""


def test_r146_messages_are_measured_as_they_are_charged():
    assert [parts("好" * n) for n in (0, 70, 71, 134, 135)] == [1, 1, 2, 2, 3]
    assert characters("𠮷野") == 3


def test_words_of_offers_and_promises_are_noticed():
    assert sounds_like_offer("洁牙特价") == "特价"
    assert sounds_like_offer("请来复查") == ""
    assert sounds_like_promise("保证不疼") == "保证"
    assert sounds_like_promise("请来复查") == ""
    assert [kind_title(kind) for kind in (LETTER, LABELS, NUMBERS)] == [
        "信函",
        "信封标签",
        "短信名单",
    ]
    assert [channel_of(kind) for kind in (LETTER, LABELS, NUMBERS)] == ["letter", "letter", "sms"]


def test_r037_an_invitation_says_what_when_and_where(clinic, frontdesk):
    activity_id = in_command(
        frontdesk,
        lambda tx: tx.db.insert(
            Activity,
            number="H1",
            name="爱牙讲座",
            kind="lecture",
            state="open",
            day=TODAY,
            at="14:00",
            place="三楼",
            staff_id=tx.actor.id,
            seq=tx.seq,
        ),
    )
    assert activity_values(clinic.db, None) == {}
    assert activity_values(clinic.db, activity_id) == {
        "活动": "爱牙讲座",
        "日期": "11月20日 14:00",
        "地点": "三楼",
    }
    with pytest.raises(RuleError, match="没有找到这次活动"):
        activity_values(clinic.db, 99)
