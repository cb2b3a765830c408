/* What an object is called: its constructor's name, its tag, and the short form of functions, dates, regular expressions and boxed
 * values. All of it goes to `names`.
 */

typedef struct snap_view {                                     /* an object that is being shown */
    JSObject *object;
    bool has_constructor;                                      /* false: it has a null prototype */
    snap_span constructor, tag;                                /* in `names` */
    size_t first_key;
    snap_frame frame;
    JSValue shown;                                             /* what a platform object is shown by; else undefined */
} snap_view;

static snap_span snap_name_since(const snap_inspector *in, size_t start)
{
    return (snap_span){ start, in->names.size - start };
}

static bool snap_name_is(const snap_inspector *in, snap_span name, const char *text)
{
    return name.size == strlen(text) && !memcmp(in->names.data + name.start, text, name.size);
}

static bool snap_names_equal(const snap_inspector *in, snap_span a, snap_span b)
{
    return a.size == b.size && (!a.size || !memcmp(in->names.data + a.start, in->names.data + b.start, a.size));
}

/* the engine's name of the object's class */
static void snap_inspect_class_name(const snap_inspector *in, const JSObject *object, char *name, int size)
{
    if (object->class_id == JS_CLASS_MODULE_NS)
        snprintf(name, size, "Module");
    else
        JS_AtomGetStrRT(in->ctx->rt, name, size, in->ctx->rt->class_array[object->class_id].class_name);
}

/* appends the `name` of a function when that is a string that is not empty */
static bool snap_say_function_name(snap_inspector *in, JSObject *function)
{
    snap_property name = snap_find(in, function, JS_ATOM_name);

    if (name.kind != SNAP_DATA || !snap_is_string(name.value) || snap_string_length(name.value) == 0)
        return false;
    snap_say_string(&in->names, name.value, in->names.size + SNAP_SHOW_LIMIT);
    return true;
}

/* whether `constructor` made `object`, going by its own property `prototype`; Symbol.hasInstance is not asked */
static bool snap_is_instance(snap_inspector *in, JSObject *object, JSObject *constructor)
{
    snap_property prototype = snap_own(in, constructor, JS_ATOM_prototype, false);

    return prototype.kind == SNAP_DATA && snap_is_object(prototype.value)
        && snap_has_prototype(in, object, JS_VALUE_GET_OBJ(prototype.value));
}

/* appends the name of the constructor that `holder` names, when it is one of `object` */
static bool snap_say_constructor_of(snap_inspector *in, JSObject *object, JSObject *holder)
{
    snap_property constructor;

    /* these two are known whatever a program has done to them */
    if (holder != object && holder == JS_VALUE_GET_OBJ(in->ctx->class_proto[JS_CLASS_OBJECT])) {
        snap_say(&in->names, "Object");
        return true;
    }
    if (holder != object && holder == JS_VALUE_GET_OBJ(in->ctx->function_proto)) {
        snap_say(&in->names, "Function");
        return true;
    }
    constructor = snap_own(in, holder, JS_ATOM_constructor, false);
    return constructor.kind == SNAP_DATA && snap_is_object(constructor.value)
        && snap_is_callable(in->ctx, JS_VALUE_GET_OBJ(constructor.value))
        && snap_is_instance(in, object, JS_VALUE_GET_OBJ(constructor.value))
        && snap_say_function_name(in, JS_VALUE_GET_OBJ(constructor.value));
}

/* appends the name of the object's constructor; false, and nothing appended, when it has a null prototype */
static bool snap_say_constructor(snap_inspector *in, JSObject *object, int level)
{
    JSObject *prototype = object->shape->proto, *holder = object;
    char name[64];

    if (object->class_id == snap_host_object_class) {   /* nobody can have set another */
        snap_say(&in->names, snap_host_object_definition.class_name);
        return true;
    }
    while (holder && holder->class_id != JS_CLASS_PROXY && snap_goes_on(in, 1)) {
        if (snap_say_constructor_of(in, object, holder))
            return true;
        holder = holder->shape->proto;
    }
    if (!prototype)
        return false;
    snap_inspect_class_name(in, object, name, sizeof name);
    snap_say(&in->names, name);
    if (level > in->depth || prototype->class_id == JS_CLASS_PROXY) {
        snap_say(&in->names, " <Complex prototype>");
        return true;
    }
    snap_say(&in->names, " <");
    if (!snap_say_constructor(in, prototype, level + 1)) {
        snap_say(&in->names, "[Object: null prototype]");
        snap_say(&in->names, prototype->shape->prop_count == prototype->shape->deleted_prop_count ? " {}" : "");
    }
    snap_put_byte(&in->names, '>');
    return true;
}

