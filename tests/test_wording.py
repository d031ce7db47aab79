"""What people read is Chinese as Chinese is written: full-width stops after Chinese characters."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("services/**/*.py"), *ROOT.glob("ui/**/*.py"), ROOT / "main.py"])
HALF_WIDTH = re.compile(r"[一-鿿”》][,;?!:]")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sentences_use_full_width_punctuation(path: Path) -> None:
    found = []
    with io.StringIO(path.read_text(encoding="utf-8")) as text:
        for token in tokenize.generate_tokens(text.readline):
            plain = token.type == tokenize.STRING and token.string[0] in "\"'"
            if plain and not token.string.startswith('"""') and HALF_WIDTH.search(token.string):
                found.append(f"{token.start[0]}: {token.string}")
    assert found == []
