/* Loading: asking the host for modules until a graph is complete, then linking and evaluating it. ECMA-262, "LoadRequestedModules" and
 * "HostLoadImportedModule". The host may answer a request at once, or leave it pending: then it is a record like every unanswered call, and
 * whoever restores a snapshot may answer it. */

#define SNAP_IMPORT_NAME "<import>"   /* of the pending call */

static bool snap_commonjs_has(JSContext *ctx, JSValueConst name);
static uint32_t snap_module_ask_once(JSContext *ctx, JSValueConst specifier, JSValueConst importer, JSValueConst attributes, uint32_t mode,
                                     JSValue *answer);

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
    JSValue settle[2];       /* of the promise of its namespace */
    JSValue error;           /* JS_UNINITIALIZED: none */
    uint32_t waiting;        /* how many snap_wait it has */
    bool is_due;             /* there is something to do for it */
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
static int snap_walk = 1 << 20;   /* marks the modules that a walk has met, and is no index that linking gives */
static JSContext *snap_asking;    /* the realm whose request the host is answering */

/* ---- asking ---- */

/* What the host answers: */
enum { SNAP_ANSWER_NAME, SNAP_ANSWER_KIND, SNAP_ANSWER_SOURCE, SNAP_ANSWER_URL, SNAP_ANSWER_EXPORTS, SNAP_ANSWER_SIZE };

/* The status is OK or PENDING with the answer, or it throws: EXCEPTION. */
static uint32_t snap_module_ask(JSContext *ctx, JSValueConst specifier, JSValueConst importer, JSValueConst attributes, uint32_t mode,
                                JSValue *answer)
{
    JSValueConst request[] = { specifier, importer, attributes, JS_MKVAL(JS_TAG_INT, (int32_t)mode) };
    JSContext *around = snap_asking;
    snap_buffer message = { 0 };
    bool has_references;
    uint32_t status, count;

    for (uint32_t i = 0; i < SNAP_ANSWER_SIZE; i++)
        answer[i] = JS_NULL;
    if (JS_IsException(specifier) || JS_IsException(importer) ||
        snap_encode_arguments(ctx, &message, countof(request), request, &has_references) < 0) {
        snap_buffer_free(&message);
        return SNAP_STATUS_EXCEPTION;
    }
    snap_asking = ctx;
    status = host_import(SNAP_STATUS_UNANSWERED, message.data, (uint32_t)message.size);
    snap_asking = around;
    snap_buffer_free(&message);
    if (status == SNAP_STATUS_UNANSWERED)
        snap_unanswered();
    if (status == SNAP_STATUS_EXCEPTION) {
        JSValue error;
        if (snap_take_input_value(ctx, &error) == SNAP_STATUS_OK)
            JS_Throw(ctx, error);
    } else if (status != SNAP_STATUS_OK && status != SNAP_STATUS_PENDING) {
        snap_throw_stop(ctx);
        return SNAP_STATUS_EXCEPTION;
    } else if (snap_take_input(ctx, answer, SNAP_ANSWER_SIZE, &count) == SNAP_STATUS_OK && JS_IsString(answer[SNAP_ANSWER_NAME])) {
        return status;
    }
    if (!JS_HasException(ctx))
        JS_ThrowInternalError(ctx, "the host's answer for a module is malformed: %s", snap_malformed);
    return SNAP_STATUS_EXCEPTION;
}

/* For import.meta.resolve and require.resolve. */
static JSValue snap_module_resolved(JSContext *ctx, JSValueConst specifier, JSValueConst importer, uint32_t mode)
{
    JSValue answer[SNAP_ANSWER_SIZE], name = JS_EXCEPTION;

    if (snap_module_ask(ctx, specifier, importer, JS_UNDEFINED, mode | SNAP_IMPORT_RESOLVE, answer) != SNAP_STATUS_EXCEPTION)
        name = JS_DupValue(ctx, answer[mode & SNAP_IMPORT_REQUIRE || !JS_IsString(answer[SNAP_ANSWER_URL]) ? SNAP_ANSWER_NAME : SNAP_ANSWER_URL]);
    snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
    return name;
}

static JSValue snap_module_resolve_name(JSContext *ctx, JSValueConst specifier, JSValueConst importer)
{
    return snap_module_resolved(ctx, specifier, importer, 0);
}

