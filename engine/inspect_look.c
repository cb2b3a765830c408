/* Looking at values without running any of the guest's code: properties are read from the engine's own structures, so a getter is
 * seen and not called, and a proxy is looked through and not asked. All that is pointed to is borrowed: as nothing here allocates in the
 * JavaScript heap, it stays where it is.
 */

/* levels that can be shown at all, whatever was asked for */
#define SNAP_SHOW_DEEPEST 100
/* what one call may look at. A few bytes of output can stand for a walk over a million properties, again and again */
#define SNAP_SHOW_STEPS (1u << 24)

typedef struct snap_inspector {
    JSContext *ctx;
    snap_buffer text;                                          /* what is shown so far, put together in place */
    snap_buffer names;                                         /* names, openings and bases of the objects that are being shown */
    snap_buffer scratch;
    snap_buffer units;                                         /* the string that is being written, as uint16_t */
    snap_buffer spans;                                         /* snap_span: entries of those objects, in `text` */
    snap_buffer keys;                                          /* JSAtom: keys of those objects, borrowed */
    snap_buffer circular;                                      /* JSObject *: what has been referred to from within */
    JSObject *seen[SNAP_SHOW_DEEPEST + 2];                     /* those objects, outermost first */
    int seen_count;
    int depth;                                                 /* levels to show; -1 shows none */
    int current_depth;                                         /* the level that was entered last */
    size_t indentation, line;                                  /* columns; a line is broken at `line` */
    uint32_t most_items;
    bool shows_hidden;                                         /* properties that are not enumerable, and proxies as such */
    bool is_spent;                                             /* the limit is reached: only close what is open */
    uint32_t steps;
} snap_inspector;

/* ready for the next value, with what is left of the steps: they are for a whole message, however many values it has */
static void snap_inspector_reset(snap_inspector *in)
{
    snap_buffer *buffers[] = { &in->text, &in->names, &in->scratch, &in->units, &in->spans, &in->keys, &in->circular };

    for (size_t i = 0; i < countof(buffers); i++)
        buffers[i]->size = 0;
    in->seen_count = in->current_depth = 0;
    in->indentation = 0;
    in->depth = 2;
    in->line = 80;
    in->most_items = 100;
    in->shows_hidden = in->is_spent = false;
}

static void snap_inspector_init(snap_inspector *in, JSContext *ctx)
{
    memset(in, 0, sizeof *in);
    in->ctx = ctx;
    snap_inspector_reset(in);
}

static void snap_inspector_free(snap_inspector *in)
{
    snap_buffer_free(&in->text);
    snap_buffer_free(&in->names);
    snap_buffer_free(&in->scratch);
    snap_buffer_free(&in->units);
    snap_buffer_free(&in->spans);
    snap_buffer_free(&in->keys);
    snap_buffer_free(&in->circular);
}

static bool snap_inspector_failed(const snap_inspector *in)
{
    return in->text.failed || in->names.failed || in->scratch.failed || in->units.failed || in->spans.failed || in->keys.failed
        || in->circular.failed;
}

/* whether there is more to show; pays for `steps` of work */
static bool snap_goes_on(snap_inspector *in, size_t steps)
{
    if (steps > SNAP_SHOW_STEPS - in->steps)
        in->is_spent = true;
    else
        in->steps += steps;
    if (in->text.size + in->names.size > SNAP_SHOW_LIMIT || snap_inspector_failed(in))
        in->is_spent = true;
    return !in->is_spent;
}

/* ---- properties -------------------------------------------------------------------------------------------------- */

enum { SNAP_ABSENT, SNAP_DATA, SNAP_ACCESSOR, SNAP_UNSET };

typedef struct snap_property {
    int kind;
    bool is_enumerable;
    JSValueConst value;                                        /* of DATA … */
    const char *text;                                          /* … unless it is a string that the engine has not made yet */
    JSObject *getter, *setter;                                 /* of ACCESSOR */
} snap_property;

/* What the engine makes only when it is first used: the `prototype` of functions, functions of the standard library. Making it runs
 * code of the engine alone. Whoever asked for a value to be shown may have an exception pending; it stays. */
static bool snap_make_property(JSContext *ctx, JSObject *object, JSAtom key)
{
    JSValue pending = JS_GetException(ctx);
    JSShapeProperty *shown;
    JSProperty *property;
    bool is_made;

    shown = find_own_property(&property, object, key);
    is_made = shown && JS_AutoInitProperty(ctx, object, key, property, shown) == 0;
    if (!is_made)
        JS_FreeValue(ctx, JS_GetException(ctx));
    JS_Throw(ctx, pending);
    return is_made;
}

