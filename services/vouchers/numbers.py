"""The number of a voucher: QK and ten digits, the last of which proves the others.

A scanner types it, and so does a hand; a digit that went wrong or two that changed places are
noticed before anybody is looked up.
"""

from __future__ import annotations

import re
import unicodedata

from services.errors import RuleError
from services.i18n import tr

PREFIX = "QK"
_SHAPE = re.compile(r"(?:QK)?(\d{10})")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)  # twice a digit, its two digits added up


def make_number(seq: int) -> str:
    """The number of the voucher that the command `seq` made."""
    digits = f"{seq:09d}"
    return f"{PREFIX}{digits}{_check_digit(digits)}"


def read_number(text: str) -> str:
    """A typed or scanned number as it is stored: case, width, blanks and hyphens do not matter,
    and the letters may be left out. Raises RuleError for what is none, or mistyped."""
    plain = re.sub(r"[\s\-_·]", "", unicodedata.normalize("NFKC", text)).upper()
    found = _SHAPE.fullmatch(plain)
    if found is None:
        raise RuleError(tr("项目卡号是 QK 加 10 位数字，请重新扫卡，或照卡上的号码再输一遍。"))
    digits = found.group(1)
    if _check_digit(digits[:9]) != digits[9]:
        raise RuleError(
            tr("卡号 {number} 有一位不对，请照卡上的号码再输一遍。").format(number=plain)
        )
    return PREFIX + digits


def _check_digit(digits: str) -> str:
    """The Luhn digit of the digits before it."""
    total = sum(
        _DOUBLED[int(digit)] if place % 2 == 0 else int(digit)
        for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)
