"""What two records of one person say: which facts the survivor lacks, and what contradicts (E62).

Pure reads. The survivor's own facts stay; what it lacks is taken over from the merged record, by
the names of the fields only, so that parting can put them back.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.desk import Visit
from models.gifts import EntitlementGrant, GiftIssue
from models.ledgers import OpeningBalance
from models.schemes import Referral
from services.care.doctor_changes import open_change
from services.care.team import attending_of
from services.i18n import tr
from services.loyalty.standing import joined_on
from services.people.aliases import group_of
from services.people.form import PersonForm
from services.people.identity import RESIDENT
from services.people.lunar import lunar_of
from services.people.privacy import mask
from services.people.records import PersonRecord, person
from services.programmes.registry import timelines

LUNAR = "lunar"
_PLAIN = ("sex", "birthday", "phone", "address", "source", "doctor_id")
_GUARDIAN = ("guardian_name", "guardian_relation", "guardian_phone")


@dataclass(frozen=True)
class Fact:
    """A fact of both records, masked; `taken`: the survivor lacks it and takes it over."""

    field: str
    survivor: str
    merged: str
    taken: bool


@dataclass(frozen=True)
class Conflict:
    """Something both records have once too often. `blocking` ones forbid the merge; the others
    are asked about under `code`."""

    code: str
    sentence: str
    blocking: bool = False


def fillings(db: ClinicDatabase, mine: PersonRecord, theirs: PersonRecord) -> tuple[str, ...]:
    """The survivor's empty fields the merged record can fill, as 'field' or 'field<source'."""
    own, other = mine.form, theirs.form
    found = [name for name in _PLAIN if not getattr(own, name) and getattr(other, name)]
    if not own.id_number and other.id_number and own.id_type == RESIDENT:
        found.append("id_number")
    if not any(getattr(own, name) for name in _GUARDIAN):
        found += [name for name in _GUARDIAN if getattr(other, name)]
    if mine.household_id is None and theirs.household_id is not None:
        found.append("household_id")
    spare = other.phone if own.phone and other.phone != own.phone else other.phone_alt
    if not own.phone_alt and spare:
        found.append("phone_alt" if spare == other.phone_alt else "phone_alt<phone")
    same_day = not own.birthday or own.birthday == other.birthday
    if same_day and lunar_of(db, theirs.id) and not lunar_of(db, mine.id):
        found.append(LUNAR)
    return tuple(found)


def facts(mine: PersonForm, theirs: PersonForm, taken: tuple[str, ...]) -> tuple[Fact, ...]:
    """What both records say about the person, masked as lists show it."""
    names = ("name", "sex", "birthday", "id_number", "phone", "phone_alt", "address")
    found = []
    for name in (*names, *_GUARDIAN):
        pair = [mask(name, str(getattr(form, name) or "")) for form in (mine, theirs)]
        if any(pair):
            takes = any(each.partition("<")[0] == name for each in taken)
            found.append(Fact(name, pair[0], pair[1], takes))
    return tuple(found)


# -- conflicts -------------------------------------------------------------------------------


def conflicts(
    db: ClinicDatabase, today: str, survivor_id: int, merged_id: int
) -> tuple[Conflict, ...]:
    """Everything that speaks against the two being one person, or must be decided first."""
    mine, theirs = person(db, survivor_id), person(db, merged_id)
    return (
        *_of_records(mine, theirs),
        *_of_calendars(db, survivor_id, merged_id),
        *_of_doctors(db, survivor_id, merged_id),
        *_of_programmes(db, survivor_id, merged_id),
        *_of_today(db, today, survivor_id, merged_id),
        *_of_referrals(db, survivor_id, merged_id),
    )


def _of_records(mine: PersonRecord, theirs: PersonRecord) -> list[Conflict]:
    own, other = mine.form, theirs.form
    found = []
    if own.id_number and other.id_number and own.id_number != other.id_number:
        resident = own.id_type == other.id_type == RESIDENT
        sentence = (
            tr("两份档案的身份证号不同，不是同一个人就不能合并。若有一份录错，请先核对证件改正。")
            if resident
            else tr("两份档案的证件不同，确实是同一个人吗？")
        )
        found.append(Conflict("two_documents", sentence, blocking=resident))
    if own.name != other.name:
        found.append(Conflict("two_names", tr("两份档案的姓名不同，确实是同一个人吗？")))
    if own.sex and other.sex and own.sex != other.sex:
        found.append(Conflict("two_sexes", tr("两份档案的性别不同，确实是同一个人吗？")))
    if own.birthday and other.birthday and own.birthday != other.birthday:
        sentence = tr("两份档案的出生日期不同：{mine} 和 {theirs}。合并后以 {mine} 为准。")
        words = sentence.format(mine=own.birthday, theirs=other.birthday)
        found.append(Conflict("two_birthdays", words))
    return found


