/* Running code: scripts, modules, bytecode, calls. */

static JSValue snap_unwrap_completion(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSProperty *property;
    (void)this_value;
    (void)argc;
    /* the engine made this object, {value: …}; read it without its prototype */
    if (!JS_IsObject(argv[0]) || !find_own_property(&property, JS_VALUE_GET_OBJ(argv[0]), JS_ATOM_value))
        return JS_UNDEFINED;
    return JS_DupValue(ctx, property->u.value);
}

/* The promise of an async script (taken over) settles with {value}; this one settles with the value, awaited. */
static JSValue snap_completion_promise(JSContext *ctx, JSValue evaluation)
{
    JSValue callback, promise;

    if (JS_IsException(evaluation))
        return evaluation;
    callback = JS_NewCFunction(ctx, snap_unwrap_completion, "", 1);
    promise = JS_IsException(callback) ? JS_EXCEPTION : JS_PromiseThen(ctx, evaluation, callback, JS_UNDEFINED);
    JS_FreeValue(ctx, callback);
    JS_FreeValue(ctx, evaluation);
    return promise;
}

static int snap_eval_flags(uint32_t flags)
{
    return (flags & SNAP_RUN_MODULE ? JS_EVAL_TYPE_MODULE : JS_EVAL_TYPE_GLOBAL) |
           (flags & SNAP_RUN_ASYNC ? JS_EVAL_FLAG_ASYNC : 0) | (flags & SNAP_RUN_STRICT ? JS_EVAL_FLAG_STRICT : 0) |
           (flags & SNAP_RUN_BARRIER ? JS_EVAL_FLAG_BACKTRACE_BARRIER : 0);
}

static JSValue snap_throw_no_eval(JSContext *ctx)
{
    return JS_ThrowTypeError(ctx, "eval is not supported: this realm was made without the EVAL intrinsic");
}

static JSValue snap_eval_source(JSContext *ctx, JSValueConst source, const char *name, uint32_t flags)
{
    size_t length;
    const char *text;
    JSValue value;

    if (!ctx->eval_internal)
        return snap_throw_no_eval(ctx);
    text = JS_ToCStringLen(ctx, &length, source);
    if (!text)
        return JS_EXCEPTION;
    value = JS_Eval(ctx, text, length, name, snap_eval_flags(flags));
    JS_FreeCString(ctx, text);
    return (flags & (SNAP_RUN_ASYNC | SNAP_RUN_WRAPPED)) == SNAP_RUN_ASYNC ? snap_completion_promise(ctx, value) : value;
}

/* A script's bytecode; NULL and throws. */
static uint8_t *snap_script_bytecode(JSContext *ctx, const char *text, size_t length, const char *name, uint32_t flags, int write_flags,
                                     size_t *size)
{
    JSValue compiled = JS_Eval(ctx, text, length, name, snap_eval_flags(flags) | JS_EVAL_FLAG_COMPILE_ONLY);
    uint8_t *bytecode;

    if (JS_IsException(compiled))
        return NULL;
    bytecode = JS_WriteObject(ctx, size, compiled, write_flags);
    JS_FreeValue(ctx, compiled);
    return bytecode;
}

/* Bytecode as bin. */
static uint32_t snap_result_compiled(JSContext *ctx, JSValueConst source, const char *name, uint32_t flags)
{
    int write_flags = JS_WRITE_OBJ_BYTECODE | (flags & SNAP_RUN_STRIP_SOURCE ? JS_WRITE_OBJ_STRIP_SOURCE : 0) |
                      (flags & SNAP_RUN_STRIP_DEBUG ? JS_WRITE_OBJ_STRIP_DEBUG : 0);
    size_t length, size;
    uint8_t *bytecode;
    const char *text;

    if (!ctx->eval_internal) {
        snap_throw_no_eval(ctx);
        return snap_result_exception(ctx);
    }
    text = JS_ToCStringLen(ctx, &length, source);
    if (!text)
        return snap_result_exception(ctx);
    if (flags & SNAP_RUN_MODULE)
        bytecode = snap_module_bytecode(ctx, text, length, name, write_flags, &size);
    else
        bytecode = snap_script_bytecode(ctx, text, length, name, flags, write_flags, &size);
    JS_FreeCString(ctx, text);
    if (!bytecode || snap_has_lost_exception(ctx)) {
        js_free(ctx, bytecode);
        return snap_result_exception(ctx);
    }
    snap_buffer_clear(&snap_output);
    snap_put_bin_header(&snap_output, (uint32_t)size);
    snap_put(&snap_output, bytecode, size);
    js_free(ctx, bytecode);
    return SNAP_STATUS_OK;
}

