"""The benchmarks of packages and of bundles still run, and the document of the first says what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import packages as benchmark
from benchmarks.adapter import BUNDLES, adapter_class
from benchmarks.bundling import bundle, make
from benchmarks.environment import InstallError
from benchmarks.fresh import figures
from benchmarks.packages_report import document
from benchmarks.worker import Worker
from benchmarks.workloads import GROUPS

from snapjs import VM

BRIDGE = [workload.name for workload in GROUPS["bridge"].workloads]


def test_quick_run_measures_every_package(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark, "_folder", lambda: packages.parent)
    file = tmp_path / "packages.json"
    benchmark.main(["--quick", "--json", str(file)])

    report = json.loads(file.read_text(encoding="utf-8"))
    shown = capsys.readouterr().out
    wanted = json.loads((Path(__file__).parent / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert len(report["packages"]) == 26
    for facts in report["packages"].values():
        assert facts["version"] == wanted[facts["package"]]
        assert min(facts["files"], facts["source"], facts["snapshot"], facts["memory"]) > 0
        assert f"| `{facts['package']}` | {facts['version']} | {facts['files']} · " in shown


def test_document_is_made_of_its_json() -> None:
    docs = Path(__file__).parents[2] / "docs"
    report = json.loads((docs / "packages.json").read_text(encoding="utf-8"))

    assert (docs / "packages.md").read_text(encoding="utf-8") == document(report)


def test_compiler_is_restored_in_a_twentieth_of_the_time_to_load_it() -> None:
    """What was published; a figure of the machine that runs the tests is never asserted."""
    docs = Path(__file__).parents[2] / "docs"
    report = json.loads((docs / "packages.json").read_text(encoding="utf-8"))
    load = report["packages"]["typescript"]["load"]["median"]

    assert report["packages"]["typescript"]["restore"]["median"] <= load / 20
    assert report["transpile"]["memory"]["median"] <= load / 20


# ---- the group bridge


@pytest.fixture(scope="module")
def bundles(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the bundles, which the environment names."""
    folder = tmp_path_factory.mktemp("bundles")
    make(folder, packages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BUNDLES, str(folder))
        yield folder


@pytest.mark.parametrize("package", ["snapjs", "snapjs-processes"])
@pytest.mark.parametrize("name", BRIDGE)
def test_bridge_gives_samples(bundles: Path, package: str, name: str) -> None:
    samples = Worker(adapter_class(package)()).answer({"workload": name, "seconds": 0})["samples"]

    assert samples and all(sample > 0 for sample in samples)


def test_sidecar_gives_samples(bundles: Path) -> None:
    worker = Worker(adapter_class("node-sidecar")())

    assert worker.answer({"workload": "bridge-dates-p50", "seconds": 0})["samples"][0] > 0
    assert worker.answer({"workload": "bridge-start-image", "seconds": 0}) == {"unsupported": "no snapshots"}


def test_memory_of_a_bridge_is_that_of_its_processes_too(bundles: Path) -> None:
    assert figures("node-sidecar", "bridge", "dates", 1)["held"] > 16 << 20


def test_large_bundle_has_more_than_six_megabytes(bundles: Path) -> None:
    file = bundles / "large.esm.js"
    with VM(modules={"large": file.read_text(encoding="utf-8")}) as vm:
        versions = vm.import_module("large")["versions"]()

    assert file.stat().st_size > 6_000_000
    assert versions == {"babel": "7.29.10", "prettier": "3.10.1", "typescript": "5.9.3"}


def test_without_bundles_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(BUNDLES, raising=False)
    answer = Worker(adapter_class("snapjs")()).answer({"workload": "bridge-start", "seconds": 0})

    assert answer == {"unsupported": "needs bundles, which node and npm make"}


def test_bundle_that_cannot_be_made_is_an_error(packages: Path, tmp_path: Path) -> None:
    entry = tmp_path / "entry.js"
    entry.write_text('import "there-is-no-such-package"', encoding="utf-8")

    with pytest.raises(InstallError, match='Could not resolve "there-is-no-such-package"'):
        bundle(entry, tmp_path / "made.js", packages)
