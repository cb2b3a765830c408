"""The real TypeScript compiler, which checks programs against declarations, in a VM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from snapjs import VM, Snapshot, undefined

CHECK = """
    (declarations, program) => {
        const files = {
            "/host.d.ts": declarations,
            "/page.d.ts": "interface Document { title: string } declare const document: Document",
            "/program.ts": program,
        }
        const read = name => files[name] ?? library(name.slice(name.lastIndexOf("/") + 1))
        const host = {
            getSourceFile(name, version) {
                const text = read(name)
                return text === undefined ? undefined : ts.createSourceFile(name, text, version)
            },
            getDefaultLibFileName: () => "/lib/lib.es2022.d.ts", getDefaultLibLocation: () => "/lib",
            writeFile() {}, getCurrentDirectory: () => "/", getCanonicalFileName: name => name,
            useCaseSensitiveFileNames: () => true, getNewLine: () => "\\n",
            fileExists: name => read(name) !== undefined, readFile: read,
        }
        const options = {
            strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: ts.ScriptTarget.ES2022,
            lib: ["lib.es2022.d.ts"], types: [],
        }
        const checked = ts.createProgram(Object.keys(files), options, host)
        return ts.getPreEmitDiagnostics(checked).map(({ file, start, code, messageText }) => [
            file?.fileName, file && ts.getLineAndCharacterOfPosition(file, start).line + 1, code,
            ts.flattenDiagnosticMessageText(messageText, " "),
        ])
    }
"""


class Checker:
    """Checks programs against declarations."""

    def __init__(self, compiler: Snapshot, packages: Path) -> None:
        self._compiler = compiler
        self._libraries = packages / "typescript" / "lib"

    def _library(self, name: str) -> str | None:
        path = self._libraries / name
        return path.read_text(encoding="utf-8") if name.startswith("lib.") and path.is_file() else None

    def check(self, declarations: str, program: str) -> list[list[Any]]:
        """The file, line, code and text of each error."""

        def library(name: str) -> Any:
            found = self._library(name)
            return undefined if found is None else found

        with VM.restore(self._compiler) as vm:
            vm.expose("library", library)
            errors: list[list[Any]] = vm.eval(CHECK)(declarations, program)
            return errors
