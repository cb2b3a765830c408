"""A ModuleFunction on a Dask cluster whose workers are processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from operator import methodcaller
from pathlib import Path
from typing import Any

import dask.dataframe
import pandas
import pytest
from distributed import Client, LocalCluster
from distributed.comm.tcp import TCP
from work import COUNTER, SPIN, THROW, are_counted_by_process, process_and_result, result_after_a_kill

from snapjs import JSError, ModuleFunction, SnapshotError, TimeLimitError
from snapjs.integrations.dask import share, share_async

ADD = "export default (a, b) => a + b"
GROSS = "export default (prices, rate) => prices.map(price => price * rate)"
OPTIONS: dict[str, Any] = {
    "host": "127.0.0.1",
    "processes": True,
    "threads_per_worker": 1,
    "dashboard_address": "127.0.0.1:0",
}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with LocalCluster(n_workers=2, **OPTIONS) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture
def bytes_sent(client: Client, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], int]:
    """A function that runs another, and returns the bytes that client and scheduler, which are both in this process,
    have sent meanwhile."""
    written: list[int] = []
    write = TCP.write

    async def count(self: TCP, *arguments: Any, **options: Any) -> int:
        written.append(await write(self, *arguments, **options))
        return written[-1]

    def measure(run: Callable[[], Any]) -> int:
        written.clear()
        run()
        return sum(written)

    monkeypatch.setattr(TCP, "write", count)
    return measure


def test_it_is_mapped(client: Client) -> None:
    add = ModuleFunction(ADD)
    assert client.gather(client.map(add, [1, 2], [10, 20])) == [11, 22]


def test_a_shared_one_is_mapped(client: Client) -> None:
    add = share(client, ModuleFunction(ADD))
    assert client.gather(client.map(add, [1, 2], [10, 20])) == [11, 22]


@pytest.mark.parametrize("is_shared", [False, True])
def test_each_process_makes_it_once(client: Client, is_shared: bool) -> None:
    count = ModuleFunction(COUNTER)
    if is_shared:
        count = share(client, count)
    results = client.gather(client.map(process_and_result, range(40), function=count, pure=False))
    assert are_counted_by_process(results)


def test_the_state_travels_with_every_task_unless_it_is_shared(
    client: Client, bytes_sent: Callable[[Callable[[], Any]], int]
) -> None:
    add = ModuleFunction(ADD)
    shared = share(client, add)

    def run(function: Callable[..., Any]) -> int:
        return bytes_sent(lambda: client.gather(client.map(function, range(50), [1] * 50, pure=False)))

    without = run(max)
    assert run(add) - without > 50 * 20_000
    assert run(shared) - without < 50 * 2_000


def test_partitions_of_a_frame_go_through_it_by_column(client: Client) -> None:
    gross = share(client, ModuleFunction(GROSS, batch=True))
    frame = dask.dataframe.from_pandas(pandas.DataFrame({"price": [1.0, 2.0, 3.0, 4.0]}), npartitions=2)
    result = frame.map_partitions(lambda part: part.assign(gross=gross(part["price"], 10.0)))
    assert result.compute()["gross"].tolist() == [10, 20, 30, 40]


def test_an_equal_function_of_an_equal_state_has_an_equal_key(client: Client) -> None:
    add = ModuleFunction(ADD)
    first, second = (client.submit(add, 1, 2) for _ in range(2))
    assert first.key == second.key


def test_what_it_throws_has_its_attributes(client: Client) -> None:
    error = client.submit(share(client, ModuleFunction(THROW))).exception()
    assert isinstance(error, JSError)
    assert (error.name, error.message, error.properties) == ("RangeError", "no", {"code": 7})


def test_a_limit_has_its_attributes(client: Client) -> None:
    error = client.submit(share(client, ModuleFunction(SPIN, timeout=0.05))).exception()
    assert isinstance(error, TimeLimitError)
    assert error.limit == 0.05


def test_a_worker_that_joins_later_has_it(client: Client) -> None:
    add = share(client, ModuleFunction(ADD))
    before = set(client.scheduler_info(n_workers=-1)["workers"])
    client.cluster.scale(3)
    client.wait_for_workers(3)
    (new,) = set(client.scheduler_info(n_workers=-1)["workers"]) - before
    assert client.submit(add, 2, 3, workers=[new]).result() == 5


def test_a_task_whose_worker_was_killed_is_run_by_the_next(tmp_path: Path) -> None:
    with LocalCluster(n_workers=1, **OPTIONS) as cluster, Client(cluster) as client:
        count = share(client, ModuleFunction(COUNTER))
        assert client.submit(count).result() == 1
        marker = tmp_path / "killed"
        assert client.submit(result_after_a_kill, str(marker), count).result(60) == 1
        assert marker.exists()


def test_a_cluster_that_was_not_given_it_says_so(client: Client) -> None:
    class Elsewhere:
        asynchronous = False
        register_plugin = staticmethod(lambda plugin: None)

    error = client.submit(share(Elsewhere(), ModuleFunction(ADD)), 1, 2).exception()  # type: ignore[arg-type]
    assert isinstance(error, SnapshotError)
    assert "was not given to this process" in str(error)


def test_an_asynchronous_client() -> None:
    async def main() -> Any:
        async with (
            LocalCluster(n_workers=1, asynchronous=True, **OPTIONS) as cluster,
            Client(cluster, asynchronous=True) as client,
        ):
            with pytest.raises(TypeError, match="await share_async"):
                share(client, ModuleFunction(ADD))
            add = await share_async(client, ModuleFunction(ADD))
            return await client.submit(methodcaller("__call__", 2, 3), add)

    assert asyncio.run(main()) == 5
