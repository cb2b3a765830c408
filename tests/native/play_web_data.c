/* Encodings of text, base64 and clones. */

static uint32_t new_data_realm(void)
{
    bool paused = fault.paused;
    uint32_t realm;

    fault.paused = true;
    realm = new_realm(EVERYTHING, SNAP_WEB_ENCODING | SNAP_WEB_STRUCTURED_CLONE);
    fault.paused = paused;
    if (!realm)
        die("no realm");
    return realm;
}

static void close_data_realm(uint32_t realm)
{
    expect(snap_realm_close(realm), SNAP_STATUS_OK);
    check_that_realms_are_gone();
}

static void play_text_encoding(void)
{
    uint32_t realm = new_data_realm();

    run_in(realm, "const e = new TextEncoder(), d = new TextDecoder(); [e.encode(), e.encode('a\\u00e9\\ud83d\\ude00\\ud800'), e.encode('x'.repeat(40) + '\\u00e9'), e.encoding]", 0, SNAP_STATUS_OK);
    run_in(realm, "e.encodeInto('abcdefghij\\u20ac', new Uint8Array(11))", 0, SNAP_STATUS_OK);
    run_in(realm, "[d.decode(), d.decode(e.encode('ascii only')), d.decode(e.encode('\\u20ac'.repeat(20))), d.decode(Uint8Array.of(0xe2, 0x82), {stream: true}), d.decode(Uint8Array.of(0xac))]", 0, SNAP_STATUS_OK);
    run_in(realm, "['utf-16le', 'latin1', 'iso-8859-2', 'gb18030', 'big5', 'euc-jp', 'iso-2022-jp', 'shift_jis', 'euc-kr', 'x-user-defined'].map(l => new TextDecoder(l).decode(Uint8Array.of(65, 0x88, 0x62, 0xb1, 0x1b, 0x24)))", 0, SNAP_STATUS_OK);
    run_in(realm, "new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(Uint8Array.of(0xff))", 0, SNAP_STATUS_EXCEPTION);
    run_in(realm, "new TextDecoder('no such label')", 0, SNAP_STATUS_EXCEPTION);
    run_in(realm, "d.decode(null)", 0, SNAP_STATUS_EXCEPTION);
    close_data_realm(realm);
}

static void play_base64(void)
{
    run("[btoa(''), btoa('x'.repeat(50)), atob(btoa('\\u00ff'.repeat(50))), atob(' Y Q = = ')]", 0);
    run_to("btoa('\\u0100')", 0, SNAP_STATUS_EXCEPTION);
    run_to("atob('a')", 0, SNAP_STATUS_EXCEPTION);
}

static void play_clones(void)
{
    uint32_t realm = new_data_realm();

    run_in(realm, "const o = {a: 1, 5: 'x', b: [1, , {}], m: new Map([[{}, new Set('ab')]]), d: new Date(0), r: /x/g, w: [Object(1), Object('s'), Object(2n)]}; o.o = o; structuredClone(o)", 0, SNAP_STATUS_OK);
    run_in(realm, "structuredClone([new TypeError('m', {cause: new Error('c')}), new DOMException('m', 'AbortError'), 1234567890123456789012345678901234567890n, Object.assign([1], {x: 1})])", 0, SNAP_STATUS_OK);
    run_in(realm, "const b = new ArrayBuffer(8, {maxByteLength: 16}), s = new SharedArrayBuffer(4); structuredClone([b, new Uint8Array(b, 1), new DataView(b), s, new Uint16Array(s), new Float64Array(2)]).length", 0, SNAP_STATUS_OK);
    run_in(realm, "structuredClone({get a() { delete this.b; return 1 }, b: 2, c: Array.from({length: 30}, (_, i) => ({i}))})", 0, SNAP_STATUS_OK);
    run_in(realm, "{ const t = new ArrayBuffer(3), u = new Uint8Array(t); [structuredClone({t, u}, {transfer: [t]}).u.length, u.length] }", 0, SNAP_STATUS_OK);
    run_in(realm, "structuredClone({f() {}})", 0, SNAP_STATUS_EXCEPTION);
    run_in(realm, "structuredClone([Symbol('s')], {transfer: [new ArrayBuffer(1)]})", 0, SNAP_STATUS_EXCEPTION);
    run_in(realm, "structuredClone(1, {transfer: [{}]})", 0, SNAP_STATUS_EXCEPTION);
    close_data_realm(realm);
}

/* With the interfaces of scripts, for which a script has `web`. */
static void play_clones_of_interfaces(void)
{
    uint32_t realm = new_data_realm();
    JSContext *ctx = snap_realm(realm);
    JSValue web;

    fault.paused = true;
    web = snap_web_object(ctx);
    if (snap_add_serializers(ctx, web) < 0 || JS_SetPropertyStr(ctx, ctx->global_obj, "web", web) < 0)
        die("the realm has no serializers");
    fault.paused = false;
    run_in(realm, "class A { #a = 1 } class B { #b = 2 } class C {}; web.define({A, C}); web.serializers.set(A, {serialize: a => ({n: 1}), deserialize: d => new A(d)}); "
                  "web.serializers.set(B, {transfer: b => [b], receive: d => new B(d)}); 0", 0, SNAP_STATUS_OK);
    run_in(realm, "const a = new A(), b = new B(); const {a: x, again, b: y} = structuredClone({a, again: a, b}, {transfer: [b]}); [x === again, y instanceof B]", 0, SNAP_STATUS_OK);
    run_in(realm, "structuredClone(new C())", 0, SNAP_STATUS_EXCEPTION);
    run_in(realm, "structuredClone(b)", 0, SNAP_STATUS_EXCEPTION);
    run_in(realm, "const record = web.native.serialize([b, new Uint8Array(4)], [b]); const [value, transferred] = web.native.deserialize(record); [value[0] === transferred[0], value[1]]", 0, SNAP_STATUS_OK);
    run_in(realm, "web.native.deserialize(record)", 0, SNAP_STATUS_EXCEPTION);
    run_in(realm, "const kept = web.native.serialize({self: {}}); web.native.deserialize(kept); web.native.deserialize(kept); kept.web", 0, SNAP_STATUS_OK);
    run_in(realm, "delete globalThis.web", 0, SNAP_STATUS_OK);
    close_data_realm(realm);
}
