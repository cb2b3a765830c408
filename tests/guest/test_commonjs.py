"""CommonJS modules, as Node runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, JSError, Module, ModuleNotFound, Snapshot, StillPending, pending, undefined

pytestmark = pytest.mark.keeps("a module is never unloaded")

MakeVM = Callable[..., VM]
COUNT = "globalThis.runs = (globalThis.runs ?? 0) + 1"


def exports_of(vm: VM, name: str = "m.cjs") -> Any:
    """What the module exports, seen by an ES module's default import."""
    return vm.import_module(name)["default"]


# ---- one file


def test_exports_and_module_exports_are_one_object(make_vm: MakeVM) -> None:
    source = "exports.a = 1; module.exports.b = exports === module.exports; this.c = this === exports"
    assert exports_of(make_vm(modules={"m.cjs": source})) == {"a": 1, "b": True, "c": True}


@pytest.mark.parametrize(("value", "exported"), [("[1]", [1]), ("'s'", "s"), ("null", None), ("7", 7)])
def test_module_exports_may_be_anything(make_vm: MakeVM, value: str, exported: Any) -> None:
    assert exports_of(make_vm(modules={"m.cjs": f"exports.lost = 1; module.exports = {value}"})) == exported


def test_the_kind_may_be_given(make_vm: MakeVM) -> None:
    assert exports_of(make_vm(modules={"m.js": Module("exports.a = 1", "cjs")}), "m.js") == {"a": 1}


def test_names_of_the_file(make_vm: MakeVM) -> None:
    source = "module.exports = [__filename, __dirname, module.id, module.filename, module.path, require('./top.cjs')]"
    vm = make_vm(
        modules={
            "lib/m.cjs": source,
            "lib/top.cjs": "module.exports = require('../x.cjs')",
            "x.cjs": "module.exports = [__filename, __dirname]",
        }
    )
    assert exports_of(vm, "lib/m.cjs") == ["/lib/m.cjs", "/lib", "/lib/m.cjs", "/lib/m.cjs", "/lib", ["/x.cjs", "/"]]


def test_loaded_is_set_when_the_file_has_run(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.cjs": "const a = require('./a.cjs'); module.exports = [a.during, a.module.loaded]",
            "a.cjs": "exports.during = module.loaded; exports.module = module",
        }
    )
    assert exports_of(vm) == [False, True]


def test_files_are_sloppy(make_vm: MakeVM) -> None:
    source = "module.exports = (function () { return this === globalThis })() && delete Object.prototype"
    assert exports_of(make_vm(modules={"m.cjs": source})) is False


def test_files_may_be_strict(make_vm: MakeVM) -> None:
    source = "'use strict'; module.exports = (function () { return this === undefined })()"
    assert exports_of(make_vm(modules={"m.cjs": source})) is True


def test_declarations_of_a_file_are_its_own(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.cjs": "var a = 1; function f() {} let b; module.exports = [typeof globalThis.a, typeof globalThis.f]"
        }
    )
    assert exports_of(vm) == ["undefined", "undefined"]


def test_a_file_may_return(make_vm: MakeVM) -> None:
    assert exports_of(make_vm(modules={"m.cjs": "exports.a = 1; return; exports.a = 2"})) == {"a": 1}


def test_a_hashbang_is_a_comment(make_vm: MakeVM) -> None:
    assert exports_of(make_vm(modules={"m.cjs": "#!/usr/bin/env node\nexports.a = 1"})) == {"a": 1}


