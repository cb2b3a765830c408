"""Questions about what is still there when another process goes on with a machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .question import Question
from .subject import No, Partly, Subject, changed

CLOSURE = "globalThis.count = (() => { let kept = 41; return () => ++kept })(); 0"
COUNT = "count()"
_PROMISE = "globalThis.got = 0; new Promise(done => { globalThis.done = done }).then(value => { got = value }); 0"
_TIMER = "globalThis.got = 0; setTimeout(() => { got = 7 }, 10); 0"
_MODULES = {
    "main.js": "import { count } from 'counter.js'; globalThis.got = () => count()",
    "counter.js": "let kept = 41; export function count() { return ++kept }",
}
_PLACES = (0.02, 0.2, 0.4, 0.6, 0.8, 0.98)
_LONGEST_TIMER = 1.0


def _expect(found: Any, expected: Any, what: str) -> None:
    if found != expected:
        raise No(f"{what} is {found!r}")


def _keep_closure(subject: Subject, path: str) -> None:
    machine = subject.create()
    subject.eval(machine)(CLOSURE)
    subject.keep(machine, path)


def _call_closure(subject: Subject, path: str) -> None:
    _expect(subject.eval(subject.kept(path))(COUNT), 42, "the variable")


def _keep_promise(subject: Subject, path: str) -> None:
    machine = subject.create()
    subject.eval(machine)(_PROMISE)
    subject.keep(machine, path)


def _settle_promise(subject: Subject, path: str) -> None:
    machine = subject.kept(path)
    subject.eval(machine)("done(7); 0")
    subject.drain(machine)
    _expect(subject.eval(machine)("got"), 7, "what waits for it")


def _keep_call(subject: Subject, path: str) -> None:
    subject.suspend(path)


def _answer_call(subject: Subject, path: str) -> None:
    _expect(subject.resume(path), 42, "the result")


def _keep_timer(subject: Subject, path: str) -> None:
    machine = subject.create_web()
    if subject.eval(machine)("typeof setTimeout") != "function":
        raise No("no timers")
    subject.eval(machine)(_TIMER)
    subject.keep(machine, path)


def _wait_for_timer(subject: Subject, path: str) -> None:
    machine = subject.kept(path)
    subject.wait(machine, _LONGEST_TIMER)
    _expect(subject.eval(machine)("got"), 7, "what the timer sets")


def _keep_module(subject: Subject, path: str) -> None:
    subject.keep(subject.with_modules(_MODULES, "main.js"), path)


def _call_module(subject: Subject, path: str) -> None:
    _expect(subject.eval(subject.kept(path))("got()"), 42, "the variable")


def _change(subject: Subject, path: str) -> None:
    """In a process of its own each time, for what is accepted may do anything."""
    _keep_closure(subject, path)
    whole = Path(path).read_bytes()
    accepted = 0
    for place in _PLACES:
        Path(path).write_bytes(whole)
        changed(path, place)
        try:
            subject.eval(subject.kept(path))(COUNT)
        except Exception:
            continue
        accepted += 1
    if accepted == len(_PLACES):
        raise No("accepted")
    if accepted:
        raise Partly(f"{accepted} of {len(_PLACES)} accepted")


QUESTIONS = (
    Question("snapshot-closure", "snapshots", "a closure goes on in another process", (_keep_closure, _call_closure)),
    Question("snapshot-promise", "snapshots", "a promise that waits", (_keep_promise, _settle_promise)),
    Question("snapshot-call", "snapshots", "a host call without an answer yet", (_keep_call, _answer_call)),
    Question("snapshot-timer", "snapshots", "a timer", (_keep_timer, _wait_for_timer)),
    Question("snapshot-module", "snapshots", "an imported ES module", (_keep_module, _call_module)),
    Question("snapshot-changed", "snapshots", "a changed bit is refused", (_change,)),
)  # fmt: skip
