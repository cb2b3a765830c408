/* UTF-8 for TextEncoder and TextDecoder. https://encoding.spec.whatwg.org/#utf-8
 *
 * Text is decoded into units of UTF-16, whose union tells at the end whether the engine keeps the string as Latin-1. */

/* What a decoder says in the place of a code point, with a length of … */
#define SNAP_UNITS_ERROR UINT32_MAX         /* … the bytes that stand for nothing */
#define SNAP_UNITS_MORE (UINT32_MAX - 1)    /* … all bytes: those of a character that has not ended */

#define SNAP_HIGH_BITS 0x8080808080808080u
#define SNAP_REPLACEMENT 0xfffd

/* How many bytes come before the first that is not ASCII. */
static size_t snap_ascii_run(const uint8_t *bytes, size_t length)
{
    size_t i = 0;
    uint64_t words[4];

    for (; i + sizeof words <= length; i += sizeof words) {
        memcpy(words, bytes + i, sizeof words);
        if ((words[0] | words[1] | words[2] | words[3]) & SNAP_HIGH_BITS)
            break;
    }
    while (i < length && bytes[i] < 0x80)
        i++;
    return i;
}

/* How many of the eight bytes come before the first that is not ASCII. */
static inline uint32_t snap_ascii_word(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    word &= SNAP_HIGH_BITS;
    return word ? (uint32_t)__builtin_ctzll(word) / 8 : 8;
}

static inline void snap_widen_word(uint16_t *units, const uint8_t *bytes)
{
    for (int i = 0; i < 8; i++)
        units[i] = bytes[i];
}

/* ---- decoding ---- */

/* The code point at `bytes`, of which there is at least one, and its length. */
static uint32_t snap_utf8_next(const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint8_t first = bytes[0], lower = 0x80, upper = 0xbf;
    uint32_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1, c = first & (0x3fu >> more);

    *length = 1;
    if (first < 0x80)
        return first;
    if (first < 0xc2 || first > 0xf4)
        return SNAP_UNITS_ERROR;
    if (first == 0xe0)
        lower = 0xa0;
    else if (first == 0xed)
        upper = 0x9f;
    else if (first == 0xf0)
        lower = 0x90;
    else if (first == 0xf4)
        upper = 0x8f;
    for (uint32_t i = 1; i <= more; i++) {
        *length = i;
        if (i == left)
            return SNAP_UNITS_MORE;
        if (bytes[i] < lower || bytes[i] > upper)
            return SNAP_UNITS_ERROR;
        c = c << 6 | (bytes[i] & 0x3f);
        lower = 0x80;
        upper = 0xbf;
    }
    *length = more + 1;
    return c;
}

/* What most text outside ASCII is made of: two or three bytes. Returns the length, or 0: snap_utf8_next() has to look. */
static inline uint32_t snap_utf8_quick(const uint8_t *bytes, size_t left, uint16_t *unit)
{
    uint32_t first = bytes[0];

    if (left >= 3 && first > 0xe0 && first < 0xf0 && first != 0xed && (bytes[1] & 0xc0) == 0x80 && (bytes[2] & 0xc0) == 0x80) {
        *unit = (uint16_t)(first << 12 | (bytes[1] & 0x3fu) << 6 | (bytes[2] & 0x3fu));
        return 3;
    }
    if (left >= 2 && first >= 0xc2 && first < 0xe0 && (bytes[1] & 0xc0) == 0x80) {
        *unit = (uint16_t)((first & 0x1f) << 6 | (bytes[1] & 0x3fu));
        return 2;
    }
    return 0;
}

/* ---- encoding ---- */

/* How long the string is as UTF-8, lone surrogates replaced. */
static size_t snap_utf8_size(JSString *s)
{
    const uint16_t *units;
    uint32_t more = 0, surrogates = 0, pairs = 0;

    if (!s->is_wide_char)
        return s->len + snap_count_high(str8(s), s->len);
    units = str16(s);
    for (uint32_t i = 0; i < s->len; i++) {
        more += (uint32_t)(units[i] > 0x7f) + (uint32_t)(units[i] > 0x7ff);
        surrogates |= (units[i] & 0xf800) == 0xd800;
    }
    for (uint32_t i = 0; surrogates && i + 1 < s->len; i++)
        pairs += (units[i] & 0xfc00) == 0xd800 && (units[i + 1] & 0xfc00) == 0xdc00;
    return s->len + (size_t)more - 2 * (size_t)pairs;   /* a pair takes four bytes, and was counted as twice three */
}

/* Each of these writes no more than `room` bytes, and no part of a character. Returns how many; *read is how many units of the string they
 * stand for. */
static size_t snap_utf8_write_narrow(const uint8_t *text, uint32_t length, uint8_t *bytes, size_t room, uint32_t *read)
{
    uint32_t i = 0;
    size_t at = 0;

    while (i < length) {
        if (length - i >= 8 && room - at >= 8) {
            size_t ascii = snap_ascii_word(text + i);
            if (ascii == 8)
                ascii = snap_ascii_run(text + i, length - i < room - at ? length - i : room - at);
            memcpy(bytes + at, text + i, ascii > 8 ? ascii : 8);
            at += ascii;
            i += (uint32_t)ascii;
            if (ascii >= 8)
                continue;
        }
        if (room - at < (size_t)(text[i] < 0x80 ? 1 : 2))
            break;
        if (text[i] >= 0x80) {
            bytes[at++] = 0xc0 | text[i] >> 6;
            bytes[at++] = 0x80 | (text[i] & 0x3f);
        } else {
            bytes[at++] = text[i];
        }
        i++;
    }
    *read = i;
    return at;
}

static size_t snap_utf8_write_wide(const uint16_t *text, uint32_t length, uint8_t *bytes, size_t room, uint32_t *read)
{
    uint32_t i = 0, next, c;
    size_t at = 0;

    while (i < length) {
        c = text[i];
        if (room - at >= 3 && !is_surrogate(c)) {
            i++;
            if (c < 0x80) {
                bytes[at++] = (uint8_t)c;
            } else if (c < 0x800) {
                bytes[at++] = (uint8_t)(0xc0 | c >> 6);
                bytes[at++] = (uint8_t)(0x80 | (c & 0x3f));
            } else {
                bytes[at++] = (uint8_t)(0xe0 | c >> 12);
                bytes[at++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
                bytes[at++] = (uint8_t)(0x80 | (c & 0x3f));
            }
            continue;
        }
        next = i;
        c = snap_next_unit(text, length, &next);
        if (is_surrogate(c))
            c = SNAP_REPLACEMENT;
        if (room - at < utf8_encode_len(c))
            break;
        at += utf8_encode(bytes + at, c);
        i = next;
    }
    *read = i;
    return at;
}

static size_t snap_utf8_write(JSString *s, uint8_t *bytes, size_t room, uint32_t *read)
{
    if (s->is_wide_char)
        return snap_utf8_write_wide(str16(s), s->len, bytes, room, read);
    return snap_utf8_write_narrow(str8(s), s->len, bytes, room, read);
}
