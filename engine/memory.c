/* The engine's heap, limited.
 *
 * The engine carves small blocks from arenas of its own; what comes here are arenas and blocks above 512 bytes. So the count is of
 * whole arenas: what the heap holds, not what the program asked for. */
extern size_t malloc_usable_size(void *block);

/* The end of the limit is kept back, in two halves. The first opens when the engine makes its out-of-memory error, until the heap is well
 * below the reserve again: the error must be built, and caught, in it. Not at the first refusal, for the engine goes on after some. The
 * second opens for calls that find the heap full when they begin: so that the host can still run the code that lets go of something. */
#define SNAP_RESERVE (256 * 1024)   /* a first block of each of the 31 small sizes takes 1 KiB */

static struct {
    size_t used;
    size_t given;       /* what the baseline has taken of it, which does not count */
    size_t limit;       /* 0: none */
    size_t excess;      /* what was in use when the limit was set, if that was more */
    bool reserve_open;
    bool began_full;
    bool refused;       /* since the host's call began */
} snap_heap;

/* What counts towards the limit. */
static size_t snap_heap_counted(void)
{
    return snap_heap.used > snap_heap.given ? snap_heap.used - snap_heap.given : 0;
}

static size_t snap_heap_reserve(void)
{
    return snap_heap.limit / 4 < SNAP_RESERVE ? snap_heap.limit / 4 : SNAP_RESERVE;
}

/* Whether the next block could be the one that is refused. Not the reserve itself is the bound: a heap that refuses an arena may have
 * room for less than one below it. */
static bool snap_heap_is_full(void)
{
    return snap_heap.limit && snap_heap_counted() > snap_heap.limit - 2 * snap_heap_reserve();
}

/* Called when the host's outermost call begins. */
static void snap_heap_begin(void)
{
    snap_heap.refused = false;
    snap_heap.began_full = snap_heap_is_full();
    snap_heap.reserve_open |= snap_heap.began_full;
}

static size_t snap_heap_bound(void)
{
    size_t reserve = snap_heap_reserve();
    if (!snap_heap.limit)
        return SIZE_MAX;
    if (!snap_heap_is_full())
        snap_heap.reserve_open = false;
    if (!snap_heap.reserve_open)
        return snap_heap.limit - reserve;
    return snap_heap.began_full ? snap_heap.limit : snap_heap.limit - reserve / 2;
}

static bool snap_heap_admits(size_t size)
{
    size_t bound;
    bool is_for_error = snap_runtime && snap_runtime->in_out_of_memory;
    if (is_for_error)
        snap_heap.reserve_open = true;
    bound = snap_heap_bound();
    if (is_for_error && snap_heap.excess)   /* the error must be built also in a heap that was restored under a smaller limit */
        bound = snap_heap.excess + snap_heap_reserve() / 2;
    if (snap_heap_counted() <= bound && size <= bound - snap_heap_counted())
        return true;
    snap_heap.refused = true;
    return false;
}

static void *snap_heap_account(void *block)
{
    if (block)
        snap_heap.used += malloc_usable_size(block);
    else
        snap_heap.refused = true;
    return block;
}

static void *snap_heap_malloc(void *opaque, size_t size)
{
    (void)opaque;
    return snap_heap_admits(size) ? snap_heap_account(malloc(size)) : NULL;
}

static void *snap_heap_calloc(void *opaque, size_t count, size_t size)
{
    (void)opaque;
    return snap_heap_admits(count * size) ? snap_heap_account(calloc(count, size)) : NULL;  /* the engine has checked the product */
}

static void snap_heap_free(void *opaque, void *block)
{
    (void)opaque;
    if (block) {
        snap_heap.used -= malloc_usable_size(block);
        free(block);
    }
}

static void *snap_heap_realloc(void *opaque, void *block, size_t size)
{
    size_t old_size = block ? malloc_usable_size(block) : 0;
    void *resized;

    (void)opaque;
    if (size > old_size && !snap_heap_admits(size - old_size))
        return NULL;
    resized = realloc(block, size);
    if (resized)
        snap_heap.used += malloc_usable_size(resized) - old_size;
    else
        snap_heap.refused = true;
    return resized;
}

static size_t snap_heap_usable_size(const void *block)
{
    return malloc_usable_size((void *)block);
}

/* The C library has no memory left for something of ours. Returns JS_EXCEPTION. */
static JSValue snap_throw_no_memory(JSContext *ctx)
{
    JSValue exception = JS_ThrowOutOfMemory(ctx);
    snap_heap.refused = true;   /* at the end: guest code that made the error's stack could have called the host */
    return exception;
}

static const JSMallocFunctions snap_heap_functions = {
    snap_heap_calloc, snap_heap_malloc, snap_heap_free, snap_heap_realloc, snap_heap_usable_size,
};

/* The engine makes a SharedArrayBuffer that can grow only where the embedder allocates it. Clones share the data, so it is counted how many
 * objects have it. */
typedef struct snap_shared {
    size_t objects;
    _Alignas(8) uint8_t data[];
} snap_shared;

static snap_shared *snap_shared_of(void *data)
{
    return (snap_shared *)((uint8_t *)data - offsetof(snap_shared, data));
}

static void *snap_shared_alloc(void *opaque, size_t size)
{
    snap_shared *block = size <= SIZE_MAX - sizeof *block ? snap_heap_malloc(opaque, sizeof *block + size) : NULL;

    if (!block) {
        snap_throw_no_memory(snap_context);
        return NULL;
    }
    block->objects = 1;
    return block->data;
}

static void snap_shared_dup(void *opaque, void *data)
{
    (void)opaque;
    snap_shared_of(data)->objects++;
}

static void snap_shared_free(void *opaque, void *data)
{
    if (--snap_shared_of(data)->objects == 0)
        snap_heap_free(opaque, snap_shared_of(data));
}

static const JSSharedArrayBufferFunctions snap_shared_functions = {
    .sab_alloc = snap_shared_alloc, .sab_free = snap_shared_free, .sab_dup = snap_shared_dup,
};

void snap_set_memory_limit(uint32_t bytes)
{
    snap_heap.limit = bytes;
    snap_heap.excess = bytes && snap_heap_counted() > bytes ? snap_heap_counted() : 0;
    snap_heap.reserve_open = false;
}
