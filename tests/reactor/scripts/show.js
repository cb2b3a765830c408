// Says what expressions come to: the number of an error in words, and of an exception its kind.
import * as std from "qjs:std"
import * as os from "qjs:os"

Object.assign(globalThis, { std, os })

function show(value) {
    if (typeof value === "bigint") return value < 0n ? std.strerror(Number(-value)) : `${value}n`
    if (typeof value === "number") return value < -1 ? std.strerror(-value) : String(value)
    if (typeof value === "string") return JSON.stringify(value)
    if (value instanceof ArrayBuffer) return `bytes ${new Uint8Array(value)}`
    if (Array.isArray(value) && value.length === 2 && typeof value[0] === "object") return `${show(value[0])}, ${std.strerror(value[1])}`
    if (Array.isArray(value)) return `[${value.map(show)}]`
    if (value?.constructor === Object) return `{${Object.entries(value).map(([name, each]) => `${name}:${show(each)}`)}}`
    return String(value)
}

function tell(label, action) {
    let told
    try {
        told = show(action())
    } catch (error) {
        told = `throws ${error.name}`
    }
    print(label, "→", told)
}

export function tellEach(lines) {
    for (const line of lines.trim().split("\n")) tell(line, () => (0, eval)(line))
}

export function tellFormat(format, ...values) {
    tell([format, ...values.map(value => typeof value === "symbol" ? "symbol" : Object.is(value, -0) ? "-0" : String(value))].join(" "), () => std.sprintf(format, ...values))
}
