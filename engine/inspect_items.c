/* The entries of each kind of container, and properties: everything between the braces. */

/* A string in quotes. One that is too long for the line is broken after its own line ends, as Node does. */
static void snap_show_string(snap_inspector *in, snap_buffer *b, JSValueConst string)
{
    uint32_t length = snap_string_length(string);
    size_t count = snap_read_units(&in->units, string, SNAP_SHOW_STRING);
    const uint16_t *units = (const uint16_t *)in->units.data;
    bool is_broken = count > 16 && count + in->indentation + 4 > in->line;

    for (size_t start = 0, end; start < count || start == 0; start = end) {
        for (end = start; end < count && !(is_broken && end > start && units[end - 1] == '\n'); end++)
            ;
        if (start > 0) {
            snap_say(b, " +\n");
            snap_say_spaces(b, in->indentation + 2);
        }
        snap_say_quoted(b, units + start, end - start);
        if (end == start)
            break;
    }
    if (length > count) {
        snap_say(b, "... ");
        snap_say_uint(b, length - count);
        snap_say(b, length - count > 1 ? " more characters" : " more character");
    }
}

static void snap_show_primitive(snap_inspector *in, snap_buffer *b, JSValueConst value)
{
    int tag = JS_VALUE_GET_TAG(value);

    if (snap_is_string(value)) {
        snap_show_string(in, b, value);
        return;
    }
    snap_say_primitive(in, b, value);
    if (tag == JS_TAG_BIG_INT || tag == JS_TAG_SHORT_BIG_INT)
        snap_put_byte(b, 'n');
}

/* an element of a typed array */
static void snap_show_element(snap_buffer *b, JSObject *array, uint32_t index)
{
    JSValueConst element;

    if (array->class_id == JS_CLASS_BIG_INT64_ARRAY)
        snap_say_int64(b, array->u.array.u.int64_ptr[index]);
    else if (array->class_id == JS_CLASS_BIG_UINT64_ARRAY)
        snap_say_uint(b, array->u.array.u.uint64_ptr[index]);
    else if (snap_fast_element(array, index, &element))
        snap_say_number(b, JS_VALUE_GET_TAG(element) == JS_TAG_INT ? JS_VALUE_GET_INT(element) : JS_VALUE_GET_FLOAT64(element));
    if (array->class_id == JS_CLASS_BIG_INT64_ARRAY || array->class_id == JS_CLASS_BIG_UINT64_ARRAY)
        snap_put_byte(b, 'n');
}

/* ---- properties -------------------------------------------------------------------------------------------------- */

static bool snap_is_identifier(const uint16_t *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (units[i] > 126 || !(isalpha(units[i]) || units[i] == '_' || (i && isdigit(units[i]))))
            return false;
    return count > 0;
}

static void snap_show_key(snap_inspector *in, JSAtom key, bool is_enumerable)
{
    const uint16_t *units;
    size_t count;

    if (__JS_AtomIsTaggedInt(key)) {
        snap_put_byte(&in->text, '\'');
        snap_say_atom(&in->text, in->ctx, key);
        snap_put_byte(&in->text, '\'');
        return;
    }
    if (JS_AtomGetKind(in->ctx, key) == JS_ATOM_KIND_SYMBOL) {
        snap_put_byte(&in->text, '[');
        snap_say_symbol(&in->text, &in->units, in->ctx->rt->atom_array[key], true);
        snap_put_byte(&in->text, ']');
        return;
    }
    if (key == JS_ATOM___proto__) {                            /* in brackets, as `__proto__:` would mean something else */
        snap_say(&in->text, "['__proto__']");
        return;
    }
    count = snap_read_units(&in->units, snap_atom_string(in->ctx, key), SNAP_SHOW_LIMIT);
    units = (const uint16_t *)in->units.data;
    if (!is_enumerable) {
        snap_put_byte(&in->text, '[');
        snap_say_escaped(&in->text, units, count, '\'');
        snap_put_byte(&in->text, ']');
    } else if (snap_is_identifier(units, count)) {
        snap_say_escaped(&in->text, units, count, '\'');
    } else {
        snap_say_quoted(&in->text, units, count);
    }
}

