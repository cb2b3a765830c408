// The file system: folders and files in memory, and places where one of the host's is mounted.
const FILE = "file", FOLDER = "folder", LINK = "link", MOUNT = "mount"
const S_IFMT = 0o170000, S_IFDIR = 0o040000, S_IFREG = 0o100000, S_IFLNK = 0o120000
const TYPES = { [FILE]: S_IFREG, [FOLDER]: S_IFDIR, [LINK]: S_IFLNK }
const LONGEST_FILE = 2 ** 31 - 1
const MOST_LINKS = 40
const UMASK = 0o022

let inodes = 0
let workingFolder = "/"

function makeNode(kind, mode, fields) {
    const now = Date.now()
    return { kind, mode, ino: ++inodes, atime: now, mtime: now, ctime: now, ...fields }
}

const makeFolder = (mode = 0o755) => makeNode(FOLDER, mode, { entries: new Map() })
const makeFile = (data = new Uint8Array(0), mode = 0o644) => makeNode(FILE, mode, { data, size: data.length })

// By path; the longest that a path begins with decides. There is always "/".
const mounts = new Map([["/", makeFolder()]])

// The names on the way to a path. ".." takes the name before it away, whether that is a link or not.
function namesOf(path) {
    if (path.includes("\0")) fail("EINVAL")
    const names = []
    for (const name of (path.startsWith("/") ? path : `${workingFolder}/${path}`).split("/")) {
        if (name === "..") names.pop()
        else if (name !== "" && name !== ".") names.push(name)
    }
    return names
}

const absolute = path => "/" + namesOf(path).join("/")

function mountOf(names) {
    for (let length = names.length; length; length--) {
        const node = mounts.get("/" + names.slice(0, length).join("/"))
        if (node) return [node, length]
    }
    return [mounts.get("/"), 0]
}

// Where a path leads: {mount, path} on the host, or {parent, name, node}; `node` is undefined where there is nothing.
function locate(path, follows = true, links = 0) {
    if (path === "") fail("ENOENT")
    const names = namesOf(path)
    let [node, start] = mountOf(names)
    let parent = null, name = ""
    for (let i = start; i < names.length && node.kind !== MOUNT; i++) {
        if (node.kind !== FOLDER) fail("ENOTDIR")
        const isLast = i === names.length - 1
        parent = node, name = names[i], node = parent.entries.get(name)
        if (node === undefined) {
            if (isLast) return { parent, name, node }
            fail("ENOENT")
        }
        if (node.kind === LINK && (follows || !isLast)) {
            if (links === MOST_LINKS) fail("ELOOP")
            const folder = node.target.startsWith("/") ? "" : "/" + names.slice(0, i).join("/")
            return locate([folder + "/" + node.target, ...names.slice(i + 1)].join("/"), follows, links + 1)
        }
    }
    if (node.kind === MOUNT) return { mount: node.path, path: names.slice(start).join("/") }
    return { parent, name, node, path: "/" + names.join("/") }
}

function existing(path, follows = true) {
    const place = locate(path, follows)
    if (!place.mount && !place.node) fail("ENOENT")
    return place
}

// A file system of the host does something, and says [what came of it, 0] or [null, errno].
function onHost(place, operation, ...values) {
    const [result, errno] = host("files", place.mount, operation, place.path, ...values)
    if (errno) throw new Failure(errno)
    return result
}

function touch(node, isWritten = true) {
    node.ctime = Date.now()
    if (isWritten) node.mtime = node.ctime
}

function addEntry({ parent, name }, node) {
    parent.entries.set(name, node)
    touch(parent)
    return node
}

// ---- contents

function readNode(node, position, size) {
    node.atime = Date.now()
    return node.data.slice(position, Math.min(position + size, node.size))
}

function resizeNode(node, size) {
    if (size > LONGEST_FILE) fail("EFBIG")
    if (size > node.data.length) {
        const data = new Uint8Array(Math.max(size, Math.min(node.data.length * 2, LONGEST_FILE), 64))
        data.set(node.data.subarray(0, node.size))
        node.data = data
    }
    if (size < node.size) node.data.fill(0, size, node.size)
    node.size = size
    touch(node)
}

function writeNode(node, position, data) {
    if (position + data.length > node.size) resizeNode(node, position + data.length)
    node.data.set(data, position)
    touch(node)
    return data.length
}

// ---- what can be done with paths

