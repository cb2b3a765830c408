/* Messages between the driver and the engine, and the steps that scenarios are made of. */
#include <stdarg.h>

static uint32_t step_number;

static __attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "driver: after step %u: ", step_number);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    abort();
}

/* ---- messages out ---- */

static uint8_t message_bytes[4 * 1024 * 1024];
static snap_buffer message = { .data = message_bytes, .capacity = sizeof message_bytes };   /* as the engine's own, but never allocates */

static snap_buffer *begin_message(void)
{
    message.size = 0;
    return &message;
}

static void put_string(snap_buffer *b, const char *text)
{
    snap_put_text(b, text, strlen(text));
}

static void put_ext(snap_buffer *b, uint8_t type, const void *payload, uint32_t size)
{
    snap_put_ext_header(b, type, size);
    snap_put(b, payload, size);
}

static void put_number_ext(snap_buffer *b, uint8_t type, uint64_t number, uint32_t width)
{
    put_ext(b, type, &number, width);   /* little-endian, as the machine */
}

/* An ERROR of the host: [reference, name, message, cause]; without a cause when `cause` is NULL. */
static void put_error(snap_buffer *b, uint32_t reference, const char *name, const char *text, const char *cause)
{
    size_t begun = snap_begin_ext(b, SNAP_EXT_ERROR);
    snap_put_array(b, 4);
    snap_put_uint(b, reference);
    put_string(b, name);
    put_string(b, text);
    if (cause)
        put_error(b, reference + 1, "TypeError", cause, NULL);
    else
        put_number_ext(b, SNAP_EXT_EMPTY, 0, 1);
    snap_end_ext(b, begun);
}

/* An object of the host with two methods and an attribute. */
static void put_object(snap_buffer *b, uint32_t number)
{
    size_t begun = snap_begin_ext(b, SNAP_EXT_HOST_OBJECT);
    snap_put(b, &number, sizeof number);
    snap_put_array(b, 6);
    put_string(b, "find");
    snap_put_uint(b, SNAP_MEMBER_METHOD);
    put_string(b, "later");
    snap_put_uint(b, SNAP_MEMBER_ASYNC);
    put_string(b, "name");
    snap_put_uint(b, SNAP_MEMBER_ATTRIBUTE);
    snap_end_ext(b, begun);
}

/* Into the input buffer; false when the engine has no memory for it. */
static bool send_bytes(const void *bytes, size_t size)
{
    if (size > snap_control.input_capacity && !snap_reserve_input((uint32_t)size)) {
        if (!fault.fired)
            die("no memory for an input of %zu bytes", size);
        return false;
    }
    if (size)
        memcpy((void *)(uintptr_t)snap_control.input, bytes, size);
    snap_control.input_length = (uint32_t)size;
    return true;
}

static bool send_message(void)
{
    return send_bytes(message.data, message.size);
}

static void put_handle(snap_buffer *b, snap_handle handle)
{
    put_number_ext(b, SNAP_EXT_HANDLE, handle, 8);
}

/* ---- messages in ---- */

static snap_handle taken[4096];   /* the handles of the message that was walked */
static uint32_t taken_count;
static bool loses_handles;   /* when a message has too many */

static void take_handle(snap_handle handle)
{
    if (taken_count == countof(taken) && loses_handles)
        return;
    if (taken_count == countof(taken))
        die("a message has too many handles");
    taken[taken_count++] = handle;
}

static uint64_t walk_big_endian(const uint8_t *at, uint32_t width)
{
    uint64_t value = 0;
    while (width--)
        value = value << 8 | *at++;
    return value;
}

static const uint8_t *walk(const uint8_t *at, const uint8_t *end);

static const uint8_t *walk_members(const uint8_t *at, const uint8_t *end, uint64_t count)
{
    while (count--)
        at = walk(at, end);
    return at;
}

/* An array of ten, whose first member is a handle as a number. */
static void walk_error(const uint8_t *at, const uint8_t *end)
{
    if (at >= end || *at++ != 0x9a)
        die("an ERROR has not ten fields");
    take_handle(*at < 0x80 ? *at : walk_big_endian(at + 1, 1u << (*at - 0xcc)));
    if (walk_members(at, end, 10) != end)
        die("an ERROR is longer than its fields");
}

