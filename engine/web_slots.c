/* Internal slots that a package of JavaScript keeps as properties.
 *
 *     web.native.hideSlots(prototype, ...names)   Properties of these names are not enumerable when they are first set on an object that
 *                                                 inherits from the prototype. Else a stream would show them to Object.keys and console.log.
 *
 * Setters on the prototype would do as much, and be seen there. So the prototype becomes an object of a class that is asked first. */
typedef struct snap_slots {
    uint32_t count;
    JSAtom names[];
} snap_slots;

static JSClassID snap_slots_class;

static void snap_slots_free(JSRuntime *rt, snap_slots *slots)
{
    for (uint32_t i = 0; i < slots->count; i++)
        JS_FreeAtomRT(rt, slots->names[i]);
    js_free_rt(rt, slots);
}

static void snap_slots_finalizer(JSRuntime *rt, JSValueConst value)
{
    snap_slots_free(rt, JS_GetOpaque(value, snap_slots_class));
}

/* ECMA-262, "OrdinarySet", of a property that the prototype itself has not. */
static int snap_slots_set(JSContext *ctx, JSValueConst prototype, JSAtom name, JSValueConst value, JSValueConst receiver, int flags)
{
    const snap_slots *slots = JS_GetOpaque(prototype, snap_slots_class);
    JSObject *parent = JS_VALUE_GET_OBJ(prototype)->shape->proto;
    int attributes = JS_PROP_C_W_E;

    for (uint32_t i = 0; i < slots->count && attributes == JS_PROP_C_W_E; i++)
        if (slots->names[i] == name)
            attributes = JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE;
    if (parent && attributes == JS_PROP_C_W_E)
        return JS_SetPropertyInternal2(ctx, JS_MKPTR(JS_TAG_OBJECT, parent), name, js_dup(value), receiver, flags);
    if (!JS_IsObject(receiver))
        return JS_ThrowTypeErrorOrFalse(ctx, flags, "not an object");
    return JS_DefinePropertyValue(ctx, receiver, name, js_dup(value), attributes | (flags & (JS_PROP_THROW | JS_PROP_THROW_STRICT)));
}

static const JSClassExoticMethods snap_slots_methods = { .set_property = snap_slots_set };
static const JSClassDef snap_slots_definition = {
    .class_name = "Object", .finalizer = snap_slots_finalizer, .exotic = (JSClassExoticMethods *)&snap_slots_methods,
};

static JSValue snap_hide_slots(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSObject *prototype = JS_VALUE_GET_OBJ(argv[0]);
    snap_slots *slots = js_malloc(ctx, sizeof *slots + (size_t)argc * sizeof slots->names[0]);
    (void)this_value;

    if (!slots)
        return JS_EXCEPTION;
    slots->count = 0;
    for (int i = 1; i < argc; i++) {
        slots->names[slots->count] = JS_ValueToAtom(ctx, argv[i]);
        if (slots->names[slots->count] == JS_ATOM_NULL) {
            snap_slots_free(JS_GetRuntime(ctx), slots);
            return JS_EXCEPTION;
        }
        slots->count++;
    }
    prototype->class_id = snap_slots_class;
    prototype->is_exotic = true;
    prototype->u.opaque = slots;
    return JS_UNDEFINED;
}

static int snap_add_slots(JSContext *ctx, JSValueConst web)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue native;
    int status;

    JS_NewClassID(rt, &snap_slots_class);
    if (!JS_IsRegisteredClass(rt, snap_slots_class) && JS_NewClass(rt, snap_slots_class, &snap_slots_definition) < 0)
        return -1;
    native = JS_GetPropertyStr(ctx, web, "native");
    status = JS_IsException(native) ? -1 : snap_define_value(ctx, native, "hideSlots", JS_NewCFunction(ctx, snap_hide_slots, "hideSlots", 1));
    JS_FreeValue(ctx, native);
    return status;
}
