/* Module records: of source, of data, of bytecode. ECMA-262, "Source Text Module Records" and "Synthetic Module Records". What they import
 * is found in module_loads.c. */

/* A property like one that a program sets. The value is taken over, and may be JS_EXCEPTION; -1 and throws. */
static int snap_define_value(JSContext *ctx, JSValueConst object, const char *name, JSValue value)
{
    return JS_IsException(value) || JS_DefinePropertyValueStr(ctx, object, name, value, JS_PROP_C_W_E) < 0 ? -1 : 0;
}

/* ---- what is known of a module ---- */

/* An array, in the place that the engine keeps for the owner of a module: */
enum {
    SNAP_MODULE_IMPORTER,    /* name of the module that asked for it first; null for an entry */
    SNAP_MODULE_PAYLOAD,     /* what a synthetic module is made of, until it is evaluated */
};

/* Both are taken over; -1 and throws. */
static int snap_module_keep(JSContext *ctx, JSModuleDef *module, JSValue importer, JSValue payload)
{
    JSValue kept = JS_NewArray(ctx);

    if (JS_IsException(kept)) {
        JS_FreeValue(ctx, importer);
        JS_FreeValue(ctx, payload);
        return -1;
    }
    JS_SetModulePrivateValue(ctx, module, kept);
    if (JS_DefinePropertyValueUint32(ctx, kept, SNAP_MODULE_IMPORTER, importer, JS_PROP_C_W_E) < 0) {
        JS_FreeValue(ctx, payload);
        return -1;
    }
    return JS_DefinePropertyValueUint32(ctx, kept, SNAP_MODULE_PAYLOAD, payload, JS_PROP_C_W_E) < 0 ? -1 : 0;
}

static JSValue snap_module_kept(JSContext *ctx, const JSModuleDef *module, uint32_t which)
{
    return JS_IsObject(module->private_value) ? JS_GetPropertyUint32(ctx, module->private_value, which) : JS_NULL;
}

/* The payload, which the module then has no longer. */
static JSValue snap_module_take_payload(JSContext *ctx, JSModuleDef *module)
{
    JSValue payload = snap_module_kept(ctx, module, SNAP_MODULE_PAYLOAD);

    if (!JS_IsException(payload) && JS_SetPropertyUint32(ctx, module->private_value, SNAP_MODULE_PAYLOAD, JS_NULL) < 0) {
        JS_FreeValue(ctx, payload);
        return JS_EXCEPTION;
    }
    return payload;
}

static JSModuleDef *snap_module_named(JSContext *ctx, JSValueConst name)
{
    JSAtom atom = JS_ValueToAtom(ctx, name);
    JSModuleDef *found = NULL;
    struct list_head *element;

    if (!atom)
        return NULL;
    list_for_each(element, &ctx->loaded_modules) {
        found = list_entry(element, JSModuleDef, link);
        if (found->module_name == atom)
            break;
        found = NULL;
    }
    JS_FreeAtom(ctx, atom);
    return found;
}

/* ---- import.meta ---- */

static JSValue snap_meta_resolve(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    JSValue specifier = JS_ToString(ctx, argv[0]), resolved;

    (void)this_value; (void)argc; (void)magic;
    if (JS_IsException(specifier))
        return specifier;
    resolved = snap_module_resolved(ctx, specifier, data[0], 0);
    JS_FreeValue(ctx, specifier);
    return resolved;
}

/* The url is borrowed; when it is no string, it is the name. -1 and throws. */
static int snap_module_set_meta(JSContext *ctx, JSModuleDef *module, JSValueConst url)
{
    JSValue meta = JS_GetImportMeta(ctx, module), name = JS_AtomToString(ctx, module->module_name), resolve;
    int result = -1;

    resolve = JS_IsException(name) ? JS_EXCEPTION : JS_NewCFunctionData2(ctx, snap_meta_resolve, "resolve", 1, 0, 1, &name);
    if (!JS_IsException(meta) && !JS_IsException(resolve) &&
        snap_define_value(ctx, meta, "url", JS_DupValue(ctx, JS_IsString(url) ? url : name)) == 0)
        result = snap_define_value(ctx, meta, "resolve", JS_DupValue(ctx, resolve));
    JS_FreeValue(ctx, resolve);
    JS_FreeValue(ctx, name);
    JS_FreeValue(ctx, meta);
    return result;
}

/* ---- modules of source ---- */

