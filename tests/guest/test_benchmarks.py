"""The benchmarks run and say what they measured. No figure is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.__main__ import main
from benchmarks.adapter import Adapter, adapter_class, adapter_names
from benchmarks.runner import run
from benchmarks.table import comparison, quantity, targets
from benchmarks.worker import Worker
from benchmarks.workloads import WORKLOADS

ROOT = Path(__file__).parents[2]
PROCESSES = {"process", "bare-process"}


def ignore(text: str) -> None:
    pass


@pytest.fixture(scope="module")
def worker() -> Worker:
    return Worker(adapter_class("snapjs")())


@pytest.mark.parametrize("name", sorted(WORKLOADS.keys() - PROCESSES))
def test_workload_gives_samples(worker: Worker, name: str) -> None:
    samples = worker.answer({"workload": name, "seconds": 0})["samples"]
    assert samples and all(sample > 0 for sample in samples)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_process_gives_samples(worker: Worker, name: str) -> None:
    samples = worker.answer({"workload": name, "seconds": 0})["samples"]
    assert samples and all(sample > 0 for sample in samples)


def test_report_is_json_and_has_every_part() -> None:
    report = json.loads(json.dumps(run([], ["eval"], rounds=1, seconds=0, progress=ignore)))
    assert report.keys() == {"format", "started_at", "machine", "load", "rounds", "seconds", "packages", "workloads"}
    assert report["machine"].keys() == {"system", "processor", "cores", "python"}
    assert len(report["load"]) == 2
    assert report["packages"]["snapjs"]["versions"].keys() == {"python", "snapjs", "wasmtime", "engine"}
    (workload,) = report["workloads"]
    assert (workload["name"], workload["unit"], workload["target"]) == ("eval", "s", None)
    result = workload["results"]["snapjs"]
    assert result["min"] <= result["median"] <= result["max"]
    assert len(result["samples"]) == 1


def made_report() -> dict[str, object]:
    """A report as `run` makes it, with figures that are known."""
    load = {"at": 0.0, "averages": [0.5, 0.25, 0.125]}
    call = {"min": 2e-6, "median": 3e-6, "max": 5e-6, "samples": []}
    size = {"min": 4096.0, "median": 4096.0, "max": 4096.0, "samples": []}
    return {
        "machine": {"processor": "P", "cores": 2, "system": "S", "python": "CPython 3"},
        "load": [load, load],
        "packages": {"snapjs": {"versions": {"python": "3", "snapjs": "1"}}, "other": {"versions": {"other": "2"}}},
        "workloads": [
            {"name": "call", "title": "call it", "unit": "s", "target": 5e-6,
             "results": {"snapjs": call, "other": {**call, "median": 2e-6}}},
            {"name": "size", "title": "size", "unit": "B", "target": 2048,
             "results": {"snapjs": size, "other": {"unsupported": "no snapshots"}}},
        ],
    }  # fmt: skip


def test_table_has_medians_spread_ratios_and_reasons() -> None:
    assert comparison(made_report()).splitlines() == [
        "P, 2 cores, S, CPython 3",
        "load averages before and after: 0.50 0.25 0.12; 0.50 0.25 0.12",
        "snapjs: snapjs 1",
        "other: other 2",
        "",
        "                               snapjs                         other  ratio",
        "call it  3.00 µs (2.00 µs to 5.00 µs)  2.00 µs (2.00 µs to 5.00 µs)   1.50",
        "size                          4.00 KB                             –      –",
        "",
        "Median (smallest to largest). Ratio: snapjs by peer; below 1 snapjs takes less.",
        "– other: no snapshots (size)",
    ]


def test_targets_stand_beside_the_figures() -> None:
    assert targets(made_report()).splitlines() == [
        "target   at most                      measured",
        "call it  5.00 µs  3.00 µs (2.00 µs to 5.00 µs)     met",
        "size     2.00 KB                       4.00 KB  missed",
    ]


def test_the_four_targets() -> None:
    assert {name: workload.target for name, workload in WORKLOADS.items() if workload.target is not None} == {
        "create": 300e-6,
        "call": 5e-6,
        "host-call": 4e-6,
        "snapshot-size": 32768,
    }


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(3.254e-6, "s", "3.25 µs"), (0.0123, "s", "12.3 ms"), (118e-9, "s", "118 ns"), (2.0, "s", "2.00 s"),
     (4567.0, "B", "4.46 KB"), (12.0, "B", "12.0 B")],
)  # fmt: skip
def test_quantity_has_three_digits(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_what_a_package_cannot_do_has_a_reason() -> None:
    answer = Worker(Adapter()).answer({"workload": "snapshot", "seconds": 0})
    assert answer["unsupported"].startswith("failed: NotImplementedError")


def test_unknown_peer_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--peers", "nothing"])
    assert caught.value.code == 2
    assert "invalid choice: 'nothing'" in capsys.readouterr().err


@pytest.mark.peers
def test_quick_run_with_peers(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    options = ["--quick", "--targets", "--workloads", "call", "host-call", "snapshot", "--json", str(file)]
    command = [sys.executable, "-m", "benchmarks", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=110)
    assert done.stderr == ""
    report = json.loads(file.read_text())
    assert list(report["packages"]) == adapter_names()
    call, host_call, snapshot = (workload["results"] for workload in report["workloads"])
    assert all("median" in result for result in call.values())
    assert host_call["mini-racer"] == {"unsupported": "host functions only answer with promises"}
    assert snapshot["quickjs-ng"] == {"unsupported": "no snapshots"}
    assert "target" in done.stdout
