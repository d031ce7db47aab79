"""One window per clinic: the second start raises the first and leaves.

Who is first is settled by a lock that a crash gives back (`services.presence`). The first listens
soon after it shows something and answers; a second start that meets one still starting, or
just leaving, tries again for a moment. The installer's mark is another thing: `ui.mutex`.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from services.presence import UNLOCKED, Presence, Taken, claim, mark

CONNECT_MS = 500
ANSWER_MS = 2000  # the first may be busy with its own start
PATIENCE = 8.0  # seconds
_AGAIN = 0.05
_HERE = b"here"


@dataclass(frozen=True)
class Arrival:
    """`raised`: another process shows the clinic and came forward. Else this one may show it;
    `presence` is None where the other does not answer."""

    raised: bool
    presence: Presence | None = None


def arrive(folder: Path, patience: float = PATIENCE) -> Arrival:
    """Be the one that shows this clinic, or raise the one that does."""
    give_up = time.monotonic() + patience
    while True:
        try:
            held = claim(folder)
        except Taken:
            if raise_first(folder):
                return Arrival(True)
        else:
            return (
                Arrival(True) if held is UNLOCKED and raise_first(folder) else Arrival(False, held)
            )
        if time.monotonic() >= give_up:
            return Arrival(False)
        time.sleep(_AGAIN)


def channel(folder: Path) -> str:
    """The name the first start listens on."""
    return f"haochi-desk-{mark(folder)}"


def raise_first(folder: Path) -> bool:
    """Ask the process that shows this clinic to come forward; answers whether one did."""
    _let_others_come_forward()
    socket = QLocalSocket()
    socket.connectToServer(channel(folder))
    if not socket.waitForConnected(CONNECT_MS):
        return False
    answered = socket.waitForReadyRead(ANSWER_MS)
    heard = bytes(socket.readAll().data()) if answered else b""
    socket.abort()
    return heard == _HERE


def _let_others_come_forward() -> None:
    """Windows lets only the program in front hand the front to another: this fresh start."""
    if sys.platform == "win32":  # pragma: no cover - seen on a real PC
        import ctypes

        any_process = -1
        ctypes.windll.user32.AllowSetForegroundWindow(any_process)


class Doorbell(QObject):
    """Listens for later starts of the same clinic, and answers them."""

    rung = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)
        if not self._server.listen(channel(folder)):
            QLocalServer.removeServer(channel(folder))  # left behind by a crash
            self._server.listen(channel(folder))

    def _answer(self) -> None:
        self.rung.emit()
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.write(_HERE)
            socket.flush()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()
