// What snapjs asks of the TypeScript compiler, which this runs behind in the same scope, about the types of a function.

const PREFIX = "type signature = "
const NAME_AT = "type ".length
const ANYTHING = { node: "anything" }
const CALLABLE = { node: "function" }

class Refused extends Error {
    constructor(message, position) {
        super(message)
        this.position = position
    }
}

// Reads the text of the types of a function: interfaces and type aliases, and a function type.
// What has no name of its own in ECMAScript is a reference, of which the host finds out what it is.
class SignatureReader {
    constructor(text) {
        this.text = text
        this.start = this.signatureStart()
        this.file = parse(text.slice(0, this.start) + PREFIX + text.slice(this.start))
        this.references = new Set() // identifiers that name a type of the text or of the host
        this.declared = new Map()
        this.collecting = []
    }

    refuse(node, what, remedy) {
        throw new Refused(`${what}. ${remedy}`, node.getStart(this.file))
    }

    shortText(node) {
        const text = node.getText(this.file).replace(/\s+/g, " ")
        return text.length > 40 ? text.slice(0, 39) + "…" : text
    }

    // Where the function type begins, which no statement begins with: all that stands before are declarations.
    signatureStart() {
        const file = parse(this.text)
        const first = file.statements.find(node => !isDeclaration(node))
        if (!first) {
            const message = "There is no function type. End with one, such as (id: number) => string"
            throw new Refused(message, this.text.length)
        }
        return first.getStart(file)
    }

    read() {
        const [error] = this.file.parseDiagnostics
        if (error) {
            const message = ts.flattenDiagnosticMessageText(error.messageText, "\n")
            throw new Refused(message.replace(/\.$/, ""), error.start)
        }
        const declarations = this.file.statements.filter(node => node.kind !== ts.SyntaxKind.EmptyStatement)
        const signature = declarations.find(({ name }) => name?.getStart(this.file) === this.start + NAME_AT)
        for (const node of declarations) {
            if (!isDeclaration(node))
                this.refuse(node, "This is no type", "Write interfaces, type aliases and one function type")
            if (node !== signature) this.declare(node)
        }
        const { type } = signature
        if (!ts.isFunctionTypeNode(type))
            this.refuse(type, "This is no function type", "Write one, such as (id: number) => string")
        // Each text after its type, for reading that finds the references in it.
        return {
            ...this.signature(type),
            text: this.marked(type.getStart(this.file), type.end),
            declarations: [...this.declared].map(([name, node]) => {
                return { name, type: this.declaration(node), text: this.declarationText(node) }
            }),
        }
    }

    declare(node) {
        if (node.typeParameters)
            this.refuse(
                node,
                "A generic type has no meaning at run time",
                "Write it out for each type that it is used with",
            )
        const name = node.name.text
        if (this.declared.has(name))
            this.refuse(node, `The type ${name} is declared twice`, "Write one declaration")
        this.declared.set(name, node)
        this.references.add(node.name)
    }

    // The text with each reference between two null characters.
    marked(start, end) {
        const inside = [...this.references].filter(node => node.getStart(this.file) >= start && node.end <= end)
        inside.sort((a, b) => a.pos - b.pos)
        let result = ""
        for (const node of inside) {
            result += `${this.file.text.slice(start, node.getStart(this.file))}\0${node.text}\0`
            start = node.end
        }
        return result + this.file.text.slice(start, end)
    }

    declarationText(node) {
        const comment = node.jsDoc?.at(-1)
        const before = comment ? comment.getText(this.file) + "\n" : ""
        return before + this.marked(keywordStart(node, this.file), node.end)
    }

    declaration(node) {
        return ts.isInterfaceDeclaration(node) ? this.object(this.members(node), node) : this.type(node.type)
    }

    signature({ typeParameters, parameters, type }) {
        if (typeParameters)
            this.refuse(typeParameters[0], "A generic function has no meaning at run time", "Write its types out")
        const name = type && ts.isTypeReferenceNode(type) && type.typeName.text
        const isPromise = name === "Promise" && !this.declared.has(name)
        return {
            parameters: this.parameters(parameters),
            returns: isPromise ? this.arguments(type, 1)[0] : type ? this.type(type) : ANYTHING,
            is_async: isPromise,
        }
    }

