"""Asynchronous loaders: graphs that load while the event loop runs, and whatever may end that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from snapjs import VM, ImportMap, JSError, Module, ModuleNotFound, StillPending, TimeLimitError

pytestmark = pytest.mark.keeps("a module is never unloaded")

MakeVM = Callable[..., VM]
Load = Callable[[str, str | None], Awaitable[Any]]


class Server:
    """Answers when it is told to.

    :param sources: what it has.
    :param held: names that wait for :meth:`release`.
    """

    def __init__(self, sources: dict[str, Any], *held: str) -> None:
        self.sources = sources
        self.asked: list[str] = []
        self._held = {name: asyncio.Event() for name in held}

    async def load(self, name: str, importer: str | None) -> Any:
        self.asked.append(name)
        if name in self._held:
            await self._held[name].wait()
        return self.sources.get(name)

    def release(self, name: str) -> None:
        self._held.pop(name).set()

    async def until_asked(self, *names: str) -> None:
        async with asyncio.timeout(5):
            while not set(names) <= set(self.asked):
                await asyncio.sleep(0)


# ---- ways in


async def default_of(vm: VM, name: str = "m") -> Any:
    return (await vm.import_module_async(name))["default"]


def test_import_module_async(make_vm: MakeVM) -> None:
    server = Server({"m": "export { default } from './d.json'", "d.json": "[1]"})
    assert asyncio.run(default_of(make_vm(modules=server.load))) == [1]
    assert server.asked == ["m", "d.json"]


def test_eval_module_async(make_vm: MakeVM) -> None:
    async def main() -> Any:
        vm = make_vm(modules=Server({"lib/d": "export default 2"}).load)
        return dict(await vm.eval_module_async("import d from './d'; export const a = d + 1", "lib/main"))

    assert asyncio.run(main()) == {"a": 3}


def test_import_in_eval_async(make_vm: MakeVM) -> None:
    async def main() -> Any:
        vm = make_vm(modules=Server({"m": "export default 3"}).load)
        return await vm.eval_async("import('m').then(ns => ns.default)")

    assert asyncio.run(main()) == 3


def test_run_until_idle_async_loads(make_vm: MakeVM) -> None:
    async def main() -> Any:
        vm = make_vm(modules=Server({"m": "import './d'; export default 4", "d": ""}).load)
        vm.eval("import('m').then(ns => { globalThis.found = ns.default }); 0")
        await vm.run_until_idle_async()
        return vm.globals["found"]

    assert asyncio.run(main()) == 4


class Callers:
    async def __call__(self, name: str, importer: str | None) -> str:
        return f"export default {name!r}"

    async def method(self, name: str, importer: str | None) -> str:
        return f"export default {name!r}"


def test_an_object_and_a_method_may_be_asynchronous(make_vm: MakeVM) -> None:
    for load in (Callers(), Callers().method):
        assert asyncio.run(default_of(make_vm(modules=load))) == "m"


def test_an_import_map_before_it_has_other_names(make_vm: MakeVM) -> None:
    async def load(name: str, importer: str | None) -> str:
        return f"export default {name!r}"

    vm = make_vm(modules=[ImportMap({"a": "b"}), load])
    code = "[await import('a'), await import('c')].map(m => m.default)"
    assert asyncio.run(vm.eval_async(code)) == ["b", "c"]


def test_a_third_parameter_gets_the_attributes(make_vm: MakeVM) -> None:
    async def load(name: str, importer: str | None, attributes: dict[str, str]) -> str:
        if importer is None:
            return "export { default } from 'd' with { type: 'json' }"
        return f'["{attributes["type"]}"]'

    assert asyncio.run(default_of(make_vm(modules=load))) == ["json"]


# ---- at the same time


def test_the_imports_of_a_module_are_fetched_at_the_same_time(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server(
            {
                "m": "import a from 'a'; import b from 'b'; export default [a, b]",
                "a": "export default 1",
                "b": "export default 2",
            },
            "a",
            "b",
        )
        task = asyncio.create_task(default_of(make_vm(modules=server.load)))
        await server.until_asked("a", "b")
        server.release("b")
        server.release("a")
        return await task

    assert asyncio.run(main()) == [1, 2]


def test_evaluation_is_in_the_order_of_the_imports_whatever_comes_first(make_vm: MakeVM) -> None:
    async def main() -> Any:
        push = "(globalThis.order ??= []).push(import.meta.url)"
        server = Server({"m": f"import 'a'; import 'b'; {push}; export default order", "a": push, "b": push}, "a", "b")
        task = asyncio.create_task(default_of(make_vm(modules=server.load)))
        await server.until_asked("a", "b")
        server.release("b")
        await asyncio.sleep(0)
        server.release("a")
        return await task

    assert asyncio.run(main()) == ["a", "b", "m"]


def test_a_module_that_several_import_is_fetched_once(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server(
            {
                "m": "import 'a'; import 'b'; export default runs",
                "a": "import 'd'",
                "b": "import 'd'",
                "d": "globalThis.runs = (globalThis.runs ?? 0) + 1",
            },
            "d",
        )
        task = asyncio.create_task(default_of(make_vm(modules=server.load)))
        await server.until_asked("a", "b", "d")
        server.release("d")
        return await task, sorted(server.asked)

    assert asyncio.run(main()) == (1, ["a", "b", "d", "m"])


def test_two_graphs_share_what_is_on_its_way(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server(
            {"a": "export { default } from 'd'", "b": "export { default } from 'd'", "d": "export default {}"}, "d"
        )
        vm = make_vm(modules=server.load)
        tasks = [asyncio.create_task(vm.import_module_async(name)) for name in ("a", "b", "a")]
        await server.until_asked("a", "b", "d")
        server.release("d")
        await asyncio.gather(*tasks)
        same = await vm.eval_async("Promise.all([import('a'), import('b')]).then(([a, b]) => a.default === b.default)")
        return same, sorted(server.asked)

    assert asyncio.run(main()) == (True, ["a", "b", "d"])


def test_cycles_load(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server(
            {
                "a": "import { b } from 'b'; export const a = () => 1; export default () => b()",
                "b": "import { a } from 'a'; export const b = () => a() + 1",
            }
        )
        namespace = await make_vm(modules=server.load).import_module_async("a")
        return namespace["default"]()

    assert asyncio.run(main()) == 2


def test_other_coroutines_run_meanwhile(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server({"m": "export default 1"}, "m")
        task = asyncio.create_task(default_of(make_vm(modules=server.load)))
        await server.until_asked("m")
        turns = 0
        for _ in range(10):
            await asyncio.sleep(0)
            turns += 1
        assert not task.done()
        server.release("m")
        return turns, await task

    assert asyncio.run(main()) == (10, 1)


def test_the_vm_can_be_used_while_a_module_loads(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server({"m": "export default shared"}, "m")
        vm = make_vm(modules=server.load)
        task = asyncio.create_task(default_of(vm))
        await server.until_asked("m")
        vm.eval("globalThis.shared = 5")
        server.release("m")
        return await task

    assert asyncio.run(main()) == 5


def test_a_second_event_loop_finds_the_module(make_vm: MakeVM) -> None:
    server = Server({"m": "export default 1", "n": "export { default } from 'm'"})
    vm = make_vm(modules=server.load)
    assert asyncio.run(default_of(vm)) == 1
    assert asyncio.run(default_of(vm, "n")) == 1
    assert server.asked == ["m", "n"]


def test_what_one_event_loop_left_is_fetched_on_the_next(make_vm: MakeVM) -> None:
    server = Server({"m": "export default 1"})
    vm = make_vm(modules=server.load)
    with pytest.raises(StillPending):
        vm.import_module("m")
    assert asyncio.run(default_of(vm)) == 1
    assert server.asked == ["m"]


# ---- loaders that use the VM


def test_a_loader_that_imports_something_else(make_vm: MakeVM) -> None:
    async def load(name: str, importer: str | None) -> str:
        return "export default 4" if name == "d" else f"export default {await default_of(vm, 'd')} + 1"

    vm = make_vm(modules=load)
    assert asyncio.run(default_of(vm)) == 5


def test_a_loader_that_imports_what_it_loads(make_vm: MakeVM) -> None:
    async def load(name: str, importer: str | None) -> str:
        return f"export default {await default_of(vm, name)}"

    vm = make_vm(modules=load)
    with pytest.raises(ModuleNotFound, match="Module 'm' is being loaded, and its loader imports it"):
        asyncio.run(default_of(vm))


def test_a_task_that_a_loader_left_may_import_it(make_vm: MakeVM) -> None:
    tasks: list[asyncio.Task[Any]] = []
    is_loaded = asyncio.Event()

    async def later() -> Any:
        await is_loaded.wait()
        return await default_of(vm)

    async def load(name: str, importer: str | None) -> str:
        tasks.append(asyncio.create_task(later()))
        return "export default 1"

    async def main() -> Any:
        await default_of(vm)
        is_loaded.set()
        return await tasks[0]

    vm = make_vm(modules=load)
    assert asyncio.run(main()) == 1


# ---- lists


def test_loaders_of_both_kinds_are_asked_in_order(make_vm: MakeVM) -> None:
    server = Server({"b": "export default 'server'", "c": "export default 'server'"})
    vm = make_vm(
        modules=[
            {"m": "import a from 'a'; import b from 'b'; import c from 'c'; export default [a, b, c]", "a": "export default 'first'"},
            server.load,
            {"a": "export default 'last'", "b": "export default 'last'", "d": "export default 'last'"},
        ]
    )  # fmt: skip
    assert asyncio.run(default_of(vm)) == ["first", "server", "server"]
    assert asyncio.run(default_of(vm, "d")) == "last"
    assert server.asked == ["b", "c", "d"]


def test_what_a_mapping_before_it_has_needs_no_event_loop(make_vm: MakeVM) -> None:
    vm = make_vm(modules=[{"m": "export default 1"}, Server({}).load])
    assert vm.import_module("m")["default"] == 1


# ---- without an event loop


@pytest.mark.abandons("the import is never answered")
def test_a_synchronous_import_names_what_it_waits_for(make_vm: MakeVM) -> None:
    vm = make_vm(modules=[{"m": "import './d'"}, Server({}).load])
    with pytest.raises(StillPending, match=r"waits on import './d' \(call 1\)") as caught:
        vm.import_module("m")
    assert caught.value.calls == [(1, "import './d'")]


# ---- failures


async def failure(vm: VM, name: str = "m", **options: Any) -> BaseException:
    with pytest.raises(Exception) as caught:
        await vm.import_module_async(name, **options)
    return caught.value


def test_a_loader_that_raises(make_vm: MakeVM) -> None:
    error = ConnectionError("down")
    is_down = [True]

    async def load(name: str, importer: str | None) -> str:
        if name == "d" and is_down.pop():
            raise error
        return "export { default } from 'd'" if name == "m" else "export default 1"

    vm = make_vm(modules=load)
    assert asyncio.run(failure(vm)) is error
    assert "while loading 'd', imported by m" in error.__notes__
    is_down.append(False)
    assert asyncio.run(default_of(vm)) == 1


@pytest.mark.parametrize("wrong", [5, bytearray(b"x"), {"source": "x"}])
def test_a_wrong_result(make_vm: MakeVM, wrong: Any) -> None:
    server = Server({"m": "import 'd'", "d": wrong})
    error = asyncio.run(failure(make_vm(modules=server.load)))
    assert isinstance(error, TypeError)
    assert "the source of module 'd' is str, bytes or a snapjs.Module" in str(error)
    assert error.__notes__[0] == "while loading 'd', imported by m"


def test_a_source_that_is_not_utf_8(make_vm: MakeVM) -> None:
    error = asyncio.run(failure(make_vm(modules=Server({"m": b"\xff"}).load)))
    assert isinstance(error, ValueError)


def test_none_means_that_there_is_no_such_module(make_vm: MakeVM) -> None:
    error = asyncio.run(failure(make_vm(modules=Server({"m": "import './x'"}).load)))
    assert isinstance(error, ModuleNotFound)
    assert (error.specifier, error.importers) == ("x", ("m",))


def test_a_source_that_does_not_parse(make_vm: MakeVM) -> None:
    server = Server({"m": "import 'd'; export default 1", "d": "let = ;"})
    vm = make_vm(modules=server.load)
    error = asyncio.run(failure(vm))
    assert isinstance(error, JSError)
    stack = (error.stack or "").splitlines()
    assert (stack[0], stack[-1]) == ("    at d:1:5", "    imported by m")
    server.sources["d"] = ""
    assert asyncio.run(default_of(vm)) == 1


def test_json_that_does_not_parse(make_vm: MakeVM) -> None:
    error = asyncio.run(failure(make_vm(modules=Server({"m": "import 'd'", "d": Module("{", "json")}).load)))
    assert isinstance(error, JSError)
    stack = (error.stack or "").splitlines()
    assert (stack[0], stack[-1]) == ("    at d:1:2", "    imported by m")


def test_one_failure_ends_a_graph_whose_other_fetch_never_ends(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server({"m": "import 'a'; import 'b'", "a": "export default 1", "b": 5}, "a")
        vm = make_vm(modules=server.load)
        error = await failure(vm)
        server.release("a")
        await vm.run_until_idle_async()
        server.sources["b"] = ""
        await vm.import_module_async("m")
        return error

    assert isinstance(asyncio.run(main()), TypeError)


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_cancelled_import_leaves_nothing_and_can_be_repeated(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server({"m": "import 'a'; export { default } from 'd'", "a": "", "d": "export default 1"}, "d")
        vm = make_vm(modules=server.load)
        task = asyncio.create_task(vm.import_module_async("m"))
        await server.until_asked("d")
        await cancelled(task)
        assert vm.pending == []
        server.sources["m"] = "export { default } from 'e'"
        server.sources["e"] = "export default 2"
        return await default_of(vm)

    assert asyncio.run(main()) == 2


def test_the_loader_of_a_cancelled_import_is_cancelled(make_vm: MakeVM) -> None:
    ended: list[str] = []

    async def load(name: str, importer: str | None) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)
        raise AssertionError

    async def main() -> None:
        task = asyncio.create_task(make_vm(modules=load).import_module_async("m"))
        for _ in range(10):
            await asyncio.sleep(0)
        await cancelled(task)
        await asyncio.sleep(0)

    asyncio.run(main())
    assert ended == ["m"]


def test_what_another_import_waits_for_too_is_not_cancelled(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server(
            {"a": "export { default } from 'd'", "b": "export { default } from 'd'", "d": "export default 1"}, "d"
        )
        vm = make_vm(modules=server.load)
        first, second = (asyncio.create_task(default_of(vm, name)) for name in ("a", "b"))
        await server.until_asked("a", "b", "d")
        await cancelled(first)
        server.release("d")
        return await second

    assert asyncio.run(main()) == 1


def test_a_loader_that_never_returns(make_vm: MakeVM) -> None:
    async def main() -> Any:
        server = Server({"m": "export { default } from 'd'", "d": "export default 1"}, "d")
        vm = make_vm(modules=server.load)
        error = await failure(vm, timeout=0.02)
        assert isinstance(error, TimeLimitError)
        assert vm.pending == []
        server.release("d")
        return await default_of(vm)

    assert asyncio.run(main()) == 1


def test_the_vm_is_closed_while_a_module_loads() -> None:
    async def main() -> None:
        from snapjs import ClosedError

        server = Server({}, "m")
        vm = VM(modules=server.load)
        task = asyncio.create_task(vm.import_module_async("m"))
        await server.until_asked("m")
        vm.close()
        with pytest.raises(ClosedError):
            await task

    asyncio.run(main())
