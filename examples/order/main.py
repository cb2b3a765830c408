"""Orders of a month, in a second: python main.py.

A worker would do the same in real time: snapjs workflow worker shop.db --app shop:app.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from payments import serve
from shop import app

from snapjs import JSError, testing

WORKFLOW = Path(__file__).with_name("order.ts")
ORDER = {"id": 7, "email": "ann@example.com", "amount": 2500}


def main() -> None:
    with serve(seed=4) as payments, testing.workflows(app) as test:
        os.environ["PAYMENTS"] = payments.url

        run = test.start(WORKFLOW, ORDER)
        test.run_until_idle()
        [attempts] = [one.attempts for one in run.history().turns[0].wanted]
        print(f"paid at attempt {attempts}: {', '.join(payments.done.values())}")
        print(f"the order {run.query('state')}")

        began = test.now
        run.deliver("approved", {"by": "ben"})
        test.advance(timedelta(days=29))
        print(f"after {(test.now - began).days} days the order {run.query('state')}")
        test.advance(timedelta(days=1))
        print(f"after {(test.now - began).days} days it is {run.query('state')}: {run.result()}")

        run = test.start(WORKFLOW, {**ORDER, "id": 8})
        test.run_until_idle()
        run.cancel("out of stock")
        try:
            run.result()
        except JSError as error:
            print(f"{run.status}, {error}")
        print("".join(turn.log for turn in run.history().turns).rstrip())

        run = test.start(WORKFLOW, {**ORDER, "amount": 1_000_000})
        try:
            run.result()
        except JSError as error:
            print(error)
        [charge] = run.history().turns[0].wanted
        fork = run.fork(answers={charge.call: {"id": "transfer-1", "amount": 1_000_000}})
        fork.deliver("approved", {"by": "ben"})
        print(f"paid by transfer, so it goes on: {fork.result()['parcel']}")
        print(f"{payments.requests} requests for {', '.join(payments.done.values())}")


if __name__ == "__main__":
    main()
