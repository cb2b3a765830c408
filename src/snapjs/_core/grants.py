"""Which Python objects guest code may use, and what of them."""

from __future__ import annotations

from functools import cached_property
from inspect import getattr_static

from .._checks import is_async
from .._codec.plain import SCALARS
from .._guest.abi import Member
from ..errors import CapabilityError, WrongVMError
from ..grant import Grant
from ..values import JSMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final, NoReturn, Protocol

    class Lender(Protocol):
        """What a VM asks about the grants that it lends: ``HostOptions.grants``."""

        def check(self, grant: Grant, /) -> None:
            """As :meth:`Grants.check`."""

        def use(self, grant: Grant, name: str, arguments: tuple[Any, ...], /) -> Any:
            """As :meth:`Grants.use`."""


_CONTAINERS: Final = frozenset({list, dict, tuple, set, JSMap})


class Use:
    """A use of a member that a grant allows; a call of this makes it."""

    __slots__ = ("_name", "_object", "arguments", "kind")

    def __init__(self, object: Any, name: str, kind: int, arguments: tuple[Any, ...]) -> None:
        self._object = object
        self._name = name
        self.kind = kind
        """a number of ``abi.Member``"""
        self.arguments = arguments

    def __call__(self) -> Any:
        value = getattr(self._object, self._name)
        return value if self.kind == Member.ATTRIBUTE else value(*self.arguments)


