/* Bytes in any encoding to a string: the loops, for text_decoder.c. */
typedef struct snap_units {
    uint16_t *at;           /* there is room for as many units as there are bytes */
    uint16_t all;           /* the union of the units */
    bool is_fatal, is_last; /* text that is wrong is an error; nothing follows */
    bool has_failed;
} snap_units;

typedef uint32_t snap_next_character(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length);

static inline void snap_units_put(snap_units *units, uint32_t unit)
{
    *units->at++ = (uint16_t)unit;
    units->all |= (uint16_t)unit;
}

/* What a decoder has said of `left` bytes; may change *length. False: no more of them can be read now. */
static bool snap_units_take(snap_units *units, uint32_t c, size_t left, uint32_t *length)
{
    if (c == SNAP_UNITS_MORE && !units->is_last)
        return false;
    if (c == SNAP_UNITS_MORE)
        *length = (uint32_t)left;
    if (c == SNAP_UNITS_ERROR || c == SNAP_UNITS_MORE) {
        units->has_failed = units->is_fatal;
        snap_units_put(units, SNAP_REPLACEMENT);
        return !units->has_failed;
    }
    if (c == SNAP_UNITS_NOTHING)
        return true;
    if (c & SNAP_UNITS_PAIR) {
        snap_units_put(units, c & 0xff);
        c = c >> 8 & 0xffff;
    }
    if (c > 0xffff) {
        snap_units_put(units, get_hi_surrogate(c));
        c = get_lo_surrogate(c);
    }
    snap_units_put(units, c);
    return true;
}

/* Each of these returns how many bytes are read. */
static size_t snap_units_utf8(snap_units *units, const uint8_t *bytes, size_t size)
{
    size_t i = 0;

    while (i < size) {
        uint32_t length, c;
        uint16_t unit;
        if (size - i >= 8) {
            length = snap_ascii_word(bytes + i);
            snap_widen_word(units->at, bytes + i);   /* of which what is no ASCII is overwritten */
            units->at += length;
            i += length;
            if (length == 8)
                continue;
        }
        if (bytes[i] < 0x80) {
            *units->at++ = bytes[i++];
        } else if ((length = snap_utf8_quick(bytes + i, size - i, &unit)) != 0) {
            snap_units_put(units, unit);
            i += length;
        } else {
            c = snap_utf8_next(bytes + i, size - i, &length);
            if (!snap_units_take(units, c, size - i, &length))
                break;
            i += length;
        }
    }
    return i;
}

static size_t snap_units_single(snap_units *units, const uint8_t *bytes, size_t size, const uint16_t *table)
{
    size_t i;

    for (i = 0; i < size; i++) {
        uint32_t c = bytes[i] < 0x80 ? bytes[i] : table[bytes[i] - 0x80], length = 1;
        if (c != SNAP_REPLACEMENT)
            snap_units_put(units, c);
        else if (!snap_units_take(units, SNAP_UNITS_ERROR, size - i, &length))
            break;
    }
    return i;
}

static size_t snap_units_user_defined(snap_units *units, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        snap_units_put(units, bytes[i] < 0x80 ? bytes[i] : 0xf700u + bytes[i]);
    return size;
}

/* Without surrogates, eight units at once. */
static size_t snap_units_utf16(snap_units *units, const uint8_t *bytes, size_t size, bool is_big_endian)
{
    size_t i = 0;
    uint16_t chunk[8];
    uint32_t length, c;

    while (i < size) {
        if (size - i >= sizeof chunk) {
            uint16_t surrogates = 0, all = 0;
            memcpy(chunk, bytes + i, sizeof chunk);
            for (int k = 0; k < 8; k++) {
                chunk[k] = is_big_endian ? (uint16_t)(chunk[k] << 8 | chunk[k] >> 8) : chunk[k];
                surrogates |= (chunk[k] & 0xf800) == 0xd800;
                all |= chunk[k];
            }
            if (!surrogates) {
                memcpy(units->at, chunk, sizeof chunk);
                units->at += 8;
                units->all |= all;
                i += sizeof chunk;
                continue;
            }
        }
        c = (is_big_endian ? snap_utf16be_next : snap_utf16le_next)(NULL, bytes + i, size - i, &length);
        if (!snap_units_take(units, c, size - i, &length))
            break;
        i += length;
    }
    return i;
}

static size_t snap_units_multi(snap_units *units, const uint8_t *bytes, size_t size, snap_next_character *next, snap_text_state *state)
{
    size_t i = 0;

    while (i < size) {
        uint32_t length, c;
        if (bytes[i] < 0x80) {
            *units->at++ = bytes[i++];
            continue;
        }
        c = next(state, bytes + i, size - i, &length);
        if (!snap_units_take(units, c, size - i, &length))
            break;
        i += length;
    }
    return i;
}

