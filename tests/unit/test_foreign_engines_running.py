"""Engines that pass all checks when they are loaded, and do harm later: each time that is an error of snapjs, in time,
and the process lives."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hostile_engine import (
    ARGUMENTS,
    CONTROL,
    FUNCTIONS,
    HOST_CALL,
    LONG_LOOP,
    SIZE,
    Hostile,
    hostile,
    outcome,
)

from snapjs import VM, EngineMismatch, GuestTrapped, SnapjsError, TimeLimitError
from snapjs._core import calls
from snapjs._guest import abi, instance, watchdog
from snapjs._guest.exports import PROTOTYPES


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "foreign engines"))


def restored(engine: Hostile, **options: Any) -> VM:
    return VM.restore(engine.load(), **options)


def evaluate(engine: Hostile, **options: Any) -> Any:
    with restored(engine, **options) as vm:
        return vm.eval("1")


# ---- exports

LATER: dict[str, Callable[[VM], Any]] = {
    "snap_realm_new": lambda vm: vm.new_realm(),
    "snap_eval": lambda vm: vm.eval("1"),
    "snap_pending_list": lambda vm: vm.pending,
    "snap_timer_list": lambda vm: vm.snapshot(),
    "snap_has_jobs": lambda vm: vm.loop_once(),
    "snap_collect": lambda vm: vm.gc(),
    "snap_get": lambda vm: vm.globals["name"],
    "snap_wrap": lambda vm: vm.new_string("text"),
}


@pytest.mark.parametrize("name", LATER)
def test_export_that_is_missing(name: str) -> None:
    with restored(hostile(fields={name: ""})) as vm, pytest.raises(EngineMismatch, match=f"has no {name}: "):
        LATER[name](vm)


@pytest.mark.parametrize("name", LATER)
def test_export_that_traps(name: str) -> None:
    with restored(hostile({name: "unreachable"})) as vm:
        for _ in range(2):
            with pytest.raises(GuestTrapped, match="unreachable"):
                LATER[name](vm)


@pytest.mark.parametrize("name", ["snap_set_memory_limit", "snap_release_all", "snap_host_functions"])
def test_export_that_restoring_needs(name: str) -> None:
    with pytest.raises(EngineMismatch, match=f"has no {name}: "):
        restored(hostile(fields={name: ""}))
    with pytest.raises(GuestTrapped, match="unreachable"):
        restored(hostile({name: "unreachable"}))


def slow(name: str) -> Hostile:
    """An engine with an export that runs for a second or two."""
    return hostile({name: LONG_LOOP + "(i32.const 1)" * PROTOTYPES[name][1]})


SHORT = 0.05


@pytest.fixture
def little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what takes an engine next to nothing."""
    for module in (calls, instance):
        monkeypatch.setattr(module, "FOREIGN_SECONDS", SHORT)


@pytest.mark.slow
@pytest.mark.usefixtures("little_time")
@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("snap_eval", lambda vm: vm.eval("1")),
        ("snap_collect", lambda vm: vm.gc()),
        ("snap_timer_list", lambda vm: vm.snapshot()),
        ("snap_reserve_input", lambda vm: vm.eval(" " * 9000)),
        ("snap_host_function", lambda vm: vm.expose("f", print)),
        ("snap_has_jobs", lambda vm: vm.loop_once()),
        ("snap_get_gc_threshold", lambda vm: vm.gc_threshold),
        ("snap_promise_state", lambda vm: vm.global_handle.promise_state),
    ],
)
def test_export_that_takes_long_is_stopped(name: str, use: Callable[[VM], Any]) -> None:
    with restored(slow(name), timeout=SHORT) as vm, pytest.raises((TimeLimitError, GuestTrapped)):
        use(vm)


@pytest.mark.slow
@pytest.mark.usefixtures("little_time")
@pytest.mark.parametrize(
    "name",
    [
        "snap_release_all",
        "snap_host_functions",
        "snap_set_memory_limit",
        "snap_seed",
    ],
)
@pytest.mark.parametrize("timeout", [SHORT, None])
def test_restoring_that_takes_long_is_stopped(name: str, timeout: float | None) -> None:
    with pytest.raises((TimeLimitError, GuestTrapped)):
        restored(slow(name), timeout=timeout, seed=1)


