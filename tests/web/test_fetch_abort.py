"""Fetches that are aborted."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
from fetching import answer, answer_and_rest, loopback
from http_server import CHUNKED, HttpServer, Received, Writer, chunk, response
from virtual_time import Time

from snapjs import VM, Fetch, TimeLimitError, undefined

pytest.importorskip("httpcore2")

from snapjs._web.fetch.service import FetchService


@pytest.fixture
def server() -> Iterator[HttpServer]:
    async def silent(_: Received, writer: Writer) -> None:
        await server.released()

    async def trickling(_: Received, writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"first"))
        await writer.drain()
        await server.released()

    with HttpServer({"/": response("whole"), "/silent": silent, "/trickling": trickling}) as server:
        yield server


@pytest.fixture
def fetching(make_vm: Callable[..., VM], server: HttpServer) -> VM:
    vm = make_vm(web={"fetch": loopback()})
    vm.eval(f"var url = '{server.url}'; 0")
    return vm


ABORTED = ["AbortError: This operation was aborted", undefined]


def test_a_signal_that_was_aborted_before(fetching: VM, server: HttpServer) -> None:
    assert answer(fetching, "await fetch(url, { signal: AbortSignal.abort() })") == ABORTED
    assert server.received == []


def test_a_reason(fetching: VM) -> None:
    code = "await fetch(url, { signal: AbortSignal.abort(new RangeError('mine')) })"
    assert answer(fetching, code) == ["RangeError: mine", undefined]


def test_an_abort_at_once(fetching: VM, server: HttpServer) -> None:
    code = """
        const controller = new AbortController();
        const fetched = fetch(url, { signal: controller.signal });
        controller.abort();
        await fetched;
    """
    assert answer_and_rest(fetching, code) == ABORTED
    assert server.received == []


def test_an_abort_while_the_server_is_silent(fetching: VM, server: HttpServer) -> None:
    code = """
        const controller = new AbortController();
        const fetched = fetch(`${url}/silent`, { signal: controller.signal });
        while (received() === 0) await new Promise(resolve => setTimeout(resolve, 1));
        controller.abort();
        await fetched;
    """
    fetching.expose("received", lambda: len(server.received))
    assert answer_and_rest(fetching, code) == ABORTED


def test_an_abort_while_a_body_is_read(fetching: VM) -> None:
    code = """
        const controller = new AbortController();
        const response = await fetch(`${url}/trickling`, { signal: controller.signal });
        const reader = response.body.getReader();
        await reader.read();
        const rest = reader.read();
        controller.abort();
        await rest;
    """
    assert answer_and_rest(fetching, code) == ABORTED


def test_an_abort_when_the_body_is_there(fetching: VM) -> None:
    code = """
        const controller = new AbortController();
        const response = await fetch(url, { signal: controller.signal });
        controller.abort();
        return response.text();
    """
    assert answer(fetching, code) == ABORTED


def test_an_abort_when_the_body_was_read(fetching: VM) -> None:
    code = """
        const controller = new AbortController();
        const response = await fetch(url, { signal: controller.signal });
        const text = await response.text();
        controller.abort();
        return text;
    """
    assert answer(fetching, code) == "whole"


def test_an_abort_ends_a_stream_that_is_sent(fetching: VM, server: HttpServer) -> None:
    code = """
        let cancelled;
        const body = new ReadableStream({
            pull: controller => controller.enqueue(new Uint8Array(10)),
            cancel(reason) { cancelled = reason.name },
        });
        const controller = new AbortController();
        const fetched = fetch(url, { method: 'POST', body, duplex: 'half', signal: controller.signal });
        while (connections() === 0) await new Promise(resolve => setTimeout(resolve, 1));
        controller.abort();
        return [await fetched.catch(error => error.name), cancelled];
    """
    fetching.expose("connections", lambda: server.connections)
    assert answer_and_rest(fetching, code) == ["AbortError", "AbortError"]


def test_a_timeout_signal(make_vm: Callable[..., VM], server: HttpServer) -> None:
    time = Time()
    vm = make_vm(web={"fetch": loopback()}, clock=time)

    async def begun() -> None:
        while not server.received:
            await asyncio.sleep(0.001)

    vm.expose("begun", begun)
    vm.expose("advance", lambda seconds: setattr(time, "now", time.now + seconds))
    code = f"""
        const fetched = fetch('{server.url}/silent', {{ signal: AbortSignal.timeout(5000) }});
        await begun();
        advance(5);
        await fetched;
    """
    assert answer_and_rest(vm, code) == ["TimeoutError: The operation timed out", undefined]
    assert (vm.pending, len(server.received)) == ([], 1)


def test_cancelling_who_waits_cancels_the_request(fetching: VM, server: HttpServer) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(fetching.eval_async("fetch(`${url}/silent`)"))
        while not server.received:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert fetching.pending == []


def test_closing_a_vm_ends_its_exchanges(server: HttpServer) -> None:
    async def main() -> None:
        with VM(web={"fetch": loopback()}) as vm:
            await vm.eval_async(f"fetch('{server.url}/trickling').then(response => response.status)")
        server.release()
        assert await asyncio.to_thread(server.ended.wait, 5)

    asyncio.run(main())


def test_closing_a_vm_ends_its_exchanges_though_somebody_holds_a_call(server: HttpServer) -> None:
    async def main() -> None:
        with VM(web={"fetch": loopback()}) as vm:
            await vm.eval_async(
                f"var body; fetch('{server.url}/trickling').then(response => {{ body = response.body.getReader() }})"
            )
            vm.eval("body.read(); body.read(); 0")
            held = vm.pending
        server.release()
        assert await asyncio.to_thread(server.ended.wait, 5)
        assert len(held) == 1

    asyncio.run(main())


def test_nothing_is_left_of_a_fetch_that_was_aborted(server: HttpServer) -> None:
    code = f"""
        const controller = new AbortController();
        const fetched = fetch('{server.url}/silent', {{ signal: controller.signal }});
        await sent();
        controller.abort();
        fetched.catch(error => error.name)
    """

    async def sent() -> None:
        while not server.received:
            await asyncio.sleep(0.001)

    async def main() -> weakref.ref[Fetch]:
        policy = loopback()
        with VM(web={"fetch": policy}, functions={"sent": sent}) as vm:
            assert await vm.eval_async(code) == "AbortError"
            await vm.run_until_idle_async()
        return weakref.ref(policy)

    policy = asyncio.run(main())
    gc.collect()
    assert policy() is None


def test_nothing_is_left_of_a_fetch_that_nobody_awaits_any_more(server: HttpServer) -> None:
    with VM(web={"fetch": loopback()}) as vm:
        with pytest.raises(TimeLimitError):
            asyncio.run(vm.eval_async(f"fetch('{server.url}/silent')", timeout=0.05))
        service = vm._bridge.services.get("<fetch>")
        assert isinstance(service, FetchService)
        assert (service._begun, service._started, service._cancelled, service._exchanges) == (set(), set(), set(), {})