    parameters(parameters) {
        const names = new Set()
        return parameters.map((node, index) => {
            if (!ts.isIdentifier(node.name)) this.refuse(node, "A parameter is taken apart", "Give it a name")
            const name = node.name.text
            if (name === "this") this.refuse(node, "A capability has no this", "Leave it out")
            if (names.has(name))
                this.refuse(node, `The parameter ${name} is there twice`, "Give them names that differ")
            names.add(name)
            const rest = node.dotDotDotToken !== undefined
            const required = !rest && !node.questionToken
            if (required && parameters[index - 1]?.questionToken)
                this.refuse(node, `The required parameter ${name} follows one that is optional`, "Put it before")
            let type = node.type ? this.type(node.type) : rest ? { node: "array", item: ANYTHING } : ANYTHING
            if (rest && type.node !== "array")
                this.refuse(node, "A rest parameter is no array", "Write such as ...ids: number[]")
            return { name, type: rest ? type.item : type, required, rest }
        })
    }

    // ---- types

    type(node) {
        const keyword = KEYWORDS[node.kind]
        if (keyword) return keyword
        const read = READERS[node.kind]
        if (read) return read.call(this, node)
        this.refuse(
            node,
            `A type such as ${this.shortText(node)} has no meaning at run time`,
            "Write out the values that it stands for, or unknown",
        )
    }

    literal({ literal }) {
        switch (literal.kind) {
            case ts.SyntaxKind.NullKeyword: return { node: "null" }
            case ts.SyntaxKind.TrueKeyword: return { node: "literal", values: [true] }
            case ts.SyntaxKind.FalseKeyword: return { node: "literal", values: [false] }
            case ts.SyntaxKind.StringLiteral:
            case ts.SyntaxKind.NoSubstitutionTemplateLiteral: return { node: "literal", values: [literal.text] }
            case ts.SyntaxKind.NumericLiteral: return { node: "literal", values: [Number(literal.text)] }
        }
        const { operator, operand } = literal
        if (operator === ts.SyntaxKind.MinusToken && ts.isNumericLiteral(operand))
            return { node: "literal", values: [-Number(operand.text)] }
        this.refuse(literal, "Literal types are strings, numbers and booleans", "Write bigint")
    }

    tuple({ elements }) {
        return {
            node: "tuple",
            items: elements.map(element => {
                const node = ts.isNamedTupleMember(element) ? element : { type: element }
                const isOptional = node.questionToken || ts.isOptionalTypeNode(element)
                if (isOptional || node.dotDotDotToken || ts.isRestTypeNode(element))
                    this.refuse(element, "A tuple has a fixed length", "Write a union of tuples, or an array")
                return this.type(node.type)
            }),
        }
    }

    operator(node) {
        if (node.operator === ts.SyntaxKind.ReadonlyKeyword) return this.type(node.type)
        this.refuse(
            node,
            `A type such as ${this.shortText(node)} has no meaning at run time`,
            "Write out the values that it stands for",
        )
    }

    reference(node) {
        const { typeName } = node
        if (!ts.isIdentifier(typeName))
            this.refuse(
                node,
                `There is no namespace in ${this.shortText(node)}`,
                "Declare the type, and use its name alone",
            )
        const name = typeName.text
        const known = !this.declared.has(name) && Object.hasOwn(BUILT_IN, name) && BUILT_IN[name]
        if (known) return known.call(this, node)
        if (node.typeArguments)
            this.refuse(node, `The generic type ${this.shortText(node)} has no meaning at run time`, "Write it out")
        this.references.add(typeName)
        return { node: "reference", name }
    }

    arguments(node, count) {
        const given = node.typeArguments ?? []
        if (given.length !== count)
            this.refuse(
                node,
                `${this.shortText(node)} takes ${count} type argument${count > 1 ? "s" : ""}`,
                "Name what it holds",
            )
        return given.map(argument => this.type(argument))
    }

