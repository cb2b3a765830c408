/* The console object. Its methods do not use `this`, so they work when taken off it. What they keep (indentation, counters, timers) is
 * in linear memory and so part of a snapshot. A message for which there is no memory is lost; nothing here throws for that.
 */

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static uint32_t snap_console_groups;                           /* how deep console.group is nested */

/* hands a message to the host, with the indentation of the group before each line */
static void snap_console_write(uint32_t stream, const snap_buffer *message)
{
    uint32_t columns = snap_console_groups < 500 ? 2 * snap_console_groups : 1000;
    snap_buffer lines = { 0 };
    size_t start = 0;

    while (!lines.failed) {
        const uint8_t *text = message->size ? message->data + start : NULL;
        const uint8_t *newline = message->size > start ? memchr(text, '\n', message->size - start) : NULL;
        size_t length = newline ? (size_t)(newline - text) + 1 : message->size - start;

        /* a guest can write four million empty lines within fifty groups */
        if (lines.size > 2 * SNAP_MESSAGE_LIMIT) {
            snap_say(&lines, "…");
            break;
        }
        snap_say_spaces(&lines, columns);
        if (length)
            snap_put(&lines, text, length);
        start += length;
        if (!newline)
            break;
    }
    snap_put_byte(&lines, '\n');
    if (!lines.failed)
        if (host_write(SNAP_STATUS_UNANSWERED, stream, lines.data, lines.size) == SNAP_STATUS_UNANSWERED)
            snap_unanswered();
    snap_buffer_free(&lines);
}

static void snap_console_print(JSContext *ctx, uint32_t stream, const char *prefix, int argc, JSValueConst *argv)
{
    snap_buffer message = { 0 };

    snap_say(&message, prefix);
    snap_format(ctx, &message, argc, argv);
    if (!message.failed)
        snap_console_write(stream, &message);
    snap_buffer_free(&message);
}

static void snap_console_warn(const char *before, const char *label, size_t length, const char *after)
{
    snap_buffer message = { 0 };

    snap_say(&message, before);
    snap_put(&message, label, length);
    snap_say(&message, after);
    if (!message.failed)
        snap_console_write(SNAP_STREAM_STDERR, &message);
    snap_buffer_free(&message);
}

/* ---- counters and timers ----------------------------------------------------------------------------------------- */

/* In the JavaScript heap, so that a program which makes a million labels meets its own memory limit */
typedef struct snap_label {
    struct snap_label *next;
    double value;                                              /* a count, or the time at which a timer was started */
    uint32_t length;
    char name[];                                               /* WTF-8, no zero at its end */
} snap_label;

static snap_label *snap_console_counters, *snap_console_timers;

/* the pointer to the label, or to the end of the list */
static snap_label **snap_label_find(snap_label **list, const snap_buffer *name)
{
    while (*list && !((*list)->length == name->size && !memcmp((*list)->name, name->data, name->size)))
        list = &(*list)->next;
    return list;
}

/* adds a label that is not there; NULL without memory */
static snap_label *snap_label_add(JSContext *ctx, snap_label **list, const snap_buffer *name, double value)
{
    snap_label *label = js_malloc_rt(ctx->rt, sizeof *label + name->size);

    if (!label)
        return NULL;
    label->next = *list;
    label->value = value;
    label->length = name->size;
    memcpy(label->name, name->data, name->size);
    *list = label;
    return label;
}

static void snap_label_remove(JSContext *ctx, snap_label **label)
{
    snap_label *removed = *label;

    *label = removed->next;
    js_free_rt(ctx->rt, removed);
}

/* The label that an argument names. An object is named by its class: its own conversion would be code of the program. Never empty
 * memory, so that it can be compared. */
static bool snap_label_read(JSContext *ctx, snap_buffer *name, int argc, JSValueConst *argv)
{
    snap_inspector in;

    snap_inspector_init(&in, ctx);
    snap_buffer_reserve(name, 1);
    if (argc == 0 || JS_IsUndefined(argv[0]))
        snap_say(name, "default");
    else
        snap_say_primitive(&in, name, argv[0]);
    snap_inspector_free(&in);
    return !name->failed;
}

