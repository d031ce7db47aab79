"""The options of the commands."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from services.i18n import tr
from services.rights import ROLES, role_title
from services.scheduled.plan import DUTIES, USUAL_WEEKDAY

PROGRAMME = "医院方案A"
DEMO_MEMBERS = 2000
DEMO_SEED = 1


class UsageError(Exception):
    """The command line was not understood; the sentence says how it is written."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sentence = tr("命令写得不对：{message}。写法：{usage}")
        usage = " ".join(self.format_usage().split()).removeprefix("usage: ")
        raise UsageError(sentence.format(message=message, usage=usage))


def roles_by_title() -> dict[str, str]:
    """'前台' → 'frontdesk' and so on."""
    return {role_title(role): role for role in ROLES}


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = _Parser(prog="haochi-desk", description=tr("皓齿前台的命令，不打开窗口。"))
    verbs = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def verb(name: str, about: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=about, description=about)
        made.add_argument("--data", type=Path, metavar="DIR", help=tr("诊所数据文件夹"))
        return made

    def acting(made: argparse.ArgumentParser) -> None:
        made.add_argument(
            "--as",
            dest="actor",
            required=True,
            metavar="NAME",
            help=tr("谁在操作；密码从标准输入读"),
        )

    init = verb("init", tr("建立一家新诊所；院长密码从标准输入第一行读，恢复码只显示这一次"))
    init.add_argument("--clinic", required=True, metavar="NAME")
    init.add_argument("--programme", default=PROGRAMME, metavar="NAME")
    init.add_argument("--director", required=True, metavar="NAME")

    staff = verb("add-staff", tr("添加员工；标准输入第一行是操作人密码，第二行是新员工密码"))
    staff.add_argument("--name", required=True, metavar="NAME")
    staff.add_argument("--role", required=True, choices=sorted(roles_by_title()))
    acting(staff)

    verb("staff", tr("员工名单(姓名遮蔽)"))

    roster = verb("import-roster", tr("导入旧会员名册(.xlsx)；说明每一行没有导入的原因"))
    roster.add_argument("file", type=Path, metavar="FILE")
    roster.add_argument("--dry-run", action="store_true", help=tr("只预览，不写入"))
    roster.add_argument(
        "--gifts-due", action="store_true", help=tr("达标礼品还没有发过(默认视为纸质登记时已领)")
    )
    acting(roster)

    reconcile = verb("reconcile", tr("写出某一周的礼品核对表；没有签字的注明未签"))
    reconcile.add_argument(
        "--week", required=True, metavar="YYYY-MM-DD|last", help=tr("周五的日期；last 为最近一次")
    )
    where = reconcile.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="FILE.xlsx")
    where.add_argument(
        "--out-dir",
        type=Path,
        metavar="DIR",
        help=tr("写进这个文件夹，文件名自己取；不覆盖已签的"),
    )
    _scheduled(reconcile)

    verify = verb("verify", tr("核对整份数据，只看不改；有问题时返回 1"))
    verify.add_argument("--json", action="store_true")
    verify.add_argument(
        "--head",
        action="append",
        default=[],
        metavar='"1a2b3c4d #123"',
        help=tr("再和收尾单、核对表上的链末端比对；可写几次"),
    )

    backup = verb("backup", tr("备份并检查；上次以后没有新登记时不重复备份"))
    backup.add_argument("--to", type=Path, metavar="DIR", help=tr("再复制到 U 盘或第二个文件夹"))
    backup.add_argument("--list", action="store_true", help=tr("只列出完好的备份"))
    _scheduled(backup)

    restore = verb(
        "restore",
        tr("用一份备份替换诊所数据，原数据搁置不删；密码从标准输入第一行读，恢复码第二行"),
    )
    restore.add_argument("file", type=Path, metavar="FILE")
    acting(restore)

    drill = verb(
        "drill", tr("恢复演练：用恢复码打开 U 盘上最新的备份并核对；密码第一行，恢复码第二行")
    )
    drill.add_argument(
        "--from", dest="place", type=Path, metavar="DIR", help=tr("备份的位置；不写时自己找")
    )
    acting(drill)

    demo = verb("demo", tr("另建一家演示诊所，显示员工和随机密码"))
    demo.add_argument("--members", type=int, default=DEMO_MEMBERS, metavar="N")
    demo.add_argument("--seed", type=int, default=DEMO_SEED, metavar="S")

    _report(verb("report", tr("写出一张报表；不写名称、只写 --list 时列出所有报表")))

    _simulate(verb("simulate", tr("用一份事件表试算一个方案；不打开诊所，不改动任何数据")))

    _schedule(verb("schedule", tr("夜间备份和每周核对表：装进这台电脑的定时任务")))

    verb("version", tr("版本"))
    verb("help", tr("这份说明"))
    return top


