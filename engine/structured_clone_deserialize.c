/* StructuredDeserialize of HTML: a record to a value of this realm. */
typedef struct snap_clone_reader {
    JSContext *ctx;
    const snap_clone *clone;
    uint32_t at;
    bool is_last;            /* the record is of no use afterwards, so its buffers are taken and not copied */
    JSValue *objects;        /* by number */
    uint32_t count;
} snap_clone_reader;

static JSValue snap_clone_read(snap_clone_reader *r);

static JSValueConst snap_clone_take(snap_clone_reader *r)
{
    return r->clone->items[r->at++];
}

static uint32_t snap_clone_take_uint(snap_clone_reader *r)
{
    double number = 0;
    js_arith_to_float64(snap_clone_take(r), &number);
    return (uint32_t)number;
}

/* Gives the object the next number. */
static void snap_clone_register(snap_clone_reader *r, JSValueConst object)
{
    r->objects[r->count++] = js_dup(object);
}

/* An object of the class, numbered; a DataCloneError where the realm has no such class. Throws. */
static JSValue snap_clone_new(snap_clone_reader *r, JSClassID class_id)
{
    JSContext *ctx = r->ctx;
    JSValue object;

    if (!JS_IsObject(ctx->class_proto[class_id])) {
        JSValue name = JS_AtomToString(ctx, ctx->rt->class_array[class_id].class_name);
        return snap_throw_data_clone(ctx, "This realm has no ", name, ", so a value could not be cloned.");
    }
    if (class_id == JS_CLASS_MAP || class_id == JS_CLASS_SET)
        object = js_map_constructor(ctx, JS_UNDEFINED, 0, NULL, class_id == JS_CLASS_MAP ? 0 : MAGIC_SET);   /* runs no code of the program */
    else
        object = JS_NewObjectClass(ctx, class_id);
    if (!JS_IsException(object))
        snap_clone_register(r, object);
    return object;
}

static JSValue snap_clone_read_wrapper(snap_clone_reader *r)
{
    JSValue object = JS_ToObject(r->ctx, snap_clone_take(r));

    if (!JS_IsException(object))
        snap_clone_register(r, object);
    return object;
}

static JSValue snap_clone_read_date(snap_clone_reader *r)
{
    JSValue date = snap_clone_new(r, JS_CLASS_DATE);

    if (!JS_IsException(date))
        JS_SetObjectData(r->ctx, date, js_dup(snap_clone_take(r)));
    return date;
}

/* The engine has one compiled form for all realms. */
static JSValue snap_clone_read_regexp(snap_clone_reader *r)
{
    JSValueConst pattern = snap_clone_take(r), bytecode = snap_clone_take(r);
    JSValue regexp;

    if (!JS_IsObject(r->ctx->class_proto[JS_CLASS_REGEXP]))
        return snap_clone_new(r, JS_CLASS_REGEXP);
    regexp = js_regexp_constructor_internal(r->ctx, JS_UNDEFINED, js_dup(pattern), js_dup(bytecode));
    if (!JS_IsException(regexp))
        snap_clone_register(r, regexp);
    return regexp;
}

/* ---- binary data ---- */

static JSValue snap_clone_read_buffer(snap_clone_reader *r)
{
    JSValueConst kept = snap_clone_take(r);
    const JSArrayBuffer *buffer = JS_VALUE_GET_OBJ(kept)->u.array_buffer;
    JSClassID class_id = JS_VALUE_GET_OBJ(kept)->class_id;
    JSValue copy;

    if (!JS_IsObject(r->ctx->class_proto[class_id]))
        return snap_clone_new(r, class_id);
    copy = r->is_last && !buffer->shared ? snap_buffer_move(r->ctx, kept) : snap_buffer_copy(r->ctx, buffer);
    if (!JS_IsException(copy))
        snap_clone_register(r, copy);
    return copy;
}

/* Over the buffer, taken over, though it may have become too short for the view. */
static void snap_clone_attach(JSObject *view, JSTypedArray *array, JSObject *buffer, uint32_t offset, double length)
{
    const JSArrayBuffer *data = buffer->u.array_buffer;
    uint32_t size = (uint32_t)data->byte_length, width;

    array->obj = view;
    array->buffer = buffer;
    array->offset = offset;
    array->track_rab = length < 0;
    array->length = length >= 0 ? (uint32_t)length : offset < size ? size - offset : 0;
    list_add_tail(&array->link, &buffer->u.array_buffer->array_list);
    if (view->class_id == JS_CLASS_DATAVIEW) {
        view->u.typed_array = array;
        return;
    }
    width = (uint32_t)typed_array_size_log2(view->class_id);
    view->u.array.u1.typed_array = array;
    if (offset > size || array->length > size - offset)
        return;
    view->u.array.count = array->length >> width;
    array->length = view->u.array.count << width;
    view->u.array.u.ptr = data->data + offset;
}

