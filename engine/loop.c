/* The event loop's guest half: microtasks, timers, unhandled rejections. The host decides when to turn it and how long to wait.
 * HTML Standard, "timers" and "unhandled promise rejections". */

/* ---- time ---- */

/* Unix milliseconds that never go back, not even on a machine whose clock is behind the one that took the snapshot. */
static double snap_now(void)
{
    double now = host_clock(1);
    if (!(now > snap_control.latest_time))
        now = snap_control.latest_time;
    return snap_control.latest_time = now;
}

static int32_t snap_timezone_minutes(double unix_seconds)
{
    return snap_control.timezone == SNAP_TIMEZONE_ASK ? host_timezone(unix_seconds) : snap_control.timezone;
}

/* ---- interrupts ---- */

static int snap_poll_interrupt(JSRuntime *rt, void *opaque)
{
    (void)rt;
    (void)opaque;
    switch (*(volatile uint32_t *)&snap_control.interrupt) {   /* the host writes it from another thread */
    case SNAP_INTERRUPT_NONE:
        return 0;
    case SNAP_INTERRUPT_NOW:
        return 1;
    default:
        return host_interrupt() != 0;
    }
}

/* ---- microtasks ---- */

#define SNAP_JOBS_PER_POLL 1000   /* a flood of native jobs would never come to the engine's own polls */

/* Runs jobs until none is left. Throws nothing: an exception is the status, and the result. */
static uint32_t snap_drain_jobs(JSContext *ctx, uint32_t *count)
{
    JSContext *job_context;
    bool told = false;
    int ran;

    *count = 0;
    while ((ran = JS_ExecutePendingJob(snap_runtime, &job_context)) > 0) {
        if (++*count % SNAP_JOBS_PER_POLL || !snap_poll_interrupt(snap_runtime, NULL))
            continue;
        if (told)
            return SNAP_STATUS_INTERRUPTED;
        told = true;
        ctx->interrupt_counter = 1;   /* the next job polls at once: what floods the queue is stopped, and not only left for the next call */
    }
    if (ran < 0)
        return snap_result_exception(job_context ? job_context : ctx);
    return SNAP_STATUS_OK;
}

/* Jobs run only when no JavaScript is below on the stack. */
static uint32_t snap_drain_jobs_if(JSContext *ctx, uint32_t flags)
{
    uint32_t count;
    return (flags & SNAP_RUN_JOBS) && snap_control.depth == 1 ? snap_drain_jobs(ctx, &count) : SNAP_STATUS_OK;
}

uint32_t snap_run_jobs(void)
{
    uint32_t count, status;

    snap_enter();
    if (snap_control.depth > 1)
        return snap_leave(SNAP_STATUS_NOT_QUIESCENT);
    status = snap_drain_jobs(snap_context, &count);
    if (status == SNAP_STATUS_OK) {
        snap_buffer_clear(&snap_output);
        snap_put_uint(&snap_output, count);
    }
    return snap_leave(status);
}

int32_t snap_has_jobs(void)
{
    return JS_IsJobPending(snap_runtime);
}

/* ---- unhandled rejections ---- */

typedef struct snap_rejection {
    JSValue promise, reason;
    bool handled;   /* handled after it was reported */
} snap_rejection;

static struct {
    snap_rejection *items;
    uint32_t count, capacity;
} snap_rejections;

static void snap_rejection_add(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool handled)
{
    if (snap_rejections.count == snap_rejections.capacity) {
        uint32_t capacity = snap_rejections.capacity ? snap_rejections.capacity * 2 : 8;
        snap_rejection *items = realloc(snap_rejections.items, capacity * sizeof *items);
        if (!items)
            return;   /* no memory to report it with */
        snap_rejections.items = items;
        snap_rejections.capacity = capacity;
    }
    snap_rejections.items[snap_rejections.count++] =
        (snap_rejection){ JS_DupValue(ctx, promise), JS_DupValue(ctx, reason), handled };
    snap_control.events |= SNAP_EVENT_REJECTIONS;
}

static void snap_rejection_remove(JSContext *ctx, uint32_t index)
{
    snap_rejection gone = snap_rejections.items[index];
    memmove(snap_rejections.items + index, snap_rejections.items + index + 1,
            (--snap_rejections.count - index) * sizeof gone);
    JS_FreeValue(ctx, gone.promise);
    JS_FreeValue(ctx, gone.reason);
}

/* A handler that comes before the report takes the rejection off the list; one that comes later is reported too. */
static void snap_track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool is_handled, void *opaque)
{
    (void)opaque;
    if (is_handled) {
        for (uint32_t i = 0; i < snap_rejections.count; i++) {
            if (JS_VALUE_GET_PTR(snap_rejections.items[i].promise) == JS_VALUE_GET_PTR(promise)) {
                snap_rejection_remove(ctx, i);
                return;
            }
        }
    }
    snap_rejection_add(ctx, promise, reason, is_handled);
}

static bool snap_promise_is_handled(JSValueConst promise)
{
    const JSPromiseData *data = JS_GetOpaque(promise, JS_CLASS_PROMISE);
    return data && data->is_handled;
}

uint32_t snap_take_rejections(void)
{
    JSContext *ctx = snap_context;
    bool has_references = false;

    snap_enter();
    for (uint32_t i = snap_rejections.count; i-- > 0;)   /* the host may have taken care of a promise without a handler */
        if (!snap_rejections.items[i].handled && snap_promise_is_handled(snap_rejections.items[i].promise))
            snap_rejection_remove(ctx, i);
    snap_put_array(&snap_output, snap_rejections.count);
    for (uint32_t i = 0; i < snap_rejections.count; i++) {
        const snap_rejection *item = &snap_rejections.items[i];
        size_t payload;
        snap_put_array(&snap_output, 4);
        if (snap_encode_handle(ctx, &snap_output, item->promise) != SNAP_STATUS_OK ||
            snap_encode_handle(ctx, &snap_output, item->reason) != SNAP_STATUS_OK)
            return snap_leave(snap_result_exception(ctx));
        snap_put_bool(&snap_output, item->handled);
        snap_put_byte(&snap_output, 0xc6);   /* bin 32: the ERROR payload, whose container numbers are its own */
        payload = snap_output.size;
        snap_put(&snap_output, "\0\0\0\0", 4);
        snap_encode_error(ctx, &snap_output, item->reason, &has_references);
        for (int byte = 0; byte < 4 && !snap_output.failed; byte++)
            snap_output.data[payload + byte] = (uint8_t)((snap_output.size - payload - 4) >> (24 - 8 * byte));
    }
    while (snap_rejections.count)
        snap_rejection_remove(ctx, snap_rejections.count - 1);
    snap_control.events &= ~(uint32_t)SNAP_EVENT_REJECTIONS;
    return snap_leave(SNAP_STATUS_OK);
}