static JSModuleDef *snap_module_loaded(JSContext *ctx, JSValueConst name, JSValueConst attributes)
{
    JSAtom atom = JS_ValueToAtom(ctx, name);
    JSModuleDef *module = atom ? js_find_loaded_module(ctx, atom, attributes) : NULL;

    JS_FreeAtom(ctx, atom);
    return module;
}

static JSModuleDef *snap_module_of_kind(JSContext *ctx, const char *kind, const char *name, JSValueConst *answer, JSValueConst importer);

/* What the host answered becomes a module of the realm, unless it is one already; NULL and throws. */
static JSModuleDef *snap_module_take(JSContext *ctx, JSValueConst *answer, JSValueConst importer, JSValueConst attributes)
{
    JSModuleDef *module = snap_module_loaded(ctx, answer[SNAP_ANSWER_NAME], attributes);
    const char *kind = NULL, *name = NULL;

    if (module || JS_HasException(ctx))
        return module;
    name = JS_ToCString(ctx, answer[SNAP_ANSWER_NAME]);
    kind = name && JS_IsString(answer[SNAP_ANSWER_KIND]) ? JS_ToCString(ctx, answer[SNAP_ANSWER_KIND]) : NULL;
    if (kind)
        module = snap_module_of_kind(ctx, kind, name, answer, importer);
    else if (name && !JS_HasException(ctx))
        JS_ThrowReferenceError(ctx, "module '%s' failed while it was loaded; import it again", name);
    JS_FreeCString(ctx, kind);
    JS_FreeCString(ctx, name);
    if (module && JS_IsObject(attributes) && JS_IsUndefined(module->attributes))
        module->attributes = JS_DupValue(ctx, attributes);
    return module;
}

static int snap_commonjs_evaluate(JSContext *ctx, JSModuleDef *module);
static JSValue snap_commonjs_payload(JSContext *ctx, JSValueConst *answer);

static JSModuleDef *snap_module_of_kind(JSContext *ctx, const char *kind, const char *name, JSValueConst *answer, JSValueConst importer)
{
    JSValueConst source = answer[SNAP_ANSWER_SOURCE];
    JSModuleInitFunc *evaluate = snap_data_evaluate;
    JSValue payload;

    if (!strcmp(kind, "js"))
        return snap_module_compile(ctx, source, name, importer, answer[SNAP_ANSWER_URL]);
    if (!strcmp(kind, "json")) {
        payload = snap_parse_json(ctx, source, name);
    } else if (!strcmp(kind, "bytes")) {
        payload = snap_freeze_bytes(ctx, source);
    } else if (!strcmp(kind, "cjs")) {
        payload = snap_commonjs_payload(ctx, answer);
        evaluate = snap_commonjs_evaluate;
    } else {
        payload = JS_DupValue(ctx, source);
    }
    if (JS_IsException(payload))
        return NULL;
    return snap_module_synthetic(ctx, name, evaluate, importer, answer[SNAP_ANSWER_EXPORTS], payload);
}

/* ---- the chain of importers ---- */

/* Appends the chain that leads to a module, its first importer last, to the stack of the error that is being thrown. */
static void snap_module_blame(JSContext *ctx, JSValueConst importer)
{
    JSValue error = JS_GetException(ctx), name = JS_DupValue(ctx, importer), stack;
    JSObject *object = JS_IsError(error) ? JS_VALUE_GET_OBJ(error) : NULL;

    if (object && object->class_id == JS_CLASS_ERROR && JS_IsString(object->u.object_data)) {
        stack = JS_DupValue(ctx, object->u.object_data);
        for (int depth = 0; depth < SNAP_IMPORTERS_MAXIMUM && JS_IsString(name); depth++) {
            JSModuleDef *module = snap_module_named(ctx, name);
            stack = JS_ConcatString(ctx, stack, JS_ConcatString(ctx, js_new_string8_len(ctx, "    imported by ", 16), name));
            stack = JS_ConcatString(ctx, stack, js_new_string8_len(ctx, "\n", 1));
            name = module ? snap_module_kept(ctx, module, SNAP_MODULE_IMPORTER) : JS_NULL;
        }
        if (JS_IsException(stack))
            snap_forget_exception(ctx);
        else
            set_value(ctx, &object->u.object_data, stack);
    }
    JS_FreeValue(ctx, name);
    JS_Throw(ctx, error);
}

