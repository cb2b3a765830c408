"""Fetches and bodies in snapshots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fetching import answer, loopback
from http_server import CHUNKED, HttpServer, Received, Writer, chunk, response

from snapjs import VM, Fetch, Snapshot, StillPending

pytest.importorskip("httpcore2")


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer({"/": response("whole")}) as server:
        yield server


@pytest.fixture
def fetching(make_vm: Callable[..., VM], server: HttpServer) -> VM:
    vm = make_vm(web={"fetch": loopback()})
    vm.eval(f"var url = '{server.url}', out; 0")
    return vm


def restored(vm: VM, policy: Fetch | None) -> VM:
    """The VM as another process would have it."""
    data = vm.snapshot().to_bytes()
    return VM.restore(Snapshot.from_bytes(data), web=None if policy is None else {"fetch": policy})


def settle(vm: VM) -> Any:
    """What is in `out` when nothing is left to do."""
    asyncio.run(vm.run_until_idle_async())
    return vm.eval("out")


def test_a_fetch_that_is_pending_is_sent_again(fetching: VM, server: HttpServer) -> None:
    fetching.eval("fetch(url).then(response => response.text()).then(text => { out = text }); 0")
    with restored(fetching, loopback()) as vm:
        assert settle(vm) == "whole"
    assert len(server.received) == 1
    asyncio.run(fetching.run_until_idle_async())


@pytest.mark.abandons("the fetch is answered in another VM")
def test_a_fetch_that_was_sent_is_sent_again(fetching: VM, server: HttpServer) -> None:
    async def silent(_: Received, writer: Writer) -> None:
        await server.released()

    server.routes["/"] = silent
    fetching.eval("fetch(url).then(response => response.text()).then(text => { out = text }); 0")

    async def until_sent() -> bytes:
        task = asyncio.ensure_future(fetching.run_until_idle_async())
        while not server.received:
            await asyncio.sleep(0.001)
        data = fetching.snapshot().to_bytes()
        task.cancel()
        return data

    data = asyncio.run(until_sent())
    server.routes["/"] = response("second time")
    with VM.restore(Snapshot.from_bytes(data), web={"fetch": loopback()}) as vm:
        assert settle(vm) == "second time"
    assert len(server.received) == 2


@pytest.mark.parametrize(
    ("method", "on_restore", "why"),
    [
        ("POST", "retry", "it may have been carried out, so it is not sent again"),
        ("DELETE", "retry", "it may have been carried out, so it is not sent again"),
        ("GET", "reject", "the policy sends nothing again"),
    ],
)
@pytest.mark.abandons("the fetch is answered in another VM")
def test_a_fetch_that_is_not_sent_again(
    fetching: VM, server: HttpServer, method: str, on_restore: str, why: str
) -> None:
    fetching.eval(f"fetch(url, {{ method: '{method}' }}).catch(error => {{ out = `${{error}}` }}); 0")
    with restored(fetching, loopback(on_restore=on_restore)) as vm:
        assert settle(vm) == (
            f"TypeError: fetch: {method} {server.url}/ was on its way when the VM was saved, or its event loop ended; {why}"
        )
    assert server.received == []


@pytest.mark.abandons("the fetch is answered in another VM")
def test_the_policy_of_the_restore_holds(fetching: VM, server: HttpServer) -> None:
    fetching.eval("fetch(url).catch(error => { out = `${error}` }); 0")
    with restored(fetching, Fetch(["https://other.example/*"])) as vm:
        assert settle(vm).endswith("is not allowed by the policy: the URL is none of those allowed")
    assert server.received == []


@pytest.mark.abandons("the fetch is answered in another VM")
def test_without_a_policy_it_stays_pending(fetching: VM) -> None:
    fetching.eval("var response = fetch(url); 0")
    with restored(fetching, None) as vm:
        asyncio.run(vm.run_until_idle_async())
        with pytest.raises(StillPending, match="<fetch>"):
            vm.resolve_promise(vm.eval_handle("response"))
        assert [call.name for call in vm.pending] == ["<fetch>"]


def test_a_new_fetch_without_a_policy(fetching: VM) -> None:
    with restored(fetching, None) as vm:
        text, _ = answer(vm, "await fetch(url)")
    assert text == "TypeError: fetch: this VM was given no policy when it was restored"


def test_a_response_is_in_the_guest(fetching: VM, server: HttpServer) -> None:
    answer(fetching, "out = await fetch(url)")
    with restored(fetching, None) as vm:
        assert answer(vm, "return [out.status, out.headers.get('content-length'), await out.text()]") == [
            200,
            "5",
            "whole",
        ]


def test_a_body_that_was_half_read(fetching: VM, server: HttpServer) -> None:
    async def trickling(_: Received, writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"first"))
        await writer.drain()
        await server.released()
        writer.write(chunk(b"second") + chunk(b""))

    server.routes["/"] = trickling

    async def main() -> Any:
        await fetching.eval_async("fetch(url).then(response => { out = response.body.getReader(); return out.read() })")
        with restored(fetching, loopback()) as vm:
            there = await vm.eval_async("out.read().catch(error => [error.name, error.message, error.cause.name])")
        server.release()
        here = await fetching.eval_async("out.read().then(({ value }) => new TextDecoder().decode(value))")
        await fetching.eval_async("out.read()")
        return there, here

    assert asyncio.run(main()) == (
        [
            "TypeError",
            "fetch: the rest of the response did not come before the VM was saved, or its event loop ended",
            "AbortError",
        ],
        "second",
    )


@pytest.mark.abandons("the read is answered in another VM")
def test_a_read_that_is_pending(fetching: VM, server: HttpServer) -> None:
    async def trickling(_: Received, writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"first"))
        await writer.drain()
        await server.released()

    server.routes["/"] = trickling

    async def main() -> None:
        await fetching.eval_async("fetch(url).then(response => { out = response.body.getReader(); return out.read() })")
        fetching.eval("out = out.read().catch(error => error.cause.name); 0")
        with restored(fetching, loopback()) as vm:
            assert await vm.eval_async("out") == "AbortError"

    asyncio.run(main())


@pytest.mark.abandons("the upload is answered in another VM")
def test_a_stream_that_was_on_its_way(fetching: VM, server: HttpServer) -> None:
    fetching.eval("""
        var cancelled = new Promise(resolve => {
            const body = new ReadableStream({
                pull: controller => controller.enqueue(new Uint8Array(3)),
                cancel: resolve,
            });
            out = fetch(url, { method: 'PUT', body, duplex: 'half' }).catch(error => error.message);
        });
        0
    """)
    with restored(fetching, loopback()) as vm:
        text = asyncio.run(vm.eval_async("out"))
        assert text.endswith("it may have been carried out, so it is not sent again")
        asyncio.run(vm.eval_async("cancelled"))


def test_an_armed_signal(fetching: VM, server: HttpServer) -> None:
    async def silent(_: Received, writer: Writer) -> None:
        await server.released()

    server.routes["/"] = silent
    fetching.eval("fetch(url, { signal: AbortSignal.timeout(50) }).catch(error => { out = error.name }); 0")
    with restored(fetching, loopback()) as vm:
        assert settle(vm) == "TimeoutError"
    assert settle(fetching) == "TimeoutError"


def test_numbers_of_two_processes_are_not_confused(fetching: VM, server: HttpServer) -> None:
    """A body that was half read before a restore is none that is read after it, though the seed is the same."""
    server.routes["/large"] = response(b"new" * 50_000)

    async def trickling(_: Received, writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"old"))
        await writer.drain()
        await server.released()

    server.routes["/"] = trickling
    with VM(web={"fetch": loopback()}, seed=1) as vm:

        async def main() -> list[str]:
            await vm.eval_async(
                f"var out; fetch('{server.url}').then(r => {{ out = r.body.getReader(); return out.read() }})"
            )
            snapshot = vm.snapshot()
            with VM.restore(snapshot, web={"fetch": loopback()}, seed=1) as other:
                await other.eval_async(f"var fresh; fetch('{server.url}/large').then(r => {{ fresh = r }})")
                names: list[str] = await other.eval_async("out.read().then(() => 'read', error => error.cause.name)")
                return [names, await other.eval_async("fresh.text().then(text => text.slice(0, 3))")]

        assert asyncio.run(main()) == ["AbortError", "new"]


def test_requests_with_a_seed_are_the_same(server: HttpServer) -> None:
    code = f"""
        const form = new FormData();
        form.append('a', 'b');
        await fetch('{server.url}', {{ method: 'POST', body: form }});
        await fetch('{server.url}', {{ headers: {{ x: `${{Date.now()}} ${{Math.random()}}` }} }});
    """
    for _ in range(2):
        with VM(web={"fetch": loopback()}, seed=1, clock=1_700_000_000.0) as vm:
            answer(vm, code)
    assert server.received[:2] == server.received[2:]
    assert server.received[0].body.startswith(b"------formdata-")


def test_snapshots_after_the_same_responses_are_the_same(server: HttpServer) -> None:
    ids = set()
    for _ in range(2):
        with VM(web={"fetch": loopback()}, seed=1, clock=1_700_000_000.0) as vm:
            answer(vm, f"globalThis.text = await (await fetch('{server.url}')).text()")
            ids.add(vm.snapshot().id)
    assert len(ids) == 1


@pytest.mark.parametrize("closes", [True, False])
def test_a_body_whose_event_loop_is_not_running(fetching: VM, server: HttpServer, closes: bool) -> None:
    async def trickling(_: Received, writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"first"))
        await writer.drain()
        await server.released()

    server.routes["/"] = trickling
    loop = asyncio.new_event_loop()
    loop.run_until_complete(fetching.eval_async("fetch(url).then(response => { out = response })"))
    if closes:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
    text, cause = answer(fetching, "await out.text()")
    assert text.startswith("TypeError: fetch: the ")
    assert str(cause).startswith("AbortError: ")
    loop.close()
