"""What Python lends to JavaScript: functions and exceptions. The guest refers to each by a number, and says when it has
dropped one."""

from __future__ import annotations

from .._checks import is_async
from .._guest import abi
from ..errors import MemoryLimitError
from ..pending import GRANT_CALL, IMPORT_CALL, PendingMarker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, NoReturn

    from .bridge import Bridge

    HostFunction = Callable[..., Any] | PendingMarker

_HOST_FUNCTION = abi.Ext.HOST_FUNCTION
_RELEASED = abi.Event.RELEASED
_SYNC = abi.Host.SYNC
_DEFERRED = abi.Host.DEFERRED
_UNBOUND = abi.Host.UNBOUND
_TAKES_HANDLES = abi.Host.TAKES_HANDLES


def mode_of(function: HostFunction) -> int:
    """How calls of it are answered: at once, or as a pending call."""
    if isinstance(function, PendingMarker):
        return _DEFERRED
    if not callable(function):
        raise TypeError(f"a host function is a callable or snapjs.pending, not {type(function).__name__}")
    return _DEFERRED if is_async(function) else _SYNC


def _mode_with_handles(function: HostFunction) -> int:
    """As :func:`mode_of`, for one that takes handles.

    :raises TypeError: it does not answer at once: its handles are valid until it returns.
    """
    if mode_of(function) != _SYNC:
        raise TypeError(
            "a host function that takes handles is a plain callable: give an async def, or snapjs.pending, to expose()"
        )
    return _SYNC | _TAKES_HANDLES


class UnboundFunction:
    """Stands for a function that JavaScript passes and to which nothing is bound any more, as after a restore."""

    def __call__(self, *arguments: Any) -> NoReturn:
        raise TypeError("this host function is not registered: nothing is bound to it any more")


