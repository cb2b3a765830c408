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
    load->walk = snap_walk_new();
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

/* The exception that is being thrown becomes the load's; it ends. */
static void snap_load_fail(snap_load *load)
{
    JSContext *ctx = JS_DupContext(load->context);
    JSValue error = JS_GetException(ctx), reject = JS_DupValue(ctx, load->settle[1]);

    snap_load_free(load);
    snap_modules_sweep(ctx);
    JS_FreeValue(ctx, JS_Call(ctx, reject, JS_UNDEFINED, 1, &error));
    JS_FreeValue(ctx, error);
    JS_FreeValue(ctx, reject);
    JS_FreeContext(ctx);
}

/* What one import of a module is: found, asked for, or -1 and throws. */
static int snap_load_request(snap_load *load, JSModuleDef *module, int index)
{
    JSContext *ctx = load->context;
    JSReqModuleEntry *request = &module->req_module_entries[index];
    JSValue specifier, importer, answer[SNAP_ANSWER_SIZE];
    int result = snap_wait_join(load, module, index);
    uint32_t status;

    if (result)
        return result < 0 ? -1 : 0;
    specifier = JS_AtomToString(ctx, request->module_name);
    importer = JS_AtomToString(ctx, module->module_name);
    status = snap_module_ask(ctx, specifier, importer, request->attributes, 0, answer);
    result = -1;
    if (status == SNAP_STATUS_PENDING) {
        snap_fetch *fetch = snap_fetch_find(ctx, answer[SNAP_ANSWER_NAME], request->attributes);
        if (!fetch && !JS_HasException(ctx))
            fetch = snap_fetch_new(ctx, answer[SNAP_ANSWER_NAME], specifier, importer, request->attributes);
        result = fetch ? snap_wait_add(fetch, load, module, index) : -1;
    } else if (status == SNAP_STATUS_OK) {
        JSModuleDef *found = snap_module_take(ctx, answer, importer, request->attributes);
        if (!found)
            snap_module_blame(ctx, importer);
        else if (!request->module)   /* else the host has imported it while it answered, and what is linked stays */
            request->module = found;
        result = found ? 0 : -1;
    }
    snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
    JS_FreeValue(ctx, specifier);
    JS_FreeValue(ctx, importer);
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

/* Asks for whatever is missing below this module, but for where the same walk has been; -1 and throws. */
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
    if (load->arrived && snap_load_walk_from(load, load->arrived, load->walk) < 0)
        return -1;
    load->arrived = NULL;
    return load->waiting ? 0 : snap_load_walk_from(load, load->root, snap_walk_new());
}

/* The promise of the evaluation of a graph that is complete; throws. */
static JSValue snap_module_run(JSContext *ctx, JSModuleDef *root)
{
    return js_link_module(ctx, root) < 0 ? JS_EXCEPTION : js_evaluate_module(ctx, root);
}

/* Whatever the evaluation comes to becomes what the load has promised; -1 and throws. */
static int snap_load_finish(snap_load *load)
{
    JSContext *ctx = load->context;
    JSValue evaluation = snap_module_run(ctx, load->root), reactions[2], chained;
    JSValueConst data[] = { load->settle[0], load->settle[1], JS_MKPTR(JS_TAG_MODULE, load->root) };

    if (JS_IsException(evaluation))
        return -1;
    if (load->is_hosts && JS_PromiseState(ctx, evaluation) == JS_PROMISE_FULFILLED) {
        JS_FreeValue(ctx, evaluation);
        js_load_module_fulfilled(ctx, JS_UNDEFINED, 0, NULL, 0, data);
        return 0;
    }
    reactions[0] = JS_NewCFunctionData(ctx, js_load_module_fulfilled, 0, 0, countof(data), data);
    reactions[1] = JS_NewCFunctionData(ctx, js_load_module_rejected, 0, 0, countof(data), data);
    chained = JS_IsException(reactions[0]) || JS_IsException(reactions[1]) ? JS_EXCEPTION : JS_PromiseThen(ctx, evaluation, reactions[0], reactions[1]);
    JS_FreeValue(ctx, reactions[0]);
    JS_FreeValue(ctx, reactions[1]);
    JS_FreeValue(ctx, evaluation);
    JS_FreeValue(ctx, chained);
    return JS_IsException(chained) ? -1 : 0;
}

static void snap_load_advance(snap_load *load)
{
    JSContext *ctx = load->context;

    load->is_due = false;
    if (!JS_IsUninitialized(load->error)) {
        JS_Throw(ctx, load->error);
        load->error = JS_UNINITIALIZED;
    } else if (snap_load_walk(load) == 0) {
        if (load->waiting)
            return;
        if (snap_load_finish(load) == 0) {
            snap_load_free(load);
            return;
        }
    }
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
        if (!wait->importer)
            wait->load->root = module;
        else if (!wait->importer->req_module_entries[wait->request].module)   /* as in snap_load_request() */
            wait->importer->req_module_entries[wait->request].module = module;
        wait->load->arrived = module;
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

static snap_fetch *snap_fetch_of(uint32_t id)
{
    struct list_head *element;

    list_for_each(element, &snap_fetches)
        if (list_entry(element, snap_fetch, link)->id == id)
            return list_entry(element, snap_fetch, link);
    return NULL;
}

static JSValue snap_fetch_settled(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_rejection, JSValueConst *data)
{
    snap_fetch *fetch = snap_fetch_of((uint32_t)JS_VALUE_GET_INT(data[0]));
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
