/* What one encoding keeps: the containers met so far, the handles made, and where in the value it is. Calls nest (a getter may call the
 * host), so all of it is on the C stack or in memory that is freed at the end. */
#define SNAP_FEW 16   /* containers and handles without an allocation */
#define SNAP_TEXT_SIZE 320

/* One step into the value. Each container has one on the C stack, and sets it for each member. */
typedef struct snap_path {
    const struct snap_path *up;
    enum { SNAP_STEP_INDEX, SNAP_STEP_ATOM, SNAP_STEP_FIELD, SNAP_STEP_MEMBER } kind;
    uint32_t index;
    JSAtom atom;
    const char *field;   /* of FIELD, its name; of MEMBER, what the index counts */
} snap_path;

/* The containers met, in order: the index is the number. Each is kept alive, or a getter could free it and another take
 * its address. `slots` finds the index by the pointer (plus 1; 0 is free). */
typedef struct snap_seen {
    JSObject **objects;   /* NULL: a number that belongs to no object */
    uint32_t *slots;
    uint32_t count, capacity;
    JSObject *few_objects[SNAP_FEW];
    uint32_t few_slots[SNAP_FEW * 2];
} snap_seen;

typedef struct snap_encoder {
    JSContext *ctx;
    snap_buffer *out;
    const snap_path *path;
    size_t start;            /* of the message in `out` */
    uint32_t depth;
    uint32_t runs;           /* how often guest code may have run */
    uint32_t status;         /* once something has failed */
    bool has_references;
    bool is_tolerant;        /* of an error: a field that cannot be converted is left out */
    snap_seen seen;
    snap_handle *handles, few_handles[SNAP_FEW];
    uint32_t handle_count, handle_capacity;
    char text[SNAP_TEXT_SIZE];   /* of STATUS_CONVERSION */
} snap_encoder;

static void snap_seen_begin(snap_seen *seen)
{
    seen->objects = seen->few_objects;
    seen->slots = seen->few_slots;
    seen->capacity = SNAP_FEW;
}

static void snap_encoder_begin(snap_encoder *e, JSContext *ctx, snap_buffer *out)
{
    memset(e, 0, offsetof(snap_encoder, text));
    e->ctx = ctx;
    e->out = out;
    e->start = out->size;
    snap_seen_begin(&e->seen);
    e->handles = e->few_handles;
    e->handle_capacity = SNAP_FEW;
}

static bool snap_threw(snap_encoder *e)
{
    e->status = SNAP_STATUS_EXCEPTION;
    return false;
}

/* The C library has no memory left. */
static bool snap_no_memory(snap_encoder *e)
{
    snap_throw_no_memory(e->ctx);
    return snap_threw(e);
}

/* ---- containers met ---- */

static uint32_t *snap_seen_slot(const snap_seen *seen, const JSObject *object)
{
    uint32_t mask = seen->capacity * 2 - 1;
    uint32_t at = ((uint32_t)((uintptr_t)object >> 3) * 2654435761u) >> 7 & mask;

    while (seen->slots[at] && seen->objects[seen->slots[at] - 1] != object)
        at = (at + 1) & mask;
    return &seen->slots[at];
}

static bool snap_seen_grow(snap_seen *seen)
{
    uint32_t capacity = seen->capacity * 4;
    JSObject **objects = malloc(capacity * sizeof *objects);
    uint32_t *slots = calloc((size_t)capacity * 2, sizeof *slots);

    if (!objects || !slots) {
        free(objects);
        free(slots);
        return false;
    }
    memcpy(objects, seen->objects, seen->count * sizeof *objects);
    if (seen->objects != seen->few_objects) {
        free(seen->objects);
        free(seen->slots);
    }
    seen->objects = objects;
    seen->slots = slots;
    seen->capacity = capacity;
    for (uint32_t i = 0; i < seen->count; i++)
        if (objects[i])
            *snap_seen_slot(seen, objects[i]) = i + 1;
    return true;
}

