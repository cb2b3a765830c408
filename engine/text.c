/* Strings of the engine to UTF-8 and back. The engine keeps a string as Latin-1 or as UTF-16; a message has UTF-8, or WTF-8 where a
 * surrogate stands alone. */

/* How many of the bytes are 0x80 or above: so many bytes longer is Latin-1 as UTF-8. */
static size_t snap_count_high(const uint8_t *bytes, size_t length)
{
    size_t high = 0, i = 0;
    uint64_t word;

    for (; i + 8 <= length; i += 8) {
        memcpy(&word, bytes + i, 8);
        word &= 0x8080808080808080;
        if (word)
            high += (size_t)__builtin_popcountll(word);
    }
    for (; i < length; i++)
        high += bytes[i] >> 7;
    return high;
}

/* The code point at *at, which moves on. A surrogate without its other half is returned as it is. */
static uint32_t snap_next_unit(const uint16_t *units, uint32_t length, uint32_t *at)
{
    uint32_t c = units[(*at)++];
    if (is_hi_surrogate(c) && *at < length && is_lo_surrogate(units[*at]))
        c = from_surrogate(c, units[(*at)++]);
    return c;
}

/* The string's length as WTF-8; *is_utf8 is false when it has a lone surrogate. */
static size_t snap_text_size(JSString *s, bool *is_utf8)
{
    size_t size = 0;

    *is_utf8 = true;
    if (!s->is_wide_char)
        return s->len + snap_count_high(str8(s), s->len);
    for (uint32_t i = 0; i < s->len;) {
        uint32_t c = snap_next_unit(str16(s), s->len, &i);
        if (is_surrogate(c))
            *is_utf8 = false;
        size += utf8_encode_len(c);
    }
    return size;
}

/* The string as WTF-8; `size` is what snap_text_size said. */
static void snap_text_write(snap_buffer *b, JSString *s, size_t size)
{
    uint8_t *at;

    if (!snap_buffer_reserve(b, size))
        return;
    at = b->data + b->size;
    b->size += size;
    if (s->is_wide_char) {
        const uint16_t *units = str16(s);
        for (uint32_t i = 0; i < s->len;)
            at += utf8_encode(at, snap_next_unit(units, s->len, &i));
    } else if (size == s->len) {
        memcpy(at, str8(s), size);
    } else {
        const uint8_t *bytes = str8(s);
        for (uint32_t i = 0; i < s->len; i++)
            at += utf8_encode(at, bytes[i]);
    }
}

/* As a value: str, or ext STRING with a lone surrogate. */
static void snap_put_string(snap_buffer *b, JSString *s)
{
    bool is_utf8;
    size_t size = snap_text_size(s, &is_utf8);

    if (is_utf8)
        snap_put_text_header(b, (uint32_t)size);
    else
        snap_put_ext_header(b, SNAP_EXT_STRING, (uint32_t)size);
    snap_text_write(b, s, size);
}

/* As the whole payload of an extension. */
static void snap_put_string_ext(snap_buffer *b, uint8_t type, JSString *s)
{
    bool is_utf8;
    size_t size = snap_text_size(s, &is_utf8);

    snap_put_ext_header(b, type, (uint32_t)size);
    snap_text_write(b, s, size);
}

/* A property's name as a value. The atom is of a string, not of a symbol. */
static void snap_put_atom(JSContext *ctx, snap_buffer *b, JSAtom atom)
{
    if (__JS_AtomIsTaggedInt(atom)) {
        char number[16];
        snap_put_text(b, number, u32toa(number, __JS_AtomToUInt32(atom)));
    } else {
        snap_put_string(b, ctx->rt->atom_array[atom]);
    }
}

typedef enum snap_text_kind { SNAP_TEXT_ASCII, SNAP_TEXT_LATIN1, SNAP_TEXT_WIDE, SNAP_TEXT_INVALID } snap_text_kind;

/* The sequence of two to four bytes at `at`, checked: its code point, and its length in *length. Returns UINT32_MAX when it is not
 * UTF-8 (or, with `surrogates`, not WTF-8): overlong, cut off, out of range. */
static uint32_t snap_next_sequence(const uint8_t *at, size_t left, bool surrogates, uint32_t *length)
{
    static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint8_t first = at[0];
    uint32_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2, c;

    if (first < 0xc2 || first > 0xf4 || n > left)
        return UINT32_MAX;
    c = first & (0x7fu >> n);
    for (uint32_t i = 1; i < n; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return UINT32_MAX;
        c = c << 6 | (at[i] & 0x3f);
    }
    *length = n;
    return c < lowest[n] || c > 0x10ffff || (!surrogates && is_surrogate(c)) ? UINT32_MAX : c;
}

/* What the engine needs to hold this text, and how many of its units. */
static snap_text_kind snap_text_scan(const uint8_t *text, size_t length, bool surrogates, size_t *units)
{
    snap_text_kind kind = SNAP_TEXT_ASCII;
    size_t at = 0, count = 0;

    while (at < length) {
        uint32_t n, c;
        if (text[at] < 0x80) {
            uint64_t word;
            if (length - at >= 8 && (memcpy(&word, text + at, 8), !(word & 0x8080808080808080))) {
                at += 8;
                count += 8;
            } else {
                at++;
                count++;
            }
            continue;
        }
        c = snap_next_sequence(text + at, length - at, surrogates, &n);
        if (c == UINT32_MAX)
            return SNAP_TEXT_INVALID;
        if (c > 0xff)
            kind = SNAP_TEXT_WIDE;
        else if (kind == SNAP_TEXT_ASCII)
            kind = SNAP_TEXT_LATIN1;
        count += c > 0xffff ? 2 : 1;
        at += n;
    }
    *units = count;
    return kind;
}

static void snap_text_fill(JSString *s, const uint8_t *text, size_t length)
{
    uint32_t at = 0, n;

    for (size_t i = 0; i < length; i += n) {
        uint32_t c = text[i];
        n = 1;
        if (c >= 0x80)
            c = snap_next_sequence(text + i, length - i, true, &n);
        if (!s->is_wide_char) {
            str8(s)[at++] = (uint8_t)c;
        } else if (c <= 0xffff) {
            str16(s)[at++] = (uint16_t)c;
        } else {
            str16(s)[at++] = (uint16_t)get_hi_surrogate(c);
            str16(s)[at++] = (uint16_t)get_lo_surrogate(c);
        }
    }
}

/* A string of text that snap_text_scan has passed; throws. */
static JSValue snap_text_make(JSContext *ctx, const uint8_t *text, size_t length, snap_text_kind kind, size_t units)
{
    JSString *s;

    if (!units)
        return js_empty_string(ctx->rt);
    if (units > JS_STRING_LEN_MAX)
        return JS_ThrowRangeError(ctx, "invalid string length");
    s = js_alloc_string(ctx, (int)units, kind == SNAP_TEXT_WIDE);
    if (!s)
        return JS_EXCEPTION;
    if (kind == SNAP_TEXT_ASCII)
        memcpy(str8(s), text, units);
    else
        snap_text_fill(s, text, length);
    if (kind != SNAP_TEXT_WIDE)
        str8(s)[units] = '\0';
    return JS_MKPTR(JS_TAG_STRING, s);
}
