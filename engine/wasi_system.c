/* The system as WASI, preview 1, has it, for engine/reactor/wasi.js: functions that return what was asked for, or the number of an error, negative.
 * A path begins at a folder that is open. https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md */
#ifdef __wasm__
#include <wasi/api.h>

#define SNAP_READING (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_FILESTAT_GET)
#define SNAP_WRITING (__WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK | __WASI_RIGHTS_FD_TELL | __WASI_RIGHTS_FD_FILESTAT_SET_SIZE)
#define SNAP_FIRST_OPEN 3               /* of the folders that are open from the beginning */
#define SNAP_PATH_LONGEST 4096
#define SNAP_INPUT 0

/* ---- arguments and results ---- */

static JSValue snap_system_result(JSContext *ctx, __wasi_errno_t error)
{
    return JS_NewInt32(ctx, -(int32_t)error);
}

static __wasi_fd_t snap_system_descriptor(JSValueConst value)
{
    return JS_VALUE_GET_TAG(value) == JS_TAG_INT ? (__wasi_fd_t)JS_VALUE_GET_INT(value) : UINT32_MAX;
}

/* A path may not have a NUL, where a string of C would end. NULL and throws. */
static const char *snap_system_path(JSContext *ctx, JSValueConst value)
{
    size_t length;
    const char *path = JS_ToCStringLen(ctx, &length, value);

    if (!path || strlen(path) == length)
        return path;
    JS_FreeCString(ctx, path);
    JS_ThrowTypeError(ctx, "a path has no NUL");
    return NULL;
}

static __wasi_timestamp_t snap_system_time(JSContext *ctx, JSValueConst value)
{
    double milliseconds;
    return JS_ToFloat64(ctx, &milliseconds, value) == 0 && milliseconds > 0 ? (__wasi_timestamp_t)(milliseconds * 1e6) : 0;
}

/* The array gets one more item, which is taken over; -1 and throws. */
static int snap_system_add(JSContext *ctx, JSValueConst array, uint32_t index, JSValue item)
{
    return JS_IsException(item) ? -1 : JS_DefinePropertyValueUint32(ctx, array, index, item, JS_PROP_C_W_E);
}

static JSValue snap_system_pair(JSContext *ctx, JSValue first, JSValue second)
{
    JSValue values[] = { first, second };
    return JS_IsException(first) || JS_IsException(second) ? JS_EXCEPTION : JS_NewArrayFrom(ctx, countof(values), values);
}

/* ---- what there is from the beginning ---- */

/* system.folders(): [path, descriptor] of each */
static JSValue snap_system_folders(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue folders = JS_NewArray(ctx);
    __wasi_prestat_t status;
    char path[SNAP_PATH_LONGEST];
    uint32_t count = 0;
    (void)this_value; (void)argc; (void)argv;

    for (__wasi_fd_t fd = SNAP_FIRST_OPEN; !JS_IsException(folders) && __wasi_fd_prestat_get(fd, &status) == __WASI_ERRNO_SUCCESS; fd++) {
        size_t length = status.u.dir.pr_name_len;
        if (status.tag != __WASI_PREOPENTYPE_DIR || length > sizeof path ||
            __wasi_fd_prestat_dir_name(fd, (uint8_t *)path, length) != __WASI_ERRNO_SUCCESS)
            continue;
        while (length && !path[length - 1])   /* some hosts count the NUL of a string of C */
            length--;
        if (snap_system_add(ctx, folders, count++, snap_system_pair(ctx, JS_NewStringLen(ctx, path, length), JS_NewInt32(ctx, (int32_t)fd))) < 0) {
            JS_FreeValue(ctx, folders);
            return JS_EXCEPTION;
        }
    }
    return folders;
}

/* system.environment(): [name, value] of each */
static JSValue snap_system_environment(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue variables = JS_NewArray(ctx);
    __wasi_size_t count = 0, size = 0;
    uint8_t **texts = NULL, *bytes = NULL;
    (void)this_value; (void)argc; (void)argv;

    if (__wasi_environ_sizes_get(&count, &size) != __WASI_ERRNO_SUCCESS || !count)
        return variables;
    texts = calloc(count, sizeof *texts);
    bytes = calloc(1, size + 1);
    if (!texts || !bytes || __wasi_environ_get(texts, bytes) != __WASI_ERRNO_SUCCESS)
        count = 0;
    for (uint32_t i = 0; i < count && !JS_IsException(variables); i++) {
        const char *text = (const char *)texts[i], *equals = strchr(text, '=');
        size_t length = equals ? (size_t)(equals - text) : strlen(text);
        if (snap_system_add(ctx, variables, i, snap_system_pair(ctx, JS_NewStringLen(ctx, text, length), JS_NewString(ctx, equals ? equals + 1 : ""))) < 0) {
            JS_FreeValue(ctx, variables);
            variables = JS_EXCEPTION;
        }
    }
    free(texts);
    free(bytes);
    return variables;
}

/* ---- open files ---- */

/* system.open(folder, path, follows links, flags, is written): its descriptor */
static JSValue snap_system_open(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const char *path = snap_system_path(ctx, argv[1]);
    __wasi_errno_t error;
    __wasi_fd_t fd;
    (void)this_value; (void)argc;

    if (!path)
        return JS_EXCEPTION;
    error = __wasi_path_open(snap_system_descriptor(argv[0]), JS_ToBool(ctx, argv[2]) ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0, path,
                             (__wasi_oflags_t)JS_VALUE_GET_INT(argv[3]), JS_ToBool(ctx, argv[4]) ? SNAP_WRITING : SNAP_READING, 0, 0, &fd);
    JS_FreeCString(ctx, path);
    return error ? snap_system_result(ctx, error) : JS_NewInt32(ctx, (int32_t)fd);
}

