"""ReadableStream, WritableStream and TransformStream: what engine/web/streams.js adds to their package, in Python's
asyncio, and saved in the middle."""

from __future__ import annotations

import asyncio

import pytest
from moving import moved

import snapjs
from snapjs import VM, JSError, undefined

NUMBERS = """
var numbers = (most) => {
  let number = 0;
  return new ReadableStream({
    pull(controller) {
      if (number < most) controller.enqueue(++number);
      else controller.close();
    },
  });
};
0
"""


def test_the_interfaces_are_globals_that_are_not_enumerable(vm: VM) -> None:
    names = vm.eval("Object.keys(globalThis)")
    for name in (
        "ReadableStream",
        "ReadableStreamDefaultReader",
        "ReadableStreamBYOBReader",
        "ReadableStreamDefaultController",
        "ReadableByteStreamController",
        "ReadableStreamBYOBRequest",
        "WritableStream",
        "WritableStreamDefaultWriter",
        "WritableStreamDefaultController",
        "TransformStream",
        "TransformStreamDefaultController",
        "ByteLengthQueuingStrategy",
        "CountQueuingStrategy",
    ):
        assert vm.eval(f"typeof {name}") == "function"
        assert name not in names


def test_a_vm_without_web_has_none(make_vm: type[VM]) -> None:
    assert make_vm(web=False).eval("typeof ReadableStream + typeof TextDecoderStream") == "undefinedundefined"


def test_a_new_vm_has_no_job_of_theirs(vm: VM) -> None:
    assert vm.run_jobs() == 0


def test_the_iterator_is_one_of_web_idl(vm: VM) -> None:
    assert vm.eval("""{
        const prototype = Object.getPrototypeOf(new ReadableStream().values());
        const parent = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));
        [Reflect.ownKeys(prototype).length, Object.getPrototypeOf(prototype) === parent, String(prototype)]
    }""") == [3, True, "[object ReadableStream AsyncIterator]"]


SHOWN = """
(async () => {
  const shown = new Set();
  const look = (...objects) => {
    for (const object of objects) for (const key in object) if (Object.hasOwn(object, key)) shown.add(key);
  };
  let inside;
  const pair = new TransformStream({ start: (controller) => look((inside = controller)) });
  const [writer, reader] = [pair.writable.getWriter(), pair.readable.getReader()];
  const source = new ReadableStream({ start: look, pull: (controller) => controller.enqueue(1) });
  const bytes = new ReadableStream({
    type: "bytes",
    pull(controller) {
      look(controller, controller.byobRequest);
      controller.byobRequest.respondWithNewView(controller.byobRequest.view);
    },
  });
  const byob = bytes.getReader({ mode: "byob" });
  const iterator = source.values();
  const sink = new WritableStream({ start: look, write: (chunk, controller) => look(controller) });
  const sinkWriter = sink.getWriter();
  await Promise.all([writer.write(1), reader.read(), iterator.next(), byob.read(new Uint8Array(1)), sinkWriter.write(1)]);
  await Promise.all([writer.close(), sinkWriter.abort("enough"), iterator.return(), byob.cancel()]);
  look(pair, pair.readable, pair.writable, writer, reader, inside, source, bytes, byob, iterator, sink, sinkWriter);
  look(new CountQueuingStrategy({ highWaterMark: 1 }), new ByteLengthQueuingStrategy({ highWaterMark: 1 }));
  return [...shown];
})()
"""


def test_no_object_shows_what_it_keeps(vm: VM) -> None:
    assert asyncio.run(vm.eval_async(SHOWN)) == []


def test_a_subclass_has_properties_as_usual(vm: VM) -> None:
    assert vm.eval("""{
        class Counted extends ReadableStream {
          constructor() {
            super();
            this._count = 1;
            this.name = "n";
          }
        }
        const stream = new Counted();
        const bare = Object.create(ReadableStream.prototype);
        bare.name = 2;
        [Object.keys(stream), Object.keys(bare), Reflect.set(ReadableStream.prototype, "x", 1, 1), stream.x]
    }""") == [["_count", "name"], ["name"], False, undefined]


def test_properties_of_a_stream_without_a_last_prototype(vm: VM) -> None:
    assert vm.eval("""{
        const stream = new ReadableStream();
        const { prototype } = ReadableStream;
        Object.setPrototypeOf(prototype, null);
        stream.name = 1;
        prototype.added = 2;
        const keys = [Object.keys(stream), prototype.added];
        Object.setPrototypeOf(prototype, Object.prototype);
        delete prototype.added;
        keys
    }""") == [["name"], 2]


def test_async_iteration(vm: VM) -> None:
    vm.eval(NUMBERS)
    code = "{ let sum = 0; for await (const number of numbers(100)) sum += number; sum }"
    assert asyncio.run(vm.eval_async(code)) == 5050


