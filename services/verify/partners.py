"""Partner institutions: fees reckoned again from what their lines say, sums, what was settled
before, and who settled it."""

from __future__ import annotations

from collections import defaultdict

import msgspec
from peewee import JOIN

from models import checks
from models.database import ClinicDatabase
from models.partners import (
    Introduction,
    PartnerAgreement,
    PartnerStatement,
    PartnerStatementLine,
)
from models.system import Audit
from services.partners.fee import fee
from services.partners.terms import decode
from services.verify.report import Findings


def check_partners(db: ClinicDatabase, found: Findings) -> None:
    """Each line has the fee of its amounts and just what settled statements bore before; the sum
    of a statement is that of its lines; an introduction goes by an agreement of its partner."""
    sums: dict[int, int] = defaultdict(int)
    borne: dict[int, int] = defaultdict(int)
    query = (
        PartnerStatementLine.select(
            PartnerStatementLine.statement_id,
            PartnerStatementLine.introduction_id,
            PartnerStatementLine.arrived,
            PartnerStatementLine.amounts,
            PartnerStatementLine.value_fen,
            PartnerStatementLine.fee_fen,
            PartnerStatementLine.before_fen,
            PartnerStatement.state,
            PartnerAgreement.model,
            PartnerAgreement.terms,
        )
        .join(PartnerStatement, on=(PartnerStatement.id == PartnerStatementLine.statement_id))
        .join(PartnerAgreement, on=(PartnerAgreement.id == PartnerStatement.agreement_id))
        .order_by(PartnerStatementLine.id)
    )
    for row in checks.stream(db, query):
        number, introduction, arrived, text, value, fen, before, state, model, terms = row
        amounts = msgspec.json.decode(text)
        again = fee(model, decode(terms), amounts, bool(arrived))
        if (again.fen, sum(amounts.values())) != (fen, value):
            found.add("partner.fee", number)
        if state != "void" and borne[introduction] != before:
            found.add("partner.before", number)
        sums[number] += fen - before
        if state == "settled":
            borne[introduction] += fen - before
    statements = PartnerStatement.select(PartnerStatement.id, PartnerStatement.amount_fen)
    rows = db.rows(statements)
    for number, amount in rows:
        if sums.get(number) != amount:
            found.add("partner.sum", number)
    found.count("partner_statements", len(rows))
    _check_agreements(db, found)


def _check_agreements(db: ClinicDatabase, found: Findings) -> None:
    query = (
        Introduction.select(Introduction.id)
        .join(PartnerAgreement, on=(PartnerAgreement.id == Introduction.agreement_id))
        .where(
            (PartnerAgreement.partner_id != Introduction.partner_id)
            | (
                (PartnerAgreement.direction != Introduction.direction)
                & (PartnerAgreement.direction != "both")
            )
        )
    )
    for (row_id,) in db.rows(query):
        found.add("partner.agreement", row_id)


def check_settled(db: ClinicDatabase, found: Findings) -> None:
    """Sum and second person of what was settled are those of its command, and two people did it."""
    query = (
        PartnerStatement.select(
            PartnerStatement.id,
            PartnerStatement.amount_fen,
            PartnerStatement.approved_by,
            Audit.actor_id,
            Audit.detail,
        )
        .join(
            Audit,
            JOIN.LEFT_OUTER,
            on=(
                (Audit.entity == "partner_statement")
                & (Audit.entity_id == PartnerStatement.id)
                & (Audit.action == "partner.settle")
            ),
        )
        .where(PartnerStatement.state == "settled")
    )
    for row_id, amount, approver, actor, detail in db.rows(query):
        said = msgspec.json.decode(detail or "{}")
        signed = (said.get("fen"), said.get("approved_by")) == (amount, approver)
        if not signed or actor == approver:
            found.add("partner.settled", row_id)
