/* The event loop, promises and interrupts. */

/* ---- timers ---- */

static void play_timers(void)
{
    run("globalThis.log = []; globalThis.t = setInterval((x, y) => { log.push(x); if (log.length > 3) clearInterval(t) }, 2, 'tick', {}); setTimeout(() => log.push('once'), 1); clearTimeout(setTimeout(() => 0, 1))", 0);
    run("setTimeout(function () { clearTimeout(1); setTimeout(() => log.push('nested'), 0); throw new Error('in a timer') }, 3); for (let i = 0; i < 20; i++) setTimeout(() => 0, 5 + i % 3)", 0);
    step(snap_timer_list(), SNAP_STATUS_OK);
    for (int i = 0; i < 4; i++) {
        clock_now += 4;
        check_result(snap_run_timers(100), false);
    }
    run_to("setTimeout('text')", 0, SNAP_STATUS_EXCEPTION);
    run("clearTimeout(); clearTimeout({}); log", 0);
}

/* A callback fills the table of timers, so that the interval that runs finds no room when it comes back. */
static void play_interval_without_room(void)
{
    run("let n = 0; let t = setInterval(() => { n++; if (n === 1) for (let i = 0; i < 16; i++) setTimeout(() => 0, 1e6) }, 1)", 0);
    for (int i = 0; i < 3; i++) {
        clock_now += 10;
        check_result(snap_run_timers(100), false);
    }
    run("clearInterval(t); n", 0);
}

/* ---- promises ---- */

static void take_rejections_to(uint32_t expected)
{
    bins_are_errors = true;
    step(snap_take_rejections(), expected);
    bins_are_errors = false;
}

static void take_rejections(void)
{
    take_rejections_to(SNAP_STATUS_OK);
}

static void play_rejections(void)
{
    run("Promise.reject(new Error('nobody')); Promise.reject({a: 1, f() {}}); globalThis.late = Promise.reject(1); for (let i = 0; i < 8; i++) Promise.reject(i)", 0);
    take_rejections();
    run("late.catch(() => 0); Promise.reject(2).catch(() => 0); new Promise(() => { throw new Error('in an executor') })", 0);
    take_rejections();
    take_rejections();
}

static void play_asynchrony(void)
{
    snap_handle promise = run_for_handle("await null; let x = await (async () => [1, {y: 2}])(); x", SNAP_RUN_ASYNC);
    uint32_t state = (uint32_t)snap_promise_state(promise);

    if (promise) {
        expect(snap_promise_observe(promise), SNAP_STATUS_OK);
        check_result(snap_promise_result(promise, 0), false);
        if (state != 1 && !fault.fired)
            die("the promise is not fulfilled");
    }
    release(promise);
    promise = run_for_handle("await null; throw new Error('later')", SNAP_RUN_ASYNC);
    if (promise)
        step(snap_promise_result(promise, 0), SNAP_STATUS_EXCEPTION);
    release(promise);
    promise = run_for_handle("new Promise(() => 0)", 0);
    if (promise)
        step(snap_promise_result(promise, 0), SNAP_STATUS_PENDING);
    release(promise);
    run("async function* g() { try { yield 1; yield 2 } finally { await 0 } } let r = []; (async () => { for await (let v of g()) { r.push(v); break } })(); queueMicrotask(() => r.push('m')); r", 0);
    run("let seen = 0; (function again(n) { if (n) Promise.resolve().then(() => { seen++; again(n - 1) }) })(20); 0", 0);
    step(snap_run_jobs(), SNAP_STATUS_OK);
}

/* The promise of the host, settled and waited for through handles alone. */
static void settle_deferred(uint32_t which, snap_handle value, uint32_t expected)
{
    snap_handle parts[3] = { 0 }, then;
    snap_buffer *b;

    if (!step_for_handle(snap_promise_new()))
        return;
    memcpy(parts, taken, sizeof parts);
    then = step_for_handle(snap_promise_then(parts[0], 0, 0));
    step(snap_promise_result(parts[0], 0), SNAP_STATUS_PENDING);
    b = begin_message();
    snap_put_array(b, 1);
    put_handle(b, value);
    call(parts[which], 0, SNAP_STATUS_OK);
    step(snap_promise_result(parts[0], 0), expected);
    step(snap_promise_result(parts[0], SNAP_RUN_AS_HANDLE), SNAP_STATUS_OK);
    if (then)
        step(snap_promise_result(then, 0), expected);
    release(then);
    release_handles(parts, 3);
}

