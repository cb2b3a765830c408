"""A snapshot holds nothing that the program has let go."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable

import pytest

import snapjs
from snapjs import VM, JSError

CLOCK = 1_700_000_000.0
MakeVM = Callable[..., VM]

SECRETS = {"latin": "Schlüssel-4711-für-später", "wide": "ключ-4711-на-потом", "long": "geheim-4711-" * 300}
secrets = pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)

# How JavaScript comes to hold `s`, and how it lets go.
HELD = {
    "string": ("globalThis.kept = `${s}!`", "kept = 0"),
    "string put together": ("globalThis.kept = ''; for (const c of s) kept += c", "kept = 0"),
    "array element": ("globalThis.kept = [1, s]", "kept.pop()"),
    "property": ("globalThis.kept = {a: s}", "delete kept.a"),
    "name of a property": ("globalThis.kept = {[s]: 1}", "kept = 0"),
    "name of a property that is deleted": ("globalThis.kept = {a: 1, [s]: 1}", "delete kept[Object.keys(kept)[1]]"),
    "name of a global": ("globalThis[s] = 1", "delete globalThis[Object.keys(globalThis).at(-1)]"),
    "key of a Map": ("globalThis.kept = new Map([[s, 1]])", "kept.clear()"),
    "element of a Set": ("globalThis.kept = new Set([s])", "for (const x of kept) kept.delete(x)"),
    "value in a WeakMap": (
        "globalThis.key = {}; globalThis.kept = new WeakMap([[key, s + '!']])",
        "key = 0",
    ),
    "held by a FinalizationRegistry": (
        "globalThis.key = {}; globalThis.kept = new FinalizationRegistry(() => 0); kept.register(key, s + '!')",
        "key = 0",
    ),
    "description of a symbol": ("globalThis.kept = Symbol(s)", "kept = 0"),
    "key of a registered symbol": ("globalThis.kept = Symbol.for(s)", "kept = 0"),
    "message of an error": ("globalThis.kept = new Error(s)", "kept = 0"),
    "source of a function": ("globalThis.kept = (0, eval)(`(function () { /* ${s} */ })`)", "kept = 0"),
    "constant of a function": ("globalThis.kept = (0, eval)(`(() => ${JSON.stringify(s)})`)", "kept = 0"),
    "name of a variable": (
        "const name = 'n' + Array.from(s, c => c.codePointAt()).join('');"
        "globalThis.kept = new Function(`const ${name} = 1; return () => ${name}`)()",
        "kept = 0",
    ),
    "variable of a closure": ("{ const t = s + '!'; globalThis.kept = () => t }", "kept = 0"),
    "private field": ("globalThis.kept = new (class { #x = s + '!'; get() { return this.#x } })()", "kept = 0"),
    "bound argument": ("globalThis.kept = (x => x).bind(null, s + '!')", "kept = 0"),
    "target of a Proxy": ("globalThis.kept = new Proxy({a: s + '!'}, {})", "kept = 0"),
    "local of a generator": (
        "globalThis.kept = (function* () { const t = s + '!'; yield 1; return t })(); kept.next()",
        "kept.return(); kept = 0",
    ),
    "local of a waiting function": (
        "(async () => { const t = s + '!'; await new Promise(go => { globalThis.go = go }); return t.length })()",
        "go(); go = 0",
    ),
    "variable of a waiting function": (
        "(async () => { let t = s + '!'; globalThis.drop = () => { t = 0 }; await new Promise(() => 0); return t })()",
        "drop(); drop = 0",
    ),
    "reason of a promise": ("globalThis.kept = Promise.reject(s + '!'); kept.catch(() => 0)", "kept = 0"),
    "argument of a timer": ("globalThis.kept = setTimeout(() => 0, 1e6, s + '!')", "clearTimeout(kept)"),
    "source of a RegExp": ("globalThis.kept = new RegExp(s)", "kept = 0"),
    "match": ("globalThis.kept = /.+/.exec(s + '!')", "kept = 0"),
    "JSON": ("globalThis.kept = JSON.parse(JSON.stringify({a: [s]}))", "kept = 0"),
    "label of a counter": ("console.count(s)", "console.countReset(label)"),
    "label of a stopwatch": ("console.time(s)", "console.timeEnd(label)"),
    "bytes": ("globalThis.kept = Uint16Array.from(s, c => c.charCodeAt())", "kept = 0"),
    "bytes of an ArrayBuffer that shrinks": (
        "globalThis.kept = new ArrayBuffer(2000 + 2 * s.length, {maxByteLength: 99999});"
        "new Uint16Array(kept, 2000).set(Array.from(s, c => c.charCodeAt()))",
        "kept.resize(1000)",
    ),
    "bytes of an ArrayBuffer that is transferred": (
        "globalThis.kept = new ArrayBuffer(2000 + 2 * s.length);"
        "new Uint16Array(kept, 2000).set(Array.from(s, c => c.charCodeAt()))",
        "kept = kept.transfer(1000)",
    ),
    "value of a big integer": (
        "const digits = Array.from(s, c => c.charCodeAt().toString(16).padStart(4, 0));"
        "globalThis.kept = BigInt('0x' + digits.reverse().join(''))",
        "kept = 0",
    ),
}
"""what an ArrayBuffer and a big integer hold is found as UTF-16"""


def holds(data: bytes, secret: str) -> bool:
    forms = [secret.encode(), secret.encode("utf-16-le")]
    digits = "".join(str(ord(character)) for character in secret)  # of the test with the name of a variable
    forms += [secret.encode("latin-1", "ignore"), digits.encode()]
    return any(form in data for form in forms)


def stored(vm: VM) -> bytes:
    """All of a snapshot, metadata included; the pages are in it as they are, one after the other."""
    return vm.snapshot().to_bytes(compress=False)


def memory(vm: VM) -> bytes:
    """All that the VM has now, before a snapshot has cleared anything."""
    instance = vm._bridge.instance
    return ctypes.string_at(instance.base, instance.size())


@secrets
@pytest.mark.parametrize("name", HELD)
def test_secret_is_in_the_snapshot_until_it_is_let_go(name: str, secret: str) -> None:
    hold, let_go = HELD[name]
    with VM(clock=CLOCK, stdout=lambda text: None) as vm:
        run = vm.eval(f"(s => {{ {hold} }})")
        run(secret)
        assert holds(stored(vm), secret)
        del run
        vm.eval(f"(label => {{ {let_go} }})")(secret)
        vm.run_jobs()
        assert not holds(stored(vm), secret)


def raise_in_javascript(vm: VM, secret: str) -> None:
    with pytest.raises(JSError):
        vm.eval(f"throw new Error({secret!r})")


def raise_in_python(vm: VM, secret: str) -> None:
    def fail() -> None:
        raise ValueError(secret)

    vm.expose("fail", fail)
    with pytest.raises(ValueError, match="4711"):
        vm.eval("fail()")


def answer_a_call(vm: VM, secret: str) -> None:
    vm.expose("ask", snapjs.pending)
    vm.eval(f"ask({secret!r}).then(answer => answer.length); 0")
    vm.pending[0].resolve(secret)


def set_and_delete(vm: VM, secret: str) -> None:
    vm.globals["kept"] = {secret: [secret]}
    del vm.globals["kept"]


def call_the_host(vm: VM, secret: str) -> None:
    vm.expose("echo", lambda text: text + "!")
    vm.eval(f"echo({secret!r}).length")


def run_bytecode(vm: VM, secret: str) -> None:
    with VM() as other:
        code = other.compile(f"{secret!r}.length")
    vm.eval_bytecode(code).dispose()


def use_handles(vm: VM, secret: str) -> None:
    with vm.new_string(secret) as text, vm.new_object() as holder:
        holder.set_prop(secret, text)
        assert holder.keys() == [secret]


PASSING: dict[str, Callable[[VM, str], object]] = {
    "code": lambda vm, secret: vm.eval(f"/* {secret} */ 1"),
    "name of a file": lambda vm, secret: vm.eval("1", filename=secret),
    "result": lambda vm, secret: vm.eval(f"({{a: {secret!r}}})"),
    "output": lambda vm, secret: vm.eval(f"console.log({secret!r}, [{secret!r}])"),
    "code evaluated by code": lambda vm, secret: vm.eval(f"eval('/* {secret} */ 1')"),
    "source of a module": lambda vm, secret: vm.eval_module(f"/* {secret} */ export const a = 1"),
    "text of JSON": lambda vm, secret: vm.eval(f"JSON.stringify(JSON.parse('[\"{secret}\"]')).length"),
    "input of a RegExp": lambda vm, secret: vm.eval(f"/(.*)7(.*)/.exec({secret!r}).length"),
    "replaced text": lambda vm, secret: vm.eval(f"{secret!r}.replaceAll(/\\d/g, x => x + x).split('-').length"),
    "error of JavaScript": raise_in_javascript,
    "error of Python": raise_in_python,
    "call of the host": call_the_host,
    "pending call": answer_a_call,
    "value of the host": set_and_delete,
    "bytecode": run_bytecode,
    "handles": use_handles,
}


@secrets
@pytest.mark.parametrize("name", PASSING)
def test_secret_that_only_passes_through_is_not_in_the_snapshot(name: str, secret: str) -> None:
    with VM(clock=CLOCK, stdout=lambda text: None) as vm:
        PASSING[name](vm, secret)
        assert holds(memory(vm), secret)
        assert not holds(stored(vm), secret)


def test_secret_of_a_realm_that_is_closed_is_not_in_the_snapshot() -> None:
    secret = SECRETS["latin"]
    with VM() as vm:
        realm = vm.new_realm()
        realm.globals["kept"] = secret
        assert holds(stored(vm), secret)
        realm.close()
        assert not holds(stored(vm), secret)


def test_answer_that_a_call_still_waits_for_is_in_the_snapshot_and_then_not() -> None:
    secret = SECRETS["latin"]
    with VM(functions={"ask": snapjs.pending}) as vm:
        vm.eval(f"ask({secret!r}); 0")
        assert holds(stored(vm), secret)
        assert vm.snapshot().pending[0].args == (secret,)
        vm.pending[0].reject("no")
        assert not holds(stored(vm), secret)


@pytest.mark.parametrize(
    "code",
    [
        "secret.length",
        "secret.split('').reverse().join('').split('').reverse().join('').length",
        "JSON.stringify({secret}).length",
        "(secret + '\\u1234').length",
        "(secret.repeat(1000)).length",
        "new Map([[secret, 1]]).size",
        "new RegExp(secret).test(secret)",
        "[...secret.matchAll(/horse/g)].length",
        "new Error(secret).message.length",
        "eval('\"' + secret + '\"').length",
        "Object.keys({[secret]: 1}).length",
        "(async () => { await null; return secret })().then(() => 0); 0",
        "setTimeout(() => secret, 0, secret); 0",
        "console.log(secret); 0",
        "(function f(depth, s) { return depth ? f(depth - 1, s) : s.length })(50, secret)",
        "try { throw new Error(secret) } catch { 0 }",
        "secret.localeCompare('x') && 0",
    ],
)
def test_secret_that_code_has_looked_at_is_not_in_the_snapshot(code: str) -> None:
    secret = "correct horse battery staple"
    with VM(stdout=lambda text: None) as vm:
        vm.globals["secret"] = secret
        vm.eval(code)
        vm.run_until_idle()
        assert holds(stored(vm), secret)
        del vm.globals["secret"]
        assert not holds(stored(vm), secret)


def test_secret_in_a_large_message_is_not_in_the_snapshot() -> None:
    secret = "correct horse battery staple" * 100_000
    with VM(functions={"shout": lambda text: text}) as vm:
        vm.globals["secret"] = secret
        vm.eval("shout(secret).length")
        assert vm.globals["secret"] == secret
        del vm.globals["secret"]
        assert not holds(stored(vm), "correct horse battery staple")


def test_rejection_that_nothing_waits_for_is_not_in_the_snapshot() -> None:
    with VM(functions={"ask": snapjs.pending}) as vm:
        vm.eval("ask(1).then(() => 0); 0")
        vm.pending[0].reject(RuntimeError(SECRETS["latin"]))
        vm.eval("1")
        assert not holds(stored(vm), SECRETS["latin"])


def low_half(number: float) -> bytes:
    """Of a number's bits, the half that a value of the engine has as it is."""
    return struct.pack("<d", number)[:4]


