"""Which input method Qt is told to use, before there is an application.

Qt's wheels bring the input contexts `compose` and `ibus` only. fcitx5 speaks ibus too, so a
desktop that is set up for fcitx types Chinese through `ibus`; and Qt on X11 does not look at
`XMODIFIERS` by itself, so one that only says it there is read here.
"""

from __future__ import annotations

from collections.abc import Mapping

_ONE, _SEVERAL = "QT_IM_MODULE", "QT_IM_MODULES"
_WORKS = "ibus"


def working(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables to set so that Chinese can be typed; none where it can already, or where
    nobody set up an input method or chose one that Qt has."""
    several = environment.get(_SEVERAL, "")
    if several:
        names = [_WORKS if _fcitx(name) else name for name in several.split(";")]
        wanted = ";".join(dict.fromkeys(names))
        return {_SEVERAL: wanted} if wanted != several else {}
    one = environment.get(_ONE, "")
    if _fcitx(one) or (one in ("", "xim") and _spoken_of(environment)):
        return {_ONE: _WORKS}
    return {}


def _spoken_of(environment: Mapping[str, str]) -> bool:
    """Whether the desktop has an input method that ibus reaches, though Qt was not told."""
    said = (
        environment.get("XMODIFIERS", "").rpartition("@im=")[2],
        environment.get("GTK_IM_MODULE", ""),
    )
    return any(_fcitx(name) or name == _WORKS for name in said)


def _fcitx(name: str) -> bool:
    return name.startswith("fcitx")