def _scheduled(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--scheduled",
        action="store_true",
        help=tr("由定时任务运行：结果记下来，没有成功的窗口会提醒"),
    )


def _schedule(made: argparse.ArgumentParser) -> None:
    what = made.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help=tr("列出装了什么、命令怎么写"))
    what.add_argument("--install", choices=DUTIES, help=tr("安装或更改"))
    what.add_argument("--remove", choices=DUTIES, help=tr("移除"))
    made.add_argument(
        "--at", default="", metavar="HH:MM", help=tr("几点；默认备份 21:00，核对表 18:30")
    )
    made.add_argument(
        "--weekday",
        type=int,
        default=USUAL_WEEKDAY + 1,
        metavar="1-7",
        help=tr("核对表在星期几；默认 5"),
    )
    made.add_argument("--out-dir", type=Path, metavar="DIR", help=tr("核对表写进哪个文件夹"))
    made.add_argument(
        "--as",
        dest="actor",
        default="",
        metavar="NAME",
        help=tr("谁在安装或移除；密码从标准输入读"),
    )


def _report(made: argparse.ArgumentParser) -> None:
    made.add_argument("name", nargs="?", metavar="NAME", help=tr("报表的英文名或中文名"))
    made.add_argument("--list", action="store_true", help=tr("列出所有报表"))
    made.add_argument("--from", dest="first", metavar="D", help=tr("第一天，YYYY-MM-DD"))
    made.add_argument(
        "--to", dest="last", metavar="D", help=tr("最后一天；都不写时用报表的常用期间")
    )
    made.add_argument(
        "--out", type=Path, metavar="FILE.xlsx|FILE.pdf", help=tr("写出工作簿，或写出 PDF")
    )
    made.add_argument("--json", type=Path, metavar="FILE", help=tr("写出 JSON；写 - 时输出到屏幕"))
    made.add_argument("--tier", default="", metavar="NAME", help=tr("只列这个等级(分组名单)"))
    made.add_argument(
        "--birthday-month", type=int, default=0, metavar="M", help=tr("只列这个月生日的(分组名单)")
    )
    made.add_argument(
        "--no-visit", type=int, default=0, metavar="N", help=tr("只列 N 个月没到诊的(分组名单)")
    )
    made.add_argument("--group", default="", metavar="NAME", help=tr("只列这个分组(分组名单)"))
    made.add_argument("--label", default="", metavar="NAME", help=tr("只列有这个标签的(分组名单)"))


def _simulate(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--programme",
        required=True,
        metavar="NAME_OR_FILE",
        help=tr("预设方案的名称，或 .toml 文件"),
    )
    made.add_argument(
        "--events", required=True, type=Path, metavar="FILE", help=tr("事件表(.csv 或 .xlsx)")
    )
    made.add_argument("--as-of", required=True, metavar="YYYY-MM-DD", help=tr("算到哪一天"))
    made.add_argument("--out", type=Path, metavar="FILE.xlsx", help=tr("写出工作簿"))
    made.add_argument("--json", type=Path, metavar="FILE", help=tr("写出 JSON；写 - 时输出到屏幕"))
