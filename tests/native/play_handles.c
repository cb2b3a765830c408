/* Handles: properties through them, values into and out of them, and their own lives. */

/* ---- properties ---- */

static bool send_key(const char *key, bool has_value)
{
    snap_buffer *b = begin_message();
    snap_put_array(b, has_value ? 2 : 1);
    put_string(b, key);
    if (has_value)
        snap_put_array(b, 2), put_string(b, "v"), snap_put_map(b, 0);
    return send_message();
}

static bool send_handle_as_key(snap_handle key, bool has_value)
{
    snap_buffer *b = begin_message();
    snap_put_array(b, has_value ? 2 : 1);
    put_handle(b, key);
    if (has_value)
        snap_put_nil(b);
    return send_message();
}

static bool send_index(uint32_t index)
{
    snap_buffer *b = begin_message();
    snap_put_array(b, 1);
    snap_put_uint(b, index);
    return send_message();
}

/* A part that is 0 is undefined. */
static bool send_definition(const char *key, snap_handle value, snap_handle getter, snap_handle setter)
{
    snap_buffer *b = begin_message();
    snap_put_array(b, 4);
    put_string(b, key);
    put_handle(b, value ? value : SNAP_FIXED_UNDEFINED);
    put_handle(b, getter ? getter : SNAP_FIXED_UNDEFINED);
    put_handle(b, setter ? setter : SNAP_FIXED_UNDEFINED);
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
            step(snap_delete(both[i]), i ? SNAP_STATUS_ABSENT : SNAP_STATUS_OK);
        if (send_index(5))
            step(snap_get(both[i], 0), SNAP_STATUS_OK);
        step(snap_keys(both[i], SNAP_KEYS_ENUMERABLE), SNAP_STATUS_OK);
        step(snap_describe_handle(both[i]), SNAP_STATUS_OK);
        check_result(snap_read(both[i]), false);
    }
    if (send_key("none", false))
        step(snap_get(0, 0), SNAP_STATUS_ABSENT);
    if (send_key("none", false))
        step(snap_delete(0), SNAP_STATUS_ABSENT);
    release(object);
    release(proxy);
    if (object)
        step(snap_read(object), SNAP_STATUS_INVALID);
}

enum { DATA = SNAP_PROPERTY_VALUE, ACCESSOR = SNAP_PROPERTY_GET | SNAP_PROPERTY_SET, OPEN = SNAP_PROPERTY_CONFIGURABLE | SNAP_PROPERTY_ENUMERABLE };

static void play_define(void)
{
    snap_handle object = run_for_handle("globalThis.o = {}", 0);
    snap_handle getter = run_for_handle("(function () { return this === o })", 0);
    snap_handle value = run_for_handle("({big: 'z'.repeat(100)})", 0);

    if (object && getter && value) {
        if (send_definition("data", value, 0, 0))
            step(snap_define(object, DATA | OPEN | SNAP_PROPERTY_WRITABLE), SNAP_STATUS_OK);
        if (send_definition("data", SNAP_FIXED_NULL, 0, 0))
            step(snap_define(object, DATA), SNAP_STATUS_OK);
        if (send_definition("data", value, 0, 0))     /* it is neither configurable nor writable now */
            step(snap_define(object, DATA), SNAP_STATUS_EXCEPTION);
        if (send_definition("both", 0, getter, getter))
            step(snap_define(object, ACCESSOR | OPEN), SNAP_STATUS_OK);
        if (send_definition("read", 0, getter, 0))
            step(snap_define(object, SNAP_PROPERTY_GET), SNAP_STATUS_OK);
        if (send_definition("write", 0, 0, getter))
            step(snap_define(object, SNAP_PROPERTY_SET | OPEN), SNAP_STATUS_OK);
        if (send_definition("bad", 0, value, 0))
            step(snap_define(object, SNAP_PROPERTY_GET), SNAP_STATUS_EXCEPTION);
        if (send_definition("mixed", value, getter, 0))
            check_result(snap_define(object, UINT32_MAX), false);
        if (send_definition("of the global object", value, 0, 0))
            step(snap_define(0, DATA), SNAP_STATUS_OK);
        if (send_definition("of a primitive", value, 0, 0))
            step(snap_define(SNAP_FIXED_TRUE, DATA), SNAP_STATUS_EXCEPTION);
        if (send_key("too few", true))
            step(snap_define(object, DATA), SNAP_STATUS_MALFORMED);
    }
    run("[Object.getOwnPropertyNames(o), o.both, o.read, o.write]", 0);
    release(object);
    release(getter);
    release(value);
}

