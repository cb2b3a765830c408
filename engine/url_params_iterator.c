/* Iterators of URLSearchParams. Web IDL, section 3.7.10: they look at the list as it is at each step. */
typedef struct snap_params_iterator {
    JSValue params;         /* JS_UNDEFINED: it is at its end */
    uint32_t index;
    int kind;               /* a JS_ITERATOR_KIND_ */
} snap_params_iterator;

static JSClassID snap_params_iterator_class;

static void snap_params_iterator_finalizer(JSRuntime *rt, JSValueConst value)
{
    snap_params_iterator *iterator = JS_GetOpaque(value, snap_params_iterator_class);

    if (!iterator)
        return;
    JS_FreeValueRT(rt, iterator->params);
    js_free_rt(rt, iterator);
}

static void snap_params_iterator_mark(JSRuntime *rt, JSValueConst value, JS_MarkFunc *mark)
{
    snap_params_iterator *iterator = JS_GetOpaque(value, snap_params_iterator_class);

    if (iterator)
        JS_MarkValue(rt, iterator->params, mark);
}

static const JSClassDef snap_params_iterator_definition = {
    .class_name = "URLSearchParams Iterator", .finalizer = snap_params_iterator_finalizer, .gc_mark = snap_params_iterator_mark,
};

/* A name, a value, or both in an array. */
static JSValue snap_params_entry(JSContext *ctx, const snap_params_list *list, uint32_t index, int kind)
{
    JSValueConst pair[2] = { list->items[index * 2], list->items[index * 2 + 1] };

    return kind == JS_ITERATOR_KIND_KEY_AND_VALUE ? js_create_array(ctx, 2, pair) : JS_DupValue(ctx, pair[kind == JS_ITERATOR_KIND_VALUE]);
}

static JSValue snap_params_iterator_next(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int *done, int magic)
{
    snap_params_iterator *iterator = JS_GetOpaque2(ctx, this_value, snap_params_iterator_class);
    const snap_params *params;

    (void)argc;
    (void)argv;
    (void)magic;
    *done = false;
    if (!iterator)
        return JS_EXCEPTION;
    params = JS_GetOpaque(iterator->params, snap_params_class);
    if (params && iterator->index < params->list.count)
        return snap_params_entry(ctx, &params->list, iterator->index++, iterator->kind);
    JS_FreeValue(ctx, iterator->params);
    iterator->params = JS_UNDEFINED;
    *done = true;
    return JS_UNDEFINED;
}

static JSValue snap_params_iterate(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int kind)
{
    JSValue object;
    snap_params_iterator *iterator;

    (void)argc;
    (void)argv;
    if (!JS_GetOpaque2(ctx, this_value, snap_params_class))
        return JS_EXCEPTION;
    object = JS_NewObjectClass(ctx, (int)snap_params_iterator_class);
    iterator = JS_IsException(object) ? NULL : js_mallocz(ctx, sizeof *iterator);
    if (!iterator) {
        JS_FreeValue(ctx, object);
        return JS_EXCEPTION;
    }
    *iterator = (snap_params_iterator){ .params = JS_DupValue(ctx, this_value), .kind = kind };
    JS_SetOpaque(object, iterator);
    return object;
}

static const JSCFunctionListEntry snap_params_iterator_prototype[] = {
    { "next", JS_PROP_C_W_E, JS_DEF_CFUNC, 0, { .func = { 0, JS_CFUNC_iterator_next, { .iterator_next = snap_params_iterator_next } } } },
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "URLSearchParams Iterator", JS_PROP_CONFIGURABLE),
};

/* -1 and throws. */
static int snap_params_iterator_initialize(JSContext *ctx)
{
    JSValue prototype;

    if (snap_class_initialize(ctx, &snap_params_iterator_class, &snap_params_iterator_definition) < 0)
        return -1;
    prototype = JS_NewObjectProto(ctx, ctx->class_proto[JS_CLASS_ITERATOR]);
    if (JS_IsException(prototype))
        return -1;
    JS_SetClassProto(ctx, snap_params_iterator_class, prototype);
    return JS_SetPropertyFunctionList(ctx, prototype, snap_params_iterator_prototype, countof(snap_params_iterator_prototype)) < 0 ? -1 : 0;
}
