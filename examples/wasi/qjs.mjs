// The `qjs` command in Node: the engine of snapjs over Node's own WASI, without Python.
//
//     node qjs.mjs engine.wasm [--std] [-m] [-e CODE | FILE [ARGUMENT…]]
//
// The program's "/" is the current folder.
import { readFileSync } from "node:fs"
import { WASI } from "node:wasi"

const [, , engine, ...args] = process.argv
const wasi = new WASI({ version: "preview1", env: process.env, preopens: { "/": process.cwd() } })
const unused = new Proxy({}, { get: () => () => {} }) // what the engine asks of snapjs, which is not here
const { instance } = await WebAssembly.instantiate(readFileSync(engine), { ...wasi.getImportObject(), snapjs: unused })
const { memory, malloc, free, qjs_init_argv, qjs_loop_once, qjs_poll_io, qjs_destroy } = instance.exports

function put(bytes) {
    const address = malloc(bytes.length)
    new Uint8Array(memory.buffer, address, bytes.length).set(bytes)
    return address
}

function begin(words) {
    const strings = words.map(word => put(Buffer.from(`${word}\0`)))
    const argv = put(new Uint8Array(Uint32Array.from(strings).buffer))
    const code = qjs_init_argv(strings.length, argv)
    for (const address of [argv, ...strings]) free(address)
    return code
}

function run() {
    if (begin(["qjs", ...args]) !== 0) return 1
    for (;;) {
        const wait = qjs_loop_once()
        if (wait === -1) return 0
        if (wait === -2 || qjs_poll_io(wait) !== 0) return 1
    }
}

wasi.initialize(instance)
try {
    process.exitCode = run()
    qjs_destroy()
} catch (exit) {
    if (typeof exit !== "symbol") throw exit // as which Node throws what ends a program, and keeps its code
    process.exitCode = wasi[Object.getOwnPropertySymbols(wasi).find(symbol => String(symbol) === "Symbol(kExitCode)")]
}
