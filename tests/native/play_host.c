/* Functions of the host that take values. */

static void play_host_calls(void)
{
    expose_global("echo", ANSWER_FIRST, SNAP_HOST_SYNC);
    expose_global("fails", ANSWER_ERROR, SNAP_HOST_SYNC);
    expose_global("absent", ANSWER_ABSENT, SNAP_HOST_SYNC);
    expose_global("garbage", ANSWER_GARBAGE, SNAP_HOST_SYNC);
    run("echo({a: [1, 'two', new Date(0)]}).a", 0);
    run("try { fails(() => 1, Promise.resolve()) } catch (e) { [e.name, e.cause.message, e.stack.length > 0] }", 0);
    run_to("fails({})", 0, SNAP_STATUS_EXCEPTION);
    run_to("absent(1)", 0, SNAP_STATUS_EXCEPTION);
    run_to("garbage()", 0, SNAP_STATUS_EXCEPTION);
    step(snap_host_functions(), SNAP_STATUS_OK);
}

static void play_host_refusals(void)
{
    expose_global("echo", ANSWER_FIRST, SNAP_HOST_SYNC);
    expose_global("later", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    expose_global("stop", ANSWER_INTERRUPT, SNAP_HOST_SYNC);
    run_to("let sparse = [() => 1]; sparse.length = 2e9; echo(1, () => 2, sparse)", 0, SNAP_STATUS_EXCEPTION);
    run_to("later('x'.repeat(300), [() => 2, sparse])", 0, SNAP_STATUS_EXCEPTION);
    run_to("echo({get x() { throw 1 }})", 0, SNAP_STATUS_EXCEPTION);
    run_to("try { stop() } finally { 1 }", 0, SNAP_STATUS_INTERRUPTED);
    run_to("stop.call(1, 2)", 0, SNAP_STATUS_INTERRUPTED);
}

/* The host calls back into the engine while a result is on its way out. */
static void play_nesting(void)
{
    expose_global("nested", ANSWER_NESTED, SNAP_HOST_SYNC);
    nested_source = "({big: 'z'.repeat(3000), list: [1, 2, {a: 1}]})";
    run("({before: new Map([[1, {get now() { return nested() }}]]), after: [1, 2, 3]})", 0);
    run_to("throw Object.assign(new Error('e'), {data: {get now() { return nested() }, more: 'x'}})", 0, SNAP_STATUS_EXCEPTION);
    nested_source = "throw new Error('nested')";
    run("[[{get now() { nested(); return [1] }}], 'after']", 0);
    nested_source = "'z'.repeat(2000000)";
    run("new Map([[{get now() { nested(); return [1] }}, 'after']])", 0);
}

static void play_temporary_functions(void)
{
    snap_handle keep = run_for_handle("(function (f) { globalThis.f = f; return 1 })", 0);
    uint32_t index = expose("lambda", ANSWER_FIRST, SNAP_HOST_SYNC, 55);
    snap_buffer *b;

    for (int round = 0; round < 2 && index != UINT32_MAX; round++) {
        b = begin_message();
        snap_put_array(b, 1);
        put_number_ext(b, SNAP_EXT_HOST_FUNCTION, index, 4);
        call(keep, 0, SNAP_STATUS_OK);
        run("typeof f === 'function' ? f(42) : 0", 0);
        run("globalThis.cycle = {f}; cycle.self = cycle; f = cycle = undefined", 0);   /* the second round hands it out again */
        snap_collect();
    }
    step(snap_take_released(), SNAP_STATUS_OK);
    index = expose("another", ANSWER_FIRST, SNAP_HOST_SYNC, 56);
    expect(snap_set_host_mode(index, SNAP_HOST_UNBOUND), SNAP_STATUS_OK);
    expect(snap_set_host_mode(index, SNAP_HOST_UNBOUND + 1), SNAP_STATUS_INVALID);
    expect(snap_set_host_mode(UINT32_MAX, SNAP_HOST_SYNC), SNAP_STATUS_INVALID);
    b = begin_message();
    snap_put_array(b, 1);
    put_number_ext(b, SNAP_EXT_HOST_FUNCTION, index, 4);
    call(keep, 0, SNAP_STATUS_OK);
    run_to("f(1)", 0, SNAP_STATUS_EXCEPTION);
    run("f = undefined", 0);
    step(snap_take_released(), SNAP_STATUS_OK);
    step(snap_host_functions(), SNAP_STATUS_OK);
    release(keep);
}
