/* ES modules: names are resolved here, sources come from the host. */

/* Joins a relative specifier to the folder of the importer, as paths. Everything else is a name already. The result is js_malloc'd;
 * NULL and throws. */
static char *snap_module_resolve(JSContext *ctx, const char *importer, const char *specifier, void *opaque)
{
    const char *slash = strrchr(importer, '/');
    size_t folder = slash ? (size_t)(slash - importer) + 1 : 0;
    size_t length = strlen(specifier);
    char *name, *out;
    const char *p;

    (void)opaque;
    if (strncmp(specifier, "./", 2) && strncmp(specifier, "../", 3) && strcmp(specifier, ".") && strcmp(specifier, ".."))
        return js_strndup(ctx, specifier, length);
    name = js_malloc(ctx, folder + length + 1);
    if (!name)
        return NULL;
    memcpy(name, importer, folder);
    memcpy(name + folder, specifier, length + 1);
    for (p = out = name; *p;) {           /* what is written is never ahead of what is read */
        const char *end = strchr(p, '/');
        size_t part = end ? (size_t)(end - p) + 1 : strlen(p);
        size_t bare = end ? part - 1 : part;
        bool is_parent = bare == 2 && p[0] == '.' && p[1] == '.';
        if (is_parent && out > name && !(out - name >= 3 && !memcmp(out - 3, "../", 3))) {
            for (out--; out > name && out[-1] != '/'; out--)
                ;
        } else if (!(bare == 1 && p[0] == '.')) {
            memmove(out, p, part);
            out += part;
        }
        p += part;
    }
    *out = '\0';
    return name;
}

static int snap_module_set_meta(JSContext *ctx, JSModuleDef *module)
{
    JSValue meta = JS_GetImportMeta(ctx, module);
    JSAtom name = JS_GetModuleName(ctx, module);
    int result = -1;

    if (!JS_IsException(meta))
        result = JS_DefinePropertyValueStr(ctx, meta, "url", JS_AtomToString(ctx, name), JS_PROP_C_W_E);
    JS_FreeAtom(ctx, name);
    JS_FreeValue(ctx, meta);
    return result;
}

static bool snap_is_loaded(JSContext *ctx, const JSModuleDef *module)
{
    struct list_head *element;

    list_for_each(element, &ctx->loaded_modules)
        if (list_entry(element, JSModuleDef, link) == module)
            return true;
    return false;
}

/* The engine frees a module that it cannot load, but not what it has loaded for it and what imports it in turn. Those are to look for it
 * again when they are next imported, and not where it was. */
static void snap_modules_forget_freed(JSContext *ctx)
{
    struct list_head *element;

    list_for_each(element, &ctx->loaded_modules) {
        JSModuleDef *module = list_entry(element, JSModuleDef, link);
        for (int i = 0; i < module->req_module_entries_count; i++) {
            JSReqModuleEntry *entry = &module->req_module_entries[i];
            if (entry->module && snap_is_loaded(ctx, entry->module))
                continue;
            entry->module = NULL;
            module->resolved = false;
        }
    }
}

/* A module's source, compiled but not run; NULL and throws. */
static JSModuleDef *snap_module_compile(JSContext *ctx, JSValueConst source, const char *name)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, source);
    JSModuleDef *module = NULL;
    JSValue compiled;

    if (!text)
        return NULL;
    compiled = JS_Eval(ctx, text, length, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    JS_FreeCString(ctx, text);
    if (JS_IsException(compiled)) {
        snap_modules_forget_freed(ctx);
    } else {
        module = JS_VALUE_GET_PTR(compiled);
        JS_FreeValue(ctx, compiled);      /* the context's list of modules holds it */
        if (snap_module_set_meta(ctx, module) < 0)
            module = NULL;
    }
    return module;
}

/* ---- modules that are compiled and not run ---- */

/* The engine registers a module when it compiles it, and loads what it imports. Bytecode needs neither: so for these the imports are empty,
 * and all of it is taken away again. */
static uint32_t snap_compiles_at;   /* the depth of the export that compiles such a module */

static int snap_placeholder_initialize(JSContext *ctx, JSModuleDef *module)
{
    (void)ctx; (void)module;
    return 0;
}

