/* What is left of the exports: allocations and statuses that no other scenario comes to. */

/* ---- a result for which there is no buffer any more, as after one that was very large ---- */

static void without_output(void)
{
    snap_buffer_free(&snap_output);
}

static void play_first_outputs(void)
{
    snap_handle object, text;

    fault.paused = true;   /* until there is something to report */
    object = run_for_handle("setTimeout(() => 1); new Proxy({}, {})", 0);
    text = run_for_handle("'text'", 0);
    expose("named", ANSWER_FIRST, SNAP_HOST_DEFERRED, 0);
    put_source_map("a.js", "{}");
    fault.paused = false;
    without_output(), step(snap_describe(), SNAP_STATUS_OK);
    without_output(), step(snap_memory_usage(), SNAP_STATUS_OK);
    without_output(), step(snap_host_functions(), SNAP_STATUS_OK);
    without_output(), step(snap_host_objects(), SNAP_STATUS_OK);
    without_output(), step(snap_lent_errors(), SNAP_STATUS_OK);
    without_output(), step(snap_take_released(), SNAP_STATUS_OK);
    without_output(), step(snap_pending_list(0, 0), SNAP_STATUS_OK);
    without_output(), step(snap_realm_list(), SNAP_STATUS_OK);
    without_output(), step(snap_timer_list(), SNAP_STATUS_OK);
    without_output(), step(snap_modules_waiting(0), SNAP_STATUS_OK);
    without_output(), step(snap_take_rejections(), SNAP_STATUS_OK);
    without_output(), step(snap_run_jobs(), SNAP_STATUS_OK);
    without_output(), step(snap_run_timers(UINT32_MAX), SNAP_STATUS_OK);
    without_output(), step(snap_describe_handle(object), SNAP_STATUS_OK);
    without_output(), step(snap_prototype(object), SNAP_STATUS_OK);
    without_output(), step(snap_proxy_part(object, SNAP_PROXY_HANDLER), SNAP_STATUS_OK);
    without_output(), step(snap_fact(text, SNAP_FACT_CONSTRUCTOR_NAME), SNAP_STATUS_OK);
    without_output(), step(snap_read(text), SNAP_STATUS_OK);
    put_string(begin_message(), "a.js");
    if (send_message()) {
        without_output(), step(snap_source_map_get(), SNAP_STATUS_OK);
        without_output(), step(snap_module_importers(), SNAP_STATUS_OK);
    }
    release(object);
    release(text);
}

/* ---- what the host has lent, and hears of when it ends ---- */

static uint32_t next_lent = 500;

/* An error of the host's, as a handle; 0 without memory. */
static snap_handle lend_error(void)
{
    put_error(begin_message(), next_lent++, "ValueError", "lent", NULL);
    return send_message() ? step_for_handle(snap_wrap(SNAP_WRAP_VALUE)) : 0;
}

/* The place where the numbers of what has ended wait, which is made anew. */
static void without_released(void)
{
    step(snap_take_released(), SNAP_STATUS_OK);
    free(snap_released.items);
    memset(&snap_released, 0, sizeof snap_released);
}

static void lend_a_cycle(void)
{
    snap_handle error = lend_error(), keep = run_for_handle("(e => { e.self = e })", 0);
    snap_buffer *b = begin_message();

    snap_put_array(b, 1);
    put_number_ext(b, SNAP_EXT_HANDLE, error, 8);
    if (error)
        call(keep, 0, SNAP_STATUS_OK);
    release(error);
    release(keep);
}

