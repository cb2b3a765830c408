/* What a value is, without running any of the program: no getter, no trap, no patched prototype. Of a Proxy, which has no properties but those
 * that its handler makes up, this shows none. */

static const char *snap_typeof(JSContext *ctx, JSValueConst value)
{
    if (JS_IsUndefined(value)) return "undefined";
    if (JS_IsBool(value)) return "boolean";
    if (JS_IsNumber(value)) return "number";
    if (JS_IsBigInt(value)) return "bigint";
    if (JS_IsString(value)) return "string";
    if (JS_IsSymbol(value)) return "symbol";
    return JS_IsFunction(ctx, value) ? "function" : "object";
}

static uint32_t snap_brand(JSValueConst value)
{
    switch (JS_GetClassID(value)) {
    case JS_CLASS_ARRAY: return SNAP_BRAND_ARRAY;
    case JS_CLASS_ERROR: return SNAP_BRAND_ERROR;
    case JS_CLASS_PROMISE: return SNAP_BRAND_PROMISE;
    case JS_CLASS_ARRAY_BUFFER: return SNAP_BRAND_ARRAY_BUFFER;
    case JS_CLASS_PROXY: return SNAP_BRAND_PROXY;
    case JS_CLASS_MAP: return SNAP_BRAND_MAP;
    case JS_CLASS_SET: return SNAP_BRAND_SET;
    case JS_CLASS_DATE: return SNAP_BRAND_DATE;
    case JS_CLASS_REGEXP: return SNAP_BRAND_REG_EXP;
    case JS_CLASS_WEAK_REF: return SNAP_BRAND_WEAK_REF;
    case JS_CLASS_WEAKMAP: return SNAP_BRAND_WEAK_MAP;
    case JS_CLASS_WEAKSET: return SNAP_BRAND_WEAK_SET;
    case JS_CLASS_DATAVIEW: return SNAP_BRAND_DATA_VIEW;
    default: return SNAP_BRAND_NONE;
    }
}

uint32_t snap_describe_handle(snap_handle handle)
{
    JSContext *ctx = snap_context;
    JSValue value;
    const char *type;
    JSAtom class_name;

    snap_enter();
    if (!snap_handle_get(handle, &value))
        return snap_leave(SNAP_STATUS_INVALID);
    type = snap_typeof(ctx, value);
    class_name = JS_IsObject(value) ? snap_runtime->class_array[JS_GetClassID(value)].class_name : JS_ATOM_NULL;
    snap_put_array(&snap_output, 5);
    snap_put_text(&snap_output, type, strlen(type));
    if (class_name == JS_ATOM_NULL)
        snap_put_nil(&snap_output);
    else
        snap_put_atom(ctx, &snap_output, class_name);
    snap_put_uint(&snap_output, JS_GetClassID(value));
    snap_put_uint(&snap_output, snap_brand(value));
    snap_put_uint(&snap_output, JS_VALUE_HAS_REF_COUNT(value) ? (uint32_t)(uintptr_t)JS_VALUE_GET_PTR(value) : 0);
    return snap_leave(SNAP_STATUS_OK);
}

/* The object that holds properties of its own; NULL for a primitive and a Proxy. */
static JSObject *snap_holder(JSValueConst value)
{
    return JS_IsObject(value) && JS_GetClassID(value) != JS_CLASS_PROXY ? JS_VALUE_GET_OBJ(value) : NULL;
}

/* Takes [key] from the input; JS_ATOM_NULL and *status when it cannot. A key that is an object would have to run code to be one. */
static JSAtom snap_take_key(JSContext *ctx, uint32_t *status)
{
    JSValue input[1];
    JSAtom key = JS_ATOM_NULL;
    uint32_t count;

    *status = snap_take_input(ctx, input, 1, &count);
    if (*status != SNAP_STATUS_OK) {
        *status = snap_result_undecoded(ctx, *status);
        return JS_ATOM_NULL;
    }
    if (count != 1) {
        *status = snap_fail_with(SNAP_STATUS_MALFORMED, "expected [key]");
        return JS_ATOM_NULL;
    }
    if (JS_IsObject(input[0])) {
        *status = SNAP_STATUS_INVALID;
    } else {
        key = JS_ValueToAtom(ctx, input[0]);
        if (key == JS_ATOM_NULL)
            *status = snap_result_exception(ctx);
    }
    JS_FreeValue(ctx, input[0]);
    return key;
}

/* ---- keys ---- */

