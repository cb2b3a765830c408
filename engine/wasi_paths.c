/* Calls of WASI that take a path, for engine/reactor/wasi.js; as those of wasi_system.c. */
#ifdef __wasm__
#define SNAP_LIST_CHUNK 8192

/* system.status(folder, path, follows links): {filetype, size, ino, atime, mtime, ctime} */
static JSValue snap_system_status(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = snap_system_path(ctx, argv[1]);
    __wasi_filestat_t found;
    __wasi_errno_t error;
    JSValue status;
    (void)this_value; (void)argc;

    if (!path)
        return JS_EXCEPTION;
    error = __wasi_path_filestat_get(snap_system_descriptor(argv[0]), JS_ToBool(ctx, argv[2]) ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0, path, &found);
    JS_FreeCString(ctx, path);
    if (error)
        return snap_system_result(ctx, error);
    status = JS_NewObject(ctx);
    const struct { const char *name; double value; } fields[] = {
        { "filetype", found.filetype }, { "size", (double)found.size }, { "ino", (double)found.ino },
        { "atime", floor((double)found.atim / 1e6) }, { "mtime", floor((double)found.mtim / 1e6) }, { "ctime", floor((double)found.ctim / 1e6) },
    };
    for (size_t i = 0; i < countof(fields); i++)
        if (JS_IsException(status) || snap_define_value(ctx, status, fields[i].name, JS_NewFloat64(ctx, fields[i].value)) < 0) {
            JS_FreeValue(ctx, status);
            return JS_EXCEPTION;
        }
    return status;
}

/* Whole entries of a chunk are added to the names; where the next chunk begins. -1 and throws. */
static int snap_system_take_names(JSContext *ctx, JSValueConst names, uint32_t *count, const uint8_t *chunk, size_t size, __wasi_dircookie_t *next)
{
    while (size >= sizeof(__wasi_dirent_t)) {
        __wasi_dirent_t entry;
        const char *name = (const char *)chunk + sizeof entry;
        memcpy(&entry, chunk, sizeof entry);
        if (entry.d_namlen > size - sizeof entry)
            break;
        if (!(entry.d_namlen == 1 && name[0] == '.') && !(entry.d_namlen == 2 && name[0] == '.' && name[1] == '.') &&
            snap_system_add(ctx, names, (*count)++, JS_NewStringLen(ctx, name, entry.d_namlen)) < 0)
            return -1;
        *next = entry.d_next;
        chunk += sizeof entry + entry.d_namlen;
        size -= sizeof entry + entry.d_namlen;
    }
    return 0;
}

/* The names in an open folder; throws. */
static JSValue snap_system_names(JSContext *ctx, __wasi_fd_t fd)
{
    uint8_t chunk[SNAP_LIST_CHUNK];
    JSValue names = JS_NewArray(ctx);
    __wasi_dircookie_t cookie = 0, next = 0;
    __wasi_errno_t error = 0;
    __wasi_size_t size = sizeof chunk;
    uint32_t count = 0;

    while (!JS_IsException(names) && size == sizeof chunk) {
        error = __wasi_fd_readdir(fd, chunk, sizeof chunk, cookie, &size);
        if (error || size > sizeof chunk)
            break;
        if (snap_system_take_names(ctx, names, &count, chunk, size, &next) < 0) {
            JS_FreeValue(ctx, names);
            return JS_EXCEPTION;
        }
        if (next == cookie)
            break;
        cookie = next;
    }
    if (!error)
        return names;
    JS_FreeValue(ctx, names);
    return snap_system_result(ctx, error);
}

/* system.list(folder, path): the names in it */
static JSValue snap_system_list(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = snap_system_path(ctx, argv[1]);
    __wasi_errno_t error;
    __wasi_fd_t fd;
    JSValue names;
    (void)this_value; (void)argc;

    if (!path)
        return JS_EXCEPTION;
    error = __wasi_path_open(snap_system_descriptor(argv[0]), __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, path, __WASI_OFLAGS_DIRECTORY,
                             __WASI_RIGHTS_FD_READDIR, 0, 0, &fd);
    JS_FreeCString(ctx, path);
    if (error)
        return snap_system_result(ctx, error);
    names = snap_system_names(ctx, fd);
    error = __wasi_fd_close(fd);
    (void)error;   /* it was only read */
    return names;
}

enum { SNAP_MAKE_FOLDER, SNAP_REMOVE_FOLDER, SNAP_UNLINK };

/* system.makeFolder(folder, path), system.removeFolder(…), system.unlink(…) */
static JSValue snap_system_change(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int what)
{
    const char *path = snap_system_path(ctx, argv[1]);
    __wasi_fd_t folder = snap_system_descriptor(argv[0]);
    __wasi_errno_t error;
    (void)this_value; (void)argc;

    if (!path)
        return JS_EXCEPTION;
    error = what == SNAP_MAKE_FOLDER ? __wasi_path_create_directory(folder, path)
          : what == SNAP_REMOVE_FOLDER ? __wasi_path_remove_directory(folder, path)
          : __wasi_path_unlink_file(folder, path);
    JS_FreeCString(ctx, path);
    return snap_system_result(ctx, error);
}

/* system.rename(folder, path, new path); system.makeLink(folder, path, target), if `is_link` */
static JSValue snap_system_name(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_link)
{
    const char *path = snap_system_path(ctx, argv[1]), *other = path ? snap_system_path(ctx, argv[2]) : NULL;
    __wasi_fd_t folder = snap_system_descriptor(argv[0]);
    JSValue result = JS_EXCEPTION;
    (void)this_value; (void)argc;

    if (other)
        result = snap_system_result(ctx, is_link ? __wasi_path_symlink(other, folder, path) : __wasi_path_rename(folder, path, folder, other));
    JS_FreeCString(ctx, other);
    JS_FreeCString(ctx, path);
    return result;
}

/* system.linkTarget(folder, path) */
static JSValue snap_system_link_target(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = snap_system_path(ctx, argv[1]);
    uint8_t target[SNAP_PATH_LONGEST];
    __wasi_errno_t error;
    __wasi_size_t size;
    (void)this_value; (void)argc;

    if (!path)
        return JS_EXCEPTION;
    error = __wasi_path_readlink(snap_system_descriptor(argv[0]), path, target, sizeof target, &size);
    JS_FreeCString(ctx, path);
    return error ? snap_system_result(ctx, error) : JS_NewStringLen(ctx, (const char *)target, size <= sizeof target ? size : sizeof target);
}

/* system.setTimes(folder, path, accessed, modified), Unix milliseconds */
static JSValue snap_system_set_times(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = snap_system_path(ctx, argv[1]);
    __wasi_errno_t error;
    (void)this_value; (void)argc;

    if (!path)
        return JS_EXCEPTION;
    error = __wasi_path_filestat_set_times(snap_system_descriptor(argv[0]), __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, path, snap_system_time(ctx, argv[2]),
                                           snap_system_time(ctx, argv[3]), __WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_MTIM);
    JS_FreeCString(ctx, path);
    return snap_system_result(ctx, error);
}
#endif