def test_lines_are_counted_from_a_hashbang(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.cjs": "#!/usr/bin/env node\nthrow new Error('second')"})
    with pytest.raises(JSError) as caught:
        vm.import_module("m.cjs")
    assert "m.cjs:2:" in str(caught.value.stack)


def test_a_file_may_end_in_a_comment(make_vm: MakeVM) -> None:
    assert exports_of(make_vm(modules={"m.cjs": "exports.a = 1 // one"})) == {"a": 1}


def test_stacks_have_the_lines_and_columns_of_the_file(make_vm: MakeVM) -> None:
    source = (
        "module.exports = [fail(), (function () { return fail() })()]\nfunction fail() { return new Error().stack }"
    )
    first, second = exports_of(make_vm(modules={"lib/m.cjs": source}), "lib/m.cjs")
    assert "lib/m.cjs:2:30" in first and "lib/m.cjs:1:19" in first
    assert "lib/m.cjs:1:49" in second


def test_a_syntax_error_has_the_place_and_the_requirers(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.cjs": "require('./n.cjs')", "n.cjs": "\n let = ;"})
    with pytest.raises(JSError, match="SyntaxError") as caught:
        vm.import_module("m.cjs")
    assert (caught.value.stack or "").split()[:2] == ["at", "n.cjs:2:8"]
    assert "m.cjs:1:1" in (caught.value.stack or "")


@pytest.mark.parametrize("source", ["import 'x'", "export {}", "await 1", "import.meta"])
def test_syntax_of_es_modules_is_none_of_commonjs(make_vm: MakeVM, source: str) -> None:
    with pytest.raises(JSError, match="SyntaxError"):
        make_vm(modules={"m.cjs": source}).import_module("m.cjs")


# ---- require


def test_a_file_runs_once(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "lib/m.cjs": "module.exports = [require('./a.cjs') === require('../lib/a.cjs'), runs]",
            "lib/a.cjs": COUNT,
        }
    )
    assert exports_of(vm, "lib/m.cjs") == [True, 1]


def test_relative_names_are_joined(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "lib/m.cjs": "module.exports = require('../other/a.cjs')",
            "other/a.cjs": "module.exports = require('./b.cjs')",
            "other/b.cjs": "module.exports = 7",
        }
    )
    assert exports_of(vm, "lib/m.cjs") == 7


def test_cycles_see_what_is_there_so_far(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "a.cjs": "exports.early = 1; const b = require('./b.cjs'); exports.late = 2; exports.b = b",
            "b.cjs": "const a = require('./a.cjs'); exports.seen = [a.early, a.late]; exports.later = () => a.late",
        }
    )
    seen = exports_of(vm, "a.cjs")["b"]
    assert seen["seen"] == [1, undefined]
    assert seen["later"]() == 2


def test_data(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.cjs": "module.exports = [require('./d.json') === require('./d.json'), require('./d.json'), require('t')]",
            "d.json": '{"a": 1}',
            "t": Module("text", "text"),
        }
    )
    assert exports_of(vm) == [True, {"a": 1}, "text"]


def test_bad_json_names_the_file(make_vm: MakeVM) -> None:
    with pytest.raises(JSError, match="SyntaxError") as caught:
        make_vm(modules={"m.cjs": "require('./d.json')", "d.json": "{"}).import_module("m.cjs")
    assert "d.json:1:2" in (caught.value.stack or "")


@pytest.mark.abandons("a module that threw keeps what it threw")
def test_a_missing_file_names_the_requirer(make_vm: MakeVM) -> None:
    with pytest.raises(ModuleNotFound, match=r"There is no module 'nope', imported by m\.cjs"):
        make_vm(modules={"m.cjs": "require('nope')"}).import_module("m.cjs")


def test_a_missing_file_can_be_caught_and_come_later(make_vm: MakeVM) -> None:
    modules = {"m.cjs": "module.exports = () => { try { return require('./a.cjs') } catch (e) { return e.name } }"}
    vm = make_vm(modules=modules)
    load = exports_of(vm)
    assert load() == "ModuleNotFound"
    modules["a.cjs"] = "module.exports = 1"
    assert load() == 1


@pytest.mark.parametrize("argument", ["5", "", "null", "{}", "Symbol()"])
def test_require_takes_a_string(make_vm: MakeVM, argument: str) -> None:
    vm = make_vm(modules={"m.cjs": f"require({argument})"})
    with pytest.raises(JSError, match="TypeError: require takes a string"):
        vm.import_module("m.cjs")


def test_a_file_that_throws_runs_again(make_vm: MakeVM) -> None:
    source = "const seen = []; for (let i = 0; i < 2; i++) try { require('./t.cjs') } catch (e) { seen.push(e.message) } module.exports = seen"
    vm = make_vm(modules={"m.cjs": source, "t.cjs": f"{COUNT}; throw new Error(`run ${{runs}}`)"})
    assert exports_of(vm) == ["run 1", "run 2"]


def test_a_loader_that_raises_is_the_error(make_vm: MakeVM) -> None:
    error = PermissionError("no")

    def load(name: str, importer: str | None) -> str:
        if importer is None:
            return "try { require('./a.cjs') } catch (e) { module.exports = e.name }"
        raise error

    assert exports_of(make_vm(modules=load)) == "PermissionError"
    assert error.__notes__ == ["while loading './a.cjs', imported by m.cjs"]


def test_an_asynchronous_loader_cannot_be_required_from(make_vm: MakeVM) -> None:
    async def load(name: str, importer: str | None) -> str:
        raise AssertionError

    vm = make_vm(modules=[{"m.cjs": "require('a')"}, load])
    with pytest.raises(JSError, match=r"TypeError: require\(\) cannot wait for what an asynchronous loader gives"):
        vm.import_module("m.cjs")
    assert vm.pending == []


