/* What the bytes of a coverage-guided fuzzer are to the engine: messages of the value codec in both directions, or source text. An input
 * is played in a VM of its own, or with others of its kind in one that `begin` has prepared and `end` clears. */

typedef struct input_kind {
    const char *name;
    void (*begin)(void);
    void (*play)(const uint8_t *bytes, size_t size);
    void (*end)(void);   /* or NULL */
    uint32_t inputs_a_vm;
} input_kind;

/* The host has no patience: code is stopped when it first looks. */
static uint32_t check_hurried(uint32_t status)
{
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
    return check_result(status, false);
}

#define HURRIED(export) (snap_control.interrupt = SNAP_INTERRUPT_ASK, check_hurried(export))

static void run_hurried(const char *source, uint32_t flags)
{
    if (send_source(source, "input.js"))
        HURRIED(snap_eval(flags | SNAP_RUN_JOBS, 0));
}

static void lose_rejections(void)
{
    bins_are_errors = true;
    HURRIED(snap_take_rejections());
    bins_are_errors = false;
}

/* ---- messages ---- */

/* Decoding makes tame values only. So what is decoded are recipes: a Map from numbers to values names what is made of these. */
static const char shaper[] =
    "(function () {\n"
    "  class Own { #p = 1; x = 2 }\n"
    "  class List extends Array { }\n"
    "  class Failure extends TypeError { code = 1 }\n"
    "  const typed = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float16Array, Float32Array,\n"
    "    Float64Array, BigInt64Array, BigUint64Array]\n"
    "  const text = v => { try { return String(v) } catch { return 'none' } }\n"
    "  const count = v => text(v).length & 31\n"
    "  const kinds = [\n"
    "    v => ({ get a() { return v }, b: v }),\n"
    "    v => { const o = { get a() { delete o.b; o.d = v; return v }, b: v, c: v }; return o },\n"
    "    v => { const o = { get a() { for (let i = 0; i < 40; i++) o['k' + i] = v; return o }, b: 1 }; return o },\n"
    "    v => { const l = [v, , 3]; Object.defineProperty(l, 1, { get() { l.length = 0; return v }, configurable: true }); return l },\n"
    "    v => { const m = new Map([[{ get k() { m.clear(); m.set(v, m); return v } }, v], [1, 2]]); return m },\n"
    "    v => { const s = new Set([{ get k() { s.clear(); s.add(v).add(s); return v } }, v]); return s },\n"
    "    v => ({ get a() { throw v } }),\n"
    "    v => ({ set a(x) { }, get g() { return kinds[0](v) } }),\n"
    "    v => new Proxy(Object(v), { get() { throw v }, ownKeys() { throw v } }),\n"
    "    v => Object.assign(Object.create(null), { v }),\n"
    "    v => Object.assign(new Own(), { v }),\n"
    "    v => List.from([v, v]),\n"
    "    v => new Error(text(v), { cause: v }),\n"
    "    v => new AggregateError([v, v], 'all', { cause: v }),\n"
    "    v => Object.assign(new Failure('own'), { v, message: v, stack: v, name: v }),\n"
    "    v => { const e = new Error('e'); e.cause = e; e.errors = [e, v]; e.more = v; return e },\n"
    "    v => Object.defineProperty(new Error('e'), 'name', { get() { return v } }),\n"
    "    v => Object.setPrototypeOf(new RangeError('e'), null),\n"
    "    v => new DOMException(text(v), 'AbortError'),\n"
    "    v => { const o = { v }; o.o = o; return [o, o] },\n"
    "    v => { const l = []; l[count(v) * 40] = v; return l },\n"
    "    v => { const l = []; l.length = 2 ** count(v); return l },\n"
    "    v => Object.assign([v], { extra: v }),\n"
    "    v => Symbol(text(v)),\n"
    "    v => Symbol.for(text(v)),\n"
    "    v => Object.assign(function () { }.bind(v), { v }),\n"
    "    v => Promise.resolve(v),\n"
    "    v => { const p = Promise.reject(v); p.catch(() => 0); return p },\n"
    "    v => Object(v),\n"
    "    v => new DataView(new ArrayBuffer(8), 2, 3),\n"
    "    v => { const b = new ArrayBuffer(8); const a = new Uint8Array(b, 1); b.transfer(); return [a, b, new Date(NaN)] },\n"
    "    v => { const b = new ArrayBuffer(8, { maxByteLength: 32 }); const a = new Int16Array(b, 2), c = new Int16Array(b, 4, 2); b.resize(count(v)); return [a, b, c] },\n"
    "    v => { const a = new typed[count(v) % typed.length](count(v)); return [a, a.subarray(1), a.buffer] },\n"
    "    v => new Uint8Array(count(v) * 1000),\n"
    "    v => (function* () { yield v })(),\n"
    "    v => (function () { return arguments })(v, v),\n"
    "    v => new Date(v),\n"
    "    v => new RegExp(text(v), 'gimsuyd'.slice(0, count(v) & 7)),\n"
    "    v => Object.freeze([v, Object.freeze({ v })]),\n"
    "    v => new WeakRef(Object(v)),\n"
    "    v => { for (let i = 0; i < count(v) * 20; i++) v = i % 3 ? [v] : { v }; return v },\n"
    "    v => globalThis,\n"
    "    v => text(v).repeat(count(v) * 20),\n"
    "    v => text(v) + text(v) + '\\ud800',\n"
    "    v => 'a\\udc00b\\u{10ffff}\\0' + text(v),\n"
    "    v => Object.defineProperty({ 2: v, 1: v }, 'hidden', { value: v }),\n"
    "    v => Object.setPrototypeOf([v], null),\n"
    "    v => [v].values(),\n"
    "    v => (2n ** BigInt(count(v) * 40)) * -1n,\n"
    "    v => [-0, NaN, 1 / 0, 2 ** 53, -(2 ** 31), 0.1, 1e300, -32, -33, 128, 65536],\n"
    "    v => Array(count(v) * 9).fill(() => v),\n"
    "    v => new Map([[v, v], [NaN, -0]]),\n"
    "    v => ({ ['__proto__']: v, [text(v)]: v, [Symbol.iterator]: v, ['a\\ud800']: v }),\n"
    "    v => [].concat(v, [v], host(v)),\n"
    "    v => host,\n"
    "    v => later(v),\n"
    "    v => { console.log(v, [v]); console.log('%s %d %i %f %j %o %O %c %%', v, v, v, v, v, v, v, v, v); return v },\n"
    "    v => { console.table(v); console.table([v, [v], { v }], ['v', 'b']); console.dir(v); return v },\n"
    "    v => { console.group(v); console.error(v); console.groupEnd(); console.count(v); console.assert(false, v); console.trace(v); return v },\n"
    "    v => { throw v },\n"
    "  ]\n"
    "  function shape(v, seen) {\n"
    "    if (typeof v != 'object' || v === null || seen.has(v)) return v\n"
    "    seen.add(v)\n"
    "    if (v instanceof Map) {\n"
    "      for (const [k, x] of [...v]) {\n"
    "        const made = shape(x, seen)\n"
    "        v.set(k, typeof k == 'number' ? kinds[Math.abs(k % kinds.length) | 0](made) : made)\n"
    "      }\n"
    "      return v.size == 1 ? [...v.values()][0] : v\n"
    "    }\n"
    "    if (v instanceof Set) return new Set([...v].map(x => shape(x, seen)))\n"
    "    if (Array.isArray(v)) return v.forEach((x, i) => { v[i] = shape(x, seen) }), v\n"
    "    if (Object.getPrototypeOf(v) === Object.prototype) for (const k of Object.keys(v)) Object.defineProperty(v, k, { value: shape(v[k], seen) })\n"
    "    return v\n"
    "  }\n"
    "  return function (...all) {\n"
    "    const made = shape(all, new Set())\n"
    "    return made.length == 1 ? made[0] : made\n"
    "  }\n"
    "})()";

