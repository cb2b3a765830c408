// The operations of quickjs-wasi, named as the methods of Adapter in benchmarks/adapter.py.

import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";

export async function operations({ resolve, hosts }) {
  const { QuickJS } = await import(pathToFileURL(resolve("quickjs-wasi")));
  const wasm = await WebAssembly.compile(readFileSync(resolve("quickjs-wasi/quickjs.wasm")));

  async function create(functions = {}) {
    const machine = await QuickJS.create({ wasm });
    for (const [name, host] of Object.entries(functions)) {
      const run = hosts[host];
      const called = (handle) => {
        const result = run(handle.toNumber());
        return result instanceof Promise ? promise(machine, result) : machine.newNumber(result);
      };
      machine.newFunction(name, called).consume((handle) => machine.global.setProp(name, handle));
    }
    return machine;
  }

  function promise(machine, awaited) {
    const deferred = machine.newPromise();
    awaited.then((value) => {
      deferred.resolve(machine.newNumber(value));
      machine.executePendingJobs();
    });
    return deferred.handle;
  }

  function evaluate(machine, code) {
    return machine.evalCode(code).consume((handle) => machine.dump(handle));
  }

  async function visit(snapshot, code) {
    const machine = await QuickJS.restore(snapshot, { wasm });
    const value = evaluate(machine, code);
    machine.dispose();
    return value;
  }

  return {
    async versions() {
      const machine = await create();
      const { "quickjs-wasi": version, quickjs } = machine.versions;
      machine.dispose();
      return { "quickjs-wasi": version, quickjs, node: process.versions.node };
    },
    create,
    create_web() {
      // Node before 21 can compile the extension for URLs, and does not unless it is told to.
      if (Number.parseInt(process.versions.node) < 21) setFlagsFromString("--experimental-wasm-extended-const");
      const files = ["url", "encoding", "structured-clone", "headers", "crypto"];
      const extensions = files.map((name) => ({ name, wasm: readFileSync(resolve(`quickjs-wasi/${name}.so`)) }));
      return QuickJS.create({ wasm, extensions });
    },
    close: (machine) => machine.dispose(),
    eval: evaluate,
    drain: (machine) => machine.executePendingJobs(),
    async once(code) {
      const machine = await QuickJS.create({ wasm });
      const value = evaluate(machine, code);
      machine.dispose();
      return value;
    },
    function(machine, code) {
      const called = machine.evalCode(code);
      return (...given) => {
        const handles = given.map((value) => machine.newNumber(value));
        const value = machine.callFunction(called, machine.undefined, ...handles).consume((result) => result.toNumber());
        for (const handle of handles) handle.dispose();
        return value;
      };
    },
    async awaited(code, argument, functions) {
      const machine = await create(functions);
      const start = performance.now();
      const result = machine.evalCode(`(${code})(${argument})`);
      machine.executePendingJobs();
      const { value } = await machine.resolvePromise(result);
      const seconds = (performance.now() - start) / 1000;
      const number = value.toNumber();
      machine.dispose();
      return [number, seconds];
    },
    // By JSON text nested data takes half the time that the package's own conversions do.
    put(machine, value) {
      machine.newString(JSON.stringify(value)).consume((text) => machine.global.setProp("text", text));
      machine.evalCode("globalThis.data = JSON.parse(text); 0").dispose();
    },
    get: (machine) => JSON.parse(machine.evalCode("JSON.stringify(data)").consume((text) => text.toString())),
    put_bytes: (machine, data) =>
      machine.newUint8Array(data).consume((handle) => machine.global.setProp("data", handle)),
    get_bytes: (machine) => machine.global.getProp("data").consume((handle) => handle.toUint8Array()),
    snapshot: (machine) => machine.snapshot(),
    restore: (snapshot) => QuickJS.restore(snapshot, { wasm }),
    visit,
    to_bytes: (snapshot) => QuickJS.serializeSnapshot(snapshot),
    to_raw_bytes: (snapshot) => QuickJS.serializeSnapshot(snapshot),
    from_bytes: (data) => QuickJS.deserializeSnapshot(data),
    write: (machine) => QuickJS.serializeSnapshot(machine.snapshot()),
    read: (data, code) => visit(QuickJS.deserializeSnapshot(data), code),
    save(snapshot, path) {
      const data = QuickJS.serializeSnapshot(snapshot);
      const file = openSync(path, "w");
      for (let written = 0; written < data.length; ) written += writeSync(file, data, written);
      fsyncSync(file);
      closeSync(file);
    },
    load: (path) => QuickJS.deserializeSnapshot(readFileSync(path)),
  };
}