static uint32_t snap_put_key(JSContext *ctx, JSAtom atom)
{
    JSValue key = JS_AtomToValue(ctx, atom);
    uint32_t status = SNAP_STATUS_EXCEPTION;

    if (JS_IsSymbol(key))
        status = snap_put_handle(ctx, key);
    else if (!JS_IsException(key)) {
        JSValue text = JS_AtomToString(ctx, atom);   /* an index is a number until here */
        status = JS_IsException(text) ? SNAP_STATUS_EXCEPTION : snap_encode_string(ctx, &snap_output, text);
        JS_FreeValue(ctx, text);
    }
    JS_FreeValue(ctx, key);
    return status;
}

static uint32_t snap_put_keys(JSContext *ctx, const JSPropertyEnum *keys, uint32_t count, bool only_enumerable)
{
    uint32_t wanted = 0;

    for (uint32_t i = 0; i < count; i++)
        wanted += !only_enumerable || keys[i].is_enumerable;
    snap_buffer_clear(&snap_output);
    snap_put_array(&snap_output, wanted);
    for (uint32_t i = 0; i < count; i++)
        if ((!only_enumerable || keys[i].is_enumerable) && (snap_put_key(ctx, keys[i].atom) != SNAP_STATUS_OK || snap_output.failed))
            return snap_result_abandoned(ctx);
    return SNAP_STATUS_OK;
}

uint32_t snap_keys(snap_handle handle, uint32_t which)
{
    JSContext *ctx = snap_context;
    JSValue value;
    JSObject *object;
    JSPropertyEnum *keys;
    uint32_t count, status;
    /* not ENUM_ONLY: it throws at a module's binding that is not initialised, and errors run Error.prepareStackTrace */
    int flags = JS_GPN_STRING_MASK | (which & SNAP_KEYS_SYMBOLS ? JS_GPN_SYMBOL_MASK : 0);

    snap_enter();
    if (!snap_value_of(handle, ctx->global_obj, &value))
        return snap_leave(SNAP_STATUS_INVALID);
    object = snap_holder(value);
    if (!object) {
        snap_put_array(&snap_output, 0);
        return snap_leave(SNAP_STATUS_OK);
    }
    if (JS_GetOwnPropertyNamesInternal(ctx, &keys, &count, object, flags) < 0)
        return snap_leave(snap_result_exception(ctx));
    status = snap_put_keys(ctx, keys, count, which & SNAP_KEYS_ENUMERABLE);
    js_free_prop_enum(ctx, keys, count);
    return snap_leave(status);
}

/* ---- properties ---- */

/* Whether it is a module's binding that is not initialised yet, which the engine would throw at; *flags says how it is defined. */
static bool snap_is_uninitialised(JSObject *object, JSAtom key, int *flags)
{
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, object, key);

    if (!shape || (shape->flags & JS_PROP_TMASK) != JS_PROP_VARREF || !JS_IsUninitialized(*property->u.var_ref->pvalue))
        return false;
    *flags = shape->flags & JS_PROP_C_W_E;
    return true;
}

uint32_t snap_property_flags(snap_handle handle)
{
    JSContext *ctx = snap_context;
    JSValue value;
    JSObject *object;
    JSAtom key;
    uint32_t status;
    int flags = 0, found;

    snap_enter();
    if (!snap_value_of(handle, ctx->global_obj, &value))
        return snap_leave(SNAP_STATUS_INVALID);
    key = snap_take_key(ctx, &status);
    if (key == JS_ATOM_NULL)
        return snap_leave(status);
    object = snap_holder(value);
    found = object != NULL;
    if (object && !snap_is_uninitialised(object, key, &flags))
        found = JS_GetOwnPropertyFlagsInternal(ctx, &flags, object, key);
    JS_FreeAtom(ctx, key);
    if (found < 0)
        return snap_leave(snap_result_exception(ctx));
    if (!found)
        return snap_leave(SNAP_STATUS_ABSENT);
    snap_put_uint(&snap_output, (uint32_t)flags & JS_PROP_C_W_E);
    return snap_leave(SNAP_STATUS_OK);
}

/* The descriptor (taken over) becomes the result: [flags, value, get, set]; of what is not initialised the value is nil. */
static uint32_t snap_result_descriptor(JSContext *ctx, JSPropertyDescriptor *descriptor)
{
    JSValue *parts[] = { &descriptor->value, &descriptor->getter, &descriptor->setter };
    bool is_accessor = descriptor->flags & JS_PROP_GETSET;
    uint32_t status = SNAP_STATUS_OK;

    snap_buffer_clear(&snap_output);
    snap_put_array(&snap_output, 4);
    snap_put_uint(&snap_output, ((uint32_t)descriptor->flags & JS_PROP_C_W_E) |
                                (is_accessor ? SNAP_PROPERTY_GET | SNAP_PROPERTY_SET : SNAP_PROPERTY_VALUE));
    for (int i = 0; i < 3 && status == SNAP_STATUS_OK; i++) {
        if (is_accessor == (i > 0) && !JS_IsUninitialized(*parts[i]))
            status = snap_put_handle(ctx, *parts[i]);
        else
            snap_put_nil(&snap_output);
    }
    js_free_desc(ctx, descriptor);
    return status == SNAP_STATUS_OK && !snap_output.failed ? status : snap_result_abandoned(ctx);
}

