/* StructuredSerializeInternal of HTML: a value to a record. https://html.spec.whatwg.org/multipage/structured-data.html
 *
 * Getters run, and may change or free what they like: what is read here is read again after one has run, and the objects met are kept alive. */
typedef struct snap_clone_writer {
    JSContext *ctx;
    snap_clone *clone;
    snap_seen seen;
    uint32_t runs;      /* how often code of the program may have run */
} snap_clone_writer;

static bool snap_clone_write(snap_clone_writer *w, JSValueConst value);

/* Whether to go on. The host that is asked may run the program. */
static bool snap_clone_poll(snap_clone_writer *w)
{
    if (--w->ctx->interrupt_counter > 0)
        return true;
    w->runs++;
    return !__js_poll_interrupts(w->ctx);
}

/* ---- errors ---- */

/* Throws a DataCloneError; strings are taken over, and may be JS_EXCEPTION. Returns JS_EXCEPTION. */
static JSValue snap_throw_data_clone(JSContext *ctx, const char *before, JSValue text, const char *after)
{
    JSValue message = JS_ConcatString3(ctx, before, text, after);
    JSValue name = JS_IsException(message) ? JS_EXCEPTION : js_new_string8(ctx, "DataCloneError");
    JSValueConst arguments[] = { message, name };
    JSValue error = JS_IsException(name) ? JS_EXCEPTION : js_domexception_constructor0(ctx, JS_UNDEFINED, 2, arguments, 0);

    JS_FreeValue(ctx, name);
    JS_FreeValue(ctx, message);
    return JS_IsException(error) ? error : JS_Throw(ctx, error);
}

/* What a value that cannot be cloned is called; throws. */
static JSValue snap_clone_name(JSContext *ctx, JSValueConst value)
{
    JSValue name;

    if (!JS_IsObject(value))
        return snap_thrown_text(ctx, value);
    if (!JS_IsFunction(ctx, value)) {
        name = snap_class_name(ctx, JS_VALUE_GET_OBJ(value));
        return JS_IsUninitialized(name) ? JS_EXCEPTION : JS_ConcatString3(ctx, "#<", name, ">");
    }
    name = JS_VALUE_GET_OBJ(value)->class_id == JS_CLASS_PROXY ? JS_UNDEFINED : snap_find_data(ctx, JS_VALUE_GET_OBJ(value), JS_ATOM_name, false);
    if (tag_is_string(JS_VALUE_GET_TAG(name)) && !JS_IsEmptyString(name))
        return JS_ConcatString3(ctx, "function ", name, "");
    JS_FreeValue(ctx, name);
    return js_new_string8(ctx, "function");
}

/* False, as all that write. */
static bool snap_clone_refuse(snap_clone_writer *w, JSValueConst value)
{
    snap_throw_data_clone(w->ctx, "", snap_clone_name(w->ctx, value), " could not be cloned.");
    return false;
}

/* ---- parts ---- */

static bool snap_clone_put_uint(snap_clone_writer *w, uint32_t number)
{
    return snap_clone_put(w->ctx, w->clone, js_uint32(number));
}

/* Gives the object the next number. */
static bool snap_clone_number(snap_clone_writer *w, JSObject *object)
{
    uint32_t number;

    if (snap_seen_add(&w->seen, object, &number) >= 0)
        return true;
    snap_throw_no_memory(w->ctx);
    return false;
}

static bool snap_clone_begin(snap_clone_writer *w, JSObject *object, int operation)
{
    return snap_clone_number(w, object) && snap_clone_put_operation(w->ctx, w->clone, operation);
}

/* The value is taken over; may be JS_EXCEPTION. */
static bool snap_clone_write_free(snap_clone_writer *w, JSValue value)
{
    bool is_written = !JS_IsException(value) && snap_clone_write(w, value);

    JS_FreeValue(w->ctx, value);
    return is_written;
}

