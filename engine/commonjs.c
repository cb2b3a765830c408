/* CommonJS modules, as Node runs them: `module.exports`, and cycles that see what is there so far. */

/* ---- the names of a file ---- */

/* The name as an absolute path. */
static JSValue snap_commonjs_filename(JSContext *ctx, JSValueConst name)
{
    const char *text = JS_ToCString(ctx, name);
    JSValue path = !text ? JS_EXCEPTION : *text == '/' ? JS_DupValue(ctx, name)
                 : JS_ConcatString(ctx, js_new_string8_len(ctx, "/", 1), JS_DupValue(ctx, name));

    JS_FreeCString(ctx, text);
    return path;
}

static JSValue snap_commonjs_dirname(JSContext *ctx, JSValueConst filename)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, filename);
    JSValue folder;

    if (!text)
        return JS_EXCEPTION;
    while (length > 1 && text[length - 1] != '/')
        length--;
    folder = JS_NewStringLen(ctx, text, length > 1 ? length - 1 : 1);
    JS_FreeCString(ctx, text);
    return folder;
}

/* ---- a file that runs ---- */

/* A module object, registered. The exports are taken over, and may be JS_EXCEPTION; throws. */
static JSValue snap_commonjs_new(JSContext *ctx, JSValueConst name, JSValue exports)
{
    JSValue module = JS_NewObject(ctx), filename = snap_commonjs_filename(ctx, name);

    if (JS_IsException(module) ||
        snap_define_value(ctx, module, "exports", JS_DupValue(ctx, exports)) < 0 ||
        snap_define_value(ctx, module, "id", JS_DupValue(ctx, filename)) < 0 ||
        snap_define_value(ctx, module, "filename", JS_DupValue(ctx, filename)) < 0 ||
        snap_define_value(ctx, module, "path", snap_commonjs_dirname(ctx, filename)) < 0 ||
        snap_define_value(ctx, module, "loaded", JS_FALSE) < 0 ||
        snap_define_value(ctx, module, "children", JS_NewArray(ctx)) < 0 ||
        snap_define_value(ctx, module, "paths", JS_NewArray(ctx)) < 0 ||
        snap_commonjs_register(ctx, name, module) < 0) {
        JS_FreeValue(ctx, module);
        module = JS_EXCEPTION;
    }
    JS_FreeValue(ctx, filename);
    JS_FreeValue(ctx, exports);
    return module;
}

static const char snap_wrapper_head[] = "(function (exports, require, module, __filename, __dirname) {\n", snap_wrapper_tail[] = "\n})";

/* Whether the script is one function that is all of it, but for the parentheses: a file cannot end its wrapper and begin another. */
static bool snap_commonjs_is_whole(JSValueConst script, size_t length)
{
    const JSFunctionBytecode *outer = JS_VALUE_GET_PTR(script), *inner;

    if (outer->cpool_count != 1 || JS_VALUE_GET_TAG(outer->cpool[0]) != JS_TAG_FUNCTION_BYTECODE)
        return false;
    inner = JS_VALUE_GET_PTR(outer->cpool[0]);
    return inner->source && (size_t)inner->source_len == length - 2;
}

/* The file as a function. Its first line is line 1. */
static JSValue snap_commonjs_compile(JSContext *ctx, JSValueConst source, const char *name)
{
    size_t length, head = sizeof snap_wrapper_head - 1;
    const char *text = JS_ToCStringLen(ctx, &length, source);
    char *wrapped = text ? malloc(length + sizeof snap_wrapper_head + sizeof snap_wrapper_tail) : NULL;
    JSValue function = JS_EXCEPTION;

    if (wrapped) {
        memcpy(wrapped, snap_wrapper_head, head);
        memcpy(wrapped + head, text, length);
        memcpy(wrapped + head + length, snap_wrapper_tail, sizeof snap_wrapper_tail);
        if (length >= 2 && text[0] == '#' && text[1] == '!')
            memcpy(wrapped + head, "//", 2);
        length += head + sizeof snap_wrapper_tail - 1;
        function = JS_EvalInternal(ctx, ctx->global_obj, wrapped, length, name, 0, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY, -1);
        if (!JS_IsException(function) && !snap_commonjs_is_whole(function, length)) {
            JS_FreeValue(ctx, function);
            function = JS_ThrowSyntaxError(ctx, "unexpected '}' in %s: it closes nothing", name);
        }
        if (!JS_IsException(function))
            function = JS_EvalFunction(ctx, function);
    } else if (text) {
        snap_throw_no_memory(ctx);
    }
    free(wrapped);
    JS_FreeCString(ctx, text);
    return function;
}

