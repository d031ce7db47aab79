"""A week in which 50,000 gifts were handed out at an event: a command of the bench's own."""

from __future__ import annotations

from bench import world
from models.gifts import Gift, GiftIssue, StockLevel, StockMove
from models.people import Person
from services.changes import NOTHING
from services.clinic import Clinic
from services.commands import Tx, command
from services.gifts import stock
from services.rights import RIGHTS

LINES = 50_000
ISSUE = ("id", "person_id", "gift_id", "place", "quantity", "reason", "collected")
MOVE = ("gift_id", "place", "kind", "quantity", "issue_id")
TAIL = ("occurred_on", "staff_id", "seq")
RIGHTS["bench.issues"] = RIGHTS["clinic.settings"]


def many_issues(clinic: Clinic) -> None:
    """Hand 50,000 gifts out in one command's batch."""
    session = world.director(clinic)
    gift_id = int(clinic.db.scalar(Gift.select(Gift.id).limit(1)))
    stock.receive(session, gift_id=gift_id, quantity=LINES, place=stock.DESK)
    hand_out(session, gift_id)


@command("bench.issues", entity="gift_issue")
def hand_out(tx: Tx, gift_id: int) -> stock.StockMoved:
    """One gift each to 2,000 people in turn."""
    people = [row[0] for row in tx.db.rows(Person.select(Person.id).limit(2000))]
    first = (tx.db.scalar(GiftIssue.select(GiftIssue.id).order_by(GiftIssue.id.desc())) or 0) + 1
    tail = (tx.today, tx.actor.id, tx.seq)
    tx.db.insert_many(
        GiftIssue,
        (*ISSUE, *TAIL),
        [
            (first + n, people[n % len(people)], gift_id, stock.DESK, 1, "event", "self", *tail)
            for n in range(LINES)
        ],
    )
    tx.db.insert_many(
        StockMove,
        (*MOVE, *TAIL),
        [(gift_id, stock.DESK, "issue", -1, first + n, *tail) for n in range(LINES)],
    )
    tx.db.write(
        StockLevel.update(quantity=StockLevel.quantity - LINES).where(
            (StockLevel.gift_id == gift_id) & (StockLevel.place == stock.DESK)
        )
    )
    return stock.StockMoved(0, gift_id, 0, NOTHING)