/* an element that is kept outside of the properties; big integers of typed arrays are not (see snap_show_element) */
static bool snap_fast_element(JSObject *object, uint32_t index, JSValueConst *value)
{
    JSValue element = JS_UNDEFINED;

    if (!object->fast_array || index >= object->u.array.count)
        return false;
    switch (object->class_id) {
    case JS_CLASS_ARRAY:
    case JS_CLASS_ARGUMENTS:
        *value = object->u.array.u.values[index];
        return true;
    case JS_CLASS_MAPPED_ARGUMENTS:
        *value = *object->u.array.u.var_refs[index]->pvalue;
        return true;
    case JS_CLASS_BIG_INT64_ARRAY:
    case JS_CLASS_BIG_UINT64_ARRAY:
        *value = JS_UNDEFINED;
        return true;
    }
    /* numbers: no reference to give back */
    if (!is_typed_array(object->class_id) || typed_array_is_oob(object)
        || !js_get_fast_array_element(NULL, object, index, &element))
        return false;
    *value = element;
    return true;
}

/* the string that a property of the standard library will be; the tags and names of its prototypes are such properties */
static const char *snap_unmade_string(JSProperty *property)
{
    const JSCFunctionListEntry *entry = property->u.init.opaque;

    return js_autoinit_get_id(property) == JS_AUTOINIT_ID_PROP && entry->def_type == JS_DEF_PROP_STRING ? entry->u.str : NULL;
}

static snap_property snap_own(snap_inspector *in, JSObject *object, JSAtom key, bool is_shown)
{
    snap_property found = { SNAP_ABSENT, true, JS_UNDEFINED, NULL, NULL, NULL };
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, object, key);

    if (!shape) {
        if (__JS_AtomIsTaggedInt(key) && snap_fast_element(object, __JS_AtomToUInt32(key), &found.value))
            found.kind = SNAP_DATA;
        return found;
    }
    found.is_enumerable = shape->flags & JS_PROP_ENUMERABLE;
    switch (shape->flags & JS_PROP_TMASK) {
    case JS_PROP_NORMAL:
        found.kind = SNAP_DATA;
        found.value = property->u.value;
        break;
    case JS_PROP_GETSET:
        found.kind = SNAP_ACCESSOR;
        found.getter = property->u.getset.getter;
        found.setter = property->u.getset.setter;
        break;
    case JS_PROP_VARREF:
        found.value = *property->u.var_ref->pvalue;
        found.kind = JS_VALUE_GET_TAG(found.value) == JS_TAG_UNINITIALIZED ? SNAP_UNSET : SNAP_DATA;
        break;
    default:
        /* made only to be shown; what is looked up in passing is a string, or never one of these */
        if (is_shown && snap_make_property(in->ctx, object, key))
            return snap_own(in, object, key, false);
        found.text = snap_unmade_string(property);
        found.kind = found.text ? SNAP_DATA : SNAP_UNSET;
    }
    return found;
}

/* the property on the object or the nearest prototype that has it; ends at a proxy */
static snap_property snap_find(snap_inspector *in, JSObject *object, JSAtom key)
{
    snap_property found = { SNAP_ABSENT, false, JS_UNDEFINED, NULL, NULL, NULL };

    while (object && object->class_id != JS_CLASS_PROXY && found.kind == SNAP_ABSENT && snap_goes_on(in, 1)) {
        found = snap_own(in, object, key, false);
        object = object->shape->proto;
    }
    return found;
}

static bool snap_has_prototype(snap_inspector *in, JSObject *object, const JSObject *prototype)
{
    while ((object = object->shape->proto) && snap_goes_on(in, 1))
        if (object == prototype)
            return true;
    return false;
}

static bool snap_is_object(JSValueConst value)
{
    return JS_VALUE_GET_TAG(value) == JS_TAG_OBJECT;
}

static bool snap_is_callable(JSContext *ctx, const JSObject *object)
{
    return object->class_id == JS_CLASS_BYTECODE_FUNCTION
        || (object->class_id != JS_CLASS_PROXY && ctx->rt->class_array[object->class_id].call);
}

/* what is behind the proxies; NULL when one of them is revoked */
static JSObject *snap_behind_proxy(snap_inspector *in, JSObject *object)
{
    while (object->class_id == JS_CLASS_PROXY) {
        JSProxyData *proxy = object->u.opaque;

        if (!proxy || proxy->is_revoked || !snap_is_object(proxy->target) || !snap_goes_on(in, 1))
            return NULL;
        object = JS_VALUE_GET_OBJ(proxy->target);
    }
    return object;
}

