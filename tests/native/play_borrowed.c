/* Functions of the host that take handles. */

static void play_host_handles(void)
{
    expose_global("echo", ANSWER_FIRST, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    expose_global("fails", ANSWER_ERROR, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    expose_global("absent", ANSWER_ABSENT, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    expose_global("garbage", ANSWER_GARBAGE, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    expose_global("stop", ANSWER_INTERRUPT, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    expose_global("unbound", ANSWER_FIRST, SNAP_HOST_UNBOUND | SNAP_HOST_TAKES_HANDLES);
    run("[echo(), echo.call({a: 1}, () => 2), echo.call('receiver'), echo(Symbol.iterator, echo)]", 0);
    run("[7, 8, 9, 250].map(n => echo(...Array.from({length: n}, (_, i) => ({i}))).i)", 0);
    run("try { fails(() => 1) } catch (e) { [e.name, e.cause.message] }", 0);
    run_to("fails({}, 2, 3, 4, 5, 6, 7, 8, 9)", 0, SNAP_STATUS_EXCEPTION);
    run_to("absent({})", 0, SNAP_STATUS_EXCEPTION);
    run_to("garbage({})", 0, SNAP_STATUS_EXCEPTION);
    run_to("try { stop({}, 2, 3, 4, 5, 6, 7, 8, 9) } finally { 1 }", 0, SNAP_STATUS_INTERRUPTED);
    run_to("unbound({})", 0, SNAP_STATUS_EXCEPTION);
    run_to("new echo({})", 0, SNAP_STATUS_EXCEPTION);
    step(snap_host_functions(), SNAP_STATUS_OK);
}

static snap_handle kept_handle;

static void keep_borrowed(snap_handle borrowed)
{
    expect(snap_duplicate(borrowed), SNAP_STATUS_OK);
    kept_handle = borrowed;
}

/* Which it should not; its slot is taken by what comes next. */
static void release_borrowed(snap_handle borrowed)
{
    release(borrowed);
    kept_handle = run_for_handle("({next: 'in the same slot'})", 0);
}

static void use_borrowed(snap_handle borrowed)
{
    snap_buffer *b = begin_message();

    snap_put_array(b, 1);
    put_handle(b, borrowed);
    if (send_message())
        check_result(snap_call(borrowed, borrowed, SNAP_RUN_JOBS), false);
    check_result(snap_read(borrowed), false);
    expect(snap_export_handle(borrowed), SNAP_STATUS_OK);
}

/* What the host does with handles while it has them, and after. */
static void play_host_handles_inside(void)
{
    static void (*const hooks[])(snap_handle borrowed) = { keep_borrowed, release_borrowed, use_borrowed };
    snap_handle hook;

    expose_global("hook", ANSWER_HOOK, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    expose_global("nested", ANSWER_NESTED, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    for (size_t i = 0; i < countof(hooks); i++) {
        call_hook = hooks[i];
        kept_handle = 0;
        run("hook(function f(g) { return typeof g + 'x'.repeat(50) })", 0);
        if (kept_handle)
            step(snap_read(kept_handle), SNAP_STATUS_OK);
        release(kept_handle);
    }
    nested_source = "depth-- > 0 && nested({}, () => depth, 3, 4, 5, 6, 7, 8, 9)";
    run("globalThis.depth = 3; nested({}, () => 1)", 0);
    nested_source = "throw new Error('nested')";
    run("nested(() => 1)", 0);
    hook = run_for_handle("hook", 0);
    call_hook = release;          /* the function, while it runs */
    if (hook && send_bytes("\x90", 1))
        check_result(snap_call(hook, hook, 0), false);
    release(hook);
}

/* Waits as one that takes values does; and what the program has of such a function is a function to the host. */
static void play_host_handles_deferred(void)
{
    expose_global("later", ANSWER_FIRST, SNAP_HOST_DEFERRED | SNAP_HOST_TAKES_HANDLES);
    run("globalThis.log = []; later({}, () => 1, [later]).then(x => log.push(x)); 0", 0);
    list_pending(0);
    if (newest_pending())
        settle(newest_pending(), false);
    run("[log, later]", 0);
}
