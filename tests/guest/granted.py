"""Objects that tests grant."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import Any


class User:
    """One of each kind of member."""

    kind = "user"

    def __init__(self, name: str = "Ada") -> None:
        self.name = name
        self._secret = "a secret"
        self.greeted: list[Any] = []

    def greet(self, *arguments: Any) -> str:
        self.greeted.append(arguments)
        return f"{self.name} greets {', '.join(map(str, arguments)) or 'nobody'}"

    async def later(self, value: Any) -> Any:
        await asyncio.sleep(0)
        return value

    def fail(self) -> None:
        raise LookupError("there is no such user")

    @property
    def shout(self) -> str:
        return self.name.upper()

    @cached_property
    def costly(self) -> int:
        raise AssertionError("nobody has asked for it")

    @staticmethod
    def fixed() -> int:
        return 7

    @classmethod
    def made(cls) -> str:
        return cls.__name__


ALLOWED = ("kind", "name", "greet", "later", "fail", "shout", "fixed", "made")
