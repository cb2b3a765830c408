// Errors of the system. The numbers are those of Linux, whatever the host is.
const Errno = Object.freeze({
    EPERM: 1, ENOENT: 2, EIO: 5, EBADF: 9, EAGAIN: 11, EACCES: 13, EBUSY: 16, EEXIST: 17, EXDEV: 18, ENOTDIR: 20,
    EISDIR: 21, EINVAL: 22, EMFILE: 24, EFBIG: 27, ENOSPC: 28, ESPIPE: 29, EROFS: 30, EPIPE: 32, ENAMETOOLONG: 36,
    ENOSYS: 38, ENOTEMPTY: 39, ELOOP: 40,
})

const MESSAGES = {
    0: "Success", 1: "Operation not permitted", 2: "No such file or directory", 5: "Input/output error",
    9: "Bad file descriptor", 11: "Resource temporarily unavailable", 13: "Permission denied",
    16: "Device or resource busy", 17: "File exists", 18: "Invalid cross-device link", 20: "Not a directory",
    21: "Is a directory", 22: "Invalid argument", 24: "Too many open files", 27: "File too large",
    28: "No space left on device", 29: "Illegal seek", 30: "Read-only file system", 32: "Broken pipe",
    36: "File name too long", 38: "Function not implemented", 39: "Directory not empty",
    40: "Too many levels of symbolic links",
}

const strerror = errno => MESSAGES[errno] ?? `Unknown error ${errno}`

class Failure {
    constructor(errno) { this.errno = errno }
}

function fail(name) { throw new Failure(Errno[name]) }

// What an action returns, or the negative number of the error that it ends with.
function attempt(action) {
    try {
        return action()
    } catch (error) {
        if (error instanceof Failure) return -error.errno
        throw error
    }
}

// [what an action returns, 0], or [otherwise, the number of the error].
function attemptPair(action, otherwise) {
    try {
        return [action(), 0]
    } catch (error) {
        if (error instanceof Failure) return [otherwise, error.errno]
        throw error
    }
}
