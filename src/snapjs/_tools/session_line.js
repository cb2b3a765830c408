// What a session asks of the TypeScript compiler, which this runs behind, in the same scope: to make of what somebody has
// typed a script whose top-level names a later one may declare again.

const session = { ...modules, verbatimModuleSyntax: true }

// The code, and whether the source ends too early for it to be whole. Of TypeScript also the mappings of its source map and
// their names; or of the first syntax error message, line and column.
function sessionLine(source, isTypeScript) {
    if (!isTypeScript)
        return redeclarable(source)
    const { outputText, sourceMapText, diagnostics } = ts.transpileModule(source, {
        fileName: "module.ts",
        reportDiagnostics: true,
        compilerOptions: session,
    })
    const error = diagnostics.find(({ category, file }) => category === ts.DiagnosticCategory.Error && file)
    if (error) {
        const { line, character } = ts.getLineAndCharacterOfPosition(error.file, error.start)
        const message = ts.flattenDiagnosticMessageText(error.messageText, "\n")
        return { error: [message, line + 1, character + 1], endsTooEarly: endsTooEarly(error, source) }
    }
    const { mappings, names } = JSON.parse(sourceMapText)
    const code = outputText.slice(0, outputText.lastIndexOf("//# sourceMappingURL="))
    return { ...redeclarable(code), mappings, names }
}

// Unterminated: a string, a regular expression.
const ENDS_WITH_ITS_LINE = [1002, 1161]

function endsTooEarly({ start, code }, source) {
    return start >= source.trimEnd().length && !ENDS_WITH_ITS_LINE.includes(code)
}

function redeclarable(source) {
    const file = ts.createSourceFile("line.js", source, {
        languageVersion: ts.ScriptTarget.Latest,
        setExternalModuleIndicator: parsed => { parsed.externalModuleIndicator = true }, // or await is a name
    }, false, ts.ScriptKind.JS)
    if (file.parseDiagnostics.length)
        return { code: source, endsTooEarly: endsTooEarly(file.parseDiagnostics[0], source) } // the engine says what is wrong
    const edits = file.statements.flatMap(statement => editsOf(statement, file)).sort((a, b) => b.start - a.start)
    const code = edits.reduce((text, { start, end, by }) => text.slice(0, start) + by + text.slice(end), source)
    return { code, endsTooEarly: false }
}

function editsOf(statement, file) {
    switch (statement.kind) {
        case ts.SyntaxKind.VariableStatement: {
            const list = statement.declarationList
            return [...withoutExport(statement, file, list.getStart(file)), ...variables(list, file)]
        }
        case ts.SyntaxKind.ClassDeclaration:
            return statement.name ? classEdits(statement, file) : []
        case ts.SyntaxKind.FunctionDeclaration: {
            const start = (statement.modifiers ?? []).find(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword)?.getStart(file)
            return withoutExport(statement, file, start ?? file.text.indexOf("function", statement.modifiers?.end ?? statement.pos))
        }
        case ts.SyntaxKind.ImportDeclaration:
            return [{ start: statement.getStart(file), end: statement.end, by: dynamicImport(statement, file) }]
        case ts.SyntaxKind.ExportDeclaration: {
            const isEmpty = !statement.moduleSpecifier && statement.exportClause?.elements?.length === 0
            return isEmpty ? [{ start: statement.getStart(file), end: statement.end, by: "" }] : []
        }
        default:
            return []
    }
}

function withoutExport(statement, file, end) {
    const [first, second] = statement.modifiers ?? []
    const isNamed = first?.kind === ts.SyntaxKind.ExportKeyword && second?.kind !== ts.SyntaxKind.DefaultKeyword
    return isNamed ? [{ start: first.getStart(file), end, by: "" }] : []
}

function variables(list, file) {
    const kind = list.flags & ts.NodeFlags.BlockScoped
    const isConst = kind === ts.NodeFlags.Const
    if (!isConst && kind !== ts.NodeFlags.Let)
        return []
    if (list.declarations.some(({ name, initializer }) => !initializer && (isConst || name.kind !== ts.SyntaxKind.Identifier)))
        return [] // an error, which is the engine's to tell
    const start = list.getStart(file)
    const values = list.declarations.filter(({ initializer }) => !initializer)
    return [
        { start, end: start + (isConst ? 5 : 3), by: isConst ? "var  " : "var" }, // as long, for the columns in traces
        ...values.map(({ end }) => ({ start: end, end, by: " = undefined" })),
    ]
}

function classEdits(statement, file) {
    const start = file.text.indexOf("class", statement.modifiers?.end ?? statement.getStart(file))
    return [
        ...withoutExport(statement, file, start),
        { start, end: start, by: `var ${statement.name.text} = ` },
        { start: statement.end, end: statement.end, by: ";" },
    ]
}

function dynamicImport(statement, file) {
    const attributes = statement.attributes ? `, { with: ${textOf(statement.attributes, file).replace(/^\w+\s*/, "")} }` : ""
    const imported = `await import(${textOf(statement.moduleSpecifier, file)}${attributes})`
    const { name, namedBindings } = statement.importClause ?? {}
    if (!name && !namedBindings)
        return `void ${imported};`
    const first = name ? [`default: ${name.text}`] : []
    if (namedBindings?.kind === ts.SyntaxKind.NamespaceImport) {
        const all = namedBindings.name.text
        return `var ${all} = ${imported}${name ? `, ${name.text} = ${all}.default` : ""};`
    }
    const named = (namedBindings?.elements ?? []).map(
        ({ propertyName, name }) => (propertyName ? `${textOf(propertyName, file)}: ` : "") + name.text
    )
    return `var { ${[...first, ...named].join(", ")} } = ${imported};`
}

function textOf(node, file) {
    return file.text.slice(node.getStart(file), node.end)
}

tool.sessionLine = sessionLine
