/* The extension types, towards JavaScript. Objects are made with the realm's own prototypes and filled through the engine's own
 * functions, so whatever a program has patched is not asked. */

/* A payload that consists of values: between these two, the message is that payload. */
typedef struct snap_outer {
    const uint8_t *end;
    size_t owed;
} snap_outer;

static snap_outer snap_enter_payload(snap_decoder *d, size_t length)
{
    snap_outer outer = { d->end, d->owed };
    d->end = d->at + length;
    d->owed = 0;
    return outer;
}

static bool snap_leave_payload(snap_decoder *d, snap_outer outer)
{
    bool is_at_end = d->at == d->end;
    if (!is_at_end)
        snap_bad(d, "something follows the value in an extension");
    d->end = outer.end;
    d->owed = outer.owed;
    return is_at_end;
}

/* A little-endian unsigned integer that is the whole payload. */
static bool snap_take_fixed(snap_decoder *d, size_t length, size_t width, uint64_t *value)
{
    const uint8_t *bytes = snap_take(d, length);

    *value = 0;
    if (bytes && length != width) {
        snap_bad(d, "an extension has the wrong length");
        return false;
    }
    for (size_t i = width; bytes && i > 0; i--)
        *value = *value << 8 | bytes[i - 1];
    return bytes != NULL;
}

/* ---- scalars ---- */

static JSValue snap_decode_big_int(snap_decoder *d, size_t length)
{
    const uint8_t *bytes = snap_take(d, length);
    uint8_t sign;
    size_t limbs;
    JSBigInt *big;

    if (!bytes)
        return JS_EXCEPTION;
    if (!length)
        return snap_bad(d, "a BigInt has no bytes");
    if (!snap_require(d, JS_CLASS_BIG_INT, "BigInt"))
        return JS_EXCEPTION;
    sign = bytes[length - 1] & 0x80 ? 0xff : 0;
    while (length > 1 && bytes[length - 1] == sign && (bytes[length - 2] & 0x80) == (sign & 0x80))
        length--;
    limbs = (length + sizeof(js_limb_t) - 1) / sizeof(js_limb_t);
    if (limbs > JS_BIGINT_MAX_SIZE)
        return JS_ThrowRangeError(d->ctx, "BigInt is too large to allocate");
    if (limbs == 1) {
        js_slimb_t small = sign ? -1 : 0;
        memcpy(&small, bytes, length);
        return __JS_NewShortBigInt(d->ctx, small);
    }
    big = js_bigint_new(d->ctx, (int)limbs);
    if (!big)
        return JS_EXCEPTION;
    big->tab[limbs - 1] = sign ? (js_limb_t)-1 : 0;
    memcpy(big->tab, bytes, length);
    return JS_MKPTR(JS_TAG_BIG_INT, big);
}

static JSValue snap_decode_symbol(snap_decoder *d, size_t length)
{
    JSValue key = snap_decode_text(d, length, true);
    if (JS_IsException(key))
        return key;
    return JS_NewSymbolInternal(d->ctx, JS_VALUE_GET_STRING(key), JS_ATOM_TYPE_GLOBAL_SYMBOL);
}

static JSValue snap_decode_date(snap_decoder *d, size_t length)
{
    JSFloat64Union time;
    if (!snap_take_fixed(d, length, 8, &time.u64) || !snap_require(d, JS_CLASS_DATE, "Date"))
        return JS_EXCEPTION;
    return JS_NewDate(d->ctx, time.d);
}

/* A string of either form. */
static JSValue snap_decode_string(snap_decoder *d)
{
    JSValue value = snap_decode_value(d);
    if (JS_IsException(value) || JS_VALUE_GET_TAG(value) == JS_TAG_STRING)
        return value;
    JS_FreeValue(d->ctx, value);
    return snap_bad(d, "a string is missing");
}

static JSValue snap_decode_regexp(snap_decoder *d, size_t length)
{
    snap_outer outer = snap_enter_payload(d, length);
    JSValue source = JS_EXCEPTION, flags = JS_EXCEPTION, code = JS_EXCEPTION;
    uint32_t count;

    if (snap_take_array(d, &count)) {
        if (count != 2) {
            snap_bad(d, "a RegExp has the wrong number of fields");
        } else {
            d->owed = 0;
            source = snap_decode_string(d);
            if (!JS_IsException(source))
                flags = snap_decode_string(d);
        }
    }
    if (!JS_IsException(flags) && snap_leave_payload(d, outer) && snap_require(d, JS_CLASS_REGEXP, "RegExp"))
        code = js_compile_regexp(d->ctx, source, flags);
    JS_FreeValue(d->ctx, flags);
    if (JS_IsException(code)) {
        JS_FreeValue(d->ctx, source);
        return JS_EXCEPTION;
    }
    return js_regexp_constructor_internal(d->ctx, JS_UNDEFINED, source, code);
}

