/* wasi_reactor.h: the program of reactor.c, where WASI answers. */
#ifdef __wasm__
#include "wasi_reactor.h"

#define SNAP_WAIT_LONGEST 0x7fffffff
#define SNAP_JOBS_A_TURN 10000
#define SNAP_TELL_ROOM (64 * 1024)
#define SNAP_WASI_STACK (96 * 1024)     /* a limit that the machine's stack of Node has room for, where no other is given */

/* What qjs_loop_once and qjs_poll_io return, besides milliseconds */
enum { QJS_MORE = 0, QJS_IDLE = -1, QJS_FAILED = -1, QJS_THROWN = -2 };

static JSValue snap_wasi_program = JS_UNDEFINED;   /* of engine/reactor, as long as there is one */
static bool snap_wasi_has_begun;

/* ---- what the engine asks of its host ---- */

static double snap_wasi_clock(void)
{
    __wasi_timestamp_t nanoseconds = 0;
    return __wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1000, &nanoseconds) == __WASI_ERRNO_SUCCESS ? (double)nanoseconds / 1e6 : snap_control.latest_time;
}

static void snap_wasi_write(uint32_t stream, const uint8_t *text, size_t length)
{
    while (length) {
        const __wasi_ciovec_t part = { text, length };
        __wasi_size_t count;
        if (snap_system_send(stream, &part, &count) != __WASI_ERRNO_SUCCESS || count > length)
            return;   /* nobody is there to be told */
        text += count;
        length -= count;
    }
}

static JSValue snap_wasi_is_there(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value; (void)argc;
    return JS_NewBool(ctx, snap_module_loaded(ctx, argv[0], JS_UNDEFINED) != NULL);
}

/* As snap_module_ask() */
static uint32_t snap_wasi_module(JSContext *ctx, const snap_wanted *wanted, uint32_t mode, JSValue *answer)
{
    JSValue type = JS_IsObject(wanted->attributes) ? JS_GetPropertyStr(ctx, wanted->attributes, "type") : JS_UNDEFINED;
    JSValue values[] = { JS_DupValue(ctx, wanted->specifier), JS_DupValue(ctx, wanted->importer), type, JS_NewCFunction(ctx, snap_wasi_is_there, "", 1),
                         JS_NewBool(ctx, mode & SNAP_IMPORT_RESOLVE) };
    JSValue question = JS_IsException(type) ? JS_EXCEPTION : JS_NewArrayFrom(ctx, countof(values), values), found;

    for (uint32_t i = 0; i < SNAP_ANSWER_SIZE; i++)
        answer[i] = JS_NULL;
    found = JS_IsException(question) ? JS_EXCEPTION : snap_reactor_ask(ctx, snap_wasi_program, "module", question);
    JS_FreeValue(ctx, question);
    if (JS_IsException(found))
        return SNAP_STATUS_EXCEPTION;
    for (uint32_t i = 0; i <= SNAP_ANSWER_SOURCE; i++)
        answer[i] = JS_GetPropertyUint32(ctx, found, i);
    JS_FreeValue(ctx, found);
    return SNAP_STATUS_OK;
}

/* Random bytes; nothing else that the web platform asks of its host is here. Throws. */
static JSValue snap_wasi_call(JSContext *ctx, int argc, JSValueConst *argv)
{
    const char *service = JS_ToCString(ctx, argv[0]);
    JSValue answer = JS_EXCEPTION;
    uint32_t length;
    uint8_t *bytes;

    if (!service)
        return JS_EXCEPTION;
    if (argc < 2 || strcmp(service, "<crypto>") || !JS_IsNumber(argv[1])) {
        JS_ThrowTypeError(ctx, "%s is not available: the host is WASI", service);
    } else if (JS_ToUint32(ctx, &length, argv[1]) == 0) {
        bytes = js_malloc(ctx, length ? length : 1);
        if (bytes && __wasi_random_get(bytes, length) == __WASI_ERRNO_SUCCESS)
            answer = JS_NewUint8ArrayCopy(ctx, bytes, length);
        else if (bytes)
            JS_ThrowInternalError(ctx, "the host has no random bytes");
        js_free(ctx, bytes);
    }
    JS_FreeCString(ctx, service);
    return answer;
}

static const snap_system_host snap_wasi_host = { snap_wasi_clock, snap_wasi_write, snap_wasi_module, snap_wasi_call };

/* ---- what the program finds in `native.system`, besides the calls of WASI ---- */

static JSValue snap_wasi_collect(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value; (void)argc; (void)argv;
    JS_RunGC(JS_GetRuntime(ctx));
    return JS_UNDEFINED;
}

