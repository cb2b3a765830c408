/* URL. URL Standard, section 6.1. An object holds its URL serialised, which is ASCII, and where in it the parts are; so most members are slices. */
typedef struct snap_url {
    snap_ada_parts parts;
    JSValue href;
    JSValue params;         /* the URLSearchParams; JS_UNDEFINED until it is asked for */
} snap_url;

static JSClassID snap_url_class;

static void snap_url_finalizer(JSRuntime *rt, JSValueConst value)
{
    snap_url *url = JS_GetOpaque(value, snap_url_class);

    if (!url)
        return;
    JS_FreeValueRT(rt, url->href);
    JS_FreeValueRT(rt, url->params);
    js_free_rt(rt, url);
}

static void snap_url_mark(JSRuntime *rt, JSValueConst value, JS_MarkFunc *mark)
{
    snap_url *url = JS_GetOpaque(value, snap_url_class);

    if (url)
        JS_MarkValue(rt, url->params, mark);
}

static const JSClassDef snap_url_definition = { .class_name = "URL", .finalizer = snap_url_finalizer, .gc_mark = snap_url_mark };

/* ---- parsing ---- */

typedef struct snap_url_parsed {
    JSContext *ctx;
    snap_ada_parts parts;
    JSValue href;           /* JS_UNDEFINED: it was not a URL. JS_EXCEPTION: no memory for it */
} snap_url_parsed;

static void snap_url_receive(void *context, const snap_ada_parts *parts, snap_ada_text href)
{
    snap_url_parsed *parsed = context;

    parsed->parts = *parts;
    if (href.size > JS_STRING_LEN_MAX)
        parsed->href = JS_ThrowRangeError(parsed->ctx, "invalid string length");
    else
        parsed->href = js_new_string8_len(parsed->ctx, href.bytes, (int)href.size);
}

/* 1: parsed, and href belongs to the caller; 0: it is not a URL; -1 and throws. */
static int snap_url_parse(JSContext *ctx, snap_url_parsed *parsed, const snap_url_text *input, const snap_url_text *base)
{
    snap_url_room room;
    size_t size = snap_url_room_sum(snap_ada_room_for(input->text, SNAP_ADA_INPUT), base ? snap_ada_room_for(base->text, SNAP_ADA_BASE) : 0);

    *parsed = (snap_url_parsed){ .ctx = ctx, .href = JS_UNDEFINED };
    if (snap_url_room_open(ctx, &room, size) < 0)
        return -1;
    snap_ada_parse(room.room, input->text, base ? &base->text : NULL, snap_url_receive, parsed);
    snap_url_room_close(ctx, &room);
    return JS_IsException(parsed->href) ? -1 : !JS_IsUndefined(parsed->href);
}

/* The arguments of the constructor, canParse and parse: as snap_url_parse. */
static int snap_url_parse_arguments(JSContext *ctx, snap_url_parsed *parsed, int argc, JSValueConst *argv)
{
    snap_url_text input, base;
    bool has_base = argc > 1 && !JS_IsUndefined(argv[1]);
    int status;

    if (argc < 1) {
        JS_ThrowTypeError(ctx, "URL: an argument is missing");
        return -1;
    }
    if (snap_url_text_of(ctx, &input, argv[0]) < 0)
        return -1;
    if (has_base && snap_url_text_of(ctx, &base, argv[1]) < 0) {
        snap_url_text_free(ctx, &input);
        return -1;
    }
    status = snap_url_parse(ctx, parsed, &input, has_base ? &base : NULL);
    snap_url_text_free(ctx, &input);
    if (has_base)
        snap_url_text_free(ctx, &base);
    return status;
}

/* Sets a member to a text: as snap_url_parse. Not a URL: the value is not allowed. */
static int snap_url_change(JSContext *ctx, snap_url_parsed *parsed, const snap_url *url, snap_ada_member member, snap_ada_text value)
{
    JSString *s = JS_VALUE_GET_STRING(url->href);
    snap_ada_text href = { (const char *)str8(s), s->len };
    bool has_host = member == SNAP_ADA_HREF || member == SNAP_ADA_HOST || member == SNAP_ADA_HOSTNAME;
    size_t size = snap_url_room_sum(snap_ada_room_for(href, SNAP_ADA_INPUT), snap_ada_room_for(value, has_host ? SNAP_ADA_INPUT : SNAP_ADA_VALUE));
    snap_url_room room;

    *parsed = (snap_url_parsed){ .ctx = ctx, .href = JS_UNDEFINED };
    if (snap_url_room_open(ctx, &room, size) < 0)
        return -1;
    snap_ada_set(room.room, href, member, value, snap_url_receive, parsed);
    snap_url_room_close(ctx, &room);
    return JS_IsException(parsed->href) ? -1 : !JS_IsUndefined(parsed->href);
}

