"""Every report of the clinic by name, in the order people look for them (workbooks.md)."""

from __future__ import annotations

import re
from functools import cache

from models.database import ClinicDatabase
from services.errors import RuleError
from services.i18n import tr
from services.partners.switch import is_on
from services.reports import (
    activities,
    admin,
    call_register,
    complaints,
    duties,
    fees,
    followups,
    friday,
    given_out,
    group,
    leavings,
    members,
    month,
    partners,
    points,
    services_used,
    sources,
    surveys,
    trends,
    visits,
)
from services.reports.handed import MONDAY
from services.reports.sheet import Report

MONTH = "monthly-reached"
_MONEY = "export.workbook"  # figures of the clinic as a whole are not for every post
_PARTNERS = "partner.draw"
_BLANKS = re.compile(r"[\s·/_-]")


@cache
def reports() -> tuple[Report, ...]:
    """All reports that every clinic has."""
    return (*_rhythm(), *_daily(), *_money(), *_people())


def offered(db: ClinicDatabase) -> tuple[Report, ...]:
    """The reports of this clinic: those about partner institutions while they are switched on."""
    return (*reports(), *_partners()) if is_on(db) else reports()


@cache
def _partners() -> tuple[Report, ...]:
    return (
        Report(
            "partner-payables",
            tr("合作机构应付应收台账"),
            tr("和合作机构已结清、待结清的费用，和还没出单的"),
            "year",
            partners.payables,
            _PARTNERS,
        ),
        Report(
            "partner-chains",
            tr("介绍来源链"),
            tr("顾客由哪家机构介绍来、又介绍到哪家，患者怎样同意"),
            "year",
            partners.chains,
            _PARTNERS,
        ),
    )


def _rhythm() -> tuple[Report, ...]:
    return (
        Report(
            friday.NAME,
            tr("周五核对"),
            tr("礼品收发存、发放、核销、应领未领，市场部和收费室双签"),
            "friday",
            friday.friday_report,
            _MONEY,
            days=friday.whole_week,
        ),
        Report(
            MONDAY,
            tr("周一会员档案汇总"),
            tr("上次移交以来的新会员和资料缺项，交市场部核对签收"),
            "week",
            members.new_members,
            handed_over=True,
        ),
        Report(
            MONTH,
            tr("月度达标与未领"),
            tr("本月谁达到哪一级、哪些礼品还没领，可一键生成回访"),
            "month",
            month.month_reached,
            makes_calls=True,
        ),
        Report(
            "admin-weekly",
            tr("会员管理员周报"),
            tr("会员增减、积分、礼品、回访、投诉与建议"),
            "week",
            admin.admin_report,
        ),
        Report(
            "admin-monthly",
            tr("会员管理员月报"),
            tr("会员增减、积分、礼品、回访、投诉与建议"),
            "month",
            admin.admin_report,
        ),
        Report(
            "duties",
            tr("周期事项与培训"),
            tr("每周、每月该办的事谁在哪天办了，哪些漏办，员工培训到哪一步"),
            "month",
            duties.duties_report,
        ),
    )


def _daily() -> tuple[Report, ...]:
    return (
        Report(
            "visits-day",
            tr("到诊日报"),
            tr("当天谁来过、等了多久、收了多少"),
            "day",
            visits.visits_of_days,
        ),
        Report(
            "unbilled",
            tr("未划价清单"),
            tr("已使用还没划价的院内项目"),
            "all",
            services_used.not_billed,
        ),
        Report(
            "doctor-cost",
            tr("医生承担额"),
            tr("院内项目的费用由市场、科室还是哪位医生承担"),
            "month",
            services_used.doctor_cost,
            _MONEY,
        ),
        Report(
            "quotas-left",
            tr("年度额度未用"),
            tr("今年到期、还没用完的洁牙等额度"),
            "year",
            services_used.quotas_left,
        ),
    )


def _money() -> tuple[Report, ...]:
    return (
        Report(
            "points",
            tr("积分变动与即将到期"),
            tr("积分的每一笔变动，和 90 天内到期的积分"),
            "week",
            points.points_moves,
        ),
        Report(
            "liability",
            tr("未兑换积分与估算负债"),
            tr("还有多少积分没兑换，大约要花多少钱"),
            "month",
            points.liability,
            _MONEY,
        ),
        Report(
            "fee-income",
            tr("会费递延"),
            tr("会费按月收到、确认和递延"),
            "year",
            fees.fees,
            _MONEY,
        ),
        Report(
            "leavings",
            tr("退会"),
            tr("谁退会、退了多少、按哪种算法"),
            "month",
            leavings.leavings,
            _MONEY,
        ),
    )


def _people() -> tuple[Report, ...]:
    return (
        Report(
            "trends",
            tr("走势分析"),
            tr("每周的积分、礼品、到诊、回访和新会员，用图看"),
            "weeks",
            trends.trends,
            _MONEY,
        ),
        Report(
            "sources",
            tr("来源与推荐"),
            tr("新顾客从哪里来、谁推荐了谁"),
            "month",
            sources.sources,
        ),
        Report(
            "followups",
            tr("回访完成率与满意度"),
            tr("回访做完多少、接通多少、顾客满意不满意"),
            "month",
            followups.followups,
        ),
        Report(
            "followup-register",
            tr("会员回访登记表"),
            tr("每一次回访：计划日、结果、恢复、满意度、要求和处理结果"),
            "week",
            call_register.call_register,
        ),
        Report(
            complaints.NAME,
            tr("投诉与意见"),
            tr("每条投诉用了多久、花了多少，按月和类别的走势，要求与建议"),
            "month",
            complaints.complaints,
        ),
        Report(
            surveys.NAME,
            tr("满意度与 NPS"),
            tr("顾客满意不满意、愿不愿推荐，按月、医生和回访事由"),
            "month",
            surveys.satisfaction,
        ),
        Report(
            given_out.NAME,
            tr("导出与对外提供登记"),
            tr("谁导出、打印、复制、查看了什么，又向谁提供了个人信息"),
            "month",
            given_out.given_out,
            "privacy.disclose",
        ),
        Report(
            "activities",
            tr("活动效果"),
            tr("每次活动来了多少人、花了多少、之后有多少人来院"),
            "year",
            activities.activity_results,
            _MONEY,
        ),
        Report(
            group.NAME,
            tr("客户分组名单"),
            tr("同意联系的顾客，可按分组、标签、等级、生日月份、多久没来筛选"),
            "day",
            group.group_list,
            _MONEY,
            filtered=True,
        ),
    )


def find(name: str) -> Report:
    """The report of a name, in English or Chinese. Raises RuleError that names the list."""
    wanted = _BLANKS.sub("", name).lower()
    for report in (*reports(), *_partners()):
        if wanted in (_BLANKS.sub("", report.name), _BLANKS.sub("", report.title).lower()):
            return report
    sentence = tr("没有“{name}”这张报表。用 report --list 看有哪些报表。")
    raise RuleError(sentence.format(name=name))
