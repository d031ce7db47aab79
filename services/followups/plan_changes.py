"""Changing plans, switching them on and off, adding the clinic's own (R146–R148)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from models.followup import FollowupPlan, FollowupTask
from services.changes import Changes, Kind
from services.clock import days_between, is_date, plus_days, plus_months
from services.commands import Tx, command
from services.errors import RuleError
from services.followups.plan_checks import MOST_A_DAY, PlanForm, check_form, check_matching
from services.followups.plans import ONCE, OWN, TRIGGERS, Plan, plan_of
from services.i18n import tr
from services.programmes.signing import run_today_again
from services.reports.posted import last_before

MOST_BACK = 400  # days a plan may look back when it is switched on
_CHANGED = (Kind.FOLLOWUP, Kind.SETTING)  # the second: the day's work is asked for once more
_ANEW = ("matching", "months", "min_rank", "group_id")  # another plan, in truth


@dataclass(frozen=True)
class PlanChanged:
    """A plan was added or changed."""

    plan_id: int
    changes: Changes


@dataclass(frozen=True)
class PlansSwitched:
    """So many plans were switched; so many open tasks of theirs were called off."""

    switched: int
    stopped: int
    changes: Changes


@command("plan.add", entity="followup_plan")
def add_plan(tx: Tx, *, trigger: str, form: PlanForm) -> PlanChanged:
    """Add a plan of the clinic's own, switched off. Raises RuleError for what a plan cannot be."""
    if trigger not in TRIGGERS or trigger in ONCE:
        raise RuleError(tr("请选择这个计划看什么：做完项目、久未到诊等。"))
    form = _tidy(form)
    check_form(tx.db, "", trigger, form, label_needed=True)
    values = _values(form)
    key = f"{OWN}{tx.seq}"
    plan_id = tx.db.insert(
        FollowupPlan, key=key, trigger=trigger, active=0, from_on=tx.today, seq=tx.seq, **values
    )
    tx.about(plan_id, key=key, trigger=trigger, offsets=list(form.offsets))
    return PlanChanged(plan_id, Changes((Kind.FOLLOWUP,)))


@command("plan.change", entity="followup_plan")
def change_plan(tx: Tx, *, key: str, form: PlanForm) -> PlanChanged:
    """Change what a plan says.

    Other days apply to everything since the plan began: missing tasks are made, open ones of days
    that are gone settle. Another item, other months, another tier or group make it another plan: it
    begins anew today. Open tasks take over purpose, post and whether they are an offer. Raises
    RuleError: unknown plan, nothing changed, what a plan cannot be.
    """
    plan = _known(tx, key)
    form = _tidy(form)
    check_form(tx.db, key, plan.trigger, form, label_needed=plan.active)
    after = replace(plan, **{name: getattr(form, name) for name in PlanForm.__dataclass_fields__})
    if after == plan:
        raise RuleError(tr("没有改动。要改请先修改再保存，不改请按 Esc 返回。"))
    changed = [each for each in PlanForm.__dataclass_fields__ if _other(plan, after, each)]
    seen: dict[str, object] = {}
    if plan.active and plan.trigger not in ONCE and {*_ANEW, "offsets"} & set(changed):
        from_on = tx.today if set(_ANEW) & set(changed) else plan.from_on
        seen = _beginning(tx, after, from_on)
    plan_id = _store(tx, plan, **_values(form), **seen)
    if seen:
        run_today_again(tx)
    open_ones = FollowupTask.update(
        purpose=form.purpose, post=form.post, marketing=int(form.marketing), plan_id=plan_id
    )
    tx.db.write(open_ones.where((FollowupTask.rule == key) & (FollowupTask.state == "open")))
    tx.about(plan_id, key=key, changed=changed)
    return PlanChanged(plan_id, Changes(_CHANGED))


