/* Errors: the stack text that Node would show. This engine keeps the frames alone; the line above them is made here from `name` and
 * `message`, as they are now, and the class is added where the name does not tell it. Everything goes to `names`.
 */

static bool snap_is_error(snap_inspector *in, JSObject *object)
{
    return object->class_id == JS_CLASS_ERROR || object->class_id == JS_CLASS_DOM_EXCEPTION
        || snap_has_prototype(in, object, JS_VALUE_GET_OBJ(in->ctx->class_proto[JS_CLASS_ERROR]));
}

/* a primitive as String() has it; an object only as what it is, since its conversion would run its own code */
static void snap_say_primitive(snap_inspector *in, snap_buffer *b, JSValueConst value)
{
    char name[64];
    size_t limbs;

    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_STRING:
    case JS_TAG_STRING_ROPE:
        snap_say_string(b, value, b->size + SNAP_SHOW_LIMIT);
        break;
    case JS_TAG_INT:
        snap_say_int64(b, JS_VALUE_GET_INT(value));
        break;
    case JS_TAG_FLOAT64:
        snap_say_number(b, JS_VALUE_GET_FLOAT64(value));
        break;
    case JS_TAG_BIG_INT:
        limbs = ((JSBigInt *)JS_VALUE_GET_PTR(value))->len;
        if (!snap_goes_on(in, limbs * limbs / 64)) {           /* its digits take that long to find */
            snap_say(b, "…");
            break;
        }
        /* fall through */
    case JS_TAG_SHORT_BIG_INT:
        snap_say_bigint(b, value);
        break;
    case JS_TAG_BOOL:
        snap_say(b, JS_VALUE_GET_BOOL(value) ? "true" : "false");
        break;
    case JS_TAG_NULL:
        snap_say(b, "null");
        break;
    case JS_TAG_SYMBOL:
        snap_say_symbol(b, &in->units, JS_VALUE_GET_PTR(value), false);
        break;
    case JS_TAG_OBJECT:
        snap_inspect_class_name(in, JS_VALUE_GET_OBJ(value), name, sizeof name);
        snap_say(b, "[object ");
        snap_say(b, name);
        snap_put_byte(b, ']');
        break;
    default:
        snap_say(b, "undefined");
    }
}

/* `name` or `message`, which a DOMException keeps aside */
static snap_span snap_inspect_error_text(snap_inspector *in, JSObject *error, JSAtom key, const char *otherwise)
{
    snap_property found = snap_find(in, error, key);
    size_t start = in->names.size;

    if (found.kind != SNAP_DATA && error->class_id == JS_CLASS_DOM_EXCEPTION && error->u.opaque) {
        JSDOMExceptionData *data = error->u.opaque;
        found.value = key == JS_ATOM_name ? data->name : data->message;
    }
    if (found.text)
        snap_say(&in->names, found.text);
    else if (JS_IsUndefined(found.value) || JS_IsNull(found.value))
        snap_say(&in->names, otherwise);
    else
        snap_say_primitive(in, &in->names, found.value);
    return snap_name_since(in, start);
}

static bool snap_name_begins(const snap_inspector *in, snap_span name, const char *text)
{
    return name.size >= strlen(text) && !memcmp(in->names.data + name.start, text, strlen(text));
}

/* what `error.stack` is in Node */
static snap_span snap_inspect_error_stack(snap_inspector *in, JSObject *error, snap_span name, snap_span message)
{
    snap_property own = snap_find(in, error, JS_ATOM_stack);
    size_t start = in->names.size, frames;
    JSValueConst stack = JS_UNDEFINED;

    if (own.kind == SNAP_DATA)
        stack = own.value;
    else if (error->class_id == JS_CLASS_ERROR)
        stack = error->u.object_data;
    snap_say_span(&in->names, &in->names, name);
    if (name.size && message.size)
        snap_say(&in->names, ": ");
    snap_say_span(&in->names, &in->names, message);
    if (!snap_is_string(stack) || snap_string_length(stack) == 0)
        return snap_name_since(in, start);
    snap_put_byte(&in->names, '\n');
    frames = in->names.size;
    snap_say_string(&in->names, stack, in->names.size + SNAP_SHOW_LIMIT);
    while (in->names.size > frames && in->names.data[in->names.size - 1] == '\n')
        in->names.size--;
    if (!snap_name_begins(in, snap_name_since(in, frames), "    at "))
        start = frames;                                        /* the program set a text of its own */
    return snap_name_since(in, start);
}

