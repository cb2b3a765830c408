"""The figures of packages as a document, ``docs/packages.md``. The same JSON gives the same text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .report import short
from .table import quantity

_INTRODUCTION = """\
# What packages from npm cost

What libraries cost that are loaded from `node_modules` into a new VM, and what it costs to restore a VM that has them
in their place. Made by `make packages` from [packages.json](packages.json). The figures are one machine's.

- **loaded**: files of JavaScript, and their size, that importing the package and what it needs reads.
- **load**: time from no VM to a VM in which the package has been imported. What snapjs keeps in its cache folder is
  there: its engine as machine code, and which names large CommonJS files export. Nothing of the package is.
- **snapshot**: of that VM, as compressed bytes.
- **first call**: time to the result of the first call, which is something small: from source, which is loaded; from
  such a snapshot in memory; from its bytes, which are read and checked.
- **ratio**: first call from source by that from memory. It is small where the call itself takes long, as the first one
  of `ajv`, `luxon`, `mathjs` and Babel does.

Each is a median. What each package is asked for is in `tests/npm/tasks/`, where the tests have it do more, and compare
the results with Node's.
"""

_POLYFILLS = """
`luxon` has polyfills of `Intl` with two languages and the usual time zones, since the engine has none. Their
files count.
"""


def publish(report: dict[str, Any], folder: Path) -> None:
    """Write the document and, beside it, its JSON, to a folder for documents."""
    figures = _without_samples(report)
    (folder / "packages.json").write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "packages.md").write_text(document(figures), encoding="utf-8")


def _without_samples(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return short(value) if "median" in value else {name: _without_samples(each) for name, each in value.items()}


def document(report: dict[str, Any]) -> str:
    """The page, in Markdown."""
    return (
        "\n".join([_INTRODUCTION, *_circumstances(report), "", *table(report), _POLYFILLS, *_transpile(report)]) + "\n"
    )


def _circumstances(report: dict[str, Any]) -> Iterator[str]:
    computer = report["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    yield f"{computer['processor']}, {computer['cores']} cores, {computer['system']}, {computer['python']}; {versions};"
    yield f"{report['started_at']}, medians of {report['loads']} loads and {report['restores']} restores."
    before, after = (load["averages"] for load in report["load"])
    if before:
        yield f"The load average was {before[0]:.2f} before and {after[0]:.2f} after."


def table(report: dict[str, Any]) -> Iterator[str]:
    """A line for each package, in Markdown."""
    yield "| package | version | loaded | load | snapshot | first call: source | memory | bytes | ratio |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    for facts in report["packages"].values():
        load, call, restore, read = (facts[name]["median"] for name in ("load", "call", "restore", "read"))
        cells = [
            f"`{facts['package']}`",
            facts["version"],
            f"{facts['files']} · {quantity(facts['source'], 'B')}",
            quantity(load, "s"),
            quantity(facts["snapshot"], "B"),
            quantity(call, "s"),
            quantity(restore, "s"),
            quantity(read, "s"),
            f"{call / restore:.2g}" if call < 10 * restore else f"{call / restore:.0f}",
        ]
        yield f"| {' | '.join(cells)} |"


def _transpile(report: dict[str, Any]) -> Iterator[str]:
    compiler = report["packages"].get("typescript")
    if compiler is None:
        return
    load = compiler["load"]["median"]
    disk, memory = (report["transpile"][name]["median"] for name in ("disk", "memory"))
    yield "## The TypeScript compiler of snapjs"
    yield ""
    yield (
        "`snapjs.typescript.transpile` has the same compiler in a VM of its own, whose snapshot lies in the cache "
        "folder, uncompressed."
    )
    yield (
        f"For a first small file it takes {quantity(disk, 's')} in a process that has to read the snapshot, "
        f"and {quantity(memory, 's')} in another thread of one that has."
    )
    yield (
        f"To load the compiler without a call takes {quantity(load, 's')}: {load / disk:.0f} and {load / memory:.0f} "
        "times as long."
    )
