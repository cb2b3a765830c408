"""Spans of OpenTelemetry, where its API is installed: of turns and of steps. They say nothing of payloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from .records import Run, StepClaim

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer
    from opentelemetry.util.types import AttributeValue

    Attributes: TypeAlias = Mapping[str, AttributeValue]


@contextmanager
def turn_span(run: Run) -> Iterator[None]:
    """A span of the next turn of a run."""
    attributes: Attributes = {"snapjs.workflow": run.workflow, "snapjs.turn": run.turn + 1}
    with _span("snapjs.workflow.turn", run.id, attributes):
        yield


@contextmanager
def step_span(step: StepClaim) -> Iterator[None]:
    """A span of an attempt of a step, which those of what the step calls are in."""
    attributes: Attributes = {"snapjs.step": step.name, "snapjs.call": step.call, "snapjs.attempt": step.attempt}
    with _span("snapjs.workflow.step", step.run, attributes):
        yield


@contextmanager
def _span(name: str, run: str, attributes: Attributes) -> Iterator[None]:
    tracer = _tracer()
    if tracer is None:
        yield
        return
    from opentelemetry import trace

    # The spans of a run come from many processes, at any time: its id is what they have in common.
    id = _trace_id(run)
    root = trace.SpanContext(id, id >> 64 or 1, is_remote=True, trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED))
    context = trace.set_span_in_context(trace.NonRecordingSpan(root))
    attributes = {"snapjs.run": run, **attributes}
    # What an exception says may be anything: a payload, too.
    with tracer.start_as_current_span(
        name, context, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except BaseException as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(trace.StatusCode.ERROR)
            raise


def _trace_id(run: str) -> int:
    """The id of a run, which has as many bits, as a number; of an id of another form, its hash."""
    try:
        id = int(run, 16) if len(run) == 32 else 0
    except ValueError:
        id = 0
    return id or int.from_bytes(sha256(run.encode()).digest()[:16])


@cache
def _tracer() -> Tracer | None:
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    return trace.get_tracer("snapjs")
