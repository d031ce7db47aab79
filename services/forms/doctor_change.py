"""更换主治医师申请表: asked for in writing, filled in by the desk, signed by who decides (R130)."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from services.care.doctor_changes import APPROVED, IN_FORCE, REFUSED, ChangeRow, word_title
from services.care.doctor_changes import doctor_change as load
from services.care.team import attending_of
from services.forms.letterhead import clinic_title
from services.forms.paper import Heading, Pairs, Paper, Signatures
from services.i18n import tr
from services.people.privacy import mask_name
from services.people.records import person

NAME = "更换主治医师申请表"
_ROOM = "\n\n"  # to write in


@dataclass(frozen=True)
class _Filled:
    """What is known already; '' leaves a line, _ROOM a space to write in."""

    number: str = ""
    who: str = ""
    member: str = ""
    applied: str = ""
    applicant: str = ""
    old: str = ""
    new: str = ""
    reason: str = _ROOM
    talks: str = _ROOM
    old_word: str = _ROOM
    new_word: str = _ROOM
    verdict: str = _ROOM
    since: str = ""


def doctor_change_form(db: ClinicDatabase, today: str, person_id: int | None = None) -> Paper:
    """The form for a person and their doctor of today, or an empty one. It stays at the clinic,
    so the name is masked; the applicant signs with the full one.

    Raises RuleError for an unknown person.
    """
    if person_id is None:
        return _paper(db, _Filled())
    record = person(db, person_id)
    own = attending_of(db, person_id)
    return _paper(
        db,
        _Filled(
            who=mask_name(record.name),
            member=record.number,
            applied=today,
            old=tr("未指定") if own is None else own[1],
        ),
    )


def doctor_change_paper(db: ClinicDatabase, change_id: int) -> Paper:
    """An application as far as it has come: number, both doctors' word, the leader's signature
    and the day it counts from. Raises RuleError when there is none."""
    row = load(db, change_id)
    return _paper(
        db,
        _Filled(
            number=row.number,
            who=mask_name(row.person_name),
            member=row.person_number,
            applied=row.occurred_on,
            applicant=row.staff,
            old=row.from_doctor,
            new=row.to_doctor,
            reason=row.reason,
            talks=row.note or _ROOM,
            old_word=_word(row.from_word, row.from_here, row.open),
            new_word=_word(row.to_word, row.to_here, row.open),
            verdict=_verdict(row),
            since=row.in_force_on or "",
        ),
    )


def _word(word: str, here: bool, still_open: bool) -> str:
    if word or not still_open:
        return word_title(word) or tr("未征求")
    return _ROOM if here else tr("已不在本院，不征求意见")


def _verdict(row: ChangeRow) -> str:
    verdicts = {APPROVED: tr("批准"), IN_FORCE: tr("批准"), REFUSED: tr("不批准")}
    if row.state not in verdicts:
        return _ROOM if row.open else tr("已撤回，未签字")
    words = tr("{verdict}　{who}　{day}")
    return words.format(verdict=verdicts[row.state], who=row.signed_by, day=row.signed_on)


def _paper(db: ClinicDatabase, known: _Filled) -> Paper:
    return Paper(
        title=tr("更换主治医师申请表"),
        name=NAME,
        clinic=clinic_title(db),
        number=known.number,
        blocks=(
            Pairs(
                (
                    *(() if known.number else ((tr("单号"), ""),)),
                    (tr("会员"), known.who),
                    (tr("会员号"), known.member),
                    (tr("申请日期"), known.applied),
                    (tr("申请人(前台)"), known.applicant),
                    (tr("原主治医师"), known.old),
                    (tr("拟换医师"), known.new),
                    (tr("更换原因"), known.reason),
                    (tr("协商情况"), known.talks),
                )
            ),
            Heading(tr("意见")),
            Pairs(
                (
                    (tr("原医师意见"), known.old_word),
                    (tr("新医师意见"), known.new_word),
                    (tr("领导意见"), known.verdict),
                    (tr("生效日"), known.since),
                )
            ),
            Signatures(
                (
                    tr("会员签字"),
                    tr("申请人(前台)"),
                    tr("原医师签字"),
                    tr("新医师签字"),
                    tr("领导签字"),
                    tr("日期"),
                )
            ),
        ),
    )
