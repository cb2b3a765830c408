"""What Python's own signature of a function says: its parameters, its result, its documentation."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ..._checks import is_async
from .hints import UNRESOLVED, is_awaitable, unresolved

POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class CallableFacts:
    """What a callable says of itself."""

    signature: inspect.Signature | None
    """``None``: it does not say, as some built-in functions"""
    hints: dict[str, Any]
    """by the name of the parameter; ``return`` for the result"""
    is_async: bool
    """whether it returns an awaitable"""
    doc: str
    namespace: dict[str, Any]
    """the globals of its module"""
    error: ValueError | None
    """why there are no hints, although they are written"""

    def refusal(self, count: int) -> str | None:
        """Why it cannot be called with so many positional arguments and no others."""
        if self.signature is not None:
            try:
                self.signature.bind(*[None] * count)
            except TypeError as error:
                return str(error)
        return None

    def default(self, index: int) -> Any:
        """The default of a positional parameter; ``None`` where it has none."""
        if self.signature is None:
            return None
        positional = [parameter for parameter in self.signature.parameters.values() if parameter.kind in POSITIONAL]
        found = positional[index].default if index < len(positional) else None
        return None if found is inspect.Parameter.empty else found


def facts_of(function: Callable[..., Any]) -> CallableFacts:
    """What can be found out about a callable without calling it."""
    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    code = _function_of(inner)
    hints, error = _hints_of(code)
    if isinstance(inner, type):
        hints["return"] = inner
    promises = is_async(function)
    returns = hints.get("return")
    if not promises and is_awaitable(returns):
        promises = True
        hints["return"] = (Any, *typing.get_args(returns))[-1]
    return CallableFacts(_signature_of(function), hints, promises, _doc_of(inner), _namespace_of(code), error)


def _signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None


def _function_of(function: Any) -> Any:
    """The function that has the hints of a callable."""
    if isinstance(function, type):
        return function.__init__  # type: ignore[misc]
    if inspect.isroutine(function) or hasattr(function, "__wrapped__"):
        return function
    return type(function).__call__


def _hints_of(code: Any) -> tuple[dict[str, Any], ValueError | None]:
    if not getattr(code, "__annotations__", None):
        return {}, None
    try:
        return typing.get_type_hints(code, include_extras=True), None
    except UNRESOLVED as error:
        return {}, ValueError(unresolved(error, "the function"))


def _doc_of(function: Any) -> str:
    is_instance = not inspect.isroutine(function) and not isinstance(function, type)
    own = type(function).__call__ if is_instance and not hasattr(function, "__wrapped__") else function
    doc = inspect.getdoc(own)
    return (inspect.getdoc(type(function)) if doc == type.__call__.__doc__ else doc) or ""


def _namespace_of(code: Any) -> dict[str, Any]:
    namespace = getattr(inspect.unwrap(code), "__globals__", None)
    return namespace if isinstance(namespace, dict) else {}
