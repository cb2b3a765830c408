// The module snapjs:workflow. All that a workflow waits for is a call of the host that is answered later.

const request = globalThis.__workflow;
delete globalThis.__workflow;

const controller = new AbortController();
const waits = new Set();

/** Aborted when the run is cancelled. */
export const signal = controller.signal;

/** Wait for an answer of the host, or until the run is cancelled. */
export function wait(...what) {
    return new Promise((resolve, reject) => {
        const one = { reject };
        const settle = act => value => {
            if (waits.delete(one)) act(value);
        };
        waits.add(one);
        request(...what).then(settle(resolve), settle(reject));
    });
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

/** Write to the log of the run. */
export function log(...values) {
    console.log(...values);
}

function end(message, name) {
    controller.abort(new DOMException(message, name));
    for (const one of waits) one.reject(signal.reason);
    waits.clear();
}

async function follow(workflow) {
    const values = await request("begin");
    try {
        await request("complete", await workflow(...values));
    } catch (error) {
        const isCancelled = signal.aborted && error === signal.reason && error.name === "AbortError";
        request(isCancelled ? "cancelled" : "fail", error);
    }
}

/** Run a workflow: its arguments come, then its end goes. */
export function run(workflow) {
    if (typeof workflow !== "function") throw new TypeError("the default export of a workflow is a function");
    request("cancel").then(reason => end(reason, "AbortError"), late => end(late.message, "TimeoutError"));
    follow(workflow);
}