static bool snap_clone_put_key(snap_clone_writer *w, JSAtom key)
{
    if (__JS_AtomIsTaggedInt(key))
        return snap_clone_put_uint(w, __JS_AtomToUInt32(key));
    return snap_clone_put(w->ctx, w->clone, js_dup(JS_MKPTR(JS_TAG_STRING, w->ctx->rt->atom_array[key])));
}

/* The object's own property, whose getter runs. 1, or 0: there is none any more; -1 and throws. */
static int snap_clone_get(snap_clone_writer *w, JSObject *object, JSAtom key, JSValue *value)
{
    JSValueConst holder = JS_MKPTR(JS_TAG_OBJECT, object);
    int flags, found = JS_GetOwnPropertyFlagsInternal(w->ctx, &flags, object, key);

    if (found <= 0)
        return found;
    w->runs++;
    *value = JS_GetProperty(w->ctx, holder, key);
    return JS_IsException(*value) ? -1 : 1;
}

static bool snap_clone_write_member(snap_clone_writer *w, JSObject *object, JSAtom key)
{
    JSValue value;
    int found = snap_clone_get(w, object, key, &value);

    if (found <= 0)
        return found == 0;
    if (!snap_clone_put_key(w, key)) {
        JS_FreeValue(w->ctx, value);
        return false;
    }
    return snap_clone_write_free(w, value);
}

/* ---- members ---- */

