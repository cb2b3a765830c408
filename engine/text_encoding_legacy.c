/* Decoders of the encodings that are not UTF-8: https://encoding.spec.whatwg.org/#legacy-multi-byte-chinese-(simplified)-encodings and what follows.
 *
 * Each reads one character from bytes of which there is at least one. What it says of text that is wrong or not whole is in text_encoding_utf8.c. The
 * bytes of a character that has not ended come again, with what follows them. */
#include "text_encoding_tables.h"   /* which tools/encoding_tables.py writes: an index for each set of characters, with 0 for none */

#define SNAP_UNITS_PAIR 0x80000000u   /* two code points, 8 and 16 bits */
#define SNAP_UNITS_NOTHING (UINT32_MAX - 2)   /* no character, but a change of state */

typedef struct snap_text_state {
    uint8_t set;            /* of ISO-2022-JP: SNAP_JP_* */
    bool is_after_escape;   /* and nothing has come since: another escape is wrong */
} snap_text_state;

enum { SNAP_JP_ASCII, SNAP_JP_ROMAN, SNAP_JP_KATAKANA, SNAP_JP_KANJI };

/* What the two or more bytes stand for: an error leaves what is ASCII to be read again. */
static uint32_t snap_legacy_found(uint32_t code_point, uint8_t last, uint32_t size, uint32_t *length)
{
    *length = size;
    if (code_point)
        return code_point;
    *length = last < 0x80 ? size - 1 : size;
    return SNAP_UNITS_ERROR;
}

static uint32_t snap_index_at(const uint16_t *index, size_t size, size_t pointer)
{
    return pointer < size ? index[pointer] : 0;
}

static uint32_t snap_gb18030_beyond_index(uint32_t pointer)
{
    size_t low = 0, high = countof(snap_ranges_gb18030);

    if ((pointer > 39419 && pointer < 189000) || pointer > 1237575)
        return 0;
    if (pointer == 7457)
        return 0xe7c7;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (snap_ranges_gb18030[middle].pointer <= pointer)
            low = middle;
        else
            high = middle;
    }
    return snap_ranges_gb18030[low].first + pointer - snap_ranges_gb18030[low].pointer;
}

/* Four bytes, of which the first two are there and right. */
static uint32_t snap_gb18030_four(const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint32_t c;

    if (left > 2 && (bytes[2] < 0x81 || bytes[2] > 0xfe))
        return SNAP_UNITS_ERROR;
    if (left < 4)
        return SNAP_UNITS_MORE;
    if (bytes[3] < 0x30 || bytes[3] > 0x39)
        return SNAP_UNITS_ERROR;
    *length = 4;
    c = snap_gb18030_beyond_index(((bytes[0] - 0x81u) * 10 + (bytes[1] - 0x30u)) * 1260 + (bytes[2] - 0x81u) * 10 + (bytes[3] - 0x30u));
    return c ? c : SNAP_UNITS_ERROR;
}

static uint32_t snap_gb18030_next(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint8_t first = bytes[0], second;
    uint32_t c = 0;
    (void)state;

    *length = 1;
    if (first == 0x80)
        return 0x20ac;
    if (first == 0xff)
        return SNAP_UNITS_ERROR;
    if (left < 2)
        return SNAP_UNITS_MORE;
    second = bytes[1];
    if (second >= 0x30 && second <= 0x39)
        return snap_gb18030_four(bytes, left, length);
    if (second >= 0x40 && second != 0x7f && second != 0xff)
        c = snap_index_at(snap_index_gb18030, countof(snap_index_gb18030), (first - 0x81u) * 190 + second - (second < 0x7f ? 0x40 : 0x41));
    return snap_legacy_found(c, second, 2, length);
}