static void play_deferred(void)
{
    snap_handle error = run_for_handle("Object.assign(new Error('no'), {more: [1]})", 0), gone;

    settle_deferred(1, SNAP_FIXED_TRUE, SNAP_STATUS_OK);
    if (error) {
        settle_deferred(1, error, SNAP_STATUS_OK);
        settle_deferred(2, error, SNAP_STATUS_EXCEPTION);
    }
    settle_deferred(2, SNAP_FIXED_UNDEFINED, SNAP_STATUS_EXCEPTION);
    release(error);
    gone = step_for_handle(snap_promise_new());
    if (gone)
        release_handles(taken, 3);
    step(snap_promise_result(gone, 0), SNAP_STATUS_INVALID);
    take_rejections();
}

static void play_promise_then(void)
{
    snap_handle promise = run_for_handle("globalThis.log = []; class Odd extends Promise { then() { log.push('patched') } static get [Symbol.species]() { throw 1 } }; Odd.resolve({a: 1})", 0);
    snap_handle rejected = run_for_handle("Promise.prototype.then = Promise.prototype.constructor = undefined; Promise.reject(new Error('no'))", 0);
    snap_handle note = run_for_handle("(function (x) { log.push([typeof this, x]); return 'noted' })", 0);
    snap_handle fail = run_for_handle("(x => { throw x })", 0);
    const snap_handle sources[] = { promise, rejected }, callbacks[] = { 0, SNAP_FIXED_NULL, note, fail };

    for (size_t s = 0; promise && rejected && note && fail && s < countof(sources); s++) {
        for (size_t i = 0; i < countof(callbacks); i++) {
            snap_handle then = step_for_handle(snap_promise_then(sources[s], callbacks[i], callbacks[countof(callbacks) - 1 - i]));
            step(snap_run_jobs(), SNAP_STATUS_OK);
            if (then && snap_promise_state(then) == 0 && !fault.fired)
                die("the callbacks have not been called");
            check_result(snap_promise_result(then, 0), false);
            release(then);
        }
    }
    if (note)
        step(snap_promise_then(note, note, note), SNAP_STATUS_EXCEPTION);
    step(snap_promise_then(SNAP_FIXED_GLOBAL, 0, 0), SNAP_STATUS_EXCEPTION);
    step(snap_promise_then(0, 0, 0), SNAP_STATUS_INVALID);
    run("log", 0);
    take_rejections();
    release(promise);
    release(rejected);
    release(note);
    release(fail);
}

/* ---- interrupts ---- */

static void play_interrupts(void)
{
    snap_control.interrupt = SNAP_INTERRUPT_ASK;
    run_to("queueMicrotask(() => { for (;;); }); throw new Error('before it was stopped')", SNAP_RUN_JOBS, SNAP_STATUS_INTERRUPTED);
    run_to("for (;;);", 0, SNAP_STATUS_INTERRUPTED);
    run_to("(async () => { for (;;) await null })()", SNAP_RUN_JOBS, SNAP_STATUS_INTERRUPTED);
    run_to("try { for (;;); } catch { 1 } finally { for (;;); }", 0, SNAP_STATUS_INTERRUPTED);
    run_to("/(a*)*b/.test('a'.repeat(40))", 0, SNAP_STATUS_INTERRUPTED);
    snap_control.interrupt = SNAP_INTERRUPT_NOW;
    run_to("for (;;);", 0, SNAP_STATUS_INTERRUPTED);
    if (snap_control.interrupt != SNAP_INTERRUPT_SEEN && !fault.fired)
        die("the host is not told that its interrupt was seen");
    run_to("for (;;);", 0, SNAP_STATUS_INTERRUPTED);
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
}
