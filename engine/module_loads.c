/* Loading: asking for modules until a graph is complete, then linking and evaluating it. ECMA-262, "LoadRequestedModules". */

#define SNAP_WALK_FIRST (1 << 20)
static int snap_walk = SNAP_WALK_FIRST;   /* marks the modules that a walk has met, and is no index that linking gives */

static int snap_walk_new(void)
{
    return snap_walk = snap_walk < INT32_MAX ? snap_walk + 1 : SNAP_WALK_FIRST;
}

static void snap_load_free(snap_load *load)
{
    JSContext *ctx = load->context;
    struct list_head *fetch_element, *element, *next;

    list_for_each(fetch_element, &snap_fetches)
        list_for_each_safe(element, next, &list_entry(fetch_element, snap_fetch, link)->waits) {
            snap_wait *wait = list_entry(element, snap_wait, link);
            if (wait->load == load) {
                list_del(element);
                free(wait);
            }
        }
    list_del(&load->link);
    JS_FreeValue(ctx, load->settle[0]);
    JS_FreeValue(ctx, load->settle[1]);
    JS_FreeValue(ctx, load->error);
    JS_FreeContext(ctx);
    free(load);
}

/* The settling functions are borrowed; NULL and throws. */
static snap_load *snap_load_new(JSContext *ctx, JSValueConst *settle)
{
    snap_load *load = calloc(1, sizeof *load);

    if (!load) {
        snap_throw_no_memory(ctx);
        return NULL;
    }
    load->context = JS_DupContext(ctx);
    load->settle[0] = JS_DupValue(ctx, settle[0]);
    load->settle[1] = JS_DupValue(ctx, settle[1]);
    load->error = JS_UNINITIALIZED;
    list_add_tail(&load->link, &snap_loads);
    return load;
}

/* Whether a sweep has to keep what this module imports. */
static bool snap_module_is_kept(const JSModuleDef *module)
{
    return module->status > JS_MODULE_STATUS_LINKED || module->dfs_index == snap_walk;
}

/* Frees the modules that no evaluation has come to, unless a load is at them: nothing half-loaded stays behind. Needs no memory. */
static void snap_modules_sweep(JSContext *ctx)
{
    struct list_head *element, *next;
    bool has_grown = true;

    snap_walk_new();
    list_for_each(element, &snap_loads) {
        snap_load *load = list_entry(element, snap_load, link);
        if (load->context == ctx && load->root && load->root->status <= JS_MODULE_STATUS_LINKED)
            load->root->dfs_index = snap_walk;
    }
    while (has_grown) {
        has_grown = false;
        list_for_each(element, &ctx->loaded_modules) {
            JSModuleDef *module = list_entry(element, JSModuleDef, link);
            for (int i = 0; snap_module_is_kept(module) && i < module->req_module_entries_count; i++) {
                JSModuleDef *imported = module->req_module_entries[i].module;
                if (!imported || snap_module_is_kept(imported))
                    continue;
                imported->dfs_index = snap_walk;
                has_grown = true;
            }
        }
    }
    list_for_each_safe(element, next, &ctx->loaded_modules) {
        JSModuleDef *module = list_entry(element, JSModuleDef, link);
        if (!snap_module_is_kept(module))
            js_free_module_def(ctx, module);
    }
}

/* A load that has failed ends, and with it what only it has loaded. */
static void snap_load_drop(snap_load *load)
{
    JSContext *ctx = load->context;

    snap_load_free(load);
    snap_modules_sweep(ctx);
}

/* The exception that is being thrown becomes the load's; it ends. */
static void snap_load_fail(snap_load *load)
{
    JSContext *ctx = load->context;
    JSValue error = JS_GetException(ctx), reject = JS_DupValue(ctx, load->settle[1]);

    snap_load_drop(load);
    JS_FreeValue(ctx, JS_Call(ctx, reject, JS_UNDEFINED, 1, &error));
    JS_FreeValue(ctx, error);
    JS_FreeValue(ctx, reject);
}

/* The module is what this import of the graph has led to; without an importer, it is the root. */
static void snap_load_arrive(snap_load *load, JSModuleDef *importer, int request, JSModuleDef *module)
{
    JSModuleDef **place = importer ? &importer->req_module_entries[request].module : &load->root;

    if (!*place)   /* else the host has imported it while it answered, and what is linked stays */
        *place = module;
    load->arrived = *place;
}

/* What the host has said of an import, or of the root, as snap_module_ask() gave it; the answer is taken over. When the status is PENDING,
 * the load waits. -1 and throws. */
static int snap_load_take(snap_load *load, JSModuleDef *importer, int request, const snap_wanted *wanted, uint32_t status, JSValue *answer)
{
    JSContext *ctx = load->context;
    int result = -1;

    if (status == SNAP_STATUS_PENDING) {
        snap_fetch *fetch = snap_fetch_begin(ctx, answer[SNAP_ANSWER_NAME], wanted);
        result = fetch ? snap_wait_add(fetch, load, importer, request) : -1;
    } else if (status == SNAP_STATUS_OK) {
        JSModuleDef *module = snap_module_take(ctx, answer, wanted->importer, wanted->attributes);
        if (module)
            snap_load_arrive(load, importer, request, module);
        else
            snap_module_blame(ctx, wanted->importer);
        result = module ? 0 : -1;
    }
    snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
    return result;
}

