/* new URLSearchParams(init): of a sequence of pairs, a record, or a string. Web IDL, section 3.2.25, "Union types". */

/* The two members of an iterable. 1; 0: it has not two; -1 and throws. */
static int snap_params_pair(JSContext *ctx, JSValueConst iterable, JSValue pair[2])
{
    JSValue iterator, next, item;
    uint32_t count = 0;
    int done = false, status = 0;

    pair[0] = pair[1] = JS_UNDEFINED;
    if (!JS_IsObject(iterable)) {
        JS_ThrowTypeError(ctx, "URLSearchParams: each pair must be iterable");
        return -1;
    }
    iterator = JS_GetIterator(ctx, iterable, false);
    if (JS_IsException(iterator))
        return -1;
    next = JS_GetProperty(ctx, iterator, JS_ATOM_next);
    if (JS_IsException(next))
        status = -1;
    while (status == 0) {
        item = JS_IteratorNext(ctx, iterator, next, 0, NULL, &done);
        if (done)
            break;
        if (!JS_IsException(item)) {
            JSValue text = snap_usv_string(ctx, item);
            JS_FreeValue(ctx, item);
            item = text;
        }
        if (JS_IsException(item))
            status = -1;
        else if (count < 2)
            pair[count] = item;
        else
            JS_FreeValue(ctx, item);
        count++;
    }
    JS_FreeValue(ctx, next);
    JS_FreeValue(ctx, iterator);
    if (status == 0 && count == 2)
        return 1;
    JS_FreeValue(ctx, pair[0]);
    JS_FreeValue(ctx, pair[1]);
    return status;
}

/* A pair that is none is an error only when all have been read. */
static int snap_params_take_sequence(JSContext *ctx, snap_params_list *list, JSValueConst iterable)
{
    JSValue iterator = JS_GetIterator(ctx, iterable, false), next, item, pair[2];
    bool are_pairs = true;
    int done = false, status = 0;

    if (JS_IsException(iterator))
        return -1;
    next = JS_GetProperty(ctx, iterator, JS_ATOM_next);
    if (JS_IsException(next))
        status = -1;
    while (status >= 0) {
        item = JS_IteratorNext(ctx, iterator, next, 0, NULL, &done);
        if (done)
            break;
        status = JS_IsException(item) ? -1 : snap_params_pair(ctx, item, pair);
        JS_FreeValue(ctx, item);
        are_pairs &= status != 0;
        if (status > 0)
            status = snap_params_list_add(ctx, list, pair[0], pair[1]);
    }
    JS_FreeValue(ctx, next);
    JS_FreeValue(ctx, iterator);
    if (status < 0 || are_pairs)
        return status < 0 ? -1 : 0;
    JS_ThrowTypeError(ctx, "URLSearchParams: each pair must have a name and a value");
    return -1;
}

/* Whether other keys than this may convert to the same: those in which lone surrogates were replaced. */
static bool snap_params_may_recur(JSString *name)
{
    for (uint32_t i = 0; name->is_wide_char && i < name->len; i++)
        if (str16(name)[i] == 0xfffd)
            return true;
    return false;
}

/* A property of a record; a name that two keys have after their conversion keeps its first place, and its last value. */
static int snap_params_take_property(JSContext *ctx, snap_params_list *list, JSValueConst object, JSAtom key)
{
    JSPropertyDescriptor descriptor;
    JSValue name, value, key_value;
    uint32_t index;
    int found = JS_GetOwnProperty(ctx, &descriptor, object, key);

    if (found <= 0)
        return found;
    js_free_desc(ctx, &descriptor);
    if (!(descriptor.flags & JS_PROP_ENUMERABLE))
        return 0;
    key_value = JS_AtomToValue(ctx, key);
    name = JS_IsException(key_value) ? JS_EXCEPTION : snap_usv_string(ctx, key_value);
    JS_FreeValue(ctx, key_value);
    if (JS_IsException(name))
        return -1;
    value = JS_GetProperty(ctx, object, key);
    if (!JS_IsException(value)) {
        JSValue text = snap_usv_string(ctx, value);
        JS_FreeValue(ctx, value);
        value = text;
    }
    index = list->count;
    if (!JS_IsException(value) && snap_params_may_recur(JS_VALUE_GET_STRING(name)))
        index = snap_params_find(list, 0, name, JS_UNDEFINED);
    if (index == list->count)
        return snap_params_list_add(ctx, list, name, value);
    JS_FreeValue(ctx, name);
    JS_FreeValue(ctx, list->items[index * 2 + 1]);
    list->items[index * 2 + 1] = value;
    return 0;
}

static int snap_params_take_record(JSContext *ctx, snap_params_list *list, JSValueConst object)
{
    JSPropertyEnum *keys;
    uint32_t count;
    int status = JS_GetOwnPropertyNames(ctx, &keys, &count, object, JS_GPN_STRING_MASK | JS_GPN_SYMBOL_MASK);

    if (status < 0)
        return -1;
    for (uint32_t i = 0; i < count && status == 0; i++)
        status = snap_params_take_property(ctx, list, object, keys[i].atom);
    JS_FreePropertyEnum(ctx, keys, count);
    return status;
}

static int snap_params_take(JSContext *ctx, snap_params *params, JSValueConst init)
{
    JSValue method;

    if (JS_IsUndefined(init))
        return 0;
    if (!JS_IsObject(init))
        return snap_params_parse(ctx, params, snap_usv_string(ctx, init));
    method = JS_GetProperty(ctx, init, JS_ATOM_Symbol_iterator);
    if (JS_IsException(method))
        return -1;
    if (JS_IsUndefined(method) || JS_IsNull(method))
        return snap_params_take_record(ctx, &params->list, init);
    JS_FreeValue(ctx, method);
    return snap_params_take_sequence(ctx, &params->list, init);
}

static JSValue snap_params_construct(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    JSValue object = snap_params_object(ctx, new_target);

    if (!JS_IsException(object) && argc > 0 && snap_params_take(ctx, JS_GetOpaque(object, snap_params_class), argv[0]) < 0) {
        JS_FreeValue(ctx, object);
        return JS_EXCEPTION;
    }
    return object;
}
