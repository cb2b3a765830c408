"""A ModuleFunction on a Ray cluster of this machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
import ray.data
from work import COUNTER, SPIN, THROW, are_counted_by_process, process_and_result, result_after_a_kill

from snapjs import JSError, ModuleFunction, TimeLimitError

GROSS = "export default (prices, rate) => prices.map(price => price * rate)"

# Ray's own, when its settings are made.
pytestmark = pytest.mark.filterwarnings(
    "ignore:`use_(push_based_shuffle|polars|arrow_tensor_v2)` is deprecated:DeprecationWarning:ray.data.context"
)


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    folder = tempfile.mkdtemp(dir="/tmp")  # pytest's are too long for the names of sockets
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(
            "local",
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            _node_ip_address="127.0.0.1",
            _temp_dir=folder,
        )
        yield
        ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def pickles(monkeypatch: pytest.MonkeyPatch) -> list[ModuleFunction]:
    """The functions that this process pickles, each time that it does."""
    pickled: list[ModuleFunction] = []
    reduce = ModuleFunction.__reduce_ex__

    def note(self: ModuleFunction, protocol: Any) -> Any:
        pickled.append(self)
        return reduce(self, protocol)

    monkeypatch.setattr(ModuleFunction, "__reduce_ex__", note)
    return pickled


call = ray.remote(process_and_result)


@ray.remote
class Caller:
    def __init__(self, function: ModuleFunction) -> None:
        self._function = function

    def call(self) -> Any:
        return self._function()


def test_a_task_takes_it_by_reference_and_it_travels_once(pickles: list[ModuleFunction]) -> None:
    reference = ray.put(ModuleFunction(COUNTER))
    results = ray.get([call.remote(number, reference) for number in range(40)])
    assert len(results) == 40
    assert len(pickles) == 1


def test_each_process_makes_it_once() -> None:
    reference = ray.put(ModuleFunction(COUNTER))
    assert are_counted_by_process(ray.get([call.remote(number, reference) for number in range(40)]))


def test_an_argument_travels_with_every_task(pickles: list[ModuleFunction]) -> None:
    function = ModuleFunction(COUNTER)
    ray.get([call.remote(number, function) for number in range(5)])
    assert len(pickles) == 5


def test_what_a_task_refers_to_travels_once(pickles: list[ModuleFunction]) -> None:
    function = ModuleFunction("export default x => x + 1")
    increment = ray.remote(lambda x: function(x))
    assert ray.get([increment.remote(x) for x in range(40)]) == list(range(1, 41))
    assert len(pickles) == 1


def test_an_actor_keeps_it() -> None:
    caller = Caller.remote(ray.put(ModuleFunction(COUNTER)))
    assert ray.get([caller.call.remote() for _ in range(3)]) == [1, 2, 3]


def test_batches_of_a_data_set_go_through_it_by_column(pickles: list[ModuleFunction]) -> None:
    gross = ModuleFunction(GROSS, batch=True)
    data = ray.data.from_items([{"price": float(price)} for price in range(100)], override_num_blocks=10)
    result = data.map_batches(lambda batch: {"gross": gross(batch["price"], 10.0)}, batch_size=10)
    assert sorted(row["gross"] for row in result.take_all()) == [10.0 * price for price in range(100)]
    assert len(pickles) == 1


class Gross:
    """For the actors of a data set."""

    def __init__(self, function: ModuleFunction) -> None:
        self._function = function

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"gross": self._function(batch["price"], 10.0)}


def test_actors_of_a_data_set_have_it() -> None:
    data = ray.data.from_items([{"price": 1.0}, {"price": 2.0}])
    gross = ModuleFunction(GROSS, batch=True)
    result = data.map_batches(Gross, fn_constructor_args=[gross], compute=ray.data.ActorPoolStrategy(size=1))
    assert sorted(row["gross"] for row in result.take_all()) == [10, 20]


def test_what_it_throws_has_its_attributes() -> None:
    with pytest.raises(JSError) as caught:
        ray.get(call.remote(0, ray.put(ModuleFunction(THROW))))
    error = caught.value.cause
    assert (error.name, error.message, error.properties) == ("RangeError", "no", {"code": 7})


def test_a_limit_has_its_attributes() -> None:
    with pytest.raises(TimeLimitError) as caught:
        ray.get(call.remote(0, ray.put(ModuleFunction(SPIN, timeout=0.05))))
    assert caught.value.cause.limit == 0.05  # type: ignore[attr-defined]


def test_a_task_whose_process_was_killed_is_run_by_another(tmp_path: Path) -> None:
    marker = tmp_path / "killed"
    reference = ray.put(ModuleFunction(COUNTER))
    assert ray.get(ray.remote(result_after_a_kill).remote(str(marker), reference)) == 1
    assert marker.exists()
