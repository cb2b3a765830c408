"""structuredClone: what is transferred, and what is refused. HTML, "StructuredSerializeWithTransfer"."""

from __future__ import annotations

import pytest

from snapjs import VM, JSError, TimeLimitError

DETACHED = "The object to transfer at index 0 is an ArrayBuffer that is detached."


def test_a_transferred_buffer_is_detached_and_keeps_its_bytes(vm: VM) -> None:
    assert vm.eval("""{
        const buffer = new Uint8Array([9, 8]).buffer, view = new Uint8Array(buffer);
        const clone = structuredClone({ view, buffer }, { transfer: [buffer] });
        [buffer.detached, view.length, clone.buffer.byteLength, [...clone.view], clone.view.buffer === clone.buffer];
    }""") == [True, 0, 2, [9, 8], True]


def test_a_transferred_buffer_stays_resizable(vm: VM) -> None:
    assert vm.eval("""{
        const buffer = new ArrayBuffer(4, { maxByteLength: 16 });
        const clone = structuredClone(new Uint8Array(buffer), { transfer: [buffer] });
        clone.buffer.resize(16);
        [buffer.detached, buffer.resizable, clone.length];
    }""") == [True, True, 16]


def test_transfer_is_any_iterable(vm: VM) -> None:
    assert vm.eval("""{
        const buffers = [new ArrayBuffer(1), new ArrayBuffer(2)];
        structuredClone(null, { transfer: new Set(buffers) });
        buffers.map((buffer) => buffer.detached);
    }""") == [True, True]


@pytest.mark.parametrize(
    "options", ["undefined", "null", "{}", "{ transfer: undefined }", "{ transfer: [] }", "() => {}"]
)
def test_options_without_a_transfer(vm: VM, options: str) -> None:
    assert vm.eval(f"structuredClone(1, {options})") == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("structuredClone()", "structuredClone: a value is required"),
        ("structuredClone(1, 2)", "structuredClone: the options must be an object"),
        ("structuredClone(1, { transfer: 'x' })", "structuredClone: the option transfer must be a sequence of objects"),
        (
            "structuredClone(1, { transfer: null })",
            "structuredClone: the option transfer must be a sequence of objects",
        ),
        ("structuredClone(1, { transfer: [1] })", "The value to transfer at index 0 is not an object"),
    ],
)
def test_arguments_of_other_types(vm: VM, call: str, message: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(call)
    assert (caught.value.name, caught.value.message) == ("TypeError", message)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("function f() {}", "function f could not be cloned."),
        ("() => 1", "function could not be cloned."),
        ("new Proxy(() => 1, {})", "function could not be cloned."),
        ("Symbol('q')", "Symbol(q) could not be cloned."),
        ("Object(Symbol('q'))", "#<Symbol> could not be cloned."),
        ("Promise.resolve()", "#<Promise> could not be cloned."),
        ("new WeakMap()", "#<WeakMap> could not be cloned."),
        ("new WeakRef({})", "#<WeakRef> could not be cloned."),
        ("new Proxy({}, {})", "#<Object> could not be cloned."),
        ("globalThis", "#<EventTarget> could not be cloned."),
        ("(function () { return arguments; })(1)", "#<Object> could not be cloned."),
        ("(function* () {})()", "#<Generator> could not be cloned."),
        ("[][Symbol.iterator]()", "#<Array Iterator> could not be cloned."),
        ("new Map()[Symbol.iterator]()", "#<Map Iterator> could not be cloned."),
        ("JSON.rawJSON('1')", "#<Object> could not be cloned."),
    ],
)
def test_what_cannot_be_cloned(vm: VM, value: str, message: str) -> None:
    assert vm.eval(f"""{{
        let caught;
        try {{ structuredClone({{ inside: [{value}] }}); }} catch (error) {{ caught = error; }}
        [caught instanceof DOMException, caught.name, caught.code, caught.message];
    }}""") == [True, "DataCloneError", 25, message]


