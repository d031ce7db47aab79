"""What has to come with the program wherever it is installed: the self-test's look at it.

A frozen program is a copy of files chosen by rules. Each step here asks for something that such
a rule may have left out, or that another system may not bring. Nothing needs an open clinic.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from models import clinic_file, keys, schema
from models.vault import DpapiVault, system_vault
from services.clinic import open_clinic
from services.clock import Clock
from services.selftest import MemoryVault, Step, expect

_HOLDER = "self-test"


def steps(folder: Path, clock: Clock) -> list[Step]:
    """The steps, in their order; `folder` is an empty one that is thrown away afterwards."""
    return [
        ("programmes", programmes),
        ("lists", lambda: lists(clock)),
        ("numbers", numbers),
        ("vault", lambda: vault(folder)),
        ("migrations", lambda: migrations(folder, clock)),
        ("roster", lambda: roster(folder)),
    ]


def programmes() -> str:
    """Every shipped scheme is there, can be read, and can be said aloud."""
    from services.programmes.registry import PRESETS, preset, preset_names
    from services.programmes.sentences import describe

    names = preset_names()
    expect(len(list(PRESETS.glob("*.toml"))) == len(names), "a file for every scheme")
    for name in names:
        expect(describe(preset(name)), "a scheme says something")
    return f"{len(names)} schemes"


def lists(clock: Clock) -> str:
    """Follow-up plans, labels, duties, days off."""
    from services.duties.presets import presets
    from services.followups.plan_presets import plan_presets
    from services.gifts.appointment import moved_appointments, shipped_calendar
    from services.groups.labels import shipped_labels

    plans, duties, labels = plan_presets(), presets(), shipped_labels()
    expect(plans and duties and labels, "plans, duties and labels are there")
    moved_appointments(shipped_calendar(), clock.today())
    return f"{len(plans)} plans, {len(labels)} labels, {len(duties)} duties"


def numbers() -> str:
    """Documents, telephones, readings of names and the lunar calendar: tables of others."""
    from services.people.identity import check_id, check_phone
    from services.people.lunar import LunarDate, solar_day
    from services.people.pinyin import full_pinyin

    document = check_id("11010519491231002X")
    expect(document.birthday == "1949-12-31" and not document.warning, "an ID number is read")
    expect(check_id("110105194912310021").warning, "a wrong ID number is noticed")
    phone = check_phone("+852 6123 4567")
    expect(phone.number == "+85261234567" and not phone.error, "a telephone number is read")
    expect(check_phone("自检").error, "a wrong telephone number is noticed")
    expect(full_pinyin("单自检") == "shan zi jian", "a name is read")
    expect(solar_day(LunarDate(8, 15), 2026) == "2026-09-25", "a lunar day is found")
    return ""


def vault(folder: Path) -> str:
    """Where this PC would keep its half of the key; nothing of that is touched."""
    if sys.platform == "win32":  # pragma: no cover - tried under wine and on a real PC
        kept = DpapiVault(folder / "vault")
        kept.set("trial", b"half of a key")
        expect(kept.get("trial") == b"half of a key", "Windows gives back what it protects")
        stored = (folder / "vault" / "trial.key").read_bytes()
        expect(b"half of a key" not in stored, "Windows protects it")
    else:
        import_module("secretstorage")
        import_module("keyring.backends.SecretService")
    return type(system_vault()).__name__


def migrations(folder: Path, clock: Clock) -> str:
    """A clinic of every older schema, made by its own scripts, is kept and brought up to date."""
    latest = schema.latest_version()
    for version in range(1, latest):
        place, kept = folder / f"schema-{version}", MemoryVault()
        code = keys.new_recovery_code()
        clinic_file.create_file(place, kept, code, _HOLDER, version).close()
        opened = open_clinic(place, clock, holder=_HOLDER, vault=kept)
        try:
            expect(schema.version_of(opened.db) == latest, "the schema is the newest")
            same = schema.schema_text(opened.db) == schema.expected_schema_text()
            expect(same, "a migrated schema is the same as a new one")
        finally:
            opened.close()
        expect(any(place.glob("backups/*")), "the older file was kept")
    return f"1–{latest - 1} to {latest}"


def roster(folder: Path) -> str:
    """A workbook is read in a process of its own, which a frozen program starts from itself."""
    from openpyxl import Workbook

    from services.roster.reading import read_roster

    book = Workbook()
    sheet = book.active
    expect(sheet is not None, "a new workbook has a sheet")
    if sheet is not None:
        sheet.append(["姓名", "手机号"])
        sheet.append(["单自检", "13800138000"])
    path = folder / "roster.xlsx"
    book.save(path)
    table = read_roster(path)
    expect(len(table.rows) == 1, "the row was read")
    return f"{len(table.headers)} columns"
