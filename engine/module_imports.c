/* import(), and what the host imports. */

/* Begins to load what the specifier names; the promise's functions are borrowed. Whatever goes wrong is their rejection, but for -1, which
 * throws. */
static int snap_import(JSContext *ctx, JSValueConst *settle, const snap_wanted *wanted)
{
    snap_load *load = snap_load_new(ctx, settle);
    JSValue answer[SNAP_ANSWER_SIZE];
    uint32_t status;

    if (!load)
        return -1;
    load->is_hosts = JS_IsNull(wanted->importer);
    status = snap_module_ask_once(ctx, wanted, 0, answer);
    if (snap_load_take(load, NULL, 0, wanted, status, answer) < 0)
        snap_load_fail(load);
    else if (load->root)
        snap_load_advance(load);
    return 0;
}

/* In the place of the engine's own, which would have every module of the graph at once. */
static void snap_import_dynamically(JSContext *ctx, JSValueConst importer, JSValueConst specifier, JSValueConst *settle, JSValueConst attributes)
{
    const snap_wanted wanted = { specifier, importer, attributes };

    if (snap_import(ctx, settle, &wanted) < 0) {
        JSValue error = JS_GetException(ctx);
        JS_FreeValue(ctx, JS_Call(ctx, settle[1], JS_UNDEFINED, 1, &error));
        JS_FreeValue(ctx, error);
    }
}

/* Begins to load what a module imports that is there itself; -1 and throws, and the module is not there any more. */
static int snap_import_below(JSContext *ctx, JSValueConst *settle, JSModuleDef *module)
{
    snap_load *load = snap_load_new(ctx, settle);

    if (!load) {
        js_free_module_def(ctx, module);
        return -1;
    }
    load->is_hosts = true;
    snap_load_arrive(load, NULL, 0, module);
    if (snap_load_try(load) == 0)
        return 0;
    snap_load_drop(load);
    return -1;
}

/* For the host: a promise of the namespace of this module or, when it is NULL, of the one that the specifier names. Throws. */
static JSValue snap_import_for_host(JSContext *ctx, JSModuleDef *module, JSValueConst specifier)
{
    const snap_wanted wanted = { specifier, JS_NULL, JS_UNDEFINED };
    JSValue settle[2], promise = JS_NewPromiseCapability(ctx, settle);
    int result;

    if (JS_IsException(promise)) {
        if (module)
            js_free_module_def(ctx, module);
        return promise;
    }
    result = module ? snap_import_below(ctx, settle, module) : snap_import(ctx, settle, &wanted);
    JS_FreeValue(ctx, settle[0]);
    JS_FreeValue(ctx, settle[1]);
    if (result == 0)
        return promise;
    JS_FreeValue(ctx, promise);
    return JS_EXCEPTION;
}

/* A promise of the namespace of a module given by source, or by a specifier when `source` is null; throws. */
static JSValue snap_module_eval(JSContext *ctx, JSValueConst source, JSValueConst specifier)
{
    JSModuleDef *module = NULL;

    if (!snap_has_promises(ctx))
        return JS_EXCEPTION;
    if (!JS_IsNull(source)) {
        const char *name = JS_ToCString(ctx, specifier);
        module = name ? snap_module_compile(ctx, source, name, JS_NULL, JS_NULL) : NULL;
        JS_FreeCString(ctx, name);
        if (!module)
            return JS_EXCEPTION;
    }
    return snap_import_for_host(ctx, module, specifier);
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
    return snap_import_for_host(ctx, module, JS_UNDEFINED);
}