static void play_define_refused(void)
{
    static const char *const sources[] = {
        "Object.freeze({})", "Object.freeze([1])", "new Uint8Array(2)", "'text'", "Symbol()", "(function () { return arguments })(1)",
        "new Proxy({}, {defineProperty() { return false }})", "new Proxy({}, {defineProperty() { throw new Error('trap') }})",
        "(() => { let r = Proxy.revocable({}, {}); r.revoke(); return r.proxy })()", "new Proxy({}, {defineProperty() { drop(); return true }})",
    };
    static const char *const keys[] = { "0", "length", "own" };
    snap_handle value = run_for_handle("[]", 0);

    expose_global("drop", ANSWER_RELEASE, SNAP_HOST_SYNC);
    for (size_t i = 0; value && i < countof(sources); i++) {
        snap_handle object = to_release = run_for_handle(sources[i], 0);
        for (size_t k = 0; object && k < countof(keys); k++)
            if (send_definition(keys[k], value, 0, 0))
                check_result(snap_define(object, DATA | (k == 1 ? OPEN : 0)), false);
        release(to_release);
        to_release = 0;
    }
    release(value);
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
        "({name: 'x'.repeat(50), [Symbol.toPrimitive]() { drop(); return this.name }})",
        "({toString() { drop(); return 'p' }})",
    };

    expose_global("drop", ANSWER_RELEASE, SNAP_HOST_SYNC);
    for (size_t i = 0; i < countof(sources); i++) {
        for (int method = 0; method < 8; method++) {
            snap_handle object = to_release = run_for_handle(sources[i], 0);
            if (!object || !(method == 7 ? send_handle_as_key(object, false) : send_key("p", method == 1)))
                continue;
            check_result(method == 0 ? snap_get(object, 0) : method == 1 ? snap_set(object, 0) : method == 2 ? snap_delete(object) :
                         method == 3 ? snap_keys(object, 0) : method == 4 ? snap_call(object, object, SNAP_RUN_JOBS) :
                         method == 5 ? snap_convert(object, SNAP_CONVERT_STRING) : method == 6 ? snap_convert(object, SNAP_CONVERT_NUMBER) :
                         snap_get(object, 0), false);
            release(to_release);
            to_release = 0;
        }
    }
}

/* ---- values ---- */

static void play_wrap(void)
{
    static const uint8_t buffer[] = { SNAP_TYPED_UINT8, 1, 2, 3 };

    for (uint32_t kind = SNAP_WRAP_VALUE; kind <= SNAP_WRAP_ERROR; kind++) {
        if (send_bytes("\xa4text", 5))
            check_result(snap_wrap(kind), false);
        put_everything(begin_message());
        if (send_message())
            check_result(snap_wrap(kind), false);
        put_ext(begin_message(), SNAP_EXT_TYPED, buffer, sizeof buffer);
        if (send_message())
            check_result(snap_wrap(kind), false);
        if (send_bytes("\xc1", 1))
            step(snap_wrap(kind), SNAP_STATUS_MALFORMED);
        put_number_ext(begin_message(), SNAP_EXT_HANDLE, 77, 8);
        if (send_message())
            step(snap_wrap(kind), SNAP_STATUS_MALFORMED);
    }
    put_ext(begin_message(), SNAP_EXT_TYPED, buffer, sizeof buffer);
    if (send_message())
        step(snap_wrap(SNAP_WRAP_ARRAY_BUFFER), SNAP_STATUS_OK);
    if (send_bytes("\xa4text", 5))
        step(snap_wrap(SNAP_WRAP_ARRAY_BUFFER), SNAP_STATUS_EXCEPTION);
    if (send_bytes("\xa4text", 5))
        step(snap_wrap(SNAP_WRAP_ERROR), SNAP_STATUS_OK);
    if (send_bytes("\x01", 1))
        check_result(snap_wrap(UINT32_MAX), false);
}

