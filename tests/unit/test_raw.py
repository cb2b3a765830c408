"""Calls in and out of wasm, their exceptions, traps, memory and stacks."""

from __future__ import annotations

import ctypes
import gc
import inspect
import pickle
import signal
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import wasmtime
from small_guest import WASM, Answers, compile_module, compiled, make

from snapjs import StackLimitError
from snapjs._guest import stack
from snapjs._guest.callbacks import running
from snapjs._guest.exports import EngineUnusable
from snapjs._guest.library import TRAP_INTERRUPT, TRAP_STACK_OVERFLOW
from snapjs._guest.raw import RawInstance, Store, Trap
from snapjs._guest.stack import check_room


def test_call_passes_and_returns_integers() -> None:
    raw, _ = make()
    assert raw.function("add", 2, True)(40, 2) == 42


def test_result_is_unsigned() -> None:
    raw, _ = make()
    assert raw.function("add", 2, True)(0, -1) == 0xFFFFFFFF


def test_call_passes_64_bits() -> None:
    raw, _ = make()
    assert raw.function("high_half_of_sum", 3, True)(5 << 32, 0xFFFFFFFF, 1) == 6


def test_function_without_result_returns_0() -> None:
    raw, _ = make()
    raw.function("poke", 2, False)(16, 77)
    assert raw.function("peek", 1, True)(16) == 77
    assert raw.function("nothing", 0, False)() == 0


def test_unknown_export_is_refused() -> None:
    raw, _ = make()
    with pytest.raises(EngineUnusable, match="no export 'missing'"):
        raw.function("missing", 0, False)


def test_memory_is_not_a_function() -> None:
    raw, _ = make()
    with pytest.raises(EngineUnusable, match="no export 'memory' of the right kind"):
        raw.function("memory", 0, False)


def test_imports_receive_their_arguments_and_answer() -> None:
    raw, answers = make()
    answers.on_call = lambda index: index + 1
    assert raw.function("call", 1, True)(6) == 7
    assert raw.function("import", 0, True)() == 8
    assert raw.function("write", 0, True)() == 0
    assert raw.function("clock_tenths", 0, True)() == 125
    assert raw.function("timezone", 0, True)() == 0x100000000 - 120
    assert raw.function("interrupt", 0, True)() == 1
    assert answers.asked == [
        ("host_request", 6),
        ("host_import", 7, 8),
        ("host_write", 1, 100, 5),
        ("host_clock", 1),
        ("host_timezone", 1.5),
        ("host_interrupt",),
    ]


def test_host_function_may_call_the_same_export_again() -> None:
    """Nested calls share the slots of their parameters and results."""
    raw, answers = make()
    function = raw.function("call_then_add", 2, True)
    answers.on_call = lambda index: function(index - 1, 100) if index else 1000
    assert function(3, 5) == 1000 + 3 * 100 + 5


def test_host_function_may_call_another_instance() -> None:
    """After the inner call, the outer instance is the one that calls."""
    outer, outer_answers = make()
    inner, inner_answers = make()
    outer_answers.on_call = lambda index: inner.function("call", 1, True)(9)
    inner_answers.on_call = lambda index: 2
    function = outer.function("call_often", 1, True)
    function(2)
    assert [entry[1] for entry in outer_answers.asked] == [1, 1]
    assert [entry[1] for entry in inner_answers.asked] == [9, 9]


