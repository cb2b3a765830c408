/* Damaged messages: a valid one of every type, with some bytes changed, cut out, doubled or cut off, to every export that reads one; and
 * to every export that takes a handle or a realm, numbers that name nothing, or something else. */
static uint32_t fuzz_state;

static uint32_t fuzz_random(uint32_t below)
{
    fuzz_state ^= fuzz_state << 13;
    fuzz_state ^= fuzz_state >> 17;
    fuzz_state ^= fuzz_state << 5;
    return fuzz_state % below;
}

static void fuzz_damage(snap_buffer *b)
{
    static const uint8_t headers[] = { 0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcf,
                                       0xd3, 0xd4, 0xd6, 0xd7, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xff };
    for (uint32_t n = 1 + fuzz_random(4); n && b->size; n--) {
        size_t at = fuzz_random((uint32_t)b->size), size = 1 + fuzz_random(8);
        size = size > b->size - at ? b->size - at : size;
        switch (fuzz_random(6)) {
        case 0: b->data[at] ^= (uint8_t)(1u << fuzz_random(8)); break;
        case 1: b->data[at] = headers[fuzz_random(sizeof headers)]; break;
        case 2: b->data[at] = (uint8_t)fuzz_random(256); break;
        case 3: memmove(b->data + at, b->data + at + size, b->size - at - size), b->size -= size; break;
        case 4: memmove(b->data + at + size, b->data + at, b->size - at), b->size += size; break;
        default: b->size = fuzz_random(8) ? b->size : at;
        }
    }
}

/* To an ASan build, memory behind the message is as good as the message: so it gets an input buffer of its size. */
static void fuzz_send(void)
{
    snap_buffer_free(&snap_input);
    snap_input.data = malloc(message.size + !message.size);
    snap_input.capacity = message.size;
    snap_input_publish();
    if (!send_message())
        die("no memory for a message");
}

/* ---- numbers ---- */

static snap_handle fuzz_known[4];   /* two functions, an object, a promise */

static snap_handle fuzz_handle(void)
{
    switch (fuzz_random(8)) {
    case 0: return fuzz_random(65);
    case 1: return SNAP_FIXED_UNDEFINED + fuzz_random(5);
    case 2: return (snap_handle)fuzz_random(4) << 32 | fuzz_random(65);
    case 3: return (snap_handle)fuzz_random(UINT32_MAX) << 32 | fuzz_random(UINT32_MAX);
    case 4: return fuzz_known[fuzz_random(countof(fuzz_known))] ^ (snap_handle)1 << fuzz_random(64);
    default: return fuzz_known[fuzz_random(countof(fuzz_known))];
    }
}

static uint32_t fuzz_realm(void)
{
    switch (fuzz_random(8)) {
    case 0: return fuzz_random(UINT32_MAX);
    case 1: return fuzz_random(20);
    default: return snap_realms.count && fuzz_random(2) ? snap_realms.records[fuzz_random(snap_realms.count)]->id : 0;
    }
}

static uint32_t fuzz_flags(uint32_t known)
{
    return fuzz_random(8) ? fuzz_random(known + 1) : fuzz_random(UINT32_MAX);
}

/* ---- messages ---- */

static void fuzz_arguments(bool has_receiver)
{
    snap_buffer *b = begin_message();

    if (has_receiver) {
        snap_put_array(b, 2);
        put_handle(b, fuzz_random(4) ? fuzz_known[0] : fuzz_handle());
    }
    put_everything(b);
    fuzz_damage(b);
    fuzz_send();
}

static void fuzz_call(void)
{
    if (fuzz_random(4)) {
        fuzz_arguments(true);
        check_result(snap_call(fuzz_known[0], 0, SNAP_RUN_JOBS), false);
    } else {
        fuzz_arguments(false);
        check_result(snap_pending_settle(newest_pending(), fuzz_random(2), SNAP_RUN_JOBS), false);
    }
}

