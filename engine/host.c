/* Functions of the host. The guest knows each by an index and a name, and keeps the table, so that after a restore the host binds its
 * callables again by name. A function that is exposed lives as long as the VM; a temporary one (a lambda passed as an argument) as long
 * as JavaScript holds it. */
typedef struct snap_host_entry {
    JSValue name;          /* JS_UNDEFINED: the entry is free */
    JSValue shown_name;    /* the function's `name` */
    JSValue function;      /* JS_UNDEFINED until asked for. Of a temporary function not a counted reference, but cleared when it dies */
    uint32_t reference;    /* the host's number for a temporary function, else 0 */
    uint32_t next_free;    /* of a free entry: index + 1 of the next */
    uint32_t realm;        /* where it was exposed by its name; 0: in the VM's own, or it has no name */
    uint8_t mode;
    bool takes_handles;    /* the callback gets handles of `this` and the arguments, in place of what they convert to */
} snap_host_entry;

static struct {
    snap_host_entry *entries;
    uint32_t count, capacity;
    uint32_t first_free;   /* index + 1 */
} snap_hosts;

#define SNAP_HOST_MAXIMUM SNAP_HOST_MEMBER   /* an index has 24 bits in a request, and the last two are taken */

static JSClassID snap_host_lent_class;   /* hangs on a temporary function, and tells of its end */

static void snap_host_lent_finalizer(JSRuntime *rt, JSValueConst value)
{
    uint32_t index = (uint32_t)(uintptr_t)JS_GetOpaque(value, snap_host_lent_class);
    (void)rt;
    snap_hosts.entries[index].function = JS_UNDEFINED;
    snap_queue_released(snap_hosts.entries[index].reference, index);
}

static const JSClassDef snap_host_lent_definition = { .class_name = "LentFunction", .finalizer = snap_host_lent_finalizer };

static int snap_host_initialize(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JS_NewClassID(rt, &snap_host_lent_class);
    return JS_NewClass(rt, snap_host_lent_class, &snap_host_lent_definition);
}

static snap_host_entry *snap_host_entry_at(uint32_t index)
{
    snap_host_entry *entry = index < snap_hosts.count ? &snap_hosts.entries[index] : NULL;
    return entry && !JS_IsUndefined(entry->name) ? entry : NULL;
}

static JSValue snap_throw_unbound(JSContext *ctx, const snap_host_entry *entry)
{
    const char *name;

    if (!entry)   /* what was asked for is no function */
        return JS_ThrowTypeError(ctx, "the host has no objects: nothing answers their members");
    name = JS_ToCString(ctx, entry->name);
    if (!name)
        return JS_EXCEPTION;
    if (*name != '#')   /* which is how a function without a name is numbered */
        JS_ThrowTypeError(ctx, "host function '%s' is not registered: nothing is bound to this name", name);
    else
        JS_ThrowTypeError(ctx, "this host function is not registered: nothing is bound to it any more");
    JS_FreeCString(ctx, name);
    return JS_EXCEPTION;
}

/* Asks the host; the status of its answer. */
static uint32_t snap_host_request(uint32_t index, const void *message, size_t size, uint32_t flags)
{
    uint32_t kept = snap_control.result_flags, status;

    snap_control.result = (uint32_t)(uintptr_t)message;
    snap_control.result_length = (uint32_t)size;
    snap_control.result_flags = index << 8 | SNAP_RESULT_REQUEST | flags;
    host_request();
    status = snap_control.result_flags;
    snap_control.result_flags = kept;
    return status & SNAP_RESULT_REQUEST ? SNAP_STATUS_UNANSWERED : status;
}

