/* Containers towards JavaScript, and whole messages. */

/* Gives the container the next number. The value is kept alive: a later member of the same name could replace it. */
static bool snap_number_container(snap_decoder *d, JSValueConst container)
{
    if (d->count == d->capacity) {
        uint32_t capacity = d->capacity ? d->capacity * 2 : 64;
        JSValue *containers = realloc(d->containers, capacity * sizeof *containers);
        if (!containers) {
            snap_throw_no_memory(d->ctx);
            return false;
        }
        d->containers = containers;
        d->capacity = capacity;
    }
    d->containers[d->count++] = js_dup(container);
    return true;
}

/* Goes a level deeper, to `members` members. */
static bool snap_open_container(snap_decoder *d, uint64_t members)
{
    if (!snap_has(d, members))
        return false;
    if (++d->depth > SNAP_MAX_DEPTH) {
        snap_bad(d, "containers nest too deep");
        return false;
    }
    if (js_check_stack_overflow(d->ctx->rt, 0)) {
        JS_ThrowStackOverflow(d->ctx);
        return false;
    }
    d->owed += (size_t)members;
    return true;
}

static inline JSValue snap_decode_member(snap_decoder *d)
{
    d->owed--;
    return snap_decode_value(d);
}

static JSValue snap_decode_list(snap_decoder *d, uint32_t count)
{
    JSValue list, value;
    JSObject *p;

    if (!snap_open_container(d, count))
        return JS_EXCEPTION;
    list = JS_NewArray(d->ctx);
    if (JS_IsException(list))
        return list;
    p = JS_VALUE_GET_OBJ(list);
    if (!snap_number_container(d, list) || (count && expand_fast_array(d->ctx, p, count)))
        goto fail;
    p->prop[0].u.value = js_uint32(count);
    for (uint32_t i = 0; i < count; i++) {
        value = snap_decode_member(d);
        if (JS_IsException(value))
            goto fail;
        p->u.array.u.values[i] = value;
        p->u.array.count = i + 1;   /* so that it can be freed at any time */
    }
    d->depth--;
    return list;
fail:
    JS_FreeValue(d->ctx, list);
    return JS_EXCEPTION;
}

static JSAtom snap_atom_of_string(snap_decoder *d, JSValue string)
{
    JSAtom atom;

    if (JS_IsException(string))
        return JS_ATOM_NULL;
    atom = JS_NewAtomStr(d->ctx, JS_VALUE_GET_STRING(string));
    if (atom == JS_ATOM_NULL)
        JS_ThrowOutOfMemory(d->ctx);
    return atom;
}

/* The atom of a str key; most are known already, and then no string is made. */
static JSAtom snap_decode_text_key(snap_decoder *d, size_t length)
{
    const uint8_t *text = snap_take(d, length);
    snap_text_kind kind;
    size_t units;
    JSAtom atom;

    if (!text)
        return JS_ATOM_NULL;
    kind = snap_text_scan(text, length, false, &units);
    if (kind == SNAP_TEXT_INVALID) {
        snap_bad(d, "a string is not UTF-8");
        return JS_ATOM_NULL;
    }
    if (kind == SNAP_TEXT_ASCII && length && !is_num(text[0])) {
        atom = __JS_FindAtom(d->ctx->rt, (const char *)text, length, JS_ATOM_TYPE_STRING);
        if (atom != JS_ATOM_NULL)
            return atom;
    }
    return snap_atom_of_string(d, snap_text_make(d->ctx, text, length, kind, units));
}

static JSAtom snap_decode_int_key(snap_decoder *d, uint8_t tag)
{
    int width = 1 << (tag & 3);
    bool is_signed = tag >= 0xd0;
    char number[24];
    uint64_t bits;
    size_t size;

    if (!snap_take_uint(d, width, &bits))
        return JS_ATOM_NULL;
    if (is_signed)
        size = i64toa(number, (int64_t)(bits << (64 - 8 * width)) >> (64 - 8 * width));
    else
        size = u64toa(number, bits);
    return snap_atom_of_string(d, js_new_string8_len(d->ctx, number, (int)size));
}

