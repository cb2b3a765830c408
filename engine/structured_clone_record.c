/* A serialized value: the record of HTML's StructuredSerialize, for structured_clone.c.
 *
 * It is a tape. A primitive stands for itself; anything else begins with an operation, which no program can have as a value. Strings and BigInts
 * never change, so the tape refers to them; it has copies of what may change. Objects are numbered as they are written and read, transferred
 * ones first: that is how one is referred to again.
 *
 *     WRAPPER primitive                a Boolean, Number, String or BigInt object
 *     DATE time                        REG_EXP pattern bytecode
 *     BUFFER buffer                    an ArrayBuffer or SharedArrayBuffer with the data, which no program has
 *     VIEW class offset length buffer  in bytes; a length of -1 follows the buffer. Numbered after its buffer
 *     MAP count (key value)*           SET count key*
 *     ERROR kind message stack cause   UNDEFINED for a string, and HOLE for a cause, that is not there
 *     DOM_EXCEPTION name message stack
 *     ARRAY length count element* members, of which an element may be HOLE
 *     OBJECT members                   members: (key value)* END
 *     PLATFORM interface data          see structured_clone_platform.c. Numbered after its data, which is kept as it is
 *     REFERENCE number
 */
enum {
    SNAP_CLONE_WRAPPER, SNAP_CLONE_DATE, SNAP_CLONE_REG_EXP, SNAP_CLONE_BUFFER, SNAP_CLONE_VIEW, SNAP_CLONE_MAP, SNAP_CLONE_SET, SNAP_CLONE_ERROR,
    SNAP_CLONE_DOM_EXCEPTION, SNAP_CLONE_ARRAY, SNAP_CLONE_OBJECT, SNAP_CLONE_PLATFORM, SNAP_CLONE_REFERENCE, SNAP_CLONE_END, SNAP_CLONE_HOLE,
};

typedef struct snap_clone {
    JSValue *items;          /* what was transferred, two items each (interface or undefined, data); then the tape */
    uint32_t count, capacity;
    uint32_t transfers;
    uint32_t objects;        /* numbers given */
} snap_clone;

/* Records that scripts hold are objects of this class. Its prototype in a realm is no prototype, but the table of interfaces of
 * structured_clone_platform.c. */
static JSClassID snap_clone_class;

/* An operation: the engine has such values on its stack only. */
static inline JSValue snap_clone_operation(int operation)
{
    return JS_MKVAL(JS_TAG_CATCH_OFFSET, operation);
}

/* Of an item of the tape; -1: it is a value. */
static inline int snap_clone_operation_of(JSValueConst item)
{
    return JS_VALUE_GET_TAG(item) == JS_TAG_CATCH_OFFSET ? JS_VALUE_GET_INT(item) : -1;
}

static void snap_clone_free(JSRuntime *rt, snap_clone *clone)
{
    while (clone->count)
        JS_FreeValueRT(rt, clone->items[--clone->count]);
    js_free_rt(rt, clone->items);
    clone->items = NULL;
}

/* Writes an item (taken over; may be JS_EXCEPTION); false and throws. */
static bool snap_clone_put(JSContext *ctx, snap_clone *clone, JSValue item)
{
    if (clone->count == clone->capacity && !JS_IsException(item)) {
        uint32_t capacity = clone->capacity ? clone->capacity * 2 : 16;
        JSValue *items = capacity < UINT32_MAX / sizeof *items ? js_realloc(ctx, clone->items, capacity * sizeof *items) : NULL;
        if (items) {
            clone->items = items;
            clone->capacity = capacity;
        } else {
            JS_FreeValue(ctx, item);
            item = JS_EXCEPTION;
        }
    }
    if (JS_IsException(item)) {
        if (!JS_HasException(ctx))
            JS_ThrowOutOfMemory(ctx);
        return false;
    }
    clone->items[clone->count++] = item;
    return true;
}

static bool snap_clone_put_operation(JSContext *ctx, snap_clone *clone, int operation)
{
    return snap_clone_put(ctx, clone, snap_clone_operation(operation));
}

/* ---- as an object ---- */

static void snap_clone_finalizer(JSRuntime *rt, JSValueConst value)
{
    snap_clone *clone = JS_GetOpaque(value, snap_clone_class);

    if (clone)
        snap_clone_free(rt, clone);
    js_free_rt(rt, clone);
}

static void snap_clone_mark(JSRuntime *rt, JSValueConst value, JS_MarkFunc *mark)
{
    const snap_clone *clone = JS_GetOpaque(value, snap_clone_class);

    for (uint32_t i = 0; clone && i < clone->count; i++)
        JS_MarkValue(rt, clone->items[i], mark);
}

static const JSClassDef snap_clone_definition = {
    .class_name = "SerializedValue", .finalizer = snap_clone_finalizer, .gc_mark = snap_clone_mark,
};

/* The record, taken over, as an object; throws. */
static JSValue snap_clone_object(JSContext *ctx, snap_clone *clone)
{
    JSValue object = JS_NewObjectProtoClass(ctx, JS_NULL, snap_clone_class);
    snap_clone *kept = JS_IsException(object) ? NULL : js_malloc(ctx, sizeof *kept);

    if (!kept) {
        JS_FreeValue(ctx, object);
        snap_clone_free(ctx->rt, clone);
        return JS_EXCEPTION;
    }
    *kept = *clone;
    JS_SetOpaque(object, kept);
    return object;
}

/* ---- buffers ---- */

/* A new buffer with the content of this one, which is not detached; a SharedArrayBuffer is one with the same content. Throws. */
static JSValue snap_buffer_copy(JSContext *ctx, const JSArrayBuffer *from)
{
    uint64_t most = (uint64_t)from->max_byte_length, *limit = array_buffer_is_resizable(from) ? &most : NULL;
    JSValue copy;

    if (from->shared)
        return js_array_buffer_constructor3(ctx, JS_UNDEFINED, (uint64_t)from->byte_length, limit, JS_CLASS_SHARED_ARRAY_BUFFER, from->data,
                                            NULL, NULL, false);
    copy = js_array_buffer_constructor3(ctx, JS_UNDEFINED, (uint64_t)from->byte_length, limit, JS_CLASS_ARRAY_BUFFER, NULL,
                                        js_array_buffer_realloc, NULL, true);
    if (!JS_IsException(copy)) {
        JSArrayBuffer *to = JS_VALUE_GET_OBJ(copy)->u.array_buffer;
        memcpy(to->data, from->data, (size_t)from->byte_length);
        to->immutable = from->immutable;
    }
    return copy;
}

/* A new buffer with the data of this ArrayBuffer, which is detached; throws. */
static JSValue snap_buffer_move(JSContext *ctx, JSValueConst buffer)
{
    JSValue moved = js_array_buffer_constructor1(ctx, JS_UNDEFINED, 0, NULL);
    JSArrayBuffer *from = JS_VALUE_GET_OBJ(buffer)->u.array_buffer, *to;
    uint8_t *nothing;

    if (JS_IsException(moved))
        return moved;
    to = JS_VALUE_GET_OBJ(moved)->u.array_buffer;
    nothing = to->data;
    to->data = from->data;
    to->byte_length = from->byte_length;
    to->max_byte_length = from->max_byte_length;
    to->immutable = from->immutable;
    to->opaque = from->opaque;
    to->realloc_func = from->realloc_func;
    from->data = nothing;
    from->opaque = NULL;
    from->realloc_func = js_array_buffer_realloc;
    JS_DetachArrayBuffer(ctx, buffer);
    return moved;
}
