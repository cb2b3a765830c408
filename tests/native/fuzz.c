/* Damaged messages: a valid one of every type, with some bytes changed, cut out, doubled or cut off, to every export that reads one. */
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

/* To an ASan build, memory behind the message is as good as the message: so it goes to the end of an input buffer of its size. */
static void fuzz_send(void)
{
    snap_buffer_free(&snap_input);
    snap_input_publish();
    if (!send_message())
        die("no memory for a message");
}

static void fuzz_one(snap_handle echo)
{
    snap_buffer *b = begin_message();
    uint32_t kind = fuzz_random(7);

    if (kind == 1)
        snap_put_array(b, 2), put_string(b, "globalKey");
    else if (kind != 2)
        snap_put_array(b, 2), put_number_ext(b, SNAP_EXT_HANDLE, echo, 8);
    put_everything(b);
    fuzz_damage(b);
    fuzz_send();
    switch (kind) {
    case 1:
        check_result(snap_set(0, 0), false);
        break;
    case 2:
        check_result(snap_pending_settle(newest_pending(), fuzz_random(2), SNAP_RUN_JOBS), false);
        break;
    case 3:
        check_result(snap_get(echo, 0), false);
        break;
    case 4:
        check_result(snap_delete(echo), false);
        break;
    default:
        check_result(snap_call(echo, 0, SNAP_RUN_JOBS), false);
    }
}

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
    check_result(snap_eval(fuzz_random(2) ? 0 : SNAP_RUN_COMPILE_ONLY | SNAP_RUN_MODULE, 0), false);
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
}

static void fuzz(uint32_t seed, uint32_t count)
{
    snap_handle echo;

    fuzz_state = seed ? seed : 1;
    expose_global("ask", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    echo = run_for_handle("(function (...all) { return all })", 0);
    for (uint32_t i = 0; i < count; i++) {
        if (!newest_pending())
            run("ask(1, () => 2).catch(e => 0); 0", 0);
        if (fuzz_random(8))
            fuzz_one(echo);
        else
            fuzz_source();
        if (i % 256 == 0)
            snap_collect();
    }
    step(snap_take_released(), SNAP_STATUS_OK);
    release(echo);
    printf("fuzz: %u messages, seed %u\n", count, seed);
}