/* Gives the next number to the object, or with NULL to nothing. Returns 1, or 0 when the object has one already (*number), or -1
 * without memory. */
static int snap_seen_add(snap_seen *seen, JSObject *object, uint32_t *number)
{
    uint32_t *slot;

    if (seen->count == seen->capacity && !snap_seen_grow(seen))
        return -1;
    if (object) {
        slot = snap_seen_slot(seen, object);
        if (*slot) {
            *number = *slot - 1;
            return 0;
        }
        js_dup(JS_MKPTR(JS_TAG_OBJECT, object));
        *slot = seen->count + 1;
    }
    seen->objects[seen->count++] = object;
    return 1;
}

/* Forgets the latest, down to `count`. In reverse of the order of their coming, so that clearing a slot breaks no chain. */
static void snap_seen_forget(JSContext *ctx, snap_seen *seen, uint32_t count)
{
    while (seen->count > count) {
        JSObject *object = seen->objects[seen->count - 1];
        if (object) {
            *snap_seen_slot(seen, object) = 0;
            JS_FreeValue(ctx, JS_MKPTR(JS_TAG_OBJECT, object));
        }
        seen->count--;
    }
}

static void snap_seen_free(JSContext *ctx, snap_seen *seen)
{
    for (uint32_t i = 0; i < seen->count; i++)
        if (seen->objects[i])
            JS_FreeValue(ctx, JS_MKPTR(JS_TAG_OBJECT, seen->objects[i]));
    if (seen->objects != seen->few_objects) {
        free(seen->objects);
        free(seen->slots);
    }
}

/* ---- handles ---- */

/* A new handle, which is given back should the encoding fail. 0: it has failed. */
static snap_handle snap_encoder_handle(snap_encoder *e, JSValueConst value)
{
    snap_handle handle;

    if (e->handle_count == e->handle_capacity) {
        uint32_t capacity = e->handle_capacity * 4;
        snap_handle *handles = malloc(capacity * sizeof *handles);
        if (!handles) {
            snap_no_memory(e);
            return 0;
        }
        memcpy(handles, e->handles, e->handle_count * sizeof *handles);
        if (e->handles != e->few_handles)
            free(e->handles);
        e->handles = handles;
        e->handle_capacity = capacity;
    }
    handle = snap_handle_new(e->ctx, value);
    if (handle)
        e->handles[e->handle_count++] = handle;
    else
        snap_threw(e);
    return handle;
}

/* ---- going back ---- */

typedef struct snap_mark {
    size_t size;
    uint32_t containers, handles;
    bool has_references;
} snap_mark;

static snap_mark snap_encoder_mark(const snap_encoder *e)
{
    return (snap_mark){ e->out->size, e->seen.count, e->handle_count, e->has_references };
}

/* Undoes what was written since. */
static void snap_encoder_return(snap_encoder *e, snap_mark mark)
{
    while (e->handle_count > mark.handles)
        snap_handle_drop(e->handles[--e->handle_count]);
    snap_seen_forget(e->ctx, &e->seen, mark.containers);
    e->out->size = mark.size;
    e->has_references = mark.has_references;
}

/* Ends the encoding: it failed, or `is_written`. Returns the status. */
static uint32_t snap_encoder_end(snap_encoder *e, bool is_written, bool *has_references)
{
    if (e->out->failed && e->status != SNAP_STATUS_EXCEPTION)
        is_written = snap_no_memory(e);
    if (!is_written) {
        snap_encoder_return(e, (snap_mark){ .size = e->start });
        if (e->status == SNAP_STATUS_CONVERSION)
            snap_put_text(e->out, e->text, strlen(e->text));
    } else {
        *has_references |= e->has_references;
    }
    snap_seen_free(e->ctx, &e->seen);
    if (e->handles != e->few_handles)
        free(e->handles);
    return is_written ? SNAP_STATUS_OK : e->status;
}