/* Runs a file with its module object; -1 and throws. */
static int snap_commonjs_call(JSContext *ctx, JSValueConst module, JSValueConst name, JSValueConst source)
{
    const char *text = JS_ToCString(ctx, name);
    JSValue function = text ? snap_commonjs_compile(ctx, source, text) : JS_EXCEPTION, result = JS_EXCEPTION, arguments[5];

    JS_FreeCString(ctx, text);
    if (JS_IsException(function))
        return -1;
    arguments[0] = JS_GetPropertyStr(ctx, module, "exports");
    arguments[1] = snap_require_new(ctx, name);
    arguments[2] = JS_DupValue(ctx, module);
    arguments[3] = snap_commonjs_filename(ctx, name);
    arguments[4] = JS_IsException(arguments[3]) ? JS_EXCEPTION : snap_commonjs_dirname(ctx, arguments[3]);
    if (!JS_IsException(arguments[0]) && !JS_IsException(arguments[1]) && !JS_IsException(arguments[4]))
        result = JS_Call(ctx, function, arguments[0], countof(arguments), arguments);
    snap_free_values(ctx, arguments, countof(arguments));
    JS_FreeValue(ctx, function);
    JS_FreeValue(ctx, result);
    return JS_IsException(result) ? -1 : 0;
}

/* The exports of a file that has not run yet. One that throws is no module, and runs again when it is next required. */
static JSValue snap_commonjs_run(JSContext *ctx, JSValueConst name, JSValueConst source)
{
    JSValue module = snap_commonjs_new(ctx, name, JS_NewObject(ctx)), exports, error;

    if (JS_IsException(module))
        return module;
    if (snap_commonjs_call(ctx, module, name, source) == 0 && snap_define_value(ctx, module, "loaded", JS_TRUE) == 0) {
        exports = JS_GetPropertyStr(ctx, module, "exports");
    } else {
        error = JS_GetException(ctx);
        if (snap_commonjs_register(ctx, name, JS_UNDEFINED) < 0)
            snap_forget_exception(ctx);
        exports = JS_Throw(ctx, error);
    }
    JS_FreeValue(ctx, module);
    return exports;
}

/* The exports of a CommonJS module that an ES module has imported; runs it, if that has not come to it yet. */
static JSValue snap_commonjs_exports(JSContext *ctx, JSModuleDef *module)
{
    JSValue name = JS_AtomToString(ctx, module->module_name), found, exports, source;

    if (JS_IsException(name))
        return name;
    found = snap_commonjs_find(ctx, name);
    if (JS_IsObject(found)) {
        exports = JS_GetPropertyStr(ctx, found, "exports");
    } else if (JS_IsException(found)) {
        exports = found;
    } else {
        source = snap_module_kept(ctx, module, SNAP_MODULE_PAYLOAD);
        exports = JS_IsException(source) ? source : snap_commonjs_run(ctx, name, source);
        JS_FreeValue(ctx, source);
    }
    JS_FreeValue(ctx, found);
    JS_FreeValue(ctx, name);
    return exports;
}

/* ---- CommonJS imported by ES modules ---- */

/* What an ES module sees under this name: `default` and `module.exports` are all of it, others its properties of that name. */
static JSValue snap_commonjs_binding(JSContext *ctx, JSValueConst exports, JSAtom name)
{
    const char *text = JS_AtomToCString(ctx, name);
    bool is_all = text && (!strcmp(text, "default") || !strcmp(text, "module.exports"));
    JSValue value = JS_UNDEFINED;
    int has;

    JS_FreeCString(ctx, text);
    if (!text)
        return JS_EXCEPTION;
    if (is_all)
        return JS_DupValue(ctx, exports);
    has = JS_IsObject(exports) ? JS_GetOwnProperty(ctx, NULL, exports, name) : 0;
    if (has > 0)
        value = JS_GetProperty(ctx, exports, name);
    if ((has < 0 || JS_IsException(value)) && !JS_IsUncatchableError(snap_runtime->current_exception)) {
        snap_forget_exception(ctx);   /* as in Node: a getter that throws gives undefined */
        return JS_UNDEFINED;
    }
    return has < 0 ? JS_EXCEPTION : value;
}

static int snap_commonjs_evaluate(JSContext *ctx, JSModuleDef *module)
{
    JSValue exports = snap_commonjs_exports(ctx, module);
    int result = JS_IsException(exports) ? -1 : 0;

    for (int i = 0; result == 0 && i < module->export_entries_count; i++) {
        JSExportEntry *entry = &module->export_entries[i];
        JSValue value = snap_commonjs_binding(ctx, exports, entry->export_name);
        if (JS_IsException(value))
            result = -1;
        else
            set_value(ctx, entry->u.local.var_ref->pvalue, value);
    }
    JS_FreeValue(ctx, exports);
    if (result == 0)
        JS_FreeValue(ctx, snap_module_take_payload(ctx, module));
    return result;
}
