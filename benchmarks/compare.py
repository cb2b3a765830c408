"""``python -m benchmarks.compare``: writes ``docs/compare.md`` from the data beside ``docs/benchmarks.md``.

The data are ``results.json`` (how long things take), ``features.json`` (what packages answered) and
``documented.json`` (what only documents say). The same data give the same page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .adapter import SUBJECT
from .runner import ROOT
from .table import NOTHING, mean_ratio, quantity, ratio, ratio_text

_TOPICS = {
    "snapshots": ("Snapshots", "A machine is saved to a file, and a new process goes on with it."),
    "limits": (
        "Limits",
        "Limits are 128 MB and half a second. "
        "A script tries to hold three times as much, or to run on; then `1+2` is asked.",
    ),
    "values": ("Values", "By the package's own conversion, without JSON text."),
    "calls": ("Calls and threads", "A host function is one of Python's, or of Node's for quickjs-wasi."),
    "language": ("Language and platform", "What a program finds in a machine that has what the package offers."),
}
_ANSWERS = {"yes": "yes", "no": "**no**", "partly": "*partly*", "unasked": NOTHING}
_SELF_EVIDENT = ("not there", "no snapshots")

_SPEED_PEERS = ("quickjs-ng", "mini-racer", "jsrun", "pydeno", "quickjs-rs", "quickjs-wasi")
_SPEED = (
    "process", "create", "idle", "eval", "call", "host-call", "awaited-host-call", "concurrent-host-calls", "data-in",
    "data-out", "bytes-in-1", "bytes-out-1",
)  # fmt: skip
_SNAPSHOT_PEERS = ("quickjs-rs", "quickjs-wasi")
_SNAPSHOTS = (
    "new-size",
    "snapshot-16",
    "restore-16",
    "restore-64",
    "size-16",
    "to-bytes-16",
    "from-bytes-16",
    "delta-chain",
)
_WORKFLOWS = (
    "workflow-step", "workflow-runs", "workflow-start", "workflow-resume-10", "workflow-resume-1000",
    "workflow-resume-10000", "workflow-storage",
)  # fmt: skip
_ENGINES = {"snapjs": "snapjs", "vercel": "Vercel Workflow", "dbos": "DBOS", "temporal": "Temporal"}

_TAKE = """\
# Compared with others

