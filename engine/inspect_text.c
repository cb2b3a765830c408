/* Text of single values: strings, numbers, symbols and names, as WTF-8, without the JavaScript heap.
 *
 * Nothing here allocates there: an allocation can start the collector, and showing a value must not change what it shows.
 */
#include <ctype.h>

/* the most that one inspected value may come to; what is over is cut and ends in "…" */
#define SNAP_SHOW_LIMIT (1u << 20)
/* as Node: a longer string inside a value is cut */
#define SNAP_SHOW_STRING 10000

typedef struct snap_span {
    size_t start, size;                                        /* bytes of a buffer */
} snap_span;

static void snap_say(snap_buffer *b, const char *text)
{
    snap_put(b, text, strlen(text));
}

/* appends bytes that `from` holds; `from` may be `to` itself, so room comes first */
static void snap_say_span(snap_buffer *to, const snap_buffer *from, snap_span span)
{
    if (snap_buffer_reserve(to, span.size) && from->data)
        snap_put(to, from->data + span.start, span.size);
}

static void snap_say_spaces(snap_buffer *b, size_t count)
{
    while (count--)
        snap_put_byte(b, ' ');
}

static void snap_say_uint(snap_buffer *b, uint64_t value)
{
    char digits[32];

    snap_put(b, digits, u64toa(digits, value));
}

/* a code point; a surrogate gets three bytes as any other of its size, which is what makes this WTF-8 */
static void snap_say_code(snap_buffer *b, uint32_t code)
{
    if (code < 0x80) {
        snap_put_byte(b, code);
        return;
    }
    if (code < 0x800) {
        snap_put_byte(b, 0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            snap_put_byte(b, 0xe0 | code >> 12);
        } else {
            snap_put_byte(b, 0xf0 | code >> 18);
            snap_put_byte(b, 0x80 | (code >> 12 & 0x3f));
        }
        snap_put_byte(b, 0x80 | (code >> 6 & 0x3f));
    }
    snap_put_byte(b, 0x80 | (code & 0x3f));
}

static bool snap_is_string(JSValueConst value)
{
    int tag = JS_VALUE_GET_TAG(value);

    return tag == JS_TAG_STRING || tag == JS_TAG_STRING_ROPE;
}

static uint32_t snap_string_length(JSValueConst string)
{
    if (JS_VALUE_GET_TAG(string) == JS_TAG_STRING)
        return JS_VALUE_GET_STRING(string)->len;
    return JS_VALUE_GET_STRING_ROPE(string)->len;
}

/* at most `most` code units of a string, as uint16_t into `units`, in place of what was there; returns how many */
static size_t snap_read_units(snap_buffer *units, JSValueConst string, size_t most)
{
    JSStringRopeIter iterator;
    JSString *part;
    size_t count = 0;

    units->size = 0;
    string_rope_iter_init(&iterator, string);
    while (count < most && (part = string_rope_iter_next(&iterator))) {
        uint32_t length = part->len < most - count ? part->len : most - count;

        if (!snap_buffer_reserve(units, length * sizeof(uint16_t)))
            return count;
        for (uint32_t i = 0; i < length; i++) {
            uint16_t unit = part->is_wide_char ? str16(part)[i] : str8(part)[i];
            snap_put(units, &unit, sizeof unit);
        }
        count += length;
    }
    return count;
}

static bool snap_is_pair(const uint16_t *units, size_t i, size_t count)
{
    return (units[i] & 0xfc00) == 0xd800 && i + 1 < count && (units[i + 1] & 0xfc00) == 0xdc00;
}

/* one code point from `units` at `i`; returns how many units it was */
static size_t snap_say_unit(snap_buffer *b, const uint16_t *units, size_t i, size_t count)
{
    if (snap_is_pair(units, i, count)) {
        snap_say_code(b, 0x10000 + ((units[i] & 0x3ffu) << 10) + (units[i + 1] & 0x3ffu));
        return 2;
    }
    snap_say_code(b, units[i]);
    return 1;
}

/* a string as it is, until `b` holds `limit` bytes; false when it did not all fit */
static bool snap_say_string(snap_buffer *b, JSValueConst string, size_t limit)
{
    JSStringRopeIter iterator;
    JSString *part;
    uint32_t high = 0;                                         /* a high surrogate; its other half may be in the next part */

    string_rope_iter_init(&iterator, string);
    while ((part = string_rope_iter_next(&iterator))) {
        for (uint32_t i = 0; i < part->len; i++) {
            uint32_t unit = part->is_wide_char ? str16(part)[i] : str8(part)[i];

            if (b->size >= limit || b->failed)
                return false;
            if (high && (unit & 0xfc00) == 0xdc00) {
                snap_say_code(b, 0x10000 + ((high & 0x3ff) << 10) + (unit & 0x3ff));
                high = 0;
                continue;
            }
            if (high)
                snap_say_code(b, high);
            high = (unit & 0xfc00) == 0xd800 ? unit : 0;
            if (!high)
                snap_say_code(b, unit);
        }
    }
    if (high)
        snap_say_code(b, high);
    return true;
}

