"""Questions about the language and the platform that a program finds."""

from __future__ import annotations

from functools import partial

from .question import Question
from .subject import No, Subject

_GLOBALS = {
    "intl": ("`Intl`", "typeof Intl === 'object'"),
    "temporal": ("`Temporal`", "typeof Temporal === 'object'"),
    "webassembly": ("`WebAssembly`", "typeof WebAssembly === 'object'"),
    "timers": ("`setTimeout`", "typeof setTimeout === 'function'"),
    "url": ("`URL`", "new URL('../b', 'https://example.org/a/c').pathname === '/b'"),
    "text": ("`TextEncoder`", "new TextEncoder().encode('é').length === 2"),
    "clone": ("`structuredClone`", "structuredClone(new Map([[1, 2]])).get(1) === 2"),
    "using": (
        "`using`",
        "new Function('let gone = 0; { using it = { [Symbol.dispose]() { gone++ } } } return gone')() === 1",
    ),
}
_FILES = {"main.js": "import { two } from 'two.js'; globalThis.got = 40 + two", "two.js": "export const two = 2"}


def _has(code: str, subject: Subject, path: str) -> None:
    machine = subject.create_web()
    if subject.eval(machine)(f"(() => {{ try {{ return {code} }} catch (error) {{ return false }} }})()") is not True:
        raise No("not there")


def _modules(subject: Subject, path: str) -> None:
    machine = subject.with_modules(_FILES, "main.js")
    if (found := subject.eval(machine)("got")) != 42:
        raise No(f"the result is {found!r}")


QUESTIONS = (
    Question("modules", "language", "ES modules that the host supplies", (_modules,)),
    *(
        Question(f"has-{name}", "language", title, (partial(_has, code),))
        for name, (title, code) in _GLOBALS.items()
    ),
)  # fmt: skip
