"""P15 at a size for every day; `python -m bench.reliability hostile` feeds 1,500 of each kind."""

import random

import pytest

from bench.reliability.hostile import feed

SEED = random.SystemRandom().randrange(1 << 30)
TIMES = 9  # of each kind; one bomb among those of workbooks


def test_p15_hostile_files_get_a_sentence_at_once_and_change_nothing(tmp_path):
    done = feed(tmp_path, TIMES, SEED)
    print(f"seed {SEED}: {done}")  # noqa: T201
    assert done.faults == (), f"seed {SEED}"
    assert done.files == 9 * TIMES


def test_p15_the_harness_notices_what_is_no_sentence(tmp_path, monkeypatch):
    """The test of the test: a reader that stumbles, dawdles or eats is told."""

    def stumble(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("bench.reliability.hostile.read_file", stumble)
    monkeypatch.setattr("bench.reliability.hostile.SECONDS", 0.0)
    monkeypatch.setattr("bench.reliability.hostile.MEGABYTES", -1)
    faults = feed(tmp_path, 1, SEED, bombs=False).faults
    assert any("programme" in each and "ZeroDivisionError" in each for each in faults)
    assert any(each.startswith("roster 0") and each.endswith(" s") for each in faults)
    assert any("grew by" in each for each in faults)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_seed_makes_the_same_files(seed):
    from bench.reliability import hostile_files as files

    for maker in (*files.WORKBOOKS, files.odd_csv, files.odd_toml):
        made = [maker(random.Random(seed)) for _ in range(2)]
        assert len(made[0]) == len(made[1])  # a zip also holds the time it was packed
