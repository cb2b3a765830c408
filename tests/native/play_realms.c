/* Realms: made, used, closed in the middle of things, and what is left of them. */

/* But for a bit that only says whether the scripts of the web platform run. They have a scenario of their own, since they take long. */
enum { EVERYTHING = 0x1fff & ~SNAP_INTRINSIC_BIG_INT, ALL_WEB = SNAP_WEB_CONSOLE | SNAP_WEB_TIMERS | SNAP_WEB_MICROTASK | SNAP_WEB_PERFORMANCE };

/* The number; 0 without memory. */
static uint32_t new_realm(uint32_t intrinsics, uint32_t web)
{
    uint32_t status = step(snap_realm_new(intrinsics, web), SNAP_STATUS_OK);

    return status == SNAP_STATUS_OK ? result()[0] : 0;
}

/* A whole one, whatever is to fail: for there is a scenario of that alone. */
static uint32_t new_realm_in_any_case(void)
{
    bool paused = fault.paused;
    uint32_t realm;

    fault.paused = true;
    realm = new_realm(EVERYTHING, ALL_WEB);
    fault.paused = paused;
    if (!realm)
        die("no realm");
    return realm;
}

static uint32_t count_contexts(void)
{
    struct list_head *element;
    uint32_t count = 0;
    list_for_each(element, &snap_runtime->context_list)
        count++;
    return count;
}

/* Closes what is open of them; nothing of the program may hold one. */
static void check_that_realms_are_gone(void)
{
    while (snap_realms.count)
        expect(snap_realm_close(snap_realms.records[0]->id), SNAP_STATUS_OK);
    snap_collect();
    snap_collect();
    if (count_contexts() != 1 && !fault.fired)
        die("%u realms were closed, and are still there", count_contexts() - 1);
}

/* ---- made ---- */

/* Whole, or not at all. */
static void play_realm_without_microtasks(void)
{
    uint32_t realm = new_realm(EVERYTHING, SNAP_WEB_CONSOLE);

    fault.paused = true;
    if (realm && send_source("typeof queueMicrotask === 'undefined' && `${console}` === '[object console]' ? 1 : 0", "scenario.js") &&
        snap_eval(0, realm) != (1 << 8 | SNAP_STATUS_INTEGER))
        die("a realm was made that has not what it was to have");
    check_that_realms_are_gone();
    fault.paused = false;
}

static void play_realm_new(void)
{
    uint32_t realm = new_realm(EVERYTHING, ALL_WEB);

    step(snap_realm_list(), SNAP_STATUS_OK);
    if (realm) {
        run_in(realm, "[1 + 2, Array.from(new Set([1]))]", SNAP_RUN_JOBS, SNAP_STATUS_OK);
        expect(snap_realm_close(realm), SNAP_STATUS_OK);
        expect(snap_realm_close(realm), SNAP_STATUS_INVALID);
    }
    check_that_realms_are_gone();
}

/* With less than everything in it: what is missing is refused, whether a program or the host asks for it. */
static void play_realm_intrinsics(void)
{
    static const struct { uint32_t intrinsics, web, expected; } parts[] = {
        { 0, 0, SNAP_STATUS_EXCEPTION }, { SNAP_INTRINSIC_EVAL, 0, SNAP_STATUS_OK }, { SNAP_INTRINSIC_EVAL | SNAP_INTRINSIC_PROMISE, SNAP_WEB_MICROTASK, SNAP_STATUS_OK },
        { SNAP_INTRINSIC_EVAL | SNAP_INTRINSIC_PERFORMANCE, ALL_WEB, SNAP_STATUS_OK }, { EVERYTHING & ~(uint32_t)SNAP_INTRINSIC_EVAL, ALL_WEB, SNAP_STATUS_EXCEPTION },
    };

    for (size_t i = 0; i < countof(parts); i++) {
        uint32_t realm = new_realm(parts[i].intrinsics, parts[i].web), size;
        snap_buffer *b;

        if (!realm)
            continue;
        run_in(realm, "({typed: typeof Uint8Array, list: [typeof console, typeof setTimeout, typeof queueMicrotask, typeof Promise]})", SNAP_RUN_JOBS, parts[i].expected);
        size = compile_in(0, "typeof globalThis", 0);
        run_bytecode_in(realm, size, SNAP_STATUS_OK);
        b = begin_message();
        snap_put_array(b, 2), put_string(b, "everything"), put_everything(b);
        if (send_message())
            check_result(snap_set(SNAP_FIXED_GLOBAL + realm, realm), false);
        step(snap_keys(SNAP_FIXED_GLOBAL + realm, SNAP_KEYS_SYMBOLS), SNAP_STATUS_OK);
    }
    check_that_realms_are_gone();
}

