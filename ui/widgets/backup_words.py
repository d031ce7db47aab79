"""How old the backups are, in a few words."""

from __future__ import annotations

from services.backups.schedule import BackupStatus
from services.i18n import tr

TONES = {"good": "", "late": "warning", "alarm": "error"}


def when_words(moment: str, today: str) -> str:
    """'12:30' of today, '11-19 12:30' of another day of this year, else the whole date."""
    day, time = moment[:10], moment[11:16]
    if day == today:
        return time
    return f"{day[5:]} {time}" if day[:4] == today[:4] else f"{day} {time}"


def away_words(days: int | None) -> str:
    """How old the copy off this PC is."""
    if days is None:
        return tr("U 盘 从未")
    if days == 0:
        return tr("U 盘 今天")
    return tr("U 盘 {n} 天前").format(n=days)


def strip_words(found: BackupStatus, problem: str, today: str) -> str:
    """备份 12:30 ✓ · U 盘 2 天前."""
    if problem or found.failed:
        here = tr("备份 没有完成 ✕")
    elif not found.last:
        here = tr("备份 还没有 ✕")
    else:
        here = tr("备份 {when} ✓").format(when=when_words(found.last, today))
    sign = {"good": "", "late": " ⚠", "alarm": " ✕"}[found.level] if found.last else ""
    return tr("{here} · {away}").format(here=here, away=away_words(found.off_pc_days) + sign)


def why_words(why: str) -> str:
    """The occasion of a backup."""
    return {
        "due": tr("定时"),
        "exit": tr("退出时"),
        "by hand": tr("手动"),
        "restore": tr("恢复前"),
        "bulk": tr("批量操作前"),
        "import": tr("导入前"),
        "migration": tr("升级前"),
        "night": tr("夜间"),
        "command": tr("命令"),
    }.get(why, why)
