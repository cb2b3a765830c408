"""Capabilities: the facade, errors, types, the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hostile import failure_of

from snapjs import CapabilityCall, JSError, Sandbox

MakeSandbox = Callable[..., Sandbox]


# ---- the facade


def test_dotted_names_make_a_facade(any_sandbox: Sandbox) -> None:
    any_sandbox.register("db.users.find", lambda number: number + 1)
    any_sandbox.register("db.users.count", lambda: 7)
    any_sandbox.register("now", lambda: 3)
    assert any_sandbox.eval("[host.db.users.find(1), host.db.users.count(), host.now()]") == [2, 7, 3]
    assert any_sandbox.eval("[Object.keys(host), Object.keys(host.db), Object.keys(host.db.users)]") == [
        ["db", "now"],
        ["users"],
        ["find", "count"],
    ]


def test_facade_is_there_without_capabilities(any_sandbox: Sandbox) -> None:
    assert any_sandbox.eval("Object.keys(host)") == []


@pytest.mark.parametrize(
    "change",
    [
        "host.more = 1",
        "host.db.more = 1",
        "host.db.find = 1",
        "host.db.find.more = 1",
        "delete host.db",
        "delete host.db.find",
        "Object.setPrototypeOf(host.db, {})",
        "Object.defineProperty(host.db, 'find', { value: 1 })",
        "host = 1",
        "delete globalThis.host",
        "Object.defineProperty(globalThis, 'host', { value: 1 })",
        "Object.defineProperty(globalThis, 'host', { get() {} })",
    ],
)
def test_facade_is_frozen(any_sandbox: Sandbox, change: str) -> None:
    any_sandbox.register("db.find", lambda: 1)
    assert any_sandbox.eval(f"'use strict'; {failure_of(change)}").startswith("TypeError")
    assert any_sandbox.eval("host.db.find()") == 1


def test_objects_of_the_facade_inherit_nothing(any_sandbox: Sandbox) -> None:
    any_sandbox.register("db.find", lambda: 1)
    assert any_sandbox.eval("[Object.getPrototypeOf(host), Object.getPrototypeOf(host.db), 'toString' in host]") == [
        None,
        None,
        False,
    ]


@pytest.mark.parametrize("name", ["__proto__", "constructor", "a.__proto__.b", "prototype.x", "then", "größe.$ 1"])
def test_any_name_is_a_property(any_sandbox: Sandbox, name: str) -> None:
    any_sandbox.register(name, lambda: 5)
    access = "".join(f"[{part!r}]" for part in name.split("."))
    assert any_sandbox.eval(f"host{access}()") == 5
    assert any_sandbox.eval("[typeof {}.b, typeof {}.x]") == ["undefined", "undefined"]


def test_registered_after_an_eval(any_sandbox: Sandbox) -> None:
    any_sandbox.register("a", lambda: 1)
    assert any_sandbox.eval("host.a()") == 1
    any_sandbox.register("b", lambda: 2)
    assert any_sandbox.eval("[host.a(), host.b(), Object.isFrozen(host)]") == [1, 2, True]


def test_built_ins_that_were_changed_do_not_reach_a_later_facade(sandbox: Sandbox) -> None:
    sandbox.eval(
        """{
        globalThis.kept = [Object.freeze, Object.defineProperty]
        Object.freeze = Object.defineProperty = () => { throw new Error("changed") }
        Object.prototype.get = () => 1
        Object.defineProperty = function () {}
        }"""
    )
    sandbox.register("db.find", lambda: 1)
    assert sandbox.eval("[host.db.find(), Object.isFrozen(host.db)]") == [1, True]
    sandbox.eval("[Object.freeze, Object.defineProperty] = kept; delete Object.prototype.get")


def test_name_stands_for_the_new_function(any_sandbox: Sandbox) -> None:
    any_sandbox.register("f", lambda: 1)
    assert any_sandbox.eval("host.f()") == 1
    any_sandbox.register("f", lambda: 2)
    assert any_sandbox.eval("host.f()") == 2


@pytest.mark.parametrize("name", ["", ".", "a.", ".a", "a..b"])
def test_name_without_something_between_dots_is_refused(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(ValueError, match="between its dots"):
        sandbox.register(name, print)


def test_name_that_leads_through_another_is_refused(sandbox: Sandbox) -> None:
    sandbox.register("a.b", print)
    for name in ("a", "a.b.c"):
        with pytest.raises(ValueError, match="one leads through the other"):
            sandbox.register(name, print)


def test_what_cannot_be_called_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(TypeError, match="a capability is a callable, not int"):
        sandbox.register("a", 1)  # type: ignore[arg-type]


# ---- errors


def test_exception_is_itself_again(any_sandbox: Sandbox) -> None:
    error = KeyError("x")

    def f() -> None:
        raise error

    any_sandbox.register("f", f)
    with pytest.raises(KeyError) as caught:
        any_sandbox.eval("host.f()")
    assert caught.value is error


def test_capability_that_comes_back_shows_its_name_alone(any_sandbox: Sandbox) -> None:
    any_sandbox.register("db.find", len)
    assert repr(any_sandbox.eval("host")) == "{'db': {'find': <capability db.find>}}"


def test_refusal_says_where_the_call_is(sandbox: Sandbox) -> None:
    sandbox.register("f", lambda text: None, types="(text: string) => void")
    with pytest.raises(JSError) as caught:
        sandbox.eval("function caller() { host.f(1) }\ncaller()", filename="app.js")
    assert caught.value.stack == "    at f (native)\n    at caller (app.js:1:25)\n    at <eval> (app.js:2:1)\n"


def test_errors_cross_every_boundary(sandbox: Sandbox) -> None:
    error = LookupError("deep")

    def descend(depth: int, step: Callable[[int], Any]) -> Any:
        if not depth:
            raise error
        return step(depth - 1)

    sandbox.register("descend", descend)
    with pytest.raises(LookupError) as caught:
        sandbox.eval("(function step(depth) { return host.descend(depth, step) })(10)")
    assert caught.value is error
    assert "JavaScript stack" in "".join(caught.value.__notes__)
    error.__traceback__ = None
    del caught


# ---- audit


def test_audit_sees_every_call(make_sandbox: MakeSandbox) -> None:
    calls: list[CapabilityCall] = []
    sandbox = make_sandbox(audit=calls.append)

    def fail() -> None:
        raise ValueError("no")

    sandbox.register("add", lambda a, b: a + b, max_calls=1)
    sandbox.register("fail", fail)
    sandbox.eval("host.add(1, 2); try { host.add(3, 4) } catch {} try { host.fail() } catch {}")
    assert [(call.name, call.arguments, call.outcome, repr(call.error)) for call in calls] == [
        ("add", (1, 2), "returned", "None"),
        (
            "add",
            (3, 4),
            "refused",
            "CapabilityError('add was called 1 time in this eval, and max_calls allows no more. Call it less often, or register it with a higher limit.')",
        ),
        ("fail", (), "raised", "ValueError('no')"),
    ]
    assert all(call.seconds >= 0 for call in calls)
    calls.clear()


def test_audit_sees_async_calls_and_those_that_are_cancelled(make_sandbox: MakeSandbox) -> None:
    calls: list[CapabilityCall] = []
    sandbox = make_sandbox(audit=calls.append)

    async def wait(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    sandbox.register("wait", wait)

    async def run() -> None:
        await sandbox.eval_async("await host.wait(0)")
        task = asyncio.create_task(sandbox.eval_async("await host.wait(60)"))
        while not sandbox._worlds and not sandbox._shared().vm.pending:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)

    asyncio.run(run())
    assert [(call.arguments, call.outcome) for call in calls] == [((0,), "returned"), ((60,), "cancelled")]
    calls.clear()


def test_audit_that_fails_is_thrown(make_sandbox: MakeSandbox) -> None:
    def audit(call: CapabilityCall) -> None:
        raise RuntimeError("the log is full")

    sandbox = make_sandbox(audit=audit)
    sandbox.register("f", lambda: 1)
    with pytest.raises(RuntimeError, match="the log is full"):
        sandbox.eval("host.f()")


def test_audit_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="audit takes a callable, not int"):
        Sandbox(audit=1)  # type: ignore[arg-type]


def test_javascript_error_from_a_callback_reaches_javascript_as_itself(sandbox: Sandbox) -> None:
    sandbox.register("call", lambda function: function())
    assert sandbox.eval(
        "{ const error = new RangeError('x'); try { host.call(() => { throw error }) } catch (e) { e === error } }"
    )


def test_javascript_error_in_python(sandbox: Sandbox) -> None:
    with pytest.raises(JSError, match="RangeError: x"):
        sandbox.eval("throw new RangeError('x')")


# ---- types


def test_argument_that_does_not_fit_is_a_type_error_that_names_it(any_sandbox: Sandbox) -> None:
    called: list[Any] = []
    any_sandbox.register("db.find", called.append, types="(id: number) => void")
    code = "try { host.db.find('1') } catch (error) { [error instanceof TypeError, error.message] }"
    assert any_sandbox.eval(code) == [True, "db.find: id must be a number, not a string"]
    assert called == []


def test_refusal_that_nobody_catches_is_an_error_of_javascript(any_sandbox: Sandbox) -> None:
    any_sandbox.register("db.find", lambda number: number, types="(id: number) => number")
    with pytest.raises(JSError, match="id must be a number, not a string") as caught:
        any_sandbox.eval("host.db.find('1')")
    assert caught.value.name == "TypeError"


def test_hints_count_without_types(any_sandbox: Sandbox) -> None:
    def repeat(text: str, count: int = 2, *, upper: bool = False) -> str:
        return (text.upper() if upper else text) * count

    any_sandbox.register("repeat", repeat)
    assert any_sandbox.eval("[host.repeat('a'), host.repeat('a', 3), host.repeat('a', 1, { upper: true })]") == [
        "aa",
        "aaa",
        "A",
    ]


def test_types_that_name_what_nobody_declares(any_sandbox: Sandbox) -> None:
    any_sandbox.register("db.users.find", lambda number: {"id": number}, types="(id: number) => Promise<User>")
    assert any_sandbox.eval("host.db.users.find(3)") == {"id": 3}
    assert any_sandbox.eval("host.db.users.find(3) instanceof Promise") is True


def test_refusal_is_a_rejection_where_types_promise(any_sandbox: Sandbox) -> None:
    any_sandbox.register("find", lambda number: number, types="(id: number) => Promise<number>")
    assert any_sandbox.eval("host.find('1').catch(error => error.name)") == "TypeError"


def test_types_that_are_none_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="find: "):
        sandbox.register("find", print, types="number")
    assert sandbox.manifest() == []


def test_what_there_is(sandbox: Sandbox) -> None:
    def find(number: int) -> str:
        """The name of a user."""
        return str(number)

    sandbox.register("db.find", find, max_calls=2)
    (entry,) = sandbox.manifest()
    assert (entry["name"], entry["doc"], entry["types"], entry["is_async"], entry["limits"]) == (
        "db.find",
        "The name of a user.",
        "(number: number) => string",
        False,
        {"max_calls": 2},
    )
    assert "readonly find: (number: number) => string" in sandbox.dts()
    assert sandbox.describe() == (
        "These functions of the host can be called. Await those that return a promise.\n\n"
        "host.db.find: (number: number) => string\n    The name of a user.\n    At most: 2 calls an eval.\n"
    )
