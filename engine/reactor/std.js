// qjs:std
const environment = new Map()
let exitCode = null  // which a snapshot has, so that nothing runs after a restore either
const standard = { in: new File(OPENER, 0), out: new File(OPENER, 1), err: new File(OPENER, 2) }

function dataOf(value) {
    if (value === undefined) return new Uint8Array(0)
    return ArrayBuffer.isView(value) || isBuffer(value) ? bytesIn(value) : encode(`${value}`)
}

const std = {
    exit(code = 0) {
        exitCode = Number(code) | 0
        host("exit", exitCode)
    },
    gc: () => void host("gc"),
    evalScript(code, options) {
        if (!options?.async) return host("runScript", String(code), "<evalScript>")
        return Promise.resolve(host("runAsync", String(code))).then(value => ({ value }))
    },
    loadScript(path) {
        const [data, errno] = attemptPair(() => readWhole(String(path)), null)
        if (errno) throw new ReferenceError(`could not load '${path}': ${strerror(errno)}`)
        return host("runScript", decode(data), String(path))
    },
    loadFile(path, options) {
        const [data, errno] = attemptPair(() => readWhole(String(path)), null)
        return errno ? null : options?.binary ? data : decode(data)
    },
    writeFile(path, value) {
        const data = dataOf(value)
        const errno = attempt(() => writeWhole(String(path), data))
        if (errno) throw new Error(`could not write '${path}': ${strerror(-errno)}`)
    },
    open(path, mode, errors) {
        const flags = flagsOf(String(mode))
        return openStream(() => openAt(String(path), flags, 0o666), errors)
    },
    fdopen(fd, mode, errors) {
        flagsOf(String(mode))
        return openStream(() => (described(fd), fd), errors)
    },
    tmpfile: errors => openStream(() => addDescriptor(inMemory(makeFile(), O_RDWR)), errors),
    puts: (...texts) => standard.out.puts(...texts),
    printf: (format, ...values) => standard.out.printf(format, ...values),
    sprintf,
    strerror: errno => strerror(whole(errno)),
    getenv: name => environment.get(String(name)),
    setenv(name, value) {
        if (/^[^=]+$/.test(name = String(name))) environment.set(name, String(value))
    },
    unsetenv: name => void environment.delete(String(name)),
    getenviron: () => Object.fromEntries(environment),
    ...refused(["std.popen"], NO_PROCESSES),
    ...refused(["std.urlGet"], "it has no network"),
    ...standard,
    Error: Errno,
    SEEK_SET, SEEK_CUR, SEEK_END,
}
