/* What console.log makes of its arguments: a format string with its specifiers, then the rest, as Node's util.format. Conversions that
 * would call the program (String() or Number() of an object, toJSON) are not made: %d of an object is NaN, %s shows it, %j writes the
 * data properties.
 */

/* the most that one message may come to; a string can be a gigabyte long without taking any memory, when it is made of halves */
#define SNAP_MESSAGE_LIMIT (4u << 20)

/* ---- %j ---------------------------------------------------------------------------------------------------------- */

/* CYCLE ends the whole conversion, NONE leaves a property out */
typedef enum { SNAP_JSON_DONE, SNAP_JSON_NONE, SNAP_JSON_CYCLE } snap_json;

static snap_json snap_json_value(snap_inspector *in, JSValueConst value);

static void snap_json_string(snap_inspector *in, JSValueConst string)
{
    size_t count = snap_read_units(&in->units, string, SNAP_SHOW_LIMIT);
    const uint16_t *units = (const uint16_t *)in->units.data;
    static const char letters[] = "btn\0fr";
    char escape[8];

    snap_put_byte(&in->text, '"');
    for (size_t i = 0; i < count;) {
        uint16_t unit = units[i];

        if (unit == '"' || unit == '\\' || (unit >= 8 && unit <= 13 && unit != 11)) {
            snap_put_byte(&in->text, '\\');
            snap_put_byte(&in->text, unit < 32 ? letters[unit - 8] : unit);
        } else if (unit < 32 || ((unit & 0xf800) == 0xd800 && !snap_is_pair(units, i, count))) {
            snprintf(escape, sizeof escape, "\\u%04x", unit);
            snap_say(&in->text, escape);
        } else {
            i += snap_say_unit(&in->text, units, i, count);
            continue;
        }
        i++;
    }
    snap_put_byte(&in->text, '"');
}

static snap_json snap_json_array(snap_inspector *in, JSObject *array)
{
    uint32_t length = snap_inspect_array_length(array);

    snap_put_byte(&in->text, '[');
    for (uint32_t i = 0; i < length && snap_goes_on(in, 1); i++) {
        snap_property element = { SNAP_ABSENT, false, JS_UNDEFINED, NULL, NULL, NULL };
        snap_json result;

        if (i > 0)
            snap_put_byte(&in->text, ',');
        if (i <= INT32_MAX)                                    /* what is beyond has no small key; it is null */
            element = snap_own(in, array, __JS_AtomFromUInt32(i), true);
        result = snap_json_value(in, element.value);
        if (result == SNAP_JSON_CYCLE)
            return result;
        if (result == SNAP_JSON_NONE)
            snap_say(&in->text, "null");
    }
    snap_put_byte(&in->text, ']');
    return SNAP_JSON_DONE;
}

static snap_json snap_json_object(snap_inspector *in, JSObject *object)
{
    size_t first = snap_collect_keys(in, object, SNAP_KEYS_INDEX | SNAP_KEYS_NAMED), last = snap_key_count(in);
    bool is_first = true;

    snap_put_byte(&in->text, '{');
    for (size_t i = first; i < last && snap_goes_on(in, 1); i++) {
        JSAtom key = snap_key(in, i);
        snap_property property = snap_own(in, object, key, true);
        size_t start = in->text.size;
        snap_json result;

        if (property.kind != SNAP_DATA)
            continue;
        if (!is_first)
            snap_put_byte(&in->text, ',');
        if (__JS_AtomIsTaggedInt(key)) {
            snap_put_byte(&in->text, '"');
            snap_say_atom(&in->text, in->ctx, key);
            snap_put_byte(&in->text, '"');
        } else {
            snap_json_string(in, snap_atom_string(in->ctx, key));
        }
        snap_put_byte(&in->text, ':');
        result = snap_json_value(in, property.value);
        if (result == SNAP_JSON_CYCLE)
            return result;
        if (result == SNAP_JSON_NONE)
            in->text.size = start;
        else
            is_first = false;
    }
    snap_drop_keys(in, first);
    snap_put_byte(&in->text, '}');
    return SNAP_JSON_DONE;
}

