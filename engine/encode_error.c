/* Errors, and whatever else a program throws. They are read without running guest code: data properties of the object and its
 * prototypes, and what the engine keeps of its own. */

/* A data property's value, the caller's; JS_UNINITIALIZED when there is none, or an accessor stands in its place. */
static JSValue snap_find_data(JSContext *ctx, JSObject *object, JSAtom atom, bool inherited)
{
    for (; object && object->class_id != JS_CLASS_PROXY; object = inherited ? object->shape->proto : NULL) {
        JSProperty *property;
        JSShapeProperty *shape = find_own_property(&property, object, atom);
        JSValue value;

        if (!shape)
            continue;
        switch (shape->flags & JS_PROP_TMASK) {
        case JS_PROP_NORMAL:
            return js_dup(property->u.value);
        case JS_PROP_AUTOINIT:   /* the engine makes these when they are asked for */
            value = JS_GetProperty(ctx, JS_MKPTR(JS_TAG_OBJECT, object), atom);
            if (!JS_IsException(value))
                return value;
            JS_FreeValue(ctx, JS_GetException(ctx));
        }
        break;
    }
    return JS_UNINITIALIZED;
}

static JSValue snap_find_text(JSContext *ctx, JSObject *object, JSAtom atom)
{
    JSValue value = snap_find_data(ctx, object, atom, true);
    if (tag_is_string(JS_VALUE_GET_TAG(value)))
        return value;
    JS_FreeValue(ctx, value);
    return JS_UNINITIALIZED;
}

/* The name or message of an error. A DOMException keeps them to itself, behind getters of its prototype: they are read directly as long
 * as those getters are in place. */
static JSValue snap_error_text(JSContext *ctx, JSObject *error, JSAtom atom)
{
    const JSDOMExceptionData *data = error->class_id == JS_CLASS_DOM_EXCEPTION ? error->u.opaque : NULL;

    for (JSObject *holder = data ? error : NULL; holder && holder->class_id != JS_CLASS_PROXY; holder = holder->shape->proto) {
        JSProperty *property;
        JSShapeProperty *shape = find_own_property(&property, holder, atom);
        const JSObject *getter;

        if (!shape)
            continue;
        getter = (shape->flags & JS_PROP_TMASK) == JS_PROP_GETSET ? property->u.getset.getter : NULL;
        if (getter && getter->class_id == JS_CLASS_C_FUNCTION && getter->u.cfunc.c_function.getter_magic == js_domexception_getfield)
            return js_dup(atom == JS_ATOM_name ? data->name : data->message);
        break;
    }
    return snap_find_text(ctx, error, atom);
}

/* Since 0.17 the engine keeps an Error's stack in the object, and Error.prototype.stack is an accessor. */
static JSValue snap_error_stack(JSContext *ctx, JSObject *error)
{
    JSValue own = snap_find_data(ctx, error, JS_ATOM_stack, false);

    if (tag_is_string(JS_VALUE_GET_TAG(own)))
        return own;
    JS_FreeValue(ctx, own);
    if (error->class_id == JS_CLASS_ERROR && tag_is_string(JS_VALUE_GET_TAG(error->u.object_data)))
        return js_dup(error->u.object_data);
    return snap_find_text(ctx, error, JS_ATOM_stack);
}

/* ---- what is thrown and is no error ---- */

/* The name of the class: of the constructor that the prototype names, else of the engine's class. JS_UNINITIALIZED: no memory. */
static JSValue snap_class_name(JSContext *ctx, JSObject *object)
{
    JSObject *prototype = object->class_id == JS_CLASS_PROXY ? NULL : object->shape->proto;
    JSValue constructor = snap_find_data(ctx, prototype, JS_ATOM_constructor, false);
    JSValue name = JS_UNINITIALIZED;

    if (JS_IsObject(constructor))
        name = snap_find_data(ctx, JS_VALUE_GET_OBJ(constructor), JS_ATOM_name, false);
    JS_FreeValue(ctx, constructor);
    if (JS_VALUE_GET_TAG(name) == JS_TAG_STRING && JS_VALUE_GET_STRING(name)->len)
        return name;
    JS_FreeValue(ctx, name);
    return JS_AtomToString(ctx, ctx->rt->class_array[object->class_id].class_name);
}

