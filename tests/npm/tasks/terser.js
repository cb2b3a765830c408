import { minify } from "terser"

// What browsers call the global object, whose names are not mangled.
globalThis.self ??= globalThis

const SOURCE = `
function total(numbers, factor) {
    const unused = 1
    let result = 0
    for (const number of numbers) { if (true) { result += number * factor } }
    return result
}
const area = { width: 2, height: 3 }
export const answer = total([area.width, area.height], 4 + 5)
console.log("dropped")
`

export const first = () => minify("function add(first, second) { return first + second }").then(({ code }) => code)

export default async function () {
    const { code, map } = await minify(
        { "total.js": SOURCE },
        { module: true, toplevel: true, compress: { drop_console: true, passes: 2 }, mangle: true, sourceMap: { url: "inline" } },
    )
    const { sources, names, mappings } = JSON.parse(map)
    const properties = await minify("x = { _private: 1 }; f(x._private)", { mangle: { properties: { regex: /^_/ } } })
    const error = await minify("f(").catch(({ name, message, line, col }) => [name, message, line, col])
    return {
        code: code.split("\n//# ")[0],
        isInline: code.includes("\n//# sourceMappingURL=data:application/json"),
        map: { sources, names, mappings },
        properties: properties.code,
        error,
    }
}
