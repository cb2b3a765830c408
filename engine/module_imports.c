/* import(), and what the host imports. */

/* Begins to load what the specifier names; the promise's functions are borrowed. Whatever goes wrong is their rejection, but for -1, which
 * throws. */
static int snap_import(JSContext *ctx, JSValueConst *settle, JSValueConst specifier, JSValueConst importer, JSValueConst attributes)
{
    snap_load *load = snap_load_new(ctx, settle);
    JSValue answer[SNAP_ANSWER_SIZE];
    uint32_t status;
    int result = -1;

    if (!load)
        return -1;
    load->is_hosts = JS_IsNull(importer);
    status = snap_module_ask_once(ctx, specifier, importer, attributes, 0, answer);
    if (status == SNAP_STATUS_PENDING) {
        snap_fetch *fetch = snap_fetch_find(ctx, answer[SNAP_ANSWER_NAME], attributes);
        if (!fetch && !JS_HasException(ctx))
            fetch = snap_fetch_new(ctx, answer[SNAP_ANSWER_NAME], specifier, importer, attributes);
        result = fetch ? snap_wait_add(fetch, load, NULL, 0) : -1;
    } else if (status == SNAP_STATUS_OK) {
        load->root = load->arrived = snap_module_take(ctx, answer, importer, attributes);
        if (load->root)
            result = 0;
        else
            snap_module_blame(ctx, importer);
    }
    snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
    if (result < 0)
        snap_load_fail(load);
    else if (load->root)
        snap_load_advance(load);
    return 0;
}

/* In the place of the engine's own, which would have every module of the graph at once. */
static void snap_import_dynamically(JSContext *ctx, JSValueConst importer, JSValueConst specifier, JSValueConst *settle, JSValueConst attributes)
{
    if (snap_import(ctx, settle, specifier, importer, attributes) < 0) {
        JSValue error = JS_GetException(ctx);
        JS_FreeValue(ctx, JS_Call(ctx, settle[1], JS_UNDEFINED, 1, &error));
        JS_FreeValue(ctx, error);
    }
}

/* A promise of the namespace of a module that is there, but for what it imports. Throws, also where that cannot be had. */
static JSValue snap_module_promise(JSContext *ctx, JSModuleDef *module)
{
    JSValue settle[2], promise = JS_NewPromiseCapability(ctx, settle);
    snap_load *load;

    if (JS_IsException(promise))
        return promise;
    load = snap_load_new(ctx, settle);
    JS_FreeValue(ctx, settle[0]);
    JS_FreeValue(ctx, settle[1]);
    if (!load) {
        js_free_module_def(ctx, module);
        JS_FreeValue(ctx, promise);
        return JS_EXCEPTION;
    }
    load->root = load->arrived = module;
    load->is_hosts = true;
    snap_load_advance(load);
    if (JS_PromiseState(ctx, promise) != JS_PROMISE_REJECTED)
        return promise;
    JS_PromiseMarkAsHandled(ctx, promise);
    JS_Throw(ctx, JS_PromiseResult(ctx, promise));
    JS_FreeValue(ctx, promise);
    return JS_EXCEPTION;
}

/* A promise of the namespace of a module given by source, or by a specifier when `source` is null; throws. */
static JSValue snap_module_eval(JSContext *ctx, JSValueConst source, JSValueConst specifier)
{
    JSValue settle[2], promise;
    int result;

    if (!snap_has_promises(ctx))
        return JS_EXCEPTION;
    if (!JS_IsNull(source)) {
        const char *name = JS_ToCString(ctx, specifier);
        JSModuleDef *module = name ? snap_module_compile(ctx, source, name, JS_NULL, JS_NULL) : NULL;
        JS_FreeCString(ctx, name);
        return module ? snap_module_promise(ctx, module) : JS_EXCEPTION;
    }
    promise = JS_NewPromiseCapability(ctx, settle);
    if (JS_IsException(promise))
        return promise;
    result = snap_import(ctx, settle, specifier, JS_NULL, JS_UNDEFINED);
    JS_FreeValue(ctx, settle[0]);
    JS_FreeValue(ctx, settle[1]);
    if (result == 0)
        return promise;
    JS_FreeValue(ctx, promise);
    return JS_EXCEPTION;
}

/* A promise of the namespace of a module that was read from bytecode (taken over); throws. */
static JSValue snap_module_eval_compiled(JSContext *ctx, JSValue compiled)
{
    JSModuleDef *module = JS_VALUE_GET_PTR(compiled);

    JS_FreeValue(ctx, compiled);
    if (!snap_has_promises(ctx) || snap_module_set_meta(ctx, module, JS_NULL) < 0 || snap_module_keep(ctx, module, JS_NULL, JS_NULL) < 0) {
        js_free_module_def(ctx, module);
        return JS_EXCEPTION;
    }
    return snap_module_promise(ctx, module);
}
