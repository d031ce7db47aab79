"""The question what becomes of a tier that money no longer carries (E37).

It is a task for the manager, put once for each tier of each programme, as its cycle says. A cycle
that names no programme was written when there was only one: it is the main one's.
"""

from __future__ import annotations

from typing import Any

from peewee import Value, fn

from models.followup import FollowupTask
from services.commands import Tx
from services.loyalty.ledger import StoredAccount
from services.programmes.events import Evaluation
from services.programmes.registry import main_timeline

UNSUPPORTED = "tier_unsupported"


def asks_about(programme_id: Any, main_id: int) -> Any:
    """Condition: a question is about the programme of that id, or of that column of ids."""
    said = fn.SUBSTR(FollowupTask.cycle, 1, fn.INSTR(FollowupTask.cycle, "/"))
    named = said == Value("p").concat(programme_id).concat("/")
    return named | ((said == "") & (programme_id == main_id))


def ask_manager(tx: Tx, account: StoredAccount, found: Evaluation, *, anew: bool) -> None:
    """Put the question for the tier now held, unless it was put before (E66); `anew`: where the
    past reads otherwise, this question takes the place of any other about the programme."""
    tier = f"{found.rank}:{len(found.steps)}"
    cycle = f"p{account.programme_id}/{tier}"
    if anew:
        answered(tx, account)
    known = tx.db.row(
        FollowupTask.select(FollowupTask.id).where(
            (FollowupTask.person_id == account.person_id)
            & (FollowupTask.rule == UNSUPPORTED)
            & FollowupTask.cycle.in_((cycle, tier))
            & asks_about(account.programme_id, main_timeline(tx.db).programme_id)
        )
    )
    if known is None:
        tx.db.insert(
            FollowupTask,
            person_id=account.person_id,
            rule=UNSUPPORTED,
            cycle=cycle,
            due_on=tx.today,
            state="open",
            subject=account.timeline.name,
            seq=tx.seq,
        )
    elif anew:
        again = FollowupTask.update(state="open", closed_as="")
        tx.db.write(again.where(FollowupTask.id == known[0]))


def answered(tx: Tx, account: StoredAccount) -> None:
    """The tier is supported again or let go: there is nothing left to ask about the programme."""
    tx.db.write(
        FollowupTask.update(state="done", closed_as="settled").where(
            (FollowupTask.person_id == account.person_id)
            & (FollowupTask.rule == UNSUPPORTED)
            & (FollowupTask.state == "open")
            & asks_about(account.programme_id, main_timeline(tx.db).programme_id)
        )
    )
