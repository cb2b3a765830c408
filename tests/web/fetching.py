"""What the tests of fetch share: a policy for a server on loopback, and a VM that has it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snapjs import VM, Fetch


def loopback(*allow: str, **options: Any) -> Fetch:
    """A policy that allows loopback, and all of it if nothing else is said."""
    from snapjs import Fetch

    return Fetch(allow or ["http://127.0.0.1:*", "https://127.0.0.1:*"], **{"private": ["127.0.0.0/8"], **options})


def answer(vm: VM, code: str) -> Any:
    """What asynchronous code returns; of what it throws, its text and that of its cause."""
    wrapped = f"(async () => {{ {code} }})().catch(error => [`${{error}}`, error.cause && `${{error.cause}}`])"
    return asyncio.run(vm.eval_async(wrapped))


def answer_and_rest(vm: VM, code: str) -> Any:
    """As :func:`answer`; and let the VM do what is left to do."""
    answered = answer(vm, code)
    asyncio.run(vm.run_until_idle_async())
    return answered
