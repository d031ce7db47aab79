"""What the window asks of a simulation: where a programme comes from, sentences, the template."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from services.errors import RuleError
from services.programmes.definition import to_json
from services.programmes.drafts import save_draft
from services.programmes.registry import preset
from services.simulation.files import load
from services.simulation.reading import headers, read_rows
from services.simulation.source import of_draft, of_version
from services.simulation.template import write_template
from services.simulation.words import in_words, summary
from services.simulation.workbook import version_name
from tests.conftest import TODAY
from tests.services.programmes.signing_world import sign_draft
from tests.services.simulation.trials import A, row, run


def test_a_draft_or_a_signed_version_is_tried(clinic, director) -> None:
    saved = save_draft(director, definition=to_json(preset("VIP四级")))
    found = of_draft(clinic.db, saved.draft_id)
    assert (found.programme, found.version) == (preset("VIP四级"), "draft")
    assert version_name("draft") == "草稿"
    version_id = sign_draft(director, preset(A)).version_id
    assert of_version(clinic.db, TODAY, version_id).version == 2
    for call in (lambda: of_draft(clinic.db, 99), lambda: of_version(clinic.db, TODAY, 99)):
        with pytest.raises(RuleError, match="没有找到"):
            call()


def test_the_answer_in_sentences() -> None:
    found = run(A, row("消费", "5000", "种植"), row("吃饭"))
    assert in_words(found) == (
        "医院方案A，截至 2026-11-20：1 人，其中有等级 1 人；1 行没有采用。",
        "礼品应发约 ¥50，其中还没领 ¥50；可用积分 5,000 分，折合 ¥0。",
    )
    assert summary(found) == in_words(found)[0]
    pending = in_words(run("VIP四级", row("消费", "5000", "种植")))
    assert "方案里还有 18 项待定，凡是待定的都没有算。" in pending
    assert pending[-1].startswith("按口腔健康评级")


def test_the_empty_file_has_every_column_and_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "空白.xlsx"
    write_template(path)
    book = openpyxl.load_workbook(path)
    first, second = book.worksheets
    assert tuple(cell.value for cell in first[1]) == headers()
    assert first["B2"].number_format == "@"
    assert [each[0].value for each in second.iter_rows()] == list(headers())
    assert "消费、退款" in second["B3"].value
    assert list(read_rows(load(path), lambda _share: None, lambda *_row: None)) == []
