"""导出与对外提供登记: what left the program and who looked at what is masked, from the audit
trail, and what was given to others (R135; 个保法 55, 56 条). Nothing of it is ever deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from peewee import JOIN

from models.database import ClinicDatabase
from models.people import Person
from models.system import Audit, Staff
from services.clock import local_text
from services.i18n import tr
from services.outreach.texts import kind_title as mailing_title
from services.partners.introduction_list import introductions
from services.partners.introduction_words import consent_words, handed_words
from services.partners.terms import OUT
from services.people.aliases import roots
from services.privacy.disclosures import disclosures_between
from services.privacy.words import basis_title
from services.reports.names import day
from services.reports.posted import Posted, posted
from services.reports.sheet import Ask, Column, Row, Sheet

NAME = "given-out"
_REVEALED = ("person.reveal", "appointment.reveal")


def given_out(db: ClinicDatabase, ask: Ask) -> tuple[Sheet, ...]:
    """Exports and prints, data given to others, and looks at masked values in the days."""
    span = posted(db, ask.first, ask.last)
    return (_exports(db, span), _disclosed(db, ask), _looks(db, span))


def _action_titles() -> dict[str, str]:
    return {
        "export.workbook": tr("导出工作簿"),
        "export.clear": tr("批准明文名单"),
        "paper.personal": tr("打印个人单子"),
        "outreach.send": tr("信函、标签、短信名单"),
        "report.hand_over": tr("移交市场部"),
        "privacy.copy": tr("我的资料(本人要求)"),
        "privacy.copied": tr("复制到剪贴板"),
    }


def _exports(db: ClinicDatabase, span: Posted) -> Sheet:
    return Sheet(
        tr("导出和打印"),
        (
            Column(tr("日期"), 12, "date"),
            Column(tr("时间"), 17),
            Column(tr("经办"), 10, total="count"),
            Column(tr("做了什么"), 20),
            Column(tr("哪一份"), 34),
            Column(tr("会员号"), 12),
            Column(tr("条数"), 8, "int", "sum"),
            Column(tr("明文"), 8),
            Column(tr("批准"), 10),
            Column(tr("文件号"), 9, "int", detail=True),
        ),
        list(_export_rows(db, span)),
        notes=(tr("取自操作记录，不能修改；至少保存三年，本软件从不删除。"),),
    )


def _export_rows(db: ClinicDatabase, span: Posted) -> Iterator[Row]:
    titles = _action_titles()
    approvers: dict[int, str] = dict(db.rows(Staff.select(Staff.id, Staff.name)))
    query = (
        Audit.select(
            Audit.seq,
            Audit.at_utc,
            Audit.business_date,
            Audit.action,
            Audit.detail,
            Staff.name,
            Person.number,
        )
        .join(Staff, JOIN.LEFT_OUTER, on=(Staff.id == Audit.actor_id))
        .switch(Audit)
        .join(
            Person,
            JOIN.LEFT_OUTER,
            on=((Person.id == Audit.entity_id) & (Audit.entity == "person")),
        )
        .where(span.rows(Audit.seq) & Audit.action.in_(list(titles)))
        .order_by(Audit.seq)
    )
    for seq, at, on, action, text, who, number in db.rows(query):
        detail = msgspec.json.decode(text)
        second = approvers.get(detail.get("approved_by", 0), "")
        clear = tr("是") if _is_clear(action, detail) else ""
        yield (
            day(on),
            local_text(at),
            who or "",
            titles[action],
            _what(action, detail),
            number or "",
            _count(detail),
            clear,
            second,
            seq,
        )


def _what(action: str, detail: dict[str, Any]) -> str:
    """Which file, paper or list; never whom."""
    if action == "outreach.send":
        return mailing_title(detail["kind"])
    if action == "privacy.copy":
        return tr("工作簿") if detail["form"] == "workbook" else tr("纸质")
    said = next((detail[key] for key in ("name", "form", "report", "place") if key in detail), "")
    reason = detail.get("reason", "")
    return tr("，").join(part for part in (said, reason) if part)


def _count(detail: dict[str, Any]) -> int:
    return next((int(detail[key]) for key in ("rows", "people", "values") if key in detail), 1)


def _is_clear(action: str, detail: dict[str, Any]) -> bool:
    always = ("export.clear", "paper.personal", "privacy.copy", "privacy.copied")
    mailed = action == "outreach.send" and (detail["clear"] or detail["kind"] != "numbers")
    return action in always or mailed or bool(detail.get("clear"))


def _disclosed(db: ClinicDatabase, ask: Ask) -> Sheet:
    rows: list[Row] = [
        (
            day(row.occurred_on),
            row.number,
            row.name_masked,
            row.receiver,
            row.what,
            row.purpose,
            basis_title(row.basis),
            row.basis_note,
            row.staff,
            tr("已撤回") if row.taken_back else "",
        )
        for row in reversed(disclosures_between(db, ask.first, ask.last))
    ]
    rows += [
        (
            day(row.occurred_on),
            row.person_number,
            row.person_name,
            row.partner_name,
            handed_words(row.handed),
            row.purpose or tr("介绍就诊"),
            basis_title("consent"),
            consent_words(row.consent_by, row.consent_on, row.consent_note),
            "",
            tr("已撤回") if row.state == "withdrawn" else "",
        )
        for row in reversed(introductions(db, ask.first, ask.last))
        if row.direction == OUT and row.handed
    ]
    return Sheet(
        tr("对外提供"),
        (
            Column(tr("日期"), 12, "date"),
            Column(tr("会员号"), 12, total="count"),
            Column(tr("姓名(遮蔽)"), 11),
            Column(tr("接收方"), 22),
            Column(tr("提供什么"), 24),
            Column(tr("用途"), 20),
            Column(tr("依据"), 13),
            Column(tr("依据说明"), 26),
            Column(tr("经办"), 10, detail=True),
            Column(tr("状态"), 9),
        ),
        sorted(rows, key=lambda row: str(row[0])),
        notes=(tr("包括登记的对外提供，和介绍到合作机构时交出的资料。"),),
        signers=(tr("经办"), tr("院长"), tr("日期")),
    )


def _looks(db: ClinicDatabase, span: Posted) -> Sheet:
    """Who looked at how many whole values, of how many people, day by day."""
    merged = roots(db)
    query = (
        Audit.select(Audit.business_date, Staff.name, Audit.entity, Audit.entity_id)
        .join(Staff, on=(Staff.id == Audit.actor_id))
        .where(span.rows(Audit.seq) & Audit.action.in_(_REVEALED))
    )
    looks: Counter[tuple[str, str]] = Counter()
    people: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for on, who, entity, entity_id in db.rows(query):
        looks[on, who] += 1
        about = merged.get(entity_id, entity_id) if entity == "person" else entity_id
        people.setdefault((on, who), set()).add((entity, about))
    return Sheet(
        tr("查看完整信息"),
        (
            Column(tr("日期"), 12, "date"),
            Column(tr("谁"), 12),
            Column(tr("查看次数"), 10, "int", "sum"),
            Column(tr("人数"), 8, "int"),
        ),
        [(day(on), who, count, len(people[on, who])) for (on, who), count in sorted(looks.items())],
    )
