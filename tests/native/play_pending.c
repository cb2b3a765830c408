/* Pending calls. */

static void settle(uint32_t id, bool rejects)
{
    if (!rejects)
        put_everything(begin_message());
    else
        put_error(begin_message(), 9, "Error", "no", "cause");
    /* in put_everything REFERENCE 1 is the map here, whose number is 1 without an array of arguments around it */
    if (send_message())
        step(snap_pending_settle(id, rejects, SNAP_RUN_JOBS), SNAP_STATUS_OK);
}

static uint32_t newest_pending(void)
{
    return snap_pending_calls.count ? snap_pending_calls.records[snap_pending_calls.count - 1]->id : 0;
}

/* The handles in the arguments are the host's then, and it lets go of them. */
static void list_pending(uint32_t after)
{
    if (step(snap_pending_list(after, 0), SNAP_STATUS_OK) != SNAP_STATUS_OK)
        return;
    for (uint32_t i = snap_table_position(&snap_pending_calls, after + 1); i < snap_pending_calls.count; i++)
        snap_visit_handles(&((const snap_pending_call *)snap_pending_calls.records[i])->arguments, release);
}

static void play_pending(void)
{
    expose_global("ask", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    run("globalThis.log = []; for (let i = 0; i < 3; i++) ask(i, () => i, new Map([[i, [() => 1]]]), new Error('e', {cause: {f() {}}})).then(x => log.push(x), e => log.push(e.message))", 0);
    step(snap_pending_list(0, 0), SNAP_STATUS_OK);
    snap_release_all();
    settle(1, false);
    settle(2, true);
    list_pending(2);
    step(snap_pending_list(2, 1), SNAP_STATUS_OK);
    if (newest_pending() == 3)
        settle(3, false);
    if (send_bytes("\xc0", 1))
        step(snap_pending_settle(99, 0, 0), SNAP_STATUS_INVALID);
    run("log", 0);
}

static void play_pending_by_the_host(void)
{
    snap_handle keep = run_for_handle("(async p => { globalThis.got = await p; return got })", 0);
    uint32_t id = 0;
    snap_buffer *b = begin_message();

    put_string(b, "a coroutine");
    if (send_message())
        id = snap_pending_new(3);
    if (!id && !fault.fired)
        die("no pending call");
    b = begin_message();
    snap_put_array(b, 1);
    put_number_ext(b, SNAP_EXT_PENDING, id, 4);
    if (id) {
        call(keep, 0, SNAP_STATUS_OK);
        if (send_bytes("\x81\xa4then\xc1", 7))
            step(snap_pending_settle(id, 0, SNAP_RUN_JOBS), SNAP_STATUS_MALFORMED);
        settle(id, false);
        if (send_bytes("\xc0", 1))
            step(snap_pending_settle(id, 0, 0), SNAP_STATUS_INVALID);
    }
    release(keep);
}