/* system.close(descriptor) */
static JSValue snap_system_close(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value; (void)argc;
    return snap_system_result(ctx, __wasi_fd_close(snap_system_descriptor(argv[0])));
}

/* system.read(descriptor, size[, position]): a Uint8Array of at most that many bytes, of none at the end */
static JSValue snap_system_read(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    __wasi_fd_t fd = snap_system_descriptor(argv[0]);
    double size, position = 0;
    __wasi_iovec_t part;
    __wasi_size_t count;
    __wasi_errno_t error;
    JSValue bytes;
    (void)this_value; (void)argc;

    if (JS_ToFloat64(ctx, &size, argv[1]) < 0 || (!JS_IsUndefined(argv[2]) && JS_ToFloat64(ctx, &position, argv[2]) < 0))
        return JS_EXCEPTION;
    part.buf_len = size < 1 << 20 ? (__wasi_size_t)size : 1 << 20;
    part.buf = js_malloc(ctx, part.buf_len ? part.buf_len : 1);
    if (!part.buf)
        return JS_EXCEPTION;
    error = JS_IsUndefined(argv[2]) ? __wasi_fd_read(fd, &part, 1, &count)
                                    : __wasi_fd_pread(fd, &part, 1, (__wasi_filesize_t)position, &count);
    bytes = error ? snap_system_result(ctx, error) : JS_NewUint8ArrayCopy(ctx, part.buf, count <= part.buf_len ? count : part.buf_len);
    js_free(ctx, part.buf);
    return bytes;
}

/* Some of the bytes; waits while a stream that does not block takes none. */
static __wasi_errno_t snap_system_send(__wasi_fd_t fd, const __wasi_ciovec_t *part, __wasi_size_t *count)
{
    const __wasi_subscription_t room = { .u = { .tag = __WASI_EVENTTYPE_FD_WRITE, .u.fd_write.file_descriptor = fd } };
    __wasi_event_t event;
    __wasi_size_t happened;
    __wasi_errno_t error;

    while ((error = __wasi_fd_write(fd, part, 1, count)) == __WASI_ERRNO_AGAIN)
        if (__wasi_poll_oneoff(&room, &event, 1, &happened) != __WASI_ERRNO_SUCCESS || event.error)
            return error;
    return error || *count || !part->buf_len ? error : __WASI_ERRNO_IO;
}

/* system.write(descriptor, Uint8Array[, position]): how many bytes */
static JSValue snap_system_write(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    __wasi_fd_t fd = snap_system_descriptor(argv[0]);
    double position = 0;
    __wasi_ciovec_t part;
    __wasi_size_t count;
    __wasi_errno_t error;
    size_t size;
    (void)this_value; (void)argc;

    if (!JS_IsUndefined(argv[2]) && JS_ToFloat64(ctx, &position, argv[2]) < 0)
        return JS_EXCEPTION;
    part.buf = JS_GetUint8Array(ctx, &size, argv[1]);
    part.buf_len = size;
    if (!part.buf)
        return JS_EXCEPTION;
    error = JS_IsUndefined(argv[2]) ? snap_system_send(fd, &part, &count)
                                    : __wasi_fd_pwrite(fd, &part, 1, (__wasi_filesize_t)position, &count);
    return error ? snap_system_result(ctx, error) : JS_NewInt64(ctx, count);
}

/* ---- waiting ---- */

/* Of a file that is always ready, which not every host can wait for. */
static bool snap_system_is_regular(__wasi_fd_t fd)
{
    __wasi_fdstat_t status;
    return __wasi_fd_fdstat_get(fd, &status) == __WASI_ERRNO_SUCCESS && status.fs_filetype == __WASI_FILETYPE_REGULAR_FILE;
}

/* system.poll(whether standard input is waited for, milliseconds): whether it can be read, after at most this time; negative: without end */
static JSValue snap_system_poll(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    __wasi_subscription_t wanted[2];
    __wasi_event_t events[2];
    __wasi_size_t count = 0, happened = 0;
    __wasi_errno_t error = 0;
    double milliseconds;
    (void)this_value; (void)argc;

    if (JS_ToFloat64(ctx, &milliseconds, argv[1]) < 0)
        return JS_EXCEPTION;
    if (JS_ToBool(ctx, argv[0])) {
        if (snap_system_is_regular(SNAP_INPUT))
            return JS_TRUE;
        wanted[count++] = (__wasi_subscription_t){ .u = { .tag = __WASI_EVENTTYPE_FD_READ, .u.fd_read.file_descriptor = SNAP_INPUT } };
    }
    if (milliseconds >= 0)
        wanted[count++] = (__wasi_subscription_t){
            .u = { .tag = __WASI_EVENTTYPE_CLOCK, .u.clock = { .id = __WASI_CLOCKID_MONOTONIC, .timeout = (__wasi_timestamp_t)(milliseconds * 1e6) } },
        };
    if (count)
        error = __wasi_poll_oneoff(wanted, events, count, &happened);
    if (error)
        return snap_system_result(ctx, error);
    for (uint32_t i = 0; i < happened && i < count; i++)
        if (events[i].type == __WASI_EVENTTYPE_FD_READ)
            return JS_TRUE;
    return JS_FALSE;
}

/* ---- the end ---- */

/* system.exit(code) */
static JSValue snap_system_exit(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)ctx; (void)this_value; (void)argc;
    __wasi_proc_exit((__wasi_exitcode_t)JS_VALUE_GET_INT(argv[0]));
}
#endif
