/* Properties as the program itself would read and write them: getters, setters and the traps of proxies run. */

/* Takes [key] or [key, value] from the input and finds the object. Status OK: *object, *key and, when `count` is 2, *value belong to the
 * caller: the object too, for the host may release its handle while the object's own code runs. */
static uint32_t snap_take_property(JSContext *ctx, snap_handle handle, uint32_t count, JSValue *object, JSAtom *key, JSValue *value)
{
    JSValue input[2];
    uint32_t given, status;

    if (!snap_value_of(handle, ctx->global_obj, object))
        return SNAP_STATUS_INVALID;
    status = snap_take_input(ctx, input, 2, &given);
    if (status != SNAP_STATUS_OK)
        return snap_result_undecoded(ctx, status);
    if (given != count) {
        snap_free_values(ctx, input, given);
        return snap_fail_with(SNAP_STATUS_MALFORMED, "expected [key] or [key, value]");
    }
    *object = JS_DupValue(ctx, *object);
    *key = JS_ValueToAtom(ctx, input[0]);
    JS_FreeValue(ctx, input[0]);
    if (*key == JS_ATOM_NULL) {
        JS_FreeValue(ctx, *object);
        snap_free_values(ctx, input + 1, given - 1);
        return snap_result_exception(ctx);
    }
    if (count == 2)
        *value = input[1];
    return SNAP_STATUS_OK;
}

uint32_t snap_get(snap_handle object, uint32_t flags)
{
    JSContext *ctx = snap_context;
    JSValue target, value = JS_UNDEFINED;
    JSAtom key;
    uint32_t status;
    int found;

    snap_enter();
    status = snap_take_property(ctx, object, 1, &target, &key, NULL);
    if (status != SNAP_STATUS_OK)
        return snap_leave(status);
    found = flags & SNAP_RUN_AS_HANDLE ? 1 : JS_HasProperty(ctx, target, key);
    if (found > 0)
        value = JS_GetProperty(ctx, target, key);
    JS_FreeAtom(ctx, key);
    JS_FreeValue(ctx, target);
    if (found < 0)
        return snap_leave(snap_result_exception(ctx));
    if (!found)
        return snap_leave(SNAP_STATUS_ABSENT);
    return snap_leave(snap_result_value(ctx, value, flags));
}

static uint32_t snap_set_in(JSContext *ctx, snap_handle object)
{
    JSValue target, value = JS_UNDEFINED;
    JSAtom key;
    uint32_t status = snap_take_property(ctx, object, 2, &target, &key, &value);

    if (status != SNAP_STATUS_OK)
        return status;
    if (JS_SetProperty(ctx, target, key, value) < 0)
        status = snap_result_exception(ctx);
    JS_FreeAtom(ctx, key);
    JS_FreeValue(ctx, target);
    return status;
}

uint32_t snap_set(snap_handle object, uint32_t realm)
{
    JSContext *ctx = snap_realm(realm);

    snap_enter();
    return snap_leave(ctx ? snap_set_in(ctx, object) : SNAP_STATUS_INVALID);
}

/* What stands in the message after the key, in this order: value, get, set. Those that it does not have are undefined. */
enum { SNAP_DEFINE_KEY, SNAP_DEFINE_VALUE, SNAP_DEFINE_GET, SNAP_DEFINE_SET, SNAP_DEFINE_COUNT };

static int snap_define_from(JSContext *ctx, JSValueConst target, JSValueConst *input, uint32_t flags)
{
    int engine_flags = (int)(flags & JS_PROP_C_W_E) | JS_PROP_HAS_CONFIGURABLE | JS_PROP_HAS_ENUMERABLE | JS_PROP_THROW;
    JSAtom key;
    int defined;

    for (int i = SNAP_DEFINE_GET; i <= SNAP_DEFINE_SET; i++)
        if (!JS_IsUndefined(input[i]) && !JS_IsFunction(ctx, input[i])) {
            JS_ThrowTypeError(ctx, "a getter or setter is a function");
            return -1;
        }
    if (flags & (SNAP_PROPERTY_GET | SNAP_PROPERTY_SET))
        engine_flags |= (flags & SNAP_PROPERTY_GET ? JS_PROP_HAS_GET : 0) | (flags & SNAP_PROPERTY_SET ? JS_PROP_HAS_SET : 0);
    else
        engine_flags |= JS_PROP_HAS_WRITABLE | JS_PROP_HAS_VALUE;
    key = JS_ValueToAtom(ctx, input[SNAP_DEFINE_KEY]);
    if (key == JS_ATOM_NULL)
        return -1;
    defined = JS_DefineProperty(ctx, target, key, input[SNAP_DEFINE_VALUE], input[SNAP_DEFINE_GET], input[SNAP_DEFINE_SET], engine_flags);
    JS_FreeAtom(ctx, key);
    return defined;
}

uint32_t snap_define(snap_handle object, uint32_t flags)
{
    JSContext *ctx = snap_context;
    JSValue target, input[SNAP_DEFINE_COUNT];
    uint32_t count, status;

    snap_enter();
    if (!snap_value_of(object, ctx->global_obj, &target))
        return snap_leave(SNAP_STATUS_INVALID);
    status = snap_take_input(ctx, input, SNAP_DEFINE_COUNT, &count);
    if (status != SNAP_STATUS_OK)
        return snap_leave(snap_result_undecoded(ctx, status));
    if (count != SNAP_DEFINE_COUNT) {
        snap_free_values(ctx, input, count);
        return snap_leave(snap_fail_with(SNAP_STATUS_MALFORMED, "expected [key, value, get, set]"));
    }
    target = JS_DupValue(ctx, target);
    if (snap_define_from(ctx, target, input, flags) < 0)
        status = snap_result_exception(ctx);
    JS_FreeValue(ctx, target);
    snap_free_values(ctx, input, count);
    return snap_leave(status);
}

uint32_t snap_delete(snap_handle object)
{
    JSContext *ctx = snap_context;
    JSValue target;
    JSAtom key;
    uint32_t status;
    int deleted;

    snap_enter();
    status = snap_take_property(ctx, object, 1, &target, &key, NULL);
    if (status != SNAP_STATUS_OK)
        return snap_leave(status);
    deleted = JS_IsObject(target) ? JS_GetOwnProperty(ctx, NULL, target, key) : 0;
    if (deleted > 0)
        deleted = JS_DeleteProperty(ctx, target, key, JS_PROP_THROW);
    else if (!deleted)
        status = SNAP_STATUS_ABSENT;
    JS_FreeAtom(ctx, key);
    JS_FreeValue(ctx, target);
    return snap_leave(deleted < 0 ? snap_result_exception(ctx) : status);
}
