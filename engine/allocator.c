/* malloc, free, calloc and realloc of the guest: two-level segregated fit (Masmano, Ripoll, Crespo, Real: "TLSF", ECRTS 2004).
 *
 * The C library's own rounds every block up to a power of two and never joins free ones: it took twice the memory for the engine's
 * 4 KiB arenas. And it leaves freed bytes as they were. Here free memory is zero but for the links of its list; so a snapshot stores
 * none of it, holds no dead data, and equal histories leave equal bytes. */
#ifdef __wasm__

#define SNAP_GRAIN 16u                  /* sizes are multiples; block headers lie 8 bytes before a multiple, so that payloads are aligned */
#define SNAP_HEADER 8u
#define SNAP_FREE 1u
#define SNAP_LEVELS 25
#define SNAP_STEPS 16
#define SNAP_LARGEST 0x7fff0000u
#define SNAP_WASM_PAGE 65536u
#define SNAP_ROOM (4 * SNAP_WASM_PAGE)

typedef struct snap_block {
    uint32_t before;                    /* size of the block that ends here; 0: none */
    uint32_t size;                      /* header included; SNAP_FREE in the lowest bit */
    struct snap_block *next, *previous; /* only of a free block */
} snap_block;

static struct {
    uint32_t levels;                    /* bit: the level has a free block */
    uint32_t steps[SNAP_LEVELS];
    snap_block *lists[SNAP_LEVELS][SNAP_STEPS];
    snap_block *end;                    /* an empty block in use, behind the last one */
} snap_pool;

extern unsigned char __heap_base;

static uint32_t snap_block_size(const snap_block *block)
{
    return block->size & ~SNAP_FREE;
}

static snap_block *snap_block_after(const snap_block *block)
{
    return (snap_block *)((uint8_t *)block + snap_block_size(block));
}

static snap_block *snap_block_of(const void *payload)
{
    return (snap_block *)((uint8_t *)payload - SNAP_HEADER);
}

/* The list for free blocks of this size: below 256 bytes one a size, above 16 for each power of two. */
static void snap_block_list(uint32_t size, uint32_t *level, uint32_t *step)
{
    uint32_t power = 31 - (uint32_t)__builtin_clz(size);
    *level = power < 8 ? 0 : power - 7;
    *step = power < 8 ? size / SNAP_GRAIN : size >> (power - 4) & (SNAP_STEPS - 1);
}

static void snap_block_link(snap_block *block)
{
    uint32_t level, step;
    snap_block *first;

    snap_block_list(snap_block_size(block), &level, &step);
    first = snap_pool.lists[level][step];
    block->size |= SNAP_FREE;
    block->next = first;
    block->previous = NULL;
    if (first)
        first->previous = block;
    snap_pool.lists[level][step] = block;
    snap_pool.steps[level] |= 1u << step;
    snap_pool.levels |= 1u << level;
}

/* Takes the block off its list; afterwards its payload is zero. */
static void snap_block_unlink(snap_block *block)
{
    uint32_t level, step;

    snap_block_list(snap_block_size(block), &level, &step);
    if (block->next)
        block->next->previous = block->previous;
    if (block->previous)
        block->previous->next = block->next;
    else
        snap_pool.lists[level][step] = block->next;
    if (!snap_pool.lists[level][step]) {
        snap_pool.steps[level] &= ~(1u << step);
        if (!snap_pool.steps[level])
            snap_pool.levels &= ~(1u << level);
    }
    block->size &= ~SNAP_FREE;
    block->next = block->previous = NULL;
}

/* Joins two neighbours that are on no list; the second one's header becomes zero. */
static snap_block *snap_block_join(snap_block *block, snap_block *after)
{
    block->size += after->size;
    after->before = after->size = 0;
    snap_block_after(block)->before = block->size;
    return block;
}

/* Puts a block whose payload is zero among the free ones, joined with its neighbours. */
static void snap_block_release(snap_block *block)
{
    snap_block *after = snap_block_after(block);

    if (after->size & SNAP_FREE) {
        snap_block_unlink(after);
        snap_block_join(block, after);
    }
    if (block->before) {
        snap_block *before = (snap_block *)((uint8_t *)block - block->before);
        if (before->size & SNAP_FREE) {
            snap_block_unlink(before);
            block = snap_block_join(before, block);
        }
    }
    snap_block_link(block);
}

/* Cuts a block in use down to `size`; what is cut off must be zero. */
static void snap_block_trim(snap_block *block, uint32_t size)
{
    uint32_t rest = block->size - size;
    snap_block *cut;

    if (rest < 2 * SNAP_GRAIN)
        return;
    block->size = size;
    cut = snap_block_after(block);
    cut->before = size;
    cut->size = rest;
    snap_block_after(cut)->before = rest;
    snap_block_release(cut);
}

static snap_block *snap_pool_first(void)
{
    uint32_t start = ((uint32_t)(uintptr_t)&__heap_base + SNAP_GRAIN - 1) / SNAP_GRAIN * SNAP_GRAIN + SNAP_HEADER;
    return (snap_block *)(uintptr_t)start;
}

static void snap_pool_initialize(void)
{
    uint32_t end = (uint32_t)__builtin_wasm_memory_size(0) * SNAP_WASM_PAGE;
    snap_block *first = snap_pool_first();

    snap_pool.end = (snap_block *)(uintptr_t)(end - SNAP_HEADER);
    first->size = (uint32_t)((uint8_t *)snap_pool.end - (uint8_t *)first);
    snap_pool.end->before = first->size;
    snap_block_link(first);
}

