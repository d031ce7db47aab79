"""P1, P2, P6 at a size for every day; `python -m bench.reliability` goes further."""

import random

import pytest

from bench.reliability.flips import flip_bits
from bench.reliability.kills import kill_loop
from bench.reliability.powercut import have_compiler, power_cuts

SEED = random.SystemRandom().randrange(1 << 30)

needs_compiler = pytest.mark.skipif(not have_compiler(), reason="needs cc on Linux")


def test_p1_what_was_said_to_be_saved_survives_being_killed(tmp_path):
    done = kill_loop(tmp_path, times=25, seed=SEED)
    print(f"seed {SEED}: {done.kills} kills, {done.acknowledged} commits")  # noqa: T201
    assert done.faults == (), f"seed {SEED}"
    assert done.acknowledged > done.kills


@needs_compiler
def test_p2_and_a_power_cut(tmp_path):
    done = power_cuts(tmp_path, states=150, seed=SEED)
    print(f"seed {SEED}: {done.states} states, {done.acknowledged} commits")  # noqa: T201
    assert done.faults == (), f"seed {SEED}"


@needs_compiler
def test_p2_without_flushing_the_same_harness_finds_losses(tmp_path):
    assert power_cuts(tmp_path, states=60, seed=SEED, flush=False).faults


def test_p6_every_flipped_bit_is_noticed(tmp_path):
    done = flip_bits(tmp_path, times=60, seed=SEED)
    assert done.missed == (), f"seed {SEED}"
