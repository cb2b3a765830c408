"""The soak itself: that it finds what grows, and that each of its parts does its rounds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.soak.growth import MOST_GROWTH, Sample, grown, sample

ROOT = Path(__file__).parents[2]
MEBIBYTE = 1 << 20
PARTS = [
    "crowd", "extensions", "libraries", "pools", "reactors", "sandboxes", "snapshots", "workflow_forks", "workflow_kills",
]  # fmt: skip


def samples(memory: list[int], descriptors: int = 10) -> list[Sample]:
    return [Sample(2.0 * number, bytes, descriptors, 3, 200, 5) for number, bytes in enumerate(memory)]


def test_what_is_flat_has_not_grown() -> None:
    assert grown(samples([50 * MEBIBYTE] * 100)) == []


def test_a_leak_is_found() -> None:
    leaking = [50 * MEBIBYTE + number * MEBIBYTE // 4 for number in range(100)]
    assert grown(samples(leaking)) == ["memory grew by 19,922,944, and may by 16,777,216"]


def test_what_is_collected_again_and_again_has_not_grown() -> None:
    assert grown(samples([50 * MEBIBYTE + number % 25 * 8 * MEBIBYTE for number in range(1000)])) == []


def test_the_first_fifth_does_not_count() -> None:
    assert grown(samples([number * 10 * MEBIBYTE for number in range(20)] + [200 * MEBIBYTE] * 81)) == []


def test_descriptors_that_are_left_are_found() -> None:
    leaking = [Sample(2.0 * number, MEBIBYTE, 10 + number // 4, 3, 200) for number in range(100)]
    assert grown(leaking) == [f"descriptors grew by 19, and may by {MOST_GROWTH['descriptors']}"]


def test_too_few_samples_say_nothing() -> None:
    assert grown(samples([MEBIBYTE, 100 * MEBIBYTE])) == []


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")
def test_a_sample_of_this_session(tmp_path: Path) -> None:
    (tmp_path / "left").touch()
    found = sample(os.getsid(0), 1.0, tmp_path)

    assert found is not None
    assert found.memory > MEBIBYTE
    assert found.descriptors > 0
    assert found.threads > 0
    assert found.maps > 10
    assert found.files == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")
def test_every_part_does_rounds_and_finds_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "tests.soak", "--seconds", "1", "--json", str(tmp_path / "found.json")]
    done = subprocess.run(command, cwd=ROOT, env=environment, timeout=300, capture_output=True, text=True)
    found = json.loads((tmp_path / "found.json").read_text())

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Nothing was wrong.")
    assert sorted(found["parts"]) == sorted(found["samples"]) == PARTS
    assert all(part["did"]["rounds"] > 0 for part in found["parts"].values())