static const uint8_t *walk_ext(const uint8_t *at, const uint8_t *end, uint8_t type, uint64_t size)
{
    const uint8_t *payload_end = at + size;

    if (size > (uint64_t)(end - at))
        die("an extension ends after the message");
    switch (type) {
    case SNAP_EXT_FUNCTION: case SNAP_EXT_PROMISE: case SNAP_EXT_HANDLE:
        if (size != 8)
            die("a handle has %u bytes", (unsigned)size);
        take_handle(*(const snap_handle *)memcpy(&(snap_handle){ 0 }, at, 8));
        break;
    case SNAP_EXT_ERROR:
        walk_error(at, payload_end);
        break;
    case SNAP_EXT_HOST_OBJECT:
        if (size != 4)
            die("an object of the host has %u bytes", (unsigned)size);
        break;
    case SNAP_EXT_MAP: case SNAP_EXT_SET: case SNAP_EXT_REGEXP:
        if (walk(at, payload_end) != payload_end)
            die("extension %u is longer than its value", type);
    }
    return payload_end;
}

static bool bins_are_errors;   /* of the message that is walked: they are payloads of ERROR */

/* Past one value of a message that must be well-formed; its handles are taken. */
static const uint8_t *walk(const uint8_t *at, const uint8_t *end)
{
    uint8_t tag;
    uint64_t length = 0;

    if (at >= end)
        die("a message ends too early");
    tag = *at++;
    if (tag < 0x80 || tag >= 0xe0 || tag == 0xc0 || tag == 0xc2 || tag == 0xc3)
        return at;
    if (tag < 0xa0)
        return walk_members(at, end, (uint64_t)(tag & 15) * (tag < 0x90 ? 2 : 1));
    if (tag < 0xc0) {
        at += tag & 31;
    } else if (tag >= 0xca && tag <= 0xd3) {
        at += tag <= 0xcb ? 4u << (tag - 0xca) : 1u << (tag & 3);
    } else if (tag >= 0xd4 && tag <= 0xd8) {
        return walk_ext(at + 1, end, *at, 1u << (tag - 0xd4));
    } else {
        uint32_t width = tag >= 0xdc ? 2u << (tag & 1) : 1u << (tag >= 0xd9 ? tag - 0xd9 : (tag - 0xc4) % 3);
        if (tag == 0xc1 || width > (size_t)(end - at))
            die("a message has a broken header");
        length = walk_big_endian(at, width);
        at += width;
        if (tag >= 0xdc)
            return walk_members(at, end, length * (tag >= 0xde ? 2 : 1));
        if (tag >= 0xc7 && tag <= 0xc9)
            return walk_ext(at + 1, end, *at, length);
        if (tag <= 0xc6 && bins_are_errors && length <= (size_t)(end - at)) {
            bins_are_errors = false;   /* those in them are bytes */
            walk_error(at, at + length);
            bins_are_errors = true;
        }
        at += length;
    }
    if (at > end)
        die("a value ends after the message");
    return at;
}

static const uint8_t *result(void)
{
    return (const uint8_t *)(uintptr_t)snap_control.result;
}

static uint32_t result_size(void)
{
    return snap_control.result_length;
}

static void release_handles(const snap_handle *handles, uint32_t count)
{
    bool paused = fault.paused;

    fault.paused = true;   /* the host keeps what it cannot release, and that would look like a leak */
    if (count && send_bytes(handles, count * sizeof *handles))
        snap_release(count);
    fault.paused = paused;
}

