/* What values are and have, looked at without running the program. */

/* ---- looking ---- */

static void look_at(snap_handle handle)
{
    step(snap_describe_handle(handle), SNAP_STATUS_OK);
    step(snap_fact(handle, SNAP_FACT_LENGTH), SNAP_STATUS_OK);
    step(snap_fact(handle, SNAP_FACT_CONSTRUCTOR_NAME), SNAP_STATUS_OK);
    for (uint32_t which = 0; which <= (SNAP_KEYS_ENUMERABLE | SNAP_KEYS_SYMBOLS); which++)
        step(snap_keys(handle, which), SNAP_STATUS_OK);
    step(snap_prototype(handle), SNAP_STATUS_OK);
    check_result(snap_proxy_part(handle, SNAP_PROXY_TARGET), false);
    check_result(snap_proxy_part(handle, SNAP_PROXY_HANDLER), false);
    (void)snap_promise_state(handle);
}

/* Of the key that was sent twice: its flags and its descriptor say the same. */
static void look_at_property(snap_handle handle, bool (*send)(const void *key), const void *key)
{
    uint32_t flags, descriptor;

    if (!send(key))
        return;
    flags = check_result(snap_property_flags(handle), false);
    if (!send(key))
        return;
    descriptor = check_result(snap_descriptor(handle), false);
    if (flags != descriptor && !fault.fired)
        die("the flags of a property are %u, and its descriptor is %u", flags, descriptor);
}

static bool send_text_key(const void *key)
{
    return send_key(key, false);
}

static bool send_index_key(const void *key)
{
    return send_index(*(const uint32_t *)key);
}

static bool send_handle_key(const void *key)
{
    return send_handle_as_key(*(const snap_handle *)key, false);
}

static snap_handle symbol_key;

static void look_at_properties(snap_handle handle)
{
    static const char *const names[] = { "length", "name", "constructor", "x", "0", "7", "-0", "prototype", "__proto__", "lastIndex", "callee", "stack",
                                         "later", "caf\xc3\xa9" };
    static const uint32_t indices[] = { 0, 1, UINT32_MAX };

    for (size_t i = 0; i < countof(names); i++)
        look_at_property(handle, send_text_key, names[i]);
    for (size_t i = 0; i < countof(indices); i++)
        look_at_property(handle, send_index_key, &indices[i]);
    if (symbol_key)
        look_at_property(handle, send_handle_key, &symbol_key);
}

static void look_at_all_of_it(snap_handle handle)
{
    look_at(handle);
    look_at_properties(handle);
}

static void look_at_members(const char *array_source)
{
    symbol_key = run_for_handle("Symbol.iterator", 0);
    for_each_member(array_source, look_at_all_of_it);
    release(symbol_key);
    symbol_key = 0;
}

/* ---- kinds of values ---- */

static void play_reflect_primitives(void)
{
    look_at_members("[1, 0.5, -0, NaN, true, null, undefined, 'text', '', '\\ud800x', 'ab'.repeat(3000) + 'c'.repeat(3000), 10n, 2n ** 80n,"
                    " Symbol('own'), Symbol.for('shared')]");
}

static void play_reflect_objects(void)
{
    look_at_members("[{x: 1, [Symbol.iterator]: 2, get length() { throw 1 }}, [1, , 3], Object.freeze([1]), Object.create(null), new String('ab'),"
                    " Object(1n), Object(Symbol()), new Error('e'), new (class Odd extends Array {})(3), (function () { return arguments })(1, 2),"
                    " (function (a) { 'use strict'; return arguments })(1), Object.assign([], {length: 9, x: 1, 'caf\\xe9': 2}), Object(true), /x/g, new Date(0)]");
}

static void play_reflect_functions(void)
{
    look_at_members("[function f(a, b) {}, (a) => 1, async () => 1, function* g() {}, async function* h() {}, class A { static #p; static get length() { throw 1 } },"
                    " Math.max, Math, JSON, Reflect, (function () {}).bind(1), Object.getOwnPropertyDescriptor(Map.prototype, 'size').get, console.log, Symbol]");
}

static void play_reflect_containers(void)
{
    look_at_members("[new Map([[1, 2]]), new Set([1]), new WeakMap(), new WeakSet(), new WeakRef({}), Promise.resolve(1), [1].keys(), new Map().entries(),"
                    " (function* () { yield 1 })(), new ArrayBuffer(3), new SharedArrayBuffer(3), new Uint8Array([1, 2]), new Float64Array(2), new DataView(new ArrayBuffer(2)),"
                    " new FinalizationRegistry(() => 0)]");
}

/* What has lost its memory, or has been made smaller under its views. */
static void play_reflect_detached(void)
{
    look_at_members("(() => { let b = new ArrayBuffer(8), r = new ArrayBuffer(8, {maxByteLength: 16});"
                    " let views = [b, new Uint8Array(b), new DataView(b), r, new Uint8Array(r), new Uint8Array(r, 4), new Uint8Array(r, 4, 4), new DataView(r, 4)];"
                    " b.transfer(); r.resize(2); return views })()");
}

