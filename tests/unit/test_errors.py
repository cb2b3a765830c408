"""The tree of exceptions."""

from __future__ import annotations

import pickle
import re
import traceback
from typing import Any

import pytest

from snapjs import errors
from snapjs.errors import JSError, SnapjsError

STACK = "    at f (file.js:1:2)\n"

EXAMPLES: list[tuple[SnapjsError, dict[str, Any]]] = [
    (
        errors.JSError(
            "RangeError",
            "far",
            stack=STACK,
            cause="why",
            value=5,
            properties={"code": 1},
            errors=[JSError("Error", "a")],
        ),
        {"name": "RangeError", "message": "far", "stack": STACK, "cause": "why", "value": 5, "properties": {"code": 1}},
    ),
    (errors.LimitError("a", limit=1, stack=STACK), {"limit": 1, "stack": STACK}),
    (errors.Interrupted(stack=STACK), {"limit": None, "stack": STACK}),
    (errors.TimeLimitError(limit=0.5), {"limit": 0.5, "stack": None}),
    (errors.MemoryLimitError(limit=1000, stack=STACK), {"limit": 1000, "stack": STACK}),
    (errors.StackLimitError(limit=1000), {"limit": 1000}),
    (errors.GuestTrapped("out of bounds"), {"reason": "out of bounds"}),
    (errors.ClosedError(), {}),
    (errors.BusyError(), {}),
    (errors.WrongVMError(), {}),
    (errors.ConversionError("a", path="$.a"), {"path": "$.a"}),
    (
        errors.ModuleNotFound("c", ["a", "b"]),
        {
            "specifier": "c",
            "importers": ("a", "b"),
            "name": "c",
            "path": None,
            "_reason": "There is no module 'c', imported by a → b.",
            "msg": str(errors.ModuleNotFound("c", "ab")),
        },
    ),
    (errors.StillPending([(1, "fetch")]), {"calls": [(1, "fetch")]}),
    (errors.CapabilityError("a", capability="files"), {"capability": "files"}),
    (errors.PoolError("a"), {}),
    (errors.MissingExport("a", ("b",)), {"export": "a", "exports": ("b",)}),
    (errors.QueueFull(limit=3), {"limit": 3}),
    (errors.WorkerDied(exit_code=-9), {"exit_code": -9}),
    (errors.WorkflowError("a"), {}),
    (errors.RunEnded("4f", "failed"), {"run": "4f", "status": "failed"}),
    (errors.RunDamaged("4f", 7, "aa", "bb"), {"run": "4f", "turn": 7, "expected": "aa", "found": "bb"}),
    (errors.PayloadTooLarge(9, 8), {"size": 9, "limit": 8}),
    (errors.StoreError("shop.db", "full"), {"file": "shop.db", "reason": "full"}),
    (errors.KeyRefused("other"), {"reason": "other"}),
    (errors.UnknownSecret("bank"), {"name": "bank"}),
    (errors.SecretExposed("bank"), {"name": "bank"}),
    (errors.SnapshotError("a"), {}),
    (errors.SnapshotFormatError("a"), {}),
    (errors.EngineMismatch("abc"), {"engine": "abc"}),
    (errors.ExtensionError("It is malformed.", extension="shapes"), {"extension": "shapes"}),
    (errors.ExtensionMismatch("shapes", "abc", "def"), {"extension": "shapes", "expected": "abc", "given": "def"}),
    (errors.NotQuiescent(), {}),
    (errors.SnapjsError("a"), {}),
]


def test_every_exception_has_an_example() -> None:
    assert {type(error).__name__ for error, _ in EXAMPLES} == set(errors.__all__)


@pytest.mark.parametrize(("error", "attributes"), EXAMPLES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_exceptions_are_picklable(error: SnapjsError, attributes: dict[str, Any], protocol: int) -> None:
    error.added = [1]  # type: ignore[attr-defined]
    error.__cause__ = KeyError("k")
    again: Any = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.args == error.args
    assert {name: getattr(again, name) for name in attributes} == attributes
    assert again.added == [1]
    assert repr(again.__cause__) == "KeyError('k')"
    assert again.__suppress_context__
    assert getattr(again, "__notes__", None) == getattr(error, "__notes__", None)


def test_the_docstring_draws_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in errors.__doc__.split("```")[1].splitlines():
        if match := re.match(r"([│ ]*)(?:[├└]── )?(\w+)(?: +\((\w+)\))?", line):
            depth = len(match[1]) // 4 + ("─" in line)
            path[depth:] = [match[2]]
            if depth:
                drawn[match[2]] = path[depth - 1]
            if match[3]:
                assert match[3] in [base.__name__ for base in getattr(errors, match[2]).__mro__]
    assert drawn == {
        name: getattr(errors, name).__bases__[0].__name__ for name in errors.__all__ if name != "SnapjsError"
    }


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (errors.TimeLimitError(), TimeoutError),
        (errors.MemoryLimitError(), MemoryError),
        (errors.StackLimitError(), RecursionError),
        (errors.ConversionError("a"), TypeError),
        (errors.ModuleNotFound("a"), ImportError),
        (errors.CapabilityError("a"), PermissionError),
        (errors.SnapshotFormatError("a"), ValueError),
    ],
)
def test_leaves_are_builtins_too(error: SnapjsError, builtin: type[BaseException]) -> None:
    assert isinstance(error, builtin)


