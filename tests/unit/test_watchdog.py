"""Deadlines: the interrupt word, then the trap, and nothing after disarming."""

from __future__ import annotations

import ctypes
import math
import os
import subprocess
import sys
import threading
import time
from types import FrameType

import pytest
from small_guest import make

from snapjs._guest import watchdog
from snapjs._guest.library import TRAP_INTERRUPT
from snapjs._guest.raw import Trap


class Target:
    """Records requests; `withdrawn` can be waited for."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self.withdrawn = threading.Event()

    def request_trap(self) -> None:
        self.requested.set()

    def withdraw_trap(self) -> None:
        self.withdrawn.set()

    def run(self) -> bool:
        """Run until it is requested, as code does that does not poll, for at most 5 seconds."""
        end = time.monotonic() + 5
        while not self.requested.is_set() and time.monotonic() < end:
            pass
        return self.requested.is_set()


@pytest.fixture
def word() -> ctypes.c_uint32:
    return ctypes.c_uint32(0)


def test_word_is_set_at_the_deadline_and_the_trap_follows(word: ctypes.c_uint32) -> None:
    target = Target()
    start = time.monotonic()
    token = watchdog.arm(start + 0.02, ctypes.addressof(word), target)
    assert target.run()
    assert time.monotonic() - start >= 0.02 + watchdog.GRACE
    assert word.value == 1
    assert watchdog.disarm(token) is True
    assert target.withdrawn.is_set()


def test_polling_guest_is_stopped_by_the_word_alone() -> None:
    raw, _ = make(checked=True)
    token = watchdog.arm(time.monotonic() + 0.01, raw.base + 16, raw)
    raw.function("spin_until_word", 1, False)(16)
    assert watchdog.disarm(token) is True
    assert raw.trap_requests == 0
    assert raw.function("add", 2, True)(1, 2) == 3


def test_endless_loop_is_trapped_and_others_go_on() -> None:
    raw, _ = make(checked=True)
    other, _ = make(checked=True)
    release = threading.Event()
    results: list[int] = []

    def bystander() -> None:
        add = other.function("add", 2, True)
        while not release.is_set():
            results.append(add(1, 2))

    thread = threading.Thread(target=bystander)
    thread.start()
    token = watchdog.arm(time.monotonic() + 0.01, raw.base + 16, raw)
    try:
        with pytest.raises(Trap) as caught:
            raw.function("spin", 0, False)()
    finally:
        release.set()
        thread.join(10)
    assert watchdog.disarm(token) is True
    assert caught.value.code == TRAP_INTERRUPT
    assert set(results) == {3}
    assert other.function("add", 2, True)(1, 2) == 3


def test_code_without_epoch_checks_only_gets_the_word() -> None:
    raw, _ = make()
    token = watchdog.arm(time.monotonic() + 0.01, raw.base + 16, None)
    raw.function("spin_until_word", 1, False)(16)
    assert watchdog.disarm(token) is True


def test_disarmed_deadline_does_nothing(word: ctypes.c_uint32) -> None:
    """A later deadline shows that the earlier one has passed without effect."""
    witness = Target()
    other = ctypes.c_uint32(0)
    token = watchdog.arm(time.monotonic() + 0.01, ctypes.addressof(word), Target())
    assert watchdog.disarm(token) is False
    later = watchdog.arm(time.monotonic() + 0.02, ctypes.addressof(other), witness)
    assert witness.run()
    watchdog.disarm(later)
    assert word.value == 0


def test_deadlines_may_come_in_any_order() -> None:
    words = [ctypes.c_uint32(0) for _ in range(3)]
    targets = [Target() for _ in range(3)]
    now = time.monotonic()
    moments = [now + 60, now + 0.01, now + 0.03]
    tokens = [
        watchdog.arm(moment, ctypes.addressof(word), target)
        for moment, word, target in zip(moments, words, targets, strict=True)
    ]
    assert targets[1].run()
    assert targets[2].run()
    assert [watchdog.disarm(token) for token in tokens] == [False, True, True]
    assert [word.value for word in words] == [0, 1, 1]


def test_deadline_in_the_past_is_met_at_once(word: ctypes.c_uint32) -> None:
    target = Target()
    token = watchdog.arm(-math.inf, ctypes.addressof(word), target)
    assert target.run()
    watchdog.disarm(token)
    assert word.value == 1


# ---- more time, for who needs it

SEEN = 3


def fired(word: ctypes.c_uint32, target: Target) -> watchdog.Token:
    """A deadline at the moment 10, in the hands of no thread, which has come."""
    token = watchdog.Token(10.0, ctypes.addressof(word), target)
    watchdog._Watchdog().fire(token, 10.0)
    assert (word.value, token.moment) == (1, 10.0 + watchdog.GRACE)
    return token


def pass_time(token: watchdog.Token, has_run: float = 1.0) -> None:
    """Look at the deadline when it is due next, at which its thread has run for so many seconds since it came."""
    now = token.moment
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watchdog, "_processor_time", lambda _: token.processor_time + has_run)
        watchdog._Watchdog().fire(token, now)


def test_code_that_does_not_poll_is_trapped_after_the_grace_period(word: ctypes.c_uint32) -> None:
    target = Target()
    pass_time(fired(word, target))
    assert target.requested.is_set()


def test_code_that_has_seen_the_word_has_two_seconds_to_unwind(word: ctypes.c_uint32) -> None:
    target = Target()
    token = fired(word, target)
    word.value = SEEN
    while token.moment < 12.0:
        assert not target.requested.is_set()
        pass_time(token)
    pass_time(token)
    assert target.requested.is_set()
    assert token.moment == math.inf


def test_code_that_is_to_stop_anew_has_no_more_time(word: ctypes.c_uint32) -> None:
    """The host has caught the error of a call within the call, and went on."""
    target = Target()
    token = fired(word, target)
    word.value = SEEN
    pass_time(token)
    word.value = 1
    pass_time(token)
    assert target.requested.is_set()


def test_a_thread_that_the_system_does_not_run_has_two_seconds(word: ctypes.c_uint32) -> None:
    target = Target()
    token = fired(word, target)
    while token.moment < 12.0:
        assert not target.requested.is_set()
        pass_time(token, has_run=0.04)
    pass_time(token, has_run=0.04)
    assert target.requested.is_set()


def test_a_thread_that_runs_again_is_trapped(word: ctypes.c_uint32) -> None:
    target = Target()
    token = fired(word, target)
    pass_time(token, has_run=0.0)
    assert not target.requested.is_set()
    pass_time(token, has_run=0.06)
    assert target.requested.is_set()


def test_a_thread_that_has_ended_has_no_more_time(word: ctypes.c_uint32) -> None:
    target = Target()
    tokens: list[watchdog.Token] = []
    thread = threading.Thread(target=lambda: tokens.append(fired(word, target)))
    thread.start()
    thread.join(10)
    [token] = tokens
    end = time.monotonic() + 5
    while watchdog._processor_time(token) is not None and time.monotonic() < end:
        pass  # Python has joined it, and the system has not
    watchdog._Watchdog().fire(token, token.moment)
    assert target.requested.is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not say how long a thread has run")
def test_a_thread_that_waits_has_not_run(word: ctypes.c_uint32) -> None:
    token = fired(word, Target())
    assert not watchdog._has_run(token)
    end = time.monotonic() + 60
    while not watchdog._has_run(token) and time.monotonic() < end:
        pass
    assert watchdog._has_run(token)


# ---- arming and disarming


def test_disarming_twice_is_allowed(word: ctypes.c_uint32) -> None:
    token = watchdog.arm(time.monotonic() + 60, ctypes.addressof(word), None)
    assert watchdog.disarm(token) is False
    assert watchdog.disarm(token) is False


def test_later_deadline_does_not_wake_the_thread(word: ctypes.c_uint32, monkeypatch: pytest.MonkeyPatch) -> None:
    first = watchdog.arm(time.monotonic() + 60, ctypes.addressof(word), None)
    notified: list[None] = []
    monkeypatch.setattr(watchdog._watchdog.changed, "notify", lambda: notified.append(None))
    tokens = [watchdog.arm(time.monotonic() + 60 + step, ctypes.addressof(word), None) for step in range(3)]
    for token in [first, *tokens]:
        watchdog.disarm(token)
    assert notified == []


def test_many_threads_arm_and_disarm() -> None:
    """A word is not written to after its disarming, though deadlines pass all the time."""
    wrong: list[int] = []

    def work() -> None:
        word = ctypes.c_uint32(0)
        for _ in range(300):
            token = watchdog.arm(time.monotonic() + 0.0001, ctypes.addressof(word), None)
            expired = watchdog.disarm(token)
            if word.value != int(expired):
                wrong.append(word.value)
            word.value = 0

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert wrong == []
    assert watchdog._watchdog.armed == set()


def outermost(frame: FrameType) -> FrameType:
    return outermost(frame.f_back) if frame.f_back else frame


def test_there_is_one_thread(word: ctypes.c_uint32) -> None:
    for _ in range(2):
        watchdog.disarm(watchdog.arm(time.monotonic() + 60, ctypes.addressof(word), None))
    started = [outermost(frame).f_code for frame in sys._current_frames().values()]
    assert started.count(watchdog._Watchdog.run.__code__) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_forked_child_starts_a_thread_of_its_own(word: ctypes.c_uint32) -> None:
    token = watchdog.arm(time.monotonic() + 60, ctypes.addressof(word), None)
    child = os.fork()
    if child == 0:
        watchdog.disarm(token)
        target = Target()
        watchdog.arm(time.monotonic() + 0.01, ctypes.addressof(word), target)
        os._exit(0 if target.run() and word.value == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert watchdog.disarm(token) is False
    assert word.value == 0


# At its end Python stops threads wherever they are: one that holds the lock never lets go of it.
ENDING = """
import threading
from snapjs import VM
from snapjs._guest import watchdog

vm = VM(timeout=60)
vm.eval("1")
thread = threading.Thread(target=watchdog._watchdog.lock.acquire)
thread.start()
thread.join()
"""


def test_the_end_of_the_process_waits_for_nobody() -> None:
    assert subprocess.run([sys.executable, "-c", ENDING], timeout=60).returncode == 0
