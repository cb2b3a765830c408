import { Parser, parse, tokenizer } from "acorn"

const PROGRAM = `async function* f({ a = 1, ...rest }, [b] = []) { yield* rest?.x ?? b ** 2n }
class C { static #p = /(?<year>\\d{4})/v; static { f\`\${C}\` } }`

function error(text) {
    try {
        parse(text, { ecmaVersion: 2022 })
    } catch ({ message, loc }) {
        return [message, loc.line, loc.column]
    }
}

function kinds(node, found = new Set()) {
    if (node && typeof node === "object") {
        if (node.type) found.add(node.type)
        for (const child of Object.values(node)) kinds(child, found)
    }
    return [...found].sort()
}

export const first = () => parse("a + b", { ecmaVersion: "latest" }).body[0].expression.operator

export default function () {
    const comments = []
    const tree = Parser.parse(`${PROGRAM} // end`, { ecmaVersion: "latest", onComment: comments })
    return {
        kinds: kinds(tree),
        comments: comments.map(({ value, start }) => [value, start]),
        tokens: [...tokenizer("a => /b/g.c", { ecmaVersion: 2022 })].map(token => token.type.label),
        errors: [error("let x = 1\nlet x"), error("if ("), error("'use strict'; 010")],
    }
}
