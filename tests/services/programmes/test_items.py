"""The class of an item guessed from its name."""

from __future__ import annotations

import pytest

from services.demo.words import FOR_CHILDREN, TREATMENTS
from services.programmes.items import ITEM_CLASSES, TREATMENT_CLASSES, item_class
from services.programmes.registry import preset


@pytest.mark.parametrize("name", ITEM_CLASSES)
def test_a_class_is_its_own_name(name):
    assert item_class(name) == item_class(f" {name} ") == name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("挂号费", "挂号"), ("专家面诊", "挂号"),
        ("口腔检查及拍片", "检查"), ("CBCT", "检查"), ("牙片ct", "检查"), ("Ｘ光", "检查"),
        ("全身体检", "检查"), ("树脂补牙", "治疗"), ("牙体充填", "治疗"), ("局部麻醉", "治疗"),
        ("超声波洁牙(带抛光脱敏)", "洁牙"), ("喷砂洁牙", "洁牙"), ("牙科洁治", "洁牙"),
        ("牙周刮治", "牙周"), ("根管治疗", "根管"), ("根管复查", "复检"), ("阻生齿拔除", "拔牙"),
        ("全瓷冠", "修复"), ("活动义齿", "修复"), ("烤瓷牙套", "修复"), ("隐形矫治", "正畸"),
        ("钢丝牙套", "正畸"), ("种植体及牙冠", "种植"), ("种植体检查", "种植"),
        ("儿童窝沟封闭(进口材料)", "儿牙"), ("涂氟防龋", "儿牙"), ("乳牙充填", "儿牙"),
        ("冷光美白", "美容"), ("美容科面部护理", "美容"), ("术后复诊", "复诊"), ("拆线", "复诊"),
        ("免费复检", "复检"), ("甲硝唑片", "药品"), ("消炎药", "药品"), ("药物治疗", "治疗"),
        ("含氟牙膏", "保健品"), ("口腔护理套装", "保健品"), ("中草药热疗", "其他"),
        ("病历本", "其他"), ("舒适套餐", ""), ("ACTIVE", ""), ("", ""),
    ],
)  # fmt: skip
def test_r047_the_class_is_guessed_from_the_name(text, wanted):
    assert item_class(text) == wanted


@pytest.mark.parametrize("treatment", [*TREATMENTS, *FOR_CHILDREN], ids=lambda t: t.item)
def test_everything_the_demo_clinic_does_has_a_class(treatment):
    assert item_class(treatment.item) in TREATMENT_CLASSES


def test_r141_the_services_of_方案B_have_classes():
    items = [item for item in preset("医院方案B").points.catalogue if item.kind == "service"]
    assert [item_class(item.name) for item in items] == [
        "洁牙", "洁牙", "儿牙", "儿牙", "美容", "其他",
    ]  # fmt: skip
