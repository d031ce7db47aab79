"""The institutions: who they are, kept as long as anything was agreed with them.

Only institutions: a name that belongs to somebody who works here is refused, and one that looks
like a person's is asked about, for nobody is paid in person (4.5.5).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from peewee import fn

from models.database import ClinicDatabase
from models.partners import Partner, PartnerAgreement, PartnerStatement
from models.system import Doctor, Staff
from services.changes import Changes, Kind
from services.commands import Tx, command
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.partners.agreement_days import in_force
from services.partners.switch import check_on

NOT_AN_INSTITUTION = "partner_name"
STAFF_CONTACT = "partner_contact"
_MOST = {"name": 60, "contact": 40, "phone": 40, "address": 120, "note": 300}
_LICENCE = re.compile(r"[0-9A-Z-]{6,40}")
_A_PERSON = 4  # characters: no institution is called so briefly without a word that says what it is
_INSTITUTION = re.compile(
    "院|所|部|室|中心|公司|集团|诊|店|馆|会|社|校|局|保险|口腔|门诊|医疗|健康|科技"
)


@dataclass(frozen=True)
class PartnerForm:
    """What is known of an institution."""

    name: str
    licence: str
    contact: str = ""
    phone: str = ""
    address: str = ""
    note: str = ""


@dataclass(frozen=True)
class PartnerRow:
    """An institution in a list."""

    id: int
    form: PartnerForm
    active: bool
    agreements: int

    @property
    def name(self) -> str:
        """Its name."""
        return self.form.name


@dataclass(frozen=True)
class PartnerChanged:
    """An institution was added or changed."""

    partner_id: int
    changes: Changes


_CHANGED = Changes((Kind.PARTNER,))


@command("partner.add", entity="partner")
def add_partner(tx: Tx, *, form: PartnerForm) -> PartnerChanged:
    """Add an institution (R179). Raises RuleError: switched off, no name or licence number, a name
    that is taken or that of somebody who works here; Confirmable for a name like a person's."""
    check_on(tx.db)
    checked = _checked(tx, form)
    partner_id = tx.db.insert(Partner, **checked.__dict__, staff_id=tx.actor.id, seq=tx.seq)
    tx.about(partner_id)
    return PartnerChanged(partner_id, _CHANGED)


@command("partner.change", entity="partner")
def change_partner(tx: Tx, *, partner_id: int, form: PartnerForm) -> PartnerChanged:
    """Correct what is known of an institution. Raises as `add_partner`."""
    check_on(tx.db)
    before = partner(tx.db, partner_id)
    checked = _checked(tx, form, but=partner_id)
    tx.db.write(Partner.update(**checked.__dict__).where(Partner.id == partner_id))
    changed = [key for key, value in checked.__dict__.items() if value != getattr(before.form, key)]
    tx.about(partner_id, changed=changed)
    return PartnerChanged(partner_id, _CHANGED)


@command("partner.retire", entity="partner")
def retire_partner(tx: Tx, *, partner_id: int, active: bool = False) -> PartnerChanged:
    """Nothing new with an institution any more, or (`active`) again. Raises RuleError while an
    agreement runs or a statement waits."""
    check_on(tx.db)
    row = partner(tx.db, partner_id)
    if row.active == active:
        raise RuleError(tr("这家机构已经是这个状态，请刷新后再看。"))
    if not active:
        _check_free(tx, partner_id)
    tx.db.write(Partner.update(active=int(active)).where(Partner.id == partner_id))
    tx.about(partner_id, active=active)
    return PartnerChanged(partner_id, _CHANGED)


def _check_free(tx: Tx, partner_id: int) -> None:
    running = PartnerAgreement.select(PartnerAgreement.id).where(
        (PartnerAgreement.partner_id == partner_id)
        & (in_force(tx.today) | (PartnerAgreement.from_on > tx.today))
    )
    if tx.db.row(running) is not None:
        raise RuleError(tr("这家机构还有没到期的协议。请先终止协议，再停用。"))
    waiting = PartnerStatement.select(PartnerStatement.id).where(
        (PartnerStatement.partner_id == partner_id) & (PartnerStatement.state == "drawn")
    )
    if tx.db.row(waiting) is not None:
        raise RuleError(tr("这家机构还有没结清的结算单。请先结清或作废，再停用。"))