    intersection(node) {
        return this.object(this.membersOf(node), node)
    }

    object(members, node) {
        const [first] = members
        if (members.length === 1 && ts.isIndexSignatureDeclaration(first)) {
            const [key] = first.parameters
            return { node: "record", key: this.type(key.type), value: this.type(first.type) }
        }
        const fields = members.map(member => this.field(member))
        const names = new Set()
        for (const { name } of fields) {
            if (names.has(name)) this.refuse(node, `The property ${name} is there twice`, "Write it once")
            names.add(name)
        }
        return { node: "object", fields }
    }

    field(member) {
        const { name, type, questionToken } = member
        const isMethod = ts.isMethodSignature(member)
        if (!isMethod && !ts.isPropertySignature(member))
            this.refuse(
                member,
                "An object type has properties, or an index signature alone",
                "Write Record<string, …>, or name the properties",
            )
        if (!ts.isIdentifier(name) && !ts.isStringLiteralLike(name) && !ts.isNumericLiteral(name))
            this.refuse(name, "The name of a property is computed", "Write it as a string")
        const value = isMethod ? CALLABLE : type ? this.type(type) : ANYTHING
        if (isMethod) this.signature(member) // for its references, and what it may not be
        return { name: name.text, type: value, required: !questionToken, doc: docOf(member) }
    }

    // The object type that Partial or Required is given, with all properties required or none.
    withAll(node, required) {
        this.arguments(node, 1)
        const [argument] = node.typeArguments
        const name = ts.isTypeReferenceNode(argument) && argument.typeName.text
        const type = this.declared.has(name) ? this.object(this.membersOf(argument), node) : this.type(argument)
        if (type.node !== "object")
            this.refuse(node, `${this.shortText(argument)} is no object type`, "Write its properties out")
        return { ...type, fields: type.fields.map(field => ({ ...field, required })) }
    }

    // The members of an interface with those that it inherits, unless it has them itself.
    members(node) {
        const own = [...node.members]
        const names = new Set(own.map(({ name }) => name?.text))
        const bases = (node.heritageClauses ?? []).flatMap(({ types }) => [...types])
        const inherited = bases.flatMap(base => {
            if (base.typeArguments || !ts.isIdentifier(base.expression))
                this.refuse(base, `There is no type ${this.shortText(base)} to extend`, "Write its properties out")
            return this.membersOf(base.expression)
        })
        return [...inherited.filter(({ name }) => !name || !names.has(name.text)), ...own]
    }

    // The members of an object type, or of the declared type that a name stands for.
    membersOf(node) {
        if (ts.isParenthesizedTypeNode(node)) return this.membersOf(node.type)
        if (ts.isTypeLiteralNode(node)) return [...node.members]
        if (ts.isIntersectionTypeNode(node)) return node.types.flatMap(type => this.membersOf(type))
        const name = ts.isTypeReferenceNode(node) && !node.typeArguments ? node.typeName : node
        const declared = ts.isIdentifier(name) && this.declared.get(name.text)
        if (!declared || this.collecting.includes(declared))
            this.refuse(
                node,
                `${this.shortText(node)} is no object type that is declared here`,
                "Declare it, or write its properties out",
            )
        this.references.add(name)
        this.collecting.push(declared)
        try {
            return ts.isInterfaceDeclaration(declared) ? this.members(declared) : this.membersOf(declared.type)
        } finally {
            this.collecting.pop()
        }
    }
}