static JSAtom snap_decode_key(snap_decoder *d)
{
    const uint8_t *head = snap_take(d, 1);
    uint64_t length;
    uint8_t tag;

    if (!head)
        return JS_ATOM_NULL;
    tag = *head;
    if (tag >= 0xa0 && tag < 0xc0)
        return snap_decode_text_key(d, tag & 31);
    if (tag < 0x80)
        return __JS_AtomFromUInt32(tag);
    if (tag >= 0xe0)
        return snap_atom_of_string(d, JS_ToString(d->ctx, js_int32((int8_t)tag)));
    if (tag >= 0xcc && tag <= 0xd3)
        return snap_decode_int_key(d, tag);
    if (tag >= 0xd9 && tag <= 0xdb)
        return snap_take_uint(d, 1 << (tag - 0xd9), &length) ? snap_decode_text_key(d, (size_t)length) : JS_ATOM_NULL;
    if (tag >= 0xc7 && tag <= 0xc9) {
        if (!snap_take_uint(d, 1 << (tag - 0xc7), &length) || !(head = snap_take(d, 1)))
            return JS_ATOM_NULL;
        if (*head == SNAP_EXT_STRING)
            return snap_atom_of_string(d, snap_decode_text(d, (size_t)length, true));
    } else if (tag >= 0xd4 && tag <= 0xd8) {
        if (!(head = snap_take(d, 1)))
            return JS_ATOM_NULL;
        if (*head == SNAP_EXT_STRING)
            return snap_atom_of_string(d, snap_decode_text(d, (size_t)1 << (tag - 0xd4), true));
    }
    snap_bad(d, "a key is neither a string nor an integer");
    return JS_ATOM_NULL;
}

/* An own property of an object that only we have seen: no setter, no prototype and no attribute can be in the way. The value is taken
 * over; false and throws. */
static bool snap_add_own(JSContext *ctx, JSObject *object, JSAtom atom, JSValue value)
{
    JSProperty *property;

    if (unlikely(find_own_property(&property, object, atom) != NULL)) {
        set_value(ctx, &property->u.value, value);
        return true;
    }
    property = add_property(ctx, object, atom, JS_PROP_C_W_E);
    if (!property) {
        JS_FreeValue(ctx, value);
        return false;
    }
    property->u.value = value;
    return true;
}

static JSValue snap_decode_object(snap_decoder *d, uint32_t count)
{
    JSValue object, value;

    if (!snap_open_container(d, (uint64_t)count * 2))
        return JS_EXCEPTION;
    object = JS_NewObject(d->ctx);
    if (JS_IsException(object) || !snap_number_container(d, object))
        goto fail;
    for (uint32_t i = 0; i < count; i++) {
        JSAtom atom;
        bool is_added;

        d->owed--;
        atom = snap_decode_key(d);
        if (atom == JS_ATOM_NULL)
            goto fail;
        value = snap_decode_member(d);
        is_added = !JS_IsException(value) && snap_add_own(d->ctx, JS_VALUE_GET_OBJ(object), atom, value);
        JS_FreeAtom(d->ctx, atom);
        if (!is_added)
            goto fail;
    }
    d->depth--;
    return object;
fail:
    JS_FreeValue(d->ctx, object);
    return JS_EXCEPTION;
}

/* ---- values ---- */

static JSValue snap_decode_long(snap_decoder *d, uint8_t tag)
{
    int width = tag & 1 ? 4 : 2;   /* dc to df: array 16, array 32, map 16, map 32 */
    uint64_t count;

    if (!snap_take_uint(d, width, &count))
        return JS_EXCEPTION;
    return tag < 0xde ? snap_decode_list(d, (uint32_t)count) : snap_decode_object(d, (uint32_t)count);
}

static JSValue snap_decode_any_ext(snap_decoder *d, uint8_t tag)
{
    const uint8_t *type;
    uint64_t length;

    if (tag >= 0xd4)
        length = (uint64_t)1 << (tag - 0xd4);
    else if (!snap_take_uint(d, 1 << (tag - 0xc7), &length))
        return JS_EXCEPTION;
    type = snap_take(d, 1);
    return type && snap_has(d, length) ? snap_decode_ext(d, *type, (size_t)length) : JS_EXCEPTION;
}

