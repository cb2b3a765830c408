"""Arguments of saved host calls, for people to look at: there is no VM that references in them could point into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._codec.codec import Codec
from .._codec.no_vm import NoVM
from ..errors import ConversionError, GuestTrapped


@dataclass(frozen=True)
class Description:
    """Stands for a value that lives in the saved VM only."""

    text: str

    def __repr__(self) -> str:
        return f"<{self.text}>"


class _Describer(NoVM):
    """Describes whatever lives in a VM."""

    def function(self, handle: int, /) -> Description:
        return Description("function")

    def promise(self, handle: int, /) -> Description:
        return Description("promise")

    def handle(self, handle: int, /) -> Description:
        return Description("object")

    def host_function(self, index: int, /) -> Description:
        return Description("host function")

    def host_object(self, number: int, /) -> Description:
        return Description("grant")


def describe_arguments(message: bytes, has_references: bool) -> tuple[Any, ...]:
    """The arguments that a message of the value codec holds.

    :raises ValueError: it is not an array of values.
    """
    describer = _Describer()
    try:
        arguments = Codec(describer).decode(message, has_references)
    except (ConversionError, GuestTrapped) as error:
        raise ValueError(str(error)) from None
    if not isinstance(arguments, list):
        raise ValueError("it is not an array")
    return tuple(arguments)
