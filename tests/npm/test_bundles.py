"""Bundles as npm has them, with the maps that were made with them; and real TypeScript."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapjs import VM, JSError
from snapjs._tools.map_comments import find_map
from snapjs.typescript import transpile

BUNDLE = "node_modules/marked/lib/marked.umd.js"


def test_a_minified_bundle_shows_its_sources(packages: Path) -> None:
    folder = packages / "marked" / "lib"
    code = (folder / "marked.umd.js").read_text(encoding="utf-8")
    with VM() as vm:
        vm.globals["self"] = vm.global_handle
        vm.eval(code, filename=BUNDLE)
        vm._bridge.note_source(code, BUNDLE, find_map(code, lambda path: (folder / path).read_bytes()))
        with pytest.raises(JSError, match="input parameter is undefined or null") as raised:
            vm.eval("\nmarked.parse(undefined)")

    # lines of the sources, where the bundle has all in one: `throwError(new Error(` and `parse(src, opt)`
    assert raised.value.stack == (
        "    at <anonymous> (node_modules/marked/src/Instance.ts:331:31)\n"
        "    at x (node_modules/marked/src/marked.ts:45:36)\n"
        "    at <eval> (<eval>:2:14)\n"
    )


def test_a_library_runs_from_its_typescript(packages: Path) -> None:
    made = {
        f"core/{file.stem}.js": transpile(file.read_text(encoding="utf-8"), file.name).code
        for file in (packages / "zod" / "src" / "v4" / "core").glob("*.ts")
    }
    with VM(modules={**made, "locales/index.js": ""}) as vm:
        vm.globals["z"] = vm.import_module("core/index.js")

        assert vm.eval("z.safeParse(new z.$ZodNumber({ type: 'number' }), 'x').error.issues[0].code") == "invalid_type"
