"""What the hostile programs of `test_attacks_*.py` are given to attack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from snapjs import Sandbox


class Failure(Exception):
    """What a capability of these tests raises."""


def fail() -> None:
    secret = "a local of the host"
    try:
        raise FileNotFoundError(2, "No such file or directory", "/etc/secret/key")
    except FileNotFoundError as error:
        raise Failure("it did not work") from error
    finally:
        del secret


async def later(value: Any = None) -> Any:
    await asyncio.sleep(0)
    return value


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def call_and_forget(function: Callable[..., Any]) -> str:
    """Call it; the name of what it raised."""
    try:
        function()
    except Exception as error:
        return type(error).__name__
    return "nothing"


def arm(sandbox: Sandbox) -> Sandbox:
    """Register the capabilities that the programs use."""
    sandbox.register("one", lambda: 1)
    sandbox.register("echo", lambda value: value)
    sandbox.register("type", lambda value: type(value).__name__)
    sandbox.register("call", call)
    sandbox.register("callAndForget", call_and_forget)
    sandbox.register("fail", fail)
    sandbox.register("later", later)
    sandbox.register("deep.er.one", lambda: 1)
    return sandbox


def give_secret(sandbox: Sandbox) -> None:
    """Register what another sandbox is not to reach."""

    async def secret() -> str:
        return "secret"

    sandbox.register("secret", lambda: "secret")
    sandbox.register("secretAsync", secret)


def failure_of(expression: str) -> str:
    """A script that says how an expression failed."""
    return f"try {{ {expression}; 'no failure' }} catch (error) {{ `${{error.name}}: ${{error.message}}` }}"
