"""Programs that wait in the middle of everything that the language has. Each returns what it has seen."""

from __future__ import annotations

CORPUS = {
    "closures": "const f = (a => () => a++)(1); for (const _ of [1, 2, 3]) { await next(); seen.push(f()) } return seen",
    "generators": """
        function* count() { try { for (let n = 0; ; n++) yield n } finally { seen.push("closed") } }
        for (const n of count()) { seen.push(n + await next()); if (n === 2) break } return seen""",
    "async iterators": """
        async function* values() { for (let n = 0; n < 3; n++) yield await next() }
        for await (const value of values()) seen.push(value); return seen""",
    "containers": """
        const map = new Map(), set = new Set(), weak = new WeakMap(), key = {};
        weak.set(key, map);
        for (let n = 0; n < 3; n++) { map.set({ n }, await next()); set.add(2n ** BigInt(n)) }
        return [[...weak.get(key).values()], [...set].map(String)]""",
    "classes": """
        class Base { static made = 0; #secret = 1; constructor() { Base.made++ } get secret() { return this.#secret++ } }
        const proxy = new Proxy(new Base(), { get: (target, name) => Reflect.get(target, name, target) });
        for (let n = 0; n < 3; n++) { await next(); seen.push(proxy.secret, Base.made) } return seen""",
    "bytes": """
        const bytes = new Uint8Array(70_000).fill(7), view = new DataView(bytes.buffer);
        for (let n = 0; n < 3; n++) view.setFloat64(n * 8, await next() / 3);
        return [bytes[0], bytes[69_999], view.getFloat64(8)]""",
    "regular expressions": """
        const pattern = /\\d/g, text = "1a2b3c";
        for (let n = 0; n < 3; n++) { await next(); seen.push(pattern.exec(text)[0], pattern.lastIndex) } return seen""",
    "chance": """
        for (let n = 0; n < 3; n++) { await next(); seen.push(Math.random(), crypto.randomUUID(), Date.now()) }
        return seen""",
    "promises": """
        let open; const opened = new Promise(resolve => open = resolve);
        const waiting = Promise.all([opened, next(), next()]);
        await next(); open("open"); seen.push(await waiting);
        seen.push((await Promise.allSettled([next(), Promise.reject(new Error("no"))])).map(one => one.status)); return seen""",
    "abort signals": """
        const controller = new AbortController(), any = AbortSignal.any([controller.signal, signal]);
        any.addEventListener("abort", () => seen.push(any.reason));
        await next(); controller.abort("enough"); await next(); return seen""",
    "timers": """
        const timer = setInterval(() => seen.push("tick"), 1000);
        await next(); await sleep(2.5); clearInterval(timer); await next(); return seen""",
    "streams": """
        const { readable, writable } = new TransformStream(); const writer = writable.getWriter();
        const reader = readable.getReader(), read = reader.read();
        await next(); writer.write({ n: await next() }); seen.push(await read); return seen""",
    "weak references": """
        const registry = new FinalizationRegistry(held => seen.push(held)), kept = { n: 1 }, weak = new WeakRef(kept);
        registry.register({}, "gone"); registry.register(kept, "kept");
        for (let n = 0; n < 3; n++) { await next(); seen.push(weak.deref() === kept) } return [seen, kept.n]""",
    "big integers": """
        let big = 2n ** 200n; const many = new BigInt64Array(3);
        for (let n = 0; n < 3; n++) { big = big * BigInt(await next()) % (2n ** 127n - 1n) + 12345678901234567890n; many[n] = BigInt.asIntN(64, big) }
        return [String(big), [...many].map(String)]""",
    "buffers that grow and move": """
        let buffer = new ArrayBuffer(8, { maxByteLength: 1 << 16 }); const all = new Uint8Array(buffer), half = new Float32Array(buffer, 4, 1);
        for (let n = 0; n < 3; n++) { half[0] += await next() / 3; buffer.resize(buffer.byteLength * 8); all[all.length - 1] = n }
        const old = buffer; buffer = buffer.transfer(); await next();
        return [old.detached, all.length, buffer.byteLength, new Float32Array(buffer, 4, 1)[0], new Uint8Array(buffer)[511]]""",
    "proxies": """
        const log = [], { proxy, revoke } = Proxy.revocable({ a: 1 }, {
          ownKeys: target => (log.push("keys"), Reflect.ownKeys(target)), has: (target, name) => (log.push(name), name in target),
          set: (target, name, value, self) => Reflect.set(target, name, value * 2) });
        await next(); proxy.b = await next(); seen.push("a" in proxy, Object.keys(proxy)); await next();
        revoke(); await next(); try { proxy.a } catch (error) { seen.push(error.name) } return [seen, log]""",
    "matches in progress": r"""
        const found = "a1-b22-c333".matchAll(/(?<letter>[a-z])(?<digits>\d+)/g), sticky = /-(?=b)|-/y;
        for (const match of found) { await next(); sticky.lastIndex = match.index + match[0].length; seen.push({ ...match.groups }, sticky.test("a1-b22-c333"), sticky.lastIndex) }
        return seen""",
    "class fields": """
        class Base { static #made = 0; static { this.first = ++Base.#made } #log = []; accessor = () => this.#log.length;
          static is(value) { return #log in value } get log() { return [...this.#log] } async add(value) { this.#log.push(await value); return super.toString === Object.prototype.toString } }
        class Derived extends Base { static made = super.first + 1; ["com" + "puted"] = new.target === undefined; async add(value) { return [await super.add(value), this.accessor()] } }
        const one = new Derived(); for (let n = 0; n < 3; n++) seen.push(await one.add(next()));
        return [seen, one.log, Base.is(one), Base.is({}), Derived.made, one.computed]""",
    "asynchronous generators": """
        async function* inner() { try { seen.push(yield await next()); yield await next() } finally { seen.push("closing"); await next(); seen.push("closed") } }
        async function* outer() { try { yield* inner() } catch (error) { yield error } }
        const values = outer(), both = Promise.all([values.next("lost"), values.next("given")]);
        seen.push(await both, await values.throw("thrown"), await values.return("over"), await values.next()); return seen""",
    "generators that are told things": """
        function* two() { try { const a = yield 1; seen.push(a); const b = yield a + 1; return b } catch (error) { return `caught ${error}` } }
        function* all() { const one = yield* two(); seen.push(one); return yield* two() }
        const going = all(); seen.push(going.next().value); await next(); seen.push(going.next(await next()).value); await next();
        seen.push(going.throw("no").value); await next(); seen.push(going.return(7), going.next()); return seen""",
    "iterator helpers": """
        const numbers = (function* () { for (let n = 0; ; n++) yield n })().filter(n => n % 2).map(n => n * n).drop(1).take(3);
        for (const n of numbers) { seen.push(n, await next()) } return seen""",
    "containers that change under an iterator": """
        const map = new Map([["a", 1], ["b", 2]]), set = new Set([1, 2, 3]);
        for (const [key, value] of map) { await next(); seen.push(key); map.delete(key); if (value < 4) map.set(key + value, value + 2) }
        for (const n of set) { if (n < 6) { set.add(n + await next()); set.delete(n) } seen.push(n) }
        return [seen, [...map], [...set], Object.groupBy([1, 2, 3], n => n % 2 ? "odd" : "even").odd]""",
    "errors and finally": """
        async function fail() { try { await next(); null.x } catch (cause) { throw new RangeError("outer", { cause }) } finally { await next(); seen.push("finally") } }
        outer: for (let n = 0; ; n++) { try { await fail() } catch (error) { seen.push(error.name, error.cause.name, error.stack.includes("fail")); if (n) break outer; continue outer } finally { seen.push(await next()) } }
        const all = await Promise.any([Promise.reject(1), fail()]).catch(error => error); seen.push(all.constructor.name, all.errors.length); return seen""",
    "promises in all ways": """
        const { promise, resolve } = Promise.withResolvers(), thenable = { then(done) { seen.push("asked"); done(next()) } };
        promise.then(value => seen.push(["first", value])).finally(() => seen.push("finally"));
        queueMicrotask(() => seen.push("micro")); seen.push(await thenable); resolve(thenable); seen.push(await promise);
        seen.push(await Promise.race([new Promise(() => 0), next()]), await Promise.try(next));
        for await (const value of [next(), 1, next()]) seen.push(value); return seen""",
    "templates, symbols and functions": """
        const same = (strings, ...values) => [strings, values], tagged = () => same`a${1}b`, first = tagged()[0], symbol = Symbol("own"), shared = Symbol.for("shared");
        const sloppy = new Function("object", "value", "with (object) { var inner = value + n } arguments[1] = 9; return [inner, value]");
        const held = Object.freeze({ [symbol]: 1, [shared]: 2, get late() { return seen.length } });
        await next(); seen.push(first === tagged()[0], held[symbol], Symbol.for("shared") === shared, Reflect.ownKeys(held).length);
        await next(); seen.push(sloppy({ n: 1 }, await next()), held.late); return seen""",
    "destructuring in progress": """
        const functions = [];
        for (let n = 0; n < 2; n++) { const { a = await next(), b: [first, ...others] = [await next(), n, n], ...rest } = { c: n, d: n }; functions.push(() => [a, first, others, rest, n++]) }
        await next(); seen.push(functions.map(one => one()), functions.map(one => one())); return seen""",
    "text in pieces": """
        const decoder = new TextDecoder("utf-8"), bytes = new TextEncoder().encode("žluťoučký 🐎"); let text = "";
        for (const part of [bytes.subarray(0, 3), bytes.subarray(3, 6), bytes.subarray(6, 15)]) { text += decoder.decode(part, { stream: true }); await next() }
        const query = new URLSearchParams("a=1&b=2&c=3"); for (const [key] of query) { await next(); query.delete("b"); seen.push(key) }
        return [text + decoder.decode(bytes.subarray(15)), seen, structuredClone(new Map([[query.size, new Date(0)]])).size]""",
    "events and messages": """
        const target = new EventTarget(), { port1, port2 } = new MessageChannel(), once = new AbortController();
        target.addEventListener("x", event => seen.push(event.detail), { signal: once.signal }); port2.onmessage = event => { seen.push(event.data); port2.close() };
        await next(); target.dispatchEvent(new CustomEvent("x", { detail: await next() })); once.abort(); target.dispatchEvent(new Event("x"));
        port1.postMessage({ n: [1n] }); await next(); await sleep(1); await next(); return seen.map(one => typeof one === "object" ? String(one.n) : one)""",
    "compression in progress": """
        const packing = new CompressionStream("gzip"), unpacking = packing.readable.pipeThrough(new DecompressionStream("gzip")).pipeThrough(new TextDecoderStream());
        const writer = packing.writable.getWriter(), reader = unpacking.getReader(), whole = (async () => { let text = ""; for (;;) { const { done, value } = await reader.read(); if (done) return text; text += value } })();
        for (let n = 0; n < 3; n++) { await writer.write(new TextEncoder().encode(`part ${n} `.repeat(50))); await next() }
        await writer.close(); const text = await whole; await next(); return [text.length, text.slice(-7)]""",
    "timers of all kinds": """
        const order = []; setTimeout(() => order.push("late"), 3000); const gone = setTimeout(() => order.push("never"), 1000); const ticking = setInterval(() => order.push("tick"), 800);
        await next(); clearTimeout(gone); await sleep(1); order.push(await next()); const limit = AbortSignal.timeout(1000);
        await new Promise(done => limit.addEventListener("abort", done)); order.push(limit.reason.name); await sleep(2); clearInterval(ticking); await next(); return order""",
    "sorting and dates": """
        const rows = Array.from({ length: 50 }, (_, n) => ({ n, key: (n * 37) % 11 })), day = new Date(Date.UTC(2024, 1, 28));
        for (let n = 0; n < 3; n++) { rows.sort((a, b) => (a.key - b.key) * (n % 2 ? -1 : 1)); day.setUTCDate(day.getUTCDate() + 1); await next(); seen.push(rows[0].n, day.toISOString()) }
        return [seen, rows.toReversed().at(0), rows.with(0, 1)[0], [3, 1, 2].toSorted()]""",
}