/* One over the whole of a buffer, taken over; may be JS_EXCEPTION. */
static JSValue snap_typed_array(JSContext *ctx, JSClassID class_id, JSValue buffer, size_t size)
{
    JSValue array;

    if (JS_IsException(buffer))
        return buffer;
    array = JS_NewObjectProtoClass(ctx, ctx->class_proto[class_id], class_id);
    if (JS_IsException(array)) {
        JS_FreeValue(ctx, buffer);
        return array;
    }
    if (typed_array_init(ctx, array, buffer, 0, size >> typed_array_size_log2(class_id), false)) {
        JS_FreeValue(ctx, array);
        return JS_EXCEPTION;
    }
    return array;
}

static JSValue snap_decode_typed(snap_decoder *d, size_t length)
{
    const uint8_t *bytes = snap_take(d, length);
    JSClassID class_id;

    if (!bytes)
        return JS_EXCEPTION;
    if (!length || bytes[0] >= JS_TYPED_ARRAY_COUNT)
        return snap_bad(d, "there is no such kind of typed array");
    class_id = JS_CLASS_UINT8C_ARRAY + bytes[0];   /* SNAP_TYPED_* are in this order */
    if ((length - 1) & (((size_t)1 << typed_array_size_log2(class_id)) - 1))
        return snap_bad(d, "a typed array ends within an element");
    if (!snap_require(d, class_id, "this typed array"))
        return JS_EXCEPTION;
    return snap_typed_array(d->ctx, class_id, JS_NewArrayBufferCopy(d->ctx, bytes + 1, length - 1), length - 1);
}

static JSValue snap_decode_transfer(snap_decoder *d, size_t length)
{
    const uint8_t *bytes = snap_take(d, length);
    snap_transfer *transfer;
    JSClassID class_id;
    size_t size;

    if (!bytes)
        return JS_EXCEPTION;
    if (length != 5 || bytes[0] >= JS_TYPED_ARRAY_COUNT)
        return snap_bad(d, "there is no such kind of typed array");
    class_id = JS_CLASS_UINT8C_ARRAY + bytes[0];
    transfer = snap_transfer_at(get_u32(bytes + 1));
    if (!transfer)
        return snap_bad(d, "nothing was transferred to this address");
    size = transfer->size;
    if (size & (((size_t)1 << typed_array_size_log2(class_id)) - 1))
        return snap_bad(d, "a typed array ends within an element");
    if (!snap_require(d, class_id, class_id == JS_CLASS_UINT8_ARRAY ? "Uint8Array" : "this typed array"))
        return JS_EXCEPTION;
    return snap_typed_array(d->ctx, class_id, snap_transfer_take(d->ctx, transfer), size);
}

/* ---- Map and Set ---- */

/* Key and value are taken over; false and throws. */
static bool snap_add_record(JSContext *ctx, JSMapState *state, JSValue key, JSValue value)
{
    JSMapRecord *record;

    key = map_normalize_key(ctx, key);
    record = map_find_record(ctx, state, key);
    if (record) {
        set_value(ctx, &record->value, value);
    } else {
        record = map_add_record(ctx, state, key);
        if (record)
            record->value = value;
        else
            JS_FreeValue(ctx, value);
    }
    JS_FreeValue(ctx, key);
    return record != NULL;
}

static bool snap_decode_records(snap_decoder *d, JSMapState *state, bool is_map)
{
    uint32_t count;

    if (!snap_take_array(d, &count))
        return false;
    if (is_map && count % 2) {
        snap_bad(d, "a Map has a key without a value");
        return false;
    }
    for (uint32_t i = 0; i < count; i += is_map ? 2 : 1) {
        JSValue key = snap_decode_member(d), value = JS_UNDEFINED;
        if (JS_IsException(key))
            return false;
        if (is_map)
            value = snap_decode_member(d);
        if (JS_IsException(value)) {
            JS_FreeValue(d->ctx, key);
            return false;
        }
        if (!snap_add_record(d->ctx, state, key, value))
            return false;
    }
    return true;
}