static void snap_url_adopt(JSContext *ctx, snap_url *url, const snap_url_parsed *parsed)
{
    JSValue before = url->href;

    url->parts = parsed->parts;
    url->href = parsed->href;
    JS_FreeValue(ctx, before);
}

/* An object for what was parsed, which it takes over; `new_target` as js_create_from_ctor has it. */
static JSValue snap_url_object(JSContext *ctx, const snap_url_parsed *parsed, JSValueConst new_target)
{
    JSValue object = js_create_from_ctor(ctx, new_target, snap_url_class);
    snap_url *url = JS_IsException(object) ? NULL : js_mallocz(ctx, sizeof *url);

    if (!url) {
        JS_FreeValue(ctx, object);
        JS_FreeValue(ctx, parsed->href);
        return JS_EXCEPTION;
    }
    *url = (snap_url){ .parts = parsed->parts, .href = parsed->href, .params = JS_UNDEFINED };
    JS_SetOpaque(object, url);
    return object;
}

static JSValue snap_url_construct(JSContext *ctx, JSValueConst new_target, int argc, JSValueConst *argv)
{
    snap_url_parsed parsed;
    int status = snap_url_parse_arguments(ctx, &parsed, argc, argv);

    if (status < 0)
        return JS_EXCEPTION;
    return status ? snap_url_object(ctx, &parsed, new_target) : JS_ThrowTypeError(ctx, "Invalid URL");
}

static JSValue snap_url_static_parse(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_url_parsed parsed;
    int status = snap_url_parse_arguments(ctx, &parsed, argc, argv);

    (void)this_value;
    if (status < 0)
        return JS_EXCEPTION;
    return status ? snap_url_object(ctx, &parsed, JS_UNDEFINED) : JS_NULL;
}

static JSValue snap_url_can_parse(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_url_parsed parsed;
    int status = snap_url_parse_arguments(ctx, &parsed, argc, argv);

    (void)this_value;
    if (status < 0)
        return JS_EXCEPTION;
    JS_FreeValue(ctx, parsed.href);
    return JS_NewBool(ctx, status);
}

/* ---- members ---- */

typedef struct snap_url_span {
    uint32_t start, end;
} snap_url_span;

static snap_url_span snap_url_host(const snap_url *url, bool has_port)
{
    const snap_ada_parts *at = &url->parts;
    const uint8_t *href = str8(JS_VALUE_GET_STRING(url->href));
    uint32_t start = at->host_start + (at->host_end > at->host_start && href[at->host_start] == '@');

    /* without a host, what follows host_end may be the "/." in front of a path */
    return (snap_url_span){ start, has_port && start < at->host_end ? at->pathname_start : at->host_end };
}

/* What follows a "?" or "#", with it; nothing when that is all. */
static snap_url_span snap_url_tail(uint32_t start, uint32_t end)
{
    return start == SNAP_ADA_NONE || end - start <= 1 ? (snap_url_span){ 0, 0 } : (snap_url_span){ start, end };
}

/* Where the member is in the serialised URL. Not of the origin. */
static snap_url_span snap_url_member(const snap_url *url, snap_ada_member member)
{
    const snap_ada_parts *at = &url->parts;
    uint32_t end = (uint32_t)JS_VALUE_GET_STRING(url->href)->len;
    uint32_t hash = at->hash_start == SNAP_ADA_NONE ? end : at->hash_start;

    switch (member) {
    case SNAP_ADA_PROTOCOL:
        return (snap_url_span){ 0, at->protocol_end };
    case SNAP_ADA_USERNAME:
        return at->username_end > at->protocol_end + 2 ? (snap_url_span){ at->protocol_end + 2, at->username_end } : (snap_url_span){ 0, 0 };
    case SNAP_ADA_PASSWORD:
        return at->host_start > at->username_end ? (snap_url_span){ at->username_end + 1, at->host_start } : (snap_url_span){ 0, 0 };
    case SNAP_ADA_HOST:
    case SNAP_ADA_HOSTNAME:
        return snap_url_host(url, member == SNAP_ADA_HOST);
    case SNAP_ADA_PORT:
        return at->port == SNAP_ADA_NONE ? (snap_url_span){ 0, 0 } : (snap_url_span){ at->host_end + 1, at->pathname_start };
    case SNAP_ADA_PATHNAME:
        return (snap_url_span){ at->pathname_start, at->search_start == SNAP_ADA_NONE ? hash : at->search_start };
    case SNAP_ADA_SEARCH:
        return snap_url_tail(at->search_start, hash);
    case SNAP_ADA_HASH:
        return snap_url_tail(at->hash_start, end);
    default:
        return (snap_url_span){ 0, end };
    }
}