static snap_json snap_json_container(snap_inspector *in, JSObject *object)
{
    snap_json result;

    if (in->seen_count > SNAP_SHOW_DEEPEST || js_check_stack_overflow(in->ctx->rt, 4096)) {
        snap_say(&in->text, "null");
        return SNAP_JSON_DONE;
    }
    for (int i = 0; i < in->seen_count; i++)
        if (in->seen[i] == object)
            return SNAP_JSON_CYCLE;
    in->seen[in->seen_count++] = object;
    result = object->class_id == JS_CLASS_ARRAY ? snap_json_array(in, object) : snap_json_object(in, object);
    in->seen_count--;
    return result;
}

static snap_json snap_json_value(snap_inspector *in, JSValueConst value)
{
    JSObject *object;

    if (snap_is_string(value)) {
        snap_json_string(in, value);
        return SNAP_JSON_DONE;
    }
    if (JS_IsUndefined(value) || JS_IsSymbol(value))
        return SNAP_JSON_NONE;
    if (JS_VALUE_GET_NORM_TAG(value) == JS_TAG_FLOAT64) {
        double number = JS_VALUE_GET_FLOAT64(value);

        if (isfinite(number))
            snap_say_number(&in->text, number + 0.0);          /* without the sign of -0 */
        else
            snap_say(&in->text, "null");
        return SNAP_JSON_DONE;
    }
    if (!snap_is_object(value)) {
        snap_show_primitive(in, &in->text, value);
        return SNAP_JSON_DONE;
    }
    object = snap_behind_proxy(in, JS_VALUE_GET_OBJ(value));
    if (!object || snap_is_callable(in->ctx, object))
        return SNAP_JSON_NONE;
    if (snap_is_boxed(object))
        return snap_json_value(in, object->u.object_data);
    if (object->class_id != JS_CLASS_DATE)
        return snap_json_container(in, object);
    if (!JS_IsNumber(object->u.object_data)
        || (JS_VALUE_GET_NORM_TAG(object->u.object_data) == JS_TAG_FLOAT64 && isnan(JS_VALUE_GET_FLOAT64(object->u.object_data)))) {
        snap_say(&in->text, "null");
    } else {
        snap_put_byte(&in->text, '"');
        snap_say_date(&in->text, in->ctx, object);
        snap_put_byte(&in->text, '"');
    }
    return SNAP_JSON_DONE;
}

static void snap_format_json(snap_inspector *in, snap_buffer *out, JSValueConst value)
{
    snap_json result = snap_json_value(in, value);

    if (result == SNAP_JSON_CYCLE)
        snap_say(out, "[Circular]");
    else if (result == SNAP_JSON_NONE)
        snap_say(out, "undefined");
    else
        snap_put(out, in->text.data, in->text.size);
    if (in->is_spent)
        snap_say(out, "…");
}

/* ---- the other specifiers ---------------------------------------------------------------------------------------- */

/* %d %i %f. Converting a primitive runs no code of the program, but can fail for want of memory */
static void snap_format_number(snap_inspector *in, snap_buffer *out, JSValueConst value, char specifier)
{
    JSContext *ctx = in->ctx;
    int tag = JS_VALUE_GET_TAG(value);
    JSValueConst arguments[2] = { value, JS_UNDEFINED };
    JSValue converted;
    double number = NAN;

    if (specifier != 'f' && (tag == JS_TAG_BIG_INT || tag == JS_TAG_SHORT_BIG_INT)) {
        snap_show_primitive(in, out, value);
        return;
    }
    if (tag != JS_TAG_OBJECT && tag != JS_TAG_SYMBOL) {
        if (specifier == 'd')
            converted = JS_ToNumber(ctx, value);
        else
            converted = specifier == 'i' ? js_parseInt(ctx, JS_UNDEFINED, 2, arguments)
                                         : js_parseFloat(ctx, JS_UNDEFINED, 1, arguments);
        if (JS_IsException(converted))
            snap_forget_exception(ctx);
        else if (JS_VALUE_GET_TAG(converted) == JS_TAG_INT)
            number = JS_VALUE_GET_INT(converted);
        else if (JS_VALUE_GET_NORM_TAG(converted) == JS_TAG_FLOAT64)
            number = JS_VALUE_GET_FLOAT64(converted);
    }
    snap_say_number(out, number);
}

