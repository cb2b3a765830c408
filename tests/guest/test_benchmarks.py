"""The benchmarks run and say what they measured. No figure is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from benchmarks.__main__ import main, selected
from benchmarks.adapter import Adapter, adapter_class, adapter_names
from benchmarks.footprint import Peak
from benchmarks.fresh import figures
from benchmarks.runner import run
from benchmarks.table import comparison, quantity, targets
from benchmarks.worker import Worker
from benchmarks.workloads import RATIOS, WORKLOADS

ROOT = Path(__file__).parents[2]
LONG = {name for name, workload in WORKLOADS.items() if workload.full_only}
SLOW = {"process", "bare-process", "delta", "delta-chain"} | {name for name in WORKLOADS if name.endswith("-16")}


def ignore(text: str) -> None:
    pass


@pytest.fixture(scope="module")
def worker() -> Worker:
    return Worker(adapter_class("snapjs")())


@pytest.mark.parametrize("name", sorted(WORKLOADS.keys() - SLOW - LONG))
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


def test_report_is_json_and_has_every_part() -> None:
    report = json.loads(json.dumps(run([], ["eval"], rounds=1, seconds=0, progress=ignore)))
    assert report.keys() == {
        "format", "started_at", "machine", "load", "rounds", "seconds", "packages", "workloads", "ratios",
    }  # fmt: skip
    assert report["machine"].keys() == {"system", "processor", "cores", "python"}
    assert len(report["load"]) == 2
    assert report["packages"]["snapjs"]["versions"].keys() == {"python", "snapjs", "wasmtime", "engine"}
    (workload,) = report["workloads"]
    assert (workload["name"], workload["group"], workload["unit"], workload["target"]) == ("eval", "calls", "s", None)
    result = workload["results"]["snapjs"]
    assert result["min"] <= result["median"] <= result["max"]
    assert len(result["samples"]) == 1


def test_what_is_measured_once_is_measured_in_the_first_round() -> None:
    report = run([], ["new-size", "eval"], rounds=3, seconds=0, progress=ignore)
    assert [len(workload["results"]["snapjs"]["samples"]) for workload in report["workloads"]] == [1, 3]


def made_report() -> dict[str, Any]:
    """A report as `run` makes it, with figures that are known."""
    load = {"at": 0.0, "averages": [0.5, 0.25, 0.125]}
    call = {"min": 2e-6, "median": 3e-6, "max": 5e-6, "samples": []}
    part = {"min": 0.01234, "median": 1.25, "max": 2.5, "samples": []}
    size = {"min": 4096.0, "median": 4096.0, "max": 4096.0, "samples": []}
    return {
        "machine": {"processor": "P", "cores": 2, "system": "S", "python": "CPython 3"},
        "load": [load, load],
        "packages": {
            "snapjs": {"versions": {"python": "3", "snapjs": "1"}},
            "other": {"versions": {"other": "2"}},
            "none": {"versions": {"none": "3"}},
        },
        "workloads": [
            {"name": "call", "group": "calls", "title": "call it", "unit": "s", "target": 5e-6,
             "results": {"snapjs": call, "other": {**call, "median": 2e-6}, "none": {"unsupported": "not now"}}},
            {"name": "size", "group": "calls", "title": "size", "unit": "B", "target": 2048,
             "results": {"snapjs": size, "other": {"unsupported": "no snapshots"}, "none": {"unsupported": "never"}}},
            {"name": "copy", "group": "heaps", "title": "copy", "unit": "times", "target": None,
             "results": {"snapjs": part, "other": part, "none": {"unsupported": "never"}}},
        ],
        "ratios": [
            {"title": "call by other's", "of": "call", "by": "call", "package": "other", "target": 2},
            {"title": "size by call", "of": "size", "by": "call", "package": "snapjs", "target": 2},
            {"title": "call by size", "of": "call", "by": "size", "package": "other", "target": 2},
        ],
    }  # fmt: skip


def test_table_has_medians_spread_ratios_and_reasons() -> None:
    assert comparison(made_report()).splitlines() == [
        "P, 2 cores, S, CPython 3",
        "load averages before and after: 0.50 0.25 0.12; 0.50 0.25 0.12",
        "snapjs: snapjs 1",
        "other: other 2",
        "none: none 3",
        "",
        "calls                          snapjs                         other  ratio",
        "call it  3.00 µs (2.00 µs to 5.00 µs)  2.00 µs (2.00 µs to 5.00 µs)   1.50",
        "size                          4.00 KB                             –      –",
        "",
        "heaps                   snapjs                    other  ratio",
        "copy   1.25× (0.0123× to 2.5×)  1.25× (0.0123× to 2.5×)",
        "",
        "Median (smallest to largest). Ratio: snapjs by peer; below 1 snapjs takes less.",
        "– none: not now (call)",
        "– other: no snapshots (size)",
        "– none: never (size)",
        "– none: never (all heaps)",
    ]


def test_small_ratio_keeps_its_digits() -> None:
    report = made_report()
    report["workloads"][0]["results"]["other"]["median"] = 1e-3
    assert comparison(report).splitlines()[7].endswith("  0.003")


def test_targets_stand_beside_the_figures() -> None:
    assert targets(made_report()).splitlines() == [
        "target           at most                      measured",
        "call it          5.00 µs  3.00 µs (2.00 µs to 5.00 µs)     met",
        "size             2.00 KB                       4.00 KB  missed",
        "call by other's       2×                          1.5×     met",
        "size by call          2×                     1.37e+09×  missed",
        "call by size          2×                             –       –",
    ]


def test_the_targets() -> None:
    assert {name: workload.target for name, workload in WORKLOADS.items() if workload.target is not None} == {
        "create": 300e-6,
        "call": 5e-6,
        "host-call": 4e-6,
        "snapshot-by-new-copy-1": 2.5,
        "snapshot-by-new-copy-16": 2.5,
        "snapshot-by-new-copy-64": 2.5,
        "snapshot-by-new-copy-256": 2.5,
        "new-size": 16384,
        "delta": 20480,
        "forks": 476708864,
        "fork": 409600,
    }


def test_the_targets_that_are_ratios() -> None:
    assert {(ratio.of, ratio.by, ratio.package): ratio.target for ratio in RATIOS} == {
        ("restore-256", "restore-1", "snapjs"): 2,
        ("restore-64", "restore-64", "quickjs-wasi"): 0.01,
        ("restore-64", "restore-64", "quickjs-rs"): 0.01,
    }


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(3.254e-6, "s", "3.25 µs"), (0.0123, "s", "12.3 ms"), (118e-9, "s", "118 ns"), (2.0, "s", "2.00 s"),
     (4567.0, "B", "4.46 KB"), (12.0, "B", "12.0 B"), (2.3149, "times", "2.31×")],
)  # fmt: skip
def test_quantity_has_three_digits(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_what_a_package_cannot_do_has_a_reason() -> None:
    answer = Worker(Adapter()).answer({"workload": "new-size", "seconds": 0})
    assert answer["unsupported"].startswith("failed: NotImplementedError")


def test_package_is_measured_in_its_groups_only() -> None:
    class InNode(Adapter):
        groups = ("snapshots",)

    answer = Worker(InNode()).answer({"workload": "call", "seconds": 0})
    assert answer == {"unsupported": "not measured in calls"}


def test_quick_run_leaves_the_large_heaps_out() -> None:
    quick, full = (selected(["snapshots"], quick) for quick in (True, False))
    assert set(full) - set(quick) == LONG
    assert {"restore-64", "snapshot-256", "forks", "save"} <= LONG


def test_unknown_peer_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--peers", "nothing"])
    assert caught.value.code == 2
    assert "invalid choice: 'nothing'" in capsys.readouterr().err


@pytest.mark.peers
def test_quick_run_with_peers(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    options = ["--quick", "--targets", "--workloads", "call", "host-call", "restore-1", "--json", str(file)]
    command = [sys.executable, "-m", "benchmarks", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr == ""
    report = json.loads(file.read_text())
    assert list(report["packages"]) == adapter_names()
    call, host_call, restore = (workload["results"] for workload in report["workloads"])
    assert {name for name, result in call.items() if "median" not in result} == {"quickjs-wasi"}
    assert host_call["mini-racer"] == {"unsupported": "host functions only answer with promises"}
    assert {name for name, result in restore.items() if "median" in result} == {"snapjs", "quickjs-rs", "quickjs-wasi"}
    assert restore["quickjs-ng"] == {"unsupported": "no snapshots"}
    assert "target" in done.stdout
