"""Files written whole or not at all, and what the desk reads when they cannot be."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from models import durable
from services.errors import EnvironmentFault, Fault, RuleError
from services.i18n import tr

_TRIES = 5  # a virus scanner lets go in a moment, Excel does not


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file through a temporary one in the same folder, so that it is whole or not there.

    Raises RuleError when it is open in Excel, or its folder is missing; EnvironmentFault when
    the disk is full or the folder cannot be written.
    """
    if not path.parent.is_dir():
        raise RuleError(tr("没有找到文件夹“{name}”。请另选保存位置。").format(name=path.parent))
    part = ""
    try:
        # no personal data in the name; the same folder, so that the replacing is one step
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=".haochi-", suffix=".part", delete=False
        ) as file:
            part = file.name
            write(file)
            file.flush()
            os.fsync(file.fileno())
        durable.replace(Path(part), path, tries=_TRIES)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        if part and os.path.exists(part):
            os.unlink(part)


def _explained(error: OSError, path: Path) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EnvironmentFault(Fault.DISK_FULL, "workbook")
    if path.is_dir():
        return RuleError(tr("“{name}”是一个文件夹。请另取一个文件名。").format(name=path.name))
    if isinstance(error, PermissionError) and path.exists():
        opener = "Excel " if path.suffix == ".xlsx" else tr("另一个程序")
        sentence = tr("{opener}正打开着“{name}”，请关闭后重试。")
        return RuleError(sentence.format(opener=opener, name=path.name))
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return EnvironmentFault(Fault.READ_ONLY, "workbook")
    return EnvironmentFault(Fault.UNREADABLE, "workbook")
