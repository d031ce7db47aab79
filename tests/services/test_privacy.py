"""Masks, fingerprints and the logged look (4.4.15). All people and numbers are made up."""

from __future__ import annotations

import msgspec
import pytest

from models.system import Audit
from services.clinic import Clinic
from services.commands import Session
from services.errors import RuleError
from services.people.enrolment import PersonForm, enrol
from services.people.privacy import (
    fingerprint,
    mask,
    mask_address,
    mask_id,
    mask_name,
    mask_phone,
    reveal,
    surname_of,
)

SECRET = "13800138000"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王芳", "王*"),
        ("王小明", "王**"),
        ("欧阳锋", "欧阳*"),
        ("欧阳", "欧*"),
        ("司马相如", "司马**"),
        ("区", "区*"),
        ("John Smith", "J***"),
        ("Zoë", "Z***"),
        ("", ""),
    ],
)
def test_names_keep_the_surname(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        (SECRET, "138****8000"),
        ("0571-87654321", "057******4321"),
        ("87654321", "876***21"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_phones_keep_three_and_four(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("11010519491231002X", "110105********002X"),
        ("E12345678", "E*******8"),
        ("A1", "**"),
        ("", ""),
    ],
)
def test_documents_keep_six_and_four(number: str, masked: str) -> None:
    assert mask_id(number) == masked


def test_addresses_end_at_the_district() -> None:
    assert mask_address("某某市某某区某某路1号") == "某某市某某区…"
    assert mask_address("某某市") == "某某市"


def test_every_field_has_its_mask() -> None:
    assert mask("guardian_name", "王芳") == "王*"
    assert mask("guardian_phone", SECRET) == "138****8000"
    assert mask("id_number", "A1") == "**"
    assert mask("address", "某某市某某区某某路") == "某某市某某区…"
    assert mask("source", "网络") == "网络"


def test_compound_surnames_need_a_given_name() -> None:
    assert surname_of("欧阳锋") == "欧阳"
    assert surname_of("欧阳") == "欧"


def test_e65_a_fingerprint_is_the_same_for_the_same_value_only(clinic: Clinic) -> None:
    first = fingerprint(clinic, "phone", SECRET)
    assert first == fingerprint(clinic, "phone", SECRET)
    assert first != fingerprint(clinic, "phone", "13800138001")
    assert first != fingerprint(clinic, "phone_alt", SECRET)
    assert SECRET not in first


def test_a_look_is_answered_and_on_record_without_the_value(frontdesk: Session) -> None:
    person = enrol(frontdesk, form=PersonForm(name="王芳", phone=SECRET))
    assert reveal(frontdesk, person_id=person.person_id, field="phone") == SECRET
    row = frontdesk.db.row(
        Audit.select(Audit.action, Audit.entity_id, Audit.detail, Audit.result).order_by(
            Audit.seq.desc()
        )
    )
    assert row is not None
    assert row[:2] == ("person.reveal", person.person_id)
    assert msgspec.json.decode(row[2]) == {"field": "phone"}
    assert SECRET not in row[3]


def test_a_look_at_nobody_or_at_a_plain_field_is_refused(frontdesk: Session) -> None:
    with pytest.raises(RuleError, match="没有找到"):
        reveal(frontdesk, person_id=99, field="phone")
    with pytest.raises(RuleError, match="不需要"):
        reveal(frontdesk, person_id=99, field="pin_hash")


def test_marketing_may_not_look(frontdesk: Session, marketing: Session) -> None:
    person = enrol(frontdesk, form=PersonForm(name="王芳", phone=SECRET))
    with pytest.raises(RuleError, match="权限"):
        reveal(marketing, person_id=person.person_id, field="phone")
