"""The benchmarks run and say what they measured. No figure is asserted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
from benchmarks.__main__ import main, selected
from benchmarks.adapter import Adapter, adapter_class, adapter_names
from benchmarks.footprint import Peak, children, private
from benchmarks.fresh import figures
from benchmarks.runner import run
from benchmarks.worker import Worker
from benchmarks.workloads import GROUPS, WORKLOADS

ROOT = Path(__file__).parents[2]
BUNDLED = {workload.name for workload in GROUPS["bridge"].workloads}
"""for which tests/npm has packages"""
LONG = {name for name, workload in WORKLOADS.items() if workload.full_only}
SLOW = (
    {"process", "process-empty-cache", "bare-process", "idle", "threads", "delta", "delta-chain"}
    | {name for name in WORKLOADS if name.endswith("-16")}
    | {name for name in WORKLOADS.keys() - LONG if name.startswith(("cpu-", "web-", "workflow-"))}
)


def ignore(text: str) -> None:
    pass


@pytest.fixture(scope="module")
def worker() -> Worker:
    return Worker(adapter_class("snapjs")())


@pytest.mark.parametrize("name", sorted(WORKLOADS.keys() - SLOW - LONG - BUNDLED))
def test_workload_gives_samples(worker: Worker, name: str) -> None:
    samples = worker.answer({"workload": name, "seconds": 0})["samples"]
    assert samples and all(sample > 0 for sample in samples)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SLOW))
def test_slow_workload_gives_samples(worker: Worker, name: str) -> None:
    samples = worker.answer({"workload": name, "seconds": 0})["samples"]
    assert samples and all(sample > 0 for sample in samples)


@pytest.mark.slow
def test_forks_share_what_they_do_not_write() -> None:
    found = figures("snapjs", "forks", 8, 3, 10)
    assert 0 < found["next"] < 8 << 20
    assert 8 << 20 < found["held"] < 3 * 8 << 20
    assert found["resident"] > found["held"] / 2


@pytest.mark.slow
def test_saving_and_loading_in_fresh_processes(tmp_path: Path) -> None:
    file = tmp_path / "saved"
    saved = figures("snapjs", "save", 1, file)
    assert saved.keys() == {"seconds", "peak"} and file.stat().st_size > 500_000
    assert figures("snapjs", "load", file).keys() == {"seconds", "peak"}


@pytest.mark.slow
def test_fresh_process_that_fails_is_no_figure() -> None:
    with pytest.raises(RuntimeError, match="load ended with 1"):
        figures("snapjs", "load", "/nothing/there")


def test_peak_sees_memory_that_is_given_back() -> None:
    command = [sys.executable, "-c", "while True: bytearray(b'x') * (64 << 20)"]
    with subprocess.Popen(command) as process:
        with Peak(process.pid) as peak:
            end = monotonic() + 30
            while peak.grown < 32 << 20 and monotonic() < end:
                pass
        process.kill()
    assert 32 << 20 <= peak.grown < 128 << 20


def test_private_memory_is_that_of_children_too() -> None:
    child = "import sys; held = bytearray(b'x') * (32 << 20); print(flush=True); sys.stdin.read()"
    command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    before = private(os.getpid())
    with subprocess.Popen([sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"\n"
        assert 32 << 20 <= private(process.pid) < 128 << 20
        assert private(os.getpid()) - before > 32 << 20
        process.communicate()


def test_names_of_workloads_are_unique() -> None:
    assert len(WORKLOADS) == sum(len(group.workloads) for group in GROUPS.values())


def test_report_is_json_and_has_every_part() -> None:
    report = json.loads(json.dumps(run([], ["eval"], rounds=1, seconds=0, progress=ignore)))
    assert report.keys() == {
        "format", "started_at", "machine", "load", "rounds", "seconds", "packages", "workloads", "ratios", "means",
    }  # fmt: skip
    assert report["machine"].keys() == {"system", "processor", "cores", "python"}
    assert len(report["load"]) == 2
    assert report["packages"]["snapjs"]["versions"].keys() == {"python", "snapjs", "wasmtime", "engine"}
    (workload,) = report["workloads"]
    assert (workload["name"], workload["group"], workload["unit"], workload["target"]) == ("eval", "calls", "s", None)
    result = workload["results"]["snapjs"]
    assert result["min"] <= result["median"] <= result["max"]
    assert result["quartiles"] == [result["median"]] * 2
    assert len(result["samples"]) == 1


@pytest.mark.slow
def test_worker_that_ends_is_started_again_for_the_next_workload() -> None:
    def end_first(text: str) -> None:
        if text == "eval, round 1 of 1, snapjs":
            for child in children(os.getpid()):
                os.kill(child, signal.SIGKILL)

    report = run([], ["eval", "call"], rounds=1, seconds=0, progress=end_first)
    first, second = (workload["results"]["snapjs"] for workload in report["workloads"])
    assert first == {"unsupported": "process ended with -9: no message"}
    assert second["median"] > 0


def test_what_is_measured_once_is_measured_in_the_first_round() -> None:
    report = run([], ["new-size", "eval"], rounds=3, seconds=0, progress=ignore)
    assert [len(workload["results"]["snapjs"]["samples"]) for workload in report["workloads"]] == [1, 3]


def test_what_a_package_cannot_do_has_a_reason() -> None:
    answer = Worker(Adapter()).answer({"workload": "new-size", "seconds": 0})
    assert answer["unsupported"].startswith("failed: NotImplementedError")


def test_package_is_measured_in_its_groups_only() -> None:
    class InNode(Adapter):
        groups = ("snapshots",)

    answer = Worker(InNode()).answer({"workload": "call", "seconds": 0})
    assert answer == {"unsupported": "not measured in calls"}


def test_quick_run_leaves_out_what_takes_long() -> None:
    quick, full = (selected(list(GROUPS), quick) for quick in (True, False))
    assert set(full) - set(quick) == LONG
    assert {"restore-64", "snapshot-256", "forks", "save", "bytes-in-100", "idle", "process-empty-cache"} <= LONG


def test_unknown_peer_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--peers", "nothing"])
    assert caught.value.code == 2
    assert "invalid choice: 'nothing'" in capsys.readouterr().err


@pytest.mark.peers
def test_quick_run_with_peers(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    workloads = ["call", "host-call", "data-out", "cpu-async", "restore-1", "bridge-check-p50"]
    options = ["--quick", "--targets", "--workloads", *workloads, "--json", str(file)]
    command = [sys.executable, "-m", "benchmarks", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr == ""
    report = json.loads(file.read_text())
    assert list(report["packages"]) == adapter_names()
    results = {workload["name"]: workload["results"] for workload in report["workloads"]}
    others = {"dbos", "node-sidecar", "snapjs-processes"}
    assert {
        name: {package for package, result in found.items() if "median" not in result}
        for name, found in results.items()
    } == {
        "call": {"node", *others},
        "host-call": {"mini-racer", "node", "pydeno", *others},
        "data-out": {"node", "pydantic-monty", *others},
        "cpu-async": {"node", "pydantic-monty", *others},
        "restore-1": set(adapter_names()) - {"snapjs", "quickjs-rs", "quickjs-wasi"},
        "bridge-check-p50": set(adapter_names())
        - {"snapjs", "mini-racer", "quickjs-ng", "node-sidecar", "snapjs-processes"},
    }
    assert results["host-call"]["mini-racer"] == {"unsupported": "host functions only answer with promises"}
    assert results["restore-1"]["quickjs-ng"] == {"unsupported": "no snapshots"}
    assert "target" in done.stdout
