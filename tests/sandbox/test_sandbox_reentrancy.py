"""Python calls JavaScript calls Python, as deep as the stack goes, and errors come back through all of it."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snapjs import ConversionError, Function, Sandbox, StackLimitError

Descend = Callable[[int, Function], Any]

DOWN = "(function step(depth) { return host.descend(depth, step) })"


@pytest.fixture
def error() -> Iterator[LookupError]:
    """What is raised at the bottom. Its traceback goes with the test, and the functions in it."""
    error = LookupError("deep")
    yield error
    error.__traceback__ = None


@pytest.fixture
def deep_python() -> Iterator[None]:
    """Python's own limit lies far away, so that the guest's stack ends first."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    nested: Any = str
    for _ in range(3_000):
        nested = (nested,)
    try:
        isinstance(None, nested)
    except RecursionError:
        pytest.skip("the first releases of Python 3.12 end calls in C after 1,500, and no program can raise that")
    else:
        yield
    finally:
        sys.setrecursionlimit(limit)


def descent(error: BaseException) -> Descend:
    def descend(depth: int, step: Function) -> Any:
        if not depth:
            raise error
        return step(depth - 1)

    return descend


def frames_of(error: BaseException, function: str) -> int:
    """In how many frames of its traceback this function ran."""
    return sum(frame.name == function for frame in traceback.extract_tb(error.__traceback__))


@pytest.mark.parametrize("depth", [0, 1, 40])
def test_error_comes_back_with_both_tracebacks(any_sandbox: Sandbox, error: LookupError, depth: int) -> None:
    any_sandbox.register("descend", descent(error))
    with pytest.raises(LookupError) as caught:
        any_sandbox.eval(f"{DOWN}({depth})")
    assert caught.value is error
    assert frames_of(error, "descend") == depth + 1
    assert "at step (<eval>:1:" in "".join(error.__notes__)


def test_javascript_error_comes_back_as_the_same_object(any_sandbox: Sandbox) -> None:
    def descend(depth: int, step: Function) -> Any:
        return step(depth - 1)

    any_sandbox.register("descend", descend)
    code = """
        let thrown, caught
        function step(depth) {
            if (!depth) throw thrown = new RangeError("deep")
            return host.descend(depth, step)
        }
        try { step(40) } catch (error) { caught = error }
        [caught === thrown, caught.stack.includes("at step")]
    """
    assert any_sandbox.eval(f"{{ {code} }}") == [True, True]


@pytest.mark.parametrize("depth", [0, 1, 40])
def test_error_comes_back_through_async_functions(any_sandbox: Sandbox, error: LookupError, depth: int) -> None:
    async def descend(depth: int, step: Function) -> Any:
        if not depth:
            raise error
        return await step(depth - 1)

    any_sandbox.register("descend", descend)
    code = f"await (async function step(depth) {{ return await host.descend(depth, step) }})({depth})"
    with pytest.raises(LookupError) as caught:
        asyncio.run(any_sandbox.eval_async(code))
    assert caught.value is error
    assert frames_of(error, "descend") == depth + 1


@pytest.mark.abandons("a handle that is being made where Python's stack ends stays with the guest")
@pytest.mark.parametrize("handling", ["throw error", "return error.name"])
def test_endless_calls_end_where_pythons_stack_ends(any_sandbox: Sandbox, handling: str) -> None:
    any_sandbox.register("again", lambda step: step())
    code = f"(function step() {{ try {{ return host.again(step) }} catch (error) {{ {handling} }} }})()"
    try:
        assert any_sandbox.eval(code) in ("RecursionError", "ConversionError")
    except (RecursionError, ConversionError):  # the latter where it ends while a value is converted
        assert handling == "throw error"
    assert any_sandbox.eval("1") == 1


@pytest.mark.usefixtures("deep_python")
@pytest.mark.parametrize("handling", ["throw error", "return error.name"])
def test_endless_calls_end_where_the_stack_of_the_guest_ends(any_sandbox: Sandbox, handling: str) -> None:
    any_sandbox.register("again", lambda step: step())
    code = f"(function step() {{ try {{ return host.again(step) }} catch (error) {{ {handling} }} }})()"
    try:
        assert any_sandbox.eval(code) == "StackLimitError"
    except StackLimitError:
        assert handling == "throw error"
    assert any_sandbox.eval("1") == 1


@pytest.mark.usefixtures("deep_python")
def test_error_comes_back_from_nearly_the_end_of_the_stack(any_sandbox: Sandbox, error: LookupError) -> None:
    reached = 0

    def measure(depth: int, step: Function) -> Any:
        nonlocal reached
        reached = depth
        return step(depth + 1)

    any_sandbox.register("descend", measure)
    with pytest.raises(StackLimitError):
        any_sandbox.eval(f"{DOWN}(0)")
    any_sandbox.register("descend", descent(error))
    with pytest.raises(LookupError) as caught:
        any_sandbox.eval(f"{DOWN}({reached - 20})")
    assert caught.value is error
    assert frames_of(error, "descend") == reached - 19


@pytest.mark.usefixtures("deep_python")
def test_calls_after_a_deep_one_have_the_stack_again(any_sandbox: Sandbox) -> None:
    def descend(depth: int, step: Function) -> Any:
        if not depth:
            return 0
        step(depth - 1)
        return step(0)

    any_sandbox.register("descend", descend)
    assert any_sandbox.eval(f"{DOWN}(150)") == 0
