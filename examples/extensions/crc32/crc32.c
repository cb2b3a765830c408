// crc32(bytes, before = 0): the CRC-32 of a Uint8Array, as of zip and gzip; `before` is that of the bytes before.
#include <stdint.h>

#include "snapjs.h"

static uint32_t table[256];

static void fill_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ 0xedb88320 : value >> 1;
        table[i] = value;
    }
}

static JSValue crc32(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    uint32_t crc = 0;
    size_t size;
    const uint8_t *bytes;

    // Before the bytes are looked at: a conversion may run JavaScript, and that may take them away.
    if (argc > 1 && JS_ToUint32(ctx, &crc, argv[1]) < 0)
        return JS_EXCEPTION;
    bytes = JS_GetUint8Array(ctx, &size, argv[0]);
    if (!bytes)
        return JS_EXCEPTION;
    crc = ~crc;
    for (size_t i = 0; i < size; i++)
        crc = table[(crc ^ bytes[i]) & 0xff] ^ crc >> 8;
    return JS_NewUint32(ctx, ~crc);
}

SNAPJS_EXPORT int snapjs_init_crc32(JSContext *ctx)
{
    JSValue global = JS_GetGlobalObject(ctx);
    int status;

    fill_table();
    status = JS_SetPropertyStr(ctx, global, "crc32", JS_NewCFunction(ctx, crc32, "crc32", 1));
    JS_FreeValue(ctx, global);
    return status < 0 ? -1 : 0;
}

SNAPJS_EXPORT const char *snapjs_versions_crc32(void)
{
    return "crc32=1.0";
}