static JSValue snap_decode_map(snap_decoder *d, size_t length, JSClassID class_id)
{
    bool is_map = class_id == JS_CLASS_MAP;
    snap_outer outer;
    JSValue map;

    if (!snap_open_container(d, 0) || !snap_require(d, class_id, is_map ? "Map" : "Set"))
        return JS_EXCEPTION;
    map = js_map_constructor(d->ctx, JS_UNDEFINED, 0, NULL, is_map ? 0 : MAGIC_SET);   /* runs no guest code without arguments */
    if (JS_IsException(map))
        return map;
    outer = snap_enter_payload(d, length);
    if (!snap_number_container(d, map) || !snap_decode_records(d, JS_VALUE_GET_OBJ(map)->u.map_state, is_map) ||
        !snap_leave_payload(d, outer)) {
        JS_FreeValue(d->ctx, map);
        return JS_EXCEPTION;
    }
    d->depth--;
    return map;
}

/* ---- errors ---- */

/* Whether EMPTY comes next; then it is passed over. */
static bool snap_take_empty(snap_decoder *d)
{
    size_t left = (size_t)(d->end - d->at);
    size_t size = left >= 3 && d->at[0] == 0xd4 && d->at[1] == SNAP_EXT_EMPTY ? 3 :
        left >= 4 && d->at[0] == 0xc7 && d->at[1] == 1 && d->at[2] == SNAP_EXT_EMPTY ? 4 : 0;

    d->at += size;
    return size != 0;
}

/* The next field, JS_UNINITIALIZED for EMPTY. */
static JSValue snap_decode_field(snap_decoder *d)
{
    d->owed--;
    return snap_take_empty(d) ? JS_UNINITIALIZED : snap_decode_value(d);
}

/* The text of name or message; JS_UNDEFINED where there is none. */
static JSValue snap_decode_error_text(snap_decoder *d)
{
    JSValue text = snap_decode_field(d);

    if (JS_IsUninitialized(text) || JS_IsNull(text))
        return JS_UNDEFINED;
    if (!JS_IsException(text) && JS_VALUE_GET_TAG(text) != JS_TAG_STRING) {
        JS_FreeValue(d->ctx, text);
        return snap_bad(d, "a string is missing");
    }
    return text;
}

/* Becomes an own property that is not enumerable, as the constructor of Error makes message. */
static bool snap_set_error_text(snap_decoder *d, JSValueConst error, JSAtom atom, JSValue text)
{
    return !JS_IsException(text) &&
        (JS_IsUndefined(text) || JS_DefinePropertyValue(d->ctx, error, atom, text, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE) >= 0);
}

/* The name of one of the language's own errors makes it one; but for those that have more than a message. */
static bool snap_decode_error_name(snap_decoder *d, JSValueConst error)
{
    JSValue text = snap_decode_error_text(d);
    JSAtom name;

    if (!JS_IsString(text))
        return snap_set_error_text(d, error, JS_ATOM_name, text);
    name = JS_ValueToAtom(d->ctx, text);
    if (name < JS_ATOM_EvalError || name > JS_ATOM_InternalError) {
        JS_FreeAtom(d->ctx, name);
        if (name != JS_ATOM_NULL)
            return snap_set_error_text(d, error, JS_ATOM_name, text);
        JS_FreeValue(d->ctx, text);
        return false;
    }
    JS_FreeValue(d->ctx, text);   /* and not the atom: the engine's own are never freed */
    return JS_SetPrototypeInternal(d->ctx, error, d->ctx->native_error_proto[name - JS_ATOM_EvalError], true) >= 0;
}

static bool snap_decode_error_fields(snap_decoder *d, JSValueConst error)
{
    uint32_t count;
    JSValue reference, cause;
    double number;

    if (!snap_take_array(d, &count))
        return false;
    if (count != 4) {
        snap_bad(d, "an error has the wrong number of fields");
        return false;
    }
    reference = snap_decode_field(d);
    if (JS_IsException(reference))
        return false;
    if (!JS_IsUninitialized(reference) && !JS_IsNull(reference)) {
        if (!js_arith_to_float64(reference, &number) || !(number >= 0 && number <= UINT32_MAX && number == floor(number))) {
            JS_FreeValue(d->ctx, reference);
            snap_bad(d, "the number of a host error is not one");
            return false;
        }
        if (snap_lend(d->ctx, error, (uint32_t)number) < 0)
            return false;
    }
    if (!snap_decode_error_name(d, error) || !snap_set_error_text(d, error, JS_ATOM_message, snap_decode_error_text(d)))
        return false;
    cause = snap_decode_field(d);
    if (JS_IsException(cause))
        return false;
    return JS_IsUninitialized(cause) ||
        JS_DefinePropertyValue(d->ctx, error, JS_ATOM_cause, cause, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE) >= 0;
}

