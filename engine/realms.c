/* Realms: a global object and intrinsics of its own each, in one heap. ECMA-262, "Realms". The first is the VM's own; the host holds the others
 * by number, and they live through a snapshot. A realm that was closed goes when nothing refers to it any more. */
typedef struct snap_realm_record {
    snap_record record;
    JSContext *context;
    struct snap_realm_record *next_retired;   /* of those that were closed */
    bool is_tried;
} snap_realm_record;

static snap_table snap_realms;

static uint64_t snap_first_seed;   /* no initial value, which would be on another page than what every VM writes to */

static JSContext *snap_realm(uint32_t id)
{
    const snap_realm_record *realm;

    if (!id)
        return snap_context;
    realm = (const snap_realm_record *)snap_table_find(&snap_realms, id);
    return realm ? realm->context : NULL;
}

typedef int snap_intrinsic_function(JSContext *ctx);

static int snap_add_intrinsics(JSContext *ctx, uint32_t intrinsics)
{
    static const struct { uint32_t bit; snap_intrinsic_function *add; } table[] = {
        { SNAP_INTRINSIC_DATE, JS_AddIntrinsicDate }, { SNAP_INTRINSIC_EVAL, JS_AddIntrinsicEval },
        { SNAP_INTRINSIC_REGEXP, JS_AddIntrinsicRegExp }, { SNAP_INTRINSIC_JSON, JS_AddIntrinsicJSON },
        { SNAP_INTRINSIC_PROXY, JS_AddIntrinsicProxy }, { SNAP_INTRINSIC_MAP_SET, JS_AddIntrinsicMapSet },
        { SNAP_INTRINSIC_TYPED_ARRAYS, JS_AddIntrinsicTypedArrays }, { SNAP_INTRINSIC_PROMISE, JS_AddIntrinsicPromise },
        { SNAP_INTRINSIC_WEAK_REF, JS_AddIntrinsicWeakRef }, { SNAP_INTRINSIC_DOM_EXCEPTION, JS_AddIntrinsicDOMException },
        { SNAP_INTRINSIC_ATOB_BTOA, snap_add_base64 },
    };

    if (intrinsics & SNAP_INTRINSIC_ATOB_BTOA)
        intrinsics |= SNAP_INTRINSIC_DOM_EXCEPTION;   /* which they throw; the engine adds it in a runtime's first realm only */
    if (JS_AddIntrinsicBaseObjects(ctx) < 0)
        return -1;
    for (size_t i = 0; i < countof(table); i++)
        if ((intrinsics & table[i].bit) && table[i].add(ctx) < 0)
            return -1;
    return 0;
}

/* The engine's own allocations for a context must not fail: it does not undo all of them. Whether there was room is asked afterwards. */
static JSContext *snap_raw_context(void)
{
    size_t limit = snap_heap.limit;
    JSContext *ctx;

    snap_heap.limit = 0;
    ctx = JS_NewContextRaw(snap_runtime);
    snap_heap.limit = limit;
    if (ctx && !snap_heap_admits(0)) {
        JS_FreeContext(ctx);
        return NULL;
    }
    return ctx;
}

/* NULL without memory; an exception may be set. */
static JSContext *snap_realm_context(uint32_t intrinsics, uint32_t web)
{
    JSContext *ctx = snap_raw_context();

    if (!ctx)
        return NULL;
    if (snap_add_intrinsics(ctx, intrinsics) == 0) {
        bool is_first = !snap_context, has_scripts = (SNAP_WEB_SCRIPTS_NEED & ~intrinsics) == 0;
        snap_compile_initialize(ctx);
        /* before the web platform is made, which then lies in the memory that compiling has taken */
        if ((!is_first || !has_scripts || snap_reactor_compile(ctx) == 0) && snap_add_web(ctx, intrinsics, web) == 0)
            return ctx;
    }
    JS_FreeContext(ctx);
    return NULL;
}

/* ---- time and chance ---- */

/* Where performance.timeOrigin of the VM's own realm lies, until snap_begin has set it. To look for it there would write to three pages of
 * memory, which new VMs then would not share. */
static JSValue *snap_time_origin;

