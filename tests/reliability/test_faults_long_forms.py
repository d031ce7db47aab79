"""P3 and a day at the desk at a size for every day, and that the long forms can be had by name."""

import random
import subprocess
import sys
from pathlib import Path

from bench.reliability.operations import operate
from bench.reliability.shift import work_a_shift

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


def test_the_long_forms_are_listed_with_their_promise():
    root = Path(__file__).parents[2]
    words = [sys.executable, "-m", "bench.reliability", "--list"]
    said = subprocess.run(words, cwd=root, check=True, capture_output=True, text=True).stdout
    for promise in ("P1", "P2", "P3", "P4", "P6", "P8", "P9", "P10", "P11", "P15"):
        assert f" {promise} " in said, promise