MESSAGES = [
    (errors.TimeLimitError(limit=0.5), "longer than 0.5 s. Give timeout="),
    (errors.MemoryLimitError(limit=1000), "its 1000 bytes of memory. Give memory_limit="),
    (errors.GuestTrapped("out of bounds"), "out of bounds. This VM is dead"),
    (errors.ModuleNotFound("c", ["a", "b"]), "no module 'c', imported by a → b. Give it"),
    (errors.StillPending([(1, "fetch"), (2, "sleep")]), "waits on fetch (call 1), sleep (call 2). Answer"),
    (errors.EngineMismatch("abc"), "sha256 abc. Install"),
    (errors.ExtensionMismatch("x", "abc", None), "needs the extension 'x' with sha256 abc. Give it with extensions="),
    (errors.ExtensionMismatch("x", "abc", "def"), "sha256 abc, and the one that is given has def. Give the one"),
    (errors.ExtensionMismatch("x", None, "def"), "has no extension 'x', and it is too late"),
    (errors.MissingExport("pars", ("parse", "show")), "no function 'pars'. It exports parse, show."),
    (errors.LimitError("my words"), "my words"),
]


@pytest.mark.parametrize(("error", "text"), MESSAGES, ids=lambda value: type(value).__name__)
def test_messages_say_the_cause_and_the_remedy(error: SnapjsError, text: str) -> None:
    assert text in str(error)


# ---- JSError ----


def test_the_text_of_a_javascript_error() -> None:
    assert str(JSError("RangeError", "far")) == "RangeError: far"
    assert str(JSError("RangeError", "")) == "RangeError"


def test_a_traceback_shows_the_javascript_stack_once() -> None:
    error = JSError("Error", "x", stack=STACK)
    for shown in (error, pickle.loads(pickle.dumps(error))):
        text = "".join(traceback.format_exception(shown))
        assert text == "snapjs.errors.JSError: Error: x\nJavaScript stack:\n    at f (file.js:1:2)\n"


def test_a_cause_that_is_an_exception_is_pythons_cause_too() -> None:
    cause = JSError("Error", "inner")
    error = JSError("Error", "outer", cause=cause)
    assert error.__cause__ is error.cause is cause
    again = pickle.loads(pickle.dumps(error))
    assert again.__cause__ is again.cause
    assert str(again.cause) == "Error: inner"
    assert JSError("Error", "outer", cause=5).__cause__ is None


class Handle:
    """What the VM sets as handle."""

    disposed = False

    def __reduce__(self) -> Any:
        raise TypeError("it lives in its VM")

    def __repr__(self) -> str:
        return "<Handle>"


def test_the_handle_lives_as_long_as_the_vm() -> None:
    error = JSError("Error", "x")
    assert error.handle is None
    handle = error.handle = Handle()
    assert error.handle is handle
    assert pickle.loads(pickle.dumps(error)).handle is None
    handle.disposed = True
    assert error.handle is None


def test_what_cannot_be_pickled_becomes_its_repr() -> None:
    error = JSError("Error", "x", value=Handle(), properties={"a": [Handle()]})
    error.__cause__ = ValueError(Handle())
    again = pickle.loads(pickle.dumps(error))
    assert (again.value, again.properties, again.__cause__) == ("<Handle>", {"a": "[<Handle>]"}, None)


def test_an_error_in_itself_is_picklable() -> None:
    error = JSError("Error", "x")
    error.cause = error
    error.properties["self"] = [error]
    error.errors.append(error)
    again = pickle.loads(pickle.dumps(error))
    assert again.cause is again.__cause__ is again.errors[0] is again.properties["self"][0] is again


def test_a_long_chain_of_causes_is_picklable() -> None:
    error = JSError("Error", "0")
    for number in range(1, 40):
        error = JSError("Error", str(number), cause=error, properties={"n": [number]})
    again = pickle.loads(pickle.dumps(error))
    for _ in range(39):
        again = again.cause
    assert str(again) == "Error: 0"