/* 12.345ms, 1.234s, 1:05.123 (m:ss.mmm), 1:00:05.123 (h:mm:ss.mmm) */
static void snap_say_duration(snap_buffer *b, double ms)
{
    uint32_t hours = 0, minutes;
    size_t start = b->size;

    if (!(ms >= 0) || ms > 1e15)                               /* a clock that was set back, or replaced by a broken one */
        ms = 0;
    if (ms < 1000) {
        snap_say_fixed(b, ms, 3);
        while (!b->failed && b->size > start && b->data[b->size - 1] == '0')
            b->size--;
        if (!b->failed && b->size > start && b->data[b->size - 1] == '.')
            b->size--;
        snap_say(b, "ms");
        return;
    }
    if (ms < 60000) {
        snap_say_fixed(b, ms / 1000, 3);
        snap_put_byte(b, 's');
        return;
    }
    hours = ms / 3600000;
    minutes = fmod(ms, 3600000) / 60000;
    if (hours) {
        snap_say_uint(b, hours);
        snap_say(b, minutes < 10 ? ":0" : ":");
    }
    snap_say_uint(b, minutes);
    snap_say(b, fmod(ms, 60000) < 9999.5 ? ":0" : ":");
    snap_say_fixed(b, fmod(ms, 60000) / 1000, 3);
    snap_say(b, hours ? " (h:mm:ss.mmm)" : " (m:ss.mmm)");
}

static void snap_console_count(JSContext *ctx, const snap_buffer *name)
{
    snap_label **found = snap_label_find(&snap_console_counters, name), *label = *found;
    snap_buffer message = { 0 };

    if (!label)
        label = snap_label_add(ctx, &snap_console_counters, name, 0);
    if (!label)
        return;
    label->value++;
    snap_put(&message, name->data, name->size);
    snap_say(&message, ": ");
    snap_say_number(&message, label->value);
    if (!message.failed)
        snap_console_write(SNAP_STREAM_STDOUT, &message);
    snap_buffer_free(&message);
}

/* prints what a timer shows and, as console.timeLog has it, more values; false without such a timer */
static bool snap_console_elapsed(JSContext *ctx, const snap_buffer *name, int argc, JSValueConst *argv)
{
    snap_label *timer = *snap_label_find(&snap_console_timers, name);
    snap_buffer message = { 0 };
    snap_inspector in;
    double ms;

    if (!timer)
        return false;
    ms = snap_clock(1) - timer->value;
    snap_put(&message, name->data, name->size);
    snap_say(&message, ": ");
    snap_say_duration(&message, ms);
    snap_inspector_init(&in, ctx);
    snap_format_values(&in, &message, argc, argv, true);
    snap_inspector_free(&in);
    if (!message.failed)
        snap_console_write(SNAP_STREAM_STDOUT, &message);
    snap_buffer_free(&message);
    return true;
}

enum { SNAP_LABEL_COUNT, SNAP_LABEL_COUNT_RESET, SNAP_LABEL_TIME, SNAP_LABEL_TIME_END, SNAP_LABEL_TIME_LOG };