/* Where performance.timeOrigin lies in a realm that has run nothing; NULL: there is none. */
static JSValue *snap_realm_time_origin(JSContext *ctx)
{
    JSValue performance = JS_GetPropertyStr(ctx, ctx->global_obj, "performance");
    JSProperty *property = NULL;

    if (JS_IsObject(performance)) {
        JSAtom name = JS_NewAtom(ctx, "timeOrigin");
        find_own_property(&property, JS_VALUE_GET_OBJ(performance), name);
        JS_FreeAtom(ctx, name);
    }
    JS_FreeValue(ctx, performance);
    snap_forget_exception(ctx);   /* without memory the name stays unknown */
    return property ? &property->u.value : NULL;
}

/* performance.timeOrigin is now, though it is read-only. */
static void snap_realm_start_clock(JSContext *ctx, JSValue *time_origin, double now)
{
    ctx->time_origin = now;
    if (time_origin)
        *time_origin = JS_NewFloat64(ctx, now);
}

/* Every realm draws from a sequence of its own, so that the numbers of one do not tell those of another apart from the seed. */
static void snap_realm_seed(JSContext *ctx, uint32_t id)
{
    uint64_t state = snap_first_seed + id * 0x9e3779b97f4a7c15u;   /* SplitMix64's increment; the main realm takes the seed as it is */

    if (id) {
        state = (state ^ state >> 30) * 0xbf58476d1ce4e5b9u;
        state = (state ^ state >> 27) * 0x94d049bb133111ebu;
        state ^= state >> 31;
    }
    ctx->random_state = state ? state : 1;
}

void snap_seed(uint64_t seed)
{
    snap_first_seed = seed;
    if (!snap_control.token_key)
        snap_control.token_key = (uint32_t)(seed ^ seed >> 32) | 1;
    snap_realm_seed(snap_context, 0);
    for (uint32_t i = 0; i < snap_realms.count; i++)
        snap_realm_seed(((const snap_realm_record *)snap_realms.records[i])->context, snap_realms.records[i]->id);
}

void snap_begin(uint64_t seed)
{
    snap_seed(seed);
    snap_control.latest_time = -INFINITY;
    snap_realm_start_clock(snap_context, snap_time_origin, snap_now());
    snap_time_origin = NULL;
}

/* ---- their lives ---- */

/* The engine counts on a context to outlive what it enqueues and every FinalizationRegistry. So a realm that was closed is kept here until
 * nothing of that kind is left. */
#define SNAP_RETIRED_MOST 16   /* looking for what is left takes a whole collection */

static struct {
    snap_realm_record *first;
    uint32_t count;
} snap_retired;

static bool snap_has_jobs_of(const JSContext *ctx)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->job_list)
        if (list_entry(element, JSJobEntry, link)->ctx == ctx)
            return true;
    return false;
}

static bool snap_is_context(const JSContext *ctx)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->context_list)
        if (list_entry(element, JSContext, link) == ctx)
            return true;
    return false;
}

/* Registries enqueue their callbacks in the VM's own realm from now on; a callback brings its realm along. */
static void snap_redirect_registries(const JSContext *ctx)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->gc_obj_list) {
        JSGCObjectHeader *header = list_entry(element, JSGCObjectHeader, link);
        JSObject *object = (JSObject *)header;
        JSFinalizationRegistryData *registry;

        if (JS_GC_TYPE(header) != JS_GC_OBJ_TYPE_JS_OBJECT || object->class_id != JS_CLASS_FINALIZATION_REGISTRY)
            continue;
        registry = object->u.opaque;
        if (registry && registry->ctx == ctx)
            registry->ctx = snap_context;
    }
}

/* So do those that have enqueued one while they were collected together with their realm. */
static void snap_redirect_jobs(void)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->job_list) {
        JSJobEntry *job = list_entry(element, JSJobEntry, link);
        if (!snap_is_context(job->ctx))
            job->ctx = snap_context;
    }
}

static void snap_forget_modules(JSCFunctionDataRecord *record)
{
    for (int i = 0; i < record->data_len; i++)
        if (JS_VALUE_GET_TAG(record->data[i]) == JS_TAG_MODULE) {
            JS_FreeValueRT(snap_runtime, record->data[i]);
            record->data[i] = JS_UNDEFINED;
        }
}

/* As JS_RunGC(), which frees the modules of a realm before the functions that wait for them to go on. So these let go of them, once it is
 * known that they are garbage. */
