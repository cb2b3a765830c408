"""Questions about calls to the host, and threads."""

from __future__ import annotations

import asyncio
from time import perf_counter

from .question import Question, short
from .subject import No, Partly, Subject

ALL = "async count => (await Promise.all(Array.from({ length: count }, (_, i) => host(i)))).length"
"""the text that subjects in another language know"""
_CALLS, _PAUSE = 20, 0.05
_LONGEST = _CALLS * _PAUSE / 2


def _synchronous(subject: Subject, path: str) -> None:
    if (found := subject.synchronous()) != 42:
        raise No(f"the result is {found!r}")


async def _pause(number: int) -> int:
    await asyncio.sleep(_PAUSE)
    return number


def _overlap(subject: Subject, path: str) -> None:
    value, seconds = asyncio.run(subject.awaited(ALL, _CALLS, {"host": _pause}, perf_counter))
    if value != _CALLS:
        raise No(f"the result is {value!r}")
    if seconds > _LONGEST:
        raise Partly("one after the other")


def _exception(subject: Subject, path: str) -> None:
    found = subject.catches()
    if found == "nothing":
        raise No("JavaScript cannot catch it")
    if "secret" not in found:
        raise Partly("without its message")


def _other_thread(subject: Subject, path: str) -> None:
    if (found := subject.from_another_thread()) != 42:
        raise No(short(found))


QUESTIONS = (
    Question("host-synchronous", "calls", "a host function that returns at once", (_synchronous,)),
    Question("host-overlap", "calls", "asynchronous host functions overlap", (_overlap,)),
    Question("host-exception", "calls", "JavaScript catches a host function's exception", (_exception,)),
    Question("other-thread", "calls", "a call from another thread than the machine's", (_other_thread,)),
)
