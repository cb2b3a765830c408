/* wasi_reactor.h: the program of reactor.c, where WASI answers. */
#ifdef __wasm__
#include "wasi_reactor.h"

#define SNAP_WAIT_LONGEST 0x7fffffff
#define SNAP_TELL_ROOM (64 * 1024)

/* What qjs_loop_once and qjs_poll_io return, besides milliseconds */
enum { QJS_MORE = 0, QJS_IDLE = -1, QJS_FAILED = -1, QJS_THROWN = -2 };

static bool snap_wasi_has_begun;

/* ---- telling what nobody caught ---- */

/* Takes the error over. */
static void snap_wasi_tell(JSContext *ctx, JSValue error, const char *prefix)
{
    size_t limit = snap_heap.limit, stack = snap_runtime->stack_size;
    JSValue values[2], pair;

    if (limit)   /* there may be no room in them, which is what is to be told */
        snap_heap.limit = limit + SNAP_TELL_ROOM;
    if (stack < SNAP_WASI_STACK)
        JS_SetMaxStackSize(snap_runtime, SNAP_WASI_STACK);
    values[0] = error;
    values[1] = JS_NewString(ctx, prefix);
    pair = JS_NewArrayFrom(ctx, countof(values), values);
    JS_FreeValue(ctx, JS_IsException(pair) ? pair : snap_reactor_ask(ctx, snap_wasi_program, "tell", pair));
    JS_FreeValue(ctx, pair);
    snap_forget_exception(ctx);
    JS_SetMaxStackSize(snap_runtime, stack);
    snap_heap.limit = limit;
}

/* What a status says was thrown, whose error is in the result; whether it was nothing. */
static bool snap_wasi_check(JSContext *ctx, uint32_t status)
{
    JSValue error = JS_UNDEFINED;

    if (status == SNAP_STATUS_OK)
        return true;
    if (status == SNAP_STATUS_EXCEPTION && snap_output.size > 1 && snap_handle_get(snap_read_uint(snap_output.data + 1), &error))
        error = JS_DupValue(ctx, error);
    else
        error = JS_NewString(ctx, status == SNAP_STATUS_INTERRUPTED ? "the program was stopped" : "out of memory");
    snap_drop_result(status);
    snap_wasi_tell(ctx, error, "Uncaught ");
    return false;
}

/* Whether no promise was rejected of which nobody knows; with microtasks left, that is not known yet. */
static bool snap_wasi_check_rejections(JSContext *ctx)
{
    bool is_none;

    if (JS_IsJobPending(snap_runtime))
        return true;
    is_none = snap_wasi_check(ctx, snap_rejections_tell(ctx));
    for (uint32_t left = snap_rejections.count; left && snap_rejections.count; left--) {
        const snap_rejection *item = &snap_rejections.items[0];
        bool is_news = !item->handled && !snap_promise_is_handled(item->promise);
        JSValue reason = JS_DupValue(ctx, item->reason);
        snap_rejection_remove(ctx, 0);   /* first, for telling runs code of the program, which may change the list */
        if (is_news)
            snap_wasi_tell(ctx, JS_DupValue(ctx, reason), "Uncaught (in promise) ");
        JS_FreeValue(ctx, reason);
        is_none &= !is_news;
    }
    return is_none;
}

/* The end of whatever ran: its value, which is taken over, then the microtasks. Whether nothing was thrown. */
static bool snap_wasi_settle(JSContext *ctx, JSValue value)
{
    bool is_well = !JS_IsException(value);
    uint32_t count;

    if (!is_well)
        snap_wasi_tell(ctx, JS_GetException(ctx), "Uncaught ");
    JS_FreeValue(ctx, value);
    is_well &= snap_wasi_check(ctx, snap_drain_jobs(ctx, &count));
    return snap_wasi_check_rejections(ctx) && is_well;
}

/* ---- running ---- */