/* The enumerable properties in the order of Object.keys(), without the indices below `first`. */
static bool snap_clone_write_keys(snap_clone_writer *w, JSObject *object, uint32_t first)
{
    JSPropertyEnum *keys;
    uint32_t count, index, i;

    if (JS_GetOwnPropertyNamesInternal(w->ctx, &keys, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return false;
    for (i = 0; i < count; i++) {
        if (first && JS_AtomIsArrayIndex(w->ctx, &index, keys[i].atom) && index < first)
            continue;
        if (!snap_clone_write_member(w, object, keys[i].atom))
            break;
    }
    js_free_prop_enum(w->ctx, keys, count);
    return i == count;
}

/* A hashed shape that more than one holds is never changed, so it is the list of keys; values are read from the object directly until code
 * of the program has run. */
static bool snap_clone_write_shape(snap_clone_writer *w, JSObject *object)
{
    JSShape *shape = object->shape;
    uint32_t runs = w->runs;
    bool is_written = true;

    js_dup_shape(shape);
    for (int i = 0; i < shape->prop_count && is_written; i++) {
        const JSShapeProperty *property = &get_shape_prop(shape)[i];
        if (!snap_is_key(w->ctx, property))
            continue;
        if (w->runs == runs && (property->flags & JS_PROP_TMASK) == JS_PROP_NORMAL)
            is_written = snap_clone_put_key(w, property->atom) && snap_clone_write_free(w, js_dup(object->prop[i].u.value));
        else
            is_written = snap_clone_write_member(w, object, property->atom);
    }
    js_free_shape(w->ctx->rt, shape);
    return is_written;
}

static bool snap_clone_write_plain(snap_clone_writer *w, JSObject *object)
{
    bool is_simple = object->class_id == JS_CLASS_OBJECT && object->shape->is_hashed && snap_count_keys(w->ctx, object->shape) >= 0;

    return snap_clone_begin(w, object, SNAP_CLONE_OBJECT) &&
        (is_simple ? snap_clone_write_shape(w, object) : snap_clone_write_keys(w, object, 0)) &&
        snap_clone_put_operation(w->ctx, w->clone, SNAP_CLONE_END);
}

static bool snap_clone_write_element(snap_clone_writer *w, JSObject *array, uint32_t index)
{
    JSValue value;
    JSAtom key;
    int found;

    if (array->fast_array && index < array->u.array.count)
        return snap_clone_write_free(w, js_dup(array->u.array.u.values[index]));
    key = JS_NewAtomUInt32(w->ctx, index);
    if (key == JS_ATOM_NULL)
        return false;
    found = snap_clone_get(w, array, key, &value);
    JS_FreeAtom(w->ctx, key);
    if (found == 0)
        return snap_clone_put_operation(w->ctx, w->clone, SNAP_CLONE_HOLE);
    return found > 0 && snap_clone_write_free(w, value);
}

/* An array has `length` as its first property; what follows in the shape are members that are no elements. */
static bool snap_clone_write_array(snap_clone_writer *w, JSObject *array)
{
    uint32_t count = array->fast_array ? array->u.array.count : 0;
    bool is_dense = array->fast_array && array->shape->prop_count == 1;

    if (!snap_clone_begin(w, array, SNAP_CLONE_ARRAY) || !snap_clone_put(w->ctx, w->clone, js_dup(array->prop[0].u.value)) ||
        !snap_clone_put_uint(w, count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!snap_clone_write_element(w, array, i))
            return false;
    return (is_dense || snap_clone_write_keys(w, array, count)) && snap_clone_put_operation(w->ctx, w->clone, SNAP_CLONE_END);
}

/* ---- Map and Set ---- */

/* The entries as they are now, a key and a value each, into memory that the caller frees; throws. */
static JSValue *snap_clone_entries(JSContext *ctx, const JSMapState *state, uint32_t *count)
{
    JSValue *entries = js_malloc(ctx, (size_t)state->record_count * 2 * sizeof *entries + 1);
    struct list_head *element;

    *count = 0;
    if (!entries)
        return NULL;
    list_for_each(element, &state->records) {
        const JSMapRecord *record = list_entry(element, JSMapRecord, link);
        if (record->empty)
            continue;
        entries[(*count)++] = js_dup(record->key);
        entries[(*count)++] = js_dup(record->value);
    }
    return entries;
}

static bool snap_clone_write_map(snap_clone_writer *w, JSObject *map)
{
    uint32_t count, step = map->class_id == JS_CLASS_MAP ? 1 : 2;
    JSValue *entries = snap_clone_entries(w->ctx, map->u.map_state, &count);
    bool is_written = entries && snap_clone_begin(w, map, step == 1 ? SNAP_CLONE_MAP : SNAP_CLONE_SET) && snap_clone_put_uint(w, count / 2);

    for (uint32_t i = 0; i < count && is_written; i += step)
        is_written = snap_clone_write(w, entries[i]);
    snap_free_values(w->ctx, entries, count);
    js_free(w->ctx, entries);
    return is_written;
}

/* ---- errors, as values ---- */

/* By the property `name`, which may be a getter; -1 and throws. */
static int snap_clone_error_kind(snap_clone_writer *w, JSValueConst error)
{
    JSValue name = JS_GetProperty(w->ctx, error, JS_ATOM_name);
    int kind = JS_PLAIN_ERROR;
    const char *text;

    w->runs++;
    if (JS_IsException(name))
        return -1;
    if (!JS_IsString(name)) {
        JS_FreeValue(w->ctx, name);
        return kind;
    }
    text = JS_ToCString(w->ctx, name);
    JS_FreeValue(w->ctx, name);
    if (!text)
        return -1;
    for (int i = JS_EVAL_ERROR; i <= JS_URI_ERROR; i++)
        if (!strcmp(text, native_error_name[i]))
            kind = i;
    JS_FreeCString(w->ctx, text);
    return kind;
}

/* The error's own data property as a string, or undefined; throws. */
static JSValue snap_clone_error_message(snap_clone_writer *w, JSObject *error)
{
    JSValue message = snap_find_data(w->ctx, error, JS_ATOM_message, false);

    if (JS_IsUninitialized(message))
        return JS_UNDEFINED;
    w->runs++;
    return JS_ToStringFree(w->ctx, message);
}

static JSValue snap_clone_stack(JSContext *ctx, JSObject *error)
{
    JSValue stack = snap_error_stack(ctx, error);
    return JS_IsUninitialized(stack) ? JS_UNDEFINED : stack;
}

static bool snap_clone_write_error(snap_clone_writer *w, JSObject *error)
{
    int kind = snap_clone_error_kind(w, JS_MKPTR(JS_TAG_OBJECT, error));
    JSValue message = kind < 0 ? JS_EXCEPTION : snap_clone_error_message(w, error), cause;

    if (JS_IsException(message))
        return false;
    if (!snap_clone_begin(w, error, SNAP_CLONE_ERROR) || !snap_clone_put_uint(w, (uint32_t)kind)) {
        JS_FreeValue(w->ctx, message);
        return false;
    }
    if (!snap_clone_put(w->ctx, w->clone, message) || !snap_clone_put(w->ctx, w->clone, snap_clone_stack(w->ctx, error)))
        return false;
    cause = snap_find_data(w->ctx, error, JS_ATOM_cause, false);
    if (JS_IsUninitialized(cause))
        return snap_clone_put_operation(w->ctx, w->clone, SNAP_CLONE_HOLE);
    return snap_clone_write_free(w, cause);
}

static bool snap_clone_write_dom_exception(snap_clone_writer *w, JSObject *error)
{
    const JSDOMExceptionData *data = error->u.opaque;

    return snap_clone_begin(w, error, SNAP_CLONE_DOM_EXCEPTION) && snap_clone_put(w->ctx, w->clone, js_dup(data->name)) &&
        snap_clone_put(w->ctx, w->clone, js_dup(data->message)) && snap_clone_put(w->ctx, w->clone, snap_clone_stack(w->ctx, error));
}

/* ---- binary data ---- */

static bool snap_clone_write_buffer(snap_clone_writer *w, JSObject *buffer)
{
    if (buffer->u.array_buffer->detached) {
        snap_throw_data_clone(w->ctx, "", js_new_string8(w->ctx, "An ArrayBuffer is detached and"), " could not be cloned.");
        return false;
    }
    return snap_clone_begin(w, buffer, SNAP_CLONE_BUFFER) && snap_clone_put(w->ctx, w->clone, snap_buffer_copy(w->ctx, buffer->u.array_buffer));
}

static bool snap_clone_write_view(snap_clone_writer *w, JSObject *view)
{
    const JSTypedArray *array = view->class_id == JS_CLASS_DATAVIEW ? view->u.typed_array : view->u.array.u1.typed_array;
    JSValue length = array->track_rab ? js_int32(-1) : js_uint32(array->length);

    if (view->class_id == JS_CLASS_DATAVIEW ? dataview_is_oob(view) : typed_array_is_oob(view))
        return snap_clone_refuse(w, JS_MKPTR(JS_TAG_OBJECT, view));
    return snap_clone_put_operation(w->ctx, w->clone, SNAP_CLONE_VIEW) && snap_clone_put_uint(w, view->class_id) &&
        snap_clone_put_uint(w, array->offset) && snap_clone_put(w->ctx, w->clone, length) &&
        snap_clone_write(w, JS_MKPTR(JS_TAG_OBJECT, array->buffer)) && snap_clone_number(w, view);
}

/* ---- other objects ---- */

static bool snap_clone_write_regexp(snap_clone_writer *w, JSObject *object)
{
    const JSRegExp *regexp = &object->u.regexp;

    return snap_clone_begin(w, object, SNAP_CLONE_REG_EXP) &&
        snap_clone_put(w->ctx, w->clone, js_dup(JS_MKPTR(JS_TAG_STRING, regexp->pattern))) &&
        snap_clone_put(w->ctx, w->clone, js_dup(JS_MKPTR(JS_TAG_STRING, regexp->bytecode)));
}

static bool snap_clone_write_data(snap_clone_writer *w, JSObject *object, int operation)
{
    return snap_clone_begin(w, object, operation) && snap_clone_put(w->ctx, w->clone, js_dup(object->u.object_data));
}

static bool snap_clone_write_platform(snap_clone_writer *w, JSObject *object, JSValueConst functions)
{
    JSValue data = snap_platform_call(w->ctx, functions, "serialize", JS_MKPTR(JS_TAG_OBJECT, object));

    w->runs++;
    if (JS_IsUninitialized(data))
        return snap_clone_refuse(w, JS_MKPTR(JS_TAG_OBJECT, object));
    if (JS_IsException(data))
        return false;
    if (snap_clone_put_operation(w->ctx, w->clone, SNAP_CLONE_PLATFORM) && snap_clone_put(w->ctx, w->clone, snap_platform_name(w->ctx, functions)))
        return snap_clone_put(w->ctx, w->clone, data) && snap_clone_number(w, object);
    JS_FreeValue(w->ctx, data);
    return false;
}

/* Of the classes with internal slots, those that are cloned; everything else that is no ordinary object is refused. */
static bool snap_clone_write_class(snap_clone_writer *w, JSObject *object)
{
    switch (object->class_id) {
    case JS_CLASS_OBJECT:
    case JS_CLASS_ARGUMENTS:
    case JS_CLASS_ITERATOR:
        if (snap_is_global(w->ctx, object))
            break;
        return snap_clone_write_plain(w, object);
    case JS_CLASS_ARRAY:
        return snap_clone_write_array(w, object);
    case JS_CLASS_BOOLEAN:
    case JS_CLASS_NUMBER:
    case JS_CLASS_STRING:
    case JS_CLASS_BIG_INT:
        return snap_clone_write_data(w, object, SNAP_CLONE_WRAPPER);
    case JS_CLASS_DATE:
        return snap_clone_write_data(w, object, SNAP_CLONE_DATE);
    case JS_CLASS_REGEXP:
        return snap_clone_write_regexp(w, object);
    case JS_CLASS_ARRAY_BUFFER:
    case JS_CLASS_SHARED_ARRAY_BUFFER:
        return snap_clone_write_buffer(w, object);
    case JS_CLASS_MAP:
    case JS_CLASS_SET:
        return snap_clone_write_map(w, object);
    case JS_CLASS_ERROR:
        return snap_clone_write_error(w, object);
    case JS_CLASS_DOM_EXCEPTION:
        return snap_clone_write_dom_exception(w, object);
    default:
        if (is_typed_array(object->class_id) || object->class_id == JS_CLASS_DATAVIEW)
            return snap_clone_write_view(w, object);
    }
    return snap_clone_refuse(w, JS_MKPTR(JS_TAG_OBJECT, object));
}

static bool snap_clone_write_object(snap_clone_writer *w, JSObject *object)
{
    uint32_t number = *snap_seen_slot(&w->seen, object);
    JSValueConst functions = JS_UNINITIALIZED;

    if (number)
        return snap_clone_put_operation(w->ctx, w->clone, SNAP_CLONE_REFERENCE) && snap_clone_put_uint(w, number - 1);
    if (js_check_stack_overflow(w->ctx->rt, 0)) {
        JS_ThrowStackOverflow(w->ctx);
        return false;
    }
    if (!snap_clone_poll(w))
        return false;
    if (object->class_id == JS_CLASS_OBJECT || object->class_id == JS_CLASS_DOM_EXCEPTION)
        functions = snap_platform_functions(object);
    if (JS_IsUninitialized(functions))
        return snap_clone_write_class(w, object);
    return snap_clone_write_platform(w, object, functions);
}

static bool snap_clone_write(snap_clone_writer *w, JSValueConst value)
{
    if (JS_IsObject(value))
        return snap_clone_write_object(w, JS_VALUE_GET_OBJ(value));
    if (JS_IsSymbol(value))
        return snap_clone_refuse(w, value);
    return snap_clone_put(w->ctx, w->clone, js_dup(value));
}