/* What the host wrote becomes the call's outcome. */
static JSValue snap_host_answer(JSContext *ctx, uint32_t status, const snap_host_entry *entry)
{
    JSValue answer;
    uint32_t decoded;

    if (status == SNAP_STATUS_UNANSWERED)
        snap_unanswered();
    if (status == SNAP_STATUS_INTERRUPTED || status == SNAP_STATUS_UNANSWERED)
        return snap_throw_stop(ctx);
    if (snap_is_interrupted()) {
        /* made and freed, so that the host hears that what it has lent for this answer is dropped */
        if ((status == SNAP_STATUS_OK || status == SNAP_STATUS_EXCEPTION) && snap_take_input_value(ctx, &answer) == SNAP_STATUS_OK)
            JS_FreeValue(ctx, answer);
        snap_forget_exception(ctx);
        return snap_throw_stop(ctx);
    }
    if (status == SNAP_STATUS_ABSENT)
        return snap_throw_unbound(ctx, entry);
    if ((status & 0xff) == SNAP_STATUS_INTEGER)
        return JS_NewInt32(ctx, (int32_t)(status >> 8));
    decoded = snap_take_input_value(ctx, &answer);
    if (decoded == SNAP_STATUS_MALFORMED)
        return JS_ThrowInternalError(ctx, "the host's answer is malformed: %s", snap_malformed);
    if (decoded != SNAP_STATUS_OK)
        return JS_EXCEPTION;
    return status == SNAP_STATUS_OK ? answer : JS_Throw(ctx, answer);
}

static JSValue snap_throw_conversion(JSContext *ctx, const snap_buffer *message)
{
    /* the message is a str: skip its MessagePack header to reach the text */
    const uint8_t *text = message->data;
    size_t header = message->size && text[0] >= 0xa0 && text[0] <= 0xbf ? 1 : message->size && text[0] == 0xd9 ? 2 : 3;
    return JS_ThrowTypeError(ctx, "%.*s", (int)(message->size - header), (const char *)text + header);
}

/* The arguments as one array, behind some that are not the caller's; throws. */
static int snap_encode_arguments(JSContext *ctx, snap_buffer *out, uint32_t leading, int argc, JSValueConst *argv, bool *has_references)
{
    uint32_t status = snap_encode_values(ctx, out, leading, (uint32_t)argc, argv, has_references);

    if (status == SNAP_STATUS_CONVERSION)
        snap_throw_conversion(ctx, out);
    return status == SNAP_STATUS_OK ? 0 : -1;
}

static snap_buffer snap_host_spare;   /* calls nest: each takes the spare buffer away, and the last to finish leaves one */

static JSValue snap_host_call_now(JSContext *ctx, uint32_t index, uint32_t leading, int argc, JSValueConst *argv)
{
    snap_buffer message = snap_host_spare;
    bool has_references = false;
    uint32_t status;

    memset(&snap_host_spare, 0, sizeof snap_host_spare);
    if (snap_encode_arguments(ctx, &message, leading, argc, argv, &has_references) < 0) {
        snap_buffer_free(&message);
        return JS_EXCEPTION;
    }
    status = snap_host_request(index, message.data, message.size, has_references ? SNAP_RESULT_HAS_REFERENCES : 0);
    if (status == SNAP_STATUS_UNANSWERED)
        snap_visit_handles(&message, snap_handle_drop);   /* the host has not seen them */
    snap_buffer_clear(&message);
    snap_buffer_free(&snap_host_spare);
    snap_host_spare = message;
    return snap_host_answer(ctx, status, snap_host_entry_at(index));
}

#define SNAP_HANDLES_FEW 8

/* The callback borrows the handles: they are dropped when it has returned. */
static JSValue snap_host_call_with_handles(JSContext *ctx, uint32_t index, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_handle few[SNAP_HANDLES_FEW], *handles = few;
    int count = argc + 1, made = 0;
    JSValue answer = JS_EXCEPTION;

    if (count > SNAP_HANDLES_FEW)
        handles = malloc((size_t)count * sizeof *handles);
    if (!handles)
        return snap_throw_no_memory(ctx);
    while (made < count) {
        handles[made] = snap_handle_new(ctx, made ? argv[made - 1] : this_value);
        if (!handles[made])
            break;
        made++;
    }
    if (made == count) {
        uint32_t status = snap_host_request(index, handles, (size_t)count * sizeof *handles, SNAP_RESULT_HANDLES);
        answer = snap_host_answer(ctx, status, &snap_hosts.entries[index]);
    }
    for (int i = 0; i < made; i++)
        snap_handle_drop(handles[i]);
    if (handles != few)
        free(handles);
    return answer;
}

