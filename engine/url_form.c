/* application/x-www-form-urlencoded. URL Standard, section 5. */
#include <ctype.h>

/* A string of bytes that should be UTF-8; what is not becomes U+FFFD. Throws. */
static JSValue snap_form_string(JSContext *ctx, const uint8_t *bytes, size_t size)
{
    StringBuffer text;
    uint32_t length;

    if (string_buffer_init(ctx, &text, (int)size))
        return JS_EXCEPTION;
    for (size_t at = 0; at < size && !text.error_status; at += length) {
        uint32_t c = snap_utf8_next(bytes + at, size - at, &length);
        string_buffer_putc(&text, c == SNAP_UNITS_ERROR || c == SNAP_UNITS_MORE ? SNAP_REPLACEMENT : c);
    }
    return string_buffer_end(&text);
}

static int snap_form_digit(uint8_t c)
{
    return isdigit(c) ? c - '0' : isxdigit(c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* Percent-decodes in place; returns the size that is left. */
static size_t snap_form_decode(uint8_t *bytes, size_t size)
{
    size_t to = 0;

    for (size_t at = 0; at < size; at++) {
        uint8_t c = bytes[at] == '+' ? ' ' : bytes[at];
        if (c == '%' && size - at > 2 && snap_form_digit(bytes[at + 1]) >= 0 && snap_form_digit(bytes[at + 2]) >= 0) {
            c = (uint8_t)(snap_form_digit(bytes[at + 1]) << 4 | snap_form_digit(bytes[at + 2]));
            at += 2;
        }
        bytes[to++] = c;
    }
    return to;
}

/* A name or value: the part of a well-formed string, decoded. Throws. */
static JSValue snap_form_part(JSContext *ctx, JSString *s, uint32_t start, uint32_t end)
{
    bool is_plain = true;
    snap_url_text part;
    size_t size;
    JSValue decoded;

    for (uint32_t i = start; i < end && is_plain; i++)
        is_plain = string_get(s, (int)i) != '%' && string_get(s, (int)i) != '+';
    if (is_plain)
        return js_sub_string(ctx, s, (int)start, (int)end);
    if (snap_url_text_set(ctx, &part, js_sub_string(ctx, s, (int)start, (int)end)) < 0)
        return JS_EXCEPTION;
    if (!part.copy) {
        part.copy = js_malloc(ctx, part.text.size);
        if (!part.copy) {
            snap_url_text_free(ctx, &part);
            return JS_EXCEPTION;
        }
        memcpy(part.copy, part.text.bytes, part.text.size);
    }
    size = snap_form_decode(part.copy, part.text.size);
    decoded = snap_form_string(ctx, part.copy, size);
    snap_url_text_free(ctx, &part);
    return decoded;
}

/* Appends a well-formed string, encoded. */
static void snap_form_write(StringBuffer *text, JSString *s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (uint32_t i = 0; i < s->len && !text->error_status;) {
        uint8_t bytes[4];
        uint32_t c = s->is_wide_char ? snap_next_unit(str16(s), s->len, &i) : str8(s)[i++];
        size_t size = utf8_encode(bytes, c);

        if (c < 0x80 && (isalnum((int)c) || c == '*' || c == '-' || c == '.' || c == '_')) {
            string_buffer_putc8(text, c);
            continue;
        }
        for (size_t j = 0; j < size && c != ' '; j++) {
            string_buffer_putc8(text, '%');
            string_buffer_putc8(text, (uint32_t)digits[bytes[j] >> 4]);
            string_buffer_putc8(text, (uint32_t)digits[bytes[j] & 15]);
        }
        if (c == ' ')
            string_buffer_putc8(text, '+');
    }
}
