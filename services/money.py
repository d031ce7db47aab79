"""Money is integer fen; people read and type yuan."""

from __future__ import annotations

import re

from services.errors import RuleError
from services.i18n import tr

_YUAN = re.compile(r"\d{1,9}(\.\d{1,2})?")
_FULL_WIDTH = {0xFEE0 + ord(c): c for c in "0123456789.,"}


def parse_yuan(text: str) -> int:
    """Fen of an amount typed in yuan ('860', '1,234.5', '¥860', full-width digits).

    Raises RuleError for anything else; never rounds and never goes through a float.
    """
    cleaned = text.translate(_FULL_WIDTH).replace(",", "").strip()
    cleaned = cleaned.removeprefix("\u00a5").removeprefix("\uffe5").removesuffix("元").strip()
    if not _YUAN.fullmatch(cleaned):
        raise RuleError(tr("金额写成数字，最多两位小数，例如 860 或 860.50。"))
    whole, _, part = cleaned.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def yuan(fen: int) -> str:
    """'1,234.50'; whole yuan lose the decimals: '860'."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    whole, part = divmod(fen, 100)
    return f"{sign}{whole:,}" + (f".{part:02d}" if part else "")
