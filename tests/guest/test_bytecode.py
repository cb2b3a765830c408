"""Bytecode: what each flag does to it, where it runs, and what is refused. Damage is in test_eval.py."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fresh_process
import pytest
from moving import moved

from snapjs import VM, CompileFlags, EvalFlags, Intrinsics, JSError, ModuleNotFound, TimeLimitError

MakeVM = Callable[..., VM]

UNLOADED = pytest.mark.keeps("a module is never unloaded")

# Constants, closures, and all that the format has a tag for.
LANGUAGE = {
    "function": ("(function f(a, b = 2, ...c) { return a + b + c.length })(1, undefined, 3, 4)", 5),
    "closure": ("(() => { let n = 1; return [() => ++n, () => n] })().map(f => f())", [2, 2]),
    "class": ("(() => { class A { #p = 1; static #q = 2; get p() { return this.#p } static q() { return A.#q } } return [new A().p, A.q()] })()", [1, 2]),
    "generator": ("[...(function* () { yield* [1, 2] })()]", [1, 2]),
    "destructuring": ("(({ a, ...rest }, [b, , c]) => [a, rest, b, c])({ a: 1, x: 2 }, [3, 4, 5])", [1, {"x": 2}, 3, 5]),
    "template": ("((s, ...v) => [s.raw[0], s[1], v])`\\n${1}end`", ["\\n", "end", [1]]),
    "regular expression": ("/(?<word>[a-z]+)\\d/giu.exec('--abc1').groups.word", "abc"),
    "numbers": ("[-0, NaN, Infinity, 0.1, 2 ** 53, -1, 1e300].map(String)", ["0", "NaN", "Infinity", "0.1", "9007199254740992", "-1", "1e+300"]),
    "BigInt": ("[123456789012345678901234567890n, -1n, 0n].map(String)", ["123456789012345678901234567890", "-1", "0"]),
    "strings": ("['é\\0', '\\ud800', '😀', 'x'.repeat(3)]", ["é\0", "\ud800", "😀", "xxx"]),
    "symbol keys": ("({ [Symbol.toPrimitive]: () => 7 }) * 1", 7),
    "exceptions": ("(() => { try { null.x } catch ({ name }) { return name } finally { 1 } })()", "TypeError"),
    "with": ("(() => { with ({ x: 3 }) return x })()", 3),
    "labels": ("(() => { let n = 0; outer: for (;;) for (;;) { if (n++ > 2) break outer } return n })()", 4),
    "eval": ("(x => eval('x + 1'))(1)", 2),
    "optional chaining": ("[null?.x ?? 1, ({ a: { b: 2 } }).a?.['b']]", [1, 2]),
}  # fmt: skip


def run(vm: VM, data: bytes) -> Any:
    """The value of bytecode, converted."""
    with vm.eval_bytecode(data) as handle:
        return handle.to_python()


def settle(vm: VM, data: bytes) -> Any:
    """What the promise that bytecode evaluates to is fulfilled with: a handle."""
    with vm.eval_bytecode(data) as promise:
        return vm.resolve_promise(promise).value


@pytest.mark.parametrize(("code", "value"), LANGUAGE.values(), ids=LANGUAGE)
def test_the_language(vm: VM, make_vm: MakeVM, code: str, value: Any) -> None:
    assert run(make_vm(), vm.compile(code)) == value


@pytest.mark.parametrize("flags", [CompileFlags.STRIP_SOURCE, CompileFlags.STRIP_DEBUG], ids=["source", "debug"])
@pytest.mark.parametrize(("code", "value"), LANGUAGE.values(), ids=LANGUAGE)
def test_the_language_stripped(vm: VM, code: str, value: Any, flags: CompileFlags) -> None:
    assert run(vm, vm.compile(code, compile_flags=flags)) == value


# ---- flags of compile


FUNCTION = "(function named(a) { /* a long comment that is source, and nothing else */ return a })"


def test_source_is_kept(vm: VM) -> None:
    assert run(vm, vm.compile(f"{FUNCTION}.toString()")) == FUNCTION[1:-1]


@pytest.mark.parametrize("flags", [CompileFlags.STRIP_SOURCE, CompileFlags.STRIP_DEBUG])
def test_source_is_stripped(vm: VM, flags: CompileFlags) -> None:
    data = vm.compile(f"{FUNCTION}.toString()", compile_flags=flags)
    assert re.sub(r"\s+", " ", run(vm, data)) == "function named() { [native code] }"
    assert b"comment" not in data


def test_what_is_stripped_is_smaller(vm: VM) -> None:
    strips = (CompileFlags.NONE, CompileFlags.STRIP_SOURCE, CompileFlags.STRIP_DEBUG)
    plain, no_source, no_debug = (len(vm.compile(FUNCTION, compile_flags=flags)) for flags in strips)
    assert plain > no_source > no_debug
    both = vm.compile(FUNCTION, compile_flags=CompileFlags.STRIP_SOURCE | CompileFlags.STRIP_DEBUG)
    assert len(both) == no_debug


THROWS = "function thrower() {\n  throw new Error('x')\n}\nthrower()"


@pytest.mark.parametrize("flags", [CompileFlags.NONE, CompileFlags.STRIP_SOURCE], ids=["", "without source"])
def test_stacks_show_where(vm: VM, flags: CompileFlags) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval_bytecode(vm.compile(THROWS, filename="file.js", compile_flags=flags))
    assert (caught.value.stack or "").splitlines() == ["    at thrower (file.js:2:13)", "    at <eval> (file.js:4:1)"]


def test_stacks_of_stripped_bytecode_do_not_show_where(vm: VM) -> None:
    data = vm.compile(THROWS, filename="file.js", compile_flags=CompileFlags.STRIP_DEBUG)
    assert b"file.js" not in data
    with pytest.raises(JSError) as caught:
        vm.eval_bytecode(data)
    assert (caught.value.stack or "").splitlines()[0].startswith("    at thrower (")
    assert ":2:13" not in (caught.value.stack or "")


# ---- flags of eval_handle and compile


def test_strict(vm: VM) -> None:
    code = "(function () { return typeof this })()"
    for flags, value in ((EvalFlags.TYPE_GLOBAL, "object"), (EvalFlags.STRICT, "undefined")):
        assert vm.eval_handle(code, flags=flags).to_python() == value
        assert run(vm, vm.compile(code, flags=flags)) == value
    with pytest.raises(JSError, match="SyntaxError"):
        vm.compile("with ({}) {}", flags=EvalFlags.STRICT)
    with pytest.raises(JSError, match="ReferenceError: undeclared is not defined"):
        vm.eval_handle("undeclared = 1", flags=EvalFlags.STRICT)


@pytest.mark.parametrize("compiles", [False, True], ids=["source", "bytecode"])
def test_async(vm: VM, compiles: bool) -> None:
    code, flags = "await 1; 2", EvalFlags.ASYNC
    with vm.eval_bytecode(vm.compile(code, flags=flags)) if compiles else vm.eval_handle(code, flags=flags) as promise:
        assert promise.promise_state == 0
        result = vm.resolve_promise(promise)
        assert result.value is not None
        assert result.value.to_python() == {"value": 2}


def test_async_bytecode_waits_for_the_host(make_vm: MakeVM) -> None:
    async def ask(n: int) -> int:
        await asyncio.sleep(0)
        return 2 * n

    async def go(vm: VM) -> Any:
        with vm.eval_bytecode(vm.compile("(await ask(20)) + (await ask(1))", flags=EvalFlags.ASYNC)) as promise:
            return (await vm.resolve_promise_async(promise)).value

    result = asyncio.run(go(make_vm(functions={"ask": ask})))
    assert result.to_python() == {"value": 42}


def test_the_backtrace_barrier(vm: VM) -> None:
    code = "new Error('x').stack"
    data = {
        flags: vm.compile(code, filename="in.js", flags=flags) for flags in (EvalFlags(0), EvalFlags.BACKTRACE_BARRIER)
    }
    stacks = {
        "source": lambda flags: vm.eval_handle(code, filename="in.js", flags=flags).to_python(),
        "bytecode": lambda flags: run(vm, data[flags]),
    }
    for name, stack in stacks.items():
        vm.expose(f"{name}Open", lambda stack=stack: stack(EvalFlags(0)))
        vm.expose(f"{name}Closed", lambda stack=stack: stack(EvalFlags.BACKTRACE_BARRIER))
        assert "outer (out.js" in vm.eval(f"(function outer() {{ return {name}Open() }})()", filename="out.js")
        closed = vm.eval(f"(function outer() {{ return {name}Closed() }})()", filename="out.js")
        assert closed.splitlines() == ["    at <eval> (in.js:1:5)"]


@UNLOADED
def test_a_module(vm: VM, make_vm: MakeVM) -> None:
    data = vm.compile("export const a = 1; export default await 7", filename="m.js", flags=EvalFlags.TYPE_MODULE)
    other = make_vm()
    namespace = settle(other, data)
    assert (namespace.keys(), namespace.get_prop("default").to_python()) == (["a", "default"], 7)


@UNLOADED
def test_a_module_knows_its_name(make_vm: MakeVM) -> None:
    data = make_vm().compile("export default import.meta.url", filename="lib/m.js", flags=EvalFlags.TYPE_MODULE)
    assert settle(make_vm(), data).get_prop("default").to_python() == "lib/m.js"


@UNLOADED
def test_a_module_imports_from_the_vm_that_runs_it(make_vm: MakeVM) -> None:
    source = "import { x } from './dep.js'; export default x"
    data = make_vm(modules={"lib/dep.js": "export const x = 'compiler'"}).compile(
        source, filename="lib/m.js", flags=EvalFlags.TYPE_MODULE
    )
    vm = make_vm(modules={"lib/dep.js": "export const x = 'runner'"})
    assert settle(vm, data).get_prop("default").to_python() == "runner"
    with pytest.raises(ModuleNotFound, match=re.escape("lib/dep.js")):
        make_vm().eval_bytecode(data)


@UNLOADED
@pytest.mark.parametrize("checks", [False, True], ids=["compile", "COMPILE_ONLY"])
def test_compiling_a_module_does_not_define_it(make_vm: MakeVM, checks: bool) -> None:
    vm = make_vm(modules={"lib.js": "export const from = 'the loader'"})
    if checks:
        vm.eval_handle(
            "export const from = 'a check'", filename="lib.js", flags=EvalFlags.TYPE_MODULE | EvalFlags.COMPILE_ONLY
        )
    else:
        vm.compile("export const from = 'a compilation'", filename="lib.js", flags=EvalFlags.TYPE_MODULE)
    assert vm.import_module("lib.js")["from"] == "the loader"


@UNLOADED
def test_a_module_knows_its_name_where_it_was_compiled(vm: VM) -> None:
    data = vm.compile("export default import.meta.url", filename="m.js", flags=EvalFlags.TYPE_MODULE)
    assert settle(vm, data).get_prop("default").to_python() == "m.js"


def test_compiling_modules_takes_no_memory(vm: VM) -> None:
    sizes = []
    for _ in range(3):
        for _ in range(10):
            vm.compile("export const a = 1", filename="m.js", flags=EvalFlags.TYPE_MODULE)
        vm.gc()
        sizes.append(vm.memory_usage()["memory_used_size"])
    assert sizes[1] == sizes[2]


@pytest.mark.parametrize("flags", [EvalFlags.TYPE_GLOBAL, EvalFlags.STRICT, EvalFlags.ASYNC, EvalFlags.TYPE_MODULE])
def test_compile_only_runs_nothing(vm: VM, flags: EvalFlags) -> None:
    handle = vm.eval_handle("globalThis.ran = 1", flags=flags | EvalFlags.COMPILE_ONLY)
    assert (handle.is_undefined, "ran" in vm.globals) == (True, False)
    with pytest.raises(JSError, match="SyntaxError"):
        vm.eval_handle("globalThis.ran = ", flags=flags | EvalFlags.COMPILE_ONLY)
    assert (vm.execute_pending_jobs(), "ran" in vm.globals) == (0, False)


@pytest.mark.parametrize("flags", [2, 4, 16, 1 << 20, -1, EvalFlags.STRICT | 256])
def test_flags_that_do_not_exist(vm: VM, flags: int) -> None:
    with pytest.raises(ValueError, match="flags has bits that mean nothing"):
        vm.eval_handle("1", flags=flags)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="flags has bits that mean nothing"):
        vm.compile("1", flags=flags)  # type: ignore[arg-type]


@pytest.mark.parametrize("flags", [1, 8, 64, -1, EvalFlags.STRICT])
def test_compile_flags_that_do_not_exist(vm: VM, flags: int) -> None:
    with pytest.raises(ValueError, match="compile_flags has bits that mean nothing"):
        vm.compile("1", compile_flags=flags)  # type: ignore[arg-type]


@pytest.mark.parametrize("flags", [None, "strict", 1.0, True])
def test_what_are_no_flags(vm: VM, flags: Any) -> None:
    with pytest.raises(TypeError, match="flags takes a combination of EvalFlags"):
        vm.eval_handle("1", flags=flags)
    with pytest.raises(TypeError, match="compile_flags takes a combination of CompileFlags"):
        vm.compile("1", compile_flags=flags)


@pytest.mark.parametrize("flags", [None, "strict", 1.0, True])
def test_what_are_no_flags_of_compile(vm: VM, flags: Any) -> None:
    with pytest.raises(TypeError, match="flags takes a combination of EvalFlags"):
        vm.compile("1", flags=flags)


# ---- errors of the compiler


@pytest.mark.parametrize(
    ("code", "place"),
    [("}", "bad.js:1:1"), ("let a\nlet a", "bad.js:2:6"), ("1 +\n\n}", "bad.js:3:1"), ("await 1", "bad.js:1:7")],
)
def test_a_syntax_error_says_where(vm: VM, code: str, place: str) -> None:
    with pytest.raises(JSError, match="SyntaxError") as caught:
        vm.compile(code, filename="bad.js")
    assert caught.value.name == "SyntaxError"
    assert (caught.value.stack or "").strip() == f"at {place}"


# ---- where it runs


@pytest.mark.keeps("the leak check runs a script")
def test_without_the_eval_intrinsic(make_vm: MakeVM) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~Intrinsics.EVAL)
    for refused in (
        lambda: vm.eval("1"),
        lambda: vm.eval_handle("1"),
        lambda: vm.compile("1"),
        lambda: vm.eval_module("1"),
        lambda: asyncio.run(vm.eval_async("1")),
    ):
        with pytest.raises(JSError, match="eval is not supported"):
            refused()


COMPILERS = ["eval('1')", "(0, eval)('1')", "new Function('1')", "Function('1')", "(function* () {}).constructor('1')", "(async () => 1).constructor('1')"]  # fmt: skip


@pytest.mark.parametrize("code", COMPILERS)
def test_bytecode_runs_without_the_eval_intrinsic(vm: VM, make_vm: MakeVM, code: str) -> None:
    with VM(intrinsics=Intrinsics.ALL & ~Intrinsics.EVAL) as silent:
        assert run(silent, vm.compile("/a+/.exec('caab')[0] + new RegExp('b').source")) == "aab"
        with pytest.raises(JSError, match="eval is not supported"):
            silent.eval_bytecode(vm.compile(code))


@UNLOADED
def test_modules_and_async_bytecode_without_the_eval_intrinsic(vm: VM) -> None:
    module = vm.compile("export const a = 1", filename="m.js", flags=EvalFlags.TYPE_MODULE)
    script = vm.compile("await 5", flags=EvalFlags.ASYNC)
    with VM(intrinsics=Intrinsics.ALL & ~Intrinsics.EVAL) as silent:
        assert settle(silent, module).get_prop("a").to_python() == 1
        assert settle(silent, script).to_python() == {"value": 5}


def test_another_process(tmp_path: Path) -> None:
    code = "import sys, snapjs\nwith snapjs.VM() as vm: print(vm.eval_bytecode(open(sys.argv[1], 'rb').read()).to_python())"
    with VM() as vm:
        (tmp_path / "code").write_bytes(vm.compile("[1, 2].map(x => x * 21)[1]"))
    assert fresh_process.run(code, tmp_path / "code") == "42"


def test_the_same_source_gives_the_same_bytes(make_vm: MakeVM) -> None:
    used = make_vm()
    used.eval("var junk = Array.from({ length: 1000 }, (_, i) => 'name' + i)")
    assert used.compile(FUNCTION, filename="a.js") == make_vm().compile(FUNCTION, filename="a.js")


def test_bytecode_after_a_restore() -> None:
    with VM() as vm:
        data = vm.compile("var n = (globalThis.n ?? 0) + 1; n")
        run(vm, data)
        with moved(vm) as restored:
            assert (run(restored, data), restored.globals["n"]) == (2, 2)
            assert run(restored, restored.compile("n * 10")) == 20


def test_functions_of_bytecode_live_through_a_snapshot() -> None:
    with VM() as vm:
        run(vm, vm.compile("var f = (a => () => ++a)(40); f()"))
        with moved(vm) as restored:
            assert restored.eval("[f(), f.toString()]") == [42, "() => ++a"]


def test_microtasks_wait(vm: VM) -> None:
    run(vm, vm.compile("globalThis.log = ['script']; Promise.resolve().then(() => log.push('job')); 0"))
    assert vm.eval_handle("log.length").to_python() == 1
    assert vm.execute_pending_jobs() == 1
    assert vm.eval("log") == ["script", "job"]


def test_the_time_limit(vm: VM) -> None:
    data = vm.compile("for (;;);")
    with pytest.raises(TimeLimitError):
        vm.eval_bytecode(data, timeout=0.02)
    assert vm.eval("1 + 1") == 2


def test_lexical_bindings_are_declared_once() -> None:
    with VM() as vm:
        data = vm.compile("let once = 1")
        vm.eval_bytecode(data)
        with pytest.raises(JSError, match="SyntaxError: redeclaration of 'once'"):
            vm.eval_bytecode(data)


# ---- what is refused


@pytest.mark.parametrize("length", [30_000, 40_000, 200_000])
def test_large_programs(vm: VM, length: int) -> None:
    data = vm.compile(f"'{'a' * length}'.length")
    assert len(data) > length
    assert run(vm, data) == length


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_will_do(vm: VM, kind: Callable[[bytes], bytes]) -> None:
    assert run(vm, kind(vm.compile("1 + 2"))) == 3


@pytest.mark.parametrize("data", [b"", b"1 + 2", b"\0" * 72, b"snapjs\r\x01", b"snapjs\r\x03" + b"\0" * 64])
def test_what_is_no_bytecode(vm: VM, data: bytes) -> None:
    with pytest.raises(ValueError, match="this is not bytecode of snapjs: pass what"):
        vm.eval_bytecode(data)


def test_a_hash_that_fits_damage_is_told_by_the_engine(vm: VM) -> None:
    # who forges the hash is not kept out of the sandbox's memory, but the format is checked as it is read
    data = vm.compile("1 + 2")
    body = b"\xff" + data[73:]
    forged = data[:40] + hashlib.sha256(body).digest() + body
    with pytest.raises(JSError, match="SyntaxError: invalid version"):
        vm.eval_bytecode(forged)
    assert run(vm, data) == 3


def test_a_snapshot_is_no_bytecode(vm: VM) -> None:
    with pytest.raises(ValueError, match="this is not bytecode of snapjs"):
        vm.eval_bytecode(vm.snapshot().to_bytes())
