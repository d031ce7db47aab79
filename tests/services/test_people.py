"""Enrolling and changing people (R120–R124, S18-05, E54). All people and numbers are made up."""

from __future__ import annotations

import uuid
from dataclasses import replace

import msgspec
import pytest

from models.system import Audit
from services.commands import Session
from services.errors import Confirmable, RuleError
from services.people.cards import cards_of, change_card, issue_card
from services.people.consents import set_consent
from services.people.enrolment import PersonForm, change_person, check_form, enrol, find_duplicates
from services.people.records import (
    add_alert,
    add_doctor,
    alerts_of,
    close_alert,
    consents_of,
    household_of,
    join_household,
    list_doctors,
    person,
)
from services.people.search import find

TODAY = "2026-11-20"
ID = "11010519491231002X"
PHONE = "13800138000"
ADULT = PersonForm(name="王芳", phone=PHONE)
GUARDIAN = {"guardian_name": "王强", "guardian_relation": "父亲", "guardian_phone": "13900139000"}


def last_audit(session: Session) -> tuple[str, dict[str, object]]:
    row = session.db.row(Audit.select(Audit.action, Audit.detail).order_by(Audit.seq.desc()))
    assert row is not None
    return row[0], msgspec.json.decode(row[1])


# -- the form ------------------------------------------------------------------------------


def test_r121_an_id_number_fills_birthday_sex_and_the_name_fills_pinyin() -> None:
    check = check_form(PersonForm(name=" 单雄信 ", id_number="110105491231002", phone=PHONE), TODAY)
    form = check.form
    assert not check.errors
    assert not check.warnings
    assert (form.name, form.id_number, form.birthday, form.sex) == ("单雄信", ID, "1949-12-31", "F")
    assert form.pinyin == "shan xiong xin"


def test_r121_what_was_typed_wins_and_the_difference_is_said() -> None:
    form = PersonForm(name="王芳", id_number=ID, sex="M", birthday="1950.1.1", phone=PHONE)
    check = check_form(form, TODAY)
    assert (check.form.sex, check.form.birthday) == ("M", "1950-01-01")
    assert [issue.field for issue in check.warnings] == ["birthday", "sex"]


def test_r121_a_failed_id_check_only_warns() -> None:
    check = check_form(PersonForm(name="王芳", id_number="110105194912310021", phone=PHONE), TODAY)
    assert [issue.field for issue in check.warnings] == ["id_number"]
    assert not check.errors


def test_pinyin_may_be_put_right_by_hand() -> None:
    assert check_form(replace(ADULT, pinyin="Wáng  Fāng"), TODAY).form.pinyin == "wang fang"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"sex": "X"}, "sex"),
        ({"phone": "无"}, "phone"),
        ({"birthday": "1990-2-30"}, "birthday"),
        ({"birthday": "2026-11-21"}, "birthday"),
        ({"id_type": "library"}, "id_type"),
    ],
)
def test_r121_what_cannot_be_kept_is_an_error(change: dict[str, str], field: str) -> None:
    check = check_form(replace(ADULT, **change), TODAY)  # type: ignore[arg-type]
    assert [issue.field for issue in check.errors] == [field]


def test_odd_phones_and_very_old_birthdays_warn() -> None:
    form = replace(ADULT, phone_alt="62345678", birthday="1899-01-01")
    assert {issue.field for issue in check_form(form, TODAY).warnings} == {"phone_alt", "birthday"}


def test_a_given_document_needs_no_reason_for_its_absence() -> None:
    form = replace(ADULT, id_number=ID, id_absent_reason="未带")
    assert check_form(form, TODAY).form.id_absent_reason == ""
    assert check_form(replace(form, id_number=""), TODAY).form.id_absent_reason == "未带"


@pytest.mark.parametrize(("birthday", "young"), [("2012-11-21", True), ("2012-11-20", False)])
def test_4_4_4_under_fourteen_needs_a_guardian(birthday: str, young: bool) -> None:
    child = PersonForm(name="王小宝", birthday=birthday, phone=PHONE)
    fields = [issue.field for issue in check_form(child, TODAY).errors]
    wanted = ["guardian_name", "guardian_relation", "guardian_phone"] if young else []
    assert fields == wanted
    assert not check_form(replace(child, **GUARDIAN), TODAY).errors  # type: ignore[arg-type]


# -- enrolling -----------------------------------------------------------------------------


