"""短信名单: numbers and filled texts as a workbook for an outside texting service (R037, R146).

Masked unless the mailing was released in clear text by a second person; such a file carries who
took it, who let it go and its number on every page, and is made once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from services.clinic import Clinic
from services.commands import Actor, read_setting
from services.errors import RuleError
from services.i18n import tr
from services.outreach.filling import Progress, Recipient, recipients
from services.outreach.mailings import MailingText, mailing_to_make, people_of_mailing
from services.outreach.texts import NAME, NUMBERS, characters, parts
from services.people.privacy import mask_name, mask_phone
from services.reports.clear_text import left_already, watermark
from services.setup import CLINIC_NAME
from services.workbooks import writer


@dataclass(frozen=True)
class NumbersWritten:
    """The list is a file; `rows` counts its numbers, `messages` what they are charged as, `clear`
    is the number of the command that released it, 0 for a masked one."""

    path: Path
    rows: int
    messages: int
    clear: int


def file_name(day: str, *, clear: bool) -> str:
    """The file's name without its ending: nothing of anybody in it."""
    return tr("短信名单_{day}").format(day=day) + (tr("(明文)") if clear else "")


def write_numbers(
    clinic: Clinic,
    path: Path,
    mailing_id: int,
    actor: Actor,
    *,
    subjects: Mapping[int, tuple[str, str]] | None = None,
    progress: Progress | None = None,
) -> NumbersWritten:
    """Write the list; needs a reading connection only. The same words to the same number stand on
    it once.

    Raises RuleError: a mailing of another day, of somebody else or of another kind, a clear list
    that left already, a file open in Excel; EnvironmentFault for disk and folder.
    """
    db, today = clinic.db, clinic.clock.today()
    made = mailing_to_make(db, mailing_id, today, actor.id)
    if made.kind != NUMBERS:
        raise RuleError(tr("这批不是短信名单，请打印。"))
    if made.clear and left_already(db, made.seq):
        sentence = tr("{number} 已经导出过一份。再要一份，请按“再寄一次”，由另一位批准。")
        raise RuleError(sentence.format(number=made.number))
    mark = watermark(db, made.seq) if made.clear else ""
    words = tr("{title}　{number}　导出人：{name}　导出时间：{now}")
    subject = words.format(
        title=made.title, number=made.number, name=actor.name, now=clinic.clock.now_local()[:16]
    )
    book = writer.Book(clinic=read_setting(db, CLINIC_NAME), subject=subject, watermark=mark)
    try:
        text = made.text if made.clear else made.text.replace("{" + NAME + "}", "{姓氏}**")
        readers = recipients(
            db,
            today,
            people_of_mailing(db, mailing_id),
            text,
            subjects=subjects,
            activity_id=made.activity_id,
            progress=progress,
        )
        rows, messages = _numbers(book, readers, clear=made.clear)
        _explain(book, made, rows, messages, mark)
    except BaseException:
        book.discard()
        raise
    book.save(path)
    return NumbersWritten(path, rows, messages, made.seq if made.clear else 0)


def _numbers(book: writer.Book, readers: Iterator[Recipient], *, clear: bool) -> tuple[int, int]:
    """The list itself; answers its rows and how many messages they are charged as."""
    sheet = book.sheet(
        tr("名单"),
        [
            writer.Column(tr("会员号"), 12),
            writer.Column(tr("姓名") if clear else tr("姓名(遮蔽)"), 14),
            writer.Column(tr("号码") if clear else tr("号码(遮蔽)"), 16),
            writer.Column(tr("短信内容"), 60, "note"),
            writer.Column(tr("字数"), 7, "int"),
            writer.Column(tr("条数"), 7, "int"),
        ],
        title=tr("短信名单"),
    )
    seen: set[tuple[str, str]] = set()
    messages = 0

    def rows() -> Iterator[tuple[writer.Value, ...]]:
        nonlocal messages
        for reader in readers:
            if (reader.phone, reader.text) in seen:
                continue  # a family with one number reads the same words once
            seen.add((reader.phone, reader.text))
            shown = reader if clear else _masked(reader)
            count = parts(reader.text)
            messages += count
            yield (
                shown.member_number,
                shown.name,
                shown.phone,
                shown.text,
                characters(reader.text),
                count,
            )

    _, last = sheet.rows(rows())
    sheet.filter_to(last)
    return len(seen), messages


def _masked(reader: Recipient) -> Recipient:
    return replace(reader, name=mask_name(reader.name), phone=mask_phone(reader.phone))


def _explain(book: writer.Book, made: MailingText, rows: int, messages: int, mark: str) -> None:
    """What the list is, for whom it may be used, and its mark."""
    sheet = book.sheet(
        tr("说明"),
        [writer.Column(tr("项目"), 18), writer.Column(tr("内容"), 80)],
        title=tr("短信名单"),
        landscape=False,
    )
    kind = tr("营销：只含同意营销联系的人") if made.marketing else tr("服务通知")
    sheet.pair(tr("编号"), made.number)
    sheet.pair(tr("名称"), made.title)
    sheet.pair(tr("性质"), kind)
    sheet.pair(tr("文字"), made.text)
    sheet.pair(tr("号码数"), f"{rows:,}")
    sheet.pair(tr("短信条数"), f"{messages:,}")
    if mark:
        sheet.pair(tr("明文"), mark)
    use = tr(
        "只用于这一次发送；发完即删，不得另存、转发或用于别的事。收到退订请当天登记“拒绝营销”。"
    )
    sheet.pair(tr("使用"), use)
