"""What every tab and dialog is given instead of singletons."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, Signal

from services.commands import Session
from services.errors import RuleError
from services.i18n import tr

if TYPE_CHECKING:
    from services.clinic import Clinic
    from ui.alerts import Alerts
    from ui.bus import Bus
    from ui.tasks import Tasks


class Selection(QObject):
    """The person everything on the screen is about; None when nobody is open."""

    changed = Signal(object)
    identified = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.person_id: int | None = None
        self.found_by = ""  # what the person was found by: 'card', 'phone_tail', 'name' …

    def select(self, person_id: int | None, found_by: str = "") -> None:
        """Open a person (or nobody); tells everyone, also when it is the same one again."""
        self.person_id, self.found_by = person_id, found_by
        self.changed.emit(person_id)

    def identify(self, found_by: str) -> None:
        """The open person showed a card or a number; what is typed for them stays."""
        self.found_by = found_by
        self.identified.emit(found_by)


class SignedIn(QObject):
    """Who is signed in; None behind the lock screen."""

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None

    def set(self, session: Session | None) -> None:
        """Sign in, or lock with None."""
        self.session = session
        self.changed.emit(session)


class Navigator(QObject):
    """Asks the window to show a tab and to start something there."""

    wanted = Signal(str, str)
    lock_wanted = Signal()
    restore_wanted = Signal(object)  # ui.restoring.Wish

    def go(self, tab: str, action: str = "") -> None:
        """Show `tab` ('enrollment' 'checkin' 'points' 'gifts' 'followups') and `act(action)`."""
        self.wanted.emit(tab, action)


@dataclass(frozen=True)
class UiContext:
    """The clinic, who is signed in, who is open, and the ways to tell and to work."""

    clinic: Clinic
    bus: Bus
    alerts: Alerts
    tasks: Tasks
    settings: QSettings
    current_person: Selection = field(default_factory=Selection)
    signed_in: SignedIn = field(default_factory=SignedIn)
    navigator: Navigator = field(default_factory=Navigator)

    @property
    def session(self) -> Session:
        """The session to act with. Raises RuleError behind the lock screen."""
        if self.signed_in.session is None:
            raise RuleError(tr("请先登录。"))
        return self.signed_in.session

    @property
    def person_id(self) -> int | None:
        """The open person."""
        return self.current_person.person_id

    @property
    def db(self) -> Any:
        """The clinic's database, for reads."""
        return self.clinic.db

    def today(self) -> str:
        """The business date, 'YYYY-MM-DD'."""
        return self.clinic.clock.today()

    def with_alerts(self, alerts: Alerts) -> UiContext:
        """The same context whose refusals are shown elsewhere (inside a dialog)."""
        return replace(self, alerts=alerts)
