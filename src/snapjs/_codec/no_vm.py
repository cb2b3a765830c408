"""Values as messages that belong to no VM: nothing in them can refer to one."""

from __future__ import annotations

from typing import Any, NoReturn

from ..errors import ConversionError
from .error_fields import ErrorFields


class NoVM:
    """Answers the codec's questions where there is no VM: refuses whatever lives in one."""

    can_transfer = False
    shows_causes = True

    def function(self, handle: int, /) -> Any:
        raise _foreign("a function")

    def promise(self, handle: int, /) -> Any:
        raise _foreign("a promise")

    def handle(self, handle: int, /) -> Any:
        raise _foreign("a value without a counterpart")

    def host_function(self, index: int, /) -> Any:
        raise _foreign("a host function")

    def host_object(self, number: int, /) -> Any:
        raise _foreign("a grant")

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

    def transfer(self, data: Any, /) -> NoReturn:
        raise AssertionError("can_transfer is False")

    def forget_dropped(self) -> None:
        pass

    def note_unsent(self) -> None:
        pass

    def lend_function(self, function: Any, /) -> NoReturn:
        raise _foreign("a function")

    def lend_exception(self, error: BaseException, /) -> NoReturn:
        raise _foreign("an exception")

    def members_of(self, grant: Any, /) -> NoReturn:
        raise _foreign("a grant")

    def lend_object(self, grant: Any, /) -> NoReturn:
        raise _foreign("a grant")

    def lend_awaitable(self, awaitable: Any, /) -> NoReturn:
        raise _foreign("an awaitable")


def _foreign(what: str) -> ConversionError:
    return ConversionError(f"There is {what} in the value, which cannot go to another process. Pass data only.")
