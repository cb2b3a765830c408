"""The benchmark of packages still runs, and its document says what it has measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks import packages as benchmark
from benchmarks.packages_report import document


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
