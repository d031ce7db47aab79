"""Three activities of the made-up clinic: a lecture that was held, an outing that fills up, a
member day that is being prepared (R012, R013, R050, R069)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from services.activities.costs import add_cost
from services.activities.door import attend, give_prize
from services.activities.invitations import MESSAGE, invitable, invite
from services.activities.planning import (
    ActivityForm,
    close_activity,
    hold_activity,
    open_activity,
    plan_activity,
)
from services.activities.sign_up import decline, sign_up
from services.clock import plus_days
from services.demo.crew import Crew

_ASKED = 24  # people for each activity
_COME = 9  # of them sign up for the lecture
_MISS = 2  # of those stay away
_LECTURE = ActivityForm(
    name="口腔健康讲座：孩子换牙期怎么护理",
    kind="lecture",
    day="",
    at="14:30",
    place="二楼会议室",
    capacity=30,
    companions=2,
    gift_name="口腔护理小套装",
    gift_fen=1500,
)
_OUTING = ActivityForm(
    name="牙科亲子游",
    kind="outing",
    day="",
    at="09:00",
    place="人民公园南门",
    capacity=12,
    companions=3,
)
_MEMBER_DAY = ActivityForm(
    name="会员日", kind="member_day", day="", at="09:00", place="候诊大厅", members_only=True
)


class Gatherings:
    """Tells the activities by how many working days are left."""

    def __init__(self, days: list[str], counts: Counter[str]) -> None:
        self._days, self._counts = days, counts
        self._begun = False  # a story that is too short, or without anybody, has none
        self._lecture = self._outing = 0
        self._guests: tuple[int, ...] = ()
        self._steps: dict[int, Callable[[Crew, str, int], None]] = {
            36: self._announce,
            32: self._sign_up,
            24: self._hold,
            23: self._close,
            8: self._plan_outing,
            4: self._fill_outing,
            2: self._prepare_member_day,
        }

    def tell(self, crew: Crew, day: str, left: int, known: int) -> None:
        """What happens on a day about activities."""
        if left == max(self._steps):
            self._begun = known > 0
        step = self._steps.get(left)
        if step is not None and self._begun:
            step(crew, day, known)

    def _plan(self, crew: Crew, form: ActivityForm, day: str) -> int:
        values = {**form.__dict__, "day": day, "owner_id": crew.manager.actor.id}
        planned = plan_activity(crew.manager, form=ActivityForm(**values)).activity_id
        self._counts["activities"] += 1
        return planned

    def _announce(self, crew: Crew, day: str, known: int) -> None:
        self._lecture = self._plan(crew, _LECTURE, self._days[-25])
        open_activity(crew.manager, activity_id=self._lecture)
        people = tuple(range(1, min(known, _ASKED) + 1))
        self._guests = invitable(crew.manager.db, self._lecture, people, MESSAGE).people
        invite(crew.manager, activity_id=self._lecture, people=people, channel=MESSAGE)

    def _sign_up(self, crew: Crew, day: str, known: int) -> None:
        for order, person_id in enumerate(self._guests[:_COME]):
            sign_up(
                crew.desk[0],
                activity_id=self._lecture,
                person_id=person_id,
                companions=order % 2,
            )
        for person_id in self._guests[_COME : _COME + 2]:
            decline(crew.desk[1], activity_id=self._lecture, person_id=person_id)

    def _hold(self, crew: Crew, day: str, known: int) -> None:
        there = self._guests[: _COME - _MISS]
        for person_id in there:
            attend(crew.desk[0], activity_id=self._lecture, person_id=person_id)
        for person_id in there[:1]:
            give_prize(
                crew.manager,
                activity_id=self._lecture,
                person_id=person_id,
                name="问答奖：儿童电动牙刷",
                value_fen=4000,
            )
        hold_activity(crew.manager, activity_id=self._lecture)

    def _close(self, crew: Crew, day: str, known: int) -> None:
        for what, fen, paper in (("茶点", 18_600, "SJ-0412"), ("讲义印刷", 9_500, "SJ-0413")):
            add_cost(
                crew.marketing, activity_id=self._lecture, what=what, amount_fen=fen, document=paper
            )
        words = "家长问窝沟封闭和换牙时间最多，下次请儿牙医生到场，多备十份讲义。"
        close_activity(crew.manager, activity_id=self._lecture, summary=words)

    def _plan_outing(self, crew: Crew, day: str, known: int) -> None:
        self._outing = self._plan(crew, _OUTING, plus_days(self._days[-1], 9))
        open_activity(crew.manager, activity_id=self._outing)

    def _fill_outing(self, crew: Crew, day: str, known: int) -> None:
        """More than there is room for: the last ones wait."""
        for order, person_id in enumerate(range(1, min(known, 7) + 1)):
            sign_up(
                crew.desk[order % 2],
                activity_id=self._outing,
                person_id=person_id,
                companions=order % 3,
            )

    def _prepare_member_day(self, crew: Crew, day: str, known: int) -> None:
        self._plan(crew, _MEMBER_DAY, plus_days(self._days[-1], 30))
