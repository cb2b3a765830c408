/* Large binary data crosses beside the messages, and is copied once: towards JavaScript into what becomes a buffer's memory, and towards
 * the host out of the buffer itself. */

/* ---- towards JavaScript: what the host has filled, until the message that names it has been read ---- */

typedef struct snap_transfer {
    uint8_t *data;
    uint32_t size;
} snap_transfer;

static struct {
    snap_transfer *items;
    uint32_t count, capacity;
} snap_transfers;

/* Those that no message has named. */
static void snap_transfers_free(void)
{
    while (snap_transfers.count)
        js_free_rt(snap_runtime, snap_transfers.items[--snap_transfers.count].data);
    free(snap_transfers.items);
    memset(&snap_transfers, 0, sizeof snap_transfers);
}

uint32_t snap_transfer_new(uint32_t size)
{
    uint8_t *data;

    if (snap_transfers.count == snap_transfers.capacity) {
        uint32_t capacity = snap_transfers.capacity ? snap_transfers.capacity * 2 : 8;
        snap_transfer *items = realloc(snap_transfers.items, capacity * sizeof *items);
        if (!items)
            return 0;
        snap_transfers.items = items;
        snap_transfers.capacity = capacity;
    }
    data = js_malloc_rt(snap_runtime, size);
    if (!data) {
        snap_transfers_free();   /* the message will not come */
        return 0;
    }
    snap_transfers.items[snap_transfers.count++] = (snap_transfer){ data, size };
    return (uint32_t)(uintptr_t)data;
}

static snap_transfer *snap_transfer_at(uint32_t address)
{
    for (uint32_t i = snap_transfers.count; i > 0; i--)
        if ((uint32_t)(uintptr_t)snap_transfers.items[i - 1].data == address)
            return &snap_transfers.items[i - 1];
    return NULL;
}

/* An ArrayBuffer whose memory this is from now on; throws. */
static JSValue snap_transfer_take(JSContext *ctx, snap_transfer *transfer)
{
    JSValue buffer = JS_NewArrayBuffer(ctx, transfer->data, transfer->size, 0, js_array_buffer_realloc, NULL, false);

    if (!JS_IsException(buffer))
        *transfer = snap_transfers.items[--snap_transfers.count];
    return buffer;
}

/* ---- towards the host: a buffer that is the whole result ---- */

#define SNAP_RAW_RESULT_MINIMUM (16 * 1024)   /* below it a message is as fast */

static struct {
    JSValue value;         /* kept for the host to read, until it calls again */
    const uint8_t *data;
    uint32_t size;
    uint32_t depth;        /* of the export whose result it is; 0: there is none */
} snap_raw_result;

static void snap_raw_result_drop(void)
{
    JSValue value = snap_raw_result.value;

    if (!snap_raw_result.depth)
        return;
    memset(&snap_raw_result, 0, sizeof snap_raw_result);   /* so that equal states have equal bytes */
    JS_FreeValueRT(snap_runtime, value);
}

/* Whether the value (borrowed) is the result in this way. Nothing that could detach its buffer may run before the export returns. */
static bool snap_raw_result_set(JSValueConst value)
{
    const JSArrayBuffer *buffer;
    const uint8_t *data;
    JSObject *object;
    uint32_t size;

    if (!JS_IsObject(value))
        return false;
    object = JS_VALUE_GET_OBJ(value);
    if (object->class_id == JS_CLASS_UINT8_ARRAY && !typed_array_is_oob(object)) {
        data = object->u.array.u.ptr;
        size = object->u.array.count;
    } else if (object->class_id == JS_CLASS_ARRAY_BUFFER && (buffer = object->u.array_buffer) != NULL && !buffer->detached) {
        data = buffer->data;
        size = (uint32_t)buffer->byte_length;
    } else {
        return false;
    }
    if (size < SNAP_RAW_RESULT_MINIMUM)
        return false;
    snap_raw_result_drop();
    snap_raw_result.value = js_dup(value);
    snap_raw_result.data = data;
    snap_raw_result.size = size;
    snap_raw_result.depth = snap_control.depth;
    return true;
}
