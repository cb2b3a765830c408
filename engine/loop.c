/* The event loop's guest half: microtasks, timers, unhandled rejections. The host decides when to turn it and how long to wait.
 * HTML Standard, "timers" and "unhandled promise rejections". */

static void snap_unanswered(void)
{
    snap_control.events |= SNAP_EVENT_UNANSWERED;
    snap_control.interrupt = SNAP_INTERRUPT_NOW;
}

/* ---- time ---- */

static double snap_clock(uint32_t monotonic)
{
    double now = snap_system ? snap_system->clock() : host_clock(NAN, monotonic);
    if (!isnan(now))
        return now;
    snap_unanswered();
    return snap_control.latest_time;
}

/* Unix milliseconds that never go back, not even on a machine whose clock is behind the one that took the snapshot. */
static double snap_now(void)
{
    double now = snap_clock(1);
    if (!(now > snap_control.latest_time))
        now = snap_control.latest_time;
    return snap_control.latest_time = now;
}

static int32_t snap_timezone_minutes(double unix_seconds)
{
    int32_t minutes = snap_control.timezone;

    if (minutes != SNAP_TIMEZONE_ASK)
        return minutes;
    minutes = host_timezone(SNAP_TIMEZONE_ASK, unix_seconds);
    if (minutes != SNAP_TIMEZONE_ASK)
        return minutes;
    snap_unanswered();
    return 0;
}

/* ---- interrupts ---- */

static bool snap_must_stop(void)
{
    uint32_t answer;

    if (snap_is_interrupted())
        return true;
    if (snap_control.interrupt == SNAP_INTERRUPT_NONE)
        return false;
    answer = host_interrupt(SNAP_STATUS_UNANSWERED);
    if (answer == SNAP_STATUS_UNANSWERED)
        snap_unanswered();
    return answer != 0;
}

static int snap_poll_interrupt(JSRuntime *rt, void *opaque)
{
    (void)rt;
    (void)opaque;
    if (!snap_is_stopped() && !snap_must_stop())
        return 0;
    snap_stop();
    return 1;
}

/* ---- microtasks ---- */

typedef struct snap_rejection {
    JSValue promise, reason;
    bool handled;   /* handled after it was reported */
    bool is_told;   /* to the program, which hears of it before the host */
} snap_rejection;

static struct {
    snap_rejection *items;
    uint32_t count, capacity;
} snap_rejections;

#define SNAP_JOBS_PER_POLL 1000   /* a flood of native jobs would never come to the engine's own polls */

static bool snap_jobs_were_stopped;   /* and some were left */
static uint32_t snap_jobs_budget;     /* how many run at a time; 0: all */

/* A job was stopped: whether to leave the others for the next call. They may be another program's; but when the queue is stopped time after
 * time, something floods it, and every job in it is stopped. */
static bool snap_leave_jobs(JSContext *ctx)
{
    snap_forget_exception(ctx);
    if (snap_jobs_were_stopped)
        return false;
    snap_jobs_were_stopped = JS_IsJobPending(snap_runtime);
    return true;
}

static uint32_t snap_count_jobs(void)
{
    struct list_head *element;
    uint32_t count = 0;
    list_for_each(element, &snap_runtime->job_list)
        count++;
    return count;
}

/* Runs jobs until none is left, or the budget is. Throws nothing: an exception is the status, and the result. */
static uint32_t snap_drain_jobs(JSContext *ctx, uint32_t *count)
{
    JSContext *job_context;
    uint32_t left = 0;   /* jobs to stop: those that are there, and not what native ones could add for ever */
    int ran;

    *count = 0;
    while ((!snap_jobs_budget || *count < snap_jobs_budget || snap_is_stopped()) && (ran = JS_ExecutePendingJob(snap_runtime, &job_context)) != 0) {
        if (!snap_is_stopped()) {
            if (ran < 0 && !snap_report_exception(job_context))
                return snap_result_exception(job_context);
            if (++*count % SNAP_JOBS_PER_POLL == 0)
                snap_poll_interrupt(snap_runtime, NULL);
            continue;
        }
        if (snap_leave_jobs(ctx))
            return SNAP_STATUS_INTERRUPTED;
        left = left ? left - 1 : snap_count_jobs();
        if (!left)
            break;
    }
    snap_jobs_were_stopped = false;
    if (snap_rejections.count && !JS_IsJobPending(snap_runtime))   /* only now is it sure that nobody handles them in this turn */
        snap_control.events |= SNAP_EVENT_REJECTIONS;
    if (snap_has_lost_exception(ctx))
        return snap_result_exception(ctx);
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

static void snap_rejection_add(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool handled, bool is_told)
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
        (snap_rejection){ JS_DupValue(ctx, promise), JS_DupValue(ctx, reason), handled, is_told };
    if (handled)
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

/* Takes it off the list, if it is there. */
static bool snap_rejection_forget(JSContext *ctx, JSValueConst promise)
{
    for (uint32_t i = 0; i < snap_rejections.count; i++) {
        if (JS_VALUE_GET_PTR(snap_rejections.items[i].promise) == JS_VALUE_GET_PTR(promise)) {
            snap_rejection_remove(ctx, i);
            return true;
        }
    }
    return false;
}

/* A handler that comes before the report takes the rejection off the list; one that comes later is reported too. */
static void snap_track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, bool is_handled, void *opaque)
{
    (void)opaque;
    if (!is_handled || !snap_rejection_forget(ctx, promise))
        snap_rejection_add(ctx, promise, reason, is_handled, false);
}

