"""What is typed about a person, checked and filled in before anything is written.

`check_form` is pure: the window calls it while somebody types, the commands call it again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from services.clock import is_date
from services.i18n import tr
from services.people.birthdays import age_on
from services.people.identity import (
    ID_TYPES,
    RESIDENT,
    check_id,
    check_phone,
    clean_text,
    parse_date,
)
from services.people.pinyin import full_pinyin, tidy

GUARDIAN_BELOW = 14  # 个保法 31 条


@dataclass(frozen=True)
class PersonForm:
    """The fields of a person as typed or as stored; `sex` is '', 'F' or 'M'."""

    name: str = ""
    sex: str = ""
    birthday: str | None = None
    id_type: str = RESIDENT
    id_number: str = ""
    id_absent_reason: str = ""
    phone: str = ""
    phone_alt: str = ""
    address: str = ""
    guardian_name: str = ""
    guardian_relation: str = ""
    guardian_phone: str = ""
    source: str = ""
    referrer_id: int | None = None
    doctor_id: int | None = None
    note: str = ""
    pinyin: str = ""


FORM_FIELDS = tuple(field.name for field in fields(PersonForm))


@dataclass(frozen=True)
class FieldIssue:
    """Something about one field, said so that the desk knows what to do."""

    field: str
    sentence: str


@dataclass(frozen=True)
class FormCheck:
    """The normalised and filled form, what forbids saving, and what deserves a second look."""

    form: PersonForm
    errors: tuple[FieldIssue, ...] = ()
    warnings: tuple[FieldIssue, ...] = ()

    @property
    def lacks_phone(self) -> bool:
        """No number to reach anybody by: asked once before saving."""
        return not (self.form.phone or self.form.phone_alt or self.form.guardian_phone)


class _Issues:
    def __init__(self) -> None:
        self.errors: list[FieldIssue] = []
        self.warnings: list[FieldIssue] = []

    def error(self, field: str, sentence: str) -> None:
        self.errors.append(FieldIssue(field, sentence))

    def warn(self, field: str, sentence: str) -> None:
        self.warnings.append(FieldIssue(field, sentence))


def check_form(form: PersonForm, today: str) -> FormCheck:
    """Normalise a form, fill birthday, sex and pinyin, and judge it as of `today` (ISO).

    Errors: no name, no real date, a birthday after today, a phone without digits, under 14
    without a guardian (4.4.4). Warnings: an ID number that fails its check or disagrees with
    birthday or sex, an odd phone number.
    """
    issues = _Issues()
    values: dict[str, Any] = {
        name: clean_text(getattr(form, name))
        for name in (
            "name",
            "id_absent_reason",
            "address",
            "guardian_name",
            "guardian_relation",
            "source",
        )
    }
    if not values["name"]:
        issues.error("name", tr("请填写姓名。"))
    if form.sex not in ("", "F", "M"):
        issues.error("sex", tr("性别请选男或女，不清楚可以留空。"))
    for name, title in _phone_titles().items():
        checked = check_phone(getattr(form, name))
        values[name] = checked.number
        if checked.error:
            issues.error(name, title + checked.error)
        elif checked.warning:
            issues.warn(name, title + checked.warning)
    birthday = _birthday(form, today, issues)
    found = check_id(form.id_number, form.id_type, today)
    if form.id_type not in ID_TYPES:
        issues.error("id_type", tr("证件类型不在名单里，请重新选择。"))
    if found.warning:
        issues.warn("id_number", found.warning)
    if found.number:
        values["id_absent_reason"] = ""
    sex = form.sex or found.sex
    _compare(found.birthday, found.sex, birthday, sex, issues)
    birthday = birthday or found.birthday
    if birthday and birthday <= today and age_on(birthday, today) < GUARDIAN_BELOW:
        _check_guardian(values, issues)
    filled = replace(
        form,
        **values,
        sex=sex,
        birthday=birthday,
        id_number=found.number,
        note=form.note.strip(),
        pinyin=tidy(form.pinyin) or full_pinyin(values["name"]),
    )
    return FormCheck(filled, tuple(issues.errors), tuple(issues.warnings))


def _phone_titles() -> dict[str, str]:
    return {
        "phone": tr("手机："),
        "phone_alt": tr("备用电话："),
        "guardian_phone": tr("监护人电话："),
    }


def _birthday(form: PersonForm, today: str, issues: _Issues) -> str | None:
    typed = (form.birthday or "").strip()
    if not typed:
        return None
    found = typed if is_date(typed) else parse_date(typed)
    if found is None:
        issues.error("birthday", tr("出生日期请写成 1990-05-15 这样的真实日期。"))
    elif found > today:
        issues.error("birthday", tr("出生日期在今天之后，请检查。"))
    elif found < "1900-01-01":
        issues.warn("birthday", tr("出生日期早于 1900 年，请检查。"))
    return found


def _compare(
    id_birthday: str | None, id_sex: str, birthday: str | None, sex: str, issues: _Issues
) -> None:
    if id_birthday and birthday and id_birthday != birthday:
        issues.warn("birthday", tr("出生日期与身份证号里的不一致，请对照证件。"))
    if id_sex and sex and id_sex != sex:
        issues.warn("sex", tr("性别与身份证号里的不一致，请对照证件。"))


def _check_guardian(values: dict[str, Any], issues: _Issues) -> None:
    sentence = tr("未满 14 岁，请填写监护人的姓名、关系和电话。")
    for name in ("guardian_name", "guardian_relation", "guardian_phone"):
        if not values[name]:
            issues.error(name, sentence)
