// qjs:os
const startTimeout = setTimeout, startInterval = setInterval, stopTimeout = clearTimeout, stopInterval = clearInterval

// A function that says why it is not there.
const refuse = (name, reason) => ({
    [name]: function () { throw new TypeError(`${name} is not available in a sandbox: ${reason}`) },
})[name]

function refused(names, reason) {
    return Object.fromEntries(names.map(name => [name.split(".")[1], refuse(name, reason)]))
}

const NO_PROCESSES = "there are no other processes"
const done = action => attempt(() => (action(), 0))

const os = {
    open: (path, flags, mode = 0o666) => attempt(() => openAt(String(path), flags, mode)),
    close: fd => done(() => closeDescriptor(fd)),
    seek(fd, offset, whence) {
        const position = attempt(() => seekIn(fd, offset, whence))
        return typeof offset === "bigint" ? BigInt(position) : position
    },
    read: (fd, buffer, offset, length) => attempt(() => {
        const target = bytesIn(buffer, offset, length)
        const data = readFrom(fd, target.length)
        target.set(data)
        return data.length
    }),
    write: (fd, buffer, offset, length) => attempt(() => writeTo(fd, bytesIn(buffer, offset, length))),
    dup: fd => attempt(() => addDescriptor(described(fd))),
    isatty: fd => false,
    ttyGetWinSize: fd => null,
    stat: path => attemptPair(() => statusOf(String(path), true), null),
    lstat: path => attemptPair(() => statusOf(String(path), false), null),
    readdir: path => attemptPair(() => listFolder(String(path)), []),
    mkdir: (path, mode = 0o777) => done(() => makeFolderAt(String(path), mode)),
    remove: path => done(() => removeAt(String(path))),
    rename: (oldName, newName) => done(() => renameAt(String(oldName), String(newName))),
    realpath: path => attemptPair(() => realPath(String(path)), ""),
    getcwd: () => [workingFolder, 0],
    chdir: path => done(() => changeFolder(String(path))),
    utimes: (path, atime, mtime) => done(() => setTimes(String(path), whole(atime), whole(mtime))),
    symlink: (target, path) => done(() => linkAt(String(target), String(path))),
    readlink: path => attemptPair(() => linkTarget(String(path)), ""),
    setReadHandler: (fd, handler) => setHandler("read", fd, handler),
    setWriteHandler: (fd, handler) => setHandler("write", fd, handler),
    setTimeout: (handler, delay) => startTimeout(handler, delay),
    clearTimeout: id => stopTimeout(id),
    setInterval: (handler, delay) => startInterval(handler, delay),
    clearInterval: id => stopInterval(id),
    sleep(delay) {
        if (Number(delay) > 0) host("sleep", Number(delay))
        return 0
    },
    sleepAsync: delay => new Promise(resolve => startTimeout(resolve, delay)),
    now: () => performance.now(),
    exePath: () => undefined,
    platform: "linux",
    O_RDONLY, O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_TRUNC,
    S_IFMT, S_IFDIR, S_IFREG, S_IFLNK,
    S_IFIFO: 0o010000, S_IFCHR: 0o020000, S_IFBLK: 0o060000, S_IFSOCK: 0o140000, S_ISGID: 0o2000, S_ISUID: 0o4000,
    SIGINT: 2, SIGILL: 4, SIGABRT: 6, SIGFPE: 8, SIGSEGV: 11, SIGTERM: 15, WNOHANG: 1,
    ...refused(["os.exec", "os.fork", "os.waitpid", "os.kill", "os.pipe", "os.dup2", "os.getpid"], NO_PROCESSES),
    ...refused(["os.signal"], "it gets no signals"),
    ...refused(["os.ttySetRaw"], "it has no terminal"),
    ...refused(["os.Worker"], "it has one thread"),
}
