/* `require`: what it finds, and what it makes of modules that are no CommonJS. */

static JSValue snap_require_throw_waiting(JSContext *ctx)
{
    return JS_ThrowTypeError(ctx, "require() cannot wait for what an asynchronous loader gives. Use import()");
}

/* ---- ES modules that are required ---- */

/* What code that a compiler made of ES modules expects where there is a default export: everything, and the mark `__esModule`. The namespace
 * is borrowed. */
static JSValue snap_require_marked(JSContext *ctx, JSModuleDef *module, JSValueConst namespace)
{
    JSValue marked = JS_NewObjectProto(ctx, JS_NULL), name = JS_AtomToString(ctx, module->module_name), registered;
    JSPropertyEnum *names = NULL;
    uint32_t count = 0;

    if (JS_IsException(marked) || JS_IsException(name) || snap_define_value(ctx, marked, "__esModule", JS_TRUE) < 0 ||
        JS_GetOwnPropertyNames(ctx, &names, &count, namespace, JS_GPN_STRING_MASK) < 0)
        goto fail;
    for (uint32_t i = 0; i < count; i++) {
        JSValue value = JS_GetProperty(ctx, namespace, names[i].atom);
        if (JS_IsException(value) || JS_DefinePropertyValue(ctx, marked, names[i].atom, value, JS_PROP_C_W_E) < 0)
            goto fail;
    }
    registered = snap_commonjs_new(ctx, name, JS_DupValue(ctx, marked));   /* the same, when it is required again */
    if (JS_IsException(registered))
        goto fail;
    JS_FreeValue(ctx, registered);
    JS_FreePropertyEnum(ctx, names, count);
    JS_FreeValue(ctx, name);
    return marked;
fail:
    JS_FreePropertyEnum(ctx, names, count);
    JS_FreeValue(ctx, name);
    JS_FreeValue(ctx, marked);
    return JS_EXCEPTION;
}

/* 1 or 0; -1 and throws. */
static int snap_has_named(JSContext *ctx, JSValueConst object, const char *name)
{
    JSAtom atom = JS_NewAtom(ctx, name);
    int has = atom ? JS_HasProperty(ctx, object, atom) : -1;

    JS_FreeAtom(ctx, atom);
    return has;
}

/* The namespace is borrowed. */
static JSValue snap_require_namespace(JSContext *ctx, JSModuleDef *module, JSValueConst namespace)
{
    const char *all = module->init_func ? "default" : "module.exports";
    int has_all = snap_has_named(ctx, namespace, all), has_default, is_marked;

    if (has_all)
        return has_all < 0 ? JS_EXCEPTION : JS_GetPropertyStr(ctx, namespace, all);
    has_default = snap_has_named(ctx, namespace, "default");
    is_marked = has_default > 0 ? snap_has_named(ctx, namespace, "__esModule") : 0;
    if (has_default < 0 || is_marked < 0)
        return JS_EXCEPTION;
    return has_default && !is_marked ? snap_require_marked(ctx, module, namespace) : JS_DupValue(ctx, namespace);
}

/* What a module of data is; the namespace of an ES module, or what it exports under the name that Node has for that. It must not wait for
 * anything. */
static JSValue snap_require_evaluated(JSContext *ctx, JSModuleDef *module, JSValue evaluation)
{
    JSPromiseStateEnum state = JS_PromiseState(ctx, evaluation);
    JSValue namespace, exports;

    JS_PromiseMarkAsHandled(ctx, evaluation);
    if (state == JS_PROMISE_REJECTED)
        JS_Throw(ctx, JS_PromiseResult(ctx, evaluation));
    else if (state == JS_PROMISE_PENDING)
        JS_ThrowTypeError(ctx, "require() cannot load an ES module that awaits at its top level, or imports one that does. Use import()");
    JS_FreeValue(ctx, evaluation);
    if (state != JS_PROMISE_FULFILLED)
        return JS_EXCEPTION;
    namespace = JS_GetModuleNamespace(ctx, module);
    exports = JS_IsException(namespace) ? JS_EXCEPTION : snap_require_namespace(ctx, module, namespace);
    JS_FreeValue(ctx, namespace);
    return exports;
}

static JSValue snap_require_module(JSContext *ctx, JSModuleDef *module)
{
    JSValueConst nobody[2] = { JS_UNDEFINED, JS_UNDEFINED };
    snap_load *load = snap_load_new(ctx, nobody);
    JSValue evaluation = JS_EXCEPTION;

    if (!load) {
        snap_modules_sweep(ctx);
        return JS_EXCEPTION;
    }
    snap_load_arrive(load, NULL, 0, module);
    if (snap_load_walk(load) == 0)
        evaluation = load->waiting ? snap_require_throw_waiting(ctx) : snap_module_run(ctx, module);
    if (JS_IsException(evaluation)) {
        snap_load_drop(load);
        return JS_EXCEPTION;
    }
    snap_load_free(load);
    return snap_require_evaluated(ctx, module, evaluation);
}

/* ---- what is required ---- */

