/* The host that answers the imports: its functions, clock and console. Its modules are in imports.c. */

/* Which imports return what stands for no answer, as they do where the host's own stack has ended. */
enum { NO_CALL = 1, NO_MODULE = 2, NO_OUTPUT = 4, NO_CLOCK = 8, NO_TIMEZONE = 16, NO_INTERRUPT = 32 };

static uint32_t unanswered_imports;

/* ---- functions of the host ---- */

typedef enum {
    ANSWER_FIRST, ANSWER_ERROR, ANSWER_ABSENT, ANSWER_GARBAGE, ANSWER_INTERRUPT, ANSWER_NESTED, ANSWER_RELEASE, ANSWER_HOOK, ANSWER_GIVEN
} answer;

static answer answers[64];
static answer member_answer;        /* to uses of members of objects */
static snap_handle to_release;      /* by ANSWER_RELEASE */
static struct { const uint8_t *bytes; size_t size; uint32_t status; } given;   /* by ANSWER_GIVEN, and by the module "given" */
static const char *nested_source;   /* run by ANSWER_NESTED */
static bool stops_in_calls;         /* whatever the answer, the code that has called is to be stopped */

/* Run by ANSWER_HOOK. Of a function that takes handles it gets the first argument's, or that of `this` when there is none; else 0. */
static void (*call_hook)(snap_handle borrowed);

/* The index; UINT32_MAX without memory. */
static uint32_t expose_in(uint32_t realm, const char *name, answer answer, uint32_t mode, uint32_t reference)
{
    snap_buffer *b = begin_message();
    uint32_t index;

    snap_put_array(b, 3);
    put_string(b, name);
    put_string(b, name);
    snap_put_uint(b, reference);
    if (!send_message())
        return UINT32_MAX;
    index = snap_host_function(mode, realm);
    if (index == UINT32_MAX && !fault.fired)
        die("%s cannot be exposed", name);
    if (index < countof(answers))
        answers[index] = answer;
    return index;
}

static uint32_t expose(const char *name, answer answer, uint32_t mode, uint32_t reference)
{
    return expose_in(0, name, answer, mode, reference);
}

static uint32_t expose_global_in(uint32_t realm, const char *name, answer answer, uint32_t mode)
{
    uint32_t index = expose_in(realm, name, answer, mode, 0);
    snap_buffer *b = begin_message();

    snap_put_array(b, 2);
    put_string(b, name);
    put_number_ext(b, SNAP_EXT_HOST_FUNCTION, index, 4);
    if (index != UINT32_MAX && send_message())
        step(snap_set(SNAP_FIXED_GLOBAL + realm, realm), SNAP_STATUS_OK);
    return index;
}

/* Sets a global of that name to the function. */
static uint32_t expose_global(const char *name, answer answer, uint32_t mode)
{
    return expose_global_in(0, name, answer, mode);
}

/* What the host was called with. */
typedef struct arguments {
    snap_handle handles[300];
    uint32_t count;        /* of the handles */
    uint8_t first[1 << 16];   /* the first argument, as it can be sent back */
    size_t first_size;
} arguments;

static void take_borrowed(arguments *call, const uint8_t *message, uint32_t length)
{
    JSValue value;

    if (!length || length % sizeof(snap_handle) || length > sizeof call->handles)
        die("%u bytes are no handles", length);
    memcpy(call->handles, message, length);
    call->count = length / (uint32_t)sizeof(snap_handle);
    for (uint32_t i = 0; i < call->count; i++)
        if (!snap_handle_slot(call->handles[i]) || !snap_handle_get(call->handles[i], &value))
            die("argument %u of %u is no handle", i, call->count);
    call->first[0] = 0xd7;
    call->first[1] = SNAP_EXT_HANDLE;
    memcpy(call->first + 2, &call->handles[call->count > 1], sizeof(snap_handle));
    call->first_size = 10;
}

