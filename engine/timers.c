/* setTimeout and its family. A binary heap by deadline, then by creation; a table by id for clearTimeout. */
typedef struct snap_timer {
    snap_record record;
    uint32_t origin;
    uint32_t position;      /* in the heap */
    uint32_t nesting : 31;
    bool is_awaited : 1;    /* false: no program is idle the later for it */
    double deadline;        /* Unix milliseconds of snap_now() */
    double interval;        /* milliseconds; negative for a timeout */
    uint64_t sequence;
    JSValue function;
    const JSContext *setter;   /* the realm whose clearTimeout finds it, only to be compared; NULL: a task of scripts of the web platform */
    int argc;
    JSValue argv[];
} snap_timer;

static snap_table snap_timer_table;

static struct {
    snap_timer **timers;
    uint32_t count, capacity;
    uint32_t awaited;       /* of these */
    uint64_t sequence;
    uint32_t nesting;       /* of the timer that is running */
} snap_timers;

#define SNAP_NESTING_CLAMP 5        /* HTML: timers nested deeper wait at least … */
#define SNAP_NESTED_MINIMUM 4       /* … 4 ms */
#define SNAP_LONGEST_DELAY 8.64e15  /* the range of Date */

static bool snap_timer_before(const snap_timer *a, const snap_timer *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline : a->sequence < b->sequence;
}

static void snap_heap_put(uint32_t position, snap_timer *timer)
{
    snap_timers.timers[position] = timer;
    timer->position = position;
}

static void snap_heap_up(snap_timer *timer)
{
    uint32_t position = timer->position;
    while (position && snap_timer_before(timer, snap_timers.timers[(position - 1) / 2])) {
        snap_heap_put(position, snap_timers.timers[(position - 1) / 2]);
        position = (position - 1) / 2;
    }
    snap_heap_put(position, timer);
}

static void snap_heap_down(snap_timer *timer)
{
    uint32_t position = timer->position;
    for (;;) {
        uint32_t child = 2 * position + 1;
        if (child >= snap_timers.count)
            break;
        if (child + 1 < snap_timers.count && snap_timer_before(snap_timers.timers[child + 1], snap_timers.timers[child]))
            child++;
        if (!snap_timer_before(snap_timers.timers[child], timer))
            break;
        snap_heap_put(position, snap_timers.timers[child]);
        position = child;
    }
    snap_heap_put(position, timer);
}

static void snap_timers_publish(void)
{
    snap_control.timers = snap_timers.count;
    snap_control.next_timer = snap_timers.count ? snap_timers.timers[0]->deadline : INFINITY;
    if (snap_timers.count && !snap_timers.awaited)
        snap_control.events |= SNAP_EVENT_TIMERS_UNAWAITED;
    else
        snap_control.events &= ~(uint32_t)SNAP_EVENT_TIMERS_UNAWAITED;
}

/* Makes room for every timer there is, so also for those that run and are not in the heap. */
static bool snap_timers_reserve(void)
{
    if (snap_timer_table.count > snap_timers.capacity) {
        uint32_t capacity = snap_timers.capacity ? snap_timers.capacity * 2 : 16;
        snap_timer **timers = realloc(snap_timers.timers, capacity * sizeof *timers);
        if (!timers)
            return false;
        snap_timers.timers = timers;
        snap_timers.capacity = capacity;
    }
    return true;
}

static void snap_timer_insert(snap_timer *timer)
{
    timer->sequence = ++snap_timers.sequence;
    timer->position = snap_timers.count++;
    snap_timers.awaited += timer->is_awaited;
    snap_heap_up(timer);
    snap_timers_publish();
}

static void snap_timer_withdraw(snap_timer *timer)
{
    snap_timer *last = snap_timers.timers[--snap_timers.count];

    snap_timers.awaited -= timer->is_awaited;
    if (last != timer) {
        last->position = timer->position;
        snap_heap_up(last);
        snap_heap_down(last);
    }
    snap_timers.timers[snap_timers.count] = NULL;
    snap_timers_publish();
}

