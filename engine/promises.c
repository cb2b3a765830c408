/* Promises that the host holds: made, looked at, waited for. None of this looks up a property that a program could have replaced. */

int32_t snap_promise_state(snap_handle promise)
{
    JSValue value;
    return snap_handle_get(promise, &value) ? (int32_t)JS_PromiseState(snap_context, value) : JS_PROMISE_NOT_A_PROMISE;
}

uint32_t snap_promise_observe(snap_handle promise)
{
    JSValue value;
    if (!snap_handle_get(promise, &value) || !JS_IsPromise(value))
        return SNAP_STATUS_INVALID;
    JS_PromiseMarkAsHandled(snap_context, value);
    return SNAP_STATUS_OK;
}

uint32_t snap_promise_result(snap_handle promise, uint32_t flags)
{
    JSContext *ctx = snap_context;
    JSValue value;

    snap_enter();
    if (!snap_handle_get(promise, &value) || !JS_IsPromise(value))
        return snap_leave(SNAP_STATUS_INVALID);
    JS_PromiseMarkAsHandled(ctx, value);
    switch (JS_PromiseState(ctx, value)) {
    case JS_PROMISE_PENDING:
        return snap_leave(SNAP_STATUS_PENDING);
    case JS_PROMISE_FULFILLED:
        return snap_leave(snap_result_value(ctx, JS_PromiseResult(ctx, value), flags));
    default:
        if (flags & SNAP_RUN_AS_HANDLE)
            return snap_leave(snap_result_value(ctx, JS_PromiseResult(ctx, value), flags));
        JS_Throw(ctx, JS_PromiseResult(ctx, value));
        return snap_leave(snap_result_exception(ctx));
    }
}

/* Handles of these values become the result, as an array; they are taken over. */
static uint32_t snap_result_handles(JSContext *ctx, JSValue *values, uint32_t count)
{
    uint32_t status = SNAP_STATUS_OK;

    snap_buffer_clear(&snap_output);
    snap_put_array(&snap_output, count);
    for (uint32_t i = 0; i < count && status == SNAP_STATUS_OK; i++)
        status = snap_put_handle(ctx, values[i]);
    snap_free_values(ctx, values, count);
    return status == SNAP_STATUS_OK ? status : snap_result_abandoned(ctx);
}

uint32_t snap_promise_new(void)
{
    JSContext *ctx = snap_context;
    JSValue values[3];

    snap_enter();
    values[0] = snap_has_promises(ctx) ? JS_NewPromiseCapability(ctx, values + 1) : JS_EXCEPTION;
    if (JS_IsException(values[0]))
        return snap_leave(snap_result_exception(ctx));
    return snap_leave(snap_result_handles(ctx, values, 3));
}

uint32_t snap_promise_then(snap_handle promise, snap_handle on_fulfilled, snap_handle on_rejected)
{
    JSContext *ctx = snap_context;
    JSValue values[3];

    snap_enter();
    if (!snap_handle_get(promise, &values[0]) || !snap_value_of(on_fulfilled, JS_UNDEFINED, &values[1]) ||
        !snap_value_of(on_rejected, JS_UNDEFINED, &values[2]))
        return snap_leave(SNAP_STATUS_INVALID);
    return snap_leave(snap_result_value(ctx, JS_PromiseThen(ctx, values[0], values[1], values[2]), SNAP_RUN_AS_HANDLE));
}
