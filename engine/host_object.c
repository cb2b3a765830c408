/* Objects of the host that guest code can hold, pass on and use, and cannot forge: instances of a class of ours, which only a message of the
 * host makes. The host knows each by a number, and the same number gives the same object.
 *
 * Numbers are bound by the table alone. A snapshot takes objects along, but not the host that they are of: snap_host_objects_unbind() empties
 * the table, and what is in no table is of nobody, whatever number its record says.
 *
 * Host and guest may cross each other: while JavaScript drops an object, the host may be sending it again. So the guest counts how often it
 * has received each number, and tells with the number that it was dropped; the host forgets it if it has not sent it more often. */
typedef struct snap_host_object {
    struct snap_host_object *next;           /* in its bucket */
    struct snap_host_object *next_dropped;
    JSObject *object;                        /* not a counted reference; NULL: JavaScript has dropped it */
    uint32_t reference;                      /* the host's number; 0: it is of no host any more */
    uint32_t receipts;
    bool is_dropped;                         /* it is in the list of these, though a message may have brought it back since */
} snap_host_object;

static struct {
    snap_host_object **buckets;
    uint32_t bucket_count, count;            /* the first is a power of two, or 0 */
    snap_host_object *dropped;
    uint32_t dropped_count;
} snap_objects;

static JSClassID snap_host_object_class;

static snap_host_object **snap_host_object_bucket(uint32_t reference)
{
    return &snap_objects.buckets[reference & (snap_objects.bucket_count - 1)];
}

static snap_host_object *snap_host_object_record(uint32_t reference)
{
    snap_host_object *record = snap_objects.bucket_count ? *snap_host_object_bucket(reference) : NULL;

    while (record && record->reference != reference)
        record = record->next;
    return record;
}

static void snap_host_object_finalizer(JSRuntime *rt, JSValueConst value)
{
    snap_host_object *record = JS_GetOpaque(value, snap_host_object_class);
    (void)rt;

    if (!record)
        return;
    if (!record->reference) {
        free(record);
        return;
    }
    record->object = NULL;
    if (record->is_dropped)
        return;
    record->is_dropped = true;
    record->next_dropped = snap_objects.dropped;
    snap_objects.dropped = record;
    snap_objects.dropped_count++;
    snap_control.events |= SNAP_EVENT_RELEASED;
}

static const JSClassDef snap_host_object_definition = { .class_name = "Grant", .finalizer = snap_host_object_finalizer };

static bool snap_is_host_object(JSValueConst value)
{
    return JS_GetClassID(value) == snap_host_object_class;
}

static uint32_t snap_host_object_reference(JSValueConst value)
{
    const snap_host_object *record = JS_GetOpaque(value, snap_host_object_class);
    return record && record->reference && snap_host_object_record(record->reference) == record ? record->reference : 0;
}

/* ---- the table ---- */

/* Without memory the chains only get longer; false: there is no table at all. */
static bool snap_host_objects_grow(void)
{
    uint32_t count = snap_objects.bucket_count ? snap_objects.bucket_count * 2 : 16;
    snap_host_object **former = snap_objects.buckets, **buckets = calloc(count, sizeof *buckets);
    uint32_t former_count = snap_objects.bucket_count;

    if (!buckets)
        return former != NULL;
    snap_objects.buckets = buckets;
    snap_objects.bucket_count = count;
    for (uint32_t i = 0; i < former_count; i++)
        while (former[i]) {
            snap_host_object *record = former[i], **bucket = snap_host_object_bucket(record->reference);
            former[i] = record->next;
            record->next = *bucket;
            *bucket = record;
        }
    free(former);
    return true;
}

/* A record for a number that has none, with nothing received; throws. */
static snap_host_object *snap_host_object_add(JSContext *ctx, uint32_t reference)
{
    snap_host_object *record = calloc(1, sizeof *record), **bucket;

    if (!record || (snap_objects.count >= snap_objects.bucket_count && !snap_host_objects_grow())) {
        free(record);
        snap_throw_no_memory(ctx);
        return NULL;
    }
    bucket = snap_host_object_bucket(reference);
    record->reference = reference;
    record->next = *bucket;
    *bucket = record;
    snap_objects.count++;
    return record;
}

static void snap_host_object_remove(snap_host_object *record)
{
    snap_host_object **link = snap_host_object_bucket(record->reference);

    while (*link != record)
        link = &(*link)->next;
    *link = record->next;
    snap_objects.count--;
    free(record);
}

static JSValue snap_host_object_find(uint32_t reference)
{
    snap_host_object *record = snap_host_object_record(reference);

    if (!record || !record->object)
        return JS_UNINITIALIZED;
    record->receipts++;
    return js_dup(JS_MKPTR(JS_TAG_OBJECT, record->object));
}

static JSValue snap_host_object_new(JSContext *ctx, JSValueConst prototype, uint32_t reference)
{
    JSValue object = JS_NewObjectProtoClass(ctx, prototype, snap_host_object_class);
    snap_host_object *record;

    if (JS_IsException(object))
        return object;
    record = snap_host_object_record(reference);   /* of one that was dropped, and the host has not heard of it */
    if (!record)
        record = snap_host_object_add(ctx, reference);
    if (!record) {
        JS_FreeValue(ctx, object);
        return JS_EXCEPTION;
    }
    record->object = JS_VALUE_GET_OBJ(object);
    record->receipts++;
    JS_SetOpaque(object, record);
    JS_VALUE_GET_OBJ(object)->extensible = false;
    return object;
}

/* ---- what the host hears ---- */

static void snap_put_object_count(snap_buffer *b, const snap_host_object *record)
{
    snap_put_array(b, 2);
    snap_put_uint(b, record->reference);
    snap_put_uint(b, record->receipts);
}

/* The most bytes that snap_put_dropped_objects() writes. */
static size_t snap_dropped_objects_size(void)
{
    return (size_t)snap_objects.dropped_count * (1 + 2 * SNAP_UINT_SIZE);
}

/* The numbers that were dropped, each with how often it was received; there is room. Returns how many. */
static uint32_t snap_put_dropped_objects(snap_buffer *b)
{
    uint32_t count = 0;

    while (snap_objects.dropped) {
        snap_host_object *record = snap_objects.dropped;
        snap_objects.dropped = record->next_dropped;
        record->is_dropped = false;
        if (record->object)
            continue;
        snap_put_object_count(b, record);
        snap_host_object_remove(record);
        count++;
    }
    snap_objects.dropped_count = 0;
    return count;
}

/* The host that has lent them is gone, after a restore. */
static void snap_host_objects_unbind(void)
{
    for (uint32_t i = 0; i < snap_objects.bucket_count; i++)
        while (snap_objects.buckets[i]) {
            snap_host_object *record = snap_objects.buckets[i];
            snap_objects.buckets[i] = record->next;
            record->reference = 0;
            if (!record->object)
                free(record);
        }
    snap_objects.count = snap_objects.dropped_count = 0;
    snap_objects.dropped = NULL;
}