static void snap_timer_free(JSContext *ctx, snap_timer *timer)
{
    snap_table_remove(&snap_timer_table, &timer->record);
    JS_FreeValue(ctx, timer->function);
    snap_free_values(ctx, timer->argv, (uint32_t)timer->argc);
    free(timer);
}

/* The delay of a timer in milliseconds, as HTML has it; but a delay beyond 31 bits is kept, for programs that wait for months. Throws. */
static int snap_timer_delay(JSContext *ctx, int argc, JSValueConst *argv, bool repeats, double *delay)
{
    double given = 0;
    if (argc > 1 && JS_ToFloat64(ctx, &given, argv[1]) < 0)
        return -1;
    *delay = given >= 0 ? floor(given) : 0;
    if (*delay > SNAP_LONGEST_DELAY)
        *delay = SNAP_LONGEST_DELAY;
    if (repeats && *delay < 1)
        *delay = 1;
    if (snap_timers.nesting > SNAP_NESTING_CLAMP && *delay < SNAP_NESTED_MINIMUM)
        *delay = SNAP_NESTED_MINIMUM;
    return 0;
}

/* Its id. */
static JSValue snap_timer_start(JSContext *ctx, int argc, JSValueConst *argv, const JSContext *setter, bool is_awaited, double delay, bool repeats,
                                uint32_t nesting)
{
    int extra = argc > 2 ? argc - 2 : 0;
    double now = snap_now();   /* before there is a record: the host's clock may call back */
    snap_timer *timer = calloc(1, sizeof *timer + (size_t)extra * sizeof(JSValue));

    if (!timer || !snap_table_add(&snap_timer_table, &timer->record)) {
        free(timer);
        return snap_throw_no_memory(ctx);
    }
    timer->origin = snap_control.origin;
    timer->nesting = nesting;
    timer->deadline = now + delay;
    timer->interval = repeats ? delay : -1;
    timer->setter = setter;
    timer->is_awaited = is_awaited;
    timer->function = JS_DupValue(ctx, argv[0]);
    timer->argc = extra;
    for (int i = 0; i < extra; i++)
        timer->argv[i] = JS_DupValue(ctx, argv[i + 2]);
    if (!snap_timers_reserve()) {
        snap_timer_free(ctx, timer);
        return snap_throw_no_memory(ctx);
    }
    snap_timer_insert(timer);
    return JS_NewInt64(ctx, timer->record.id);
}

static JSValue snap_timer_set(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int repeats)
{
    double delay;

    (void)this_value;
    if (!JS_IsFunction(ctx, argv[0]))
        return JS_ThrowTypeError(ctx, "%s: the first argument must be a function", repeats ? "setInterval" : "setTimeout");
    if (snap_timer_delay(ctx, argc, argv, repeats, &delay) < 0)
        return JS_EXCEPTION;
    return snap_timer_start(ctx, argc, argv, ctx, true, delay, repeats, snap_timers.nesting + 1);
}

/* For scripts of the web platform, native.after(function, milliseconds): a task of theirs, in one order with the timers. It is no nested timer, and
 * so never put off. native.someday(function, milliseconds): the same, and nothing is left to do for its sake. */
static JSValue snap_timer_after(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_awaited)
{
    double delay;

    (void)this_value;
    (void)argc;
    if (JS_ToFloat64(ctx, &delay, argv[1]) < 0)
        return JS_EXCEPTION;
    return snap_timer_start(ctx, 2, argv, NULL, is_awaited, delay < SNAP_LONGEST_DELAY ? delay : SNAP_LONGEST_DELAY, false, 0);
}

static JSValue snap_timer_clear(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    double id = 0;
    snap_timer *timer;

    (void)this_value;
    if (argc < 1 || JS_IsUndefined(argv[0]) || JS_IsNull(argv[0]))
        return JS_UNDEFINED;
    if (JS_ToFloat64(ctx, &id, argv[0]) < 0)
        return JS_EXCEPTION;
    timer = id >= 1 && id <= UINT32_MAX ? (snap_timer *)snap_table_find(&snap_timer_table, (uint32_t)id) : NULL;
    if (timer && timer->setter != ctx)
        return JS_UNDEFINED;
    if (timer && timer->position == UINT32_MAX)
        timer->interval = -1;             /* it is running: only keep it from coming back */
    else if (timer) {
        snap_timer_withdraw(timer);
        snap_timer_free(ctx, timer);
    }
    return JS_UNDEFINED;
}