# ---- addresses


@pytest.mark.parametrize(("begin", "length"), [(-1, 1), (0, -1), (-1, -1), (SIZE - 1, 2), (0, SIZE + 1)])
def test_result_outside_of_memory(begin: int, length: int) -> None:
    engine = hostile({"snap_eval": f"(call $give (i32.const {begin}) (i32.const {length})) (i32.const 0)"})
    with pytest.raises(GuestTrapped, match="memory that it does not have"):
        evaluate(engine)


def test_input_buffer_outside_of_memory() -> None:
    field = CONTROL + abi.Control.input.offset
    with restored(
        hostile({"snap_eval": f"(i32.store (i32.const {field}) (i32.const {SIZE - 1})) (i32.const 0)"})
    ) as vm:
        vm.eval("1")
        with pytest.raises(GuestTrapped, match="memory that it does not have"):
            vm.eval("1")


def test_input_buffer_that_is_smaller_than_was_said() -> None:
    with restored(hostile()) as vm, pytest.raises(GuestTrapped, match="memory that it does not have"):
        vm.eval(" " * 1_000_000)


@pytest.mark.parametrize(
    "call",
    [
        "request PLACE (i32.const 0)",
        "host_import (i32.const 0) PLACE",
        "host_write (i32.const 0) (i32.const 0) PLACE",
    ],
)
def test_message_to_the_host_outside_of_memory(call: str) -> None:
    body = f"(call ${call.replace('PLACE', f'(i32.const {SIZE - 1}) (i32.const 2)')})"
    with pytest.raises(GuestTrapped, match="memory that it does not have"):
        evaluate(hostile({"snap_eval": body}))


# ---- statuses and results


@pytest.mark.parametrize("message", [b"\xc0", b"\xa0", b"\xc1"], ids=["nil", "no text", "no message"])
@pytest.mark.parametrize("status", [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 0x7FFFFFFF, -1])
def test_status_and_message_without_sense(status: int, message: bytes) -> None:
    with pytest.raises(SnapjsError):
        evaluate(hostile(statuses={"snap_eval": status}, results={"snap_eval": message}))


def test_integer_where_a_handle_is_due() -> None:
    engine = hostile(statuses={"snap_eval": abi.Status.INTEGER | 5 << 8})
    assert evaluate(engine) == 5
    with restored(engine) as vm, pytest.raises(GuestTrapped, match="an integer where a handle is due"):
        vm.eval_handle("1")


SHAPES: list[tuple[str, Any, Callable[[VM], Any]]] = [
    ("snap_host_functions", None, lambda vm: vm),
    ("snap_host_functions", [1], lambda vm: vm),
    ("snap_realm_list", [[1]], lambda vm: vm),
    ("snap_pending_list", None, lambda vm: vm.pending),
    ("snap_pending_list", [[1]], lambda vm: vm.snapshot()),
    ("snap_pending_list", [[1, "f", 3, False, 0, 0]], lambda vm: vm.pending),
    ("snap_timer_list", [1], lambda vm: vm.snapshot()),
    ("snap_memory_usage", None, lambda vm: vm.memory_usage()),
    ("snap_describe_handle", [], lambda vm: vm.global_handle.typeof),
    ("snap_descriptor", [1, 2, 3], lambda vm: vm.global_handle.get_own_property_descriptor("name")),
    ("snap_property_flags", "x", lambda vm: vm.global_handle.property_is_enumerable("name")),
    ("snap_keys", None, lambda vm: list(vm.globals)),
    ("snap_realm_new", [], lambda vm: vm.new_realm()),
    ("snap_promise_new", None, lambda vm: vm.new_promise()),
    ("snap_eval", "text", lambda vm: vm.compile("1")),
]