def test_without_end(make_vm: MakeVM) -> None:
    from snapjs import StackLimitError

    vm = make_vm(modules=lambda name, importer: Module("exports.x = require(__filename + 'x')", "cjs"))
    with pytest.raises(StackLimitError):
        vm.import_module("m")
    assert vm.eval("1 + 1") == 2


# ---- require.cache, require.resolve


def test_cache_has_what_was_required(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.cjs": "require('./a.cjs'); module.exports = [Object.keys(require.cache), require.cache['m.cjs'] === module]",
            "a.cjs": "",
        }
    )
    assert exports_of(vm) == [["m.cjs", "a.cjs"], True]


def test_what_is_deleted_from_the_cache_runs_again(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.cjs": "require('./a.cjs'); delete require.cache[require.resolve('./a.cjs')]; require('./a.cjs'); exports.runs = runs",
            "a.cjs": COUNT,
        }
    )
    assert exports_of(vm) == {"runs": 2}


def test_what_is_put_into_the_cache_is_found(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.cjs": "require.cache['made'] = { exports: 7 }; module.exports = require('made')"})
    assert exports_of(vm) == 7


def test_resolve(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "lib/m.cjs": "module.exports = [require.resolve('./a.cjs'), require.resolve('b')]",
            "lib/a.cjs": "throw 1",
            "b": "",
        }
    )
    assert exports_of(vm, "lib/m.cjs") == ["lib/a.cjs", "b"]


@pytest.mark.parametrize("specifier", ["nope", "./nope.cjs"])
def test_resolve_of_a_missing_file_throws(make_vm: MakeVM, specifier: str) -> None:
    vm = make_vm(modules={"m.cjs": f"try {{ require.resolve('{specifier}') }} catch (e) {{ module.exports = e.name }}"})
    assert exports_of(vm) == "ModuleNotFound"


# ---- ES modules and CommonJS


def test_an_es_module_imports_commonjs(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.js": "import d, { a, b, 'module.exports' as all } from 'c'; import * as ns from 'c';"
            "export default [a, b, all === d, Object.keys(ns)]",
            "c": Module("exports.a = 1; exports.default = 'inner'", "cjs", exports=("a", "b", "default")),
        }
    )
    assert vm.import_module("m.js")["default"] == [1, undefined, True, ["a", "b", "default", "module.exports"]]


def test_what_was_deleted_from_the_cache_runs_again_after_an_import(make_vm: MakeVM) -> None:
    again = "const first = require('./b.cjs'); delete require.cache[require.resolve('./b.cjs')]; exports.r = [first, require('./b.cjs')]"
    vm = make_vm(
        modules={
            "m.js": "import './b.cjs'; export { r } from './a.cjs'",
            "a.cjs": again,
            "b.cjs": "globalThis.runs = (globalThis.runs ?? 0) + 1; module.exports = globalThis.runs",
        }
    )
    assert vm.import_module("m.js")["r"] == [1, 2]


def test_an_es_module_with_a_default_export_is_marked_for_compilers(make_vm: MakeVM) -> None:
    source = "const m = require('./e.js'); module.exports = [m.__esModule, m.default, m.k, m === require('./e.js')]"
    vm = make_vm(modules={"a.cjs": source, "e.js": "export default 'd'; export const k = 1"})
    assert vm.import_module("a.cjs")["default"] == [True, "d", 1, True]


def test_a_getter_that_throws_is_undefined_to_es_modules(make_vm: MakeVM) -> None:
    source = "Object.defineProperty(exports, 'y', { enumerable: true, get: () => { throw 1 } }); exports.z = 1"
    vm = make_vm(
        modules={
            "m.js": "import { y, z } from 'c'; export default [typeof y, z]",
            "c": Module(source, "cjs", exports=("y", "z")),
        }
    )
    assert vm.import_module("m.js")["default"] == ["undefined", 1]


def test_names_that_the_text_shows_can_be_imported(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.js": "import { a } from 'c.cjs'; export default a", "c.cjs": "exports.a = 1"})
    assert vm.import_module("m.js")["default"] == 1


def test_a_name_that_is_not_listed_cannot_be_imported(make_vm: MakeVM) -> None:
    listed = Module("exports.a = 1; exports.b = 2", "cjs", exports=("b",))
    vm = make_vm(modules={"m.js": "import { a } from 'c'", "c": listed})
    with pytest.raises(JSError, match=r"SyntaxError: Could not find export 'a' in module 'c'"):
        vm.import_module("m.js")


def test_exports_are_read_when_the_file_has_run(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.js": "import c, { a } from 'c'; c.a = 2; export default a",
            "c": Module("exports.a = 1", "cjs", exports=("a",)),
        }
    )
    assert vm.import_module("m.js")["default"] == 1