/* A file that is not JavaScript: its value is what it exports. */
static JSValue snap_require_data(JSContext *ctx, JSValueConst name, JSValue value)
{
    JSValue module = JS_IsException(value) ? JS_EXCEPTION : snap_commonjs_new(ctx, name, JS_DupValue(ctx, value));

    if (JS_IsException(module)) {
        JS_FreeValue(ctx, value);
        return JS_EXCEPTION;
    }
    JS_FreeValue(ctx, module);
    return value;
}

static JSValue snap_require_of_kind(JSContext *ctx, const char *kind, const char *name, JSValueConst *answer, JSValueConst importer)
{
    JSValueConst source = answer[SNAP_ANSWER_SOURCE];
    JSModuleDef *module;

    if (!strcmp(kind, "cjs"))
        return snap_commonjs_run(ctx, answer[SNAP_ANSWER_NAME], source);
    if (!strcmp(kind, "json"))
        return snap_require_data(ctx, answer[SNAP_ANSWER_NAME], snap_parse_json(ctx, source, name));
    if (strcmp(kind, "js"))
        return snap_require_data(ctx, answer[SNAP_ANSWER_NAME], JS_DupValue(ctx, source));
    module = snap_module_compile(ctx, source, name, importer, answer[SNAP_ANSWER_URL]);
    return module ? snap_require_module(ctx, module) : JS_EXCEPTION;
}

static JSValue snap_require_answered(JSContext *ctx, JSValueConst *answer, JSValueConst importer)
{
    JSValue found = snap_commonjs_find(ctx, answer[SNAP_ANSWER_NAME]), exports = JS_EXCEPTION;
    const char *kind = NULL, *name;
    JSModuleDef *module;

    if (!JS_IsUndefined(found)) {
        exports = JS_IsException(found) ? found : JS_GetPropertyStr(ctx, found, "exports");
        JS_FreeValue(ctx, found);
        return exports;
    }
    module = snap_module_loaded(ctx, answer[SNAP_ANSWER_NAME], JS_UNDEFINED);
    if (module && module->init_func != snap_commonjs_evaluate)
        return snap_require_module(ctx, module);
    if (module && snap_commonjs_is_fresh(module))
        return snap_commonjs_exports(ctx, module);
    name = JS_HasException(ctx) ? NULL : JS_ToCString(ctx, answer[SNAP_ANSWER_NAME]);
    if (name && !JS_IsString(answer[SNAP_ANSWER_KIND]))
        snap_module_throw_gone(ctx, name);
    else if (name)
        kind = JS_ToCString(ctx, answer[SNAP_ANSWER_KIND]);
    if (kind)
        exports = snap_require_of_kind(ctx, kind, name, answer, importer);
    JS_FreeCString(ctx, kind);
    JS_FreeCString(ctx, name);
    return exports;
}

static JSValue snap_require_call(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    const snap_wanted wanted = { argv[0], data[0], JS_UNDEFINED };
    JSValue answer[SNAP_ANSWER_SIZE], exports = JS_EXCEPTION;
    uint32_t status;

    (void)this_value; (void)argc; (void)magic;
    if (!JS_IsString(argv[0]))
        return JS_ThrowTypeError(ctx, "require takes a string");
    ctx = snap_commonjs_realm(ctx, data[1]);
    if (!ctx)
        return JS_EXCEPTION;
    status = snap_module_ask_once(ctx, &wanted, SNAP_IMPORT_REQUIRE, answer);
    if (status == SNAP_STATUS_PENDING)
        snap_require_throw_waiting(ctx);
    else if (status == SNAP_STATUS_OK)
        exports = snap_require_answered(ctx, answer, data[0]);
    snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
    return exports;
}

/* ---- the function ---- */

static JSValue snap_require_resolve(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    (void)this_value; (void)argc; (void)magic;
    if (!JS_IsString(argv[0]))
        return JS_ThrowTypeError(ctx, "require.resolve takes a string");
    ctx = snap_commonjs_realm(ctx, data[1]);
    return ctx ? snap_module_resolved(ctx, argv[0], data[0], SNAP_IMPORT_REQUIRE) : JS_EXCEPTION;
}

static JSValue snap_require_new(JSContext *ctx, JSValueConst name)
{
    JSValue data[] = { (JSValue)name, snap_realm_table(ctx, SNAP_TABLE_REGISTRY) };
    JSValue require = JS_IsException(data[1]) ? JS_EXCEPTION
                    : JS_NewCFunctionData2(ctx, snap_require_call, "require", 1, 0, countof(data), data);

    if (!JS_IsException(require) &&
        (snap_define_value(ctx, require, "resolve", JS_NewCFunctionData2(ctx, snap_require_resolve, "resolve", 1, 0, countof(data), data)) < 0 ||
         snap_define_value(ctx, require, "main", JS_UNDEFINED) < 0 ||
         snap_define_value(ctx, require, "cache", JS_DupValue(ctx, data[1])) < 0)) {
        JS_FreeValue(ctx, require);
        require = JS_EXCEPTION;
    }
    JS_FreeValue(ctx, data[1]);
    return require;
}
