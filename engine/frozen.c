/* What the baseline holds: the language and the web platform. All VMs share it, so it is nobody's: the collector passes over its objects
 * (engine/patches/frozen-objects.toml), and it counts neither towards the heap's limit nor towards the next collection. */
static struct list_head snap_frozen;   /* linked like gc_obj_list, arrays first */

#define SNAP_GC_THRESHOLD (256 * 1024)   /* as the engine has it when it is new */

static size_t snap_frozen_size;        /* of the bytes that the engine counts */

/* Puts all members of a list in front of another, which is then where they are. */
static void snap_list_join(struct list_head *members, struct list_head *list)
{
    if (list_empty(members))
        return;
    members->prev->next = list->next;
    list->next->prev = members->prev;
    list->next = members->next;
    members->next->prev = list;
}

/* Undoes it: the members still know the ends of their list. */
static void snap_list_part(struct list_head *members, struct list_head *list)
{
    if (list_empty(members))
        return;
    list->next = members->prev->next;
    list->next->prev = list;
    members->next->prev = members;
    members->prev->next = members;
}

/* What a program allocates is to lie together: in holes between the frozen objects it would write to many pages. So arenas count as full as
 * long as nothing in them is freed, and there is a new one for each size of block, with one block taken, so that it is not given back. */
static void *snap_frozen_blocks[JS_ARENA_BLOCK_SIZE_COUNT];

static void snap_freeze_arenas(JSRuntime *rt)
{
    struct list_head *element, *next;

    snap_pool_settle();
    for (int i = 0; i < JS_ARENA_BLOCK_SIZE_COUNT; i++) {
        list_for_each_safe(element, next, &rt->arena_state.free_arena_list[i]) {
            JSArena *arena = list_entry(element, JSArena, free_link);
            arena->n_blocks = arena->n_used_blocks;
            list_del(&arena->free_link);
        }
        snap_frozen_blocks[i] = js_malloc_rt(rt, arena_block_sizes[i] - sizeof(JSMallocBlockHeader));
    }
}

static bool snap_is_array(const JSGCObjectHeader *header)
{
    return JS_GC_TYPE(header) == JS_GC_OBJ_TYPE_JS_OBJECT && ((const JSObject *)header)->class_id == JS_CLASS_ARRAY;
}

/* The realm of new VMs is complete. */
static void snap_freeze(JSRuntime *rt)
{
    struct list_head *element, *next;

    list_for_each_safe(element, next, &rt->gc_obj_list) {
        JSGCObjectHeader *header = list_entry(element, JSGCObjectHeader, link);
        js_rc(header)->frozen = 1;
        list_del(element);
        if (snap_is_array(header))
            list_add(element, &snap_frozen);
        else
            list_add_tail(element, &snap_frozen);
    }
    snap_freeze_arenas(rt);
    snap_heap.given = snap_heap.used;
    snap_frozen_size = rt->malloc_state.malloc_size;
    snap_set_gc_threshold(SNAP_GC_THRESHOLD);
}

/* Values that were popped stay behind the end of an array. */
static void snap_clear_popped_of(JSObject *array)
{
    if (array->fast_array && array->u.array.u1.size > array->u.array.count)
        memset(array->u.array.u.values + array->u.array.count, 0, (array->u.array.u1.size - array->u.array.count) * sizeof(JSValue));
}

static void snap_clear_popped(JSRuntime *rt)
{
    struct list_head *element;

    list_for_each(element, &rt->gc_obj_list) {
        JSGCObjectHeader *header = list_entry(element, JSGCObjectHeader, link);
        if (snap_is_array(header))
            snap_clear_popped_of((JSObject *)header);
    }
    list_for_each(element, &snap_frozen) {
        JSGCObjectHeader *header = list_entry(element, JSGCObjectHeader, link);
        if (!snap_is_array(header))
            break;
        snap_clear_popped_of((JSObject *)header);
    }
}

static void snap_compute_memory_usage(JSRuntime *rt, JSMemoryUsage *usage)
{
    snap_list_join(&snap_frozen, &rt->gc_obj_list);
    JS_ComputeMemoryUsage(rt, usage);
    snap_list_part(&snap_frozen, &rt->gc_obj_list);
}

void snap_set_gc_threshold(uint32_t bytes)
{
    size_t threshold;

    if (!bytes || __builtin_add_overflow(snap_frozen_size, bytes, &threshold))
        threshold = SIZE_MAX;   /* no heap is as large */
    JS_SetGCThreshold(snap_runtime, threshold);
}

uint32_t snap_get_gc_threshold(void)
{
    size_t threshold = JS_GetGCThreshold(snap_runtime);
    return threshold == SIZE_MAX ? 0 : (uint32_t)(threshold - snap_frozen_size);
}