def test_r120_enrolling_keeps_the_person_with_consents_alerts_and_household(
    frontdesk: Session,
) -> None:
    mother = enrol(
        frontdesk, form=ADULT, consents=("record", "marketing"), alerts=("牙齿敏感", " ")
    )
    child = PersonForm(name="王小宝", birthday="2018-05-01", **GUARDIAN)  # type: ignore[arg-type]
    son = enrol(frontdesk, form=child, household_with=mother.person_id)
    assert (mother.number, son.number) == ("M0000001", "M0000002")
    assert set(consents_of(frontdesk.db, mother.person_id)) == {"record", "marketing"}
    assert [alert.text for alert in alerts_of(frontdesk.db, mother.person_id)] == ["牙齿敏感"]
    assert [m.name for m in household_of(frontdesk.db, mother.person_id)] == ["王小宝"]
    stored = person(frontdesk.db, son.person_id)
    assert stored.name == "王小宝"
    assert stored.form.guardian_phone == "13900139000"


def test_e65_the_audit_row_of_enrolling_names_nobody(frontdesk: Session) -> None:
    enrol(frontdesk, form=replace(ADULT, id_number=ID, birthday="1949-12-31"))
    action, detail = last_audit(frontdesk)
    assert action == "person.enrol"
    text = str(detail)
    assert "王*" in text
    assert not any(secret in text for secret in ("王芳", PHONE, ID))


def test_e2_one_form_counts_once(frontdesk: Session) -> None:
    session = frontdesk.once(uuid.uuid4())
    assert enrol(session, form=ADULT) == enrol(session, form=ADULT)
    assert len(find(frontdesk.db, "王芳")) == 1


def test_a_number_given_by_hand_is_kept_and_never_given_again(frontdesk: Session) -> None:
    first = enrol(frontdesk, form=ADULT, number="M0000002")
    assert (first.person_id, first.number) == (1, "M0000002")
    second = enrol(frontdesk, form=PersonForm(name="李强", phone="13700137000"))
    assert (second.person_id, second.number) == (3, "M0000003")
    with pytest.raises(RuleError, match="M0000002"):
        enrol(frontdesk, form=PersonForm(name="赵敏", phone="13600136000"), number=" M0000002 ")


def test_nobody_without_any_phone_unasked(frontdesk: Session) -> None:
    with pytest.raises(Confirmable) as asked:
        enrol(frontdesk, form=PersonForm(name="王芳"))
    assert asked.value.code == "no_phone"
    assert enrol(frontdesk.confirming("no_phone"), form=PersonForm(name="王芳")).person_id == 1


def test_r121_the_same_document_is_asked_about_strongly(frontdesk: Session) -> None:
    enrol(frontdesk, form=replace(ADULT, id_number=ID))
    again = PersonForm(name="王方", phone="13700137000", id_number="110105491231002")
    with pytest.raises(Confirmable) as asked:
        enrol(frontdesk, form=again)
    assert asked.value.code == "same_id"
    assert enrol(frontdesk.confirming("same_id"), form=again).person_id == 2


@pytest.mark.parametrize(
    "again",
    [
        PersonForm(name="王芳", phone=PHONE),
        PersonForm(name="王芳", phone="13700137000", birthday="1980-01-01"),
    ],
)
def test_r121_name_with_phone_or_birthday_is_a_hint(frontdesk: Session, again: PersonForm) -> None:
    enrol(frontdesk, form=replace(ADULT, birthday="1980-01-01"))
    with pytest.raises(Confirmable) as asked:
        enrol(frontdesk, form=again)
    assert asked.value.code == "possible_duplicate"
    assert enrol(frontdesk.confirming("possible_duplicate"), form=again).person_id == 2


def test_r121_one_phone_for_the_whole_family_is_normal(frontdesk: Session) -> None:
    enrol(frontdesk, form=ADULT)
    assert enrol(frontdesk, form=PersonForm(name="王强", phone=PHONE)).person_id == 2


def test_duplicates_leave_out_the_person_itself_and_other_documents(frontdesk: Session) -> None:
    form = replace(ADULT, id_number=ID, birthday="1949-12-31")
    enrol(frontdesk, form=form)
    hints = find_duplicates(frontdesk.db, form)
    assert [(hint.strong, hint.phone_masked, hint.birth_year) for hint in hints] == [
        (True, "138****8000", "1949")
    ]
    assert find_duplicates(frontdesk.db, form, exclude=1) == []
    other = PersonForm(name="李", id_type="other", id_number=ID)
    assert find_duplicates(frontdesk.db, other) == []


def test_unknown_referrers_doctors_and_consents_are_refused(frontdesk: Session) -> None:
    for form in (replace(ADULT, referrer_id=9), replace(ADULT, doctor_id=9)):
        with pytest.raises(RuleError, match="没有找到"):
            enrol(frontdesk, form=form)
    with pytest.raises(RuleError, match="同意项"):
        enrol(frontdesk, form=ADULT, consents=("everything",))
    with pytest.raises(RuleError, match="姓名"):
        enrol(frontdesk, form=replace(ADULT, name=""))
    assert find(frontdesk.db, "王") == []  # a refusal leaves nothing behind