static JSValue snap_url_slice(JSContext *ctx, const snap_url *url, snap_url_span span)
{
    return js_sub_string(ctx, JS_VALUE_GET_STRING(url->href), (int)span.start, (int)span.end);
}

static bool snap_url_has_scheme(const snap_url *url, const char *scheme)
{
    return url->parts.protocol_end == strlen(scheme) && !memcmp(str8(JS_VALUE_GET_STRING(url->href)), scheme, url->parts.protocol_end);
}

static JSValue snap_url_tuple_origin(JSContext *ctx, const snap_url *url)
{
    snap_url_span host = snap_url_host(url, true);
    const uint8_t *href = str8(JS_VALUE_GET_STRING(url->href));
    StringBuffer text;

    if (string_buffer_init(ctx, &text, (int)(url->parts.protocol_end + 2 + host.end - host.start)))
        return JS_EXCEPTION;
    string_buffer_write8(&text, href, (int)url->parts.protocol_end);
    string_buffer_puts8(&text, "//");
    string_buffer_write8(&text, href + host.start, (int)(host.end - host.start));
    return string_buffer_end(&text);
}

static bool snap_url_is_http(const snap_url *url)
{
    return snap_url_has_scheme(url, "http:") || snap_url_has_scheme(url, "https:");
}

/* That of a blob URL is the origin of the URL that is its path. URL Standard, section 4.7 */
static JSValue snap_url_blob_origin(JSContext *ctx, const snap_url *url)
{
    snap_url_text path;
    snap_url_parsed parsed;
    snap_url inner;
    JSValue origin;
    int status = snap_url_text_set(ctx, &path, snap_url_slice(ctx, url, snap_url_member(url, SNAP_ADA_PATHNAME)));

    if (status < 0)
        return JS_EXCEPTION;
    status = snap_url_parse(ctx, &parsed, &path, NULL);
    snap_url_text_free(ctx, &path);
    if (status <= 0)
        return status < 0 ? JS_EXCEPTION : js_new_string8(ctx, "null");
    inner = (snap_url){ .parts = parsed.parts, .href = parsed.href };
    origin = snap_url_is_http(&inner) ? snap_url_tuple_origin(ctx, &inner) : js_new_string8(ctx, "null");
    JS_FreeValue(ctx, inner.href);
    return origin;
}

static JSValue snap_url_origin(JSContext *ctx, const snap_url *url)
{
    if (snap_url_is_http(url) || snap_url_has_scheme(url, "ws:") || snap_url_has_scheme(url, "wss:") || snap_url_has_scheme(url, "ftp:"))
        return snap_url_tuple_origin(ctx, url);
    return snap_url_has_scheme(url, "blob:") ? snap_url_blob_origin(ctx, url) : js_new_string8(ctx, "null");
}

static JSValue snap_url_get(JSContext *ctx, JSValueConst this_value, int member)
{
    const snap_url *url = JS_GetOpaque2(ctx, this_value, snap_url_class);

    if (!url)
        return JS_EXCEPTION;
    return member == SNAP_ADA_ORIGIN ? snap_url_origin(ctx, url) : snap_url_slice(ctx, url, snap_url_member(url, (snap_ada_member)member));
}

static JSValue snap_url_to_json(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)argc;
    (void)argv;
    return snap_url_get(ctx, this_value, SNAP_ADA_HREF);
}

/* The query's pairs, for a URLSearchParams; -1 and throws. */
static int snap_url_refill(JSContext *ctx, const snap_url *url, const snap_url_parsed *parsed)
{
    snap_url changed = { .parts = parsed->parts, .href = parsed->href };
    snap_url_span span = snap_url_member(&changed, SNAP_ADA_SEARCH);

    if (JS_IsUndefined(url->params))
        return 0;
    return snap_params_parse(ctx, JS_GetOpaque(url->params, snap_params_class), snap_url_slice(ctx, &changed, span));
}

