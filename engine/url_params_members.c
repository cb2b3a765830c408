/* The members of URLSearchParams. */

/* The object, with its first `needed` arguments as strings, and so the next one unless it is undefined. NULL and throws. */
static snap_params *snap_params_take_arguments(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int needed, JSValue strings[2])
{
    snap_params *params = JS_GetOpaque2(ctx, this_value, snap_params_class);

    strings[0] = strings[1] = JS_UNDEFINED;
    if (params && argc < needed) {
        JS_ThrowTypeError(ctx, "URLSearchParams: an argument is missing");
        return NULL;
    }
    for (int i = 0; params && i < 2 && (i < needed || (i < argc && !JS_IsUndefined(argv[i]))); i++) {
        strings[i] = snap_usv_string(ctx, argv[i]);
        if (JS_IsException(strings[i]))
            params = NULL;
    }
    if (!params)
        snap_free_values(ctx, strings, 2);
    return params;
}

static JSValue snap_params_append(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue strings[2];
    snap_params *params = snap_params_take_arguments(ctx, this_value, argc, argv, 2, strings);

    if (!params || snap_params_list_add(ctx, &params->list, strings[0], strings[1]) < 0)
        return JS_EXCEPTION;
    return snap_params_changed(ctx, params);
}

static JSValue snap_params_delete(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue strings[2];
    snap_params *params = snap_params_take_arguments(ctx, this_value, argc, argv, 1, strings);

    if (!params)
        return JS_EXCEPTION;
    snap_params_list_remove(ctx, &params->list, 0, strings[0], strings[1]);
    snap_free_values(ctx, strings, 2);
    return snap_params_changed(ctx, params);
}

static JSValue snap_params_get(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue strings[2];
    snap_params *params = snap_params_take_arguments(ctx, this_value, argc < 2 ? argc : 1, argv, 1, strings);
    uint32_t index;

    if (!params)
        return JS_EXCEPTION;
    index = snap_params_find(&params->list, 0, strings[0], JS_UNDEFINED);
    JS_FreeValue(ctx, strings[0]);
    return index < params->list.count ? snap_params_entry(ctx, &params->list, index, JS_ITERATOR_KIND_VALUE) : JS_NULL;
}

static JSValue snap_params_get_all(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue strings[2], values;
    snap_params *params = snap_params_take_arguments(ctx, this_value, argc < 2 ? argc : 1, argv, 1, strings);
    uint32_t count = 0;

    if (!params)
        return JS_EXCEPTION;
    values = JS_NewArray(ctx);
    for (uint32_t i = 0; !JS_IsException(values) && (i = snap_params_find(&params->list, i, strings[0], JS_UNDEFINED)) < params->list.count; i++)
        if (JS_DefinePropertyValueUint32(ctx, values, count++, JS_DupValue(ctx, params->list.items[i * 2 + 1]), JS_PROP_C_W_E) < 0) {
            JS_FreeValue(ctx, values);
            values = JS_EXCEPTION;
        }
    JS_FreeValue(ctx, strings[0]);
    return values;
}

static JSValue snap_params_has(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue strings[2];
    snap_params *params = snap_params_take_arguments(ctx, this_value, argc, argv, 1, strings);
    bool has;

    if (!params)
        return JS_EXCEPTION;
    has = snap_params_find(&params->list, 0, strings[0], strings[1]) < params->list.count;
    snap_free_values(ctx, strings, 2);
    return JS_NewBool(ctx, has);
}

static JSValue snap_params_set(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue strings[2];
    snap_params *params = snap_params_take_arguments(ctx, this_value, argc, argv, 2, strings);
    uint32_t index;

    if (!params)
        return JS_EXCEPTION;
    index = snap_params_find(&params->list, 0, strings[0], JS_UNDEFINED);
    if (index == params->list.count) {
        if (snap_params_list_add(ctx, &params->list, strings[0], strings[1]) < 0)
            return JS_EXCEPTION;
        return snap_params_changed(ctx, params);
    }
    JS_FreeValue(ctx, params->list.items[index * 2 + 1]);
    params->list.items[index * 2 + 1] = strings[1];
    snap_params_list_remove(ctx, &params->list, index + 1, strings[0], JS_UNDEFINED);
    JS_FreeValue(ctx, strings[0]);
    return snap_params_changed(ctx, params);
}