class Grants:
    """The grants of one owner, whose VMs may lend and resolve them.

    It does not keep the grants: one that neither Python nor JavaScript refers to is gone, with its object.
    """

    def grant(self, object: Any, allow: Iterable[str] = ()) -> Grant:
        """A new grant of an object.

        :param allow: names of the methods and attributes that guest code may use.
        :raises TypeError: that is something else than names.
        :raises ValueError: the object lacks one, or one can be granted never.
        """
        if isinstance(allow, str):
            raise TypeError(f"allow takes a list of names: give ({allow!r},)")
        if not hasattr(allow, "__iter__"):
            raise TypeError(f"allow takes a list of names, not {type(allow).__name__}")
        return Grant(self, object, {name: _kind(object, name) for name in allow})

    def revoke(self, grant: Grant) -> None:
        """Let nobody use the object through this grant from here on. Idempotent.

        :raises WrongVMError: it is another owner's.
        """
        if not _checked(grant)._refusal:
            self._check_owner(grant)
        grant._end()

    def resolve(self, grant: Grant) -> Any:
        """The object of a grant.

        :raises CapabilityError: it was revoked, or came with a snapshot.
        :raises WrongVMError: it is another owner's.
        """
        object = _checked(grant)._object  # before the check: another thread may revoke it
        self.check(grant)
        return object

    def check(self, grant: Grant) -> None:
        """Raise what :meth:`resolve` raises."""
        if _checked(grant)._refusal:
            raise CapabilityError(grant._refusal_text(), capability=grant._name)
        self._check_owner(grant)

    def _check_owner(self, grant: Grant) -> None:
        if grant._owner is not self:
            raise foreign()

    def use(self, grant: Grant, name: str, arguments: tuple[Any, ...]) -> Any:
        """What a method returns or an attribute is. Guest code asks for it, so the name may be any.

        :raises CapabilityError, WrongVMError: as :meth:`admitted`.
        """
        return self.admitted(grant, name, arguments)()

    def admitted(self, grant: Grant, name: str, arguments: tuple[Any, ...]) -> Use:
        """A use that guest code asks for, with the objects in place of their grants.

        :raises CapabilityError: the grant does not allow it, or not any more, or one among the arguments has ended.
        :raises WrongVMError: one is another owner's.
        """
        object = grant._object  # before the check: another thread may revoke it
        kind = None if grant._refusal or grant._owner is not self else grant._members.get(name)
        if kind is None:
            self._refuse(grant, name)
        return Use(object, name, kind, () if kind == Member.ATTRIBUTE else self.unwrapped(arguments))

    def _refuse(self, grant: Grant, name: str) -> NoReturn:
        capability = f"{grant._name}.{name}"
        if grant._refusal:
            raise CapabilityError(grant._refusal_text(name), capability=capability)
        self._check_owner(grant)
        allowed = ", ".join(grant._members) or "nothing"
        raise CapabilityError(
            f"{name} is not allowed: this grant of {grant._name} is for {allowed}. Name it in allow=.",
            capability=capability,
        )

    def unwrapped(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of a call from JavaScript with the objects in place of their grants, also in lists, dicts and
        sets of any depth, which are copied then.

        :raises CapabilityError, WrongVMError: as :meth:`resolve`.
        """
        if SCALARS.issuperset(map(type, arguments)):
            return arguments
        containers, has_grants = _scan(arguments)
        if not has_grants:
            return arguments
        copies = {id(each): self._empty(each) for each in containers if type(each) is not tuple}

        def copy(value: Any) -> Any:
            if type(value) is Grant:
                return self.resolve(value)
            if type(value) is tuple:  # arguments, or an entry of a Map: there are none in one another
                return tuple(map(copy, value))
            return copies.get(id(value), value)

        for container in containers:
            if type(container) is tuple:
                continue
            target = copies[id(container)]
            if isinstance(container, dict):
                entries = ((copy(key), copy(value)) for key, value in container.items())
                target.update(entries) if isinstance(target, dict) else target.extend(entries)
            else:
                members = map(copy, container)
                target.update(members) if isinstance(target, set) else target.extend(members)
        return tuple(map(copy, arguments))

    def _empty(self, container: Any) -> Any:
        """What a copy of the container is to be: a list, as the codec has it, where Python cannot tell apart what
        JavaScript does."""
        kind = type(container)
        if kind is list or kind is dict:  # whose keys are texts
            return kind()
        members = [self.resolve(member) if type(member) is Grant else member for member in container]
        try:
            return kind() if len(set(members)) == len(members) else []
        except TypeError:  # one has no hash
            return []


def foreign() -> WrongVMError:
    """What to raise for a grant in a VM that is not its owner's."""
    return WrongVMError("This grant belongs to another sandbox. Grant the object in the one that is to use it.")


def _checked(grant: Grant) -> Grant:
    if not isinstance(grant, Grant):
        raise TypeError(f"expected a Grant, not {type(grant).__name__}: sandbox.grant(object) makes one")
    return grant


def _scan(root: tuple[Any, ...]) -> tuple[list[Any], bool]:
    """The containers in a value, each once, and whether there is a grant in one of them."""
    containers: list[Any] = [root]
    met = {id(root)}
    has_grants = False
    for container in containers:
        members = [*container, *container.values()] if isinstance(container, dict) else container
        for member in members:
            kind = type(member)
            if kind is Grant:
                has_grants = True
            elif kind in _CONTAINERS and id(member) not in met:
                met.add(id(member))
                containers.append(member)
    return containers, has_grants


def _kind(object: Any, name: str) -> int:
    """What of an object a name stands for. No property is read for it."""
    if not isinstance(name, str):
        raise TypeError(f"allow takes names, and {name!r} is in it")
    if name.startswith("__") and name.endswith("__"):
        raise ValueError(
            f"{name} cannot be granted: names like this are of Python itself, and lead from any object to its class, "
            "its module and all that these can do. Write a method that does what is needed."
        )
    try:
        found = getattr_static(object, name, None)
        if isinstance(found, cached_property) or hasattr(type(found), "__set__"):
            return Member.ATTRIBUTE
        value = getattr(object, name)
    except AttributeError:
        raise ValueError(
            f"allow names {name!r}, and a {type(object).__name__} has no such method or attribute"
        ) from None
    if not callable(value):
        return Member.ATTRIBUTE
    return Member.ASYNC if is_async(value) else Member.METHOD
