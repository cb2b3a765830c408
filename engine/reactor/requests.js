// What the host asks for.
const modules = { std, os, bjson }

const requests = {
    start(itself, options) {
        host = itself
        for (const stream of [1, 2]) descriptors.set(stream, outgoing(stream))
        for (const [name, value] of options.env) environment.set(name, value)
        for (const [path, files] of options.mounts) {
            if (files === null) mountHost(path)
            else mountFiles(path, files)
        }
        const define = (name, value) =>
            Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true })
        define("scriptArgs", options.scriptArgs)
        define("argv0", options.argv0)
        define("gc", std.gc)
        define("navigator", { userAgent: `quickjs-ng/${options.version}` })
        if (attempt(() => changeFolder(options.cwd))) {
            throw new RangeError(`cwd=${JSON.stringify(options.cwd)} is not among the folders of preopens=`)
        }
        // As in qjs: what String makes of each.
        const print = (...values) => void standard.out.puts(values.map(value => `${value}`).join(" ") + "\n")
        define("print", print)
        console.log = print
        if (options.std) for (const name in modules) define(name, modules[name])
    },
    moduleNames: () => Object.keys(modules).map(name => `qjs:${name}`),
    moduleExports: name => modules[name.slice(4)],
    // Some names are words of the language.
    moduleSource(name) {
        const names = Object.keys(requests.moduleExports(name))
        const takes = names.map(exported => `${exported}: _${exported}`), gives = names.map(exported => `_${exported} as ${exported}`)
        return `const { ${takes} } = import.meta.exports; export { ${gives} }`
    },
    mounted: () => [...mounts].filter(([, node]) => node.kind === MOUNT).map(([path]) => path),
    push: data => void standardInput.chunks.push(data),
    endInput() { standardInput.isClosed = true },
    // Has what a promise is rejected with told as unhandled.
    watch: promise => void promise.then(() => {}, reason => void Promise.reject(reason)),
    // The handlers of what is ready, and of standard input that has not come yet.
    handlers() {
        const ready = [], waiting = []
        for (const kind of ["read", "write"]) {
            for (const fd of handlers[kind].keys()) {
                (kind === "write" || isReadable(fd) ? ready : waiting).push([kind, fd])
            }
        }
        return [ready, waiting]
    },
    handle(kind, fd) { handlers[kind].get(fd)?.() },
    // null, or the source of a module
    source(path) {
        const [data, errno] = attemptPair(() => readWhole(path), null)
        return errno ? null : data
    },
    exitCode: () => exitCode,
}

const ask = (request, ...values) => requests[request](...values)
