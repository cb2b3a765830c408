"""What ``snapjs doctor`` checks first: Python, and the packages that snapjs needs.

Imports nothing of what may be missing.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from .._guest.library import library
from ._doctor_checks import Check
from ._doctor_requirements import requirements
from ._findings import Finding

PACKAGES: Final = ("click", "msgspec", "wasmtime", "zstandard")
"""those without which there is no snapjs"""


def _python() -> Iterator[Finding]:
    needed, found = requirements().python, platform.python_version()
    text = f"{platform.python_implementation()} {found}"
    if needed.allow(found):
        yield Finding("python", "ok", text)
    else:
        yield Finding("python", "fails", f"{text}, and snapjs needs {needed}", "install snapjs for another Python")
    yield Finding("platform", "ok", platform.platform())


def _snapjs() -> Iterator[Finding]:
    try:
        yield Finding("snapjs", "ok", version("snapjs"))
    except PackageNotFoundError:
        yield Finding("snapjs", "ok", "not installed as a package: which versions it needs of others is not known")


def _packages() -> Iterator[Finding]:
    for name in PACKAGES:
        yield _package(name)


def _package(name: str) -> Finding:
    needed = requirements().of(name)
    again = f"install it again: pip install --force-reinstall '{name}{needed}'"
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, "fails", "is not installed", f"pip install '{name}{needed}'")
    if not needed.allow(found):
        return Finding(name, "fails", f"{found}, and snapjs needs {needed}", f"pip install '{name}{needed}'")
    try:
        if name == "wasmtime":
            library()  # which snapjs uses in place of the package
        else:
            import_module(name)
    except Exception as error:
        return Finding(name, "fails", f"{found} does not load: {' '.join(str(error).split())}", again)
    return Finding(name, "ok", found)


CHECKS: Final[dict[str, Check]] = {"python": _python, "snapjs": _snapjs, "packages": _packages}
