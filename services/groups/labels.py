"""Labels of the clinic by dimension: what may hang on a person (R169–R173, R176, R178).

Labels are never deleted: one that is retired stays in the past of whoever carried it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from peewee import fn

from models.database import ClinicDatabase
from models.groups import Label, PersonLabel
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import Confirmable, RuleError
from services.groups.delicate import SENSITIVE, kind_title, notice, tells_of
from services.groups.saved import mark_again
from services.i18n import tr

LONGEST = 20
MOST_LABELS = 300
PRESETS = Path(__file__).parents[2] / "resources" / "labels.toml"
DELICATE = "delicate_label"  # the question before a label that tells of something protected
_CHANGED = Changes((Kind.GROUP, Kind.PERSON))


@dataclass(frozen=True)
class LabelRow:
    """A label. `sensitive` is '', 'health', 'minor' or 'own'; `alert`: told to whoever receives
    the person; `exclusive`: nobody carries two of its dimension; `people` carry it now."""

    id: int
    dimension: str
    name: str
    sensitive: str
    alert: bool
    exclusive: bool
    active: bool
    people: int


@dataclass(frozen=True)
class LabelSet:
    """A label was made, changed, retired or taken up again."""

    label_id: int
    changes: Changes


@dataclass(frozen=True)
class PresetsTaken:
    """How many of the shipped labels are new."""

    made: int
    changes: Changes


def labels(db: ClinicDatabase, *, health: bool, everything: bool = False) -> list[LabelRow]:
    """The labels in use in the order they were made, those of a dimension together; `everything`
    also the retired ones. Without `health` those about health are left out."""
    carried = (
        PersonLabel.select(PersonLabel.label_id, fn.COUNT(PersonLabel.id))
        .where(PersonLabel.until_on.is_null())
        .group_by(PersonLabel.label_id)
    )
    people = dict(db.rows(carried))
    rows = db.rows(_labels().order_by(Label.id))
    first: dict[str, int] = {}
    for label_id, dimension, *_ in rows:
        first.setdefault(dimension, label_id)
    rows.sort(key=lambda row: (first[row[1]], row[0]))
    found = [_row(row, people.get(row[0], 0)) for row in rows]
    return [
        each
        for each in found
        if (health or each.sensitive != "health") and (everything or each.active)
    ]


def label(db: ClinicDatabase, label_id: int) -> LabelRow:
    """One label, retired or not. Raises RuleError when there is none."""
    row = db.row(_labels().where(Label.id == label_id))
    if row is None:
        raise RuleError(tr("没有找到这个标签，请刷新后重新选择。"))
    return _row(row, 0)


def label_named(db: ClinicDatabase, words: str, *, health: bool) -> LabelRow:
    """The label in use called so, by its name or as '维度：名称'. Raises RuleError with what to
    write instead when there is none, or more than one."""
    plain = words.replace(":", "：").strip()
    fits = [
        each
        for each in labels(db, health=health)
        if plain in (each.name, f"{each.dimension}：{each.name}")
    ]
    if len(fits) == 1:
        return fits[0]
    if fits:
        sentence = tr("有几个标签都叫“{name}”，请写成 {full}。")
        full = "、".join(f"{each.dimension}：{each.name}" for each in fits)
        raise RuleError(sentence.format(name=plain, full=full))
    names = "、".join(each.name for each in labels(db, health=health))
    sentence = tr("没有“{name}”这个标签。可选：{names}。")
    raise RuleError(sentence.format(name=plain, names=names or tr("还没有标签")))


@command("label.presets", entity="label")
def take_presets(tx: Tx) -> PresetsTaken:
    """Take in the labels that come with the program, those that are not there yet."""
    made = _take(tx)
    tx.detail.update(made=made)
    return PresetsTaken(made, _CHANGED)


def take_up_presets(tx: Tx) -> int:
    """The shipped labels for a clinic that never had one, inside a command; what was retired is
    there still. Answers how many."""
    return 0 if tx.db.scalar(Label.select(Label.id).limit(1)) is not None else _take(tx)


def _take(tx: Tx) -> int:
    known = set(tx.db.rows(Label.select(Label.dimension, Label.name)))
    made = 0
    for each in shipped_labels():
        if (each["dimension"], each["name"]) not in known:
            values = {**each, "exclusive": _exclusive(tx.db, each["dimension"], each["exclusive"])}
            tx.db.insert(Label, **values, seq=tx.seq)
            made += 1
    return made


@cache
def shipped_labels() -> tuple[dict[str, Any], ...]:
    """The shipped labels as columns."""
    with PRESETS.open("rb") as file:
        dimensions = tomllib.load(file)["dimension"]
    return tuple(
        {
            "dimension": each["name"],
            "name": name,
            "sensitive": each.get("sensitive", ""),
            "alert": int(each.get("alert", False)),
            "exclusive": int(each.get("exclusive", False)),
        }
        for each in dimensions
        for name in each["labels"]
    )


@command("label.define", entity="label")
def define_label(
    tx: Tx,
    *,
    dimension: str,
    name: str,
    sensitive: str = "",
    alert: bool = False,
    exclusive: bool = False,
) -> LabelSet:
    """Make a label. In a dimension that is there already it is exclusive as the others are.

    Asks `delicate_label` for a name that tells of health, minors, or what a clinic should not
    sort people by, and marks the label so. Raises RuleError for a name that is empty, too long
    or taken, and for too many labels.
    """
    dimension, name = _words(dimension, name)
    _check_free(tx.db, dimension, name)
    if tx.db.scalar(Label.select(fn.COUNT(Label.id)).where(Label.active == 1)) >= MOST_LABELS:
        raise RuleError(tr("已有 {n} 个标签，请先停用不再用的。").format(n=MOST_LABELS))
    marked = _marked(tx, dimension, name, sensitive)
    label_id = tx.db.insert(
        Label,
        dimension=dimension,
        name=name,
        sensitive=marked,
        alert=int(alert),
        exclusive=_exclusive(tx.db, dimension, int(exclusive)),
        seq=tx.seq,
    )
    tx.about(label_id, sensitive=marked, alert=alert)
    return LabelSet(label_id, _CHANGED)


@command("label.change", entity="label")
def change_label(
    tx: Tx,
    *,
    label_id: int,
    dimension: str,
    name: str,
    sensitive: str,
    alert: bool,
    exclusive: bool,
) -> LabelSet:
    """Rename or re-mark a label; `exclusive` goes for its whole dimension. Who carries it keeps
    it. Asks and refuses as `define_label` does, and refuses to make a dimension exclusive, or
    to move a label into an exclusive one, while somebody carries two of it."""
    label(tx.db, label_id)
    dimension, name = _words(dimension, name)
    _check_free(tx.db, dimension, name, label_id)
    marked = _marked(tx, dimension, name, sensitive)
    tx.db.write(
        Label.update(
            dimension=dimension, name=name, sensitive=marked, alert=int(alert), seq=tx.seq
        ).where(Label.id == label_id)
    )
    if exclusive:
        _check_single(tx.db, dimension)
    tx.db.write(Label.update(exclusive=int(exclusive)).where(Label.dimension == dimension))
    mark_again(tx)
    tx.about(label_id, sensitive=marked, alert=alert, exclusive=exclusive)
    return LabelSet(label_id, _CHANGED)


@command("label.retire", entity="label")
def retire_label(tx: Tx, *, label_id: int, retired: bool = True) -> LabelSet:
    """Offer a label no longer, or again. Who carries it keeps it until it is taken off."""
    if label(tx.db, label_id).active is not retired:
        words = tr("这个标签已经停用，请刷新。") if retired else tr("这个标签正在使用，请刷新。")
        raise RuleError(words)
    tx.db.write(Label.update(active=int(not retired), seq=tx.seq).where(Label.id == label_id))
    tx.about(label_id, active=not retired)
    return LabelSet(label_id, _CHANGED)


def _labels() -> Any:
    return Label.select(
        Label.id,
        Label.dimension,
        Label.name,
        Label.sensitive,
        Label.alert,
        Label.exclusive,
        Label.active,
    )


def _row(row: tuple[Any, ...], people: int) -> LabelRow:
    label_id, dimension, name, sensitive, alert, exclusive, active = row
    return LabelRow(
        label_id, dimension, name, sensitive, bool(alert), bool(exclusive), bool(active), people
    )


def _words(dimension: str, name: str) -> tuple[str, str]:
    kept = []
    for words, title in ((dimension, tr("维度")), (name, tr("标签名称"))):
        plain = " ".join(words.split())
        if not plain or len(plain) > LONGEST:
            sentence = tr("请填写{what}，最多 {n} 个字。")
            raise RuleError(sentence.format(what=title, n=LONGEST))
        kept.append(plain)
    return kept[0], kept[1]


def _check_free(db: ClinicDatabase, dimension: str, name: str, own: int | None = None) -> None:
    row = db.row(
        Label.select(Label.id, Label.active).where(
            (Label.dimension == dimension) & (Label.name == name)
        )
    )
    if row is None or row[0] == own:
        return
    sentence = tr("“{dimension}”里已有标签“{name}”，请换个名称。")
    if not row[1]:
        sentence = tr("“{dimension}”里有一个已停用的标签“{name}”，请重新启用它。")
    raise RuleError(sentence.format(dimension=dimension, name=name))


def _marked(tx: Tx, dimension: str, name: str, wanted: str) -> str:
    """How a label is marked: as wanted, or as its words tell once that was agreed to."""
    if wanted not in SENSITIVE:
        raise RuleError(tr("请选择这个标签是否敏感。"))
    told = tells_of(f"{dimension} {name}")
    if not told or told == wanted:
        return wanted
    if f"{DELICATE}:{told}" not in tx.confirmed:
        raise Confirmable(f"{DELICATE}:{told}", notice(told))
    return told


def _exclusive(db: ClinicDatabase, dimension: str, wanted: int) -> int:
    """As the others of the dimension are, as wanted when it is new."""
    found = db.scalar(Label.select(Label.exclusive).where(Label.dimension == dimension).limit(1))
    return wanted if found is None else int(found)


def _check_single(db: ClinicDatabase, dimension: str) -> None:
    twice = (
        PersonLabel.select(PersonLabel.person_id)
        .join(Label, on=(Label.id == PersonLabel.label_id))
        .where((Label.dimension == dimension) & PersonLabel.until_on.is_null())
        .group_by(PersonLabel.person_id)
        .having(fn.COUNT(PersonLabel.id) > 1)
    )
    count = int(twice.count(db))
    if count:
        sentence = tr(
            "有 {n} 位顾客同时有“{dimension}”的几个标签，请先取下多余的，再设为只能一个。"
        )
        raise RuleError(sentence.format(n=count, dimension=dimension))


def full_name(row: LabelRow) -> str:
    """'特殊需求：孕妇(健康)'."""
    kind = kind_title(row.sensitive)
    return f"{row.dimension}：{row.name}" + (f"({kind})" if kind else "")
