import ts from "typescript"

const LIBRARY = `interface Array<T> { length: number } interface Boolean {} interface Function {} interface IArguments {}
interface CallableFunction {} interface NewableFunction {} interface Number {} interface Object {} interface RegExp {}
interface String {}`

const FILES = {
    "lib.d.ts": LIBRARY,
    "twice.ts": "export const twice = (x: number): number => x + x",
    "main.ts": 'import { twice } from "./twice"\nconst text: string = twice("no")',
}

const SOURCE = `enum Color { Red, Green = 5 }
class Point<T> { constructor(readonly x: T, private y?: number) {} }
export const point = new Point<Color>(Color.Green) satisfies Point<Color>`

function checked() {
    const host = {
        getSourceFile: (name, options) => name in FILES && ts.createSourceFile(name, FILES[name], options),
        getDefaultLibFileName: () => "lib.d.ts",
        getCurrentDirectory: () => "",
        getCanonicalFileName: name => name,
        useCaseSensitiveFileNames: () => true,
        getNewLine: () => "\n",
        fileExists: name => name in FILES,
        readFile: name => FILES[name],
        writeFile() {},
    }
    const program = ts.createProgram(["main.ts"], { strict: true }, host)
    return ts.getPreEmitDiagnostics(program).map(({ file, code, start, messageText }) => {
        const { line, character } = file.getLineAndCharacterOfPosition(start)
        return [file.fileName, line + 1, character + 1, code, messageText]
    })
}

export const first = () => ts.transpileModule("enum A { B }", { compilerOptions: { module: ts.ModuleKind.ESNext } }).outputText

export default function () {
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
    const { outputText } = ts.transpileModule(SOURCE, { compilerOptions })
    return { version: ts.version, lines: outputText.split("\n"), errors: checked() }
}
