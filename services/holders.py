"""Who has a clinic open, in the desk's words."""

from __future__ import annotations

import re
from urllib.parse import unquote

from models.clinic_file import me
from services.i18n import tr

_WRITTEN = re.compile(r"(?P<what>\w+) \(pid \d+\)(?: (?P<user>\S*)@(?P<host>\S*))?")


def holder_words(written: str) -> str:
    """What a lock says about its holder ('window (pid 12) li@DESK-2'), in words; the PC and the
    user are named where they are others than here. Anything else is given back."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return written
    what = {
        "window": tr("另一个皓齿前台窗口"),
        "headless": tr("正在运行的命令"),
        "setup": tr("正在建立的诊所"),
        "backup": tr("正在做的备份"),
    }.get(found["what"], found["what"])
    if not found["host"] or f"{found['user']}@{found['host']}" == me():
        return what
    user, host = unquote(found["user"]), unquote(found["host"])
    return tr("{what}(电脑 {host}，用户 {user})").format(what=what, host=host, user=user)