static const char *snap_type_name(JSValueConst value)
{
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT: case JS_TAG_FLOAT64: return "number";
    case JS_TAG_STRING: case JS_TAG_STRING_ROPE: return "string";
    case JS_TAG_BOOL: return "boolean";
    case JS_TAG_SYMBOL: return "symbol";
    case JS_TAG_SHORT_BIG_INT: case JS_TAG_BIG_INT: return "bigint";
    case JS_TAG_NULL: return "object";
    default: return "undefined";
    }
}

/* As String(value) of a primitive; of an object its message, or [object Class]. May be JS_EXCEPTION. */
static JSValue snap_thrown_text(JSContext *ctx, JSValueConst thrown)
{
    JSValue text;

    if (JS_IsSymbol(thrown))
        return JS_ConcatString3(ctx, "Symbol(", JS_AtomToString(ctx, js_symbol_to_atom(ctx, thrown)), ")");
    if (!JS_IsObject(thrown))
        return JS_ToString(ctx, thrown);
    text = snap_find_text(ctx, JS_VALUE_GET_OBJ(thrown), JS_ATOM_message);
    if (!JS_IsUninitialized(text))
        return text;
    text = snap_class_name(ctx, JS_VALUE_GET_OBJ(thrown));
    return JS_IsException(text) ? text : JS_ConcatString3(ctx, "[object ", text, "]");
}

/* ---- fields of the payload ---- */

static void snap_put_empty(snap_encoder *e)
{
    snap_put_fixed_ext(e->out, SNAP_EXT_EMPTY, 0, 1);
}

/* A string, taken over; EMPTY for anything else. */
static void snap_write_text_field(snap_encoder *e, JSValue text)
{
    if (JS_VALUE_GET_TAG(text) == JS_TAG_STRING_ROPE) {
        JSValue string = js_linearize_string_rope(e->ctx, text);
        JS_FreeValue(e->ctx, text);
        text = string;
    }
    if (JS_IsException(text))
        JS_FreeValue(e->ctx, JS_GetException(e->ctx));
    if (JS_VALUE_GET_TAG(text) == JS_TAG_STRING)
        snap_put_string(e->out, JS_VALUE_GET_STRING(text));
    else
        snap_put_empty(e);
    JS_FreeValue(e->ctx, text);
}

/* What has failed since the mark becomes EMPTY, if that is allowed. */
static bool snap_forgive(snap_encoder *e, snap_mark mark)
{
    if (!e->is_tolerant || e->out->failed)
        return false;
    snap_encoder_return(e, mark);
    if (e->status == SNAP_STATUS_EXCEPTION)
        JS_FreeValue(e->ctx, JS_GetException(e->ctx));
    e->status = SNAP_STATUS_OK;
    snap_put_empty(e);
    return true;
}

/* A value, taken over; EMPTY for JS_UNINITIALIZED. */
static bool snap_write_field(snap_encoder *e, snap_path *path, const char *name, JSValue value)
{
    snap_mark mark = snap_encoder_mark(e);
    bool is_written = true;

    path->kind = SNAP_STEP_FIELD;
    path->field = name;
    if (JS_IsUninitialized(value))
        snap_put_empty(e);
    else
        is_written = snap_write_value(e, value) || snap_forgive(e, mark);
    JS_FreeValue(e->ctx, value);
    return is_written;
}

static bool snap_is_extra(JSObject *error, JSAtom atom)
{
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, error, atom);

    return shape && (shape->flags & JS_PROP_TMASK) == JS_PROP_NORMAL && atom != JS_ATOM_name && atom != JS_ATOM_message &&
        atom != JS_ATOM_stack && atom != JS_ATOM_cause && atom != JS_ATOM_errors;
}

/* The map of those of the keys that are data properties and have no field of their own. */
static bool snap_write_extra_keys(snap_encoder *e, JSObject *error, snap_path *path, JSPropertyEnum *keys, uint32_t count)
{
    uint32_t extra = 0;

    for (uint32_t i = 0; i < count; i++) {
        keys[i].is_enumerable = snap_is_extra(error, keys[i].atom);   /* of no more use: from here on "is wanted" */
        extra += keys[i].is_enumerable;
    }
    if (snap_seen_add(&e->seen, NULL, NULL) < 0)
        return snap_no_memory(e);
    snap_put_map(e->out, extra);
    for (uint32_t i = 0; i < count; i++) {
        JSValue value;
        bool is_written;

        if (!keys[i].is_enumerable)
            continue;
        snap_put_atom(e->ctx, e->out, keys[i].atom);
        path->kind = SNAP_STEP_ATOM;
        path->atom = keys[i].atom;
        value = snap_find_data(e->ctx, error, keys[i].atom, false);
        is_written = snap_write_value(e, value);
        JS_FreeValue(e->ctx, value);
        if (!is_written)
            return false;
    }
    return true;
}