/* Where the memory ends, wherever that is in the making of a realm. */
static void play_realm_memory_limit(void)
{
    for (uint32_t more = 0; more < 600 * 1024; more += more < 8 * 1024 ? 64 : 16411) {
        snap_set_memory_limit((uint32_t)snap_heap.used + more);
        check_result(snap_realm_new(EVERYTHING, ALL_WEB), false);
        snap_set_memory_limit(0);
        while (snap_realms.count)
            expect(snap_realm_close(snap_realms.records[0]->id), SNAP_STATUS_OK);
        snap_collect();
    }
    check_that_realms_are_gone();
}

/* ---- used ---- */

static void play_realm_code(void)
{
    uint32_t realm = new_realm_in_any_case();
    snap_handle array;

    run_in(realm, "globalThis.x = [1, {y: new Map([[1, new Date(0)]])}, () => 1, Promise.resolve(2)]; x", SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run_in(realm, "throw Object.assign(new RangeError('there'), {more: x})", SNAP_RUN_JOBS, SNAP_STATUS_EXCEPTION);
    run_in(realm, "import A, { x } from 'leaf'; export { x, A }; export default globalThis.x", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run_in(realm, "await (await import('leaf')).x", SNAP_RUN_ASYNC | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run_in(realm, "let = ;", 0, SNAP_STATUS_EXCEPTION);
    run_in(realm, "let own = 1; console.log(own, x, new Error('e')); own", 0, SNAP_STATUS_OK);
    run("try { own } catch (e) { [e.name, e instanceof ReferenceError, typeof x] }", 0);
    run_bytecode_in(realm, compile_in(realm, "[own, typeof x]", SNAP_RUN_STRIP_DEBUG), SNAP_STATUS_OK);
    run_bytecode_in(0, compile_in(realm, "[typeof own, typeof x]", 0), SNAP_STATUS_OK);
    array = run_for_handle_in(realm, "x", 0);
    if (array) {
        snap_buffer *b = begin_message();
        snap_put_array(b, 2), put_string(b, "shared"), put_handle(b, array);
        if (send_message())
            step(snap_set(0, 0), SNAP_STATUS_OK);
        step(snap_promise_then(array, 0, 0), SNAP_STATUS_EXCEPTION);
    }
    release(array);
    run("[shared instanceof Array, Array.isArray(shared), shared[2].constructor === Function, shared]", 0);
    run("shared = undefined", 0);
    check_that_realms_are_gone();
}

static void play_realm_host_functions(void)
{
    uint32_t realm = new_realm_in_any_case(), main_index = expose_global("both", ANSWER_FIRST, SNAP_HOST_SYNC);
    uint32_t index = expose_global_in(realm, "both", ANSWER_ERROR, SNAP_HOST_SYNC);

    if (main_index == index && index != UINT32_MAX)
        die("one function stands for two");
    expose_global_in(realm, "handles", ANSWER_FIRST, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    expose_global_in(realm, "later", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    run("both([1])", 0);
    run_in(realm, "try { both([1]) } catch (e) { [e.message, e instanceof Error] }", SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run_in(realm, "handles.call([1], globalThis) === globalThis", SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run_in(realm, "globalThis.log = []; later(() => 1, {}).then(x => log.push(x, x instanceof Array)); 0", SNAP_RUN_JOBS, SNAP_STATUS_OK);
    list_pending(0);
    step(snap_host_functions(), SNAP_STATUS_OK);
    expect(snap_realm_close(realm), SNAP_STATUS_OK);
    snap_collect();
    if (newest_pending())
        settle(newest_pending(), false);
    step(snap_host_functions(), SNAP_STATUS_OK);
    check_that_realms_are_gone();
}

/* Their times and their chances are their own, and come from the VM's. */
static void play_realm_times(void)
{
    uint32_t first = new_realm_in_any_case(), second = new_realm_in_any_case();
    const uint32_t realms[] = { 0, first, second };

    for (int round = 0; round < 2; round++) {
        snap_begin(round ? 0 : 77);
        for (size_t i = 0; i < countof(realms); i++)
            run_in(realms[i], "[Math.random(), performance.timeOrigin, performance.now() >= 0, Date.now()]", 0, SNAP_STATUS_OK);
    }
    step(snap_prepare_snapshot(), SNAP_STATUS_OK);
    check_that_realms_are_gone();
}

/* ---- closed ---- */

static void play_realm_unknown(void)
{
    uint32_t closed = new_realm_in_any_case(), size = compile_in(closed, "1 + 2", 0);
    const uint32_t unknown[] = { closed, 99, UINT32_MAX, SNAP_FIXED_UNDEFINED - SNAP_FIXED_GLOBAL };

    expect(snap_realm_close(closed), SNAP_STATUS_OK);
    for (size_t i = 0; i < countof(unknown); i++) {
        run_in(unknown[i], "1", SNAP_RUN_JOBS, SNAP_STATUS_INVALID);
        run_bytecode_in(unknown[i], size, SNAP_STATUS_INVALID);
        if (send_key("x", true))
            step(snap_set(0, unknown[i]), SNAP_STATUS_INVALID);
        expect(snap_realm_close(unknown[i]), SNAP_STATUS_INVALID);
        if (unknown[i] < 100)
            step(snap_keys(SNAP_FIXED_GLOBAL + unknown[i], 0), SNAP_STATUS_INVALID);
    }
    expect(snap_realm_close(0), SNAP_STATUS_INVALID);
    check_that_realms_are_gone();
}

static void close_all_realms(snap_handle borrowed)
{
    (void)borrowed;
    while (snap_realms.count)
        (void)snap_realm_close(snap_realms.records[0]->id);
    snap_collect();
}

static const struct { const char *source; uint32_t flags; } closing[] = {
    { "hook(); [1, {a: new Date(0)}, globalThis === this, typeof Map]", 0 },
    { "[{get x() { hook(); return [new Map()] }}, new Set([1])]", 0 },
    { "class A { constructor() { hook(); throw new Error('closed') } }; new A()", 0 },
    { "Object.assign(new Error('e'), {get x() { hook(); return 1 }})", 0 },
    { "throw Object.assign(new Error('e'), {data: {get x() { hook(); return [1] }}})", 0 },
    { "eval('hook(); let own = 1; [own]')", 0 },
    { "new Function('hook(); return typeof globalThis')()", 0 },
    { "import 'leaf'; hook(); export let a = 1; await null; a++; export let b = await import('leaf')", SNAP_RUN_MODULE },
    { "await null; hook(); await import('leaf'); globalThis", SNAP_RUN_ASYNC },
    { "queueMicrotask(() => { hook(); Promise.resolve().then(() => typeof globalThis) }); 0", 0 },
    { "setTimeout(() => { hook(); console.log(typeof globalThis); setTimeout(() => 0, 0) }, 0); 0", 0 },
    { "let gone = new FinalizationRegistry(() => 0); gone.register({}, 1); gone.register(gone.self = {}, 2); hook(); 1", 0 },
};

static void close_inside(const char *source, uint32_t flags)
{
    uint32_t realm = new_realm_in_any_case();

    expose_global_in(realm, "hook", ANSWER_HOOK, SNAP_HOST_SYNC);
    if (send_source(source, "closing.js"))
        check_result(snap_eval(flags | SNAP_RUN_JOBS, realm), false);
    clock_now += 10;
    check_result(snap_run_timers(10), false);
    check_result(snap_run_jobs(), false);
    take_rejections();
}

/* The host closes a realm while its own code runs. */
static void play_realm_closed_inside(void)
{
    call_hook = close_all_realms;
    for (size_t i = 0; i < countof(closing); i++)
        close_inside(closing[i].source, closing[i].flags);
    check_that_realms_are_gone();
}

static void play_realm_closed_by_access(void)
{
    static const char setter[] = "Object.defineProperty(globalThis, 'p', {set(value) { hook(); globalThis.seen = value }, get() { hook(); return [1] }})";
    uint32_t realm = new_realm_in_any_case(), size;

    call_hook = close_all_realms;
    expose_global_in(realm, "hook", ANSWER_HOOK, SNAP_HOST_SYNC);
    run_in(realm, setter, 0, SNAP_STATUS_OK);
    if (send_key("p", true))
        check_result(snap_set(SNAP_FIXED_GLOBAL + realm, realm), false);
    realm = new_realm_in_any_case();
    expose_global_in(realm, "hook", ANSWER_HOOK, SNAP_HOST_SYNC);
    run_in(realm, setter, 0, SNAP_STATUS_OK);
    if (send_key("p", false))
        check_result(snap_get(SNAP_FIXED_GLOBAL + realm, 0), false);
    realm = new_realm_in_any_case();
    expose_global_in(realm, "hook", ANSWER_HOOK, SNAP_HOST_SYNC);
    size = compile_in(realm, "hook(); [typeof globalThis, {}]", 0);
    if (size && send_bytes(bytecode, size))
        check_result(snap_eval_bytecode(SNAP_RUN_JOBS, realm), false);
    check_that_realms_are_gone();
}

/* ---- what is left ---- */

/* A function outlives its realm as long as someone holds it. */
static void play_realm_escapes(void)
{
    uint32_t realm = new_realm_in_any_case();
    snap_handle escaped = run_for_handle_in(realm, "let hidden = [1]; (x => [hidden, typeof globalThis, eval('hidden.length'), x, new Map(), import('leaf')])", 0);
    snap_handle throws = run_for_handle_in(realm, "(() => { null.x })", 0);
    snap_buffer *b;

    expect(snap_realm_close(realm), SNAP_STATUS_OK);
    snap_collect();
    for (int round = 0; escaped && throws && round < 2; round++) {
        b = begin_message();
        snap_put_array(b, 1), snap_put_map(b, 0);
        call(escaped, 0, SNAP_STATUS_OK);
        if (send_bytes("\x90", 1))
            step(snap_call(throws, 0, SNAP_RUN_JOBS), SNAP_STATUS_EXCEPTION);
        snap_collect();
    }
    release(escaped);
    release(throws);
    check_that_realms_are_gone();
}

static void play_realm_timers(void)
{
    uint32_t realm = new_realm_in_any_case();

    run_in(realm, "globalThis.log = []; setTimeout(x => log.push(x, typeof setTimeout), 5, [1]); let t = setInterval(() => { if (log.push(1) > 5) clearInterval(t) }, 5); t", 0, SNAP_STATUS_OK);
    run("setTimeout(() => 0, 6); clearTimeout(99)", 0);
    step(snap_timer_list(), SNAP_STATUS_OK);
    expect(snap_realm_close(realm), SNAP_STATUS_OK);
    snap_collect();
    for (int i = 0; i < 8; i++) {
        clock_now += 10;
        check_result(snap_run_timers(100), false);
    }
    if (snap_control.timers && !fault.fired)
        die("%u timers of a closed realm are left", snap_control.timers);
    while (snap_timer_table.count) {
        snap_timer *timer = (snap_timer *)snap_timer_table.records[0];
        snap_timer_withdraw(timer);
        snap_timer_free(snap_context, timer);
    }
    check_that_realms_are_gone();
}

/* A module that waits for something of the other realm. */
static void play_realm_modules(void)
{
    uint32_t realm = new_realm_in_any_case();
    snap_handle gate = run_for_handle("new Promise(resolve => { globalThis.open = resolve })", 0);
    snap_buffer *b = begin_message();

    snap_put_array(b, 2), put_string(b, "gate"), put_handle(b, gate);
    if (gate && send_message())
        step(snap_set(SNAP_FIXED_GLOBAL + realm, realm), SNAP_STATUS_OK);
    release(gate);
    run_in(realm, "import { after } from 'waits'; export { after }", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run_in(realm, "import('waits').then(module => module.after); 0", SNAP_RUN_JOBS, SNAP_STATUS_OK);
    expect(snap_realm_close(realm), SNAP_STATUS_OK);
    snap_collect();
    run("open?.(1)", 0);
    take_rejections();
    run("globalThis.open = undefined", 0);
    check_that_realms_are_gone();
}

/* Modules that will never have run to their ends, for what they wait for goes with their realm. */
static void play_realm_modules_waiting(void)
{
    static const struct { const char *source; uint32_t flags; } sources[] = {
        { "globalThis.gate = new Promise(() => 0); import('waits').then(module => module.after); 0", 0 },
        { "import { after } from 'waits'; export { after }", SNAP_RUN_MODULE },
        { "await globalThis.gate; export default 1", SNAP_RUN_MODULE },
        { "await (await import('waits')).after", SNAP_RUN_ASYNC },
    };

    for (int jobs = 0; jobs < 2; jobs++) {
        uint32_t realm = new_realm_in_any_case();
        for (size_t i = 0; i < countof(sources); i++)
            run_in(realm, sources[i].source, sources[i].flags | (jobs ? SNAP_RUN_JOBS : 0), SNAP_STATUS_OK);
        expect(snap_realm_close(realm), SNAP_STATUS_OK);
        snap_collect();
        step(snap_run_jobs(), SNAP_STATUS_OK);
        take_rejections();
    }
    check_that_realms_are_gone();
}

/* ---- jobs without a realm ---- */

/* Jobs that were begun by the code of a realm, but hold nothing of it, are still to be run when it has gone. */
static const char *const begun[] = {
    "queueMicrotask(noted)", "settle({})", "settle({then: undefined})", "settle(new Proxy({}, {}))", "refuse(1)",
    "gone.register({}, 1)", "for (let i = 0; i < 3; i++) queueMicrotask(noted)",
};

static uint32_t beginning;

static void begin_in_a_realm(snap_handle borrowed)
{
    uint32_t realm = new_realm_in_any_case();
    static const char *const shared[] = { "noted", "settle", "refuse", "gone" };

    (void)borrowed;
    for (size_t i = 0; i < countof(shared); i++) {
        snap_handle value = run_for_handle(shared[i], 0);
        snap_buffer *b = begin_message();
        snap_put_array(b, 2), put_string(b, shared[i]), put_handle(b, value);
        if (value && send_message())
            step(snap_set(SNAP_FIXED_GLOBAL + realm, realm), SNAP_STATUS_OK);
        release(value);
    }
    run_in(realm, begun[beginning], 0, SNAP_STATUS_OK);
    expect(snap_realm_close(realm), SNAP_STATUS_OK);
    snap_collect();
}

static void play_realm_jobs(void)
{
    call_hook = begin_in_a_realm;
    expose_global("hook", ANSWER_HOOK, SNAP_HOST_SYNC);
    for (beginning = 0; beginning < countof(begun); beginning++) {
        run("globalThis.log = []; globalThis.noted = function (x) { log[log.length] = [typeof this, x] };"
            " globalThis.gone = new FinalizationRegistry(noted);"
            " new Promise((resolve, reject) => { globalThis.settle = resolve; globalThis.refuse = reject }).then(noted, noted); hook(); 0", 0);
        run("log.length || undefined", 0);
    }
    check_that_realms_are_gone();
}

/* A callback is due when its registry and its realm are collected, together. */
static void play_realm_registry_ends(void)
{
    static const char *const sources[] = {
        "let target = {}; target.self = target; target.registry = new FinalizationRegistry(noted); target.registry.register(target, 1)",
        "let registry = new FinalizationRegistry(noted); let target = {registry}; target.self = target; registry.register(target, [2])",
    };
    snap_handle noted = run_for_handle("globalThis.log = []; globalThis.noted = x => log[log.length] = x", 0);

    for (size_t i = 0; noted && i < countof(sources); i++) {
        uint32_t realm = new_realm_in_any_case();
        snap_buffer *b = begin_message();

        snap_put_array(b, 2), put_string(b, "noted"), put_handle(b, noted);
        if (send_message())
            step(snap_set(SNAP_FIXED_GLOBAL + realm, realm), SNAP_STATUS_OK);
        run_in(realm, sources[i], SNAP_RUN_JOBS, SNAP_STATUS_OK);
        expect(snap_realm_close(realm), SNAP_STATUS_OK);
        snap_collect();
        step(snap_run_jobs(), SNAP_STATUS_OK);
    }
    release(noted);
    check_that_realms_are_gone();
}

/* A registry whose prototype is of one realm, and whose constructor was of another. */
static void play_realm_registries(void)
{
    uint32_t realm = new_realm_in_any_case();
    snap_handle constructor = run_for_handle_in(realm, "FinalizationRegistry", 0);
    snap_buffer *b = begin_message();

    snap_put_array(b, 2), put_string(b, "Foreign"), put_handle(b, constructor);
    if (constructor && send_message())
        step(snap_set(0, 0), SNAP_STATUS_OK);
    release(constructor);
    run("globalThis.log = []; globalThis.gone = Reflect.construct(Foreign, [x => log[log.length] = x], FinalizationRegistry); Foreign = undefined", 0);
    expect(snap_realm_close(realm), SNAP_STATUS_OK);
    snap_collect();
    run("gone.register({}, 1); log.kept = gone.register({}, [2])", 0);
    snap_collect();
    step(snap_run_jobs(), SNAP_STATUS_OK);
    run("log", 0);
    check_that_realms_are_gone();
}
