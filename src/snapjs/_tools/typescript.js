// What snapjs asks of the TypeScript compiler, which this runs behind, in the same scope.

const shared = {
    target: ts.ScriptTarget.ES2022, // the newest that has no decorators, which the engine lacks
    jsx: ts.JsxEmit.React,
    moduleDetection: ts.ModuleDetectionKind.Force,
    useDefineForClassFields: true,
    isolatedModules: true,
    esModuleInterop: true,
    sourceMap: true,
    newLine: ts.NewLineKind.LineFeed,
}
const modules = { ...shared, module: ts.ModuleKind.ESNext }
const script = { ...modules, moduleDetection: ts.ModuleDetectionKind.Legacy }
const commonjs = { ...shared, module: ts.ModuleKind.CommonJS }

// The code, the mappings of its source map and their names; or of the first syntax error message, line and column. A file
// is a module; with `isScript` only if it imports or exports something that is no type.
function transpile(source, suffix, isScript = false) {
    const { outputText, sourceMapText, diagnostics } = ts.transpileModule(source, {
        fileName: "module" + suffix,
        reportDiagnostics: true,
        compilerOptions: suffix === ".cts" ? commonjs : isScript ? script : modules,
    })
    const error = diagnostics.find(({ category, file }) => category === ts.DiagnosticCategory.Error && file)
    if (error) {
        const { line, character } = ts.getLineAndCharacterOfPosition(error.file, error.start)
        return { error: [ts.flattenDiagnosticMessageText(error.messageText, "\n"), line + 1, character + 1] }
    }
    const { mappings, names } = JSON.parse(sourceMapText)
    const code = outputText.slice(0, outputText.lastIndexOf("//# sourceMappingURL="))
    // What is left of imports and exports of types alone, where a script must not have it.
    return { code: isScript ? code.replace(/export \{\};\n$/, "") : code, mappings, names }
}

// Makes what the compiler makes when it is first used.
function warm() {
    transpile("import a from 'a'; export enum E { A = a as any } class C<T> { constructor(private x: T) {} }", ".ts")
    signature("interface A { a?: 'b' | null } (a: A, ...b: [number][]) => Promise<void>")
}

globalThis.tool = { transpile, signature, warm }
