/* The codecs behind CompressionStream and DecompressionStream, which engine/web/compression.js makes of them: zlib. All their state lies in the
 * heap, as what programs have does: it counts towards the heap's limit, and lives through a snapshot between any two chunks. */
#include "../zlib-1.3.1/zlib.h"

#define SNAP_CODEC_OUTPUT 65536           /* bytes at most of one output; so little data that becomes much never does so at once */
#define SNAP_CODEC_INPUT (256 * 1024)     /* bytes at most between two questions whether to stop */
#define SNAP_CODEC_MEMORY 8               /* zlib's default memLevel */

typedef struct snap_codec {
    z_stream zlib;
    bool inflates;
    bool is_open;                         /* zlib has state */
    bool has_ended;                       /* all output was made */
    bool is_full;                         /* the last output was; so there may be more without more input */
    JSValue input;                        /* the Uint8Array being worked at, or undefined */
    size_t at;                            /* how many of its bytes were read */
} snap_codec;

static JSClassID snap_codec_class;

static void *snap_codec_allocate(void *runtime, unsigned count, unsigned size)
{
    return js_malloc_rt(runtime, (size_t)count * size);   /* of constants, so the product is small */
}

static void snap_codec_free(void *runtime, void *block)
{
    js_free_rt(runtime, block);
}

static void snap_codec_drop_input(JSRuntime *rt, snap_codec *codec)
{
    JSValue input = codec->input;

    codec->input = JS_UNDEFINED;
    codec->at = 0;
    JS_FreeValueRT(rt, input);
}

/* What is left of the input. A program that has put another class in the place of Uint8Array may have the input too, and have detached it. */
static size_t snap_codec_left(const snap_codec *codec, const uint8_t **next)
{
    const uint8_t *bytes;
    size_t size;

    *next = NULL;
    if (JS_IsUndefined(codec->input) || !snap_bytes_of(codec->input, false, &bytes, &size) || size <= codec->at)
        return 0;
    *next = bytes + codec->at;
    return size - codec->at;
}

static void snap_codec_drop_zlib(snap_codec *codec)
{
    if (!codec->is_open)
        return;
    codec->is_open = false;
    if (codec->inflates)
        inflateEnd(&codec->zlib);
    else
        deflateEnd(&codec->zlib);
}

static void snap_codec_finalizer(JSRuntime *rt, JSValueConst value)
{
    snap_codec *codec = JS_GetOpaque(value, snap_codec_class);

    if (!codec)
        return;
    snap_codec_drop_zlib(codec);
    snap_codec_drop_input(rt, codec);
    js_free_rt(rt, codec);
}

static void snap_codec_mark(JSRuntime *rt, JSValueConst value, JS_MarkFunc *mark)
{
    const snap_codec *codec = JS_GetOpaque(value, snap_codec_class);

    if (codec)
        JS_MarkValue(rt, codec->input, mark);
}

static const JSClassDef snap_codec_definition = { .class_name = "Codec", .finalizer = snap_codec_finalizer, .gc_mark = snap_codec_mark };

/* native.deflate(windowBits), native.inflate(windowBits): a codec. zlib's windowBits say which format it is, too. */
static JSValue snap_codec_new(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int inflates)
{
    JSValue object = JS_NewObjectProtoClass(ctx, JS_NULL, snap_codec_class);
    int window_bits = JS_VALUE_GET_INT(argv[0]), status;
    snap_codec *codec;
    (void)this_value;
    (void)argc;

    if (JS_IsException(object))
        return object;
    codec = js_mallocz(ctx, sizeof *codec);
    if (!codec) {
        JS_FreeValue(ctx, object);
        return JS_EXCEPTION;
    }
    JS_SetOpaque(object, codec);
    codec->inflates = inflates;
    codec->input = JS_UNDEFINED;
    codec->zlib.zalloc = snap_codec_allocate;
    codec->zlib.zfree = snap_codec_free;
    codec->zlib.opaque = JS_GetRuntime(ctx);
    status = inflates ? inflateInit2(&codec->zlib, window_bits)
                      : deflateInit2(&codec->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, SNAP_CODEC_MEMORY, Z_DEFAULT_STRATEGY);
    codec->is_open = status == Z_OK;
    if (codec->is_open)
        return object;
    JS_FreeValue(ctx, object);
    return JS_ThrowOutOfMemory(ctx);
}

/* native.codecWrite(codec, bytes): what is to be read from, a Uint8Array. The one before was read to its end. */
static JSValue snap_codec_write(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_codec *codec = JS_GetOpaque2(ctx, argv[0], snap_codec_class);
    (void)this_value;
    (void)argc;

    if (!codec)
        return JS_EXCEPTION;
    if (JS_GetClassID(argv[1]) != JS_CLASS_UINT8_ARRAY)
        return JS_ThrowTypeError(ctx, "not a Uint8Array");
    snap_codec_drop_input(JS_GetRuntime(ctx), codec);
    codec->input = JS_DupValue(ctx, argv[1]);
    return JS_UNDEFINED;
}

static int snap_codec_throw(JSContext *ctx, const snap_codec *codec, int status)
{
    if (status == Z_MEM_ERROR)
        JS_ThrowOutOfMemory(ctx);
    else if (status == Z_NEED_DICT)
        JS_ThrowTypeError(ctx, "the compressed data needs a dictionary");
    else
        JS_ThrowTypeError(ctx, "the compressed data is not valid: %s", codec->zlib.msg ? codec->zlib.msg : "no reason is known");
    return -1;
}

