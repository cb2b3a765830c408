"""`snapjs.testing`: workflows in tests, whose time passes when the test says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from snapjs import JSError, StillPending, testing, workflows

REMIND = """
    import { remind } from "app:steps";
    import { sleep } from "snapjs:workflow";
    export default async function (days) {
        for (const day of days) { await sleep(`${day} days`); await remind(day); }
        return "reminded";
    }
"""
APPROVE = "import { hook } from 'snapjs:workflow'; export default () => hook('approved')"


@dataclass
class Order:
    id: int


class Shop:
    """An app, and what its steps have done."""

    def __init__(self, folder: Path) -> None:
        self.app = workflows.App(f"sqlite:///{folder / 'shop.db'}")
        self.days: list[int] = []
        self.app.step(self._remind, name="remind")
        self.app.step(self._take, name="take", max_attempts=2)

    def _remind(self, day: int) -> None:
        self.days.append(day)

    def _take(self, order: Order) -> int:
        return order.id


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_run_goes_on_to_its_end(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        run = app.start(REMIND, [1, 30])
        app.run_until_idle()
        assert (run.status, shop.days) == ("completed", [1, 30])


def test_time_passes_as_far_as_something_is_due(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        began = app.now
        app.start(REMIND, [1, 30])
        app.run_until_idle()
        assert app.now - began == timedelta(days=31)


def test_time_stands_still_without_a_word(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        began = app.now
        app.start(REMIND, [1])
        app.advance()
        assert (app.now, shop.days) == (began, [])


def test_time_passes_by_so_much(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        began = app.now
        app.start(REMIND, [1, 30])
        app.advance(timedelta(days=2))
        assert (app.now - began, shop.days) == (timedelta(days=2), [1])


def test_time_passes_by_seconds(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        began = app.now
        app.advance(90)
        assert app.now - began == timedelta(seconds=90)


@pytest.mark.parametrize("duration", [-1, float("inf"), float("nan"), timedelta(days=-1)])
def test_time_does_not_pass_by_that(shop: Shop, duration: float | timedelta) -> None:
    with testing.workflows(shop.app) as app, pytest.raises(ValueError, match="time passes by 0 seconds or more"):
        app.advance(duration)


def test_javascript_sees_the_time_pass(shop: Shop) -> None:
    program = """
        import { sleep } from "snapjs:workflow";
        export default async () => { const began = Date.now(); await sleep("30 days"); return Date.now() - began }
    """
    with testing.workflows(shop.app) as app:
        assert app.start(program).result() == 30 * 86_400_000


def test_result_works_until_there_is_one(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        assert app.start(REMIND, [1, 30]).result() == "reminded"


def test_result_raises_what_the_run_threw(shop: Shop) -> None:
    with testing.workflows(shop.app) as app, pytest.raises(JSError, match="RangeError: no"):
        app.start("export default () => { throw new RangeError('no') }").result()


def test_result_of_a_run_that_waits_says_for_what(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        run = app.start(APPROVE)
        with pytest.raises(StillPending, match=f"The run {run.id} waits for hook approved. Deliver it") as caught:
            run.result()
        assert [name for _, name in caught.value.calls] == ["hook approved"]


def test_a_delivery_is_told(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        run = app.start(APPROVE)
        app.deliver(run.id, "approved", {"by": "ann"})
        assert run.result() == {"by": "ann"}


def test_a_fake_stands_for_a_step(shop: Shop) -> None:
    fake = Mock(return_value=3)
    with testing.workflows(shop.app, steps={"take": fake}) as app:
        assert app.start("export { take as default } from 'app:steps'", {"id": 7}).result() == 3
    fake.assert_called_once_with(Order(7))


def test_a_fake_is_tried_as_often_as_the_step(shop: Shop) -> None:
    fake = Mock(side_effect=[ConnectionError("busy"), 3])
    with testing.workflows(shop.app, steps={"take": fake}) as app:
        assert app.start("export { take as default } from 'app:steps'", {"id": 7}).result() == 3


def test_a_fake_may_be_async(shop: Shop) -> None:
    async def fake(order: Order) -> int:
        return order.id + 1

    with testing.workflows(shop.app, steps={"take": fake}) as app:
        assert app.start("export { take as default } from 'app:steps'", {"id": 7}).result() == 8


def test_a_fake_of_no_step_is_refused(shop: Shop) -> None:
    with (
        pytest.raises(KeyError, match=r"the app has no step 'pay'. It has remind, take."),
        testing.workflows(shop.app, steps={"pay": print}),
    ):
        pass


def test_the_store_of_the_app_is_not_touched(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        app.start(REMIND, [1]).result()
    assert shop.app.list() == []


def test_the_store_is_thrown_away(shop: Shop) -> None:
    with testing.workflows(shop.app) as app:
        app.start(REMIND, [1])
    assert not Path(app.store).exists()


@pytest.mark.slow
def test_a_run_without_an_end_is_noticed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "_MOST", 100)
    with testing.workflows(shop.app) as app:
        app.start("import { sleep } from 'snapjs:workflow'; export default async () => { for (;;) await sleep(60) }")
        with pytest.raises(StillPending, match=r"There was something to do 100 times, and there still is\."):
            app.run_until_idle()