static void snap_collect_cycles(void)
{
    struct list_head *element;

    gc_decref(snap_runtime);
    gc_scan(snap_runtime);
    list_for_each(element, &snap_runtime->tmp_obj_list) {
        JSGCObjectHeader *header = list_entry(element, JSGCObjectHeader, link);
        JSObject *object = (JSObject *)header;
        if (JS_GC_TYPE(header) == JS_GC_OBJ_TYPE_JS_OBJECT && object->class_id == JS_CLASS_C_FUNCTION_DATA && object->u.c_function_data_record)
            snap_forget_modules(object->u.c_function_data_record);
    }
    gc_free_cycles(snap_runtime);
}

/* Collects, and with what is garbage those closed realms that nothing refers to. A realm dies nowhere else, and only between the calls of the
 * host: so the realm of code that runs stays, though the host may close it meanwhile. */
static void snap_collect_realms(void)
{
    for (snap_realm_record *realm = snap_retired.first; realm; realm = realm->next_retired) {
        realm->is_tried = !snap_control.depth && !snap_has_jobs_of(realm->context);
        if (realm->is_tried)
            snap_redirect_registries(realm->context);
    }
    for (snap_realm_record *realm = snap_retired.first; realm; realm = realm->next_retired)
        if (realm->is_tried)
            JS_FreeContext(realm->context);
    snap_collect_cycles();
    for (snap_realm_record **link = &snap_retired.first; *link;) {
        snap_realm_record *realm = *link;
        if (realm->is_tried && !snap_is_context(realm->context)) {
            *link = realm->next_retired;
            snap_retired.count--;
            free(realm);
            continue;
        }
        if (realm->is_tried)
            JS_DupContext(realm->context);
        link = &realm->next_retired;
    }
    snap_redirect_jobs();
}

static void snap_retire(snap_realm_record *realm)
{
    realm->next_retired = snap_retired.first;
    snap_retired.first = realm;
    snap_retired.count++;
}

uint32_t snap_realm_new(uint32_t intrinsics, uint32_t web)
{
    snap_realm_record *realm = calloc(1, sizeof *realm);

    snap_enter();
    if (realm)
        realm->context = snap_realm_context(intrinsics, web);
    if (!realm || !realm->context || !snap_table_add(&snap_realms, &realm->record)) {
        if (realm && realm->context)
            JS_FreeContext(realm->context);
        free(realm);
        snap_forget_exception(snap_context);   /* of a realm that is not there */
        JS_RunGC(snap_runtime);                /* what was made of it would fill the heap */
        snap_throw_no_memory(snap_context);
        return snap_leave(snap_result_exception(snap_context));
    }
    snap_realm_start_clock(realm->context, snap_realm_time_origin(realm->context), snap_now());
    snap_realm_seed(realm->context, realm->record.id);
    snap_buffer_clear(&snap_output);
    snap_put_uint(&snap_output, realm->record.id);
    return snap_leave(SNAP_STATUS_OK);
}

/* What was exposed there no longer keeps it; whoever holds one of these functions goes on to call the host. */
static void snap_realm_drop_functions(uint32_t id)
{
    for (uint32_t i = 0; i < snap_hosts.count; i++) {
        JSValue function = snap_hosts.entries[i].function;
        if (snap_hosts.entries[i].realm != id || snap_hosts.entries[i].reference)
            continue;
        snap_hosts.entries[i].function = JS_UNDEFINED;
        JS_FreeValue(snap_context, function);
    }
}

uint32_t snap_realm_close(uint32_t id)
{
    snap_realm_record *realm = (snap_realm_record *)snap_table_find(&snap_realms, id);

    if (!realm)
        return SNAP_STATUS_INVALID;
    snap_table_remove(&snap_realms, &realm->record);
    snap_realm_drop_functions(id);
    snap_retire(realm);
    if (snap_retired.count >= SNAP_RETIRED_MOST && !snap_control.depth)
        snap_collect_realms();
    return SNAP_STATUS_OK;
}

uint32_t snap_realm_list(void)
{
    snap_enter();
    snap_put_array(&snap_output, snap_realms.count);
    for (uint32_t i = 0; i < snap_realms.count; i++)
        snap_put_uint(&snap_output, snap_realms.records[i]->id);
    return snap_leave(SNAP_STATUS_OK);
}

void snap_collect(void)
{
    snap_collect_realms();
}