def test_require_and_import_give_the_same(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.js": "import c from './c.cjs'; import r from './r.cjs'; import * as e from './e.js';"
            "export default [r.c === c, r.e === e, runs]",
            "r.cjs": "exports.c = require('./c.cjs'); exports.e = require('./e.js')",
            "c.cjs": COUNT,
            "e.js": "export const k = 1",
        }
    )
    assert vm.import_module("m.js")["default"] == [True, True, 1]


def test_an_es_module_is_required(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.cjs": "const e = require('./e.js'); module.exports = [e.default, e.a, e.f()]",
            "e.js": "import { f } from './f.js'; export default 1; export const a = 2; export { f }",
            "f.js": "export const f = () => 3",
        }
    )
    assert exports_of(vm) == [1, 2, 3]


def test_an_es_module_may_say_what_require_gives(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.cjs": "module.exports = require('./e.js')",
            "e.js": "const all = 7; export { all as 'module.exports' }",
        }
    )
    assert exports_of(vm) == 7


def test_an_es_module_that_awaits_cannot_be_required(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.cjs": "require('./e.js')", "e.js": "import './f.js'", "f.js": "await 1"})
    with pytest.raises(JSError, match=r"TypeError: require\(\) cannot load an ES module that awaits at its top level"):
        vm.import_module("m.cjs")


def test_an_es_module_that_throws_is_the_error(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={
            "m.cjs": "try { require('./e.js') } catch (e) { module.exports = e.message }",
            "e.js": "throw new Error('in e')",
        }
    )
    assert exports_of(vm) == "in e"


def test_a_cycle_of_both_kinds_is_an_error_that_names_the_module(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.js": "import './c.cjs'", "c.cjs": "require('./m.js')"})
    with pytest.raises(JSError, match=r"ReferenceError: module 'm\.js' is being evaluated and imports itself here"):
        vm.import_module("m.js")


def test_dynamic_import_in_commonjs(make_vm: MakeVM) -> None:
    vm = make_vm(
        modules={"lib/m.cjs": "exports.load = () => import('./e.js')", "lib/e.js": "export default import.meta.url"}
    )
    assert vm.eval("import('lib/m.cjs').then(ns => ns.default.load()).then(ns => ns.default)").result == "lib/e.js"


def test_es_modules_have_no_require(vm: VM) -> None:
    assert vm.eval_module("export default typeof require + typeof module")["default"] == "undefinedundefined"


def test_each_realm_has_its_own(make_vm: MakeVM) -> None:
    vm = make_vm(modules={"m.cjs": f"{COUNT}; exports.runs = runs; exports.global = globalThis"})
    assert vm.eval("import('m.cjs').then(ns => [ns.default.runs, ns.default.global === globalThis])").result == [
        1,
        True,
    ]
    realm = vm.new_realm()
    assert realm.eval("import('m.cjs').then(ns => [ns.default.runs, ns.default.global === globalThis])").result == [
        1,
        True,
    ]
    realm.close()


# ---- snapshots


def test_the_registry_lives_through_a_snapshot(make_vm: MakeVM) -> None:
    modules = {
        "m.cjs": "exports.count = 0; exports.next = name => require(name).n + ++exports.count",
        "a.cjs": "exports.n = 10",
    }
    vm = make_vm(modules=modules)
    assert exports_of(vm)["next"]("./a.cjs") == 11
    with VM.restore(Snapshot.from_bytes(vm.snapshot().to_bytes()), modules={"b.cjs": "exports.n = 20"}) as restored:
        count = exports_of(restored)["next"]
        assert [count("./a.cjs"), count("./b.cjs")] == [12, 23]


def test_a_snapshot_while_a_graph_with_commonjs_waits(make_vm: MakeVM) -> None:
    modules = {
        "m.js": "import './wait.js'; import c from './c.cjs'; export default c",
        "wait.js": "import './c.cjs'; await approve()",
        "c.cjs": f"{COUNT}; exports.runs = runs",
    }
    vm = make_vm(modules=modules, functions={"approve": pending})
    with pytest.raises(StillPending):
        vm.import_module("m.js")
    with VM.restore(vm.snapshot()) as restored:
        restored.pending[0].resolve()
        assert restored.import_module("m.js")["default"] == {"runs": 1}
    vm.pending[0].resolve()
