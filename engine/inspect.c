/* Values as Node's util.inspect shows them, without running any of the program's code, throwing, or needing the JavaScript heap.
 *
 *   inspect_text    strings, numbers, names            inspect_class  what an object is called
 *   inspect_look    properties, keys, prototypes       inspect_error  stack texts
 *   inspect_layout  lines and columns                  inspect_items  entries of containers
 *
 * This file decides which of them an object is shown with.
 */

typedef void snap_items(snap_inspector *in, const snap_view *view);

/* `open` is what stands before the first entry: the prefix, when it says more than the brackets do, and a bracket */
static void snap_set_open(snap_inspector *in, snap_view *view, const char *fallback, int64_t size, const char *bracket)
{
    size_t start = in->names.size;

    if (fallback) {
        snap_say_prefix(in, view, fallback, size);
        snap_put_byte(&in->names, ' ');
    }
    snap_say(&in->names, bracket);
    view->frame.open = snap_name_since(in, start);
    if (strchr(bracket, '[') && bracket[1] == 0) {
        view->frame.close = "]";
        view->frame.is_list = true;
    }
}

static void snap_collect_shown(snap_inspector *in, const snap_view *view, bool has_indexes)
{
    snap_collect_keys(in, view->object, (has_indexes ? SNAP_KEYS_INDEX : 0) | SNAP_KEYS_NAMED | SNAP_KEYS_SYMBOL
                                            | (in->shows_hidden ? SNAP_KEYS_HIDDEN : 0));
}

static snap_items *snap_open_array(snap_inspector *in, snap_view *view)
{
    bool is_plain = view->has_constructor && view->tag.size == 0 && snap_name_is(in, view->constructor, "Array");
    uint32_t length = snap_inspect_array_length(view->object);

    snap_collect_shown(in, view, false);
    snap_set_open(in, view, is_plain ? NULL : "Array", length, "[");
    return length ? snap_array_items : NULL;
}

static snap_items *snap_open_typed(snap_inspector *in, snap_view *view)
{
    uint32_t length = snap_typed_length(view->object);
    char name[64];

    snap_inspect_class_name(in, view->object, name, sizeof name);
    snap_collect_shown(in, view, false);
    snap_set_open(in, view, name, length, "[");
    return length || in->shows_hidden ? snap_typed_items : NULL;
}

static snap_items *snap_open_map(snap_inspector *in, snap_view *view)
{
    uint32_t size = view->object->u.map_state->record_count;

    snap_collect_shown(in, view, true);
    snap_set_open(in, view, view->object->class_id == JS_CLASS_MAP ? "Map" : "Set", size, "{");
    return size ? snap_map_items : NULL;
}

static snap_items *snap_open_iterator(snap_inspector *in, snap_view *view)
{
    bool is_map = view->object->class_id == JS_CLASS_MAP_ITERATOR;
    JSMapIteratorData *iterator = view->object->u.map_iterator_data;
    bool has_pairs = iterator && snap_is_object(iterator->obj) && iterator->kind == JS_ITERATOR_KIND_KEY_AND_VALUE;

    snap_collect_shown(in, view, true);
    if (has_pairs)
        snap_set_open(in, view, NULL, -1, is_map ? "[Map Entries] {" : "[Set Entries] {");
    else
        snap_set_open(in, view, NULL, -1, is_map ? "[Map Iterator] {" : "[Set Iterator] {");
    return snap_iterator_items;
}

static void snap_say_boxed(snap_inspector *in, const snap_view *view)
{
    char type[64];

    snap_inspect_class_name(in, view->object, type, sizeof type);
    snap_put_byte(&in->names, '[');
    snap_say(&in->names, type);
    if (!view->has_constructor) {
        snap_say(&in->names, " (null prototype)");
    } else if (!snap_name_is(in, view->constructor, type)) {
        snap_say(&in->names, " (");
        snap_say_span(&in->names, &in->names, view->constructor);
        snap_put_byte(&in->names, ')');
    }
    snap_say(&in->names, ": ");
    snap_show_primitive(in, &in->names, view->object->u.object_data);
    snap_put_byte(&in->names, ']');
    snap_say_tag_after(in, view);
}

static bool snap_is_boxed(const JSObject *object)
{
    switch (object->class_id) {
    case JS_CLASS_NUMBER: case JS_CLASS_STRING: case JS_CLASS_BOOLEAN: case JS_CLASS_SYMBOL: case JS_CLASS_BIG_INT:
        return true;
    }
    return false;
}

