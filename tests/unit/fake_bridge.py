"""A VM as the codec sees it, for tests of the codec alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from snapjs._codec.codec import Codec
from snapjs._codec.error_fields import ErrorFields
from snapjs.errors import WrongVMError
from snapjs.grant import Grant


@dataclass(frozen=True)
class FakeHandle:
    """What stands for a value of the VM named ``owner``."""

    kind: str
    number: int
    owner: str = "this"


@dataclass
class FakeBridge:
    functions: list[Callable[..., Any]] = field(default_factory=list)
    exceptions: list[BaseException] = field(default_factory=list)
    awaitables: list[Any] = field(default_factory=list)
    errors: list[ErrorFields] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    transfers: list[bytes] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    """why the guest is not to be trusted any more"""
    can_transfer: bool = False
    shows_causes: bool = True

    def function(self, handle: int) -> FakeHandle:
        return FakeHandle("function", handle)

    def promise(self, handle: int) -> FakeHandle:
        return FakeHandle("promise", handle)

    def handle(self, handle: int) -> FakeHandle:
        return FakeHandle("handle", handle)

    def host_function(self, index: int) -> Any:
        return self.functions[index]

    def host_object(self, number: int) -> Any:
        return self.grants[number]

    def check_time(self) -> None:
        pass

    def give_up(self, reason: str) -> None:
        self.reasons.append(reason)

    def error(self, fields: ErrorFields) -> BaseException:
        self.errors.append(fields)
        if fields.host_reference is not None:
            return self.exceptions[fields.host_reference]
        return fields.js_error()

    def original_stack(self, stack: str) -> str:
        return stack

    def handle_of(self, value: Any) -> int | None:
        if not isinstance(value, FakeHandle):
            return None
        if value.owner != "this":
            raise WrongVMError
        return value.number

    def transfer(self, data: bytes | bytearray | memoryview) -> int:
        self.transfers.append(bytes(data))
        return 0x1000 * len(self.transfers)

    def forget_dropped(self) -> None:
        pass

    def note_unsent(self) -> None:
        pass

    def lend_function(self, function: Callable[..., Any]) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def lend_exception(self, error: BaseException) -> int:
        self.exceptions.append(error)
        return len(self.exceptions) - 1

    def members_of(self, grant: Grant) -> bytes:
        if grant._owner is not self.grants:
            raise WrongVMError
        return b"\x92\xa4find\x01"

    def lend_object(self, grant: Grant) -> int:
        self.grants.append(grant)
        return len(self.grants) - 1

    def lend_awaitable(self, awaitable: Any) -> int:
        self.awaitables.append(awaitable)
        return len(self.awaitables) + 6


class Pair:
    """A codec and the bridge that it asks."""

    def __init__(self) -> None:
        self.bridge = FakeBridge()
        self.codec = Codec(self.bridge)

    def encode(self, value: Any) -> bytes:
        return self.codec.encode(value)

    def decode(self, data: bytes | str, has_references: bool = False, type: Any = Any) -> Any:
        return self.codec.decode(bytes.fromhex(data) if isinstance(data, str) else data, has_references, type)
