"""Spans and metrics of OpenTelemetry, where its API is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Histogram, Observation
    from opentelemetry.trace import Tracer

    from .crew import Crew

_GAUGES = {
    "running": "calls that run",
    "waiting": "calls that wait for a worker",
    "sessions": "sessions",
    "memory": "bytes of linear memory",
}
_COUNTERS = {"retried": "calls made again after a process had ended", "restarts": "VMs and processes replaced"}


_observed: Final[dict[int, ref[Crew]]] = {}
"""pools by number, in the order in which they were made"""
_numbers: Final = count(1)


def telemetry(crew: Crew) -> Telemetry | None:
    """What tells of the calls of a pool; ``None`` where OpenTelemetry is not installed."""
    try:
        return Telemetry(crew)
    except ImportError:
        return None


class Telemetry:
    """Tells of the calls of one pool.

    :param crew: whose numbers are observed, as long as it is there.
    :raises ImportError: OpenTelemetry is not installed.
    """

    def __init__(self, crew: Crew) -> None:
        self._tracer, self._duration = _instruments()
        number = next(_numbers)
        _observed[number] = ref(crew, lambda _: _observed.pop(number))

    @contextmanager
    def span(self, export: str) -> Iterator[None]:
        """A span of one call, which is measured; what it raises is recorded."""
        attributes = {"snapjs.export": export}
        began = perf_counter()
        try:
            with self._tracer.start_as_current_span("snapjs.pool.call", attributes=attributes):
                yield
        except BaseException as error:
            attributes["error.type"] = type(error).__qualname__
            raise
        finally:
            self._duration.record(perf_counter() - began, attributes)


@cache
def _instruments() -> tuple[Tracer, Histogram]:
    """Those of all pools: a meter keeps each for ever, and takes each name once."""
    from opentelemetry import metrics, trace

    meter = metrics.get_meter("snapjs")
    for name, what in _GAUGES.items():
        meter.create_observable_gauge(f"snapjs.pool.{name}", [_observe(name)], description=what)
    for name, what in _COUNTERS.items():
        meter.create_observable_counter(f"snapjs.pool.{name}", [_observe(name)], description=what)
    duration = meter.create_histogram(
        "snapjs.pool.call.duration", "s", "how long calls took, waiting for a worker included"
    )
    return trace.get_tracer("snapjs"), duration


def _observe(name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(options: Any) -> Iterable[Observation]:
        from opentelemetry.metrics import Observation

        return [
            Observation(getattr(crew.statistics(), name), {"snapjs.pool": number})
            for number, reference in tuple(_observed.items())
            if (crew := reference()) is not None
        ]

    return observe