static void play_lent_ends(void)
{
    snap_handle handle = lend_error();
    uint32_t realms[SNAP_RETIRED_MOST];

    without_released();
    if (handle && send_bytes(&handle, sizeof handle))
        snap_release(1);
    without_released();
    lend_error();
    snap_release_all();
    without_released();
    handle = lend_error();
    expect(snap_export_handle(handle), handle ? SNAP_STATUS_OK : SNAP_STATUS_INVALID);
    release(handle);
    expect(snap_release_export(handle), handle ? SNAP_STATUS_OK : SNAP_STATUS_INVALID);
    without_released();
    lend_a_cycle();
    snap_collect();
    without_released();
    lend_a_cycle();
    expose("lost", ANSWER_FIRST, SNAP_HOST_SYNC, next_lent++);   /* which no message brings */
    step(snap_lent_errors(), SNAP_STATUS_OK);
    without_released();
    step(snap_prepare_snapshot(), SNAP_STATUS_OK);
    without_released();
    for (int i = 0; i < SNAP_RETIRED_MOST; i++)
        realms[i] = new_realm_in_any_case();
    lend_a_cycle();
    for (int i = 0; i < SNAP_RETIRED_MOST; i++)
        expect(snap_realm_close(realms[i]), SNAP_STATUS_OK);
    without_released();
    check_that_realms_are_gone();
}

/* ---- statuses ---- */

static void ask_inside(snap_handle borrowed)
{
    (void)borrowed;
    expect(snap_prepare_snapshot(), SNAP_STATUS_NOT_QUIESCENT);
    step(snap_run_jobs(), SNAP_STATUS_NOT_QUIESCENT);
    step(snap_run_timers(1), SNAP_STATUS_NOT_QUIESCENT);
}

static void play_statuses_of_state(void)
{
    snap_handle promise = run_for_handle("globalThis.sparse = []; sparse.length = 2e9; Promise.resolve(5)", 0);
    snap_handle unconvertible = run_for_handle("Promise.resolve(sparse)", 0);

    expose_global("inside", ANSWER_HOOK, SNAP_HOST_SYNC);
    call_hook = ask_inside;
    run("inside()", 0);
    expect(snap_promise_observe(0), SNAP_STATUS_INVALID);
    if (promise && unconvertible) {
        step(snap_promise_result(promise, 0), SNAP_STATUS_OK);
        step(snap_promise_result(unconvertible, 0), SNAP_STATUS_CONVERSION);
    }
    release(promise);
    release(unconvertible);
}

static void play_statuses_of_jobs(void)
{
    expose_global("ask", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    run_to("queueMicrotask(() => { throw new Error('in a job') }); 0", 0, SNAP_STATUS_OK);
    step(snap_run_jobs(), SNAP_STATUS_EXCEPTION);
    run("ask().then(() => queueMicrotask(() => { throw new Error('in a job') })); 0", 0);
    if (newest_pending() && send_bytes("\xc0", 1))
        step(snap_pending_settle(newest_pending(), 0, SNAP_RUN_JOBS), SNAP_STATUS_EXCEPTION);
}

static void play_statuses_of_values(void)
{
    snap_handle sparse = run_for_handle("globalThis.sparse = []; sparse.length = 2e9; globalThis.five = 5; sparse", 0);
    snap_handle identity = run_for_handle("(x => sparse)", 0), five = run_for_handle("5", 0);

    run_bytecode_in(0, compile_in(0, "5", 0), SNAP_STATUS_OK);
    run_bytecode_in(0, compile_in(0, "sparse", 0), SNAP_STATUS_CONVERSION);
    if (sparse && identity && five) {
        step(snap_read(sparse), SNAP_STATUS_CONVERSION);
        step(snap_read(five), SNAP_STATUS_OK);
        snap_put_array(begin_message(), 0);
        call(identity, 0, SNAP_STATUS_CONVERSION);
    }
    if (send_bytes("\x91\xa6sparse", 8))
        step(snap_get(0, 0), SNAP_STATUS_CONVERSION);
    if (send_bytes("\x91\xa4" "five", 6))
        step(snap_get(0, 0), SNAP_STATUS_OK);
    release(sparse);
    release(identity);
    release(five);
}

static void play_statuses_of_messages(void)
{
    if (!send_bytes("\xc1", 1))
        return;
    step(snap_get(0, 0), SNAP_STATUS_MALFORMED);
    step(snap_set(0, 0), SNAP_STATUS_MALFORMED);
    step(snap_delete(0), SNAP_STATUS_MALFORMED);
    step(snap_module_importers(), SNAP_STATUS_MALFORMED);
}
