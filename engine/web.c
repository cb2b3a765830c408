/* The web platform of a realm: what its global object has beside the language. A part is C, or a script of engine/web. Scripts are evaluated
 * when the realm is made; they share one object, `web`, which no program reaches. */

/* The JavaScript of the scripts is written for a whole language. */
#define SNAP_WEB_SCRIPTS_NEED \
    (SNAP_INTRINSIC_DATE | SNAP_INTRINSIC_EVAL | SNAP_INTRINSIC_REGEXP | SNAP_INTRINSIC_JSON | SNAP_INTRINSIC_PROXY | SNAP_INTRINSIC_MAP_SET | \
     SNAP_INTRINSIC_TYPED_ARRAYS | SNAP_INTRINSIC_PROMISE | SNAP_INTRINSIC_BIG_INT | SNAP_INTRINSIC_WEAK_REF | SNAP_INTRINSIC_DOM_EXCEPTION)

#define SNAP_WEB_WITH_SCRIPTS (~(uint32_t)(SNAP_WEB_CONSOLE | SNAP_WEB_TIMERS | SNAP_WEB_MICROTASK | SNAP_WEB_PERFORMANCE))

/* ---- what scripts find in `web` ---- */

/* web.define(members), web.operations(members): makes each a property of the global object. The magic is its flags: Web IDL has interfaces not
 * enumerable, and operations enumerable. */
