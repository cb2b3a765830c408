/* TextDecoder. https://encoding.spec.whatwg.org/#interface-textdecoder */
static JSClassID snap_text_decoder_class;

typedef struct snap_text_decoder {
    uint8_t encoding;
    bool is_fatal, keeps_bom;
    bool is_streaming;       /* the last call said that more comes */
    bool has_begun;          /* a byte order mark is a character from now on */
    uint8_t rest_size;
    uint8_t rest[4];         /* the bytes of a character that has not ended */
    snap_text_state state;
} snap_text_decoder;

static void snap_text_decoder_finalizer(JSRuntime *rt, JSValueConst value)
{
    js_free_rt(rt, JS_GetOpaque(value, snap_text_decoder_class));
}

static const JSClassDef snap_text_decoder_definition = { .class_name = "TextDecoder", .finalizer = snap_text_decoder_finalizer };

/* The members of a dictionary are read one by one. False when it is none, and throws. */
static bool snap_is_dictionary(JSContext *ctx, JSValueConst value, const char *what)
{
    if (JS_IsObject(value) || JS_IsUndefined(value) || JS_IsNull(value))
        return true;
    JS_ThrowTypeError(ctx, "%s: the options must be an object", what);
    return false;
}

/* A boolean member, false by default; -1 and throws. */
static int snap_dictionary_flag(JSContext *ctx, JSValueConst dictionary, const char *name)
{
    JSValue value = JS_IsObject(dictionary) ? JS_GetPropertyStr(ctx, dictionary, name) : JS_UNDEFINED;
    return JS_IsException(value) ? -1 : JS_ToBoolFree(ctx, value);
}

/* ---- new TextDecoder(label, options) ---- */

/* -1 and throws. */
static int snap_text_decoder_encoding(JSContext *ctx, JSValueConst label)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, label);
    int encoding = text ? snap_encoding_of(text, length) : -1;

    if (encoding == SNAP_ENCODING_REPLACEMENT)
        encoding = -1;
    if (text && encoding < 0)
        JS_ThrowRangeError(ctx, "TextDecoder: there is no encoding with the label %.*s", length < 80 ? (int)length : 80, text);
    JS_FreeCString(ctx, text);
    return encoding;
}

static bool snap_text_decoder_begin(JSContext *ctx, snap_text_decoder *decoder, JSValueConst label, JSValueConst options)
{
    JSValue text = JS_IsUndefined(label) ? js_new_string8(ctx, "utf-8") : JS_ToString(ctx, label);
    int fatal = -1, keeps_bom = -1, encoding = -1;

    if (!JS_IsException(text) && snap_is_dictionary(ctx, options, "TextDecoder"))
        fatal = snap_dictionary_flag(ctx, options, "fatal");
    if (fatal >= 0)
        keeps_bom = snap_dictionary_flag(ctx, options, "ignoreBOM");
    if (keeps_bom >= 0)
        encoding = snap_text_decoder_encoding(ctx, text);
    JS_FreeValue(ctx, text);
    *decoder = (snap_text_decoder){ .encoding = (uint8_t)encoding, .is_fatal = fatal > 0, .keeps_bom = keeps_bom > 0 };
    return encoding >= 0;
}

static JSValue snap_text_decoder_new(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    snap_text_decoder decoder, *kept;
    JSValue object;

    if (!snap_text_decoder_begin(ctx, &decoder, argc > 0 ? argv[0] : JS_UNDEFINED, argc > 1 ? argv[1] : JS_UNDEFINED))
        return JS_EXCEPTION;
    object = js_create_from_ctor(ctx, new_target, snap_text_decoder_class);
    kept = JS_IsException(object) ? NULL : js_malloc(ctx, sizeof *kept);
    if (!kept) {
        JS_FreeValue(ctx, object);
        return JS_EXCEPTION;
    }
    *kept = decoder;
    JS_SetOpaque(object, kept);
    return object;
}

/* ---- decode(input, options) ---- */

/* The bytes of the input, none of one that is left out or detached; false: it is no buffer and no view. */
static bool snap_text_input(JSValueConst input, const uint8_t **bytes, size_t *size)
{
    bool is_right = JS_IsUndefined(input);

    *size = 0;
    if (!is_right)
        is_right = snap_bytes_of(input, false, bytes, size);
    if (!*size)
        *bytes = (const uint8_t *)"";
    return is_right;
}

/* How many of the first bytes are a byte order mark. */
static size_t snap_text_mark(const snap_text_decoder *decoder, const uint8_t *bytes, size_t size)
{
    switch (decoder->has_begun || decoder->keeps_bom ? -1 : decoder->encoding) {
    case SNAP_ENCODING_UTF_8: return size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    case SNAP_ENCODING_UTF_16LE: return size >= 2 && !memcmp(bytes, "\xff\xfe", 2) ? 2 : 0;
    case SNAP_ENCODING_UTF_16BE: return size >= 2 && !memcmp(bytes, "\xfe\xff", 2) ? 2 : 0;
    default: return 0;
    }
}

