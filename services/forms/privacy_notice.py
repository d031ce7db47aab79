"""个人信息告知与同意书: who keeps what, for what, how long, and a tick for each item (个保法 17,
28–31 条, front-desk.md 4.4). Its version is kept with every consent."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.forms.letterhead import clinic_title, contact_line
from services.forms.paper import Grid, Heading, Pairs, Paper, Signatures, Text, Ticks
from services.forms.scheme_text import numbered
from services.i18n import tr
from services.people.consent_words import item_title, item_words
from services.people.records import CONSENT_ITEMS, NOTICE_VERSION, consents_of, person

NAME = "个人信息告知与同意书"


def privacy_notice(db: ClinicDatabase, person_id: int | None = None) -> Paper:
    """The notice with the person's own ticks, or with empty boxes for nobody.

    Raises RuleError for an unknown person.
    """
    name = number = guardian = ""
    given = {}
    if person_id is not None:
        record = person(db, person_id)
        name, number, guardian = record.name, record.number, record.form.guardian_name
        given = consents_of(db, person_id)
    ticks = tuple(
        (
            item in given and given[item].granted,
            tr("同意 {item}：{words}").format(item=item_title(item), words=item_words(item)),
        )
        for item in CONSENT_ITEMS
    )
    return Paper(
        title=tr("个人信息告知与同意书"),
        name=NAME,
        clinic=clinic_title(db),
        subject=tr("第 {version} 版").format(version=NOTICE_VERSION),
        blocks=(
            Pairs(
                (
                    (tr("姓名"), name),
                    (tr("会员号"), number),
                    (tr("监护人"), guardian),
                    (tr("与本人关系"), ""),
                )
            ),
            Heading(tr("谁来处理，怎样联系")),
            Text((_handler(db),)),
            Heading(tr("收集什么，用来做什么")),
            _uses(),
            Heading(tr("敏感信息")),
            Text(numbered(_sensitive())),
            Heading(tr("保存多久，怎样保护")),
            Text(numbered(_keeping())),
            Heading(tr("您的权利")),
            Text(numbered(_rights())),
            Heading(tr("我的选择(逐项勾选，可以只同意一部分)")),
            Ticks(ticks),
            Signatures((tr("本人签字"), tr("监护人签字"), tr("经办签字"), tr("日期"))),
        ),
    )


def _handler(db: ClinicDatabase) -> str:
    contact = contact_line(db)
    words = tr("{clinic} 是您个人信息的处理者，信息只保存在本诊所的电脑里，不上传网络。").format(
        clinic=clinic_title(db)
    )
    if contact:
        return words + tr("联系方式：{contact}。").format(contact=contact)
    return words + tr("联系方式：请到前台询问。")


def _uses() -> Grid:
    return Grid(
        (tr("信息"), tr("用来做什么"), tr("必填")),
        (
            (tr("姓名、手机"), tr("建会员档案，确认本人，通知到诊和领取"), tr("是")),
            (
                tr("身份证号、出生日期、性别"),
                tr("防止重复建档，判断生日和年龄权益，实名入会时核对"),
                tr("否"),
            ),
            (tr("住址"), tr("邮寄保健资料和信函"), tr("否")),
            (
                tr("监护人姓名、关系、电话"),
                tr("未满 14 岁的，取得监护人同意并联系"),
                tr("儿童必填"),
            ),
            (
                tr("到诊、消费、积分、礼品、回访"),
                tr("计算等级、积分和权益，对账，改进服务，处理投诉"),
                tr("自动产生"),
            ),
            (tr("过敏、牙齿敏感等提示"), tr("就诊前提醒医生"), tr("否")),
        ),
        widths=(4, 7, 2),
    )


def _sensitive() -> tuple[str, ...]:
    return (
        tr("健康提示、身份证号和未满 14 岁儿童的信息是敏感个人信息，泄露可能影响人身、财产安全。"),
        tr("健康提示只为就诊安全所必需，只给接诊人员看；儿童的信息须监护人同意。都可以不提供。"),
    )


def _keeping() -> tuple[str, ...]:
    return (
        tr("会员资料保存到会籍结束后诊所规定的期限；法律对病历和账目另有更长要求的，从其规定。"),
        tr("数据文件加密保存，按岗位授权，屏幕和报表默认遮蔽，查看完整信息留下记录。"),
        tr("不向第三方提供；确需提供的，先单独征得您的同意并登记。"),
    )


def _rights() -> tuple[str, ...]:
    return (
        tr("您可以查阅、复制、更正、删除您的信息，也可以要求说明处理规则；请到前台办理。"),
        tr("您可以随时撤回任何一项同意；撤回后不再用于该项，不影响看诊，也不影响撤回前的处理。"),
        tr("拒绝营销联系后，我们立即停止；必要的术后回访不属于营销。"),
    )
