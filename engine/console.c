/* The console object. Its methods do not use `this`, so they work when taken off it. What they keep (indentation, counters, timers) is
 * in linear memory and so part of a snapshot. A message for which there is no memory is lost; nothing here throws for that.
 */

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
    JSValue tag;

    for (size_t i = 0; i < countof(snap_console_methods); i++) {
        const JSCFunctionListEntry *entry = &snap_console_methods[i];
        JSValue method = JS_NewCFunction2(ctx, entry->u.func.cfunc.generic, entry->name, 0, entry->u.func.cproto, entry->magic);

        if (JS_IsException(method) || JS_DefinePropertyValueStr(ctx, console, entry->name, method, JS_PROP_C_W_E) < 0)
            return -1;
    }
    tag = JS_NewString(ctx, "console");
    return JS_IsException(tag) ? -1 : JS_DefinePropertyValue(ctx, console, JS_ATOM_Symbol_toStringTag, tag, JS_PROP_CONFIGURABLE);
}

/* Defines console; -1 and throws. */
static int snap_add_console(JSContext *ctx, JSValueConst web)
{
    JSValue console = JS_NewObject(ctx);
    (void)web;

    if (JS_IsException(console))
        return -1;
    if (snap_console_define(ctx, console) < 0) {
        JS_FreeValue(ctx, console);
        return -1;
    }
    return JS_DefinePropertyValueStr(ctx, ctx->global_obj, "console", console, JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE) < 0 ? -1 : 0;
}
