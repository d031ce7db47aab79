"""P15: a settings file that somebody else wrote costs places and widths, never the window."""

import random

import pytest
from PySide6.QtCore import QByteArray

from ui.dialogs.sign_in import LAST
from ui.idle import IdleWatch
from ui.main_window import MainWindow
from ui.tables.view import Table
from ui.waiting_room import PLACE

SEED = random.SystemRandom().randrange(1 << 30)
ODD = ("", "x", "-1", "99999999999999999999", QByteArray(b"\x00\xff" * 50), ["a", "b"], None, True,
       "王" * 5000, "\x00", 1e308, "../../x")  # fmt: skip


@pytest.mark.parametrize("number", range(4))
def test_p15_any_value_of_any_setting_still_opens_the_window(context, frontdesk, qapp, number):
    chance = random.Random(SEED + number)
    window = MainWindow(context, IdleWatch(qapp))
    window.enter(frontdesk)
    tables = [f"tables/{each.objectName()}" for each in window.findChildren(Table)]
    window.close()
    window.deleteLater()
    names = ["window/geometry", "window/tab", LAST, PLACE, "remind/day", *tables]
    for name in {*names, *context.settings.allKeys()}:
        context.settings.setValue(name, chance.choice(ODD))
    context.settings.sync()
    again = MainWindow(context, IdleWatch(qapp))
    again.enter(frontdesk)
    again.show()
    for tab in range(again.tabs.count()):
        again.tabs.setCurrentIndex(tab)
    assert again.width() >= 1100, f"seed {SEED}"
    assert context.alerts.bar.kind != "error", context.alerts.bar.sentence
    again.close()
    again.deleteLater()


def test_p15_a_settings_file_that_is_none(context, frontdesk, qapp, tmp_path):
    (tmp_path / "window.ini").write_bytes(random.Random(SEED).randbytes(4000))
    context.settings.sync()
    window = MainWindow(context, IdleWatch(qapp))
    window.enter(frontdesk)
    window.show()
    assert context.alerts.bar.kind != "error", f"seed {SEED}"
    window.close()
    window.deleteLater()
