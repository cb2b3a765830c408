"""Hostile programs: promises and thenables that lie, floods of jobs and timers, calls that come too late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hostile import arm

from snapjs import CapabilityError, ClosedError, JSError, Promise, Sandbox, TimeLimitError

MakeSandbox = Callable[..., Sandbox]

THENABLES = {
    "one that resolves twice": ("({ then(resolve) { resolve(1); resolve(2) } })", 1),
    "one that resolves and rejects": ("({ then(resolve, reject) { resolve(1); reject(2) } })", 1),
    "one that resolves and throws": ("({ then(resolve) { resolve(1); throw 2 } })", 1),
    "one whose getter changes": (
        "({ n: 0, get then() { return this.n++ ? undefined : resolve => resolve(this.n) } })",
        1,
    ),
    "one that resolves with a thenable": ("({ then(resolve) { resolve({ then(again) { again(3) } }) } })", 3),
    "one that resolves with a capability": ("(async () => (await { then: resolve => resolve(host.one) })())()", 1),
    "a capability as then": ("(async () => typeof await { then: host.call })()", "function"),
    "a capability that gets resolve": ("({ then: resolve => host.call(resolve, 7) })", 7),
    "a subclass of Promise": ("(class extends Promise {}).resolve(4)", 4),
    "a promise with a then of its own": ("Object.assign(Promise.resolve(1), { then(resolve) { resolve(5) } })", 1),
    "a promise whose constructor lies": (
        "Object.defineProperty(Promise.resolve(1), 'constructor', { get() { return undefined } })",
        1,
    ),
}


@pytest.mark.parametrize(("thenable", "expected"), THENABLES.values(), ids=THENABLES.keys())
def test_awaited(any_sandbox: Sandbox, thenable: str, expected: Any) -> None:
    arm(any_sandbox)
    assert asyncio.run(any_sandbox.eval_async(f"await {thenable}")) == expected


@pytest.mark.abandons("the promise is never settled")
@pytest.mark.parametrize("thenable", ["new Promise(() => {})", "{ then() {} }"], ids=["promise", "thenable"])
def test_never_settled_ends_at_the_timeout(any_sandbox: Sandbox, thenable: str) -> None:
    with pytest.raises(TimeLimitError):
        asyncio.run(any_sandbox.eval_async(f"setTimeout(() => {{}}, 1e6); await ({thenable})", timeout=0.05))


def test_promise_that_resolves_with_itself(any_sandbox: Sandbox) -> None:
    code = "let own = new Promise(resolve => queueMicrotask(() => resolve(own))); own"
    with pytest.raises(JSError, match="TypeError"):
        any_sandbox.eval(f"(() => {{ {code.replace('; own', '; return own')} }})()")


def test_thenable_given_to_python_is_not_run(any_sandbox: Sandbox) -> None:
    arm(any_sandbox)
    assert any_sandbox.eval("{ let ran = 0; host.echo({ then() { ran++ } }); ran }") == 0


def test_thenable_as_the_result_of_an_async_capability_runs_as_the_guest(any_sandbox: Sandbox) -> None:
    arm(any_sandbox)
    code = "await host.later({ then: resolve => resolve('mine') })"
    assert asyncio.run(any_sandbox.eval_async(code)) == "mine"


@pytest.mark.parametrize("patch", ["Promise.prototype.then", "Promise.resolve", "Promise.prototype.constructor"])
def test_async_capability_where_promises_are_patched(make_sandbox: MakeSandbox, patch: str) -> None:
    sandbox = arm(make_sandbox(isolated=True))
    code = f"{patch} = () => {{ throw new Error('patched') }}; await host.later(3)"
    assert asyncio.run(sandbox.eval_async(code)) == 3


def test_promise_whose_then_is_patched_is_observed_by_the_host(any_sandbox: Sandbox) -> None:
    code = "Object.assign(Promise.resolve('true'), { then(resolve) { resolve('forged') } })"
    assert any_sandbox.eval(code) == "true"


# ---- floods

FLOODS = {
    "microtasks that make microtasks": "(function f() { Promise.resolve().then(f) })()",
    "microtasks by queueMicrotask": "(function f() { queueMicrotask(f) })()",
    "an async function that awaits for ever": "(async () => { for (;;) await null })()",
    "async generators that await each other": "(async () => { for await (const x of (async function* () { for (;;) yield 1 })()); })()",
    "thenables that resolve with thenables": "(function f(resolve) { Promise.resolve({ then: f }) })()",
    "a finalizer of a finalizer": "(function f() { Promise.resolve().finally(f) })()",
    "tasks of a MessageChannel": """{
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => port2.postMessage(1)
        port2.postMessage(1)
        new Promise(() => {})
    }""",
    "timers of no time that set timers": "(function f() { setTimeout(f) })(); new Promise(() => {})",
    "an interval of no time": "setInterval(() => {}, 0); new Promise(() => {})",
    "a hundred thousand timers": "for (let i = 0; i < 1e5; i++) setTimeout(() => {}, i); new Promise(() => {})",
    "events that dispatch events": """{
        const target = new EventTarget()
        target.addEventListener("x", () => queueMicrotask(() => target.dispatchEvent(new Event("x"))))
        target.dispatchEvent(new Event("x"))
    }""",
    "streams that pull without end": "new ReadableStream({ pull(c) { c.enqueue(1) } }).pipeTo(new WritableStream())",
}


@pytest.mark.parametrize("program", FLOODS.values(), ids=FLOODS.keys())
@pytest.mark.parametrize("isolated", [True, "memory"], ids=["isolated", "memory"])
def test_flood_ends_at_the_timeout(make_sandbox: MakeSandbox, isolated: Any, program: str) -> None:
    sandbox = arm(make_sandbox(isolated=isolated, memory_limit=64 << 20))
    with pytest.raises(TimeLimitError):
        asyncio.run(sandbox.eval_async(f"{program}; await new Promise(() => {{}})", timeout=0.1))
    assert sandbox.eval("host.one()") == 1


@pytest.mark.abandons("what the flood has left in the shared world")
@pytest.mark.parametrize("program", list(FLOODS.values())[:3], ids=list(FLOODS)[:3])
def test_flood_of_microtasks_does_not_reach_the_next_eval(sandbox: Sandbox, program: str) -> None:
    with pytest.raises(TimeLimitError):
        sandbox.eval(program, timeout=0.1)
    assert sandbox.eval("1", timeout=5) == 1


# ---- calls that come too late


def test_call_after_close_is_refused(any_sandbox: Sandbox) -> None:
    arm(any_sandbox)
    any_sandbox.register("close", any_sandbox.close)
    with pytest.raises(ClosedError, match="a sandbox that is closed"):
        any_sandbox.eval("host.close(); host.one()")
    with pytest.raises(ClosedError, match="This sandbox is closed"):
        any_sandbox.eval("1")


def test_call_in_a_callback_after_close_is_refused(any_sandbox: Sandbox) -> None:
    arm(any_sandbox)

    def close_and_call(function: Callable[[], Any]) -> Any:
        any_sandbox.close()
        return function()

    any_sandbox.register("closeAndCall", close_and_call)
    with pytest.raises(ClosedError):
        any_sandbox.eval("host.closeAndCall(() => host.one())")


def test_close_by_another_thread_takes_the_capabilities_away(any_sandbox: Sandbox) -> None:
    from threading import Thread

    arm(any_sandbox)

    def close_elsewhere() -> None:
        thread = Thread(target=any_sandbox.close)
        thread.start()
        thread.join()

    any_sandbox.register("close", close_elsewhere)
    with pytest.raises(ClosedError):
        any_sandbox.eval("host.close(); host.one()")
    with pytest.raises(ClosedError):
        any_sandbox.eval("1")


def test_audit_sees_a_call_after_close(make_sandbox: MakeSandbox) -> None:
    outcomes: list[tuple[str, str]] = []
    sandbox = make_sandbox(isolated=True, audit=lambda call: outcomes.append((call.name, call.outcome)))
    arm(sandbox)
    sandbox.register("close", sandbox.close)
    with pytest.raises(ClosedError):
        sandbox.eval("host.close(); host.one()")
    assert outcomes == [("close", "returned"), ("one", "refused")]


def test_async_call_after_close_never_begins(any_sandbox: Sandbox) -> None:
    begun: list[int] = []

    async def note() -> None:
        begun.append(1)

    async def close() -> None:
        any_sandbox.close()

    any_sandbox.register("note", note)
    any_sandbox.register("close", close)
    with pytest.raises(ClosedError):
        asyncio.run(any_sandbox.eval_async("await host.close().then(() => host.note(), () => host.note())"))
    assert begun == []


@pytest.mark.parametrize("isolated", [True, "memory"])
def test_async_call_that_nobody_awaits_is_cancelled_with_its_world(make_sandbox: MakeSandbox, isolated: Any) -> None:
    sandbox = make_sandbox(isolated=isolated)
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    sandbox.register("wait", wait)

    async def run() -> None:
        await sandbox.eval_async("host.wait(); await null; 1")
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(run())
    assert ended == ["cancelled"]


@pytest.mark.parametrize("isolated", [True, "memory"])
def test_promise_of_a_discarded_world(make_sandbox: MakeSandbox, isolated: Any) -> None:
    sandbox = make_sandbox(isolated=isolated)
    kept: list[Promise] = []
    sandbox.register("keep", kept.append)
    sandbox.eval("host.keep(new Promise(resolve => { globalThis.resolve = resolve })); 0")
    with pytest.raises(ClosedError, match="world is discarded after each eval"):
        kept[0].result()


@pytest.mark.parametrize("isolated", [True, "memory"])
def test_resolve_that_python_kept_is_gone_with_its_world(make_sandbox: MakeSandbox, isolated: Any) -> None:
    sandbox = make_sandbox(isolated=isolated)
    kept: list[Any] = []
    sandbox.register("keep", kept.append)
    sandbox.eval("new Promise(resolve => host.keep(resolve)); 0")
    with pytest.raises(ClosedError, match="world is discarded after each eval"):
        kept[0](1)


def test_restore_within_an_eval_is_refused(make_sandbox: MakeSandbox) -> None:
    from snapjs import BusyError

    sandbox = make_sandbox()
    snapshot = sandbox.snapshot()
    sandbox.register("restore", lambda: sandbox.restore(snapshot))
    with pytest.raises(BusyError, match="An eval is running"):
        sandbox.eval("globalThis.x = 1; host.restore()")
    assert sandbox.eval("x") == 1


# ---- limits and races

LIMITED = {
    "an alias": "const alias = host.f; alias(); alias()",
    "a bound alias": "const alias = host.f.bind(null); alias(); alias()",
    "call and apply": "host.f.call(); host.f.apply()",
    "Reflect.apply": "Reflect.apply(host.f, null, []); Reflect.apply(host.f, null, [])",
    "a proxy": "const alias = new Proxy(host.f, {}); alias(); alias()",
    "a callback": "host.call(() => host.f()); host.call(() => host.f())",
    "the capability itself as the callback": "host.call(host.f); host.call(host.f)",
    "a capability that came back": "host.echo(host.f)(); host.echo([host.f])[0]()",
    "a getter of an argument": "const o = { get a() { return host.f() } }; host.echo(o); host.echo(o)",
    "eval": "(0, eval)('host.f()'); eval('host.f()')",
    "Function": "Function('host.f()')(); Function('host.f()')()",
    "a generator": "for (const x of (function* () { yield host.f(); yield host.f() })());",
    "an array method": "[1, 2].forEach(host.f)",
    "a comparison": "[1, 2, 3].sort((a, b) => host.f())",
    "a replacement": "'aa'.replace(/a/g, host.f)",
    "a conversion": "const o = { valueOf: host.f }; +o; +o",
    "a tagged template": "host.f`a`; host.f`a`",
    "an exception that is caught": "try { host.f() } catch {} try { throw host.f() } catch (error) { if (error !== 1) throw error }",
    "refused arguments": "host.f(); try { host.f(1) } finally { host.f(2) }",
}


@pytest.mark.parametrize("program", LIMITED.values(), ids=LIMITED.keys())
@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_max_calls_holds_through(make_sandbox: MakeSandbox, isolated: bool, program: str) -> None:
    sandbox = arm(make_sandbox(isolated=isolated))
    calls: list[int] = []
    sandbox.register("f", lambda *_: calls.append(1) or 1, max_calls=1)
    with pytest.raises(CapabilityError, match="max_calls allows no more"):
        sandbox.eval(f"(() => {{ {program} }})()")
    assert calls == [1]


ASYNC_LIMITED = {
    "at once": "const calls = [host.f(), host.f()]; await Promise.allSettled(calls); await calls[1]",
    "after an await": "await host.f(); await null; await host.f()",
    "in a microtask": "await host.f(); await new Promise((resolve, reject) => queueMicrotask(() => host.f().then(resolve, reject)))",
    "after its own answer": "await host.f().then(() => host.f())",
    "as then": "await host.f(); await { then: (resolve, reject) => host.f().then(resolve, reject) }",
    "in an async generator": "for await (const x of (async function* () { yield host.f(); yield host.f() })());",
    "after a failure": "await host.f(); await host.fail2().catch(() => host.f())",
    "in a callback of a sync capability": "await host.f(); await host.call(() => host.f())",
}


@pytest.mark.parametrize("program", ASYNC_LIMITED.values(), ids=ASYNC_LIMITED.keys())
@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_max_calls_of_an_async_capability_holds(make_sandbox: MakeSandbox, isolated: bool, program: str) -> None:
    sandbox = arm(make_sandbox(isolated=isolated))
    calls: list[int] = []

    async def f() -> int:
        calls.append(1)
        await asyncio.sleep(0)
        return 1

    async def fail() -> None:
        raise LookupError

    sandbox.register("f", f, max_calls=1)
    sandbox.register("fail2", fail)
    with pytest.raises(CapabilityError, match="max_calls allows no more"):
        asyncio.run(sandbox.eval_async(f"await (async () => {{ {program} }})()"))
    assert calls == [1]
