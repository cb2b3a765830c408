// Open files, by number. What one says of itself (place, position, flags) is all there is of it: the host keeps nothing
// open, so that a snapshot has every open file.
const O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0o100, O_EXCL = 0o200, O_TRUNC = 0o1000, O_APPEND = 0o2000
const ACCESS = 3
const SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2
const MOST_DESCRIPTORS = 1024

// A number as C takes it: without what comes after the point, and 0 for what is none.
const whole = value => Math.trunc(Number(value)) || 0

const encode = text => new TextEncoder().encode(text)
const decode = bytes => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)

// Text that goes out bytewise: what of a character has not come yet waits.
function outgoing(stream) {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
    return {
        flags: O_WRONLY,
        write(data) {
            const text = decoder.decode(data, { stream: true })
            if (text) host("write", stream, text)
            return data.length
        },
    }
}

const standardInput = {
    flags: O_RDONLY,
    chunks: [],
    isClosed: false,
    read(size) {
        if (!this.chunks.length && !this.isClosed) {
            const data = host("input", size)
            if (data === null) fail("EAGAIN")
            if (data.length) this.chunks.push(data)
            else this.isClosed = true
        }
        if (!this.chunks.length) return new Uint8Array(0)
        const data = this.chunks[0].subarray(0, size)
        if (data.length === this.chunks[0].length) this.chunks.shift()
        else this.chunks[0] = this.chunks[0].subarray(data.length)
        return data
    },
}

const DEVICES = {
    "/dev/null": flags => ({ flags, read: () => new Uint8Array(0), write: data => data.length }),
    "/dev/out": flags => ({
        flags,
        write(data) {
            host("message", data)
            return data.length
        },
    }),
}

const inMemory = (node, flags) => ({
    flags,
    position: 0,
    read: (size, position) => readNode(node, position, size),
    write: (data, position) => writeNode(node, position, data),
    size: () => node.size,
})

const ofHost = (place, flags) => ({
    flags,
    position: 0,
    read: (size, position) => onHost(place, "read", position, size),
    write: (data, position) => onHost(place, "write", position, data),
    size: () => onHost(place, "status", true).size,
})

const descriptors = new Map([[0, standardInput]])

function addDescriptor(description) {
    for (let fd = 0; fd < MOST_DESCRIPTORS; fd++) {
        if (!descriptors.has(fd)) {
            descriptors.set(fd, description)
            return fd
        }
    }
    fail("EMFILE")
}

function described(fd) {
    return descriptors.get(fd) ?? fail("EBADF")
}

function openInMemory(place, flags, mode) {
    let node = place.node
    if (!node) {
        if (!(flags & O_CREAT)) fail("ENOENT")
        node = addEntry(place, makeFile(undefined, mode & 0o777 & ~UMASK))
    } else if (flags & O_CREAT && flags & O_EXCL) fail("EEXIST")
    if (node.kind === FOLDER) fail("EISDIR")
    if (node.kind === LINK) fail("ELOOP")
    if (flags & O_TRUNC && flags & ACCESS) resizeNode(node, 0)
    return inMemory(node, flags)
}

function openOnHost(place, flags, mode) {
    if (flags & O_CREAT) onHost(place, "create", (flags & O_EXCL) !== 0, mode & 0o777)
    if (onHost(place, "status", true).kind !== FILE) fail("EISDIR")
    if (flags & ACCESS) onHost(place, "check_writable")
    if (flags & O_TRUNC && flags & ACCESS) onHost(place, "truncate")
    return ofHost(place, flags)
}

function openAt(path, flags, mode) {
    const device = DEVICES[absolute(path)]
    if (device) return addDescriptor(device(flags))
    const place = locate(path, !(flags & O_EXCL))
    return addDescriptor(place.mount ? openOnHost(place, flags, mode) : openInMemory(place, flags, mode))
}

function readFrom(fd, size) {
    const file = described(fd)
    if (!file.read || (file.flags & ACCESS) === O_WRONLY) fail("EBADF")
    const data = file.read(size, file.position)
    if (file.position !== undefined) file.position += data.length
    return data
}

function writeTo(fd, data) {
    const file = described(fd)
    if (!file.write || (file.flags & ACCESS) === O_RDONLY) fail("EBADF")
    if (file.flags & O_APPEND && file.size) file.position = file.size()
    const written = file.write(data, file.position)
    if (file.position !== undefined) file.position += written
    return written
}

function seekIn(fd, offset, whence) {
    const file = described(fd)
    if (file.position === undefined) fail("ESPIPE")
    offset = whole(offset), whence = whole(whence)
    if (whence !== SEEK_SET && whence !== SEEK_CUR && whence !== SEEK_END) fail("EINVAL")
    const position = offset + (whence === SEEK_SET ? 0 : whence === SEEK_CUR ? file.position : file.size())
    if (!(position >= 0) || position > Number.MAX_SAFE_INTEGER) fail("EINVAL")
    file.position = position
    return position
}

function closeDescriptor(fd) {
    described(fd)
    descriptors.delete(fd)
    handlers.read.delete(fd)
    handlers.write.delete(fd)
}

// ---- handlers

const handlers = { read: new Map(), write: new Map() }

function setHandler(kind, fd, handler) {
    if (handler === null) return void handlers[kind].delete(fd)
    if (typeof handler !== "function") throw new TypeError("a handler is a function, or null to remove it")
    if (!(fd >= 0 && fd < MOST_DESCRIPTORS)) throw new RangeError(`a descriptor is a number below ${MOST_DESCRIPTORS}`)
    handlers[kind].set(fd, handler)
}

// What can be read at once. The host knows more of standard input.
const isReadable = fd => {
    const file = descriptors.get(fd)
    return file !== standardInput || file.chunks.length > 0 || file.isClosed
}
