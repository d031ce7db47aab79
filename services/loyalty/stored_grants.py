"""The grants of a person as rows: what the fold says should exist, beside what exists (E43, E49).

Only `services.loyalty.standing` calls this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from models.gifts import EntitlementGrant
from models.query import Prepared, slot
from services.commands import Tx
from services.loyalty.ledger import StoredAccount
from services.programmes.events import GrantState
from services.programmes.plan import number
from services.vouchers.expiry import give_back_surplus

_STORED_GRANTS = Prepared(
    lambda: EntitlementGrant.select(
        EntitlementGrant.grant_key,
        EntitlementGrant.id,
        EntitlementGrant.quantity,
        EntitlementGrant.used,
        EntitlementGrant.state,
        EntitlementGrant.seq,
    ).where(
        (EntitlementGrant.person_id == slot("person_id"))
        & (EntitlementGrant.programme_id == slot("programme_id"))
    )
)


class _Stored(NamedTuple):
    """A grant as stored."""

    id: int
    quantity: int
    used: int
    state: str
    seq: int


def store_grants(
    tx: Tx,
    account: StoredAccount,
    grants: Sequence[GrantState],
    joined: str | None,
    *,
    new: bool,
    reread: int | None,
) -> tuple[int, ...]:
    """Store the grants that should exist; answers the ids of new ones.

    Somebody who is no member keeps what was given to them all the same, which belongs to no tier.
    A grant of somebody merged into this person closes with what it was drawn for; what is left
    of it is the survivor's (E62). `reread` is the first command since which the past had read
    otherwise: what it brought and this past does not closes without a trace to draw from. The
    newest vouchers of a service that became less than is on vouchers are given back (E44, E45).
    """
    if joined is None and reread is None:
        grants = [state for state in grants if state.rank == 0]
    if not grants and reread is None:
        return ()
    ids = {"person_id": account.person_id, "programme_id": account.programme_id}
    stored: dict[str, _Stored] = {}
    if not new:
        stored = {row[0]: _Stored(*row[1:]) for row in _STORED_GRANTS.rows(tx.db, **ids)}
    if joined is None and reread is not None:
        old = {key for key, row in stored.items() if row.seq < reread}
        grants = [state for state in grants if state.rank == 0 or state.key in old]
    elsewhere = {} if new else _close_merged(tx, account)
    since = joined or ""
    made, services = [], []
    for state in grants:
        known = stored.get(state.key)
        drawn = elsewhere.get(state.key, 0)
        used = state.used - drawn
        quantity = max(state.quantity - drawn, used)
        over = state.valid_to is not None and state.valid_to < since  # before they joined
        if known is None:
            if not over and not (state.key in elsewhere and quantity == used):
                made.append(_insert_grant(tx, account, state, quantity, used, since))
        elif not (over and used == 0 and reread is not None and known.seq >= reread):
            del stored[state.key]
            whole = reread is not None
            changed = _rewrite_grant(tx, known, state, quantity, used, since, whole=whole)
            if changed and state.benefit.kind != "gift" and not state.closed:
                services.append(known.id)
    if reread is not None:
        for row in stored.values():
            _update_grant(tx, row.id, {"quantity": row.used, "state": "closed"})
    for grant_id in services:
        give_back_surplus(tx, grant_id)
    return tuple(made)


def _rewrite_grant(
    tx: Tx,
    known: _Stored,
    state: GrantState,
    quantity: int,
    used: int,
    since: str,
    *,
    whole: bool,
) -> bool:
    """Write what changed of a grant, and whether anything did; `whole`: also when it may be drawn,
    unless it was."""
    values = _drawn_values(state, quantity, used)
    if used == 0 and quantity and (whole or known.quantity == 0):
        values |= _given_values(state, since)
    elif known[1:4] == (quantity, used, values["state"]):
        return False
    _update_grant(tx, known.id, values)
    return True


def _update_grant(tx: Tx, grant_id: int, values: dict[str, object]) -> None:
    tx.db.update(EntitlementGrant, grant_id, **values)


def _close_merged(tx: Tx, account: StoredAccount) -> dict[str, int]:
    """Close the grants of merged people; key → how much of it they had drawn."""
    drawn: dict[str, int] = {}
    for person_id in account.group[1:]:
        ids = {"person_id": person_id, "programme_id": account.programme_id}
        for key, grant_id, _, used, state, _ in _STORED_GRANTS.rows(tx.db, **ids):
            drawn[key] = drawn.get(key, 0) + used
            if state != "closed":
                _update_grant(tx, grant_id, {"state": "closed"})
    return drawn


def _insert_grant(
    tx: Tx, account: StoredAccount, state: GrantState, quantity: int, used: int, joined: str
) -> int:
    benefit = state.benefit
    return tx.db.insert(
        EntitlementGrant,
        person_id=account.person_id,
        programme_id=account.programme_id,
        grant_key=state.key,
        kind="gift" if benefit.kind == "gift" else "service",
        form="" if benefit.kind in ("gift", "service") else benefit.kind,
        reason=benefit.reason,
        seq=tx.seq,
        **_given_values(state, joined),
        **_drawn_values(state, quantity, used),
    )


def _given_values(state: GrantState, joined: str) -> dict[str, object]:
    """What a grant is and when it may be drawn."""
    return {
        "version_id": state.version_id,
        "name": state.benefit.name,
        "rank": state.rank,
        "value_fen": (number(state.benefit.value_yuan) or 0) * 100,
        "due_on": max(state.due_on, joined),
        "valid_from": state.valid_from,
        "valid_to": state.valid_to,
    }


def _drawn_values(state: GrantState, quantity: int, used: int) -> dict[str, object]:
    """How much of a grant there is, and what became of it."""
    left = "used" if used >= quantity else "open"
    return {
        "quantity": quantity,
        "used": used,
        "state": "closed" if state.closed else left,
    }