uint32_t snap_descriptor(snap_handle handle)
{
    JSContext *ctx = snap_context;
    JSPropertyDescriptor descriptor;
    JSValue value;
    JSObject *object;
    JSAtom key;
    uint32_t status;
    int found;

    snap_enter();
    if (!snap_value_of(handle, ctx->global_obj, &value))
        return snap_leave(SNAP_STATUS_INVALID);
    key = snap_take_key(ctx, &status);
    if (key == JS_ATOM_NULL)
        return snap_leave(status);
    object = snap_holder(value);
    descriptor = (JSPropertyDescriptor){ .value = JS_UNINITIALIZED, .getter = JS_UNDEFINED, .setter = JS_UNDEFINED };
    found = object != NULL;
    if (object && !snap_is_uninitialised(object, key, &descriptor.flags))
        found = JS_GetOwnPropertyInternal(ctx, &descriptor, object, key);
    JS_FreeAtom(ctx, key);
    if (found < 0)
        return snap_leave(snap_result_exception(ctx));
    return snap_leave(found ? snap_result_descriptor(ctx, &descriptor) : SNAP_STATUS_ABSENT);
}

/* ---- what an object is connected with ---- */

uint32_t snap_prototype(snap_handle handle)
{
    JSContext *ctx = snap_context;
    JSValue value, prototype = JS_NULL;

    snap_enter();
    if (!snap_value_of(handle, ctx->global_obj, &value))
        return snap_leave(SNAP_STATUS_INVALID);
    if (JS_GetClassID(value) != JS_CLASS_PROXY && !JS_IsUndefined(value) && !JS_IsNull(value))
        prototype = JS_GetPrototype(ctx, value);
    return snap_leave(snap_result_value(ctx, prototype, SNAP_RUN_AS_HANDLE));
}

uint32_t snap_proxy_part(snap_handle handle, uint32_t part)
{
    JSContext *ctx = snap_context;
    JSValue value;
    const JSProxyData *proxy;

    snap_enter();
    if (!snap_handle_get(handle, &value))
        return snap_leave(SNAP_STATUS_INVALID);
    proxy = JS_GetOpaque(value, JS_CLASS_PROXY);
    if (!proxy)
        return snap_leave(SNAP_STATUS_ABSENT);
    if (proxy->is_revoked)
        value = JS_NULL;
    else
        value = js_dup(part == SNAP_PROXY_TARGET ? proxy->target : proxy->handler);
    return snap_leave(snap_result_value(ctx, value, SNAP_RUN_AS_HANDLE));
}

static JSValue snap_length_of(JSContext *ctx, JSValueConst value)
{
    JSObject *object = snap_holder(value);
    JSValue length;

    if (tag_is_string(JS_VALUE_GET_TAG(value)))
        return JS_GetProperty(ctx, value, JS_ATOM_length);   /* the string's own, which nothing can replace */
    if (!object)
        return JS_NULL;
    if (is_typed_array(object->class_id))
        return js_uint32(object->u.array.count);
    length = snap_find_data(ctx, object, JS_ATOM_length, true);
    if (JS_IsNumber(length))
        return length;
    JS_FreeValue(ctx, length);
    return JS_NULL;
}

static JSValue snap_constructor_name(JSContext *ctx, JSValueConst value)
{
    JSObject *object = snap_holder(value);
    JSValue constructor, name = JS_NULL;

    constructor = object ? snap_find_data(ctx, object, JS_ATOM_constructor, true) : JS_UNINITIALIZED;
    if (snap_holder(constructor))
        name = snap_find_data(ctx, snap_holder(constructor), JS_ATOM_name, false);
    JS_FreeValue(ctx, constructor);
    if (tag_is_string(JS_VALUE_GET_TAG(name)))
        return name;
    JS_FreeValue(ctx, name);
    return JS_NULL;
}

uint32_t snap_fact(snap_handle handle, uint32_t which)
{
    JSContext *ctx = snap_context;
    JSValue value;

    snap_enter();
    if (!snap_handle_get(handle, &value))
        return snap_leave(SNAP_STATUS_INVALID);
    value = which == SNAP_FACT_LENGTH ? snap_length_of(ctx, value) : snap_constructor_name(ctx, value);
    return snap_leave(snap_result_value(ctx, value, 0));
}