/* Each of the array's members, through a handle. The array is made whatever is to fail: what is done with its members matters. */
static void for_each_member(const char *array_source, void (*visit)(snap_handle member))
{
    bool paused = fault.paused;
    snap_handle array;
    uint32_t length;

    fault.paused = true;
    array = run_for_handle(array_source, 0);
    length = snap_fact(array, SNAP_FACT_LENGTH) >> 8;   /* a STATUS_INTEGER */
    fault.paused = paused;
    for (uint32_t i = 0; i < length; i++) {
        snap_handle member = send_index(i) ? step_for_handle(snap_get(array, SNAP_RUN_AS_HANDLE)) : 0;
        if (member)
            visit(member);
        release(member);
    }
    release(array);
}

static void convert_in_every_way(snap_handle handle)
{
    for (uint32_t kind = SNAP_CONVERT_NUMBER; kind <= SNAP_CONVERT_BYTES + 1; kind++)
        check_result(snap_convert(handle, kind), false);
}

static void play_convert(void)
{
    for_each_member("[1, -0.5, '12', 'x'.repeat(300) + '\\ud800', '', true, null, undefined, 10n, 2n ** 80n, Symbol('s'), '0x1fn', '123456789012345678901234567890']",
                    convert_in_every_way);
    for_each_member("[{}, [1, [2]], new Date(5), {valueOf() { return 7n }}, {toString() { return 'text' }}, {[Symbol.toPrimitive](hint) { return hint }},"
                    " {[Symbol.toPrimitive]() { throw new Error('in a conversion') }}, {toString() { return {} }, valueOf: null},"
                    " new Proxy({}, {get() { throw 1 }}), Object.create(null), () => 1]", convert_in_every_way);
    run_to("globalThis.rope = 'ab'.repeat(5000); rope += 'c'.repeat(5000); 0", 0, SNAP_STATUS_OK);
    for_each_member("[rope, rope + rope]", convert_in_every_way);
}

static void convert_to_bytes(snap_handle handle)
{
    step(snap_convert(handle, SNAP_CONVERT_BUFFER), SNAP_STATUS_OK);
    step(snap_convert(handle, SNAP_CONVERT_BYTES), SNAP_STATUS_OK);
}

/* Bytes that are no longer where they were. */
static void play_convert_bytes(void)
{
    static const char *const sources[] = {
        "[new ArrayBuffer(0), new ArrayBuffer(5), new SharedArrayBuffer(3), new Uint8Array([1, 2, 3]), new Float64Array([0.5]),"
        " new Uint16Array(new ArrayBuffer(8), 2, 2), new DataView(new ArrayBuffer(8), 3, 4), new Uint8Array(0), new BigInt64Array(2)]",
        "[0, 1, 2].map(kind => { let b = new ArrayBuffer(8); let v = [b, new Uint8Array(b, 2), new DataView(b, 2)][kind]; b.transfer(); return v })",
        "[0, 4, 6, 8, 12, 16].flatMap(size => { let b = new ArrayBuffer(8, {maxByteLength: 16}); let v = [b, new Uint8Array(b), new Uint16Array(b, 6),"
        " new Uint8Array(b, 6, 2), new DataView(b), new DataView(b, 6), new DataView(b, 6, 2), new Float64Array(b, 8)]; b.resize(size); return v })",
        "[[0, 8], [6, 6], [6, 16]].flatMap(([from, to]) => { let b = new SharedArrayBuffer(from, {maxByteLength: 16});"
        " let v = [b, new Uint8Array(b), new DataView(b, from)]; b.grow(to); return v })",
    };

    for (size_t i = 0; i < countof(sources); i++)
        for_each_member(sources[i], convert_to_bytes);
}

