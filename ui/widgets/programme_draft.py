"""The draft under the hands: what it says now, what is kept, and every step back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from services.programmes import editing
from services.programmes.definition import Programme, Referral, to_json
from services.programmes.drafts import check_name, draft, save_draft, taken_keys
from services.programmes.fields import path_of, steps_of
from ui.context import UiContext

_STEPS = 200  # that can be taken back


class EditedDraft(QObject):
    """A draft that is open. Edits raise RuleError and change nothing then."""

    changed = Signal()

    def __init__(self, context: UiContext, draft_id: int) -> None:
        super().__init__()
        self.id = draft_id
        self._context = context
        self.programme = draft(context.db, draft_id)
        self._kept = self.programme
        self._taken = taken_keys(context.db)
        self._past: list[tuple[Programme, str]] = []
        self._typing = ""

    @property
    def dirty(self) -> bool:
        """Whether anything is not kept yet."""
        return self.programme != self._kept

    def keep(self) -> bool:
        """Save what is not kept yet; answers whether all is kept now."""
        if not self.dirty:
            return True
        saved = self._context.alerts.run_command(
            save_draft,
            self._context.session,
            definition=to_json(self.programme),
            draft_id=self.id,
        )
        if saved is None:
            return False
        self._kept = self.programme
        self.changed.emit()
        return True

    # --- edits: each one is a step that can be taken back ---

    def set(self, path: str, value: Any) -> None:
        """Fill in a field; typing on in one field is one step."""
        if path == "name":
            check_name(self._context.db, str(value).strip(), self.id)
        new = editing.set_value(self.programme, path, value)
        self._become(new, path, typing=path)

    def add(self, path: str) -> str:
        """Append an item to a list; answers where it stands."""
        self._edit(editing.add, path, path, self._taken)
        return f"{path}[{len(editing.value_at(self.programme, path)) - 1}]"

    def duplicate(self, place: str) -> str:
        """Put a copy behind an item; answers where it stands."""
        self._edit(editing.duplicate, place, place, self._taken)
        return _beside(place, 1)

    def remove(self, place: str) -> str:
        """Take an item away; answers where to go then: another item, or the list."""
        self._edit(editing.remove, place, place)
        steps = steps_of(place)
        left = len(editing.value_at(self.programme, path_of(steps[:-1])))
        if not left:
            return path_of(steps[:-1])
        return path_of((*steps[:-1], min(int(steps[-1]), left - 1)))

    def move(self, place: str, by: int) -> str:
        """Move an item; answers where it stands now."""
        before = self.programme
        self._edit(editing.move, place, place, by)
        return place if self.programme == before else _beside(place, by)

    def include(self, path: str) -> str:
        """Add an optional part; answers where it stands."""
        self._edit(editing.set_value, path, path, Referral())
        return path

    def leave_out(self, path: str) -> str:
        """Take an optional part away; answers where it stood."""
        self._edit(editing.set_value, path, path, None)
        return path

    def undo(self) -> str | None:
        """Take the last step back; answers where it was made, None when there is none."""
        if not self._past:
            return None
        self.programme, place = self._past.pop()
        self._typing = ""
        self.changed.emit()
        return place

    def _edit(self, call: Callable[..., Programme], place: str, *args: Any) -> None:
        self._become(call(self.programme, *args), place)

    def _become(self, new: Programme, place: str, *, typing: str = "") -> None:
        if new == self.programme:
            return
        if not (typing and typing == self._typing):
            self._past.append((self.programme, place))
            del self._past[:-_STEPS]
        self._typing = typing
        self.programme = new
        self.changed.emit()


def _beside(place: str, by: int) -> str:
    steps = steps_of(place)
    return path_of((*steps[:-1], int(steps[-1]) + by))