- **snapjs**: JavaScript in Python that nobody trusts, or that is saved in the middle, waits, and goes on elsewhere.
- **quickjs-ng**: code of your own, many small calls. **mini-racer**, **jsrun**: code of your own that computes.
- **pydeno**: hostile code, with the operating system as the boundary. **pydantic-monty**: the guest writes Python.
- **quickjs-wasi**: the same kind of snapshots in Node or in a browser. **quickjs-rs**: you use LangChain's Deep Agents.
- **DBOS**: workflows are Python functions, and PostgreSQL is there. **Vercel Workflow**: TypeScript, on Vercel.
- **Temporal**: many languages, many machines, and people to run a server, or its cloud.
"""


def main() -> None:
    write(ROOT / "docs")


def write(folder: Path) -> None:
    """Write ``compare.md`` to a folder for documents, from the data in its folder ``benchmarks``."""
    names = ("results", "features", "documented")
    data = [json.loads((folder / "benchmarks" / f"{name}.json").read_text(encoding="utf-8")) for name in names]
    (folder / "compare.md").write_text(page(*data), encoding="utf-8")


def page(results: dict[str, Any], features: dict[str, Any], documented: dict[str, Any]) -> str:
    """The page, in Markdown."""
    return "\n".join([
        _TAKE,
        *_origin(results, features, documented),
        *_better_here(results),
        *_better_there(results),
        *_packages(documented),
        *(line for topic in _TOPICS for line in _topic(features, topic)),
        *_speed(results),
        *_workflows(results, documented),
        *_sources(documented),
    ]) + "\n"  # fmt: skip


def _origin(results: dict[str, Any], features: dict[str, Any], documented: dict[str, Any]) -> Iterator[str]:
    machine = features["machine"]
    yield (
        "This page is made by programs, from what three files say: [results.json](benchmarks/results.json), the times, "
        "which [Benchmarks](benchmarks.md) shows in full; [features.json](benchmarks/features.json), what the packages "
        "did when a program asked them; and [documented.json](benchmarks/documented.json), what no program can ask, "
        f"as it was documented on {documented['checked_on']}."
    )
    yield (
        f"Packages were asked on {features['asked_at']}, and timed from {results['started_at'][:10]} on, on "
        "one machine: "
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, {machine['python']}."
    )
    yield (
        "Each question is put to a package in a process of its own, with a minute to answer; "
        "`benchmarks/README.md` says how."
    )
    yield ""
    yield from _rows([
        ["package", "versions that were asked"],
        *(
            [f"`{name}`", ", ".join(f"{part} {version}" for part, version in facts["versions"].items())]
            for name, facts in features["packages"].items()
        ),
    ])  # fmt: skip


def _better_here(results: dict[str, Any]) -> Iterator[str]:
    resumed, replayed = (_median(results, "workflow-resume-10000", name) for name in (SUBJECT, "dbos"))
    yield "\n## Where snapjs is the better choice\n"
    yield (
        "- **A program is to be saved while it waits.** Of the packages for JavaScript in Python, only snapjs has the "
        "memory of a machine go on in another process with its unanswered calls, its timers and its modules; pydeno "
        "runs again what it has been fed."
    )
    yield (
        "- **Limits have to hold**, and the machine is needed afterwards: snapjs alone says yes to each "
        "question of that."
    )
    yield "- **Values have to keep their kind**: dates, maps, sets, `-0`, shared references, cycles."
    yield (
        "- **Many machines come and go**: one is made, used and closed in "
        f"{_quantity(results, 'create', SUBJECT)}, and holds {_quantity(results, 'idle', SUBJECT)} while it waits; "
        f"for mini-racer these are {_quantity(results, 'create', 'mini-racer')} and "
        f"{_quantity(results, 'idle', 'mini-racer')}. quickjs-ng, which has no boundary, takes "
        f"{_quantity(results, 'create', 'quickjs-ng')} and {_quantity(results, 'idle', 'quickjs-ng')}."
    )
    yield (
        "- **Workflows wait long, and their code changes.** There are no rules of determinism, a run keeps "
        "its code, and "
        f"to go on after 10,000 steps takes {quantity(resumed, 's')}, for DBOS {quantity(replayed, 's')}."
    )


def _better_there(results: dict[str, Any]) -> Iterator[str]:
    slower = sorted(_mean(results, "cpu", name) for name in ("mini-racer", "jsrun"))
    yield "\n## Where others are better\n"
    yield (
        f"- **The smallest calls.** A call of a function takes snapjs {_quantity(results, 'call', SUBJECT)}, "
        "and quickjs-ng, "
        f"which has the same engine as native code, {_quantity(results, 'call', 'quickjs-ng')}. Use it for "
        "code that you trust."
    )
    yield (
        f"- **Computing.** V8 compiles, and is {_about(slower[0])} to {_about(slower[1])} times as fast over "
        "28 programs. "
        "Use mini-racer or jsrun for code that you trust. pydeno does without V8's compiler, and is still "
        f"{_mean(results, 'cpu', 'pydeno'):.1f} times as fast."
    )
    yield (
        "- **`Intl`, `Temporal`, `WebAssembly`.** V8 has them. Polyfills of `Intl` from npm run in snapjs; "
        "for `WebAssembly` there is nothing."
    )
    yield (
        "- **A boundary of the operating system.** snapjs confines a guest to WebAssembly's memory. pydeno "
        "has the kernel "
        "confine a process, so that a fault of what runs the guest is not enough. For hostile code use it, "
        "or run snapjs in such a process."
    )
    yield (
        "- **The first start, and snapshots that stay in memory.** With an empty cache snapjs compiles its "
        "engine: a process takes "
        f"{_quantity(results, 'process-empty-cache', SUBJECT)}, with jsrun "
        f"{_quantity(results, 'process-empty-cache', 'jsrun')}. "
        f"To take a snapshot of a 16 MB heap takes {_quantity(results, 'snapshot-16', SUBJECT)}, with quickjs-wasi "
        f"{_quantity(results, 'snapshot-16', 'quickjs-wasi')}."
    )
    yield "- **JavaScript in Node or in a browser.** snapjs is for Python. Use quickjs-wasi."
    yield (
        "- **Python functions as workflows, and PostgreSQL.** Use DBOS: nothing is to be written in JavaScript, and "
        "steps can be part of your own transactions."
    )
    yield (
        "- **Fleets of workers, many languages, pages to watch them.** Use Temporal, or on Vercel, Vercel Workflow. "
        "snapjs has one file and the workers of one machine."
    )
    yield (
        "- **Maturity and support.** snapjs is 0.1, and new. mini-racer, Temporal and DBOS have years of use; "
        "companies stand behind quickjs-rs, quickjs-wasi, pydantic-monty, DBOS and Temporal."
    )


def _packages(documented: dict[str, Any]) -> Iterator[str]:
    yield "\n## What they are\n"
    yield "As documented, not measured.\n"
    yield from _rows([
        ["", "runs", "boundary", "platforms", "licence", "state"],
        *(
            [_linked(facts), facts["runs"], facts["boundary"], facts["platforms"], facts["licence"], facts["maturity"]]
            for facts in documented["packages"]
        ),
    ])  # fmt: skip


def _linked(facts: dict[str, Any]) -> str:
    source = facts["source"]
    return f"[{facts['name']}]({source})" if "/" in source else f"{facts['name']} ({source})"


def _topic(features: dict[str, Any], topic: str) -> Iterator[str]:
    title, text = _TOPICS[topic]
    names = list(features["packages"])
    questions = [question for question in features["questions"] if question["topic"] == topic]
    yield f"\n## {title}\n"
    yield f"Asked by programs. {text}\n"
    yield from _rows([
        ["", *names],
        *(
            [question["title"], *(_ANSWERS[question["answers"][name]["answer"]] for name in names)]
            for question in questions
        ),
    ])  # fmt: skip
    reasons = [line for question in questions for line in _reasons(question)]
    if topic == "snapshots":
        without = [name for name in names if questions[0]["answers"][name].get("because") == "no snapshots"]
        yield f"\n{', '.join(without[:-1])} and {without[-1]} have no snapshots of a machine."
    if reasons:
        yield ""
        yield from reasons


def _reasons(question: dict[str, Any]) -> Iterator[str]:
    """Why answers are not yes, below each question."""
    concerned: dict[str, list[str]] = {}
    for name, answer in question["answers"].items():
        if answer["answer"] in ("no", "partly") and answer["because"] not in _SELF_EVIDENT:
            concerned.setdefault(answer["because"], []).append(name)
    if concerned:
        yield f"- {question['title']}:"
        yield from (f"  - {', '.join(names)}: {_safe(reason)}" for reason, names in concerned.items())


def _safe(reason: str) -> str:
    """A message as Markdown: what a package has said may have characters that mean something there."""
    return reason.translate({ord(character): f"\\{character}" for character in "*_`<>|[]"})


def _speed(results: dict[str, Any]) -> Iterator[str]:
    yield "\n## Speed and memory\n"
    yield (
        "What snapjs takes by what the package takes: below 1 snapjs takes less. [Benchmarks](benchmarks.md) "
        "has the figures.\n"
    )
    workloads = _by_name(results)
    yield from _rows([
        ["", *_SPEED_PEERS],
        *([workloads[name]["title"], *(ratio(workloads[name], peer) for peer in _SPEED_PEERS)] for name in _SPEED),
        [
            "28 programs that compute, on average",
            *(ratio_text(mean_ratio(results, "cpu", peer)) for peer in _SPEED_PEERS),
        ],
    ])  # fmt: skip
    yield "\nTwo threads, each with a machine of its own, do by what one does:\n"
    together = workloads["threads"]["results"]
    yield from _rows([
        [SUBJECT, *_SPEED_PEERS],
        [
            NOTHING if "unsupported" in together[name] else f"{together[name]['median']:.2f}"
            for name in (SUBJECT, *_SPEED_PEERS)
        ],
    ])  # fmt: skip
    yield "\nSnapshots, with 16 MB in the heap or what is said; only snapjs compresses and checks them:\n"
    yield from _rows([
        ["", SUBJECT, *_SNAPSHOT_PEERS],
        *(
            [workloads[name]["title"], *(_quantity(results, name, package) for package in (SUBJECT, *_SNAPSHOT_PEERS))]
            for name in _SNAPSHOTS
        ),
    ])  # fmt: skip


def _workflows(results: dict[str, Any], documented: dict[str, Any]) -> Iterator[str]:
    workloads = _by_name(results)
    yield "\n## Durable workflows\n"
    yield (
        "Measured, with one worker and a file of SQLite for both. For production DBOS recommends PostgreSQL. "
        "Vercel Workflow and "
        "Temporal are not measured: they are services, or need a server.\n"
    )
    yield from _rows([
        ["", SUBJECT, "dbos"],
        *(
            [workloads[name]["title"], *(_quantity(results, name, each) for each in (SUBJECT, "dbos"))]
            for name in _WORKFLOWS
        ),
    ])  # fmt: skip
    yield "\nAs documented, not measured; the numbers are those of the sources below:\n"
    numbers = {name: number for number, name in enumerate(documented["sources"], 1)}
    yield from _rows([
        ["", *_ENGINES.values(), "source"],
        *(
            [
                row["title"],
                *(row[name] for name in _ENGINES),
                ", ".join(str(numbers[source]) for source in row["sources"]),
            ]
            for row in documented["workflows"]
        ),
    ])  # fmt: skip
    yield (
        "\nWhat the column of snapjs says is in [Durable workflows](workflows.md) and [Running "
        "workflows](workflows-operations.md)."
    )


def _sources(documented: dict[str, Any]) -> Iterator[str]:
    yield f"\n## Sources\n\nRead on {documented['checked_on']}.\n"
    for number, source in enumerate(documented["sources"].values(), 1):
        yield f"{number}. {f'<{source}>' if source.startswith('https://') and ' ' not in source else source}"


def _by_name(results: dict[str, Any]) -> dict[str, Any]:
    return {workload["name"]: workload for workload in results["workloads"]}


def _median(results: dict[str, Any], workload: str, package: str) -> float:
    found: float = _by_name(results)[workload]["results"][package]["median"]
    return found


def _quantity(results: dict[str, Any], workload: str, package: str) -> str:
    found = _by_name(results)[workload]
    result = found["results"].get(package, {"unsupported": "not measured"})
    return NOTHING if "unsupported" in result else quantity(result["median"], found["unit"])


def _mean(results: dict[str, Any], group: str, package: str) -> float:
    found = mean_ratio(results, group, package)
    assert found is not None
    return found


def _about(times: float) -> str:
    return f"{times:.0f}"


def _rows(rows: Iterable[list[str]]) -> Iterator[str]:
    head, *others = rows
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---' for _ in head)}|"
    for row in others:
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    main()
