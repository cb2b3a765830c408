/* What the driver plays: one concern of the engine each, short, because each is played once for each of its allocations. */
typedef struct scenario {
    const char *name;
    void (*play)(void);
    bool makes_its_own;   /* VM */
} scenario;

static void play_initialize(void)
{
    initialize();
}

/* ---- values ---- */

static void play_values_out(void)
{
    run("({i: 1, f: 0.5, z: -0, n: null, u: undefined, s: 'é\\0', l: 'a\\ud800b', b: true, [1]: [,2], big: 2n ** 70n, short: -5n})", 0);
    run("[new Date(0), /a+/gi, Symbol.for('k'), new Uint8Array(3), new Float64Array([1, 2]), new ArrayBuffer(4)]", 0);
    run("[new Map([[1, {a: 1}], ['b', [2]]]), new Set([1, 'x', {}]), [1, 2, 3].keys(), new (class A { x = 1 }), Symbol('local')]", 0);
    run("let a = {}; a.self = a; [a, a, () => 1, Promise.resolve(1), globalThis, new Proxy({}, {}), function () { return arguments }(1, 2)]", 0);
    run("({get g() { return [1] }, m: {get deep() { return 'x'.repeat(20) + 'y' }}})", 0);
    run("let many = []; for (let i = 0; i < 40; i++) many.push({i, f() {}}); many", 0);
    run("'x'.repeat(9000) + '\\ud83d' + 'y'.repeat(10)", 0);
}

static snap_buffer *put_everything(snap_buffer *b)
{
    static const double date = 1e12, items[2] = { 1.5, -2 };
    uint8_t typed[1 + sizeof items] = { SNAP_TYPED_FLOAT64 };
    size_t begun;

    memcpy(typed + 1, items, sizeof items);
    snap_put_array(b, 14);
    snap_put_map(b, 3);
    put_string(b, "text"), put_string(b, "caf\xc3\xa9");
    snap_put_int(b, -7), snap_put_float(b, 0.5);
    put_string(b, "again"), put_number_ext(b, SNAP_EXT_REFERENCE, 1, 4);
    put_number_ext(b, SNAP_EXT_UNDEFINED, 0, 1);
    put_ext(b, SNAP_EXT_STRING, "a\xed\xa0\x80" "b", 5);
    put_ext(b, SNAP_EXT_BIGINT, "0123456789abcdef", 16);
    put_ext(b, SNAP_EXT_BIGINT, "\x80", 1);
    put_ext(b, SNAP_EXT_SYMBOL, "some key", 8);
    put_ext(b, SNAP_EXT_DATE, &date, sizeof date);
    begun = snap_begin_ext(b, SNAP_EXT_REGEXP);
    snap_put_array(b, 2), put_string(b, "(a|b)+?"), put_string(b, "gu");
    snap_end_ext(b, begun);
    put_ext(b, SNAP_EXT_TYPED, typed, sizeof typed);
    begun = snap_begin_ext(b, SNAP_EXT_MAP);
    snap_put_array(b, 4), put_string(b, "k"), snap_put_array(b, 0), snap_put_float(b, 1), put_string(b, "v");
    snap_end_ext(b, begun);
    begun = snap_begin_ext(b, SNAP_EXT_SET);
    snap_put_array(b, 2), snap_put_uint(b, UINT64_MAX), put_string(b, "member");
    snap_end_ext(b, begun);
    put_error(b, 7, "ValueError", "from the host", "its cause");
    snap_put_bin_header(b, 4), snap_put(b, "\1\2\3\4", 4);
    snap_put_array(b, 2), snap_put_nil(b), snap_put_bool(b, true);
    return b;
}

static void play_values_in(void)
{
    snap_handle echo = run_for_handle("(function (...all) { globalThis.kept = all; return all })", 0);
    snap_buffer *b = begin_message();

    snap_put_array(b, 2);
    put_everything(b);
    put_number_ext(b, SNAP_EXT_HANDLE, echo, 8);
    /* the numbers of the containers: the arguments 0, the array 1, the map 2, which holds REFERENCE 1 */
    call(echo, 0, SNAP_STATUS_OK);
    b = begin_message();
    snap_put_array(b, 20);
    for (int i = 0; i < 20; i++)
        put_string(b, i % 2 ? "one" : "other");
    call(echo, 0, SNAP_STATUS_OK);
    release(echo);
}

