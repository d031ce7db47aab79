"""How the receipts of people who were merged had been rated before (E62).

Points that were given stay as they were given: the tier each of them held before the merge rated
their receipts, not the tier both would have held together. So each past is folded by itself up
to the merge, and the receipts opened in it carry their programme and rate into the common fold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.loyalty.own_timeline import Joinings, together
from services.people.aliases import Merge
from services.programmes.counters import ReceiptSoFar
from services.programmes.evaluate import Fold
from services.programmes.events import Event, Profile
from services.programmes.registry import Timeline

Order = tuple[int, int, int]
Ordered = tuple[Order, Event]
Opened = dict[int, ReceiptSoFar]


class MergedPast:
    """The pasts of a group: each one's own events, and who was merged into whom when.

    `joined` is when each one joined; `profiles` their birthdays.
    """

    def __init__(
        self,
        timeline: Timeline,
        own: Mapping[int, list[Ordered]],
        merges: Iterable[Merge],
        joined: Mapping[int, Joinings],
        profiles: Mapping[int, Profile],
    ) -> None:
        self._timeline = timeline
        self._own = own
        self._merges = sorted(merges)
        self._joined = joined
        self._profiles = profiles

    def together(self, person_id: int) -> list[Ordered]:
        """Everybody's events in ledger order, receipts rated as they were."""
        opened, members = self._opened(person_id, self._merges[-1].seq + 1)
        return self._events(members, opened)

    def _opened(self, person_id: int, until: int) -> tuple[Opened, tuple[int, ...]]:
        """The receipts rated before the person's last merge up to the command `until`, and who
        belonged to them by then."""
        opened: Opened = {}
        members: tuple[int, ...] = (person_id,)
        for seq, survivor_id, merged_id in self._merges:
            if survivor_id == person_id and seq < until:
                theirs, group = self._opened(merged_id, seq)
                opened = self._rate(members, opened, seq)
                for ref, found in self._rate(group, theirs, seq).items():
                    if found.net or ref not in opened:  # else it was moved over to the survivor
                        opened[ref] = found
                members += group
        return opened, members

    def _rate(self, members: tuple[int, ...], opened: Opened, until: int) -> Opened:
        """The receipts of these people up to a command, folded as one past."""
        days = together(self._joined[member] for member in members)
        timeline = self._timeline.for_member(*days)
        fold = Fold(timeline, self._profiles[members[0]])
        for order, event in self._events(members, opened):
            if order[0] < until:
                fold.take(event)
        return dict(fold.counters.receipts)

    def _events(self, members: Iterable[int], opened: Opened) -> list[Ordered]:
        found = [_rated(entry, opened) for member in members for entry in self._own[member]]
        return sorted(found, key=lambda entry: entry[0])


def _rated(entry: Ordered, opened: Opened) -> Ordered:
    order, event = entry
    found = opened.get(event.ref) if event.kind == "money" else None
    if found is None:
        return entry
    return order, event._replace(opened=(found.programme, found.rate))
