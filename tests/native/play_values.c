/* Values and errors, out and in. */

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
    snap_put_array(b, 15);
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
    put_object(b, 9);
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

static void call_with_transfer(snap_handle function, uint8_t kind, uint32_t size, uint32_t expected)
{
    uint32_t address = snap_transfer_new(size);
    snap_buffer *b = begin_message();

    if (address)
        memset((uint8_t *)(uintptr_t)address, 0x55, size);
    snap_put_array(b, 1);
    put_number_ext(b, SNAP_EXT_TRANSFER, kind | (uint64_t)address << 8, 5);
    call(function, 0, expected);
}

static void play_transfers(void)
{
    snap_handle echo = run_for_handle("(function (value) { globalThis.kept = value; return value })", 0);

    call_with_transfer(echo, SNAP_TYPED_UINT8, 40000, SNAP_STATUS_OK);
    call_with_transfer(echo, SNAP_TYPED_FLOAT64, 40000, SNAP_STATUS_OK);
    call_with_transfer(echo, SNAP_TYPED_FLOAT64, 40001, SNAP_STATUS_MALFORMED);   /* ends within an element */
    call_with_transfer(echo, SNAP_TYPED_FLOAT64 + 1, 40000, SNAP_STATUS_MALFORMED);
    for (int i = 0; i < 12; i++)
        snap_transfer_new(100);                                                    /* that no message names */
    run("kept = new Uint8Array(30000); kept", 0);
    run("kept.buffer.transfer(0); kept.length", 0);
    run("kept = null; new ArrayBuffer(30000)", 0);
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
