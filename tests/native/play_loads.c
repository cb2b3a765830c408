/* Loads of module graphs: pending ones, shared ones, failing ones, and hosts that re-enter while they answer. */

/* ---- answers that come later ---- */

typedef enum { RIGHT_MODULE, REJECTION, WRONG_ANSWER, NOT_AN_ARRAY } later_answer;

/* Answers the pending import of this position among the pending calls. */
static void answer_later(uint32_t position, later_answer answer)
{
    const snap_pending_call *call = (const snap_pending_call *)snap_pending_calls.records[position];
    import_request request;
    uint32_t id = call->record.id;
    snap_buffer *b;
    int index;

    request = take_request(call->arguments.data, (uint32_t)call->arguments.size);   /* with the name where a request has its mode */
    index = find_module(request.name, request.attributes, (size_t)(request.attributes_end - request.attributes));
    b = begin_message();
    if (answer == REJECTION)
        put_error(b, 300, "ValueError", "not to be had", "because");
    else if (answer == WRONG_ANSWER)
        snap_put_array(b, 2), snap_put_uint(b, 1), put_string(b, "js");
    else if (answer == NOT_AN_ARRAY || index < 0)
        snap_put_nil(b);
    else
        put_module(b, index);
    if (send_message())
        step(snap_pending_settle(id, answer == REJECTION, SNAP_RUN_JOBS), SNAP_STATUS_OK);
}

/* All of them, the last or the first each time. */
static void answer_all(bool last_first, later_answer answer)
{
    for (int i = 0; snap_pending_calls.count && i < 20; i++)
        answer_later(last_first ? snap_pending_calls.count - 1 : 0, answer);
}

static void check_that_no_load_is_left(void)
{
    if (!fault.fired && (!list_empty(&snap_loads) || !list_empty(&snap_fetches) || snap_pending_calls.count))
        die("something is still loading");
}

static uint32_t count_modules(void)
{
    struct list_head *element;
    uint32_t count = 0;
    list_for_each(element, &snap_context->loaded_modules)
        count++;
    return count;
}

static void expect_modules(uint32_t expected)
{
    if (!fault.fired && count_modules() != expected)
        die("%u modules are there, and not %u", count_modules(), expected);
}

