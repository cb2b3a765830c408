"""What ``snapjs doctor`` checks of the parts that need packages of an extra, where these are installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from ..errors import ExtensionError
from . import _doctor_tries as tries
from ._doctor_checks import Check, Stopwatch, expect, failed
from ._doctor_requirements import requirements
from ._findings import Finding


@dataclass(frozen=True)
class _Extra:
    purpose: str
    packages: tuple[str, ...]
    attempt: Callable[[], object]
    expected: object


EXTRAS: Final = {
    "crypto": _Extra("keys of crypto.subtle", ("cryptography",), tries.subtle, "70e6bbbe"),
    "encryption": _Extra("snapshots that are encrypted", ("cryptography",), tries.encrypted, 42),
    "fetch": _Extra("fetch in VMs", ("httpcore2", "brotli"), tries.fetched, "hello"),
    "workflows": _Extra("programs that wait in a database", ("apsw", "cronsim", "pytimeparse2"), tries.workflow, 42),
    "telemetry": _Extra("spans and metrics of OpenTelemetry", ("opentelemetry-api",), tries.observed, 42),
    "repl": _Extra("snapjs repl at a terminal", ("prompt_toolkit", "pygments"), tries.typed, "42"),
    "build": _Extra("snapjs build-extension", ("ziglang",), tries.compiled, 42),
}


def _extra(extra: str) -> Iterator[Finding]:
    part = EXTRAS[extra]
    packages = part.packages
    installed = {name: found for name in packages if (found := _version(name)) is not None}
    missing = [name for name in packages if name not in installed]
    needed = requirements()
    install = f"pip install 'snapjs[{extra}]'"
    if missing:
        text = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed, for {part.purpose}"
        yield Finding(extra, "none", text, install)
        return
    wrong = [name for name in packages if not needed.of(name, extra).allow(installed[name])]
    if wrong:
        text = ", ".join(f"{name} {installed[name]}, and it needs {needed.of(name, extra)}" for name in wrong)
        yield Finding(extra, "fails", text, install)
        return
    clock = Stopwatch()
    try:
        result = part.attempt()
    except (ImportError, ExtensionError) as error:  # the latter where the compiler fails
        again = f"install its packages again: pip install --force-reinstall {' '.join(packages)}"
        yield replace(failed(extra, error), remedy=again)
    else:
        yield expect(extra, result, part.expected, clock.lap())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


CHECKS: Final[dict[str, Check]] = {extra: partial(_extra, extra) for extra in EXTRAS}
