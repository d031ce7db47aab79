"""“我的资料”: what the clinic keeps about somebody, for themselves, on paper or as a workbook.

Made for a request whose asker was identified; who made it, and how much it held, is on record
before it leaves (个保法 45, 55 条).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.database import ClinicDatabase
from models.people import Person
from models.system import Doctor
from services.changes import NOTHING, Changes
from services.commands import Session, Tx, command, read_setting
from services.forms.letterhead import clinic_title
from services.forms.paper import Grid, Heading, Pairs, Paper, Signatures, Text
from services.i18n import tr
from services.people.aliases import group_of
from services.people.consents import channel_title, wishes_of
from services.people.privacy import mask_name
from services.people.records import PersonRecord, person
from services.privacy.requests import open_request
from services.privacy.stored import parts
from services.privacy.told import Part
from services.privacy.words import COPY
from services.setup import CLINIC_NAME
from services.workbooks import writer

NAME = "我的资料"
_WIDEST = 36
_PAPER, _WORKBOOK = "paper", "workbook"


@dataclass(frozen=True)
class CopyMade:
    """A copy of somebody's data is on record."""

    person_id: int
    rows: int
    changes: Changes


@dataclass(frozen=True)
class Section:
    """A table of what is stored."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class MyData:
    """Everything stored about somebody, under all their records: who they are as label and text,
    and what is kept, table by table; tables with nothing in them are left out."""

    number: str
    who: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]

    @property
    def rows(self) -> int:
        """How many lines it holds."""
        return len(self.who) + sum(len(section.rows) for section in self.sections)


def my_data(db: ClinicDatabase, person_id: int) -> MyData:
    """What is stored about a person. Raises RuleError for an unknown one."""
    record = person(db, person_id)
    group = group_of(db, person_id)
    found = tuple(_section(db, part, group) for part in parts(db))
    return MyData(
        record.number, _who(db, record), tuple(section for section in found if section.rows)
    )


@command("privacy.copy", entity="person")
def log_copy_made(tx: Tx, *, request_id: int, form: str, rows: int) -> CopyMade:
    """Record that a copy of somebody's data is made for them. Raises RuleError without a request
    for a copy that waits."""
    row = open_request(tx, request_id, (COPY,))
    tx.about(row.person_id, form=form, rows=rows, request=request_id)
    return CopyMade(row.person_id, rows, NOTHING)


def my_data_paper(session: Session, *, request_id: int, person_id: int) -> Paper:
    """The copy to hand over, once it is on record. Raises RuleError as `log_copy_made`."""
    data = my_data(session.db, person_id)
    log_copy_made(session, request_id=request_id, form=_PAPER, rows=data.rows)
    blocks = [
        block
        for section in data.sections
        for block in (Heading(section.title), Grid(section.headers, section.rows))
    ]
    told = tr("以上是本诊所保存的您的个人信息。认为有误或不完整，可以要求更正；也可以撤回同意。")
    return Paper(
        title=tr("我的资料"),
        name=NAME,
        clinic=clinic_title(session.db),
        number=data.number,
        blocks=(
            Heading(tr("本人")),
            Pairs(data.who),
            *blocks,
            Text((told,), small=True),
            Signatures((tr("领取人签字"), tr("经办"), tr("日期"))),
        ),
    )


def my_data_workbook(session: Session, *, request_id: int, person_id: int, path: Path) -> CopyMade:
    """The copy as a workbook, a sheet per table, once it is on record. Raises RuleError as
    `log_copy_made` and for a file open in Excel; EnvironmentFault for disk and folder."""
    data = my_data(session.db, person_id)
    made = log_copy_made(session, request_id=request_id, form=_WORKBOOK, rows=data.rows)
    subject = tr("本人要求的查阅复制　导出人：{name}　导出时间：{now}").format(
        name=session.actor.name, now=session.clinic.clock.now_local()[:16]
    )
    book = writer.Book(clinic=read_setting(session.db, CLINIC_NAME), subject=subject)
    who = Section(tr("本人"), (tr("项目"), tr("内容")), data.who)
    for section in (who, *data.sections):
        columns = [writer.Column(header, _width(section, i)) for i, header in _numbered(section)]
        sheet = book.sheet(section.title, columns, title=section.title, landscape=False)
        sheet.rows(section.rows)
    book.save(path)
    return made


def _section(db: ClinicDatabase, part: Part, group: tuple[int, ...]) -> Section:
    query = part.table.select(*(column.field for column in part.columns)).where(
        part.whose.in_(group)
    )
    keys = part.table._meta.get_primary_keys()
    rows = tuple(
        tuple(column.render(value) for column, value in zip(part.columns, row, strict=True))
        for row in db.rows(query.order_by(*keys))
    )
    return Section(part.title, tuple(column.header for column in part.columns), rows)


def _who(db: ClinicDatabase, record: PersonRecord) -> tuple[tuple[str, str], ...]:
    """The record itself; of somebody else it names the surname only."""
    form, wishes = record.form, wishes_of(db, record.id)
    brought = db.scalar(Person.select(Person.name).where(Person.id == form.referrer_id))
    doctor = db.scalar(Doctor.select(Doctor.name).where(Doctor.id == form.doctor_id))
    said = {
        tr("会员号"): record.number,
        tr("姓名"): form.name,
        tr("拼音"): form.pinyin,
        tr("性别"): {"F": tr("女"), "M": tr("男")}.get(form.sex, ""),
        tr("出生日期"): form.birthday or "",
        tr("证件号"): form.id_number or form.id_absent_reason,
        tr("电话"): form.phone,
        tr("备用电话"): form.phone_alt,
        tr("住址"): form.address,
        tr("监护人"): form.guardian_name,
        tr("监护人关系"): form.guardian_relation,
        tr("监护人电话"): form.guardian_phone,
        tr("来源"): form.source,
        tr("介绍人"): mask_name(brought or ""),
        tr("主治医师"): doctor or "",
        tr("备注"): form.note,
        tr("希望的联系方式"): channel_title(wishes.by),
        tr("联系备注"): wishes.note,
        tr("免打扰"): tr("是") if wishes.quiet else tr("否"),
        tr("建档日期"): record.created_on,
        tr("最近到诊"): record.last_visit_on or "",
    }
    return tuple((title, text or tr("未填")) for title, text in said.items())


def _numbered(section: Section) -> list[tuple[int, str]]:
    return list(enumerate(section.headers))


def _width(section: Section, column: int) -> int:
    """Wide enough for the longest text of a column, in half-width characters."""
    longest = max(len(row[column]) for row in ((*section.headers,), *section.rows))
    return min(2 * longest + 2, _WIDEST)