def _of_calendars(db: ClinicDatabase, survivor_id: int, merged_id: int) -> list[Conflict]:
    mine, theirs = lunar_of(db, survivor_id), lunar_of(db, merged_id)
    if mine is None or theirs is None or mine == theirs:
        return []
    return [Conflict("two_lunar", tr("两份档案的农历生日不同。合并后以保留的档案为准。"))]


def _of_doctors(db: ClinicDatabase, survivor_id: int, merged_id: int) -> list[Conflict]:
    """Two attending doctors, of whom the survivor's stays; two applications for another (R130)."""
    found = []
    mine, theirs = attending_of(db, survivor_id), attending_of(db, merged_id)
    if mine is not None and theirs is not None and mine[0] != theirs[0]:
        sentence = tr("两份档案的主治医师不同：{mine} 和 {theirs}。合并后以 {mine} 为准。")
        found.append(Conflict("two_doctors", sentence.format(mine=mine[1], theirs=theirs[1])))
    changes = [open_change(db, each) for each in (survivor_id, merged_id)]
    numbers = [each.number for each in changes if each is not None]
    if len(numbers) == 2:
        sentence = tr("两份档案各有一张没办完的更换医生申请：{numbers}。请先办完或撤回一张。")
        words = sentence.format(numbers="、".join(numbers))
        found.append(Conflict("two_doctor_changes", words, blocking=True))
    return found


def _of_programmes(db: ClinicDatabase, survivor_id: int, merged_id: int) -> list[Conflict]:
    found = []
    for timeline in timelines(db):
        days = [joined_on(db, each, timeline.programme_id) for each in (survivor_id, merged_id)]
        if None not in days:
            sentence = tr("两份档案都是“{programme}”的会员。合并后按较早的入会日 {day} 算。")
            words = sentence.format(programme=timeline.name, day=min(map(str, days)))
            found.append(Conflict("two_memberships", words))
    if _openings(db, survivor_id) & _openings(db, merged_id):
        sentence = tr("两份档案都有期初余额，合并后两份相加。若是重复导入的同一份，请先撤销一份。")
        found.append(Conflict("two_openings", sentence))
    for name in sorted(_handed_out(db, survivor_id) & _handed_out(db, merged_id)):
        sentence = tr("“{gift}”两份档案都已领过，合并后不再补发，也不追回。")
        found.append(Conflict("two_gifts", sentence.format(gift=name[2])))
    return found


def _openings(db: ClinicDatabase, person_id: int) -> set[int]:
    """The programmes in which somebody brought something from the paper register (E46)."""
    reversal = OpeningBalance.alias()
    query = OpeningBalance.select(OpeningBalance.programme_id).where(
        OpeningBalance.person_id.in_(group_of(db, person_id))
        & OpeningBalance.reverses_id.is_null()
        & OpeningBalance.id.not_in(
            reversal.select(reversal.reverses_id).where(reversal.reverses_id.is_null(False))
        )
    )
    return {programme_id for (programme_id,) in db.rows(query)}


def _handed_out(db: ClinicDatabase, person_id: int) -> set[tuple[int, str, str]]:
    """One-time gifts that were handed out and kept: programme, rule and name (E49)."""
    query = (
        GiftIssue.select(
            EntitlementGrant.programme_id, EntitlementGrant.grant_key, EntitlementGrant.name
        )
        .join(EntitlementGrant, on=(EntitlementGrant.id == GiftIssue.grant_id))
        .where(
            GiftIssue.person_id.in_(group_of(db, person_id))
            & (EntitlementGrant.used > 0)
            & (EntitlementGrant.rank > 0)
        )
    )
    return {(programme_id, key, name) for programme_id, key, name in db.rows(query)}


def _of_today(db: ClinicDatabase, today: str, survivor_id: int, merged_id: int) -> list[Conflict]:
    query = Visit.select(Visit.person_id).where(
        Visit.person_id.in_((survivor_id, merged_id))
        & (Visit.visit_date == today)
        & (Visit.state != "no_show")
    )
    if len({person_id for (person_id,) in db.rows(query)}) < 2:
        return []
    return [Conflict("two_visits", tr("两份档案今天都登记了到诊，合并后看板上会有两次。"))]


def _of_referrals(db: ClinicDatabase, survivor_id: int, merged_id: int) -> list[Conflict]:
    both = (survivor_id, merged_id)
    query = Referral.select(Referral.id).where(
        Referral.referrer_id.in_(both)
        & Referral.newcomer_id.in_(both)
        & Referral.state.not_in(("refused", "reversed"))
    )
    if db.row(query) is None:
        return []
    return [
        Conflict("own_referral", tr("两份档案之间有推荐关系，合并后这次推荐作废，已发的奖励收回。"))
    ]
