"""The menus and what each entry opens. Only entries that work are here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from services.i18n import tr
from services.rights import holders, may
from ui.context import UiContext

WAITING_ROOM = "waiting_room"  # a window beside this one, no dialog over it
# entry → (dialog module, class, right that shows it; '' for everybody)
DIALOGS = {
    "programme": ("programme", "ProgrammeDialog", ""),
    "editor": ("programme_editor", "ProgrammeEditorDialog", "programme.draft"),
    "simulate": ("simulate", "SimulateDialog", "programme.draft"),
    "friday_export": ("friday_export", "FridayExportDialog", "export.workbook"),
    "report_monday": ("reports", "ReportsDialog", ""),
    "report_month": ("reports", "MonthReports", ""),
    "report_admin": ("reports", "AdminReports", ""),
    "report_daily": ("reports", "DailyReports", ""),
    "report_points": ("reports", "PointReports", ""),
    "report_analysis": ("reports", "Analysis", ""),
    "fee_income": ("fee_income", "FeeIncomeDialog", "export.workbook"),
    "duties": ("duties", "DutiesDialog", ""),
    "activities": ("activities", "ActivitiesDialog", ""),
    "groups": ("groups", "GroupsDialog", ""),
    "labels": ("labels", "LabelsDialog", ""),
    "doctor_changes": ("doctor_changes", "DoctorChangesDialog", ""),
    "batch_tier": ("batch_tier", "BatchTierDialog", "tier.override_many"),
    "staff": ("staff", "StaffDialog", "staff.change"),
    "partners": ("partners", "PartnersDialog", "partner.draw"),
    "import": ("import_roster", "ImportRosterDialog", "roster.import"),
    "backups": ("backups", "BackupsDialog", ""),
    "scheduled": ("scheduled", "ScheduledDialog", "schedule.change"),
    "passphrase": ("passphrase", "PassphraseDialog", "clinic.passphrase"),
    "privacy": ("privacy", "PrivacyDialog", "privacy.refuse"),
    "recovery": ("recovery", "RecoveryDialog", "clinic.confirm_recovery"),
    "settings": ("settings", "SettingsDialog", "clinic.settings"),
    "holidays": ("holidays", "HolidaysDialog", "clinic.calendar"),
    "verify": ("verify", "VerifyDialog", ""),
    "keys": ("about", "KeysDialog", ""),
    "crash_report": ("crash_report", "CrashReportDialog", ""),
    "about": ("about", "AboutDialog", ""),
    "own_pin": ("own_pin", "OwnPinDialog", "staff.change_own_pin"),
}


def menu_table() -> list[tuple[str, list[tuple[str, str]]]]:
    """The menu bar: title → (entry, text)."""
    return [
        (
            tr("方案(&P)"),
            [
                ("programme", tr("现行方案…")),
                ("editor", tr("编辑方案…")),
                ("simulate", tr("试算…")),
            ],
        ),
        (
            tr("报表(&R)"),
            [
                ("friday_export", tr("周五核对工作簿…")),
                ("report_monday", tr("周一会员档案汇总…")),
                ("report_month", tr("月度达标与未领…")),
                ("report_admin", tr("会员管理员报表…")),
                ("report_daily", tr("到诊、划价和额度…")),
                ("report_points", tr("积分和负债…")),
                ("fee_income", tr("会费递延表…")),
                ("report_analysis", tr("分析和名单…")),
            ],
        ),
        (
            tr("管理(&M)"),
            [
                ("staff", tr("员工…")),
                ("duties", tr("周期事项…")),
                ("activities", tr("活动…")),
                ("groups", tr("客户分组…")),
                ("labels", tr("标签…")),
                ("doctor_changes", tr("更换医生申请…")),
                ("batch_tier", tr("批量授予等级…")),
                ("partners", tr("合作机构…")),
                ("import", tr("导入旧名册…")),
                (WAITING_ROOM, tr("候诊屏")),
                ("settings", tr("诊所设置…")),
                ("holidays", tr("节假日表…")),
                ("privacy", tr("个人信息…")),
                ("backups", tr("备份与恢复…")),
                ("scheduled", tr("定时任务…")),
                ("recovery", tr("核对恢复码…")),
                ("passphrase", tr("备用口令…")),
                ("verify", tr("校验数据…")),
            ],
        ),
        (
            tr("帮助(&H)"),
            [
                ("keys", tr("快捷键")),
                ("crash_report", tr("错误报告…")),
                ("about", tr("关于皓齿前台")),
            ],
        ),
    ]


class Menus:
    """Fills the menu bar and opens dialogs over `host`."""

    def __init__(self, context: UiContext, host: QWidget, bar: QMenuBar, staff: QMenu) -> None:
        self._context = context
        self._host = host
        self.actions: dict[str, QAction] = {}
        self._texts: dict[str, str] = {}
        for title, entries in menu_table():
            menu = bar.addMenu(title)
            for name, text in entries:
                self._add(menu, name, text, partial(self.open, name))
        self._add(staff, "own_pin", tr("更改我的密码…"), partial(self.open, "own_pin"))

    def _add(self, menu: QMenu, name: str, text: str, call: Callable[[], Any]) -> None:
        action = menu.addAction(text)
        action.triggered.connect(call)
        self.actions[name] = action
        self._texts[name] = text

    def show_for(self, role: str) -> None:
        """Grey out what this role may not do, and say there who may."""
        for name, action in self.actions.items():
            right = DIALOGS[name][2] if name in DIALOGS else ""
            allowed = not right or may(role, right)
            action.setEnabled(allowed)
            words = tr("{entry}(须由{holders}登录)")
            text = self._texts[name]
            action.setText(
                text if allowed else words.format(entry=text.rstrip("…"), holders=holders(right))
            )

    def open(self, name: str, *_: object) -> None:
        """Open the dialog of an entry."""
        self._context.alerts.run(self._open, name)

    def _open(self, name: str) -> None:
        if name == WAITING_ROOM:
            from ui.waiting_room import open_waiting_room

            open_waiting_room(self._context, self._host)
            return
        module, cls, _right = DIALOGS[name]
        dialog = getattr(import_module(f"ui.dialogs.{module}"), cls)(self._context, self._host)
        dialog.open()
