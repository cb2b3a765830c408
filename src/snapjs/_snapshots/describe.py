"""Arguments of saved host calls, for people to look at: there is no VM that references in them could point into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from .._codec.codec import Codec
from .._codec.decode import ErrorFields
from ..errors import ConversionError, GuestTrapped


@dataclass(frozen=True)
class Description:
    """Stands for a value that lives in the saved VM only."""

    text: str

    def __repr__(self) -> str:
        return f"<{self.text}>"


class _Describer:
    """Answers the codec's questions without a VM."""

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

    def error(self, fields: ErrorFields, /) -> BaseException:
        return fields.js_error()

    def original_stack(self, stack: str, /) -> str:
        return stack

    def check_time(self) -> None:
        pass

    def give_up(self, reason: str, /) -> None:
        pass

    def handle_of(self, value: Any, /) -> None:
        return None

    can_transfer = False
    shows_causes = True

    def transfer(self, data: Any, /) -> NoReturn:
        raise NotImplementedError

    def forget_dropped(self) -> None:
        pass

    def note_unsent(self) -> None:
        pass

    def lend_function(self, function: Any, /) -> NoReturn:
        raise NotImplementedError

    def lend_exception(self, error: BaseException, /) -> NoReturn:
        raise NotImplementedError

    def members_of(self, grant: Any, /) -> NoReturn:
        raise NotImplementedError

    def lend_object(self, grant: Any, /) -> NoReturn:
        raise NotImplementedError

    def lend_awaitable(self, awaitable: Any, /) -> NoReturn:
        raise NotImplementedError


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
