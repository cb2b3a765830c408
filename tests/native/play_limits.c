/* Memory, and what the engine reports. */

static void play_large_messages(void)
{
    static uint8_t bytes[1500000];
    snap_handle length = run_for_handle("(s => s.length)", 0);
    snap_buffer *b = begin_message();

    memset(bytes, 'a', sizeof bytes);
    snap_put_array(b, 1);
    snap_put_text(b, (const char *)bytes, sizeof bytes);
    call(length, 0, SNAP_STATUS_OK);
    if (length && send_bytes("\x91\xa1x", 3))
        step(snap_call(length, 0, 0), SNAP_STATUS_OK);
    run("'x'.repeat(1500000)", 0);
    run("new Uint8Array(1500000)", 0);
    step(snap_prepare_snapshot(), SNAP_STATUS_OK);
    release(length);
}

static void play_weak_references(void)
{
    run("globalThis.gone = []; let r = new FinalizationRegistry(x => gone.push(x)); r.register({}, 'a'); r.register([], {held: 1}); let w = new WeakRef({}); new WeakMap([[{}, {}]])", 0);
    snap_collect();
    step(snap_run_jobs(), SNAP_STATUS_OK);
    run("gone.length", 0);
    run("let o = {}; let m = new WeakMap([[o, {o}]]); o = undefined; 0", 0);
    step(snap_prepare_snapshot(), SNAP_STATUS_OK);
}

static void play_reports(void)
{
    step(snap_describe(), SNAP_STATUS_OK);
    step(snap_memory_usage(), SNAP_STATUS_OK);
    step(snap_host_functions(), SNAP_STATUS_OK);
    step(snap_take_released(), SNAP_STATUS_OK);
    step(snap_pending_list(0, 0), SNAP_STATUS_OK);
    step(snap_realm_list(), SNAP_STATUS_OK);
    snap_begin(7);
    run("[Math.random(), performance.now() >= 0, new Date(2020, 1).getTimezoneOffset()]", 0);
}

static void play_memory_limit(void)
{
    snap_set_memory_limit((uint32_t)snap_heap.used + 1024 * 1024);
    for (int i = 0; i < 3; i++) {
        run("(() => { try { let a = []; for (;;) a.push('x'.repeat(5000) + a.length) } catch (e) { return e.message } })()", 0);
        run_to("(() => { let a = []; for (;;) a.push({a, b: [1]}) })()", 0, SNAP_STATUS_EXCEPTION);
        run_to("new Uint8Array(4e6)", 0, SNAP_STATUS_EXCEPTION);
        snap_collect();
    }
    snap_set_memory_limit(0);
}
