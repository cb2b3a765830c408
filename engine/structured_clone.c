/* structuredClone, and what messages are made with. https://html.spec.whatwg.org/multipage/structured-data.html
 *
 * Scripts of engine/web find:
 *
 *     web.native.serialize(value, transfer)   StructuredSerializeWithTransfer: an opaque record. `transfer` is an array of objects, or left out.
 *                                             Throws a DataCloneError or what a getter throws; before the first transfer nothing has changed.
 *     web.native.deserialize(record)          StructuredDeserializeWithTransfer in the realm of the function: [value, transferred], the latter an
 *                                             array of the transferred objects in order. A record with transferred objects is good for once,
 *                                             any other for as often as one likes.
 *     web.serializers                         see structured_clone_platform.c
 */

/* ---- transfer ---- */

static bool snap_clone_refuse_transfer(snap_clone_writer *w, uint32_t index, const char *reason)
{
    snap_throw_data_clone(w->ctx, "The object to transfer at index ", JS_ToStringFree(w->ctx, js_uint32(index)), reason);
    return false;
}

/* Numbers one that can be transferred, and leaves room for it in the record. */
static bool snap_clone_announce(snap_clone_writer *w, JSValueConst value, uint32_t index)
{
    JSObject *object = JS_VALUE_GET_OBJ(value);
    JSValueConst functions = object->class_id == JS_CLASS_OBJECT ? snap_platform_functions(object) : JS_UNINITIALIZED;
    JSValue transfer = JS_UNDEFINED;
    bool can_be;

    if (JS_IsObject(functions))
        transfer = JS_GetPropertyStr(w->ctx, functions, "transfer");
    can_be = object->class_id == JS_CLASS_ARRAY_BUFFER || JS_IsFunction(w->ctx, transfer);
    JS_FreeValue(w->ctx, transfer);
    if (!can_be)
        return snap_clone_refuse_transfer(w, index, " does not have a transferable type.");
    if (*snap_seen_slot(&w->seen, object))
        return snap_clone_refuse_transfer(w, index, " is a duplicate of an earlier one.");
    return snap_clone_number(w, object) && snap_clone_put(w->ctx, w->clone, JS_UNDEFINED) && snap_clone_put(w->ctx, w->clone, JS_UNDEFINED);
}

static bool snap_clone_transfer_buffer(snap_clone_writer *w, JSObject *buffer, uint32_t index)
{
    if (buffer->u.array_buffer->detached)
        return snap_clone_refuse_transfer(w, index, " is an ArrayBuffer that is detached.");
    if (buffer->u.array_buffer->immutable)
        return snap_clone_refuse_transfer(w, index, " is an ArrayBuffer that cannot be detached.");
    w->clone->items[2 * index + 1] = snap_buffer_move(w->ctx, JS_MKPTR(JS_TAG_OBJECT, buffer));
    return !JS_IsException(w->clone->items[2 * index + 1]);
}

static bool snap_clone_transfer(snap_clone_writer *w, uint32_t index)
{
    JSObject *object = w->seen.objects[index];
    JSValueConst functions;

    if (object->class_id == JS_CLASS_ARRAY_BUFFER)
        return snap_clone_transfer_buffer(w, object, index);
    functions = snap_platform_functions(object);
    if (!JS_IsObject(functions))
        return snap_clone_refuse_transfer(w, index, " does not have a transferable type any more.");
    w->clone->items[2 * index] = snap_platform_name(w->ctx, functions);
    w->clone->items[2 * index + 1] = snap_platform_call(w->ctx, functions, "transfer", JS_MKPTR(JS_TAG_OBJECT, object));
    return !JS_IsException(w->clone->items[2 * index]) && !JS_IsException(w->clone->items[2 * index + 1]);
}

static bool snap_clone_announce_all(snap_clone_writer *w, JSValueConst transfer)
{
    int64_t length = 0;

    if (JS_IsUndefined(transfer))
        return true;
    if (js_get_length64(w->ctx, &length, transfer) < 0)
        return false;
    for (uint32_t i = 0; i < length; i++) {
        JSValue object = JS_GetPropertyUint32(w->ctx, transfer, i);
        bool is_announced = JS_IsObject(object) && snap_clone_announce(w, object, i);
        if (!JS_IsException(object) && !JS_IsObject(object))
            JS_ThrowTypeError(w->ctx, "The value to transfer at index %u is not an object", i);
        JS_FreeValue(w->ctx, object);
        if (!is_announced)
            return false;
    }
    w->clone->transfers = (uint32_t)length;
    return true;
}

/* `transfer` is undefined or an array. On failure, which throws, the record is empty. */
static bool snap_clone_serialize(JSContext *ctx, JSValueConst value, JSValueConst transfer, snap_clone *clone)
{
    snap_clone_writer w = { .ctx = ctx, .clone = clone };
    bool is_done;

    snap_seen_begin(&w.seen);
    is_done = snap_clone_announce_all(&w, transfer) && snap_clone_write(&w, value);
    for (uint32_t i = 0; i < clone->transfers && is_done; i++)
        is_done = snap_clone_transfer(&w, i);
    clone->objects = w.seen.count;
    snap_seen_free(ctx, &w.seen);
    if (!is_done)
        snap_clone_free(ctx->rt, clone);
    return is_done;
}

/* ---- the way back ---- */