/* Runs the jobs of code that threw. What it threw stays the result, unless they are stopped. */
static uint32_t snap_drain_jobs_behind(JSContext *ctx)
{
    snap_buffer thrown = snap_output;
    uint32_t result_flags = snap_control.result_flags, count, status;

    memset(&snap_output, 0, sizeof snap_output);
    status = snap_drain_jobs(ctx, &count);
    if (status == SNAP_STATUS_EXCEPTION)
        snap_drop_result(status);
    snap_output_put(thrown, result_flags);
    if (status != SNAP_STATUS_INTERRUPTED)
        return SNAP_STATUS_EXCEPTION;
    snap_drop_result(SNAP_STATUS_EXCEPTION);
    return status;
}

/* The value (taken over) is the result once the jobs have run; what code threw comes first, then what a job threw. */
static uint32_t snap_result_after_jobs(JSContext *ctx, JSValue value, uint32_t flags)
{
    uint32_t status;

    if (JS_IsException(value)) {
        status = snap_result_exception(ctx);
        if (status == SNAP_STATUS_EXCEPTION && (flags & SNAP_RUN_JOBS) && snap_control.depth == 1 && JS_IsJobPending(snap_runtime))
            return snap_drain_jobs_behind(ctx);
        return status;
    }
    status = snap_drain_jobs_if(ctx, flags);
    if (status == SNAP_STATUS_OK)
        return snap_result_value(ctx, value, flags);
    JS_FreeValue(ctx, value);
    return status;
}

static uint32_t snap_eval_in(JSContext *ctx, uint32_t flags)
{
    JSValue input[2], value;
    const char *name;
    uint32_t count, status = snap_take_input(ctx, input, 2, &count);

    if (status != SNAP_STATUS_OK)
        return snap_result_undecoded(ctx, status);
    name = count == 2 ? JS_ToCString(ctx, input[1]) : NULL;
    if (!name) {
        snap_free_values(ctx, input, count);
        return count == 2 ? snap_result_exception(ctx) : snap_fail_with(SNAP_STATUS_MALFORMED, "expected [source, name]");
    }
    if (flags & SNAP_RUN_COMPILE_ONLY) {
        status = snap_result_compiled(ctx, input[0], name, flags);
        value = JS_UNDEFINED;
    } else {
        value = flags & SNAP_RUN_MODULE ? snap_module_eval(ctx, input[0], input[1]) : snap_eval_source(ctx, input[0], name, flags);
    }
    JS_FreeCString(ctx, name);
    snap_free_values(ctx, input, count);
    return flags & SNAP_RUN_COMPILE_ONLY ? status : snap_result_after_jobs(ctx, value, flags);
}

uint32_t snap_eval(uint32_t flags, uint32_t realm)
{
    JSContext *ctx = snap_realm(realm);

    snap_enter();
    return snap_leave(ctx ? snap_eval_in(ctx, flags) : SNAP_STATUS_INVALID);
}

/* The value of what was compiled (taken over); JS_EXCEPTION. */
static JSValue snap_run_compiled(JSContext *ctx, JSValue compiled)
{
    if (JS_IsException(compiled))
        return compiled;
    return JS_IsModule(compiled) ? snap_module_eval_compiled(ctx, compiled) : JS_EvalFunction(ctx, compiled);
}

/* A copy of the bin in the input, which what is loaded meanwhile would overwrite; NULL and *status. */
static uint8_t *snap_take_bytes(JSContext *ctx, size_t *size, uint32_t *status)
{
    const uint8_t *message = snap_input.data;
    size_t length = snap_control.input_length <= snap_input.capacity ? snap_control.input_length : 0, header = 0;
    uint8_t *bytes;

    *size = 0;
    if (length >= 2 && message[0] >= 0xc4 && message[0] <= 0xc6)
        header = snap_token_size(message, size);
    if (!header || header + *size != length) {
        *status = snap_fail_with(SNAP_STATUS_MALFORMED, "expected bytes");
        return NULL;
    }
    bytes = malloc(*size);
    if (bytes) {
        memcpy(bytes, message + header, *size);
    } else {
        snap_throw_no_memory(ctx);
        *status = snap_result_exception(ctx);
    }
    return bytes;
}

