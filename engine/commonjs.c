/* CommonJS modules, as Node runs them: `require`, `module.exports`, cycles that see what is there so far. Each realm has a registry, which
 * is `require.cache`: an object from names to module objects. */

static JSClassID snap_commonjs_class;   /* has no objects: its prototype in a realm is the registry */

static int snap_commonjs_initialize(JSContext *ctx)
{
    static const JSClassDef definition = { .class_name = "CommonJS" };
    JSRuntime *rt = JS_GetRuntime(ctx);

    JS_NewClassID(rt, &snap_commonjs_class);
    return JS_NewClass(rt, snap_commonjs_class, &definition);
}

static JSValue snap_commonjs_registry(JSContext *ctx)
{
    JSValue registry = JS_GetClassProto(ctx, snap_commonjs_class);

    if (JS_IsObject(registry))
        return registry;
    registry = JS_NewObjectProto(ctx, JS_NULL);
    if (!JS_IsException(registry))
        JS_SetClassProto(ctx, snap_commonjs_class, JS_DupValue(ctx, registry));
    return registry;
}

/* The module object of this name; JS_UNDEFINED: there is none. Throws. */
static JSValue snap_commonjs_find(JSContext *ctx, JSValueConst name)
{
    JSValue registry = snap_commonjs_registry(ctx), found = JS_EXCEPTION;
    JSAtom atom = JS_IsException(registry) ? JS_ATOM_NULL : JS_ValueToAtom(ctx, name);

    if (atom)
        found = JS_GetProperty(ctx, registry, atom);
    JS_FreeAtom(ctx, atom);
    JS_FreeValue(ctx, registry);
    return found;
}

/* Runs no code of the program, which can put getters there; without memory there is none. */
static bool snap_commonjs_has(JSContext *ctx, JSValueConst name)
{
    JSValueConst registry = ctx->class_proto[snap_commonjs_class];
    JSAtom atom = JS_IsObject(registry) ? JS_ValueToAtom(ctx, name) : JS_ATOM_NULL;
    JSProperty *property;
    JSShapeProperty *shape = atom ? find_own_property(&property, JS_VALUE_GET_OBJ(registry), atom) : NULL;

    JS_FreeAtom(ctx, atom);
    return shape && ((shape->flags & JS_PROP_TMASK) != JS_PROP_NORMAL || JS_IsObject(property->u.value));
}

/* The module object is borrowed; undefined removes it. -1 and throws. */
static int snap_commonjs_register(JSContext *ctx, JSValueConst name, JSValueConst module)
{
    JSValue registry = snap_commonjs_registry(ctx);
    JSAtom atom = JS_IsException(registry) ? JS_ATOM_NULL : JS_ValueToAtom(ctx, name);
    int result = -1;

    if (atom && JS_IsUndefined(module))
        result = JS_DeleteProperty(ctx, registry, atom, 0);
    else if (atom)
        result = JS_DefinePropertyValue(ctx, registry, atom, JS_DupValue(ctx, module), JS_PROP_C_W_E);
    JS_FreeAtom(ctx, atom);
    JS_FreeValue(ctx, registry);
    return result < 0 ? -1 : 0;
}

/* The realm whose registry this is: a function of C is called in the realm of its caller. NULL and throws. */
static JSContext *snap_commonjs_realm(JSContext *caller, JSValueConst registry)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->context_list) {
        JSContext *ctx = list_entry(element, JSContext, link);
        if (JS_IsStrictEqual(ctx, ctx->class_proto[snap_commonjs_class], registry))
            return ctx;
    }
    JS_ThrowTypeError(caller, "the realm of this require() is closed");
    return NULL;
}

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

/* ---- require ---- */

static JSValue snap_commonjs_require(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic, JSValueConst *data);

