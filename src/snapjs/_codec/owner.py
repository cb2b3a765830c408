"""What the codec asks of the VM whose values it converts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..grant import Grant
    from .error_fields import ErrorFields


class Owner(Protocol):
    """What a :class:`Codec` asks of its VM.

    Towards Python each handle is a new reference, which the returned object owns.
    """

    def function(self, handle: int, /) -> Any:
        """The Python object for a JavaScript function."""

    def promise(self, handle: int, /) -> Any:
        """The Python object for a promise."""

    def handle(self, handle: int, /) -> Any:
        """The Python object for a value that is not converted."""

    def host_function(self, index: int, /) -> Any:
        """The callable that was lent under this index."""

    def host_object(self, number: int, /) -> Any:
        """What was lent under this number; 0 is none."""

    def error(self, fields: ErrorFields, /) -> BaseException:
        """A JSError, or the Python exception that ``host_reference`` names. In a message with references the fields
        cause, errors, properties and value are empty at this time, and the JSError gets them later."""

    def original_stack(self, stack: str, /) -> str:
        """A JavaScript stack with the positions that source maps tell."""

    def check_time(self) -> None:
        """
        :raises TimeLimitError: the code whose values are converted has no time left.
        """

    def give_up(self, reason: str, /) -> None:
        """The guest is not to be trusted any more: it sent what our C never sends."""

    def handle_of(self, value: Any, /) -> int | None:
        """The handle of a Handle, Function, Promise or JSError of this VM; ``None`` for any other object. Called for
        every object of a type that the codec does not know.

        :raises WrongVMError: it is another VM's.
        """

    @property
    def can_transfer(self) -> bool:
        """Whether the engine knows what :meth:`transfer` makes."""

    @property
    def shows_causes(self) -> bool:
        """Whether JavaScript sees what an exception of Python was raised from."""

    def transfer(self, data: bytes | bytearray | memoryview, /) -> int:
        """Copy bytes into the guest, for the message that is being made to make a buffer of; their address there.
        Called when the whole value has proved convertible."""

    def forget_dropped(self) -> None:
        """Forget what JavaScript has dropped. Called before anything of a message is lent, and not again until it is
        sent: a number that the message has must not become another's."""

    def note_unsent(self) -> None:
        """A message is not sent for which something was lent."""

    def lend_function(self, function: Callable[..., Any], /) -> int:
        """The index of a callable that goes into JavaScript. Called when the whole value has proved convertible."""

    def lend_exception(self, error: BaseException, /) -> int:
        """The number of an exception that goes into JavaScript. Called when the whole value has proved convertible."""

    def members_of(self, grant: Grant, /) -> bytes:
        """A message of a grant's members: an array of name, kind, name, kind …

        :raises CapabilityError, WrongVMError: it cannot be lent to this VM.
        """

    def lend_object(self, grant: Grant, /) -> int:
        """The number of a grant that goes into JavaScript. Called when the whole value has proved convertible, once for
        each time that it is in the message."""

    def lend_awaitable(self, awaitable: Awaitable[Any], /) -> int:
        """The id of a new pending call that the awaitable will settle. Called when the whole value has proved
        convertible."""
