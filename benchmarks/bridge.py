"""A library in JavaScript that a Python program calls from many threads, as a server does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from time import perf_counter
from typing import Any

from .adapter import Adapter, Bridge
from .asked import ASKED, Asked
from .fresh import figures
from .workload import Group, Measure, expect

BRIDGE = Group("bridge")

_CALLS = 300
"""of which a percentile is taken"""
_WARMING = 200
"""calls before"""
_SHORTEST_RATE = 0.1
"""seconds for which callers call at the least, so that to start them does not count"""
_WORKERS = 2
_CALLERS = (1, 2, 8)
_TENTH = 0.1
_PERCENTILES = {"p50": 0.5, "p99": 0.99}
_TITLES = {"dates": "find dates in a text", "check": "check a record"}


def _caller(bridge: Bridge, asked: Asked) -> Callable[[], Any]:
    """A call as often as one wants, which engines that compile have compiled."""
    call = partial(bridge.caller(), asked.export, *asked.arguments)
    for _ in range(_WARMING):
        expect(call(), asked.result)
    return call


# ---- how long a call takes


def _percentile(times: list[float], part: float) -> float:
    return sorted(times)[int(part * len(times))]


def _latency(name: str, part: float, adapter: Adapter) -> Iterator[Measure]:
    asked = ASKED[name]
    with closing(adapter.bridge(asked.path(), _WORKERS)) as bridge:
        call = _caller(bridge, asked)

        def measure(count: int) -> float:
            times = []
            for _ in range(_CALLS):
                start = perf_counter()
                call()
                times.append(perf_counter() - start)
            return count * _percentile(times, part)

        yield measure


def _awaited_latency(name: str, part: float, adapter: Adapter) -> Iterator[Measure]:
    asked = ASKED[name]
    with closing(adapter.bridge(asked.path(), _WORKERS)) as bridge:
        call: Callable[[], Awaitable[Any]] = partial(bridge.awaiting_caller(), asked.export, *asked.arguments)

        async def times() -> list[float]:
            expect(await call(), asked.result)
            found = []
            for _ in range(_CALLS):
                start = perf_counter()
                await call()
                found.append(perf_counter() - start)
            return found

        yield lambda count: count * _percentile(asyncio.run(times()), part)


for _name, _title in _TITLES.items():
    for _way, _added, _prepare in (("", "", _latency), ("-awaited", ", awaited", _awaited_latency)):
        for _percent, _part in _PERCENTILES.items():
            _described = f"{_title}, one caller{_added}, {_percent}"
            BRIDGE.workload(f"bridge-{_name}{_way}-{_percent}", _described, full_only=bool(_way))(
                partial(_prepare, _name, _part)
            )
    BRIDGE.stays_under(_TENTH, f"bridge-{_name}-p50", f"{_title}, p50,", ["node-sidecar"])


# ---- how many calls a second


def _per_second(call: list[Callable[[], Any]], seconds: float) -> float:
    """Calls a second of threads that each call on and on."""

    def work(call: Callable[[], Any]) -> int:
        count = 0
        while perf_counter() < end:
            call()
            count += 1
        return count

    with ThreadPoolExecutor(len(call)) as threads:
        start = perf_counter()
        end = start + seconds
        done = sum(threads.map(work, call))
        return done / (perf_counter() - start)


def _rate(name: str, callers: int, adapter: Adapter) -> Iterator[Measure]:
    asked = ASKED[name]
    with closing(adapter.bridge(asked.path(), _WORKERS)) as bridge:
        calls = [_caller(bridge, asked) for _ in range(callers)]
        yield lambda _: _per_second(calls, _SHORTEST_RATE)


for _name, _title in _TITLES.items():
    for _callers in _CALLERS:
        _described = f"{_title}, {'one caller' if _callers == 1 else f'{_callers} callers'}"
        BRIDGE.workload(f"bridge-{_name}-rate-{_callers}", _described, unit="1/s", full_only=_callers < max(_CALLERS))(
            partial(_rate, _name, _callers)
        )


@BRIDGE.workload(
    "bridge-two-workers",
    "two workers with two callers: what they do by what one does",
    unit="times",
    target=1.8,
    at_least=True,
)
def _two_workers(adapter: Adapter) -> Iterator[Measure]:
    asked = ASKED["dates"]
    with closing(adapter.bridge(asked.path(), 1)) as one, closing(adapter.bridge(asked.path(), 2)) as two:
        alone = [_caller(one, asked)]
        both = [_caller(two, asked) for _ in range(2)]
        yield lambda _: _per_second(both, _SHORTEST_RATE) / _per_second(alone, _SHORTEST_RATE)


# ---- from nothing to the first result


def _start(make: Callable[[], Bridge], asked: Asked) -> Measure:
    def measure(count: int) -> float:
        seconds = 0.0
        for _ in range(count):
            start = perf_counter()
            with closing(make()) as bridge:
                result = bridge.caller()(asked.export, *asked.arguments)
                seconds += perf_counter() - start
            expect(result, asked.result)
        return seconds

    return measure


@BRIDGE.workload("bridge-start", "to the first result, 0.5 MB")
def _start_small(adapter: Adapter) -> Iterator[Measure]:
    yield _start(partial(adapter.bridge, ASKED["dates"].path(), 1), ASKED["dates"])


@BRIDGE.workload("bridge-start-large", "to the first result, 6.8 MB", full_only=True)
def _start_large(adapter: Adapter) -> Iterator[Measure]:
    yield _start(partial(adapter.bridge, ASKED["tokens"].path(), 1), ASKED["tokens"])


@BRIDGE.workload("bridge-start-image", "from a snapshot to the first result, 6.8 MB", target=10e-3)
def _start_image(adapter: Adapter) -> Iterator[Measure]:
    image = adapter.image(ASKED["tokens"].path())
    yield _start(partial(adapter.bridge_of, image), ASKED["tokens"])


# ---- memory


def _memory(name: str, adapter: Adapter) -> Iterator[Measure]:
    ASKED[name].path()
    found = figures(adapter.name, "bridge", name, _WORKERS)
    yield lambda _: float(found["held"])


for _name, _size in (("dates", "0.5 MB"), ("tokens", "6.8 MB")):
    BRIDGE.workload(
        f"bridge-{_name}-memory", f"memory that {_WORKERS} workers add, {_size}", unit="B", full_only=True, once=True
    )(partial(_memory, _name))
