/* Host calls that are not answered yet. Each is a record here, so that it lives through a snapshot, and the host may answer it now,
 * later, or from another process. The arguments are kept as the message they were at the moment of the call: what the program does to
 * its objects afterwards does not change what the host sees. */
typedef struct snap_pending_call {
    snap_record record;
    uint32_t origin;
    uint32_t realm;         /* of the function */
    JSContext *context;     /* of the caller: the answer is made in its realm */
    bool has_references;
    JSValue name;
    JSValue promise;
    JSValue settle[2];      /* resolve, reject */
    snap_buffer arguments;  /* owns one reference of every handle in it */
} snap_pending_call;

static snap_table snap_pending_calls;

static void snap_pending_free(JSContext *ctx, snap_pending_call *call)
{
    snap_visit_handles(&call->arguments, snap_handle_drop_owned);
    snap_buffer_free(&call->arguments);
    JS_FreeValue(ctx, call->name);
    JS_FreeValue(ctx, call->promise);
    JS_FreeValue(ctx, call->settle[0]);
    JS_FreeValue(ctx, call->settle[1]);
    JS_FreeContext(call->context);
    free(call);
}

/* Records a call; the id is in the record. The first arguments, as many as are `leading`, are not the caller's. NULL and throws. */
static snap_pending_call *snap_pending_add(JSContext *ctx, JSValueConst name, uint32_t leading, int argc, JSValueConst *argv)
{
    snap_pending_call *call;

    if (!snap_has_promises(ctx))
        return NULL;
    call = calloc(1, sizeof *call);
    if (!call) {
        snap_throw_no_memory(ctx);
        return NULL;
    }
    call->name = JS_DupValue(ctx, name);
    call->origin = snap_control.origin;
    call->context = JS_DupContext(ctx);
    call->promise = call->settle[0] = call->settle[1] = JS_UNDEFINED;
    if (snap_encode_arguments(ctx, &call->arguments, leading, argc, argv, &call->has_references) < 0) {
        call->arguments.size = 0;     /* on failure it holds a text, and no handle */
        snap_pending_free(ctx, call);
        return NULL;
    }
    snap_visit_handles(&call->arguments, snap_handle_own);
    call->promise = JS_NewPromiseCapability(ctx, call->settle);
    if (JS_IsException(call->promise)) {
        call->promise = call->settle[0] = call->settle[1] = JS_UNDEFINED;
        snap_pending_free(ctx, call);
        return NULL;
    }
    if (!snap_table_add(&snap_pending_calls, &call->record)) {
        snap_pending_free(ctx, call);
        snap_throw_no_memory(ctx);
        return NULL;
    }
    snap_control.pending = snap_pending_calls.count;
    snap_control.events |= SNAP_EVENT_PENDING;
    return call;
}

static JSValue snap_pending_record(JSContext *ctx, const snap_host_entry *entry, int argc, JSValueConst *argv)
{
    uint32_t realm = entry->realm;
    snap_pending_call *call = snap_pending_add(ctx, entry->name, 0, argc, argv);

    if (!call)
        return JS_EXCEPTION;
    call->realm = realm;
    return JS_DupValue(ctx, call->promise);
}

static JSValue snap_pending_promise(JSContext *ctx, uint32_t id)
{
    snap_pending_call *call = (snap_pending_call *)snap_table_find(&snap_pending_calls, id);
    return call ? JS_DupValue(ctx, call->promise) : JS_UNINITIALIZED;
}

static void snap_pending_unbind(void)
{
    for (uint32_t i = 0; i < snap_pending_calls.count; i++)
        snap_unbind_message(&((snap_pending_call *)snap_pending_calls.records[i])->arguments);
}

uint32_t snap_pending_new(uint32_t origin)
{
    JSValue name;
    snap_pending_call *call;
    uint32_t saved = snap_control.origin;

    if (snap_take_input_value(snap_context, &name) != SNAP_STATUS_OK) {
        snap_forget_exception(snap_context);
        return 0;
    }
    snap_control.origin = origin;
    call = snap_pending_add(snap_context, name, 0, 0, NULL);
    snap_control.origin = saved;
    JS_FreeValue(snap_context, name);
    if (!call)
        snap_forget_exception(snap_context);
    return call ? call->record.id : 0;
}

uint32_t snap_pending_list(uint32_t after, uint32_t is_peek)
{
    uint32_t first;

    snap_enter();
    first = snap_table_position(&snap_pending_calls, after + 1);
    snap_put_array(&snap_output, snap_pending_calls.count - first);
    for (uint32_t i = first; i < snap_pending_calls.count; i++) {
        const snap_pending_call *call = (const snap_pending_call *)snap_pending_calls.records[i];
        snap_put_array(&snap_output, 6);
        snap_put_uint(&snap_output, call->record.id);
        snap_encode_string(snap_context, &snap_output, call->name);
        snap_put_bin_header(&snap_output, (uint32_t)call->arguments.size);
        snap_put(&snap_output, call->arguments.data, call->arguments.size);
        snap_put_bool(&snap_output, call->has_references);
        snap_put_uint(&snap_output, call->origin);
        snap_put_uint(&snap_output, call->realm);
    }
    for (uint32_t i = first; i < snap_pending_calls.count && !is_peek && !snap_output.failed; i++)
        snap_visit_handles(&((const snap_pending_call *)snap_pending_calls.records[i])->arguments, snap_handle_retain);
    return snap_leave(SNAP_STATUS_OK);
}

/* The record is taken over. */
static uint32_t snap_pending_answer(JSContext *ctx, snap_pending_call *call, JSValue value, bool is_rejection, uint32_t flags)
{
    JSValue result;

    snap_table_remove(&snap_pending_calls, &call->record);
    snap_control.pending = snap_pending_calls.count;
    snap_control.origin = call->origin;
    result = JS_Call(ctx, call->settle[is_rejection], JS_UNDEFINED, 1, &value);
    JS_FreeValue(ctx, value);
    snap_pending_free(ctx, call);
    if (JS_IsException(result))
        return snap_result_exception(ctx);
    return snap_drain_jobs_if(ctx, flags);
}

uint32_t snap_pending_settle(uint32_t id, uint32_t is_rejection, uint32_t flags)
{
    JSContext *ctx;
    snap_pending_call *call;
    JSValue value;
    uint32_t status;

    snap_enter();
    call = (snap_pending_call *)snap_table_find(&snap_pending_calls, id);
    if (!call)
        return snap_leave(SNAP_STATUS_INVALID);
    ctx = call->context;
    status = snap_take_input_value(ctx, &value);
    if (status == SNAP_STATUS_OK)
        status = snap_pending_answer(ctx, call, value, is_rejection != 0, flags);
    else
        status = snap_result_undecoded(ctx, status);
    return snap_leave(status);
}