static JSValue snap_clone_read_view(snap_clone_reader *r)
{
    JSClassID class_id = (JSClassID)snap_clone_take_uint(r);
    uint32_t offset = snap_clone_take_uint(r);
    JSValueConst number = snap_clone_take(r);
    JSValue buffer = snap_clone_read(r), view;
    JSTypedArray *array;
    double length = 0;

    if (JS_IsException(buffer))
        return buffer;
    js_arith_to_float64(number, &length);
    view = snap_clone_new(r, class_id);
    array = JS_IsException(view) ? NULL : js_malloc(r->ctx, sizeof *array);
    if (!array) {
        JS_FreeValue(r->ctx, buffer);
        JS_FreeValue(r->ctx, view);
        return JS_EXCEPTION;
    }
    snap_clone_attach(JS_VALUE_GET_OBJ(view), array, JS_VALUE_GET_OBJ(buffer), offset, length);
    return view;
}

/* ---- containers ---- */

/* Up to END; the object is what is returned, or freed. */
static JSValue snap_clone_read_members(snap_clone_reader *r, JSValue object)
{
    for (;;) {
        JSValueConst key = snap_clone_take(r);
        JSValue value;
        JSAtom atom;
        int status = -1;

        if (snap_clone_operation_of(key) == SNAP_CLONE_END)
            return object;
        value = snap_clone_read(r);
        atom = JS_IsException(value) ? JS_ATOM_NULL : JS_ValueToAtom(r->ctx, key);
        if (atom != JS_ATOM_NULL)
            status = JS_DefinePropertyValue(r->ctx, object, atom, value, JS_PROP_C_W_E);
        else
            JS_FreeValue(r->ctx, value);
        JS_FreeAtom(r->ctx, atom);
        if (status < 0) {
            JS_FreeValue(r->ctx, object);
            return JS_EXCEPTION;
        }
    }
}

/* A hole is made by deletion, which leaves the engine's array of values for properties. */
static int snap_clone_read_element(snap_clone_reader *r, JSValueConst array, uint32_t index)
{
    JSObject *object = JS_VALUE_GET_OBJ(array);
    JSValue value;

    if (snap_clone_operation_of(r->clone->items[r->at]) == SNAP_CLONE_HOLE) {
        r->at++;
        return JS_DeletePropertyInt64(r->ctx, array, index, 0);
    }
    value = snap_clone_read(r);
    if (JS_IsException(value))
        return -1;
    if (!object->fast_array || index >= object->u.array.count)
        return JS_DefinePropertyValueUint32(r->ctx, array, index, value, JS_PROP_C_W_E);
    set_value(r->ctx, &object->u.array.u.values[index], value);
    return 0;
}

static JSValue snap_clone_read_array(snap_clone_reader *r)
{
    JSValueConst length = snap_clone_take(r);
    uint32_t count = snap_clone_take_uint(r);
    JSValue array = js_allocate_fast_array(r->ctx, count);

    if (JS_IsException(array))
        return array;
    snap_clone_register(r, array);
    for (uint32_t i = 0; i < count; i++)
        if (snap_clone_read_element(r, array, i) < 0)
            goto fail;
    if (JS_SetProperty(r->ctx, array, JS_ATOM_length, js_dup(length)) < 0)
        goto fail;
    return snap_clone_read_members(r, array);
fail:
    JS_FreeValue(r->ctx, array);
    return JS_EXCEPTION;
}

static JSValue snap_clone_read_object(snap_clone_reader *r)
{
    JSValue object = snap_clone_new(r, JS_CLASS_OBJECT);

    return JS_IsException(object) ? object : snap_clone_read_members(r, object);
}

static JSValue snap_clone_read_map(snap_clone_reader *r, JSClassID class_id)
{
    uint32_t count = snap_clone_take_uint(r);
    JSValue map = snap_clone_new(r, class_id);

    for (uint32_t i = 0; i < count && !JS_IsException(map); i++) {
        JSValue key = snap_clone_read(r), value = JS_UNDEFINED;
        if (class_id == JS_CLASS_MAP && !JS_IsException(key))
            value = snap_clone_read(r);
        if (!JS_IsException(key) && !JS_IsException(value) && snap_add_record(r->ctx, JS_VALUE_GET_OBJ(map)->u.map_state, key, value))
            continue;
        if (JS_IsException(value))
            JS_FreeValue(r->ctx, key);
        JS_FreeValue(r->ctx, map);
        map = JS_EXCEPTION;
    }
    return map;
}

/* ---- errors ---- */

