"""What Python lends to JavaScript, while messages with it are made and JavaScript drops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, pending
from snapjs.errors import MemoryLimitError, TimeLimitError

MakeVM = Callable[..., VM]

FILL = """
    globalThis.fill = null
    for (const size of [65536, 256, 1]) {
        try { for (;;) fill = [fill, new ArrayBuffer(size)] } catch {}
    }
    try { for (;;) fill = [fill] } catch {}
"""
"""leaves the guest no memory"""


class Dropping:
    """A function whose name is asked for while it is lent, and which lets go of something then."""

    def __init__(self, held: list[Any]) -> None:
        self._held = held

    @property
    def __name__(self) -> str:
        self._held.clear()
        return "dropping"

    def __call__(self) -> str:
        return "dropping"


def lent(vm: VM) -> tuple[int, int]:
    """How many functions and exceptions Python keeps for JavaScript."""
    lending = vm._bridge.lending
    lending.flush()
    return len(lending._temporary), len(lending._exceptions)


def test_function_that_is_dropped_while_others_are_lent_is_itself(vm: VM) -> None:
    """Its index must not become that of a function which is lent after it, in the same message."""

    def first() -> str:
        return "first"

    names = vm.eval("(...functions) => functions.map(each => each())")
    held = [vm.eval("(value) => () => value")(first)]
    assert names(first, Dropping(held), lambda: "last") == ["first", "dropping", "last"]


def test_exception_that_is_dropped_while_a_function_is_lent_is_itself(vm: VM) -> None:
    error = ValueError("x")
    keep = vm.eval("(...values) => { globalThis.kept = values }")
    held = [vm.eval("(value) => () => value")(error)]
    keep(error, Dropping(held))
    keep_one_more = vm.eval("value => value")
    keep_one_more(lambda: 1)
    assert vm.eval("kept[0]") is error
    del vm.globals["kept"]


def test_exception_that_became_two_errors_outlives_one(vm: VM) -> None:
    error = ValueError("x")
    vm.globals["one"] = error
    vm.globals["other"] = error
    del vm.globals["one"]
    vm.globals["function"] = lambda: 1
    assert vm.eval("other") is error
    del vm.globals["other"], vm.globals["function"]
    assert lent(vm) == (0, 0)


def raise_another() -> None:
    raise ValueError("x")


@pytest.mark.parametrize("answer", ["fail", "make"])
def test_answers_that_there_is_no_memory_for_are_not_kept(make_vm: MakeVM, answer: str) -> None:
    vm = make_vm(memory_limit=2 << 20)
    vm.expose("fail", raise_another)
    vm.expose("make", lambda: lambda: 1)
    vm.eval(f"{FILL} for (let i = 0; i < 500; i++) try {{ {answer}() }} catch {{}}")
    vm.eval("delete globalThis.fill")
    assert sum(lent(vm)) <= 1


def test_what_was_lent_for_a_message_that_is_not_sent_is_not_kept(vm: VM) -> None:
    class Nameless:
        @property
        def __name__(self) -> str:
            raise KeyError("it has none")

        def __call__(self) -> None: ...

    for _ in range(3):
        with pytest.raises(KeyError):
            vm.globals["functions"] = [lambda: 1, Nameless()]
    assert lent(vm) == (0, 0)


def test_errors_that_are_alive_stay_when_those_that_never_arrived_are_forgotten(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=2 << 20)
    error = ValueError("alive")
    vm.globals["alive"] = error
    vm.globals["live"] = raise_another
    vm.expose("fail", raise_another)
    vm.eval(f"{FILL} for (let i = 0; i < 500; i++) try {{ fail() }} catch {{}}")
    vm.eval("delete globalThis.fill")
    assert vm.eval("alive") is error
    assert vm.eval("live") is raise_another
    del vm.globals["alive"], vm.globals["live"]


def test_without_memory_to_tell_what_arrived_the_host_asks_again(
    make_vm: MakeVM, monkeypatch: pytest.MonkeyPatch
) -> None:
    vm = make_vm(memory_limit=2 << 20)
    vm.expose("fail", raise_another)
    asked: list[None] = []

    def refuse() -> None:
        asked.append(None)
        raise MemoryLimitError(limit=2 << 20)

    with monkeypatch.context() as patch:
        patch.setattr(vm._bridge.lending, "count_deliveries", refuse)
        assert vm.eval(f"{FILL} for (let i = 0; i < 500; i++) try {{ fail() }} catch {{}} ; 1") == 1
    assert len(asked) == 1
    vm.eval("delete globalThis.fill")
    assert sum(lent(vm)) <= 1


def test_time_limit_while_calls_that_wait_are_looked_at_confuses_no_functions(
    vm: VM, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first() -> str:
        return "first"

    names = vm.eval("(...functions) => functions.map(each => each())")
    names(first)

    def late() -> None:
        raise TimeLimitError(limit=1.0)

    with monkeypatch.context() as patch:
        patch.setattr(vm._bridge.pending_calls, "refresh", late)
        with pytest.raises(TimeLimitError):
            names(lambda: "late")
    assert names(lambda: "new", first) == ["new", "first"]


def test_call_that_could_not_be_looked_at_is_looked_at_later(vm: VM, monkeypatch: pytest.MonkeyPatch) -> None:
    vm.expose("later", pending)
    vm.eval("later(1); later(2)")

    def late(*arguments: object) -> None:
        raise TimeLimitError(limit=1.0)

    with monkeypatch.context() as patch:
        patch.setattr(vm._bridge.lending, "called", late)
        with pytest.raises(TimeLimitError):
            len(vm.pending)
    calls = vm.pending
    assert [call.args for call in calls] == [(1,), (2,)]
    for call in calls:
        call.resolve(None)


# ---- numbers


def test_numbers_begin_again_and_pass_over_those_in_use(vm: VM) -> None:
    vm.globals["callable"] = raise_another
    vm.globals["error"] = error = ValueError("x")
    vm._bridge.instance.control.next_host_reference = 2**32 - 1
    vm.globals["errors"] = errors = [ValueError(str(number)) for number in range(4)]
    assert vm.eval("callable") is raise_another
    assert vm.eval("error") is error
    assert all(one is other for one, other in zip(vm.eval("errors"), errors, strict=True))
    del vm.globals["callable"], vm.globals["error"], vm.globals["errors"]
    assert lent(vm) == (0, 0)


def test_function_with_a_large_number_is_freed(vm: VM) -> None:
    vm._bridge.instance.control.next_host_reference = 2**31
    vm.eval("value => 1")(lambda: 1)
    assert lent(vm) == (0, 0)
