/* What nobody caught, told to the program first. No scripts of the web platform run here: their functions stand on the global object. */

static void add_event_functions(void)
{
    fault.paused = true;
    JS_SetPropertyFunctionList(snap_context, snap_context->global_obj, snap_event_functions, countof(snap_event_functions));
    fault.paused = false;
}

/* Its listeners take what says so. */
#define HEARERS \
    "globalThis.heard = []; hear({ error(e) { heard.push(e); if (e === 'again') throw 'another'; return e === 'taken' }, " \
    "rejection(promise, reason, late) { heard.push(reason, late); if (reason === 'more') Promise.reject('new'); return reason === 'kept' } });"

static void play_uncaught(void)
{
    add_event_functions();
    run(HEARERS "setTimeout(() => { throw 'taken' }); setTimeout(() => { throw 'lost' }); 0", 0);
    for (int i = 0; i < 3; i++) {
        clock_now += 1;
        check_result(snap_run_timers(100), false);
    }
    run("queueMicrotask(() => { throw 'taken' }); report('taken')", 0);
    run_to("queueMicrotask(() => { throw 'lost' })", SNAP_RUN_JOBS, SNAP_STATUS_EXCEPTION);
    run_to("throwLater('lost')", SNAP_RUN_JOBS, SNAP_STATUS_EXCEPTION);
    run_to("report('again')", 0, SNAP_STATUS_EXCEPTION);
    run("after(() => heard.push(now() >= 0, timeOrigin()), 1e300); after(() => heard.push('soon'), 0); heard", 0);
    run("{ let { proxy, revoke } = Proxy.revocable(() => 0, {}); setTimeout(proxy, 1); revoke() }", 0);
    clock_now += 1;
    check_result(snap_run_timers(100), false);
}

static void play_rejections_heard(void)
{
    add_event_functions();
    run(HEARERS "Promise.reject('kept'); Promise.reject('told'); globalThis.late = Promise.reject('more'); 0", 0);
    take_rejections();
    run("late.catch(() => 0); heard", 0);
    take_rejections();
    take_rejections();
    run("hear({ rejection() { throw 'deaf' } }); Promise.reject(1); 0", 0);
    take_rejections_to(SNAP_STATUS_EXCEPTION);
    run("hear({ rejection() { queueMicrotask(() => { throw 'job' }) }, error() {} }); Promise.reject(2); 0", 0);
    take_rejections_to(SNAP_STATUS_EXCEPTION);
    take_rejections();
}

/* A realm with the scripts, whose compiler is not tried. */
static void play_events(void)
{
    uint32_t realm;

    fault.paused = true;
    realm = new_realm(0x1fff, SNAP_WEB_EVENTS | SNAP_WEB_PERFORMANCE | SNAP_WEB_TIMERS);
    fault.paused = false;
    run_in(realm, "onerror = () => true; AbortSignal.timeout(1).onabort = () => { throw performance.mark('aborted') }; 0", 0, SNAP_STATUS_OK);
    clock_now += 1;
    check_result(snap_run_timers(100), false);
    for (int i = 0; i < 3; i++)   /* what had no listener then, for want of memory, comes out now */
        check_result(snap_run_jobs(), false);
    run_in(realm, "performance.getEntries().length", 0, SNAP_STATUS_OK);
    run_in(realm, "onerror = onunhandledrejection = null; dispatchEvent(new CustomEvent('x', { detail: 1 }))", 0, SNAP_STATUS_OK);
    expect(snap_realm_close(realm), SNAP_STATUS_OK);
}