uint32_t snap_module_importers(void)
{
    JSContext *ctx = snap_asking ? snap_asking : snap_context;
    uint32_t count = 0, status;
    JSValue name;

    snap_enter();
    status = snap_take_input_value(ctx, &name);
    if (status != SNAP_STATUS_OK)
        return snap_leave(snap_result_undecoded(ctx, status));
    snap_put_byte(&snap_output, 0xdc);   /* array 16, its count filled in below */
    snap_put(&snap_output, "\0\0", 2);
    for (; JS_IsString(name) && count < SNAP_IMPORTERS_MAXIMUM; count++) {
        JSModuleDef *module = snap_module_named(ctx, name);
        snap_encode_string(ctx, &snap_output, name);
        JS_FreeValue(ctx, name);
        name = module ? snap_module_kept(ctx, module, SNAP_MODULE_IMPORTER) : JS_NULL;
    }
    JS_FreeValue(ctx, name);
    if (!snap_output.failed)
        snap_output.data[2] = (uint8_t)count;
    return snap_leave(SNAP_STATUS_OK);
}

uint32_t snap_modules_waiting(uint32_t realm)
{
    JSContext *ctx = snap_realm(realm);
    struct list_head *element;
    uint32_t count = 0;

    snap_enter();
    if (!ctx)
        return snap_leave(SNAP_STATUS_INVALID);
    list_for_each(element, &ctx->loaded_modules)
        count += list_entry(element, JSModuleDef, link)->status == JS_MODULE_STATUS_EVALUATING_ASYNC;
    snap_put_array(&snap_output, count);
    list_for_each(element, &ctx->loaded_modules) {
        const JSModuleDef *module = list_entry(element, JSModuleDef, link);
        JSValue name = JS_UNDEFINED;
        if (module->status == JS_MODULE_STATUS_EVALUATING_ASYNC)
            name = JS_AtomToString(ctx, module->module_name);
        if (JS_IsString(name))
            snap_encode_string(ctx, &snap_output, name);
        JS_FreeValue(ctx, name);
    }
    return snap_leave(SNAP_STATUS_OK);
}

uint32_t snap_module_is_loaded(void)
{
    JSContext *ctx = snap_asking ? snap_asking : snap_context;
    JSValue values[3];
    uint32_t count, found = 0;

    if (snap_take_input(ctx, values, 3, &count) == SNAP_STATUS_OK && count == 3) {
        if (JS_IsBool(values[2]) && JS_VALUE_GET_BOOL(values[2]))
            found = snap_commonjs_has(ctx, values[0]);
        if (!found)
            found = snap_module_loaded(ctx, values[0], values[1]) != NULL;
    }
    snap_free_values(ctx, values, count);
    if (JS_HasException(ctx))
        snap_forget_exception(ctx);
    return found;
}

/* ---- fetches ---- */

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

static JSValue snap_fetch_settled(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_rejection, JSValueConst *data);