static JSValue snap_decode_value(snap_decoder *d)
{
    const uint8_t *head = snap_take(d, 1);
    uint8_t tag;

    if (!head)
        return JS_EXCEPTION;
    tag = *head;
    if (tag < 0x80)
        return js_int32(tag);
    if (tag < 0x90)
        return snap_decode_object(d, tag & 15);
    if (tag < 0xa0)
        return snap_decode_list(d, tag & 15);
    if (tag < 0xc0)
        return snap_decode_text(d, tag & 31, false);
    if (tag >= 0xe0)
        return js_int32((int8_t)tag);
    switch (tag) {
    case 0xc0: return JS_NULL;
    case 0xc2: return JS_FALSE;
    case 0xc3: return JS_TRUE;
    case 0xc4: case 0xc5: case 0xc6: return snap_decode_bin(d, 1 << (tag - 0xc4));
    case 0xca: case 0xcb: return snap_decode_float(d, 4 << (tag - 0xca));
    case 0xcc: case 0xcd: case 0xce: case 0xcf: return snap_decode_uint(d, 1 << (tag - 0xcc));
    case 0xd0: case 0xd1: case 0xd2: case 0xd3: return snap_decode_int(d, 1 << (tag - 0xd0));
    case 0xd9: case 0xda: case 0xdb: return snap_decode_long_text(d, 1 << (tag - 0xd9));
    case 0xdc: case 0xdd: case 0xde: case 0xdf: return snap_decode_long(d, tag);
    case 0xc1: return snap_bad(d, "there is a byte that no message has");
    default: return snap_decode_any_ext(d, tag);
    }
}

/* ---- messages ---- */

static void snap_decoder_begin(snap_decoder *d, JSContext *ctx, const uint8_t *data, size_t size)
{
    memset(d, 0, sizeof *d);
    d->ctx = ctx;
    d->at = data;
    d->end = data + size;
}

/* Returns the status of a decoding that failed, or `is_read`. */
static uint32_t snap_decoder_end(snap_decoder *d, bool is_read)
{
    for (uint32_t i = 0; i < d->count; i++)
        JS_FreeValue(d->ctx, d->containers[i]);
    free(d->containers);
    if (is_read && d->at != d->end) {
        snap_bad(d, "something follows the value");
        is_read = false;
    }
    snap_malformed = d->malformed;
    if (!is_read)
        snap_control.events |= SNAP_EVENT_UNDELIVERED;
    return is_read ? SNAP_STATUS_OK : d->malformed ? SNAP_STATUS_MALFORMED : SNAP_STATUS_EXCEPTION;
}

static uint32_t snap_decode(JSContext *ctx, const uint8_t *data, size_t size, JSValue *value)
{
    snap_decoder d;
    uint32_t status;

    snap_decoder_begin(&d, ctx, data, size);
    *value = snap_decode_value(&d);
    status = snap_decoder_end(&d, !JS_IsException(*value));
    if (status != SNAP_STATUS_OK) {
        JS_FreeValue(ctx, *value);
        *value = JS_UNDEFINED;
    }
    return status;
}

/* The length of the array that comes next; its members are owed. */
static bool snap_take_array(snap_decoder *d, uint32_t *count)
{
    const uint8_t *head = snap_take(d, 1);
    uint64_t length;

    if (!head)
        return false;
    length = *head & 15;
    if (*head == 0xdc || *head == 0xdd) {
        if (!snap_take_uint(d, *head == 0xdc ? 2 : 4, &length))
            return false;
    } else if (*head < 0x90 || *head > 0x9f) {
        snap_bad(d, "an array is missing");
        return false;
    }
    if (!snap_has(d, length))
        return false;
    d->owed += (size_t)length;
    *count = (uint32_t)length;
    return true;
}

/* The array itself is container 0, but no value: a member cannot refer to it. */
static uint32_t snap_decode_array(JSContext *ctx, const uint8_t *data, size_t size, JSValue *values, uint32_t most, uint32_t *count)
{
    snap_decoder d;
    uint32_t length, status;
    bool is_read;

    snap_decoder_begin(&d, ctx, data, size);
    *count = 0;
    is_read = snap_take_array(&d, &length) && snap_number_container(&d, JS_UNDEFINED);
    if (is_read && length > most) {
        snap_bad(&d, "the array has too many members");
        is_read = false;
    }
    for (uint32_t i = 0; is_read && i < length; i++) {
        values[i] = snap_decode_member(&d);
        is_read = !JS_IsException(values[i]);
        *count += is_read;
    }
    status = snap_decoder_end(&d, is_read);
    while (status != SNAP_STATUS_OK && *count)
        JS_FreeValue(ctx, values[--*count]);
    return status;
}
