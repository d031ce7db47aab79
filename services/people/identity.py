"""What a typed ID number, phone or date means.

A failed check of an ID number warns and never blocks (front-desk.md 4.1): old documents and
misread digits exist, and the patient is standing there. python-stdnum and phonenumbers do the
knowing; they are loaded when first needed because the window must open without them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from services.i18n import tr

RESIDENT = "resident"
HKMT_PERMIT = "hkmt_permit"
PASSPORT = "passport"
OTHER = "other"
ID_TYPES = (RESIDENT, HKMT_PERMIT, PASSPORT, OTHER)

_X_LOOKALIKES = str.maketrans({"×": "X", "х": "X", "Х": "X", "✕": "X", "Χ": "X"})
_SEPARATORS = re.compile(r"[\s\-·.'’_]+")
_SHAPES = {
    HKMT_PERMIT: re.compile(r"[HM]\d{8}(\d{2})?|\d{8}|[A-Z]\d{8}"),
    PASSPORT: re.compile(r"[A-Z0-9]{5,20}"),
}
_PERMIT_REGIONS = ("81", "82", "83")  # 港澳台居民居住证: same make, regions the list lacks

_EXTENSION = re.compile(r"(?:转|分机|ext\.?|#)\s*(\d{1,6})\s*$", re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9]\d{9}")

_DATE_PARTS = re.compile(r"(\d{4})[-./年\s](\d{1,2})[-./月\s](\d{1,2})日?号?")
_DATE_PLAIN = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True)
class IdCheck:
    """A normalised document number and what it tells. `warning` is '' when nothing is odd."""

    number: str
    birthday: str | None = None
    sex: str = ""
    warning: str = ""


@dataclass(frozen=True)
class PhoneCheck:
    """A phone as stored ('13800138000', '0571-87654321', '+85261234567').

    `error` means it is no phone at all; `warning` means keep it but look again.
    """

    number: str
    warning: str = ""
    error: str = ""


def id_type_title(id_type: str) -> str:
    """The document type as the desk calls it."""
    return {
        RESIDENT: tr("居民身份证"),
        HKMT_PERMIT: tr("港澳台通行证/居住证"),
        PASSPORT: tr("护照"),
        OTHER: tr("其他证件"),
    }[id_type]


def clean_text(text: str) -> str:
    """Full-width forms folded, inner runs of blanks made one, ends trimmed."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


# -- documents -----------------------------------------------------------------------------


def check_id(text: str, id_type: str = RESIDENT, today: str | None = None) -> IdCheck:
    """Normalise a document number and read birthday and sex from it (GB 11643-1999).

    15 digits become 18. `today` (ISO) lets a birthday in the future be noticed. Never raises: what
    does not check keeps the number as typed and carries a warning.
    """
    folded = unicodedata.normalize("NFKC", text).upper().translate(_X_LOOKALIKES)
    number = _SEPARATORS.sub("", folded)
    if not number:
        return IdCheck("")
    permit_18 = id_type == HKMT_PERMIT and len(number) == 18
    if id_type == RESIDENT or permit_18:
        return _check_resident(number, today)
    shape = _SHAPES.get(id_type)
    if shape is not None and not shape.fullmatch(number):
        sentence = tr("{title}号码的样子不对，请对照证件再看一遍。")
        return IdCheck(number, warning=sentence.format(title=id_type_title(id_type)))
    return IdCheck(number)


def _check_resident(typed: str, today: str | None) -> IdCheck:
    from stdnum.cn import ric
    from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

    number = typed
    if len(typed) == 15 and typed.isascii() and typed.isdigit():
        # 15 digits carry no check digit and a year of the 20th century
        number = typed[:6] + "19" + typed[6:]
        number += ric.calc_check_digit(number + "0")
    warning = ""
    try:
        ric.validate(number)
    except InvalidChecksum:
        return IdCheck(typed, warning=tr("身份证号末位校验不符，请对照证件再看一遍。"))
    except InvalidComponent:
        if _birth(number) is None:
            return IdCheck(typed, warning=tr("身份证号里的出生日期不存在，请对照证件再看一遍。"))
        if not number.startswith(_PERMIT_REGIONS):
            warning = tr("身份证号前六位的地区不在名录里，请对照证件再看一遍。")
    except ValidationError:
        return IdCheck(typed, warning=tr("身份证号应为 18 位(或旧式 15 位)，请对照证件再看一遍。"))
    birthday = _birth(number)
    if birthday is not None and today is not None and birthday > today:
        return IdCheck(number, warning=tr("身份证号里的出生日期在今天之后，请对照证件再看一遍。"))
    return IdCheck(number, birthday, "M" if int(number[16]) % 2 else "F", warning)


def _birth(number: str) -> str | None:
    return iso_date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


# -- phones --------------------------------------------------------------------------------


def check_phone(text: str) -> PhoneCheck:
    """Normalise a phone: mobile, landline with area code, +86, foreign; blanks and dashes go.

    An invalid number warns; one without any digit is an error (P: the same number on several
    people is normal and never refused).
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    if not folded:
        return PhoneCheck("")
    if not any(char.isdigit() for char in folded):
        return PhoneCheck(folded, error=tr("电话里没有数字，请重新填写。"))
    extension = _EXTENSION.search(folded)
    if extension:
        folded = folded[: extension.start()]
    compact = re.sub(r"[^\d+]", "", folded)
    plain = re.sub(r"^(\+86|0086)", "", compact)
    if _MOBILE.fullmatch(plain) and not extension:
        return PhoneCheck(plain, warning="" if _mobile_exists(plain[:5]) else _phone_warning())
    return _check_other(compact, extension.group(1) if extension else "")


@lru_cache(maxsize=4096)
def _mobile_exists(first_five: str) -> bool:
    # The numbering plan tells a mobile by its first five digits at most; a roster of 50,000
    # numbers asks phonenumbers once for each of those.
    import phonenumbers

    return phonenumbers.is_valid_number(phonenumbers.parse(first_five + "000000", "CN"))


def _check_other(compact: str, extension: str) -> PhoneCheck:
    import phonenumbers

    tail = f"转{extension}" if extension else ""
    try:
        parsed = phonenumbers.parse(compact, "CN")
    except phonenumbers.NumberParseException:
        return PhoneCheck(compact + tail, warning=_phone_warning())
    valid = phonenumbers.is_valid_number(parsed)
    warning = "" if valid else _phone_warning()
    if parsed.country_code != 86:
        return PhoneCheck(
            phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) + tail, warning
        )
    if not valid:
        return PhoneCheck(compact + tail, warning)
    national = str(parsed.national_number)
    area = phonenumbers.length_of_geographical_area_code(parsed)
    if area:
        return PhoneCheck(f"0{national[:area]}-{national[area:]}{tail}")
    return PhoneCheck(national + tail)


def _phone_warning() -> str:
    return tr("电话号码的样子不对(座机请带区号)，请再看一遍。")


# -- dates ---------------------------------------------------------------------------------


def iso_date(year: int, month: int, day: int) -> str | None:
    """'YYYY-MM-DD' of a real date, else None."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def parse_date(text: str) -> str | None:
    """ISO date of 19900515, 1990-5-15, 1990.5.15, 1990/5/15, 1990年5月15日; None otherwise."""
    folded = unicodedata.normalize("NFKC", text).strip()
    found = _DATE_PARTS.fullmatch(folded) or _DATE_PLAIN.fullmatch(folded)
    if found is None:
        return None
    return iso_date(*(int(part) for part in found.groups()))
