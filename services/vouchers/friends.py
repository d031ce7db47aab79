"""Who a voucher is passed on to: somebody on record, or a name and a phone (E45, R133).

Only what is needed to call the friend is kept. A friend who is new counts as brought by the
owner, if nobody else brought them and the two are no family (E56).
"""

from __future__ import annotations

import re

from models.people import Person, SearchKey
from models.query import Prepared, slot
from services.commands import Tx
from services.errors import Confirmable, RuleError
from services.i18n import tr
from services.loyalty.receipt_checks import check_person
from services.people.aliases import group_of, root_of
from services.people.enrolment import keep_person
from services.people.form import PersonForm, check_form
from services.people.privacy import mask_name
from services.people.referral_checks import may_be_referred
from services.people.referrals import record_referral
from services.people.search import KeyKind

_BY_PHONE = Prepared(
    lambda: (
        Person.select(Person.id, Person.number, Person.name)
        .join(SearchKey, on=(SearchKey.person_id == Person.id))
        .where(
            (SearchKey.kind == int(KeyKind.PHONE))
            & (SearchKey.key == slot("digits"))
            & (Person.state == "active")
        )
        .order_by(Person.id)
    )
)


def find_friend(tx: Tx, owner: int, friend_id: int | None, name: str, phone: str) -> int:
    """The friend's record, made now when there is none. Raises RuleError and Confirmable."""
    if friend_id is None:
        friend_id = _by_name_and_phone(tx, name, phone)
    friend = root_of(tx.db, friend_id)
    check_person(tx, friend)
    if friend in group_of(tx.db, owner):
        raise RuleError(tr("受赠人就是会员本人，不用转赠，直接使用即可。"))
    return friend


def _by_name_and_phone(tx: Tx, name: str, phone: str) -> int:
    form = PersonForm(name=name, phone=phone, source=tr("朋友转赠"))
    checked = check_form(form, tx.today)
    if checked.errors:
        raise RuleError(checked.errors[0].sentence)
    form = checked.form
    if not form.phone:
        raise RuleError(tr("请填写受赠人的电话，好约来院时间。已建档的请直接查找选中。"))
    digits = re.sub(r"\D", "", form.phone.partition("转")[0])
    known = _BY_PHONE.rows(tx.db, digits=digits)
    for person_id, _, known_name in known:
        if known_name == form.name:
            return int(person_id)
    if known and "friend_phone" not in tx.confirmed:
        sentence = tr("这个电话已登记在 {number} {name} 名下。仍要为“{friend}”另建档案吗？")
        raise Confirmable(
            "friend_phone",
            sentence.format(number=known[0][1], name=mask_name(known[0][2]), friend=form.name),
        )
    if "friend_agrees" not in tx.confirmed:
        sentence = tr("“{friend}”还没有档案。请先问会员：对方同意登记姓名和电话吗？同意就继续。")
        raise Confirmable("friend_agrees", sentence.format(friend=form.name))
    return keep_person(tx, form)


def refer(tx: Tx, owner: int, friend: int) -> bool:
    """Keep that the owner brought the friend, if the friend is new (E45, E56); answers whether."""
    if not may_be_referred(tx.db, friend, owner, tx.today):
        return False
    tx.db.write(Person.update(referrer_id=owner).where(Person.id == friend))
    record_referral(tx, friend, owner)
    return True
