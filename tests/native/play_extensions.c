/* Native extensions, without their linking: the memory for their data, and their initialisation. */

static int define_global(JSContext *ctx)
{
    JSValue global = JS_GetGlobalObject(ctx);
    int status = JS_SetPropertyStr(ctx, global, "extension", JS_NewStringLen(ctx, "was here", 8));

    JS_FreeValue(ctx, global);
    return status < 0 ? -1 : 0;
}

static int throw_error(JSContext *ctx)
{
    JS_ThrowTypeError(ctx, "no luck");
    return -1;
}

static int fail_silently(JSContext *ctx)
{
    (void)ctx;
    return -5;
}

/* What the engine does not notice is an exception all the same. */
static int lose_exception(JSContext *ctx)
{
    JS_FreeValue(ctx, JS_NewStringLen(ctx, "a text", 6));
    return 0;
}

static int prepared;

static void prepare(void)
{
    prepared++;
}

static void initialize_extension(int (*function)(JSContext *), uint32_t expected)
{
    step(snap_extension_initialize((uint32_t)(uintptr_t)function), expected);
}

static void play_extensions(void)
{
    uint32_t address = snap_extension_memory(1000, 16);

    if (address) {
        const uint8_t *memory = (const uint8_t *)(uintptr_t)address;
        for (int i = 0; i < 1000; i++)
            if (memory[i])
                die("the memory is not zero at %d", i);
        free((void *)(uintptr_t)address);   /* aligned as malloc does it, so it is the block itself */
    }
    if (snap_extension_memory(UINT32_MAX, 16))
        die("%s", "more memory than there is");
    step(snap_extension_prepare((uint32_t)(uintptr_t)prepare), SNAP_STATUS_OK);
    if (!prepared)
        die("%s", "it was not prepared");
    initialize_extension(define_global, SNAP_STATUS_OK);
    initialize_extension(throw_error, SNAP_STATUS_EXCEPTION);
    initialize_extension(fail_silently, SNAP_STATUS_EXCEPTION);
    initialize_extension(lose_exception, SNAP_STATUS_OK);
    run("extension", 0);
}