/* Fills the output, or does all that can be done with the input. -1 and throws. */
static int snap_codec_run(JSContext *ctx, snap_codec *codec, bool is_last)
{
    z_stream *zlib = &codec->zlib;
    const uint8_t *next;
    size_t left;
    int status;

    do {
        uInt size;
        left = snap_codec_left(codec, &next);
        size = left < SNAP_CODEC_INPUT ? (uInt)left : SNAP_CODEC_INPUT;
        zlib->next_in = (uint8_t *)next;
        zlib->avail_in = size;
        status = codec->inflates ? inflate(zlib, Z_NO_FLUSH) : deflate(zlib, is_last && size == left ? Z_FINISH : Z_NO_FLUSH);
        codec->at += size - zlib->avail_in;
        left -= size - zlib->avail_in;
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)   /* the last one: nothing could be done */
            return snap_codec_throw(ctx, codec, status);
        if (__js_poll_interrupts(ctx))
            return -1;
    } while (status == Z_OK && zlib->avail_out && left);
    codec->has_ended = status == Z_STREAM_END;
    codec->is_full = !zlib->avail_out;
    if (codec->has_ended)
        snap_codec_drop_zlib(codec);
    return 0;
}

/* Whether there is something to read; -1 and throws when the data ends too late, or with `is_last` too early. Compression, section 4. */
static int snap_codec_has_more(JSContext *ctx, const snap_codec *codec, bool is_last)
{
    const uint8_t *next;
    size_t left = snap_codec_left(codec, &next);

    if (codec->has_ended && left) {
        JS_ThrowTypeError(ctx, "there is data after the end of the compressed data");
        return -1;
    }
    if (codec->has_ended)
        return 0;
    if (!codec->is_open) {
        JS_ThrowTypeError(ctx, "the compression was interrupted in the middle of a chunk");
        return -1;
    }
    if (left || codec->is_full)
        return 1;
    if (is_last && codec->inflates) {
        JS_ThrowTypeError(ctx, "the compressed data ends too early");
        return -1;
    }
    return is_last;
}

/* Of what js_malloc() has made, which it takes over. */
static JSValue snap_codec_output(JSContext *ctx, uint8_t *bytes, size_t size)
{
    uint8_t *fitting = size < SNAP_CODEC_OUTPUT ? js_realloc(ctx, bytes, size) : bytes;
    JSValue buffer = fitting ? JS_NewArrayBuffer(ctx, fitting, size, 0, js_array_buffer_realloc, NULL, false) : JS_EXCEPTION;

    if (JS_IsException(buffer)) {
        js_free(ctx, fitting ? fitting : bytes);
        return JS_EXCEPTION;
    }
    return js_new_uint8array(ctx, buffer);
}

/* native.codecRead(codec, isLast): the next bytes, or undefined when there are none before more is written. `isLast`: nothing will be. */
static JSValue snap_codec_read(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_codec *codec = JS_GetOpaque2(ctx, argv[0], snap_codec_class);
    bool is_last = JS_VALUE_GET_BOOL(argv[1]);
    int has_more = codec ? snap_codec_has_more(ctx, codec, is_last) : -1;
    const uint8_t *next;
    uint8_t *output;
    size_t size;
    (void)this_value;
    (void)argc;

    if (has_more <= 0)
        return has_more ? JS_EXCEPTION : JS_UNDEFINED;
    output = js_malloc(ctx, SNAP_CODEC_OUTPUT);
    if (!output)
        return JS_EXCEPTION;
    codec->zlib.next_out = output;
    codec->zlib.avail_out = SNAP_CODEC_OUTPUT;
    if (snap_codec_run(ctx, codec, is_last) < 0) {
        js_free(ctx, output);
        snap_codec_drop_zlib(codec);   /* with the output that was lost */
        snap_codec_drop_input(JS_GetRuntime(ctx), codec);
        return JS_EXCEPTION;
    }
    size = SNAP_CODEC_OUTPUT - codec->zlib.avail_out;
    if (!snap_codec_left(codec, &next))
        snap_codec_drop_input(JS_GetRuntime(ctx), codec);
    if (size)
        return snap_codec_output(ctx, output, size);
    js_free(ctx, output);
    return JS_UNDEFINED;
}

/* native.codecClose(codec): it is not needed any more, whatever state it is in; there is nothing to read. */
static JSValue snap_codec_close(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_codec *codec = JS_GetOpaque2(ctx, argv[0], snap_codec_class);
    (void)this_value;
    (void)argc;

    if (!codec)
        return JS_EXCEPTION;
    snap_codec_drop_zlib(codec);
    snap_codec_drop_input(JS_GetRuntime(ctx), codec);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry snap_codec_functions[] = {
    JS_CFUNC_MAGIC_DEF("deflate", 1, snap_codec_new, false),
    JS_CFUNC_MAGIC_DEF("inflate", 1, snap_codec_new, true),
    JS_CFUNC_DEF("codecWrite", 2, snap_codec_write),
    JS_CFUNC_DEF("codecRead", 2, snap_codec_read),
    JS_CFUNC_DEF("codecClose", 1, snap_codec_close),
};

static int snap_add_compression(JSContext *ctx, JSValueConst web)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue native;
    int status;

    JS_NewClassID(rt, &snap_codec_class);
    if (!JS_IsRegisteredClass(rt, snap_codec_class) && JS_NewClass(rt, snap_codec_class, &snap_codec_definition) < 0)
        return -1;
    native = JS_GetPropertyStr(ctx, web, "native");
    status = JS_IsException(native) ? -1 : JS_SetPropertyFunctionList(ctx, native, snap_codec_functions, countof(snap_codec_functions));
    JS_FreeValue(ctx, native);
    return status;
}
