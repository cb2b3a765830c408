/* The members of plain objects, arrays, Maps and Sets. A getter met on the way may change or free whatever it likes: what is read here is
 * read again after one has run, and what the loops go by is out of its reach. No other guest code runs. */
#define SNAP_SPARSE_LENGTH 1000000
#define SNAP_SPARSE_FACTOR 16

/* ---- properties ---- */

/* The object's own property into *value, the caller's; undefined when there is none. Its getter runs. */
static bool snap_get_own(snap_encoder *e, JSObject *object, JSAtom atom, JSValue *value)
{
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, object, atom);

    *value = JS_UNDEFINED;
    if (!shape)
        return true;
    switch (shape->flags & JS_PROP_TMASK) {
    case JS_PROP_NORMAL:
        *value = js_dup(property->u.value);
        return true;
    case JS_PROP_VARREF:
        if (!JS_IsUninitialized(*property->u.var_ref->pvalue))
            *value = js_dup(*property->u.var_ref->pvalue);
        return true;
    case JS_PROP_GETSET:
        if (!property->u.getset.getter)
            return true;
        e->runs++;
        *value = JS_CallFree(e->ctx, js_dup(JS_MKPTR(JS_TAG_OBJECT, property->u.getset.getter)), JS_MKPTR(JS_TAG_OBJECT, object), 0, NULL);
        break;
    default:
        e->runs++;
        *value = JS_GetProperty(e->ctx, JS_MKPTR(JS_TAG_OBJECT, object), atom);
    }
    return JS_IsException(*value) ? snap_threw(e) : true;
}

static bool snap_write_own(snap_encoder *e, JSObject *object, JSAtom atom)
{
    JSValue value;
    bool is_written;

    if (!snap_get_own(e, object, atom, &value))
        return false;
    is_written = snap_write_value(e, value);
    JS_FreeValue(e->ctx, value);
    return is_written;
}

static inline bool snap_is_key(JSContext *ctx, const JSShapeProperty *property)
{
    return property->atom != JS_ATOM_NULL && (property->flags & JS_PROP_ENUMERABLE) &&
        (__JS_AtomIsTaggedInt(property->atom) || ctx->rt->atom_array[property->atom]->atom_type == JS_ATOM_TYPE_STRING);
}

/* How many enumerable string keys the shape has; -1 when some are integers, which come first and in order. */
static int64_t snap_count_keys(JSContext *ctx, JSShape *shape)
{
    const JSShapeProperty *property = get_shape_prop(shape);
    int64_t count = 0;
    uint32_t index;

    for (int i = 0; i < shape->prop_count; i++, property++) {
        if (!snap_is_key(ctx, property))
            continue;
        if (JS_AtomIsArrayIndex(ctx, &index, property->atom))
            return -1;
        count++;
    }
    return count;
}