const KEYWORDS = {
    [ts.SyntaxKind.AnyKeyword]: ANYTHING,
    [ts.SyntaxKind.UnknownKeyword]: ANYTHING,
    [ts.SyntaxKind.ObjectKeyword]: ANYTHING,
    [ts.SyntaxKind.NumberKeyword]: { node: "number" },
    [ts.SyntaxKind.StringKeyword]: { node: "string" },
    [ts.SyntaxKind.BooleanKeyword]: { node: "boolean" },
    [ts.SyntaxKind.BigIntKeyword]: { node: "bigint" },
    [ts.SyntaxKind.SymbolKeyword]: { node: "symbol" },
    [ts.SyntaxKind.UndefinedKeyword]: { node: "undefined" },
    [ts.SyntaxKind.VoidKeyword]: { node: "undefined" },
    [ts.SyntaxKind.NeverKeyword]: { node: "undefined" },
}
const { prototype } = SignatureReader
const READERS = {
    [ts.SyntaxKind.LiteralType]: prototype.literal,
    [ts.SyntaxKind.TupleType]: prototype.tuple,
    [ts.SyntaxKind.TypeOperator]: prototype.operator,
    [ts.SyntaxKind.TypeReference]: prototype.reference,
    [ts.SyntaxKind.IntersectionType]: prototype.intersection,
    [ts.SyntaxKind.ParenthesizedType](node) { return this.type(node.type) },
    [ts.SyntaxKind.ArrayType](node) { return { node: "array", item: this.type(node.elementType) } },
    [ts.SyntaxKind.UnionType](node) { return { node: "union", members: node.types.map(type => this.type(type)) } },
    [ts.SyntaxKind.TypeLiteral](node) { return this.object([...node.members], node) },
    [ts.SyntaxKind.FunctionType](node) {
        this.signature(node) // for its references, and what it may not be
        return CALLABLE
    },
}

// A reader of a type with arguments, which become these members of its node.
const withArguments = (node, ...members) => function (reference) {
    const types = this.arguments(reference, members.length)
    return { node, ...Object.fromEntries(members.map((member, index) => [member, types[index]])) }
}
const BUILT_IN = {
    Array: withArguments("array", "item"),
    ReadonlyArray: withArguments("array", "item"),
    Set: withArguments("set", "item"),
    ReadonlySet: withArguments("set", "item"),
    Map: withArguments("map", "key", "value"),
    ReadonlyMap: withArguments("map", "key", "value"),
    Record(node) {
        const [key, value] = this.arguments(node, 2)
        const names = (key.node === "union" ? key.members : [key]).map(({ values }) => values?.[0])
        if (names.includes(undefined)) return { node: "record", key, value }
        return { node: "object", fields: names.map(name => ({ name: String(name), type: value, required: true })) }
    },
    Partial(node) { return this.withAll(node, false) },
    Required(node) { return this.withAll(node, true) },
    Readonly(node) { return this.arguments(node, 1)[0] },
    Promise(node) {
        this.arguments(node, 1)
        return { node: "promise" }
    },
    Date: withArguments("date"),
    Uint8Array: withArguments("bytes"),
    ArrayBuffer: withArguments("bytes"),
    RegExp: withArguments("regexp"),
    Error: withArguments("error"),
    Function: withArguments("function"),
}

function parse(text) {
    return ts.createSourceFile("types.ts", text, ts.ScriptTarget.ES2022, true)
}

function isDeclaration(node) {
    const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)
    return isType || node.kind === ts.SyntaxKind.EmptyStatement
}

// Where a declaration begins without what it may say of being exported.
function keywordStart(node, file) {
    const { modifiers } = node
    return modifiers ? ts.skipTrivia(file.text, modifiers.end) : node.getStart(file)
}

function docOf(node) {
    return ts.getTextOfJSDocComment(node.jsDoc?.at(-1)?.comment) ?? ""
}

// What a text says of the types of a function; or of what is wrong message, line and column.
function signature(text) {
    let reader
    try {
        reader = new SignatureReader(text)
        return reader.read()
    } catch (error) {
        if (!(error instanceof Refused)) throw error
        const { position } = error
        const isBehind = reader && position > reader.start
        const original = isBehind ? Math.max(reader.start, position - PREFIX.length) : position
        const { line, character } = ts.getLineAndCharacterOfPosition(parse(text), Math.min(original, text.length))
        return { error: [error.message, line + 1, character + 1] }
    }
}
