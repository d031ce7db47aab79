"""Groups that are kept under a name: a rule each, never a list of people (R174)."""

from __future__ import annotations

from dataclasses import dataclass

from models.activities import Activity
from models.database import ClinicDatabase
from models.followup import FollowupPlan
from models.groups import CustomerGroup
from models.system import Staff
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import RuleError
from services.groups.checks import check_rule, sensitive
from services.groups.rule import InGroup, Rule, from_json, parts_of, to_json
from services.i18n import tr
from services.rights import holders, may

SEES = "label.health"
LONGEST_NAME = 30
MOST_GROUPS = 200
_GOING_ON = ("planned", "open")  # activities that still ask for their people


@dataclass(frozen=True)
class GroupChoice:
    """A group to choose from. `sensitive`: it asks for health, for minors, or for what the clinic
    marked so itself."""

    id: int
    name: str
    sensitive: bool


@dataclass(frozen=True)
class SavedGroup:
    """A group as it is kept; `rule` None when it cannot be read; `seq` of its newest change."""

    id: int
    name: str
    rule: Rule | None
    sensitive: bool
    active: bool
    staff: str
    seq: int


@dataclass(frozen=True)
class GroupSaved:
    """A group was made, changed, put aside or taken up again."""

    group_id: int
    sensitive: bool
    changes: Changes


def group_choices(db: ClinicDatabase) -> list[GroupChoice]:
    """The groups in use, by name."""
    query = (
        CustomerGroup.select(CustomerGroup.id, CustomerGroup.name, CustomerGroup.sensitive)
        .where(CustomerGroup.active == 1)
        .order_by(CustomerGroup.name)
    )
    return [GroupChoice(group_id, name, bool(marked)) for group_id, name, marked in db.rows(query)]


def group_named(db: ClinicDatabase, name: str) -> GroupChoice:
    """The group in use of this name. Raises RuleError with the names there are."""
    choices = group_choices(db)
    for each in choices:
        if each.name == name.strip():
            return each
    if not choices:
        raise RuleError(tr("还没有客户分组。请先在“管理 → 客户分组”里建一个。"))
    sentence = tr("没有“{name}”这个分组。可选：{names}。")
    raise RuleError(sentence.format(name=name, names="、".join(each.name for each in choices)))


def saved_groups(db: ClinicDatabase, *, everything: bool = False) -> list[SavedGroup]:
    """Groups in use by name, or every one, those put aside last."""
    query = (
        CustomerGroup.select(
            CustomerGroup.id,
            CustomerGroup.name,
            CustomerGroup.rule,
            CustomerGroup.sensitive,
            CustomerGroup.active,
            Staff.name,
            CustomerGroup.seq,
        )
        .join(Staff, on=(Staff.id == CustomerGroup.staff_id))
        .order_by(CustomerGroup.active.desc(), CustomerGroup.name)
    )
    if not everything:
        query = query.where(CustomerGroup.active == 1)
    return [
        SavedGroup(group_id, name, _readable(text), bool(marked), bool(active), staff, seq)
        for group_id, name, text, marked, active, staff, seq in db.rows(query)
    ]


def _readable(text: str) -> Rule | None:
    try:
        return from_json(text)
    except RuleError:
        return None


@command("group.save", entity="customer_group")
def save_group(tx: Tx, *, name: str, rule: Rule) -> GroupSaved:
    """Keep a rule under a name. Raises RuleError for a name that is taken, empty or too long, a
    rule that cannot be, a sensitive one of a post that may not see it, or too many groups."""
    kept = _name(tx.db, name)
    check_rule(tx.db, tx.today, rule)
    if len(group_choices(tx.db)) >= MOST_GROUPS:
        sentence = tr("已有 {n} 个分组，请先停用不再用的。")
        raise RuleError(sentence.format(n=MOST_GROUPS))
    marked = _marked(tx, rule)
    group_id = tx.db.insert(
        CustomerGroup,
        name=kept,
        rule=to_json(rule),
        sensitive=int(marked),
        staff_id=tx.actor.id,
        seq=tx.seq,
    )
    tx.about(group_id, sensitive=marked)
    return GroupSaved(group_id, marked, Changes((Kind.GROUP,)))


@command("group.change", entity="customer_group")
def change_group(tx: Tx, *, group_id: int, seen_seq: int, name: str, rule: Rule) -> GroupSaved:
    """Give a group another name or rule. `seen_seq` is the change it was read at.

    Raises RuleError when somebody changed it meanwhile, when it is put aside, for a name or a
    rule that cannot be, and for a rule that leads back to the group itself.
    """
    if _in_use(tx.db, group_id, seen_seq):
        _check_sees(tx)
    kept = _name(tx.db, name, group_id)
    check_rule(tx.db, tx.today, rule, group_id)
    marked = _marked(tx, rule)
    tx.db.write(
        CustomerGroup.update(
            name=kept, rule=to_json(rule), sensitive=int(marked), staff_id=tx.actor.id, seq=tx.seq
        ).where(CustomerGroup.id == group_id)
    )
    mark_again(tx)
    tx.about(group_id, sensitive=marked)
    return GroupSaved(group_id, marked, Changes((Kind.GROUP,)))