/* Whatever the object is, in the order of Object.keys(). */
static bool snap_write_keys_in_order(snap_encoder *e, JSObject *object, snap_path *path)
{
    JSPropertyEnum *keys;
    uint32_t count, i;

    if (JS_GetOwnPropertyNamesInternal(e->ctx, &keys, &count, object, JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
        return snap_threw(e);
    snap_put_map(e->out, count);
    path->kind = SNAP_STEP_ATOM;
    for (i = 0; i < count; i++) {
        path->atom = keys[i].atom;
        snap_put_atom(e->ctx, e->out, keys[i].atom);
        if (!snap_write_own(e, object, keys[i].atom))
            break;
    }
    js_free_prop_enum(e->ctx, keys, count);
    return i == count;
}

/* A hashed shape that more than one holds is never changed, so it is the list of keys; the values are read from the object directly
 * until guest code has run. */
static bool snap_write_plain(snap_encoder *e, JSObject *object, snap_path *path)
{
    JSShape *shape = object->shape;
    int64_t count = shape->is_hashed ? snap_count_keys(e->ctx, shape) : -1;
    uint32_t runs = e->runs;
    bool is_written = true;

    if (count < 0)
        return snap_write_keys_in_order(e, object, path);
    snap_put_map(e->out, (uint32_t)count);
    js_dup_shape(shape);
    path->kind = SNAP_STEP_ATOM;
    for (int i = 0; i < shape->prop_count && is_written; i++) {
        const JSShapeProperty *property = &get_shape_prop(shape)[i];
        if (!snap_is_key(e->ctx, property))
            continue;
        path->atom = property->atom;
        snap_put_string(e->out, e->ctx->rt->atom_array[property->atom]);
        if (e->runs == runs && (property->flags & JS_PROP_TMASK) == JS_PROP_NORMAL)
            is_written = snap_write_value(e, object->prop[i].u.value);
        else
            is_written = snap_write_own(e, object, property->atom);
    }
    js_free_shape(e->ctx->rt, shape);
    return is_written;
}

/* ---- arrays ---- */

static uint32_t snap_array_length(JSObject *array)
{
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, array, JS_ATOM_length);
    double length = -1;

    /* `arguments` may have any length, or none */
    if (shape && (shape->flags & JS_PROP_TMASK) == JS_PROP_NORMAL)
        js_arith_to_float64(property->u.value, &length);
    return length >= 0 && length <= UINT32_MAX && length == floor(length) ? (uint32_t)length : array->u.array.count;
}

/* Whether nearly all of the array is holes; guest code could make the message as long as it likes with one assignment. */
static bool snap_is_sparse(JSContext *ctx, JSObject *array, uint32_t length)
{
    const JSShapeProperty *property = get_shape_prop(array->shape);
    uint64_t elements = array->fast_array ? array->u.array.count : 0;
    uint32_t index;

    if (length <= SNAP_SPARSE_LENGTH)
        return false;
    for (int i = 0; i < array->shape->prop_count; i++, property++)
        elements += property->atom != JS_ATOM_NULL && JS_AtomIsArrayIndex(ctx, &index, property->atom);
    return length > elements * SNAP_SPARSE_FACTOR;
}

/* An element that is not at hand; a hole is undefined, whatever the prototypes have there. */
static bool snap_write_element(snap_encoder *e, JSObject *array, uint32_t index)
{
    JSAtom atom;
    bool is_written;

    if (array->fast_array && index < array->u.array.count)   /* of mapped arguments */
        return snap_write_value(e, *array->u.array.u.var_refs[index]->pvalue);
    if (array->fast_array && array->class_id == JS_CLASS_ARRAY)
        return snap_write_value(e, JS_UNDEFINED);
    atom = JS_NewAtomUInt32(e->ctx, index);
    if (atom == JS_ATOM_NULL)
        return snap_no_memory(e);
    is_written = snap_write_own(e, array, atom);
    JS_FreeAtom(e->ctx, atom);
    return is_written;
}

static bool snap_write_array(snap_encoder *e, JSObject *array, snap_path *path)
{
    bool is_mapped = array->class_id == JS_CLASS_MAPPED_ARGUMENTS;   /* its elements are variables */
    uint32_t length = snap_array_length(array);

    if (snap_is_sparse(e->ctx, array, length)) {
        e->path = path->up;   /* the array itself is refused, and no element of it */
        return snap_refuse(e, "is an array of which nearly all elements are missing");
    }
    snap_put_array(e->out, length);
    path->kind = SNAP_STEP_INDEX;
    for (uint32_t i = 0; i < length; i++) {
        bool is_written;
        path->index = i;
        if (array->fast_array && i < array->u.array.count && !is_mapped)
            is_written = snap_write_value(e, array->u.array.u.values[i]);
        else
            is_written = snap_write_element(e, array, i);
        if (!is_written)
            return false;
        if (unlikely(e->out->failed))
            return snap_no_memory(e);
    }
    return true;
}

/* ---- Map and Set ---- */

/* A copy of what is in it, for a getter met on the way could change it. `step` is 2 for a Map. NULL: nothing, or no memory. */
static JSValue *snap_copy_records(JSMapState *state, uint32_t step, uint32_t *count)
{
    JSValue *values = state->record_count ? malloc((size_t)state->record_count * step * sizeof *values) : NULL;
    struct list_head *el;

    *count = 0;
    if (!values)
        return NULL;
    list_for_each(el, &state->records) {
        JSMapRecord *record = list_entry(el, JSMapRecord, link);
        if (record->empty)
            continue;
        values[(*count)++] = js_dup(record->key);
        if (step == 2)
            values[(*count)++] = js_dup(record->value);
    }
    return values;
}

static bool snap_write_map(snap_encoder *e, JSObject *object, snap_path *path)
{
    bool is_map = object->class_id == JS_CLASS_MAP;
    uint32_t step = is_map ? 2 : 1, count, i;
    JSValue *values = snap_copy_records(object->u.map_state, step, &count);
    size_t begun;

    if (!values && object->u.map_state->record_count)
        return snap_no_memory(e);
    begun = snap_begin_ext(e->out, is_map ? SNAP_EXT_MAP : SNAP_EXT_SET);
    snap_put_array(e->out, count);
    path->kind = SNAP_STEP_MEMBER;
    for (i = 0; i < count; i++) {
        path->index = i / step;
        path->field = !is_map ? "member " : i % 2 ? "value " : "key ";
        if (!snap_write_value(e, values[i]))
            break;
    }
    snap_end_ext(e->out, begun);
    for (uint32_t j = 0; j < count; j++)
        JS_FreeValue(e->ctx, values[j]);
    free(values);
    return i == count;
}