class Lending:
    """The tables of one VM."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self.functions: dict[int, HostFunction] = {}
        """by the guest's index"""
        self._indexes: dict[int, int] = {}
        """guest's index by ``id()`` of the callable; the callable is kept alive by ``functions``"""
        self._named: dict[tuple[int, str], int] = {}
        """guest's index by realm and name"""
        self._taking_handles: set[int] = set()
        """guest's indexes of those that get handles for arguments"""
        self._temporary: dict[int, int] = {}
        """guest's index by host reference"""
        self._exceptions: dict[int, BaseException] = {}
        """by host reference: one of each time that it was sent, for each becomes an Error of its own"""

    def close(self) -> None:
        """Let go of all. A key of cryptography among the functions is not to stay until the VM is collected, and the
        traceback of an exception leads to who uses the VM: with the VM it would stay until Python looks for cycles."""
        self.functions.clear()
        self._exceptions.clear()

    # ---- functions

    def named(self, name: str, realm: int = 0) -> HostFunction | None:
        """What is bound to a name."""
        index = self._named.get((realm, name))
        return None if index is None else self.functions.get(index)

    def temporary(self, name: str) -> HostFunction | None:
        """The callable that was lent under a number, by the name that the guest gives to it."""
        index = self._temporary.get(int(name[1:])) if name[:1] == "#" and name[1:].isdecimal() else None
        return None if index is None else self.functions.get(index)

    def called(self, name: str, realm: int) -> HostFunction | None:
        """What answers calls that the guest records under this name."""
        if not isinstance(name, str):  # in a snapshot that somebody forged
            return None
        if name == IMPORT_CALL:
            return None if self._bridge.options.modules is None else self._bridge.imports.answer_later
        if name == GRANT_CALL:
            return self._bridge.host_objects.use
        service = self._bridge.services.get(name)
        if service is not None:
            return service.request
        return self.named(name, realm) or self.temporary(name)

    def unbound(self, index: int) -> UnboundFunction | None:
        """What stands for a function that the guest knows and nothing is bound to; ``None`` when it knows none."""
        is_known = index in self._named.values() or index in self._temporary.values()
        return UnboundFunction() if is_known else None

    @property
    def names(self) -> list[str]:
        """Names that the guest knows."""
        return sorted({name for _, name in self._named})

    def expose(self, name: str, function: HostFunction, realm: int = 0) -> int:
        """Bind a name, for the first time or anew; the guest's index.

        :param realm: where it is exposed. In one that is not the VM's own the function lives as long as JavaScript
            holds it, or nobody could ever free the realm.
        :raises ValueError: the name was registered for a function that takes handles.
        """
        self.flush()
        mode = mode_of(function)
        index = self._named.get((realm, name))
        if index in self._taking_handles:
            raise ValueError(f"host function {name!r} is already registered by new_function. Use another name.")
        if index is not None:
            self._rebind(index, function)
            return index
        reference = self._next_reference() if realm else 0
        index = self._register(name, name.rpartition(".")[2], reference, mode, realm)
        self._named[realm, name] = index
        if reference:
            self._temporary[reference] = index
        self._bind(index, function)
        return index

    def _rebind(self, index: int, function: HostFunction) -> None:
        mode = mode_of(function)
        self._unbind(index)
        self._bridge.invoke("snap_set_host_mode", index, mode)
        self._bind(index, function)

    def register(self, name: str, function: Callable[..., Any]) -> int:
        """Bind a name that was never bound, or is not bound any more, to a function that takes handles; the guest's
        index.

        :raises ValueError: the name is taken.
        """
        index = self._named.get((0, name))
        if index is not None and (index in self.functions or index not in self._taking_handles):
            remedy = "Use another name" + (", or unregister it first." if index in self._taking_handles else ".")
            raise ValueError(f"host function {name!r} is already registered. {remedy}")
        if index is None:
            index = self._register(name, name, 0, _mode_with_handles(function))
            self._named[0, name] = index
            self._taking_handles.add(index)
            self._bind(index, function)
        else:
            self.bind_again(name, function)
        return index

    def bind_again(self, name: str, function: HostFunction) -> None:
        """Bind a name that the guest knows to another function.

        :raises ValueError: the guest does not know it.
        """
        index = self._named.get((0, name))
        if index is None:
            raise ValueError(f"there is no host function {name!r} to bind: make it with new_function or expose")
        if index in self._taking_handles:
            _mode_with_handles(function)
        self._rebind(index, function)

    def unregister(self, name: str) -> bool:
        """Unbind a name; whether it was bound."""
        index = self._named.get((0, name))
        if index is None or index not in self.functions:
            return False
        self._unbind(index)
        self._bridge.invoke("snap_set_host_mode", index, _UNBOUND)
        return True

    def lend_ephemeral(self, function: Callable[..., Any]) -> int:
        """The guest's index of a new function that takes handles and has no name."""
        self.flush()
        reference = self._next_reference()
        index = self._register(f"#{reference}", "", reference, _mode_with_handles(function))
        self._temporary[reference] = index
        self.functions[index] = function
        return index

    def withdraw(self, index: int) -> None:
        """Calls of this function fail from now on. Safe from finalizers and other threads."""
        self.functions.pop(index, None)

    def lend_function(self, function: Callable[..., Any]) -> int:
        """The guest's index of a callable that is passed as a value."""
        known = self._indexes.get(id(function))
        if known is not None:
            return known
        reference = self._next_reference()
        shown = getattr(function, "__name__", type(function).__name__)
        shown = shown if isinstance(shown, str) and shown != "<lambda>" else ""
        index = self._register(f"#{reference}", shown, reference, mode_of(function))
        self._temporary[reference] = index
        self._bind(index, function)
        return index

    def _bind(self, index: int, function: HostFunction) -> None:
        self.functions[index] = function
        if not isinstance(function, PendingMarker) and index not in self._taking_handles:
            self._indexes.setdefault(id(function), index)

    def _unbind(self, index: int) -> None:
        function = self.functions.pop(index, None)
        if function is not None and self._indexes.get(id(function)) == index:
            del self._indexes[id(function)]

    def restore(self, table: Iterable[tuple[int, str, int, int, int]], functions: Mapping[str, HostFunction]) -> None:
        """Bind the functions that a restored guest knows by name. One that is missing raises when it is called.

        Those of realms are left to ``Realm.expose``: a name may stand for less there than in the VM's own.
        """
        for index, name, mode, reference, realm in table:
            has_name = bool(realm or not reference)
            if has_name:
                self._named[realm, name] = index
            if reference:
                self._temporary[reference] = index
            if mode & _TAKES_HANDLES and has_name:
                self._taking_handles.add(index)
            function = functions.get(name) if has_name and not realm else None
            wanted = _UNBOUND if function is None else mode_of(function)
            if function is not None:
                if mode & _TAKES_HANDLES:
                    _mode_with_handles(function)
                self._bind(index, function)
            if wanted != mode & ~_TAKES_HANDLES:
                self._bridge.invoke("snap_set_host_mode", index, wanted)

    # ---- functions in the guest

    def _register(self, name: str, shown: str, reference: int, mode: int, realm: int = 0) -> int:
        """Enter a host function into the guest's table; its index."""
        bridge = self._bridge.itself()
        message = bridge.codec.encode_arguments((name, shown, reference))
        index = bridge.invoke("snap_host_function", mode, realm, message=message) & 0xFFFFFFFF
        if index == 0xFFFFFFFF:
            raise MemoryLimitError(limit=bridge.options.memory_limit)
        return index

    def number_of(self, index: int) -> int:
        """The number of a new handle of a host function."""
        bridge = self._bridge.itself()
        with bridge.entered():
            bridge.perform("snap_wrap", (abi.Wrap.VALUE,), _message(index))
            return bridge.result_number()

    def set_property(self, owner: int, key: str, index: int, realm: int) -> None:
        """Make a property of an object a function of the host."""
        bridge = self._bridge.itself()
        with bridge.entered():
            bridge.perform("snap_set", (owner, realm), _message(index, key))

    # ---- exceptions

    def lend_exception(self, error: BaseException) -> int:
        """The number of an exception that goes into JavaScript."""
        reference = self._next_reference()
        self._exceptions[reference] = error
        return reference

    def has_lent(self, error: BaseException) -> bool:
        """Whether JavaScript holds the exception."""
        return any(lent is error for lent in self._exceptions.values())

    def exception(self, reference: int) -> BaseException | None:
        """The exception that JavaScript gave back; ``None`` when it was lent by another process."""
        return self._exceptions.get(reference)

    def _next_reference(self) -> int:
        """A number that nothing is lent under. After four thousand million they begin again."""
        while True:
            reference = self._bridge.next_reference()
            if reference and reference not in self._exceptions and reference not in self._temporary:
                return reference

    # ---- what JavaScript has dropped

    def _take_released(self) -> list[int | tuple[int, int]]:
        """Host references that the guest has dropped since the last time; of objects, with how often it was sent
        them."""
        released: list[int | tuple[int, int]] = self._bridge.ask("snap_take_released")
        return released

    def flush(self) -> None:
        """Forget what the guest has dropped."""
        if self._bridge.instance.control.events & _RELEASED:
            # Calls that wait may be of what was dropped. And before it is taken, for this may fail.
            self._bridge.pending_calls.refresh()
            self._forget(self._take_released())

    def _forget(self, released: Iterable[int | tuple[int, int]]) -> None:
        for reference in released:
            if isinstance(reference, tuple):
                self._bridge.host_objects.forget(*reference)
                continue
            index = self._temporary.pop(reference, None)
            if index is not None:
                self._unbind(index)
                self._forget_name(index)
            self._exceptions.pop(reference, None)

    def count_deliveries(self) -> None:
        """A message was not received whole, and none is under way: forget what was sent in vain."""
        if self._bridge.instance.engine.foreign or not (self._temporary or self._exceptions):
            return
        self._bridge.pending_calls.refresh()
        held = frozenset(self._bridge.ask("snap_lent_errors"))
        self._forget([number for number in self._exceptions if number not in held])
        self.flush()

    def _forget_name(self, index: int) -> None:
        for key in [key for key, known in self._named.items() if known == index and key[0]]:
            del self._named[key]


def _message(index: int, key: str | None = None) -> bytes:
    """A message that is a function of the host; with a key, an array of the two."""
    from msgspec.msgpack import Ext

    from .._codec.plain import pack

    function = Ext(_HOST_FUNCTION, index.to_bytes(4, "little"))
    return pack(function if key is None else (key, function))