NUMBER = struct.unpack("<d", b"\x47\x11\xca\xfe\x12\x34\xf0\x3f")[0]


def test_number_is_in_the_snapshot_until_it_is_let_go() -> None:
    with VM() as vm:
        vm.globals["kept"] = [NUMBER, 1.5]
        assert low_half(NUMBER) in stored(vm)
        vm.eval("kept.length = 0")
        assert low_half(NUMBER) not in stored(vm)


def test_number_that_was_popped_is_not_in_the_snapshot() -> None:
    with VM() as vm:
        vm.globals["kept"] = [1.5, NUMBER]
        vm.eval("kept.pop(); 0")
        assert low_half(NUMBER) not in stored(vm)


@pytest.mark.parametrize("item", ["Array(i % 30).fill(1).map(x => x)", "Object.fromEntries(Array(i % 30).entries())"])
def test_secret_whose_block_is_used_again_is_not_in_the_snapshot(item: str) -> None:
    with VM() as vm:
        vm.eval(
            "(function () { for (let i = 0; i < 300; i++) this[i] = ('geheim-' + 4711).repeat(2 + i % 20) }).call({}); 0"
        )
        vm.eval(f"globalThis.kept = []; for (let i = 0; i < 400; i++) kept.push({item}); 0")
        assert not holds(stored(vm), "geheim-4711")


@pytest.mark.xfail(
    reason="the engine's long substrings refer to the whole string that they were cut from", raises=AssertionError
)
def test_rest_of_a_string_of_which_a_part_is_kept_is_not_in_the_snapshot() -> None:
    with VM() as vm:
        vm.eval("globalThis.kept = ('geheim' + '-4711' + 'x'.repeat(20_000)).slice(100)")
        assert not holds(stored(vm), "geheim-4711")


def test_end_of_a_small_buffer_that_was_shortened_is_not_in_the_snapshot() -> None:
    with VM() as vm:
        vm.eval(
            "globalThis.kept = new ArrayBuffer(400); new Uint8Array(kept).set(Array.from('geheim-4711', c => c.charCodeAt()), 350)"
        )
        vm.eval("kept = kept.transfer(340); 0")
        assert not holds(stored(vm), "geheim-4711")


def test_secret_of_the_base_that_was_let_go_is_not_in_the_delta() -> None:
    with VM() as vm:
        vm.globals["kept"] = "geheim-4711"
        base = vm.snapshot()
        vm.globals["kept"] = None
        assert not holds(vm.snapshot(base=base).to_bytes(compress=False), "geheim-4711")
