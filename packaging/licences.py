"""Who made what is in the bundle, and under which licence: the text that goes with the program."""

from __future__ import annotations

import re
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_TEXT = re.compile(r"(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)


def shipped(packages: Path | None = None) -> list[metadata.Distribution]:
    """The packages of requirements.lock that are installed here, or in `packages`, by name."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = sorted(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    places = sys.path if packages is None else [str(packages)]
    found = [  # what is not there is locked for the other system
        next(iter(metadata.distributions(name=name, path=places)), None) for name in names
    ]
    return [each for each in found if each is not None]


def text(packages: Path | None = None, python: str = sys.version.split()[0]) -> str:
    """Every package with its version, licence and home, then each licence as it was delivered.

    Without `packages` those of this Python, which is the one that ships then.
    """
    lines = [
        "Haochi Desk comes with these works of others, unchanged:",
        "",
        f"Python {python}: PSF-2.0, https://www.python.org",
    ]
    bodies = [("Python", _of_python())]
    for each in shipped(packages):
        about = each.metadata
        name, home = about["Name"], _home(about)
        lines.append(f"{name} {each.version}: {_licence(about)}{', ' if home else ''}{home}")
        bodies += [(name, body) for body in _bodies(each)]
    lines += [
        "",
        "Qt and PySide6 are used under the LGPL version 3; their libraries lie beside the program",
        "as files of their own and may be replaced. Source: https://download.qt.io",
    ]
    for name, body in bodies:
        if body.strip():
            lines += ["", "-" * 72, name, "-" * 72, body.strip()]
    return "\n".join(lines) + "\n"


def _licence(about: metadata.PackageMetadata) -> str:
    said = _said(about, "License-Expression") or _said(about, "License")
    classes = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    return said if said and "\n" not in said else ", ".join(classes) or "see below"


def _home(about: metadata.PackageMetadata) -> str:
    urls = [line.partition(", ")[2] for line in about.get_all("Project-URL") or []]
    return _said(about, "Home-page") or (urls[0] if urls else "")


def _said(about: metadata.PackageMetadata, name: str) -> str:
    return "".join(about.get_all(name) or [])


def _bodies(each: metadata.Distribution) -> list[str]:
    files = [path for path in each.files or [] if ".dist-info/" in path.as_posix()]
    texts = [path for path in files if _TEXT.search(path.as_posix())]
    return [path.read_text(encoding="utf-8") for path in texts if path.suffix != ".py"]


def _of_python() -> str:
    places = [
        Path(sysconfig.get_path("stdlib")) / "LICENSE.txt",
        Path(sys.base_prefix) / "LICENSE.txt",
        Path("/usr/share/doc/python3.11/copyright"),
    ]
    return next((p.read_text(encoding="utf-8") for p in places if p.is_file()), "")