static void play_malformed(void)
{
    static const struct { const char *bytes; size_t size; } broken[] = {
        { "", 0 }, { "\xc1", 1 }, { "\xdd\xff\xff\xff\xff", 5 }, { "\x91\xc6\xff\xff\xff\xff", 6 }, { "\x91\xd9", 2 },
        { "\x91\xc7\x00\x02", 4 }, { "\x91\xd6\x0e\x05\x00\x00\x00", 7 }, { "\x91\xd7\x0c\x63\x00\x00\x00\x00\x00\x00\x00", 11 },
        { "\x91\x81\xc0\xc0", 4 }, { "\x91\xc7\x03\x05\x92\xa1(", 7 }, { "\x91\xc7\x05\x05\x92\xa1(\xa1x", 9 }, { "\x92\x01", 2 },
    };
    snap_handle function = run_for_handle("(() => 1)", 0);

    for (size_t i = 0; i < countof(broken); i++) {
        if (!function || !send_bytes(broken[i].bytes, broken[i].size))
            break;
        check_result(snap_call(function, 0, 0), false);
        if (!send_bytes(broken[i].bytes, broken[i].size))
            break;
        check_result(snap_eval(0, 0), false);
    }
    release(function);
}

/* ---- exceptions ---- */

static void play_errors(void)
{
    run_to("throw Object.assign(new RangeError('deep', {cause: new Error('root')}), {code: 'E1', more: {a: [1]}, f() {}})", 0, SNAP_STATUS_EXCEPTION);
    run_to("throw new AggregateError([new Error('1'), {b: 2}], 'several')", 0, SNAP_STATUS_EXCEPTION);
    run_to("throw {message: 'plain', get x() { throw 1 }}", 0, SNAP_STATUS_EXCEPTION);
    run_to("throw Symbol('s')", 0, SNAP_STATUS_EXCEPTION);
    run_to("throw 'a' + 'b'.repeat(3)", 0, SNAP_STATUS_EXCEPTION);
    run_to("throw new DOMException('gone', 'AbortError')", 0, SNAP_STATUS_EXCEPTION);
    run_to("class Own extends Error { name = 'Own' }; throw new Own('x' + 1)", 0, SNAP_STATUS_EXCEPTION);
    run_to("let = ;", 0, SNAP_STATUS_EXCEPTION);
    run_to("null.x", 0, SNAP_STATUS_EXCEPTION);
}

static void play_conversions(void)
{
    run_to("let sparse = []; sparse.length = 2e9; ({list: [{'a key': new Map([[1, sparse]])}]})", 0, SNAP_STATUS_CONVERSION);
    run_to("let deep = []; for (let i = 0; i < 600; i++) deep = [deep]; deep", 0, SNAP_STATUS_CONVERSION);
    run_to("({get x() { throw new Error('in a getter') }})", 0, SNAP_STATUS_EXCEPTION);
    run_to("[() => 1, [Promise.resolve()], sparse]", 0, SNAP_STATUS_CONVERSION);
    run_to("throw Object.assign(new Error('e'), {sparse, f() {}})", 0, SNAP_STATUS_EXCEPTION);
}

static void play_overflows(void)
{
    run_to("function f() { f() }; f()", 0, SNAP_STATUS_EXCEPTION);
    run_to("JSON.parse('['.repeat(100000))", 0, SNAP_STATUS_EXCEPTION);
    run_to("eval('('.repeat(100000))", 0, SNAP_STATUS_EXCEPTION);
    run("let n = 0; function g() { n++; try { g() } catch (e) { return e.name } }; g()", 0);
    run("let chain = {}; for (let i = 0; i < 50000; i++) chain = {chain}; chain = null", 0);
}

