"""Programs that need more than they may have fail alone: the worker and the other runs go on."""

from __future__ import annotations

import pytest
from workflow_desk import Desk

from snapjs import JSError
from snapjs.workflows import App, Status

POISON = {
    "an endless loop": ("for (;;);", "TimeLimitError"),
    "an endless loop after a wait": ("await sleep(0); for (;;);", "TimeLimitError"),
    "endless microtasks": ("const again = () => queueMicrotask(again); again(); await hook('go')", "TimeLimitError"),
    "microtasks that throw for ever": (
        "const again = () => { queueMicrotask(again); throw 1 }; queueMicrotask(again); await hook('go')",
        "TimeLimitError",
    ),
    "what is refused for ever": ("for (;;) try { await sleep('bad') } catch {}", "TimeLimitError"),
    "a loop that looks at nothing": ("new Array(1e9).join('x')", "TimeLimitError"),
    "too much memory": ("const all = []; for (;;) all.push(new Uint8Array(1e6))", "RangeError|InternalError"),
    "one thing that is too large": ("return new Uint8Array(2 ** 31).length", "RangeError|InternalError"),
    "endless recursion": ("const deep = n => deep(n + 1) + 1; return deep(0)", "RangeError"),
    "deep JSON": ("return JSON.parse('['.repeat(1e6))", "RangeError|SyntaxError"),
    "a getter that loops": ("return { get a() { for (;;); } }", "TimeLimitError"),
}


@pytest.fixture
def small(store: str, desk: Desk, make_desk: object) -> Desk:
    app = App(store, clock=desk.clock, turn_timeout=0.2, memory_limit=16 << 20)
    return make_desk(app)  # type: ignore[operator, no-any-return]


@pytest.mark.slow
@pytest.mark.parametrize("name", POISON)
def test_a_program_fails_alone(small: Desk, name: str) -> None:
    body, error = POISON[name]
    neighbour = small.start("return await hook('go')")
    small.settle()
    poisoned = small.start(body)
    small.settle()
    neighbour.deliver("go", "well")
    small.settle()

    with pytest.raises(JSError, match=error):
        poisoned.result(timeout=0.001)
    assert (poisoned.status, neighbour.result(timeout=0.001)) == (Status.FAILED, "well")


@pytest.mark.slow
def test_a_run_that_failed_so_can_be_looked_into(small: Desk) -> None:
    run = small.start("seen.push('before'); await hook('go'); for (;;);")
    small.settle()
    run.deliver("go")
    small.settle()

    assert run.status is Status.FAILED
    assert run.query("seen") == ["before"]


def test_a_microtask_that_throws_is_logged_and_ends_nothing(small: Desk) -> None:
    assert small.result("queueMicrotask(() => { throw 1 }); await Promise.resolve(); return 2") == 2


def test_a_rejection_that_nobody_handles_is_logged_and_ends_nothing(small: Desk) -> None:
    assert small.result("Promise.reject(new Error('lost')); await sleep(0); return 2") == 2


def test_a_program_that_writes_without_end_keeps_a_little(desk: Desk) -> None:
    run = desk.start("for (let n = 0; n < 200; n++) log('x'.repeat(10_000)); return 1")
    desk.settle()
    [(size,)] = desk.app._store._database._connection().execute("SELECT length(logs) FROM turns")

    assert run.result(timeout=0.001) == 1
    assert 1 << 20 < size < (1 << 20) + 20_000
