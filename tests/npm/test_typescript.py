"""The TypeScript compiler, nine megabytes of JavaScript, in a VM: load it once, save it, and go on in any process."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from snapjs import VM, Snapshot

TRANSPILE = """
    (source, name) => ts.transpileModule(source, {
        compilerOptions: {module: "esnext", target: "es2022"}, fileName: name, reportDiagnostics: true,
    })
"""

# What the same compiler makes of the same file on Node.
SCHEMAS_SHA256 = "3e0c9059e9ede1f7272935a1a04b18a5de1c3cbe873e2adf74de5dc1b23a3f28"


@pytest.fixture(scope="module")
def compiler(package_source: Callable[[str], str]) -> Snapshot:
    """A VM with the compiler loaded, its `transpile` ready."""
    with VM() as vm:
        vm.eval("var module = {exports: {}}; 0")
        vm.eval(package_source("typescript/lib/typescript.js") + "\n; 0", filename="typescript.js")
        vm.eval(f"var ts = module.exports, transpile = {TRANSPILE}; 0")
        return vm.snapshot()


def test_it_says_its_version(compiler: Snapshot) -> None:
    with VM.restore(compiler) as vm:
        assert vm.eval("ts.version") == "5.9.3"


def test_a_real_file_comes_out_as_on_node(compiler: Snapshot, package_source: Callable[[str], str]) -> None:
    with VM.restore(compiler) as vm:
        result = vm.globals["transpile"](package_source("zod/src/v4/core/schemas.ts"), "schemas.ts")
    assert result["diagnostics"] == []
    assert hashlib.sha256(result["outputText"].encode()).hexdigest() == SCHEMAS_SHA256


def test_an_error_is_found(compiler: Snapshot) -> None:
    with VM.restore(compiler) as vm:
        code = "transpile('let x: = 1', 'a.ts').diagnostics.map(d => [d.code, d.messageText])"
        assert vm.eval(code) == [[1110, "Type expected."]]


def test_types_are_checked_across_files(compiler: Snapshot) -> None:
    with VM.restore(compiler) as vm:
        vm.eval("""
            const files = {
                "lib.d.ts": `interface Array<T> { length: number } interface Boolean {} interface Function {}
                    interface CallableFunction {} interface NewableFunction {} interface IArguments {}
                    interface Number {} interface Object {} interface RegExp {} interface String {}`,
                "a.ts": `export function twice(x: number): number { return x + x }`,
                "b.ts": `import { twice } from "./a"; export const s: string = twice("no")`,
            }
            const host = {
                getSourceFile(name, version) {
                    if (name in files) return ts.createSourceFile(name, files[name], version)
                },
                getDefaultLibFileName: () => "lib.d.ts", writeFile() {}, getCurrentDirectory: () => "",
                getCanonicalFileName: name => name, useCaseSensitiveFileNames: () => true, getNewLine: () => "\\n",
                fileExists: name => name in files, readFile: name => files[name],
            }
            const program = ts.createProgram(["b.ts"], {strict: true}, host)
            var found = ts.getPreEmitDiagnostics(program).map(d => [d.file.fileName, d.code, d.messageText])
        """)
        assert vm.eval("found") == [
            ["b.ts", 2322, "Type 'number' is not assignable to type 'string'."],
            ["b.ts", 2345, "Argument of type 'string' is not assignable to parameter of type 'number'."],
        ]


IN_ANOTHER_PROCESS = """
import sys
from snapjs import VM, Snapshot
with VM.restore(Snapshot.load(sys.argv[1])) as vm:
    print(vm.globals["transpile"]("const x: number = await f<string>()", "x.ts")["outputText"], end="")
    vm.snapshot().save(sys.argv[1])
"""


def test_it_goes_on_in_other_processes(compiler: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "typescript.snap"
    compiler.save(path)
    for _ in range(2):
        process = subprocess.run(
            [sys.executable, "-W", "error", "-c", IN_ANOTHER_PROCESS, str(path)],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (process.stderr, process.stdout) == ("", "const x = await f();\n")


def test_restores_share_nothing(compiler: Snapshot) -> None:
    with VM.restore(compiler) as one, VM.restore(compiler) as two:
        one.eval("ts.version = 'changed'; 0")
        assert two.eval("ts.version") == "5.9.3"