/* ---- the host's functions ---- */

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
    step(snap_set_host_mode(index, SNAP_HOST_UNBOUND), SNAP_STATUS_OK);
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

/* ---- pending calls ---- */

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

static void play_pending(void)
{
    expose_global("ask", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    run("globalThis.log = []; for (let i = 0; i < 3; i++) ask(i, () => i, new Map([[i, [() => 1]]]), new Error('e', {cause: {f() {}}})).then(x => log.push(x), e => log.push(e.message))", 0);
    step(snap_pending_list(0, 0), SNAP_STATUS_OK);
    snap_release_all();
    settle(1, false);
    settle(2, true);
    step(snap_pending_list(2, 0), SNAP_STATUS_OK);
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

/* ---- the event loop ---- */

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

static void play_rejections(void)
{
    run("Promise.reject(new Error('nobody')); Promise.reject({a: 1, f() {}}); globalThis.late = Promise.reject(1); for (let i = 0; i < 8; i++) Promise.reject(i)", 0);
    step(snap_take_rejections(), SNAP_STATUS_OK);
    run("late.catch(() => 0); Promise.reject(2).catch(() => 0); new Promise(() => { throw new Error('in an executor') })", 0);
    step(snap_take_rejections(), SNAP_STATUS_OK);
    step(snap_take_rejections(), SNAP_STATUS_OK);
}

static void play_asynchrony(void)
{
    snap_handle promise = run_for_handle("await null; let x = await (async () => [1, {y: 2}])(); x", SNAP_RUN_ASYNC);
    uint32_t state = (uint32_t)snap_promise_state(promise);

    if (promise) {
        step(snap_promise_observe(promise), SNAP_STATUS_OK);
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

/* ---- modules and bytecode ---- */

static void play_modules(void)
{
    static const struct { const char *source; uint32_t status; } programs[] = {
        { "import A, { x } from 'leaf'; export const url = [x, new A().m(), import.meta.url]", SNAP_STATUS_OK },
        { "import { a, x } from './folder/a.js'; export default [a(), x]", SNAP_STATUS_OK },
        { "import 'broken'", SNAP_STATUS_EXCEPTION }, { "import 'missing'", SNAP_STATUS_EXCEPTION },
        { "import 'error'", SNAP_STATUS_EXCEPTION }, { "import 'garbage'", SNAP_STATUS_EXCEPTION },
        { "import { nothing } from 'leaf'", SNAP_STATUS_EXCEPTION },
    };
    for (size_t i = 0; i < countof(programs); i++)
        run_to(programs[i].source, SNAP_RUN_MODULE | SNAP_RUN_JOBS, programs[i].status);
}

static void play_dynamic_imports(void)
{
    run("globalThis.log = []; for (let m of ['leaf', 'throws', 'broken', 'missing', 'error']) import(m).then(n => log.push(n), e => log.push(e))", 0);
    run("log.map(x => x instanceof Error ? x.message : Object.keys(x))", 0);
    run_to("await import('throws')", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    step(snap_take_rejections(), SNAP_STATUS_OK);
}

static void run_compiled(const char *source, uint32_t flags)
{
    static uint8_t bytecode[1 << 16];
    uint32_t size;

    if (!send_source(source, "compiled.js"))
        return;
    if (step(snap_eval(flags | SNAP_RUN_COMPILE_ONLY, 0), SNAP_STATUS_OK) != SNAP_STATUS_OK)
        return;
    size = result_size();
    memcpy(bytecode, result(), size < sizeof bytecode ? size : 0);
    if (send_bytes(bytecode, size))
        step(snap_eval_bytecode(SNAP_RUN_JOBS, 0), SNAP_STATUS_OK);
}

static void play_bytecode(void)
{
    run_compiled("(function (a, b) { class C { #x = a } return [a + b, `t${a}`, /r/g, 10n, new C()] })(1, 2)", 0);
    run_compiled("import A from 'leaf'; export const z = [import.meta.url, new A()]", SNAP_RUN_MODULE);
    if (send_bytes("\xc4\x02\x01\x02", 4))
        step(snap_eval_bytecode(0, 0), SNAP_STATUS_EXCEPTION);
    if (send_bytes("\x01", 1))
        step(snap_eval_bytecode(0, 0), SNAP_STATUS_MALFORMED);
}

/* ---- properties and handles ---- */

static bool send_key(const char *key, bool has_value)
{
    snap_buffer *b = begin_message();
    snap_put_array(b, has_value ? 2 : 1);
    put_string(b, key);
    if (has_value)
        snap_put_array(b, 2), put_string(b, "v"), snap_put_map(b, 0);
    return send_message();
}

static void play_properties(void)
{
    snap_handle object = run_for_handle("({a: 1, 'x y': {b: [1]}, 5: 'five', get g() { return new Map() }, [Symbol.iterator]: 0})", 0);
    snap_handle proxy = run_for_handle("new Proxy({t: 1}, {get: (t, k) => k + '!', has: () => true, set: () => true, deleteProperty: () => true, ownKeys: () => ['t', 'u']})", 0);
    snap_handle both[] = { object, proxy };

    for (int i = 0; i < 2; i++) {
        if (!both[i])
            continue;
        if (send_key("x y", false))
            step(snap_get(both[i], SNAP_RUN_AS_HANDLE), SNAP_STATUS_OK);
        if (send_key("g", false))
            step(snap_get(both[i], 0), SNAP_STATUS_OK);
        if (send_key("new", true))
            step(snap_set(both[i], 0), SNAP_STATUS_OK);
        if (send_key("a", false))
            step(snap_delete(both[i]), SNAP_STATUS_OK);
        step(snap_keys(both[i], SNAP_KEYS_ENUMERABLE), SNAP_STATUS_OK);
        step(snap_describe_handle(both[i]), SNAP_STATUS_OK);
        check_result(snap_read(both[i]), false);
    }
    if (send_key("none", false))
        step(snap_get(0, 0), SNAP_STATUS_ABSENT);
    release(object);
    release(proxy);
    if (object)
        step(snap_read(object), SNAP_STATUS_INVALID);
}

/* The host lets go of an object while the object's own code runs. */
static void play_release_in_use(void)
{
    static const char *const sources[] = {
        "({name: 'x'.repeat(50), get p() { drop(); return this.name }})",
        "({name: 'x'.repeat(50), set p(v) { drop(); this.name }, get q() { return 1 }})",
        "new Proxy({p: 1}, {has() { drop(); return true }, get() { drop(); return 1 }, deleteProperty() { drop(); return true }})",
        "(function () { drop(); return arguments.callee.name })",
        "new Proxy({p: 1}, {ownKeys() { drop(); return ['p'] }, getOwnPropertyDescriptor() { drop(); return {value: 1, enumerable: true, configurable: true} }})",
    };

    expose_global("drop", ANSWER_RELEASE, SNAP_HOST_SYNC);
    for (size_t i = 0; i < countof(sources); i++) {
        for (int method = 0; method < 5; method++) {
            snap_handle object = to_release = run_for_handle(sources[i], 0);
            if (!object || !send_key("p", method == 1))
                continue;
            check_result(method == 0 ? snap_get(object, 0) : method == 1 ? snap_set(object, 0) : method == 2 ? snap_delete(object) :
                         method == 3 ? snap_keys(object, 0) : snap_call(object, object, SNAP_RUN_JOBS), false);
            release(to_release);
            to_release = 0;
        }
    }
}

static void play_handles(void)
{
    snap_handle handles[70], object = run_for_handle("({})", 0);
    uint32_t count = 0;

    for (int i = 0; i < 70; i++) {
        snap_handle made = run_for_handle("[() => 1, {}][0]", 0);
        if (made)
            handles[count++] = made;
    }
    if (object) {
        step(snap_duplicate(object), SNAP_STATUS_OK);
        release(object);
        step(snap_read(object), SNAP_STATUS_OK);
    }
    release(object);
    release_handles(handles, count);
    step(snap_duplicate(object), SNAP_STATUS_INVALID);
    if (snap_control.handles)
        die("%u handles are left", snap_control.handles);
}

/* ---- console ---- */

static void play_console(void)
{
    run("console.log('%s %d %i %f %j %o %O %c%%', 'a', 1.5, '2', 3n, {a: [1]}, {b: {c: {d: {}}}}, [1, , 3], 'css', 'rest')", 0);
    run("console.log([new Map([[{a: 1}, 'b']]), new Set('xy'), new Date(0), /r/g, Symbol('s'), 10n, -0, null, undefined, 'quo\\'te'])", 0);
    run("console.error(new Error('x', {cause: new TypeError('y')}), [new AggregateError([new Error('z')])], Object.assign(new Error('p'), {code: 1}))", 0);
    run("let c = {}; c.c = c; console.log(c, class A extends Array {}, function f() {}, async () => 1, new (class B { get x() { return 1 } set x(v) {} }))", 0);
    run("console.log(new Uint8Array(200), new ArrayBuffer(8), Promise.resolve({}), new Proxy({a: 1}, {}), new WeakMap(), (function* () {})(), new DataView(new ArrayBuffer(2)))", 0);
}

static void play_console_methods(void)
{
    run("console.table([{a: 1, b: 'x'}, {a: 2, c: {}}]); console.table(new Map([['k', [1]]])); console.table([[1, 2], [3]], ['0']); console.table(5)", 0);
    run("console.group('g', 1); console.info('in\\nside'); console.groupCollapsed(); console.debug([1]); console.groupEnd(); console.groupEnd()", 0);
    run("console.count(); console.count('a'); console.count('a'); console.countReset('a'); console.countReset('b'); console.count({})", 0);
    run("console.time('t'); console.time('t'); console.timeLog('t', {a: 1}); console.timeEnd('t'); console.timeEnd('t')", 0);
    run("function outer() { console.trace('here', 1) } outer(); console.assert(false, 'no %s', 'way'); console.assert(0); console.dir({a: {b: {c: {d: 1}}}}, {depth: 0})", 0);
    run("console.dirxml([1], 2); console.warn('w'.repeat(300).split('')); console.log(Array.from({length: 120}, (_, i) => i)); console.log('x'.repeat(20000))", 0);
}

/* ---- the rest ---- */

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
    snap_start_clock();
    snap_seed(7);
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

static void play_interrupts(void)
{
    snap_control.interrupt = SNAP_INTERRUPT_ASK;
    run_to("for (;;);", 0, SNAP_STATUS_INTERRUPTED);
    run_to("(async () => { for (;;) await null })()", SNAP_RUN_JOBS, SNAP_STATUS_INTERRUPTED);
    run_to("try { for (;;); } catch { 1 } finally { for (;;); }", 0, SNAP_STATUS_INTERRUPTED);
    run_to("/(a*)*b/.test('a'.repeat(40))", 0, SNAP_STATUS_INTERRUPTED);
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
}

static const scenario scenarios[] = {
    { "initialize", play_initialize, .makes_its_own = true },
    { "values_out", play_values_out },
    { "values_in", play_values_in },
    { "malformed", play_malformed },
    { "errors", play_errors },
    { "conversions", play_conversions },
    { "overflows", play_overflows },
    { "host_calls", play_host_calls },
    { "host_refusals", play_host_refusals },
    { "nesting", play_nesting },
    { "temporary_functions", play_temporary_functions },
    { "pending", play_pending },
    { "pending_by_the_host", play_pending_by_the_host },
    { "timers", play_timers },
    { "interval_without_room", play_interval_without_room },
    { "rejections", play_rejections },
    { "asynchrony", play_asynchrony },
    { "modules", play_modules },
    { "dynamic_imports", play_dynamic_imports },
    { "bytecode", play_bytecode },
    { "properties", play_properties },
    { "release_in_use", play_release_in_use },
    { "handles", play_handles },
    { "console", play_console },
    { "console_methods", play_console_methods },
    { "large_messages", play_large_messages },
    { "weak_references", play_weak_references },
    { "reports", play_reports },
    { "memory_limit", play_memory_limit },
    { "interrupts", play_interrupts },
};
