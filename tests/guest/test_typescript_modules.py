"""TypeScript among the modules of a VM."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from snapjs import VM, JSError, Snapshot, typescript
from snapjs._guest import watchdog
from snapjs.modules import Module
from snapjs.typescript import Transpiled

MakeVM = Callable[..., VM]

FAILS = Module("interface A {\n    a: 1\n}\n\nexport function fail(): never {\n    throw Error('no')\n}\n", "ts")

pytestmark = pytest.mark.keeps("a module is never unloaded")


def test_javascript_imports_typescript(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"a.ts": Module("enum A { B = 1 }\nexport const b: A = A.B", "ts")})

    assert vm.eval_module("import { b } from './a.ts'; export { b }")["b"] == 1


def test_a_name_that_ends_in_ts_is_typescript(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "a.ts": "import { b } from './b.mts'; export const a: number = b",
            "b.mts": "export const b = 1 as number",
        }
    )

    assert vm.import_module("a.ts")["a"] == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.tsx", "const React = { createElement: (name: string) => name }\nexport default <p />"),
        ("a.cts", "module.exports = 'p' as string"),
    ],
)
def test_a_query_does_not_hide_the_kind_of_typescript(make_vm: MakeVM, name: str, source: str) -> None:
    assert make_vm(modules={name: source}).import_module(f"{name}?v=2")["default"] == "p"


def test_what_is_imported_as_a_type_is_not_looked_for(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"a.ts": "import { B } from './b.ts'; export const a = 1 as B"})

    assert vm.import_module("a.ts")["a"] == 1


def test_an_asynchronous_loader_brings_typescript(make_vm: MakeVM) -> None:
    async def load(specifier: str, importer: str | None) -> Module:
        return Module("export const a: number = 1", "ts")

    vm = make_vm(modules=load)

    assert asyncio.run(vm.import_module_async("a"))["a"] == 1


def test_a_stack_shows_the_source(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"lib/a.ts": FAILS})
    fail = vm.import_module("lib/a.ts")["fail"]
    with pytest.raises(JSError) as raised:
        fail()

    assert raised.value.stack == "    at fail (lib/a.ts:6:11)\n"


def test_a_stack_shows_the_source_after_a_restore(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"lib/a.ts": FAILS})
    vm.globals["fail"] = vm.import_module("lib/a.ts")["fail"]
    with VM.restore(Snapshot.from_bytes(vm.snapshot().to_bytes())) as restored, pytest.raises(JSError) as raised:
        restored.eval("fail()")

    assert raised.value.stack == "    at fail (lib/a.ts:6:11)\n    at <eval> (<eval>:1:1)\n"


def test_a_syntax_error_says_where_it_is(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"lib/a.ts": "let a: = 1"})
    with pytest.raises(JSError) as raised:
        vm.import_module("lib/a.ts")

    assert (raised.value.name, raised.value.message) == ("SyntaxError", "Type expected.")
    assert raised.value.stack == "    at lib/a.ts:1:8\n"


def test_time_for_the_compiler_is_not_charged(make_vm: MakeVM, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = watchdog.time.monotonic()

    def take_a_minute(source: str, filename: str) -> Transpiled:
        nonlocal moment
        moment += 60
        return Transpiled("export const a = 1", "{}")

    monkeypatch.setattr("snapjs._core.limits.monotonic", lambda: moment)
    monkeypatch.setattr("snapjs._guest.instance.monotonic", lambda: moment)
    monkeypatch.setattr(typescript, "transpile", take_a_minute)
    vm = make_vm(modules={"a.ts": "let a: 1"})
    code = "import { a } from './a.ts'; for (let i = 0; i < 1e5; i++); export { a }"

    assert vm.eval_module(code, timeout=10)["a"] == 1