/* Where `needle` begins in `text`, from `from` on; text.size when it does not, or when finding out would take too long: a megabyte
 * of one letter in another megabyte of it */
static size_t snap_index_of(const snap_inspector *in, snap_span text, const void *needle, size_t size, size_t from)
{
    const uint8_t *bytes = in->names.data + text.start;
    size_t work = SNAP_SHOW_STEPS;

    for (; size && from + size <= text.size && work >= size; from++) {
        if (bytes[from] != *(const uint8_t *)needle)
            continue;
        if (!memcmp(bytes + from, needle, size))
            return from;
        work -= size;
    }
    return text.size;
}

static bool snap_contains(const snap_inspector *in, snap_span text, snap_span part)
{
    return part.size == 0 || snap_index_of(in, text, in->names.data + part.start, part.size, 0) < text.size;
}

/* properties that the stack text tells already are not shown again; what is not enumerable and yet belongs to an error is */
static void snap_error_keys(snap_inspector *in, const snap_view *view, snap_span stack)
{
    static const JSAtom told[] = { JS_ATOM_name, JS_ATOM_message, JS_ATOM_stack }, added[] = { JS_ATOM_cause, JS_ATOM_errors };

    for (size_t i = 0; i < countof(told) && !in->shows_hidden; i++) {
        snap_property found = snap_own(in, view->object, told[i], false);
        size_t start = in->names.size;

        if (found.kind != SNAP_DATA || !snap_is_string(found.value) || !snap_has_key(in, view->first_key, told[i]))
            continue;
        snap_say_string(&in->names, found.value, in->names.size + SNAP_SHOW_LIMIT);
        while (in->names.size > start && told[i] == JS_ATOM_stack && in->names.data[in->names.size - 1] == '\n')
            in->names.size--;
        if (snap_contains(in, stack, snap_name_since(in, start)))
            snap_remove_key(in, view->first_key, told[i]);
        in->names.size = start;
    }
    for (size_t i = 0; i < countof(added); i++) {
        snap_property found = snap_own(in, view->object, added[i], false);
        bool is_list = found.kind == SNAP_DATA && snap_is_object(found.value)
            && JS_VALUE_GET_OBJ(found.value)->class_id == JS_CLASS_ARRAY;

        if (found.kind != SNAP_ABSENT && (is_list || added[i] == JS_ATOM_cause) && !snap_has_key(in, view->first_key, added[i]))
            snap_add_key(in, added[i]);
    }
}

/* the name that the text of an error without a constructor begins with; its length, 0 when it looks like none */
static size_t snap_leading_name(const snap_inspector *in, snap_span stack, char *name, size_t size)
{
    const char *text = (const char *)in->names.data + stack.start;
    size_t end = 0;

    while (end < stack.size && end < size - 1 && text[end] && (isalnum((uint8_t)text[end]) || strchr("_ []()-", text[end])))
        end++;
    if (end == 0 || !(end == stack.size || text[end] == ':' || text[end] == '\n'))
        end = 0;
    memcpy(name, text, end);
    name[end] = 0;
    return end;
}

/* names the class in the first line, where the name of the error is less than that */
static snap_span snap_improve_stack(snap_inspector *in, const snap_view *view, snap_span stack, snap_span name)
{
    char fallback[128] = "Error";
    size_t length = name.size, start;
    snap_span prefix, rest;
    bool ends_in_error = name.size >= 5 && !memcmp(in->names.data + name.start + name.size - 5, "Error", 5);

    if (view->has_constructor) {
        uint8_t next = stack.size > length ? in->names.data[stack.start + length] : ':';

        if (!ends_in_error || stack.size < length || memcmp(in->names.data + stack.start, in->names.data + name.start, length)
            || (next != ':' && next != '\n'))
            return stack;
    } else {
        length = snap_leading_name(in, stack, fallback, sizeof fallback);
    }
    start = in->names.size;
    snap_say_prefix(in, view, length ? fallback : "Error", -1);
    prefix = snap_name_since(in, start);
    if (snap_names_equal(in, prefix, name))
        return stack;
    start = in->names.size;
    rest = (snap_span){ stack.start + length, stack.size - length };
    snap_say_span(&in->names, &in->names, prefix);
    if (!snap_contains(in, prefix, name)) {
        snap_say(&in->names, " [");
        snap_say_span(&in->names, &in->names, name);
        snap_put_byte(&in->names, ']');
    } else if (length == 0) {
        snap_say(&in->names, ": ");
    }
    snap_say_span(&in->names, &in->names, rest);
    return snap_name_since(in, start);
}

/* ---- frames that an error shares with its cause ------------------------------------------------------------------ */

