"""An exception may strike between any two lines in the main thread, as that of a signal: no worker is lost."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from snapjs import Pool


class Struck(BaseException):
    pass


def finalizes(frame: FrameType | None) -> bool:
    """Whether a finalizer runs, out of which no exception comes."""
    while frame is not None and frame.f_code.co_name != "__del__":
        frame = frame.f_back
    return frame is not None


def strike(at: int, run: Callable[[], object]) -> bool:
    """Run something, with an exception at one of the places of the pool's code where Python looks for signals: where a
    function begins, and where one written in C has returned. Whether there were so many."""
    left = at

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal left
        if event in ("call", "c_return") and "/snapjs/_pool/" in frame.f_code.co_filename and not finalizes(frame):
            left -= 1
            if left == 0:
                raise Struck

    sys.setprofile(profile)
    try:
        run()
    except Struck:
        return True
    finally:
        sys.setprofile(None)
    return left <= 0


@pytest.mark.parametrize("options", [{}, {"reset": "call"}, {"recycle_after": 1}], ids=["plain", "reset", "recycled"])
def test_a_call_in_this_thread(make_pool: Callable[..., Pool], options: dict[str, Any]) -> None:
    pool = make_pool(**options)
    at = 1
    while strike(at, lambda: pool.call_sync("add", 1, 1)):
        assert pool.call_sync("add", 2, 2, queue_timeout=10) == 4
        at += 1
    assert at > 40


def test_a_call_of_a_session(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    at = 1
    while strike(at, lambda: pool.call_sync("add", 1, 1, key="k")):
        assert pool.call_sync("add", 2, 2, key="k", queue_timeout=10) == 4
        pool.end_session_sync("k")
        at += 1
    assert at > 40
