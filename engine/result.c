/* How an export begins and ends: the depth of calls, the input message, and the result message. */
static snap_buffer snap_output;
static snap_buffer snap_input;

#define SNAP_INPUT_KEPT (1024 * 1024)   /* a larger input buffer is given back after the call */

/* A getter met while a result is written may call the host, and the host an export. So what is converted is written apart … */
static snap_buffer snap_output_take(void)
{
    snap_buffer taken;
    snap_buffer_clear(&snap_output);
    taken = snap_output;
    memset(&snap_output, 0, sizeof snap_output);
    return taken;
}

/* … and is the result when it is whole. */
static void snap_output_put(snap_buffer message, uint32_t result_flags)
{
    snap_buffer_free(&snap_output);
    snap_output = message;
    snap_control.result_flags = result_flags;
}

static void snap_forget_exception(JSContext *ctx)
{
    JS_FreeValue(ctx, JS_GetException(ctx));
}

/* The engine takes it for granted that whoever makes a promise has some. False and throws. */
static bool snap_has_promises(JSContext *ctx)
{
    if (JS_IsObject(ctx->promise_ctor))
        return true;
    JS_ThrowTypeError(ctx, "this realm was made without the PROMISE intrinsic, which modules, promises and asynchronous host functions need");
    return false;
}

/* Code that was stopped must not go on. But where the engine runs code for a promise it makes a rejection of any error, even of one that cannot
 * be caught. So an export remembers that it was stopped: one bit for each depth, the last for all beyond. */
static uint64_t snap_stops;

static uint64_t snap_stop_bit(void)
{
    return (uint64_t)1 << (snap_control.depth < 63 ? snap_control.depth : 63);
}

static bool snap_is_stopped(void)
{
    return snap_stops & snap_stop_bit();
}

/* The host writes the word from another thread. */
static bool snap_is_interrupted(void)
{
    uint32_t interrupt = *(volatile uint32_t *)&snap_control.interrupt;

    return interrupt == SNAP_INTERRUPT_NOW || interrupt == SNAP_INTERRUPT_SEEN;
}

static void snap_stop(void)
{
    struct list_head *element;

    if (snap_is_interrupted())
        snap_control.interrupt = SNAP_INTERRUPT_SEEN;
    snap_stops |= snap_stop_bit();
    list_for_each(element, &snap_runtime->context_list)
        list_entry(element, JSContext, link)->interrupt_counter = 1;   /* whatever runs next polls at once */
}

static JSValue snap_throw_stop(JSContext *ctx)
{
    snap_stop();
    JS_ThrowInterrupted(ctx);
    return JS_EXCEPTION;
}

/* Gives back what the host would have been handed. */
static void snap_drop_result(uint32_t status)
{
    snap_buffer message = snap_output;

    if (status == SNAP_STATUS_EXCEPTION && message.size && !message.failed) {
        message.data++;      /* the payload of an ERROR: an array of ten, whose first member is a handle as a number */
        message.size--;
        snap_handle_drop(snap_read_uint(message.data));
    }
    if (!message.failed)
        snap_visit_handles(&message, snap_handle_drop);
    snap_buffer_clear(&snap_output);
}

/* The status of an export, or that it was stopped: then it has no result. */
static uint32_t snap_stopped_or(uint32_t status)
{
    if (!snap_is_stopped())
        return status;
    snap_stops &= ~snap_stop_bit();
    snap_drop_result(status);
    return SNAP_STATUS_INTERRUPTED;
}

/* Every export that may run code begins with this. */
static void snap_enter(void)
{
    if (snap_control.depth++ == 0) {
        snap_checks.count = 0;
        JS_UpdateStackTop(snap_runtime);
        snap_heap_begin();
    }
    snap_buffer_clear(&snap_output);
    snap_raw_result_drop();
    snap_control.result_flags = 0;
}