/* ---- fixed handles ---- */

static const snap_handle fixed_handles[] = { SNAP_FIXED_GLOBAL, SNAP_FIXED_UNDEFINED, SNAP_FIXED_NULL, SNAP_FIXED_TRUE, SNAP_FIXED_FALSE };

static bool send_three_handles(snap_handle handle)
{
    snap_buffer *b = begin_message();
    snap_put_array(b, 3);
    for (int i = 0; i < 3; i++)
        put_handle(b, handle);
    return send_message();
}

/* Every export that takes a handle, with this one in each place where it takes one; no status is as good as another, but any will do. */
static void pass_everywhere(snap_handle handle, snap_handle function)
{
    if (send_three_handles(handle))
        check_result(snap_call(function, handle, SNAP_RUN_JOBS), false);
    if (send_bytes("\x90", 1))
        check_result(snap_call(handle, function, SNAP_RUN_CONSTRUCT), false);
    if (send_handle_as_key(handle, false))
        check_result(snap_get(handle, SNAP_RUN_AS_HANDLE), false);
    if (send_handle_as_key(handle, true))
        check_result(snap_set(handle, 0), false);
    if (send_handle_as_key(handle, false))
        check_result(snap_delete(handle), false);
    if (send_definition("defined", handle, 0, 0))
        check_result(snap_define(handle, DATA | OPEN), false);
    if (send_definition("defined", 0, handle, handle))
        check_result(snap_define(handle, ACCESSOR | OPEN), false);
    if (send_handle_as_key(handle, false))
        check_result(snap_property_flags(handle), false);
    if (send_key("defined", false))
        check_result(snap_descriptor(handle), false);
    check_result(snap_describe_handle(handle), false);
    for (uint32_t which = 0; which < 4; which++) {
        check_result(snap_fact(handle, which), false);
        check_result(snap_keys(handle, which), false);
        check_result(snap_proxy_part(handle, which), false);
    }
    check_result(snap_prototype(handle), false);
    check_result(snap_promise_then(handle, function, handle), false);
    check_result(snap_promise_then(function, handle, handle), false);
    check_result(snap_promise_result(handle, SNAP_RUN_AS_HANDLE), false);
    (void)snap_promise_observe(handle);
    (void)snap_promise_state(handle);
    convert_in_every_way(handle);
    if (!send_bytes("\xc0", 1))
        return;
    check_result(snap_read(handle), false);
    put_handle(begin_message(), handle);
    if (send_message())
        check_result(snap_wrap(SNAP_WRAP_VALUE), false);
}

/* A reference more and a reference less, in every way there is. */
static void refer_and_release(snap_handle handle)
{
    uint32_t status = snap_duplicate(handle);

    release(status == SNAP_STATUS_OK ? handle : 0);
    if (snap_export_handle(handle) != status || (status == SNAP_STATUS_OK && snap_import_handle(handle) != status))
        die("handle %llx can be duplicated, or exported, but not both", (unsigned long long)handle);
    release(status == SNAP_STATUS_OK ? handle : 0);
    if (snap_release_export(handle) != status)
        die("handle %llx is exported for ever", (unsigned long long)handle);
}

static void play_fixed_handles(void)
{
    snap_handle function = run_for_handle("(function (...all) { return [this, all] })", 0);

    for (size_t i = 0; function && i < countof(fixed_handles); i++) {
        pass_everywhere(fixed_handles[i], function);
        refer_and_release(fixed_handles[i]);
        release_handles(&fixed_handles[i], 1);   /* more often than it was duplicated */
        step(snap_describe_handle(fixed_handles[i]), SNAP_STATUS_OK);
    }
    release(function);
}

