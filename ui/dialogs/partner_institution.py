"""One institution: added or corrected."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from services.i18n import tr
from services.partners.institutions import (
    PartnerForm,
    PartnerRow,
    add_partner,
    change_partner,
)
from ui.context import UiContext
from ui.dialogs.desk import DeskDialog
from ui.forms import Form, TextEdit, label


class InstitutionDialog(DeskDialog):
    """Name, licence, whom to ask; Enter saves."""

    def __init__(self, context: UiContext, parent: QWidget | None, row: PartnerRow | None) -> None:
        title = tr("登记机构") if row is None else tr("修改 {name}").format(name=row.name)
        super().__init__(context, parent, title)
        self.row = row
        self.body.addWidget(
            label(tr("只登记有执照的机构。介绍费不付给个人，也不付给本院员工和医生。"), "muted")
        )
        form = row.form if row is not None else PartnerForm("", "")
        self.name = TextEdit(tr("例如 康宁综合门诊部"))
        self.licence = TextEdit(tr("执业许可证号，或统一社会信用代码"))
        self.contact, self.phone, self.address = TextEdit(), TextEdit(), TextEdit()
        self.note = TextEdit()
        made = Form()
        self.name_field = made.add(tr("全称(&N)"), self.name)
        self.licence_field = made.add(tr("许可证号(&L)"), self.licence)
        made.add(tr("联系人(&C)"), self.contact)
        made.add(tr("电话(&T)"), self.phone)
        made.add(tr("地址(&D)"), self.address)
        made.add(tr("备注(&B)"), self.note)
        for line, text in zip(self._lines(), form.__dict__.values(), strict=True):
            line.setText(text)
        self.body.addWidget(made)
        self.add_buttons(tr("保存 ⏎"), tr("取消"))
        self.name.setFocus()

    def _lines(self) -> tuple[TextEdit, ...]:
        return (self.name, self.licence, self.contact, self.phone, self.address, self.note)

    def submit(self) -> None:
        """Save."""
        for line, field, words in (
            (self.name, self.name_field, tr("请填写机构全称。")),
            (self.licence, self.licence_field, tr("请填写许可证号或信用代码。")),
        ):
            if not line.value():
                field.refuse(words)
                return
        form = PartnerForm(*(line.value() for line in self._lines()))
        alerts = self.context.alerts
        if self.row is None:
            done = alerts.run_command(add_partner, self.once, form=form)
        else:
            done = alerts.run_command(change_partner, self.once, partner_id=self.row.id, form=form)
        if done is not None:
            words = tr("已登记{name}。下一步：按 Alt+G 登记协议。")
            saved = tr("已保存{name}。") if self.row else words
            self.say_done(saved.format(name=form.name))
