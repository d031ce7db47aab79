"""Two records of one person become one, and two again (E62).

Nothing moves in the ledgers: an alias row says who speaks for whom, and whoever reads a person's
past reads both. What a merge changed besides (facts filled in, calls taken over) stands in the
result it keeps in the audit trail, by field names and row ids only; parting reads it there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from models.database import ClinicDatabase
from models.desk import Visit
from models.followup import FollowupTask
from models.ledgers import Receipt
from models.people import Person, PersonAlias
from models.system import Audit
from services.activities.joining import join_places, part_places
from services.activities.seats import GivenUp
from services.care.team import set_attending
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.loyalty.joint_accounts import join_accounts, part_accounts, worth_of_receipts
from services.loyalty.tier_questions import UNSUPPORTED
from services.people.aliases import Merge, group_of, root_of
from services.people.closed import refuse_closed
from services.people.contact import may_contact, stop
from services.people.form import PersonForm
from services.people.identity import RESIDENT
from services.people.lunar import lunar_of, write_lunar
from services.people.merge_facts import LUNAR, conflicts, fillings
from services.people.records import PersonRecord, person
from services.people.referrals import referrals_after_merge
from services.people.search import reindex
from services.people.spanning import tied

_CHANGED = Changes(
    (
        Kind.PERSON,
        Kind.MONEY,
        Kind.POINTS,
        Kind.TIER,
        Kind.GRANT,
        Kind.VISIT,
        Kind.FOLLOWUP,
        Kind.ACTIVITY,
    )
)
_EMPTY = PersonForm()


@dataclass(frozen=True)
class PersonMerged:
    """A record speaks for another one. `filled`: the survivor's fields taken over, as 'field' or
    'field<source'; `moved_tasks` are the survivor's now, `closed_tasks` it had itself;
    `last_visit_on` is what the survivor's record said before; `places` in activities were given
    up for another one of theirs."""

    alias_id: int
    survivor_id: int
    merged_id: int
    filled: tuple[str, ...]
    moved_tasks: tuple[int, ...]
    closed_tasks: tuple[int, ...]
    last_visit_on: str | None
    places: tuple[GivenUp, ...] = field(default=(), kw_only=True)  # older merges have none
    changes: Changes


@dataclass(frozen=True)
class PersonUnmerged:
    """A merge ended: both records stand for themselves."""

    survivor_id: int
    merged_id: int
    changes: Changes


@command("person.merge", entity="person_alias")
def merge_people(tx: Tx, *, survivor_id: int, merged_id: int) -> PersonMerged:
    """Make `survivor_id` speak for `merged_id` too: views sum, the tier comes from both pasts,
    quotas are the larger one less what both used (E62).

    Raises RuleError for records that cannot be one person; Confirmable under the code of every
    other conflict of `merge_facts.conflicts`.
    """
    if survivor_id == merged_id:
        raise RuleError(tr("请选择另一份档案来合并。"))
    for person_id in (survivor_id, merged_id):
        refuse_closed(tx.db, person_id)
        if tx.db.scalar(Person.select(Person.state).where(Person.id == person_id)) != "active":
            raise RuleError(tr("其中一份档案已停用或已合并，请重新查找。"))
    _ask(tx, survivor_id, merged_id)
    mine, theirs = person(tx.db, survivor_id), person(tx.db, merged_id)
    filled = fillings(tx.db, mine, theirs)
    alias_id = tx.db.insert(
        PersonAlias,
        merged_id=merged_id,
        survivor_id=survivor_id,
        merged_on=tx.today,
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.db.write(Person.update(state="merged").where(Person.id == merged_id))
    _fill(tx, mine, theirs, filled)
    moved, closed = _take_over_tasks(tx, survivor_id, merged_id)
    places = join_places(tx, survivor_id)
    reindex(tx.db, survivor_id)
    join_accounts(tx, survivor_id, merged_id)
    referrals_after_merge(tx, survivor_id)
    tx.about(alias_id, survivor=survivor_id, merged=merged_id, filled=list(filled))
    return PersonMerged(
        alias_id,
        survivor_id,
        merged_id,
        filled,
        moved,
        closed,
        mine.last_visit_on,
        _CHANGED,
        places=places,
    )


def _ask(tx: Tx, survivor_id: int, merged_id: int) -> None:
    found = conflicts(tx.db, tx.today, survivor_id, merged_id)
    for conflict in found:
        if conflict.blocking:
            raise RuleError(conflict.sentence)
    for conflict in found:
        if conflict.code not in tx.confirmed:
            raise Confirmable(conflict.code, conflict.sentence + tr("仍要合并吗？"))


def _fill(tx: Tx, mine: PersonRecord, theirs: PersonRecord, filled: tuple[str, ...]) -> None:
    """Take over what the survivor lacks; the merged record keeps its own copy."""
    values: dict[str, Any] = {}
    for each in filled:
        name, _, source = each.partition("<")
        if name == LUNAR:
            write_lunar(tx, mine.id, lunar_of(tx.db, theirs.id))
        else:
            values[name] = _field(theirs, source or name)
    if "id_number" in values:
        values |= {"id_type": theirs.form.id_type, "id_absent_reason": ""}
    if (theirs.last_visit_on or "") > (mine.last_visit_on or ""):
        values["last_visit_on"] = theirs.last_visit_on
    if "doctor_id" in values:
        set_attending(tx, mine.id, values["doctor_id"])
    if values:
        tx.db.write(Person.update(**values).where(Person.id == mine.id))


def _field(record: PersonRecord, name: str) -> Any:
    return record.household_id if name == "household_id" else getattr(record.form, name)


def _take_over_tasks(
    tx: Tx, survivor_id: int, merged_id: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Open calls about the merged record become the survivor's; a question about its tier and what
    the survivor is called about already close, and so does every offer when the newest word of
    either is no. Answers the ids of both kinds."""
    columns = (FollowupTask.id, FollowupTask.rule, FollowupTask.cycle)
    theirs = tx.db.rows(
        FollowupTask.select(*columns)
        .where((FollowupTask.person_id == merged_id) & (FollowupTask.state == "open"))
        .order_by(FollowupTask.id)
    )
    mine = tx.db.rows(FollowupTask.select(*columns).where(FollowupTask.person_id == survivor_id))
    known = {(rule, cycle) for _, rule, cycle in mine}
    stays = [
        task_id for task_id, rule, cycle in theirs if rule == UNSUPPORTED or (rule, cycle) in known
    ]
    moves = [task_id for task_id, _, _ in theirs if task_id not in stays]
    _change_tasks(tx, moves, person_id=survivor_id)
    _change_tasks(tx, stays, state="done", closed_as="settled")
    return tuple(moves), (*stays, *_no_more_offers(tx, survivor_id))


