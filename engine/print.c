/* Formatted text: messages, backtraces, dates. The C library's printf writes it to a stream of its own, a character or a word at a time;
 * every error that JavaScript throws has some. What this does not know is left to that one. */

#include <stdarg.h>

typedef struct snap_print {
    char *text;
    size_t size, length;                /* what there is room for, with the final zero; what was wanted */
} snap_print;

typedef struct snap_conversion {
    char kind;                          /* s, d, u or c; 0: one that is left to the C library */
    bool takes_width;                   /* from the arguments */
    int width;                          /* of a number, filled up with zeros */
    int precision;                      /* of a string: the most characters, or -1 */
} snap_conversion;

static void snap_print_char(snap_print *out, char character)
{
    if (out->length + 1 < out->size)
        out->text[out->length] = character;
    out->length++;
}

static void snap_print_number(snap_print *out, unsigned value, bool is_negative, int width)
{
    char digits[10];
    int count = 0;

    do
        digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    if (is_negative)
        snap_print_char(out, '-');
    for (int i = count + is_negative; i < width; i++)
        snap_print_char(out, '0');
    while (count)
        snap_print_char(out, digits[--count]);
}

/* The conversion after a percent sign; `*pattern` comes to stand on its last character. */
static snap_conversion snap_read_conversion(const char **pattern)
{
    snap_conversion found = { 0, false, 0, -1 };
    const char *p = *pattern;

    if (*p == '0') {
        found.takes_width = *++p == '*';
        if (!found.takes_width && (*p < '1' || *p > '9'))
            return found;
        found.width = *p++ - '0';
    }
    if (*p == '.' && !found.width) {
        if (*++p < '0' || *p > '9')
            return found;
        found.precision = *p++ - '0';
    }
    if (found.precision < 0 ? *p == 'd' || *p == 'u' || (!found.width && (*p == 's' || *p == 'c')) : *p == 's')
        found.kind = *p;
    *pattern = p;
    return found;
}

static bool snap_can_print(const char *pattern)
{
    for (; *pattern; pattern++) {
        if (*pattern == '%' && (pattern++, !snap_read_conversion(&pattern).kind))
            return false;
    }
    return true;
}

static int snap_vsnprintf(char *text, size_t size, const char *pattern, va_list arguments)
{
    snap_print out = { text, size, 0 };
    snap_conversion wanted;
    int value;

    if (!snap_can_print(pattern))
        return vsnprintf(text, size, pattern, arguments);
    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            snap_print_char(&out, *pattern);
            continue;
        }
        pattern++;
        wanted = snap_read_conversion(&pattern);
        if (wanted.takes_width)
            wanted.width = va_arg(arguments, int);
        if (wanted.kind == 's') {
            const char *p = va_arg(arguments, const char *);
            for (p = p ? p : "(null)"; wanted.precision && *p; p++, wanted.precision--)
                snap_print_char(&out, *p);
            continue;
        }
        value = va_arg(arguments, int);
        if (wanted.kind == 'c')
            snap_print_char(&out, (char)value);
        else if (wanted.kind == 'd' && value < 0)
            snap_print_number(&out, 0 - (unsigned)value, true, wanted.width);
        else
            snap_print_number(&out, (unsigned)value, false, wanted.width);
    }
    if (size)
        text[out.length < size ? out.length : size - 1] = 0;
    return (int)out.length;
}

static int snap_snprintf(char *text, size_t size, const char *pattern, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, pattern);
    length = snap_vsnprintf(text, size, pattern, arguments);
    va_end(arguments);
    return length;
}

#define vsnprintf snap_vsnprintf
#define snprintf snap_snprintf
