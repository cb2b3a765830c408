/* Things of the host that JavaScript holds, each under a number: the Python exception behind an error, the callable behind a temporary
 * function. The number hangs on an object of a class of ours under a private symbol, out of reach of guest code; when that object dies,
 * the number is queued for the host. */
static JSClassID snap_lent_class;
static JSAtom snap_lent_symbol;

#define SNAP_NO_INDEX UINT32_MAX
#define SNAP_UINT_SIZE 5   /* the most that an uint32_t takes in a message */

static struct {
    struct snap_released_item {
        uint32_t reference;
        uint32_t index;   /* of the temporary host function that died, or SNAP_NO_INDEX */
    } *items;
    uint32_t count, capacity;
} snap_released;

static void snap_queue_released(uint32_t reference, uint32_t index)
{
    if (snap_released.count == snap_released.capacity) {
        uint32_t capacity = snap_released.capacity ? snap_released.capacity * 2 : 16;
        struct snap_released_item *items = realloc(snap_released.items, capacity * sizeof *items);
        if (!items) {
            snap_control.events |= SNAP_EVENT_UNDELIVERED;   /* a finalizer has nobody to tell, so the host asks what is left */
            return;
        }
        snap_released.items = items;
        snap_released.capacity = capacity;
    }
    snap_released.items[snap_released.count++] = (struct snap_released_item){ reference, index };
    snap_control.events |= SNAP_EVENT_RELEASED;
}

static void snap_lent_finalizer(JSRuntime *rt, JSValueConst value)
{
    (void)rt;
    snap_queue_released((uint32_t)(uintptr_t)JS_GetOpaque(value, snap_lent_class), SNAP_NO_INDEX);
}

static const JSClassDef snap_lent_definition = { .class_name = "Lent", .finalizer = snap_lent_finalizer };

static int snap_lend_initialize(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue symbol = JS_NewPrivateSymbol(ctx, "lent");

    if (JS_IsException(symbol))
        return -1;
    snap_lent_symbol = JS_ValueToAtom(ctx, symbol);
    JS_FreeValue(ctx, symbol);
    JS_NewClassID(rt, &snap_lent_class);
    return JS_NewClass(rt, snap_lent_class, &snap_lent_definition);
}

/* The object that carries the number; throws. */
static JSValue snap_lent_object(JSContext *ctx, uint32_t reference)
{
    JSValue lent = JS_NewObjectProtoClass(ctx, JS_NULL, snap_lent_class);
    if (!JS_IsException(lent))
        JS_SetOpaque(lent, (void *)(uintptr_t)reference);
    return lent;
}

static int snap_lend(JSContext *ctx, JSValueConst object, uint32_t reference)
{
    JSValue lent = snap_lent_object(ctx, reference);
    if (JS_IsException(lent))
        return -1;
    return JS_DefinePropertyValue(ctx, object, snap_lent_symbol, lent, 0) < 0 ? -1 : 0;
}

static bool snap_lent(JSContext *ctx, JSValueConst object, uint32_t *reference)
{
    JSProperty *property;
    JSShapeProperty *shape;

    (void)ctx;
    if (!JS_IsObject(object) || JS_VALUE_GET_OBJ(object)->class_id == JS_CLASS_PROXY)
        return false;
    shape = find_own_property(&property, JS_VALUE_GET_OBJ(object), snap_lent_symbol);
    if (!shape || JS_GetClassID(property->u.value) != snap_lent_class)
        return false;
    *reference = (uint32_t)(uintptr_t)JS_GetOpaque(property->u.value, snap_lent_class);
    return true;
}

/* The numbers of all errors that have one; returns how many. */
static uint32_t snap_put_lent_errors(snap_buffer *b)
{
    struct list_head *element;
    uint32_t count = 0;

    list_for_each(element, &snap_runtime->gc_obj_list) {
        JSGCObjectHeader *header = list_entry(element, JSGCObjectHeader, link);
        const JSObject *object = (JSObject *)header;
        if (JS_GC_TYPE(header) != JS_GC_OBJ_TYPE_JS_OBJECT || object->class_id != snap_lent_class)
            continue;
        snap_put_uint(b, (uint32_t)(uintptr_t)object->u.opaque);
        count++;
    }
    return count;
}
