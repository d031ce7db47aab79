"""What was agreed with an institution in writing: money, rhythm, exclusivity, end (R179–R183).

An agreement never changes; it is extended, ended, or followed by another one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from models.database import ClinicDatabase
from models.partners import Partner, PartnerAgreement, PartnerStatement
from models.system import Staff
from services.changes import Changes, Kind
from services.clock import is_date, plus_days
from services.commands import Approval, Tx, command
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.partners.agreement_days import OPEN_END, in_force, last_day, last_day_of
from services.partners.institutions import partner
from services.partners.switch import check_on
from services.partners.terms import (
    BOTH,
    IN,
    MODELS,
    OUT,
    RHYTHMS,
    Terms,
    check_terms,
    decode,
    encode,
    terms_words,
)

SIGNATURE = "approve.partner"
EXCLUSIVE = "partner_exclusive"
SHORT_NOTICE = "partner_notice"
FIRST_DAY, LAST_DAY = "2000-01-01", "2100-12-31"
MOST_NOTICE = 365
_MOST_TEXT = 300
_CHANGED = Changes((Kind.PARTNER,))


@dataclass(frozen=True)
class AgreementForm:
    """What is agreed. Days are ISO; `until_on` None runs until it is ended; `notice_days`: how
    long before its end either side says so; `file_note`: where the signed paper is kept."""

    contract: str
    direction: str
    model: str
    terms: Terms
    rhythm: str
    from_on: str
    until_on: str | None = None
    exclusive: bool = False
    notice_days: int = 0
    file_note: str = ""


@dataclass(frozen=True)
class AgreementRow:
    """An agreement in a list. `last_on`: its last day, `OPEN_END` while none is known."""

    id: int
    partner_id: int
    partner_name: str
    form: AgreementForm
    ending: str
    ended_on: str | None
    signer: str

    @property
    def last_on(self) -> str:
        """Its last day."""
        return last_day(self.form.until_on, self.ended_on)

    def runs(self, day: str) -> bool:
        """Whether it is in force on a day."""
        return self.form.from_on <= day <= self.last_on

    def takes(self, direction: str) -> bool:
        """Whether it is about introductions of a direction."""
        return self.form.direction in (direction, BOTH)

    @property
    def directions(self) -> tuple[str, ...]:
        """What it is about, one by one."""
        return (IN, OUT) if self.form.direction == BOTH else (self.form.direction,)

    @property
    def words(self) -> str:
        """Its terms read aloud."""
        return terms_words(self.form.model, self.form.terms)


@dataclass(frozen=True)
class AgreementChanged:
    """An agreement was made, extended or ended."""

    agreement_id: int
    changes: Changes


@command("partner.agree", entity="partner_agreement")
def agree(
    tx: Tx, *, partner_id: int, form: AgreementForm, approval: Approval | None
) -> AgreementChanged:
    """Put an agreement on record, signed by the director's own PIN (R179–R183).

    Raises RuleError: switched off, a partner that is not in use, no contract number, terms or days
    that cannot be, a second exclusive one of the same direction in the same days, no signature;
    Confirmable beside an exclusive one of another partner.
    """
    check_on(tx.db)
    row = partner(tx.db, partner_id)
    if not row.active:
        raise RuleError(tr("这家机构已停用，请先恢复使用。"))
    checked = _checked(form)
    _check_contract(tx, partner_id, checked.contract)
    _check_exclusive(tx, partner_id, checked)
    signer = tx.require(approval, SIGNATURE, tr("合作协议须由院长输入密码签字。"))
    values = {**checked.__dict__, "terms": encode(checked.terms)}
    values["exclusive"] = int(checked.exclusive)
    agreement_id = tx.db.insert(
        PartnerAgreement,
        partner_id=partner_id,
        signed_by=signer.staff_id,
        staff_id=tx.actor.id,
        seq=tx.seq,
        **values,
    )
    tx.about(agreement_id, partner=partner_id, model=checked.model, signed_by=signer.staff_id)
    return AgreementChanged(agreement_id, _CHANGED)


@command("partner.extend", entity="partner_agreement")
def extend(
    tx: Tx, *, agreement_id: int, until_on: str | None, approval: Approval | None
) -> AgreementChanged:
    """Let an agreement run longer, signed like a new one; None until it is ended.

    Raises RuleError: ended, no later day than now, an exclusive one in the days that are added.
    """
    check_on(tx.db)
    row = agreement(tx.db, agreement_id)
    if row.ended_on is not None:
        raise RuleError(tr("这份协议已终止，不能续期。请另签一份。"))
    if row.last_on == OPEN_END:
        raise RuleError(tr("这份协议不定期，一直有效，不用续期。"))
    until = OPEN_END if until_on is None else _day(until_on)
    if until <= row.last_on:
        raise RuleError(tr("新的到期日须晚于现在的到期日 {day}。").format(day=row.last_on))
    added = replace(row.form, from_on=plus_days(row.last_on, 1), until_on=until_on)
    _check_exclusive(tx, row.partner_id, added)
    signer = tx.require(approval, SIGNATURE, tr("续期须由院长输入密码签字。"))
    tx.db.write(
        PartnerAgreement.update(until_on=until_on).where(PartnerAgreement.id == agreement_id)
    )
    tx.about(agreement_id, until_on=until_on, was=row.form.until_on, signed_by=signer.staff_id)
    return AgreementChanged(agreement_id, _CHANGED)


@command("partner.end", entity="partner_agreement")
def end_agreement(tx: Tx, *, agreement_id: int, on: str, reason: str) -> AgreementChanged:
    """End an agreement with its last day and the reason, also while the module is off (R183).

    Raises RuleError: no reason, ended already, a day outside its run or inside what is settled;
    Confirmable for an earlier day than the agreed notice allows.
    """
    row = agreement(tx.db, agreement_id)
    if row.ended_on is not None:
        raise RuleError(tr("这份协议已在 {day} 终止，不用再办。").format(day=row.ended_on))
    if not reason.strip():
        raise RuleError(tr("请写明终止的原因和通知方式。"))
    day = _day(on)
    if not row.form.from_on <= day < row.last_on:
        words = tr("终止日期须在 {first} 以后、原到期日 {last} 以前；到期的协议不用终止。")
        last = tr("(不定期)") if row.last_on == OPEN_END else row.last_on
        raise RuleError(words.format(first=row.form.from_on, last=last))
    settled = _settled_until(tx.db, agreement_id)
    if settled is not None and day < settled:
        raise RuleError(tr("已结算到 {day}，终止日期不能更早。").format(day=settled))
    notice = row.form.notice_days
    if notice and day < plus_days(tx.today, notice) and SHORT_NOTICE not in tx.confirmed:
        words = tr("合同约定提前 {n} 天通知，{day} 终止不够。双方已同意提前终止吗？")
        raise Confirmable(SHORT_NOTICE, words.format(n=notice, day=day))
    tx.db.write(
        PartnerAgreement.update(ended_on=day, ending=reason.strip()[:_MOST_TEXT]).where(
            PartnerAgreement.id == agreement_id
        )
    )
    tx.about(agreement_id, on=day)
    return AgreementChanged(agreement_id, _CHANGED)


def _settled_until(db: ClinicDatabase, agreement_id: int) -> str | None:
    """The last day of the newest statement that counts."""
    found: str | None = db.scalar(
        PartnerStatement.select(PartnerStatement.until_on)
        .where((PartnerStatement.agreement_id == agreement_id) & (PartnerStatement.state != "void"))
        .order_by(PartnerStatement.until_on.desc())
        .limit(1)
    )
    return found


# -- what an agreement must be -----------------------------------------------------------------


def _checked(form: AgreementForm) -> AgreementForm:
    contract, note = form.contract.strip(), form.file_note.strip()
    if not contract:
        raise RuleError(tr("请填写书面合同的编号。没有书面合同不能登记。"))
    if len(contract) > _MOST_TEXT or len(note) > _MOST_TEXT:
        raise RuleError(tr("合同编号或存放说明太长，请缩短。"))
    if form.direction not in (IN, OUT, BOTH) or form.rhythm not in RHYTHMS:
        raise RuleError(tr("请选择介绍方向和结算周期。"))
    if form.model not in MODELS:
        raise RuleError(tr("没有这种分成方式，请重新选择。"))
    if not 0 <= form.notice_days <= MOST_NOTICE:
        raise RuleError(tr("终止的提前通知请填 0 至 {n} 天。").format(n=MOST_NOTICE))
    first = _day(form.from_on)
    if form.until_on is not None and _day(form.until_on) < first:
        raise RuleError(tr("到期日早于开始日，请改正。"))
    terms = check_terms(form.model, form.terms)
    return replace(form, contract=contract, file_note=note, terms=terms)


def _day(text: str) -> str:
    if not is_date(text) or not FIRST_DAY <= text <= LAST_DAY:
        raise RuleError(tr("日期写成 2026-11-20 这样，年份在 2000 至 2100 之间。"))
    return text


def _check_contract(tx: Tx, partner_id: int, contract: str) -> None:
    taken = PartnerAgreement.select(PartnerAgreement.id).where(
        (PartnerAgreement.partner_id == partner_id) & (PartnerAgreement.contract == contract)
    )
    if tx.db.row(taken) is not None:
        raise RuleError(tr("这家机构已有编号“{no}”的合同，请核对编号。").format(no=contract))


def _check_exclusive(tx: Tx, partner_id: int, form: AgreementForm) -> None:
    """No two exclusive agreements of a direction in the same days (R183)."""
    last = form.until_on or OPEN_END
    wanted = (PartnerAgreement.from_on <= last) & (last_day_of() >= form.from_on)
    met = _rows(tx.db, wanted & _meets(form.direction))
    for row in met:
        if row.form.exclusive and form.exclusive:
            words = tr("{name}的合同“{no}”在这段时间同方向已是排他。请先终止它，或这份不选排他。")
            raise RuleError(words.format(name=row.partner_name, no=row.form.contract))
    for row in met:
        elsewhere = row.partner_id != partner_id and (row.form.exclusive or form.exclusive)
        if elsewhere and EXCLUSIVE not in tx.confirmed:
            words = tr("排他协议和{name}的合同“{no}”时间、方向重叠，可能违约。仍要登记吗？")
            sentence = words.format(name=row.partner_name, no=row.form.contract)
            raise Confirmable(EXCLUSIVE, sentence)


def _meets(direction: str) -> Any:
    if direction == BOTH:
        return PartnerAgreement.direction.in_((IN, OUT, BOTH))
    return PartnerAgreement.direction.in_((direction, BOTH))


# -- reading ---------------------------------------------------------------------------------


def agreements(db: ClinicDatabase, partner_id: int | None = None) -> list[AgreementRow]:
    """Agreements of an institution or of all, the newest first."""
    everyone = PartnerAgreement.id.is_null(False)
    return _rows(db, everyone if partner_id is None else PartnerAgreement.partner_id == partner_id)


def agreement(db: ClinicDatabase, agreement_id: int) -> AgreementRow:
    """One agreement. Raises RuleError when there is none."""
    found = _rows(db, PartnerAgreement.id == agreement_id)
    if not found:
        raise RuleError(tr("没有找到这份协议，请刷新后重试。"))
    return found[0]


def agreements_on(
    db: ClinicDatabase, day: str, partner_id: int, direction: str
) -> list[AgreementRow]:
    """What an introduction of that day may go by."""
    mine = (PartnerAgreement.partner_id == partner_id) & in_force(day)
    return [row for row in _rows(db, mine) if row.takes(direction)]


def _rows(db: ClinicDatabase, wanted: Any) -> list[AgreementRow]:
    query = (
        PartnerAgreement.select(
            PartnerAgreement.id,
            PartnerAgreement.partner_id,
            Partner.name,
            PartnerAgreement.contract,
            PartnerAgreement.direction,
            PartnerAgreement.model,
            PartnerAgreement.terms,
            PartnerAgreement.rhythm,
            PartnerAgreement.from_on,
            PartnerAgreement.until_on,
            PartnerAgreement.exclusive,
            PartnerAgreement.notice_days,
            PartnerAgreement.file_note,
            PartnerAgreement.ending,
            PartnerAgreement.ended_on,
            Staff.name,
        )
        .join(Partner, on=(Partner.id == PartnerAgreement.partner_id))
        .switch(PartnerAgreement)
        .join(Staff, on=(Staff.id == PartnerAgreement.signed_by))
        .where(wanted)
        .order_by(PartnerAgreement.from_on.desc(), PartnerAgreement.id.desc())
    )
    return [
        AgreementRow(
            id=row_id,
            partner_id=partner_id,
            partner_name=name,
            form=AgreementForm(
                contract, direction, model, decode(terms), rhythm, first, until,
                bool(exclusive), notice, note,
            ),
            ending=ending,
            ended_on=ended_on,
            signer=signer,
        )
        for (
            row_id, partner_id, name, contract, direction, model, terms, rhythm, first, until,
            exclusive, notice, note, ending, ended_on, signer,
        ) in db.rows(query)
    ]  # fmt: skip