/* An interval's next deadline counts from its last, so that it does not drift; ticks that were missed are left out. */
static void snap_timer_repeat(snap_timer *timer)
{
    double now = snap_now();
    timer->deadline += timer->interval;
    if (timer->deadline < now)
        timer->deadline += ceil((now - timer->deadline) / timer->interval) * timer->interval;
    snap_timer_insert(timer);
}

/* Whose global object hears of an exception. */
static JSContext *snap_timer_realm(JSContext *ctx, const snap_timer *timer)
{
    JSValue thrown = JS_GetException(ctx);   /* a revoked proxy has no realm, and would put another in its place */
    JSContext *realm = JS_GetFunctionRealm(ctx, timer->function);

    snap_forget_exception(ctx);
    JS_Throw(ctx, thrown);
    return realm ? realm : ctx;
}

static uint32_t snap_timer_fire(JSContext *ctx, snap_timer *timer)
{
    JSValue result;
    uint32_t count, status;

    snap_timer_withdraw(timer);
    timer->position = UINT32_MAX;
    snap_control.origin = timer->origin;
    snap_timers.nesting = timer->nesting;
    result = JS_Call(ctx, timer->function, JS_UNDEFINED, timer->argc, timer->argv);
    if (JS_IsException(result) && !snap_report_exception(snap_timer_realm(ctx, timer)))
        status = snap_result_exception(ctx);
    else
        status = snap_drain_jobs(ctx, &count);
    snap_timers.nesting = 0;
    JS_FreeValue(ctx, result);
    if (timer->interval < 0)
        snap_timer_free(ctx, timer);
    else
        snap_timer_repeat(timer);
    return status;
}

/* Timers that the callbacks start wait for the next turn, even when they are due at once. */
uint32_t snap_run_timers(uint32_t at_most)
{
    JSContext *ctx = snap_context;
    uint64_t newest = snap_timers.sequence;
    uint32_t count = 0, status = SNAP_STATUS_OK;
    double now;

    snap_enter();
    if (snap_control.depth > 1)
        return snap_leave(SNAP_STATUS_NOT_QUIESCENT);
    now = snap_now();
    while (status == SNAP_STATUS_OK && count < at_most && snap_timers.count) {
        snap_timer *timer = snap_timers.timers[0];
        if (timer->deadline > now || timer->sequence > newest)
            break;
        status = snap_timer_fire(ctx, timer);
        count++;
    }
    if (status == SNAP_STATUS_OK) {
        snap_buffer_clear(&snap_output);
        snap_put_uint(&snap_output, count);
    }
    return snap_leave(status);
}

uint32_t snap_timer_list(void)
{
    snap_enter();
    snap_put_array(&snap_output, snap_timers.count);
    for (uint32_t i = 0; i < snap_timer_table.count; i++) {
        const snap_timer *timer = (const snap_timer *)snap_timer_table.records[i];
        if (timer->position == UINT32_MAX)
            continue;   /* it is running, and not in the heap that was counted */
        snap_put_array(&snap_output, 3);
        snap_put_uint(&snap_output, timer->record.id);
        snap_put_float(&snap_output, timer->deadline);
        if (timer->interval < 0)
            snap_put_nil(&snap_output);
        else
            snap_put_float(&snap_output, timer->interval);
    }
    return snap_leave(SNAP_STATUS_OK);
}

static const JSCFunctionListEntry snap_timer_functions[] = {
    JS_CFUNC_MAGIC_DEF("setTimeout", 1, snap_timer_set, 0),
    JS_CFUNC_MAGIC_DEF("setInterval", 1, snap_timer_set, 1),
    JS_CFUNC_DEF("clearTimeout", 0, snap_timer_clear),
    JS_CFUNC_DEF("clearInterval", 0, snap_timer_clear),
};

static int snap_add_timers(JSContext *ctx, JSValueConst web)
{
    (void)web;
    return JS_SetPropertyFunctionList(ctx, ctx->global_obj, snap_timer_functions, countof(snap_timer_functions));
}
