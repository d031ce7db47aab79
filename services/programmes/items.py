"""The classes of what a receipt is for: what member prices, earning rates and drug spend go by;
and the kinds of payment.

The list is the clinic's own and short on purpose. Receipts are typed by item name, so a class can
be guessed from it; the desk may always choose another.
"""

from __future__ import annotations

import re
import unicodedata

ITEM_CLASSES: tuple[str, ...] = (
    "挂号",
    "检查",
    "治疗",
    "洁牙",
    "牙周",
    "根管",
    "拔牙",
    "修复",
    "正畸",
    "种植",
    "儿牙",
    "美容",
    "复诊",
    "复检",
    "药品",
    "保健品",
    "其他",
)

# how a receipt is paid: what earning rates for a kind of payment go by (R177)
PAYMENTS: tuple[str, ...] = ("现金", "微信", "支付宝", "银行卡", "医保个账", "分期", "其他")

# care of every kind, as opposed to registration, goods and the rest (R110)
TREATMENT_CLASSES: tuple[str, ...] = tuple(
    name for name in ITEM_CLASSES if name not in ("挂号", "药品", "保健品", "其他")
)

# The first line that is found decides, so what is special stands before what is general: a crown
# on an implant is 种植, a milk tooth's filling 儿牙, and a 洁牙 before any other 治疗.
_KEYWORDS: tuple[tuple[str, str], ...] = (
    ("其他", "热疗|理疗|工本费|病历本|其他|其它"),
    ("保健品", "保健品|牙膏|牙刷|牙线|漱口水|冲牙器|护理套[装餐]|牙缝刷|牙贴|清洁片"),
    ("复检", "复检|复查"),
    ("复诊", "复诊|拆线|换药"),
    ("挂号", "挂号|诊察费|诊查费|面诊"),
    ("种植", "种植|种牙|植牙|植体|植骨|骨粉|基台|上颌窦"),
    ("正畸", "正畸|矫正|矫治|托槽|保持器|隐适美|(?<!瓷)牙套|弓丝"),
    ("儿牙", "儿童|小儿|儿牙|乳牙|窝沟|封闭剂|氟|间隙保持"),
    ("根管", "根管|牙髓|杀神经|抽神经|根尖|活髓"),
    ("牙周", "牙周|刮治|龈|翻瓣|松牙固定"),
    ("洁牙", "洁牙|洗牙|洁治|喷砂|超声波|菌斑|牙菌膜"),
    ("拔牙", "拔牙|拔除|拔智齿|智齿|阻生|埋伏牙"),
    ("美容", "美白|美容|面部护理|美牙"),
    ("修复", "修复|烤瓷|全瓷|瓷冠|牙冠|贴面|嵌体|义齿|假牙|镶牙|桩核|固定桥|套筒"),
    (
        "检查",
        "检查|拍片|牙片|全景片|曲面断层|X光|X线|CBCT|(?<![A-Z])CT(?![A-Z])|影像|初诊|体检|取模|模型",
    ),
    ("治疗", "治疗|补牙|充填|树脂|脱敏|局麻|麻醉|咨询"),
    ("药品", "药|胶囊|消炎|止痛|甲硝唑|西林|头孢|布洛芬|含漱液"),
)
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _KEYWORDS)


def item_class(text: str) -> str:
    """The class that an item's name tells of, one of `ITEM_CLASSES`; '' when it tells nothing.

    Width and case of letters do not matter. Serves R005, R028, R047, R110.
    """
    plain = unicodedata.normalize("NFKC", text).upper().strip()
    if plain in ITEM_CLASSES:
        return plain
    return next((name for name, pattern in _PATTERNS if pattern.search(plain)), "")