static uint32_t snap_big5_next(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint8_t first = bytes[0], second;
    uint32_t c = 0, pointer;
    (void)state;

    *length = 1;
    if (first == 0x80 || first == 0xff)
        return SNAP_UNITS_ERROR;
    if (left < 2)
        return SNAP_UNITS_MORE;
    second = bytes[1];
    if ((second < 0x40 || second > 0x7e) && (second < 0xa1 || second > 0xfe))
        return snap_legacy_found(0, second, 2, length);
    pointer = (first - 0x81u) * 157 + second - (second < 0x7f ? 0x40 : 0x62);
    *length = 2;
    switch (pointer) {
    case 1133: return SNAP_UNITS_PAIR | 0x0304 << 8 | 0xca;
    case 1135: return SNAP_UNITS_PAIR | 0x030c << 8 | 0xca;
    case 1164: return SNAP_UNITS_PAIR | 0x0304 << 8 | 0xea;
    case 1166: return SNAP_UNITS_PAIR | 0x030c << 8 | 0xea;
    }
    c = snap_index_at(snap_index_big5, countof(snap_index_big5), pointer);
    if (c && snap_index_big5_beyond[pointer / 8] >> pointer % 8 & 1)
        c |= 0x20000;
    return snap_legacy_found(c, second, 2, length);
}

static uint32_t snap_euc_kr_next(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint8_t first = bytes[0], second;
    uint32_t c = 0;
    (void)state;

    *length = 1;
    if (first == 0x80 || first == 0xff)
        return SNAP_UNITS_ERROR;
    if (left < 2)
        return SNAP_UNITS_MORE;
    second = bytes[1];
    if (second >= 0x41 && second <= 0xfe)
        c = snap_index_at(snap_index_euc_kr, countof(snap_index_euc_kr), (first - 0x81u) * 190 + second - 0x41);
    return snap_legacy_found(c, second, 2, length);
}

/* ---- Japanese ---- */

static uint32_t snap_shift_jis_next(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint8_t first = bytes[0], second;
    uint32_t c = 0, pointer;
    (void)state;

    *length = 1;
    if (first == 0x80)
        return first;
    if (first >= 0xa1 && first <= 0xdf)
        return 0xff61u - 0xa1 + first;
    if (first == 0xa0 || first > 0xfc)
        return SNAP_UNITS_ERROR;
    if (left < 2)
        return SNAP_UNITS_MORE;
    second = bytes[1];
    if (second >= 0x40 && second != 0x7f && second <= 0xfc) {
        pointer = (first - (first < 0xa0 ? 0x81u : 0xc1u)) * 188 + second - (second < 0x7f ? 0x40 : 0x41);
        if (pointer >= 8836 && pointer <= 10715)
            c = 0xe000 - 8836 + pointer;
        else
            c = snap_index_at(snap_index_jis0208, countof(snap_index_jis0208), pointer);
    }
    return snap_legacy_found(c, second, 2, length);
}

static bool snap_is_euc(uint8_t byte)
{
    return byte >= 0xa1 && byte <= 0xfe;
}

/* Three bytes, of which the first is there. */
static uint32_t snap_euc_jp_three(const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint32_t c = 0;

    if (left > 1 && !snap_is_euc(bytes[1]))
        return snap_legacy_found(0, bytes[1], 2, length);
    if (left < 3)
        return SNAP_UNITS_MORE;
    if (snap_is_euc(bytes[2]))
        c = snap_index_at(snap_index_jis0212, countof(snap_index_jis0212), (bytes[1] - 0xa1u) * 94 + bytes[2] - 0xa1);
    return snap_legacy_found(c, bytes[2], 3, length);
}

static uint32_t snap_euc_jp_next(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint8_t first = bytes[0], second;
    uint32_t c = 0;
    (void)state;

    *length = 1;
    if (first == 0x8f)
        return snap_euc_jp_three(bytes, left, length);
    if (first != 0x8e && !snap_is_euc(first))
        return SNAP_UNITS_ERROR;
    if (left < 2)
        return SNAP_UNITS_MORE;
    second = bytes[1];
    if (first == 0x8e)
        c = second >= 0xa1 && second <= 0xdf ? 0xff61u - 0xa1 + second : 0;
    else if (snap_is_euc(second))
        c = snap_index_at(snap_index_jis0208, countof(snap_index_jis0208), (first - 0xa1u) * 94 + second - 0xa1);
    return snap_legacy_found(c, second, 2, length);
}

