"""Spans of workflows, as OpenTelemetry's SDK hears of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from workflow_desk import Clock, Desk

from snapjs._workflows import telemetry
from snapjs.workflows import App

CANARY = "4111 1111 1111 1111"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """What gives the spans that have ended."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", lambda: provider.get_tracer("snapjs"))
    return exporter.get_finished_spans


def test_turns_and_steps_are_spans(desk: Desk, spans: Callable[[], Any]) -> None:
    desk.app.step(lambda: 7, name="pay")
    run = desk.start("return await steps.pay()")
    desk.settle()
    turn = {"snapjs.run": run.id, "snapjs.workflow": "<source>"}
    assert [(span.name, dict(span.attributes)) for span in spans()] == [
        ("snapjs.workflow.turn", {**turn, "snapjs.turn": 1}),
        ("snapjs.workflow.step", {"snapjs.run": run.id, "snapjs.step": "pay", "snapjs.call": 3, "snapjs.attempt": 1}),
        ("snapjs.workflow.turn", {**turn, "snapjs.turn": 2}),
    ]


def test_the_spans_of_a_run_are_one_trace(
    desk: Desk, spans: Callable[[], Any], make_desk: Callable[[App], Desk], store: str, clock: Clock
) -> None:
    run = desk.start("await sleep(60)")
    desk.settle()
    clock.advance(60)
    make_desk(App(store, clock=clock)).settle()
    assert [f"{span.context.trace_id:032x}" for span in spans()] == [run.id, run.id]


def test_what_a_step_calls_is_within_its_span(desk: Desk, spans: Callable[[], Any]) -> None:
    desk.app.step(lambda: trace.get_current_span().get_span_context().span_id, name="inner")
    seen = desk.result("return `${await steps.inner()}`")
    [step] = [span for span in spans() if span.name == "snapjs.workflow.step"]
    assert seen == str(step.context.span_id)


def test_a_failure_is_named(desk: Desk, spans: Callable[[], Any]) -> None:
    @desk.app.step(max_attempts=1)
    def pay() -> None:
        raise ConnectionError(CANARY)

    desk.result("await steps.pay().catch(() => 0)")
    [step] = [span for span in spans() if span.name == "snapjs.workflow.step"]
    assert (step.status.status_code, step.attributes["error.type"]) == (StatusCode.ERROR, "ConnectionError")


def test_spans_have_no_payloads(desk: Desk, spans: Callable[[], Any]) -> None:
    @desk.app.step(max_attempts=1)
    def pay(card: str) -> None:
        raise ValueError(card)

    with pytest.raises(Exception, match=CANARY):
        desk.result(f"log({CANARY!r}); await steps.pay({CANARY!r})")
    assert len(spans()) == 3
    assert CANARY not in "".join(span.to_json() for span in spans())


def test_an_id_of_another_form_has_a_trace_too() -> None:
    assert telemetry._trace_id("a" * 32) == 0xAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
    assert 0 < telemetry._trace_id("order-7") < 1 << 128
    assert telemetry._trace_id("0" * 32) != 0


@pytest.mark.slow
def test_nothing_is_told_where_it_is_not_installed(tmp_path: Path) -> None:
    program = f"""
        import sys
        sys.modules["opentelemetry"] = None
        from snapjs import testing, workflows
        app = workflows.App("sqlite:///{tmp_path / "runs.db"}")
        with testing.workflows(app) as test:
            assert test.start("export default () => 7").result() == 7
    """
    done = subprocess.run([sys.executable, "-c", dedent(program)], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
