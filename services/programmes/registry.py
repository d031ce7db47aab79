"""Programmes of a clinic: shipped presets, signed versions, and which one was in force when."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from models.database import ClinicDatabase
from models.programmes import Programme as ProgrammeTable
from models.programmes import ProgrammeVersion
from models.query import Prepared, slot
from services.commands import Tx
from services.errors import RuleError
from services.i18n import tr
from services.programmes.definition import Programme, from_json, from_toml, to_json

PRESETS = Path(__file__).parents[2] / "resources" / "programmes"
_BEGINNING = "1900-01-01"
_IN_A_NAME = re.compile(r"[\s·/]")
_PRESET_NAMES = (
    "医院方案A",
    "医院方案B",
    "卡通三级",
    "缴费会员",
    "VIP四级",
    "黄金白银",
    "三级积分",
    "自选等级",
    "生日当月",
    "体检/矫正会员",
    "付费期限",
    "专属医生",
    "入会礼",
    "时间型 · 项目型 · 访问型",
    "年费三档",
    "普通银金",
    "银金钻付费",
    "诊所付费",
    "挂号即会员",
    "空白",
)

_SIGNED = Prepared(
    lambda: (
        ProgrammeVersion.select(
            ProgrammeVersion.programme_id,
            ProgrammeVersion.id,
            ProgrammeVersion.valid_from,
            ProgrammeVersion.scope,
        )
        .join(ProgrammeTable, on=(ProgrammeTable.id == ProgrammeVersion.programme_id))
        .where(ProgrammeTable.state == slot("state"))
        .order_by(
            ProgrammeVersion.programme_id, ProgrammeVersion.valid_from, ProgrammeVersion.number
        )
    ),
    steady=(ProgrammeVersion, ProgrammeTable),
)
_DEFINITION = Prepared(
    lambda: ProgrammeVersion.select(ProgrammeVersion.definition).where(
        ProgrammeVersion.id == slot("id")
    ),
    steady=(ProgrammeVersion,),
)


@dataclass(frozen=True)
class Version:
    """A signed version: from which day it is in force, what it says, and for whom: `scope` 'all',
    or 'new' for those who join under it."""

    id: int
    valid_from: str
    programme: Programme
    scope: str = "all"


@dataclass(frozen=True)
class Timeline:
    """The signed versions of one programme, oldest first, as they apply to the clinic or, with
    the days on which somebody `joined`, to that person (E41)."""

    programme_id: int
    versions: tuple[Version, ...]
    joined: tuple[str, ...] = ()

    @cached_property
    def spans(self) -> tuple[tuple[str, ...], tuple[Version, ...]]:
        """The days from which another version applies, and these versions. One signed for new
        members only applies once somebody joined under it, and leaves those before on the rules
        they joined under."""
        days = sorted({version.valid_from for version in self.versions} | set(self.joined))
        found: list[tuple[str, Version]] = []
        for day in days:
            version = self._applies(day)
            if not found or version is not found[-1][1]:
                found.append((day, version))
        return tuple(day for day, _ in found), tuple(version for _, version in found)

    def _applies(self, day: str) -> Version:
        since = max((each for each in self.joined if each <= day), default=self._first_joined)
        known = [v for v in self.versions if v.valid_from <= day]
        for version in reversed(known):
            if version.scope == "all" or not since or version.valid_from <= since:
                return version
        return self.versions[0]

    @property
    def _first_joined(self) -> str:
        return min(self.joined, default="")

    def at(self, day: str) -> Version:
        """The version in force on `day`; the first one reaches back before its date (E12)."""
        starts, versions = self.spans
        return versions[max(bisect_right(starts, day) - 1, 0)]

    def starts(self, day: str) -> bool:
        """Whether another version comes into force on `day`."""
        return day in self.spans[0][1:]

    def next_start(self, day: str) -> str:
        """The first day after `day` on which another version comes into force (E41)."""
        days = [start for start in self.spans[0][1:] if start > day]
        return min(days, default="9999-12-31")

    @property
    def for_everybody(self) -> bool:
        """Whether every version applies to everybody, whenever they joined."""
        return all(version.scope == "all" for version in self.versions)

    def for_member(self, *joined: str | None) -> Timeline:
        """The versions as they apply to somebody who joined on these days, each time anew;
        None stands for nobody's day."""
        days = tuple(sorted(day for day in joined if day is not None))
        if not days or self.for_everybody:
            return self
        first, *later = self.versions
        kept = (v for v in later if v.scope == "all" or v.valid_from <= days[-1])
        return Timeline(self.programme_id, (first, *kept), days)

    @property
    def name(self) -> str:
        """The programme's name."""
        return self.versions[-1].programme.name