static const char *printable(const uint8_t *bytes, uint32_t size)
{
    static char text[400];
    uint32_t count = size < sizeof text - 1 ? size : sizeof text - 1;

    for (uint32_t i = 0; i < count; i++)
        text[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '.';
    text[count] = '\0';
    return text;
}

static bool is_integer(uint32_t status)
{
    return (status & 0xff) == SNAP_STATUS_INTEGER;
}

/* Looks at what an export returned, and returns it, but OK where the result was an integer; `keep`: its handles stay in `taken`, and the
 * caller has to release them. */
static uint32_t check_result(uint32_t status, bool keep)
{
    const uint8_t *end = result() + result_size(), *at = result();

    taken_count = 0;
    step_number++;
    if (status > SNAP_STATUS_ABSENT && !is_integer(status))
        die("%u is no status", status);
    if (snap_control.depth == 0 && JS_HasException(snap_context))
        die("an exception is left behind by an export that returned %u", status);
    if (is_integer(status)) {
        status = SNAP_STATUS_OK;
    } else if (status == SNAP_STATUS_EXCEPTION && result_size()) {
        bool says_so = memmem(at, result_size(), "out of memory", 13) != NULL;
        if (fault.fired_in_step && says_so && !(snap_control.result_flags & SNAP_RESULT_OUT_OF_MEMORY))
            die("an exception for want of memory is not marked");
        walk_error(at, end);
    } else if (snap_control.result_flags & SNAP_RESULT_BYTES) {
        static volatile uint8_t sum;
        for (; at < end; at++)   /* a sanitizer sees when it is not there */
            sum ^= *at;
    } else if (result_size() && walk(at, end) != end)
        die("something follows the result");
    fault.fired_in_step = false;
    if (!keep)
        release_handles(taken, taken_count);
    return status;
}

/* One step of a scenario. Once an allocation has failed, any status will do, as long as the result is in order. */
static uint32_t step_keeping(uint32_t status, uint32_t expected)
{
    status = check_result(status, true);
    if (status != expected && !fault.fired)
        die("the status is %u and not %u: %s", status, expected, printable(result(), result_size()));
    return status;
}

static uint32_t step(uint32_t status, uint32_t expected)
{
    status = step_keeping(status, expected);
    release_handles(taken, taken_count);
    return status;
}

/* The handle in the result of such a step, which the caller has to release; 0 after a failure. */
static snap_handle step_for_handle(uint32_t status)
{
    if (step_keeping(status, SNAP_STATUS_OK) == SNAP_STATUS_OK)
        return taken[0];
    release_handles(taken, taken_count);
    return 0;
}

/* One of those that have no result, and leave that of the step before where it is. */
static void expect(uint32_t status, uint32_t expected)
{
    step_number++;
    fault.fired_in_step = false;
    if (status != expected && !fault.fired)
        die("the status is %u and not %u", status, expected);
}

/* What a step has called, and with which status that has returned. */
#define check_result(call, keep) check_result(reach_status(#call, call), keep)
#define step_keeping(call, expected) step_keeping(reach_status(#call, call), expected)
#define step(call, expected) step(reach_status(#call, call), expected)
#define expect(call, expected) expect(reach_status(#call, call), expected)
#define step_for_handle(call) step_for_handle(reach_status(#call, call))

/* ---- common steps ---- */

/* QuickJS-NG's compiler reads and writes beyond its buffers after an allocation that failed: see engine/compile.c. So it is spared. */
static JSValue evaluate_sparing_the_compiler(JSContext *ctx, JSValueConst this_value, const char *source, size_t length, const char *name,
                                             int line, int flags, int scope)
{
    bool compiles = fault.compiles;
    JSValue compiled;

    fault.compiles = true;
    compiled = __JS_EvalInternal(ctx, this_value, source, length, name, line, flags, scope);
    fault.compiles = compiles;
    return compiled;
}

static bool send_source(const char *source, const char *name)
{
    snap_buffer *b = begin_message();
    snap_put_array(b, 2);
    put_string(b, source);
    put_string(b, name);
    return send_message();
}

static void run_in(uint32_t realm, const char *source, uint32_t flags, uint32_t expected)
{
    if (send_source(source, "scenario.js"))
        step(snap_eval(flags, realm), expected);
}

static void run_to(const char *source, uint32_t flags, uint32_t expected)
{
    run_in(0, source, flags, expected);
}

static void run(const char *source, uint32_t flags)
{
    run_to(source, flags | SNAP_RUN_JOBS, SNAP_STATUS_OK);
}

static snap_handle run_for_handle_in(uint32_t realm, const char *source, uint32_t flags)
{
    return send_source(source, "scenario.js") ? step_for_handle(snap_eval(flags | SNAP_RUN_JOBS | SNAP_RUN_AS_HANDLE, realm)) : 0;
}

static snap_handle run_for_handle(const char *source, uint32_t flags)
{
    return run_for_handle_in(0, source, flags);
}

static void release(snap_handle handle)
{
    if (handle)
        release_handles(&handle, 1);
}

/* The message may hold handles, so it can be sent whatever the state of the memory. */
static void call(snap_handle function, uint32_t flags, uint32_t expected)
{
    if (function && send_message())
        step(snap_call(function, 0, flags | SNAP_RUN_JOBS), expected);
}

/* Without the scripts of the web platform, which would take most of the time. */
static void initialize(void)
{
    const uint32_t web = SNAP_WEB_CONSOLE | SNAP_WEB_TIMERS | SNAP_WEB_MICROTASK | SNAP_WEB_URL;

    if (reach_status("snap_initialize", snap_initialize(0x1fff, web)) == SNAP_STATUS_OK) {
        fault.paused = true;
        JS_AddPerformance(snap_context);
        fault.paused = false;
        snap_begin(1);
    } else if (!fault.fired)
        die("the engine does not start");
}