def test_threads_have_instances_of_their_own() -> None:
    wrong: list[object] = []

    def work(number: int) -> None:
        raw, answers = make()
        answers.on_call = lambda index: number
        function = raw.function("call", 1, True)
        wrong.extend(result for result in (function(0) for _ in range(500)) if result != number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert wrong == []


class Left(BaseException):
    pass


@pytest.mark.parametrize("export", ["import", "write", "clock_tenths", "timezone", "interrupt"])
def test_exception_in_an_import_is_raised_by_the_call(export: str, capsys: pytest.CaptureFixture[str]) -> None:
    raw, answers = make()
    name = {"clock_tenths": "host_clock"}.get(export, f"host_{export}")

    def fail(*_arguments: object) -> int:
        raise Left

    setattr(answers, name, fail)
    with pytest.raises(Left):
        raw.function(export, 0, export != "write")()
    assert answers.failure is None
    assert raw.function("add", 2, True)(1, 2) == 3
    assert capsys.readouterr().err == ""


def test_guest_is_told_that_a_host_call_failed() -> None:
    raw, answers = make()

    def fail(index: int) -> int:
        raise Left

    answers.on_call = fail
    with pytest.raises(Left):
        raw.function("call_and_keep", 1, True)(6)
    assert raw.function("peek", 1, True)(32) == 1


def test_first_of_two_failures_is_raised() -> None:
    raw, answers = make()
    failures = [Left("first"), Left("second")]

    def fail(index: int) -> int:
        raise failures.pop(0)

    answers.on_call = fail
    with pytest.raises(Left, match="first"):
        raw.function("call_often", 1, True)(2)
    assert failures == []


@pytest.fixture
def send_interrupt() -> Iterator[Callable[[], None]]:
    """A function that sends SIGINT to the main thread, and returns when it has arrived there."""
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    before = signal.set_wakeup_fd(writing.fileno())

    def send() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        reading.recv(1)

    try:
        yield send
    finally:
        signal.set_wakeup_fd(before)
        reading.close()
        writing.close()


@pytest.mark.skipif(sys.platform == "win32", reason="cannot send a signal to a thread")
def test_signal_that_arrives_in_wasm_is_raised_by_the_call(
    send_interrupt: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its handler runs on entry to the next callback, before that can catch anything."""
    raw, answers = make()
    word, is_running = (ctypes.c_uint32.from_address(raw.base + 16 + offset) for offset in (0, 4))

    def interrupt() -> None:
        while not is_running.value:
            pass
        send_interrupt()
        word.value = 1

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        raw.function("wait_and_call", 1, True)(16)
    thread.join(10)
    assert answers.asked == []
    assert raw.function("peek", 1, True)(32) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="cannot send a signal to a thread")
def test_signal_is_raised_at_an_epoch_check(
    send_interrupt: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The code goes no further, so the instance is dead."""
    raw, _ = make(checked=True)
    is_running = ctypes.c_uint32.from_address(raw.base + 20)

    def interrupt() -> None:
        while not is_running.value:
            pass
        send_interrupt()
        compiled(checked=True).increment_epoch()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt) as caught:
        raw.function("wait_and_call", 1, True)(16)
    thread.join(10)
    assert isinstance(caught.value.__cause__, Trap)
    assert raw.dead
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform == "win32", reason="cannot send a signal to a thread")
def test_signal_is_raised_although_others_have_set_the_hook_for_what_nobody_can_catch(
    send_interrupt: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    raw, _ = make()
    word, is_running = (ctypes.c_uint32.from_address(raw.base + 16 + offset) for offset in (0, 4))

    def interrupt() -> None:
        while not is_running.value:
            pass
        send_interrupt()
        word.value = 1

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        raw.function("wait_and_call", 1, True)(16)
    thread.join(10)
    assert seen == []


def test_what_is_not_raised_on_entry_to_a_callback_goes_to_the_hook_that_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[type[BaseException] | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: seen.append(unraisable.exc_type))
    make()

    class Fails:
        def __del__(self) -> None:
            raise Left

    Fails()

    assert seen == [Left]


def test_a_callback_of_others_that_ends_the_stack_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[type[BaseException] | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: seen.append(unraisable.exc_type))
    make()

    def again() -> None:
        again()

    ctypes.CFUNCTYPE(None)(again)()

    assert seen == [RecursionError]


def test_trap_has_message_and_code() -> None:
    raw, _ = make()
    with pytest.raises(Trap, match="unreachable") as caught:
        raw.function("fail", 0, False)()
    assert caught.value.code == 9


def test_trap_is_picklable() -> None:
    trap = pickle.loads(pickle.dumps(Trap("why", 3)))
    assert (trap.message, trap.code) == ("why", 3)


def test_instance_is_dead_after_a_trap() -> None:
    raw, _ = make()
    with pytest.raises(Trap):
        raw.function("fail", 0, False)()
    assert raw.dead
    with pytest.raises(Trap, match="closed or has trapped"):
        raw.function("nothing", 0, False)()


def test_trap_of_the_host_kills_the_instance() -> None:
    raw, _ = make()
    assert raw.trap("bad address").message == "bad address"
    assert raw.dead


def test_endless_recursion_traps() -> None:
    raw, _ = make()
    with pytest.raises(Trap) as caught:
        raw.function("recurse", 0, True)()
    assert caught.value.code == TRAP_STACK_OVERFLOW


def test_requested_trap_stops_an_endless_loop() -> None:
    raw, _ = make(checked=True)
    timer = threading.Timer(0.01, raw.request_trap)
    timer.start()
    with pytest.raises(Trap) as caught:
        raw.function("spin", 0, False)()
    timer.join(10)
    assert caught.value.code == TRAP_INTERRUPT


def test_requested_trap_lets_other_instances_go_on() -> None:
    raw, _ = make(checked=True)
    other, _ = make(checked=True)
    raw.request_trap()
    assert other.function("add", 2, True)(1, 2) == 3
    with pytest.raises(Trap):
        raw.function("add", 2, True)(1, 2)


def test_withdrawn_trap_has_no_effect() -> None:
    raw, _ = make(checked=True)
    raw.request_trap()
    raw.withdraw_trap()
    assert raw.function("add", 2, True)(1, 2) == 3


def test_closing_twice_is_allowed_and_calls_are_not() -> None:
    raw, _ = make()
    function = raw.function("nothing", 0, False)
    raw.close()
    raw.close()
    with pytest.raises(Trap, match="closed"):
        function()


def test_instance_that_is_dropped_is_freed() -> None:
    raw, answers = make()
    raw.function("nothing", 0, False)()
    reference = weakref.ref(raw)
    del raw, answers
    gc.collect()
    assert reference() is None


def test_memory_grows_in_place() -> None:
    raw, _ = make()
    base = raw.base
    assert raw.store.size() == 131072
    raw.store.grow_to(131072 + 3 * 65536)
    assert raw.function("grow", 1, True)(2000) == 5
    assert raw.store.size() == 131399680
    assert raw.base == base
    assert ctypes.string_at(base + 131399679, 1) == b"\0"


def test_memory_does_not_grow_beyond_its_maximum() -> None:
    raw, _ = make(memory_maximum=196608)
    raw.store.grow_to(131073)
    with pytest.raises(MemoryError):
        raw.store.grow_to(196609)
    assert raw.function("grow", 1, True)(1) == 0xFFFFFFFF
    assert raw.store.size() == 196608


def test_maximum_below_the_modules_minimum_is_refused() -> None:
    with pytest.raises(EngineUnusable, match="memory"):
        make(memory_maximum=65536)


def test_module_that_imports_something_else_is_refused() -> None:
    wasm = bytes(wasmtime.wat2wasm('(module (import "snapjs" "host_missing" (func)))'))
    with pytest.raises(EngineUnusable, match="host_missing"):
        compile_module(wasm)


def test_wasi_is_a_trap() -> None:
    wasm = bytes(
        wasmtime.wat2wasm(
            '(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))'
            '(memory (export "memory") 1) (func (export "run") (call $exit (i32.const 0))))'
        )
    )
    raw = RawInstance(Store(compile_module(wasm), None), Answers())

    with pytest.raises(Trap, match="proc_exit"):
        raw.function("run", 0, False)()
    raw.close()


def test_bytes_that_are_no_module_are_refused() -> None:
    with pytest.raises(EngineUnusable, match="magic"):
        compile_module(b"not a module")


def in_thread_with_stack(size: int, work: object) -> list[object]:
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(work())  # type: ignore[operator]
        except BaseException as error:
            outcome.append(error)

    previous = threading.stack_size(size)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(previous)
    thread.join(10)
    return outcome


@pytest.mark.skipif(sys.platform == "win32", reason="the figures are those of other systems")
def test_thread_with_a_small_stack_is_refused() -> None:
    raw, _ = make()
    (outcome,) = in_thread_with_stack(1 << 20, raw.function("nothing", 0, False))
    assert isinstance(outcome, StackLimitError)
    assert "has 1048576 bytes, and guest code needs 5767168. Call threading.stack_size(6815744)" in str(outcome)


def test_stack_that_is_just_large_enough_holds_endless_recursion() -> None:
    raw, _ = make()
    (outcome,) = in_thread_with_stack(stack.NATIVE_STACK + (1 << 19), raw.function("recurse", 0, True))
    assert isinstance(outcome, Trap)
    assert outcome.code == TRAP_STACK_OVERFLOW


@pytest.mark.skipif(sys.platform == "win32", reason="the figures are those of other systems")
def test_other_instance_is_not_entered_without_room_for_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each instance has a budget of its own, which has to fit below the host function that calls it."""
    outer, outer_answers = make()
    inner, inner_answers = make()
    needed = stack.NATIVE_STACK + (1 << 19)

    def nest(index: int) -> int:
        monkeypatch.setattr(running.thread, "stack_limit", outer.stack_pointer - needed)
        inner.function("call", 1, True)(1)
        monkeypatch.setattr(running.thread, "stack_limit", outer.stack_pointer - needed + 1)
        return inner.function("call", 1, True)(2)

    outer_answers.on_call = nest
    with pytest.raises(StackLimitError, match="with 5767167 bytes of stack left, and it needs 5767168"):
        outer.function("call", 1, True)(0)
    assert [entry[1] for entry in inner_answers.asked] == [1]


def test_compiled_module_may_go_before_its_instances() -> None:
    module = compile_module(WASM)
    store = Store(module, None)
    raw = RawInstance(store, Answers())
    raw._compiled = store.compiled = compiled()
    del module
    gc.collect()
    assert raw.function("add", 2, True)(1, 2) == 3
    raw.close()


def test_room_is_counted_from_the_low_half_of_an_address_too() -> None:
    limit = 0x7FFF_FF00_0000
    check_room(0x7FFF_FF60_0000 & 0xFFFFFFFF, limit)
    check_room(0x8000_0000_0000 & 0xFFFFFFFF, limit)  # the high half changes in between
    with pytest.raises(StackLimitError, match="1048576 bytes of stack left"):
        check_room(0x7FFF_FF10_0000 & 0xFFFFFFFF, limit)


def test_a_stack_whose_end_is_unknown_has_room() -> None:
    check_room(1, 0)


@pytest.mark.parametrize("end", range(1, 40))
def test_where_the_stack_of_python_ends_there_is_no_store(end: int) -> None:
    """Nor does ctypes say that an argument is wrong, and no store is left that nobody frees."""

    def at(levels: int, work: Callable[[], object]) -> object:
        return work() if levels <= 0 else at(levels - 1, work)

    def make_and_measure() -> int:
        store = Store(compiled(), None)
        try:
            return store.size()
        finally:
            store.close()

    levels = sys.getrecursionlimit() - len(inspect.stack(0)) - end
    compiled()  # which is kept
    with suppress(RecursionError):
        assert at(levels, make_and_measure) == 1 << 17
