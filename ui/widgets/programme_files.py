"""A programme out of the window into a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from services.i18n import tr
from services.programmes.definition import Programme
from services.programmes.toml_files import SUFFIX, file_name, write_file
from ui.context import UiContext


def files_filter() -> str:
    """What a file dialog shows of programmes."""
    return tr("方案文件 (*{suffix})").format(suffix=SUFFIX)


def ask_and_export(context: UiContext, parent: QWidget, programme: Programme) -> None:
    """Ask for a file and write the programme there."""
    path, _ = QFileDialog.getSaveFileName(
        parent, tr("导出为文件"), file_name(programme), files_filter()
    )
    if path:
        export(context, programme, Path(path).with_suffix(SUFFIX))


def export(context: UiContext, programme: Programme, path: Path) -> None:
    """Write the programme as TOML and say so."""

    def written() -> bool:
        write_file(programme, path)
        return True

    if context.alerts.run(written):
        words = tr("已导出为“{name}”，可以在另一家诊所读取。").format(name=path.name)
        context.alerts.banner(words, "success")
