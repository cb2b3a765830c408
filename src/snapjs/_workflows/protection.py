"""What stands in front of a store: nothing, keys, or a lock without a key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import cast

from ..errors import KeyRefused
from .locked import LockedStore
from .payload import pack_error
from .store import Store


def protected(store: Callable[[Collection[str] | None], Store], keys: bytes | Sequence[bytes] | None) -> Store:
    """A store, as who has these keys may use it.

    :param store: makes it, from the ids of the keys: of runs that are encrypted with others it claims none.
    :param keys: of 32 bytes, the current one first.
    :raises TypeError, ValueError: they are something else.
    :raises ImportError: the package ``cryptography`` is not installed.
    :raises KeyRefused: the store is encrypted with other keys, or not at all.
    """
    if keys is None:
        plain = store(None)
        return plain if plain.store_key() is None else cast(Store, LockedStore(plain))
    try:
        from .encrypted import EncryptedStore
        from .keys import KeyRing
    except ImportError:
        raise ImportError("keys= needs the package cryptography: pip install 'snapjs[encryption]'") from None
    ring = KeyRing([keys] if isinstance(keys, bytes) else list(keys))
    return EncryptedStore(store(ring.ids), ring)


def rotate(store: Store) -> int:
    """Have the current key wrap all data keys. How many of runs it did not wrap before.

    :raises KeyRefused: a key is missing that wraps some, or there are none.
    """
    from .encrypted import EncryptedStore

    _check(store)
    return cast(EncryptedStore, store).rotate()


def shred(store: Store, run: str) -> bool:
    """Delete the data key of a run, and end what cannot be read any more. Whether there is such a run.

    :raises KeyRefused: there are no keys.
    """
    _check(store)
    return store.shred(run, pack_error(KeyRefused("shredded")))


def check_unlocked(store: Store) -> None:
    """See that runs can be gone on with.

    :raises KeyRefused: the store is encrypted, and there is no key.
    """
    if isinstance(store, LockedStore):
        raise KeyRefused("none")


def _check(store: Store) -> None:
    check_unlocked(store)
    if store.store_key() is None:
        raise KeyRefused("plain")