/* `length` of an array */
static uint32_t snap_inspect_array_length(const JSObject *array)
{
    JSValueConst length = array->prop[0].u.value;              /* always its first property */
    double number;

    if (JS_VALUE_GET_TAG(length) == JS_TAG_INT)
        return JS_VALUE_GET_INT(length);
    number = JS_VALUE_GET_FLOAT64(length);
    return number >= 0 && number <= UINT32_MAX ? number : 0;
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

enum { SNAP_KEYS_INDEX = 1, SNAP_KEYS_NAMED = 2, SNAP_KEYS_SYMBOL = 4, SNAP_KEYS_HIDDEN = 8 };

static size_t snap_key_count(const snap_inspector *in)
{
    return in->keys.size / sizeof(JSAtom);
}

static JSAtom snap_key(const snap_inspector *in, size_t i)
{
    return ((const JSAtom *)in->keys.data)[i];
}

/* more than can be shown are left out, so that a million properties do not take a second array of that size */
static void snap_add_key(snap_inspector *in, JSAtom key)
{
    if (in->keys.size < 4 * SNAP_SHOW_LIMIT)
        snap_put(&in->keys, &key, sizeof key);
}

static int snap_compare_index(const void *a, const void *b, void *ctx)
{
    uint32_t left, right;

    JS_AtomIsArrayIndex(ctx, &left, *(const JSAtom *)a);
    JS_AtomIsArrayIndex(ctx, &right, *(const JSAtom *)b);
    return (left > right) - (left < right);
}

/* appends those of the properties' keys that are of one sort, in the order they were added */
static void snap_add_keys(snap_inspector *in, const JSObject *object, int sort, int which)
{
    JSShapeProperty *shape = get_shape_prop(object->shape);

    for (int i = 0; i < object->shape->prop_count && !in->is_spent; i++) {
        JSAtom key = shape[i].atom;
        uint32_t index;
        int kind;

        if (key == JS_ATOM_NULL || !((shape[i].flags & JS_PROP_ENUMERABLE) || (which & SNAP_KEYS_HIDDEN)))
            continue;
        kind = JS_AtomGetKind(in->ctx, key);
        if (kind == JS_ATOM_KIND_PRIVATE)
            continue;
        if (kind == JS_ATOM_KIND_SYMBOL)
            kind = SNAP_KEYS_SYMBOL;
        else
            kind = JS_AtomIsArrayIndex(in->ctx, &index, key) ? SNAP_KEYS_INDEX : SNAP_KEYS_NAMED;
        if (kind == sort)
            snap_add_key(in, key);
    }
}

/* appends the own keys of `object` in JavaScript's order: indexes by size, names, symbols; returns where they begin */
static size_t snap_collect_keys(snap_inspector *in, JSObject *object, int which)
{
    size_t first = snap_key_count(in), sorted;

    if (!snap_goes_on(in, object->shape->prop_count))
        return first;
    if (which & SNAP_KEYS_INDEX) {
        if (object->fast_array)
            for (uint32_t i = 0; i < object->u.array.count && snap_goes_on(in, 1); i++)
                snap_add_key(in, __JS_AtomFromUInt32(i));
        sorted = snap_key_count(in);
        snap_add_keys(in, object, SNAP_KEYS_INDEX, which);
        if (!in->keys.failed && snap_key_count(in) > sorted)
            rqsort((JSAtom *)in->keys.data + sorted, snap_key_count(in) - sorted, sizeof(JSAtom), snap_compare_index, in->ctx);
    }
    if (which & SNAP_KEYS_NAMED)
        snap_add_keys(in, object, SNAP_KEYS_NAMED, which);
    if (which & SNAP_KEYS_SYMBOL)
        snap_add_keys(in, object, SNAP_KEYS_SYMBOL, which);
    return first;
}

static void snap_drop_keys(snap_inspector *in, size_t count)
{
    in->keys.size = count * sizeof(JSAtom);
}

static bool snap_has_key(const snap_inspector *in, size_t first, JSAtom key)
{
    for (size_t i = first; i < snap_key_count(in); i++)
        if (snap_key(in, i) == key)
            return true;
    return false;
}

static void snap_remove_key(snap_inspector *in, size_t first, JSAtom key)
{
    JSAtom *keys = (JSAtom *)in->keys.data;
    size_t count = snap_key_count(in);

    for (size_t i = first; i < count; i++) {
        if (keys[i] != key)
            continue;
        memmove(keys + i, keys + i + 1, (count - i - 1) * sizeof *keys);
        snap_drop_keys(in, count - 1);
        return;
    }
}