static bool snap_write_extra(snap_encoder *e, JSObject *error, snap_path *path)
{
    snap_mark mark = snap_encoder_mark(e);
    JSPropertyEnum *keys;
    uint32_t count;
    bool is_written;

    if (JS_GetOwnPropertyNamesInternal(e->ctx, &keys, &count, error, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return snap_threw(e) || snap_forgive(e, mark);
    is_written = snap_write_extra_keys(e, error, path, keys, count);
    js_free_prop_enum(e->ctx, keys, count);
    return is_written || snap_forgive(e, mark);
}

/* ---- the payload: array of ten, see docs/codec.md ---- */

static bool snap_write_error_start(snap_encoder *e, JSValueConst thrown, bool is_error)
{
    snap_handle handle = snap_encoder_handle(e, thrown);

    if (!handle)
        return false;
    snap_put_array(e->out, 10);
    snap_put_uint(e->out, handle);
    snap_put_bool(e->out, is_error);
    return true;
}

static bool snap_write_error_payload(snap_encoder *e, JSObject *error, snap_path *path)
{
    uint32_t reference;

    if (!snap_write_error_start(e, JS_MKPTR(JS_TAG_OBJECT, error), true))
        return false;
    snap_write_text_field(e, snap_error_text(e->ctx, error, JS_ATOM_name));
    snap_write_text_field(e, snap_error_text(e->ctx, error, JS_ATOM_message));
    snap_write_text_field(e, snap_error_stack(e->ctx, error));
    if (snap_lent(e->ctx, JS_MKPTR(JS_TAG_OBJECT, error), &reference))
        snap_put_uint(e->out, reference);
    else
        snap_put_empty(e);
    if (!snap_write_field(e, path, "cause", snap_find_data(e->ctx, error, JS_ATOM_cause, false)) ||
        !snap_write_field(e, path, "errors", snap_find_data(e->ctx, error, JS_ATOM_errors, false)) ||
        !snap_write_extra(e, error, path))
        return false;
    snap_put_empty(e);
    return true;
}

static bool snap_write_error(snap_encoder *e, JSObject *error, snap_path *path)
{
    size_t begun = snap_begin_ext(e->out, SNAP_EXT_ERROR);
    bool is_written = snap_write_error_payload(e, error, path);
    snap_end_ext(e->out, begun);
    return is_written;
}

static bool snap_write_thrown_payload(snap_encoder *e, JSValueConst thrown, snap_path *path)
{
    JSValue name;

    if (!snap_write_error_start(e, thrown, false))
        return false;
    if (JS_IsObject(thrown))
        name = snap_class_name(e->ctx, JS_VALUE_GET_OBJ(thrown));
    else
        name = js_new_string8(e->ctx, snap_type_name(thrown));
    snap_write_text_field(e, name);
    snap_write_text_field(e, snap_thrown_text(e->ctx, thrown));
    for (int i = 0; i < 5; i++)   /* stack, host_reference, cause, errors, properties */
        snap_put_empty(e);
    return snap_write_field(e, path, "value", js_dup(thrown));
}

static bool snap_encode_error(JSContext *ctx, snap_buffer *out, JSValueConst thrown, bool *has_references)
{
    JSClassID class_id = JS_GetClassID(thrown);
    bool is_error = class_id == JS_CLASS_ERROR || class_id == JS_CLASS_DOM_EXCEPTION;
    snap_path path = { 0 };
    snap_encoder e;
    bool is_written;

    snap_encoder_begin(&e, ctx, out);
    e.is_tolerant = true;
    e.path = &path;
    e.depth = 1;
    snap_seen_add(&e.seen, is_error ? JS_VALUE_GET_OBJ(thrown) : NULL, NULL);   /* there is room */
    if (is_error)
        is_written = snap_write_error_payload(&e, JS_VALUE_GET_OBJ(thrown), &path);
    else
        is_written = snap_write_thrown_payload(&e, thrown, &path);
    if (snap_encoder_end(&e, is_written, has_references) == SNAP_STATUS_OK)
        return true;
    JS_FreeValue(ctx, JS_GetException(ctx));
    return false;
}
