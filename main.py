#!/usr/bin/env python3
"""Haochi Desk: the window, or one of its commands without a window.

    main.py [run] [--data DIR]       open the desk
    main.py COMMAND [--data DIR] …   work without a window (main.py help)
    main.py --self-test [--log FILE] prove this installation

The data folder is --data, else HAOCHI_DATA, else the one chosen at the first start, else the
user's own data folder.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.forms.paper import Paper


def data_folder(argv: list[str]) -> Path:
    """Where the clinic is. Raises SystemExit for an option nobody knows."""
    import argparse

    from services import data_place

    parser = argparse.ArgumentParser(prog="haochi-desk", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["run"], default="run")
    parser.add_argument("--data", type=Path, metavar="DIR")
    return data_place.data_folder(parser.parse_args(argv).data)


def main(argv: list[str]) -> int:
    """Dispatch; nothing of Qt is loaded for a headless command, unless it writes a PDF."""
    if argv[:1] == ["--data"] and len(argv) > 2 and not argv[2].startswith("-"):
        argv = [argv[2], *argv[:2], *argv[3:]]  # the folder may come before the command
    if "--self-test" in argv:
        _keep_singletons()
        from ui.selftest import self_test

        return self_test(argv)
    from ui.mutex import hold_mutex

    hold_mutex()
    if argv and not argv[0].startswith("-") and argv[0] != "run":
        from services import headless

        return int(headless.main(argv, _write_pdf))
    folder = data_folder(argv)
    _keep_singletons()
    _load_qt()
    from ui.app import run

    return run(folder)


def _write_pdf(paper: Paper, path: Path) -> None:
    """Lay a paper out into a PDF: the one headless task that needs Qt, and no screen."""
    _keep_singletons()
    from ui.printing import render_pdf

    render_pdf(paper, path)


def _keep_singletons() -> None:
    from ui.steady import keep_singletons, speak_utf8

    keep_singletons()
    speak_utf8()


def _load_qt() -> None:
    from ui.steady import load_qt

    load_qt()


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