@command("group.retire", entity="customer_group")
def retire_group(tx: Tx, *, group_id: int, retired: bool = True) -> GroupSaved:
    """Put a group aside, or take it up again; it is never deleted.

    Raises RuleError while another group, a running plan or an activity still asks for it, and
    for a group to be taken up again whose conditions are no longer possible.
    """
    row = tx.db.row(
        CustomerGroup.select(
            CustomerGroup.active, CustomerGroup.rule, CustomerGroup.sensitive
        ).where(CustomerGroup.id == group_id)
    )
    if row is None:
        raise _gone()
    active, text, marked = row
    if bool(active) is not retired:
        words = tr("这个分组已经停用，请刷新。") if retired else tr("这个分组正在使用，请刷新。")
        raise RuleError(words)
    if retired:
        _check_unused(tx.db, group_id)
    else:
        check_rule(tx.db, tx.today, from_json(text), group_id)
    tx.db.write(
        CustomerGroup.update(active=int(not retired), seq=tx.seq).where(
            CustomerGroup.id == group_id
        )
    )
    tx.about(group_id, active=not retired)
    return GroupSaved(group_id, bool(marked), Changes((Kind.GROUP,)))


def _name(db: ClinicDatabase, name: str, own: int | None = None) -> str:
    kept = " ".join(name.split())
    if not kept:
        raise RuleError(tr("请给分组起个名字，例如“半年没来的种植顾客”。"))
    if len(kept) > LONGEST_NAME:
        raise RuleError(tr("分组名称请在 {n} 个字以内。").format(n=LONGEST_NAME))
    row = db.row(
        CustomerGroup.select(CustomerGroup.id, CustomerGroup.active).where(
            CustomerGroup.name == kept
        )
    )
    if row is None or row[0] == own:
        return kept
    if row[1]:
        raise RuleError(tr("已有叫“{name}”的分组，请换个名字。").format(name=kept))
    sentence = tr("有一个已停用的分组叫“{name}”，请换个名字，或重新启用它。")
    raise RuleError(sentence.format(name=kept))


def _marked(tx: Tx, rule: Rule) -> bool:
    """Whether a rule is sensitive; refused to a post that may not see what it asks for."""
    marked = sensitive(tx.db, rule)
    if marked:
        _check_sees(tx)
    return marked


def _check_sees(tx: Tx) -> None:
    if not may(tx.actor.role, SEES):
        sentence = tr("分组涉及健康、未成年人或敏感标签，须由{holders}登录后设置。")
        raise RuleError(sentence.format(holders=holders(SEES)))


def _in_use(db: ClinicDatabase, group_id: int, seen_seq: int) -> bool:
    """Whether a group that is to be changed is a sensitive one."""
    row = db.row(
        CustomerGroup.select(
            CustomerGroup.active, CustomerGroup.seq, CustomerGroup.sensitive
        ).where(CustomerGroup.id == group_id)
    )
    if row is None:
        raise _gone()
    if not row[0]:
        raise RuleError(tr("这个分组已经停用，请先重新启用它再修改。"))
    if row[1] != seen_seq:
        raise RuleError(tr("这个分组刚在别处改过，请重新打开它再修改。"))
    return bool(row[2])


def _gone() -> RuleError:
    return RuleError(tr("没有找到这个分组，请刷新后重新选择。"))


def _check_unused(db: ClinicDatabase, group_id: int) -> None:
    users = [
        each.name
        for each in saved_groups(db)
        if each.rule is not None and InGroup(group_id) in parts_of(each.rule)
    ]
    plans = FollowupPlan.select(FollowupPlan.name).where(
        (FollowupPlan.group_id == group_id) & (FollowupPlan.active == 1)
    )
    users += [tr("回访计划“{name}”").format(name=name) for (name,) in db.rows(plans)]
    activities = Activity.select(Activity.name).where(
        (Activity.group_id == group_id) & Activity.state.in_(_GOING_ON)
    )
    users += [tr("活动“{name}”").format(name=name) for (name,) in db.rows(activities)]
    if users:
        sentence = tr("还在用这个分组的有：{names}。请先改掉它们，再停用。")
        raise RuleError(sentence.format(names="、".join(users)))


def mark_again(tx: Tx) -> None:
    """Say anew which groups are sensitive, after a label or a group changed that others ask for."""
    kept = saved_groups(tx.db, everything=True)
    changed = True
    while changed:
        changed = False
        for each in kept:
            marked = each.rule is not None and sensitive(tx.db, each.rule)
            changed |= bool(
                tx.db.write(
                    CustomerGroup.update(sensitive=int(marked)).where(
                        (CustomerGroup.id == each.id) & (CustomerGroup.sensitive != int(marked))
                    )
                )
            )