static JSValue snap_host_invoke(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int magic, JSValueConst *data)
{
    uint32_t index = (uint32_t)JS_VALUE_GET_INT(data[0]);
    const snap_host_entry *entry = &snap_hosts.entries[index];

    (void)magic;
    switch (entry->mode) {
    case SNAP_HOST_SYNC:
        if (entry->takes_handles)
            return snap_host_call_with_handles(ctx, index, this_value, argc, argv);
        return snap_host_call_now(ctx, index, 0, argc, argv);
    case SNAP_HOST_DEFERRED:
        return snap_pending_record(ctx, entry, argc, argv);
    default:
        return snap_throw_unbound(ctx, entry);
    }
}

static int64_t snap_host_index(JSValueConst value)
{
    JSCFunctionDataRecord *record;
    uint32_t index;

    if (JS_GetClassID(value) != JS_CLASS_C_FUNCTION_DATA)
        return -1;
    record = JS_VALUE_GET_OBJ(value)->u.c_function_data_record;
    if (record->func != snap_host_invoke)
        return -1;
    index = (uint32_t)JS_VALUE_GET_INT(record->data[0]);
    return snap_hosts.entries[index].mode == SNAP_HOST_UNBOUND || snap_hosts.entries[index].takes_handles ? -1 : (int64_t)index;
}

static JSValue snap_host_function_object(JSContext *ctx, uint32_t index)
{
    snap_host_entry *entry = &snap_hosts.entries[index];
    JSValue data[2] = { JS_NewInt32(ctx, (int32_t)index), JS_UNDEFINED };
    const char *name;
    JSValue function;

    if (entry->reference) {
        data[1] = JS_NewObjectProtoClass(ctx, JS_NULL, snap_host_lent_class);
        if (JS_IsException(data[1]))
            return JS_EXCEPTION;
        JS_SetOpaque(data[1], (void *)(uintptr_t)index);
    }
    name = JS_ToCString(ctx, entry->shown_name);
    function = name ? JS_NewCFunctionData2(ctx, snap_host_invoke, name, 0, 0, 2, data) : JS_EXCEPTION;
    JS_FreeCString(ctx, name);
    JS_FreeValue(ctx, data[1]);
    return function;
}

static JSValue snap_host_value(JSContext *ctx, uint32_t index)
{
    snap_host_entry *entry = snap_host_entry_at(index);

    if (!entry)
        return JS_UNINITIALIZED;
    if (JS_IsUndefined(entry->function)) {
        JSValue function = snap_host_function_object(ctx, index);
        if (JS_IsException(function))
            return function;
        entry = &snap_hosts.entries[index];
        entry->function = function;
        if (entry->reference)
            return function;
    }
    return JS_DupValue(ctx, entry->function);
}

static uint32_t snap_host_new_entry(void)
{
    if (snap_hosts.first_free) {
        uint32_t index = snap_hosts.first_free - 1;
        snap_hosts.first_free = snap_hosts.entries[index].next_free;
        return index;
    }
    if (snap_hosts.count == SNAP_HOST_MAXIMUM)
        return UINT32_MAX;
    if (snap_hosts.count == snap_hosts.capacity) {
        uint32_t capacity = snap_hosts.capacity ? snap_hosts.capacity * 2 : 16;
        snap_host_entry *entries = realloc(snap_hosts.entries, capacity * sizeof *entries);
        if (!entries)
            return UINT32_MAX;
        snap_hosts.entries = entries;
        snap_hosts.capacity = capacity;
    }
    return snap_hosts.count++;
}

