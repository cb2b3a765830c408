"""Streams that structuredClone and messages transfer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from moving import moved

from snapjs import VM, JSError


@pytest.fixture
def vm(vm: VM) -> VM:
    vm.eval("var turn = () => new Promise((resolve) => setTimeout(resolve)); 0")
    return vm


def test_a_readable_stream(vm: VM) -> None:
    code = """{
        const chunk = { text: "a" };
        const stream = ReadableStream.from([chunk, "b"]);
        const received = structuredClone(stream, { transfer: [stream] });
        const chunks = await Array.fromAsync(received);
        [stream.locked, received instanceof ReadableStream, chunks, chunks[0] === chunk]
    }"""
    assert asyncio.run(vm.eval_async(code)) == [True, True, [{"text": "a"}, "b"], False]


def test_a_writable_stream_in_a_message(vm: VM) -> None:
    code = """{
        const seen = [];
        const stream = new WritableStream({ write: (chunk) => { seen.push(chunk); }, close: () => { seen.push("closed"); } });
        const { port1, port2 } = new MessageChannel();
        const arrived = new Promise((resolve) => { port2.onmessage = resolve; });
        port1.postMessage({ stream }, [stream]);
        const writer = (await arrived).data.stream.getWriter();
        port1.close();
        await writer.write([1]);
        seen.push(stream.locked);
        await writer.close();
        await turn();
        [stream.locked, ...seen]
    }"""
    assert asyncio.run(vm.eval_async(code)) == [False, [1], True, "closed"]


def test_a_transform_stream(vm: VM) -> None:
    code = """{
        const stream = new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk + 1) });
        const received = structuredClone(stream, { transfer: [stream] });
        const locked = [stream.readable.locked, stream.writable.locked];
        const chunks = await Array.fromAsync(ReadableStream.from([1, 2]).pipeThrough(received));
        [received instanceof TransformStream, ...locked, chunks]
    }"""
    assert asyncio.run(vm.eval_async(code)) == [True, True, True, [2, 3]]


def test_errors_and_cancellation_pass_through(vm: VM) -> None:
    code = """{
        let reason;
        const failing = new ReadableStream({ start: (controller) => controller.error("lost") });
        const endless = new ReadableStream({ cancel: (given) => { reason = given; } });
        const error = await structuredClone(failing, { transfer: [failing] }).getReader().read().catch((given) => given);
        await structuredClone(endless, { transfer: [endless] }).cancel("enough");
        await turn();
        [error, reason]
    }"""
    assert asyncio.run(vm.eval_async(code)) == ["lost", "enough"]


def test_a_chunk_that_cannot_be_copied_ends_both(vm: VM) -> None:
    code = """{
        let reason;
        const stream = new ReadableStream({ pull: (c) => c.enqueue(() => {}), cancel: (given) => { reason = given; } });
        const error = await structuredClone(stream, { transfer: [stream] }).getReader().read().catch((given) => given);
        await turn();
        [error.name, reason.name]
    }"""
    assert asyncio.run(vm.eval_async(code)) == ["DataCloneError", "DataCloneError"]


@pytest.mark.parametrize(
    "stream",
    [
        "{ const stream = new ReadableStream(); stream.getReader(); stream }",
        "{ const stream = new WritableStream(); stream.getWriter(); stream }",
        "{ const stream = new TransformStream(); stream.writable.getWriter(); stream }",
    ],
)
def test_what_is_locked_cannot_be_transferred(vm: VM, stream: str) -> None:
    vm.eval(f"var stream = eval({stream!r}); 0")
    with pytest.raises(JSError, match="DataCloneError: A stream that is locked cannot be transferred"):
        vm.eval("structuredClone(stream, { transfer: [stream] })")


def test_a_stream_is_not_copied(vm: VM) -> None:
    with pytest.raises(JSError, match="DataCloneError"):
        vm.eval("structuredClone(new ReadableStream())")


def test_between_realms(vm: VM) -> None:
    with vm.new_realm() as other:
        vm.globals["other"] = other.global_handle
        code = """{
            const seen = [];
            const source = ReadableStream.from([1, 2]);
            const sink = new WritableStream({ write: (chunk) => { seen.push(chunk); } });
            const readable = other.structuredClone(source, { transfer: [source] });
            const writable = other.structuredClone(sink, { transfer: [sink] });
            await readable.pipeTo(writable);
            [readable instanceof other.ReadableStream, writable instanceof other.WritableStream, ...seen]
        }"""
        assert asyncio.run(vm.eval_async(code)) == [True, True, 1, 2]
        del vm.globals["other"]


def test_a_transferred_stream_lives_through_a_snapshot(make_vm: Callable[..., VM]) -> None:
    first = make_vm()
    first.eval("""
        var stream = ReadableStream.from(["a", "b"]), text = "";
        var reader = structuredClone(stream, { transfer: [stream] }).getReader();
        var read = () => reader.read().then(({ value, done }) => { text += done ? "." : value; });
        read();
        0
    """)
    vm = first
    for _ in range(2):
        vm = moved(vm)
        vm.eval("read(); 0")
    with vm:
        assert vm.eval("text") == "ab."
