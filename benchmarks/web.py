"""Programs that use the web platform: as those of the group cpu, in machines that have as much of it as there is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .adapter import Adapter, Unsupported
from .cpu import computed
from .workload import Group, Measure

WEB = Group("web")

# name, title, the global that it needs, result as text
PROGRAMS = (
    ("urls", "URL: parsing and members", "URL", "2150000"),
    ("url-members", "URL: setting members", "URL", "150000"),
    ("queries", "URLSearchParams", "URLSearchParams", "358000"),
    ("encode", "TextEncoder", "TextEncoder", "4383780 43376"),
    ("decode", "TextDecoder", "TextDecoder", "3297720 1524942"),
    ("base64", "atob and btoa", "atob", "9100660 11667"),
    ("clone", "structuredClone", "structuredClone", "270"),
)


def _computed(name: str, needed: str, result: str, adapter: Adapter) -> Iterator[Measure]:
    machine = adapter.create_web()
    try:
        if adapter.eval(machine)(f"typeof {needed}") == "undefined":
            raise Unsupported(f"no {needed}")
        yield from computed(name, result, adapter, machine)
    finally:
        adapter.close(machine)


for _name, _title, _needed, _result in PROGRAMS:
    WEB.workload(f"web-{_name}", _title)(partial(_computed, _name, _needed, _result))
    if _name != "url-members":  # a setter parses the URL once more, so that nothing is kept of the parser between calls
        WEB.stays_under(1, f"web-{_name}", _title, ["quickjs-wasi"])
