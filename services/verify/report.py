"""What a verification found, said in one sentence per kind of fault.

Sentences name member numbers, receipt numbers and ids, never a name, a phone or a document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from models.database import ClinicDatabase
from models.ledgers import Receipt
from models.people import Person
from services.i18n import tr

_NAMED = 5  # so many examples stand in a sentence


@dataclass(frozen=True)
class FaultFound:
    """One kind of fault: a stable code, a sentence for the desk, how many were found."""

    code: str
    sentence: str
    count: int


@dataclass(frozen=True)
class Report:
    """What was found, and how many of what were looked at."""

    faults: tuple[FaultFound, ...]
    checked: dict[str, int]

    @property
    def good(self) -> bool:
        """Whether nothing at all was found."""
        return not self.faults


class VerifyCancelled(Exception):
    """The person asked to stop; nothing was written, so nothing is left behind."""


@dataclass
class Watch:
    """How far it is, and whether to stop: handed from check to check."""

    total: int
    progress: Callable[[int, int], None] | None = None
    cancelled: Callable[[], bool] | None = None
    done: int = 0

    def step(self) -> None:
        """One check is done. Raises VerifyCancelled."""
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total)
        self.breathe()

    def breathe(self) -> None:
        """A place where a long check may stop. Raises VerifyCancelled."""
        if self.cancelled is not None and self.cancelled():
            raise VerifyCancelled


@dataclass
class Findings:
    """Faults as they are found, by code; rendered at the end."""

    checked: dict[str, int] = field(default_factory=dict)
    _found: dict[str, list[int | str]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, example: int | str, count: int = 1) -> None:
        """A fault: of a person or a receipt give the id, else a word without personal data."""
        examples = self._found.setdefault(code, [])
        if len(examples) < _NAMED and example not in examples:
            examples.append(example)
        self._counts[code] = self._counts.get(code, 0) + count

    def count(self, what: str, number: int) -> None:
        """So many of `what` were looked at."""
        self.checked[what] = self.checked.get(what, 0) + number

    def take(self, other: Findings) -> None:
        """Add what another thread found."""
        for code, examples in other._found.items():
            for example in examples:
                self.add(code, example, 0)
            self._counts[code] += other._counts[code]
        for what, number in other.checked.items():
            self.count(what, number)

    def report(self, db: ClinicDatabase) -> Report:
        """Everything found, in the order of the table of sentences."""
        sentences = _sentences()
        faults = []
        for code, sentence in sentences.items():
            if code in self._found:
                count = self._counts[code]
                named = "、".join(_named(db, code, self._found[code]))
                if count > len(self._found[code]):
                    named += tr(" 等")
                faults.append(FaultFound(code, sentence.format(count=count, named=named), count))
        return Report(tuple(faults), dict(self.checked))


def _named(db: ClinicDatabase, code: str, examples: list[int | str]) -> list[str]:
    """Examples as the desk knows them: member numbers, receipt numbers, else as they are."""
    family = code.partition(".")[0]
    if family in ("standing", "search", "privacy") or code in (
        "care.twice",
        "care.attending",
        "labels.twice",
    ):
        return [_number(db, Person, int(i)) for i in examples]
    if family == "receipt":
        return [_number(db, Receipt, int(i)) for i in examples]
    return [str(example) for example in examples]


def _number(db: ClinicDatabase, table: type[Person] | type[Receipt], row_id: int) -> str:
    try:
        found = db.scalar(table.select(table.number).where(table.id == row_id))
    except Exception:  # the file is damaged and cannot be asked any more
        found = None
    return str(found) if found else f"#{row_id}"


def _sentences() -> dict[str, str]:
    return {
        "file.pages": tr(
            "数据文件有 {count} 处加密页校验不符({named})，文件已损坏。请停止登记，从备份恢复。"
        ),
        "file.structure": tr(
            "数据文件的内部结构有 {count} 处错误({named})。请停止登记，从备份恢复。"
        ),
        "file.unreadable": tr(
            "数据文件有读不出的部分({named})，后面的核对没有做完。请从备份恢复。"
        ),
        "file.orphans": tr("有 {count} 行记录指向不存在的对象({named})。请联系技术人员。"),
        "schema.missing": tr("数据文件缺少 {count} 个保护或表({named})。请联系技术人员。"),
        "schema.changed": tr("数据文件有 {count} 个表或保护被改动过({named})。请联系技术人员。"),
        "schema.extra": tr("数据文件多出 {count} 个本程序没有的对象({named})。请联系技术人员。"),
        "receipt.no_money": tr("有 {count} 张单据没有任何收款记录：{named}。"),
        "receipt.net": tr("有 {count} 张单据的实收与收款流水之和不符：{named}。"),
        "receipt.owner": tr("有 {count} 张单据的记账人与最近一笔流水不符：{named}。"),
        "receipt.void": tr("有 {count} 张单据的作废标记与流水不符：{named}。"),
        "standing.missing": tr("有 {count} 位顾客有消费却没有等级档：{named}。"),
        "standing.spend": tr("有 {count} 位顾客的累计消费与流水之和不符：{named}。"),
        "standing.single": tr("有 {count} 位顾客的最大单笔与单据不符：{named}。"),
        "standing.receipts": tr("有 {count} 位顾客的单据张数与流水不符：{named}。"),
        "standing.earned": tr("有 {count} 位顾客的累计得分与积分流水不符：{named}。"),
        "standing.balance": tr("有 {count} 位顾客的积分余额与积分流水之和不符：{named}。"),
        "standing.available": tr("有 {count} 位顾客的可用积分与各笔剩余之和不符：{named}。"),
        "standing.deficit": tr("有 {count} 位顾客的欠分与未抵扣部分不符：{named}。"),
        "standing.supported": tr("有 {count} 位顾客的消费所支持的等级算得不对：{named}。"),
        "standing.rank": tr("有 {count} 位会员的等级与等级变动记录不符：{named}。"),
        "standing.member": tr("有 {count} 位顾客的会员标记与会籍不符：{named}。"),
        "standing.paid_until": tr("有 {count} 位会员的会费期限与缴费记录不符：{named}。"),
        "fee.void": tr("有 {count} 笔会费的作废与原缴费不符(编号 {named})。"),
        "fee.refund": tr("有 {count} 个会籍的退费与签字的退费单不符(编号 {named})。"),
        "fee.negative": tr("有 {count} 个会籍退的会费比收的还多(编号 {named})。"),
        "points.lot": tr("有 {count} 笔得分被抵扣得比原数还多或为负(流水号 {named})。"),
        "points.debit": tr("有 {count} 笔扣分的抵扣与原数不符(流水号 {named})。"),
        "points.allocation": tr("有 {count} 条积分抵扣的双方不是同一位顾客的得分和扣分({named})。"),
        "grant.used": tr("有 {count} 项权益的已用次数与领取、使用记录不符(编号 {named})。"),
        "grant.before": tr("有 {count} 处权益变动前的数量与当时的领取、使用记录不符({named})。"),
        "grant.state": tr("有 {count} 项权益的状态与已用次数不符(编号 {named})。"),
        "pack.rows": tr("有 {count} 次礼包发放的各件记录不一致(编号 {named})。"),
        "pack.back": tr("有 {count} 次礼包发放只退回了一部分(编号 {named})。"),
        "pack.parts": tr("有 {count} 种礼包自己有出入库，或放在另一个礼包里({named})。"),
        "promise.grant": tr("有 {count} 份欠领与所欠的礼品不符(编号 {named})。"),
        "promise.word": tr("有 {count} 份欠领的经手或批准人与操作记录不符(编号 {named})。"),
        "voucher.state": tr("有 {count} 张项目卡的状态与经过不符(编号 {named})。"),
        "voucher.use": tr("有 {count} 张已使用的项目卡没有对应的使用记录(编号 {named})。"),
        "voucher.until": tr("有 {count} 张项目卡的有效期与领取时的不符(编号 {named})。"),
        "voucher.reserved": tr("有 {count} 项权益领成卡的次数比剩下的还多(编号 {named})。"),
        "bill.void": tr("有 {count} 次已撤销的使用还留着划价(编号 {named})。"),
        "bill.money": tr("有 {count} 笔划价的金额或承担方与操作记录不符(编号 {named})。"),
        "stock.level": tr("有 {count} 处库存与出入库流水之和不符({named})。"),
        "stock.negative": tr("有 {count} 处库存为负({named})。"),
        "stock.issue": tr("有 {count} 次礼品发放或退回没有对应的出入库(编号 {named})。"),
        "stock.transfer": tr("有 {count} 次库位之间的调拨，两边的数量不符(礼品和编号 {named})。"),
        "stock.lot": tr("有 {count} 个批次没有对应的入库(编号 {named})。"),
        "stock.cost": tr("有 {count} 次入库或调拨的单价与操作记录不符(操作号 {named})。"),
        "paper.received": tr("有 {count} 行申购单或申领单的实收数与出入库不符({named})。"),
        "paper.steps": tr("有 {count} 处申购单或申领单的步骤与状态或操作记录不符({named})。"),
        "week.figures": tr("有 {count} 行周五核对的账面数与流水不符({named})。"),
        "week.opening": tr("有 {count} 行周五核对的期初与上期实盘不符({named})。"),
        "week.counted": tr("有 {count} 行已结账的核对，盘点差异没有如数入账({named})。"),
        "week.entries": tr("有 {count} 行核对的实盘与点数记录不符({named})。"),
        "week.signed": tr(
            "有 {count} 次周五核对的打开人、签字人或签过字的内容与操作记录不符({named})。"
        ),
        "week.correction": tr("有 {count} 次更正的核对与原核对不符({named})。"),
        "handover.signed": tr("有 {count} 次报表移交的内容或签收人与操作记录不符(编号 {named})。"),
        "duty.list": tr("有 {count} 项周期事项的周期或清单无法识别(编号 {named})。"),
        "duty.row": tr("有 {count} 条事项记录与操作记录或它的期不符(编号 {named})。"),
        "duty.twice": tr("有 {count} 期事项完成了两次({named})。"),
        "duty.by_hand": tr("有 {count} 条手工完成的记录，本应由程序里的事实完成(编号 {named})。"),
        "call.end": tr("有 {count} 个回访任务的状态与回访记录不符(编号 {named})。"),
        "call.undone": tr("有 {count} 次撤销的回访没有对应的操作记录(编号 {named})。"),
        "call.answer": tr("有 {count} 条要求或投诉写明来自回访，却没有那次回访(编号 {named})。"),
        "mailing.refused": tr("有 {count} 次营销信函短信寄给了当时没有同意的人(编号 {named})。"),
        "mailing.people": tr("有 {count} 批信函短信的人数与操作记录不符(编号 {named})。"),
        "mailing.release": tr("有 {count} 批短信名单的明文批准与操作记录不符(编号 {named})。"),
        "mailing.answered": tr("有 {count} 个任务记为已寄，却与那批信函短信不符(编号 {named})。"),
        "care.twice": tr("有 {count} 位顾客同一分工有两位医生：{named}。"),
        "care.attending": tr("有 {count} 位顾客的主治医师与变更记录不符：{named}。"),
        "care.application": tr("有 {count} 张更换医生申请与医生变更记录不符(编号 {named})。"),
        "plan.unreadable": tr("有 {count} 个回访计划的内容读不出来(编号 {named})。"),
        "task.rule": tr("有 {count} 个回访不属于任何计划(编号 {named})。"),
        "task.held": tr("有 {count} 个回访的等级与会员等级不符(编号 {named})。"),
        "task.twice": tr("有 {count} 个回访在合并的资料里重复(编号 {named})。"),
        "visit.steps": tr("有 {count} 处到诊的步骤接不上，或与现在的状态不符(编号 {named})。"),
        "visit.undone": tr("有 {count} 处撤销的到诊步骤与原步骤不符(编号 {named})。"),
        "visit.checked": tr("有 {count} 次到诊的核验方式无法识别(编号 {named})。"),
        "visit.receipt": tr("有 {count} 次到诊的单据不是本人的(编号 {named})。"),
        "appointment.visit": tr("有 {count} 个预约与它的到诊不是同一天或同一人(编号 {named})。"),
        "complaint.steps": tr("有 {count} 条投诉的日期与处理步骤不符(投诉号 {named})。"),
        "complaint.outcome": tr("有 {count} 条投诉的结案与处理结果不符(投诉号 {named})。"),
        "goodwill.points": tr("有 {count} 笔补偿积分没有对应的投诉(流水号 {named})。"),
        "goodwill.award": tr("有 {count} 次补偿赠送没有对应的投诉(编号 {named})。"),
        "request.answer": tr("有 {count} 条要求或建议已办结却没有答复(编号 {named})。"),
        "activity.seats": tr("有 {count} 个活动的到场和报名人数超过名额(编号 {named})。"),
        "activity.twice": tr("有 {count} 处活动里同一位顾客占着两个名额(编号 {named})。"),
        "activity.place": tr("有 {count} 个活动名额与活动或签到不符(编号 {named})。"),
        "activity.points": tr("有 {count} 次活动签到的积分与积分流水不符(编号 {named})。"),
        "activity.award": tr("有 {count} 份活动礼品不是到场的人得的(编号 {named})。"),
        "activity.cost": tr("有 {count} 笔活动费用的冲销与原费用不符(编号 {named})。"),
        "partner.fee": tr("有 {count} 张合作结算单的费用与金额和协议不符(编号 {named})。"),
        "partner.before": tr("有 {count} 张合作结算单的已结金额与以前的结算不符(编号 {named})。"),
        "partner.sum": tr("有 {count} 张合作结算单的合计与各行之和不符(编号 {named})。"),
        "partner.settled": tr("有 {count} 张合作结算单的结清人与操作记录不符(编号 {named})。"),
        "partner.agreement": tr("有 {count} 条介绍的协议不是同一机构或方向的(编号 {named})。"),
        "labels.twice": tr("有 {count} 位顾客同时有只能有一个的标签：{named}。"),
        "labels.backwards": tr("有 {count} 条标签的结束早于开始(编号 {named})。"),
        "labels.mixed": tr("有 {count} 个标签维度“只能一个”的设置不一致(标签号 {named})。"),
        "groups.unreadable": tr("有 {count} 个客户分组的条件读不出来(编号 {named})。"),
        "groups.sensitive": tr("有 {count} 个客户分组的敏感标记与条件不符(编号 {named})。"),
        "groups.stuck": tr("有 {count} 个客户分组的条件无法查询(编号 {named})。"),
        "privacy.left": tr("有 {count} 份已匿名化的档案还留有个人信息：{named}。请联系技术人员。"),
        "privacy.used": tr(
            "有 {count} 份已冻结或已匿名化的档案还在被使用：{named}。请联系技术人员。"
        ),
        "privacy.undated": tr("有 {count} 份已匿名化的档案没有日期：{named}。请联系技术人员。"),
        "search.missing": tr("有 {count} 位顾客的查找索引不完整，可能搜不到：{named}。"),
        "audit.mac": tr("操作记录从第 {named} 号起与校验码不符，此后的记录可能被改动过。"),
        "audit.gap": tr("操作记录的编号不连续：缺第 {named} 号。"),
        "audit.actor": tr("有 {count} 行记录的经手人与操作记录不符({named})。"),
        "audit.ahead": tr("有 {count} 张表的流水没有对应的操作记录({named})。"),
        "anchor.cut": tr(
            "有 {count} 处外存的链末端，数据里已没有({named})：最近的记录被删去，"
            "或整份数据被换成了旧的。请停止登记，联系技术人员。"
        ),
        "anchor.other": tr(
            "有 {count} 处外存的链末端与操作记录不符({named})：那以前的记录被重编过，"
            "或换成了另一份数据。请停止登记，联系技术人员。"
        ),
    }