# -- changing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"name": "王方"},
        {"phone": "13700137000"},
        {"birthday": "1981-01-01"},
        {"id_number": ""},
        {"id_type": "other"},
    ],
)
def test_r124_what_a_document_proves_changes_only_with_one(
    frontdesk: Session, change: dict[str, str]
) -> None:
    form = replace(ADULT, id_number=ID, birthday="1949-12-31", sex="F")
    enrol(frontdesk, form=form)
    stored = person(frontdesk.db, 1).form
    changed = replace(stored, **change)  # type: ignore[arg-type]
    with pytest.raises(RuleError, match="已核对证件"):
        change_person(frontdesk, person_id=1, form=changed, document_checked=False)
    change_person(frontdesk, person_id=1, form=changed, document_checked=True)
    for name, value in change.items():
        assert getattr(person(frontdesk.db, 1).form, name) == value


def test_r124_what_was_missing_may_be_added_and_a_remark_changed(frontdesk: Session) -> None:
    enrol(frontdesk, form=ADULT)
    stored = person(frontdesk.db, 1).form
    form = replace(stored, id_number=ID, note="喜欢靠窗", address="某某市某某区某某路1号")
    change_person(frontdesk, person_id=1, form=form, document_checked=False)
    assert person(frontdesk.db, 1).form.birthday == "1949-12-31"
    action, detail = last_audit(frontdesk)
    assert action == "person.change"
    assert detail["note"] is True
    assert "某某路" not in str(detail)


def test_e54_a_changed_birthday_is_on_record_before_and_after(frontdesk: Session) -> None:
    enrol(frontdesk, form=replace(ADULT, birthday="1980-01-01"))
    form = replace(person(frontdesk.db, 1).form, birthday="1980-12-01", phone="13700137000")
    change_person(frontdesk, person_id=1, form=form, document_checked=True)
    _, detail = last_audit(frontdesk)
    assert detail["birthday"] == ["1980-01-01", "1980-12-01"]
    (masked, _), (masked_after, _) = detail["phone"]  # type: ignore[misc]
    assert (masked, masked_after) == ("138****8000", "137****7000")
    assert detail["document_checked"] is True


def test_a_new_name_brings_its_own_pinyin_unless_it_was_put_right_by_hand(
    frontdesk: Session,
) -> None:
    enrol(frontdesk, form=ADULT)
    form = replace(person(frontdesk.db, 1).form, name="李芳")
    change_person(frontdesk, person_id=1, form=form, document_checked=True)
    assert person(frontdesk.db, 1).form.pinyin == "li fang"
    assert [hit.name for hit in find(frontdesk.db, "lif")] == ["李芳"]
    assert find(frontdesk.db, "wangf") == []
    form = replace(person(frontdesk.db, 1).form, pinyin="ly fang")
    change_person(frontdesk, person_id=1, form=form, document_checked=False)
    form = replace(person(frontdesk.db, 1).form, name="里芳")
    change_person(frontdesk, person_id=1, form=form, document_checked=True)
    assert person(frontdesk.db, 1).form.pinyin == "ly fang"


def test_changing_asks_and_refuses_like_enrolling(frontdesk: Session) -> None:
    enrol(frontdesk, form=replace(ADULT, id_number=ID))
    enrol(frontdesk, form=PersonForm(name="李强", phone="13700137000"))
    other = person(frontdesk.db, 2).form
    with pytest.raises(Confirmable) as asked:
        change_person(
            frontdesk, person_id=2, form=replace(other, id_number=ID), document_checked=True
        )
    assert asked.value.code == "same_id"
    gone = replace(other, phone="")
    with pytest.raises(Confirmable) as asked:
        change_person(frontdesk, person_id=2, form=gone, document_checked=True)
    assert asked.value.code == "no_phone"
    change_person(frontdesk.confirming("no_phone"), person_id=2, form=gone, document_checked=True)
    with pytest.raises(RuleError, match="本人"):
        change_person(
            frontdesk, person_id=2, form=replace(gone, referrer_id=2), document_checked=True
        )
    with pytest.raises(RuleError, match="没有找到"):
        change_person(frontdesk, person_id=9, form=other, document_checked=True)
    with pytest.raises(RuleError, match="没有找到"):
        person(frontdesk.db, 9)


# -- what hangs on a person ----------------------------------------------------------------


