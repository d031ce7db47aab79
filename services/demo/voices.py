"""What people said to the made-up clinic: complaints, wishes, a letter that went out, and the plans
that ask for calls (R025, R052, R066, R146–R148)."""

from __future__ import annotations

from collections.abc import Callable

from services.clock import plus_days
from services.demo.crew import Crew
from services.feedback.complaint_steps import acknowledge, handle_complaint
from services.feedback.complaints import close_complaint, open_complaint
from services.feedback.requests import answer_request, open_request
from services.feedback.voices import COMPLAINT, voices
from services.followups.plan_changes import switch_plans
from services.outreach.audience import audience_of
from services.outreach.mailings import send
from services.outreach.texts import LETTER

_PLANS = (
    *("care.extraction", "care.root_canal", "care.implant", "care.perio"),
    *("tier_reached", "recall.cleaning"),
)
_WRITTEN_TO = 30  # people of the letter
_EVERY, _WAITS = 4, 4  # working days: how often it is worked off; what is newer still waits
_LETTER_TEXT = (
    "{姓氏}{称谓}：您好！换季时牙龈容易敏感，请早晚用软毛牙刷轻刷，饭后漱口；"
    "有不舒服请打 {电话}，我们帮您安排医生看一看。{诊所}"
)


class Voices:
    """Tells what was said by how many working days are left."""

    def __init__(self) -> None:
        self._begun = False  # a story that is too short, or without anybody, has no voices
        self._complaint = self._wish = self._asked = 0
        self._steps: dict[int, Callable[[Crew, str, int], None]] = {
            46: self._plan,
            30: self._write,
            16: self._complain,
            15: self._acknowledge,
            13: self._handle,
            11: self._close,
            10: self._suggest,
            7: self._answer,
            6: self._ask,
            3: self._complain_again,
        }

    def tell(self, crew: Crew, day: str, left: int, known: int) -> None:
        """What was said on a day."""
        if left == max(self._steps):
            self._begun = known > 0
        step = self._steps.get(left)
        if step is not None and self._begun:
            step(crew, day, known)
        if left >= _WAITS and left % _EVERY == 0:
            self._work_off(crew, day)

    def _work_off(self, crew: Crew, day: str) -> None:
        """What calls brought is looked after by the end of its week."""
        for each in voices(crew.manager.db, day):
            if each.kind == COMPLAINT and each.id != self._complaint:
                words = "已致电说明并道歉，顾客接受。"
                close_complaint(crew.manager, complaint_id=each.id, outcome=words, satisfied=3)
            elif each.kind != COMPLAINT and each.id not in (self._wish, self._asked):
                answer_request(crew.manager, request_id=each.id, answer="已照办，回电告知。")

    def _plan(self, crew: Crew, day: str, known: int) -> None:
        switch_plans(crew.manager, keys=_PLANS, on=True)

    def _write(self, crew: Crew, day: str, known: int) -> None:
        """A letter of advice to those who want letters."""
        db, people = crew.manager.db, tuple(range(1, min(known, _WRITTEN_TO) + 1))
        if audience_of(db, people, LETTER, marketing=True).people:
            send(
                crew.manager,
                kind=LETTER,
                title="换季护理建议",
                text=_LETTER_TEXT,
                marketing=True,
                people=people,
            )

    def _complain(self, crew: Crew, day: str, known: int) -> None:
        self._complaint = open_complaint(
            crew.desk[0],
            person_id=1,
            text="约好十点，等到十点四十才看上，没有人来说一声。",
            topic="waiting",
            owner_id=crew.manager.actor.id,
        ).complaint_id

    def _acknowledge(self, crew: Crew, day: str, known: int) -> None:
        words = "已致电道歉，说明当天有急诊，约好下次首位就诊。"
        acknowledge(crew.manager, complaint_id=self._complaint, text=words)

    def _handle(self, crew: Crew, day: str, known: int) -> None:
        words = "候诊超过 20 分钟由前台主动告知，已在周会上说明。"
        handle_complaint(crew.manager, complaint_id=self._complaint, text=words)

    def _close(self, crew: Crew, day: str, known: int) -> None:
        close_complaint(
            crew.manager, complaint_id=self._complaint, outcome="顾客接受，继续就诊。", satisfied=3
        )

    def _suggest(self, crew: Crew, day: str, known: int) -> None:
        self._wish = open_request(
            crew.desk[1],
            text="候诊区放几本儿童绘本。",
            kind="suggestion",
            source="board",
            owner_id=crew.marketing.actor.id,
        ).request_id

    def _answer(self, crew: Crew, day: str, known: int) -> None:
        words = "已添置十本绘本和一张小桌。"
        answer_request(crew.marketing, request_id=self._wish, answer=words)

    def _ask(self, crew: Crew, day: str, known: int) -> None:
        self._asked = open_request(
            crew.desk[0],
            person_id=min(2, known),
            text="要一份去年的收费明细，单位报销用。",
            owner_id=crew.billing.actor.id,
            due_on=plus_days(day, 3),
        ).request_id

    def _complain_again(self, crew: Crew, day: str, known: int) -> None:
        open_complaint(
            crew.desk[1],
            person_id=min(3, known),
            text="洁牙后牙龈出血两天，电话打了两次没人接。",
            topic="treatment",
            source="phone",
            owner_id=crew.manager.actor.id,
            urgent=True,
        )
