/* TextEncoder, and what makes the global object have both. https://encoding.spec.whatwg.org/#interface-textencoder */
static JSClassID snap_text_encoder_class;

static const JSClassDef snap_text_encoder_definition = { .class_name = "TextEncoder" };

static JSValue snap_text_encoder_new(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    return js_create_from_ctor(ctx, new_target, snap_text_encoder_class);
}

/* Throws when it is none. */
static bool snap_is_text_encoder(JSContext *ctx, JSValueConst value)
{
    if (JS_GetClassID(value) == snap_text_encoder_class)
        return true;
    JS_ThrowTypeErrorInvalidClass(ctx, snap_text_encoder_class);
    return false;
}

static JSValue snap_text_encoder_encoding(JSContext *ctx, JSValueConst this_value)
{
    return snap_is_text_encoder(ctx, this_value) ? js_new_string8(ctx, snap_encoding_names[SNAP_ENCODING_UTF_8]) : JS_EXCEPTION;
}

/* A Uint8Array over memory of the heap, taken over; throws. */
static JSValue snap_bytes_new(JSContext *ctx, uint8_t *bytes, size_t size)
{
    JSValue buffer = JS_NewArrayBuffer(ctx, bytes, size, 0, js_array_buffer_realloc, NULL, false);

    if (JS_IsException(buffer))
        js_free(ctx, bytes);
    return snap_typed_array(ctx, JS_CLASS_UINT8_ARRAY, buffer, size);
}

static JSValue snap_text_encode(JSContext *ctx, JSString *s)
{
    size_t size = snap_utf8_size(s);
    uint8_t *bytes = js_malloc(ctx, size ? size : 1);
    uint32_t read;

    if (!bytes)
        return JS_EXCEPTION;
    if (size == s->len && !s->is_wide_char)
        memcpy(bytes, str8(s), size);
    else
        snap_utf8_write(s, bytes, size, &read);
    return snap_bytes_new(ctx, bytes, size);
}

static JSValue snap_text_encoder_encode(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue text, bytes;

    if (!snap_is_text_encoder(ctx, this_value))
        return JS_EXCEPTION;
    text = argc < 1 || JS_IsUndefined(argv[0]) ? js_empty_string(ctx->rt) : JS_ToString(ctx, argv[0]);
    if (JS_IsException(text))
        return text;
    bytes = snap_text_encode(ctx, JS_VALUE_GET_STRING(text));
    JS_FreeValue(ctx, text);
    return bytes;
}

/* TextEncoderEncodeIntoResult */
static JSValue snap_text_encoder_progress(JSContext *ctx, uint32_t read, size_t written)
{
    JSValue progress = JS_NewObject(ctx);

    if (JS_IsException(progress))
        return progress;
    if (JS_DefinePropertyValueStr(ctx, progress, "read", js_uint32(read), JS_PROP_C_W_E) >= 0 &&
        JS_DefinePropertyValueStr(ctx, progress, "written", js_uint32((uint32_t)written), JS_PROP_C_W_E) >= 0)
        return progress;
    JS_FreeValue(ctx, progress);
    return JS_EXCEPTION;
}

static JSValue snap_text_encoder_encode_into(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue text;
    JSObject *into;
    uint32_t read;
    size_t written;

    if (!snap_is_text_encoder(ctx, this_value))
        return JS_EXCEPTION;
    if (argc < 2)
        return JS_ThrowTypeError(ctx, "TextEncoder.encodeInto: a string and a Uint8Array are required");
    text = JS_ToString(ctx, argv[0]);
    if (JS_IsException(text))
        return text;
    if (JS_GetClassID(argv[1]) != JS_CLASS_UINT8_ARRAY) {
        JS_FreeValue(ctx, text);
        return JS_ThrowTypeError(ctx, "TextEncoder.encodeInto: the second argument must be a Uint8Array");
    }
    into = JS_VALUE_GET_OBJ(argv[1]);
    if (typed_array_is_immutable(into)) {
        JS_FreeValue(ctx, text);
        return JS_ThrowTypeErrorImmutableArrayBuffer(ctx);
    }
    written = snap_utf8_write(JS_VALUE_GET_STRING(text), into->u.array.u.ptr, into->u.array.count, &read);
    JS_FreeValue(ctx, text);
    return snap_text_encoder_progress(ctx, read, written);
}

static const JSCFunctionListEntry snap_text_encoder_members[] = {
    JS_CGETSET_DEF2("encoding", snap_text_encoder_encoding, NULL, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    JS_CFUNC_DEF2("encode", 0, snap_text_encoder_encode, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("encodeInto", 2, snap_text_encoder_encode_into, JS_PROP_C_W_E),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "TextEncoder", JS_PROP_CONFIGURABLE),
};

/* ---- the global object ---- */

static int snap_add_encoding(JSContext *ctx, JSValueConst web)
{
    static const snap_interface interfaces[] = {
        { &snap_text_encoder_class, &snap_text_encoder_definition, snap_text_encoder_new, 0,
          snap_text_encoder_members, countof(snap_text_encoder_members), NULL, 0 },
        { &snap_text_decoder_class, &snap_text_decoder_definition, snap_text_decoder_new, 0,
          snap_text_decoder_members, countof(snap_text_decoder_members), NULL, 0 },
    };
    (void)web;

    for (size_t i = 0; i < countof(interfaces); i++)
        if (snap_add_interface(ctx, &interfaces[i]) < 0)
            return -1;
    return 0;
}