/* system.limit(bytes of memory, bytes of stack); 0: no limit, and SNAP_WASI_STACK */
static JSValue snap_wasi_limit(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int64_t memory, stack;
    (void)this_value; (void)argc;

    if (JS_ToInt64(ctx, &memory, argv[0]) < 0 || JS_ToInt64(ctx, &stack, argv[1]) < 0)
        return JS_EXCEPTION;
    snap_set_memory_limit((uint64_t)memory);
    snap_set_stack_limit(!stack ? SNAP_WASI_STACK : stack < SNAP_STACK_MAXIMUM ? (uint32_t)stack : SNAP_STACK_MAXIMUM);
    return JS_UNDEFINED;
}

static JSValue snap_wasi_run(JSContext *ctx, JSValueConst code, const char *name, uint32_t flags)
{
    JSValue value = name ? snap_eval_source(ctx, code, name, flags) : JS_EXCEPTION;
    JS_FreeCString(ctx, name);
    return value;
}

/* system.runScript(code, name): what it evaluates to */
static JSValue snap_wasi_run_script(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value; (void)argc;
    return snap_wasi_run(ctx, argv[0], JS_ToCString(ctx, argv[1]), 0);
}

/* system.runAsync(code): a promise of it; `await` is allowed at the top */
static JSValue snap_wasi_run_async(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value; (void)argc;
    return snap_eval_source(ctx, argv[0], "<evalScript>", SNAP_RUN_ASYNC);
}

/* Whether it compiles with these flags. */
static bool snap_wasi_compiles(JSContext *ctx, const char *text, size_t length, int flags)
{
    struct list_head *last = ctx->loaded_modules.prev;
    JSValue compiled = JS_Eval(ctx, text, length, "<input>", flags | JS_EVAL_FLAG_COMPILE_ONLY);

    if (JS_IsException(compiled)) {
        snap_modules_disown_new(ctx, last);
        snap_forget_exception(ctx);
        return false;
    }
    JS_FreeValue(ctx, compiled);
    if (flags & JS_EVAL_TYPE_MODULE)
        js_free_module_def(ctx, JS_VALUE_GET_PTR(compiled));
    return true;
}

/* system.isModule(code): whether it compiles as a module and as nothing else */
static JSValue snap_wasi_is_module(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    bool is_module;
    (void)this_value; (void)argc;

    if (!text)
        return JS_EXCEPTION;
    is_module = !snap_wasi_compiles(ctx, text, length, JS_EVAL_TYPE_GLOBAL) && snap_wasi_compiles(ctx, text, length, JS_EVAL_TYPE_MODULE);
    JS_FreeCString(ctx, text);
    return JS_NewBool(ctx, is_module);
}

static const JSCFunctionListEntry snap_wasi_functions[] = {
    JS_CFUNC_DEF("collect", 0, snap_wasi_collect),
    JS_CFUNC_DEF("limit", 2, snap_wasi_limit),
    JS_CFUNC_DEF("runScript", 2, snap_wasi_run_script),
    JS_CFUNC_DEF("runAsync", 1, snap_wasi_run_async),
    JS_CFUNC_DEF("isModule", 1, snap_wasi_is_module),
};

/* Throws. */
static JSValue snap_wasi_native(JSContext *ctx)
{
    JSValue native = snap_reactor_native(ctx), system = JS_NewObjectProto(ctx, JS_NULL);

    if (!JS_IsException(native) && !JS_IsException(system) &&
        JS_SetPropertyFunctionList(ctx, system, snap_system_functions, countof(snap_system_functions)) >= 0 &&
        JS_SetPropertyFunctionList(ctx, system, snap_wasi_functions, countof(snap_wasi_functions)) >= 0 &&
        snap_define_value(ctx, system, "version", JS_NewString(ctx, JS_GetVersion())) == 0 &&
        snap_define_value(ctx, native, "system", JS_DupValue(ctx, system)) == 0) {
        JS_FreeValue(ctx, system);
        return native;
    }
    JS_FreeValue(ctx, system);
    JS_FreeValue(ctx, native);
    return JS_EXCEPTION;
}

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
    uint64_t seeds[3] = { 1 };
    __wasi_errno_t error;

    snap_system = &snap_wasi_host;
    if (snap_initialize(UINT32_MAX, UINT32_MAX) != SNAP_STATUS_OK)
        return false;
    error = __wasi_random_get((uint8_t *)seeds, sizeof seeds);
    (void)error;   /* without any, Math.random() begins with the same number each time */
    snap_begin(seeds[0]);
    snap_control.timezone = 0;
    snap_jobs_budget = SNAP_JOBS_A_TURN;
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