static void play_unknown_handles(void)
{
    static const snap_handle unknown[] = { 2, 63, 0x7ffffff4, 0x7fffffff, 0x80000000, UINT32_MAX, (snap_handle)1 << 32 | 5000, UINT64_MAX,
                                           (snap_handle)5 << 32 | SNAP_FIXED_UNDEFINED };
    snap_handle function = run_for_handle("(function (...all) { return [this, all] })", 0);

    for (size_t i = 0; function && i < countof(unknown); i++) {
        pass_everywhere(unknown[i], function);
        release_handles(&unknown[i], 1);
        expect(snap_duplicate(unknown[i]), SNAP_STATUS_INVALID);
        expect(snap_export_handle(unknown[i]), SNAP_STATUS_INVALID);
        expect(snap_import_handle(unknown[i]), SNAP_STATUS_INVALID);
        expect(snap_release_export(unknown[i]), SNAP_STATUS_INVALID);
    }
    release(function);
}

/* ---- their lives ---- */

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
        expect(snap_duplicate(object), SNAP_STATUS_OK);
        release(object);
        step(snap_read(object), SNAP_STATUS_OK);
    }
    release(object);
    release_handles(handles, count);
    expect(snap_duplicate(object), SNAP_STATUS_INVALID);
    if (snap_control.handles)
        die("%u handles are left", snap_control.handles);
}

static void play_exports(void)
{
    snap_handle object = run_for_handle("({kept: [1]})", 0), other = run_for_handle("({gone: [1]})", 0);

    if (!object || !other) {
        release(object);
        release(other);
        return;
    }
    expect(snap_import_handle(object), SNAP_STATUS_INVALID);
    expect(snap_release_export(object), SNAP_STATUS_INVALID);
    expect(snap_export_handle(object), SNAP_STATUS_OK);
    expect(snap_export_handle(object), SNAP_STATUS_OK);   /* once more is no more */
    snap_release_all();                                 /* the host is gone */
    step(snap_read(other), SNAP_STATUS_INVALID);
    step(snap_read(object), SNAP_STATUS_OK);
    expect(snap_import_handle(object), SNAP_STATUS_OK);
    expect(snap_import_handle(object), SNAP_STATUS_OK);
    release(object);
    expect(snap_release_export(object), SNAP_STATUS_OK);
    expect(snap_release_export(object), SNAP_STATUS_INVALID);
    expect(snap_import_handle(object), SNAP_STATUS_INVALID);
    step(snap_read(object), SNAP_STATUS_OK);            /* the other import */
    release(object);
    step(snap_read(object), SNAP_STATUS_INVALID);
    expect(snap_export_handle(object), SNAP_STATUS_INVALID);
}

/* The host releases more often than it was given: that is passed over, and what the guest holds on to stays. */
static void play_released_too_often(void)
{
    snap_handle object = run_for_handle("({kept: [1]})", 0), next;

    if (!object)
        return;
    expect(snap_export_handle(object), SNAP_STATUS_OK);
    for (int i = 0; i < 3; i++)
        release(object);
    expect(snap_import_handle(object), SNAP_STATUS_OK);
    expect(snap_release_export(object), SNAP_STATUS_OK);
    for (int i = 0; i < 3; i++)
        release(object);
    next = run_for_handle("({})", 0);   /* in the same slot */
    if (next)
        expect(snap_import_handle(next), SNAP_STATUS_INVALID);
    release(next);
}

static snap_handle visited;

static void visit_handle(snap_handle handle)
{
    visited = handle;
}

/* … and what a pending call holds. */
static void play_pending_released_too_often(void)
{
    expose_global("ask", ANSWER_FIRST, SNAP_HOST_DEFERRED);
    run("ask(() => 1); 0", 0);
    if (!newest_pending())
        return;
    snap_visit_handles(&((const snap_pending_call *)snap_pending_calls.records[0])->arguments, visit_handle);
    for (int i = 0; i < 3; i++)
        release(visited);
    step(snap_read(visited), SNAP_STATUS_OK);
    settle(newest_pending(), false);
    step(snap_read(visited), SNAP_STATUS_INVALID);
}