static void snap_text_decoder_reset(snap_text_decoder *decoder)
{
    decoder->is_streaming = decoder->has_begun = false;
    decoder->rest_size = 0;
    memset(decoder->rest, 0, sizeof decoder->rest);
    memset(&decoder->state, 0, sizeof decoder->state);
}

static JSValue snap_text_decoder_read(JSContext *ctx, snap_text_decoder *decoder, const uint8_t *bytes, size_t size)
{
    snap_units units = { .is_fatal = decoder->is_fatal, .is_last = !decoder->is_streaming };
    size_t mark = snap_text_mark(decoder, bytes, size), read;
    JSValue text = snap_text_decode(ctx, &units, bytes + mark, size - mark, decoder->encoding, &decoder->state, &read);

    if (JS_IsException(text) || units.has_failed) {
        snap_text_decoder_reset(decoder);
        JS_FreeValue(ctx, text);
        if (units.has_failed && !JS_IsException(text))
            JS_ThrowTypeError(ctx, "The encoded data was not valid for encoding %s", snap_encoding_names[decoder->encoding]);
        return JS_EXCEPTION;
    }
    if (units.is_last) {
        snap_text_decoder_reset(decoder);
        return text;
    }
    decoder->has_begun |= mark + read > 0;
    decoder->rest_size = (uint8_t)(size - mark - read);
    memset(decoder->rest, 0, sizeof decoder->rest);   /* so that equal states have equal bytes */
    for (uint8_t i = 0; i < decoder->rest_size; i++)
        decoder->rest[i] = bytes[mark + read + i];
    return text;
}

/* What is left of the last call comes first. */
static JSValue snap_text_decoder_join(JSContext *ctx, snap_text_decoder *decoder, const uint8_t *bytes, size_t size)
{
    size_t rest = decoder->rest_size;
    uint8_t *joined = js_malloc(ctx, rest + size);
    JSValue text;

    if (!joined)
        return JS_EXCEPTION;
    memcpy(joined, decoder->rest, rest);
    if (size)
        memcpy(joined + rest, bytes, size);
    text = snap_text_decoder_read(ctx, decoder, joined, rest + size);
    js_free(ctx, joined);
    return text;
}

static JSValue snap_text_decoder_decode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_text_decoder *decoder = JS_GetOpaque2(ctx, this_value, snap_text_decoder_class);
    JSValueConst input = argc > 0 ? argv[0] : JS_UNDEFINED, options = argc > 1 ? argv[1] : JS_UNDEFINED;
    const uint8_t *bytes;
    size_t size;
    int is_streaming;

    if (!decoder)
        return JS_EXCEPTION;
    if (!snap_text_input(input, &bytes, &size))
        return JS_ThrowTypeError(ctx, "TextDecoder.decode: the input must be an ArrayBuffer or a view of one");
    if (!snap_is_dictionary(ctx, options, "TextDecoder.decode"))
        return JS_EXCEPTION;
    is_streaming = snap_dictionary_flag(ctx, options, "stream");
    if (is_streaming < 0)
        return JS_EXCEPTION;
    snap_text_input(input, &bytes, &size);   /* the getter may have detached the buffer */
    decoder->is_streaming = is_streaming;
    return decoder->rest_size ? snap_text_decoder_join(ctx, decoder, bytes, size) : snap_text_decoder_read(ctx, decoder, bytes, size);
}

/* ---- attributes ---- */

enum { SNAP_DECODER_ENCODING, SNAP_DECODER_FATAL, SNAP_DECODER_IGNORE_BOM };

static JSValue snap_text_decoder_get(JSContext *ctx, JSValueConst this_value, int which)
{
    const snap_text_decoder *decoder = JS_GetOpaque2(ctx, this_value, snap_text_decoder_class);

    if (!decoder)
        return JS_EXCEPTION;
    switch (which) {
    case SNAP_DECODER_FATAL: return js_bool(decoder->is_fatal);
    case SNAP_DECODER_IGNORE_BOM: return js_bool(decoder->keeps_bom);
    default: return js_new_string8(ctx, snap_encoding_names[decoder->encoding]);
    }
}

static const JSCFunctionListEntry snap_text_decoder_members[] = {
    JS_CGETSET_MAGIC_DEF2("encoding", snap_text_decoder_get, NULL, SNAP_DECODER_ENCODING, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    JS_CGETSET_MAGIC_DEF2("fatal", snap_text_decoder_get, NULL, SNAP_DECODER_FATAL, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    JS_CGETSET_MAGIC_DEF2("ignoreBOM", snap_text_decoder_get, NULL, SNAP_DECODER_IGNORE_BOM, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    JS_CFUNC_DEF2("decode", 0, snap_text_decoder_decode, JS_PROP_C_W_E),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "TextDecoder", JS_PROP_CONFIGURABLE),
};
