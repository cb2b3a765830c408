/* What extensions find of a C library and of WASI that the engine has no use for, or has in another way. engine/sources.lock names what else they
 * find. Time and chance are the VM's own: the host decides on them. */
#ifdef __wasm__
#include <errno.h>

/* ---- time ---- */

#undef gettimeofday
#undef clock_gettime

static uint64_t snap_nanoseconds(bool is_monotonic)
{
    return (uint64_t)((is_monotonic ? snap_now() : snap_clock(0)) * 1e3) * 1000;   /* a double has no more digits */
}

int clock_gettime(clockid_t clock, struct timespec *result)
{
    uint64_t now = snap_nanoseconds(clock == CLOCK_MONOTONIC);

    result->tv_sec = (time_t)(now / 1000000000);
    result->tv_nsec = (long)(now % 1000000000);
    return 0;
}

int gettimeofday(struct timeval *restrict result, void *restrict unused)
{
    return snap_gettimeofday(result, unused);
}

time_t time(time_t *result)
{
    time_t now = (time_t)(snap_nanoseconds(false) / 1000000000);

    if (result)
        *result = now;
    return now;
}

/* ---- chance ---- */

#define SNAP_RANDOM_MOST 65536          /* bytes that the host is asked for at once */

/* Bytes of the host's entropy or, where the VM has a seed, of the sequence that also `crypto` draws from. */
static bool snap_random_bytes(uint8_t *bytes, uint32_t length)
{
    JSContext *ctx = snap_context;
    JSValue draw = snap_draw_randomness(ctx, JS_UNDEFINED, 0, NULL), answer = JS_EXCEPTION;
    JSValue arguments[] = { JS_NewString(ctx, "<crypto>"), JS_NewUint32(ctx, length), JS_IsUndefined(draw) ? JS_NULL : draw };
    const uint8_t *found = NULL;
    size_t size = 0;

    if (!JS_IsException(arguments[0]) && !JS_IsException(draw))
        answer = snap_web_call(ctx, JS_UNDEFINED, countof(arguments), arguments);
    if (!JS_IsException(answer))
        found = JS_GetUint8Array(ctx, &size, answer);
    if (found && size == length)
        memcpy(bytes, found, length);
    else
        snap_forget_exception(ctx);
    JS_FreeValue(ctx, arguments[0]);
    JS_FreeValue(ctx, draw);
    JS_FreeValue(ctx, answer);
    return found && size == length;
}

int getentropy(void *bytes, size_t length)
{
    uint8_t *next = bytes;

    while (length) {
        uint32_t part = length < SNAP_RANDOM_MOST ? (uint32_t)length : SNAP_RANDOM_MOST;
        if (!snap_random_bytes(next, part)) {
            errno = EIO;
            return -1;
        }
        next += part;
        length -= part;
    }
    return 0;
}

/* ---- text: the C library's own take memory from another allocator than malloc ---- */

char *strndup(const char *text, size_t most)
{
    size_t length = strnlen(text, most);
    char *copy = malloc(length + 1);   /* which is zero */

    return copy ? memcpy(copy, text, length) : NULL;
}

char *strdup(const char *text)
{
    return strndup(text, SIZE_MAX);
}

/* ---- arrays: the engine has a function of its own, which is smaller than that of the C library ---- */

struct snap_order {
    int (*compare)(const void *, const void *);
};

static int snap_compare_members(const void *a, const void *b, void *order)
{
    return ((struct snap_order *)order)->compare(a, b);
}

void qsort(void *members, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    struct snap_order order = { compare };
    rqsort(members, count, size, snap_compare_members, &order);
}

/* ---- ends ---- */

_Noreturn void __assert_fail(const char *condition, const char *file, int line, const char *function)
{
    char text[256];

    snprintf(text, sizeof text, "Assertion failed: %.128s (%.64s: %.32s: %d)\n", condition, file, function, line);
    host_write(SNAP_STATUS_UNANSWERED, SNAP_STREAM_STDERR, (const uint8_t *)text, (uint32_t)strlen(text));
    abort();
}

/* ---- WASI, preview 1: every function that is not here answers an extension that there is no such function ---- */

#define SNAP_WASI(name) __attribute__((export_name("wasi_snapshot_preview1." #name))) snap_wasi_##name
#define SNAP_WASI_OK 0
#define SNAP_WASI_INVALID 28
#define SNAP_WASI_IO 29
#define SNAP_WASI_CLOCKS 2              /* the time, and one that never goes back */

uint32_t SNAP_WASI(clock_time_get)(uint32_t clock, uint64_t precision, uint64_t *nanoseconds)
{
    (void)precision;
    if (clock >= SNAP_WASI_CLOCKS)
        return SNAP_WASI_INVALID;
    *nanoseconds = snap_nanoseconds(clock == 1);
    return SNAP_WASI_OK;
}

uint32_t SNAP_WASI(clock_res_get)(uint32_t clock, uint64_t *nanoseconds)
{
    if (clock >= SNAP_WASI_CLOCKS)
        return SNAP_WASI_INVALID;
    *nanoseconds = 1000;
    return SNAP_WASI_OK;
}

uint32_t SNAP_WASI(random_get)(void *bytes, uint32_t length)
{
    return getentropy(bytes, length) < 0 ? SNAP_WASI_IO : SNAP_WASI_OK;
}

#endif
