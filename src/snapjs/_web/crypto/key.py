"""Keys as the host sees them (https://w3c.github.io/webcrypto/#cryptokey-interface)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, NoReturn, TypeAlias

from ..._threads import RLock
from .failure import Failure

KeyType: TypeAlias = Literal["public", "private", "secret"]

USAGES: Final = ("encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey")
"""in the order in which a key's usages are listed"""
MAXIMUM_SECRET: Final = 1 << 20
"""bytes of a secret key, and of bits that are derived"""
_MAXIMUM_HELD: Final = 16 << 20
"""bytes of all keys of one VM that stay on the host, whose memory limit does not count them"""
_OVERHEAD: Final = 1024
"""bytes that are counted for each of them besides its material"""


@dataclass(slots=True)
class Key:
    """What is behind a ``CryptoKey``.

    :param algorithm: its ``[[algorithm]]``; a hash is there by its name alone.
    :param material: a secret key's bytes; of RSA and elliptic curves PKCS #8 or SubjectPublicKeyInfo, DER; of
        the other curves the bytes of RFC 7748 and RFC 8032.
    :param parsed: of one that is not extractable, what was made of its material.
    """

    type: KeyType
    extractable: bool
    algorithm: dict[str, Any]
    usages: tuple[str, ...]
    material: bytes
    parsed: Any = field(default=None, repr=False, compare=False)

    def for_guest(self, held: HostKeys) -> dict[str, Any]:
        """What the guest keeps. The material of a key that is not extractable stays here.

        :param held: those of the VM.
        :raises Failure: OperationError: they would be too many.
        """
        return {
            "type": self.type,
            "extractable": self.extractable,
            "algorithm": self.algorithm,
            "usages": list(self.usages),
            "material": self.material if self.extractable else held.hold(self),
        }


class HostKey:
    """A key that stays on the host. The guest holds it as it holds a function of the host, so that it can name no other
    one, and the host hears when it is dropped; but there is nothing to call.
    """

    __slots__ = ("__weakref__", "_held", "key")

    def __init__(self, key: Key, held: HostKeys) -> None:
        self.key = key
        self._held = held

    def __del__(self) -> None:
        self._held.count(-_size(self.key))

    def __call__(self, *arguments: object) -> NoReturn:
        raise TypeError("a key is no function")

    def __repr__(self) -> str:
        return f"<{self.key.type} key of {self.key.algorithm['name']}, not extractable>"


class HostKeys:
    """How much memory the keys of one VM take that stay on the host."""

    def __init__(self) -> None:
        self._size = 0
        # Keys are made in one thread and let go of in another, or by the garbage collector in the middle of this.
        self._lock = RLock()

    @property
    def are_many(self) -> bool:
        """Whether those that the program has dropped had better be forgotten before the next one."""
        return self._size + MAXIMUM_SECRET + _OVERHEAD > _MAXIMUM_HELD

    def hold(self, key: Key) -> HostKey:
        """A key that stays.

        :raises Failure: OperationError: there is no room for it.
        """
        if self.count(_size(key)) > _MAXIMUM_HELD:
            self.count(-_size(key))
            raise Failure(
                "OperationError",
                f"all keys that are not extractable may take {_MAXIMUM_HELD} bytes of the host. Let go of some",
            )
        return HostKey(key, self)

    def count(self, size: int) -> int:
        """So many bytes more are held; how many there are."""
        with self._lock:
            self._size += size
            return self._size


def _size(key: Key) -> int:
    return len(key.material) + _OVERHEAD


def check_secret_size(size: int) -> None:
    """
    :raises Failure: OperationError: no secret has so many bytes.
    """
    if size > MAXIMUM_SECRET:
        raise Failure("OperationError", f"a secret has at most {MAXIMUM_SECRET} bytes, not {size}")


def from_guest(described: dict[str, Any]) -> Key:
    """The key that the guest names.

    :raises Failure: it stayed with another VM.
    """
    material = described["material"]
    if isinstance(material, HostKey):
        return material.key
    if not isinstance(material, bytes):
        raise Failure(
            "InvalidAccessError",
            "the key is not extractable, so its material is in no snapshot: it stayed with the VM that the snapshot "
            "was taken of. Import or unwrap it again, or make keys extractable that are to live through a snapshot",
        )
    algorithm, usages = described["algorithm"], tuple(described["usages"])
    return Key(described["type"], bool(described["extractable"]), algorithm, usages, material)


def checked_usages(usages: list[str], allowed: tuple[str, ...], what: str) -> tuple[str, ...]:
    """The usages in their order, each once.

    :param what: whose they are, for the error.
    :raises Failure: SyntaxError: one of them is not allowed.
    """
    for usage in usages:
        if usage not in allowed:
            raise Failure("SyntaxError", f"{what} cannot be used to {usage}")
    return tuple(usage for usage in USAGES if usage in usages)


def insist_on_usages(key: Key) -> Key:
    """The key, if it can be used for anything, as secret and private ones must.

    :raises Failure: SyntaxError.
    """
    if key.type != "public" and not key.usages:
        raise Failure("SyntaxError", f"a {key.type} key needs at least one usage")
    return key
