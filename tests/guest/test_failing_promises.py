"""A rejection that is raised in Python leaves nothing behind: the fixture compares handles and lent exceptions."""

import asyncio

import pytest

from snapjs import VM


async def refuse() -> None:
    raise ValueError("no")


def refuse_now() -> None:
    raise ValueError("no")


def test_eval_async_that_fails(vm: VM) -> None:
    vm.expose("refuse", refuse)

    with pytest.raises(ValueError, match="no"):
        asyncio.run(vm.eval_async("await refuse()"))


def test_call_async_that_fails(vm: VM) -> None:
    vm.expose("refuse", refuse)
    function = vm.eval("async () => await refuse()")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(function.call_async())
    function.dispose()


def test_awaited_promise_that_fails(vm: VM) -> None:
    vm.expose("refuse", refuse)

    async def wait() -> None:
        await vm.eval("(async () => await refuse())()")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(wait())


def test_result_of_a_rejected_promise(vm: VM) -> None:
    vm.expose("refuse", refuse_now)
    vm._bridge.options.write = lambda stream, text: None

    with pytest.raises(ValueError, match="no"):
        _ = vm.eval("(async () => refuse())()").result