static void play_loads(void)
{
    for (int last_first = 0; last_first < 2; last_first++) {
        uint32_t realm = new_realm_in_any_case();
        run_in(realm, "globalThis.log = []; import('later/a').then(n => log.push(n.name), e => log.push(e)); import('later/c').then(n => log.push(n.name), e => log.push(e)); 0",
               SNAP_RUN_JOBS, SNAP_STATUS_OK);
        run_in(realm, "import { name, x } from 'later/b'; import d from 'later/data' with { type: 'json' }; export { name, d }", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
        step(snap_prepare_snapshot(), SNAP_STATUS_OK);
        answer_all(last_first, RIGHT_MODULE);
        run_in(realm, "if (log.join() !== 'a,c' && log.join() !== 'c,a') throw log; log", SNAP_RUN_JOBS, SNAP_STATUS_OK);
        check_that_no_load_is_left();
        expect(snap_realm_close(realm), SNAP_STATUS_OK);
    }
    check_that_realms_are_gone();
}

/* ---- failures ---- */

static void play_loads_failing(void)
{
    static const later_answer answers[] = { REJECTION, WRONG_ANSWER, NOT_AN_ARRAY };
    static const char *const doomed[] = { "later/a", "unlinked", "chain", "throws", "later/broken", "bad.json", "hostile12" };

    for (size_t i = 0; i < countof(answers); i++) {
        run("globalThis.log = []; for (let i = 0; i < 2; i++) import('later/a').then(n => log.push(n), e => log.push(e instanceof Error)); 0", 0);
        answer_all(false, answers[i]);
        run("if (log.join() !== 'true,true') throw log; log", 0);
        check_that_no_load_is_left();
        expect_modules(0);
    }
    /* what one answer rejects, others are still on their way to */
    run("globalThis.log = []; import('later/a').catch(e => log.push(e)); 0", 0);
    if (snap_pending_calls.count)
        answer_later(0, RIGHT_MODULE);
    if (snap_pending_calls.count)
        answer_later(0, REJECTION);
    run("if (log.length !== 1) throw log; log", 0);
    answer_all(true, RIGHT_MODULE);
    check_that_no_load_is_left();
    expect_modules(0);
    for (size_t i = 0; i < countof(doomed); i++) {
        char source[100];
        snprintf(source, sizeof source, "import('%s').catch(e => log.push([e.message, e.stack]))", doomed[i]);
        run(source, 0);
        answer_all(false, RIGHT_MODULE);
    }
    run("log", 0);
    check_that_no_load_is_left();
}

/* Two loads that want the same, of which one fails. */
static void play_loads_shared(void)
{
    run("globalThis.log = []; import('later/d').then(n => log.push(n), e => log.push(e.name)); import('later/a').then(n => log.push(n.name), e => log.push(e)); 0", 0);
    answer_all(false, RIGHT_MODULE);
    run("if (log.join() !== 'SyntaxError,a' && log.join() !== 'a,SyntaxError') throw log; log", 0);
    check_that_no_load_is_left();
    expect_modules(4);
    run("import('later/a').then(n => log.push(n.name)); 0", 0);
    check_that_no_load_is_left();
    run_to("import { x } from 'later/b'; export { x }", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    expect_modules(5);
}

/* What one load could not link, another links again. */
static void play_loads_linked_again(void)
{
    run_to("import 'unlinked'; import 'later/c'", SNAP_RUN_MODULE, SNAP_STATUS_OK);
    for (int i = 0; i < 3; i++)
        run_to("import 'unlinked'", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_EXCEPTION);
    answer_all(false, RIGHT_MODULE);
    take_rejections();
    check_that_no_load_is_left();
    expect_modules(0);
}

/* A program that answers in the host's place. */
static void play_loads_by_a_program(void)
{
    static const char *const programs[] = {
        "Array.prototype.then = function (resolve) { delete Array.prototype.then; resolve({0: 'own', get 1() { throw new Error('own') }}) }",
        "Array.prototype.then = function (resolve) { delete Array.prototype.then; resolve({0: 'own', 1: 'cjs', get 2() { import('later/b').catch(e => 0); return {toString() { return 'exports.a = 1' }} }, 4: {length: 1, 0: {toString() { return 'a' }}}}) }",
        "Array.prototype.then = function (resolve) { delete Array.prototype.then; resolve({0: {}, 1: 'js'}) }",
        "Array.prototype.then = function (resolve) { delete Array.prototype.then; resolve({0: 'own', 1: 'bytes', 2: new DataView(new ArrayBuffer(8))}) }",
        "Array.prototype.then = function (resolve) { delete Array.prototype.then; resolve(['own' + 2, 'bytes', new Uint8Array(new SharedArrayBuffer(8))]) }",
        "Array.prototype.then = function (resolve) { delete Array.prototype.then; resolve(new Proxy([], {get() { throw 1 }})) }",
    };

    for (size_t i = 0; i < countof(programs); i++) {
        run("globalThis.log = []; import('later/a').then(n => log.push(Object.keys(n)), e => log.push(e)); 0", 0);
        run(programs[i], 0);
        answer_all(false, RIGHT_MODULE);
        run("log", 0);
        check_that_no_load_is_left();
    }
}

/* ---- what is loaded ---- */

static void play_loads_of_data(void)
{
    run_to("import data from 'data' with { type: 'json' }; import text from 'data.txt'; import bytes from 'data.bin'; import { url } from 'twice'; import two from 'twice' with { type: 'json' };"
           " if (url !== 'file:///t' || two[0] !== 2 || text !== 'a text' || bytes[1] !== 2 || data.a[1] !== null) throw [url, two, text, bytes, data];"
           " try { bytes[0] = 5 } catch { } if (bytes[0] !== 1) throw bytes;"
           " export default [import.meta.url, import.meta.resolve('leaf'), import.meta.resolve('./x/y')]",
           SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run_to("import two from 'twice' with { type: 'json' }; import { url } from 'twice'; if (url !== 'file:///t') throw url", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run("globalThis.log = []; import('data', { with: { type: 'json' } }).then(n => log.push(n.default)); import('data', { with: { type: 1 } }).catch(e => log.push(e)); import('bad.json').catch(e => log.push(e)); 0", 0);
    run_to("import.meta.resolve(Symbol())", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run_to("import.meta.resolve('hostile0')", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    take_rejections();
    run("log", 0);
}

static void play_loads_hostile(void)
{
    char source[200];

    for (size_t i = 0; i < countof(hostile); i++) {
        snprintf(source, sizeof source, "import('hostile%zu').then(n => [Object.keys(n)], e => e); 0", i);
        if (send_source(source, "scenario.js"))
            check_result(snap_eval(SNAP_RUN_JOBS, 0), false);
        snprintf(source, sizeof source, "import 'leaf'; import * as all from 'hostile%zu'", i);
        if (send_source(source, "scenario.js"))
            check_result(snap_eval(SNAP_RUN_MODULE | SNAP_RUN_JOBS, 0), false);
        take_rejections();
    }
    run("import('\\u0000a').catch(e => e); import('\\ud800').catch(e => e); import({toString() { throw 1 }}).catch(e => e); 0", 0);
    answer_all(false, RIGHT_MODULE);
}

/* ---- a host that re-enters while it answers ---- */

static const char *hooked_source;
static uint32_t hooked_flags;

static void run_hooked(void)
{
    snap_buffer *b = begin_message();

    put_string(b, "hooked");
    if (send_message())
        check_result(snap_module_importers(), false);
    check_result(snap_modules_waiting(0), false);
    if (hooked_source && send_source(hooked_source, "hook.js"))
        check_result(snap_eval(hooked_flags, 0), false);
    if (snap_pending_calls.count)
        answer_later(0, RIGHT_MODULE);
}

static void play_loads_hooked(void)
{
    static const struct { const char *source; uint32_t flags; } hooks[] = {
        { NULL, 0 }, { "import 'hooked'", SNAP_RUN_MODULE }, { "import { x } from 'hooked'; export { x }; await 0", SNAP_RUN_MODULE },
        { "import 'hooked/below'", SNAP_RUN_MODULE }, { "import 'unlinked'", SNAP_RUN_MODULE }, { "import 'later/a'", SNAP_RUN_MODULE }, { "import 'throws'", SNAP_RUN_MODULE },
        { "import('hooked')", 0 }, { "import 'hooked'; import 'unlinked'", SNAP_RUN_MODULE }, { "import 'missing'", SNAP_RUN_MODULE },
    };
    static const char *const entries[] = { "import { x } from 'hooked'; export { x }", "import 'later/b'; import 'hooked'", "import 'hooked'; import 'unlinked'" };

    for (size_t i = 0; i < countof(hooks) * countof(entries); i++) {
        hooked_source = hooks[i % countof(hooks)].source;
        hooked_flags = hooks[i % countof(hooks)].flags | SNAP_RUN_JOBS;
        keeps_loaded_unsaid = i & 1;
        import_hook = run_hooked;
        if (send_source(entries[i / countof(hooks)], "scenario.js"))
            check_result(snap_eval(SNAP_RUN_MODULE | SNAP_RUN_JOBS, 0), false);
        answer_all(false, RIGHT_MODULE);
        take_rejections();
        check_that_no_load_is_left();
    }
    import_hook = NULL;
    keeps_loaded_unsaid = false;
}

/* The host loads a module below another while it is asked for it, and then says that it comes later; and what comes is another. */

static void overtake(void)
{
    run_to("import 'hooked'", SNAP_RUN_MODULE, SNAP_STATUS_OK);
    pends_after_hook = true;
}

static void overtake_what_comes_next(void)
{
    import_hook = overtake;
}

static void answer_with_another(const char *name)
{
    put_module(begin_message(), find_module(name, NULL, 0));
    if (snap_pending_calls.count && send_message())
        step(snap_pending_settle(snap_pending_calls.records[0]->id, 0, SNAP_RUN_JOBS), SNAP_STATUS_OK);
}

static void play_loads_overtaken(void)
{
    import_hook = overtake_what_comes_next;
    run("globalThis.log = []; import('hooked').then(n => log.push(n.x), e => log.push(e)); 0", 0);
    answer_with_another("later/a");
    run("import('unlinked').catch(e => e); 0", 0);   /* a failure, at which what no load is at goes */
    answer_all(false, RIGHT_MODULE);
    run("if (log.join() !== '1') throw log; 0", 0);
    check_that_no_load_is_left();
    import_hook = NULL;
    pends_after_hook = false;
}

/* ---- stopped ---- */

static void play_loads_stopped(void)
{
    static const struct { const char *source; uint32_t flags; } sources[] = {
        { "import 'leaf'", SNAP_RUN_MODULE }, { "import 'missing'", SNAP_RUN_MODULE }, { "import 'hostile0'", SNAP_RUN_MODULE }, { "import 'later/a'", SNAP_RUN_MODULE },
        { "import('leaf').catch(e => e)", 0 }, { "import('chain').finally(() => 0)", 0 },
    };

    for (size_t i = 0; i < countof(sources); i++) {
        stops_in_calls = true;
        run_to(sources[i].source, sources[i].flags | SNAP_RUN_JOBS, SNAP_STATUS_INTERRUPTED);
        stops_in_calls = false;
        snap_control.interrupt = SNAP_INTERRUPT_NONE;
        check_result(snap_run_jobs(), false);
    }
    answer_all(false, RIGHT_MODULE);
    take_rejections();
    check_that_no_load_is_left();
    run_to("import 'leaf'; export let a = 1", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    step(snap_take_released(), SNAP_STATUS_OK);
}

/* ---- bytecode ---- */

static void play_loads_of_bytecode(void)
{
    static const char cyclic[] = "import data from 'data' with { type: 'json' }; import { b } from 'folder/b.js'; export * from 'folder/a.js'; export { x as y } from 'leaf';"
                                 " import * as self from 'compiled.js'; if (data.a[0] !== 1 || b[0] !== 'function') throw data; export default () => self";
    uint32_t size = compile_in(0, cyclic, SNAP_RUN_MODULE);

    expect_modules(0);
    run_bytecode_in(0, size, SNAP_STATUS_OK);
    run_bytecode_in(0, size, SNAP_STATUS_OK);
    run_bytecode_in(0, compile_in(0, "import 'later/a'; import 'later/data' with { type: 'json' }; export let a = 1", SNAP_RUN_MODULE), SNAP_STATUS_OK);
    answer_all(true, RIGHT_MODULE);
    check_that_no_load_is_left();
    run_bytecode_in(0, compile_in(0, "import { nothing } from 'leaf'", SNAP_RUN_MODULE), SNAP_STATUS_EXCEPTION);
    take_rejections();
}

/* ---- realms ---- */

/* Answers that come when the realm has been closed; then it goes. */
static void play_loads_of_a_closed_realm(void)
{
    static const later_answer answers[] = { RIGHT_MODULE, REJECTION, WRONG_ANSWER };

    for (size_t i = 0; i < countof(answers); i++) {
        uint32_t realm = new_realm_in_any_case();
        run_in(realm, "import('later/a').then(n => globalThis.n = n, e => e); 0", SNAP_RUN_JOBS, SNAP_STATUS_OK);
        run_in(realm, "import { name } from 'later/b'; import './later/c'; export { name }", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
        expect(snap_realm_close(realm), SNAP_STATUS_OK);
        snap_collect();
        answer_all(i == 1, answers[i]);
        check_that_no_load_is_left();
        take_rejections();
    }
    check_that_realms_are_gone();
}

static void play_loads_waiting(void)
{
    run("globalThis.gate = new Promise(resolve => { globalThis.open = resolve }); 0", 0);
    run_to("import { after } from 'waits'; export { after }", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    step(snap_modules_waiting(0), SNAP_STATUS_OK);
    if (!fault.fired && result()[0] != 0x92)
        die("two modules wait, and not %s", printable(result(), result_size()));
    step(snap_modules_waiting(9), SNAP_STATUS_INVALID);
    run("open(1); 0", 0);
    step(snap_modules_waiting(0), SNAP_STATUS_OK);
    if (!fault.fired && result()[0] != 0x90)
        die("no module waits, and not %s", printable(result(), result_size()));
}