def _checked(tx: Tx, form: PartnerForm, but: int = 0) -> PartnerForm:
    """The form without stray blanks. Raises RuleError, Confirmable."""
    clean = {key: _plain(value) for key, value in form.__dict__.items()}
    clean["licence"] = clean["licence"].upper()
    if not clean["name"]:
        raise RuleError(tr("请填写机构全称。"))
    for key, most in _MOST.items():
        if len(clean[key]) > most:
            raise RuleError(tr("“{text}…”太长，请缩短。").format(text=clean[key][:10]))
    if not _LICENCE.fullmatch(clean["licence"]):
        raise RuleError(
            tr(
                "请填写执业许可证号或统一社会信用代码(6 至 40 位字母和数字)："
                "只登记机构，不登记个人。"
            )
        )
    taken = Partner.select(Partner.id).where((Partner.name == clean["name"]) & (Partner.id != but))
    if tx.db.row(taken) is not None:
        raise RuleError(tr("已经登记过这家机构，请在名单里找到它。"))
    _check_nobody(tx, clean["name"], clean["contact"])
    return PartnerForm(**clean)


def _check_nobody(tx: Tx, name: str, contact: str) -> None:
    """Nobody who works here hides behind a partner. Raises RuleError, Confirmable."""
    names = {
        _joined(each)
        for table in (Staff, Doctor)
        for (each,) in tx.db.rows(table.select(table.name).where(table.active == 1))
    } - {""}
    if _joined(name) in names:
        raise RuleError(
            tr("这是本院员工或医生的姓名。不能给个人登记介绍费(九项准则)，请填写机构的全称。")
        )
    hidden = any(len(each) > 1 and each in _joined(name) for each in names)
    personal = len(name) <= _A_PERSON and not _INSTITUTION.search(name)
    if (hidden or personal) and NOT_AN_INSTITUTION not in tx.confirmed:
        sentence = tr("“{name}”像是个人的名字。只能登记机构，不能把介绍费付给个人。确实是机构吗？")
        raise Confirmable(NOT_AN_INSTITUTION, sentence.format(name=name))
    if contact and _joined(contact) in names and STAFF_CONTACT not in tx.confirmed:
        sentence = tr("联系人和本院员工或医生同名。员工不得从介绍中得利。确实是另一个人吗？")
        raise Confirmable(STAFF_CONTACT, sentence)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _joined(text: str) -> str:
    return _plain(text).replace(" ", "").replace("医生", "").replace("医师", "")


# -- reading ---------------------------------------------------------------------------------


def partners(db: ClinicDatabase) -> list[PartnerRow]:
    """Every institution, those in use first."""
    return _rows(db, Partner.id.is_null(False))


def partner(db: ClinicDatabase, partner_id: int) -> PartnerRow:
    """One institution. Raises RuleError when there is none."""
    found = _rows(db, Partner.id == partner_id)
    if not found:
        raise RuleError(tr("没有找到这家机构，请刷新后重试。"))
    return found[0]


def _rows(db: ClinicDatabase, wanted: object) -> list[PartnerRow]:
    count = PartnerAgreement.select(fn.COUNT(PartnerAgreement.id)).where(
        PartnerAgreement.partner_id == Partner.id
    )
    query = (
        Partner.select(
            Partner.id,
            Partner.name,
            Partner.licence,
            Partner.contact,
            Partner.phone,
            Partner.address,
            Partner.note,
            Partner.active,
            count,
        )
        .where(wanted)
        .order_by(Partner.active.desc(), Partner.name)
    )
    return [
        PartnerRow(partner_id, PartnerForm(*form), bool(active), agreements)
        for partner_id, *form, active, agreements in db.rows(query)
    ]
