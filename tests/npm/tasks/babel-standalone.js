import Babel from "@babel/standalone"

const SOURCE = `const Greeting = ({ name, ...rest }: Props) => <p {...rest}>Hello {name?.first ?? "you"}</p>
class Counter { #count = 0; async next() { return this.#count++ } }`

// A plugin as users write them: numbers become hexadecimal.
const hexadecimal = {
    visitor: {
        NumericLiteral({ node }) {
            node.extra = { rawValue: node.value, raw: `0x${node.value.toString(16)}` }
        },
    },
}

function error(code) {
    try {
        Babel.transform(code, { filename: "wrong.js" })
    } catch ({ code, reasonCode, loc }) {
        return [code, reasonCode, loc.line, loc.column]
    }
}

export const first = () => Babel.transform("a?.b", { presets: ["env"] }).code

export default function () {
    const modern = Babel.transform(SOURCE, {
        filename: "greeting.tsx",
        presets: [["env", { targets: { chrome: "70" } }], ["react", { runtime: "classic" }], "typescript"],
        sourceMaps: true,
    })
    const old = Babel.transform("for (const [a, b] of c) f(() => `${a}${b}`)", { presets: ["env"] }).code
    return {
        modern: modern.code.split("\n").filter(line => /Greeting|createElement|WeakMap|_count/.test(line)),
        map: [modern.map.sources, modern.map.mappings.length > 100],
        old: new Function("c", `const made = []; const f = each => made.push(each()); ${old}; return made`)([[1, 2], ["x", "y"]]),
        hexadecimal: Babel.transform("x = 255 + 16", { plugins: [hexadecimal] }).code,
        error: error("let a = 1;\nlet a = 2;"),
    }
}
