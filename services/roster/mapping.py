"""Which column means what: header names as clinics write them, guessed and corrected by hand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from services.i18n import tr

# field → the ways to write it, best first; compared after `plain`
_WRITTEN = {
    "name": "姓名 客户姓名 患者姓名 会员姓名 顾客姓名 病人姓名 名字 顾客 客户 患者 会员",
    "phone": (
        "手机 手机号 手机号码 电话 电话号码 联系电话 联系方式 联系手机 移动电话 会员手机 "
        "本人电话 客户电话 患者电话 tel phone mobile"
    ),
    "phone_alt": "备用电话 其他电话 电话2 手机2 第二电话 固定电话 座机 家庭电话 住宅电话",
    "sex": "性别 男女 sex gender",
    "birthday": "出生日期 生日 出生年月日 出生年月 出生 出生时间 birthday",
    "id_number": "身份证 身份证号 身份证号码 证件号 证件号码 身份证件号 身份号码",
    "address": "住址 地址 详细住址 家庭住址 家庭地址 联系地址 现住址 居住地址 通讯地址",
    "number": "会员号 会员编号 会员卡号 会员号码 卡号 会员证号 编号",
    "file_number": "病历号 档案号 客户编号 患者编号 客户号 病案号",
    "points": "可用积分 积分余额 剩余积分 当前积分 现有积分 积分 积分数 会员积分",
    "points_total": "累计积分 总积分 积分累计 历史积分",
    "spend": (
        "累计消费 消费总额 消费金额 累计消费金额 总消费 消费合计 累计金额 消费额 历史消费 "
        "累计实收 实收合计 消费"
    ),
    "tier": "等级 会员级别 会员等级 级别 会员类型 会员类别 卡类型 卡种 vip等级",
    "joined_on": (
        "入会日期 办卡日期 入会时间 办卡时间 注册日期 开卡日期 建卡日期 加入日期 建档日期"
    ),
    "last_visit_on": (
        "最近到诊 最近就诊 末次就诊 最后就诊 最近就诊日期 最近到诊日期 末次就诊日期 最后到店"
    ),
    "doctor": "主治医师 主治医生 医生 医师 责任医生 接诊医生 主诊医生 专属医生",
    "source": "来源 客户来源 患者来源 渠道 来源渠道 来院途径",
    "referrer": "推荐人 介绍人 转介人 推荐会员",
    "note": "备注 说明 备注信息 注 注意事项",
    "guardian_name": "监护人 监护人姓名 家长 家长姓名",
    "guardian_relation": "监护人关系 与监护人关系 关系 家长关系",
    "guardian_phone": "监护人电话 家长电话 监护人手机 家长手机 监护人联系方式 家长联系方式",
}
SYNONYMS = {name: tuple(text.split()) for name, text in _WRITTEN.items()}
FIELDS = tuple(SYNONYMS)
AMOUNTS = ("spend",)

# fallbacks when no name fits whole, most specific first
_CONTAINS = (
    (re.compile("(监护|家长).*(电话|手机|联系)"), "guardian_phone"),
    (re.compile("(监护|家长).*关系|关系.*(监护|家长)"), "guardian_relation"),
    (re.compile("监护|家长"), "guardian_name"),
    (re.compile("(推荐|介绍).*(电话|手机|日期|时间)|医[生师].*(电话|手机)"), ""),
    (re.compile("推荐人|介绍人"), "referrer"),
    (re.compile("(备用|其他|第二|固定|住宅).*(电话|手机)|座机"), "phone_alt"),
    (re.compile("手机|电话|联系方式"), "phone"),
    (re.compile("身份证|证件号"), "id_number"),
    (re.compile("姓名"), "name"),
    (re.compile("出生|生日"), "birthday"),
    (re.compile("住址|地址"), "address"),
    (re.compile("(入会|办卡|开卡).*(日|时间)"), "joined_on"),
    (re.compile("(最近|末次|最后).*(就诊|到诊|到店|来院)"), "last_visit_on"),
    (re.compile("会员.*(号|编号)|卡号"), "number"),
    (re.compile("累计.*积分|总积分"), "points_total"),
    (re.compile("积分"), "points"),
    (re.compile("(累计|总|合计).*(消费|金额|实收)|消费.*(累计|总|合计)"), "spend"),
    (re.compile("(会员|客户).*(等级|级别)"), "tier"),
    (re.compile("医[生师]"), "doctor"),
    (re.compile("备注"), "note"),
)
_BRACKETS = re.compile(r"[((\[【〔<《].*?[))\]】〕>》]")
_DECOR = re.compile(r"[\s*::、,,.。_\-—/|]+")

_EXACT = {text: (name, rank) for name, texts in SYNONYMS.items() for rank, text in enumerate(texts)}


@dataclass(frozen=True)
class Mapping:
    """Field → column (0-based). `ten_thousand`: amount fields whose header says 万元."""

    columns: dict[str, int] = field(default_factory=dict)
    ten_thousand: frozenset[str] = frozenset()

    @property
    def problem(self) -> str:
        """Why nothing can be imported with this mapping; '' when it can."""
        if "name" not in self.columns:
            return tr("没有找到“姓名”列，请在对应表里指定哪一列是姓名。")
        return ""


def field_title(name: str) -> str:
    """A field as the mapping dialog calls it."""
    return {
        "name": tr("姓名"),
        "phone": tr("手机/电话"),
        "phone_alt": tr("备用电话"),
        "sex": tr("性别"),
        "birthday": tr("出生日期"),
        "id_number": tr("身份证号"),
        "address": tr("住址"),
        "number": tr("会员号/卡号"),
        "file_number": tr("病历号/档案号"),
        "points": tr("可用积分"),
        "points_total": tr("累计积分"),
        "spend": tr("累计消费"),
        "tier": tr("会员等级"),
        "joined_on": tr("入会日期"),
        "last_visit_on": tr("最近到诊"),
        "doctor": tr("主治医师"),
        "source": tr("来源"),
        "referrer": tr("推荐人"),
        "note": tr("备注"),
        "guardian_name": tr("监护人"),
        "guardian_relation": tr("监护人关系"),
        "guardian_phone": tr("监护人电话"),
    }[name]


def plain(header: str) -> str:
    """A header without blanks, brackets with units, stars and colons; lower case."""
    folded = unicodedata.normalize("NFKC", header).lower()
    return _DECOR.sub("", _BRACKETS.sub("", folded))


@lru_cache(maxsize=1024)
def recognise(header: str) -> tuple[str, int]:
    """The field a header names and how well (0 is best); ('', 99) for none of ours."""
    text = plain(header)
    found = _EXACT.get(text) or _EXACT.get(text.removesuffix("元"))
    if found is not None:
        return found
    if 0 < len(text) <= 12:  # a sentence is a remark, not a header
        for pattern, name in _CONTAINS:
            if pattern.search(text):
                return name, 50
    return "", 99


def guess(headers: Sequence[str]) -> Mapping:
    """The best column for every field a header names; the leftmost of equals."""
    best: dict[str, tuple[int, int]] = {}
    for column, header in enumerate(headers):
        name, rank = recognise(header)
        if name and (name not in best or rank < best[name][0]):
            best[name] = (rank, column)
    return _mapping({name: column for name, (_, column) in best.items()}, headers)


def override(headers: Sequence[str], chosen: AnyMapping[str, int | None]) -> Mapping:
    """The guess corrected by hand: a column per field, None to leave a field out.

    A column chosen for one field is taken from the field that had been guessed for it.
    """
    columns = dict(guess(headers).columns)
    for name, column in chosen.items():
        if name not in SYNONYMS:
            raise ValueError(name)
        columns.pop(name, None)
        if column is not None:
            columns = {other: at for other, at in columns.items() if at != column}
            columns[name] = column
    return _mapping(columns, headers)


def _mapping(columns: dict[str, int], headers: Sequence[str]) -> Mapping:
    big = (name for name in AMOUNTS if name in columns and "万" in headers[columns[name]])
    return Mapping(columns, frozenset(big))


def header_score(values: Sequence[str]) -> int:
    """How much a row looks like the header: distinct fields named, the name column counts most."""
    names = {recognise(value)[0] for value in values if value}
    names.discard("")
    return len(names) + (2 if "name" in names else 0)
