/* Imports without an answer, and answers that come when the code is to be stopped. */

/* The host's stack has ended: it answers none of these imports. */
static void run_unanswered(uint32_t imports, const char *source, uint32_t flags)
{
    unanswered_imports = imports;
    run_to(source, flags, SNAP_STATUS_INTERRUPTED);
    unanswered_imports = 0;
    if (!(snap_control.events & SNAP_EVENT_UNANSWERED) && !fault.fired)
        die("the host does not learn that it did not answer: %s", source);
    snap_control.events &= ~(uint32_t)SNAP_EVENT_UNANSWERED;
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
}

static void play_unanswered_calls(void)
{
    expose_global("values", ANSWER_FIRST, SNAP_HOST_SYNC);
    expose_global("handles", ANSWER_FIRST, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    run_unanswered(NO_CALL, "values(1)", 0);
    run_unanswered(NO_CALL, "try { values({f: [() => 1]}, new Error('e', {cause: Promise.resolve()})) } catch { 1 } finally { 2 }", 0);
    run_unanswered(NO_CALL, "handles({}, () => 1, 3, 4, 5, 6, 7, 8, 9)", 0);
    run_unanswered(NO_CALL, "(async () => { await 1; values(() => 1) })()", SNAP_RUN_JOBS);
    run_unanswered(NO_CALL, "({get x() { return values(() => 1) }})", 0);
    run("[values(2), handles(3)]", 0);
}

static void play_unanswered_modules(void)
{
    run_unanswered(NO_MODULE, "import 'leaf'", SNAP_RUN_MODULE);
    run_unanswered(NO_MODULE, "await import('leaf')", SNAP_RUN_MODULE | SNAP_RUN_JOBS);
    run_unanswered(NO_MODULE, "import('leaf').then(x => x, e => e)", SNAP_RUN_JOBS);
    run_to("import { x } from 'leaf'; export { x }", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    take_rejections();
}

static void play_unanswered_times(void)
{
    run_unanswered(NO_CLOCK, "let then = [performance.now(), Date.now()]; for (let i = 0; i < 3e4; i++);", 0);
    run_unanswered(NO_CLOCK, "setTimeout(() => 0, 1); setInterval(() => 0, 1); for (let i = 0; i < 3e4; i++);", 0);
    unanswered_imports = NO_CLOCK;
    check_result(snap_run_timers(10), false);
    unanswered_imports = 0;
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
    clock_now += 10;
    check_result(snap_run_timers(10), false);
    snap_control.timezone = SNAP_TIMEZONE_ASK;
    run_unanswered(NO_TIMEZONE, "let offset = new Date(2020, 1).getTimezoneOffset(); for (let i = 0; i < 3e4; i++);", 0);
    run("[new Date(2020, 1).getTimezoneOffset(), then, offset]", 0);
}

static void play_unanswered_rest(void)
{
    run_unanswered(NO_OUTPUT, "console.log('a', {b: [1]}); for (let i = 0; i < 3e4; i++);", 0);
    run_unanswered(NO_OUTPUT, "console.table([{a: 1}]); console.trace('x'); for (let i = 0; i < 3e4; i++);", 0);
    snap_control.interrupt = SNAP_INTERRUPT_ASK;
    run_unanswered(NO_INTERRUPT, "try { for (;;); } finally { for (;;); }", 0);
    snap_control.interrupt = SNAP_INTERRUPT_ASK;
    run_unanswered(NO_INTERRUPT, "(async () => { for (;;) await null })()", SNAP_RUN_JOBS);
    run("console.log('again')", 0);
}

/* The host is told to stop while it answers: what it has lent for the answer is given back. */
static void play_host_stopped(void)
{
    static const answer stopped[] = { ANSWER_FIRST, ANSWER_ERROR, ANSWER_ABSENT, ANSWER_GARBAGE, ANSWER_NESTED };
    uint32_t values = expose_global("values", ANSWER_FIRST, SNAP_HOST_SYNC);
    uint32_t handles = expose_global("handles", ANSWER_FIRST, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);

    nested_source = "for (let i = 0; i < 3e4; i++);";
    for (size_t i = 0; values != UINT32_MAX && handles != UINT32_MAX && i < countof(stopped); i++) {
        answers[values] = answers[handles] = stopped[i];
        stops_in_calls = true;
        run_to("try { values({a: [() => 1]}) } finally { for (let i = 0; i < 3e4; i++); }", 0, SNAP_STATUS_INTERRUPTED);
        run_to("try { handles({a: [() => 1]}) } finally { for (let i = 0; i < 3e4; i++); }", 0, SNAP_STATUS_INTERRUPTED);
        stops_in_calls = false;
        snap_control.interrupt = SNAP_INTERRUPT_NONE;
    }
    step(snap_take_released(), SNAP_STATUS_OK);
}
