"""`snapjs.testing`: workers that die in a test, and runs that wait for a delivery."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from snapjs import RunEnded, StillPending, testing, workflows
from snapjs.testing import InProcessApp, Place

PAY = """
    import { charge, refund } from "app:steps";
    import { hook } from "snapjs:workflow";
    export let turns = 0;
    export default async function () {
        turns += 1;
        await charge();
        if (await hook("approved")) return "kept";
        await refund();
        return "paid back";
    }
"""


class Bank:
    """An app, and what its steps have done."""

    def __init__(self, folder: Path) -> None:
        self.app = workflows.App(f"sqlite:///{folder / 'bank.db'}", lease=40.0)
        self.done: list[str] = []
        self.app.step(self._charge, name="charge")
        self.app.step(self._refund, name="refund")

    def _charge(self) -> None:
        self.done.append("charge")

    def _refund(self) -> None:
        self.done.append("refund")


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path)


# ---- one crash


@pytest.mark.parametrize(
    ("place", "charges"),
    [("claimed", 1), ("computed", 1), ("committed", 1), ("step_claimed", 1), ("step_done", 2), ("step_stored", 1)],
)
def test_another_worker_takes_over(bank: Bank, place: Place, charges: int) -> None:
    with testing.workflows(bank.app) as test:
        test.crash_at(place)
        run = test.start(PAY)
        run.deliver("approved", True)
        assert run.result() == "kept"
    assert bank.done == ["charge"] * charges


def test_another_worker_takes_over_when_the_lease_has_ended(bank: Bank) -> None:
    with testing.workflows(bank.app) as test:
        began = test.now
        test.crash_at("step_done")
        test.wait_for_hook(test.start(PAY), "approved")
        assert test.now - began == timedelta(seconds=40)


def test_a_worker_dies_in_the_step_that_is_named(bank: Bank) -> None:
    with testing.workflows(bank.app) as test:
        test.crash_at("step_done", step="refund")
        run = test.start(PAY)
        run.deliver("approved", False)
        assert run.result() == "paid back"
    assert bank.done == ["charge", "refund", "refund"]


def test_a_worker_dies_the_second_time(bank: Bank) -> None:
    with testing.workflows(bank.app) as test:
        test.crash_at("step_done", times=2)
        run = test.start(PAY)
        run.deliver("approved", False)
        run.result()
    assert bank.done == ["charge", "refund", "refund"]


def test_several_workers_die(bank: Bank) -> None:
    with testing.workflows(bank.app) as test:
        test.crash_at("step_done")
        test.crash_at("step_done", times=2)
        run = test.start(PAY)
        run.deliver("approved", True)
        run.result()
    assert bank.done == ["charge", "charge", "charge"]


def test_a_worker_dies_after_an_attempt_has_failed(bank: Bank) -> None:
    failures = [ConnectionError("busy")]

    def charge() -> None:
        if failures:
            raise failures.pop()

    with testing.workflows(bank.app, steps={"charge": charge}) as test:
        test.crash_at("step_retried")
        run = test.start(PAY)
        run.deliver("approved", True)
        assert run.result() == "kept"


def test_a_crash_that_does_not_come_fails_the_test(bank: Bank) -> None:
    with (
        pytest.raises(AssertionError, match="no worker has died, for none has come there: step_done of refund, time 2"),
        testing.workflows(bank.app) as test,
    ):
        test.crash_at("step_done", step="refund", times=2)
        test.start(PAY)


def test_a_failure_of_the_test_is_not_hidden(bank: Bank) -> None:
    with pytest.raises(ZeroDivisionError), testing.workflows(bank.app) as test:
        test.crash_at("step_done")
        _ = 1 / 0


@pytest.mark.parametrize(("place", "step"), [("nowhere", None), ("committing", None), ("claimed", "charge")])
def test_a_place_that_is_none(bank: Bank, place: Place, step: str | None) -> None:
    with testing.workflows(bank.app) as test, pytest.raises(ValueError, match=f"no worker comes to '{place}'"):
        test.crash_at(place, step=step)


def test_a_crash_of_no_step(bank: Bank) -> None:
    with testing.workflows(bank.app) as test, pytest.raises(KeyError, match=r"no step 'pay'. It has charge, refund"):
        test.crash_at("step_done", step="pay")


# ---- a crash at every place


@pytest.mark.slow
def test_every_crash_leads_to_the_same_end(bank: Bank) -> None:
    ends = []

    def check(test: InProcessApp) -> None:
        bank.done.clear()
        run = test.start(PAY)
        test.wait_for_hook(run, "approved")
        run.deliver("approved", False)
        ends.append((run.result(), run.query("turns"), tuple(bank.done)))

    # Four turns of three places each, and two steps of three.
    assert testing.every_crash(bank.app, check) == 18
    assert len(ends) == 19
    assert ends[0] == ("paid back", 1, ("charge", "refund"))
    assert {done for _, _, done in ends} == {
        ("charge", "refund"), ("charge", "charge", "refund"), ("charge", "refund", "refund"),
    }  # fmt: skip
    assert {(result, turns) for result, turns, _ in ends} == {("paid back", 1)}


@pytest.mark.slow
def test_every_crash_says_where_the_worker_has_died(bank: Bank) -> None:
    def check(test: InProcessApp) -> None:
        bank.done.clear()
        test.wait_for_hook(test.start(PAY), "approved")
        assert bank.done == ["charge"]

    with pytest.raises(AssertionError) as caught:
        testing.every_crash(bank.app, check)
    assert caught.value.__notes__ == ["A worker of this test was to die at step_done of charge."]


@pytest.mark.slow
def test_every_crash_has_fakes(bank: Bank) -> None:
    charges = []
    program = "export { charge as default } from 'app:steps'"
    deaths = testing.every_crash(
        bank.app, lambda test: test.start(program).result(), steps={"charge": lambda: charges.append(1)}
    )
    assert (deaths, len(charges), bank.done) == (9, 11, [])


# ---- waiting for a hook


def test_a_run_waits_for_a_hook(bank: Bank) -> None:
    program = """
        import { hook, sleep } from "snapjs:workflow";
        export default async () => {
            await sleep("1 day");
            return Promise.race([hook("approved"), sleep("30 days")]);
        }
    """
    with testing.workflows(bank.app) as test:
        began, run = test.now, test.start(program)
        test.wait_for_hook(run, "approved")
        assert (test.now - began, run.status) == (timedelta(days=1), "running")


def test_a_run_that_waits_for_another_hook_says_so(bank: Bank) -> None:
    with testing.workflows(bank.app) as test:
        run = test.start(PAY)
        with pytest.raises(StillPending, match=f"The run {run.id} waits for hook approved, and not for hook paid."):
            test.wait_for_hook(run, "paid")


def test_a_run_that_ends_waits_for_no_hook(bank: Bank) -> None:
    with testing.workflows(bank.app) as test:
        run = test.start("export default () => 1")
        with pytest.raises(RunEnded, match="it is completed"):
            test.wait_for_hook(run, "approved")