/* Asks for what a module imports here, unless it has been asked for; -1 and throws. */
static int snap_load_request(snap_load *load, JSModuleDef *module, int index)
{
    JSContext *ctx = load->context;
    JSReqModuleEntry *request = &module->req_module_entries[index];
    JSValue answer[SNAP_ANSWER_SIZE];
    snap_wanted wanted;
    uint32_t status;
    int result = snap_wait_join(load, module, index);

    if (result)
        return result < 0 ? -1 : 0;
    wanted = (snap_wanted){ JS_AtomToString(ctx, request->module_name), JS_AtomToString(ctx, module->module_name), request->attributes };
    status = snap_module_ask(ctx, &wanted, 0, answer);
    result = snap_load_take(load, module, index, &wanted, status, answer);
    JS_FreeValue(ctx, wanted.specifier);
    JS_FreeValue(ctx, wanted.importer);
    return result;
}

typedef struct snap_queue { JSModuleDef **items; uint32_t count, capacity; } snap_queue;

/* Puts a module that is not evaluated into the queue, once; -1 and throws. */
static int snap_queue_add(JSContext *ctx, snap_queue *queue, JSModuleDef *module, int walk)
{
    if (module->status == JS_MODULE_STATUS_EVALUATING) {
        char name[ATOM_GET_STR_BUF_SIZE];
        JS_ThrowReferenceError(ctx, "module '%s' is being evaluated and imports itself here, through a call that does not wait",
                               JS_AtomGetStr(ctx, name, sizeof name, module->module_name));
        return -1;
    }
    if (module->status > JS_MODULE_STATUS_LINKED || module->dfs_index == walk)
        return 0;
    module->dfs_index = walk;
    if (queue->count == queue->capacity) {
        uint32_t capacity = queue->capacity ? queue->capacity * 2 : 64;
        JSModuleDef **items = realloc(queue->items, capacity * sizeof *items);
        if (!items) {
            snap_throw_no_memory(ctx);
            return -1;
        }
        queue->items = items;
        queue->capacity = capacity;
    }
    queue->items[queue->count++] = module;
    return 0;
}

/* Asks for whatever is missing below this module, but for where the same walk has been. When the load need not wait, what it has met gets its
 * functions. -1 and throws. */
static int snap_load_walk_from(snap_load *load, JSModuleDef *first, int walk)
{
    snap_queue queue = { 0 };
    int result = snap_queue_add(load->context, &queue, first, walk);

    for (uint32_t i = 0; i < queue.count && result == 0; i++) {
        JSModuleDef *module = queue.items[i];
        for (int k = 0; k < module->req_module_entries_count && result == 0; k++) {
            if (!module->req_module_entries[k].module)
                result = snap_load_request(load, module, k);
            if (result == 0 && module->req_module_entries[k].module)
                result = snap_queue_add(load->context, &queue, module->req_module_entries[k].module, walk);
        }
    }
    for (uint32_t i = 0; i < queue.count && result == 0 && !load->waiting; i++)
        result = js_create_module_function(load->context, queue.items[i]);
    free(queue.items);
    return result;
}

/* Asks for whatever is missing in the graph; when nothing is, it is ready to be linked. -1 and throws. */
static int snap_load_walk(snap_load *load)
{
    bool is_first = !load->walk;   /* and so met the whole graph, unless it has to wait */

    if (is_first)
        load->walk = snap_walk_new();
    if (snap_load_walk_from(load, load->arrived, load->walk) < 0)
        return -1;
    return is_first || load->waiting ? 0 : snap_load_walk_from(load, load->root, snap_walk_new());
}

/* The promise of the evaluation of a graph that is complete; throws. */
static JSValue snap_module_run(JSContext *ctx, JSModuleDef *root)
{
    return js_link_module(ctx, root) < 0 ? JS_EXCEPTION : js_evaluate_module(ctx, root);
}

/* The evaluation (borrowed) is settled: so is what the load has promised. */
static void snap_load_settle(JSContext *ctx, JSValueConst evaluation, JSValueConst *data)
{
    JSValue result = JS_PromiseResult(ctx, evaluation);

    JS_PromiseMarkAsHandled(ctx, evaluation);
    if (JS_PromiseState(ctx, evaluation) == JS_PROMISE_REJECTED)
        js_load_module_rejected(ctx, JS_UNDEFINED, 1, vc(&result), 0, data);
    else
        js_load_module_fulfilled(ctx, JS_UNDEFINED, 0, NULL, 0, data);
    JS_FreeValue(ctx, result);
}