def _no_more_offers(tx: Tx, person_id: int) -> list[int]:
    """End what waits to be offered when a person, under any record, wants no offers; answers the
    ids of the calls that closed."""
    if may_contact(tx.db, person_id, "no_objection"):
        return []
    offers = FollowupTask.select(FollowupTask.id).where(
        FollowupTask.person_id.in_(group_of(tx.db, person_id))
        & (FollowupTask.marketing == 1)
        & (FollowupTask.state == "open")
    )
    found = [task_id for (task_id,) in tx.db.rows(offers)]
    stop(tx, person_id)
    return found


def _change_tasks(tx: Tx, task_ids: list[int], **values: object) -> None:
    if task_ids:
        tx.db.write(FollowupTask.update(**values).where(FollowupTask.id.in_(task_ids)))


# -- and back --------------------------------------------------------------------------------


@command("person.unmerge", entity="person_alias")
def unmerge_people(tx: Tx, *, merged_id: int) -> PersonUnmerged:
    """End a merge: both records are again what they were, each with what was written for it.

    Raises RuleError when the record is not merged, or when a row since then stands on both.
    """
    row = tx.db.row(
        PersonAlias.select(PersonAlias.id, PersonAlias.seq, PersonAlias.survivor_id).where(
            (PersonAlias.merged_id == merged_id) & PersonAlias.unmerged_seq.is_null()
        )
    )
    if row is None:
        raise RuleError(tr("这份档案没有合并到别人名下，请刷新后重试。"))
    refuse_closed(tx.db, merged_id)
    alias_id, merge = row[0], Merge(row[1], row[2], merged_id)
    root_id = root_of(tx.db, merged_id)
    if tied(tx.db, merge):
        raise RuleError(
            tr("合并以后已有登记同时用到两份档案(例如用一份的积分抵了另一份的账)，不能再拆开。")
        )
    worth = worth_of_receipts(tx, root_id)
    tx.db.write(
        PersonAlias.update(unmerged_on=tx.today, unmerged_seq=tx.seq).where(
            PersonAlias.id == alias_id
        )
    )
    tx.db.write(Person.update(state="active").where(Person.id == merged_id))
    _give_back(tx, merge, merged_as(tx.db, merge.seq))
    reindex(tx.db, root_id)
    reindex(tx.db, merged_id)
    part_accounts(tx, merge, root_id, worth)
    tx.about(alias_id, survivor=merge.survivor_id, merged=merged_id)
    return PersonUnmerged(merge.survivor_id, merged_id, _CHANGED)


