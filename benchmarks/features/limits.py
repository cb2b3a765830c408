"""Questions about what a program cannot use up, and what is left afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .question import Question, short
from .subject import LIMIT, SECONDS, Evaluate, No, Partly, Subject

# Each tries to hold three times the limit, and not more, for the sake of the machine that asks.
OBJECTS = "globalThis.held = []; for (let i = 0; i < 4e6; i++) held.push({ a: i, b: [i], c: 'x' + i }); held.length"
BUFFERS = "globalThis.held = []; for (let i = 0; i < 384; i++) held.push(new Uint8Array(1 << 20).fill(1)); held.length"
_STRINGS = (
    "globalThis.held = []; "
    "for (let i = 0; i < 384; i++) held.push(('x'.repeat(1 << 20) + i).toUpperCase()); held.length"
)
LOOP = "for (;;) {}"
_REGEXP = "/^(a+)+$/.test('a'.repeat(40) + 'b')"
_SORT = "new Array(3e6).fill(0).map((_, i) => (i * 7919) % 1000003).sort((a, b) => a - b).length"
_RECURSION = "(() => { const f = () => f() + 1; try { return f() } catch (error) { return 'caught' } })()"
_JSON = (
    "(() => { try { JSON.parse('['.repeat(2e5) + ']'.repeat(2e5)); return 'parsed' } "
    "catch (error) { return 'caught' } })()"
)
_MOST_LATE = 1.0


def _fails(evaluate: Evaluate, code: str) -> Exception | None:
    try:
        evaluate(code)
    except Exception as error:
        return error
    return None


def _still_works(evaluate: Evaluate) -> None:
    error = _fails(evaluate, "1+2")
    if error is not None:
        raise Partly("the machine is lost")


def _memory(code: str, subject: Subject, path: str) -> None:
    evaluate = subject.limited(memory=LIMIT)
    if _fails(evaluate, code) is None:
        raise No("three times the limit is held")
    _fails(evaluate, "held = null; 0")  # what refuses to go on even so says so below
    _still_works(evaluate)


def _caught(subject: Subject, path: str) -> None:
    evaluate = subject.limited(memory=LIMIT)
    code = f"(() => {{ try {{ {OBJECTS} }} catch (error) {{ held = null; return 'caught' }} return 'held' }})()"
    found = evaluate(code)
    if found != "caught":
        raise No(str(found))


def _stopped(code: str, subject: Subject, path: str) -> None:
    _asked_again(lambda: _stops(subject, subject.limited(seconds=SECONDS), code))


def _host_calls(subject: Subject, path: str) -> None:
    _asked_again(lambda: _stops(subject, subject.limited_with("count", lambda: 1, SECONDS), "for (;;) count()"))


def _asked_again(ask: Callable[[], None]) -> None:
    """Ask up to three times, for a machine that others use too may be what is late."""
    for _ in range(2):
        try:
            return ask()
        except Partly:
            continue
    return ask()


def _stops(subject: Subject, evaluate: Evaluate, code: str) -> None:
    evaluate("1+2")  # what is made at first does not count
    start = subject.clock()
    error = _fails(evaluate, code)
    took = subject.clock() - start
    if error is None:
        if took > SECONDS:
            raise No(f"done after {took:.1f} s")
        return  # nothing is to be stopped
    if took < SECONDS / 2:
        raise No(short(error))
    if took - SECONDS > _MOST_LATE:
        raise Partly(f"{took - SECONDS:.1f} s late")
    _still_works(evaluate)


def _survives(code: str, subject: Subject, path: str) -> None:
    evaluate = subject.limited()
    try:
        found: Any = evaluate(code)
    except Exception as error:
        raise No(f"ends the evaluation: {type(error).__name__}: {short(error)}") from error
    if found not in ("caught", "parsed"):
        raise No(str(found))
    _still_works(evaluate)


def _question(name: str, title: str, ask: Callable[..., None], *arguments: str) -> Question:
    return Question(name, "limits", title, (partial(ask, *arguments),))


QUESTIONS = (
    _question("memory-objects", "memory limit: objects", _memory, OBJECTS),
    _question("memory-buffers", "memory limit: `ArrayBuffer`s", _memory, BUFFERS),
    _question("memory-strings", "memory limit: strings", _memory, _STRINGS),
    _question("memory-caught", "memory limit: JavaScript can catch the error", _caught),
    _question("time-loop", "time limit: `for (;;)`", _stopped, LOOP),
    _question("time-regexp", "time limit: a backtracking regular expression", _stopped, _REGEXP),
    _question("time-sort", "time limit: a long sort", _stopped, _SORT),
    _question("time-host", "time limit: a loop of calls to Python", _host_calls),
    _question("stack-recursion", "stack: endless recursion is caught", _survives, _RECURSION),
    _question("stack-json", "stack: JSON nested 200,000 deep is caught, or parsed", _survives, _JSON),
)
