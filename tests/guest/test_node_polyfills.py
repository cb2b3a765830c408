"""The packages that stand in for modules of Node, as they run in a VM."""

from collections.abc import Callable
from pathlib import Path

import pytest

from snapjs import VM
from snapjs._modules.loaders import Request
from snapjs._node import builtins
from snapjs.node_modules import NodeModules

# The least that CommonJS modules need.
REQUIRE = """
globalThis.require = (() => {
    const modules = new Map()
    return function require(specifier, importer) {
        const [name, source] = load(specifier, importer ?? null)
        if (!modules.has(name)) {
            const module = { exports: {} }
            modules.set(name, module)
            new Function('module', 'exports', 'require', source)(module, module.exports, (each) => require(each, name))
        }
        return modules.get(name).exports
    }
})()
"""


@pytest.fixture
def node(make_vm: Callable[..., VM], tmp_path: Path) -> VM:
    """A VM with `require` for the modules of Node."""
    loader = NodeModules(tmp_path)

    def load(specifier: str, importer: str | None) -> list[str]:
        loaded = loader.load(Request(specifier, importer, {}, is_require=True), lambda name: False)
        assert loaded is not None
        assert loaded.module is not None
        assert isinstance(loaded.module.source, str)
        return [loaded.name, loaded.module.source]

    vm = make_vm(functions={"load": load})
    vm.eval(REQUIRE)
    return vm


@pytest.mark.parametrize(
    "name",
    ["assert", "buffer", "events", "path", "punycode", "querystring", "string_decoder", "url", "util", "util/types"],
)
def test_exports_are_the_listed_ones(node: VM, name: str) -> None:
    listed = builtins.exports(builtins.polyfill(name) or "")
    keys = node.eval(f"Object.keys(require('{name}')).filter((key) => key !== 'default').sort()")
    assert listed is not None
    assert keys == sorted(listed)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("require('assert').deepStrictEqual({ a: [1] }, { a: [1] }); 1", 1),
        ("try { require('assert').equal(1, 2) } catch (error) { error.code }", "ERR_ASSERTION"),
        ("require('buffer').Buffer.from('héllo').toString('base64')", "aMOpbGxv"),
        ("{ const e = new (require('events'))(); let n = 0; e.on('x', (by) => { n += by }); e.emit('x', 2); n }", 2),
        ("require('path').join('/a', '../b', 'c.js')", "/b/c.js"),
        ("require('path').resolve('a')", "/a"),
        ("require('punycode').toASCII('mañana.com')", "xn--maana-pta.com"),
        ("require('querystring').parse('a=1&b=%20').b", " "),
        ("new (require('string_decoder').StringDecoder)('utf8').write(require('buffer').Buffer.from('é'))", "é"),
        ("require('url').parse('http://u@h:8/p?q=1#f').host", "h:8"),
        ("require('url').resolve('/a/b', '../c')", "/c"),
        ("require('util').format('%s=%d %j', 'a', 1, { b: 2 })", 'a=1 {"b":2}'),
        ("require('util').inspect({ a: [1, 'x'] })", "{ a: [ 1, 'x' ] }"),
        ("require('util').types.isDate(new Date())", True),
    ],
)
def test_it_works(node: VM, code: str, expected: object) -> None:
    assert node.eval(code) == expected


def test_callbacks_and_promises(node: VM) -> None:
    node.eval("globalThis.seen = []; require('util').callbackify(async () => 5)((error, value) => seen.push(value))")
    node.run_jobs()
    assert node.eval("seen") == [5]


def test_they_add_no_globals(node: VM) -> None:
    before = node.eval("Object.getOwnPropertyNames(globalThis)")
    node.eval("for (const name of ['assert', 'buffer', 'events', 'url', 'util']) require(name)")
    assert node.eval("Object.getOwnPropertyNames(globalThis)") == before
