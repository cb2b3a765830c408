/* The codecs of CompressionStream, as its script calls them. */

/* As in a realm that is made, whatever is to fail: for there are scenarios of that. */
static void add_codecs(void)
{
    JSContext *ctx = snap_context;
    bool paused = fault.paused;
    JSValue web, native;

    fault.paused = true;
    web = JS_NewObject(ctx);
    native = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, web, "native", js_dup(native));
    snap_add_compression(ctx, web);
    JS_FreeValue(ctx, web);
    JS_SetPropertyStr(ctx, ctx->global_obj, "native", native);
    run("var { deflate, inflate, codecWrite, codecRead, codecClose } = native;"
        "var all = (codec, bytes, parts = []) => {"
        "  if (bytes.length) codecWrite(codec, bytes);"
        "  for (const isLast of [false, true]) for (let part; (part = codecRead(codec, isLast)); ) parts.push(part);"
        "  return parts };"
        "var packed = (codec, bytes) => Uint8Array.from(all(codec, bytes).flatMap((part) => [...part]))", 0);
    fault.paused = paused;
}

static void play_compression(void)
{
    add_codecs();
    run("for (const bits of [15, -15, 31]) {"
        "  const [data] = all(inflate(bits), packed(deflate(bits), new Uint8Array(300).fill(7))); if (data.length !== 300 || data[299] !== 7) throw 0 }", 0);
    run("const codec = deflate(15); codecWrite(codec, new Uint8Array(9)); codecClose(codec); codecClose(codec)", 0);
    run("codecWrite(inflate(15), new Uint8Array([120, 156]))", 0);
}

/* More than one piece goes out, and more than one question whether to stop is asked on the way in. */
static void play_compression_in_pieces(void)
{
    add_codecs();
    run("const sizes = all(inflate(15), packed(deflate(15), new Uint8Array(300000))).map((part) => part.length);"
        "if (sizes.join() !== '65536,65536,65536,65536,37856') throw sizes.join()", 0);
    run("const input = new Uint8Array(300000), codec = inflate(15); codecWrite(codec, packed(deflate(15), input)); codecWrite(codec, input);"
        "input.buffer.transfer(); codecRead(codec, false)", 0);
}

static void play_compression_refused(void)
{
    add_codecs();
    run("const whole = packed(deflate(15), new Uint8Array(9)), failures = [];"
        "const inputs = [[1, 2, 3], [], [120, 187, 0, 0, 0, 1, 0], whole.subarray(0, 5), [...whole, 0]];"
        "for (const input of inputs) try { all(inflate(15), new Uint8Array(input)); failures.push('none') } catch (error) { failures.push(error.name) }"
        "if (failures.join() !== 'TypeError,TypeError,TypeError,TypeError,TypeError') throw failures.join()", 0);
    run("try { codecRead({}, false) } catch {} try { codecWrite({}, new Uint8Array(1)) } catch {} try { codecClose({}) } catch {}"
        "try { codecWrite(inflate(15), 1) } catch {}", 0);
    run("const codec = inflate(15); codecClose(codec); try { codecRead(codec, false) } catch {}", 0);
}
