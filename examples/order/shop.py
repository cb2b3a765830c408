"""The steps of an order: functions that may fail, and are then called again."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from snapjs import workflows

app = workflows.App("sqlite:///shop.db")


class Declined(Exception):
    """The customer cannot pay. To ask again would not help."""


@dataclass
class Order:
    id: int
    email: str
    amount: int
    """in cents"""


@dataclass
class Receipt:
    id: str
    amount: int


@app.step(max_attempts=10, timeout=5, non_retryable=(Declined,))
def charge(order: Order) -> Receipt:
    """Have the customer pay."""
    return Receipt(**_post("charges", {"amount": order.amount, "email": order.email}))


@app.step(max_attempts=10, timeout=5)
def refund(receipt: Receipt) -> None:
    """Pay the customer back."""
    _post("refunds", asdict(receipt))


@app.step
def ship(order: int) -> str:
    """Send what was ordered. The result is the number of the parcel."""
    return f"parcel-{order}"


@app.step(name="requestReview")
def request_review(email: str) -> None:
    """Ask the customer for a review."""


def _post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask the payment service for something. The step's key is the same in each attempt, by which it knows that what
    it has done already is what it is asked for again."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": workflows.current_step().key}
    request = Request(f"{os.environ['PAYMENTS']}/{path}", json.dumps(body).encode(), headers)
    try:
        with urlopen(request) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except HTTPError as error:
        with error:
            if error.code == 402:
                raise Declined(f"{body['email']} cannot pay {body['amount']}") from None
            raise