def merged_as(db: ClinicDatabase, seq: int) -> PersonMerged:
    """What the merge of that command had changed."""
    result = db.scalar(Audit.select(Audit.result).where(Audit.seq == seq))
    return msgspec.json.decode(result, type=PersonMerged)


def _give_back(tx: Tx, merge: Merge, done: PersonMerged) -> None:
    """Put back what the merge took over, as far as nobody has changed it since."""
    mine, theirs = person(tx.db, merge.survivor_id), person(tx.db, merge.merged_id)
    values: dict[str, Any] = {}
    for each in done.filled:
        name, _, source = each.partition("<")
        if name == LUNAR:
            if lunar_of(tx.db, mine.id) == lunar_of(tx.db, theirs.id):
                write_lunar(tx, mine.id, None)
        elif _field(mine, name) == _field(theirs, source or name):
            values[name] = None if name == "household_id" else getattr(_EMPTY, name)
    if "id_number" in values:
        values["id_type"] = RESIDENT
    if mine.last_visit_on == theirs.last_visit_on and not _seen_since(tx, merge):
        values["last_visit_on"] = done.last_visit_on
    if "doctor_id" in values:
        set_attending(tx, mine.id, None)
    if values:
        tx.db.write(Person.update(**values).where(Person.id == mine.id))
    _change_tasks(tx, list(done.closed_tasks), state="open", closed_as="")
    still = FollowupTask.select(FollowupTask.id).where(
        FollowupTask.id.in_(done.moved_tasks) & (FollowupTask.state == "open")
    )
    _change_tasks(tx, [task_id for (task_id,) in tx.db.rows(still)], person_id=theirs.id)
    part_places(tx, done.places)
    for person_id in (root_of(tx.db, mine.id), theirs.id):
        _no_more_offers(tx, person_id)  # what came back is no offer to whoever said no themselves


def _seen_since(tx: Tx, merge: Merge) -> bool:
    """Whether the survivor came in after the merge."""
    visits = Visit.select(Visit.id).where(
        (Visit.person_id == merge.survivor_id) & (Visit.seq > merge.seq)
    )
    receipts = Receipt.select(Receipt.id).where(
        (Receipt.patient_id == merge.survivor_id) & (Receipt.seq > merge.seq)
    )
    return any(tx.db.row(query.limit(1)) is not None for query in (visits, receipts))
