"""合作协议摘要: what was agreed with an institution, on one page beside the contract (R183)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.forms.letterhead import clinic_title
from services.forms.paper import Heading, Pairs, Paper, Signatures, Text
from services.i18n import tr
from services.partners.agreement_days import OPEN_END
from services.partners.agreements import AgreementRow, agreement
from services.partners.institutions import partner
from services.partners.switch import notice
from services.partners.terms import direction_title, model_title, rhythm_title


def partner_agreement_paper(db: ClinicDatabase, agreement_id: int) -> Paper:
    """The summary of an agreement. Raises RuleError for none."""
    row = agreement(db, agreement_id)
    institution = partner(db, row.partner_id)
    form = row.form
    return Paper(
        title=tr("合作协议摘要"),
        name=tr("合作协议摘要_{n}").format(n=row.id),
        clinic=clinic_title(db),
        number=form.contract,
        blocks=(
            Heading(tr("机构")),
            Pairs(
                (
                    (tr("全称"), institution.name),
                    (tr("许可证号或信用代码"), institution.form.licence),
                    (tr("联系人"), institution.form.contact),
                    (tr("电话"), institution.form.phone),
                    (tr("地址"), institution.form.address),
                )
            ),
            Heading(tr("约定")),
            Pairs(
                (
                    (tr("方向"), direction_title(form.direction)),
                    (tr("分成方式"), model_title(form.model)),
                    (tr("分成条款"), row.words),
                    (tr("结算"), rhythm_title(form.rhythm)),
                    (tr("排他"), tr("是") if form.exclusive else tr("否")),
                    (tr("期限"), span_words(row)),
                    (tr("终止"), ending_words(row)),
                    (tr("合同存放"), form.file_note),
                    (tr("签字"), row.signer),
                )
            ),
            Heading(tr("法律提示")),
            Text(notice(), small=True),
            Signatures((tr("经办"), tr("院长"), tr("合作机构(盖章)"))),
        ),
    )


def span_words(row: AgreementRow) -> str:
    """From when until when."""
    if row.last_on == OPEN_END:
        return tr("{first} 起，不定期").format(first=row.form.from_on)
    return tr("{first} 至 {last}").format(first=row.form.from_on, last=row.last_on)


def ending_words(row: AgreementRow) -> str:
    """How it may be ended, or how it was."""
    if row.ended_on:
        words = tr("{day} 终止：{why}")
        return words.format(day=row.ended_on, why=row.ending)
    if row.form.notice_days:
        return tr("提前 {n} 天书面通知").format(n=row.form.notice_days)
    return tr("按合同")
