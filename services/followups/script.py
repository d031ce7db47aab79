"""What to say on the phone, with the person's own values filled in (R148, front-desk 4.3).

Step by step as the clinics do it: who is speaking, why, how it went, good-bye. Nothing about a
diagnosis, no promise of a cure, and no offer to somebody who wants no marketing.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import ClinicDatabase
from models.followup import FollowupTask
from models.people import Person
from services.commands import read_setting
from services.desk.reception import short_name
from services.desk.strip import person_title
from services.errors import RuleError
from services.followups.tasks import BIRTHDAY, UNCLAIMED
from services.i18n import tr
from services.loyalty.grants import grants_of
from services.loyalty.standing import standing_of
from services.people.contact import may_contact
from services.people.privacy import surname_of
from services.programmes.registry import main_timeline
from services.setup import CLINIC_NAME
from services.vouchers.steps import CALL


@dataclass(frozen=True)
class _Callee:
    """Who is spoken about: an adult, or a child whose parent answers."""

    name: str
    title: str
    number: str
    guardian: str
    visited: bool
    marketing: bool
    tier: str

    @property
    def child(self) -> bool:
        return self.title == tr("小朋友")

    @property
    def who(self) -> str:
        """您, or the child."""
        return tr("孩子") if self.child else tr("您")


def script(db: ClinicDatabase, today: str, person_id: int, task_ids: tuple[int, ...]) -> str:
    """The words for one call, a line per step. Raises RuleError for an unknown person."""
    callee = _callee(db, today, person_id)
    lines = [_greeting(callee, read_setting(db, CLINIC_NAME))]
    tasks = (
        FollowupTask.select(FollowupTask.rule, FollowupTask.subject, FollowupTask.cycle)
        .where(FollowupTask.id.in_(task_ids) & (FollowupTask.person_id == person_id))
        .order_by(FollowupTask.due_on, FollowupTask.id)
    )
    for rule, subject, cycle in db.rows(tasks):
        lines.append(_purpose(today, rule, subject, cycle, callee))
    if callee.visited:
        lines.append(
            tr("{who}上次来看牙之后恢复得怎么样？有什么要求，我给您记下来。").format(who=callee.who)
        )
    else:
        lines.append(tr("您对我们有什么要求或建议，我给您记下来。"))
    if callee.marketing:
        lines += _quota(db, today, person_id, callee)
    lines.append(tr("谢谢您，祝您身体健康。有事随时打我们的电话，再见。"))
    return "\n".join(lines)


def _callee(db: ClinicDatabase, today: str, person_id: int) -> _Callee:
    row = db.row(
        Person.select(
            Person.name,
            Person.sex,
            Person.birthday,
            Person.number,
            Person.guardian_name,
            Person.last_visit_on,
        ).where(Person.id == person_id)
    )
    if row is None:
        raise RuleError(tr("没有找到这位顾客，请刷新后重试。"))
    name, sex, birthday, number, guardian, last_visit_on = row
    timeline = main_timeline(db)
    standing = standing_of(db, person_id, timeline.programme_id)
    return _Callee(
        name=name,
        title=person_title(sex, birthday, today),
        number=number,
        guardian=guardian,
        visited=last_visit_on is not None,
        marketing=may_contact(db, person_id, "no_objection"),
        tier=timeline.at(today).programme.tier_name(standing.rank if standing.member else 0),
    )


def _greeting(callee: _Callee, clinic: str) -> str:
    if callee.child:
        parent = callee.guardian or tr("家长")
        sentence = tr(
            "您好，请问您是{child}小朋友的{parent}吗？我是{clinic}的前台，现在方便说话吗？"
        )
        return sentence.format(child=callee.name, parent=parent, clinic=clinic)
    called = surname_of(callee.name) + (callee.title or tr("女士/先生"))
    sentence = tr("您好，请问您是{called}吗？我是{clinic}的前台，现在方便说话吗？")
    return sentence.format(called=called, clinic=clinic)


def _purpose(today: str, rule: str, subject: str, cycle: str, callee: _Callee) -> str:
    if rule == UNCLAIMED:
        sentence = tr(
            "{who}是我们的{tier}，有一份“{gift}”还没有领取，一直给您留着。"
            "方便时到收费室报会员号 {number} 就能领。"
        )
        tier = callee.tier or tr("会员")
        return sentence.format(who=callee.who, tier=tier, gift=subject, number=callee.number)
    if rule == BIRTHDAY:
        return _wish(today, subject, callee.who)
    if cycle.startswith(CALL):
        return tr("有件事告诉您：{subject}。").format(subject=subject)
    return tr("上次说好再联系您：{subject}。").format(subject=subject)


def _wish(today: str, day: str, who: str) -> str:
    if day == today:
        return tr("今天是{who}的生日，祝{who}生日快乐！").format(who=who)
    sentence = (
        tr("{month}月{day}日是{who}的生日，提前祝{who}生日快乐！")
        if day > today
        else tr("{month}月{day}日是{who}的生日，给{who}补上一句：生日快乐！")
    )
    return sentence.format(month=int(day[5:7]), day=int(day[8:]), who=who)


def _quota(db: ClinicDatabase, today: str, person_id: int, callee: _Callee) -> list[str]:
    left = [
        tr("{name} {n} 次").format(name=short_name(row.name), n=row.left)
        for row in grants_of(db, person_id)
        if row.kind == "service" and row.valid_to is not None and row.left and row.valid_on(today)
    ]
    if not left:
        return []
    sentence = tr("{who}今年的免费项目还有：{items}，年底前都可以约。")
    return [sentence.format(who=callee.who, items="、".join(left))]