/* An escape sequence that the text ends in is wrong for its first byte only. */
static size_t snap_units_iso_2022_jp(snap_units *units, const uint8_t *bytes, size_t size, snap_text_state *state)
{
    size_t i = 0;

    while (i < size) {
        uint32_t length, c = snap_iso_2022_jp_next(state, bytes + i, size - i, &length);
        if (c == SNAP_UNITS_MORE && units->is_last) {
            state->is_after_escape = false;
            c = SNAP_UNITS_ERROR;
        }
        if (!snap_units_take(units, c, size - i, &length))
            break;
        i += length;
    }
    return i;
}

static size_t snap_units_read(snap_units *units, const uint8_t *bytes, size_t size, int encoding, snap_text_state *state)
{
    switch (encoding) {
    case SNAP_ENCODING_UTF_8: return snap_units_utf8(units, bytes, size);
    case SNAP_ENCODING_UTF_16LE: return snap_units_utf16(units, bytes, size, false);
    case SNAP_ENCODING_UTF_16BE: return snap_units_utf16(units, bytes, size, true);
    case SNAP_ENCODING_X_USER_DEFINED: return snap_units_user_defined(units, bytes, size);
    case SNAP_ENCODING_GBK:
    case SNAP_ENCODING_GB18030: return snap_units_multi(units, bytes, size, snap_gb18030_next, state);
    case SNAP_ENCODING_BIG5: return snap_units_multi(units, bytes, size, snap_big5_next, state);
    case SNAP_ENCODING_EUC_JP: return snap_units_multi(units, bytes, size, snap_euc_jp_next, state);
    case SNAP_ENCODING_SHIFT_JIS: return snap_units_multi(units, bytes, size, snap_shift_jis_next, state);
    case SNAP_ENCODING_EUC_KR: return snap_units_multi(units, bytes, size, snap_euc_kr_next, state);
    case SNAP_ENCODING_ISO_2022_JP: return snap_units_iso_2022_jp(units, bytes, size, state);
    case SNAP_ENCODING_ISO_8859_8_I: encoding = SNAP_ENCODING_ISO_8859_8;
    }
    return snap_units_single(units, bytes, size, snap_single_byte[encoding]);
}

/* ---- strings ---- */

/* A string of so many units that are bytes; throws. */
static JSValue snap_narrow_string(JSContext *ctx, size_t length, uint8_t **bytes)
{
    JSString *s = length ? js_alloc_string(ctx, (int)length, 0) : NULL;

    if (!length) {
        *bytes = NULL;
        return js_empty_string(ctx->rt);
    }
    if (!s)
        return JS_EXCEPTION;
    *bytes = str8(s);
    str8(s)[length] = '\0';
    return JS_MKPTR(JS_TAG_STRING, s);
}

/* Whether each byte is the unit that it stands for. */
static bool snap_is_narrow(const uint8_t *bytes, size_t size, int encoding)
{
    uint8_t others = 0;

    if (encoding == SNAP_ENCODING_UTF_16LE || encoding == SNAP_ENCODING_UTF_16BE || encoding == SNAP_ENCODING_ISO_2022_JP)
        return false;
    if (encoding != SNAP_ENCODING_WINDOWS_1252)
        return snap_ascii_run(bytes, size) == size;
    for (size_t i = 0; i < size; i++)
        others |= (bytes[i] & 0xe0) == 0x80;
    return !others;
}

/* The string that was begun for more units than there are; no longer wide if it need not be, for the engine compares names by their bytes. */
static JSValue snap_fit_string(JSContext *ctx, StringBuffer *wide, const snap_units *units)
{
    const uint16_t *from = str16(wide->str);
    JSValue narrow;
    uint8_t *bytes;

    wide->len = (int)(units->at - from);
    if (units->all > 0xff)
        return string_buffer_end(wide);
    narrow = snap_narrow_string(ctx, (size_t)wide->len, &bytes);
    for (int i = 0; !JS_IsException(narrow) && i < wide->len; i++)
        bytes[i] = (uint8_t)from[i];
    string_buffer_free(wide);
    return narrow;
}

/* A string of the bytes; *read is how many are read, and units->has_failed tells of text that is wrong. Throws without memory. */
static JSValue snap_text_decode(JSContext *ctx, snap_units *units, const uint8_t *bytes, size_t size, int encoding, snap_text_state *state, size_t *read)
{
    StringBuffer wide;

    *read = size;
    if (size > JS_STRING_LEN_MAX)
        return JS_ThrowRangeError(ctx, "invalid string length");
    if (snap_is_narrow(bytes, size, encoding)) {
        uint8_t *copy;
        JSValue string = snap_narrow_string(ctx, size, &copy);
        if (size && !JS_IsException(string))
            memcpy(copy, bytes, size);
        return string;
    }
    if (string_buffer_init2(ctx, &wide, (int)size, 1))
        return JS_EXCEPTION;
    units->at = str16(wide.str);
    *read = snap_units_read(units, bytes, size, encoding, state);
    return snap_fit_string(ctx, &wide, units);
}