static void snap_placeholders_free(JSContext *ctx)
{
    struct list_head *element, *next;

    list_for_each_safe(element, next, &ctx->loaded_modules) {
        JSModuleDef *module = list_entry(element, JSModuleDef, link);
        if (module->init_func == snap_placeholder_initialize)
            js_free_module_def(ctx, module);
    }
}

/* The module's bytecode; NULL and throws. */
static uint8_t *snap_module_bytecode(JSContext *ctx, const char *text, size_t length, const char *name, int write_flags, size_t *size)
{
    uint32_t around = snap_compiles_at;
    uint8_t *bytecode = NULL;
    JSValue compiled;

    snap_compiles_at = snap_control.depth;
    compiled = JS_Eval(ctx, text, length, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    snap_compiles_at = around;
    if (!JS_IsException(compiled)) {
        bytecode = JS_WriteObject(ctx, size, compiled, write_flags);
        JS_FreeValue(ctx, compiled);
        js_free_module_def(ctx, JS_VALUE_GET_PTR(compiled));
    }
    snap_placeholders_free(ctx);
    snap_modules_forget_freed(ctx);
    return bytecode;
}

static JSModuleDef *snap_module_load(JSContext *ctx, const char *name, void *opaque)
{
    JSModuleDef *module = NULL;
    JSValue answer;
    uint32_t status;

    (void)opaque;
    if (snap_compiles_at == snap_control.depth)
        return JS_NewCModule(ctx, name, snap_placeholder_initialize);
    status = host_load_module(SNAP_STATUS_UNANSWERED, name, (uint32_t)strlen(name));
    if (status == SNAP_STATUS_ABSENT) {
        JS_ThrowReferenceError(ctx, "module '%s' was not found", name);
        return NULL;
    }
    if (status == SNAP_STATUS_UNANSWERED)
        snap_unanswered();
    if (status == SNAP_STATUS_INTERRUPTED || status == SNAP_STATUS_UNANSWERED) {
        snap_throw_stop(ctx);
        return NULL;
    }
    if (snap_take_input_value(ctx, &answer) != SNAP_STATUS_OK) {
        if (!JS_HasException(ctx))
            JS_ThrowInternalError(ctx, "the source of module '%s' is malformed: %s", name, snap_malformed);
        return NULL;
    }
    if (status != SNAP_STATUS_OK) {
        JS_Throw(ctx, answer);
        return NULL;
    }
    module = snap_module_compile(ctx, answer, name);
    JS_FreeValue(ctx, answer);
    return module;
}

static JSValue snap_return_data(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    (void)this_value; (void)argc; (void)argv; (void)magic;
    return JS_DupValue(ctx, data[0]);
}

/* A promise of the namespace that settles with the module's evaluation (taken over; may be JS_EXCEPTION). */
static JSValue snap_module_promise(JSContext *ctx, JSModuleDef *module, JSValue evaluation)
{
    JSValue namespace, callback, promise;

    if (JS_IsException(evaluation))
        return evaluation;
    namespace = JS_GetModuleNamespace(ctx, module);
    callback = JS_IsException(namespace) ? JS_EXCEPTION : JS_NewCFunctionData(ctx, snap_return_data, 0, 0, 1, &namespace);
    promise = JS_IsException(callback) ? JS_EXCEPTION : JS_PromiseThen(ctx, evaluation, callback, JS_UNDEFINED);
    JS_FreeValue(ctx, callback);
    JS_FreeValue(ctx, namespace);
    JS_FreeValue(ctx, evaluation);
    return promise;
}

/* Evaluates a module given by source, or by name alone when `source` is null; throws. */
static JSValue snap_module_eval(JSContext *ctx, JSValueConst source, const char *name)
{
    JSModuleDef *module;

    if (!snap_has_promises(ctx))
        return JS_EXCEPTION;
    if (JS_IsNull(source))
        return JS_LoadModule(ctx, "", name);
    module = snap_module_compile(ctx, source, name);
    if (!module)
        return JS_EXCEPTION;
    return snap_module_promise(ctx, module, JS_EvalFunction(ctx, JS_DupValue(ctx, JS_MKPTR(JS_TAG_MODULE, module))));
}
