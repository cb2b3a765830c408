"""Realms: further global objects in the heap of a VM."""

from __future__ import annotations

from ._core.bridge import Bridge
from ._core.realm_operations import RealmOperations


class Realm(RealmOperations):
    """A global object and intrinsics of its own, in the heap of a VM. Made by ``VM.new_realm``.

    Values pass between realms by reference: an array made in one is ``instanceof`` that one's ``Array`` only. A realm
    keeps order; it is no wall, for whoever holds an object of a realm reaches the realm's functions through it.

    The host functions that are exposed here are seen here only; :meth:`expose` works as the VM's. A context manager:
    leaving it closes the realm.

    A realm lives until it is closed, or the VM is; it lives through snapshots, and ``VM.realms`` finds it again.
    """

    def __init__(self, bridge: Bridge, number: int) -> None:
        self._bridge = bridge
        self._realm = number
        self._closed = False

    @property
    def id(self) -> int:
        """Number of the realm, unique in the VM and its snapshots; the VM's own realm is 0."""
        return self._realm

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called, or the VM is closed."""
        return self._closed or self._bridge.closed

    def close(self) -> None:
        """Give the realm up. Idempotent. What is held of it elsewhere goes on to work; the rest is freed when cycles
        are next collected."""
        if not self.closed and not self._bridge.is_dead:
            self._bridge.invoke("snap_realm_close", self._realm)
        self._closed = True

    def __enter__(self) -> Realm:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Realm {self._realm}{', closed' if self.closed else ''}>"