@pytest.mark.parametrize(
    ("transfer", "message"),
    [
        ("[{}]", "The object to transfer at index 0 does not have a transferable type."),
        ("[new SharedArrayBuffer(1)]", "The object to transfer at index 0 does not have a transferable type."),
        ("[new Uint8Array(1)]", "The object to transfer at index 0 does not have a transferable type."),
        ("[detached]", DETACHED),
        ("[live, live]", "The object to transfer at index 1 is a duplicate of an earlier one."),
        ("[new ArrayBuffer(1).transferToImmutable()]", "The object to transfer at index 0 is an ArrayBuffer that cannot be detached."),
    ],
)  # fmt: skip
def test_what_cannot_be_transferred(vm: VM, transfer: str, message: str) -> None:
    assert vm.eval(f"""{{
        const detached = new ArrayBuffer(1), live = new ArrayBuffer(1);
        let caught;
        detached.transfer();
        try {{ structuredClone(null, {{ transfer: {transfer} }}); }} catch (error) {{ caught = error; }}
        [caught.name, caught.message, live.detached];
    }}""") == ["DataCloneError", message, False]


def test_a_detached_buffer_and_what_shows_it(vm: VM) -> None:
    assert vm.eval("""{
        const buffer = new ArrayBuffer(8), view = new DataView(buffer), array = new Uint8Array(buffer);
        buffer.transfer();
        [buffer, view, array].map((value) => { try { structuredClone(value); } catch (error) { return error.message; } });
    }""") == [
        "An ArrayBuffer is detached and could not be cloned.",
        "#<DataView> could not be cloned.",
        "#<Uint8Array> could not be cloned.",
    ]


def test_a_view_beyond_its_buffer(vm: VM) -> None:
    assert (
        vm.eval("""{
        const buffer = new ArrayBuffer(8, { maxByteLength: 8 }), array = new Uint8Array(buffer, 4, 4);
        buffer.resize(2);
        try { structuredClone(array); } catch (error) { error.name; }
    }""")
        == "DataCloneError"
    )


def test_a_buffer_that_a_getter_shortens_before_it_is_transferred(vm: VM) -> None:
    assert vm.eval("""{
        const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
        const value = { array: new Uint8Array(buffer, 4, 4), view: new DataView(buffer, 4), get x() { buffer.resize(2); } };
        const clone = structuredClone(value, { transfer: [buffer] });
        let caught;
        try { clone.view.byteLength; } catch (error) { caught = error.name; }
        [clone.array.length, clone.array.buffer.byteLength, caught];
    }""") == [0, 2, "TypeError"]


def test_a_buffer_that_a_getter_detaches_before_it_is_transferred(vm: VM) -> None:
    assert (
        vm.eval("""{
        const buffer = new ArrayBuffer(8);
        try { structuredClone({ buffer, get x() { buffer.transfer(); } }, { transfer: [buffer] }); }
        catch (error) { error.message; }
    }""")
        == DETACHED
    )


def test_nothing_is_detached_when_the_value_is_refused(vm: VM) -> None:
    assert (
        vm.eval("""{
        const buffer = new ArrayBuffer(8);
        try { structuredClone([buffer, () => 1], { transfer: [buffer] }); } catch {}
        buffer.detached;
    }""")
        is False
    )


def test_what_a_getter_throws(vm: VM) -> None:
    with pytest.raises(JSError, match="from the getter"):
        vm.eval("structuredClone([{ get a() { throw new RangeError('from the getter'); } }])")


def test_a_value_that_nests_too_deep_is_a_range_error(vm: VM) -> None:
    assert vm.eval("""{
        let value = [];
        for (let i = 0; i < 200000; i++) value = i % 2 ? [value] : { value };
        try { structuredClone(value); } catch (error) { [error.name, error.message]; }
    }""") == ["RangeError", "Maximum call stack size exceeded"]


def test_a_value_that_nests_deep(vm: VM) -> None:
    assert (
        vm.eval("""{
        let value = [], depth = 0;
        for (let i = 0; i < 1000; i++) value = [value];
        for (let at = structuredClone(value); at.length; at = at[0]) depth++;
        depth;
    }""")
        == 1000
    )


# ---- stopped


def test_a_large_clone_is_stopped_and_the_vm_lives_on(vm: VM) -> None:
    vm.eval("var large = Array.from({ length: 300_000 }, (_, number) => ({ number })); 0")
    with pytest.raises(TimeLimitError):
        vm.eval("structuredClone(large)", timeout=0.05)
    assert vm.eval("large.length") == 300_000
