"""Programs that use the web platform, each with a result that is known.

They are in ``programs/web/``, and are as those of ``cpu``: one expression, evaluated again and again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .adapter import Adapter, Unsupported
from .workload import Group, Measure, expect

WEB = Group("web")

_FOLDER = Path(__file__).parent / "programs" / "web"

# name, title, what of the web platform it uses, result
PROGRAMS = (
    ("encode", "TextEncoder", "TextEncoder", "4383780 43376"),
    ("decode", "TextDecoder", "TextDecoder", "3297720 1524942"),
    ("base64", "atob and btoa", "atob", "9100660 11667"),
    ("clone", "structuredClone", "structuredClone", "270"),
)


def _measured(name: str, needs: str, result: str, adapter: Adapter) -> Iterator[Measure]:
    program = (_FOLDER / f"{name}.js").read_text("utf-8")
    machine = adapter.create_with_web()
    try:
        evaluate = adapter.eval(machine)
        if evaluate(f"typeof {needs}") != "function":
            raise Unsupported(f"no {needs}")
        expect(evaluate(program), result)
        yield adapter.timed(evaluate, program)
    finally:
        adapter.close(machine)


for _name, _title, _needs, _result in PROGRAMS:
    WEB.workload(f"web-{_name}", _title)(partial(_measured, _name, _needs, _result))
    WEB.stays_under(1, f"web-{_name}", _title, ["quickjs-wasi"])