static void snap_show_property_value(snap_inspector *in, const snap_property *property, int level)
{
    if (property->kind == SNAP_DATA) {
        in->indentation += 2;
        snap_show(in, property->value, level);
        in->indentation -= 2;
    } else if (property->kind == SNAP_ACCESSOR && property->getter) {
        snap_say(&in->text, property->setter ? "[Getter/Setter]" : "[Getter]");
    } else if (property->kind == SNAP_ACCESSOR) {
        snap_say(&in->text, property->setter ? "[Setter]" : "undefined");
    } else {
        snap_say(&in->text, property->kind == SNAP_UNSET ? "<uninitialized>" : "undefined");
    }
}

static void snap_entry_property(snap_inspector *in, const snap_view *view, JSAtom key, bool is_element)
{
    snap_property property = snap_own(in, view->object, key, true);
    size_t start = in->text.size;

    if (!is_element) {
        snap_show_key(in, key, property.is_enumerable);
        snap_say(&in->text, ": ");
    }
    snap_show_property_value(in, &property, view->frame.level);
    snap_end_entry(in, start);
}

static void snap_entry_number(snap_inspector *in, const char *label, uint64_t number)
{
    size_t start = in->text.size;

    snap_say(&in->text, label);
    snap_say_uint(&in->text, number);
    snap_end_entry(in, start);
}

/* ---- arrays ------------------------------------------------------------------------------------------------------ */

static void snap_entry_holes(snap_inspector *in, uint32_t count)
{
    size_t start = in->text.size;

    snap_put_byte(&in->text, '<');
    snap_say_uint(&in->text, count);
    snap_say(&in->text, count > 1 ? " empty items>" : " empty item>");
    snap_end_entry(in, start);
}

/* elements in order; each run of holes is one entry */
static void snap_array_items(snap_inspector *in, const snap_view *view)
{
    uint32_t length = snap_inspect_array_length(view->object), next = 0, shown = 0;
    size_t first = snap_key_count(in);
    bool is_fast = view->object->fast_array;
    uint32_t count = is_fast ? view->object->u.array.count : 0;

    if (!is_fast) {
        snap_collect_keys(in, view->object, SNAP_KEYS_INDEX | SNAP_KEYS_HIDDEN);
        count = snap_key_count(in) - first;
    }
    for (uint32_t i = 0; i < count && shown < in->most_items && !in->is_spent; i++, next++, shown++) {
        JSAtom key = is_fast ? __JS_AtomFromUInt32(i) : snap_key(in, first + i);
        uint32_t index;

        JS_AtomIsArrayIndex(in->ctx, &index, key);
        if (index > next) {
            snap_entry_holes(in, index - next);
            next = index;
            if (++shown == in->most_items)
                break;
        }
        snap_entry_property(in, view, key, true);
    }
    snap_drop_keys(in, first);
    if (length > next && shown < in->most_items && !in->is_spent)
        snap_entry_holes(in, length - next);
    else if (length > next)
        snap_entry_more(in, length - next, "item");
}

static uint32_t snap_typed_length(JSObject *array)
{
    return typed_array_is_oob(array) ? 0 : array->u.array.count;
}

static void snap_typed_items(snap_inspector *in, const snap_view *view)
{
    uint32_t length = snap_typed_length(view->object);
    JSTypedArray *array = view->object->u.typed_array;

    for (uint32_t i = 0; i < length && i < in->most_items; i++) {
        size_t start = in->text.size;
        snap_show_element(&in->text, view->object, i);
        snap_end_entry(in, start);
    }
    if (length > in->most_items)
        snap_entry_more(in, length - in->most_items, "item");
    if (in->shows_hidden) {
        snap_entry_number(in, "[BYTES_PER_ELEMENT]: ", 1u << typed_array_size_log2(view->object->class_id));
        snap_entry_number(in, "[length]: ", length);
        snap_entry_number(in, "[byteLength]: ", (uint64_t)length << typed_array_size_log2(view->object->class_id));
        snap_entry_number(in, "[byteOffset]: ", array->offset);
    }
}

