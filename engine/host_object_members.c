/* What guest code may do with objects of the host: the members that the host allows, on a prototype that all objects with the same members
 * share within a realm.
 *
 * It has no parent: whatever a program does to Object.prototype, a member is the host's or there is none, and nothing makes a thenable of the
 * object. It is frozen, as its functions are, or one program could change what another calls. */
typedef struct snap_host_prototype {
    struct snap_host_prototype *next;
    const JSContext *realm;
    JSObject *object;          /* not a counted reference; it takes this record with it */
    size_t size;
    uint8_t members[];         /* as they stand in a message */
} snap_host_prototype;

static snap_host_prototype *snap_host_prototypes;
static JSClassID snap_host_prototype_class;

static void snap_host_prototype_finalizer(JSRuntime *rt, JSValueConst value)
{
    snap_host_prototype *record = JS_GetOpaque(value, snap_host_prototype_class), **link = &snap_host_prototypes;
    (void)rt;

    while (*link && *link != record)
        link = &(*link)->next;
    if (*link)
        *link = record->next;
    free(record);
}

static const JSClassDef snap_host_prototype_definition = { .class_name = "GrantPrototype", .finalizer = snap_host_prototype_finalizer };

static int snap_host_object_initialize(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);

    JS_NewClassID(rt, &snap_host_object_class);
    JS_NewClassID(rt, &snap_host_prototype_class);
    return JS_NewClass(rt, snap_host_object_class, &snap_host_object_definition) < 0 ? -1 :
        JS_NewClass(rt, snap_host_prototype_class, &snap_host_prototype_definition);
}

/* ---- uses of a member ---- */

#define SNAP_MEMBER_LEADING 2      /* the object and the member's name, before the arguments */
#define SNAP_MEMBER_FEW 8
#define SNAP_MEMBER_CALL "<grant>" /* the name of pending calls that are calls of methods */

static JSValue snap_host_member_request(JSContext *ctx, int kind, int count, JSValueConst *values)
{
    snap_pending_call *call;
    JSValue name;

    if (kind != SNAP_MEMBER_ASYNC)
        return snap_host_call_now(ctx, SNAP_HOST_MEMBER, SNAP_MEMBER_LEADING, count, values);
    name = JS_NewString(ctx, SNAP_MEMBER_CALL);
    call = JS_IsException(name) ? NULL : snap_pending_add(ctx, name, SNAP_MEMBER_LEADING, count, values);
    JS_FreeValue(ctx, name);
    return call ? JS_DupValue(ctx, call->promise) : JS_EXCEPTION;
}

static JSValue snap_host_member(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int kind, JSValueConst *data)
{
    JSValueConst few[SNAP_MEMBER_FEW], *values = few;
    JSValue answer;

    if (!snap_is_host_object(this_value)) {
        const char *name = JS_ToCString(ctx, data[0]);
        if (name)
            JS_ThrowTypeError(ctx, "%s: the receiver is not a Grant", name);
        JS_FreeCString(ctx, name);
        return JS_EXCEPTION;
    }
    if (kind == SNAP_MEMBER_ATTRIBUTE)
        argc = 0;
    if (argc + SNAP_MEMBER_LEADING > SNAP_MEMBER_FEW)
        values = malloc((size_t)(argc + SNAP_MEMBER_LEADING) * sizeof *values);
    if (!values)
        return snap_throw_no_memory(ctx);
    values[0] = this_value;
    values[1] = data[0];
    for (int i = 0; i < argc; i++)
        values[SNAP_MEMBER_LEADING + i] = argv[i];
    answer = snap_host_member_request(ctx, kind, argc + SNAP_MEMBER_LEADING, values);
    if (values != few)
        free(values);
    return answer;
}

/* ---- prototypes ---- */

/* Makes one member of a prototype; -1 and throws. */
static int snap_define_member(JSContext *ctx, JSValueConst prototype, JSValueConst name, int kind)
{
    const char *text = JS_ToCString(ctx, name);
    JSAtom atom = text ? JS_ValueToAtom(ctx, name) : JS_ATOM_NULL;
    JSValue function = atom ? JS_NewCFunctionData2(ctx, snap_host_member, text, 0, kind, 1, &name) : JS_EXCEPTION;
    int status = JS_IsException(function) ? -1 : JS_FreezeObject(ctx, function);

    if (status >= 0 && kind == SNAP_MEMBER_ATTRIBUTE)
        status = JS_DefineProperty(ctx, prototype, atom, JS_UNDEFINED, function, JS_UNDEFINED,
                                   JS_PROP_HAS_GET | JS_PROP_HAS_CONFIGURABLE | JS_PROP_HAS_ENUMERABLE | JS_PROP_ENUMERABLE);
    else if (status >= 0)
        status = JS_DefinePropertyValue(ctx, prototype, atom, js_dup(function), JS_PROP_ENUMERABLE);
    JS_FreeValue(ctx, function);
    JS_FreeAtom(ctx, atom);
    JS_FreeCString(ctx, text);
    return status;
}