/* Begins a module. What it throws before it waits is thrown here, and what it throws later is a rejection. */
static JSValue snap_wasi_start_module(JSContext *ctx, JSValueConst code, JSValueConst name)
{
    JSValue promise = snap_module_eval(ctx, code, name), watched;

    if (JS_IsException(promise))
        return promise;
    if (JS_PromiseState(ctx, promise) == JS_PROMISE_REJECTED) {
        JSValue reason = JS_PromiseResult(ctx, promise);
        snap_rejection_forget(ctx, promise);
        JS_FreeValue(ctx, promise);
        return JS_Throw(ctx, reason);
    }
    watched = snap_reactor_ask(ctx, snap_wasi_program, "watch", promise);
    JS_FreeValue(ctx, promise);
    return watched;
}

/* Code, its name, and whether it is a module; whether nothing was thrown. */
static bool snap_wasi_run_code(JSContext *ctx, JSValueConst code, JSValueConst name, bool is_module)
{
    return snap_wasi_settle(ctx, is_module ? snap_wasi_start_module(ctx, code, name) : snap_wasi_run(ctx, code, JS_ToCString(ctx, name), 0));
}

/* The programs of a command line, one after the other, until one throws. */
static bool snap_wasi_run_programs(JSContext *ctx, JSValueConst programs)
{
    bool is_well = true;

    while (is_well) {
        JSValue program = snap_reactor_ask(ctx, snap_wasi_program, "next", programs);
        if (!JS_IsObject(program)) {
            is_well = snap_wasi_settle(ctx, program);
            break;
        }
        JSValue code = JS_GetPropertyUint32(ctx, program, 0), name = JS_GetPropertyUint32(ctx, program, 1), is_module = JS_GetPropertyUint32(ctx, program, 2);
        is_well = snap_wasi_run_code(ctx, code, name, JS_ToBool(ctx, is_module));
        JS_FreeValue(ctx, code);
        JS_FreeValue(ctx, name);
        JS_FreeValue(ctx, is_module);
        JS_FreeValue(ctx, program);
    }
    return is_well;
}

/* The engine, seeded by the host's chance; false when there is no memory. */
static bool snap_wasi_initialize(void)
{
    uint64_t seed = 1;
    __wasi_errno_t error;

    snap_system = &snap_wasi_host;
    if (snap_initialize(UINT32_MAX, UINT32_MAX) != SNAP_STATUS_OK)
        return false;
    error = __wasi_random_get((uint8_t *)&seed, sizeof seed);
    (void)error;   /* without any, Math.random() begins with the same number each time */
    snap_begin(seed);
    snap_control.timezone = 0;
    snap_set_stack_limit(SNAP_WASI_STACK);
    return true;
}

static JSValue snap_wasi_words(JSContext *ctx, int argc, char **argv)
{
    JSValue words = JS_NewArray(ctx);

    for (int i = 0; i < argc && !JS_IsException(words); i++)
        if (snap_system_add(ctx, words, (uint32_t)i, JS_NewString(ctx, argv[i])) < 0) {
            JS_FreeValue(ctx, words);
            return JS_EXCEPTION;
        }
    return words;
}

int32_t qjs_init_argv(int32_t argc, char **argv)
{
    JSValue words, programs;
    bool is_well = false;

    if (snap_wasi_has_begun)
        return QJS_FAILED;
    snap_wasi_has_begun = true;
    if (!snap_wasi_initialize())
        return QJS_FAILED;
    snap_enter();
    snap_wasi_program = snap_reactor_new(snap_context, snap_wasi_native(snap_context));
    if (JS_IsException(snap_wasi_program)) {
        snap_wasi_program = JS_UNDEFINED;
    } else {
        words = snap_wasi_words(snap_context, argc, argv);
        programs = JS_IsException(words) ? JS_EXCEPTION : snap_reactor_ask(snap_context, snap_wasi_program, "begin", words);
        is_well = JS_IsException(programs) ? snap_wasi_settle(snap_context, programs) : snap_wasi_run_programs(snap_context, programs);
        if (!JS_IsException(programs))
            JS_FreeValue(snap_context, programs);
        JS_FreeValue(snap_context, words);
    }
    snap_leave(SNAP_STATUS_OK);
    return is_well ? 0 : QJS_FAILED;
}

int32_t qjs_init(void)
{
    char name[] = "qjs", *words[] = { name };
    return qjs_init_argv(1, words);
}

uint32_t qjs_get_context(void)
{
    return JS_IsUndefined(snap_wasi_program) ? 0 : (uint32_t)(uintptr_t)snap_context;
}