static void fuzz_property(void)
{
    snap_buffer *b = begin_message();
    bool has_value = fuzz_random(2);

    snap_put_array(b, has_value ? 2 : 1);
    if (fuzz_random(2))
        put_string(b, "name");
    else if (fuzz_random(2))
        snap_put_uint(b, fuzz_random(UINT32_MAX));
    else
        put_handle(b, fuzz_handle());
    if (has_value)
        put_everything(b);
    fuzz_damage(b);
    fuzz_send();
    switch (fuzz_random(has_value ? 1 : 5)) {
    case 0: check_result(snap_set(fuzz_handle(), fuzz_realm()), false); break;
    case 1: check_result(snap_get(fuzz_handle(), fuzz_flags(2)), false); break;
    case 2: check_result(snap_delete(fuzz_handle()), false); break;
    case 3: check_result(snap_property_flags(fuzz_handle()), false); break;
    default: check_result(snap_descriptor(fuzz_handle()), false);
    }
}

static void fuzz_definition(void)
{
    snap_buffer *b = begin_message();

    snap_put_array(b, 4);
    put_string(b, "defined");
    put_everything(b);
    put_handle(b, fuzz_handle());
    put_handle(b, fuzz_handle());
    if (fuzz_random(2))
        fuzz_damage(b);
    fuzz_send();
    check_result(snap_define(fuzz_handle(), fuzz_flags(63)), false);
}

static void fuzz_wrap(void)
{
    static const uint8_t bytes[] = { SNAP_TYPED_UINT8, 1, 2, 3, 4, 5, 6, 7, 8 };
    snap_buffer *b = begin_message();

    switch (fuzz_random(3)) {
    case 0: put_ext(b, SNAP_EXT_TYPED, bytes, sizeof bytes); break;
    case 1: put_string(b, "a message"); break;
    default: put_everything(b);
    }
    fuzz_damage(b);
    fuzz_send();
    check_result(snap_wrap(fuzz_flags(SNAP_WRAP_ERROR)), false);
}

static void fuzz_exposed(void)
{
    snap_buffer *b = begin_message();

    snap_put_array(b, 3);
    put_string(b, "exposed");
    put_string(b, "shown");
    snap_put_uint(b, 0);
    fuzz_damage(b);
    fuzz_send();
    if (snap_hosts.count < 40)
        (void)snap_host_function(fuzz_flags(7), fuzz_realm());
    (void)snap_set_host_mode(1 + fuzz_random(60), fuzz_flags(3));   /* not 0, which is what makes pending calls */
}

/* ---- handles ---- */

/* Whether the handle is there, without asking the engine; what is released must not be one that the fuzzer still needs. */
static bool fuzz_is_known(snap_handle handle)
{
    for (size_t i = 0; i < countof(fuzz_known); i++)
        if (fuzz_known[i] == handle)
            return true;
    return false;
}

static void fuzz_references(void)
{
    snap_handle handle = fuzz_handle();

    switch (fuzz_random(4)) {
    case 0:
        if (!fuzz_is_known(handle))
            release_handles(&handle, 1);
        break;
    case 1:
        if (snap_export_handle(handle) == SNAP_STATUS_OK)
            expect(snap_release_export(handle), SNAP_STATUS_OK);
        break;
    case 2:
        (void)snap_release_export(handle);
        if (snap_import_handle(handle) == SNAP_STATUS_OK)
            release(handle);
        break;
    default:
        refer_and_release(handle);
    }
}