static void play_reflect_proxies(void)
{
    look_at_members("(() => { let trap = () => { throw new Error('a trap has run') }, handler = new Proxy({}, {get: trap}), gone = Proxy.revocable(() => 1, {}), list = Proxy.revocable([], {});"
                    " gone.revoke(); list.revoke();"
                    " return [new Proxy({x: 1}, handler), new Proxy([1], handler), new Proxy(function () {}, handler), gone.proxy, list.proxy,"
                    " Object.create(new Proxy({}, handler)), Object.setPrototypeOf([1], new Proxy([], handler)), Object.setPrototypeOf(() => 1, gone.proxy), new Proxy(gone.proxy, {})] })()");
}

/* The bindings of a module that has begun to run. */
static void play_reflect_namespaces(void)
{
    snap_handle namespace;

    expose_global("hook", ANSWER_HOOK, SNAP_HOST_SYNC | SNAP_HOST_TAKES_HANDLES);
    call_hook = look_at_all_of_it;
    run_to("import * as all from 'early'; export default all", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    take_rejections();
    run_to("import * as all from 'early'; globalThis.all = all", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    namespace = run_for_handle("all", 0);
    if (namespace)
        look_at_all_of_it(namespace);
    release(namespace);
}

static void play_reflect_global(void)
{
    symbol_key = run_for_handle("globalThis.x = 1; let later = 2; Object.defineProperty(globalThis, Symbol.toStringTag, {get() { throw 1 }}); Symbol.toStringTag", 0);
    look_at_all_of_it(SNAP_FIXED_GLOBAL);
    step(snap_keys(0, SNAP_KEYS_SYMBOLS), SNAP_STATUS_OK);
    step(snap_prototype(0), SNAP_STATUS_OK);
    if (send_key("x", false))
        step(snap_property_flags(0), SNAP_STATUS_OK);
    if (send_key("x", false))
        step(snap_descriptor(0), SNAP_STATUS_OK);
    release(symbol_key);
    symbol_key = 0;
}

/* ---- keys that are none ---- */

static void play_reflect_refused(void)
{
    snap_handle object = run_for_handle("({'[object Object]': 1, toString() { throw 1 }})", 0);

    if (!object)
        return;
    if (send_handle_as_key(object, false))
        step(snap_property_flags(object), SNAP_STATUS_INVALID);
    if (send_handle_as_key(object, false))
        step(snap_descriptor(object), SNAP_STATUS_INVALID);
    if (send_bytes("\x90", 1))
        step(snap_property_flags(object), SNAP_STATUS_MALFORMED);
    if (send_bytes("\x92\x01\x02", 3))
        step(snap_descriptor(object), SNAP_STATUS_MALFORMED);
    if (send_bytes("\xa1x", 2))
        step(snap_descriptor(object), SNAP_STATUS_MALFORMED);
    release(object);
    if (send_key("x", false))
        step(snap_property_flags(object), SNAP_STATUS_INVALID);
    if (send_key("x", false))
        step(snap_descriptor(object), SNAP_STATUS_INVALID);
    step(snap_proxy_part(object, SNAP_PROXY_TARGET), SNAP_STATUS_INVALID);
    step(snap_fact(object, SNAP_FACT_LENGTH), SNAP_STATUS_INVALID);
}

static void play_digest(void)
{
    bool paused = fault.paused;

    fault.paused = true;   /* making all this without memory is not the subject */
    run("globalThis.a = {text: 'x'.repeat(9000), list: [1, 2n ** 70n, -0.5, 'é'], map: new Map([[{}, new Set([1])]]), at: new Date(0), re: /a(b)/g};"
        " a.self = a; a.bytes = new Uint8Array(5); a.view = new DataView(a.bytes.buffer); a.bound = Math.max.bind(null, 1); a.it = [1].values();"
        " a.get = (n => () => ++n)(0); a.gen = (function* () { let n = 1; yield n })(); a.gen.next(); a.p = Promise.resolve(1); a.w = new WeakRef(a);"
        " a.proxy = new Proxy({}, {}); a.boxed = Object('s'); a.args = (function () { return arguments })(1); a[Symbol('s')] = 1; let lexical = a;"
        " a.agen = (async function* () { let n = 1; yield n; yield 2 })(); a.agen.next(); a.entries = a.map.entries(); a.chars = 'ab'[Symbol.iterator]();"
        " a.matches = 'ab'.matchAll(/./g); a.take = [1].values().take(2); a.mapped = (function (x) { return arguments })(1);"
        " a.ended = (async function* () {})(); a.ended.return(1); a.revoked = Proxy.revocable({}, {}); a.revoked.revoke();"
        " (async () => { await new Promise(resolve => a.resolve = resolve) })(); 0", 0);
    fault.paused = paused;
    for (int i = 0; i < 2; i++)
        step(snap_digest_globals(), SNAP_STATUS_OK);
}
