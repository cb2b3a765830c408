"""Hostile programs: errors that attack who reads them, and what errors of the host tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hostile import Failure, arm

from snapjs import ConversionError, JSError, LimitError, Sandbox, StackLimitError

MakeSandbox = Callable[..., Sandbox]

THROWN = {
    "a getter of message that throws": (
        "throw Object.defineProperty(new Error('x'), 'message', { get() { throw 1 } })",
        "Error",
    ),
    "a getter of stack that throws": (
        "throw Object.defineProperty(new Error('x'), 'stack', { get() { throw 1 } })",
        "Error",
    ),
    "a getter of name that throws": (
        "throw Object.defineProperty(new Error('x'), 'name', { get() { throw 1 } })",
        "Error",
    ),
    "a getter of cause that throws": (
        "throw Object.defineProperty(new Error('x'), 'cause', { get() { throw 1 } })",
        "Error",
    ),
    "a getter of errors that throws": (
        "throw Object.defineProperty(new AggregateError([]), 'errors', { get() { throw 1 } })",
        "AggregateError",
    ),
    "a getter of constructor that throws": (
        "throw Object.defineProperty(new Error('x'), 'constructor', { get() { throw 1 } })",
        "Error",
    ),
    "a getter that loops": (
        "throw Object.defineProperty(new Error('x'), 'message', { get() { for (;;); } })",
        "Error",
    ),
    "a message that is an object": (
        "throw Object.assign(new Error('x'), { message: { toString() { for (;;); } } })",
        "Error",
    ),
    "a name that is a symbol": ("throw Object.assign(new Error('x'), { name: Symbol('n') })", "Error"),
    "a stack that is no text": ("throw Object.assign(new Error('x'), { stack: { at: 1 } })", "TypeError"),
    "a message of sixteen megabytes": ("throw new Error('x'.repeat(1 << 24))", "Error"),
    "a name of a megabyte": ("throw Object.assign(new Error('x'), { name: 'N'.repeat(1 << 20) })", "N" * (1 << 20)),
    "a cause that is itself": ("const e = new Error('x'); e.cause = e; throw e", "Error"),
    "causes nested 100000 times": (
        "let e = new Error('x'); for (let i = 0; i < 1e5; i++) e = new Error('x', { cause: e }); throw e",
        "Error",
    ),
    "an AggregateError of a hundred thousand": (
        "throw new AggregateError(Array.from({ length: 1e5 }, () => new Error('x')), 'x')",
        "AggregateError",
    ),
    "AggregateErrors that double at each of 40 levels": (
        "let e = new Error('x'); for (let i = 0; i < 40; i++) e = new AggregateError([e, e], 'x'); throw e",
        "AggregateError",
    ),
    "an AggregateError that holds itself": (
        "const e = new AggregateError([], 'x'); e.errors.push(e); throw e",
        "AggregateError",
    ),
    "errors that are no array": ("throw Object.assign(new AggregateError([], 'x'), { errors: 5 })", "AggregateError"),
    "errors that are as many as arrays hold": (
        "throw Object.assign(new AggregateError([], 'x'), { errors: new Array(2 ** 32 - 1) })",
        "AggregateError",
    ),
    "a proxy of an error": ("throw new Proxy(new Error('x'), { get() { for (;;); } })", "Object"),
    "a revoked proxy": ("const p = Proxy.revocable(new Error('x'), {}); p.revoke(); throw p.proxy", "Object"),
    "an object that looks like an error": ("throw { name: 'TypeError', message: 'x', stack: 'y' }", "Object"),
    "undefined": ("throw undefined", "undefined"),
    "null": ("throw null", "object"),
    "a symbol": ("throw Symbol('x')", "symbol"),
    "a function": ("throw () => 1", "Function"),
    "a capability": ("throw host.one", "Function"),
    "the facade": ("throw host", "Object"),
    "a thenable": ("throw { then() { for (;;); } }", "Object"),
    "prepareStackTrace that throws": (
        "Error.prepareStackTrace = () => { throw 5 }; try { null.x } catch (e) { Error.prepareStackTrace = undefined; throw e }",
        "TypeError",
    ),
    "the name of an exception of Python": (
        "throw Object.assign(new Error('x'), { name: 'KeyboardInterrupt' })",
        "KeyboardInterrupt",
    ),
    "the name of an error of snapjs": (
        "throw Object.assign(new Error('x'), { name: 'MemoryLimitError' })",
        "MemoryLimitError",
    ),
    "a DOMException": ("throw new DOMException('x', 'QuotaExceededError')", "QuotaExceededError"),
}


@pytest.mark.abandons("Error.prepareStackTrace was there")
@pytest.mark.parametrize(("program", "name"), THROWN.values(), ids=THROWN.keys())
def test_thrown(sandbox: Sandbox, program: str, name: str) -> None:
    arm(sandbox)
    with pytest.raises(JSError) as caught:
        sandbox.eval(f"(() => {{ {program} }})()", timeout=60)
    assert caught.value.name == name
    assert sandbox.eval("host.one()") == 1


@pytest.mark.abandons("Error.prepareStackTrace was there")
@pytest.mark.parametrize(("program", "name"), THROWN.values(), ids=THROWN.keys())
def test_thrown_by_a_callback(make_sandbox: MakeSandbox, program: str, name: str) -> None:
    sandbox = arm(make_sandbox(isolated=True))
    code = f"{{ const thrown = () => {{ {program} }}; let own; try {{ thrown() }} catch (error) {{ own = error }}"
    code += " try { host.call(() => { throw own }) } catch (error) { error === own } }"
    assert sandbox.eval(code, timeout=60) is True


TOLD = {
    "its name": ("error.name", "Failure"),
    "its message": ("error.message", "it did not work"),
    "that it is an Error": ("error instanceof Error && error.constructor === Error", True),
    "nothing else": ("Reflect.ownKeys(error).sort().join()", "message,name"),
    "no cause": ("'cause' in error", False),
    "no frame of Python": ("/\\.py|File|line|Traceback/.test(error.stack)", False),
    "no path": ("/\\//.test(error.stack + error.message)", False),
    "no local": ("JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('a local of the host')", False),
    "no attribute": ("'__traceback__' in error || '__cause__' in error || 'args' in error", False),
}


@pytest.mark.parametrize(("question", "answer"), TOLD.values(), ids=TOLD.keys())
def test_exception_tells_a_program(any_sandbox: Sandbox, question: str, answer: Any) -> None:
    arm(any_sandbox)
    assert any_sandbox.eval(f"try {{ host.fail() }} catch (error) {{ {question} }}") == answer


def test_exception_of_an_async_capability_tells_no_cause(any_sandbox: Sandbox) -> None:
    async def fail() -> None:
        try:
            raise LookupError("/etc/secret")
        except LookupError as error:
            raise Failure("it did not work") from error

    any_sandbox.register("fail", fail)
    code = "await host.fail().catch(error => Reflect.ownKeys(error).join())"
    assert "cause" not in asyncio.run(any_sandbox.eval_async(code))


def test_group_of_exceptions_tells_its_message_alone(any_sandbox: Sandbox) -> None:
    def fail() -> None:
        raise ExceptionGroup("two failed", [LookupError("/etc/secret"), ValueError("/etc/secret")])

    any_sandbox.register("fail", fail)
    code = "try { host.fail() } catch (error) { [error.message, 'errors' in error, Reflect.ownKeys(error).length] }"
    assert any_sandbox.eval(code) == ["two failed (2 sub-exceptions)", False, 2]


def test_exception_with_notes_and_context_tells_neither(any_sandbox: Sandbox) -> None:
    def fail() -> None:
        try:
            raise LookupError("/etc/secret")
        except LookupError:
            error = Failure("it did not work")
            error.add_note("/etc/secret")
            raise error  # noqa: B904

    any_sandbox.register("fail", fail)
    code = "try { host.fail() } catch (error) { Reflect.ownKeys(error).map(key => String(error[key])).join() + error.stack }"
    assert "secret" not in any_sandbox.eval(code)


def test_exception_given_as_a_value_tells_no_cause(any_sandbox: Sandbox) -> None:
    error = Failure("it did not work")
    error.__cause__ = LookupError("/etc/secret")
    any_sandbox.register("get", lambda: [error])
    assert any_sandbox.eval("'cause' in host.get()[0]") is False


@pytest.mark.parametrize("name", ["__proto__", "constructor", "prototype", "RangeError", "SyntaxError", "a b", ""])
def test_exception_whose_class_has_a_name_that_tricks(any_sandbox: Sandbox, name: str) -> None:
    def fail() -> None:
        raise type(name, (Exception,), {})("x")

    any_sandbox.register("fail", fail)
    assert any_sandbox.eval("try { host.fail() } catch (error) { error instanceof Error && error.message }") == "x"


@pytest.mark.abandons("the call that was interrupted is never answered")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_end_of_the_process_is_not_caught(any_sandbox: Sandbox, kind: type[BaseException]) -> None:
    def end() -> None:
        raise kind

    async def end_async() -> None:
        raise kind

    any_sandbox.register("end", end)
    any_sandbox.register("endAsync", end_async)
    with pytest.raises(kind):
        any_sandbox.eval("try { host.end() } catch {} finally { for (;;); }")
    with pytest.raises(kind):
        asyncio.run(any_sandbox.eval_async("try { await host.endAsync() } catch { for (;;); }"))
    assert any_sandbox.eval("1") == 1


@pytest.mark.parametrize(
    "kind", [StopIteration, StopAsyncIteration, GeneratorExit, AssertionError, RecursionError, MemoryError]
)
def test_exception_that_python_uses_itself_comes_out(any_sandbox: Sandbox, kind: type[BaseException]) -> None:
    def fail() -> None:
        raise kind("x")

    any_sandbox.register("fail", fail)
    with pytest.raises(kind):
        any_sandbox.eval("host.fail()")
    assert any_sandbox.eval("1") == 1


def test_exception_that_cannot_be_shown(any_sandbox: Sandbox) -> None:
    class Unshown(Exception):
        def __str__(self) -> str:
            raise LookupError("/etc/secret")

    def fail() -> None:
        raise Unshown

    any_sandbox.register("fail", fail)
    with pytest.raises(Exception, match="cannot be had"):
        any_sandbox.eval("try { host.fail() } catch (error) { error.message }")
    assert any_sandbox.eval("1") == 1


DEEP = {
    "recursion through a capability": "(function f() { host.call(f) })()",
    "recursion through a capability that is caught": "(function f() { try { host.call(f) } catch { f() } })()",
    "a capability where the stack ends": "(function f() { try { f() } catch { host.call(() => 1) } ; throw 1 })()",
    "a getter where the stack ends": "(function f() { host.echo({ get a() { return f() } }) })()",
}


# The collector may run where the stack ends, and then so do the finalizers of other tests' objects.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.abandons("frames of the exception hold callbacks")
@pytest.mark.parametrize("program", DEEP.values(), ids=DEEP.keys())
def test_end_of_the_stack(any_sandbox: Sandbox, program: str) -> None:
    arm(any_sandbox)
    with pytest.raises((RecursionError, LimitError, JSError, ConversionError)):
        any_sandbox.eval(program, timeout=1)
    assert any_sandbox.eval("host.call(() => host.one())") == 1


def test_callback_where_the_stack_ends(any_sandbox: Sandbox) -> None:
    arm(any_sandbox)
    with pytest.raises(StackLimitError):
        any_sandbox.eval("host.call(function f() { f() })")
    assert any_sandbox.eval("host.callAndForget(function f() { f() })") == "StackLimitError"
