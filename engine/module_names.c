/* What a specifier has led to: the same importer gets the same module for it ever after (ECMA-262, "HostLoadImportedModule"), also in a VM that
 * was restored without the loader. What modules import statically is in the modules themselves; here is what import(), require() and the
 * host have asked for. */

/* Puts a string and its length, or nothing for what is no string; -1 and throws. */
static int snap_names_put(JSContext *ctx, DynBuf *text, JSValueConst string)
{
    size_t length;
    const char *part = JS_IsString(string) ? JS_ToCStringLen(ctx, &length, string) : NULL;

    if (!part)
        return JS_IsString(string) ? -1 : 0;
    dbuf_printf(text, "%zu ", length);
    dbuf_put(text, (const uint8_t *)part, length);
    JS_FreeCString(ctx, part);
    return 0;
}

/* JS_ATOM_NULL and throws. */
static JSAtom snap_names_key(JSContext *ctx, const snap_wanted *wanted, uint32_t mode)
{
    JSValue type = JS_IsObject(wanted->attributes) ? JS_GetPropertyStr(ctx, wanted->attributes, "type") : JS_UNDEFINED;
    JSAtom key = JS_ATOM_NULL;
    DynBuf text;

    js_dbuf_init(ctx, &text);
    dbuf_printf(&text, "%u %d ", (unsigned)mode, JS_IsString(wanted->importer));
    if (!JS_IsException(type) && snap_names_put(ctx, &text, wanted->importer) == 0 &&
        snap_names_put(ctx, &text, wanted->specifier) == 0 && snap_names_put(ctx, &text, type) == 0) {
        if (dbuf_error(&text))
            snap_throw_no_memory(ctx);
        else
            key = JS_NewAtomLen(ctx, (const char *)text.buf, text.size);
    }
    dbuf_free(&text);
    JS_FreeValue(ctx, type);
    return key;
}

/* The name that is known; JS_UNDEFINED: none, or its module is not there any more. Throws. */
static JSValue snap_names_find(JSContext *ctx, JSAtom key, JSValueConst attributes, uint32_t mode)
{
    JSValue names = snap_realm_table(ctx, SNAP_TABLE_NAMES);
    JSValue name = JS_IsException(names) ? JS_EXCEPTION : JS_GetProperty(ctx, names, key);

    JS_FreeValue(ctx, names);
    if (JS_IsString(name) && !snap_module_is_here(ctx, name, attributes, mode & SNAP_IMPORT_REQUIRE)) {
        JS_FreeValue(ctx, name);
        name = JS_HasException(ctx) ? JS_EXCEPTION : JS_UNDEFINED;
    }
    return name;
}

/* -1 and throws. */
static int snap_names_keep(JSContext *ctx, JSAtom key, JSValueConst name)
{
    JSValue names = snap_realm_table(ctx, SNAP_TABLE_NAMES);
    int result = JS_IsException(names) ? -1 : JS_DefinePropertyValue(ctx, names, key, JS_DupValue(ctx, name), JS_PROP_C_W_E);

    JS_FreeValue(ctx, names);
    return result < 0 ? -1 : 0;
}

/* As snap_module_ask(), but asks only once for what is there. */
static uint32_t snap_module_ask_once(JSContext *ctx, const snap_wanted *wanted, uint32_t mode, JSValue *answer)
{
    JSAtom key = snap_names_key(ctx, wanted, mode);
    JSValue known = key ? snap_names_find(ctx, key, wanted->attributes, mode) : JS_EXCEPTION;
    uint32_t status = SNAP_STATUS_EXCEPTION;

    for (uint32_t i = 0; i < SNAP_ANSWER_SIZE; i++)
        answer[i] = JS_NULL;
    if (JS_IsString(known)) {
        answer[SNAP_ANSWER_NAME] = known;
        status = SNAP_STATUS_OK;
    } else if (!JS_IsException(known)) {
        status = snap_module_ask(ctx, wanted, mode, answer);
        if (status == SNAP_STATUS_OK && snap_names_keep(ctx, key, answer[SNAP_ANSWER_NAME]) < 0)
            status = SNAP_STATUS_EXCEPTION;
    }
    JS_FreeAtom(ctx, key);
    return status;
}