static void snap_buffer_items(snap_inspector *in, const snap_view *view)
{
    JSArrayBuffer *buffer = view->object->u.array_buffer;
    uint32_t length = buffer->detached ? 0 : buffer->byte_length;
    size_t start = in->text.size;
    char digits[8];

    if (buffer->detached) {
        snap_say(&in->text, "(detached)");
    } else {
        snap_say(&in->text, "[Uint8Contents]: <");
        for (uint32_t i = 0; i < length && i < in->most_items; i++) {
            snprintf(digits, sizeof digits, i ? " %02x" : "%02x", buffer->data[i]);
            snap_say(&in->text, digits);
        }
        if (length > in->most_items) {
            snap_say(&in->text, " ... ");
            snap_say_uint(&in->text, length - in->most_items);
            snap_say(&in->text, length - in->most_items > 1 ? " more bytes" : " more byte");
        }
        snap_put_byte(&in->text, '>');
    }
    snap_end_entry(in, start);
    snap_entry_number(in, "byteLength: ", length);
}

static void snap_data_view_items(snap_inspector *in, const snap_view *view)
{
    JSTypedArray *array = view->object->u.typed_array;
    JSArrayBuffer *buffer = array->buffer->u.array_buffer;
    int64_t length = array->track_rab ? (int64_t)buffer->byte_length - array->offset : array->length;
    bool is_outside = buffer->detached || length < 0 || array->offset + length > buffer->byte_length;
    size_t start;

    snap_entry_number(in, "byteLength: ", is_outside ? 0 : length);
    snap_entry_number(in, "byteOffset: ", is_outside ? 0 : array->offset);
    start = in->text.size;
    snap_say(&in->text, "buffer: ");
    in->indentation += 2;
    snap_show(in, JS_MKPTR(JS_TAG_OBJECT, array->buffer), view->frame.level);
    in->indentation -= 2;
    snap_end_entry(in, start);
}

/* ---- keyed collections and the rest ------------------------------------------------------------------------------ */

enum { SNAP_RECORD_KEY, SNAP_RECORD_VALUE, SNAP_RECORD_ARROW, SNAP_RECORD_PAIR, SNAP_RECORD_TWICE };

static void snap_entry_record(snap_inspector *in, const JSMapRecord *record, int form, int level)
{
    size_t start = in->text.size;

    if (form == SNAP_RECORD_KEY || form == SNAP_RECORD_VALUE) {
        snap_show(in, form == SNAP_RECORD_KEY ? record->key : record->value, level);
    } else if (form == SNAP_RECORD_ARROW) {
        snap_show(in, record->key, level);
        snap_say(&in->text, " => ");
        snap_show(in, record->value, level);
    } else {
        snap_frame frame = { .close = "]", .start = start, .first_entry = snap_entry_count(in), .level = level };
        size_t name = in->names.size;

        snap_put_byte(&in->names, '[');
        frame.open = snap_name_since(in, name);
        snap_entry_record(in, record, SNAP_RECORD_KEY, level);
        snap_entry_record(in, record, form == SNAP_RECORD_PAIR ? SNAP_RECORD_VALUE : SNAP_RECORD_KEY, level);
        snap_compose(in, &frame);
        in->names.size = name;
    }
    snap_end_entry(in, start);
}

/* the records after `after`, or all of them */
static void snap_entry_records(snap_inspector *in, JSMapState *map, JSMapRecord *after, int form, int level)
{
    struct list_head *at = after ? after->link.next : map->records.next;
    uint32_t shown = 0, left = 0;

    in->indentation += 2;
    for (; at != &map->records && snap_goes_on(in, 1); at = at->next) {
        JSMapRecord *record = list_entry(at, JSMapRecord, link);

        if (record->empty)
            continue;
        if (shown++ < in->most_items)
            snap_entry_record(in, record, form, level);
        else
            left++;
    }
    in->indentation -= 2;
    if (left)
        snap_entry_more(in, left, "item");
}