/* What a compilation without memory has left behind cannot be freed, for that would go by what the code says. */
static void snap_modules_disown_new(JSContext *ctx, struct list_head *last)
{
    while (ctx->loaded_modules.prev != last) {
        struct list_head *element = ctx->loaded_modules.prev;
        list_del(element);
        init_list_head(element);
    }
}

/* Compiled, and not linked; NULL and throws. The importer and the url are borrowed. */
static JSModuleDef *snap_module_compile(JSContext *ctx, JSValueConst source, const char *name, JSValueConst importer, JSValueConst url)
{
    struct list_head *last = ctx->loaded_modules.prev;
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, source);
    JSModuleDef *module;
    JSValue compiled;

    if (!text)
        return NULL;
    compiled = JS_Eval(ctx, text, length, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    JS_FreeCString(ctx, text);
    if (JS_IsException(compiled)) {
        snap_modules_disown_new(ctx, last);
        return NULL;
    }
    module = JS_VALUE_GET_PTR(compiled);
    JS_FreeValue(ctx, compiled);          /* the context's list of modules holds it */
    if (snap_module_set_meta(ctx, module, url) < 0 ||
        snap_module_keep(ctx, module, JS_DupValue(ctx, importer), JS_NULL) < 0) {
        js_free_module_def(ctx, module);
        return NULL;
    }
    return module;
}

/* ---- modules of data ---- */

static int snap_data_evaluate(JSContext *ctx, JSModuleDef *module)
{
    JSValue payload = snap_module_take_payload(ctx, module);
    return JS_IsException(payload) ? -1 : JS_SetModuleExport(ctx, module, "default", payload);
}

/* A module whose evaluation is C, with `default` and these exports (an array of strings, or null). The payload is taken over; NULL and throws. */
static JSModuleDef *snap_module_synthetic(JSContext *ctx, const char *name, JSModuleInitFunc *evaluate, JSValueConst importer,
                                          JSValueConst exports, JSValue payload)
{
    JSModuleDef *module = JS_NewCModule(ctx, name, evaluate);
    int64_t count = 0;

    if (!module) {
        JS_FreeValue(ctx, payload);
        return NULL;
    }
    if (snap_module_keep(ctx, module, JS_DupValue(ctx, importer), payload) < 0 || JS_AddModuleExport(ctx, module, "default") < 0 ||
        (JS_IsObject(exports) && JS_GetLength(ctx, exports, &count) < 0))
        goto fail;
    for (int64_t i = 0; i < count; i++) {
        JSValue item = JS_GetPropertyInt64(ctx, exports, i);
        JSAtom export_name = JS_IsException(item) ? JS_ATOM_NULL : JS_ValueToAtom(ctx, item);
        bool is_there = export_name && (find_export_entry(ctx, module, export_name) ||
                                        add_export_entry2(ctx, NULL, module, JS_ATOM_NULL, export_name, JS_EXPORT_TYPE_LOCAL));
        JS_FreeAtom(ctx, export_name);
        JS_FreeValue(ctx, item);
        if (!is_there)
            goto fail;
    }
    return module;
fail:
    js_free_module_def(ctx, module);
    return NULL;
}

/* A Uint8Array over a buffer that nobody can change, as the proposal for `type: "bytes"` has it. */
static JSValue snap_freeze_bytes(JSContext *ctx, JSValueConst bytes)
{
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, bytes, NULL, NULL, NULL);

    if (JS_IsException(buffer))
        return buffer;
    JS_VALUE_GET_OBJ(buffer)->u.array_buffer->immutable = true;
    JS_FreeValue(ctx, buffer);
    return JS_DupValue(ctx, bytes);
}

static JSValue snap_parse_json(JSContext *ctx, JSValueConst source, const char *name)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, source);
    JSValue value = text ? JS_ParseJSON(ctx, text, length, name) : JS_EXCEPTION;

    JS_FreeCString(ctx, text);
    return value;
}

/* ---- bytecode ---- */

/* The module's bytecode; NULL and throws. */
static uint8_t *snap_module_bytecode(JSContext *ctx, const char *text, size_t length, const char *name, int write_flags, size_t *size)
{
    struct list_head *last = ctx->loaded_modules.prev;
    uint8_t *bytecode = NULL;
    JSValue compiled = JS_Eval(ctx, text, length, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);

    if (JS_IsException(compiled)) {
        snap_modules_disown_new(ctx, last);
    } else {
        bytecode = JS_WriteObject(ctx, size, compiled, write_flags);
        JS_FreeValue(ctx, compiled);
        js_free_module_def(ctx, JS_VALUE_GET_PTR(compiled));
    }
    return bytecode;
}