static JSValue snap_console_label(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int method)
{
    snap_buffer name = { 0 };
    snap_label **found;

    (void)this_value;
    if (!snap_label_read(ctx, &name, argc, argv))
        goto done;
    switch (method) {
    case SNAP_LABEL_COUNT:
        snap_console_count(ctx, &name);
        break;
    case SNAP_LABEL_COUNT_RESET:
        found = snap_label_find(&snap_console_counters, &name);
        if (*found)
            snap_label_remove(ctx, found);
        else
            snap_console_warn("Warning: Count for '", (char *)name.data, name.size, "' does not exist");
        break;
    case SNAP_LABEL_TIME:
        if (*snap_label_find(&snap_console_timers, &name))
            snap_console_warn("Warning: Label '", (char *)name.data, name.size, "' already exists for console.time()");
        else
            snap_label_add(ctx, &snap_console_timers, &name, snap_clock(1));
        break;
    default:
        if (!snap_console_elapsed(ctx, &name, method == SNAP_LABEL_TIME_LOG && argc > 1 ? argc - 1 : 0, argv + 1))
            snap_console_warn("Warning: No such label '", (char *)name.data, name.size,
                              method == SNAP_LABEL_TIME_LOG ? "' for console.timeLog()" : "' for console.timeEnd()");
        /* looked up again: the host could have called into this VM while it was given the message */
        found = snap_label_find(&snap_console_timers, &name);
        if (method == SNAP_LABEL_TIME_END && *found)
            snap_label_remove(ctx, found);
    }
done:
    snap_buffer_free(&name);
    return JS_UNDEFINED;
}

/* ---- stack traces ------------------------------------------------------------------------------------------------ */

static void snap_say_frame(snap_inspector *in, snap_buffer *b, const JSStackFrame *frame)
{
    JSObject *function = JS_VALUE_GET_OBJ(frame->cur_func);
    JSFunctionBytecode *code = js_class_has_bytecode(function->class_id) ? function->u.func.function_bytecode : NULL;
    int column = 0, line;

    in->names.size = 0;
    snap_say(b, "\n    at ");
    if (snap_say_function_name(in, function))
        snap_put(b, in->names.data, in->names.size);
    else
        snap_say(b, "<anonymous>");
    if (!code || !frame->cur_pc) {
        snap_say(b, code ? " (missing)" : " (native)");
        return;
    }
    line = find_line_num(in->ctx, code, frame->cur_pc - code->byte_code_buf - 1, &column);
    snap_say(b, " (");
    snap_say_atom(b, in->ctx, code->filename);
    if (line != -1) {
        snap_put_byte(b, ':');
        snap_say_int64(b, line);
        snap_put_byte(b, ':');
        snap_say_int64(b, column);
    }
    snap_put_byte(b, ')');
}

/* The frames of the caller. The engine makes the stack text of errors itself, but calls Error.prepareStackTrace for it. */
static void snap_say_trace(JSContext *ctx, snap_buffer *b)
{
    JSStackFrame *frame = ctx->rt->current_stack_frame;
    snap_inspector in;
    int left = 10;

    if (JS_VALUE_GET_TAG(ctx->error_stack_trace_limit) == JS_TAG_INT)
        left = JS_VALUE_GET_INT(ctx->error_stack_trace_limit);
    if (left > 64)
        left = 64;
    snap_inspector_init(&in, ctx);
    for (frame = frame ? frame->prev_frame : NULL; frame && left-- > 0; frame = frame->prev_frame) {
        JSObject *function;

        if (!snap_is_object(frame->cur_func))
            break;
        snap_say_frame(&in, b, frame);
        function = JS_VALUE_GET_OBJ(frame->cur_func);
        if (js_class_has_bytecode(function->class_id) && function->u.func.function_bytecode->backtrace_barrier)
            break;
    }
    snap_inspector_free(&in);
}

/* ---- methods ----------------------------------------------------------------------------------------------------- */

static JSValue snap_console_log(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int stream)
{
    (void)this_value;
    snap_console_print(ctx, stream, "", argc, argv);
    return JS_UNDEFINED;
}

static JSValue snap_console_assert(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    if (argc > 0 && JS_ToBool(ctx, argv[0]))
        return JS_UNDEFINED;
    if (argc > 1)
        snap_console_print(ctx, SNAP_STREAM_STDERR, "Assertion failed: ", argc - 1, argv + 1);
    else
        snap_console_print(ctx, SNAP_STREAM_STDERR, "Assertion failed", 0, NULL);
    return JS_UNDEFINED;
}

