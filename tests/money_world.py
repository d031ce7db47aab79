"""People, programmes and books for tests of money, points and tiers."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
from peewee import JOIN, fn

from models.ledgers import PointsAllocation, PointsEntry
from services.clinic import Clinic
from services.commands import Actor, Session, Tx
from services.loyalty.membership import join
from services.loyalty.money_events import ReceiptPosted
from services.loyalty.receipts import post_receipt
from services.loyalty.standing import StandingRow, rebuild, standing_of
from services.programmes.definition import Programme
from services.programmes.evaluate import evaluate
from services.programmes.registry import main_timeline, preset, sign_version, timelines
from tests.conftest import STAFF
from tests.gift_world import add_person, in_command

ROLE_IDS = {"director": 1, "frontdesk": 2, "billing": 3, "marketing": 4, "member_admin": 5}
_numbers = itertools.count(1)


def session_of(clinic: Clinic, role: str) -> Session:
    """A session without the cost of a PIN."""
    return Session(clinic, Actor(ROLE_IDS[role], STAFF[role], role))


def person(session: Session) -> int:
    return add_person(session, f"N{next(_numbers)}")


def pay(session: Session, person_id: int, yuan: float, **more: Any) -> ReceiptPosted:
    """A receipt of so many yuan."""
    return post_receipt(session, person_id=person_id, amount_fen=round(yuan * 100), **more)


def member(session: Session, yuan: float = 2000) -> int:
    """Somebody who paid so much today in small receipts' stead of one, and joined."""
    person_id = person(session)
    pay(session, person_id, yuan)
    join(session, person_id=person_id, benefits_explained=True)
    return person_id


def stand(clinic: Clinic, person_id: int) -> StandingRow:
    return standing_of(clinic.db, person_id, main_timeline(clinic.db).programme_id)


def variant(base: str = "医院方案A", **points: Any) -> Programme:
    """方案A with other rules for points."""
    programme = preset(base)
    return msgspec.structs.replace(
        programme, points=msgspec.structs.replace(programme.points, **points)
    )


def sign(session: Session, programme: Programme, valid_from: str = "2000-01-02") -> int:
    def body(tx: Tx) -> int:
        return sign_version(tx, programme, valid_from)

    return in_command(session, body)


def grants(clinic: Clinic, person_id: int) -> dict[str, tuple[int, int, str]]:
    """key → (quantity, used, state)"""
    rows = clinic.db.execute_sql(
        "SELECT grant_key, quantity, used, state FROM entitlement_grant WHERE person_id = ?",
        (person_id,),
    ).fetchall()
    return {key: (quantity, used, state) for key, quantity, used, state in rows}


def grant_id(clinic: Clinic, person_id: int, key: str) -> int:
    row = clinic.db.execute_sql(
        "SELECT id FROM entitlement_grant WHERE person_id = ? AND grant_key = ?", (person_id, key)
    ).fetchone()
    return int(row[0])


