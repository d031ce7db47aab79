"""`import-roster`: what goes in, and why each other row stays out, by row number."""

from __future__ import annotations

from pathlib import Path

from services.backups.making import make_backup
from services.clinic import Clinic
from services.commands import Session
from services.errors import RuleError
from services.headless.terminal import complain, say
from services.i18n import tr
from services.money import yuan
from services.programmes.registry import main_timeline
from services.roster.known import known_people
from services.roster.mapping import field_title, guess
from services.roster.posting import import_roster
from services.roster.preview import RosterPreview, read_and_preview


def run(clinic: Clinic, session: Session | None, file: Path, *, gifts_due: bool = False) -> int:
    """Preview, explain, and with a `session` post the good rows. 0 when anything goes in.

    `gifts_due`: the gifts of tiers reached on paper were not handed out yet.
    """
    if not file.is_file():
        raise RuleError(tr("没有找到名册文件，请检查路径。"))
    timeline, today = main_timeline(clinic.db), clinic.clock.today()
    table, preview = read_and_preview(file, timeline, today, known_people(clinic.db))
    mapping = guess(table.headers)
    complain(
        tr("工作表“{sheet}”，表头在第 {row} 行：{columns}").format(
            sheet=table.sheet,
            row=table.header_row,
            columns="、".join(field_title(name) for name in mapping.columns),
        )
    )
    _explain(preview)
    if not preview.good:
        say(tr("没有可以导入的行。"))
        return 1
    if session is not None:
        make_backup(clinic, "import")
        import_roster(
            session,
            rows=preview.good,
            file_digest=preview.digest,
            rejected_count=len(preview.rejected),
            gifts_settled=not gifts_due,
        )
    _sum_up(preview, dry_run=session is None)
    return 0


def _explain(preview: RosterPreview) -> None:
    rejected = {row.row_number for row in preview.rejected}
    for row in preview.rejected:
        say(tr("第 {row} 行没有导入：{reason}").format(row=row.row_number, reason=row.reason))
    for doubt in preview.duplicates:
        if doubt.row_number not in rejected:
            say(tr("第 {row} 行请核对：{reason}").format(row=doubt.row_number, reason=doubt.reason))
    for warning in preview.warnings:
        if warning.row_number:
            say(
                tr("第 {row} 行请注意：{sentence}").format(
                    row=warning.row_number, sentence=warning.sentence
                )
            )
        else:
            say(warning.sentence)


def _sum_up(preview: RosterPreview, *, dry_run: bool) -> None:
    totals = preview.totals
    sentence = (
        tr(
            "预览：可导入 {people} 人(会员 {members})，期初积分 {points:,}，累计消费 ¥{spend}；"
            "{out} 行不能导入。没有写入。"
        )
        if dry_run
        else tr(
            "已导入 {people} 人(会员 {members})，期初积分 {points:,}，累计消费 ¥{spend}；"
            "{out} 行没有导入。"
        )
    )
    say(
        sentence.format(
            people=totals.people,
            members=totals.members,
            points=totals.points,
            spend=yuan(totals.spend_fen),
            out=len(preview.rejected),
        )
    )
