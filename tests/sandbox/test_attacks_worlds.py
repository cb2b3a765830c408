"""Hostile programs: what one sandbox or one world might learn of another, or give to it; time and chance; names."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hostile import arm, failure_of, give_secret

from snapjs import CapabilityError, Sandbox, TimeLimitError, WrongVMError

MakeSandbox = Callable[..., Sandbox]

# ---- from one sandbox to another, by a store that both have

SMUGGLED = {
    "a capability": "host.secret",
    "a capability in data": "({ deep: [new Map([[1, host.secret]])] })",
    "an async capability": "host.secretAsync",
    "a function": "() => 1",
    "a promise": "Promise.resolve(1)",
    "a symbol": "Symbol('x')",
    "a proxy": "new Proxy({}, {})",
    "the global object": "globalThis",
    "the facade": "host",
    "an instance of a class": "new (class {})()",
    "a WeakRef": "new WeakRef({})",
    "a date out of Python's reach": "new Date(8.64e15)",
    "a function in an array": "[[[() => 1]]]",
}


@pytest.fixture
def two(make_sandbox: MakeSandbox) -> tuple[Sandbox, Sandbox]:
    """Sandboxes that share a store; only the first has a secret."""
    stored: list[Any] = []
    one, other = make_sandbox(), make_sandbox()
    for sandbox in (one, other):
        sandbox.register("put", stored.append)
        sandbox.register("take", stored.pop)
    give_secret(one)
    return one, other


@pytest.mark.abandons("frames of the refusal hold what was refused")
@pytest.mark.parametrize("value", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_other_sandbox_does_not_get(two: tuple[Sandbox, Sandbox], value: str) -> None:
    one, other = two
    one.eval(f"host.put({value}); 0")
    with pytest.raises(WrongVMError):
        other.eval("host.take(); 0")


def test_other_sandbox_gets_data(two: tuple[Sandbox, Sandbox]) -> None:
    one, other = two
    one.eval("host.put({ a: [1, new Date(0), new Map([[1, 2]])] }); 0")
    assert other.eval("host.take().a[2].get(1)") == 2


@pytest.mark.abandons("the other sandbox holds the error")
@pytest.mark.parametrize(
    "value", ["new Error('x', { cause: () => 1 })", "Object.assign(new Error('x'), { leak: () => 1 })"]
)
def test_other_sandbox_gets_an_error_without_what_is_in_it(two: tuple[Sandbox, Sandbox], value: str) -> None:
    one, other = two
    one.eval(f"host.put({value}); 0")
    code = "{ const error = host.take(); [error.message, typeof error.cause, typeof error.leak].join() }"
    assert other.eval(code) == "x,undefined,undefined"


@pytest.mark.parametrize("isolated", [True, "memory"])
def test_later_world_does_not_get_a_capability_of_an_earlier_one(make_sandbox: MakeSandbox, isolated: Any) -> None:
    sandbox = make_sandbox(isolated=isolated)
    kept: list[Any] = []
    sandbox.register("put", kept.append)
    sandbox.register("take", lambda: kept[-1])
    give_secret(sandbox)
    sandbox.eval("host.put(host.secret)")
    with pytest.raises(WrongVMError):
        sandbox.eval("host.take()")


def test_world_within_a_world_does_not_get_its_capability(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(isolated=True)
    inner = make_sandbox(isolated=True)
    inner.register("take", lambda: sandbox_function[0])
    sandbox_function: list[Any] = []

    def run(function: Any) -> Any:
        sandbox_function.append(function)
        return inner.eval("host.take()()")

    give_secret(sandbox)
    sandbox.register("run", run)
    with pytest.raises(WrongVMError):
        sandbox.eval("host.run(host.secret)")
    sandbox_function.clear()


def test_capability_given_to_python_can_be_called_there(any_sandbox: Sandbox) -> None:
    arm(any_sandbox)
    assert any_sandbox.eval("host.call(host.one)") == 1
    assert asyncio.run(any_sandbox.eval_async("await host.call(host.later, 4)")) == 4


def test_limits_hold_where_python_calls_an_async_capability(any_sandbox: Sandbox) -> None:
    arm(any_sandbox)

    async def one() -> int:
        return 1

    any_sandbox.register("limited", one, max_calls=1)
    code = "await host.call(host.limited); await host.call(host.limited)"
    with pytest.raises(CapabilityError, match="max_calls allows no more"):
        asyncio.run(any_sandbox.eval_async(code))


WITNESSES = {
    "globals": "globalThis.seen = (globalThis.seen ?? 0) + 1",
    "properties of built-in objects": "Math.seen = (Math.seen ?? 0) + 1",
    "registered symbols": "Object.prototype[Symbol.for('seen')] = ({})[Symbol.for('seen')] === undefined ? 1 : 2",
    "counters of the console": "host.lines(); console.count(); host.lines()",
    "marks of performance": "performance.mark('a'); performance.getEntriesByName('a').length",
    "ids of timers": "clearTimeout(setTimeout(() => {})); setTimeout(() => {}) | 0",
    "Error.stackTraceLimit": "Error.stackTraceLimit += 1",
}


@pytest.mark.parametrize("program", WITNESSES.values(), ids=WITNESSES.keys())
@pytest.mark.parametrize("isolated", [True, "memory"], ids=["isolated", "memory"])
def test_worlds_share_nothing_in(make_sandbox: MakeSandbox, isolated: Any, program: str) -> None:
    first, second = eval_twice(program, make_sandbox, isolated)
    assert first == second


@pytest.mark.abandons("the world is changed")
@pytest.mark.parametrize("program", WITNESSES.values(), ids=WITNESSES.keys())
def test_shared_world_keeps(make_sandbox: MakeSandbox, program: str) -> None:
    first, second = eval_twice(program, make_sandbox, False)
    assert first != second


def eval_twice(program: str, make_sandbox: MakeSandbox, isolated: Any) -> list[Any]:
    written: list[str] = []
    sandbox = make_sandbox(isolated=isolated, stdout=written.append)
    sandbox.register("lines", lambda: "".join(written[-1:]))
    results = []
    for _ in range(2):
        results.append(sandbox.eval(program))
        written.clear()
    return results


@pytest.mark.parametrize(("isolated", "received"), [(False, 1), (True, 0), ("memory", 0)])
def test_broadcast_reaches_its_own_world(make_sandbox: MakeSandbox, isolated: Any, received: int) -> None:
    sandbox = make_sandbox(isolated=isolated)
    sandbox.register(
        "post", lambda: sandbox.eval("{ const to = new BroadcastChannel('x'); to.postMessage(1); to.close() }")
    )
    program = """await (async () => {
        let received = 0
        const channel = new BroadcastChannel("x")
        channel.onmessage = () => { received++ }
        host.post()
        await new Promise(resolve => setTimeout(resolve))
        channel.close()
        return received
    })()"""
    assert asyncio.run(sandbox.eval_async(program)) == received


# ---- chance

CHANCE = {
    "Math.random": "Math.random()",
    "crypto.randomUUID": "crypto.randomUUID()",
    "crypto.getRandomValues": "[...crypto.getRandomValues(new Uint8Array(16))].join()",
    "crypto.subtle.generateKey": """crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"])
        .then(key => crypto.subtle.exportKey("raw", key)).then(raw => [...new Uint8Array(raw)].join())""",
}


@pytest.mark.parametrize("program", CHANCE.values(), ids=CHANCE.keys())
@pytest.mark.parametrize("resolution", [None, 3600.0], ids=["exact clock", "coarse clock"])
@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_chance_repeats_in_no_other_sandbox(
    make_sandbox: MakeSandbox, isolated: bool, resolution: float | None, program: str
) -> None:
    drawn = set()
    for _ in range(3):
        sandbox = make_sandbox(isolated=isolated, clock_resolution=resolution)
        drawn |= {asyncio.run(sandbox.eval_async(f"await ({program})")) for _ in range(2)}
    assert len(drawn) == 6


def test_random_bytes_of_a_session_that_is_opened_twice_differ(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox()
    snapshot = sandbox.snapshot()
    drawn = set()
    for _ in range(2):
        sandbox.restore(snapshot)
        drawn.add(sandbox.eval("crypto.randomUUID()"))
    assert len(drawn) == 2


# ---- time

CLOCKS = {
    "Date.now": "Date.now()",
    "new Date": "+new Date()",
    "performance.now": "performance.timeOrigin + performance.now()",
    "timeStamp of an event": "performance.timeOrigin + new Event('x').timeStamp",
    "startTime of a mark": "performance.timeOrigin + performance.mark('x').startTime",
    "lastModified of a file": "new File([], 'x').lastModified",
    "timeOrigin": "performance.timeOrigin",
}


@pytest.mark.abandons("marks stay")
@pytest.mark.parametrize("program", CLOCKS.values(), ids=CLOCKS.keys())
@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_clock_resolution_holds_in(make_sandbox: MakeSandbox, isolated: bool, program: str) -> None:
    sandbox = make_sandbox(isolated=isolated, clock=lambda: 1_700_000_000.789, clock_resolution=0.5)
    assert sandbox.eval(program) == 1_700_000_000_500


@pytest.mark.abandons("marks stay")
@pytest.mark.parametrize("program", CLOCKS.values(), ids=CLOCKS.keys())
@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_clock_resolution_holds_for_the_clock_of_the_host_in(
    make_sandbox: MakeSandbox, isolated: bool, program: str
) -> None:
    sandbox = make_sandbox(isolated=isolated, clock_resolution=10.0)
    assert sandbox.eval(program) % 10_000 == 0


def test_coarse_clock_does_not_move_while_a_program_runs(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox(clock_resolution=1e6)
    code = "{ const begun = performance.now(); for (let i = 0; i < 1e5; i++); performance.now() - begun }"
    assert sandbox.eval(code) == 0


# ---- names of capabilities

NAMES = [
    "__proto__",
    "constructor",
    "prototype.x",
    "a.__proto__.b",
    "hasOwnProperty",
    "then",
    "toString",
    "valueOf",
    "toJSON",
    "import",
    "fetch",
    "crypto",
    "host",
    "globalThis",
    "0",
    "-0",
    "a\0b",
    "\ud800",
    "length",
    "name",
    "x" * 10_000,
    ".".join("a" * 300),
]


@pytest.mark.abandons("a long name is an atom that stays")
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:20]))
def test_name_leads_to_its_own_function(any_sandbox: Sandbox, name: str) -> None:
    async def answer() -> str:
        return name

    any_sandbox.register(name, answer)
    any_sandbox.register("lend", lambda: answer_of_another)
    path = "".join(f"[{part!r}]" for part in name.split("."))

    async def answer_of_another() -> str:
        return "another"

    code = f"[await host{path}(), await host.lend()()].join('|')"
    assert asyncio.run(any_sandbox.eval_async(code)) == f"{name}|another"


@pytest.mark.parametrize("name", ["#1", "<import>", "<crypto>", "<fetch>"])
def test_name_that_calls_of_the_platform_have_is_refused(any_sandbox: Sandbox, name: str) -> None:
    with pytest.raises(ValueError, match="of snapjs itself"):
        any_sandbox.register(name, print)


# ---- limits that are attacked from several sides


def test_time_of_an_eval_counts_in_callbacks(any_sandbox: Sandbox) -> None:
    arm(any_sandbox)
    for program in (
        "host.callAndForget(() => { for (;;); }); for (;;);",
        "for (;;) host.callAndForget(() => { for (;;); })",
        "try { host.call(() => { for (;;); }) } catch {} finally { for (;;); }",
    ):
        with pytest.raises(TimeLimitError):
            any_sandbox.eval(program, timeout=0.1)


def test_time_of_an_eval_counts_in_evals_within(make_sandbox: MakeSandbox) -> None:
    sandbox = make_sandbox()
    sandbox.register("run", sandbox.eval)
    with pytest.raises(TimeLimitError):
        sandbox.eval("for (;;) try { host.run('for (;;);') } catch {}", timeout=0.1)


@pytest.mark.parametrize("isolated", [False, True], ids=["shared", "isolated"])
def test_late_calls_are_still_under_way(make_sandbox: MakeSandbox, isolated: bool) -> None:
    sandbox = make_sandbox(isolated=isolated)
    free = threading.Event()
    running: list[int] = []

    def wait() -> None:
        running.append(1)
        free.wait(60)

    sandbox.register("wait", wait, timeout=0.01, max_concurrent=2)
    messages = [sandbox.eval(failure_of("host.wait()")) for _ in range(4)]
    free.set()
    assert [message.split(":")[1][:12] for message in messages] == [" wait took l"] * 2 + [" wait is bei"] * 2
    assert len(running) == 2


def test_compiler_of_typescript_has_no_more_time_than_the_eval(any_sandbox: Sandbox) -> None:
    with pytest.raises(TimeLimitError):
        any_sandbox.eval("+".join(["1"] * 300_000), filename="bomb.ts", timeout=0.1)
    assert any_sandbox.eval("1 as number", filename="fine.ts") == 1
