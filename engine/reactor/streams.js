// std.FILE: what C calls a stream. It reads ahead, and writes at once, so that nothing is lost when the program ends.
const AHEAD = 4096
const MODES = { r: O_RDONLY, w: O_WRONLY | O_CREAT | O_TRUNC, a: O_WRONLY | O_CREAT | O_APPEND }
const OPENER = Symbol("opens files")

function flagsOf(mode) {
    if (!/^[rwa][rwa+bxe]*$/.test(mode)) throw new TypeError(`invalid file mode: ${mode}`)
    let flags = MODES[mode[0]]
    if (mode.includes("+")) flags = flags & ~ACCESS | O_RDWR
    return mode.includes("x") ? flags | O_EXCL : flags
}

const isBuffer = value => value instanceof ArrayBuffer || value instanceof SharedArrayBuffer

// The bytes of a part of a buffer.
function bytesIn(buffer, offset = 0, length = undefined) {
    const all = ArrayBuffer.isView(buffer)
        ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
        : new Uint8Array(isBuffer(buffer) ? buffer : notABuffer())
    offset = Number(offset), length = length === undefined ? all.length - offset : Number(length)
    if (!(offset >= 0 && length >= 0 && offset + length <= all.length)) {
        throw new RangeError("read/write array buffer overflow")
    }
    return all.subarray(offset, offset + length)
}

// A number of bytes, or of the first of them.
function indexOf(value) {
    const index = whole(value)
    if (!(index >= 0 && index <= Number.MAX_SAFE_INTEGER)) throw new RangeError("invalid array index")
    return index
}

// The same for a stream: what goes beyond the buffer is left away.
function bytesWithin(buffer, offset = 0, length = Infinity) {
    const all = bytesIn(buffer)
    const start = Math.min(indexOf(offset), all.length)
    return all.subarray(start, length === Infinity ? all.length : Math.min(start + indexOf(length), all.length))
}

function notABuffer() {
    throw new TypeError("the buffer is an ArrayBuffer, or a view of one")
}

class File {
    #fd
    #ahead = new Uint8Array(0)
    #isAtEnd = false
    #hasFailed = false

    constructor(opener, fd) {
        if (opener !== OPENER) throw new TypeError("files are opened with std.open, std.fdopen or std.tmpfile")
        this.#fd = fd
    }

    #live() {
        if (this.#fd === null) throw new TypeError("the file is closed")
        return this.#fd
    }

    // Has bytes ahead, if there are any.
    #fill() {
        if (this.#ahead.length) return
        try {
            this.#ahead = readFrom(this.#live(), AHEAD)
            if (!this.#ahead.length) this.#isAtEnd = true
        } catch (error) {
            if (!(error instanceof Failure)) throw error
            this.#hasFailed = true
        }
    }

    #take(size) {
        const data = this.#ahead.subarray(0, size)
        this.#ahead = data.length < this.#ahead.length ? this.#ahead.subarray(data.length) : new Uint8Array(0)
        return data
    }

    // What was read ahead of standard input goes back, so that its handler hears that there is more.
    #giveBack() {
        if (this.#ahead.length && descriptors.get(this.#fd) === standardInput) {
            standardInput.chunks.unshift(this.#ahead)
            this.#ahead = new Uint8Array(0)
        }
    }

    #read(size) {
        const chunks = []
        let total = 0
        while (total < size) {
            this.#fill()
            if (!this.#ahead.length) break
            chunks.push(this.#take(size - total))
            total += chunks.at(-1).length
        }
        this.#giveBack()
        return joinBytes(chunks, total)
    }

    #dropAhead() {
        if (!this.#ahead.length) return
        attempt(() => seekIn(this.#live(), -this.#ahead.length, SEEK_CUR))
        this.#ahead = new Uint8Array(0)
    }

    #write(data) {
        const fd = this.#live()
        this.#dropAhead()
        try {
            return writeTo(fd, data)
        } catch (error) {
            if (!(error instanceof Failure)) throw error
            this.#hasFailed = true
            return 0
        }
    }

    close() {
        const fd = this.#live()
        this.#fd = null
        return attempt(() => (closeDescriptor(fd), 0))
    }

    puts(...texts) {
        for (const text of texts) this.#write(encode(String(text)))
    }

    printf(format, ...values) {
        const data = encode(sprintf(format, ...values))
        this.#write(data)
        return data.length
    }

    flush() { this.#live() }

    seek(offset, whence) {
        const fd = this.#live()
        this.#dropAhead()
        return attempt(() => {
            seekIn(fd, offset, whence)
            this.#isAtEnd = false
            return 0
        })
    }

    tell() {
        return attempt(() => seekIn(this.#live(), 0, SEEK_CUR) - this.#ahead.length)
    }

    tello() { return BigInt(this.tell()) }

    eof() { return this.#live(), this.#isAtEnd && !this.#ahead.length }

    fileno() { return this.#live() }

    error() { return this.#live(), this.#hasFailed }

    clearerr() {
        this.#live()
        this.#isAtEnd = this.#hasFailed = false
    }

    read(buffer, position, length) {
        const target = bytesWithin(buffer, position, length)
        const data = this.#read(target.length)
        target.set(data)
        return data.length
    }

    write(buffer, position, length) {
        const data = typeof buffer === "string" ? encode(buffer) : buffer
        return this.#write(bytesWithin(data, position, length))
    }

    getline() {
        const chunks = []
        let total = 0
        for (;;) {
            this.#fill()
            if (!this.#ahead.length) break
            const end = this.#ahead.indexOf(10)
            chunks.push(this.#take(end < 0 ? this.#ahead.length : end + 1))
            total += chunks.at(-1).length
            if (end < 0) continue
            this.#giveBack()
            return decode(joinBytes(chunks, total).subarray(0, total - 1))
        }
        if (this.#hasFailed && !this.#isAtEnd) {
            this.#ahead = joinBytes(chunks, total)  // the line goes on when there is more
            return null
        }
        return total ? decode(joinBytes(chunks, total)) : null
    }

    readAsArrayBuffer(size) {
        return this.#read(size === undefined ? Infinity : indexOf(size)).slice().buffer
    }

    readAsString(size) {
        return decode(this.#read(size === undefined ? Infinity : indexOf(size)))
    }

    getByte() {
        this.#fill()
        if (!this.#ahead.length) return -1
        const [byte] = this.#take(1)
        this.#giveBack()
        return byte
    }

    putByte(byte) {
        return this.#write(Uint8Array.of(byte)) ? byte & 0xFF : -1
    }
}
Object.defineProperty(File, "name", { value: "FILE" })

function joinBytes(chunks, total) {
    if (chunks.length === 1) return chunks[0]
    const joined = new Uint8Array(total)
    let position = 0
    for (const chunk of chunks) {
        joined.set(chunk, position)
        position += chunk.length
    }
    return joined
}

// A new stream, or null where that fails; the object for errors is told how.
function openStream(open, errors) {
    const [stream, errno] = attemptPair(() => new File(OPENER, open()), null)
    if (errors === Object(errors)) errors.errno = errno
    return stream
}

function readWhole(path) {
    const fd = openAt(path, O_RDONLY, 0)
    try {
        const chunks = []
        let total = 0
        for (let data; (data = readFrom(fd, 1 << 20)).length; total += data.length) chunks.push(data)
        return joinBytes(chunks, total)
    } finally {
        closeDescriptor(fd)
    }
}

function writeWhole(path, data) {
    const fd = openAt(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    try {
        for (let rest = data; rest.length;) rest = rest.subarray(writeTo(fd, rest))
    } finally {
        closeDescriptor(fd)
    }
}
