"""One window per clinic: the second start raises the first and leaves."""

from __future__ import annotations

import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT_MS = 500


def channel(folder: Path) -> str:
    """The name the first start listens on."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()
    return f"haochi-desk-{digest[:16]}"


def raise_first(folder: Path) -> bool:
    """Ask the window that has this clinic open to come forward; answers whether one did."""
    socket = QLocalSocket()
    socket.connectToServer(channel(folder))
    if not socket.waitForConnected(WAIT_MS):
        return False
    socket.write(b"raise")
    answered = socket.waitForBytesWritten(WAIT_MS)
    socket.disconnectFromServer()
    return bool(answered)


class Doorbell(QObject):
    """Listens for later starts of the same clinic."""

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
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
        self.rung.emit()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()
