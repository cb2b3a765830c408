"""Pages quote the published figures, and publishing writes them there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.quoted import quotes, write

ROOT = Path(__file__).parents[2]
RESULTS = json.loads((ROOT / "docs" / "benchmarks" / "results.json").read_text(encoding="utf-8"))
PAGES = ("README.md", "docs/workflows-operations.md")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The pages, and the figures that they quote."""
    for name in (*PAGES, "docs/benchmarks/results.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


def test_pages_have_the_published_figures(checkout: Path) -> None:
    write(checkout)
    assert {name: (checkout / name).read_text("utf-8") for name in PAGES} == {
        name: (ROOT / name).read_text("utf-8") for name in PAGES
    }


def test_figures_are_written_and_nothing_else(checkout: Path) -> None:
    medians = {
        "restore-64": {"snapjs": 0.001, "quickjs-rs": 0.4},
        "create": {"snapjs": 1.0, "mini-racer": 20.0, "quickjs-ng": 0.7},
        "call": {"snapjs": 26.4, "mini-racer": 1000.0, "quickjs-ng": 1.0},
        "workflow-step": {"snapjs": 0.00234},
        "workflow-resume-10": {"snapjs": 0.0451},
        "workflow-resume-10000": {"snapjs": 1.5},
    }
    changed = json.loads(json.dumps(RESULTS))
    for workload in changed["workloads"]:
        for package, median in medians.get(workload["name"], {}).items():
            workload["results"][package]["median"] = median
    (checkout / "docs" / "benchmarks" / "results.json").write_text(json.dumps(changed), encoding="utf-8")
    before = {name: (checkout / name).read_text("utf-8").splitlines() for name in PAGES}
    write(checkout)
    after = {name: (checkout / name).read_text("utf-8").splitlines() for name in PAGES}
    assert [line for name in PAGES for line in after[name] if line not in before[name]] == [
        "| make a VM, evaluate `1+2`, close it | 0.05 | 1.4 |",
        "| call a function with two ints | 0.03 | 26 |",
        "  pending, and copies the whole memory each way: a heap of 64 MB took it 400 times as long to restore.",
        "| a step, with the turn that it leads to | 2.34 ms |",
        "| to go on with a run in a new process | 45.1 ms with 10 steps in its past, 1.50 s with 10,000 |",
    ]
    assert [len(after[name]) for name in PAGES] == [len(before[name]) for name in PAGES]


def test_a_page_that_lost_what_a_figure_is_quoted_in(checkout: Path) -> None:
    page = checkout / "README.md"
    page.write_text(page.read_text("utf-8").replace("took it", "needed"), encoding="utf-8")
    operations = (checkout / PAGES[1]).read_text("utf-8")
    with pytest.raises(LookupError, match=r"README\.md has 'took it .*' 0 times, and needs it once: benchmarks/quoted"):
        write(checkout)
    assert (checkout / PAGES[1]).read_text("utf-8") == operations


def test_every_figure_of_the_tables_is_quoted() -> None:
    readme = (ROOT / "README.md").read_text("utf-8").partition("## Speed\n")[2].partition("\n## ")[0]
    rows = [line for line in readme.splitlines() if line.startswith("| ") and "mini-racer" not in line]
    assert [quote.text for quote in quotes(RESULTS) if quote.page == "README.md"][: len(rows)] == rows
    assert len(rows) == 9