@pytest.mark.parametrize(("name", "result", "use"), SHAPES)
def test_result_that_is_not_there(name: str, result: Any, use: Callable[[VM], Any]) -> None:
    engine = hostile(results={name: b""})
    with pytest.raises(GuestTrapped, match=f"{name} gave what it never gives"), restored(engine) as vm:
        use(vm)


@pytest.mark.parametrize(("name", "result", "use"), SHAPES)
def test_result_of_another_shape(name: str, result: Any, use: Callable[[VM], Any]) -> None:
    engine = hostile(results={name: msgspec.msgpack.encode(result)})
    with pytest.raises(GuestTrapped, match=f"{name} gave what it never gives"), restored(engine) as vm:
        use(vm)


# ---- calls of the host

NOT_UTF_8 = f"(i32.const {ARGUMENTS + 1}) (i32.const 2)"


@pytest.mark.parametrize(
    "body",
    [
        f"(call $host_write (i32.const 0) (i32.const 1) {NOT_UTF_8})",
        f"(call $host_import (i32.const 0) {NOT_UTF_8})",
        HOST_CALL.replace("(i32.const 0))", f"(i32.const {abi.Result.HANDLES}))"),
        "(call $host_timezone (i32.const 0) (f64.const nan))",
        "(call $host_timezone (i32.const 0) (f64.const 1e300))",
        "(call $host_write (i32.const 0) (i32.const 77) (i32.const 0) (i32.const 1))",
    ],
)
def test_arguments_of_imports_without_sense(body: str) -> None:
    engine = hostile({"snap_eval": f"(drop {body}) unreachable"}, results={"snap_host_functions": FUNCTIONS})
    with pytest.raises(SnapjsError):
        evaluate(engine, functions={"f": print}, timezone="Europe/Berlin")


def test_host_function_that_there_is_not() -> None:
    called: list[object] = []
    engine = hostile({"snap_eval": f"(i32.ne {HOST_CALL} (i32.const {abi.Status.ABSENT}))"})
    evaluate(engine, functions={"f": lambda: called.append(1)})
    assert called == []


def test_host_function_is_called_while_javascript_runs() -> None:
    called: list[object] = []
    engine = hostile({"snap_eval": HOST_CALL}, results={"snap_host_functions": FUNCTIONS})
    evaluate(engine, functions={"f": lambda: called.append(1)})
    assert called == [1]


@pytest.mark.slow
def test_engine_that_only_calls_the_host_is_stopped() -> None:
    engine = hostile(
        {"snap_eval": f"(loop (drop {HOST_CALL}) (br 0)) (i32.const 0)"}, results={"snap_host_functions": FUNCTIONS}
    )
    calls: list[float] = []

    def work() -> None:
        calls.append(time.monotonic())
        while time.monotonic() < calls[-1] + SHORT / 4:
            pass

    with pytest.raises(TimeLimitError):
        evaluate(engine, functions={"f": work}, timeout=SHORT)
    assert calls[-1] - calls[0] < SHORT + 5 * watchdog.GRACE


@pytest.mark.parametrize(
    ("name", "program"),
    [
        pytest.param("snap_reserve_input", "vm.eval(' ' * 9000)", id="vm.eval with a timeout"),
        pytest.param("snap_has_jobs", "vm.eval('1')", id="vm.close"),
    ],
)
def test_host_function_that_is_called_while_no_javascript_runs(name: str, program: str) -> None:
    code = f"""
rejections = "(i32.store (i32.const %d) (i32.const 1)) (i32.const 0)" % (CONTROL + abi.Control.events.offset)
work = "(i32.store (i32.const %d) (i32.const 0)) (i32.const 0)" % INPUT
bodies = {{"snap_eval": rejections, {name!r}: f"(drop {{HOST_CALL}}) {{work}}"}}
engine = hostile(bodies, results={{"snap_host_functions": FUNCTIONS}})
vm = VM.restore(engine.load(), functions={{"f": lambda: vm.{"close()" if name == "snap_has_jobs" else "eval('1', timeout=5)"}}})
try:
    {program}
except SnapjsError:
    pass
print("alive")
"""
    assert outcome(code) == "alive"
