/* Values that the host makes, takes and gives back one by one: from a message to a handle, and what JavaScript's own conversions make of one. */

uint32_t snap_read(snap_handle handle)
{
    JSValue value;

    snap_enter();
    if (!snap_handle_get(handle, &value))
        return snap_leave(SNAP_STATUS_INVALID);
    return snap_leave(snap_result_value(snap_context, JS_DupValue(snap_context, value), 0));
}

void snap_release(uint32_t count)
{
    if ((uint64_t)count * sizeof(snap_handle) > snap_input.capacity)
        return;
    for (uint32_t i = 0; i < count; i++)
        snap_handle_give_back(snap_read_little(snap_input.data + i * sizeof(snap_handle)));
}

/* The buffer under a typed array, taken over. */
static JSValue snap_buffer_under(JSContext *ctx, JSValue array)
{
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, array, NULL, NULL, NULL);
    JS_FreeValue(ctx, array);
    return buffer;
}

static JSValue snap_error_of(JSContext *ctx, JSValue message)
{
    JSValue error = JS_NewError(ctx);

    if (JS_IsException(error))
        JS_FreeValue(ctx, message);
    else if (JS_DefinePropertyValue(ctx, error, JS_ATOM_message, message, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE) < 0) {
        JS_FreeValue(ctx, error);
        return JS_EXCEPTION;
    }
    return error;
}

uint32_t snap_wrap(uint32_t kind)
{
    JSContext *ctx = snap_context;
    JSValue value;
    uint32_t status;

    snap_enter();
    status = snap_take_input_value(ctx, &value);
    if (status != SNAP_STATUS_OK)
        return snap_leave(snap_result_undecoded(ctx, status));
    if (kind == SNAP_WRAP_ARRAY_BUFFER)
        value = snap_buffer_under(ctx, value);
    else if (kind == SNAP_WRAP_ERROR)
        value = snap_error_of(ctx, value);
    return snap_leave(snap_result_value(ctx, value, SNAP_RUN_AS_HANDLE));
}

static const JSArrayBuffer *snap_array_buffer(JSValueConst value)
{
    JSClassID class_id = JS_GetClassID(value);
    bool is_buffer = class_id == JS_CLASS_ARRAY_BUFFER || class_id == JS_CLASS_SHARED_ARRAY_BUFFER;
    return is_buffer ? JS_VALUE_GET_OBJ(value)->u.array_buffer : NULL;
}

/* How many bytes a view shows; 0 when its buffer has shrunk or is gone. */
static size_t snap_view_size(const JSObject *object, const JSTypedArray *view, size_t buffer_size)
{
    size_t size;

    if (view->offset > buffer_size)
        return 0;
    if (object->class_id != JS_CLASS_DATAVIEW)
        size = (size_t)object->u.array.count << typed_array_size_log2(object->class_id);
    else
        size = view->track_rab ? buffer_size - view->offset : view->length;
    return size <= buffer_size - view->offset ? size : 0;
}

/* The bytes of an ArrayBuffer, or those that a view shows, or with `whole` those of the buffer under it; false: it has none. */
static bool snap_bytes_of(JSValueConst value, bool whole, const uint8_t **bytes, size_t *size)
{
    const JSArrayBuffer *buffer = snap_array_buffer(value);
    const JSTypedArray *view = NULL;

    if (!buffer) {
        if (!is_typed_array(JS_GetClassID(value)) && JS_GetClassID(value) != JS_CLASS_DATAVIEW)
            return false;
        view = JS_VALUE_GET_OBJ(value)->u.typed_array;
        buffer = view->buffer->u.array_buffer;
    }
    *bytes = buffer->data;
    *size = buffer->detached ? 0 : buffer->byte_length;
    if (view && !whole) {
        *size = snap_view_size(JS_VALUE_GET_OBJ(value), view, *size);
        if (*size)
            *bytes += view->offset;
    }
    return true;
}

static uint32_t snap_result_bytes(JSValueConst value, bool whole)
{
    const uint8_t *bytes;
    size_t size;

    if (!snap_bytes_of(value, whole, &bytes, &size))
        return SNAP_STATUS_ABSENT;
    snap_buffer_clear(&snap_output);
    snap_put_bin_header(&snap_output, (uint32_t)size);
    snap_put(&snap_output, bytes, size);
    return SNAP_STATUS_OK;
}

uint32_t snap_convert(snap_handle handle, uint32_t kind)
{
    JSContext *ctx = snap_context;
    JSValue value, converted = JS_EXCEPTION;

    snap_enter();
    if (!snap_handle_get(handle, &value))
        return snap_leave(SNAP_STATUS_INVALID);
    if (kind == SNAP_CONVERT_BUFFER || kind == SNAP_CONVERT_BYTES)
        return snap_leave(snap_result_bytes(value, kind == SNAP_CONVERT_BUFFER));
    value = JS_DupValue(ctx, value);   /* the host may release its handle meanwhile */
    switch (kind) {
    case SNAP_CONVERT_NUMBER:
        converted = JS_ToNumber(ctx, value);
        break;
    case SNAP_CONVERT_BIG_INT:
        converted = JS_ToBigInt(ctx, value);
        break;
    case SNAP_CONVERT_STRING:
        converted = JS_ToString(ctx, value);
        break;
    case SNAP_CONVERT_BOOLEAN:
        converted = JS_NewBool(ctx, JS_ToBool(ctx, value) > 0);
        break;
    default:
        JS_ThrowInternalError(ctx, "there is no such conversion");
    }
    JS_FreeValue(ctx, value);
    return snap_leave(snap_result_value(ctx, converted, 0));
}
