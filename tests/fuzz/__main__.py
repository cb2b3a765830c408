"""Look for inputs that do harm, with libFuzzer."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

from tests.fuzz import corpus

ROOT = corpus.HERE.parent.parent
# libFuzzer's weighing of inputs, and its tracing of comparisons, take several times as long as the engine.
CFLAGS = "-fsanitize=fuzzer -fno-sanitize-coverage=trace-cmp"
KINDS = {
    "messages": ["-max_len=2048", "-entropic=0"],
    # Built-in functions that loop look at no interrupt: in production the host's second deadline ends them.
    "sources": [
        "-max_len=2048",
        "-entropic=0",
        f"-dict={corpus.HERE / 'sources.dict'}",
        "-fork=1",
        "-ignore_timeouts=1",
    ],
    "snapshots": ["-max_len=32768"],
}


def fuzzer(kind: str) -> list[str]:
    """The command, without libFuzzer's arguments."""
    if kind == "snapshots":
        return [sys.executable, "-m", "tests.fuzz.watched_snapshots"]
    os.environ.setdefault("CC", "clang")
    os.environ["CFLAGS"] = CFLAGS
    os.environ["SNAPJS_FUZZ"] = kind
    sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "native")]
    import building

    return [str(building.program(corpus.HERE / "engine.c"))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("files", nargs="*", metavar="FILE", help="only play these inputs")
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: 60)")
    parser.add_argument(
        "--keep", action="store_true", help="then put the fewest inputs that reach as far into the archive"
    )
    arguments = parser.parse_args()
    folder = ROOT / "build" / "fuzz" / arguments.kind
    command = [*fuzzer(arguments.kind), "-detect_leaks=0", "-timeout=20", "-rss_limit_mb=3000"]  # leaks are counted
    if arguments.files:
        return subprocess.call([*command, *arguments.files], cwd=ROOT)
    corpus.unpack(arguments.kind, folder / "inputs")
    code = subprocess.call(
        [
            *command,
            *KINDS[arguments.kind],
            f"-max_total_time={arguments.seconds}",
            f"-artifact_prefix={folder}/",
            folder / "inputs",
        ],
        cwd=ROOT,
    )
    if code == 0 and arguments.keep:
        shutil.rmtree(folder / "fewest", ignore_errors=True)
        (folder / "fewest").mkdir()
        code = subprocess.call(
            [*command, "-set_cover_merge=1", "-use_counters=0", folder / "fewest", folder / "inputs"], cwd=ROOT
        )
        corpus.keep(arguments.kind, folder / "fewest")
    return code


if __name__ == "__main__":
    sys.exit(main())