function statusOf(path, follows) {
    const place = existing(path, follows)
    const node = place.mount ? onHost(place, "status", follows) : place.node
    const size = node.kind === FILE ? node.size : node.kind === LINK ? encode(node.target).length : 0
    return {
        dev: 0, ino: node.ino, mode: TYPES[node.kind] | node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size,
        blocks: Math.ceil(size / 512), atime: node.atime, mtime: node.mtime, ctime: node.ctime,
    }
}

function listFolder(path) {
    const place = existing(path)
    if (place.mount) return [".", "..", ...onHost(place, "list")]
    if (place.node.kind !== FOLDER) fail("ENOTDIR")
    return [".", "..", ...place.node.entries.keys()]
}

function makeFolderAt(path, mode) {
    const place = locate(path, false)
    if (place.mount) return void onHost(place, "make_folder", mode)
    if (place.node) fail("EEXIST")
    addEntry(place, makeFolder(mode & 0o777 & ~UMASK))
}

const isMounted = node => [...mounts.values()].includes(node) || node.kind === MOUNT

function removeAt(path) {
    const place = existing(path, false)
    if (place.mount) return void onHost(place, "remove")
    const { parent, name, node } = place
    if (!parent || isMounted(node)) fail("EBUSY")
    if (node.kind === FOLDER && node.entries.size) fail("ENOTEMPTY")
    parent.entries.delete(name)
    touch(parent)
}

function isInside(node, folder) {
    if (node === folder) return true
    return folder.kind === FOLDER && [...folder.entries.values()].some(entry => isInside(node, entry))
}

function renameAt(oldPath, newPath) {
    const from = existing(oldPath, false), to = locate(newPath, false)
    if (from.mount !== to.mount) fail("EXDEV")
    if (from.mount) return void onHost(from, "rename", to.path)
    if (!from.parent || !to.parent || isMounted(from.node) || (to.node && isMounted(to.node))) fail("EBUSY")
    if (from.node === to.node) return
    if (isInside(to.parent, from.node)) fail("EINVAL")
    if (to.node) {
        if (to.node.kind === FOLDER && from.node.kind !== FOLDER) fail("EISDIR")
        if (to.node.kind !== FOLDER && from.node.kind === FOLDER) fail("ENOTDIR")
        if (to.node.kind === FOLDER && to.node.entries.size) fail("ENOTEMPTY")
    }
    from.parent.entries.delete(from.name)
    touch(from.parent)
    addEntry(to, from.node)
}

function linkAt(target, path) {
    const place = locate(path, false)
    if (place.mount) return void onHost(place, "make_link", target)
    if (place.node) fail("EEXIST")
    addEntry(place, makeNode(LINK, 0o777, { target }))
}

function linkTarget(path) {
    const place = existing(path, false)
    if (place.mount) return onHost(place, "link_target")
    if (place.node.kind !== LINK) fail("EINVAL")
    return place.node.target
}

function setTimes(path, atime, mtime) {
    const place = existing(path)
    if (place.mount) return void onHost(place, "set_times", atime, mtime)
    Object.assign(place.node, { atime, mtime, ctime: Date.now() })
}

function realPath(path) {
    const place = existing(path)
    if (!place.mount) return place.path
    return absolute(`${place.mount}/${onHost(place, "real_path")}`)
}

function changeFolder(path) {
    const real = realPath(path)
    if ((statusOf(real, true).mode & S_IFMT) !== S_IFDIR) fail("ENOTDIR")
    workingFolder = real
}

// ---- what the host mounts

// Puts a folder into those on the way to it, so that it is seen in lists, as far as they are in memory.
function mountAt(path, node) {
    mounts.set(path, node)
    const names = namesOf(path), last = names.pop()
    let folder = mounts.get("/")
    for (const name of names) {
        if (folder.kind !== FOLDER) return
        if (!folder.entries.has(name)) folder.entries.set(name, makeFolder())
        folder = folder.entries.get(name)
    }
    if (last !== undefined && folder.kind === FOLDER) folder.entries.set(last, node)
}

function mountFiles(path, files) {
    const root = makeFolder()
    mountAt(path, root)
    for (const [name, data] of files) {
        const names = namesOf("/" + name), last = names.pop()
        let folder = root
        for (const part of names) {
            if (!folder.entries.has(part)) folder.entries.set(part, makeFolder())
            folder = folder.entries.get(part)
        }
        folder.entries.set(last, makeFile(data))
    }
}

const mountHost = path => mountAt(path, { kind: MOUNT, path })