/* An Error with a stack, for which the program's Error.prepareStackTrace is not asked. */
static JSValue snap_new_error(JSContext *ctx)
{
    JSValue prepare = ctx->error_prepare_stack, error;

    ctx->error_prepare_stack = JS_UNDEFINED;
    error = JS_NewError(ctx);
    ctx->error_prepare_stack = prepare;
    return error;
}

static JSValue snap_decode_error(snap_decoder *d, size_t length)
{
    snap_outer outer;
    JSValue error;

    if (!snap_open_container(d, 0))
        return JS_EXCEPTION;
    error = snap_new_error(d->ctx);
    if (JS_IsException(error))
        return error;
    outer = snap_enter_payload(d, length);
    if (!snap_number_container(d, error) || !snap_decode_error_fields(d, error) || !snap_leave_payload(d, outer)) {
        JS_FreeValue(d->ctx, error);
        return JS_EXCEPTION;
    }
    d->depth--;
    return error;
}

/* ---- what the message only names ---- */

static JSValue snap_decode_reference(snap_decoder *d, size_t length)
{
    uint64_t number;

    if (!snap_take_fixed(d, length, 4, &number))
        return JS_EXCEPTION;
    if (number >= d->count || JS_IsUndefined(d->containers[number]))
        return snap_bad(d, "a REFERENCE is to no container");
    return js_dup(d->containers[number]);
}

static JSValue snap_decode_handle(snap_decoder *d, size_t length)
{
    uint64_t handle;
    JSValue value;

    if (!snap_take_fixed(d, length, 8, &handle))
        return JS_EXCEPTION;
    return snap_handle_get(handle, &value) ? js_dup(value) : snap_bad(d, "there is no such handle");
}

static JSValue snap_decode_named(snap_decoder *d, size_t length, bool is_function)
{
    uint64_t number;
    JSValue value;

    if (!snap_take_fixed(d, length, 4, &number))
        return JS_EXCEPTION;
    value = is_function ? snap_host_value(d->ctx, (uint32_t)number) : snap_pending_promise(d->ctx, (uint32_t)number);
    if (JS_IsUninitialized(value))
        return snap_bad(d, is_function ? "there is no such host function" : "there is no such pending call");
    return value;
}

/* `length` bytes are there. */
static JSValue snap_decode_ext(snap_decoder *d, uint8_t type, size_t length)
{
    uint64_t zero;

    switch (type) {
    case SNAP_EXT_UNDEFINED: return snap_take_fixed(d, length, 1, &zero) ? JS_UNDEFINED : JS_EXCEPTION;
    case SNAP_EXT_STRING: return snap_decode_text(d, length, true);
    case SNAP_EXT_BIGINT: return snap_decode_big_int(d, length);
    case SNAP_EXT_SYMBOL: return snap_decode_symbol(d, length);
    case SNAP_EXT_DATE: return snap_decode_date(d, length);
    case SNAP_EXT_REGEXP: return snap_decode_regexp(d, length);
    case SNAP_EXT_TYPED: return snap_decode_typed(d, length);
    case SNAP_EXT_TRANSFER: return snap_decode_transfer(d, length);
    case SNAP_EXT_MAP: return snap_decode_map(d, length, JS_CLASS_MAP);
    case SNAP_EXT_SET: return snap_decode_map(d, length, JS_CLASS_SET);
    case SNAP_EXT_ERROR: return snap_decode_error(d, length);
    case SNAP_EXT_HANDLE: return snap_decode_handle(d, length);
    case SNAP_EXT_HOST_FUNCTION: return snap_decode_named(d, length, true);
    case SNAP_EXT_REFERENCE: return snap_decode_reference(d, length);
    case SNAP_EXT_PENDING: return snap_decode_named(d, length, false);
    case SNAP_EXT_HOST_OBJECT: return snap_decode_host_object(d, length);
    default: return snap_bad(d, "there is no such extension type here");
    }
}
