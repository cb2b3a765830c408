// What the module snapjs:workflow exports of it, see code.py, and what runs a workflow. All that one asks for is a call of
// the host, which answers it later or at once.

const host = globalThis.__workflow;
const runId = globalThis.__workflow_run;
delete globalThis.__workflow;
delete globalThis.__workflow_run;

const MOST_ATTRIBUTES = 64;

const controller = new AbortController();
const waits = new Set();
const attributed = new Set();
const closed = new Set();
let calls = 0;
let exported;

/** Ask the host for something. The calls of a run are numbered, those of the programs that it began with earlier included. */
function request(...what) {
    return host(++calls, ...what);
}

/** Aborted when the run is cancelled. */
export const signal = controller.signal;

/** What a promise comes to, or until the run is cancelled. */
function unlessCancelled(promise) {
    return new Promise((resolve, reject) => {
        const one = { reject };
        const settle = act => value => {
            if (waits.delete(one)) act(value);
        };
        waits.add(one);
        promise.then(settle(resolve), settle(reject));
    });
}

/** Wait for an answer of the host, or until the run is cancelled. */
export function wait(...what) {
    return unlessCancelled(request(...what));
}

/** Wait: "30 days", seconds, or until a Date. */
export function sleep(duration) {
    return wait("timer", duration);
}

/**
 * What is delivered under a name. To await it is to wait for one delivery: the same one, however often it is awaited. To
 * iterate over it is to wait for one after the other.
 */
class Hook {
    #name;
    #delivery;

    constructor(name) {
        this.#name = String(name);
    }

    then(resolve, reject) {
        this.#delivery ??= wait("hook", this.#name);
        return this.#delivery.then(resolve, reject);
    }

    async *[Symbol.asyncIterator]() {
        for (;;) yield await wait("hook", this.#name);
    }
}

/** What is delivered under a name: await it once, or iterate. */
export function hook(name) {
    return new Hook(name);
}

/** A run that this one has started. */
class Child {
    #call = calls;
    #ended;

    constructor(ended) {
        this.id = `${runId()}.${this.#call}`;
        this.#ended = ended;
        ended.catch(() => {});  // whoever wants to know asks for the result
    }

    /** What it returns or throws. Once this run was cancelled, to ask anew is to wait until the child has undone what it did. */
    result() {
        return unlessCancelled(this.#ended);
    }

    /** Have it told to end. */
    async cancel(reason = "The run was cancelled") {
        await request("cancel child", this.#call, String(reason));
    }
}

/**
 * Start a function that the module of this workflow exports, as a run of its own: a child. In place of the function,
 * { workflow, key, deadline, parentClose } has more to say: parentClose is what becomes of it when this run ends, "cancel",
 * "terminate" or "abandon".
 */
export function start(what, ...values) {
    const { workflow, key = null, deadline = null, parentClose = "cancel" } = typeof what === "function" ? { workflow: what } : Object(what);
    const name = Object.keys(exported).find(name => exported[name] === workflow);
    if (typeof workflow !== "function" || name === undefined) {
        const shown = typeof workflow === "function" ? workflow.name || "this function" : String(workflow);
        throw new TypeError(`a child is a function that the workflow's module exports, and ${shown} is not: write export before it`);
    }
    return new Child(request("child", name, values, { key, deadline, parentClose }));
}

/** Start a child, as start() does, and wait for what it returns. */
export function run(what, ...values) {
    return start(what, ...values).result();
}

/** What readers outside follow. What is written is there for them as soon as the turn is stored. */
class Stream {
    #name;

    constructor(name) {
        this.#name = String(name);
    }

    /** Add a value. */
    async write(value) {
        if (closed.has(this.#name)) throw new TypeError(`the stream ${this.#name} is closed`);
        await request("write", this.#name, value);
    }

    /** Say that nothing follows. */
    async close() {
        if (closed.has(this.#name)) return;
        closed.add(this.#name);
        await request("close", this.#name);
    }
}

/** The stream of a name, for readers outside. */
export function stream(name) {
    return new Stream(name);
}

/**
 * Have the run begin again, with these arguments, and with none of what it has in memory. Nothing that it waits for is left
 * but what was delivered. What follows this in the program does not count: the promise is never settled.
 */
export function continueWith(...values) {
    if (signal.aborted) throw signal.reason;
    return request("continue", values);
}

/**
 * Say something of the run by which it is found: { customer: 7 }. A value is text, a number or a boolean; null takes the
 * attribute away. Others stay as they are.
 */
export function attributes(values) {
    for (const [name, value] of Object.entries(values)) {
        const kind = typeof value;
        if (value != null && kind !== "string" && kind !== "boolean" && !Number.isFinite(value))
            throw new TypeError(`the attribute ${name} is text, a number or a boolean, not ${kind}`);
        if (name.length < 1 || name.length > 64 || value?.length > 1000)
            throw new RangeError("the name of an attribute has 1 to 64 characters, and its text at most 1000");
    }
    const names = new Set([...attributed, ...Object.keys(values)]);
    if (names.size > MOST_ATTRIBUTES) throw new RangeError(`a run gives itself at most ${MOST_ATTRIBUTES} attributes`);
    request("attributes", Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? null])));
    for (const name of names) attributed.add(name);
}

/** What time it is for the run: it stands still during a turn. */
export function now() {
    return new Date();
}

/** A number by chance: at least 0, and less than 1. */
export function random() {
    return Math.random();
}

/** A UUID by chance, which no other run has. */
export function uuid() {
    return crypto.randomUUID();
}

/** Secrets, by what stands for them: a symbol, of which no text is made by accident. Only steps get the values. */
export const secrets = Object.freeze({
    ref(name) {
        if (typeof name !== "string" || name === "") throw new TypeError("the name of a secret is text");
        return Symbol.for(`snapjs.secret:${name}`);
    },
});

/** Write to the log of the run. */
export function log(...values) {
    console.log(...values);
}

function end(message, name) {
    controller.abort(new DOMException(message, name));
    for (const one of waits) one.reject(signal.reason);
    waits.clear();
}

async function follow() {
    const { before, name, values } = await request("begin");
    const workflow = exported[name];
    calls = Math.max(calls, before);
    try {
        await request("complete", await workflow(...values));
    } catch (error) {
        const isCancelled = signal.aborted && error === signal.reason && error.name === "AbortError";
        request(isCancelled ? "cancelled" : "fail", error);
    }
}

/** Run a function that a module exports: its name and its arguments come, then its end goes. */
export function begin(module) {
    if (typeof module.default !== "function") throw new TypeError("the default export of a workflow is a function");
    request("cancel").then(reason => end(reason, "AbortError"), late => end(late.message, "TimeoutError"));
    exported = module;
    follow();
}