static void snap_map_items(snap_inspector *in, const snap_view *view)
{
    bool is_map = view->object->class_id == JS_CLASS_MAP;

    snap_entry_records(in, view->object->u.map_state, NULL, is_map ? SNAP_RECORD_ARROW : SNAP_RECORD_KEY, view->frame.level);
}

/* what the iterator has still to give; it is not moved */
static void snap_iterator_items(snap_inspector *in, const snap_view *view)
{
    JSMapIteratorData *iterator = view->object->u.map_iterator_data;
    bool is_map = view->object->class_id == JS_CLASS_MAP_ITERATOR;
    int form = SNAP_RECORD_KEY;

    if (!iterator || !snap_is_object(iterator->obj))
        return;
    if (iterator->kind == JS_ITERATOR_KIND_KEY_AND_VALUE)
        form = is_map ? SNAP_RECORD_PAIR : SNAP_RECORD_TWICE;
    else if (iterator->kind == JS_ITERATOR_KIND_VALUE && is_map)
        form = SNAP_RECORD_VALUE;
    snap_entry_records(in, JS_VALUE_GET_OBJ(iterator->obj)->u.map_state, iterator->cur_record, form, view->frame.level);
}

static void snap_weak_items(snap_inspector *in, const snap_view *view)
{
    (void)view;
    snap_entry_text(in, "<items unknown>");
}

static void snap_promise_items(snap_inspector *in, const snap_view *view)
{
    JSPromiseData *promise = view->object->u.promise_data;
    size_t start = in->text.size;

    if (!promise || promise->promise_state == JS_PROMISE_PENDING) {
        snap_entry_text(in, "<pending>");
        return;
    }
    if (promise->promise_state == JS_PROMISE_REJECTED)
        snap_say(&in->text, "<rejected> ");
    in->indentation += 2;
    snap_show(in, promise->promise_result, view->frame.level);
    in->indentation -= 2;
    snap_end_entry(in, start);
}

/* ---- objects of the web platform --------------------------------------------------------------------------------- */

static void snap_shown_pairs(snap_inspector *in, JSObject *list, int level)
{
    uint32_t length = list->u.array.count;

    in->indentation += 2;
    for (uint32_t i = 0; i + 1 < length && i / 2 < in->most_items && snap_goes_on(in, 1); i += 2) {
        size_t start = in->text.size;
        snap_show(in, list->u.array.u.values[i], level);
        snap_say(&in->text, " => ");
        snap_show(in, list->u.array.u.values[i + 1], level);
        snap_end_entry(in, start);
    }
    in->indentation -= 2;
    if (length / 2 > in->most_items)
        snap_entry_more(in, length / 2 - in->most_items, "item");
}

/* what a script has said of it; see snap_platform_shown */
static void snap_shown_items(snap_inspector *in, const snap_view *view)
{
    snap_view shown = *view;
    size_t first = snap_key_count(in);

    shown.object = JS_VALUE_GET_OBJ(view->shown);
    if (shown.object->class_id == JS_CLASS_ARRAY) {
        snap_shown_pairs(in, shown.object, view->frame.level);
        return;
    }
    snap_collect_keys(in, shown.object, SNAP_KEYS_NAMED);
    for (size_t i = first; i < snap_key_count(in) && snap_goes_on(in, 1); i++)
        snap_entry_property(in, &shown, snap_key(in, i), false);
    snap_drop_keys(in, first);
}

static uint32_t snap_shown_count(const snap_view *view)
{
    const JSObject *shown = JS_VALUE_GET_OBJ(view->shown);

    return shown->class_id == JS_CLASS_ARRAY ? shown->u.array.count : (uint32_t)shown->shape->prop_count;
}

/* own properties that it has shown already are not shown twice */
static void snap_drop_shown_keys(snap_inspector *in, const snap_view *view)
{
    const JSObject *shown = JS_VALUE_GET_OBJ(view->shown);

    for (int i = 0; i < shown->shape->prop_count; i++)
        snap_remove_key(in, view->first_key, get_shape_prop(shown->shape)[i].atom);
}
