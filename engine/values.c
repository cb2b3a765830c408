/* Values that the host makes and takes one by one: from a message to a handle, and what JavaScript's own conversions make of a handle. */

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
        snap_handle_drop(snap_read_little(snap_input.data + i * sizeof(snap_handle)));
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

/* The bytes of an ArrayBuffer, or of the part that a view shows, as a Uint8Array or ArrayBuffer would have them; false: it has none. */
static bool snap_bytes_of(JSValueConst value, bool whole, const uint8_t **bytes, size_t *size)
{
    JSObject *object = JS_IsObject(value) ? JS_VALUE_GET_OBJ(value) : NULL;
    const JSArrayBuffer *buffer;
    const JSTypedArray *view;

    if (!object)
        return false;
    if (object->class_id == JS_CLASS_ARRAY_BUFFER || object->class_id == JS_CLASS_SHARED_ARRAY_BUFFER) {
        buffer = object->u.array_buffer;
        *bytes = buffer->data;
        *size = buffer->detached ? 0 : buffer->byte_length;
        return true;
    }
    if (!is_typed_array(object->class_id) && object->class_id != JS_CLASS_DATAVIEW)
        return false;
    view = object->u.typed_array;
    buffer = view->buffer->u.array_buffer;
    *bytes = buffer->data;
    *size = buffer->detached ? 0 : buffer->byte_length;
    if (whole)
        return true;
    if (object->class_id == JS_CLASS_DATAVIEW)
        *size = view->track_rab ? *size - view->offset : view->length;
    else
        *size = (size_t)object->u.array.count << typed_array_size_log2(object->class_id);
    *bytes += view->offset;
    if (buffer->detached || (object->class_id != JS_CLASS_DATAVIEW && typed_array_is_oob(object)) ||
        (size_t)view->offset + *size > buffer->byte_length)
        *size = 0;
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