/* Node's escapes: control characters, the backslash, the quote, lone surrogates */
static void snap_say_escaped(snap_buffer *b, const uint16_t *units, size_t count, uint16_t quote)
{
    static const char letters[] = "btn\0fr";
    char escape[8];

    for (size_t i = 0; i < count;) {
        uint16_t unit = units[i];

        if (unit == quote || unit == '\\') {
            snap_put_byte(b, '\\');
            snap_put_byte(b, unit);
        } else if (unit >= 8 && unit <= 13 && unit != 11) {
            snap_put_byte(b, '\\');
            snap_put_byte(b, letters[unit - 8]);
        } else if (unit < 32 || (unit > 126 && unit < 160)) {
            snprintf(escape, sizeof escape, "\\x%02X", unit);
            snap_say(b, escape);
        } else if ((unit & 0xf800) == 0xd800 && !snap_is_pair(units, i, count)) {
            snprintf(escape, sizeof escape, "\\u%x", unit);
            snap_say(b, escape);
        } else {
            i += snap_say_unit(b, units, i, count);
            continue;
        }
        i++;
    }
}

/* single quotes unless the text has some; then double quotes, then backticks, whichever it has not */
static void snap_say_quoted(snap_buffer *b, const uint16_t *units, size_t count)
{
    bool has_single = false, has_double = false, has_tick = false;
    uint16_t quote = '\'';

    for (size_t i = 0; i < count; i++) {
        has_single |= units[i] == '\'';
        has_double |= units[i] == '"';
        has_tick |= units[i] == '`' || (units[i] == '$' && i + 1 < count && units[i + 1] == '{');
    }
    if (has_single && !has_double)
        quote = '"';
    else if (has_single && !has_tick)
        quote = '`';
    snap_put_byte(b, quote);
    /* only a single quote is ever escaped: the other two are chosen because they do not occur */
    snap_say_escaped(b, units, count, '\'' == quote ? '\'' : '\\');
    snap_put_byte(b, quote);
}

/* -0 has its sign, as in Node and unlike String(-0) */
static void snap_say_number(snap_buffer *b, double value)
{
    JSDTOATempMem memory;
    char digits[64];

    if (isnan(value))
        snap_say(b, "NaN");
    else if (isinf(value))
        snap_say(b, value < 0 ? "-Infinity" : "Infinity");
    else
        snap_put(b, digits, js_dtoa(digits, value, 10, 0, JS_DTOA_FORMAT_FREE | JS_DTOA_MINUS_ZERO, &memory));
}

/* as toFixed(digits); for finite values of a sane size */
static void snap_say_fixed(snap_buffer *b, double value, int digits)
{
    JSDTOATempMem memory;
    char text[512];

    if (js_dtoa_max_len(value, 10, digits, JS_DTOA_FORMAT_FRAC) >= (int)sizeof text)
        snap_say_number(b, value);
    else
        snap_put(b, text, js_dtoa(text, value, 10, digits, JS_DTOA_FORMAT_FRAC, &memory));
}

static void snap_say_int64(snap_buffer *b, int64_t value)
{
    char digits[32];

    snap_put(b, digits, i64toa(digits, value));
}

/* Decimal digits of a large integer. The engine's own conversion would take JavaScript heap, and throw without.
 * Nine digits at a time are divided off a copy; they come out backwards, from the end of the room for them. */
static void snap_say_limbs(snap_buffer *b, const JSBigInt *integer)
{
    size_t length = integer->len, room = length * 10 + 16, at = room;
    js_limb_t *limbs = malloc(length * sizeof *limbs + room);
    bool is_negative = js_bigint_sign(integer);
    char *digits;

    if (!limbs) {
        b->failed = true;
        return;
    }
    digits = (char *)(limbs + length);
    for (size_t i = 0, carry = 1; i < length; i++) {           /* negated: inverted, plus one */
        limbs[i] = is_negative ? ~integer->tab[i] + (js_limb_t)carry : integer->tab[i];
        carry = carry && limbs[i] == 0;
    }
    do {
        js_limb_t nine;

        while (length > 1 && limbs[length - 1] == 0)
            length--;
        nine = js_mp_div1(limbs, limbs, length, 1000000000, 0);
        for (int i = 0; i < 9; i++, nine /= 10)
            digits[--at] = '0' + nine % 10;
    } while (length > 1 || limbs[0] != 0);
    while (at < room - 1 && digits[at] == '0')
        at++;
    if (is_negative)
        digits[--at] = '-';
    snap_put(b, digits + at, room - at);
    free(limbs);
}

static void snap_say_bigint(snap_buffer *b, JSValueConst value)
{
    if (JS_VALUE_GET_TAG(value) == JS_TAG_SHORT_BIG_INT)
        snap_say_int64(b, JS_VALUE_GET_SHORT_BIG_INT(value));
    else
        snap_say_limbs(b, JS_VALUE_GET_PTR(value));
}