/* What `stack` of the error tells; -1 and throws. */
static int snap_clone_set_stack(JSContext *ctx, JSValueConst error, JSValueConst stack)
{
    JSObject *object = JS_VALUE_GET_OBJ(error);

    if (JS_IsUndefined(stack))
        return 0;
    if (object->class_id != JS_CLASS_ERROR)
        return JS_DefinePropertyValue(ctx, error, JS_ATOM_stack, js_dup(stack), JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    set_value(ctx, &object->u.object_data, js_dup(stack));
    return 0;
}

/* `stack` and `cause` of the tape; -1 and throws. */
static int snap_clone_read_origin(snap_clone_reader *r, JSValueConst error)
{
    JSValue cause;

    if (snap_clone_set_stack(r->ctx, error, snap_clone_take(r)) < 0)
        return -1;
    if (snap_clone_operation_of(r->clone->items[r->at]) == SNAP_CLONE_HOLE) {
        r->at++;
        return 0;
    }
    cause = snap_clone_read(r);
    if (JS_IsException(cause))
        return -1;
    return JS_DefinePropertyValue(r->ctx, error, JS_ATOM_cause, cause, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
}

static JSValue snap_clone_read_error(snap_clone_reader *r)
{
    uint32_t kind = snap_clone_take_uint(r);
    JSValueConst message = snap_clone_take(r);
    JSContext *ctx = r->ctx;
    JSValue error = JS_NewObjectProtoClass(ctx, kind == JS_PLAIN_ERROR ? ctx->class_proto[JS_CLASS_ERROR] : ctx->native_error_proto[kind], JS_CLASS_ERROR);
    int status = 0;

    if (JS_IsException(error))
        return error;
    snap_clone_register(r, error);
    if (!JS_IsUndefined(message))
        status = JS_DefinePropertyValue(ctx, error, JS_ATOM_message, js_dup(message), JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
    if (status >= 0 && snap_clone_read_origin(r, error) >= 0)
        return error;
    JS_FreeValue(ctx, error);
    return JS_EXCEPTION;
}

static JSValue snap_clone_read_dom_exception(snap_clone_reader *r)
{
    JSValueConst name = snap_clone_take(r), message = snap_clone_take(r), stack = snap_clone_take(r);
    JSValue error = snap_clone_new(r, JS_CLASS_DOM_EXCEPTION);
    JSDOMExceptionData *data = JS_IsException(error) ? NULL : js_malloc(r->ctx, sizeof *data);

    if (data) {
        *data = (JSDOMExceptionData){ js_dup(name), js_dup(message), -1 };
        JS_SetOpaqueInternal(error, data);
        if (snap_clone_set_stack(r->ctx, error, stack) >= 0)
            return error;
    }
    JS_FreeValue(r->ctx, error);
    return JS_EXCEPTION;
}

/* ---- all ---- */

/* Of the interface of this name, by one of its functions. Throws. */
static JSValue snap_clone_make(JSContext *ctx, JSValueConst interface, const char *function, JSValueConst data)
{
    JSValue made = snap_platform_make(ctx, interface, function, data);

    if (JS_IsUninitialized(made))
        return snap_throw_data_clone(ctx, "This realm has no ", js_dup(interface), ", so a value could not be cloned.");
    return made;
}

static JSValue snap_clone_read_platform(snap_clone_reader *r)
{
    JSValueConst interface = snap_clone_take(r), data = snap_clone_take(r);
    JSValue made = snap_clone_make(r->ctx, interface, "deserialize", data);

    if (!JS_IsException(made))
        snap_clone_register(r, made);
    return made;
}

static JSValue snap_clone_read(snap_clone_reader *r)
{
    JSValueConst item = snap_clone_take(r);
    int operation = snap_clone_operation_of(item);

    if (operation >= 0 && js_check_stack_overflow(r->ctx->rt, 0))
        return JS_ThrowStackOverflow(r->ctx);
    if (operation >= 0 && js_poll_interrupts(r->ctx))
        return JS_EXCEPTION;
    switch (operation) {
    case SNAP_CLONE_WRAPPER: return snap_clone_read_wrapper(r);
    case SNAP_CLONE_DATE: return snap_clone_read_date(r);
    case SNAP_CLONE_REG_EXP: return snap_clone_read_regexp(r);
    case SNAP_CLONE_BUFFER: return snap_clone_read_buffer(r);
    case SNAP_CLONE_VIEW: return snap_clone_read_view(r);
    case SNAP_CLONE_MAP: return snap_clone_read_map(r, JS_CLASS_MAP);
    case SNAP_CLONE_SET: return snap_clone_read_map(r, JS_CLASS_SET);
    case SNAP_CLONE_ERROR: return snap_clone_read_error(r);
    case SNAP_CLONE_DOM_EXCEPTION: return snap_clone_read_dom_exception(r);
    case SNAP_CLONE_ARRAY: return snap_clone_read_array(r);
    case SNAP_CLONE_OBJECT: return snap_clone_read_object(r);
    case SNAP_CLONE_PLATFORM: return snap_clone_read_platform(r);
    case SNAP_CLONE_REFERENCE: return js_dup(r->objects[snap_clone_take_uint(r)]);
    default: return js_dup(item);
    }
}
