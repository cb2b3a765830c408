// The host's part where the host is WASI, preview 1: what it answers, and what engine/wasi_reactor.c asks for in its place.
// Nothing of this is used where snapjs is the host. What `system` has is in engine/wasi_system.c.
const { system } = native
const WASI_ERRNO = {
    2: "EACCES", 6: "EAGAIN", 8: "EBADF", 10: "EBUSY", 20: "EEXIST", 22: "EFBIG", 28: "EINVAL", 31: "EISDIR", 32: "ELOOP",
    33: "EMFILE", 37: "ENAMETOOLONG", 44: "ENOENT", 51: "ENOSPC", 52: "ENOSYS", 54: "ENOTDIR", 55: "ENOTEMPTY", 63: "EPERM",
    64: "EPIPE", 69: "EROFS", 70: "ESPIPE", 75: "EXDEV", 76: "EACCES",
}
const WASI_CREATE = 1, WASI_EXCLUSIVE = 4, WASI_TRUNCATE = 8
const WASI_KINDS = { 3: FOLDER, 7: LINK }

const roots = new Map()  // path of a folder that is open from the beginning → its descriptor

// What a call of the system has answered. Negative is the number of an error.
function answered(result) {
    if (typeof result === "number" && result < 0) fail(WASI_ERRNO[-result] ?? "EIO")
    return result
}

function withFile(root, path, flags, isWritten, use) {
    const fd = answered(system.open(root, path, true, flags, isWritten))
    try {
        return use(fd)
    } finally {
        system.close(fd)
    }
}

function writeWholly(fd, data, position) {
    let written = 0
    while (written < data.length) {
        const at = position === undefined ? undefined : position + written
        written += answered(system.write(fd, data.subarray(written), at))
    }
    return data.length
}

const wasiFiles = {
    status(root, path, follows) {
        const { filetype, ...status } = answered(system.status(root, path, follows))
        return { kind: WASI_KINDS[filetype] ?? FILE, mode: 0, ...status }
    },
    list: (root, path) => answered(system.list(root, path)),
    read: (root, path, position, size) => withFile(root, path, 0, false, fd => answered(system.read(fd, size, position))),
    check_writable: (root, path) => withFile(root, path, 0, true, () => {}),
    write: (root, path, position, data) => withFile(root, path, 0, true, fd => writeWholly(fd, data, position)),
    create: (root, path, isExclusive) =>
        withFile(root, path, WASI_CREATE | (isExclusive ? WASI_EXCLUSIVE : 0), true, () => {}),
    truncate: (root, path) => withFile(root, path, WASI_TRUNCATE, true, () => {}),
    make_folder: (root, path) => answered(system.makeFolder(root, path)),
    remove(root, path) {
        const isFolder = wasiFiles.status(root, path, false).kind === FOLDER
        answered(isFolder ? system.removeFolder(root, path) : system.unlink(root, path))
    },
    rename: (root, path, target) => answered(system.rename(root, path, target)),
    make_link: (root, path, target) => answered(system.makeLink(root, path, target)),
    link_target: (root, path) => answered(system.linkTarget(root, path)),
    set_times: (root, path, atime, mtime) => answered(system.setTimes(root, path, atime, mtime)),
    // WASI has none: links are followed by hand. Those that lead out, or nowhere, have no status.
    real_path(root, path) {
        wasiFiles.status(root, path, true)
        const names = path.split("/"), real = []
        while (names.length) {
            const name = names.shift(), here = [...real, name].join("/")
            if (name === "..") real.pop()
            else if (name === "" || name === ".") continue
            else if (wasiFiles.status(root, here, false).kind === LINK) names.unshift(...wasiFiles.link_target(root, here).split("/"))
            else real.push(name)
        }
        return real.join("/")
    },
}

const wasiAnswers = {
    input(size) {
        const data = system.read(0, size)
        return typeof data === "number" && WASI_ERRNO[-data] === "EAGAIN" ? null : answered(data)
    },
    files: (mount, operation, path, ...values) =>
        attemptPair(() => wasiFiles[operation](roots.get(mount), path === "" ? "." : path, ...values), null),
    exit: code => system.exit(code),
    sleep: milliseconds => void system.poll(false, milliseconds),
    gc: () => system.collect(),
    runScript: (code, name) => system.runScript(code, name),
    runAsync: code => system.runAsync(code),
}

