"""What is stored about somebody's money, points, gifts and services."""

from __future__ import annotations

from models.gifts import EntitlementGrant, Gift, GiftIssue, ServiceUse
from models.ledgers import (
    MoneyEvent,
    OpeningBalance,
    PointsEntry,
    Receipt,
    TreatmentCase,
)
from models.paperwork import GiftPromise, Voucher
from models.schemes import Award, FeePayment, Redemption, RedemptionReturn, RefundCase
from models.system import Doctor
from services.gifts.lists import reason_name
from services.i18n import tr
from services.loyalty.points import kind_title as points_title
from services.privacy.told import Part, Words, as_yes, as_yuan, plain


def paid(say: Words) -> tuple[Part, ...]:
    """Bills, payments, fees, points."""
    return (
        Part(
            tr("收费单据"),
            Receipt,
            Receipt.patient_id,
            (
                plain(tr("日期"), Receipt.occurred_on),
                plain(tr("单号"), Receipt.number),
                plain(tr("应收(元)"), Receipt.billed_fen, as_yuan),
                plain(tr("实收(元)"), Receipt.net_fen, as_yuan),
                plain(tr("作废"), Receipt.void, as_yes),
                plain(tr("备注"), Receipt.note),
            ),
        ),
        Part(
            tr("收款与退款"),
            MoneyEvent,
            MoneyEvent.person_id,
            (
                plain(tr("日期"), MoneyEvent.occurred_on),
                plain(tr("金额(元)"), MoneyEvent.amount_fen, as_yuan),
                plain(tr("原因"), MoneyEvent.reason),
            ),
        ),
        Part(
            tr("疗程"),
            TreatmentCase,
            TreatmentCase.person_id,
            (
                plain(tr("名称"), TreatmentCase.name),
                plain(tr("开始日期"), TreatmentCase.opened_on),
            ),
        ),
        Part(
            tr("会费"),
            FeePayment,
            FeePayment.person_id,
            (
                plain(tr("日期"), FeePayment.occurred_on),
                plain(tr("金额(元)"), FeePayment.amount_fen, as_yuan),
                plain(tr("月数"), FeePayment.months),
                plain(tr("协议编号"), FeePayment.agreement),
                plain(tr("原因"), FeePayment.reason),
            ),
        ),
        Part(
            tr("退费单"),
            RefundCase,
            RefundCase.person_id,
            (
                plain(tr("申请日期"), RefundCase.applied_on),
                plain(tr("金额(元)"), RefundCase.amount_fen, as_yuan),
                plain(tr("理由"), RefundCase.reason),
            ),
        ),
        Part(
            tr("期初"),
            OpeningBalance,
            OpeningBalance.person_id,
            (
                plain(tr("日期"), OpeningBalance.occurred_on),
                plain(tr("累计消费(元)"), OpeningBalance.spend_fen, as_yuan),
                plain(tr("积分"), OpeningBalance.points),
            ),
        ),
        Part(
            tr("积分"),
            PointsEntry,
            PointsEntry.person_id,
            (
                plain(tr("日期"), PointsEntry.occurred_on),
                plain(tr("类别"), PointsEntry.kind, points_title),
                plain(tr("积分"), PointsEntry.points),
                plain(tr("到期"), PointsEntry.expires_on),
            ),
        ),
    )


def received(say: Words) -> tuple[Part, ...]:
    """What they may have, and what they had."""
    return (
        Part(
            tr("应享礼品和项目"),
            EntitlementGrant,
            EntitlementGrant.person_id,
            (
                plain(tr("名称"), EntitlementGrant.name),
                plain(tr("数量"), EntitlementGrant.quantity),
                plain(tr("已用"), EntitlementGrant.used),
                plain(tr("从"), EntitlementGrant.valid_from),
                plain(tr("到"), EntitlementGrant.valid_to),
            ),
        ),
        Part(
            tr("礼品领取"),
            GiftIssue,
            GiftIssue.person_id,
            (
                plain(tr("日期"), GiftIssue.occurred_on),
                plain(tr("礼品"), GiftIssue.gift_id, say.named(Gift, Gift.name)),
                plain(tr("数量"), GiftIssue.quantity),
                plain(tr("依据"), GiftIssue.reason, reason_name),
                plain(tr("备注"), GiftIssue.note),
            ),
        ),
        Part(
            tr("礼品补发承诺"),
            GiftPromise,
            GiftPromise.person_id,
            (plain(tr("日期"), GiftPromise.occurred_on), plain(tr("备注"), GiftPromise.note)),
        ),
        Part(
            tr("项目使用"),
            ServiceUse,
            ServiceUse.person_id,
            (
                plain(tr("日期"), ServiceUse.occurred_on),
                plain(tr("次数"), ServiceUse.quantity),
                plain(tr("医生"), ServiceUse.doctor_id, say.named(Doctor, Doctor.name)),
                plain(tr("原因"), ServiceUse.reason),
            ),
        ),
        Part(
            tr("项目卡"),
            Voucher,
            Voucher.person_id,
            (
                plain(tr("号码"), Voucher.number),
                plain(tr("日期"), Voucher.occurred_on),
                plain(tr("有效期至"), Voucher.valid_to),
            ),
        ),
        Part(
            tr("积分兑换"),
            Redemption,
            Redemption.person_id,
            (
                plain(tr("日期"), Redemption.occurred_on),
                plain(tr("名称"), Redemption.name),
                plain(tr("积分"), Redemption.points),
            ),
        ),
        Part(
            tr("兑换退回"),
            RedemptionReturn,
            RedemptionReturn.person_id,
            (
                plain(tr("日期"), RedemptionReturn.occurred_on),
                plain(tr("积分"), RedemptionReturn.points),
                plain(tr("原因"), RedemptionReturn.reason),
            ),
        ),
        Part(
            tr("赠送"),
            Award,
            Award.person_id,
            (
                plain(tr("日期"), Award.occurred_on),
                plain(tr("名称"), Award.name),
                plain(tr("依据"), Award.reason, reason_name),
                plain(tr("备注"), Award.note),
            ),
        ),
    )
