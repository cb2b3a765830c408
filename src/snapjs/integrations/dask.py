"""A :class:`~snapjs.ModuleFunction` on a Dask cluster: its state travels once a worker, not once a task.

Needs ``dask[distributed]``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributed import WorkerPlugin

from ..module_function import ModuleFunction, hold, shared

if TYPE_CHECKING:
    from distributed import Client, Worker

__all__ = ["share", "share_async"]


class _Held(WorkerPlugin):  # type: ignore[misc]
    """A function that each worker of a cluster has, also one that is started later, or again."""

    idempotent = True

    def __init__(self, function: ModuleFunction) -> None:
        self._function = function
        self.name = f"snapjs-{function._source.id}"

    def setup(self, worker: Worker) -> None:
        hold(self._function)


def share(client: Client, function: ModuleFunction) -> ModuleFunction:
    """Give a function to each worker of a cluster, those that join it later included.

    :param client: of the cluster.
    :param function: what tasks will call.
    :return: the function to use in tasks: ``client.map(shared, …)``, ``frame.map_partitions(shared, …)``. A task takes
        some hundred bytes for it. On a cluster that was not given the function, it raises SnapshotError.
    :raises TypeError: the client is an asynchronous one; it has :func:`share_async`.
    """
    if client.asynchronous:
        raise TypeError("the client is asynchronous: await share_async(client, function)")
    client.register_plugin(_Held(function))
    return shared(function)


async def share_async(client: Client, function: ModuleFunction) -> ModuleFunction:
    """As :func:`share`, for ``Client(asynchronous=True)``."""
    await client.register_plugin(_Held(function))
    return shared(function)