#define SNAP_FRAMES 64

typedef struct snap_lines {
    snap_span lines[SNAP_FRAMES];
    size_t count;
} snap_lines;

static void snap_split_frames(const snap_inspector *in, snap_span frames, snap_lines *lines)
{
    size_t at = 0, end;

    for (lines->count = 0; at < frames.size && lines->count < SNAP_FRAMES; at = end + 1) {
        end = snap_index_of(in, frames, "\n", 1, at);
        lines->lines[lines->count++] = (snap_span){ frames.start + at, end - at };
    }
}

/* the first run of more than three lines that both have; its length, and where in `a` it begins */
static size_t snap_shared_frames(const snap_inspector *in, const snap_lines *a, const snap_lines *b, size_t *offset)
{
    for (size_t i = 0; i + 3 < a->count; i++) {
        size_t at = 0, length = 0;

        while (at < b->count && !snap_names_equal(in, a->lines[i], b->lines[at]))
            at++;
        while (i + length < a->count && at + length < b->count
               && snap_names_equal(in, a->lines[i + length], b->lines[at + length]))
            length++;
        if (length > 3) {
            *offset = i;
            return length;
        }
    }
    return 0;
}

/* `stack`, whose frames begin at `frames`, without the frames that its cause will show again */
static snap_span snap_drop_shared_frames(snap_inspector *in, JSObject *error, snap_span stack, size_t frames)
{
    snap_property cause = snap_own(in, error, JS_ATOM_cause, false);
    JSObject *object = cause.kind == SNAP_DATA && snap_is_object(cause.value) ? JS_VALUE_GET_OBJ(cause.value) : NULL;
    snap_span name, message, other;
    size_t offset = 0, length, start;
    snap_lines ours, theirs;

    if (!object || !snap_is_error(in, object))
        return stack;
    name = snap_inspect_error_text(in, object, JS_ATOM_name, "Error");
    message = snap_inspect_error_text(in, object, JS_ATOM_message, "");
    other = snap_inspect_error_stack(in, object, name, message);
    start = snap_index_of(in, other, "\n    at", 7, 0);
    if (start == other.size)
        return stack;
    snap_split_frames(in, (snap_span){ other.start + start + 1, other.size - start - 1 }, &theirs);
    snap_split_frames(in, (snap_span){ stack.start + frames + 1, stack.size - frames - 1 }, &ours);
    length = snap_shared_frames(in, &ours, &theirs, &offset);
    if (!length)
        return stack;
    start = in->names.size;
    snap_say_span(&in->names, &in->names, (snap_span){ stack.start, ours.lines[offset].start + ours.lines[offset].size - stack.start });
    snap_say(&in->names, "\n    ... ");
    snap_say_uint(&in->names, length - 2);
    snap_say(&in->names, " lines matching cause stack trace ...\n");
    offset = ours.lines[offset + length - 1].start;
    snap_say_span(&in->names, &in->names, (snap_span){ offset, stack.start + stack.size - offset });
    return snap_name_since(in, start);
}

/* the base of an error: its text, in brackets when there are no frames, indented to where it stands. Also settles which keys are shown. */
static void snap_say_error(snap_inspector *in, snap_view *view)
{
    snap_span name = snap_inspect_error_text(in, view->object, JS_ATOM_name, "Error");
    snap_span message = snap_inspect_error_text(in, view->object, JS_ATOM_message, "");
    snap_span stack = snap_inspect_error_stack(in, view->object, name, message);
    size_t start, after, frames;
    bool has_frames;

    if (snap_inspector_failed(in))
        return;
    snap_error_keys(in, view, stack);
    stack = snap_improve_stack(in, view, stack, name);
    after = message.size ? snap_index_of(in, stack, in->names.data + message.start, message.size, 0) : 0;
    after = after < stack.size ? after + message.size : 0;
    frames = snap_index_of(in, stack, "\n    at", 7, after);
    has_frames = frames < stack.size;
    if (has_frames)
        stack = snap_drop_shared_frames(in, view->object, stack, frames);
    start = in->names.size;
    if (!has_frames)
        snap_put_byte(&in->names, '[');
    for (size_t i = 0; i < stack.size && !in->names.failed; i++) {
        uint8_t byte = in->names.data[stack.start + i];

        snap_put_byte(&in->names, byte);
        if (byte == '\n')
            snap_say_spaces(&in->names, in->indentation);
    }
    if (!has_frames)
        snap_put_byte(&in->names, ']');
    view->frame.base = snap_name_since(in, start);
}
