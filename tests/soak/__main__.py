"""Everything at once, for a time: ``python -m tests.soak --seconds 3600 --seed 13``.

Each part is a process that does its rounds and checks what comes of them; this one looks at what they have. It exits with
1 when a part has failed, or one of them grows.
"""

from __future__ import annotations

import argparse
import json
import os
import pkgutil
import signal
import subprocess
import sys
import time
from dataclasses import astuple, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

from tests.soak import parts
from tests.soak.growth import Sample, grown, sample

ROOT = Path(__file__).parents[2]
_SAMPLES_EVERY = 2.0
_LINES_EVERY = 60.0
_LONGEST_ROUND = 300.0
"""seconds: those of workflows take some on a machine that does much else"""
_PATIENCE = 900.0
"""seconds in which a part ends the round that it is in: killed workers leave runs that have to come to their end"""


@dataclass
class Part:
    """A process, and what is known of it."""

    name: str
    process: subprocess.Popen[bytes]
    said: IO[bytes]
    errors: IO[bytes]
    folder: Path
    """for what it writes for a time"""
    samples: list[Sample] = field(default_factory=list)
    moved: tuple[int, float] = (0, 0.0)
    """how many rounds it had done when it last did one, and when that was"""
    fault: str | None = None
    """what was wrong before it ended"""

    def look(self, at: float) -> None:
        """Take a sample, and see whether it goes on."""
        found = sample(self.process.pid, at, self.folder)
        if found is not None:
            self.samples.append(found)
        done = self.counts().get("rounds", 0)
        if done > self.moved[0]:
            self.moved = (done, at)
        elif at - self.moved[1] > _LONGEST_ROUND and self.process.poll() is None:
            self.fault = f"it stands still since second {self.moved[1]:.0f}"
            os.killpg(self.process.pid, signal.SIGABRT)

    def counts(self) -> dict[str, int]:
        """What it has done so far."""
        self.said.seek(0)
        lines = [line for line in self.said.read().splitlines(keepends=True) if line.endswith(b"\n")]
        return json.loads(lines[-1]) if lines else {}

    def faults(self) -> list[str]:
        """What was wrong."""
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace").strip()
        failed = (
            [f"exit code {self.process.returncode}: {text or 'nothing was said'}"] if self.process.returncode else []
        )
        return ([self.fault] if self.fault else []) + failed + grown(self.samples)


def begin(name: str, seconds: float, seed: int, folder: Path) -> Part:
    """Start the process of a part; what it writes for a time goes to the folder."""
    said, errors = TemporaryFile(), TemporaryFile()  # noqa: SIM115
    own = folder / name
    own.mkdir()
    path = os.pathsep.join(filter(None, [str(ROOT), *sys.path]))
    environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(own), "PYTHONFAULTHANDLER": "1"}
    command = [sys.executable, "-m", "tests.soak.part", name, str(seconds), str(seed)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=errors, start_new_session=True)
    return Part(name, process, said, errors, own)


def watch(going: list[Part], seconds: float) -> None:
    """Take samples until all have ended."""
    began, spoke = time.monotonic(), 0.0
    try:
        while None in [part.process.poll() for part in going]:
            at = time.monotonic() - began
            for part in going:
                part.look(at)
            if at - spoke >= _LINES_EVERY:
                spoke = at
                print(f"{at:6.0f} s  {'  '.join(map(_line, going))}", file=sys.stderr, flush=True)
            if at > seconds + _PATIENCE or any(part.process.returncode for part in going):
                end(going)
            time.sleep(_SAMPLES_EVERY)
    except KeyboardInterrupt:
        print("Ending the rounds that are under way …", file=sys.stderr)
        end(going)


def end(going: list[Part]) -> None:
    """Have all end: the round that is under way first, and then in any case."""
    for part in going:
        if part.process.poll() is None:
            part.process.send_signal(signal.SIGINT)
    for part in going:
        try:
            part.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(part.process.pid, signal.SIGKILL)
            part.process.wait()


def _line(part: Part) -> str:
    memory = f"{part.samples[-1].memory / 2**20:.0f} MiB" if part.samples else "ended"
    return f"{part.name} {part.counts().get('rounds', 0)} rounds {memory}"


def report(going: list[Part]) -> dict[str, object]:
    """What was done, and what each had early and late."""
    return {
        part.name: {
            "did": part.counts(),
            "early": _quarter(part.samples, 1),
            "late": _quarter(part.samples, 3),
            "faults": part.faults(),
        }
        for part in going
    }


def _quarter(samples: list[Sample], number: int) -> dict[str, float]:
    """Means of a quarter of the time."""
    some = samples[len(samples) * number // 4 : len(samples) * (number + 1) // 4] or samples
    if not some:
        return {}
    return {
        "MiB": round(sum(one.memory for one in some) / len(some) / 2**20, 1),
        **{
            name: round(sum(getattr(one, name) for one in some) / len(some), 1)
            for name in ("descriptors", "threads", "maps", "files")
        },
    }


def main() -> None:
    names = sorted(module.name for module in pkgutil.iter_modules(parts.__path__))
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: 60)")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn (default: 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table and all samples there, too")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these of {', '.join(names)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(names):
        parser.error(f"there is no part {', '.join(unknown)}")
    with TemporaryDirectory(prefix="soak-") as folder:
        place = Path(folder)
        chosen = arguments.parts or names
        going = [begin(name, arguments.seconds, arguments.seed, place) for name in chosen]
        watch(going, arguments.seconds)
        found = report(going)
    print(json.dumps(found, indent=1))
    if arguments.json is not None:
        samples = {part.name: [astuple(one) for one in part.samples] for part in going}
        arguments.json.write_text(json.dumps({"parts": found, "samples": samples}) + "\n")
    faults = [f"{part.name}: {fault}" for part in going for fault in part.faults()]
    print(*(faults or ["Nothing was wrong."]), sep="\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
