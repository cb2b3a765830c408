/* What the console keeps under labels: console.count, console.time and their kin. */

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