static JSValue snap_require_resolve(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    (void)this_value; (void)argc; (void)magic;
    if (!JS_IsString(argv[0]))
        return JS_ThrowTypeError(ctx, "require.resolve takes a string");
    ctx = snap_commonjs_realm(ctx, data[1]);
    return ctx ? snap_module_resolved(ctx, argv[0], data[0], SNAP_IMPORT_REQUIRE) : JS_EXCEPTION;
}

/* Taken over; -1 and throws. */
static int snap_define_value(JSContext *ctx, JSValueConst object, const char *name, JSValue value)
{
    return JS_IsException(value) || JS_DefinePropertyValueStr(ctx, object, name, value, JS_PROP_C_W_E) < 0 ? -1 : 0;
}

/* The function `require` of the module with this name. */
static JSValue snap_require_new(JSContext *ctx, JSValueConst name)
{
    JSValue data[] = { (JSValue)name, snap_commonjs_registry(ctx) };
    JSValue require = JS_IsException(data[1]) ? JS_EXCEPTION
                    : JS_NewCFunctionData2(ctx, snap_commonjs_require, "require", 1, 0, countof(data), data);

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

/* A module object, registered. */
static JSValue snap_commonjs_new(JSContext *ctx, JSValueConst name, JSValue exports)
{
    JSValue module = JS_NewObject(ctx), filename = snap_commonjs_filename(ctx, name);

    if (!JS_IsException(module) && !JS_IsException(filename) && !JS_IsException(exports) &&
        snap_define_value(ctx, module, "exports", JS_DupValue(ctx, exports)) == 0 && snap_define_value(ctx, module, "id", JS_DupValue(ctx, filename)) == 0 &&
        snap_define_value(ctx, module, "filename", JS_DupValue(ctx, filename)) == 0 &&
        snap_define_value(ctx, module, "path", snap_commonjs_dirname(ctx, filename)) == 0 && snap_define_value(ctx, module, "loaded", JS_FALSE) == 0 &&
        snap_define_value(ctx, module, "children", JS_NewArray(ctx)) == 0 && snap_define_value(ctx, module, "paths", JS_NewArray(ctx)) == 0 &&
        snap_commonjs_register(ctx, name, module) == 0) {
        JS_FreeValue(ctx, filename);
        JS_FreeValue(ctx, exports);
        return module;
    }
    JS_FreeValue(ctx, module);
    JS_FreeValue(ctx, filename);
    JS_FreeValue(ctx, exports);
    return JS_EXCEPTION;
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
    load->root = load->arrived = module;
    if (snap_load_walk(load) == 0) {
        if (load->waiting)
            JS_ThrowTypeError(ctx, "require() cannot wait for what an asynchronous loader gives. Use import()");
        else
            evaluation = snap_module_run(ctx, module);
    }
    snap_load_free(load);
    if (!JS_IsException(evaluation))
        return snap_require_evaluated(ctx, module, evaluation);
    snap_modules_sweep(ctx);
    return JS_EXCEPTION;
}

/* ---- what is required ---- */

static JSValue snap_commonjs_payload(JSContext *ctx, JSValueConst *answer)
{
    return JS_DupValue(ctx, answer[SNAP_ANSWER_SOURCE]);
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

static JSValue snap_commonjs_require(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    JSValue answer[SNAP_ANSWER_SIZE], exports = JS_EXCEPTION;
    uint32_t status;

    (void)this_value; (void)argc; (void)magic;
    if (!JS_IsString(argv[0]))
        return JS_ThrowTypeError(ctx, "require takes a string");
    ctx = snap_commonjs_realm(ctx, data[1]);
    if (!ctx)
        return JS_EXCEPTION;
    status = snap_module_ask_once(ctx, argv[0], data[0], JS_UNDEFINED, SNAP_IMPORT_REQUIRE, answer);
    if (status == SNAP_STATUS_PENDING)
        JS_ThrowTypeError(ctx, "require() cannot wait for what an asynchronous loader gives. Use import()");
    else if (status == SNAP_STATUS_OK)
        exports = snap_require_answered(ctx, answer, data[0]);
    snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
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
