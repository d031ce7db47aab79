"""P3 and a day at the desk at a size for every day, and that the long forms can be had by name."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from bench.reliability import canaries, record, strangers
from bench.reliability.operations import operate
from bench.reliability.shift import work_a_shift

SEEN = "欧阳金丝雀"
SEED = random.SystemRandom().randrange(1 << 30)


def test_p3_the_books_agree_after_any_operations(tmp_path):
    done = operate(tmp_path, times=1500, seed=SEED)
    print(f"seed {SEED}: {done}")  # noqa: T201
    assert done.faults == (), f"seed {SEED}"
    assert done.operations == 1500


def test_a_quarter_of_an_hour_at_the_desk_leaves_everything_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.reliability.shift.HOUR", 15)
    done = work_a_shift(tmp_path, 1, SEED)
    memory = [fault for fault in done.faults if fault.startswith("memory")]
    assert list(done.faults) == memory, f"seed {SEED}"  # too short to say anything of memory
    assert done.minutes == 15


@pytest.mark.parametrize(
    ("proof", "times"),
    [
        (record.rewrite, 60),
        (record.tamper, 5),
        (strangers.replace_file, 25),
        (strangers.judge_libraries, 300),
        (canaries.hide, 8),
        (canaries.probe, 200),
    ],
    ids=["P5", "P13", "P7", "P16", "P12", "P14"],
)
def test_a_promise_kept_at_random(tmp_path, proof, times):
    assert proof(tmp_path, times, SEED).faults == (), f"seed {SEED}"


def test_the_canaries_would_be_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(canaries, "make_backup", lambda *_: (tmp_path / "x").write_text(SEEN))
    monkeypatch.setattr(canaries, "_person", lambda *_: canaries.PersonForm(name=SEEN))
    assert canaries.hide(tmp_path, 1, SEED).faults == ("x holds one in clear",)


def test_the_long_forms_are_listed_with_their_promise():
    root = Path(__file__).parents[2]
    words = [sys.executable, "-m", "bench.reliability", "--list"]
    said = subprocess.run(words, cwd=root, check=True, capture_output=True, text=True).stdout
    for number in range(1, 17):
        assert f" P{number} " in said, number
