/* Asking the host for a module, and making one of its answer. ECMA-262, "HostLoadImportedModule". */

static JSContext *snap_asking;    /* the realm whose request the host is answering */

/* Whether its file has yet to run, as far as it is known here. Once it has, only the registry has what it exports. */
static bool snap_commonjs_is_fresh(const JSModuleDef *module)
{
    return module->status != JS_MODULE_STATUS_EVALUATED || module->eval_has_exception;
}

/* ---- asking ---- */

/* What the host answers: */
enum { SNAP_ANSWER_NAME, SNAP_ANSWER_KIND, SNAP_ANSWER_SOURCE, SNAP_ANSWER_URL, SNAP_ANSWER_EXPORTS, SNAP_ANSWER_SIZE };

static uint32_t snap_module_stop(JSContext *ctx)
{
    snap_throw_stop(ctx);
    return SNAP_STATUS_EXCEPTION;
}

/* Whether this is a string that stays what it is as the engine takes names, as a C string: no NUL, no lone surrogate. Throws. */
static bool snap_module_name_is_sound(JSContext *ctx, JSValueConst name)
{
    const char *text = JS_IsString(name) ? JS_ToCString(ctx, name) : NULL;
    JSAtom kept = text ? JS_NewAtom(ctx, text) : JS_ATOM_NULL, given = text ? JS_ValueToAtom(ctx, name) : JS_ATOM_NULL;
    bool is_sound = kept && kept == given;

    if (!is_sound && !JS_HasException(ctx))
        JS_ThrowTypeError(ctx, "the name of a module is a string without NUL and lone surrogates");
    JS_FreeCString(ctx, text);
    JS_FreeAtom(ctx, kept);
    JS_FreeAtom(ctx, given);
    return is_sound;
}

/* What Node puts into the error for a module that there is not, and programs look at. Without memory it is not there. */
static void snap_module_add_code(JSContext *ctx, JSValueConst error, uint32_t mode)
{
    const char *code = mode & SNAP_IMPORT_REQUIRE ? "MODULE_NOT_FOUND" : "ERR_MODULE_NOT_FOUND", *name = NULL;
    JSProperty *property;

    if (JS_IsError(error) && find_own_property(&property, JS_VALUE_GET_OBJ(error), JS_ATOM_name) && JS_IsString(property->u.value))
        name = JS_ToCString(ctx, property->u.value);
    if (name && !strcmp(name, "ModuleNotFound"))
        snap_define_value(ctx, error, "code", JS_NewString(ctx, code));
    JS_FreeCString(ctx, name);
    if (JS_HasException(ctx))
        snap_forget_exception(ctx);
}

/* The status is OK or PENDING, or EXCEPTION and throws. The caller frees the answer in any case. */
static uint32_t snap_module_ask(JSContext *ctx, const snap_wanted *wanted, uint32_t mode, JSValue *answer)
{
    JSValueConst request[] = { wanted->specifier, wanted->importer, wanted->attributes, JS_MKVAL(JS_TAG_INT, (int32_t)mode) };
    JSContext *around = snap_asking;
    snap_buffer message = { 0 };
    bool has_references = false;
    uint32_t status, decoded, count;

    if (snap_system)
        return snap_system->module(ctx, wanted, mode, answer);
    for (uint32_t i = 0; i < SNAP_ANSWER_SIZE; i++)
        answer[i] = JS_NULL;
    if (JS_IsException(wanted->specifier) || JS_IsException(wanted->importer) ||
        snap_encode_arguments(ctx, &message, 0, countof(request), request, &has_references) < 0) {
        snap_buffer_free(&message);
        return SNAP_STATUS_EXCEPTION;
    }
    snap_asking = ctx;
    status = host_import(SNAP_STATUS_UNANSWERED, message.data, (uint32_t)message.size);
    snap_asking = around;
    snap_buffer_free(&message);
    if (status == SNAP_STATUS_UNANSWERED)
        snap_unanswered();
    if (status == SNAP_STATUS_EXCEPTION)
        decoded = snap_take_input_value(ctx, answer);
    else if (status == SNAP_STATUS_OK || status == SNAP_STATUS_PENDING)
        decoded = snap_take_input(ctx, answer, SNAP_ANSWER_SIZE, &count);
    else
        return snap_module_stop(ctx);
    if (decoded != SNAP_STATUS_OK)
        for (uint32_t i = 0; i < SNAP_ANSWER_SIZE; i++)
            answer[i] = JS_NULL;     /* what had been decoded is freed already */
    if (snap_is_interrupted())
        return snap_module_stop(ctx);
    if (decoded == SNAP_STATUS_MALFORMED) {
        JS_ThrowInternalError(ctx, "the host's answer for a module is malformed: %s", snap_malformed);
    } else if (decoded == SNAP_STATUS_OK && status == SNAP_STATUS_EXCEPTION) {
        snap_module_add_code(ctx, answer[0], mode);
        JS_Throw(ctx, answer[0]);
        answer[0] = JS_NULL;
    } else if (decoded == SNAP_STATUS_OK && snap_module_name_is_sound(ctx, answer[SNAP_ANSWER_NAME])) {
        return status;
    }
    return SNAP_STATUS_EXCEPTION;
}

