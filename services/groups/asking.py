"""A question to a large clinic that may be given up while it is being answered: whoever changes a
condition waits for the newest answer only."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from models import checks
from services.clinic import Clinic
from services.groups.members import SHOWN, Looked, look
from services.groups.rule import Rule
from services.loyalty.everybody import WorkCancelled


class Asking:
    """One question, on a reading connection of its own; `give_up` may be called from anywhere."""

    def __init__(self, clinic: Clinic, rule: Rule, group_id: int | None = None) -> None:
        self._clinic, self._rule, self._group_id = clinic, rule, group_id
        self._lock = Lock()
        self._given_up = False
        self._stop: Callable[[], None] | None = None

    def answer(self, shown: int = SHOWN) -> Looked:
        """How many and the first of them. Raises RuleError like `members.look`, WorkCancelled
        when it was given up."""
        with self._clinic.reading() as reader:
            try:
                with self._lock:
                    self._check()
                    self._stop = checks.stopper(reader.db)
                return look(reader.db, reader.clock.today(), self._rule, self._group_id, shown)
            except Exception:
                self._check()  # an answer that was cut short is no fault of the file
                raise
            finally:
                with self._lock:
                    self._stop = None

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        with self._lock:
            self._given_up = True
            if self._stop is not None:
                self._stop()

    def _check(self) -> None:
        if self._given_up:
            raise WorkCancelled
