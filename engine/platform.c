/* What quickjs.c asks of a C library and an operating system, answered by the host: clocks and the time zone. The guest has no
 * files, no environment and no output of its own; so the only imports of engine.wasm are those of abi.h, and what wasi_reactor.c needs. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "abi.h"

/* loop.c, which stands behind the engine, has these. */
static double snap_clock(uint32_t monotonic);
static double snap_now(void);
static int32_t snap_timezone_minutes(double unix_seconds);

static int snap_gettimeofday(struct timeval *tv, void *unused)
{
    double milliseconds = snap_clock(0);
    (void)unused;
    tv->tv_sec = (time_t)floor(milliseconds / 1000);
    tv->tv_usec = (suseconds_t)((milliseconds - (double)tv->tv_sec * 1000) * 1000);
    return 0;
}

static int snap_clock_gettime(clockid_t id, struct timespec *ts)
{
    double milliseconds = snap_now();
    (void)id;
    ts->tv_sec = (time_t)floor(milliseconds / 1000);
    ts->tv_nsec = (long)((milliseconds - (double)ts->tv_sec * 1000) * 1e6);
    return 0;
}

/* quickjs.c reads nothing of the result but tm_gmtoff */
static struct tm *snap_localtime_r(const time_t *time, struct tm *result)
{
    memset(result, 0, sizeof *result);
    result->tm_gmtoff = -60L * snap_timezone_minutes((double)*time);
    return result;
}

/* ---- the stack ----
 *
 * The engine checks its stack by the address of a frame. In WebAssembly that sees only half of it: locals whose address is taken lie in
 * linear memory; all others, and return addresses, lie on the machine's own stack, which the guest cannot see and whose end is a trap.
 * Measured, bytes of machine stack for each byte of linear memory: calls of JavaScript functions up to 4, the parser up to 15, JSON and
 * Array.prototype.flat up to 20. Every recursion in the engine passes a check; so the checks whose callers have not returned are counted,
 * and each is charged what makes the ratio 4 at most. */
#define SNAP_CHECK_CHARGE 48
#define SNAP_DEEP_CHARGE 512
#define SNAP_DEEP_MARK 1000           /* what checks claim to allocate whose levels take much of the machine's stack: the parser's, and JS_WriteObject's */
#define SNAP_CHECKS_MAXIMUM 20000       /* the charges exhaust the largest limit before */
#define SNAP_STACK_EXHAUSTED (512 * 1024)   /* below every limit, even after the engine subtracts what it is about to use */

static struct {
    uint32_t count, most;
    struct {
        uintptr_t frame;
        uint32_t charged;               /* the sum up to this check */
    } open[SNAP_CHECKS_MAXIMUM];        /* the checks whose callers have not returned, outermost first */
} snap_checks;

static inline uintptr_t snap_stack_position(size_t claimed)
{
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    uint32_t count = snap_checks.count, charge;

    while (count && snap_checks.open[count - 1].frame <= frame)
        count--;
    if (count == SNAP_CHECKS_MAXIMUM)
        return SNAP_STACK_EXHAUSTED;
    charge = (count ? snap_checks.open[count - 1].charged : 0) + (claimed == SNAP_DEEP_MARK ? SNAP_DEEP_CHARGE : SNAP_CHECK_CHARGE);
    snap_checks.open[count].frame = frame;
    snap_checks.open[count].charged = charge;
    snap_checks.count = count + 1;
    if (count >= snap_checks.most)
        snap_checks.most = count + 1;
    return frame - charge;
}

/* quickjs.c defines js_get_stack_pointer(void) and calls it, without arguments, in two places: in its check, whose parameter alloca_size
 * we want, and where it notes the top of the stack, where there is no such name but this one. The definition gets a name of its own. */
enum { alloca_size = 0 };
#define js_get_stack_pointer(nothing) snap_stack_pointer_##nothing
#define snap_stack_pointer_ snap_stack_position(alloca_size)
#define snap_stack_pointer_void snap_engine_stack_pointer(void)

/* ---- the C library ---- */

#define gettimeofday snap_gettimeofday
#define clock_gettime snap_clock_gettime
#define localtime_r snap_localtime_r
#ifdef __wasm__
/* the engine prints only in dumps and before abort(); without a stream to print to, the C library's would be dead weight */
#define printf(...) ((void)0)
#define fprintf(...) ((void)0)
#define putchar(character) ((void)0)
#define fwrite(...) ((void)0)
#define fputc(...) ((void)0)
#define fputs(...) ((void)0)
#endif