/* Records the request as a call that the host has not answered; -1 and throws. */
static int snap_fetch_record(JSContext *ctx, const snap_fetch *fetch, JSValueConst specifier)
{
    JSValue call_name = JS_NewString(ctx, SNAP_IMPORT_NAME), id = JS_NewInt32(ctx, (int32_t)fetch->id), reactions[2], chained;
    JSValueConst attributes = JS_IsUndefined(fetch->attributes) ? JS_NULL : fetch->attributes;
    JSValueConst arguments[] = { specifier, fetch->importer, attributes, fetch->name };
    snap_pending_call *call = JS_IsException(call_name) ? NULL : snap_pending_add(ctx, call_name, countof(arguments), arguments);

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

/* NULL and throws. The name is borrowed. */
static snap_fetch *snap_fetch_new(JSContext *ctx, JSValueConst name, JSValueConst specifier, JSValueConst importer, JSValueConst attributes)
{
    snap_fetch *fetch = calloc(1, sizeof *fetch);

    if (!fetch) {
        snap_throw_no_memory(ctx);
        return NULL;
    }
    init_list_head(&fetch->waits);
    list_add_tail(&fetch->link, &snap_fetches);
    fetch->context = JS_DupContext(ctx);
    fetch->id = ++snap_last_fetch;
    fetch->name = JS_DupValue(ctx, name);
    fetch->attributes = JS_DupValue(ctx, attributes);
    fetch->importer = JS_DupValue(ctx, importer);
    if (snap_fetch_record(ctx, fetch, specifier) == 0)
        return fetch;
    snap_fetch_free(fetch);
    return NULL;
}

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

/* ---- loads ---- */

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

    snap_walk++;
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
        if (!fetch)
            fetch = snap_fetch_new(ctx, answer[SNAP_ANSWER_NAME], specifier, importer, request->attributes);
        result = fetch ? snap_wait_add(fetch, load, module, index) : -1;
    } else if (status == SNAP_STATUS_OK) {
        JSModuleDef *found = snap_module_take(ctx, answer, importer, request->attributes);
        if (found) {
            request->module = found;
            result = 0;
        } else {
            snap_module_blame(ctx, importer);
        }
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

/* Asks for whatever is missing below the root; -1 and throws. */
static int snap_load_walk(snap_load *load)
{
    snap_queue queue = { 0 };
    int walk = ++snap_walk, result = snap_queue_add(load->context, &queue, load->root, walk);

    for (uint32_t i = 0; i < queue.count && result == 0; i++) {
        JSModuleDef *module = queue.items[i];
        for (int k = 0; k < module->req_module_entries_count && result == 0; k++) {
            if (!module->req_module_entries[k].module)
                result = snap_load_request(load, module, k);
            if (result == 0 && module->req_module_entries[k].module)
                result = snap_queue_add(load->context, &queue, module->req_module_entries[k].module, walk);
        }
    }
    free(queue.items);
    return result;
}

/* The promise of the evaluation of a graph that is complete; throws. */
static JSValue snap_module_run(JSContext *ctx, JSModuleDef *root)
{
    if (js_create_module_function(ctx, root) < 0 || js_link_module(ctx, root) < 0)
        return JS_EXCEPTION;
    return js_evaluate_module(ctx, root);
}

/* Whatever the evaluation comes to becomes what the load has promised; -1 and throws. */
static int snap_load_finish(snap_load *load)
{
    JSContext *ctx = load->context;
    JSValue evaluation = snap_module_run(ctx, load->root), reactions[2], chained;
    JSValueConst data[] = { load->settle[0], load->settle[1], JS_MKPTR(JS_TAG_MODULE, load->root) };

    if (JS_IsException(evaluation))
        return -1;
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
        if (wait->importer)
            wait->importer->req_module_entries[wait->request].module = module;
        else
            wait->load->root = module;
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

static JSValue snap_fetch_settled(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_rejection, JSValueConst *data)
{
    struct list_head *element;
    JSValue answer[SNAP_ANSWER_SIZE];
    JSModuleDef *module = NULL;

    (void)this_value; (void)argc;
    list_for_each(element, &snap_fetches) {
        snap_fetch *fetch = list_entry(element, snap_fetch, link);
        if (fetch->id != (uint32_t)JS_VALUE_GET_INT(data[0]))
            continue;
        if (is_rejection) {
            JS_Throw(ctx, JS_DupValue(ctx, argv[0]));
        } else {
            for (uint32_t i = 0; i < SNAP_ANSWER_SIZE; i++)
                answer[i] = JS_IsObject(argv[0]) ? JS_GetPropertyUint32(ctx, argv[0], i) : JS_UNDEFINED;
            if (JS_IsString(answer[SNAP_ANSWER_NAME]))
                module = snap_module_take(ctx, answer, fetch->importer, fetch->attributes);
            else
                JS_ThrowTypeError(ctx, "what answers an import is a module");
            snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
            if (!module)
                snap_module_blame(ctx, fetch->importer);
        }
        snap_fetch_finish(fetch, module);
        break;
    }
    return JS_UNDEFINED;
}

/* ---- import(), and the host's own imports ---- */

/* Begins to load what the specifier names; the promise's functions are borrowed. Whatever goes wrong is their rejection, but for -1, which
 * throws. */
static int snap_import(JSContext *ctx, JSValueConst *settle, JSValueConst specifier, JSValueConst importer, JSValueConst attributes)
{
    snap_load *load = snap_load_new(ctx, settle);
    JSValue answer[SNAP_ANSWER_SIZE];
    uint32_t status;
    int result = -1;

    if (!load)
        return -1;
    status = snap_module_ask_once(ctx, specifier, importer, attributes, 0, answer);
    if (status == SNAP_STATUS_PENDING) {
        snap_fetch *fetch = snap_fetch_find(ctx, answer[SNAP_ANSWER_NAME], attributes);
        if (!fetch)
            fetch = snap_fetch_new(ctx, answer[SNAP_ANSWER_NAME], specifier, importer, attributes);
        result = fetch ? snap_wait_add(fetch, load, NULL, 0) : -1;
    } else if (status == SNAP_STATUS_OK) {
        load->root = snap_module_take(ctx, answer, importer, attributes);
        if (load->root)
            result = 0;
        else
            snap_module_blame(ctx, importer);
    }
    snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
    if (result < 0)
        snap_load_fail(load);
    else if (load->root)
        snap_load_advance(load);
    return 0;
}

/* In the place of the engine's own, which would have every module of the graph at once. */
static void snap_import_dynamically(JSContext *ctx, JSValueConst importer, JSValueConst specifier, JSValueConst *settle, JSValueConst attributes)
{
    if (snap_import(ctx, settle, specifier, importer, attributes) < 0) {
        JSValue error = JS_GetException(ctx);
        JS_FreeValue(ctx, JS_Call(ctx, settle[1], JS_UNDEFINED, 1, &error));
        JS_FreeValue(ctx, error);
    }
}

/* A promise of the namespace of a module that is there, but for what it imports. Throws, also where that cannot be had. */
static JSValue snap_module_promise(JSContext *ctx, JSModuleDef *module)
{
    JSValue settle[2], promise = JS_NewPromiseCapability(ctx, settle);
    snap_load *load;

    if (JS_IsException(promise))
        return promise;
    load = snap_load_new(ctx, settle);
    JS_FreeValue(ctx, settle[0]);
    JS_FreeValue(ctx, settle[1]);
    if (!load) {
        js_free_module_def(ctx, module);
        JS_FreeValue(ctx, promise);
        return JS_EXCEPTION;
    }
    load->root = module;
    snap_load_advance(load);
    if (JS_PromiseState(ctx, promise) != JS_PROMISE_REJECTED)
        return promise;
    JS_PromiseMarkAsHandled(ctx, promise);
    JS_Throw(ctx, JS_PromiseResult(ctx, promise));
    JS_FreeValue(ctx, promise);
    return JS_EXCEPTION;
}

/* A promise of the namespace of a module given by source, or by a specifier when `source` is null; throws. */
static JSValue snap_module_eval(JSContext *ctx, JSValueConst source, JSValueConst specifier)
{
    JSValue settle[2], promise;
    int result;

    if (!snap_has_promises(ctx))
        return JS_EXCEPTION;
    if (!JS_IsNull(source)) {
        const char *name = JS_ToCString(ctx, specifier);
        JSModuleDef *module = name ? snap_module_compile(ctx, source, name, JS_NULL, JS_NULL) : NULL;
        JS_FreeCString(ctx, name);
        return module ? snap_module_promise(ctx, module) : JS_EXCEPTION;
    }
    promise = JS_NewPromiseCapability(ctx, settle);
    if (JS_IsException(promise))
        return promise;
    result = snap_import(ctx, settle, specifier, JS_NULL, JS_UNDEFINED);
    JS_FreeValue(ctx, settle[0]);
    JS_FreeValue(ctx, settle[1]);
    if (result == 0)
        return promise;
    JS_FreeValue(ctx, promise);
    return JS_EXCEPTION;
}

/* A promise of the namespace of a module that was read from bytecode (taken over); throws. */
static JSValue snap_module_eval_compiled(JSContext *ctx, JSValue compiled)
{
    JSModuleDef *module = JS_VALUE_GET_PTR(compiled);

    JS_FreeValue(ctx, compiled);
    if (!snap_has_promises(ctx) || snap_module_set_meta(ctx, module, JS_NULL) < 0 || snap_module_keep(ctx, module, JS_NULL, JS_NULL) < 0) {
        js_free_module_def(ctx, module);
        return JS_EXCEPTION;
    }
    return snap_module_promise(ctx, module);
}