static snap_handle shaper_function;

static void begin_messages(void)
{
    loses_handles = true;
    expose_global("host", ANSWER_GIVEN, SNAP_HOST_SYNC);
    expose_global("later", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    fuzz_begin();
    shaper_function = run_for_handle(shaper, 0);
}

static void end_messages(void)
{
    release(shaper_function);
    fuzz_end();
}

/* The placeholder in a message becomes the address of memory that a TRANSFER may name. */
static void put_transfers(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i + 4 <= size; i++) {
        if (!memcmp(bytes + i, "HERE", 4)) {
            uint32_t address = snap_transfer_new(64);
            memset((uint8_t *)(uintptr_t)address, 1, 64);
            memcpy(bytes + i, &address, 4);
        }
    }
}

/* What has been encoded without handles is decoded and encoded to the same bytes. */
static void play_echo(void)
{
    static uint8_t first[1 << 16];
    uint32_t size;

    if (HURRIED(snap_call(fuzz_known[0], 0, 0)) != SNAP_STATUS_OK || taken_count || result_size() > sizeof first)
        return;
    size = result_size();
    memcpy(first, result(), size);
    if (send_bytes(first, size) && snap_call(fuzz_known[0], 0, 0) == SNAP_STATUS_OK && (result_size() != size || memcmp(result(), first, size)))
        die("a message of %u bytes comes back as %u other ones", size, result_size());
}