@command("plan.switch", entity="followup_plan")
def switch_plans(
    tx: Tx,
    *,
    keys: tuple[str, ...],
    on: bool,
    from_on: str | None = None,
    daily_most: int | None = None,
    drop_open: bool = False,
) -> PlansSwitched:
    """Switch plans on or off; those that stand so already are left as they are.

    On: what happened from `from_on` on makes tasks, today by default, at most `daily_most` a day of
    what is due already. Off: nothing new is made; `drop_open` calls off what waits. Raises
    RuleError: an unknown plan, none to switch, a plan that lacks its label, a day that is not
    within the last `MOST_BACK` days.
    """
    wanted = [plan for plan in (_known(tx, key) for key in keys) if plan.active != on]
    if not wanted:
        raise RuleError(tr("所选计划已经是这样，不用再切换。请刷新看看。"))
    from_on = from_on or tx.today
    _check_beginning(tx, from_on, daily_most)
    stopped = 0
    for plan in wanted:
        values: dict[str, object] = {"active": int(on)}
        if on:
            check_matching(tx.db, plan.trigger, plan.matching)
            values |= _beginning(tx, plan, from_on)
            values |= {} if daily_most is None else {"daily_most": daily_most}
        _store(tx, plan, **values)
        if drop_open and not on:
            stopped += _call_off(tx, plan.key)
    tx.about(
        0, keys=[plan.key for plan in wanted], on=on, from_on=from_on if on else "", stopped=stopped
    )
    if on:
        run_today_again(tx)
    return PlansSwitched(len(wanted), stopped, Changes(_CHANGED))


def beginning_of(plan: Plan, from_on: str) -> str:
    """The earliest day that can matter to a plan that begins on `from_on`: a recall falls due
    months after what it follows from."""
    if plan.trigger != "recall":
        return from_on
    return plus_days(plus_months(from_on, -plan.months), -max(plan.offsets) - 3)


def _beginning(tx: Tx, plan: Plan, from_on: str) -> dict[str, object]:
    seen_seq = last_before(tx.db, beginning_of(plan, from_on))
    return {"from_on": from_on, "seen_seq": seen_seq, "seen_on": ""}


def _check_beginning(tx: Tx, from_on: str, daily_most: int | None) -> None:
    if not is_date(from_on) or not 0 <= days_between(from_on, tx.today) <= MOST_BACK:
        sentence = tr("起算日须在今天或以前，最多往前 {n} 天，写成 2027-01-15 这样。")
        raise RuleError(sentence.format(n=MOST_BACK))
    if daily_most is not None and not 0 <= daily_most <= MOST_A_DAY:
        raise RuleError(tr("每天最多条数须在 0 到 {n}，0 为不限。").format(n=MOST_A_DAY))


def _known(tx: Tx, key: str) -> Plan:
    plan = plan_of(tx.db, key)
    if plan is None:
        raise RuleError(tr("没有找到这个回访计划，请刷新后重试。"))
    return plan


def _tidy(form: PlanForm) -> PlanForm:
    scripts = tuple(each.strip() for each in form.scripts)
    return replace(
        form, name=form.name.strip(), offsets=tuple(sorted(form.offsets)), scripts=scripts
    )


def _other(before: Plan, after: Plan, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


def _values(form: PlanForm) -> dict[str, object]:
    values: dict[str, object] = {
        name: getattr(form, name) for name in PlanForm.__dataclass_fields__
    }
    for name in ("offsets", "scripts"):
        values[name] = msgspec.json.encode(values[name]).decode()
    return values | {"marketing": int(form.marketing)}


def _store(tx: Tx, plan: Plan, **values: object) -> int:
    """Write a plan; a shipped one gets its row now. Answers the id."""
    if plan.id is not None:
        update = FollowupPlan.update(**values, seq=tx.seq)
        tx.db.write(update.where(FollowupPlan.id == plan.id))
        return plan.id
    names = PlanForm.__dataclass_fields__
    whole = _values(PlanForm(**{name: getattr(plan, name) for name in names}))
    own = {"key": plan.key, "trigger": plan.trigger, "active": int(plan.active)}
    return tx.db.insert(
        FollowupPlan, **(whole | own | {"from_on": tx.today, "seq": tx.seq} | values)
    )


def _call_off(tx: Tx, key: str) -> int:
    """Close the open tasks of a plan for good; answers how many there were."""
    update = FollowupTask.update(state="given_up", closed_as="stopped")
    return tx.db.write(update.where((FollowupTask.rule == key) & (FollowupTask.state == "open")))
