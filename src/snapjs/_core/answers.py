"""What the guest asks of the host: calls of Python functions, modules, output, the time, whether to stop."""

from __future__ import annotations

import struct

from .._guest import abi
from .._guest.abi import INTEGER_END
from .._guest.raw import Trap
from ..errors import EngineMismatch, MemoryLimitError
from ..pending import PendingMarker
from .lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final

    from .._codec.codec import Codec
    from ..values import Undefined
    from .bridge import Bridge
    from .handle_kinds import BorrowedHandle
    from .lending import HostFunction

_OK: Final = abi.Status.OK
_EXCEPTION: Final = abi.Status.EXCEPTION
_INTERRUPTED: Final = abi.Status.INTERRUPTED
_ABSENT: Final = abi.Status.ABSENT
_HAS_REFERENCES: Final = abi.Result.HAS_REFERENCES
_SERVICE: Final = abi.Host.SERVICE
_MEMBER: Final = abi.Host.MEMBER
_HANDLES: Final = abi.Result.HANDLES
_INTEGER: Final = abi.Status.INTEGER
_HANDLE: Final = struct.Struct("<Q")


class Answers:
    """Answers one instance (``_guest.instance.Host``). No exception leaves it but into JavaScript.

    :param bridge: of the VM; a weak proxy.
    :param functions: what JavaScript may call, by the guest's index.
    """

    def __init__(self, bridge: Bridge, functions: Mapping[int, HostFunction]) -> None:
        self._bridge = bridge
        self._options = bridge.options  # which the proxy takes longer to tell
        self._functions = functions
        self.stop: BaseException | None = None
        """what the interrupted code is to be ended with, since JavaScript must not catch it"""
        self.interrupted: bool = False
        """the interrupt callable has said so"""

    @lazy
    def _codec(self) -> Codec:
        # Kept, since it is used in every host call and the proxy is slow.
        return self._bridge.codec

    @lazy
    def _for_handles(self) -> tuple[type[BorrowedHandle], Undefined]:
        from ..values import undefined
        from .handle_kinds import BorrowedHandle

        return BorrowedHandle, undefined

    def answer_call(self, index: int, message: memoryview, flags: int) -> tuple[int, bytes]:
        function = self._functions.get(index)
        if function is None and index == _SERVICE:
            function = self._bridge.services.call
        elif function is None and index == _MEMBER:
            function = self._bridge.host_objects.use
        if function is None or isinstance(function, PendingMarker):
            return _ABSENT, b""
        if flags & _HANDLES:
            return self._answer_with_handles(function, message)
        try:
            result = function(*self._codec.decode(message, flags & _HAS_REFERENCES != 0))
            if type(result) is int and 0 <= result < INTEGER_END:
                return result << 8 | _INTEGER, b""
            return _OK, self._codec.encode(result)
        except BaseException as error:
            return self._failure(error)

    def _answer_with_handles(self, function: Callable[..., Any], message: memoryview) -> tuple[int, bytes]:
        make_borrowed, undefined = self._for_handles
        bridge = self._bridge.itself()
        borrowed: list[BorrowedHandle] = []
        try:
            borrowed += [make_borrowed(bridge, number) for (number,) in _HANDLE.iter_unpack(message)]
            result = function(*borrowed)
            return _OK, self._codec.encode(undefined if result is None else result)
        except BaseException as error:
            return self._failure(error)
        finally:
            for handle in borrowed:
                handle._expire()

    def answer_import(self, message: memoryview) -> tuple[int, bytes]:
        try:
            status, answer = self._bridge.imports.answer(*self._codec.decode(message, False))
            return status, self._codec.encode(answer)
        except BaseException as error:
            return self._failure(error)

    def _failure(self, error: BaseException) -> tuple[int, bytes]:
        """The status and message for what a Python function raised."""
        # KeyboardInterrupt, SystemExit, the end of the VM: out through the guest, which must not catch it
        if not isinstance(error, Exception) or self._bridge.is_dead:
            self.stop = error
            return _INTERRUPTED, b""
        try:
            return _EXCEPTION, self._codec.encode(error)
        except Exception as failure:
            # Where Python's stack has ended, nothing can be converted: that it has is what there is to say.
            self.stop = error if isinstance(error, RecursionError) else failure
            return _INTERRUPTED, b""

    def refuse_answer(self) -> tuple[int, bytes]:
        return self._failure(MemoryLimitError(limit=self._options.memory_limit))

    def died(self, trap: Trap) -> BaseException:
        return self._bridge.died(trap)

    def lacks(self, export: str) -> BaseException:
        engine = self._bridge.instance.engine.sha256
        return EngineMismatch(
            engine,
            f"engine {engine}, which the snapshot of this VM needs, has no {export}: what this would do came later. "
            "Do it in a VM of this version's engine",
        )

    def write(self, stream: int, text: str) -> None:
        self._options.write(stream, text)

    def clock(self, monotonic: bool) -> float:
        return self._options.clock.milliseconds(monotonic)

    def timezone(self, unix_seconds: float) -> int:
        return self._options.timezone(unix_seconds)

    def interrupt(self) -> bool:
        asked = self._options.interrupt
        if asked is None:
            return False
        if asked() is True:
            self.interrupted = True
            return True
        return False
