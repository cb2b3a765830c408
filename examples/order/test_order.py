"""Tests of orders: pytest test_order.py. The fixture workflow_test comes with snapjs."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

from payments import serve
from shop import Declined, Receipt, app

from snapjs import testing

WORKFLOW = Path(__file__).with_name("order.ts")
ORDER = {"id": 7, "email": "ann@example.com", "amount": 2500}


def test_an_order_that_is_cancelled_is_paid_back(workflow_test):
    refund = Mock(return_value=None)
    test = workflow_test(app, steps={"charge": lambda order: Receipt("charge-1", order.amount), "refund": refund})
    run = test.start(WORKFLOW, ORDER)
    test.wait_for_hook(run, "approved")
    run.cancel("out of stock")
    test.run_until_idle()
    assert run.status == "cancelled"
    refund.assert_called_once_with(Receipt("charge-1", 2500))


def test_an_order_that_was_declined_goes_on_when_it_is_paid_otherwise(workflow_test):
    test = workflow_test(app, steps={"charge": Mock(side_effect=Declined("no"))})
    run = test.start(WORKFLOW, ORDER)
    test.run_until_idle()
    [charge] = run.history().turns[0].wanted
    fork = run.fork(answers={charge.call: {"id": "transfer-1", "amount": 2500}})
    fork.deliver("approved", {"by": "ben"})
    assert fork.result()["receipt"]["id"] == "transfer-1"
    assert run.status == "failed"


def test_whoever_dies_and_whenever_the_customer_pays_once(monkeypatch):
    def check(test):
        with serve(seed=2) as payments:
            monkeypatch.setenv("PAYMENTS", payments.url)
            run = test.start(WORKFLOW, ORDER)
            run.deliver("approved", {"by": "ben"})
            assert run.result()["parcel"] == "parcel-7"
            assert list(payments.done.values()) == ["charges 2500"]

    testing.every_crash(app, check)