/* What has a text of its own in front of its properties, or in place of them; false when it is not of that sort */
static bool snap_open_base(snap_inspector *in, snap_view *view)
{
    JSObject *object = view->object;
    size_t start = in->names.size;

    if (snap_is_callable(in->ctx, object)) {
        snap_say_function(in, view);
    } else if (snap_name_is(in, view->constructor, "Object")) {
        return false;
    } else if (object->class_id == JS_CLASS_REGEXP) {
        snap_say_unless_plain(in, view, "RegExp");
        snap_say_regexp(in, object);
    } else if (object->class_id == JS_CLASS_DATE) {
        snap_say_unless_plain(in, view, "Date");
        snap_say_date(&in->names, in->ctx, object);
    } else if (snap_is_boxed(object)) {
        snap_say_boxed(in, view);
    } else if (snap_is_error(in, object)) {
        snap_say_error(in, view);
        return true;
    } else {
        return false;
    }
    view->frame.base = snap_name_since(in, start);
    return true;
}

/* the objects that are neither lists nor told by a base; NULL: their properties are all there is */
static snap_items *snap_open_object(snap_inspector *in, snap_view *view)
{
    JSObject *object = view->object;
    char name[64];

    if (view->has_constructor && snap_name_is(in, view->constructor, "Object")) {
        bool is_arguments = object->class_id == JS_CLASS_ARGUMENTS || object->class_id == JS_CLASS_MAPPED_ARGUMENTS;

        snap_set_open(in, view, !is_arguments && view->tag.size ? "Object" : NULL, -1, is_arguments ? "[Arguments] {" : "{");
        return NULL;
    }
    snap_inspect_class_name(in, object, name, sizeof name);
    if (snap_name_is(in, view->tag, name) && object->class_id == JS_CLASS_OBJECT)
        snprintf(name, sizeof name, "Object");
    snap_set_open(in, view, name, -1, "{");
    switch (object->class_id) {
    case JS_CLASS_ARRAY_BUFFER:
    case JS_CLASS_SHARED_ARRAY_BUFFER:
        return snap_buffer_items;
    case JS_CLASS_DATAVIEW:
        return snap_data_view_items;
    case JS_CLASS_PROMISE:
        return snap_promise_items;
    case JS_CLASS_WEAKMAP:
    case JS_CLASS_WEAKSET:
        return snap_weak_items;
    }
    view->shown = snap_platform_shown(in->ctx, object);
    if (!JS_IsObject(view->shown))
        return NULL;
    snap_drop_shown_keys(in, view);
    return snap_shown_count(view) ? snap_shown_items : NULL;
}

static snap_items *snap_open_view(snap_inspector *in, snap_view *view)
{
    JSObject *object = view->object;

    if (object->class_id == JS_CLASS_ARRAY)
        return snap_open_array(in, view);
    if (is_typed_array(object->class_id))
        return snap_open_typed(in, view);
    if ((object->class_id == JS_CLASS_MAP || object->class_id == JS_CLASS_SET) && object->u.map_state)
        return snap_open_map(in, view);
    if (object->class_id == JS_CLASS_MAP_ITERATOR || object->class_id == JS_CLASS_SET_ITERATOR)
        return snap_open_iterator(in, view);
    snap_collect_shown(in, view, true);
    if (snap_open_base(in, view)) {
        snap_set_open(in, view, NULL, -1, "{");
        return NULL;
    }
    return snap_open_object(in, view);
}

/* ---- circles ----------------------------------------------------------------------------------------------------- */

/* the number of an object that is referred to from within, counted as Node does; 0 when it has none yet */
static size_t snap_circle_number(const snap_inspector *in, const JSObject *object)
{
    for (size_t i = 0; i < in->circular.size / sizeof object; i++)
        if (((JSObject **)in->circular.data)[i] == object)
            return i + 1;
    return 0;
}

static bool snap_is_circular(snap_inspector *in, JSObject *object)
{
    for (int i = 0; i < in->seen_count; i++) {
        if (in->seen[i] != object)
            continue;
        if (!snap_circle_number(in, object))
            snap_put(&in->circular, &object, sizeof object);
        snap_say(&in->text, "[Circular *");
        snap_say_uint(&in->text, snap_circle_number(in, object));
        snap_put_byte(&in->text, ']');
        return true;
    }
    return false;
}

/* puts `<ref *1>` in front of what turned out to be referred to from within */
static void snap_add_reference(snap_inspector *in, snap_view *view)
{
    size_t number = snap_circle_number(in, view->object), start = in->names.size;

    if (!number)
        return;
    snap_say(&in->names, "<ref *");
    snap_say_uint(&in->names, number);
    snap_put_byte(&in->names, '>');
    if (view->frame.base.size) {
        snap_put_byte(&in->names, ' ');
        snap_say_span(&in->names, &in->names, view->frame.base);
    }
    view->frame.base = snap_name_since(in, start);
}

/* ---- objects ----------------------------------------------------------------------------------------------------- */