static JSValue snap_console_trace(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_buffer message = { 0 };

    (void)this_value;
    snap_say(&message, argc ? "Trace: " : "Trace");
    snap_format(ctx, &message, argc, argv);
    snap_say_trace(ctx, &message);
    if (!message.failed)
        snap_console_write(SNAP_STREAM_STDERR, &message);
    snap_buffer_free(&message);
    return JS_UNDEFINED;
}

static JSValue snap_console_group(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_end)
{
    (void)this_value;
    if (is_end) {
        if (snap_console_groups)
            snap_console_groups--;
        return JS_UNDEFINED;
    }
    if (argc > 0)
        snap_console_print(ctx, SNAP_STREAM_STDOUT, "", argc, argv);
    snap_console_groups++;
    return JS_UNDEFINED;
}

/* clears a terminal; what this writes to is none, as far as it knows */
static JSValue snap_console_clear(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)ctx, (void)this_value, (void)argc, (void)argv;
    return JS_UNDEFINED;
}

/* a data property of the options of console.dir */
static snap_property snap_console_option(snap_inspector *in, JSObject *options, const char *name)
{
    snap_property found = { SNAP_ABSENT, false, JS_UNDEFINED, NULL, NULL, NULL };
    JSAtom key = JS_NewAtom(in->ctx, name);

    if (key == JS_ATOM_NULL) {
        snap_forget_exception(in->ctx);
        return found;
    }
    found = snap_own(in, options, key, false);
    JS_FreeAtom(in->ctx, key);
    return found;
}

static void snap_console_read_options(snap_inspector *in, JSObject *options)
{
    snap_property depth = snap_console_option(in, options, "depth"), hidden = snap_console_option(in, options, "showHidden");

    if (JS_IsNull(depth.value))
        in->depth = SNAP_SHOW_DEEPEST;
    else if (JS_VALUE_GET_TAG(depth.value) == JS_TAG_INT)
        in->depth = JS_VALUE_GET_INT(depth.value);
    else if (JS_VALUE_GET_NORM_TAG(depth.value) == JS_TAG_FLOAT64)
        in->depth = JS_VALUE_GET_FLOAT64(depth.value) > 0 ? fmin(JS_VALUE_GET_FLOAT64(depth.value), SNAP_SHOW_DEEPEST) : 0;
    if (in->depth > SNAP_SHOW_DEEPEST)
        in->depth = SNAP_SHOW_DEEPEST;
    in->shows_hidden = hidden.kind == SNAP_DATA && JS_ToBool(in->ctx, hidden.value);
}

static JSValue snap_console_dir(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    snap_buffer message = { 0 };
    snap_inspector in;

    (void)this_value;
    snap_inspector_init(&in, ctx);
    if (argc > 1 && snap_is_object(argv[1]))
        snap_console_read_options(&in, JS_VALUE_GET_OBJ(argv[1]));
    snap_show_into(&in, &message, argc ? argv[0] : JS_UNDEFINED);
    snap_inspector_free(&in);
    if (!message.failed)
        snap_console_write(SNAP_STREAM_STDOUT, &message);
    snap_buffer_free(&message);
    return JS_UNDEFINED;
}

/* the object behind an argument; NULL for what console.table only logs */
static JSObject *snap_console_data(JSContext *ctx, JSValueConst value)
{
    snap_inspector in;
    JSObject *object;

    if (!snap_is_object(value))
        return NULL;
    snap_inspector_init(&in, ctx);
    object = snap_behind_proxy(&in, JS_VALUE_GET_OBJ(value));
    return object && !snap_is_callable(ctx, object) ? object : NULL;
}

