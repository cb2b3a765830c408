/* Birth, description and the preparation for a snapshot. */

/* Without memory now, they are made when a message comes. */
static void snap_initialize_buffers(void)
{
    snap_buffer_reserve(&snap_input, 64 * 1024);
    snap_buffer_reserve(&snap_output, 64 * 1024);
    snap_input_publish();
    snap_control.next_timer = INFINITY;
    snap_control.next_host_reference = 1;
}

uint32_t snap_initialize(uint32_t intrinsics, uint32_t web)
{
    if ((uintptr_t)&snap_control < SNAP_STACK_SIZE)
        return SNAP_STATUS_INVALID;      /* linked with another layout than abi.h says: a stack overflow would corrupt data */
    snap_initialize_buffers();
    snap_first_seed = 1;
    init_list_head(&snap_frozen);
    snap_runtime = JS_NewRuntime2(&snap_heap_functions, NULL);
    if (!snap_runtime || snap_realm_tables_initialize(snap_runtime) < 0)
        return SNAP_STATUS_EXCEPTION;
    JS_SetSharedArrayBufferFunctions(snap_runtime, &snap_shared_functions);
    snap_context = snap_realm_context(intrinsics, web);
    if (!snap_context || snap_lend_initialize(snap_context) < 0 || snap_host_initialize(snap_context) < 0 ||
        snap_host_object_initialize(snap_context) < 0)
        return SNAP_STATUS_EXCEPTION;
    JS_SetMaxStackSize(snap_runtime, SNAP_STACK_MAXIMUM);
    JS_SetInterruptHandler(snap_runtime, snap_poll_interrupt, NULL);
    JS_SetHostPromiseRejectionTracker(snap_runtime, snap_track_rejection, NULL);
    snap_time_origin = snap_realm_time_origin(snap_context);
    JS_RunGC(snap_runtime);
    snap_freeze(snap_runtime);
    return SNAP_STATUS_OK;
}

uint32_t snap_control_block(void)
{
    return (uint32_t)(uintptr_t)&snap_control;
}

void snap_set_stack_limit(uint32_t bytes)
{
    JS_SetMaxStackSize(snap_runtime, bytes && bytes < SNAP_STACK_MAXIMUM ? bytes : SNAP_STACK_MAXIMUM);
}

static void snap_put_name(const char *name)
{
    snap_put_text(&snap_output, name, strlen(name));
}

uint32_t snap_memory_usage(void)
{
    JSMemoryUsage usage;
    snap_compute_memory_usage(snap_runtime, &usage);
    const struct { const char *name; int64_t value; } counters[] = {
        { "malloc_size", usage.malloc_size }, { "malloc_limit", (int64_t)snap_heap.limit },
        { "memory_used_size", usage.memory_used_size }, { "malloc_count", usage.malloc_count },
        { "memory_used_count", usage.memory_used_count }, { "atom_count", usage.atom_count }, { "atom_size", usage.atom_size },
        { "str_count", usage.str_count }, { "str_size", usage.str_size }, { "obj_count", usage.obj_count },
        { "obj_size", usage.obj_size }, { "prop_count", usage.prop_count }, { "prop_size", usage.prop_size },
        { "shape_count", usage.shape_count }, { "shape_size", usage.shape_size }, { "js_func_count", usage.js_func_count },
        { "js_func_size", usage.js_func_size }, { "js_func_code_size", usage.js_func_code_size },
        { "js_func_pc2line_count", usage.js_func_pc2line_count }, { "js_func_pc2line_size", usage.js_func_pc2line_size },
        { "c_func_count", usage.c_func_count }, { "array_count", usage.array_count },
        { "fast_array_count", usage.fast_array_count }, { "fast_array_elements", usage.fast_array_elements },
        { "binary_object_count", usage.binary_object_count }, { "binary_object_size", usage.binary_object_size },
        { "heap_size", (int64_t)snap_heap_counted() },
    };

    snap_enter();
    snap_put_map(&snap_output, countof(counters));
    for (size_t i = 0; i < countof(counters); i++) {
        snap_put_name(counters[i].name);
        snap_put_int(&snap_output, counters[i].value);
    }
    return snap_leave(SNAP_STATUS_OK);
}

/* Leaves in memory nothing that a program could not reach: so equal states have equal bytes, and no dead secret is saved. */
uint32_t snap_prepare_snapshot(void)
{
    if (snap_control.depth)
        return SNAP_STATUS_NOT_QUIESCENT;
    snap_raw_result_drop();
    snap_collect_realms();
    snap_clear_popped(snap_runtime);
    snap_buffer_wipe(&snap_input);
    snap_buffer_wipe(&snap_output);
    snap_buffer_wipe(&snap_host_spare);
    memset(snap_checks.open, 0, snap_checks.most * sizeof *snap_checks.open);
    snap_checks.count = snap_checks.most = 0;
    snap_control.input_length = snap_control.result_length = snap_control.result_flags = 0;
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
    snap_control.origin = 0;
    /* whether the host has looked at the pending calls is its own affair, and no state of the program */
    snap_control.events &= ~(uint32_t)(SNAP_EVENT_PENDING | SNAP_EVENT_UNANSWERED | SNAP_EVENT_UNDELIVERED);
    if (snap_control.pending)
        snap_control.events |= SNAP_EVENT_PENDING;
    return SNAP_STATUS_OK;
}

uint32_t snap_describe(void)
{
    static const struct { const char *name; int64_t value; } constants[] = {
#define SNAP_CONSTANT_ROW(name, value) { #name, value },
        SNAP_CONSTANTS(SNAP_CONSTANT_ROW)
    };
    static const struct { const char *type, *name; uint32_t offset; } fields[] = {
#define SNAP_CONTROL_ROW(type, name) { #type, #name, offsetof(struct snap_control, name) },
        SNAP_CONTROL_FIELDS(SNAP_CONTROL_ROW)
    };

    snap_enter();
    snap_put_map(&snap_output, 4);
    snap_put_name("abi_version");
    snap_put_int(&snap_output, SNAP_ABI_VERSION);
    snap_put_name("quickjs");
    snap_put_name(JS_GetVersion());
    snap_put_name("constants");
    snap_put_map(&snap_output, countof(constants));
    for (size_t i = 0; i < countof(constants); i++) {
        snap_put_name(constants[i].name);
        snap_put_int(&snap_output, constants[i].value);
    }
    snap_put_name("control");
    snap_put_array(&snap_output, countof(fields));
    for (size_t i = 0; i < countof(fields); i++) {
        snap_put_array(&snap_output, 3);
        snap_put_name(fields[i].type);
        snap_put_name(fields[i].name);
        snap_put_uint(&snap_output, fields[i].offset);
    }
    return snap_leave(SNAP_STATUS_OK);
}