/* No result is better than half of one. */
static uint32_t snap_publish(uint32_t status)
{
    if (snap_output.failed) {
        snap_buffer_clear(&snap_output);
        snap_control.result_flags = SNAP_RESULT_OUT_OF_MEMORY;
        status = SNAP_STATUS_EXCEPTION;
    }
    if (status == SNAP_STATUS_OK && snap_raw_result.depth && snap_raw_result.depth == snap_control.depth + 1) {
        snap_control.result = (uint32_t)(uintptr_t)snap_raw_result.data;
        snap_control.result_length = snap_raw_result.size;
        snap_control.result_flags = SNAP_RESULT_BYTES;
        return status;
    }
    snap_control.result = (uint32_t)(uintptr_t)snap_output.data;
    snap_control.result_length = (uint32_t)snap_output.size;
    snap_control.result_flags &= ~(uint32_t)SNAP_RESULT_BYTES;
    return status;
}

static void snap_input_publish(void)
{
    snap_control.input = (uint32_t)(uintptr_t)snap_input.data;
    snap_control.input_capacity = (uint32_t)snap_input.capacity;
}

/* … and ends with this. */
static uint32_t snap_leave(uint32_t status)
{
    status = snap_stopped_or(status);
    if (snap_control.depth == 1 && JS_HasException(snap_context))
        snap_forget_exception(snap_context);   /* the engine ignores some */
    if (snap_transfers.items)
        snap_transfers_free();
    if (--snap_control.depth == 0 && snap_input.capacity > SNAP_INPUT_KEPT) {
        snap_buffer_free(&snap_input);
        snap_buffer_reserve(&snap_input, 64 * 1024);
        snap_input_publish();
    }
    return snap_publish(status);
}

uint32_t snap_reserve_input(uint32_t size)
{
    if (size > snap_input.capacity) {
        snap_buffer larger = { 0 };
        if (!snap_buffer_reserve(&larger, size)) {
            snap_transfers_free();   /* the message will not come */
            return 0;
        }
        snap_buffer_free(&snap_input);
        snap_input = larger;
        snap_input_publish();
    }
    return 1;
}

static uint32_t snap_fail_with(uint32_t status, const char *text)
{
    snap_buffer_clear(&snap_output);
    snap_put_text(&snap_output, text, strlen(text));
    return status;
}

static bool snap_is_native_error(const JSObject *error, JSErrorEnum kind)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->context_list) {   /* in any realm */
        JSValueConst prototype = list_entry(element, JSContext, link)->native_error_proto[kind];
        if (JS_IsObject(prototype) && error->shape->proto == JS_VALUE_GET_OBJ(prototype))
            return true;
    }
    return false;
}

static bool snap_has_message(JSValueConst error, JSErrorEnum kind, const char *text)
{
    JSProperty *property;
    JSObject *object;
    JSString *message;

    if (JS_GetClassID(error) != JS_CLASS_ERROR)
        return false;
    object = JS_VALUE_GET_OBJ(error);
    if (!snap_is_native_error(object, kind))
        return false;
    if (!find_own_property(&property, object, JS_ATOM_message) || JS_VALUE_GET_TAG(property->u.value) != JS_TAG_STRING)
        return false;
    message = JS_VALUE_GET_STRING(property->u.value);
    return !message->is_wide_char && message->len == strlen(text) && !memcmp(str8(message), text, message->len);
}

/* The engine has no mark for these two errors but their text. A program that fakes one deceives only whoever runs it. */
static uint32_t snap_classify(JSValueConst thrown)
{
    if ((snap_heap.refused && JS_IsNull(thrown)) ||
        snap_has_message(thrown, JS_INTERNAL_ERROR, "out of memory") ||
        (snap_heap.refused && snap_has_message(thrown, JS_INTERNAL_ERROR, "Invalid error message")) ||   /* it had none for "out of memory" */
        snap_has_message(thrown, JS_SYNTAX_ERROR, "out of memory"))   /* from the compiler of RegExps */
        return SNAP_RESULT_OUT_OF_MEMORY;
    if (snap_has_message(thrown, JS_RANGE_ERROR, "Maximum call stack size exceeded"))
        return SNAP_RESULT_STACK_OVERFLOW;
    return 0;
}