/* the source of a function, as String() has it */
static void snap_format_source(snap_inspector *in, snap_buffer *out, JSObject *function)
{
    JSFunctionBytecode *code = js_class_has_bytecode(function->class_id) ? function->u.func.function_bytecode : NULL;

    if (code && code->source) {
        snap_put(out, code->source, code->source_len);
        return;
    }
    in->names.size = 0;
    snap_say_function_name(in, function);
    snap_say(out, "function ");
    snap_put(out, in->names.data, in->names.size);
    snap_say(out, "() {\n    [native code]\n}");
}

static void snap_format_string(snap_inspector *in, snap_buffer *out, JSValueConst value)
{
    JSObject *object = snap_is_object(value) ? JS_VALUE_GET_OBJ(value) : NULL;
    int tag = JS_VALUE_GET_TAG(value);

    if (object && snap_is_callable(in->ctx, object)) {
        snap_format_source(in, out, object);
    } else if (object) {
        in->depth = 0;
        snap_show_into(in, out, value);
    } else if (tag == JS_TAG_STRING || tag == JS_TAG_STRING_ROPE) {
        snap_say_string(out, value, SNAP_MESSAGE_LIMIT);
    } else {
        snap_show_primitive(in, out, value);
    }
}

static void snap_format_one(snap_inspector *in, snap_buffer *out, char specifier, JSValueConst value)
{
    snap_inspector_reset(in);
    switch (specifier) {
    case 's':
        snap_format_string(in, out, value);
        break;
    case 'd': case 'i': case 'f':
        snap_format_number(in, out, value, specifier);
        break;
    case 'j':
        snap_format_json(in, out, value);
        break;
    case 'o':
        in->shows_hidden = true;
        in->depth = 4;
        /* fall through */
    case 'O':
        snap_show_into(in, out, value);
        break;
    }
}

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void snap_say_units(snap_buffer *out, const uint16_t *units, size_t start, size_t end)
{
    while (start < end && out->size < SNAP_MESSAGE_LIMIT)
        start += snap_say_unit(out, units, start, end);
}

/* The format string with its specifiers replaced; returns how many arguments that took, itself among them. A specifier without an
 * argument stays as it is, and so does an unknown one. */
static int snap_format_template(snap_inspector *in, snap_buffer *out, int argc, JSValueConst *argv)
{
    snap_buffer buffer = { 0 };
    size_t count = snap_read_units(&buffer, argv[0], SNAP_MESSAGE_LIMIT), last = 0;
    const uint16_t *units = (const uint16_t *)buffer.data;
    int taken = 1;

    for (size_t i = 0; i + 1 < count; i++) {
        uint16_t next = units[i + 1];

        if (units[i] != '%')
            continue;
        i++;
        if (next == '%') {
            snap_say_units(out, units, last, i);
            last = i + 1;
        } else if (taken < argc && next < 128 && strchr("sdifjoOc", next) && next) {
            snap_say_units(out, units, last, i - 1);
            last = i + 1;
            if (out->size < SNAP_MESSAGE_LIMIT)
                snap_format_one(in, out, next, argv[taken]);
            taken++;
        }
    }
    snap_say_units(out, units, last, count);
    snap_buffer_free(&buffer);
    return taken;
}

/* values one after the other, strings as they are; none of them is a format */
static void snap_format_values(snap_inspector *in, snap_buffer *out, int argc, JSValueConst *argv, bool begins_with_space)
{
    for (int i = 0; i < argc && out->size < SNAP_MESSAGE_LIMIT; i++) {
        if (i > 0 || begins_with_space)
            snap_put_byte(out, ' ');
        if (snap_is_string(argv[i])) {
            if (!snap_say_string(out, argv[i], SNAP_MESSAGE_LIMIT))
                snap_say(out, "…");
        } else {
            snap_inspector_reset(in);
            snap_show_into(in, out, argv[i]);
        }
    }
}

/* the message of console.log(...argv) */
static void snap_format(JSContext *ctx, snap_buffer *out, int argc, JSValueConst *argv)
{
    snap_inspector in;
    int taken = 0;

    snap_inspector_init(&in, ctx);
    if (argc > 1 && snap_is_string(argv[0]))
        taken = snap_format_template(&in, out, argc, argv);
    snap_format_values(&in, out, argc - taken, taken ? argv + taken : argv, taken > 0);
    snap_inspector_free(&in);
}