const wasiStream = fd => ({ flags: O_WRONLY, write: data => writeWholly(fd, data) })

// Code that is a file: a module by its name, or when it compiles as nothing else.
function programOf(path, line) {
    const data = requests.source(path)
    if (data === null) throw new ReferenceError(`could not load '${path}': there is no such file`)
    const code = decode(data).replace(/^\uFEFF/, "").replace(/^#!/, "//#!")
    const isModule = line.isModule || (!line.isScript && (path.endsWith(".mjs") || system.isModule(code)))
    return [code, path, isModule ?? false]
}

function* programsOf(line) {
    for (const path of line.includes) yield programOf(path, line)
    if (line.expression !== undefined) yield [line.expression, "<cmdline>", line.isModule ?? false]
    else if (line.rest.length) yield programOf(line.rest[0], line)
}

// A specifier beside the module that has it; ".." that leads above the beginning stays.
function beside(importer, specifier) {
    const names = importer.split("/").slice(0, -1)
    for (const name of specifier.split("/")) {
        if (name === ".." && names.length && names.at(-1) !== "..") names.pop()
        else if (name !== ".") names.push(name)
    }
    return names.join("/")
}

const wasiRequests = {
    // The programs that a command line names. Throws.
    begin(words) {
        for (const [path, fd] of system.folders()) roots.set(absolute(path), fd)
        const line = commandLine(words)
        requests.start((request, ...values) => wasiAnswers[request](...values), {
            env: system.environment(), mounts: [...roots.keys()].sort().map(path => [path, null]), cwd: "/",
            argv0: line.argv0, scriptArgs: line.rest, std: line.std, version: system.version,
        })
        for (const fd of [1, 2]) descriptors.set(fd, wasiStream(fd))
        system.limit(line.memoryLimit ?? 0, line.stackSize ?? 0)
        return programsOf(line)
    },
    // [code, name, whether it is a module], or undefined at the end.
    next: programs => programs.next().value,
    // Tells of an exception that nobody caught.
    tell([error, prefix]) {
        let text = `${prefix}[exception]`  // unless the program has something to say
        try {
            const stack = error instanceof Error && typeof error.stack === "string" ? error.stack : ""
            text = error instanceof UsageError ? `qjs: ${error.message}` : `${prefix}${String(error)}\n${stack}`
        } catch {}
        attempt(() => writeWholly(2, encode(text.trimEnd() + "\n")))
    },
    // What an import leads to: [name], of a module that is there, or [name, kind, source].
    module([specifier, importer, type, isThere, isNameEnough]) {
        const name = importer !== null && /^\.\.?\//.test(specifier) ? beside(importer, specifier) : specifier
        if (isNameEnough || isThere(name)) return [name]
        const data = requests.source(name)
        if (data === null) throw new ReferenceError(`could not load module '${name}'`)
        const kind = ["json", "bytes", "text"].includes(type) ? type : "js"
        return [name, kind, kind === "bytes" ? data : decode(data).replace(/^#!/, "//#!")]
    },
    // Whether a handler is left.
    isWaiting: () => handlers.read.size + handlers.write.size > 0,
    // Waits at most so many milliseconds, negative: without end, until there is something to handle: [kind, descriptor] of each.
    ready(milliseconds) {
        const [ready, waiting] = requests.handlers()
        if (!waiting.length && (ready.length || milliseconds <= 0)) return ready
        const polled = system.poll(waiting.length > 0, ready.length ? 0 : milliseconds)  // what waits is standard input, by any number
        const errno = attempt(() => (answered(polled), 0))
        if (errno) throw new Error(`could not wait for standard input: ${strerror(-errno)}`)
        return polled ? [...ready, ...waiting] : ready
    },
    call: ([kind, fd]) => requests.handle(kind, fd),
}

if (system) {
    Object.assign(requests, wasiRequests)
    delete DEVICES["/dev/out"]
}