/* The transferred objects, which have the first numbers. */
static bool snap_clone_receive(snap_clone_reader *r)
{
    for (; r->at < 2 * r->clone->transfers; r->at += 2) {
        JSValue *kept = &r->clone->items[r->at], made;
        if (JS_IsUninitialized(kept[1]))
            made = snap_throw_data_clone(r->ctx, "", js_new_string8(r->ctx, "What was transferred"), " has been received already.");
        else if (JS_IsString(kept[0]))
            made = snap_clone_make(r->ctx, kept[0], "receive", kept[1]);
        else
            made = snap_buffer_move(r->ctx, kept[1]);
        if (JS_IsException(made))
            return false;
        set_value(r->ctx, &kept[1], JS_UNINITIALIZED);
        r->objects[r->count++] = made;
    }
    return true;
}

/* *transferred, unless it is NULL, becomes an array. Throws. */
static JSValue snap_clone_deserialize(JSContext *ctx, snap_clone *clone, bool is_last, JSValue *transferred)
{
    snap_clone_reader r = { .ctx = ctx, .clone = clone, .is_last = is_last };
    JSValue value = JS_EXCEPTION;

    r.objects = js_malloc(ctx, (clone->objects + 1) * sizeof *r.objects);
    if (!r.objects)
        return JS_EXCEPTION;
    if (snap_clone_receive(&r))
        value = snap_clone_read(&r);
    if (!JS_IsException(value) && transferred) {
        *transferred = js_create_array(ctx, (int)clone->transfers, vc(r.objects));
        if (JS_IsException(*transferred)) {
            JS_FreeValue(ctx, value);
            value = JS_EXCEPTION;
        }
    }
    snap_free_values(ctx, r.objects, r.count);
    js_free(ctx, r.objects);
    return value;
}

/* ---- for scripts ---- */

static JSValue snap_native_serialize(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_clone clone = { 0 };
    (void)this_value;
    (void)argc;

    return snap_clone_serialize(ctx, argv[0], argv[1], &clone) ? snap_clone_object(ctx, &clone) : JS_EXCEPTION;
}

static JSValue snap_native_deserialize(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_clone *clone = JS_GetOpaque2(ctx, argv[0], snap_clone_class);
    JSValue both[2] = { JS_EXCEPTION, JS_UNDEFINED }, array = JS_EXCEPTION;
    (void)this_value;
    (void)argc;

    if (clone)
        both[0] = snap_clone_deserialize(ctx, clone, false, &both[1]);
    if (!JS_IsException(both[0]))
        array = js_create_array(ctx, 2, vc(both));
    JS_FreeValue(ctx, both[0]);
    JS_FreeValue(ctx, both[1]);
    return array;
}

/* In each realm with scripts; -1 and throws. */
static int snap_add_serializers(JSContext *ctx, JSValueConst web)
{
    static const JSCFunctionListEntry functions[] = {
        JS_CFUNC_DEF("serialize", 2, snap_native_serialize), JS_CFUNC_DEF("deserialize", 1, snap_native_deserialize),
    };
    JSValue native = JS_EXCEPTION;
    int status = snap_platform_initialize(ctx);

    if (status >= 0)
        status = snap_define_value(ctx, web, "serializers", snap_platform_serializers(ctx));
    if (status >= 0)
        native = JS_GetPropertyStr(ctx, web, "native");
    status = JS_IsException(native) ? -1 : JS_SetPropertyFunctionList(ctx, native, functions, countof(functions));
    JS_FreeValue(ctx, native);
    return status;
}

/* ---- for programs ---- */

/* `transfer` of StructuredSerializeOptions: an array of ours, or undefined. Throws. */
static JSValue snap_clone_option(JSContext *ctx, JSValueConst options)
{
    JSValue given, transfer;

    if (JS_IsUndefined(options) || JS_IsNull(options))
        return JS_UNDEFINED;
    if (!JS_IsObject(options))
        return JS_ThrowTypeError(ctx, "structuredClone: the options must be an object");
    given = JS_GetPropertyStr(ctx, options, "transfer");
    if (JS_IsException(given) || JS_IsUndefined(given))
        return given;
    if (JS_IsObject(given))
        transfer = iterator_to_array(ctx, given);
    else
        transfer = JS_ThrowTypeError(ctx, "structuredClone: the option transfer must be a sequence of objects");
    JS_FreeValue(ctx, given);
    return transfer;
}

static JSValue snap_structured_clone(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_clone clone = { 0 };
    JSValue transfer, value;
    bool is_serialized;
    (void)this_value;

    if (argc < 1)
        return JS_ThrowTypeError(ctx, "structuredClone: a value is required");
    transfer = snap_clone_option(ctx, argc > 1 ? argv[1] : JS_UNDEFINED);
    if (JS_IsException(transfer))
        return transfer;
    is_serialized = snap_clone_serialize(ctx, argv[0], transfer, &clone);
    JS_FreeValue(ctx, transfer);
    if (!is_serialized)
        return JS_EXCEPTION;
    value = snap_clone_deserialize(ctx, &clone, true, NULL);
    snap_clone_free(ctx->rt, &clone);
    return value;
}

static int snap_add_structured_clone(JSContext *ctx, JSValueConst web)
{
    static const JSCFunctionListEntry functions[] = { JS_CFUNC_DEF2("structuredClone", 1, snap_structured_clone, JS_PROP_C_W_E) };
    (void)web;

    if (snap_platform_initialize(ctx) < 0)
        return -1;
    return JS_SetPropertyFunctionList(ctx, ctx->global_obj, functions, countof(functions));
}
