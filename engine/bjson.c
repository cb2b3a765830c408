/* qjs:bjson: values as bytes in the engine's own format, which other versions of it refuse. Bytecode stays out, for the engine does not verify
 * it, and so do pointers to shared memory. */

/* native.writeValue(value, has references): an ArrayBuffer; throws for what has no bytes. */
static JSValue snap_bjson_write(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    size_t size;
    uint8_t *bytes = snap_object_bytes(ctx, &size, argv[0], JS_ToBool(ctx, argv[1]) ? JS_WRITE_OBJ_REFERENCE : 0);
    JSValue buffer;
    (void)this_value;
    (void)argc;

    if (!bytes)
        return JS_EXCEPTION;
    buffer = JS_NewArrayBufferCopy(ctx, bytes, size);
    js_free(ctx, bytes);
    return buffer;
}

/* native.readValue(Uint8Array, has references); throws for bytes that are none. */
static JSValue snap_bjson_read(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    size_t size;
    const uint8_t *given = JS_GetUint8Array(ctx, &size, argv[0]);
    uint8_t *bytes = given ? js_malloc(ctx, size ? size : 1) : NULL;   /* reading runs setters, which could take the buffer away */
    JSValue value;
    (void)this_value;
    (void)argc;

    if (!bytes)
        return JS_EXCEPTION;
    memcpy(bytes, given, size);
    value = JS_ReadObject(ctx, bytes, size, JS_ToBool(ctx, argv[1]) ? JS_READ_OBJ_REFERENCE : 0);
    js_free(ctx, bytes);
    return value;
}

static const JSCFunctionListEntry snap_bjson_functions[] = {
    JS_CFUNC_DEF("writeValue", 2, snap_bjson_write),
    JS_CFUNC_DEF("readValue", 2, snap_bjson_read),
};
