"""An exception as the guest tells of it in a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..errors import GuestTrapped, JSError


@dataclass(slots=True)
class ErrorFields:
    """What the guest tells of an exception. What is absent is ``None``."""

    handle: int
    """a new reference to the thrown value, which belongs to the exception that is made"""
    is_error: bool
    """False when what was thrown is not an Error"""
    name: str
    message: str
    stack: str | None = None
    host_reference: int | None = None
    """the number of the Python exception that this one carries"""
    cause: Any = None
    errors: list[Any] | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    value: Any = None
    """what was thrown, converted, when it is not an Error"""

    def js_error(self) -> JSError:
        """The exception with these fields; without a handle."""
        return JSError(
            self.name,
            self.message,
            stack=self.stack,
            cause=self.cause,
            value=self.value,
            properties=self.properties,
            errors=self.errors or (),
        )


def error_fields(payload: Any, original_stack: Callable[[str], str]) -> tuple[ErrorFields, Any, Any, Any, Any]:
    """The fields of an ERROR payload but cause, errors, properties and value; and those four as they are there.

    :param original_stack: a JavaScript stack with the positions that source maps tell.
    """
    if type(payload) is not list or len(payload) != 10:
        raise malformed("an error without ten fields")
    handle, is_error, name, message, stack, host_reference, cause, errors, properties, value = payload
    if type(handle) is not int or type(is_error) is not bool:
        raise malformed("an error without a handle")
    fields = ErrorFields(
        handle,
        is_error,
        name if isinstance(name, str) else "Error",
        message if isinstance(message, str) else "",
        original_stack(stack) if isinstance(stack, str) else None,
        host_reference if type(host_reference) is int else None,
    )
    return fields, cause, errors, properties, value


def set_members(target: ErrorFields | JSError, cause: Any, errors: Any, properties: Any, value: Any) -> None:
    """Gives an error the fields that hold values, as they are in the message."""
    target.properties = properties if isinstance(properties, dict) else {}
    if isinstance(errors, list):
        target.errors = errors
    elif errors is not msgspec.UNSET:
        target.properties["errors"] = errors  # a property that only has the name of AggregateError's
    if cause is not msgspec.UNSET:
        target.cause = cause
    if value is not msgspec.UNSET:
        target.value = value


def malformed(why: str) -> GuestTrapped:
    """The guest wrote what our C never writes; so its memory is not to be trusted any more: what to raise."""
    return GuestTrapped(f"it sent a malformed message ({why})")
