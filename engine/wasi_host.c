/* WASI in the place of snapjs: what the engine asks of its host, and what the program of reactor.c finds in `native.system`. */
#ifdef __wasm__

#define SNAP_WASI_STACK (96 * 1024)     /* a limit that the machine's stack of Node has room for, where no other is given */

static JSValue snap_wasi_program = JS_UNDEFINED;   /* of engine/reactor, as long as there is one */

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

static const JSCFunctionListEntry snap_system_functions[] = {
    JS_CFUNC_DEF("folders", 0, snap_system_folders),
    JS_CFUNC_DEF("environment", 0, snap_system_environment),
    JS_CFUNC_DEF("open", 5, snap_system_open),
    JS_CFUNC_DEF("close", 1, snap_system_close),
    JS_CFUNC_DEF("read", 3, snap_system_read),
    JS_CFUNC_DEF("write", 3, snap_system_write),
    JS_CFUNC_DEF("status", 3, snap_system_status),
    JS_CFUNC_DEF("list", 2, snap_system_list),
    JS_CFUNC_MAGIC_DEF("makeFolder", 2, snap_system_change, SNAP_MAKE_FOLDER),
    JS_CFUNC_MAGIC_DEF("removeFolder", 2, snap_system_change, SNAP_REMOVE_FOLDER),
    JS_CFUNC_MAGIC_DEF("unlink", 2, snap_system_change, SNAP_UNLINK),
    JS_CFUNC_MAGIC_DEF("rename", 3, snap_system_name, 0),
    JS_CFUNC_MAGIC_DEF("makeLink", 3, snap_system_name, 1),
    JS_CFUNC_DEF("linkTarget", 2, snap_system_link_target),
    JS_CFUNC_DEF("setTimes", 4, snap_system_set_times),
    JS_CFUNC_DEF("poll", 2, snap_system_poll),
    JS_CFUNC_DEF("exit", 1, snap_system_exit),
};

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
#endif
