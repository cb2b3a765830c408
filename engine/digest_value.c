/* What a value holds as one number, for telling which globals have changed between two snapshots of a program.
 *
 * The graph that hangs on a value is walked without running any of the program: properties, elements, entries, captured variables, frames of
 * suspended functions. Objects are numbered as they are met, so cycles and sharing count, addresses do not. Prototypes, realms and what
 * is held weakly do not belong to a value. The engine's own collector lists the children of what has no case of its own here. */
typedef struct snap_digest {
    JSContext *ctx;
    uint64_t hash;
    JSGCObjectHeader **met;        /* by number */
    uint32_t *numbers;             /* hash table of numbers, plus one; 0: free */
    uint32_t count, capacity;      /* of `met`; the table has twice the capacity */
    bool failed;
} snap_digest;

static snap_digest *snap_digest_marking;   /* the collector's callback takes no argument of its own */

static void snap_digest_bytes(snap_digest *d, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < size; i++)          /* FNV-1a */
        d->hash = (d->hash ^ p[i]) * 0x100000001b3;
}

static void snap_digest_number(snap_digest *d, uint64_t number)
{
    snap_digest_bytes(d, &number, sizeof number);
}

/* ---- objects that were met ---- */

static uint32_t *snap_digest_slot(const snap_digest *d, const JSGCObjectHeader *object)
{
    uint32_t mask = d->capacity * 2 - 1;
    uint32_t at = (uint32_t)(uintptr_t)object * 2654435761u >> 7 & mask;

    while (d->numbers[at] && d->met[d->numbers[at] - 1] != object)
        at = (at + 1) & mask;
    return &d->numbers[at];
}

static bool snap_digest_grow(snap_digest *d)
{
    uint32_t capacity = d->capacity ? d->capacity * 2 : 1024;
    JSGCObjectHeader **met = realloc(d->met, capacity * sizeof *met);
    uint32_t *numbers = calloc(capacity * 2, sizeof *numbers);

    if (met)
        d->met = met;
    if (!met || !numbers) {
        free(numbers);
        d->failed = true;
        return false;
    }
    free(d->numbers);
    d->numbers = numbers;
    d->capacity = capacity;
    for (uint32_t i = 0; i < d->count; i++)
        *snap_digest_slot(d, met[i]) = i + 1;
    return true;
}

static void snap_digest_reference(snap_digest *d, JSGCObjectHeader *object)
{
    uint32_t *slot;

    if (d->count == d->capacity && !snap_digest_grow(d))
        return;
    slot = snap_digest_slot(d, object);
    if (!*slot) {
        d->met[d->count++] = object;
        *slot = d->count;
    }
    snap_digest_number(d, *slot);
}

/* ---- values ---- */

static void snap_digest_string(snap_digest *d, JSValueConst string)
{
    size_t size;
    const char *text = JS_ToCStringLen2(d->ctx, &size, string, true);

    if (!text) {
        JS_FreeValue(d->ctx, JS_GetException(d->ctx));
        d->failed = true;
        return;
    }
    snap_digest_number(d, size);
    snap_digest_bytes(d, text, size);
    JS_FreeCString(d->ctx, text);
}

static void snap_digest_atom(snap_digest *d, JSAtom atom)
{
    JSValue text = JS_AtomToString(d->ctx, atom);

    if (JS_IsString(text))
        snap_digest_string(d, text);
    else
        d->failed = true;
    JS_FreeValue(d->ctx, text);
}

static bool snap_is_global_object(const JSObject *object)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->context_list) {
        const JSContext *ctx = list_entry(element, JSContext, link);
        if (JS_VALUE_GET_OBJ(ctx->global_obj) == object)
            return true;
    }
    return false;
}

/* The tag, but one for all numbers and one for all strings: which the engine takes does not show. */
static int snap_digest_kind(JSValueConst value)
{
    int tag = JS_VALUE_GET_NORM_TAG(value);

    return tag == JS_TAG_INT ? JS_TAG_FLOAT64 : tag == JS_TAG_STRING_ROPE ? JS_TAG_STRING : tag;
}

static void snap_digest_value(snap_digest *d, JSValueConst value)
{
    int tag = snap_digest_kind(value);

    snap_digest_number(d, (uint64_t)tag);
    switch (tag) {
    case JS_TAG_STRING:
        snap_digest_string(d, value);
        break;
    case JS_TAG_SYMBOL:
        snap_digest_atom(d, js_get_atom_index(d->ctx->rt, JS_VALUE_GET_PTR(value)));
        break;
    case JS_TAG_BIG_INT: {
        const JSBigInt *number = JS_VALUE_GET_PTR(value);
        snap_digest_bytes(d, number->tab, number->len * sizeof *number->tab);
        break;
    }
    case JS_TAG_OBJECT:
        if (!snap_is_global_object(JS_VALUE_GET_OBJ(value)))
            snap_digest_reference(d, &JS_VALUE_GET_OBJ(value)->header);
        break;
    case JS_TAG_FLOAT64: {
        double number = JS_VALUE_GET_TAG(value) == JS_TAG_INT ? JS_VALUE_GET_INT(value) : JS_VALUE_GET_FLOAT64(value);
        snap_digest_bytes(d, &number, sizeof number);
        break;
    }
    case JS_TAG_BOOL:
    case JS_TAG_SHORT_BIG_INT:
        snap_digest_number(d, (uint32_t)JS_VALUE_GET_INT(value));
        break;
    }
}

static void snap_digest_values(snap_digest *d, const JSValue *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        snap_digest_value(d, values[i]);
}
