/* Modules that the host was asked for and has not answered. Each request is a pending call like every unanswered one, so that whoever restores
 * a snapshot may answer it. */

#define SNAP_IMPORT_NAME "<import>"   /* of the pending call */

/* A module that the host has been asked for. */
typedef struct snap_fetch {
    struct list_head link;
    struct list_head waits;
    JSContext *context;
    uint32_t id;
    JSValue name, attributes, importer;
} snap_fetch;

/* A graph that is on its way. */
typedef struct snap_load {
    struct list_head link;
    JSContext *context;
    JSModuleDef *root;       /* NULL until it has been fetched */
    JSModuleDef *arrived;    /* what has been fetched since the last walk: the next one goes on from there */
    int walk;                /* the mark of the modules that this load has been at; 0 until the first walk */
    JSValue settle[2];       /* of the promise of its namespace */
    JSValue error;           /* JS_UNINITIALIZED: none */
    uint32_t waiting;        /* how many snap_wait it has */
    bool is_due;             /* there is something to do for it */
    bool is_hosts;           /* the host wants the namespace at once, where it need not wait for it */
} snap_load;

/* An import of a graph that a fetch will satisfy. */
typedef struct snap_wait {
    struct list_head link;
    snap_load *load;
    JSModuleDef *importer;   /* NULL: what is fetched is the root */
    int request;
} snap_wait;

static struct list_head snap_fetches = LIST_HEAD_INIT(snap_fetches), snap_loads = LIST_HEAD_INIT(snap_loads);
static uint32_t snap_last_fetch;

/* NULL: there is none; throws without memory. */
static snap_fetch *snap_fetch_find(JSContext *ctx, JSValueConst name, JSValueConst attributes)
{
    struct list_head *element;

    list_for_each(element, &snap_fetches) {
        snap_fetch *fetch = list_entry(element, snap_fetch, link);
        if (fetch->context == ctx && JS_IsStrictEqual(ctx, fetch->name, name) && js_module_attributes_equal(ctx, fetch->attributes, attributes) > 0)
            return fetch;
    }
    return NULL;
}

/* NULL: it is not under way any more. */
static snap_fetch *snap_fetch_of_id(uint32_t id)
{
    struct list_head *element;

    list_for_each(element, &snap_fetches)
        if (list_entry(element, snap_fetch, link)->id == id)
            return list_entry(element, snap_fetch, link);
    return NULL;
}

static void snap_fetch_free(snap_fetch *fetch)
{
    JSContext *ctx = fetch->context;

    list_del(&fetch->link);
    JS_FreeValue(ctx, fetch->name);
    JS_FreeValue(ctx, fetch->attributes);
    JS_FreeValue(ctx, fetch->importer);
    JS_FreeContext(ctx);
    free(fetch);
}

/* Records the request as a call that the host has not answered; -1 and throws. */
static int snap_fetch_record(JSContext *ctx, const snap_fetch *fetch, JSValueConst specifier)
{
    JSValue call_name = JS_NewString(ctx, SNAP_IMPORT_NAME), id = JS_NewInt32(ctx, (int32_t)fetch->id), reactions[2], chained;
    JSValueConst attributes = JS_IsUndefined(fetch->attributes) ? JS_NULL : fetch->attributes;
    JSValueConst arguments[] = { specifier, fetch->importer, attributes, fetch->name };
    snap_pending_call *call = JS_IsException(call_name) ? NULL : snap_pending_add(ctx, call_name, 0, countof(arguments), arguments);

    JS_FreeValue(ctx, call_name);
    if (!call)
        return -1;
    for (int i = 0; i < 2; i++)
        reactions[i] = JS_NewCFunctionData(ctx, snap_fetch_settled, 1, i, 1, &id);
    chained = JS_IsException(reactions[0]) || JS_IsException(reactions[1]) ? JS_EXCEPTION : JS_PromiseThen(ctx, call->promise, reactions[0], reactions[1]);
    JS_FreeValue(ctx, reactions[0]);
    JS_FreeValue(ctx, reactions[1]);
    JS_FreeValue(ctx, chained);
    return JS_IsException(chained) ? -1 : 0;
}

/* The request for this name that is under way, or a new one; NULL and throws. The name is borrowed. */
static snap_fetch *snap_fetch_begin(JSContext *ctx, JSValueConst name, const snap_wanted *wanted)
{
    snap_fetch *fetch = snap_fetch_find(ctx, name, wanted->attributes);

    if (fetch || JS_HasException(ctx))
        return fetch;
    fetch = calloc(1, sizeof *fetch);
    if (!fetch) {
        snap_throw_no_memory(ctx);
        return NULL;
    }
    init_list_head(&fetch->waits);
    list_add_tail(&fetch->link, &snap_fetches);
    fetch->context = JS_DupContext(ctx);
    fetch->id = ++snap_last_fetch;
    fetch->name = JS_DupValue(ctx, name);
    fetch->attributes = JS_DupValue(ctx, wanted->attributes);
    fetch->importer = JS_DupValue(ctx, wanted->importer);
    if (snap_fetch_record(ctx, fetch, wanted->specifier) == 0)
        return fetch;
    snap_fetch_free(fetch);
    return NULL;
}

/* -1 and throws. */
static int snap_wait_add(snap_fetch *fetch, snap_load *load, JSModuleDef *importer, int request)
{
    snap_wait *wait = calloc(1, sizeof *wait);

    if (!wait) {
        snap_throw_no_memory(load->context);
        return -1;
    }
    *wait = (snap_wait){ .load = load, .importer = importer, .request = request };
    list_add_tail(&wait->link, &fetch->waits);
    load->waiting++;
    return 0;
}

/* Whether the host has been asked for this import already, by this load or another; then this one waits too. -1 and throws. */
static int snap_wait_join(snap_load *load, JSModuleDef *importer, int request)
{
    struct list_head *fetch_element, *element;
    snap_fetch *found = NULL;

    list_for_each(fetch_element, &snap_fetches) {
        snap_fetch *fetch = list_entry(fetch_element, snap_fetch, link);
        list_for_each(element, &fetch->waits) {
            const snap_wait *wait = list_entry(element, snap_wait, link);
            if (wait->importer != importer || wait->request != request)
                continue;
            if (wait->load == load)
                return 1;
            found = fetch;
        }
    }
    return !found ? 0 : snap_wait_add(found, load, importer, request) < 0 ? -1 : 1;
}