def dump(clinic: Clinic) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the file but the audit trail and the numbers it gives out."""
    db = clinic.db
    tables = [
        row[0]
        for row in db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        if row[0] not in ("audit", "sqlite_stat1", "sqlite_stat4")
    ]
    found = {}
    for table in tables:
        names = [row[1] for row in db.execute_sql(f'PRAGMA table_info("{table}")').fetchall()]
        kept = [
            f'"{name}"' for name in names if (table, name) not in {("standing", "seq")}
        ]  # the standing says who settled it last
        found[table] = db.execute_sql(
            f'SELECT {", ".join(kept)} FROM "{table}" ORDER BY {", ".join(kept)}'
        ).fetchall()
    return found


def check_books(clinic: Clinic) -> None:
    """The properties at the end of rules.md, from raw rows; the standing must be settled today."""
    db, today = clinic.db, clinic.clock.today()

    def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return db.execute_sql(sql, values).fetchall()

    for lot, points, taken in rows(
        "SELECT e.id, e.points, COALESCE(SUM(a.points), 0) FROM points_entry e"
        " JOIN points_allocation a ON a.lot_id = e.id GROUP BY e.id"
    ):
        assert 0 <= taken <= points, f"lot {lot}: {taken} of {points}"
    owed: dict[tuple[int, int], int] = {}
    for debit, who, which, kind, points, taken in rows(
        "SELECT e.id, e.person_id, e.programme_id, e.kind, -e.points,"
        " (SELECT COALESCE(SUM(points), 0) FROM points_allocation WHERE debit_id = e.id)"
        " FROM points_entry e WHERE e.points < 0"
    ):
        assert 0 <= taken <= points, f"debit {debit}"
        if kind == "reversal":  # nothing else may lack points (E17)
            owed[who, which] = owed.get((who, which), 0) + points - taken
    crossed = rows(
        "SELECT a.id FROM points_allocation a JOIN points_entry l ON l.id = a.lot_id"
        " JOIN points_entry d ON d.id = a.debit_id WHERE l.person_id <> d.person_id"
        " OR l.programme_id <> d.programme_id OR l.points < 0 OR d.points > 0"
    )
    assert crossed == []
    for person_id, programme_id in rows("SELECT person_id, programme_id FROM standing"):
        timeline = next(t for t in timelines(db) if t.programme_id == programme_id)
        stored = standing_of(db, person_id, programme_id)
        who = (person_id, programme_id)
        total, lots, counting = rows(
            "SELECT COALESCE(SUM(points), 0),"
            " COALESCE(SUM(CASE WHEN points > 0 AND kind <> 'return' THEN points END), 0),"
            " COALESCE(SUM(points * tier_counting), 0)"
            " FROM points_entry WHERE person_id = ? AND programme_id = ?", *who,
        )[0]  # fmt: skip
        taken = rows(
            "SELECT COALESCE(SUM(a.points), 0) FROM points_allocation a JOIN points_entry e"
            " ON e.id = a.lot_id WHERE e.person_id = ? AND e.programme_id = ?", *who,
        )[0][0]  # fmt: skip
        assert stored.available == lots - taken, person_id
        assert stored.deficit == owed.get(who, 0), person_id
        assert stored.available - stored.deficit == total, person_id
        assert stored.earned == counting >= 0, person_id
        live = rows(
            "SELECT COALESCE(SUM(e.points - (SELECT COALESCE(SUM(points), 0)"
            "  FROM points_allocation WHERE lot_id = e.id)), 0) FROM points_entry e"
            " WHERE person_id = ? AND programme_id = ? AND points > 0 AND kind <> 'return'"
            " AND (expires_on IS NULL OR expires_on >= ?)", *who, today,
        )[0][0]  # fmt: skip
        assert stored.available == live, "an expired lot is still counted"
        spent = rows(
            "SELECT COALESCE(SUM(m.amount_fen), 0) FROM money_event m JOIN receipt r"
            " ON r.id = m.receipt_id WHERE m.person_id = ? AND r.earns = 1", person_id,
        )[0][0]  # fmt: skip
        brought = rows(
            "SELECT COALESCE(SUM(spend_fen), 0) FROM opening_balance"
            " WHERE person_id = ? AND programme_id = ?", *who,
        )[0][0]  # fmt: skip
        assert stored.spend_fen == spent + brought
        again = rebuild(db, timeline, person_id, today)
        assert (
            again.spend_fen, again.max_single_fen, again.earned, again.supported_rank,
            again.rank, again.reached_on, again.route,
        ) == (
            stored.spend_fen, stored.max_single_fen, stored.earned, stored.supported_rank,
            stored.rank, stored.reached_on, stored.route,
        )  # fmt: skip
        if not stored.member:
            continue
        steps = rows(
            "SELECT occurred_on, from_rank, to_rank, route FROM tier_event"
            " WHERE person_id = ? AND programme_id = ? ORDER BY id", *who,
        )  # fmt: skip
        assert steps == [(s.on, s.from_rank, s.to_rank, s.route) for s in again.steps]
        expected = {
            g.key: (
                g.quantity,
                g.used,
                "closed" if g.closed else "used" if g.used >= g.quantity else "open",
            )
            for g in again.grants
        }
        found = grants(clinic, person_id)
        assert found.items() <= expected.items(), person_id
        drawn = rows(
            "SELECT g.id, g.used, COALESCE((SELECT SUM(quantity) FROM service_use"
            "  WHERE grant_id = g.id), 0) + COALESCE((SELECT SUM(quantity) FROM gift_issue"
            "  WHERE grant_id = g.id), 0) FROM entitlement_grant g WHERE g.person_id = ?",
            person_id,
        )
        assert [row[0] for row in drawn if row[1] != row[2]] == []
    for receipt, net, void, events, mine, points, expected_points in rows(
        "SELECT r.id, r.net_fen, r.void,"
        " (SELECT SUM(amount_fen) FROM money_event WHERE receipt_id = r.id),"
        " (SELECT SUM(amount_fen) FROM money_event WHERE receipt_id = r.id"
        "  AND person_id = r.credited_id),"
        " (SELECT COALESCE(SUM(points), 0) FROM points_entry WHERE receipt_id = r.id"
        "  AND person_id = r.credited_id AND programme_id = 1),"
        " CASE WHEN r.earns THEN r.net_fen / 100 ELSE 0 END FROM receipt r"
    ):
        assert net == events == mine, receipt
        assert not void or net == 0
        assert points == expected_points, receipt
    strangers = rows(
        "SELECT e.receipt_id FROM points_entry e JOIN receipt r ON r.id = e.receipt_id"
        " WHERE e.person_id <> r.credited_id GROUP BY e.receipt_id, e.person_id"
        " HAVING SUM(e.points) <> 0"
    )
    assert strangers == []


__all__ = ["evaluate"]


def people_with_expired_lots(clinic: Clinic, today: str) -> list[int]:
    """Whom a night's catching up ought to leave nobody of: something left in a lot past its day,
    told by what was taken out of it."""
    taken = fn.COALESCE(fn.SUM(PointsAllocation.points), 0)
    query = (
        PointsEntry.select(PointsEntry.person_id)
        .join(PointsAllocation, JOIN.LEFT_OUTER, on=(PointsAllocation.lot_id == PointsEntry.id))
        .where(
            (PointsEntry.expires_on < today)
            & (PointsEntry.points > 0)
            & (PointsEntry.kind != "return")
        )
        .group_by(PointsEntry.id)
        .having(taken < PointsEntry.points)
    )
    return sorted({row[0] for row in clinic.db.rows(query)})