def preset_names() -> list[str]:
    """The names of the shipped presets, as they stand in the files, in the order to offer them."""
    return list(_PRESET_NAMES)


def preset(name: str) -> Programme:
    """A shipped preset; the blanks, dots and slashes of its name may be left out, as on a command
    line. Raises RuleError with the choices when there is none of that name."""
    wanted = _IN_A_NAME.sub("", name)
    found = next((each for each in _PRESET_NAMES if _IN_A_NAME.sub("", each) == wanted), None)
    if found is None:
        sentence = tr("没有“{name}”这个方案。可选：{names}。")
        raise RuleError(sentence.format(name=name, names="、".join(_PRESET_NAMES)))
    path = PRESETS / f"{found.replace('/', '')}.toml"
    return from_toml(path.read_text(encoding="utf-8"))


def sign_version(
    tx: Tx, programme: Programme, valid_from: str, note: str = "", scope: str = "all"
) -> int:
    """Keep a programme as a new immutable version in force from a day; answers its id.

    Whether it may be signed at all is asked by `services.programmes.signing`.
    """
    found = tx.db.row(
        ProgrammeTable.select(ProgrammeTable.id).where(ProgrammeTable.name == programme.name)
    )
    programme_id = (
        found[0] if found else tx.db.insert(ProgrammeTable, name=programme.name, state="active")
    )
    numbers = ProgrammeVersion.select(ProgrammeVersion.number).where(
        ProgrammeVersion.programme_id == programme_id
    )
    number = max((row[0] for row in tx.db.rows(numbers)), default=0) + 1
    return tx.db.insert(
        ProgrammeVersion,
        programme_id=programme_id,
        number=number,
        valid_from=valid_from,
        definition=to_json(programme),
        note=note,
        seq=tx.seq,
        scope=scope,
        signed_by=tx.actor.id,
    )


def timelines(db: ClinicDatabase, state: str = "active") -> list[Timeline]:
    """The active (or 'retired') programmes with their versions. Definitions are parsed once per
    process."""
    signed = tuple((*row, _text(db, row[1])) for row in _SIGNED.rows(db, state=state))
    return list(_timelines(signed))


@lru_cache(maxsize=16)
def _timelines(signed: tuple[tuple[int, int, str, str, str], ...]) -> tuple[Timeline, ...]:
    by_programme: dict[int, list[Version]] = {}
    for programme_id, version_id, valid_from, scope, definition in signed:
        version = Version(version_id, valid_from, _parsed(definition), scope)
        by_programme.setdefault(programme_id, []).append(version)
    return tuple(Timeline(pid, tuple(versions)) for pid, versions in by_programme.items())


def every_timeline(db: ClinicDatabase) -> list[Timeline]:
    """All programmes with their versions: those in use first, then the retired ones."""
    return [each for state in ("active", "retired") for each in timelines(db, state)]


def main_timeline(db: ClinicDatabase) -> Timeline:
    """The clinic's first active programme: what the desk means when it names none."""
    return timelines(db)[0]


def version(db: ClinicDatabase, version_id: int) -> Programme:
    """What a signed version says."""
    return _definition(db, version_id)


@lru_cache(maxsize=256)
def _parsed(definition: str) -> Programme:
    return from_json(definition)


def _definition(db: ClinicDatabase, version_id: int) -> Programme:
    return _parsed(_text(db, version_id))


def _text(db: ClinicDatabase, version_id: int) -> str:
    row = _DEFINITION.row(db, id=version_id)
    if row is None:
        raise LookupError(version_id)
    return str(row[0])