static JSValue snap_console_table(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSObject *data = argc > 0 ? snap_console_data(ctx, argv[0]) : NULL;
    JSObject *columns = argc > 1 ? snap_console_data(ctx, argv[1]) : NULL;
    snap_buffer message = { 0 };

    (void)this_value;
    if (!data) {
        snap_console_print(ctx, SNAP_STREAM_STDOUT, "", argc > 1 ? 1 : argc, argv);
        return JS_UNDEFINED;
    }
    if (columns && columns->class_id != JS_CLASS_ARRAY)
        columns = NULL;
    if (snap_format_table(ctx, &message, data, columns) && !message.failed)
        snap_console_write(SNAP_STREAM_STDOUT, &message);
    snap_buffer_free(&message);
    return JS_UNDEFINED;
}

/* ---- the object -------------------------------------------------------------------------------------------------- */

/* in Node's order, which is what `Object.keys(console)` shows */
static const JSCFunctionListEntry snap_console_methods[] = {
    JS_CFUNC_MAGIC_DEF("log", 0, snap_console_log, SNAP_STREAM_STDOUT),
    JS_CFUNC_MAGIC_DEF("warn", 0, snap_console_log, SNAP_STREAM_STDERR),
    JS_CFUNC_DEF("dir", 0, snap_console_dir),
    JS_CFUNC_MAGIC_DEF("time", 0, snap_console_label, SNAP_LABEL_TIME),
    JS_CFUNC_MAGIC_DEF("timeEnd", 0, snap_console_label, SNAP_LABEL_TIME_END),
    JS_CFUNC_MAGIC_DEF("timeLog", 0, snap_console_label, SNAP_LABEL_TIME_LOG),
    JS_CFUNC_DEF("trace", 0, snap_console_trace),
    JS_CFUNC_DEF("assert", 0, snap_console_assert),
    JS_CFUNC_DEF("clear", 0, snap_console_clear),
    JS_CFUNC_MAGIC_DEF("count", 0, snap_console_label, SNAP_LABEL_COUNT),
    JS_CFUNC_MAGIC_DEF("countReset", 0, snap_console_label, SNAP_LABEL_COUNT_RESET),
    JS_CFUNC_MAGIC_DEF("group", 0, snap_console_group, 0),
    JS_CFUNC_MAGIC_DEF("groupEnd", 0, snap_console_group, 1),
    JS_CFUNC_DEF("table", 0, snap_console_table),
    JS_CFUNC_MAGIC_DEF("debug", 0, snap_console_log, SNAP_STREAM_STDOUT),
    JS_CFUNC_MAGIC_DEF("info", 0, snap_console_log, SNAP_STREAM_STDOUT),
    JS_CFUNC_MAGIC_DEF("dirxml", 0, snap_console_log, SNAP_STREAM_STDOUT),
    JS_CFUNC_MAGIC_DEF("error", 0, snap_console_log, SNAP_STREAM_STDERR),
    JS_CFUNC_MAGIC_DEF("groupCollapsed", 0, snap_console_group, 0),
};

/* one by one, because the engine's own way to define a list makes them not enumerable */
static int snap_console_define(JSContext *ctx, JSValueConst console)
{
    for (size_t i = 0; i < countof(snap_console_methods); i++) {
        const JSCFunctionListEntry *entry = &snap_console_methods[i];
        JSValue method = JS_NewCFunction2(ctx, entry->u.func.cfunc.generic, entry->name, 0, entry->u.func.cproto, entry->magic);

        if (JS_IsException(method) || JS_DefinePropertyValueStr(ctx, console, entry->name, method, JS_PROP_C_W_E) < 0)
            return -1;
    }
    return JS_DefinePropertyValue(ctx, console, JS_ATOM_Symbol_toStringTag, JS_NewString(ctx, "console"), JS_PROP_CONFIGURABLE);
}

static int snap_add_console(JSContext *ctx, JSValueConst global)
{
    JSValue console = JS_NewObject(ctx);

    if (JS_IsException(console))
        return -1;
    if (snap_console_define(ctx, console) < 0) {
        JS_FreeValue(ctx, console);
        return -1;
    }
    return JS_DefinePropertyValueStr(ctx, global, "console", console, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE) < 0 ? -1 : 0;
}
