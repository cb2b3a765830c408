"""The Python objects that JavaScript of one VM holds: grants that it was lent.

JavaScript may drop an object while Python is sending it again. So both sides count: here how often a number was sent,
in the guest how often it was received, and it is forgotten when the guest has dropped it and received all.
"""

from __future__ import annotations

from .._codec.plain import pack
from ..errors import CapabilityError, EngineMismatch
from ..grant import Grant
from .grants import foreign
from .lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from .bridge import Bridge


_MOST: Final = 2**32 - 1
"""the largest number of an object"""


class _Lent:
    """A grant that JavaScript holds."""

    __slots__ = ("grant", "sent")

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.sent = 0
        """how often the guest was sent it and has not said that it received it"""


class HostObjects:
    """Those of one VM. Which numbers stand for something is known here alone: after a restore, none does.

    :param bridge: of the VM; a weak proxy.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._lent: dict[int, _Lent] = {}
        self._numbers: dict[Grant, int] = {}
        self._last = 0
        """number that was given last. None is given again before all others were: what is left of a former one is to
        mean nothing"""

    def __len__(self) -> int:
        return len(self._lent)

    # ---- towards JavaScript

    def members(self, grant: Grant) -> bytes:
        """What of a grant stands in a message beside its number.

        :raises CapabilityError: it was revoked, or came with a snapshot.
        :raises WrongVMError: it is none of this VM's owner.
        :raises EngineMismatch: the engine has no such objects.
        """
        grants = self._bridge.options.grants
        if grants is not None:
            grants.check(grant)
        elif grant._refusal:
            raise CapabilityError(grant._refusal_text(), capability=grant._name)
        else:
            raise foreign()
        self._check_engine()
        if not grant._payload:
            grant._payload = pack([part for member in grant._members.items() for part in member])
        return grant._payload

    def lend(self, grant: Grant) -> int:
        """The number of a grant, which is sent once more."""
        number = self._numbers.get(grant)
        if number is None:
            number = self._numbers[grant] = self._next_number()
            self._lent[number] = _Lent(grant)
        self._lent[number].sent += 1
        return number

    def _next_number(self) -> int:
        while True:
            self._last = self._last % _MOST + 1
            if self._last not in self._lent:
                return self._last

    def forget(self, number: int, received: int) -> None:
        """The guest has dropped an object.

        :param received: how often it was sent it.
        """
        lent = self._lent.get(number)
        if lent is None:
            return
        lent.sent -= received
        if lent.sent <= 0:
            del self._lent[number], self._numbers[lent.grant]

    def count_deliveries(self) -> None:
        """A message was not received whole, and none is under way: what was sent in vain was not sent."""
        received: dict[int, int] = dict(self._bridge.ask("snap_host_objects"))
        for number, lent in tuple(self._lent.items()):
            if number in received:
                lent.sent = received[number]
            else:
                self.forget(number, lent.sent)

    def close(self) -> None:
        """The VM is closed: let go of all."""
        self._lent.clear()
        self._numbers.clear()

    @lazy
    def _has_engine(self) -> bool:
        """Whether the engine has such objects. Earlier ones had none."""
        bridge = self._bridge
        return not bridge.instance.engine.foreign or "EXT_HOST_OBJECT" in bridge.ask("snap_describe")["constants"]

    def _check_engine(self) -> None:
        if not self._has_engine:
            engine = self._bridge.instance.engine.sha256
            raise EngineMismatch(
                engine,
                f"engine {engine}, which the snapshot of this VM needs, has no grants: they came later. "
                "Use them in a VM of this version's engine",
            )

    # ---- from JavaScript

    def grant(self, number: int) -> Grant:
        """The grant of a number; one that is of no use where this VM has lent none under it."""
        lent = self._lent.get(number)
        return Grant._unbound() if lent is None else lent.grant

    def use(self, *arguments: Any) -> Any:
        """Answer a use of a member: what a method returns, an awaitable of that, or the value of an attribute.

        :param arguments: the grant, the member's name, the method's arguments. They may come out of a snapshot that
            somebody forged.
        :raises CapabilityError: it is not allowed, or not any more.
        """
        if len(arguments) < 2 or type(arguments[0]) is not Grant or type(arguments[1]) is not str:
            raise CapabilityError("There is no such grant.")
        grant, name = arguments[:2]
        grants = self._bridge.options.grants
        if grants is None:  # what the VM was never lent came with a snapshot
            raise CapabilityError(grant._refusal_text(name), capability=f"{grant._name}.{name}")
        return grants.use(grant, name, arguments[2:])
