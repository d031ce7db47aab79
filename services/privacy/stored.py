"""Everything that is stored about somebody, table by table, in words (个保法 45 条).

One declaration per table: what it is called, whose row it is, and its columns. A test holds that
no table with somebody in it is missing.
"""

from __future__ import annotations

from models.activities import Activity, ActivityPlace
from models.database import ClinicDatabase
from models.desk import Visit
from models.followup import FollowupAttempt, FollowupTask, Mailing, MailingPerson, Request
from models.groups import Label, PersonLabel
from models.ledgers import (
    TierEvent,
    TierOverride,
)
from models.partners import Introduction
from models.people import Alert, Card, Complaint, Consent, HealthGrade, LunarBirthday, Membership
from models.privacy import DataRequest, Disclosure
from models.reception import Appointment, CareTeam, DoctorChange
from models.schemes import Referral
from models.system import Doctor
from services.care.doctor_changes import state_title as change_title
from services.care.team import part_title
from services.desk.appointments import appointment_title
from services.desk.visit_steps import state_title as visit_title
from services.feedback.words import kind_title as voice_title
from services.feedback.words import request_state_title
from services.followups.outcomes import outcome_title
from services.i18n import tr
from services.partners.terms import direction_title
from services.people.consent_words import item_title
from services.people.referral_states import state_title as referral_title
from services.privacy.stored_money import paid, received
from services.privacy.told import Part, Words, as_yes, is_state, plain
from services.privacy.words import basis_title, check_title, kind_title, state_title


def parts(db: ClinicDatabase) -> tuple[Part, ...]:
    """Every table that tells of people, in the order somebody would ask."""
    say = Words(db)
    return (
        *_agreed(say),
        *_belonging(say),
        *paid(say),
        *received(say),
        *_seen(say),
        *_talked(say),
        *_handed_on(say),
    )


def _agreed(say: Words) -> tuple[Part, ...]:
    return (
        Part(
            tr("同意与撤回"),
            Consent,
            Consent.person_id,
            (
                plain(tr("日期"), Consent.seq, say.day_of()),
                plain(tr("事项"), Consent.item, item_title),
                plain(tr("同意"), Consent.granted, as_yes),
                plain(tr("告知书版本"), Consent.notice_version),
            ),
        ),
        Part(
            tr("健康提示"),
            Alert,
            Alert.person_id,
            (plain(tr("内容"), Alert.text), plain(tr("在用"), Alert.active, as_yes)),
        ),
        Part(
            tr("标签"),
            PersonLabel,
            PersonLabel.person_id,
            (
                plain(tr("标签"), PersonLabel.label_id, say.named(Label, Label.name)),
                plain(tr("从"), PersonLabel.from_on),
                plain(tr("到"), PersonLabel.until_on),
            ),
        ),
        Part(
            tr("农历生日"),
            LunarBirthday,
            LunarBirthday.person_id,
            (plain(tr("月"), LunarBirthday.month), plain(tr("日"), LunarBirthday.day)),
        ),
        Part(
            tr("口腔健康评级"),
            HealthGrade,
            HealthGrade.person_id,
            (
                plain(tr("日期"), HealthGrade.occurred_on),
                plain(tr("评级"), HealthGrade.grade),
                plain(tr("备注"), HealthGrade.note),
            ),
        ),
    )


def _belonging(say: Words) -> tuple[Part, ...]:
    return (
        Part(
            tr("会员卡"),
            Card,
            Card.person_id,
            (plain(tr("卡号"), Card.number), plain(tr("在用"), Card.state, is_state("active"))),
        ),
        Part(
            tr("入会与退会"),
            Membership,
            Membership.person_id,
            (
                plain(tr("入会日期"), Membership.joined_on),
                plain(tr("协议编号"), Membership.agreement),
                plain(tr("退会日期"), Membership.ended_on),
                plain(tr("原因"), Membership.end_reason),
            ),
        ),
        Part(
            tr("等级变化"),
            TierEvent,
            TierEvent.person_id,
            (
                plain(tr("日期"), TierEvent.occurred_on),
                plain(tr("从第几级"), TierEvent.from_rank),
                plain(tr("到第几级"), TierEvent.to_rank),
            ),
        ),
        Part(
            tr("等级批准"),
            TierOverride,
            TierOverride.person_id,
            (
                plain(tr("日期"), TierOverride.occurred_on),
                plain(tr("第几级"), TierOverride.rank),
                plain(tr("原因"), TierOverride.reason),
            ),
        ),
        Part(
            tr("推荐"),
            Referral,
            Referral.newcomer_id,
            (
                plain(tr("登记日期"), Referral.recorded_on),
                plain(tr("状态"), Referral.state, referral_title),
                plain(tr("说明"), Referral.reason),
            ),
        ),
        Part(
            tr("医生团队"),
            CareTeam,
            CareTeam.person_id,
            (
                plain(tr("角色"), CareTeam.part, part_title),
                plain(tr("医生"), CareTeam.doctor_id, say.named(Doctor, Doctor.name)),
                plain(tr("从"), CareTeam.from_on),
                plain(tr("到"), CareTeam.until_on),
            ),
        ),
        Part(
            tr("更换医生申请"),
            DoctorChange,
            DoctorChange.person_id,
            (
                plain(tr("日期"), DoctorChange.occurred_on),
                plain(tr("状态"), DoctorChange.state, change_title),
                plain(tr("原因"), DoctorChange.reason),
                plain(tr("备注"), DoctorChange.note),
            ),
        ),
    )


