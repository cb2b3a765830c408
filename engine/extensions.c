/* Native extensions: what the engine does for libraries of wasm that the host loads into this memory and this table. Their functions are called
 * and call as the engine's own do: directly, and through the table. The host links them (snapjs/_guest/linking.py). */

typedef void snap_extension_preparation(void);
typedef int snap_extension_initialisation(JSContext *ctx);

uint32_t snap_extension_memory(uint32_t size, uint32_t alignment)
{
    uint32_t most;
    void *memory;

    if (__builtin_add_overflow(size, alignment, &most))
        return 0;
    memory = calloc(1, most);
    return ((uint32_t)(uintptr_t)memory + (memory ? alignment - 1 : 0)) / alignment * alignment;
}

uint32_t snap_extension_prepare(uint32_t function)
{
    snap_enter();
    ((snap_extension_preparation *)(uintptr_t)function)();
    return snap_leave(SNAP_STATUS_OK);
}

uint32_t snap_extension_initialize(uint32_t function)
{
    JSContext *ctx = snap_context;
    int status;

    snap_enter();
    status = ((snap_extension_initialisation *)(uintptr_t)function)(ctx);
    if (status >= 0 && !snap_has_lost_exception(ctx))
        return snap_leave(SNAP_STATUS_OK);
    if (!JS_HasException(ctx))
        JS_ThrowInternalError(ctx, "its function for initialisation returned %d, and threw nothing", status);
    return snap_leave(snap_result_exception(ctx));
}
