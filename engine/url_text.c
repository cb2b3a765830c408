/* Strings between the engine and the URL parser, and room for the parser. */

/* A USVString (Web IDL): what the value converts to, with U+FFFD for each lone surrogate. Throws. */
static JSValue snap_usv_string(JSContext *ctx, JSValueConst value)
{
    JSValue string = JS_ToString(ctx, value), well_formed;
    JSString *s;
    uint32_t i = 0;

    if (JS_IsException(string))
        return string;
    s = JS_VALUE_GET_STRING(string);
    while (s->is_wide_char && i < s->len)
        if (is_surrogate(snap_next_unit(str16(s), s->len, &i))) {
            well_formed = js_string_toWellFormed(ctx, string, 0, NULL);
            JS_FreeValue(ctx, string);
            return well_formed;
        }
    return string;
}

/* UTF-8 of a string, which the text keeps alive. */
typedef struct snap_url_text {
    snap_ada_text text;
    JSValue string;
    uint8_t *copy;          /* NULL: the string is ASCII, and its own bytes are the text */
} snap_url_text;

static void snap_url_text_free(JSContext *ctx, snap_url_text *t)
{
    js_free(ctx, t->copy);
    JS_FreeValue(ctx, t->string);
}

/* Takes a well-formed string over, also where it throws. */
static int snap_url_text_set(JSContext *ctx, snap_url_text *t, JSValue string)
{
    bool is_utf8;
    snap_buffer out = { 0 };
    JSString *s;

    *t = (snap_url_text){ .string = JS_UNDEFINED };
    if (JS_IsException(string))
        return -1;
    s = JS_VALUE_GET_STRING(string);
    t->string = string;
    t->text.size = snap_text_size(s, &is_utf8);
    if (!s->is_wide_char && t->text.size == s->len) {
        t->text.bytes = (const char *)str8(s);
        return 0;
    }
    t->copy = js_malloc(ctx, t->text.size);
    if (!t->copy) {
        snap_url_text_free(ctx, t);
        return -1;
    }
    out.data = t->copy;
    out.capacity = t->text.size;
    snap_text_write(&out, s, t->text.size);
    t->text.bytes = (const char *)t->copy;
    return 0;
}

/* The text of an argument; -1 and throws. */
static int snap_url_text_of(JSContext *ctx, snap_url_text *t, JSValueConst value)
{
    return snap_url_text_set(ctx, t, snap_usv_string(ctx, value));
}

/* ---- the parser's room ---- */

/* What two texts need together; the largest number, which no heap has, where that is more. */
static size_t snap_url_room_sum(size_t a, size_t b)
{
    return b > SIZE_MAX - a ? SIZE_MAX : a + b;
}

#define SNAP_URL_SMALL_ROOM 4096

typedef struct snap_url_room {
    snap_ada_room room;
    _Alignas(16) uint8_t small[SNAP_URL_SMALL_ROOM];
} snap_url_room;

/* -1 and throws. Most URLs need no more than the small room, which is on the stack and so in no snapshot. */
static int snap_url_room_open(JSContext *ctx, snap_url_room *room, size_t size)
{
    room->room.start = size <= sizeof room->small ? room->small : js_malloc(ctx, size);
    room->room.size = size <= sizeof room->small ? sizeof room->small : size;
    return room->room.start ? 0 : -1;
}

static void snap_url_room_close(JSContext *ctx, snap_url_room *room)
{
    if (room->room.start != room->small)
        js_free(ctx, room->room.start);
}