/* appends Symbol.toStringTag, unless it is shown as a property anyway. Typed arrays have it as a getter, whose answer is known. */
static void snap_say_tag(snap_inspector *in, JSObject *object)
{
    snap_property own = snap_own(in, object, JS_ATOM_Symbol_toStringTag, false), tag;
    char name[64];

    if (own.kind != SNAP_ABSENT && (own.is_enumerable || in->shows_hidden))
        return;
    tag = snap_find(in, object, JS_ATOM_Symbol_toStringTag);
    if (tag.text) {
        snap_say(&in->names, tag.text);
    } else if (tag.kind == SNAP_DATA && snap_is_string(tag.value)) {
        snap_say_string(&in->names, tag.value, in->names.size + SNAP_SHOW_LIMIT);
    } else if (tag.kind == SNAP_ACCESSOR && is_typed_array(object->class_id)) {
        snap_inspect_class_name(in, object, name, sizeof name);
        snap_say(&in->names, name);
    }
}

static void snap_look(snap_inspector *in, snap_view *view, JSObject *object, int level)
{
    size_t start = in->names.size;

    *view = (snap_view){ .object = object, .first_key = snap_key_count(in), .shown = JS_UNDEFINED };
    view->has_constructor = snap_say_constructor(in, object, level);
    view->constructor = snap_name_since(in, start);
    start = in->names.size;
    snap_say_tag(in, object);
    view->tag = snap_name_since(in, start);
    view->frame = (snap_frame){ .close = "}", .start = in->text.size, .first_entry = snap_entry_count(in), .level = level + 1 };
}

static void snap_say_tag_after(snap_inspector *in, const snap_view *view)
{
    if (view->tag.size == 0 || (view->has_constructor && snap_names_equal(in, view->tag, view->constructor)))
        return;
    snap_say(&in->names, " [");
    snap_say_span(&in->names, &in->names, view->tag);
    snap_put_byte(&in->names, ']');
}

/* appends `Foo [tag]`, with a size as in `Foo(2)` when that is not negative */
static void snap_say_prefix(snap_inspector *in, const snap_view *view, const char *fallback, int64_t size)
{
    if (view->has_constructor) {
        snap_say_span(&in->names, &in->names, view->constructor);
    } else {
        snap_put_byte(&in->names, '[');
        snap_say(&in->names, fallback);
    }
    if (size >= 0) {
        snap_put_byte(&in->names, '(');
        snap_say_uint(&in->names, size);
        snap_put_byte(&in->names, ')');
    }
    if (!view->has_constructor)
        snap_say(&in->names, ": null prototype]");
    if (view->has_constructor || !snap_name_is(in, view->tag, fallback))
        snap_say_tag_after(in, view);
}

/* the same without a size, for whatever it is */
static void snap_say_style(snap_inspector *in, const snap_view *view)
{
    char name[64];

    snap_inspect_class_name(in, view->object, name, sizeof name);
    snap_say_prefix(in, view, snap_name_is(in, view->tag, name) ? "Object" : name, -1);
}

/* ---- short forms ------------------------------------------------------------------------------------------------- */

/* Only a class is a constructor and yet gets its `prototype` from elsewhere: from its definition. Methods are no constructors. */
static bool snap_is_class(const JSObject *object)
{
    return object->class_id == JS_CLASS_BYTECODE_FUNCTION && object->is_constructor && !object->u.func.function_bytecode->has_prototype;
}

static void snap_say_class(snap_inspector *in, const snap_view *view)
{
    snap_property name = snap_own(in, view->object, JS_ATOM_name, false);
    JSObject *parent = view->object->shape->proto;
    size_t start;

    snap_say(&in->names, "[class ");
    if (name.kind != SNAP_DATA || !snap_is_string(name.value) || !snap_say_function_name(in, view->object))
        snap_say(&in->names, "(anonymous)");
    if (view->has_constructor && !snap_name_is(in, view->constructor, "Function")) {
        snap_say(&in->names, " [");
        snap_say_span(&in->names, &in->names, view->constructor);
        snap_put_byte(&in->names, ']');
    }
    snap_say_tag_after(in, view);
    start = in->names.size;
    snap_say(&in->names, " extends ");
    if (!view->has_constructor)
        snap_say(&in->names, "[null prototype]");
    else if (!parent || !snap_say_function_name(in, parent))
        in->names.size = start;
    snap_put_byte(&in->names, ']');
}