/* The exception that is set on the context becomes the result. */
static uint32_t snap_result_exception(JSContext *ctx)
{
    JSValue thrown = JS_GetException(ctx);
    snap_buffer message = snap_output_take();
    bool has_references = false;
    bool stopped = JS_IsUncatchableError(thrown);
    uint32_t flags = 0;

    if (!stopped) {
        flags = snap_classify(thrown);
        if (!snap_encode_error(ctx, &message, thrown, &has_references))
            snap_buffer_clear(&message);
        else if (has_references)
            flags |= SNAP_RESULT_HAS_REFERENCES;
    }
    JS_FreeValue(ctx, thrown);
    snap_output_put(message, flags);
    return stopped ? SNAP_STATUS_INTERRUPTED : SNAP_STATUS_EXCEPTION;
}

/* Where the engine does not expect to have no memory, it leaves the exception and goes on: with a job that is not in the queue, say. Then
 * the outermost call must not look like a success. */
static bool snap_has_lost_exception(JSContext *ctx)
{
    return snap_heap.refused && snap_control.depth == 1 && JS_HasException(ctx);
}

/* The value (taken over; may be JS_EXCEPTION) becomes the result. */
static uint32_t snap_result_value(JSContext *ctx, JSValue value, uint32_t flags)
{
    bool has_references = false;
    snap_buffer message;
    uint32_t status;

    if (JS_IsException(value) || snap_has_lost_exception(ctx)) {
        JS_FreeValue(ctx, value);
        return snap_result_exception(ctx);
    }
    if (!(flags & SNAP_RUN_AS_HANDLE) && JS_VALUE_GET_TAG(value) == JS_TAG_INT && (uint32_t)JS_VALUE_GET_INT(value) < SNAP_INTEGER_END)
        return SNAP_STATUS_INTEGER | (uint32_t)JS_VALUE_GET_INT(value) << 8;
    message = snap_output_take();
    if (flags & SNAP_RUN_AS_HANDLE)
        status = snap_encode_handle(ctx, &message, value);
    else if (snap_raw_result_set(value))
        status = SNAP_STATUS_OK;
    else
        status = snap_encode(ctx, &message, value, &has_references);
    JS_FreeValue(ctx, value);
    snap_output_put(message, has_references ? SNAP_RESULT_HAS_REFERENCES : 0);
    return status == SNAP_STATUS_EXCEPTION ? snap_result_exception(ctx) : status;
}

/* One more value of the result, as a handle: whole or not at all, so that snap_result_abandoned() finds it. Throws. */
static uint32_t snap_put_handle(JSContext *ctx, JSValueConst value)
{
    if (!snap_buffer_reserve(&snap_output, 16)) {
        snap_throw_no_memory(ctx);
        return SNAP_STATUS_EXCEPTION;
    }
    return snap_encode_handle(ctx, &snap_output, value);
}

/* What has been thrown becomes the result, in place of what was begun. */
static uint32_t snap_result_abandoned(JSContext *ctx)
{
    snap_visit_handles(&snap_output, snap_handle_drop);
    if (!JS_HasException(ctx))
        snap_throw_no_memory(ctx);
    return snap_result_exception(ctx);
}

/* The status of a decoding that failed becomes the result. */
static uint32_t snap_result_undecoded(JSContext *ctx, uint32_t status)
{
    if (status == SNAP_STATUS_MALFORMED)
        return snap_fail_with(status, snap_malformed);
    return snap_result_exception(ctx);
}

/* The input message, an array of at most `most` values; *count says how many. */
static uint32_t snap_take_input(JSContext *ctx, JSValue *values, uint32_t most, uint32_t *count)
{
    *count = 0;
    if (snap_control.input_length > snap_input.capacity) {
        snap_malformed = "the message is longer than the input buffer";
        return SNAP_STATUS_MALFORMED;
    }
    return snap_decode_array(ctx, snap_input.data, snap_control.input_length, values, most, count);
}

static uint32_t snap_take_input_value(JSContext *ctx, JSValue *value)
{
    if (snap_control.input_length > snap_input.capacity) {
        snap_malformed = "the message is longer than the input buffer";
        return SNAP_STATUS_MALFORMED;
    }
    return snap_decode(ctx, snap_input.data, snap_control.input_length, value);
}

static void snap_free_values(JSContext *ctx, JSValue *values, uint32_t count)
{
    while (count)
        JS_FreeValue(ctx, values[--count]);
}
