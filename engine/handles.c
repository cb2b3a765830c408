/* The values that the host refers to. A slot that is given back gets a new generation, so that a handle used after its release names
 * nothing instead of something else. */
typedef struct snap_slot {
    JSValue value;
    uint32_t generation;
    uint32_t references;   /* 0: free, and `next_free` is meant */
    uint32_t owned;        /* how many of them belong to records of the guest, and not to the host */
    bool is_exported;      /* one of those owned is that of the host's token */
    uint32_t next_free;
} snap_slot;

static struct {
    snap_slot *slots;
    uint32_t count, capacity;
    uint32_t first_free;   /* index + 1 */
} snap_handles;

static bool snap_handles_grow(void)
{
    uint32_t capacity = snap_handles.capacity ? snap_handles.capacity * 2 : 64;
    snap_slot *slots = realloc(snap_handles.slots, capacity * sizeof *slots);
    if (!slots)
        return false;
    memset(slots + snap_handles.capacity, 0, (capacity - snap_handles.capacity) * sizeof *slots);
    snap_handles.slots = slots;
    snap_handles.capacity = capacity;
    return true;
}

static snap_slot *snap_handle_slot(snap_handle handle)
{
    uint32_t index = (uint32_t)handle;
    snap_slot *slot = index < snap_handles.count ? &snap_handles.slots[index] : NULL;
    return slot && slot->references && slot->generation == (uint32_t)(handle >> 32) ? slot : NULL;
}

static snap_handle snap_handle_new(JSContext *ctx, JSValueConst value)
{
    uint32_t index;
    snap_slot *slot;

    if (snap_handles.first_free) {
        index = snap_handles.first_free - 1;
        snap_handles.first_free = snap_handles.slots[index].next_free;
    } else {
        if (snap_handles.count == snap_handles.capacity && !snap_handles_grow()) {
            snap_throw_no_memory(ctx);
            return 0;
        }
        index = snap_handles.count++;
    }
    slot = &snap_handles.slots[index];
    slot->value = JS_DupValue(ctx, value);
    slot->generation += slot->generation == UINT32_MAX ? 2 : 1;   /* never 0: that half means the fixed handles */
    slot->references = 1;
    slot->next_free = 0;
    snap_control.handles++;
    return (snap_handle)slot->generation << 32 | index;
}

/* Those that are there without having been made, and are never released. */
static bool snap_handle_get_fixed(snap_handle handle, JSValue *borrowed)
{
    const JSContext *realm;

    switch (handle) {
    case SNAP_FIXED_UNDEFINED:
        *borrowed = JS_UNDEFINED;
        return true;
    case SNAP_FIXED_NULL:
        *borrowed = JS_NULL;
        return true;
    case SNAP_FIXED_TRUE:
        *borrowed = JS_TRUE;
        return true;
    case SNAP_FIXED_FALSE:
        *borrowed = JS_FALSE;
        return true;
    default:
        realm = handle < SNAP_FIXED_GLOBAL ? NULL : snap_realm((uint32_t)handle - SNAP_FIXED_GLOBAL);
        if (realm)
            *borrowed = realm->global_obj;
        return realm != NULL;
    }
}

static bool snap_is_fixed(snap_handle handle)
{
    JSValue borrowed;
    return handle >> 32 == 0 && snap_handle_get_fixed(handle, &borrowed);
}

static bool snap_handle_get(snap_handle handle, JSValue *borrowed)
{
    snap_slot *slot = snap_handle_slot(handle);
    if (slot)
        *borrowed = slot->value;
    return slot || (handle >> 32 == 0 && snap_handle_get_fixed(handle, borrowed));
}

/* The handle's value, borrowed; 0 is `otherwise`. False: there is no such handle. */
static bool snap_value_of(snap_handle handle, JSValue otherwise, JSValue *borrowed)
{
    *borrowed = otherwise;
    return !handle || snap_handle_get(handle, borrowed);
}

static void snap_handle_retain(snap_handle handle)
{
    snap_slot *slot = snap_handle_slot(handle);
    if (slot) {
        slot->references++;
        snap_control.handles++;
    }
}

static void snap_handle_drop(snap_handle handle)
{
    snap_slot *slot = snap_handle_slot(handle);
    if (!slot)
        return;
    snap_control.handles--;
    if (--slot->references == 0) {
        JSValue value = slot->value;
        slot->value = JS_UNDEFINED;
        slot->next_free = snap_handles.first_free;
        snap_handles.first_free = (uint32_t)handle + 1;
        JS_FreeValue(snap_context, value);
    }
}

/* The host gives back a reference; but not the guest's own, when it gives back more than it has. */
static void snap_handle_give_back(snap_handle handle)
{
    const snap_slot *slot = snap_handle_slot(handle);
    if (slot && slot->references > slot->owned)
        snap_handle_drop(handle);
}

/* One of the host's references becomes the guest's own; snap_handle_drop_owned() gives it back. */
static void snap_handle_own(snap_handle handle)
{
    snap_slot *slot = snap_handle_slot(handle);
    if (slot)
        slot->owned++;
}

static void snap_handle_drop_owned(snap_handle handle)
{
    snap_slot *slot = snap_handle_slot(handle);
    if (slot)
        slot->owned--;
    snap_handle_drop(handle);
}

/* The host that held the references is gone, after a restore: drops all but the guest's own. */
void snap_release_all(void)
{
    snap_host_objects_unbind();
    snap_pending_unbind();
    for (uint32_t index = 0; index < snap_handles.count && index < snap_handles.capacity; index++) {
        snap_slot *slot = &snap_handles.slots[index];
        if (slot->references <= slot->owned)
            continue;
        snap_control.handles -= slot->references - slot->owned - 1;
        slot->references = slot->owned + 1;
        snap_handle_drop((snap_handle)slot->generation << 32 | index);
    }
}

/* The export's own reference keeps the value alive, whatever becomes of the handle and of the host that held it. */
uint32_t snap_export_handle(snap_handle handle)
{
    snap_slot *slot = snap_handle_slot(handle);

    if (!slot)
        return snap_is_fixed(handle) ? SNAP_STATUS_OK : SNAP_STATUS_INVALID;
    if (!slot->is_exported) {
        snap_handle_retain(handle);
        snap_handle_own(handle);
        slot->is_exported = true;
    }
    return SNAP_STATUS_OK;
}

uint32_t snap_import_handle(snap_handle handle)
{
    snap_slot *slot = snap_handle_slot(handle);

    if (!slot || !slot->is_exported)
        return snap_is_fixed(handle) ? SNAP_STATUS_OK : SNAP_STATUS_INVALID;
    snap_handle_retain(handle);
    return SNAP_STATUS_OK;
}

uint32_t snap_release_export(snap_handle handle)
{
    snap_slot *slot = snap_handle_slot(handle);

    if (!slot || !slot->is_exported)
        return snap_is_fixed(handle) ? SNAP_STATUS_OK : SNAP_STATUS_INVALID;
    slot->is_exported = false;
    snap_handle_drop_owned(handle);
    return SNAP_STATUS_OK;
}

uint32_t snap_duplicate(snap_handle handle)
{
    if (!snap_handle_slot(handle))
        return snap_is_fixed(handle) ? SNAP_STATUS_OK : SNAP_STATUS_INVALID;
    snap_handle_retain(handle);
    return SNAP_STATUS_OK;
}
