/* A message of the host to a value. The message is not trusted: every length is checked against what is left, before anything is
 * allocated for it. No guest code runs, except Error.prepareStackTrace after the decoding has failed. */
typedef struct snap_decoder {
    JSContext *ctx;
    const uint8_t *at, *end;
    size_t owed;             /* bytes that the members yet to come of the open containers need at least, one each */
    uint32_t depth;
    JSValue *containers;     /* by number */
    uint32_t count, capacity;
    const char *malformed;
} snap_decoder;

/* Whatever takes a decoder returns JS_EXCEPTION (or false, NULL) after a failure: with `malformed` set, or else with something thrown. */

/* ---- reading ---- */

static no_inline JSValue snap_bad(snap_decoder *d, const char *why)
{
    if (!d->malformed)
        d->malformed = why;
    return JS_EXCEPTION;
}

/* Whether `size` bytes are left for the item at hand. */
static inline bool snap_has(snap_decoder *d, uint64_t size)
{
    if (likely(size <= (size_t)(d->end - d->at) - d->owed))
        return true;
    snap_bad(d, "the message ends too early");
    return false;
}

static inline const uint8_t *snap_take(snap_decoder *d, size_t size)
{
    const uint8_t *taken = d->at;
    if (!snap_has(d, size))
        return NULL;
    d->at += size;
    return taken;
}

/* A big-endian unsigned integer. */
static bool snap_take_uint(snap_decoder *d, int width, uint64_t *value)
{
    const uint8_t *bytes = snap_take(d, (size_t)width);

    *value = 0;
    for (int i = 0; bytes && i < width; i++)
        *value = *value << 8 | bytes[i];
    return bytes != NULL;
}

/* ---- scalars ---- */

static bool snap_require(snap_decoder *d, JSClassID class_id, const char *name)
{
    if (JS_IsObject(d->ctx->class_proto[class_id]))
        return true;
    JS_ThrowTypeError(d->ctx, "%s is not available here: this VM was made without it", name);
    return false;
}

static JSValue snap_decode_uint(snap_decoder *d, int width)
{
    uint64_t value;

    if (!snap_take_uint(d, width, &value))
        return JS_EXCEPTION;
    if (value <= MAX_SAFE_INTEGER)
        return js_int64((int64_t)value);
    return snap_require(d, JS_CLASS_BIG_INT, "BigInt") ? JS_NewBigUint64(d->ctx, value) : JS_EXCEPTION;
}

static JSValue snap_decode_int(snap_decoder *d, int width)
{
    uint64_t bits;
    int64_t value;

    if (!snap_take_uint(d, width, &bits))
        return JS_EXCEPTION;
    value = (int64_t)(bits << (64 - 8 * width)) >> (64 - 8 * width);
    if (value >= -MAX_SAFE_INTEGER && value <= MAX_SAFE_INTEGER)
        return js_int64(value);
    return snap_require(d, JS_CLASS_BIG_INT, "BigInt") ? JS_NewBigInt64(d->ctx, value) : JS_EXCEPTION;
}

static JSValue snap_decode_float(snap_decoder *d, int width)
{
    uint64_t bits;
    uint32_t half;
    JSFloat64Union value;
    float small;

    if (!snap_take_uint(d, width, &bits))
        return JS_EXCEPTION;
    value.u64 = bits;
    if (width == 4) {
        half = (uint32_t)bits;
        memcpy(&small, &half, 4);
        value.d = small;
    }
    return js_number(value.d);
}

/* A string of the next `length` bytes: UTF-8, with `surrogates` WTF-8. */
static JSValue snap_decode_text(snap_decoder *d, size_t length, bool surrogates)
{
    const uint8_t *text = snap_take(d, length);
    snap_text_kind kind;
    size_t units;

    if (!text)
        return JS_EXCEPTION;
    kind = snap_text_scan(text, length, surrogates, &units);
    if (kind == SNAP_TEXT_INVALID)
        return snap_bad(d, "a string is not UTF-8");
    return snap_text_make(d->ctx, text, length, kind, units);
}

static JSValue snap_decode_long_text(snap_decoder *d, int width)
{
    uint64_t length;
    return snap_take_uint(d, width, &length) ? snap_decode_text(d, (size_t)length, false) : JS_EXCEPTION;
}

/* A Uint8Array. */
static JSValue snap_decode_bin(snap_decoder *d, int width)
{
    const uint8_t *bytes;
    uint64_t length;

    if (!snap_take_uint(d, width, &length) || !(bytes = snap_take(d, (size_t)length)) ||
        !snap_require(d, JS_CLASS_UINT8_ARRAY, "Uint8Array"))
        return JS_EXCEPTION;
    return JS_NewUint8ArrayCopy(d->ctx, bytes, (size_t)length);
}
