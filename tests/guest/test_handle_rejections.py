"""Rejections that nobody handles: who is told, when, of what, and how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from moving import moved

import snapjs
from snapjs import VM, Handle, Snapshot

MakeVM = Callable[..., VM]


class Reports:
    """An `on_unhandled_rejection` that keeps what it was told."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, bool]] = []

    def __call__(self, promise: Handle, reason: Handle, handled: bool) -> None:
        assert (type(promise), promise.is_promise, promise.promise_state) == (Handle, True, 2)
        self.seen.append((reason.get_prop("message").to_string() if reason.is_error else reason.to_python(), handled))


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def vm(make_vm: MakeVM, reports: Reports) -> VM:
    return make_vm(on_unhandled_rejection=reports)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("Promise.reject('plain')", "plain"),
        ("Promise.reject(new Error('an error'))", "an error"),
        ("Promise.reject()", snapjs.undefined),
        ("Promise.reject(null)", None),
        ("Promise.reject({ a: 1 })", {"a": 1}),
        ("new Promise((_, reject) => reject(5))", 5),
        ("new Promise(() => { throw 'thrown' })", "thrown"),
        ("(async () => { throw 'async' })()", "async"),
        ("(async () => { await null; throw 'later' })()", "later"),
        ("Promise.resolve().then(() => { throw 'in then' })", "in then"),
        ("Promise.reject('first').finally(() => {})", "first"),
    ],
)
def test_rejection_is_reported(vm: VM, reports: Reports, code: str, reason: Any) -> None:
    vm.eval(code)
    assert reports.seen == [(reason, False)]


@pytest.mark.parametrize(
    "code",
    [
        "Promise.resolve(1)",
        "Promise.reject(1).catch(() => {})",
        "Promise.reject(1).then(null, () => {})",
        "(async () => { try { await Promise.reject(1) } catch {} })()",
        "Promise.allSettled([Promise.reject(1), Promise.reject(2)])",
        "{ const p = Promise.reject(1); Promise.resolve().then(() => p.catch(() => {})) }",
        "new Promise(() => {})",
    ],
)
def test_what_is_handled_is_not_reported(vm: VM, reports: Reports, code: str) -> None:
    vm.eval(code)
    assert reports.seen == []


def test_rejection_waits_for_the_jobs_of_its_turn(vm: VM, reports: Reports) -> None:
    vm.eval_handle("Promise.reject('waiting'); Promise.resolve().then(() => {}); 0").dispose()
    assert reports.seen == []
    vm.execute_pending_jobs()
    assert reports.seen == [("waiting", False)]


def test_handler_in_the_same_turn_at_the_handle_operations(vm: VM, reports: Reports) -> None:
    handler = vm.eval("() => {}")
    with vm.eval_handle("Promise.resolve().then(() => {}); Promise.reject('caught in time')") as promise:
        vm.promise_then_raw(promise, None, handler)
    vm.execute_pending_jobs()
    assert reports.seen == []


def test_handler_that_comes_late(vm: VM, reports: Reports) -> None:
    vm.eval("globalThis.p = Promise.reject('late')")
    assert reports.seen == [("late", False)]
    vm.eval("p.catch(() => {})")
    assert reports.seen == [("late", False), ("late", True)]


@pytest.mark.parametrize(
    "handle", ["p.then(() => {}, () => {})", "(async () => { try { await p } catch {} })()", "Promise.allSettled([p])"]
)
def test_every_kind_of_late_handler(vm: VM, reports: Reports, handle: str) -> None:
    vm.eval("globalThis.p = Promise.reject('late')")
    vm.eval(handle)
    assert reports.seen == [("late", False), ("late", True)]


def test_second_late_handler_is_not_reported(vm: VM, reports: Reports) -> None:
    vm.eval("globalThis.p = Promise.reject('late')")
    vm.eval("p.catch(() => {})")
    vm.eval("p.catch(() => {})")
    assert reports.seen == [("late", False), ("late", True)]


def test_late_handler_through_promise_then_raw(vm: VM, reports: Reports) -> None:
    promise = vm.eval_handle("globalThis.p = Promise.reject('late')")
    vm.execute_pending_jobs()
    vm.promise_then_raw(promise, None, vm.eval("() => {}"))
    vm.execute_pending_jobs()
    assert reports.seen == [("late", False), ("late", True)]


def test_late_handler_that_passes_it_on(vm: VM, reports: Reports) -> None:
    vm.eval("globalThis.p = Promise.reject('passed on')")
    vm.eval("p.then(() => {})")
    assert sorted(reports.seen) == [("passed on", False), ("passed on", False), ("passed on", True)]


def test_several_rejections_in_order(vm: VM, reports: Reports) -> None:
    vm.eval("for (const reason of 'abc') Promise.reject(reason)")
    assert reports.seen == [("a", False), ("b", False), ("c", False)]


def test_mark_promise_handled(vm: VM, reports: Reports) -> None:
    with vm.new_promise() as deferred:
        vm.mark_promise_handled(deferred.handle)
        deferred.reject("marked before")
        vm.execute_pending_jobs()
    with vm.eval_handle("Promise.resolve().then(() => {}); Promise.reject('marked after')") as promise:
        vm.mark_promise_handled(promise)
        vm.execute_pending_jobs()
    assert reports.seen == []