static uint32_t snap_eval_bytecode_in(JSContext *ctx, uint32_t flags)
{
    JSValue compiled;
    uint32_t status;
    size_t size;
    uint8_t *bytes = snap_take_bytes(ctx, &size, &status);

    if (!bytes)
        return status;
    compiled = JS_ReadObject(ctx, bytes, size, JS_READ_OBJ_BYTECODE);
    free(bytes);
    return snap_result_after_jobs(ctx, snap_run_compiled(ctx, compiled), flags);
}

uint32_t snap_eval_bytecode(uint32_t flags, uint32_t realm)
{
    JSContext *ctx = snap_realm(realm);

    snap_enter();
    return snap_leave(ctx ? snap_eval_bytecode_in(ctx, flags) : SNAP_STATUS_INVALID);
}

#define SNAP_ARGUMENTS_MAXIMUM 65535   /* the engine's own bound */
#define SNAP_ARGUMENTS_FEW 8

/* How many members the array at the start of the message claims to have; 0 when there is no array. */
static uint32_t snap_count_array(const uint8_t *message, uint32_t size)
{
    if (size && (message[0] & 0xf0) == 0x90)
        return message[0] & 0x0f;
    if (size >= 3 && message[0] == 0xdc)
        return (uint32_t)message[1] << 8 | message[2];
    if (size >= 5 && message[0] == 0xdd)
        return (uint32_t)message[1] << 24 | (uint32_t)message[2] << 16 | (uint32_t)message[3] << 8 | message[4];
    return 0;
}

/* The arguments of a call: in `few` when they fit, else in memory of their own, which the caller frees when it is not `few`. */
static uint32_t snap_take_arguments(JSContext *ctx, JSValue *few, JSValue **arguments, uint32_t *count)
{
    uint32_t given = snap_control.input_length <= snap_input.capacity ? snap_count_array(snap_input.data, snap_control.input_length) : 0;
    uint32_t status;

    *arguments = few;
    *count = 0;
    if (given > SNAP_ARGUMENTS_MAXIMUM) {
        JS_ThrowRangeError(ctx, "%u arguments are too many: a call takes at most %d", given, SNAP_ARGUMENTS_MAXIMUM);
        return SNAP_STATUS_EXCEPTION;
    }
    if (given > SNAP_ARGUMENTS_FEW) {
        *arguments = malloc(given * sizeof **arguments);
        if (!*arguments) {
            snap_throw_no_memory(ctx);
            return SNAP_STATUS_EXCEPTION;
        }
    }
    status = snap_take_input(ctx, *arguments, given > SNAP_ARGUMENTS_FEW ? given : SNAP_ARGUMENTS_FEW, count);
    if (status != SNAP_STATUS_OK && *arguments != few)
        free(*arguments);
    return status;
}

/* The realm of a function, in which its arguments are made. */
static JSContext *snap_realm_of(JSValueConst function)
{
    JSContext *ctx = JS_GetFunctionRealm(snap_context, function);

    if (ctx)
        return ctx;
    snap_forget_exception(snap_context);   /* a proxy that was revoked */
    return snap_context;
}

static uint32_t snap_call_in(JSContext *ctx, JSValueConst callee, JSValueConst this_value, uint32_t flags)
{
    JSValue few[SNAP_ARGUMENTS_FEW], *arguments, value;
    uint32_t count, status = snap_take_arguments(ctx, few, &arguments, &count);

    if (status != SNAP_STATUS_OK)
        return snap_result_undecoded(ctx, status);
    if (flags & SNAP_RUN_CONSTRUCT)
        value = JS_CallConstructor(ctx, callee, (int)count, arguments);
    else
        value = JS_Call(ctx, callee, this_value, (int)count, arguments);
    snap_free_values(ctx, arguments, count);
    if (arguments != few)
        free(arguments);
    return snap_result_after_jobs(ctx, value, flags);
}

uint32_t snap_call(snap_handle function, snap_handle receiver, uint32_t flags)
{
    JSContext *ctx;
    JSValue callee, this_value;
    uint32_t status;

    snap_enter();
    if (!function || !snap_value_of(function, JS_UNDEFINED, &callee) || !snap_value_of(receiver, JS_UNDEFINED, &this_value))
        return snap_leave(SNAP_STATUS_INVALID);
    ctx = snap_realm_of(callee);
    callee = JS_DupValue(ctx, callee);                   /* the host may release its handle meanwhile */
    this_value = JS_DupValue(ctx, this_value);
    status = snap_call_in(ctx, callee, this_value, flags);
    JS_FreeValue(ctx, callee);
    JS_FreeValue(ctx, this_value);
    return snap_leave(status);
}
