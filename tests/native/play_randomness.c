/* Random bytes for cryptography: what the host is to make them of. */

static void play_randomness(void)
{
    JSContext *ctx = snap_context;
    JSValue web = snap_web_object(ctx);
    int status = JS_IsException(web) || snap_add_randomness(ctx, web) < 0 ? -1 : 0;

    snap_seed_randomness(1, 2, true);   /* of nothing */
    if (status == 0)
        JS_SetPropertyStr(ctx, ctx->global_obj, "web", JS_DupValue(ctx, web));
    JS_FreeValue(ctx, web);
    snap_forget_exception(ctx);
    for (uint32_t is_renewal = 0; is_renewal < 2; is_renewal++) {
        run("typeof web === 'object' ? [1, 2].map(() => web.native.drawRandomness()?.byteLength) : 0", 0);
        snap_seed_randomness(3, 4, is_renewal);
    }
    step(snap_prepare_snapshot(), SNAP_STATUS_OK);
}