def test_4_4_5_a_consent_is_taken_back_by_a_row_of_its_own(frontdesk: Session) -> None:
    enrol(frontdesk, form=ADULT, consents=("marketing",))
    set_consent(frontdesk, person_id=1, item="marketing", granted=False)
    assert consents_of(frontdesk.db, 1)["marketing"].granted is False
    with pytest.raises(RuleError, match="同意项"):
        set_consent(frontdesk, person_id=1, item="all", granted=True)
    with pytest.raises(RuleError, match="没有找到"):
        set_consent(frontdesk, person_id=9, item="record", granted=True)


def test_alerts_are_added_and_put_away(frontdesk: Session) -> None:
    enrol(frontdesk, form=ADULT)
    added = add_alert(frontdesk, person_id=1, text=" 青霉素过敏 ")
    assert [alert.text for alert in alerts_of(frontdesk.db, 1)] == ["青霉素过敏"]
    close_alert(frontdesk, alert_id=added.alert_id)
    assert alerts_of(frontdesk.db, 1) == []
    with pytest.raises(RuleError, match="已经撤下"):
        close_alert(frontdesk, alert_id=added.alert_id)
    with pytest.raises(RuleError, match="警示内容"):
        add_alert(frontdesk, person_id=1, text=" ")


def test_r133_people_move_between_households(frontdesk: Session) -> None:
    for name in ("甲", "乙", "丙"):
        enrol(frontdesk.confirming("no_phone"), form=PersonForm(name=name))
    first = join_household(frontdesk, person_id=1, with_person_id=2)
    assert join_household(frontdesk, person_id=3, with_person_id=1).household_id == (
        first.household_id
    )
    assert {m.person_id for m in household_of(frontdesk.db, 1)} == {2, 3}
    assert household_of(frontdesk.db, 99) == []
    with pytest.raises(RuleError, match="另一位"):
        join_household(frontdesk, person_id=1, with_person_id=1)
    with pytest.raises(RuleError, match="没有找到"):
        join_household(frontdesk, person_id=1, with_person_id=9)


def test_doctors_are_added_by_managers(frontdesk: Session, member_admin: Session) -> None:
    add_doctor(member_admin, name=" 陈医生 ", department="种植")
    assert [(d.name, d.department) for d in list_doctors(frontdesk.db)] == [("陈医生", "种植")]
    assert list_doctors(frontdesk.db, everybody=True)[0].active
    with pytest.raises(RuleError, match="同名"):
        add_doctor(member_admin, name="陈医生")
    with pytest.raises(RuleError, match="医生姓名"):
        add_doctor(member_admin, name=" ")
    with pytest.raises(RuleError, match="权限"):
        add_doctor(frontdesk, name="林医生")


# -- cards ---------------------------------------------------------------------------------


def test_r124_a_card_is_lost_found_and_replaced_with_a_document(frontdesk: Session) -> None:
    enrol(frontdesk, form=ADULT)
    card = issue_card(frontdesk, person_id=1, number=" 00A1 ").card_id
    assert [hit.matched for hit in find(frontdesk.db, "00a1")] == ["card"]
    with pytest.raises(RuleError, match="已核对证件"):
        change_card(frontdesk, card_id=card, to_state="lost", document_checked=False)
    change_card(frontdesk, card_id=card, to_state="lost", document_checked=True)
    assert find(frontdesk.db, "00a1") == []
    change_card(frontdesk, card_id=card, to_state="active", document_checked=True)
    change_card(frontdesk, card_id=card, to_state="lost", document_checked=True)
    new = change_card(
        frontdesk, card_id=card, to_state="replaced", document_checked=True, new_number="00A2"
    )
    cards = cards_of(frontdesk.db, 1)
    assert [(c.number, c.state, c.replaces_id) for c in cards] == [
        ("00A2", "active", card),
        ("00A1", "replaced", None),
    ]
    assert new.card_id == cards[0].id
    with pytest.raises(RuleError, match="不能这样变更"):
        change_card(frontdesk, card_id=card, to_state="active", document_checked=True)


def test_r124_cards_have_one_owner_and_one_number(frontdesk: Session) -> None:
    enrol(frontdesk, form=ADULT)
    enrol(frontdesk, form=PersonForm(name="李强", phone="13700137000"))
    issue_card(frontdesk, person_id=1, number="A")
    with pytest.raises(RuleError, match="已有会员卡"):
        issue_card(frontdesk, person_id=1, number="B")
    with pytest.raises(RuleError, match="已经用过"):
        issue_card(frontdesk, person_id=2, number="A")
    with pytest.raises(RuleError, match="卡号"):
        issue_card(frontdesk, person_id=2, number=" ")
    with pytest.raises(RuleError, match="没有找到这个人"):
        issue_card(frontdesk, person_id=9, number="C")
    with pytest.raises(RuleError, match="没有找到这张卡"):
        change_card(frontdesk, card_id=9, to_state="lost", document_checked=True)