static void fuzz_number(void)
{
    snap_handle handle = fuzz_handle();

    switch (fuzz_random(10)) {
    case 0: check_result(snap_describe_handle(handle), false); break;
    case 1: check_result(snap_fact(handle, fuzz_flags(2)), false); break;
    case 2: check_result(snap_keys(handle, fuzz_flags(3)), false); break;
    case 3: check_result(snap_prototype(handle), false); break;
    case 4: check_result(snap_proxy_part(handle, fuzz_flags(1)), false); break;
    case 5: check_result(snap_convert(handle, fuzz_flags(5)), false); break;
    case 6: check_result(snap_read(handle), false); break;
    case 7: check_result(snap_promise_then(handle, fuzz_handle(), fuzz_handle()), false); break;
    case 8: check_result(snap_promise_result(handle, fuzz_flags(2)), false); break;
    default: pass_everywhere(handle, fuzz_handle());
    }
}

/* ---- code ---- */

static void fuzz_source(void)
{
    static const char source[] = "class A { #p = /[a-z]+/u; *g(a = 1, ...r) { yield* r; for (let [x, {y = 2}] of r) a ||= `t${x}`; } }"
                                 "label: try { switch (1) { case 1n: break label } } catch { async () => await 0 } finally { 0x1F }";
    snap_buffer text = { .data = (uint8_t[sizeof source + 64]){ 0 }, .capacity = sizeof source + 64 };
    snap_buffer *b = begin_message();

    snap_put(&text, source, sizeof source - 1);
    fuzz_damage(&text);
    for (size_t i = 0; i < text.size; i++)
        text.data[i] &= 0x7f;
    snap_put_array(b, 2);
    snap_put_text(b, (const char *)text.data, text.size);
    put_string(b, "fuzz.js");
    fuzz_send();
    snap_control.interrupt = SNAP_INTERRUPT_ASK;
    check_result(snap_eval(fuzz_random(2) ? 0 : SNAP_RUN_COMPILE_ONLY | SNAP_RUN_MODULE | (fuzz_random(4) * SNAP_RUN_STRIP_SOURCE), fuzz_realm()), false);
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
}

static void fuzz_realms(void)
{
    if (snap_realms.count > 2)
        (void)snap_realm_close(fuzz_realm());
    else if (fuzz_random(32) == 0)
        (void)new_realm(fuzz_flags(EVERYTHING) & EVERYTHING, fuzz_flags(ALL_WEB));   /* without scripts: some areas need others */
    (void)snap_realm_close(fuzz_random(UINT32_MAX) | 1024);
    check_result(snap_realm_list(), false);
}

static void fuzz_one(void)
{
    static void (*const kinds[])(void) = { fuzz_call, fuzz_call, fuzz_call, fuzz_property, fuzz_property, fuzz_definition, fuzz_wrap, fuzz_exposed,
                                           fuzz_references, fuzz_number, fuzz_number, fuzz_source, fuzz_realms };
    kinds[fuzz_random(countof(kinds))]();
}

/* The program waits for an answer. */
static void fuzz_ask(void)
{
    snap_buffer *b = begin_message();

    snap_put_array(b, 2);
    put_handle(b, fuzz_known[0]);
    put_handle(b, fuzz_known[2]);
    call(fuzz_known[1], 0, SNAP_STATUS_OK);
}

static void fuzz_begin(void)
{
    expose_global("ask", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    fuzz_known[0] = run_for_handle("(function (...all) { return all })", 0);
    fuzz_known[1] = run_for_handle("ask", 0);
    fuzz_known[2] = run_for_handle("({a: 1, b: [1], get c() { return 2 }})", 0);
    fuzz_known[3] = run_for_handle("Promise.resolve({})", 0);
}

static void fuzz_end(void)
{
    step(snap_take_released(), SNAP_STATUS_OK);
    release_handles(fuzz_known, countof(fuzz_known));
}

static void fuzz(uint32_t seed, uint32_t count)
{
    fuzz_state = seed ? seed : 1;
    fuzz_begin();
    for (uint32_t i = 0; i < count; i++) {
        if (!newest_pending())
            fuzz_ask();
        fuzz_one();
        if (i % 256 == 0) {
            snap_collect();
            take_rejections();
        }
    }
    fuzz_end();
    printf("fuzz: %u messages, seed %u\n", count, seed);
}