static JSValue snap_url_set(JSContext *ctx, JSValueConst this_value, JSValueConst value, int member)
{
    snap_url *url = JS_GetOpaque2(ctx, this_value, snap_url_class);
    snap_url_parsed parsed;
    snap_url_text text;
    int status;

    if (!url || snap_url_text_of(ctx, &text, value) < 0)
        return JS_EXCEPTION;
    status = snap_url_change(ctx, &parsed, url, (snap_ada_member)member, text.text);
    snap_url_text_free(ctx, &text);
    if (status == 0 && member == SNAP_ADA_HREF)
        return JS_ThrowTypeError(ctx, "Invalid URL");
    if (status > 0 && (member == SNAP_ADA_HREF || member == SNAP_ADA_SEARCH) && snap_url_refill(ctx, url, &parsed) < 0) {
        JS_FreeValue(ctx, parsed.href);
        return JS_EXCEPTION;
    }
    if (status > 0)
        snap_url_adopt(ctx, url, &parsed);
    return status < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

/* ---- searchParams ---- */

static JSValue snap_url_get_params(JSContext *ctx, JSValueConst this_value)
{
    snap_url *url = JS_GetOpaque2(ctx, this_value, snap_url_class);
    JSValue params;

    if (!url)
        return JS_EXCEPTION;
    if (JS_IsUndefined(url->params)) {
        params = snap_params_object(ctx, JS_UNDEFINED);
        if (JS_IsException(params))
            return params;
        if (snap_params_parse(ctx, JS_GetOpaque(params, snap_params_class), snap_url_slice(ctx, url, snap_url_member(url, SNAP_ADA_SEARCH))) < 0) {
            JS_FreeValue(ctx, params);
            return JS_EXCEPTION;
        }
        snap_params_bind(ctx, params, this_value);
        url->params = params;
    }
    return JS_DupValue(ctx, url->params);
}

static int snap_url_set_query(JSContext *ctx, JSValueConst object, JSValue query)
{
    snap_url *url = JS_GetOpaque(object, snap_url_class);
    snap_url_parsed parsed;
    snap_url_text text;
    int status = snap_url_text_set(ctx, &text, query);

    if (status < 0)
        return -1;
    status = snap_url_change(ctx, &parsed, url, SNAP_ADA_SEARCH, text.text);
    snap_url_text_free(ctx, &text);
    if (status > 0)
        snap_url_adopt(ctx, url, &parsed);
    return status < 0 ? -1 : 0;
}

/* ---- the class ---- */

#define SNAP_URL_ATTRIBUTE(name, member) \
    JS_CGETSET_MAGIC_DEF2(name, snap_url_get, snap_url_set, member, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE)

static const JSCFunctionListEntry snap_url_members[] = {
    SNAP_URL_ATTRIBUTE("href", SNAP_ADA_HREF),
    JS_CGETSET_MAGIC_DEF2("origin", snap_url_get, NULL, SNAP_ADA_ORIGIN, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    SNAP_URL_ATTRIBUTE("protocol", SNAP_ADA_PROTOCOL),
    SNAP_URL_ATTRIBUTE("username", SNAP_ADA_USERNAME),
    SNAP_URL_ATTRIBUTE("password", SNAP_ADA_PASSWORD),
    SNAP_URL_ATTRIBUTE("host", SNAP_ADA_HOST),
    SNAP_URL_ATTRIBUTE("hostname", SNAP_ADA_HOSTNAME),
    SNAP_URL_ATTRIBUTE("port", SNAP_ADA_PORT),
    SNAP_URL_ATTRIBUTE("pathname", SNAP_ADA_PATHNAME),
    SNAP_URL_ATTRIBUTE("search", SNAP_ADA_SEARCH),
    JS_CGETSET_DEF2("searchParams", snap_url_get_params, NULL, JS_PROP_CONFIGURABLE | JS_PROP_ENUMERABLE),
    SNAP_URL_ATTRIBUTE("hash", SNAP_ADA_HASH),
    JS_CFUNC_DEF2("toString", 0, snap_url_to_json, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("toJSON", 0, snap_url_to_json, JS_PROP_C_W_E),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "URL", JS_PROP_CONFIGURABLE),
};

static const JSCFunctionListEntry snap_url_statics[] = {
    JS_CFUNC_DEF2("canParse", 1, snap_url_can_parse, JS_PROP_C_W_E),
    JS_CFUNC_DEF2("parse", 1, snap_url_static_parse, JS_PROP_C_W_E),
};

static int snap_add_url(JSContext *ctx, JSValueConst web)
{
    static const snap_interface interfaces[] = {
        { &snap_url_class, &snap_url_definition, snap_url_construct, 1,
          snap_url_members, countof(snap_url_members), snap_url_statics, countof(snap_url_statics) },
        { &snap_params_class, &snap_params_definition, snap_params_construct, 0,
          snap_params_members, countof(snap_params_members), NULL, 0 },
    };
    (void)web;

    if (!snap_ada_initialize()) {
        snap_throw_no_memory(ctx);
        return -1;
    }
    for (size_t i = 0; i < countof(interfaces); i++)
        if (snap_add_interface(ctx, &interfaces[i]) < 0)
            return -1;
    return snap_params_iterator_initialize(ctx);
}