static void take_values(arguments *call, const uint8_t *message, uint32_t length)
{
    const uint8_t *begin = message + (message[0] == 0xdc ? 3 : message[0] == 0xdd ? 5 : 1);

    taken_count = 0;
    if (walk(message, message + length) != message + length)
        die("something follows the arguments");
    if (begin < message + length) {
        uint32_t count = taken_count;
        size_t size = (size_t)(walk(begin, message + length) - begin);
        taken_count = count;
        call->first_size = size < sizeof call->first ? size : 0;
        memcpy(call->first, begin, call->first_size);
    }
    release_handles(taken, taken_count);
}

static uint32_t answer_with(const void *message, size_t size)
{
    return send_bytes(message, size) ? SNAP_STATUS_OK : SNAP_STATUS_INTERRUPTED;
}

static uint32_t answer_with_error(const char *name)
{
    put_error(begin_message(), 100, name, "no such thing", "because");
    return send_message() ? SNAP_STATUS_EXCEPTION : SNAP_STATUS_INTERRUPTED;
}

static uint32_t answer_call(uint32_t index, const uint8_t *message, uint32_t length, uint32_t flags)
{
    static arguments call;

    call.count = 0;
    call.first_size = 0;
    if (flags & SNAP_RESULT_HANDLES)
        take_borrowed(&call, message, length);
    else
        take_values(&call, message, length);
    if (stops_in_calls)
        snap_control.interrupt = SNAP_INTERRUPT_NOW;
    switch (index == SNAP_HOST_MEMBER ? member_answer : answers[index]) {
    case ANSWER_ERROR:
        return answer_with_error("ValueError");
    case ANSWER_ABSENT:
        return SNAP_STATUS_ABSENT;
    case ANSWER_INTERRUPT:
        return SNAP_STATUS_INTERRUPTED;
    case ANSWER_GARBAGE:
        return answer_with("\x93\x01", 2);
    case ANSWER_NESTED:
        if (send_source(nested_source, "nested.js"))
            check_result(snap_eval(0, 0), false);
        break;
    case ANSWER_RELEASE:
        release(to_release);
        to_release = 0;
        break;
    case ANSWER_HOOK:
        call_hook(call.count ? call.handles[call.count > 1] : 0);
        break;
    case ANSWER_GIVEN:
        return send_bytes(given.bytes, given.size) ? given.status : SNAP_STATUS_INTERRUPTED;
    default:
        if (call.first_size)
            return answer_with(call.first, call.first_size);
    }
    return answer_with("\xc0", 1);
}

void host_request(void)
{
    uint32_t request = snap_control.result_flags;

    if (!(unanswered_imports & NO_CALL))
        snap_control.result_flags =
            answer_call(request >> 8, (const uint8_t *)(uintptr_t)snap_control.result, snap_control.result_length, request & 0xff);
}

/* ---- the other imports ---- */

uint32_t host_write(uint32_t unanswered, uint32_t stream, const uint8_t *text, uint32_t length)
{
    static volatile uint8_t sum;

    if (stream != SNAP_STREAM_STDOUT && stream != SNAP_STREAM_STDERR)
        die("%u is no stream", stream);
    for (uint32_t i = 0; i < length; i++)   /* a sanitizer sees when it is not there */
        sum ^= text[i];
    return unanswered_imports & NO_OUTPUT ? unanswered : SNAP_STATUS_OK;
}

static double clock_now = 1.7e12;

double host_clock(double unanswered, uint32_t monotonic)
{
    (void)monotonic;
    return unanswered_imports & NO_CLOCK ? unanswered : (clock_now += 0.25);
}

int32_t host_timezone(int32_t unanswered, double unix_seconds)
{
    (void)unix_seconds;
    return unanswered_imports & NO_TIMEZONE ? unanswered : -60;
}

uint32_t host_interrupt(uint32_t unanswered)
{
    return unanswered_imports & NO_INTERRUPT ? unanswered : 1;
}
