"""The template is a roster the import reads back without a question."""

from __future__ import annotations

import openpyxl
import pytest

from services.errors import RuleError
from services.programmes.registry import main_timeline
from services.roster.mapping import FIELDS, guess
from services.roster.preview import read_and_preview
from services.roster.template import FILE_NAME, write_template


def test_every_column_of_the_template_is_known(tmp_path):
    path = tmp_path / FILE_NAME
    write_template(path)
    sheet = openpyxl.load_workbook(path).active
    found = guess([cell.value for cell in sheet[1]])
    assert (found.problem, set(found.columns)) == ("", set(FIELDS))


def test_a_row_filled_in_goes_through(tmp_path, clinic):
    path = tmp_path / FILE_NAME
    write_template(path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    columns = {cell.value: cell.column for cell in sheet[1]}
    for title, value in (("姓名", "曾国强"), ("手机", "13800138000"), ("累计消费", 2500)):
        sheet.cell(row=2, column=columns[title], value=value)
    book.save(path)
    _, preview = read_and_preview(path, main_timeline(clinic.db), "2026-11-20")
    assert [row.name for row in preview.good] == ["曾国强"]
    assert not preview.rejected


def test_a_missing_folder_is_a_sentence(tmp_path):
    with pytest.raises(RuleError, match="文件夹"):
        write_template(tmp_path / "none" / FILE_NAME)