/* More linear memory, as a free block of at least this size. */
static bool snap_pool_grow(uint32_t size)
{
    uint32_t pages = (size + SNAP_GRAIN + SNAP_WASM_PAGE - 1) / SNAP_WASM_PAGE;
    snap_block *block = snap_pool.end;
    uint32_t before = block->before;

    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1)
        return false;
    block->size = pages * SNAP_WASM_PAGE;
    block->before = before;
    snap_pool.end = snap_block_after(block);
    snap_pool.end->before = block->size;
    snap_pool.end->size = 0;
    snap_block_release(block);
    return true;
}

/* A free block of at least this size, off its list; NULL: there is none. */
static snap_block *snap_pool_find(uint32_t size)
{
    uint32_t level, step, steps, rounded = size;
    snap_block *block;

    if (size >= 256)
        rounded += (1u << (31 - (uint32_t)__builtin_clz(size) - 4)) - 1;   /* so that every block of the list is large enough */
    snap_block_list(rounded, &level, &step);
    steps = snap_pool.steps[level] & (~0u << step);
    if (!steps) {
        uint32_t levels = level + 1 < SNAP_LEVELS ? snap_pool.levels & (~0u << (level + 1)) : 0;
        if (!levels)
            return NULL;
        level = (uint32_t)__builtin_ctz(levels);
        steps = snap_pool.steps[level];
    }
    block = snap_pool.lists[level][__builtin_ctz(steps)];
    snap_block_unlink(block);
    return block;
}

/* The size of a block for this payload; 0: too large. */
static uint32_t snap_block_needed(size_t payload)
{
    if (payload > SNAP_LARGEST)
        return 0;
    return ((uint32_t)payload + SNAP_HEADER + SNAP_GRAIN - 1) / SNAP_GRAIN * SNAP_GRAIN;
}

/* Gives up the holes, so that what is allocated from now on lies together, behind what there is; and makes room there, so that a program that
 * needs little memory does not have it grow. */
static void snap_pool_settle(void)
{
    snap_block *last = (snap_block *)((uint8_t *)snap_pool.end - snap_pool.end->before);

    for (snap_block *block = snap_pool_first(); block != last; block = snap_block_after(block))
        if (block->size & SNAP_FREE)
            snap_block_unlink(block);
    if (!(last->size & SNAP_FREE) || last->size < SNAP_ROOM)
        snap_pool_grow(SNAP_ROOM);
}

/* The memory is zero. */
void *malloc(size_t payload)
{
    uint32_t size = snap_block_needed(payload);
    snap_block *block;

    if (!snap_pool.end)
        snap_pool_initialize();
    if (!size)
        return NULL;
    block = snap_pool_find(size);
    if (!block) {
        uint32_t slack = size >= 256 ? size / SNAP_STEPS : 0;   /* the search rounds up by so much */
        if (!snap_pool_grow(size + slack))
            return NULL;
        block = snap_pool_find(size);
    }
    snap_block_trim(block, size);
    return (uint8_t *)block + SNAP_HEADER;
}

/* As malloc, whose blocks are aligned to 16 bytes. */
void *aligned_alloc(size_t alignment, size_t payload)
{
    size_t most;
    uint32_t address, aligned;
    snap_block *block, *cut;

    if (__builtin_add_overflow(payload, alignment + 2 * SNAP_GRAIN, &most))
        return NULL;
    if (alignment <= SNAP_GRAIN)
        return malloc(payload);
    block = malloc(most);
    if (!block)
        return NULL;
    address = (uint32_t)(uintptr_t)block;
    block = snap_block_of(block);
    if (address % alignment) {
        aligned = (address + 2 * SNAP_GRAIN + alignment - 1) / alignment * alignment;   /* what is before it is a block, too */
        cut = snap_block_of((void *)(uintptr_t)aligned);
        cut->before = aligned - address;
        cut->size = block->size - cut->before;
        snap_block_after(cut)->before = cut->size;
        block->size = cut->before;
        snap_block_release(block);
        block = cut;
    }
    snap_block_trim(block, snap_block_needed(payload));
    return (uint8_t *)block + SNAP_HEADER;
}

void *calloc(size_t count, size_t size)
{
    size_t payload;
    return __builtin_mul_overflow(count, size, &payload) ? NULL : malloc(payload);
}

void free(void *payload)
{
    if (payload) {
        snap_block *block = snap_block_of(payload);
        memset(payload, 0, block->size - SNAP_HEADER);
        snap_block_release(block);
    }
}

size_t malloc_usable_size(void *payload)
{
    return payload ? snap_block_of(payload)->size - SNAP_HEADER : 0;
}

/* Where the neighbour behind is free and large enough, a block grows in place. */
static bool snap_block_extend(snap_block *block, uint32_t size)
{
    snap_block *after = snap_block_after(block);

    if (!(after->size & SNAP_FREE) || block->size + snap_block_size(after) < size)
        return false;
    snap_block_unlink(after);
    snap_block_join(block, after);
    snap_block_trim(block, size);
    return true;
}

void *realloc(void *payload, size_t new_payload)
{
    uint32_t size = snap_block_needed(new_payload);
    snap_block *block;
    void *moved;

    if (!payload)
        return malloc(new_payload);
    if (!size)
        return NULL;
    block = snap_block_of(payload);
    if (size <= block->size) {
        memset((uint8_t *)payload + new_payload, 0, block->size - SNAP_HEADER - new_payload);
        snap_block_trim(block, size);
        return payload;
    }
    if (snap_block_extend(block, size))
        return payload;
    moved = malloc(new_payload);
    if (moved) {
        memcpy(moved, payload, block->size - SNAP_HEADER);
        free(payload);
    }
    return moved;
}

#else

static void snap_pool_settle(void)
{
}

#endif
