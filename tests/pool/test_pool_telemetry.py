"""Spans and metrics of pools, as OpenTelemetry's SDK hears of them."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from snapjs import JSError, Pool

MakePool = Callable[..., Pool]

PROGRAM = """
    export const f = x => x
    export const fail = () => { throw new TypeError("no") }
    export const outer = () => inner()
    export const outerLater = async () => await later()
"""


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[Callable[[], Any]]:
    """What gives the spans that have ended."""
    exporter.clear()
    yield exporter.get_finished_spans


@pytest.fixture(scope="module")
def reader() -> InMemoryMetricReader:
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader], shutdown_on_exit=False))
    return reader


def points(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    """The data points of each instrument of snapjs."""
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: list(metric.data.data_points)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        if scope.scope.name == "snapjs"
        for metric in scope.metrics
    }


# ---- spans


def test_a_call_is_a_span(make_pool: MakePool, spans: Callable[[], Any]) -> None:
    assert make_pool(PROGRAM).call_sync("f", 1) == 1
    [span] = spans()
    assert (span.name, dict(span.attributes), span.status.status_code) == (
        "snapjs.pool.call", {"snapjs.export": "f"}, StatusCode.UNSET
    )  # fmt: skip


def test_a_call_that_awaits_is_a_span(make_pool: MakePool, spans: Callable[[], Any]) -> None:
    assert asyncio.run(make_pool(PROGRAM).call("f", 1)) == 1
    assert [span.name for span in spans()] == ["snapjs.pool.call"]


def test_a_span_is_of_the_one_around_it(make_pool: MakePool, spans: Callable[[], Any]) -> None:
    pool = make_pool(PROGRAM)

    async def main() -> None:
        await asyncio.gather(pool.call("f", 1), pool.call("f", 2))

    with trace.get_tracer("test").start_as_current_span("around"):
        asyncio.run(main())
    first, second, around = spans()
    assert [first.parent.span_id, second.parent.span_id] == [around.context.span_id] * 2


@pytest.mark.parametrize(("export", "asynchronously"), [("outer", False), ("outer", True), ("outerLater", True)])
def test_spans_of_functions_of_the_host_are_of_the_call(
    make_pool: MakePool, spans: Callable[[], Any], export: str, asynchronously: bool
) -> None:
    def inner() -> int:
        with trace.get_tracer("test").start_as_current_span("inner"):
            return 1

    async def later() -> int:
        await asyncio.sleep(0)
        return inner()

    pool = make_pool(PROGRAM, functions={"inner": inner, "later": later})
    assert (asyncio.run(pool.call(export)) if asynchronously else pool.call_sync(export)) == 1
    function, call = spans()
    assert (function.name, function.parent.span_id) == ("inner", call.context.span_id)


def test_what_a_call_raises_is_recorded(make_pool: MakePool, spans: Callable[[], Any]) -> None:
    with pytest.raises(JSError):
        make_pool(PROGRAM).call_sync("fail")
    [span] = spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "JSError: TypeError: no")
    assert [event.name for event in span.events] == ["exception"]


# ---- metrics


def test_durations_are_measured(make_pool: MakePool, reader: InMemoryMetricReader) -> None:
    pool = make_pool(PROGRAM)
    points(reader)
    before = {str(point.attributes): point.count for point in points(reader).get("snapjs.pool.call.duration", [])}
    for _ in range(3):
        pool.call_sync("f", 1)
    with pytest.raises(JSError):
        pool.call_sync("fail")
    counts = {str(point.attributes): point.count for point in points(reader)["snapjs.pool.call.duration"]}
    added = {name: count - before.get(name, 0) for name, count in counts.items() if count != before.get(name)}
    assert added == {"{'snapjs.export': 'f'}": 3, "{'snapjs.export': 'fail', 'error.type': 'JSError'}": 1}


def test_pools_are_told_apart(
    make_pool: MakePool, reader: InMemoryMetricReader, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = make_pool(PROGRAM), make_pool(PROGRAM, recycle_after=1)
    first.call_sync("f", 1, key="a")
    second.call_sync("f", 1)
    found = points(reader)
    numbers = sorted(point.attributes["snapjs.pool"] for point in found["snapjs.pool.sessions"])[-2:]
    values = {
        name: [next(p.value for p in found[f"snapjs.pool.{name}"] if p.attributes["snapjs.pool"] == n) for n in numbers]
        for name in ("running", "waiting", "sessions", "retried", "restarts")
    }
    assert values == {
        "running": [0, 0], "waiting": [0, 0], "sessions": [1, 0], "retried": [0, 0], "restarts": [0, 1]
    }  # fmt: skip
    assert caplog.records == []


def test_pools_that_are_gone_are_not_measured(make_pool: MakePool, reader: InMemoryMetricReader) -> None:
    import gc

    from snapjs._pool import telemetry

    with Pool(PROGRAM, workers=1):
        pass
    gc.collect()
    known = len(telemetry._observed)
    with Pool(PROGRAM, workers=1):
        assert len(telemetry._observed) == known + 1
    gc.collect()
    assert len(telemetry._observed) == known


# ---- without it


@pytest.mark.slow
def test_nothing_is_told_where_it_is_not_installed() -> None:
    program = """
        import sys
        sys.modules["opentelemetry"] = None
        from snapjs import Pool
        with Pool("export const f = () => 1", workers=1) as pool:
            assert pool.call_sync("f") == 1
            assert pool._telemetry is None
    """
    import textwrap

    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, b"")
