"""What the installed program may say in a trial: a line more is a fault, and so is no end.

The trials of both systems use it, so neither forgives what the other would not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_COUNTS = r"\S+ [\d,]+(?:  \S+ [\d,]+)*"
_WEEK = r"已写出 \d{4}-\d\d-\d\d 的礼品核对表：.+，共 \d+ 行。"
# command → (its lines before the last, its last line)
SAYS = {
    "self-test": (r"ok [a-z ]+ \d+\.\d\ds(?: .*)?", "self-test passed"),
    "demo": (r"\d+ ?%|演示诊所：.+|[^\t]+\t[^\t]+\t\d{6}", _COUNTS),
    "verify": (r"(?!)", r"没有发现问题。已核对：\S+ [\d,]+(?:，\S+ [\d,]+)*。"),
    "reconcile": (_WEEK, _WEEK + r"|文件：.+\.xlsx"),
}
SILENT = "window"


def surprises(command: str, lines: Sequence[str]) -> list[str]:
    """The lines `command` never says, and a word about its end when that is not there."""
    if command == SILENT:
        return list(lines)
    usual, last = SAYS[command]
    odd = [line for line in lines[:-1] if not re.fullmatch(usual, line)]
    if not lines or not re.fullmatch(last, lines[-1]):
        odd += [*lines[-1:], f"(that is not how {command} ends)"]
    elif command == "self-test" and len(lines) == 1:
        odd.append("(nothing was tried)")
    return odd