static JSValue snap_web_define(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int flags)
{
    JSPropertyEnum *names;
    uint32_t count;
    int status = 0;
    (void)this_value;
    (void)argc;

    if (JS_GetOwnPropertyNames(ctx, &names, &count, argv[0], JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return JS_EXCEPTION;
    for (uint32_t i = 0; i < count && status >= 0; i++) {
        JSValue value = JS_GetProperty(ctx, argv[0], names[i].atom);
        status = JS_IsException(value) ? -1 : 0;
        if (status >= 0 && !(flags & JS_PROP_ENUMERABLE) && JS_IsObject(value))
            status = snap_platform_declare(ctx, value);
        if (status >= 0)
            status = JS_DefinePropertyValue(ctx, ctx->global_obj, names[i].atom, js_dup(value), flags);
        JS_FreeValue(ctx, value);
    }
    JS_FreePropertyEnum(ctx, names, count);
    return status < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

/* web.request(service, ...arguments): a promise of what the host's service answers, a pending call like those of programs. */
static JSValue snap_web_request(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_pending_call *call;
    (void)this_value;

    if (snap_system)
        return snap_system->call(ctx, argc, argv);
    call = snap_pending_add(ctx, argv[0], 0, argc - 1, argv + 1);
    return call ? JS_DupValue(ctx, call->promise) : JS_EXCEPTION;
}

/* web.call(service, ...arguments): what the host's service answers at once. */
static JSValue snap_web_call(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const snap_host_entry service = { .name = argv[0] };   /* for the error where there is none */
    snap_buffer message = { 0 };
    bool has_references = false;
    uint32_t status;
    (void)this_value;

    if (snap_system)
        return snap_system->call(ctx, argc, argv);
    if (snap_encode_arguments(ctx, &message, 0, argc, argv, &has_references) < 0) {
        snap_buffer_free(&message);
        return JS_EXCEPTION;
    }
    status = snap_host_request(SNAP_HOST_SERVICE, message.data, message.size, has_references ? SNAP_RESULT_HAS_REFERENCES : 0);
    if (status == SNAP_STATUS_UNANSWERED)
        snap_visit_handles(&message, snap_handle_drop);   /* the host has not seen them */
    snap_buffer_free(&message);
    return snap_host_answer(ctx, status, &service);
}

static const JSCFunctionListEntry snap_web_members[] = {
    JS_CFUNC_MAGIC_DEF("define", 1, snap_web_define, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE),
    JS_CFUNC_MAGIC_DEF("operations", 1, snap_web_define, JS_PROP_C_W_E),
    JS_CFUNC_DEF("request", 1, snap_web_request),
    JS_CFUNC_DEF("call", 1, snap_web_call),
};

/* `native` is for what C has for scripts, `npm` for what packages export. Throws. */
static JSValue snap_web_object(JSContext *ctx)
{
    static const char *const places[] = { "native", "npm" };
    JSValue web = JS_NewObjectProto(ctx, JS_NULL);
    int status = JS_IsException(web) ? -1 : JS_SetPropertyFunctionList(ctx, web, snap_web_members, countof(snap_web_members));

    for (size_t i = 0; i < countof(places) && status >= 0; i++)
        status = snap_define_value(ctx, web, places[i], JS_NewObjectProto(ctx, JS_NULL));
    if (status >= 0)
        return web;
    JS_FreeValue(ctx, web);
    return JS_EXCEPTION;
}

/* ---- parts ---- */

static int snap_add_performance(JSContext *ctx, JSValueConst web)
{
    (void)web;
    return JS_AddPerformance(ctx);
}

/* Each is added to a realm that has one of its areas and all of its intrinsics; -1 and throws. */
static const struct {
    uint32_t areas, intrinsics;
    int (*add)(JSContext *ctx, JSValueConst web);
} snap_web_parts[] = {
    { SNAP_WEB_EVENTS, 0, snap_add_events },
    { SNAP_WEB_PERFORMANCE, SNAP_INTRINSIC_PERFORMANCE, snap_add_performance },
    { SNAP_WEB_CONSOLE, 0, snap_add_console },
    { SNAP_WEB_TIMERS, 0, snap_add_timers },
    { SNAP_WEB_WITH_SCRIPTS, SNAP_WEB_SCRIPTS_NEED, snap_add_serializers },
    { SNAP_WEB_ENCODING, SNAP_INTRINSIC_TYPED_ARRAYS, snap_add_encoding },
    { SNAP_WEB_STRUCTURED_CLONE, SNAP_INTRINSIC_DOM_EXCEPTION, snap_add_structured_clone },
    { SNAP_WEB_CRYPTO, SNAP_INTRINSIC_TYPED_ARRAYS, snap_add_randomness },
    { SNAP_WEB_STREAMS, 0, snap_add_slots },
    { SNAP_WEB_COMPRESSION, SNAP_INTRINSIC_TYPED_ARRAYS, snap_add_compression },
    { SNAP_WEB_URL, 0, snap_add_url },
};

/* ---- scripts ---- */

static int snap_web_run(JSContext *ctx, const snap_web_script *script, JSValueConst web)
{
    JSValue function = snap_web_function(ctx, script), result;

    if (JS_IsException(function))
        return -1;
    result = JS_Call(ctx, function, JS_UNDEFINED, 1, &web);
    JS_FreeValue(ctx, function);
    JS_FreeValue(ctx, result);
    return JS_IsException(result) ? -1 : 0;
}

/* They are ours, and end: no interrupt is for them. Nor is the heap's limit, which the engine's compiler does not always respect without harm.
 * Whether there was room is asked afterwards. */
static int snap_web_run_all(JSContext *ctx, uint32_t areas, JSValueConst web)
{
    JSInterruptHandler *handler = snap_runtime->interrupt_handler;
    size_t limit = snap_heap.limit;
    int status = 0;

    snap_heap.limit = 0;
    JS_SetInterruptHandler(snap_runtime, NULL, NULL);
    for (const snap_web_script *script = snap_web_scripts; script->name && status == 0; script++)
        if (script->areas & areas)
            status = snap_web_run(ctx, script, web);
    JS_SetInterruptHandler(snap_runtime, handler, NULL);
    snap_heap.limit = limit;
    if (status == 0 && !snap_heap_admits(0)) {
        snap_throw_no_memory(ctx);
        return -1;
    }
    return status;
}

/* ---- a realm's ---- */

/* -1 and throws. */
static int snap_delete_global(JSContext *ctx, const char *name)
{
    JSAtom atom = JS_NewAtom(ctx, name);
    int deleted = atom == JS_ATOM_NULL ? -1 : JS_DeleteProperty(ctx, ctx->global_obj, atom, 0);

    JS_FreeAtom(ctx, atom);
    return deleted < 0 ? -1 : 0;
}

/* -1 and throws. */
static int snap_add_web(JSContext *ctx, uint32_t intrinsics, uint32_t areas)
{
    JSValue web = snap_web_object(ctx);
    int status = JS_IsException(web) ? -1 : 0;

    for (size_t i = 0; i < countof(snap_web_parts) && status == 0; i++)
        if ((snap_web_parts[i].areas & areas) && (snap_web_parts[i].intrinsics & ~intrinsics) == 0)
            status = snap_web_parts[i].add(ctx, web);
    if (status == 0 && (SNAP_WEB_SCRIPTS_NEED & ~intrinsics) == 0)
        status = snap_web_run_all(ctx, areas, web);
    JS_FreeValue(ctx, web);
    return status < 0 || areas & SNAP_WEB_MICROTASK ? status : snap_delete_global(ctx, "queueMicrotask");
}