/* Symbol(description), escaped when it stands for a key */
static void snap_say_symbol(snap_buffer *b, snap_buffer *units, JSAtomStruct *symbol, bool is_escaped)
{
    JSValueConst description = JS_MKPTR(JS_TAG_STRING, symbol);
    bool has_description = symbol->len || !symbol->is_wide_char;

    snap_say(b, "Symbol(");
    if (has_description && is_escaped) {
        size_t count = snap_read_units(units, description, SNAP_SHOW_LIMIT);
        snap_say_escaped(b, (uint16_t *)units->data, count, '\'');
    } else if (has_description) {
        snap_say_string(b, description, b->size + SNAP_SHOW_LIMIT);
    }
    snap_put_byte(b, ')');
}

/* the string of a key that is no symbol and no index */
static JSValueConst snap_atom_string(JSContext *ctx, JSAtom atom)
{
    return JS_MKPTR(JS_TAG_STRING, ctx->rt->atom_array[atom]);
}

static void snap_say_atom(snap_buffer *b, JSContext *ctx, JSAtom atom)
{
    if (__JS_AtomIsTaggedInt(atom))
        snap_say_uint(b, __JS_AtomToUInt32(atom));
    else
        snap_say_string(b, snap_atom_string(ctx, atom), b->size + SNAP_SHOW_LIMIT);
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

/* length as JavaScript counts it, which is what Node breaks lines by */
static size_t snap_utf16_length(const snap_buffer *b, snap_span span)
{
    size_t length = 0;

    for (size_t i = 0; i < span.size; i++) {
        uint8_t byte = b->data[span.start + i];
        length += (byte & 0xc0) != 0x80;
        length += byte >= 0xf0;
    }
    return length;
}

static uint32_t snap_next_code(const uint8_t *text, size_t size, size_t *at)
{
    uint32_t code = text[(*at)++];
    int more = code >= 0xf0 ? 3 : code >= 0xe0 ? 2 : code >= 0xc0 ? 1 : 0;

    if (more)
        code &= 0x3f >> more;
    for (; more && *at < size; more--)
        code = code << 6 | (text[(*at)++] & 0x3f);
    return code;
}

static bool snap_is_wide(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        { 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x2329, 0x232a }, { 0x23e9, 0x23ec }, { 0x2614, 0x2615 }, { 0x26bd, 0x26be },
        { 0x2705, 0x2705 }, { 0x2728, 0x2728 }, { 0x274c, 0x274c }, { 0x2753, 0x2755 }, { 0x2795, 0x2797 }, { 0x2b50, 0x2b50 },
        { 0x2e80, 0x303e }, { 0x3041, 0x3247 }, { 0x3250, 0x4dbf }, { 0x4e00, 0xa4c6 }, { 0xa960, 0xa97c }, { 0xac00, 0xd7a3 },
        { 0xf900, 0xfaff }, { 0xfe10, 0xfe19 }, { 0xfe30, 0xfe6b }, { 0xff01, 0xff60 }, { 0xffe0, 0xffe6 },
        { 0x1b000, 0x1b2fb }, { 0x1f004, 0x1f004 }, { 0x1f18e, 0x1f18e }, { 0x1f191, 0x1f19a }, { 0x1f200, 0x1f251 },
        { 0x1f300, 0x1f320 }, { 0x1f32d, 0x1f335 }, { 0x1f337, 0x1f37c }, { 0x1f37e, 0x1f393 }, { 0x1f3a0, 0x1f3ca },
        { 0x1f3cf, 0x1f3d3 }, { 0x1f3e0, 0x1f3f0 }, { 0x1f3f4, 0x1f3f4 }, { 0x1f3f8, 0x1f43e }, { 0x1f440, 0x1f440 },
        { 0x1f442, 0x1f4fc }, { 0x1f4ff, 0x1f53d }, { 0x1f54b, 0x1f567 }, { 0x1f5fb, 0x1f64f }, { 0x1f680, 0x1f6c5 },
        { 0x1f6d0, 0x1f6d2 }, { 0x1f6eb, 0x1f6ec }, { 0x1f7e0, 0x1f7eb }, { 0x1f90c, 0x1f9ff }, { 0x1fa70, 0x1faff },
        { 0x20000, 0x3fffd },
    };

    for (size_t i = 0; i < countof(ranges) && code >= ranges[i][0]; i++)
        if (code <= ranges[i][1])
            return true;
    return false;
}

static bool snap_is_zero_width(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x300 && code < 0x370) || (code >= 0x200b && code < 0x2010)
        || (code >= 0x20d0 && code < 0x2100) || (code >= 0xfe00 && code < 0xfe10) || (code >= 0xfe20 && code < 0xfe30)
        || (code >= 0xe0100 && code < 0xe01f0);
}

/* columns of a terminal that the text takes */
static size_t snap_width(const snap_buffer *b, snap_span span)
{
    size_t width = 0;

    for (size_t at = 0; at < span.size;) {
        uint32_t code = snap_next_code(b->data + span.start, span.size, &at);
        if (!snap_is_zero_width(code))
            width += snap_is_wide(code) ? 2 : 1;
    }
    return width;
}
