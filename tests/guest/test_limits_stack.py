"""The stack limit: every way to nest too deep is an error that JavaScript can catch, and the VM is used again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM, JSError, StackLimitError

MakeVM = Callable[..., VM]

NEST = "let nested = []; for (let i = 0; i < 100000; i++) nested = [nested];"

RECURSIONS = {
    "function": "(function f() { return f() + 1 })()",
    "arrow": "(() => { const f = n => f(n + 1) + 1; return f(0) })()",
    "mutual": "(() => { const a = () => b() + 1, b = () => a() + 1; return a() })()",
    "constructor": "(() => { function C() { new C() } new C() })()",
    "class": "(() => { class C { constructor() { this.c = new C() } } new C() })()",
    "getter": "({ get a() { return this.a } }).a",
    "setter": "(() => { const o = { set a(v) { this.a = v } }; o.a = 1 })()",
    "proxy": "(() => { const p = new Proxy({}, { get: (target, key, receiver) => receiver[key] }); return p.x })()",
    "chain of proxies": "(() => { let p = {}; for (let i = 0; i < 100000; i++) p = new Proxy(p, {}); return p.x })()",
    "toString": "`${{ toString() { return `${this}` } }}`",
    "valueOf": "+{ valueOf() { return +this } }",
    "Symbol.toPrimitive": "`${{ [Symbol.toPrimitive]() { return `${this}` } }}`",
    "join of nested arrays": f"(() => {{ {NEST} return String(nested) }})()",
    "flat": f"(() => {{ {NEST} return nested.flat(Infinity) }})()",
    "JSON.stringify": f"(() => {{ {NEST} return JSON.stringify(nested) }})()",
    "JSON.stringify of objects": "(() => { let o = {}; for (let i = 0; i < 100000; i++) o = { o }; return JSON.stringify(o) })()",
    "toJSON": "JSON.stringify({ toJSON() { return JSON.stringify(this) } })",
    "JSON.parse": "JSON.parse('['.repeat(200000))",
    "JSON.parse of objects": "JSON.parse('{\"a\":'.repeat(200000))",
    "reviver": "JSON.parse('[1]', function again() { return JSON.parse('[1]', again) })",
    "parentheses": "eval('('.repeat(100000) + '1' + ')'.repeat(100000))",
    "array literals": "eval('['.repeat(100000))",
    "blocks": "eval('{'.repeat(100000))",
    "template literals": "eval('`${'.repeat(100000))",
    "unary operators": "eval('!'.repeat(1000000) + '1')",
    "arrow functions": "eval('a=>'.repeat(100000) + '1')",
    "conditionals": "eval('1?'.repeat(100000))",
    "assignments": "eval('a='.repeat(100000) + '1')",
    "sort": "(() => { const f = () => [2, 1].sort(f)[0]; return f() })()",
    "replace": "(() => { const f = () => 'a'.replace('a', f); return f() })()",
    "apply": "(function f() { return f.apply(this, arguments) })()",
    "bind": "(() => { let f = () => 1; for (let i = 0; i < 2000; i++) f = f.bind(); for (;;) f = f.bind(), f() })()",
    "Reflect.construct": "(function F() { Reflect.construct(F, []) })()",
    "instanceof": "(() => { const F = { [Symbol.hasInstance]: v => v instanceof F }; return 1 instanceof F })()",
    "iterator": "(() => { const o = { [Symbol.iterator]() { return [...o] } }; return [...o] })()",
    "yield*": "(() => { function* g() { yield* g() } return [...g()] })()",
    "spread of arguments": "(function f(...a) { return f(...a, 1) })()",
    "eval": "(() => { const f = () => eval('f()'); return f() })()",
    "Function": "(() => { globalThis.f = () => Function('return f()')(); return f() })()",
}


# What takes long to come to the end of the stack.
SLOW = {"JSON.stringify", "JSON.stringify of objects", "bind", "spread of arguments"}

recursions = pytest.mark.parametrize(
    "code",
    [pytest.param(code, id=name, marks=pytest.mark.slow if name in SLOW else ()) for name, code in RECURSIONS.items()],
)


@recursions
def test_it_is_a_stack_limit_error(vm: VM, code: str) -> None:
    with pytest.raises(StackLimitError) as caught:
        vm.eval(code)
    assert isinstance(caught.value, RecursionError)
    assert caught.value.limit == 1048576
    assert vm.eval("1 + 1") == 2


@recursions
def test_javascript_catches_it(vm: VM, code: str) -> None:
    caught = vm.eval(f"try {{ {code} }} catch (e) {{ [e instanceof RangeError, e.message] }}")
    assert caught == [True, "Maximum call stack size exceeded"]
    assert vm.eval("1 + 1") == 2


def test_deep_regexp_is_a_syntax_error(vm: VM) -> None:
    with pytest.raises(JSError, match="SyntaxError: stack overflow"):
        vm.eval("new RegExp('(?:'.repeat(100000) + ')'.repeat(100000))")
    assert vm.eval("1 + 1") == 2


def test_limit_is_that_of_the_option(make_vm: MakeVM) -> None:
    depths = []
    for limit in (65536, 262144):
        vm = make_vm(stack_limit=limit)
        with pytest.raises(StackLimitError) as caught:
            vm.eval("var depth = 0; (function f() { depth++; f() })()")
        assert caught.value.limit == limit
        depths.append(vm.eval("depth"))
    assert depths[0] * 3 < depths[1] < depths[0] * 6


def test_default_stack_is_deep_enough_for_real_programs(vm: VM) -> None:
    assert vm.eval("(function f(n) { return n ? f(n - 1) + 1 : 0 })(2000)") == 2000
    assert vm.eval("JSON.parse('['.repeat(2000) + ']'.repeat(2000)).length") == 1


def test_deep_value_is_freed_without_a_stack(vm: VM) -> None:
    assert vm.eval("(() => { let a = []; for (let i = 0; i < 200000; i++) a = [a]; a = null; return 1 })()") == 1


def test_chain_of_causes_is_freed_and_reported(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(
            "(() => { let e = new Error('x'); for (let i = 0; i < 100000; i++) e = new Error('y', { cause: e }); throw e })()"
        )
    assert caught.value.message == "y"


@pytest.mark.abandons("where Python's own stack ends, it may lose the reference that it was about to take over")
def test_overflow_in_a_host_call(vm: VM) -> None:
    vm.expose("call", lambda f: f())
    with pytest.raises(RecursionError):
        vm.eval("(function f() { return call(f) })()")
    assert vm.eval("1 + 1") == 2


def test_overflow_in_a_job_is_a_rejection(vm: VM, capsys: pytest.CaptureFixture[str]) -> None:
    assert vm.eval("(async () => { (function f() { f() })() })().catch(e => e.name)").result == "RangeError"
    assert capsys.readouterr().err == ""


def test_overflow_while_converting(vm: VM) -> None:
    with pytest.raises(StackLimitError):
        vm.eval("({ get a() { return (function f() { f() })() } })")
    assert vm.eval("1 + 1") == 2