static bool snap_promise_is_handled(JSValueConst promise)
{
    const JSPromiseData *data = JS_GetOpaque(promise, JS_CLASS_PROMISE);
    return data && data->is_handled;
}

/* [promise, reason, handled, message]; false, with nothing written, without memory. */
static bool snap_put_rejection(JSContext *ctx, snap_buffer *out, const snap_rejection *item)
{
    size_t start = out->size, payload;
    bool has_references = false;
    snap_buffer written;

    if (!snap_buffer_reserve(out, 64))   /* all but the payload, so that nothing is cut off in its middle */
        return false;
    snap_put_array(out, 4);
    if (snap_encode_handle(ctx, out, item->promise) == SNAP_STATUS_OK && snap_encode_handle(ctx, out, item->reason) == SNAP_STATUS_OK) {
        snap_put_bool(out, item->handled);
        snap_put_tagged(out, 0xc6, 0, 4);   /* bin 32: the ERROR payload, whose container numbers are its own */
        payload = out->size;
        if (snap_encode_error(ctx, out, item->reason, &has_references)) {
            snap_fill(out, payload, (uint32_t)(out->size - payload));
            return true;
        }
    }
    snap_forget_exception(ctx);
    written = (snap_buffer){ .data = out->data + start, .size = out->size - start };
    snap_visit_handles(&written, snap_handle_drop);
    out->size = start;
    return false;
}

/* The program hears of those that are listed now, and runs the jobs that come of it. Of what those bring, it hears next time. */
static uint32_t snap_rejections_tell(JSContext *ctx)
{
    uint32_t status = SNAP_STATUS_OK, left = snap_rejections.count, next = 0, count;

    while (status == SNAP_STATUS_OK && left-- && next < snap_rejections.count) {
        snap_rejection *item = &snap_rejections.items[next];
        JSValue promise = JS_DupValue(ctx, item->promise), reason = JS_DupValue(ctx, item->reason);
        int is_kept = item->is_told ? 0 : snap_rejection_tell(promise, reason, item->handled);
        if (next < snap_rejections.count && JS_VALUE_GET_PTR(snap_rejections.items[next].promise) == JS_VALUE_GET_PTR(promise)) {
            snap_rejections.items[next].is_told = true;
            if (is_kept > 0)
                snap_rejection_remove(ctx, next);
            else
                next++;
        }
        JS_FreeValue(ctx, promise);
        JS_FreeValue(ctx, reason);
        status = is_kept < 0 ? snap_result_exception(ctx) : snap_drain_jobs(ctx, &count);
    }
    return status;
}

/* Those for which there is no memory are reported next time, as are those of which the program has not heard. */
static void snap_rejections_write(JSContext *ctx)
{
    snap_rejection *items = snap_rejections.items;   /* away from the list, which getters met below may change */
    snap_buffer message = snap_output_take();
    uint32_t count = snap_rejections.count, written = 0;
    bool is_any = count && items[0].is_told;
    size_t begun;

    memset(&snap_rejections, 0, sizeof snap_rejections);
    snap_control.events &= ~(uint32_t)SNAP_EVENT_REJECTIONS;
    begun = snap_begin_array(&message);
    while (written < count && items[written].is_told && snap_put_rejection(ctx, &message, &items[written]))
        written++;
    for (uint32_t i = 0; i < count; i++) {
        if (i >= written) {
            snap_rejection_add(ctx, items[i].promise, items[i].reason, items[i].handled, items[i].is_told);
            snap_control.events |= SNAP_EVENT_REJECTIONS;
        }
        JS_FreeValue(ctx, items[i].promise);
        JS_FreeValue(ctx, items[i].reason);
    }
    free(items);
    if (is_any)
        message.failed = !written;   /* it ends with a whole item */
    snap_end_array(&message, begun, written);
    snap_output_put(message, 0);
}

uint32_t snap_take_rejections(void)
{
    JSContext *ctx = snap_context;
    uint32_t status = SNAP_STATUS_OK;

    snap_enter();
    for (uint32_t i = snap_rejections.count; i-- > 0;)   /* the host may have taken care of a promise without a handler */
        if (!snap_rejections.items[i].handled && snap_promise_is_handled(snap_rejections.items[i].promise))
            snap_rejection_remove(ctx, i);
    if (snap_control.depth == 1)
        status = snap_rejections_tell(ctx);
    if (status == SNAP_STATUS_OK)
        snap_rejections_write(ctx);
    return snap_leave(status);
}