static void play_result_as_handle(uint32_t status)
{
    snap_handle handle;

    if (check_result(status, true) != SNAP_STATUS_OK || !taken_count) {
        release_handles(taken, taken_count);
        return;
    }
    handle = taken[0];
    HURRIED(snap_read(handle));
    HURRIED(snap_describe_handle(handle));
    for (uint32_t which = 0; which < 6; which++) {
        HURRIED(snap_fact(handle, which));
        HURRIED(snap_keys(handle, which));
        HURRIED(snap_convert(handle, which));
    }
    release(handle);
}

static void play_message(const uint8_t *bytes, size_t size)
{
    static uint8_t copy[1 << 16];
    uint32_t flags, kind;

    if (size < 2 || size > sizeof copy)
        return;
    if (!newest_pending())
        fuzz_ask();
    kind = bytes[0] % 24, flags = bytes[1];   /* changing these changes what the inputs in tests/fuzz/messages.zip are */
    size -= 2;
    memcpy(copy, bytes + 2, size);
    put_transfers(copy, size);
    given.bytes = copy, given.size = size, given.status = flags % 10;
    snap_buffer_free(&snap_input);   /* to an ASan build, memory behind the message is as good as the message: so it has its size */
    snap_input.data = malloc(size + !size);
    snap_input.capacity = size;
    snap_input_publish();
    if (!send_bytes(copy, size))
        die("no memory for a message");
    snap_control.interrupt = SNAP_INTERRUPT_ASK;
    switch (kind) {
    case 0: case 1: case 2: play_echo(); break;
    case 3: case 4: case 5: case 6: HURRIED(snap_call(shaper_function, 0, flags & (SNAP_RUN_JOBS | SNAP_RUN_CONSTRUCT))); break;
    case 7: play_result_as_handle(snap_call(shaper_function, 0, SNAP_RUN_AS_HANDLE)); break;
    case 8: HURRIED(snap_call(shaper_function, fuzz_known[2], SNAP_RUN_JOBS)); break;
    case 9: HURRIED(snap_pending_settle(newest_pending(), flags & 1, SNAP_RUN_JOBS)); break;
    case 10: HURRIED(snap_set(fuzz_known[2], 0)); break;
    case 11: HURRIED(snap_get(fuzz_known[2], flags & SNAP_RUN_AS_HANDLE)); break;
    case 12: HURRIED(snap_delete(fuzz_known[2])); break;
    case 13: HURRIED(snap_property_flags(fuzz_known[2])); break;
    case 14: HURRIED(snap_descriptor(fuzz_known[2])); break;
    case 15: HURRIED(snap_define(fuzz_known[2], flags & 63)); break;
    case 16: HURRIED(snap_wrap(flags % 3)); break;
    case 17: (void)(snap_hosts.count < 40 && snap_host_function(flags & 7, 0)); break;
    case 18: HURRIED(flags & 1 ? snap_source_map_put() : snap_source_map_get()); break;
    case 19: flags & 1 ? (void)snap_module_is_loaded() : (void)HURRIED(snap_module_importers()); break;
    case 20: (void)snap_pending_new(flags); break;
    case 21: HURRIED(snap_eval(SNAP_RUN_COMPILE_ONLY | (flags & SNAP_RUN_MODULE), 0)); break;
    case 22: run_hurried("host(1)", 0); break;
    default: run_hurried("import('given').then(n => n, e => [e])", SNAP_RUN_ASYNC);
    }
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
}

static void play_one_message(const uint8_t *bytes, size_t size)
{
    play_message(bytes, size);
    while (snap_pending_calls.count > 3 && send_bytes("\xc0", 1))
        HURRIED(snap_pending_settle(newest_pending(), 0, SNAP_RUN_JOBS));
    HURRIED(snap_run_jobs());
    lose_rejections();
    HURRIED(snap_take_released());
}

/* ---- sources ---- */