def _seen(say: Words) -> tuple[Part, ...]:
    return (
        Part(
            tr("到诊"),
            Visit,
            Visit.person_id,
            (
                plain(tr("日期"), Visit.visit_date),
                plain(tr("状态"), Visit.state, visit_title),
                plain(tr("医生"), Visit.doctor_id, say.named(Doctor, Doctor.name)),
                plain(tr("项目"), Visit.item),
                plain(tr("备注"), Visit.note),
            ),
        ),
        Part(
            tr("预约"),
            Appointment,
            Appointment.person_id,
            (
                plain(tr("日期"), Appointment.day),
                plain(tr("时间"), Appointment.at),
                plain(tr("状态"), Appointment.state, appointment_title),
                plain(tr("项目"), Appointment.item),
                plain(tr("备注"), Appointment.note),
            ),
        ),
        Part(
            tr("活动"),
            ActivityPlace,
            ActivityPlace.person_id,
            (
                plain(tr("活动"), ActivityPlace.activity_id, say.named(Activity, Activity.name)),
                plain(tr("到场"), ActivityPlace.attended_at),
                plain(tr("备注"), ActivityPlace.note),
            ),
        ),
    )


def _talked(say: Words) -> tuple[Part, ...]:
    return (
        Part(
            tr("回访计划"),
            FollowupTask,
            FollowupTask.person_id,
            (
                plain(tr("应办日期"), FollowupTask.due_on),
                plain(tr("事由"), FollowupTask.subject),
                plain(tr("还没办"), FollowupTask.state, is_state("open")),
            ),
        ),
        Part(
            tr("回访记录"),
            FollowupAttempt,
            FollowupAttempt.person_id,
            (
                plain(tr("日期"), FollowupAttempt.occurred_on),
                plain(tr("结果"), FollowupAttempt.outcome, outcome_title),
                plain(tr("满意度(1–4)"), FollowupAttempt.satisfaction),
                plain(tr("记录"), FollowupAttempt.note),
            ),
        ),
        Part(
            tr("信函短信"),
            MailingPerson,
            MailingPerson.person_id,
            (plain(tr("标题"), MailingPerson.mailing_id, say.named(Mailing, Mailing.title)),),
        ),
        Part(
            tr("要求与建议"),
            Request,
            Request.person_id,
            (
                plain(tr("日期"), Request.received_on),
                plain(tr("类别"), Request.kind, voice_title),
                plain(tr("内容"), Request.text),
                plain(tr("状态"), Request.state, request_state_title),
                plain(tr("答复"), Request.answer),
            ),
        ),
        Part(
            tr("投诉"),
            Complaint,
            Complaint.person_id,
            (
                plain(tr("日期"), Complaint.received_on),
                plain(tr("内容"), Complaint.text),
                plain(tr("结果"), Complaint.outcome),
                plain(tr("结案日期"), Complaint.closed_on),
            ),
        ),
    )


def _handed_on(say: Words) -> tuple[Part, ...]:
    return (
        Part(
            tr("机构介绍"),
            Introduction,
            Introduction.person_id,
            (
                plain(tr("日期"), Introduction.occurred_on),
                plain(tr("方向"), Introduction.direction, direction_title),
                plain(tr("目的"), Introduction.purpose),
                plain(tr("同意"), Introduction.consent_note),
            ),
        ),
        Part(
            tr("对外提供"),
            Disclosure,
            Disclosure.person_id,
            (
                plain(tr("日期"), Disclosure.occurred_on),
                plain(tr("接收方"), Disclosure.receiver),
                plain(tr("提供什么"), Disclosure.what),
                plain(tr("用途"), Disclosure.purpose),
                plain(tr("依据"), Disclosure.basis, basis_title),
                plain(tr("撤回了哪条"), Disclosure.takes_back_id),
            ),
        ),
        Part(
            tr("个人信息要求"),
            DataRequest,
            DataRequest.person_id,
            (
                plain(tr("日期"), DataRequest.received_on),
                plain(tr("要求"), DataRequest.kind, kind_title),
                plain(tr("核对"), DataRequest.checked, check_title),
                plain(tr("状态"), DataRequest.state, state_title),
                plain(tr("答复"), DataRequest.answer),
            ),
        ),
    )