/* The set of characters that an escape sequence begins; -1: there is none. */
static int snap_jp_set(uint8_t second, uint8_t third)
{
    if (second == '(')
        return third == 'B' ? SNAP_JP_ASCII : third == 'J' ? SNAP_JP_ROMAN : third == 'I' ? SNAP_JP_KATAKANA : -1;
    return second == '$' && (third == '@' || third == 'B') ? SNAP_JP_KANJI : -1;
}

static uint32_t snap_jp_escape(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length)
{
    bool was_after_escape = state->is_after_escape;
    int set;

    if (left < 2 || ((bytes[1] == '(' || bytes[1] == '$') && left < 3))
        return SNAP_UNITS_MORE;
    set = left < 3 ? -1 : snap_jp_set(bytes[1], bytes[2]);
    state->is_after_escape = set >= 0;
    if (set < 0)
        return SNAP_UNITS_ERROR;
    state->set = (uint8_t)set;
    *length = 3;
    return was_after_escape ? SNAP_UNITS_ERROR : SNAP_UNITS_NOTHING;
}

static uint32_t snap_jp_kanji(const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint32_t c;

    if (bytes[0] < 0x21 || bytes[0] > 0x7e)
        return SNAP_UNITS_ERROR;
    if (left < 2)
        return SNAP_UNITS_MORE;
    if (bytes[1] == 0x1b)
        return SNAP_UNITS_ERROR;
    *length = 2;
    if (bytes[1] < 0x21 || bytes[1] > 0x7e)
        return SNAP_UNITS_ERROR;
    c = snap_index_at(snap_index_jis0208, countof(snap_index_jis0208), (bytes[0] - 0x21u) * 94 + bytes[1] - 0x21);
    return c ? c : SNAP_UNITS_ERROR;
}

static uint32_t snap_iso_2022_jp_next(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length)
{
    uint8_t byte = bytes[0];

    *length = 1;
    if (byte == 0x1b)
        return snap_jp_escape(state, bytes, left, length);
    state->is_after_escape = false;
    switch (state->set) {
    case SNAP_JP_KANJI: return snap_jp_kanji(bytes, left, length);
    case SNAP_JP_KATAKANA: return byte >= 0x21 && byte <= 0x5f ? 0xff61u - 0x21 + byte : SNAP_UNITS_ERROR;
    }
    if (byte > 0x7f || byte == 0x0e || byte == 0x0f)
        return SNAP_UNITS_ERROR;
    if (state->set == SNAP_JP_ROMAN)
        return byte == 0x5c ? 0xa5 : byte == 0x7e ? 0x203e : byte;
    return byte;
}

/* ---- UTF-16 ---- */

static uint32_t snap_utf16_pair(uint32_t c, uint32_t next, size_t left, uint32_t *length)
{
    *length = 2;
    if (!is_surrogate(c))
        return c;
    if (is_lo_surrogate(c))
        return SNAP_UNITS_ERROR;
    if (left < 4)
        return SNAP_UNITS_MORE;
    if (!is_lo_surrogate(next))
        return SNAP_UNITS_ERROR;
    *length = 4;
    return from_surrogate(c, next);
}

static uint32_t snap_utf16le_next(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length)
{
    (void)state;
    if (left < 2)
        return SNAP_UNITS_MORE;
    return snap_utf16_pair(get_u16(bytes), left < 4 ? 0 : get_u16(bytes + 2), left, length);
}

static uint32_t snap_utf16be_next(snap_text_state *state, const uint8_t *bytes, size_t left, uint32_t *length)
{
    (void)state;
    if (left < 2)
        return SNAP_UNITS_MORE;
    return snap_utf16_pair(bswap16(get_u16(bytes)), left < 4 ? 0 : bswap16(get_u16(bytes + 2)), left, length);
}
