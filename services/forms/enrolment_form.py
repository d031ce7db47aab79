"""入会登记表: what is known of somebody who joins, or empty lines to write it on (R038, R136)."""

from __future__ import annotations

from models.database import ClinicDatabase
from models.people import Person
from services.commands import Session
from services.forms.letterhead import clinic_title
from services.forms.paper import Heading, Pairs, Paper, Signatures, Text, Ticks
from services.forms.printed import log_personal_paper
from services.i18n import tr
from services.memberships.overview import MembershipView, held_by_title, memberships_of
from services.people.consent_words import item_title, item_words
from services.people.form import PersonForm
from services.people.privacy import mask_name
from services.people.records import (
    CONSENT_ITEMS,
    NOTICE_VERSION,
    PersonRecord,
    alerts_of,
    consents_of,
    list_doctors,
    person,
)
from services.programmes.registry import timelines

NAME = "入会登记表"


def filled_enrolment_form(session: Session, person_id: int) -> Paper:
    """The form of one person, with everything in clear, so it leaves an audit row.

    Raises RuleError for an unknown person or a missing right.
    """
    log_personal_paper(session, person_id=person_id, form=NAME)
    db = session.db
    today = session.clinic.clock.today()
    record = person(db, person_id)
    given = consents_of(db, person_id)
    return _paper(
        db,
        number=record.number,
        who=_who(db, record),
        health="；".join(alert.text for alert in alerts_of(db, person_id)) or tr("无"),
        joining=tuple(
            row for view in memberships_of(db, today, person_id) for row in _joining(view)
        ),
        ticks=tuple((item in given and given[item].granted, item) for item in CONSENT_ITEMS),
    )


def blank_enrolment_form(db: ClinicDatabase) -> Paper:
    """The form to be filled in by hand."""
    programmes = tr(" / ").join(f"☐ {timeline.name}" for timeline in timelines(db))
    return _paper(
        db,
        number="",
        who=tuple((title, "\n" if title == tr("住址") else "") for title in _titles()),
        health="\n",  # room to write
        joining=(
            (tr("方案"), programmes),
            (tr("等级"), ""),
            (tr("入会依据"), tr("☐ 单笔消费　☐ 累计消费　☐ 缴费　☐ 到诊　☐ 批准")),
            (tr("入会日期"), ""),
        ),
        ticks=tuple((False, item) for item in CONSENT_ITEMS),
    )


def _paper(
    db: ClinicDatabase,
    *,
    number: str,
    who: tuple[tuple[str, str], ...],
    health: str,
    joining: tuple[tuple[str, str], ...],
    ticks: tuple[tuple[bool, str], ...],
) -> Paper:
    title = tr("入会登记表")
    agreed = tr("同意项(可以只选一部分，不同意不影响看诊；见告知书第 {version} 版)")
    return Paper(
        title=title,
        name=NAME,
        clinic=clinic_title(db),
        number=number,
        blocks=(
            Heading(tr("本人")),
            Pairs(who),
            Heading(tr("口腔健康与过敏提示")),
            Pairs(((tr("提示医生"), health),)),
            Heading(tr("计划与等级")),
            Pairs(joining),
            Heading(agreed.format(version=NOTICE_VERSION)),
            Ticks(
                tuple(
                    (on, tr("{item}：{words}").format(item=item_title(i), words=item_words(i)))
                    for on, i in ticks
                )
            ),
            Text((tr("以上由本人提供并核对无误；如有变化，请凭证件到前台更改。"),), small=True),
            Signatures((tr("会员签字"), tr("监护人签字(未成年)"), tr("经办"), tr("日期"))),
        ),
    )


def _titles() -> tuple[str, ...]:
    return (
        tr("姓名"),
        tr("性别"),
        tr("出生日期"),
        tr("身份证号(选填)"),
        tr("手机"),
        tr("备用电话"),
        tr("住址"),
        tr("监护人"),
        tr("来源/推荐人"),
        tr("主治医师"),
    )


def _who(db: ClinicDatabase, record: PersonRecord) -> tuple[tuple[str, str], ...]:
    form = record.form
    doctors = {row.id: row.name for row in list_doctors(db, everybody=True)}
    values = (
        form.name,
        {"F": tr("女"), "M": tr("男")}.get(form.sex, ""),
        form.birthday or "",
        form.id_number or form.id_absent_reason,
        form.phone,
        form.phone_alt,
        form.address,
        _guardian(form),
        _source(db, form),
        "" if form.doctor_id is None else doctors.get(form.doctor_id, ""),
    )
    return tuple(zip(_titles(), values, strict=True))


def _guardian(form: PersonForm) -> str:
    parts = (form.guardian_name, form.guardian_relation, form.guardian_phone)
    return " ".join(part for part in parts if part) or tr("无")


def _source(db: ClinicDatabase, form: PersonForm) -> str:
    """Where somebody came from; who brought them is not theirs to read in full."""
    found = None
    if form.referrer_id is not None:
        query = Person.select(Person.name, Person.number).where(Person.id == form.referrer_id)
        found = db.row(query)
    brought = "" if found is None else f"{mask_name(found[0])} {found[1]}"
    return "　".join(part for part in (form.source, brought) if part) or tr("未填")


def _joining(view: MembershipView) -> tuple[tuple[str, str], ...]:
    """Programme, tier and basis of a membership; nothing of a programme not joined."""
    if view.membership is None:
        return ()
    basis = held_by_title(view.held_by) or held_by_title(view.membership.basis)
    return (
        (tr("方案"), view.programme.name),
        (tr("等级"), view.tier.name if view.tier else tr("会员")),
        (tr("入会依据"), basis or tr("到诊")),
        (tr("入会日期"), view.joined or ""),
        (tr("协议编号"), view.membership.agreement or tr("无")),
        (tr("会费期限"), (view.paid_until or tr("终身")) if view.paid else tr("不收会费")),
    )
