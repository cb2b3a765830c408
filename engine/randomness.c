/* Random bytes for cryptography. The host makes them: of the system's entropy, or, where the VM has a seed, of a key that it has derived from
 * the seed and of how often bytes were drawn. These two are kept here, so that a snapshot goes on where it was taken. All realms draw from
 * one sequence, for none can tell from its own bytes those of another. */
static struct {
    uint64_t key[2];
    uint64_t drawn;
    bool is_seeded;
} snap_randomness;

void snap_seed_randomness(uint64_t first, uint64_t second, uint32_t is_renewal)
{
    if (is_renewal && !snap_randomness.is_seeded)
        return;
    snap_randomness.key[0] = first;
    snap_randomness.key[1] = second;
    snap_randomness.drawn = 0;
    snap_randomness.is_seeded = true;
}

/* web.native.drawRandomness(): what the host is to make random bytes of, never the same twice; undefined: of its own entropy. */
static JSValue snap_draw_randomness(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    uint8_t draw[sizeof snap_randomness.key + sizeof snap_randomness.drawn];
    (void)this_value;
    (void)argc;
    (void)argv;

    if (!snap_randomness.is_seeded)
        return JS_UNDEFINED;
    memcpy(draw, snap_randomness.key, sizeof snap_randomness.key);
    memcpy(draw + sizeof snap_randomness.key, &snap_randomness.drawn, sizeof snap_randomness.drawn);
    snap_randomness.drawn++;
    return JS_NewArrayBufferCopy(ctx, draw, sizeof draw);
}

static int snap_add_randomness(JSContext *ctx, JSValueConst web)
{
    JSValue native = JS_GetPropertyStr(ctx, web, "native");
    int status = JS_IsException(native) ? -1
               : snap_define_value(ctx, native, "drawRandomness", JS_NewCFunction(ctx, snap_draw_randomness, "drawRandomness", 0));

    JS_FreeValue(ctx, native);
    return status;
}
