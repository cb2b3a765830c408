// What a test of the suite finds around it in place of a browser. Runs before testharness.js, in every engine alike, as
// a function of what the host does: text(path) and bytes(path) of a file of the suite, null when there is none or
// the URL is not the suite's; result(name, status, message) of a subtest; complete(status, message) of the file.
(function (host) {
  "use strict";
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true });

  if (typeof self === "undefined") define("self", globalThis);
  define("GLOBAL", { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false });

  // Not a Response: that may be what is tested.
  const answer = (url) => ({
    ok: true,
    status: 200,
    text: async () => host.text(url),
    json: async () => JSON.parse(host.text(url)),
    arrayBuffer: async () => host.bytes(url).buffer,
  });
  const original = globalThis.fetch;
  define("fetch", function fetch(input) {
    if (typeof input === "string" && host.text(input) !== null) return Promise.resolve(answer(input));
    if (original) return Reflect.apply(original, this, arguments);
    return Promise.reject(new TypeError("the suite has no such file"));
  });

  // Called between testharness.js and the scripts of a test, once.
  define("beginTest", ({ url, title, usesIdlharness, usesSharedMemory }) => {
    delete globalThis.beginTest;
    const [, origin, pathname, search] = /^(http:\/\/[^/]*)([^?]*)(.*)$/.exec(url);
    const [hostname, port] = origin.slice("http://".length).split(":");
    const parts = { href: url, origin, protocol: "http:", hostname, port, pathname, search, hash: "" };
    // Deno has it from its command line.
    if (globalThis.location?.href !== url) {
      define("location", { ...parts, host: `${hostname}:${port}`, toString: () => url });
    }
    if (title !== null) define("META_TITLE", title);
    if (usesIdlharness) {
      // Of the kinds of global object that idlharness.js knows, a worker's is the one that asks for nothing of a window.
      delete globalThis.Window;
      define("DedicatedWorkerGlobalScope", class { static [Symbol.hasInstance](it) { return it === globalThis } });
    }
    if (usesSharedMemory && typeof WebAssembly === "undefined") {
      // The suite takes a SharedArrayBuffer from there, for where its constructor is hidden; and it takes nothing else.
      const PAGE = 65536;
      define("WebAssembly", { Memory: function ({ initial }) { this.buffer = new SharedArrayBuffer(initial * PAGE) } });
    }
    add_result_callback((test) => host.result(test.name, test.status, test.message ?? ""));
    add_completion_callback((tests, status) => host.complete(status.status, status.message ?? ""));
  });
})