/* When the evaluation (borrowed) is settled, so will be what the load has promised; -1 and throws. */
static int snap_load_settle_later(JSContext *ctx, JSValueConst evaluation, JSValueConst *data)
{
    JSValue fulfilled = JS_NewCFunctionData(ctx, js_load_module_fulfilled, 0, 0, 3, data);
    JSValue rejected = JS_IsException(fulfilled) ? JS_EXCEPTION : JS_NewCFunctionData(ctx, js_load_module_rejected, 0, 0, 3, data);
    JSValue chained = JS_IsException(rejected) ? JS_EXCEPTION : JS_PromiseThen(ctx, evaluation, fulfilled, rejected);

    JS_FreeValue(ctx, fulfilled);
    JS_FreeValue(ctx, rejected);
    JS_FreeValue(ctx, chained);
    return JS_IsException(chained) ? -1 : 0;
}

/* Whatever the evaluation comes to becomes what the load has promised; -1 and throws. */
static int snap_load_finish(snap_load *load)
{
    JSContext *ctx = load->context;
    JSValue evaluation = snap_module_run(ctx, load->root);
    JSValueConst data[] = { load->settle[0], load->settle[1], JS_MKPTR(JS_TAG_MODULE, load->root) };   /* as the engine's functions want it */
    int result = 0;

    if (JS_IsException(evaluation))
        return -1;
    if (load->is_hosts && JS_PromiseState(ctx, evaluation) != JS_PROMISE_PENDING)
        snap_load_settle(ctx, evaluation, data);
    else
        result = snap_load_settle_later(ctx, evaluation, data);
    JS_FreeValue(ctx, evaluation);
    return result;
}

/* Goes on with a load until it waits, or has come to its end and is gone. -1 and throws: it has failed, and the caller ends it. */
static int snap_load_try(snap_load *load)
{
    load->is_due = false;
    if (!JS_IsUninitialized(load->error)) {
        JS_Throw(load->context, load->error);
        load->error = JS_UNINITIALIZED;
        return -1;
    }
    if (snap_load_walk(load) < 0)
        return -1;
    if (load->waiting)
        return 0;
    if (snap_load_finish(load) < 0)
        return -1;
    snap_load_free(load);
    return 0;
}

/* The same; whatever goes wrong is a rejection of what the load has promised. */
static void snap_load_advance(snap_load *load)
{
    if (snap_load_try(load) < 0)
        snap_load_fail(load);
}

static snap_load *snap_load_due(void)
{
    struct list_head *element;

    list_for_each(element, &snap_loads)
        if (list_entry(element, snap_load, link)->is_due)
            return list_entry(element, snap_load, link);
    return NULL;
}

/* What was fetched has become this module, or the exception that is being thrown (NULL). */
static void snap_fetch_finish(snap_fetch *fetch, JSModuleDef *module)
{
    JSContext *ctx = fetch->context;
    JSValue error = module ? JS_UNINITIALIZED : JS_GetException(ctx);
    struct list_head *element, *next;
    snap_load *load;

    list_for_each_safe(element, next, &fetch->waits) {
        snap_wait *wait = list_entry(element, snap_wait, link);
        if (!module && JS_IsUninitialized(wait->load->error))
            wait->load->error = JS_DupValue(ctx, error);
        if (module)
            snap_load_arrive(wait->load, wait->importer, wait->request, module);
        wait->load->waiting--;
        wait->load->is_due = true;
        list_del(element);
        free(wait);
    }
    JS_FreeValue(ctx, error);
    snap_fetch_free(fetch);
    while ((load = snap_load_due()))
        snap_load_advance(load);
}

/* The module that a fetch was answered with; NULL and throws. A program can have seen the answer before, and put its own in its place. */
static JSModuleDef *snap_fetch_take(const snap_fetch *fetch, JSValueConst answered)
{
    JSContext *ctx = fetch->context;
    JSValue answer[SNAP_ANSWER_SIZE];
    JSModuleDef *module = NULL;
    bool is_read = JS_IsObject(answered);

    for (uint32_t i = 0; i < SNAP_ANSWER_SIZE; i++) {
        answer[i] = is_read ? JS_GetPropertyUint32(ctx, answered, i) : JS_UNDEFINED;
        is_read = is_read && !JS_IsException(answer[i]);
    }
    if (is_read && snap_module_name_is_sound(ctx, answer[SNAP_ANSWER_NAME]))
        module = snap_module_take(ctx, answer, fetch->importer, fetch->attributes);
    else if (!JS_HasException(ctx))
        JS_ThrowTypeError(ctx, "what answers an import is a module");
    snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
    if (!module)
        snap_module_blame(ctx, fetch->importer);
    return module;
}

/* Called with what the pending call of a fetch was answered with. */
static JSValue snap_fetch_settled(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_rejection, JSValueConst *data)
{
    snap_fetch *fetch = snap_fetch_of_id((uint32_t)JS_VALUE_GET_INT(data[0]));
    JSModuleDef *module = NULL;

    (void)this_value; (void)argc;
    if (!fetch)
        return JS_UNDEFINED;
    if (list_empty(&fetch->waits)) {   /* whatever wanted it has failed, and nothing half-loaded stays behind */
        snap_fetch_free(fetch);
        return JS_UNDEFINED;
    }
    if (is_rejection)
        JS_Throw(ctx, JS_DupValue(ctx, argv[0]));
    else
        module = snap_fetch_take(fetch, argv[0]);
    snap_fetch_finish(fetch, module);
    return JS_UNDEFINED;
}