static JSValue snap_module_resolved(JSContext *ctx, JSValueConst specifier, JSValueConst importer, uint32_t mode)
{
    const snap_wanted wanted = { specifier, importer, JS_UNDEFINED };
    JSValue answer[SNAP_ANSWER_SIZE], name = JS_EXCEPTION;

    if (snap_module_ask(ctx, &wanted, mode | SNAP_IMPORT_RESOLVE, answer) != SNAP_STATUS_EXCEPTION)
        name = JS_DupValue(ctx, answer[mode & SNAP_IMPORT_REQUIRE || !JS_IsString(answer[SNAP_ANSWER_URL]) ? SNAP_ANSWER_NAME : SNAP_ANSWER_URL]);
    snap_free_values(ctx, answer, SNAP_ANSWER_SIZE);
    return name;
}

/* NULL: there is none; throws without memory. */
static JSModuleDef *snap_module_loaded(JSContext *ctx, JSValueConst name, JSValueConst attributes)
{
    JSAtom atom = JS_ValueToAtom(ctx, name);
    JSModuleDef *module = atom ? js_find_loaded_module(ctx, atom, attributes) : NULL;

    JS_FreeAtom(ctx, atom);
    return module;
}

/* Whether an import of this name needs nothing of the host; throws without memory. */
static bool snap_module_is_here(JSContext *ctx, JSValueConst name, JSValueConst attributes, bool is_require)
{
    const JSModuleDef *module = snap_module_loaded(ctx, name, attributes);

    if (!is_require)
        return module != NULL;
    return snap_commonjs_has(ctx, name) || (module && (module->init_func != snap_commonjs_evaluate || snap_commonjs_is_fresh(module)));
}

static void snap_module_throw_gone(JSContext *ctx, const char *name)
{
    JS_ThrowReferenceError(ctx, "module '%s' failed while it was loaded; import it again", name);
}

/* NULL and throws. */
static JSModuleDef *snap_module_of_kind(JSContext *ctx, const char *kind, const char *name, JSValueConst *answer, JSValueConst importer)
{
    JSModuleInitFunc *evaluate = strcmp(kind, "cjs") ? snap_data_evaluate : snap_commonjs_evaluate;
    JSValueConst source = answer[SNAP_ANSWER_SOURCE];
    JSValue payload;

    if (!strcmp(kind, "js"))
        return snap_module_compile(ctx, source, name, importer, answer[SNAP_ANSWER_URL]);
    if (!strcmp(kind, "json"))
        payload = snap_parse_json(ctx, source, name);
    else if (!strcmp(kind, "bytes"))
        payload = snap_freeze_bytes(ctx, source);
    else
        payload = JS_DupValue(ctx, source);
    if (JS_IsException(payload))
        return NULL;
    return snap_module_synthetic(ctx, name, evaluate, importer, answer[SNAP_ANSWER_EXPORTS], payload);
}

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
        snap_module_throw_gone(ctx, name);
    JS_FreeCString(ctx, kind);
    JS_FreeCString(ctx, name);
    if (module && JS_IsObject(attributes) && JS_IsUndefined(module->attributes))
        module->attributes = JS_DupValue(ctx, attributes);
    return module;
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
    size_t begun;

    snap_enter();
    status = snap_take_input_value(ctx, &name);
    if (status != SNAP_STATUS_OK)
        return snap_leave(snap_result_undecoded(ctx, status));
    begun = snap_begin_array(&snap_output);
    for (; JS_IsString(name) && count < SNAP_IMPORTERS_MAXIMUM; count++) {
        JSModuleDef *module = snap_module_named(ctx, name);
        snap_encode_string(ctx, &snap_output, name);
        JS_FreeValue(ctx, name);
        name = module ? snap_module_kept(ctx, module, SNAP_MODULE_IMPORTER) : JS_NULL;
    }
    JS_FreeValue(ctx, name);
    if (JS_HasException(ctx))
        snap_forget_exception(ctx);   /* without memory the chain is shorter */
    snap_end_array(&snap_output, begun, count);
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
        if (module->status == JS_MODULE_STATUS_EVALUATING_ASYNC)
            snap_put_atom(ctx, &snap_output, module->module_name);
    }
    return snap_leave(SNAP_STATUS_OK);
}

uint32_t snap_module_is_loaded(void)
{
    JSContext *ctx = snap_asking ? snap_asking : snap_context;
    JSValue values[3];
    uint32_t count, found = 0;

    if (snap_take_input(ctx, values, 3, &count) == SNAP_STATUS_OK && count == 3)
        found = snap_module_is_here(ctx, values[0], values[1], JS_VALUE_GET_TAG(values[2]) == JS_TAG_BOOL && JS_VALUE_GET_BOOL(values[2]));
    snap_free_values(ctx, values, count);
    if (JS_HasException(ctx))
        snap_forget_exception(ctx);
    return found;
}
