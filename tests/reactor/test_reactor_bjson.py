"""qjs:bjson."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import JSError, Reactor, StackLimitError

AGAIN = """
    globalThis.again = (value, flags = 0) => {
        const bytes = bjson.write(value, flags)
        return bjson.read(bytes, 0, bytes.byteLength, flags)
    }
"""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("[1, -1, 2.5, NaN, null, true, 'ž☃', ' ']", '[1,-1,2.5,null,null,true,"ž☃"," "]'),
        ("{ a: { b: [] }, 5: 6, constructor: 1 }", '{"5":6,"a":{"b":[]},"constructor":1}'),
        ("new Date(8.64e15)", '"+275760-09-13T00:00:00.000Z"'),
        ("[new Map([[1, 2]])].map(map => [...map])", "[[[1,2]]]"),
        ("[...new Uint16Array([1, 65535])]", "[1,65535]"),
    ],
)
def test_data_comes_back(reactor: Reactor, value: str, shown: str) -> None:
    reactor.eval(AGAIN)

    assert reactor.eval(f"JSON.stringify(again({value}))") == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("-(2n ** 70n)", "-1180591620717411303424"),
        ("Symbol.for('a')", "Symbol(a)"),
        ("/a+(?<b>.)/giv", "/a+(?<b>.)/giv"),
        ("undefined", "undefined"),
        ("Object('x')", "x"),
        ("[, 1]", ",1"),
    ],
)
def test_other_values_come_back(reactor: Reactor, value: str, shown: str) -> None:
    reactor.eval(AGAIN)

    assert reactor.eval(f"String(again({value}))") == shown


def test_what_refers_to_itself(reactor: Reactor) -> None:
    reactor.eval(AGAIN)
    reactor.eval("globalThis.cyclic = { list: [] }; cyclic.list.push(cyclic, cyclic.list)")

    assert (
        reactor.eval("{ const read = again(cyclic, 8); read.list[0] === read && read.list[1] === read.list }") is True
    )
    with pytest.raises(JSError, match="circular reference"):
        reactor.eval("again(cyclic)")


def test_a_part_of_a_buffer(reactor: Reactor) -> None:
    reactor.eval(
        "globalThis.bytes = new Uint8Array(bjson.write('x')); globalThis.room = new Uint8Array(100); room.set(bytes, 40)"
    )

    assert reactor.eval("bjson.read(room.buffer, 40, bytes.length)") == "x"
    with pytest.raises(JSError, match="read/write array buffer overflow"):
        reactor.eval("bjson.read(room.buffer, 40, 61)")


@pytest.mark.abandons("a module stays")
def test_as_a_module(reactor: Reactor, out: list[str]) -> None:
    reactor.eval(
        "import { read, write, READ_OBJ_REFERENCE as flag } from 'qjs:bjson'; print(typeof read, typeof write, flag)",
        module=True,
    )

    assert out == ["function function 8\n"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("bjson.write(() => 1)", "unsupported object class"),
        ("bjson.write(new Error('x'))", "unsupported object class"),
        (
            "bjson.write(1, bjson.WRITE_OBJ_BYTECODE)",
            "bjson.write of bytecode is not available in a sandbox: the engine does not verify it",
        ),
        ("bjson.read(new ArrayBuffer(9), 0, 9, bjson.READ_OBJ_BYTECODE)", "bjson.read of bytecode is not available"),
        (
            "bjson.write(new SharedArrayBuffer(1), bjson.WRITE_OBJ_SAB)",
            "bjson.write of a SharedArrayBuffer is not available",
        ),
        ("bjson.read(new ArrayBuffer(9), 0, 9)", "invalid version"),
        ("bjson.read(new ArrayBuffer(0), 0, 0)", "read after the end"),
        ("bjson.read('text', 0, 1)", "the buffer is an ArrayBuffer, or a view of one"),
    ],
)
def test_what_is_refused(reactor: Reactor, code: str, error: str) -> None:
    with pytest.raises(JSError, match=error):
        reactor.eval(code)


def test_bytes_that_lie_are_an_error_and_the_program_goes_on(reactor: Reactor) -> None:
    counts = reactor.eval("""{
        const good = new Uint8Array(bjson.write({ d: new Date(5), s: [Symbol('x'), Symbol.for('y')], n: -(2n ** 70n) }))
        good.fill(255, 1, 5)  // a checksum that is passed over
        let errors = 0, read = 0
        for (let at = 5; at < good.length; at++) for (let value = 0; value < 256; value += 3) {
            const bad = good.slice(); bad[at] = value
            try { String(bjson.read(bad.buffer, 0, bad.length).d); read++ } catch { errors++ }
        }
        [errors, read]
    }""")

    assert min(counts) > 100


def test_bytecode_of_a_regular_expression_is_not_believed(reactor: Reactor) -> None:
    reactor.eval("""{
        const good = new Uint8Array(bjson.write(/(b)/g))
        good.fill(255, 1, 5)
        const groups = new Set()
        for (let at = 5; at < good.length; at++) for (let value = 0; value < 256; value += 5) {
            const bad = good.slice(); bad[at] = value
            try { groups.add(bjson.read(bad.buffer, 0, bad.length).exec("abc")?.length) } catch {}
        }
        globalThis.groups = [...groups].sort()
    }""")

    assert reactor.eval("String(groups)") == "2,"


@pytest.mark.parametrize("nest", ["v = { v }", "v = [v]", "v = new Map([[1, v]])", "v = new Set([v])"])
def test_deep_data_ends_at_the_stack_limit(reactor: Reactor, nest: str) -> None:
    with pytest.raises(StackLimitError):
        reactor.eval(f"{{ let v = 1; for (let i = 0; i < 100000; i++) {nest}; bjson.write(v) }}")

    assert reactor.eval("bjson.write(1).byteLength") == 8


def test_bytes_live_through_a_snapshot(reactor: Reactor, moved: Callable[..., Reactor]) -> None:
    reactor.eval("globalThis.bytes = bjson.write([1, 'two'])")

    assert moved(reactor).eval("bjson.read(bytes, 0, bytes.byteLength)") == [1, "two"]