/* Of an array name, kind, name, kind … that is all that is left of the message. */
static bool snap_decode_members(snap_decoder *d, JSValueConst prototype)
{
    uint32_t count;
    bool is_made = snap_take_array(d, &count);

    if (is_made && count % 2) {
        snap_bad(d, "an object of the host has a member without a kind");
        return false;
    }
    d->owed = 0;
    for (uint32_t i = 0; is_made && i < count; i += 2) {
        JSValue name = snap_decode_string(d);
        const uint8_t *kind = JS_IsException(name) ? NULL : snap_take(d, 1);
        if (kind && *kind > SNAP_MEMBER_ATTRIBUTE) {
            snap_bad(d, "an object of the host has a member of no known kind");
            kind = NULL;
        }
        is_made = kind && snap_define_member(d->ctx, prototype, name, *kind) >= 0;
        JS_FreeValue(d->ctx, name);
    }
    return is_made;
}

/* Throws. */
static JSValue snap_new_host_prototype(JSContext *ctx, const uint8_t *members, size_t size)
{
    snap_host_prototype *record = malloc(sizeof *record + size);
    JSValue prototype;

    if (!record)
        return snap_throw_no_memory(ctx);
    prototype = JS_NewObjectProtoClass(ctx, JS_NULL, snap_host_prototype_class);
    if (JS_IsException(prototype)) {
        free(record);
        return prototype;
    }
    *record = (snap_host_prototype){ .realm = ctx, .object = JS_VALUE_GET_OBJ(prototype), .size = size };
    memcpy(record->members, members, size);
    JS_SetOpaque(prototype, record);
    return prototype;
}

/* The realm's prototype with the members that are all that is left of the message. */
static JSValue snap_decode_prototype(snap_decoder *d)
{
    const uint8_t *members = d->at;
    size_t size = (size_t)(d->end - d->at);
    snap_host_prototype *record = snap_host_prototypes;
    JSValue prototype;

    while (record && (record->realm != d->ctx || record->size != size || memcmp(record->members, members, size)))
        record = record->next;
    if (record) {
        d->at = d->end;
        return js_dup(JS_MKPTR(JS_TAG_OBJECT, record->object));
    }
    prototype = snap_new_host_prototype(d->ctx, members, size);
    if (JS_IsException(prototype))
        return prototype;
    if (!snap_decode_members(d, prototype) ||
        JS_DefinePropertyValue(d->ctx, prototype, JS_ATOM_Symbol_toStringTag, JS_NewString(d->ctx, "Grant"), 0) < 0 ||
        JS_PreventExtensions(d->ctx, prototype) < 0) {
        JS_FreeValue(d->ctx, prototype);
        return JS_EXCEPTION;
    }
    record = JS_GetOpaque(prototype, snap_host_prototype_class);
    record->next = snap_host_prototypes;
    snap_host_prototypes = record;
    return prototype;
}

static JSValue snap_decode_host_object(snap_decoder *d, size_t length)
{
    const uint8_t *number;
    uint32_t reference;
    snap_outer outer;
    JSValue prototype, object;

    if (length < 5)
        return snap_bad(d, "an object of the host has no members");
    number = snap_take(d, 4);
    if (!number)
        return JS_EXCEPTION;
    reference = get_u32(number);
    if (!reference)
        return snap_bad(d, "an object of the host has no number");
    object = snap_host_object_find(reference);
    if (!JS_IsUninitialized(object)) {
        d->at += length - 4;
        return object;
    }
    outer = snap_enter_payload(d, length - 4);
    prototype = snap_decode_prototype(d);
    if (JS_IsException(prototype))
        return prototype;
    object = snap_leave_payload(d, outer) ? snap_host_object_new(d->ctx, prototype, reference) : JS_EXCEPTION;
    JS_FreeValue(d->ctx, prototype);
    return object;
}

uint32_t snap_host_objects(void)
{
    snap_enter();
    snap_put_array(&snap_output, snap_objects.count);
    for (uint32_t i = 0; i < snap_objects.bucket_count; i++)
        for (const snap_host_object *record = snap_objects.buckets[i]; record; record = record->next)
            snap_put_object_count(&snap_output, record);
    return snap_leave(SNAP_STATUS_OK);
}
