"""The floor of the installed program: a window with nothing in it, frozen with our libraries.

packaging/floor.spec makes a bundle of this file. It carries the libraries ours carries and uses
nothing of them but Qt's windows.
"""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget, QWidget


def show() -> tuple[QApplication, QMainWindow]:
    """A QMainWindow with five empty tabs."""
    app = QApplication(sys.argv[:1])
    window = QMainWindow()
    tabs = QTabWidget()
    for name in ("入会", "到诊", "积分", "礼品", "回访"):
        tabs.addTab(QWidget(), name)
    window.setCentralWidget(tabs)
    window.resize(1366, 720)
    window.show()
    return app, window


def main() -> int:
    """Show it until it is closed."""
    app, _window = show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
