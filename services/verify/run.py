"""One verification from end to end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from models import checks
from services.clinic import Clinic
from services.verify import (
    activities,
    anchors,
    calls,
    care,
    chain,
    counts,
    duties,
    feedback,
    fees,
    file,
    groups,
    hand_outs,
    handovers,
    money,
    outreach,
    partners,
    plans,
    points,
    privacy,
    signatures,
    stock_papers,
    things,
    visits,
    vouchers,
)
from services.verify.report import Findings, Report, Watch


def verify(
    clinic: Clinic,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    *,
    home: Path | None = None,
    heads: Sequence[anchors.Anchor] = (),
    by_itself: bool = False,
    most_mib: int = checks.MOST_MIB,
) -> Report:
    """Check the file, the schema, the ledgers, what is projected from them, and the audit chain,
    also against its heads outside the file: in the backups of `home` (the clinic's own folder,
    when this is a copy of it), and `heads` that somebody typed off a paper. `by_itself`: this is
    a copy of an earlier day, of which later backups say nothing. `most_mib`: of pages that each of
    two connections keeps in memory.

    Reads over two connections of its own, so it may run beside the window and on any thread.
    `progress(done, total)` counts checks. Raises VerifyCancelled after `cancelled()` said so,
    EnvironmentFault when the file cannot be opened for reading.
    """
    found = Findings()
    with clinic.reading() as reading:
        db = reading.db
        checks.cache_for_checks(db, most_mib)
        # before the chain is read: a backup made meanwhile would stand ahead of it
        known = list(heads)
        if not by_itself:
            known += anchors.outside(home or clinic.folder, clinic.file.key)
        steps: tuple[tuple[str, Callable[[Watch], None]], ...] = (
            ("schema", lambda _: file.check_schema(db, found)),
            ("audit", lambda watch: chain.check_chain(db, clinic.audit_key, found, watch)),
            ("anchors", lambda _: anchors.check_anchors(db, found, known)),
            ("numbers", lambda watch: chain.check_numbers(db, found, watch)),
            ("receipts", lambda _: money.check_receipts(db, found)),
            ("standings", lambda watch: money.check_standings(db, found, watch)),
            ("terms", lambda watch: fees.check_terms(db, found, watch)),
            ("fees", lambda _: fees.check_fees(db, found)),
            ("points", lambda watch: points.check_points(db, found, watch)),
            ("allocations", lambda _: points.check_allocations(db, found)),
            ("grants", lambda _: things.check_grants(db, found)),
            ("packs", lambda _: hand_outs.check_hand_outs(db, found)),
            ("promises", lambda _: hand_outs.check_promises(db, found)),
            ("vouchers", lambda _: vouchers.check_vouchers(db, found)),
            ("bills", lambda _: vouchers.check_bills(db, found)),
            ("stock", lambda _: things.check_stock(db, found)),
            ("stock papers", lambda _: stock_papers.check_stock_papers(db, found)),
            ("weeks", lambda watch: things.check_weeks(db, found, watch)),
            ("counts", lambda watch: counts.check_counts(db, found, watch)),
            ("signatures", lambda _: signatures.check_signed_weeks(db, found)),
            ("actors", lambda _: signatures.check_actors(db, found)),
            ("handovers", lambda _: handovers.check_handovers(db, found)),
            ("duties", lambda _: duties.check_duties(db, found)),
            ("calls", lambda _: calls.check_calls(db, found)),
            ("mailings", lambda _: outreach.check_mailings(db, found)),
            ("care", lambda _: care.check_care(db, found)),
            ("visits", lambda _: visits.check_visits(db, found)),
            ("visit links", lambda _: visits.check_links(db, found)),
            ("appointments", lambda _: visits.check_appointments(db, found)),
            ("feedback", lambda _: feedback.check_feedback(db, found)),
            ("activities", lambda _: activities.check_activities(db, found)),
            ("partners", lambda _: partners.check_partners(db, found)),
            ("partners settled", lambda _: partners.check_settled(db, found)),
            ("groups", lambda _: groups.check_groups(db, clinic.clock.today(), found)),
            ("plans", lambda _: plans.check_plans(db, found)),
            ("tasks", lambda _: plans.check_tasks(db, found)),
            ("privacy", lambda _: privacy.check_privacy(db, found)),
            ("search", lambda watch: things.check_search(db, found, watch)),
            ("pointers", lambda _: file.check_pointers(db, found)),
        )
        watch = Watch(len(steps) + 1, progress, cancelled)
        with file.checking_file(clinic, found, watch, most_mib):
            for name, check in steps:
                try:
                    check(watch)
                except Exception as error:
                    file.unreadable(error, name, found)
                    break  # after damage the connection's next word cannot be trusted
                watch.step()
        watch.step()
        return found.report(db)