static void begin_sources(void)
{
    loses_handles = true;
    expose_global("host", ANSWER_FIRST, SNAP_HOST_SYNC);
    expose_global("later", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    run("Array.fromAsync; Iterator.zip; Iterator.zipKeyed", 0);   /* made when first used; QuickJS-NG loses memory when that is stopped */
}

static bool send_text(const uint8_t *text, size_t size, bool with_surrogates)
{
    snap_buffer *b = begin_message();

    snap_put_array(b, 2);
    if (with_surrogates)
        put_ext(b, SNAP_EXT_STRING, text, (uint32_t)size);
    else
        snap_put_text(b, (const char *)text, size);
    put_string(b, "input.js");
    return send_message();
}

/* The module "given". */
static void give(const uint8_t *text, size_t size, uint32_t choice)
{
    static const char *const kinds[] = { "js", "cjs", "json", "text" };
    static uint8_t bytes[1 << 17];
    static snap_buffer b = { .data = bytes, .capacity = sizeof bytes };

    b.size = 0;
    snap_put_array(&b, 5);
    put_string(&b, "given");
    put_string(&b, kinds[choice & 3]);
    snap_put_text(&b, (const char *)text, size);
    snap_put_nil(&b);
    snap_put_array(&b, 3), put_string(&b, "a"), put_string(&b, "a"), put_string(&b, "b");
    given.bytes = bytes, given.size = b.size, given.status = SNAP_STATUS_OK;
}

static void run_compiled_source(void)
{
    static uint8_t compiled[1 << 20];
    uint32_t size = result_size();

    if (size > sizeof compiled)
        return;
    memcpy(compiled, result(), size);
    if (send_bytes(compiled, size))
        HURRIED(snap_eval_bytecode(SNAP_RUN_JOBS, 0));
}

/* What has been left behind. */
static void go_on(bool with_digest)
{
    clock_now += 1e5;
    HURRIED(snap_run_jobs());
    HURRIED(snap_run_timers(4));
    for (uint32_t round = 0; newest_pending() && round < 4; round++)
        if (send_bytes("\x91\x01", 2))
            HURRIED(snap_pending_settle(newest_pending(), round & 1, SNAP_RUN_JOBS));
    lose_rejections();
    HURRIED(snap_modules_waiting(0));
    HURRIED(snap_take_released());
    snap_collect();
    if (with_digest)
        check_result(snap_digest_globals(), false);
    check_result(snap_prepare_snapshot(), false);
}

/* The first byte says how the text is run. Behind a zero stands that of the module "given". */
static void play_source(const uint8_t *bytes, size_t size)
{
    static const uint32_t ways[] = {
        SNAP_RUN_JOBS, SNAP_RUN_JOBS | SNAP_RUN_MODULE, SNAP_RUN_JOBS | SNAP_RUN_ASYNC, SNAP_RUN_JOBS | SNAP_RUN_STRICT,
        SNAP_RUN_COMPILE_ONLY, SNAP_RUN_COMPILE_ONLY | SNAP_RUN_MODULE, SNAP_RUN_COMPILE_ONLY | SNAP_RUN_STRIP_SOURCE,
        SNAP_RUN_COMPILE_ONLY | SNAP_RUN_MODULE | SNAP_RUN_STRIP_DEBUG,
    };
    static const char *const requires = "import('hands.cjs').then(n => n.default('given')).then(m => m.a, e => [e])";
    const uint8_t *end;
    uint32_t way;

    if (size < 1 || size > 1 << 16)
        return;
    way = bytes[0];
    bytes++, size--;
    end = memchr(bytes, 0, size);
    if (way & 64 || !end) {
        give(bytes, size, 1);
        end = bytes + size;
    } else {
        give(end + 1, (size_t)(bytes + size - end - 1), way >> 3);
    }
    if (way & 64)
        run_hurried(requires, SNAP_RUN_ASYNC);
    else if (send_text(bytes, (size_t)(end - bytes), way & 128) && HURRIED(snap_eval(ways[way & 7], 0)) == SNAP_STATUS_OK &&
             ways[way & 7] & SNAP_RUN_COMPILE_ONLY)
        run_compiled_source();
    go_on(way & 32);
}

static const input_kind input_kinds[] = {
    { "messages", begin_messages, play_one_message, end_messages, 256 },
    { "sources", begin_sources, play_source, NULL, 1 },
};

static const input_kind *find_input_kind(const char *name)
{
    for (size_t i = 0; i < countof(input_kinds); i++)
        if (!strcmp(input_kinds[i].name, name))
            return &input_kinds[i];
    die("there are no inputs '%s'", name);
}
