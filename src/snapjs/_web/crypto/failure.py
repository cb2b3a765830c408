"""Why an operation fails."""

from __future__ import annotations

from typing import Literal, TypeAlias

ErrorName: TypeAlias = Literal[
    "DataError", "InvalidAccessError", "NotSupportedError", "OperationError", "SyntaxError", "TypeError"
]


class Failure(Exception):
    """What JavaScript gets as a DOMException, or as its own TypeError.

    :param name: of the exception.
    :param message: the cause, then the remedy where there is one.
    """

    def __init__(self, name: ErrorName, message: str) -> None:
        super().__init__(name, message)
        self.name = name
        self.message = message


def lacking(what: str) -> Failure:
    """The algorithm needs a package that is not installed."""
    return Failure(
        "NotSupportedError",
        f"{what} needs the Python package 'cryptography' on the host: pip install snapjs[crypto]",
    )