/* One step of a merge sort: pairs in runs of `width`, which are sorted, into runs of twice that. */
static void snap_params_merge(const JSValue *from, JSValue *to, uint32_t count, uint32_t width)
{
    for (uint32_t start = 0; start < count; start += 2 * width) {
        uint32_t middle = count - start > width ? start + width : count, end = count - middle > width ? middle + width : count;

        for (uint32_t left = start, right = middle, at = start; at < end; at++) {
            bool takes_left = left < middle
                && (right == end || js_string_compare(JS_VALUE_GET_STRING(from[left * 2]), JS_VALUE_GET_STRING(from[right * 2])) <= 0);
            uint32_t taken = takes_left ? left++ : right++;
            to[at * 2] = from[taken * 2];
            to[at * 2 + 1] = from[taken * 2 + 1];
        }
    }
}

/* By the names' code units; pairs of one name keep their order. */
static JSValue snap_params_sort(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_params *params = JS_GetOpaque2(ctx, this_value, snap_params_class);
    JSValue *from, *to, *other;

    (void)argc;
    (void)argv;
    if (!params)
        return JS_EXCEPTION;
    if (params->list.count > 1) {
        to = js_malloc(ctx, (size_t)params->list.capacity * 2 * sizeof *to);
        if (!to)
            return JS_EXCEPTION;
        from = params->list.items;
        for (uint32_t width = 1; width < params->list.count; width *= 2) {
            snap_params_merge(from, to, params->list.count, width);
            other = from;
            from = to;
            to = other;
        }
        params->list.items = from;
        js_free(ctx, to);
    }
    return snap_params_changed(ctx, params);
}

static JSValue snap_params_to_string(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const snap_params *params = JS_GetOpaque2(ctx, this_value, snap_params_class);

    (void)argc;
    (void)argv;
    return params ? snap_params_serialize(ctx, &params->list) : JS_EXCEPTION;
}

static JSValue snap_params_for_each(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    const snap_params *params = JS_GetOpaque2(ctx, this_value, snap_params_class);

    if (!params)
        return JS_EXCEPTION;
    if (!JS_IsFunction(ctx, argv[0]))
        return JS_ThrowTypeError(ctx, "URLSearchParams.forEach: the first argument must be a function");
    for (uint32_t i = 0; i < params->list.count; i++) {
        JSValue name = JS_DupValue(ctx, params->list.items[i * 2]), value = JS_DupValue(ctx, params->list.items[i * 2 + 1]);
        JSValueConst arguments[] = { value, name, this_value };
        JSValue result = JS_Call(ctx, argv[0], argc > 1 ? argv[1] : JS_UNDEFINED, 3, arguments);

        JS_FreeValue(ctx, name);
        JS_FreeValue(ctx, value);
        if (JS_IsException(result))
            return JS_EXCEPTION;
        JS_FreeValue(ctx, result);
    }
    return JS_UNDEFINED;
}

static JSValue snap_params_get_size(JSContext *ctx, JSValueConst this_value)
{
    const snap_params *params = JS_GetOpaque2(ctx, this_value, snap_params_class);

    return params ? JS_NewUint32(ctx, params->list.count) : JS_EXCEPTION;
}

#define SNAP_PARAMS_ITERATION(name, kind) \
    { name, JS_PROP_C_W_E, JS_DEF_CFUNC, kind, { .func = { 0, JS_CFUNC_generic_magic, { .generic_magic = snap_params_iterate } } } }

static const JSCFunctionListEntry snap_params_members[] = {
    JS_CGETSET_DEF2("size", snap_params_get_size, NULL, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    JS_CFUNC_DEF2("append", 2, snap_params_append, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("delete", 1, snap_params_delete, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("get", 1, snap_params_get, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("getAll", 1, snap_params_get_all, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("has", 1, snap_params_has, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("set", 2, snap_params_set, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("sort", 0, snap_params_sort, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("toString", 0, snap_params_to_string, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("forEach", 1, snap_params_for_each, JS_PROP_C_W_E),
    SNAP_PARAMS_ITERATION("entries", JS_ITERATOR_KIND_KEY_AND_VALUE),
    SNAP_PARAMS_ITERATION("keys", JS_ITERATOR_KIND_KEY),
    SNAP_PARAMS_ITERATION("values", JS_ITERATOR_KIND_VALUE),
    JS_ALIAS_DEF("[Symbol.iterator]", "entries"),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "URLSearchParams", JS_PROP_CONFIGURABLE),
};
