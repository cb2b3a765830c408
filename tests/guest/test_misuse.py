"""What a program does wrong with a VM is a typed error that says what to do."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from snapjs import VM, ClosedError, Handle, JSError, WrongVMError

MakeVM = Callable[..., VM]

# ---- after close()

USES: dict[str, Callable[[VM], Any]] = {
    "eval": lambda vm: vm.eval("1"),
    "eval_handle": lambda vm: vm.eval_handle("1"),
    "compile": lambda vm: vm.compile("1"),
    "eval_bytecode": lambda vm: vm.eval_bytecode(BYTECODE),
    "import_module": lambda vm: vm.import_module("m"),
    "eval_module": lambda vm: vm.eval_module("1"),
    "globals[]": lambda vm: vm.globals["a"],
    "globals[] =": lambda vm: vm.globals.__setitem__("a", 1),
    "del globals[]": lambda vm: vm.globals.__delitem__("a"),
    "in globals": lambda vm: "a" in vm.globals,
    "list(globals)": lambda vm: list(vm.globals),
    "len(globals)": lambda vm: len(vm.globals),
    "expose": lambda vm: vm.expose("f", len),
    "function": lambda vm: vm.function(len),
    "pending": lambda vm: vm.pending,
    "run_jobs": lambda vm: vm.run_jobs(),
    "loop_once": lambda vm: vm.loop_once(),
    "run_until_idle": lambda vm: vm.run_until_idle(),
    "snapshot": lambda vm: vm.snapshot(),
    "memory_usage": lambda vm: vm.memory_usage(),
    "gc": lambda vm: vm.gc(),
    "gc_threshold": lambda vm: vm.gc_threshold,
    "gc_threshold =": lambda vm: setattr(vm, "gc_threshold", 1),
    "versions": lambda vm: vm.versions,
    "statistics": lambda vm: vm.statistics(),
}

with VM() as _vm:
    BYTECODE = _vm.compile("1")


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_vm_is_used_after_close(use: Callable[[VM], Any]) -> None:
    vm = VM()
    vm.close()
    with pytest.raises(ClosedError, match="This VM is closed"):
        use(vm)


@pytest.mark.parametrize("name", ["eval_async", "eval_module_async", "import_module_async", "run_until_idle_async"])
def test_async_call_after_close(name: str) -> None:
    import asyncio

    vm = VM()
    vm.close()
    arguments = () if name == "run_until_idle_async" else ("1",)
    with pytest.raises(ClosedError):
        asyncio.run(getattr(vm, name)(*arguments))


REFERENCES: dict[str, Callable[[Handle], Any]] = {
    "Handle.to_python": lambda handle: handle.to_python(),
    "Handle.get_prop": lambda handle: handle.get_prop("a"),
    "Handle.set_prop": lambda handle: handle.set_prop("a", 1),
    "Handle.dup": lambda handle: handle.dup(),
    "Handle.typeof": lambda handle: handle.typeof,
    "Handle.class_name": lambda handle: handle.class_name,
}


@pytest.mark.parametrize("use", REFERENCES.values(), ids=REFERENCES)
def test_handle_is_used_after_its_vm_was_closed(use: Callable[[Handle], Any]) -> None:
    vm = VM()
    handle = vm.eval_handle("({})")
    vm.close()
    assert handle.disposed
    with pytest.raises(ClosedError):
        use(handle)


@pytest.mark.parametrize("use", REFERENCES.values(), ids=REFERENCES)
def test_handle_is_used_after_dispose(vm: VM, use: Callable[[Handle], Any]) -> None:
    handle = vm.eval_handle("({})")
    handle.dispose()
    with pytest.raises(ClosedError, match=r"This reference was disposed of\. Keep it, or take a dup\(\)"):
        use(handle)


def test_function_and_promise_are_used_after_dispose(vm: VM) -> None:
    function, promise = vm.eval("() => 1"), vm.eval("Promise.resolve(1)")
    function.dispose()
    promise.dispose()
    for use in (
        function,
        lambda: promise.state,
        lambda: promise.result,
        lambda: function.handle,
        lambda: promise.handle,
    ):
        with pytest.raises(ClosedError, match="was disposed of"):
            use()


def test_disposed_handle_as_an_argument(vm: VM) -> None:
    handle = vm.eval_handle("({})")
    handle.dispose()
    with pytest.raises(ClosedError):
        vm.eval("x => x")(handle)


def test_dispose_and_close_are_idempotent(vm: VM) -> None:
    handle = vm.eval_handle("({})")
    handle.dispose()
    handle.dispose()
    other = VM()
    other.close()
    other.close()
    assert vm.statistics().handles == 0


def test_repr_works_at_all_times(vm: VM) -> None:
    handle = vm.eval_handle("[]")
    assert repr(handle) == "<Handle of Array>"
    handle.dispose()
    assert repr(handle) == "<Handle, disposed>"
    other = VM()
    function = other.eval("() => 1")
    other.close()
    assert repr(other) == "<VM, closed>"
    assert repr(function) == "<Function, disposed>"


def test_repr_works_while_another_thread_is_in_the_vm(vm: VM) -> None:
    function, shown = vm.eval("() => 1"), []

    def look() -> None:
        with ThreadPoolExecutor(1) as executor:
            shown.append(executor.submit(repr, function).result(30))

    vm.expose("look", look)
    vm.eval("look()")
    assert shown == ["<Function>"]
    function.dispose()


def test_global_names_are_shown(vm: VM) -> None:
    vm.eval("var shown = 1")
    assert "shown" in repr(vm.globals)


# ---- references of another VM


@pytest.mark.parametrize("code", ["new (class A {})()", "() => 1", "Promise.resolve(1)"])
def test_reference_of_another_vm(vm: VM, make_vm: MakeVM, code: str) -> None:
    foreign = make_vm().eval(code)
    for give in (
        lambda: vm.globals.__setitem__("x", foreign),
        lambda: vm.globals.__setitem__("x", {"deep": [foreign]}),
        lambda: vm.eval("x => x")(foreign),
    ):
        with pytest.raises(WrongVMError, match=r"This object belongs to another VM\. Convert it"):
            give()


def test_this_of_another_vm(vm: VM, make_vm: MakeVM) -> None:
    foreign = make_vm().eval_handle("({})")
    with pytest.raises(WrongVMError):
        vm.eval("() => 1")(this=foreign)


def test_this_that_is_no_reference(vm: VM) -> None:
    with pytest.raises(TypeError, match="this= takes a Handle, Function or Promise, not dict"):
        vm.eval("() => 1")(this={})


def test_answer_of_another_vm(vm: VM, make_vm: MakeVM) -> None:
    foreign = make_vm().eval("() => 1")
    vm.globals["f"] = lambda: foreign
    with pytest.raises(WrongVMError):
        vm.eval("f()")


def test_error_of_another_vm_is_a_python_exception_here(vm: VM, make_vm: MakeVM) -> None:
    error = make_vm().eval("new RangeError('from there')")
    assert vm.eval("e => [e.name, e.message]")(error) == ["RangeError", "from there"]


def test_error_of_another_vm_passes_through(vm: VM, make_vm: MakeVM) -> None:
    other = make_vm()
    vm.globals["there"] = lambda: other.eval("throw new RangeError('from there')")
    with pytest.raises(JSError, match="RangeError: from there"):
        vm.eval("there()")
    assert vm.eval("try { there() } catch (e) { e.name }") == "RangeError"


# ---- pickling and copying


@pytest.mark.parametrize("code", ["new (class A {})()", "() => 1", "Promise.resolve(1)"])
def test_references_cannot_be_pickled(vm: VM, code: str) -> None:
    reference = vm.eval(code)
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="lives in its VM and cannot be pickled: take a snapshot of the VM"):
            attempt(reference)


def test_vm_cannot_be_pickled(vm: VM) -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"a VM cannot be pickled: pickle vm\.snapshot\(\) and VM\.restore it"):
            attempt(vm)


def test_error_is_pickled_with_its_facts(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("throw Object.assign(new RangeError('x', { cause: 1 }), { code: 7, f() {} })")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (copied.name, copied.message, copied.cause, copied.properties["code"]) == ("RangeError", "x", 1, 7)
    assert copied.properties["f"] == "<Function of Function>"
    assert copied.handle is None
    assert copied.stack == caught.value.stack


# ---- options and arguments

WRONG_OPTIONS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"memory_limit": "1"}, TypeError, "memory_limit is a number of bytes"),
    ({"memory_limit": 1.5}, TypeError, "memory_limit is a number of bytes"),
    ({"memory_limit": True}, TypeError, "memory_limit is a number of bytes"),
    ({"memory_limit": 0}, ValueError, "memory_limit must be between 1048576 and 4294967295 bytes"),
    ({"memory_limit": 1 << 32}, ValueError, "memory_limit must be between 1048576 and 4294967295 bytes"),
    ({"stack_limit": "1"}, TypeError, "stack_limit is a number of bytes"),
    ({"stack_limit": 1}, ValueError, "stack_limit must be between 16384 and 1048576 bytes"),
    ({"timeout": 0}, ValueError, "timeout must be more than 0 seconds"),
    ({"timeout": "1"}, TypeError, "timeout is in seconds"),
    ({"clock": "now"}, TypeError, "clock takes None, a Unix time in seconds or a callable"),
    ({"clock": float("nan")}, TypeError, "clock takes"),
    ({"seed": 1.5}, TypeError, "seed takes None, an int or bytes, not float"),
    ({"timezone": "Nowhere/Land"}, ValueError, "there is no time zone 'Nowhere/Land'"),
    ({"timezone": 1.5}, TypeError, "timezone takes an IANA name"),
    ({"timezone": "../etc/passwd"}, ValueError, "there is no time zone"),
    ({"timezone": 1 << 40}, ValueError, "timezone is at most 1440 minutes, not 1099511627776"),
    ({"functions": [len]}, TypeError, "functions takes a mapping from names to functions, not list"),
    ({"functions": {"f": 5}}, TypeError, "a host function is a callable"),
    ({"functions": {"a..b": len}}, ValueError, "is not a name"),
    ({"functions": {"": len}}, ValueError, "is not a name"),
    ({"modules": 5}, TypeError, "modules takes a mapping"),
    ({"extensions": 5}, TypeError, "extensions takes a list of Extension, not int"),
    ({"web": 5}, TypeError, "web takes True, False, the names of APIs"),
    ({"web": "console"}, TypeError, "web takes True, False, the names of APIs"),
    ({"web": {"fetch"}}, ValueError, 'web has "fetch" only with a policy'),
    ({"stdout": 5}, TypeError, "stdout takes a callable or an object with write"),
    ({"stderr": 5}, TypeError, "stderr takes a callable or an object with write"),
    ({"interrupt": 5}, TypeError, "interrupt takes a callable, not int"),
    ({"on_unhandled_rejection": 5}, TypeError, "on_unhandled_rejection takes a callable, not int"),
]


@pytest.mark.parametrize(("options", "kind", "text"), WRONG_OPTIONS, ids=[repr(row[0]) for row in WRONG_OPTIONS])
def test_option_is_checked(options: dict[str, Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        VM(**options)


@pytest.mark.parametrize("code", [None, 5, b"1", ["1"]])
def test_source_is_a_str(vm: VM, code: Any) -> None:
    for run in (vm.eval, vm.eval_handle, vm.compile, vm.eval_module):
        with pytest.raises(TypeError, match="JavaScript source is a str, not"):
            run(code)


@pytest.mark.parametrize("filename", [None, 5, b"a.js"])
def test_filename_is_a_str(vm: VM, filename: Any) -> None:
    for run in (vm.eval, vm.eval_handle, vm.compile):
        with pytest.raises(TypeError, match="filename is a str, not"):
            run("1", filename=filename)


def test_filename_is_shown_up_to_a_nul(vm: VM) -> None:
    with pytest.raises(JSError, match="Error: x") as caught:
        vm.eval("throw new Error('x')", filename="a\0b.js")
    assert caught.value.stack == "    at <eval> (a:1:11)\n"


def test_expose_takes_a_name(vm: VM) -> None:
    with pytest.raises(TypeError, match="the name of a host function is a str, not int"):
        vm.expose(5, len)  # type: ignore[arg-type]


def test_restore_takes_a_snapshot() -> None:
    with pytest.raises(
        TypeError, match=r"VM\.restore takes a Snapshot, not bytes: read one with Snapshot\.load or from_bytes"
    ):
        VM.restore(b"snapjs")  # type: ignore[arg-type]