def test_leaving_an_iteration_cancels_the_stream(vm: VM) -> None:
    code = """
        {
          const seen = [];
          const source = { pull: (controller) => controller.enqueue(1), cancel: () => { seen.push("cancelled"); } };
          for await (const chunk of new ReadableStream(source)) { seen.push(chunk); break; }
          seen
        }
    """
    assert asyncio.run(vm.eval_async(code)) == [1, "cancelled"]


def test_a_stream_of_an_iterable(vm: VM) -> None:
    assert asyncio.run(vm.eval_async("await Array.fromAsync(ReadableStream.from(['a', Promise.resolve('b')]))")) == [
        "a",
        "b",
    ]


def test_a_byte_stream_fills_the_view_of_its_reader(vm: VM) -> None:
    code = """
        {
          const source = { type: "bytes", pull: ({ byobRequest }) => { byobRequest.view[0] = 7; byobRequest.respond(1); } };
          const { value } = await new ReadableStream(source).getReader({ mode: "byob" }).read(new Uint8Array(4));
          [value.length, value[0], value.buffer.byteLength]
        }
    """
    assert asyncio.run(vm.eval_async(code)) == [1, 7, 4]


def test_a_pipe_asks_for_no_more_than_is_written(vm: VM) -> None:
    code = """
        {
          let pulled = 0;
          const source = new ReadableStream({ pull: (controller) => controller.enqueue(++pulled) }, { highWaterMark: 0 });
          source.pipeTo(new WritableStream({ write: () => new Promise(() => {}) }, { highWaterMark: 3 }));
          await new Promise((resolve) => setTimeout(resolve));
          pulled
        }
    """
    assert asyncio.run(vm.eval_async(code)) == 3


def test_a_signal_stops_a_pipe(vm: VM) -> None:
    vm.eval(NUMBERS)
    code = """
        {
          const controller = new AbortController();
          const pipe = numbers(1e9).pipeTo(new WritableStream({ write: (n) => { if (n === 5) controller.abort(n); } }), controller);
          await pipe.then(() => "done", (reason) => reason)
        }
    """
    assert asyncio.run(vm.eval_async(code)) == 5


def test_an_error_of_a_sink_reaches_the_pipe(vm: VM) -> None:
    vm.eval(NUMBERS)
    with pytest.raises(JSError, match="RangeError: full"):
        asyncio.run(
            vm.eval_async("await numbers(3).pipeTo(new WritableStream({ write() { throw new RangeError('full'); } }))")
        )


# ---- saved in the middle


def test_a_half_read_stream(make_vm: type[VM]) -> None:
    first = make_vm()
    first.eval(NUMBERS)
    first.eval("var reader = numbers(3).getReader(), read = []; reader.read().then(({ value }) => read.push(value)); 0")
    with moved(first) as vm:
        vm.eval("(async () => { for (let step; !(step = await reader.read()).done; ) read.push(step.value); })(); 0")
        assert vm.eval("read") == [1, 2, 3]


def test_a_pipe_under_back_pressure_that_waits_for_the_host(make_vm: type[VM]) -> None:
    first = make_vm(functions={"store": snapjs.pending})
    first.eval(NUMBERS)
    first.eval("""
        var doubled = new TransformStream({ transform: (n, controller) => controller.enqueue(n * 2) });
        var stored = [], end;
        numbers(3).pipeThrough(doubled).pipeTo(new WritableStream({
          write: async (n) => { stored.push(await store(n)); },
        })).then(() => { end = "piped"; });
        0
    """)
    assert [call.args for call in first.pending] == [(2,)]
    vm = first
    for number in (2, 4, 6):
        vm = moved(vm, functions={"store": snapjs.pending})
        (call,) = vm.pending
        assert call.args == (number,)
        call.resolve(f"stored {number}")
        vm.run_until_idle()
    with vm:
        assert vm.eval("[stored, end]") == [["stored 2", "stored 4", "stored 6"], "piped"]


def test_a_source_that_waits_for_the_host(make_vm: type[VM]) -> None:
    first = make_vm(functions={"fetch_page": snapjs.pending})
    first.eval("""
        var pages = new ReadableStream({
          async pull(controller) {
            const page = await fetch_page();
            if (page === null) controller.close();
            else controller.enqueue(page);
          },
        }, { highWaterMark: 0 });
        var text = "";
        (async () => { for await (const page of pages) text += page; text += "."; })();
        0
    """)
    vm = first
    for answer in ("a", "b", None):
        vm = moved(vm, functions={"fetch_page": snapjs.pending})
        vm.pending[0].resolve(answer)
        vm.run_until_idle()
    with vm:
        assert vm.eval("text") == "ab."
