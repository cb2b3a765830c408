/* The reactor's program, its bytes of values, and floods of microtasks. */

static void play_reactor(void)
{
    snap_handle program = step_for_handle(snap_reactor());

    release(program);
    run("import('qjs:std').then(std => { if (std.sprintf('%d', 5) !== '5') throw 0 })", 0);
    step(snap_prepare_snapshot(), SNAP_STATUS_OK);
}

/* Makes `write` and `read`. */
static void expose_bjson(void)
{
    JSContext *ctx = snap_context;
    JSValue native = snap_reactor_native(ctx);

    if (!JS_IsException(native))
        JS_SetPropertyStr(ctx, ctx->global_obj, "native", native);
    snap_forget_exception(ctx);
}

static void play_bjson(void)
{
    expose_bjson();
    run("if (typeof native === 'object') {"
        "  const cyclic = { list: [1, 2.5, -1n, 'text', 'ž', null, undefined, true, Symbol.for('s'), Symbol.iterator] }; cyclic.itself = cyclic;"
        "  cyclic.more = [new Map([[1, cyclic]]), new Set([2]), new Date(5), /a+/gi, new Uint16Array([1, 2]), new ArrayBuffer(3), Object(3), 0x1d6329f1c35ca4bfabb9f5610000000000n];"
        "  const bytes = new Uint8Array(native.writeValue(cyclic, true)), again = native.readValue(bytes, true);"
        "  if (again.itself !== again || again.list[3] !== 'text' || again.list[8] !== Symbol.for('s') || again.more[3].source !== 'a+') throw 0;"
        "}", 0);
    run("const cyclic = {}; cyclic.itself = cyclic; let refused = 0;"
        "for (const write of [() => native.writeValue(() => 1, false), () => native.writeValue(cyclic, false), () => native.readValue(new Uint8Array([1, 2, 3]), false)])"
        "  try { write() } catch { refused++ }"
        "if (refused !== 3) throw 0", 0);
}

/* Bytes that were changed in every place. The engine passes over a checksum of ones. */
static void play_bjson_damaged(void)
{
    expose_bjson();
    run("const made = new Uint8Array(native.writeValue({ a: [1, 2.5, -(2n ** 70n), 'text', 'ž', Symbol('q'), Symbol.for('s'), new Map([[1, new Set([2])]]), new Date(5), /a+/g,"
        "  new Uint16Array([1, 2]), new ArrayBuffer(3), Object('x')], itself: null }, true)); made.fill(255, 1, 5);"
        "for (let at = 0; at < made.length; at++) for (const value of [0, 1, at % 25, 127, 255]) {"
        "  const damaged = made.slice(0, value === 1 ? at + 1 : undefined); damaged[at] = value;"
        "  try { const read = native.readValue(damaged, true); read?.a?.[9]?.exec?.('aab') } catch (error) { if (!error) throw error }"
        "}", 0);
}

static void play_jobs_budget(void)
{
    snap_jobs_budget = 2;
    run("let left = 9; (function flood() { if (left--) queueMicrotask(flood) })(); Promise.reject(0)", SNAP_RUN_JOBS);
    step(snap_run_jobs(), SNAP_STATUS_OK);
    if (!snap_has_jobs() && !fault.fired)
        die("%s", "no jobs are left of a flood");
    snap_jobs_budget = 0;
    step(snap_run_jobs(), SNAP_STATUS_OK);
}
