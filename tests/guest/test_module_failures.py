"""Modules that fail: typed errors that say where, and nothing half-loaded left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import (
    VM,
    Intrinsics,
    JSError,
    MemoryLimitError,
    ModuleNotFound,
    SnapjsError,
    StackLimitError,
    StillPending,
    TimeLimitError,
    pending,
)

pytestmark = pytest.mark.keeps("a module is never unloaded")

MakeVM = Callable[..., VM]


def raised(vm: VM, name: str = "a.js") -> SnapjsError:
    with pytest.raises(SnapjsError) as caught:
        vm.import_module(name)
    return caught.value


# ---- syntax errors


def stack(error: BaseException) -> list[str]:
    assert isinstance(error, JSError)
    assert error.name == "SyntaxError"
    return [line.strip() for line in (error.stack or "").splitlines()]


def test_a_syntax_error_of_an_entry(make_vm: MakeVM) -> None:
    assert stack(raised(make_vm(modules={"a.js": "let a\n  let = ;"}))) == ["at a.js:2:7"]


def test_a_syntax_error_of_an_import_has_its_importers(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"a.js": "import './lib/b.js'", "lib/b.js": "import './c.js'", "lib/c.js": "\n\n  ]"})
    assert stack(raised(vm)) == ["at lib/c.js:3:3", "imported by lib/b.js", "imported by a.js"]


def test_a_syntax_error_of_a_dynamic_import(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={"a.js": "try { await import('./b.js') } catch (e) { globalThis.seen = e.stack; }", "b.js": "]"}
    )
    vm.import_module("a.js")
    assert vm.globals["seen"].split("\n")[0] == "    at b.js:1:1"
    assert "imported by a.js" in vm.globals["seen"]


def test_a_syntax_error_of_eval_module(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval_module("\n ]", "made.js")
    assert stack(caught.value) == ["at made.js:2:2"]


def test_a_syntax_error_of_what_eval_module_imports(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"b.js": "]"})
    with pytest.raises(JSError) as caught:
        vm.eval_module("import './b.js'", "made.js")
    assert stack(caught.value) == ["at b.js:1:1", "imported by made.js"]


# ---- missing modules


def test_a_missing_module_has_the_whole_chain(make_vm: MakeVM) -> None:
    vm = make_vm(modules={f"{number}": f"import '{number + 1}'" for number in range(5)})
    error = raised(vm, "0")
    assert isinstance(error, ModuleNotFound)
    assert (error.specifier, error.importers) == ("5", ("0", "1", "2", "3", "4"))
    assert str(error) == "There is no module '5', imported by 0 → 1 → 2 → 3 → 4. Give it to the VM with modules=."


def test_a_very_long_chain_is_cut(make_vm: MakeVM) -> None:
    vm = make_vm(modules={f"{number}": f"import '{number + 1}'" for number in range(300)})
    error = raised(vm, "0")
    assert isinstance(error, ModuleNotFound)
    assert error.importers[-1] == "299"
    assert len(error.importers) <= 100


def test_a_missing_module_in_a_cycle(make_vm: MakeVM) -> None:
    error = raised(make_vm(modules={"a.js": "import 'b'", "b": "import 'a.js'; import 'nope'"}))
    assert isinstance(error, ModuleNotFound)
    assert error.importers == ("a.js", "b")


def test_a_missing_module_by_dynamic_import(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "a.js": "import 'b'",
            "b": "try { await import('c') } catch (e) { globalThis.seen = e.message }",
            "c": "import 'nope'",
        }
    )
    vm.import_module("a.js")
    assert vm.globals["seen"].startswith("There is no module 'nope', imported by a.js → b → c.")


def test_a_missing_module_of_eval_module(vm: VM) -> None:
    with pytest.raises(ModuleNotFound) as caught:
        vm.eval_module("import './nope.js'", "lib/made.js")
    assert (caught.value.specifier, caught.value.importers) == ("lib/nope.js", ("lib/made.js",))


def test_a_missing_module_in_a_realm(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"a.js": "import 'b'", "b": "import 'nope'"})
    realm = vm.new_realm()
    text = realm.eval("import('a.js').catch(e => e.message)").result
    assert text.startswith("There is no module 'nope', imported by <eval> → a.js → b.")
    realm.close()


# ---- linking


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ({"a.js": "import { x } from 'b'", "b": ""}, "Could not find export 'x' in module 'b'"),
        ({"a.js": "export { x } from 'b'; import { x as y } from 'a.js'", "b": ""}, "'x'"),
        (
            {"a.js": "import { x } from 'b'", "b": "export * from 'c'; export * from 'd'", "c": "export let x", "d": "export let x"},
            "'x'",
        ),
        ({"a.js": "import { x } from 'b'", "b": "export { x } from 'a.js'"}, "'x'"),
        ({"a.js": "import x from 'b'", "b": "export * from 'c'", "c": "export default 1"}, "'default'"),
    ],
    ids=["missing", "missing indirectly", "ambiguous", "circular", "default is not passed on"],
)  # fmt: skip
def test_what_cannot_be_linked(make_vm: MakeVM, modules: dict[str, str], message: str) -> None:
    vm = make_vm(modules=modules)
    error = raised(vm)
    assert isinstance(error, JSError)
    assert error.name == "SyntaxError"
    assert message in str(error)
    modules["a.js"] = "export default 1"
    assert vm.import_module("a.js")["default"] == 1


def test_one_name_by_two_ways_is_not_ambiguous(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "a.js": "export { x } from 'b'",
            "b": "export * from 'c'; export * from 'd'",
            "c": "export * from 'd'",
            "d": "export let x = 1",
        }
    )
    assert vm.import_module("a.js")["x"] == 1


# ---- modules that throw


def test_a_module_that_threw_throws_the_same_object(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "a.js": "throw globalThis.thrown = { n: (globalThis.runs = (globalThis.runs ?? 0) + 1) }",
            "b": "import 'a.js'",
        }
    )
    script = "Promise.all(['a.js', 'a.js', 'b'].map(name => import(name).catch(e => e === thrown && e.n)))"
    assert vm.eval(script).result == [1, 1, 1]
    vm.eval("delete globalThis.thrown")


def test_a_module_of_which_an_import_threw_is_not_evaluated(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "a.js": "import 'b'; import 'c'; globalThis.ran = 'a'",
            "b": "throw new RangeError('b')",
            "c": "globalThis.ran = 'c'",
        }
    )
    for _ in range(2):
        with pytest.raises(JSError, match="RangeError: b"):
            vm.import_module("a.js")
    assert "ran" not in vm.globals


def test_a_module_that_throws_after_an_await(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"a.js": "import 'b'", "b": "await 1; throw new RangeError('late')"})
    for _ in range(2):
        with pytest.raises(JSError, match="RangeError: late"):
            vm.import_module("a.js")


def test_a_module_that_threw_is_not_reported_as_unhandled(make_vm: MakeVM) -> None:
    output: list[str] = []
    with pytest.raises(JSError, match="Error: broken"):
        make_vm(stderr=output.append).eval_module("throw new Error('broken')")
    assert output == []


def test_a_missing_module_is_not_reported_as_unhandled(make_vm: MakeVM) -> None:
    output: list[str] = []
    with pytest.raises(ModuleNotFound):
        make_vm(stderr=output.append).import_module("nowhere")
    assert output == []


# ---- a host that imports while JavaScript waits for it


def imports_inside(make_vm: MakeVM, **modules: str) -> VM:
    """A VM whose function ``load`` imports the module of a name, and gives its export ``x``."""

    def load(name: str) -> Any:
        return vm.import_module(name)["x"]

    vm = make_vm(modules=modules, functions={"load": load})
    return vm


@pytest.mark.parametrize("name", ["throws", "imports"])
def test_a_host_function_that_imports_what_throws(make_vm: MakeVM, name: str) -> None:
    vm = imports_inside(make_vm, throws="throw new RangeError('too far')", imports="import 'throws'")
    assert vm.eval(f"try {{ load({name!r}) }} catch (error) {{ [error.name, error.message] }}") == [
        "RangeError",
        "too far",
    ]


def test_a_host_function_that_imports_what_throws_again(make_vm: MakeVM) -> None:
    vm = imports_inside(make_vm, throws="throw new RangeError('too far')")
    source = "try { load('throws') } catch (error) { error.name }"
    assert [vm.eval(source), vm.eval(source)] == ["RangeError", "RangeError"]


def test_a_host_function_that_imports_what_waits(make_vm: MakeVM) -> None:
    vm = imports_inside(make_vm, waits="await null; throw 1")
    assert "has no exports before that returns" in vm.eval("try { load('waits') } catch (error) { error.message }")


def test_a_host_function_that_evaluates_what_throws(make_vm: MakeVM) -> None:
    vm = make_vm(functions={"load": lambda: vm.eval_module("throw new RangeError('too far')", "m.js")["x"]})
    assert vm.eval("try { load() } catch (error) { error.name }") == "RangeError"


def test_a_loader_that_imports_what_throws(make_vm: MakeVM) -> None:
    def load(name: str, importer: str | None) -> str:
        if name == "throws":
            return "throw new RangeError('too far')"
        return vm.import_module("throws")["source"]

    vm = make_vm(modules=load)
    error = raised(vm)
    assert isinstance(error, JSError)
    assert error.name == "RangeError"


def test_what_throws_in_a_nested_import_is_no_unhandled_rejection(make_vm: MakeVM) -> None:
    seen: list[Any] = []
    vm = make_vm(
        modules={"throws": "throw new RangeError('too far')"},
        functions={"load": lambda: vm.import_module("throws")["x"]},
        on_unhandled_rejection=lambda promise, reason, handled: seen.append(reason),
    )
    vm.eval("try { load() } catch { }")
    assert seen == []


# ---- nothing half-loaded stays behind


class Counting:
    """A loader that notes what it is asked for."""

    def __init__(self, **sources: Any) -> None:
        self.sources = sources
        self.asked: list[str] = []

    def __call__(self, name: str, importer: str | None) -> Any:
        self.asked.append(name)
        return self.sources.get(name)


@pytest.mark.parametrize(
    "broken", [None, "let = ;", b"\xff", 5, "import { nope } from 'fine'", "import 'nope'"],
    ids=["missing", "syntax", "utf-8", "type", "link", "missing import"],
)  # fmt: skip
def test_after_a_failure_everything_is_loaded_anew(make_vm: MakeVM, broken: Any) -> None:
    load = Counting(entry="import 'fine'; export { v } from 'broken'", fine="export const fine = 'old'", broken=broken)
    vm = make_vm(modules=load)
    with pytest.raises((SnapjsError, TypeError, ValueError)):
        vm.import_module("entry")
    load.sources.update(entry="import { fine } from 'fine'; export { v } from 'broken'; export { fine }")
    load.sources.update(fine="export const fine = 'new'", broken="export const v = 1")
    load.asked.clear()
    assert dict(vm.import_module("entry")) == {"fine": "new", "v": 1}
    assert load.asked == ["entry", "fine", "broken"]


def test_what_was_evaluated_before_the_failure_stays(make_vm: MakeVM) -> None:
    load = Counting(fine="export const fine = 'old'", entry="import 'fine'; import 'broken'")
    vm = make_vm(modules=load)
    vm.import_module("fine")
    with pytest.raises(ModuleNotFound):
        vm.import_module("entry")
    load.sources.update(fine="export const fine = 'new'", broken="")
    vm.import_module("entry")
    assert vm.import_module("fine")["fine"] == "old"


def test_a_failing_dynamic_import_leaves_nothing(make_vm: MakeVM) -> None:
    load = Counting(fine="export const fine = 'old'", entry="import 'fine'; import 'broken'")
    vm = make_vm(modules=load)
    assert vm.eval("import('entry').catch(e => e.name)").result == "ModuleNotFound"
    load.sources.update(fine="export const fine = 'new'", broken="")
    assert vm.import_module("fine")["fine"] == "new"


def test_a_failure_while_another_graph_evaluates_leaves_that_alone(make_vm: MakeVM) -> None:
    load = Counting(
        slow="import 'fine'; await ask(); export default 1", fine="", entry="import 'fine'; import 'broken'"
    )
    vm = make_vm(modules=load, functions={"ask": pending})
    with pytest.raises(StillPending):
        vm.import_module("slow")
    with pytest.raises(ModuleNotFound):
        vm.import_module("entry")
    vm.pending[0].resolve()
    assert vm.import_module("slow")["default"] == 1


def test_failures_leave_no_memory(make_vm: MakeVM) -> None:
    source = "export const text = '" + "x" * 100_000 + "'; import 'nope'"
    vm = make_vm(modules={"m": source})

    def used() -> int:
        for _ in range(5):
            with pytest.raises(ModuleNotFound):
                vm.import_module("m")
        vm.gc()
        return vm.memory_usage()["memory_used_size"]

    before = used()
    assert used() - before < 10_000


# ---- deadlocks


@pytest.mark.parametrize(
    ("modules", "names"),
    [
        ({"a.js": "await import('a.js')"}, "a.js"),
        ({"a.js": "await import('b')", "b": "await import('a.js')"}, "a.js, b"),
        ({"a.js": "import 'b'", "b": "import 'c'", "c": "import 'a.js'; await import('b')"}, "a.js, b, c"),
        ({"a.js": "import 'b'", "b": "await new Promise(() => {})", "c": ""}, "a.js, b"),
    ],
    ids=["self", "two", "cycle", "a promise of nobody"],
)
def test_a_deadlock_names_the_modules(make_vm: MakeVM, modules: dict[str, str], names: str) -> None:
    error = raised(make_vm(modules=modules))
    assert isinstance(error, StillPending)
    assert f"nothing can settle it. Modules that wait: {names}. Look for" in str(error)
    assert error.calls == []


def test_a_deadlock_in_an_event_loop_names_the_modules(make_vm: MakeVM) -> None:
    import asyncio

    vm = make_vm(modules={"a.js": "await import('a.js')"})
    with pytest.raises(StillPending, match=r"Modules that wait: a\.js\."):
        asyncio.run(vm.import_module_async("a.js"))


# ---- limits


def test_the_memory_limit_is_hit_while_loading(make_vm: MakeVM) -> None:
    load = Counting(m="import 'large'", large="export default '" + "x" * 3_000_000 + "'", small="export default 1")
    vm = make_vm(modules=load, memory_limit=2_000_000)
    with pytest.raises(MemoryLimitError):
        vm.import_module("m")
    assert vm.import_module("small")["default"] == 1


def test_the_memory_limit_is_hit_by_many_modules(make_vm: MakeVM) -> None:
    def load(name: str, importer: str | None) -> str:
        return "export default 1" if name == "ok" else f"import '{name}x'; export const filling = [{'1,' * 2000}]"

    vm = make_vm(modules=load, memory_limit=3_000_000)
    with pytest.raises(MemoryLimitError):
        vm.import_module("m")
    assert vm.import_module("ok")["default"] == 1


@pytest.mark.parametrize("source", ["for (;;) {}", "await 1; for (;;) {}", "import 'loop'"])
def test_the_time_limit_in_a_module(make_vm: MakeVM, source: str) -> None:
    vm = make_vm(modules={"m": source, "loop": "for (;;) {}", "ok": "export default 1"})
    with pytest.raises(TimeLimitError):
        vm.import_module("m", timeout=0.02)
    assert vm.import_module("ok")["default"] == 1


def test_the_time_of_a_loader_counts(make_vm: MakeVM) -> None:
    from time import monotonic

    def slow(name: str, importer: str | None) -> str:
        end = monotonic() + 0.03
        while monotonic() < end:
            pass
        return "for (let i = 0; i < 1e6; i++);"

    with pytest.raises(TimeLimitError):
        make_vm(modules=slow).import_module("m", timeout=0.02)


def chain(length: int) -> Callable[[str, str | None], str]:
    def load(name: str, importer: str | None) -> str:
        number = int(name)
        return (
            "export const x = 0"
            if number == length
            else f"import {{ x as y }} from '{number + 1}'; export const x = y + 1"
        )

    return load


def test_a_chain_of_a_thousand_modules(make_vm: MakeVM) -> None:
    assert make_vm(modules=chain(1000)).import_module("0")["x"] == 1000


@pytest.mark.slow
@pytest.mark.parametrize("length", [5_000, 20_000])
def test_a_chain_that_is_too_long_is_a_typed_error(make_vm: MakeVM, length: int) -> None:
    vm = make_vm(modules=chain(length))
    with pytest.raises(StackLimitError):
        vm.import_module("0")
    assert vm.import_module(str(length - 500))["x"] == 500


@pytest.mark.slow
def test_two_thousand_modules_that_export_one_another(make_vm: MakeVM) -> None:
    def load(name: str, importer: str | None) -> str:
        return f"export * from '{int(name) + 1}'; export const x{name} = {name}" if int(name) < 2000 else ""

    namespace = make_vm(modules=load).import_module("0")
    assert len(namespace) == 2000
    assert namespace["x1999"] == 1999


@pytest.mark.slow
def test_a_module_that_exports_two_thousand_others(make_vm: MakeVM) -> None:
    def load(name: str, importer: str | None) -> str:
        return f"export const x{name} = {name}" if importer else "".join(f"export * from '{n}';" for n in range(2000))

    namespace = make_vm(modules=load).import_module("all")
    assert len(namespace) == 2000


# ---- realms and intrinsics


def test_each_realm_has_its_own_modules(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": "globalThis.runs = (globalThis.runs ?? 0) + 1; export const own = globalThis"})
    vm.import_module("m")
    realm = vm.new_realm()
    assert realm.eval("import('m').then(ns => [ns.own === globalThis, runs])").result == [True, 1]
    realm.close()
    assert vm.globals["runs"] == 1


def test_without_promises_there_are_no_modules(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": ""}, intrinsics=Intrinsics.ALL & ~Intrinsics.PROMISE)
    with pytest.raises(JSError, match="made without the PROMISE intrinsic, which modules"):
        vm.import_module("m")


def test_without_eval_there_are_no_modules_of_source(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m": ""}, intrinsics=Intrinsics.ALL & ~Intrinsics.EVAL)
    with pytest.raises(JSError, match="eval is not supported"):
        vm.import_module("m")
    with pytest.raises(JSError, match="eval is not supported"):
        vm.eval_module("")