/* whether as many elements as there are entries are numbers: then they stand to the right in their columns */
static bool snap_is_numeric(snap_inspector *in, const snap_view *view)
{
    size_t count = snap_entry_count(in) - view->frame.first_entry;

    for (size_t i = 0; i < count; i++) {
        snap_property element = snap_own(in, view->object, __JS_AtomFromUInt32(i), false);
        int tag = JS_VALUE_GET_NORM_TAG(element.value);

        if (element.kind != SNAP_DATA)
            return false;
        if (!is_typed_array(view->object->class_id) && tag != JS_TAG_INT && tag != JS_TAG_FLOAT64 && tag != JS_TAG_BIG_INT
            && tag != JS_TAG_SHORT_BIG_INT)
            return false;
    }
    return true;
}

static void snap_show_entries(snap_inspector *in, snap_view *view, snap_items *items)
{
    size_t last_key = snap_key_count(in), i;

    in->seen[in->seen_count++] = view->object;
    in->current_depth = view->frame.level;
    if (items)
        items(in, view);
    for (i = view->first_key; i < last_key && snap_goes_on(in, 1); i++)
        snap_entry_property(in, view, snap_key(in, i), false);
    if (i < last_key)
        snap_entry_text(in, "…");
    in->seen_count--;
    snap_add_reference(in, view);
    if (view->frame.is_list)
        view->frame.is_numeric = snap_is_numeric(in, view);
    snap_compose(in, &view->frame);
}

static void snap_show_view(snap_inspector *in, snap_view *view)
{
    snap_items *items = snap_open_view(in, view);
    bool is_too_deep = view->frame.level - 1 > in->depth || in->seen_count > SNAP_SHOW_DEEPEST;
    size_t start;

    if ((!items && snap_key_count(in) == view->first_key) || (is_too_deep && view->object->class_id == JS_CLASS_REGEXP)) {
        snap_say_span(&in->text, &in->names, view->frame.base.size ? view->frame.base : view->frame.open);
        if (!view->frame.base.size)
            snap_say(&in->text, view->frame.close);
    } else if (is_too_deep) {
        start = in->names.size;
        if (view->has_constructor)
            snap_put_byte(&in->text, '[');
        snap_say_style(in, view);
        snap_say_span(&in->text, &in->names, snap_name_since(in, start));
        if (view->has_constructor)
            snap_put_byte(&in->text, ']');
    } else {
        snap_show_entries(in, view, items);
    }
}

static void snap_show_object(snap_inspector *in, JSObject *object, int level)
{
    size_t names = in->names.size, keys = snap_key_count(in);
    snap_view view;

    if (js_check_stack_overflow(in->ctx->rt, 4096)) {
        snap_say(&in->text, "[Object: Inspection interrupted prematurely. Maximum call stack size exceeded.]");
        return;
    }
    snap_look(in, &view, object, level);
    snap_show_view(in, &view);
    JS_FreeValue(in->ctx, view.shown);
    in->names.size = names;
    snap_drop_keys(in, keys);
}

/* a proxy as such: its target and its handler */
static void snap_show_proxy(snap_inspector *in, JSProxyData *proxy, int level)
{
    snap_frame frame = { .close = "]", .start = in->text.size, .first_entry = snap_entry_count(in), .level = level + 1 };
    size_t names = in->names.size, start;

    if (level > in->depth || js_check_stack_overflow(in->ctx->rt, 4096)) {
        snap_say(&in->text, "Proxy [Array]");
        return;
    }
    snap_say(&in->names, "Proxy [");
    frame.open = snap_name_since(in, names);
    for (int i = 0; i < 2; i++) {
        start = in->text.size;
        in->indentation += 2;
        snap_show(in, i ? proxy->handler : proxy->target, level + 1);
        in->indentation -= 2;
        snap_end_entry(in, start);
    }
    snap_compose(in, &frame);
    in->names.size = names;
}

static void snap_show(snap_inspector *in, JSValueConst value, int level)
{
    JSObject *object;

    if (!snap_goes_on(in, 1)) {
        snap_say(&in->text, "…");
        return;
    }
    if (!snap_is_object(value)) {
        snap_show_primitive(in, &in->text, value);
        return;
    }
    object = snap_behind_proxy(in, JS_VALUE_GET_OBJ(value));
    if (!object)
        snap_say(&in->text, in->is_spent ? "…" : "<Revoked Proxy>");
    else if (object != JS_VALUE_GET_OBJ(value) && in->shows_hidden)
        snap_show_proxy(in, JS_VALUE_GET_OBJ(value)->u.opaque, level);
    else if (!snap_is_circular(in, object))
        snap_show_object(in, object, level);
}

/* shows the value and appends that to `out`, cut to the limit */
static void snap_show_into(snap_inspector *in, snap_buffer *out, JSValueConst value)
{
    size_t size;

    snap_show(in, value, 0);
    if (snap_inspector_failed(in)) {
        snap_say(out, "[not shown: out of memory]");
        return;
    }
    size = in->text.size;
    if (size > SNAP_SHOW_LIMIT)
        for (size = SNAP_SHOW_LIMIT; size && (in->text.data[size] & 0xc0) == 0x80; size--)
            ;
    snap_put(out, in->text.data, size);
    if (size < in->text.size)
        snap_say(out, "…");
}
