/* atob and btoa. https://html.spec.whatwg.org/multipage/webappapis.html#atob
 *
 * Sixteen characters at a time, where there are vectors. The rest, and what is around white space, goes by fours. */
#define SNAP_BASE64_CHUNK 16

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

/* Twelve bytes, of sixteen that can be read, to sixteen characters. */
static bool snap_base64_encode_chunk(const uint8_t *bytes, uint8_t *text)
{
    const v128_t offsets = wasm_i8x16_make('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                           '+' - 62, '/' - 63, 'A', 0, 0);
    v128_t in = wasm_v128_load(bytes), six, kind;

    in = wasm_i8x16_shuffle(in, in, 2, 1, 0, 0, 5, 4, 3, 3, 8, 7, 6, 6, 11, 10, 9, 9);   /* each lane begins with its last byte */
    six = wasm_v128_and(wasm_u32x4_shr(in, 18), wasm_i32x4_splat(0x3f));
    six = wasm_v128_or(six, wasm_v128_and(wasm_u32x4_shr(in, 4), wasm_i32x4_splat(0x3f00)));
    six = wasm_v128_or(six, wasm_v128_and(wasm_i32x4_shl(in, 10), wasm_i32x4_splat(0x3f0000)));
    six = wasm_v128_or(six, wasm_v128_and(wasm_i32x4_shl(in, 24), wasm_i32x4_splat(0x3f000000)));
    kind = wasm_u8x16_sub_sat(six, wasm_i8x16_splat(51));   /* 0 for letters, 1 to 10 for digits, 11 and 12 for the rest … */
    kind = wasm_v128_or(kind, wasm_v128_and(wasm_i8x16_lt(six, wasm_i8x16_splat(26)), wasm_i8x16_splat(13)));   /* … and 13 for capitals */
    wasm_v128_store(text, wasm_i8x16_add(six, wasm_i8x16_swizzle(offsets, kind)));
    return true;
}

/* Sixteen characters to twelve bytes, of sixteen that can be written; false: one of them is not of the alphabet. */
static bool snap_base64_decode_chunk(const uint8_t *text, uint8_t *bytes)
{
    /* A character is wrong when what its halves stand for have a bit in common. */
    const v128_t low = wasm_i8x16_make(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
    const v128_t high = wasm_i8x16_make(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    const v128_t offsets = wasm_i8x16_make(0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0);
    v128_t in = wasm_v128_load(text), upper = wasm_u8x16_shr(in, 4), six, out;
    v128_t wrong = wasm_v128_and(wasm_i8x16_swizzle(low, wasm_v128_and(in, wasm_i8x16_splat(0x0f))), wasm_i8x16_swizzle(high, upper));

    if (wasm_v128_any_true(wrong))
        return false;
    six = wasm_i8x16_add(in, wasm_i8x16_swizzle(offsets, wasm_i8x16_add(upper, wasm_i8x16_eq(in, wasm_i8x16_splat('/')))));
    out = wasm_i32x4_shl(wasm_v128_and(six, wasm_i32x4_splat(0x3f)), 18);
    out = wasm_v128_or(out, wasm_i32x4_shl(wasm_v128_and(six, wasm_i32x4_splat(0x3f00)), 4));
    out = wasm_v128_or(out, wasm_v128_and(wasm_u32x4_shr(six, 10), wasm_i32x4_splat(0xfc0)));
    out = wasm_v128_or(out, wasm_u32x4_shr(six, 24));
    wasm_v128_store(bytes, wasm_i8x16_shuffle(out, out, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 3, 3, 3));
    return true;
}
#else
static bool snap_base64_encode_chunk(const uint8_t *bytes, uint8_t *text)
{
    b64_encode(bytes, 12, (char *)text, b64_enc);
    return true;
}

static bool snap_base64_decode_chunk(const uint8_t *text, uint8_t *bytes)
{
    (void)text;
    (void)bytes;
    return false;
}
#endif

/* Writes four characters for every three bytes. */
static void snap_base64_encode(const uint8_t *bytes, size_t size, uint8_t *text)
{
    while (size >= SNAP_BASE64_CHUNK && snap_base64_encode_chunk(bytes, text)) {
        bytes += 12;
        size -= 12;
        text += SNAP_BASE64_CHUNK;
    }
    b64_encode(bytes, size, (char *)text, b64_enc);
}

/* Whole groups of four characters, as far as they come without anything else between them. Returns how many characters are read. */
static size_t snap_base64_groups(const uint8_t *text, size_t length, uint8_t *bytes, size_t room)
{
    size_t at = 0, i;

    while (length - at >= SNAP_BASE64_CHUNK && room >= SNAP_BASE64_CHUNK && snap_base64_decode_chunk(text + at, bytes)) {
        at += SNAP_BASE64_CHUNK;
        bytes += 12;
        room -= 12;
    }
    for (; length - at >= 4; at += 4, bytes += 3) {
        uint32_t group = 0;
        for (i = 0; i < 4 && (b64_flags[text[at + i]] & K_VAL); i++)
            group = group << 6 | b64_val[text[at + i]];
        if (i < 4)
            break;
        bytes[0] = (uint8_t)(group >> 16);
        bytes[1] = (uint8_t)(group >> 8);
        bytes[2] = (uint8_t)group;
    }
    return at;
}

/* Forgiving-base64 decode, of the Infra standard. `bytes` has room for three of every four characters that are begun. False: the text is wrong. */
static bool snap_base64_decode(const uint8_t *text, size_t length, uint8_t *bytes, size_t *size)
{
    size_t room = (length + 3) / 4 * 3, at = 0;
    uint32_t group = 0, count = 0, padding = 0;

    *size = 0;
    for (; at < length && text[at] != '='; at++) {
        if (!count) {
            size_t read = snap_base64_groups(text + at, length - at, bytes + *size, room - *size);
            at += read;
            *size += read / 4 * 3;
            if (at == length || text[at] == '=')
                break;
        }
        if (b64_flags[text[at]] & K_WS)
            continue;
        if (!(b64_flags[text[at]] & K_VAL))
            return false;
        group = group << 6 | b64_val[text[at]];
        if (++count == 4) {
            for (int shift = 16; shift >= 0; shift -= 8)
                bytes[(*size)++] = (uint8_t)(group >> shift);
            group = count = 0;
        }
    }
    for (; at < length; at++)
        if (text[at] == '=')
            padding++;
        else if (!(b64_flags[text[at]] & K_WS))
            return false;
    if (count == 1 || (padding && count + padding != 4) || padding > 2)
        return false;
    for (uint32_t i = 1; i < count; i++)
        bytes[(*size)++] = (uint8_t)(group >> (count * 6 - 8 * i));
    return true;
}

/* ---- for programs ---- */

/* The only argument as a string; throws. */
static JSValue snap_base64_argument(JSContext *ctx, const char *function, int argc, JSValueConst *argv)
{
    if (argc < 1)
        return JS_ThrowTypeError(ctx, "%s: a string is required", function);
    return JS_ToString(ctx, argv[0]);
}

/* The units of the string (which is freed without) as bytes: of a wide one a copy, that the caller frees. NULL: a unit is too large, or no memory; throws. */
static const uint8_t *snap_base64_units(JSContext *ctx, JSString *s, uint8_t **copy)
{
    uint16_t all = 0;

    *copy = NULL;
    if (!s->is_wide_char)
        return str8(s);
    for (uint32_t i = 0; i < s->len; i++)
        all |= str16(s)[i];
    if (all > 0xff) {
        JS_ThrowDOMException(ctx, "InvalidCharacterError", "The string contains a character outside of Latin-1");
        return NULL;
    }
    *copy = js_malloc(ctx, s->len + 1);
    for (uint32_t i = 0; *copy && i < s->len; i++)
        (*copy)[i] = (uint8_t)str16(s)[i];
    return *copy;
}

/* An exception, or a string of so many bytes for `text`; throws. */
static JSValue snap_base64_result(JSContext *ctx, size_t length, uint8_t **text)
{
    if (length > JS_STRING_LEN_MAX)
        return JS_ThrowRangeError(ctx, "invalid string length");
    return snap_narrow_string(ctx, length, text);
}

static JSValue snap_btoa(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue string = snap_base64_argument(ctx, "btoa", argc, argv), result = JS_EXCEPTION;
    const uint8_t *bytes;
    uint8_t *copy = NULL, *text;
    size_t size;
    (void)this_value;

    if (JS_IsException(string))
        return string;
    size = JS_VALUE_GET_STRING(string)->len;
    bytes = snap_base64_units(ctx, JS_VALUE_GET_STRING(string), &copy);
    if (bytes)
        result = snap_base64_result(ctx, (size + 2) / 3 * 4, &text);
    if (size && !JS_IsException(result))
        snap_base64_encode(bytes, size, text);
    js_free(ctx, copy);
    JS_FreeValue(ctx, string);
    return result;
}

static JSValue snap_atob(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue string = snap_base64_argument(ctx, "atob", argc, argv), result = JS_EXCEPTION;
    const uint8_t *text;
    uint8_t *copy = NULL, *bytes;
    size_t length, size;
    (void)this_value;

    if (JS_IsException(string))
        return string;
    length = JS_VALUE_GET_STRING(string)->len;
    text = snap_base64_units(ctx, JS_VALUE_GET_STRING(string), &copy);
    bytes = text ? js_malloc(ctx, (length + 3) / 4 * 3 + 1) : NULL;
    if (bytes && snap_base64_decode(text, length, bytes, &size))
        result = js_new_string8_len(ctx, (const char *)bytes, (int)size);
    else if (bytes)
        JS_ThrowDOMException(ctx, "InvalidCharacterError", "The string to be decoded is not correctly encoded");
    js_free(ctx, bytes);
    js_free(ctx, copy);
    JS_FreeValue(ctx, string);
    return result;
}

/* In the place of the engine's own. -1 and throws. */
static int snap_add_base64(JSContext *ctx)
{
    static const JSCFunctionListEntry functions[] = {
        JS_CFUNC_DEF2("atob", 1, snap_atob, JS_PROP_C_W_E), JS_CFUNC_DEF2("btoa", 1, snap_btoa, JS_PROP_C_W_E),
    };
    return JS_SetPropertyFunctionList(ctx, ctx->global_obj, functions, countof(functions));
}
