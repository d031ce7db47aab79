"""P10: the disk is full, or the stick is pulled, at any point of any action; long forms in
bench.reliability."""

import random

import pytest

from bench.reliability.deeds import DEEDS
from bench.reliability.device import full_device, pulled_stick
from bench.reliability.full import fill_disk
from bench.reliability.powercut import have_compiler
from services.errors import Fault, fault_sentence

SEED = random.SystemRandom().randrange(1 << 30)

needs_compiler = pytest.mark.skipif(not have_compiler(), reason="needs cc on Linux")


def test_p10_a_disk_that_is_full_at_any_statement_of_any_action_leaves_nothing_of_it(tmp_path):
    done = fill_disk(tmp_path, times=1, seed=SEED)
    print(f"seed {SEED}: {done.statements} statements of {done.deeds} deeds")  # noqa: T201
    assert done.faults == (), f"seed {SEED}"
    assert done.statements > 2 * len(DEEDS)  # the first, the commit and one between


@needs_compiler
def test_p10_a_disk_that_fills_up_under_the_library_too(tmp_path):
    done = full_device(tmp_path, times=1, seed=SEED, some=5)
    assert done.faults == (), f"seed {SEED}"


@needs_compiler
def test_p10_a_stick_that_is_pulled_is_called_that_and_not_damage(tmp_path):
    done = pulled_stick(tmp_path, times=1, seed=SEED, some=5)
    assert done.faults == (), f"seed {SEED}"


def test_p10_every_fault_has_a_sentence_that_says_what_to_do():
    sentences = [fault_sentence(fault) for fault in Fault]
    assert len(set(sentences)) == len(Fault)
    assert all("请" in sentence and sentence.endswith("。") for sentence in sentences)
