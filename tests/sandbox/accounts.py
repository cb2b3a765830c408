"""What the tests of grants have a host for: accounts, with capabilities that hand them out and take them."""

from __future__ import annotations

import asyncio
from typing import Any

from snapjs import Grant, Sandbox


class Account:
    """An object with a method of each kind, an attribute, and things that are nobody's business."""

    pin = "a secret"

    def __init__(self, owner: str, balance: int = 0) -> None:
        self.owner = owner
        self.balance = balance

    def deposit(self, amount: int) -> int:
        self.balance += amount
        return self.balance

    async def settle(self, seconds: float = 0) -> str:
        await asyncio.sleep(seconds)
        return f"settled {self.owner}"

    def transfer(self, target: Any, amount: int) -> None:
        self.balance -= amount
        target.balance += amount

    def fail(self) -> None:
        raise LookupError(f"{self.owner} has no such account")

    def call(self, function: Any, *arguments: Any) -> Any:
        return function(*arguments)

    @property
    def summary(self) -> str:
        return f"{self.owner}: {self.balance}"


ALLOWED = ("owner", "balance", "deposit", "settle", "transfer", "fail", "call", "summary")


class Bank:
    """Accounts by owner, and the capabilities `open` and `owner` of a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.accounts = {"anna": Account("anna", 10), "ben": Account("ben", 20)}
        self.grants: dict[str, Grant] = {}
        sandbox.register("open", self.open)
        sandbox.register("owner", lambda account: account.owner)

    def open(self, owner: str) -> Grant:
        if owner not in self.grants:
            self.grants[owner] = self.sandbox.grant(self.accounts[owner], allow=ALLOWED)
        return self.grants[owner]
