"""The memory limit: whatever is allocated counts, the error can be caught, and the VM is used again afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from snapjs import VM, JSError, MemoryLimitError

MakeVM = Callable[..., VM]

MIB = 1 << 20
LIMIT = 4 * MIB

LET_GO = "var map, set, o; kept = []; map = set = o = null"

# What linear memory may hold: the heap with what the allocator cannot use, and the messages beside it.
MOST_HEAP = 3 * LIMIT
MOST_MEMORY = MOST_HEAP + 28 * MIB

FLOODS = {
    "objects": "for (;;) kept.push({ x: 1, y: 2, z: 3 })",
    "arrays": "for (;;) kept.push(new Array(1000).fill(0))",
    "large arrays": "for (;;) kept.push(new Array(100000).fill(0))",
    "strings": "for (;;) kept.push('x'.repeat(1e6) + kept.length)",
    "Uint8Array": "for (;;) kept.push(new Uint8Array(1e6))",
    "one ArrayBuffer": "kept.push(new ArrayBuffer(1e9))",
    "Map": "var map = new Map(); kept.push(map); for (let i = 0; ; i++) map.set(i, i)",
    "Set": "var set = new Set(); kept.push(set); for (let i = 0; ; i++) set.add('k' + i)",
    "properties": "var o = {}; kept.push(o); for (let i = 0; ; i++) o['k' + i] = 1",
    "symbols": "var o = {}; kept.push(o); for (;;) o[Symbol()] = 1",
    "nesting": "for (;;) kept = [kept]",
    "closures": "for (;;) { const inner = kept; kept = () => inner }",
    "functions": "for (;;) kept.push(eval('(function () { return ' + kept.length + ' })'))",
    "BigInts": "for (;;) kept.push((1n << 500000n) + BigInt(kept.length))",
    "regexps": "for (;;) kept.push(new RegExp('a'.repeat(1000) + kept.length))",
    "promises": "for (;;) kept.push(new Promise(() => {}))",
    "generators": "for (;;) { const g = (function* () { yield 1 })(); g.next(); kept.push(g) }",
    "dates": "for (;;) kept.push(new Date())",
    "errors": "for (;;) kept.push(new Error('x'))",
    "proxies": "for (;;) kept.push(new Proxy({}, {}))",
    "timers": "for (;;) kept.push(setTimeout(() => {}, 1e9))",
}


@pytest.fixture
def limited(make_vm: MakeVM) -> VM:
    vm = make_vm(memory_limit=LIMIT)
    vm.eval("var kept = []")
    return vm


@pytest.mark.abandons("timers stay set")
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_flood_ends_in_a_memory_limit_error(limited: VM, flood: str) -> None:
    with pytest.raises(MemoryLimitError) as caught:
        limited.eval(flood)
    assert caught.value.limit == LIMIT
    assert isinstance(caught.value, MemoryError)
    assert limited.statistics().linear_memory <= MOST_HEAP


@pytest.mark.abandons("timers stay set")
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_vm_runs_code_while_it_is_full_and_after_it_has_let_go(limited: VM, flood: str) -> None:
    with pytest.raises(MemoryLimitError):
        limited.eval(flood)
    assert limited.eval("1 + 1") == 2
    limited.eval(LET_GO)
    assert limited.eval("Array.from({ length: 5000 }, (_, i) => ({ i })).length") == 5000


@pytest.mark.abandons("timers stay set")
@pytest.mark.parametrize(
    "name", sorted(FLOODS.keys() - {"errors"})
)  # an Error without a stack is made of the last memory there is
def test_javascript_catches_it(limited: VM, name: str) -> None:
    flood = FLOODS[name]
    name = limited.eval(f"try {{ {flood} }} catch (e) {{ e.name }}")
    assert name in ("InternalError", "SyntaxError")  # the latter from the compilers of scripts and regular expressions
    limited.eval(LET_GO)
    assert limited.eval("[1, 2, 3].map(n => n * 2)") == [2, 4, 6]


def test_error_says_what_it_is(limited: VM) -> None:
    code = "try { for (;;) kept.push({}) } catch (e) { [e instanceof Error, e.name, e.message] }"
    assert limited.eval(code) == [True, "InternalError", "out of memory"]


def test_it_can_be_caught_again_and_again(limited: VM) -> None:
    code = "let caught = 0; for (let i = 0; i < 20; i++) try { for (;;) kept.push({}) } catch { caught++; kept = [] } caught"
    assert limited.eval(code) == 20


def test_catching_without_letting_go_ends(limited: VM) -> None:
    with pytest.raises(MemoryLimitError):
        limited.eval("function again() { try { for (;;) kept.push({}) } catch (e) { again() } } again()")
    assert limited.eval("kept = []; 1") == 1


def test_rope_that_doubles_is_an_error(limited: VM) -> None:
    with pytest.raises(JSError, match="InternalError: string too long"):
        limited.eval("let s = 'x'; for (;;) s += s")
    assert limited.eval("1") == 1


def test_garbage_is_no_reason_to_fail(limited: VM) -> None:
    assert limited.eval("for (let i = 0; i < 300000; i++) { const o = {}; o.self = o } 'done'") == "done"


def test_what_is_let_go_can_be_used_again(limited: VM) -> None:
    for _ in range(20):
        assert limited.eval("kept = new Uint8Array(3e6); kept.length") == 3_000_000
        limited.eval("kept = null")


def test_limit_of_one_mebibyte_is_enough_to_start(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=MIB)
    assert vm.eval("JSON.parse(JSON.stringify({ a: [1, 2, 3] })).a.length") == 3
    with pytest.raises(MemoryLimitError):
        vm.eval("'x'.repeat(1e6)")


def test_usage_says_the_limit(limited: VM) -> None:
    limited.eval("globalThis.kept = new Uint8Array(1000); 0")
    usage = limited.memory_usage()
    assert usage["malloc_limit"] == LIMIT
    assert 0 < usage["heap_size"] < LIMIT


# ---- messages


@pytest.mark.parametrize("value", [bytes(10 * MIB), "x" * 10 * MIB, "x" * 40 * MIB], ids=["bytes", "text", "long text"])
def test_value_that_is_too_large_to_come_in(limited: VM, value: object) -> None:
    with pytest.raises(MemoryLimitError):
        limited.globals["data"] = value
    assert limited.eval("typeof data") == "undefined"


def test_message_counts_against_linear_memory(limited: VM) -> None:
    with pytest.raises(MemoryLimitError):
        limited.globals["data"] = bytes(200 * MIB)
    assert limited.statistics().linear_memory <= MOST_MEMORY
    assert limited.eval("1") == 1


def test_source_that_is_too_large(limited: VM) -> None:
    with pytest.raises(MemoryLimitError):
        limited.eval("/*" + "x" * 40 * MIB + "*/")
    assert limited.eval("1") == 1


def test_result_that_is_too_large_to_go_out(limited: VM) -> None:
    with pytest.raises(MemoryLimitError):
        limited.eval("(() => { const s = 'x'.repeat(1e6); return Array.from({ length: 1000 }, () => s) })()")
    assert limited.statistics().linear_memory <= MOST_MEMORY
    assert limited.eval("1") == 1


def test_large_result_that_shares_its_array_is_small(limited: VM) -> None:
    result = limited.eval("(() => { const a = ['x'.repeat(1e6)]; return Array.from({ length: 1000 }, () => a) })()")
    assert len(result) == 1000
    assert result[999] is result[0]


def test_argument_of_a_host_function_that_is_too_large(limited: VM) -> None:
    limited.expose("f", lambda data: None)
    code = "(() => { const s = 'x'.repeat(1e6); try { f(Array.from({ length: 1000 }, () => s)) } catch (e) { return e.message } })()"
    assert limited.eval(code) == "out of memory"
    assert limited.eval("1") == 1


@pytest.mark.parametrize("value", [bytes(100 * MIB), "x" * 40 * MIB], ids=["bytes", "text"])
def test_result_of_a_host_function_that_is_too_large(limited: VM, value: object) -> None:
    limited.expose("f", lambda: value)
    with pytest.raises(MemoryLimitError):
        limited.eval("f()")
    assert limited.eval("1") == 1


def test_more_host_functions_than_there_is_room_for(make_vm: MakeVM) -> None:
    vm = make_vm(memory_limit=MIB)
    vm.eval("var reserve = new Uint8Array(1e5); 0")
    with pytest.raises(MemoryLimitError):
        for number in range(100_000):
            vm.expose(f"f{number}", len)
    vm.globals["reserve"] = None
    assert vm.eval("f0('abc')") == 3
    vm.expose(f"f{number}", len)
    assert vm.eval(f"f{number}('abc')") == 3


def test_answer_of_an_async_host_function_that_is_too_large(limited: VM) -> None:
    async def large() -> list[float]:
        return [1.5] * 3_000_000

    limited.expose("large", large)
    code = "try { await large() } catch (error) { error.name }"
    assert asyncio.run(limited.eval_async(code)) == "MemoryLimitError"
    assert limited.statistics().pending == 0


def test_memory_of_a_message_is_given_back(make_vm: MakeVM) -> None:
    vm = make_vm()
    for _ in range(10):
        assert len(vm.eval("new Uint8Array(2e7)")) == 20_000_000
    assert vm.statistics().linear_memory < 200 * MIB


def test_memory_without_a_limit_ends_at_what_the_address_space_has(make_vm: MakeVM) -> None:
    vm = make_vm()
    with pytest.raises(JSError, match="RangeError: invalid array buffer length"):
        vm.eval("new ArrayBuffer(2 ** 40)")
    assert vm.eval("1") == 1


def test_shared_array_buffer_grows(vm: VM) -> None:
    assert (
        vm.eval(
            "(() => { const s = new SharedArrayBuffer(4, { maxByteLength: 8 }); s.grow(8); return s.byteLength })()"
        )
        == 8
    )


def test_shared_array_buffers_count_towards_the_limit(make_vm: Callable[..., VM]) -> None:
    vm = make_vm(memory_limit=8 << 20)
    refused = """
        (() => {
            const kept = []
            try { for (;;) kept.push(new SharedArrayBuffer(1 << 19)) } catch (error) { return [error.message, kept.length] }
        })()
    """
    message, count = vm.eval(refused)
    assert message == "out of memory"
    assert 12 <= count <= 16
    assert vm.eval(refused) == [message, count]


def test_what_could_not_be_made_for_lack_of_memory_is_made_later(make_vm: Callable[..., VM]) -> None:
    vm = make_vm(memory_limit=4 << 20)
    refused, lost = vm.eval("""
        (() => {
            const names = Object.getOwnPropertyNames(String.prototype).filter(name => name !== 'length')
            const kept = []
            try { for (;;) kept.push(new Array(3)) } catch {}
            try { for (;;) kept.push({}) } catch {}
            let refused = 0
            for (let i = 0; i < names.length; i++) try { String.prototype[names[i]] } catch { refused++ }
            kept.length = 0
            return [refused, names.filter(name => String.prototype[name] === undefined)]
        })()
    """)
    assert refused > 30
    assert lost == []
