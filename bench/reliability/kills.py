"""P1: what the screen said was saved survives a crash of the program at any instant.

A child works at the desk and tells each commit that returned; it is killed after a random time,
and the file is opened and checked. Forks of one process, so that a thousand kills cost minutes.
"""

from __future__ import annotations

import os
import random
import select
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.reliability.desk import Desk, disagreements, losses, new_desk, work

LONGEST = 0.12  # seconds a child may live after its first commit
STUCK = 60.0


@dataclass(frozen=True)
class Killed:
    """So many kills, commits acknowledged in all, and what was found wrong."""

    kills: int
    acknowledged: int
    faults: tuple[str, ...]


def kill_loop(root: Path, times: int, seed: int, thorough_every: int = 10) -> Killed:
    """Kill `times` children one after the other on the same clinic."""
    chance = random.Random(seed)
    desk, _ = new_desk(root / "clinic")
    faults: list[str] = []
    newest = 0
    for number in range(times):
        newest = max(newest, _one(desk, chance.uniform(0, LONGEST)))
        faults += _in_child(desk, newest, thorough=number % thorough_every == 0)
    return Killed(times, newest, tuple(faults))


def _one(desk: Desk, life: float) -> int:
    """Let a child work for `life` seconds after its first commit, then kill it; answers the
    newest audit number it acknowledged."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        with suppress(BaseException):
            clinic = desk.open()
            work(clinic, lambda seq: os.write(tell, f"{seq}\n".encode()))
        os._exit(1)
    os.close(tell)
    ready, _, _ = select.select([told], [], [], STUCK)
    if ready:
        time.sleep(life)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(told, "rb") as stream:
        lines = stream.read().split(b"\n")[:-1]
    return max((int(line) for line in lines), default=0)


def _in_child(desk: Desk, acknowledged: int, *, thorough: bool) -> list[str]:
    """Look at the file in a process of its own, as the next start would."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        said = "the check itself died"
        try:
            clinic = desk.open()
            found = losses(clinic.db, acknowledged)
            if thorough:
                found += disagreements(clinic)
            clinic.close()
            said = "\n".join(found)
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(tell, said.encode())
            os._exit(0)
    os.close(tell)
    with os.fdopen(told, "rb") as stream:
        said = stream.read().decode()
    os.waitpid(child, 0)
    return [line for line in said.split("\n") if line]