/* What the host has sent as a number; 0 for anything else. */
static uint32_t snap_host_reference(JSValueConst value)
{
    double number;
    return js_arith_to_float64(value, &number) && number >= 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

uint32_t snap_host_function(uint32_t mode, uint32_t realm)
{
    JSValue values[3];
    uint32_t count, index;

    if (snap_take_input(snap_context, values, 3, &count) != SNAP_STATUS_OK) {
        snap_forget_exception(snap_context);
        return UINT32_MAX;
    }
    index = count == 3 && JS_IsString(values[0]) && JS_IsString(values[1]) ? snap_host_new_entry() : UINT32_MAX;
    if (index == UINT32_MAX) {
        snap_free_values(snap_context, values, count);
        return UINT32_MAX;
    }
    snap_hosts.entries[index] = (snap_host_entry){
        .name = values[0], .shown_name = values[1], .function = JS_UNDEFINED, .realm = realm,
        .mode = (uint8_t)(mode & ~(uint32_t)SNAP_HOST_TAKES_HANDLES), .takes_handles = mode & SNAP_HOST_TAKES_HANDLES,
        .reference = snap_host_reference(values[2]),
    };
    JS_FreeValue(snap_context, values[2]);
    return index;
}

uint32_t snap_set_host_mode(uint32_t index, uint32_t mode)
{
    snap_host_entry *entry = snap_host_entry_at(index);
    if (!entry || mode > SNAP_HOST_UNBOUND)
        return SNAP_STATUS_INVALID;
    entry->mode = (uint8_t)mode;
    return SNAP_STATUS_OK;
}

uint32_t snap_host_functions(void)
{
    uint32_t used = 0;

    snap_enter();
    for (uint32_t i = 0; i < snap_hosts.count; i++)
        used += !JS_IsUndefined(snap_hosts.entries[i].name);
    snap_put_array(&snap_output, used);
    for (uint32_t i = 0; i < snap_hosts.count; i++) {
        const snap_host_entry *entry = &snap_hosts.entries[i];
        if (JS_IsUndefined(entry->name))
            continue;
        snap_put_array(&snap_output, 5);
        snap_put_uint(&snap_output, i);
        snap_put_string(&snap_output, JS_VALUE_GET_STRING(entry->name));
        snap_put_uint(&snap_output, entry->mode | (entry->takes_handles ? SNAP_HOST_TAKES_HANDLES : 0));
        snap_put_uint(&snap_output, entry->reference);
        snap_put_uint(&snap_output, entry->realm);
    }
    return snap_leave(SNAP_STATUS_OK);
}

/* False: the function is alive again, or the entry has been freed before. */
static bool snap_host_free_entry(uint32_t index, uint32_t reference)
{
    snap_host_entry *entry = snap_host_entry_at(index);
    if (!entry || entry->reference != reference || !JS_IsUndefined(entry->function))
        return false;
    JS_FreeValue(snap_context, entry->name);
    JS_FreeValue(snap_context, entry->shown_name);
    entry->name = entry->shown_name = JS_UNDEFINED;
    entry->next_free = snap_hosts.first_free;
    snap_hosts.first_free = index + 1;
    return true;
}

/* A temporary function that the host has meanwhile handed out again is not reported: it is alive. Without memory all is kept for later. */
uint32_t snap_take_released(void)
{
    uint32_t count = 0;
    size_t begun;

    snap_enter();
    if (!snap_buffer_reserve(&snap_output, 5 + (size_t)snap_released.count * SNAP_UINT_SIZE + snap_dropped_objects_size()))
        return snap_leave(SNAP_STATUS_OK);
    begun = snap_begin_array(&snap_output);
    for (uint32_t i = 0; i < snap_released.count; i++) {
        const struct snap_released_item *item = &snap_released.items[i];
        if (item->index != SNAP_NO_INDEX && !snap_host_free_entry(item->index, item->reference))
            continue;
        snap_put_uint(&snap_output, item->reference);
        count++;
    }
    count += snap_put_dropped_objects(&snap_output);
    snap_released.count = 0;
    snap_control.events &= ~(uint32_t)SNAP_EVENT_RELEASED;
    snap_end_array(&snap_output, begun, count);
    return snap_leave(SNAP_STATUS_OK);
}

/* One that is in the queue already is passed over when its turn comes again. */
static void snap_queue_lost_functions(void)
{
    for (uint32_t i = 0; i < snap_hosts.count; i++) {
        const snap_host_entry *entry = &snap_hosts.entries[i];
        if (!JS_IsUndefined(entry->name) && entry->reference && JS_IsUndefined(entry->function))
            snap_queue_released(entry->reference, i);
    }
}

uint32_t snap_lent_errors(void)
{
    size_t begun;

    snap_enter();
    snap_queue_lost_functions();
    begun = snap_begin_array(&snap_output);
    snap_end_array(&snap_output, begun, snap_put_lent_errors(&snap_output));
    return snap_leave(SNAP_STATUS_OK);
}