static const char *snap_function_type(const JSObject *function)
{
    switch (function->class_id) {
    case JS_CLASS_GENERATOR_FUNCTION:
        return "GeneratorFunction";
    case JS_CLASS_ASYNC_FUNCTION:
        return "AsyncFunction";
    case JS_CLASS_ASYNC_GENERATOR_FUNCTION:
        return "AsyncGeneratorFunction";
    }
    return "Function";
}

static void snap_say_function(snap_inspector *in, const snap_view *view)
{
    const char *type = snap_function_type(view->object);
    size_t start;

    if (snap_is_class(view->object)) {
        snap_say_class(in, view);
        return;
    }
    snap_put_byte(&in->names, '[');
    snap_say(&in->names, type);
    if (!view->has_constructor)
        snap_say(&in->names, " (null prototype)");
    start = in->names.size;
    snap_say(&in->names, ": ");
    if (!snap_say_function_name(in, view->object)) {
        in->names.size = start;
        snap_say(&in->names, " (anonymous)");
    }
    snap_put_byte(&in->names, ']');
    if (view->has_constructor && !snap_name_is(in, view->constructor, type)) {
        snap_put_byte(&in->names, ' ');
        snap_say_span(&in->names, &in->names, view->constructor);
    }
    snap_say_tag_after(in, view);
}

/* the source with `/` and line ends escaped where RegExp.prototype.source does so, then the flags of the compiled expression */
static void snap_say_regexp(snap_inspector *in, const JSObject *object)
{
    static const struct { int bit; char letter; } flags[] = {
        { LRE_FLAG_INDICES, 'd' }, { LRE_FLAG_GLOBAL, 'g' }, { LRE_FLAG_IGNORECASE, 'i' }, { LRE_FLAG_MULTILINE, 'm' },
        { LRE_FLAG_DOTALL, 's' }, { LRE_FLAG_UNICODE, 'u' }, { LRE_FLAG_UNICODE_SETS, 'v' }, { LRE_FLAG_STICKY, 'y' },
    };
    const JSRegExp *regexp = &object->u.regexp;
    size_t count = regexp->pattern ? snap_read_units(&in->units, JS_MKPTR(JS_TAG_STRING, regexp->pattern), SNAP_SHOW_LIMIT) : 0;
    const uint16_t *units = (const uint16_t *)in->units.data;
    bool is_in_class = false;

    snap_put_byte(&in->names, '/');
    if (count == 0)
        snap_say(&in->names, "(?:)");
    for (size_t i = 0; i < count;) {
        uint16_t unit = units[i];

        if (unit == '\\' && i + 1 < count)
            i += snap_say_unit(&in->names, units, i, count);
        else if (unit == '[' || unit == ']')
            is_in_class = unit == '[';
        else if (unit == '\n' || unit == '\r' || (unit == '/' && !is_in_class))
            snap_put_byte(&in->names, '\\');
        if (unit == '\n' || unit == '\r') {
            snap_put_byte(&in->names, unit == '\n' ? 'n' : 'r');
            i++;
            continue;
        }
        i += snap_say_unit(&in->names, units, i, count);
    }
    snap_put_byte(&in->names, '/');
    for (size_t i = 0; regexp->bytecode && i < countof(flags); i++)
        if (lre_get_flags(str8(regexp->bytecode)) & flags[i].bit)
            snap_put_byte(&in->names, flags[i].letter);
}

/* as toISOString() */
static void snap_say_date(snap_buffer *b, JSContext *ctx, const JSObject *object)
{
    double fields[9];
    char text[64];

    if (!JS_IsNumber(object->u.object_data) || get_date_fields(ctx, JS_MKPTR(JS_TAG_OBJECT, (JSObject *)object), fields, 0, 0) <= 0) {
        snap_say(b, "Invalid Date");
        return;
    }
    snprintf(text, sizeof text, fields[0] >= 0 && fields[0] <= 9999 ? "%04d" : "%+07d", (int)fields[0]);
    snap_say(b, text);
    snprintf(text, sizeof text, "-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)fields[1] + 1, (int)fields[2], (int)fields[3],
             (int)fields[4], (int)fields[5], (int)fields[6]);
    snap_say(b, text);
}

/* a short form with what the object is in front of it, unless that goes without saying */
static void snap_say_unless_plain(snap_inspector *in, const snap_view *view, const char *plain)
{
    size_t start = in->names.size;

    snap_say_prefix(in, view, plain, -1);
    if (snap_name_is(in, snap_name_since(in, start), plain))
        in->names.size = start;
    else
        snap_put_byte(&in->names, ' ');
}
