"""Who has a clinic open, read from its lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.clinic_file import me, take_lock
from models.errors import StoreFault
from services.holders import holder_words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("window (pid 12) li@DESK-2", "另一个皓齿前台窗口(电脑 DESK-2，用户 li)"),
        ("headless (pid 12) %E6%9D%8E%E5%A7%90@x", "正在运行的命令(电脑 x，用户 李姐)"),
        (f"setup (pid 12) {me()}", "正在建立的诊所"),
        ("backup (pid 12) li@", "正在做的备份"),
        ("window (pid 12)", "另一个皓齿前台窗口"),
        ("strange (pid 12)", "strange"),
        ("whatever stands there", "whatever stands there"),
    ],
)
def test_a_lock_in_words(written: str, words: str) -> None:
    assert holder_words(written) == words


def test_a_lock_says_whose_it_is_in_plain_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERNAME", "李{姐}")
    monkeypatch.setenv("COMPUTERNAME", "DESK-2")
    lock = take_lock(tmp_path, "window")
    with pytest.raises(StoreFault) as caught:
        take_lock(tmp_path, "window")
    lock.close()
    assert caught.value.detail.isascii()
    monkeypatch.setenv("USERNAME", "another")
    assert holder_words(caught.value.detail) == "另一个皓齿前台窗口(电脑 DESK-2，用户 李{姐})"
