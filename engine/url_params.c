/* URLSearchParams. URL Standard, section 6.2. A list of names and values, all well-formed strings; and the URL whose query it is, if it is one's. */
typedef struct snap_params_list {
    JSValue *items;         /* name, value, name, value … */
    uint32_t count;         /* of pairs */
    uint32_t capacity;
} snap_params_list;

typedef struct snap_params {
    snap_params_list list;
    JSValue url;            /* JS_UNDEFINED: of no URL */
} snap_params;

static JSClassID snap_params_class;

/* url.c: -1 and throws */
static int snap_url_set_query(JSContext *ctx, JSValueConst object, JSValue query);

/* ---- the list ---- */

static void snap_params_list_free(JSRuntime *rt, snap_params_list *list)
{
    for (uint32_t i = 0; i < list->count * 2; i++)
        JS_FreeValueRT(rt, list->items[i]);
    js_free_rt(rt, list->items);
    *list = (snap_params_list){ 0 };
}

/* Takes both over, also where it throws; of an exception it says so again. */
static int snap_params_list_add(JSContext *ctx, snap_params_list *list, JSValue name, JSValue value)
{
    if (!JS_IsException(name) && !JS_IsException(value) && list->count == list->capacity) {
        uint32_t capacity = list->capacity ? list->capacity * 2 : 4;
        JSValue *items = js_realloc(ctx, list->items, (size_t)capacity * 2 * sizeof *items);
        if (items) {
            list->items = items;
            list->capacity = capacity;
        }
    }
    if (JS_IsException(name) || JS_IsException(value) || list->count == list->capacity) {
        JS_FreeValue(ctx, name);
        JS_FreeValue(ctx, value);
        return -1;
    }
    list->items[list->count * 2] = name;
    list->items[list->count++ * 2 + 1] = value;
    return 0;
}

/* Whether the pair has this name and, unless it is undefined, this value. */
static bool snap_params_match(const snap_params_list *list, uint32_t index, JSValueConst name, JSValueConst value)
{
    return js_string_eq(JS_VALUE_GET_STRING(list->items[index * 2]), JS_VALUE_GET_STRING(name))
        && (JS_IsUndefined(value) || js_string_eq(JS_VALUE_GET_STRING(list->items[index * 2 + 1]), JS_VALUE_GET_STRING(value)));
}

/* The first index from `index` on that matches; the count: there is none. */
static uint32_t snap_params_find(const snap_params_list *list, uint32_t index, JSValueConst name, JSValueConst value)
{
    while (index < list->count && !snap_params_match(list, index, name, value))
        index++;
    return index;
}

/* Removes what matches from `index` on. */
static void snap_params_list_remove(JSContext *ctx, snap_params_list *list, uint32_t index, JSValueConst name, JSValueConst value)
{
    uint32_t to = index;

    for (; index < list->count; index++) {
        if (snap_params_match(list, index, name, value)) {
            snap_free_values(ctx, list->items + index * 2, 2);
        } else {
            list->items[to * 2] = list->items[index * 2];
            list->items[to++ * 2 + 1] = list->items[index * 2 + 1];
        }
    }
    list->count = to;
}

/* Puts the pairs of a query, which it takes over, in place of what there is. A "?" in front is not part of it. -1 and throws: all is as it was. */
static int snap_params_parse(JSContext *ctx, snap_params *params, JSValue query)
{
    snap_params_list list = { 0 };
    JSString *s;
    uint32_t start, end, equals;
    int status = 0;

    if (JS_IsException(query))
        return -1;
    s = JS_VALUE_GET_STRING(query);
    for (start = s->len && string_get(s, 0) == '?'; start < s->len && status == 0; start = end + 1) {
        for (end = start, equals = UINT32_MAX; end < s->len && string_get(s, (int)end) != '&'; end++)
            if (equals == UINT32_MAX && string_get(s, (int)end) == '=')
                equals = end;
        if (end == start)
            continue;
        status = snap_params_list_add(ctx, &list, snap_form_part(ctx, s, start, equals < end ? equals : end),
                                      equals < end ? snap_form_part(ctx, s, equals + 1, end) : js_empty_string(ctx->rt));
    }
    JS_FreeValue(ctx, query);
    if (status == 0) {
        snap_params_list before = params->list;
        params->list = list;
        list = before;
    }
    snap_params_list_free(ctx->rt, &list);
    return status;
}

static JSValue snap_params_serialize(JSContext *ctx, const snap_params_list *list)
{
    StringBuffer text;

    if (string_buffer_init(ctx, &text, 0))
        return JS_EXCEPTION;
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            string_buffer_putc8(&text, '&');
        snap_form_write(&text, JS_VALUE_GET_STRING(list->items[i * 2]));
        string_buffer_putc8(&text, '=');
        snap_form_write(&text, JS_VALUE_GET_STRING(list->items[i * 2 + 1]));
    }
    return string_buffer_end(&text);
}

/* "Update" of the specification: the URL has the query that the list is now. */
static JSValue snap_params_changed(JSContext *ctx, snap_params *params)
{
    JSValue query;

    if (JS_IsUndefined(params->url))
        return JS_UNDEFINED;
    query = snap_params_serialize(ctx, &params->list);
    return JS_IsException(query) || snap_url_set_query(ctx, params->url, query) < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

/* ---- objects ---- */

static void snap_params_finalizer(JSRuntime *rt, JSValueConst value)
{
    snap_params *params = JS_GetOpaque(value, snap_params_class);

    if (!params)
        return;
    snap_params_list_free(rt, &params->list);
    JS_FreeValueRT(rt, params->url);
    js_free_rt(rt, params);
}

static void snap_params_mark(JSRuntime *rt, JSValueConst value, JS_MarkFunc *mark)
{
    snap_params *params = JS_GetOpaque(value, snap_params_class);

    if (params)
        JS_MarkValue(rt, params->url, mark);
}

static const JSClassDef snap_params_definition = {
    .class_name = "URLSearchParams", .finalizer = snap_params_finalizer, .gc_mark = snap_params_mark,
};

/* An empty one; `new_target` as js_create_from_ctor has it. Throws. */
static JSValue snap_params_object(JSContext *ctx, JSValueConst new_target)
{
    JSValue object = js_create_from_ctor(ctx, new_target, snap_params_class);
    snap_params *params = JS_IsException(object) ? NULL : js_mallocz(ctx, sizeof *params);

    if (!params) {
        JS_FreeValue(ctx, object);
        return JS_EXCEPTION;
    }
    params->url = JS_UNDEFINED;
    JS_SetOpaque(object, params);
    return object;
}

static void snap_params_bind(JSContext *ctx, JSValueConst object, JSValueConst url)
{
    snap_params *params = JS_GetOpaque(object, snap_params_class);

    params->url = JS_DupValue(ctx, url);
}