int32_t qjs_eval(const char *code, uint32_t length, const char *filename, int32_t is_module)
{
    JSValue source, name;
    bool is_well;

    if (JS_IsUndefined(snap_wasi_program))
        return QJS_FAILED;
    snap_enter();
    source = JS_NewStringLen(snap_context, code, length);
    name = JS_NewString(snap_context, filename ? filename : "<eval>");
    is_well = JS_IsException(source) || JS_IsException(name) ? snap_wasi_settle(snap_context, JS_EXCEPTION)
                                                             : snap_wasi_run_code(snap_context, source, name, is_module);
    JS_FreeValue(snap_context, name);
    JS_FreeValue(snap_context, source);
    snap_leave(SNAP_STATUS_OK);
    return is_well ? 0 : QJS_FAILED;
}

/* Milliseconds until the first timer, or what there is to do without one. */
static int snap_wasi_wait(JSContext *ctx)
{
    JSValue is_waiting;
    double left;
    int wait = QJS_IDLE;

    if (JS_IsJobPending(snap_runtime))
        return QJS_MORE;
    if (snap_timers.count) {
        left = ceil(snap_control.next_timer - snap_now());
        return left <= 0 ? QJS_MORE : left < SNAP_WAIT_LONGEST ? (int)left : SNAP_WAIT_LONGEST;
    }
    is_waiting = snap_reactor_ask(ctx, snap_wasi_program, "isWaiting", JS_UNDEFINED);
    if (JS_IsException(is_waiting))
        wait = snap_wasi_settle(ctx, is_waiting) ? QJS_IDLE : QJS_THROWN;
    else if (JS_ToBool(ctx, is_waiting))
        wait = SNAP_WAIT_LONGEST;
    return wait;
}

int32_t qjs_loop_once(void)
{
    bool is_well;
    int wait;

    if (JS_IsUndefined(snap_wasi_program))
        return QJS_IDLE;
    snap_enter();
    is_well = snap_wasi_settle(snap_context, JS_UNDEFINED);
    if (!JS_IsJobPending(snap_runtime) && snap_timers.count && snap_timers.timers[0]->deadline <= snap_now()) {
        is_well &= snap_wasi_check(snap_context, snap_timer_fire(snap_context, snap_timers.timers[0]));
        is_well &= snap_wasi_check_rejections(snap_context);
    }
    wait = snap_wasi_wait(snap_context);
    snap_leave(SNAP_STATUS_OK);
    return is_well ? wait : QJS_THROWN;
}

/* Calls the handlers of [kind, descriptor] each; whether none has thrown. */
static bool snap_wasi_serve(JSContext *ctx, JSValueConst ready)
{
    bool is_well = true;
    int64_t count = 0;

    if (JS_GetLength(ctx, ready, &count) < 0)
        return snap_wasi_settle(ctx, JS_EXCEPTION);
    for (int64_t i = 0; i < count; i++) {
        JSValue item = JS_GetPropertyInt64(ctx, ready, i);
        is_well &= snap_wasi_settle(ctx, JS_IsException(item) ? item : snap_reactor_ask(ctx, snap_wasi_program, "call", item));
        JS_FreeValue(ctx, item);
    }
    return is_well;
}

int32_t qjs_poll_io(int32_t milliseconds)
{
    JSValue ready;
    int result = 0;

    if (JS_IsUndefined(snap_wasi_program))
        return QJS_FAILED;
    snap_enter();
    ready = snap_reactor_ask(snap_context, snap_wasi_program, "ready", JS_MKVAL(JS_TAG_INT, milliseconds));
    if (JS_IsException(ready)) {
        snap_wasi_settle(snap_context, ready);
        result = QJS_FAILED;
    } else {
        result = snap_wasi_serve(snap_context, ready) ? 0 : QJS_THROWN;
        JS_FreeValue(snap_context, ready);
    }
    snap_leave(SNAP_STATUS_OK);
    return result;
}

void qjs_destroy(void)
{
    JSValue program = snap_wasi_program;

    snap_wasi_program = JS_UNDEFINED;
    if (!JS_IsUndefined(program))
        JS_FreeValue(snap_context, program);
}
#endif