def test_mark_promise_handled_of_a_promise_object(vm: VM, reports: Reports) -> None:
    promise = vm.eval("new Promise((_, reject) => { globalThis.reject = reject })")
    vm.mark_promise_handled(promise)
    vm.eval("reject('marked')")
    assert reports.seen == []


@pytest.mark.parametrize("code", ["5", "({})", "undefined", "({ then() {} })", "() => 1"])
def test_mark_promise_handled_of_what_is_no_promise(vm: VM, reports: Reports, code: str) -> None:
    vm.mark_promise_handled(vm.eval_handle(code))
    assert reports.seen == []


def test_unmarked_deferred_is_reported(vm: VM, reports: Reports) -> None:
    with vm.new_promise() as deferred:
        deferred.reject("unhandled")
    vm.execute_pending_jobs()
    assert reports.seen == [("unhandled", False)]


def test_resolve_promise_handles(vm: VM, reports: Reports) -> None:
    promise = vm.eval_handle("Promise.resolve().then(() => { throw 'observed' })")
    error = vm.resolve_promise(promise).error
    assert error is not None
    assert (error.to_string(), reports.seen) == ("observed", [])


def test_reports_handles_may_be_kept(make_vm: MakeVM) -> None:
    kept: list[Handle] = []
    vm = make_vm(on_unhandled_rejection=lambda promise, reason, handled: kept.extend([promise, reason]))
    vm.eval("Promise.reject({ code: 7 })")
    assert (kept[0].promise_state, kept[1].get_prop("code").to_number()) == (2, 7)
    kept.clear()


def test_report_may_run_code(make_vm: MakeVM) -> None:
    def report(promise: Handle, reason: Handle, handled: bool) -> None:
        made[0].global_handle.set_prop("reported", reason)

    made = [make_vm(on_unhandled_rejection=report)]
    made[0].eval("Promise.reject('reason')")
    assert made[0].eval("reported") == "reason"


def test_report_that_raises_comes_out_of_the_call(make_vm: MakeVM) -> None:
    def report(promise: Handle, reason: Handle, handled: bool) -> None:
        raise LookupError(reason.to_string())

    vm = make_vm(on_unhandled_rejection=report)
    with pytest.raises(LookupError, match="reason"):
        vm.eval("Promise.reject('reason')")
    assert vm.eval("1") == 1


def test_report_that_raises_does_not_swallow_the_next(make_vm: MakeVM) -> None:
    seen: list[str] = []

    def report(promise: Handle, reason: Handle, handled: bool) -> None:
        seen.append(reason.to_string())
        if seen == ["first"]:
            raise LookupError

    vm = make_vm(on_unhandled_rejection=report)
    with pytest.raises(LookupError):
        vm.eval("Promise.reject('first'); Promise.reject('second')")
    vm.run_jobs()
    assert seen == ["first", "second"]


def test_without_a_callback_it_goes_to_stderr(make_vm: MakeVM) -> None:
    written: list[str] = []
    vm = make_vm(stderr=written.append)
    vm.eval("globalThis.p = Promise.reject(new RangeError('far'))")
    vm.eval("p.catch(() => {})")
    assert len(written) == 1
    assert written[0].startswith("Uncaught (in promise) RangeError: far\n")


# ---- across a snapshot


def test_rejection_after_a_restore(reports: Reports) -> None:
    vm = VM()
    vm.eval("var reject; var p = new Promise((_, r) => { reject = r })")
    with moved(vm, on_unhandled_rejection=reports) as restored:
        restored.eval("reject('after')")
        assert reports.seen == [("after", False)]
        restored.eval("p.catch(() => {})")
    assert reports.seen == [("after", False), ("after", True)]


def test_late_handler_after_a_restore(reports: Reports) -> None:
    first = Reports()
    vm = VM(on_unhandled_rejection=first)
    vm.eval("var p = Promise.reject('before')")
    with moved(vm, on_unhandled_rejection=reports) as restored:
        assert reports.seen == []
        restored.eval("p.catch(() => {})")
    assert (first.seen, reports.seen) == ([("before", False)], [("before", True)])


def test_rejection_that_waits_for_its_turn_is_reported_after_a_restore(reports: Reports) -> None:
    first = Reports()
    vm = VM(on_unhandled_rejection=first)
    vm.eval_handle("Promise.resolve().then(() => {}); Promise.reject('in between'); 0").dispose()
    with moved(vm, on_unhandled_rejection=reports) as restored:
        restored.execute_pending_jobs()
    assert (first.seen, reports.seen) == ([], [("in between", False)])


def test_mark_is_kept_by_a_snapshot(reports: Reports) -> None:
    vm = VM()
    vm.mark_promise_handled(vm.eval_handle("var reject; var p = new Promise((_, r) => { reject = r }); p"))
    with moved(vm, on_unhandled_rejection=reports) as restored:
        restored.eval("reject('marked')")
    assert reports.seen == []


def test_each_fork_reports_for_itself() -> None:
    with VM() as vm:
        vm.eval("var reject; var p = new Promise((_, r) => { reject = r })")
        snapshot = Snapshot.from_bytes(vm.snapshot().to_bytes())
    for number in range(2):
        reports = Reports()
        with VM.restore(snapshot, on_unhandled_rejection=reports) as fork:
            fork.eval(f"reject({number})")
        assert reports.seen == [(number, False)]
