"""Words that tell of what the law protects most, so that a label made of them is asked about
once more (个保法 28, 24; R169).

A list of words finds what is plainly said, not everything; whoever makes labels decides.
"""

from __future__ import annotations

import re

from services.i18n import tr

OWN, HEALTH, MINOR = "own", "health", "minor"
SENSITIVE = ("", HEALTH, MINOR, OWN)

_OWN = re.compile(
    "族裔|民族|种族|人种|肤色|黑人|白人|亚裔|非裔|西语裔|少数族|国籍歧视|[汉满蒙回藏苗彝壮]族|维吾尔|"
    "高净值|富豪|富人|有钱|土豪|(?<!无)穷|贫困|贫穷|低收入|中产|收入|资产|财富|财力|身家|经济状况|负债|征信|信用分|"
    "性别重置|变性|跨性别|性取向|同性恋|双性恋|性别史|"
    "宗教|信仰|信教|基督|天主|佛教|伊斯兰|穆斯林|道教|教徒|党员|党派|政治|"
    "犯罪|前科|案底|指纹|人脸|行踪|残疾证"
)
_HEALTH = re.compile(
    "病(?![历案房])|症|孕|哺乳|产后|过敏|高血压|血糖|血压|心脏|肝炎|乙肝|丙肝|艾滋|HIV|梅毒|结核|肿瘤|癌|抑郁|焦虑|"
    "癫痫|残疾|凝血|抗凝|支架|起搏器|骨质疏松|化疗|放疗|用药|服药|精神",
    re.IGNORECASE,
)
_MINOR = re.compile("未成年|不满14|14岁以下|十四岁以下|儿童|青少年|小孩|孩子|婴|幼儿|小学|中学生")


def tells_of(words: str) -> str:
    """What words tell of: 'own' for what a clinic has no business to sort people by, 'health',
    'minor', or '' for nothing delicate."""
    plain = "".join(words.split())
    for kind, pattern in ((OWN, _OWN), (HEALTH, _HEALTH), (MINOR, _MINOR)):
        if pattern.search(plain):
            return kind
    return ""


def notice(kind: str) -> str:
    """What the law says about it, to be agreed to before a label is made."""
    return {
        OWN: tr(
            "这个标签说的像是族裔、财产、信仰、性别经历一类的事。这类敏感个人信息"
            "只有目的特定、确有必要并单独取得同意才可以处理(个人信息保护法第二十八、二十九条)，"
            "也不得据此给不合理的差别待遇(第二十四条)。建议不要建立。"
            "仍要建立，会标为“敏感”，名单里看不到它，导出要管理员写理由。"
        ),
        HEALTH: tr(
            "这个标签说的是健康情况，属于敏感个人信息，要单独取得同意"
            "(个人信息保护法第二十八、二十九条)。会标为“健康”，只有接待岗位看得到。继续吗？"
        ),
        MINOR: tr(
            "这个标签说的是未成年人。不满十四岁的个人信息是敏感个人信息，"
            "要监护人同意(个人信息保护法第二十八、三十一条)。会标为“未成年人”。继续吗？"
        ),
    }[kind]


def kind_title(kind: str) -> str:
    """What kind of sensitive it is, as the desk calls it; '' for none."""
    return {"": "", HEALTH: tr("健康"), MINOR: tr("未成年人"), OWN: tr("敏感")}[kind]
