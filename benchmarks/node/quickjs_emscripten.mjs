// The operations of quickjs-emscripten, named as the methods of Adapter in benchmarks/adapter.py.

import { pathToFileURL } from "node:url";

export async function operations({ resolve, hosts }) {
  const { getQuickJS } = await import(pathToFileURL(resolve("quickjs-emscripten")));
  const { version } = (await import(pathToFileURL(resolve("quickjs-emscripten/package.json")), { with: { type: "json" } }))
    .default;
  const quickjs = await getQuickJS();
  const opened = new Map(); // handles by machine, which it wants back before it is closed

  function create(functions = {}) {
    const machine = quickjs.newContext();
    for (const [name, host] of Object.entries(functions)) {
      const run = hosts[host];
      const called = (handle) => {
        const result = run(machine.getNumber(handle));
        return result instanceof Promise ? promise(machine, result) : machine.newNumber(result);
      };
      machine.newFunction(name, called).consume((handle) => machine.setProp(machine.global, name, handle));
    }
    return machine;
  }

  function promise(machine, awaited) {
    const deferred = machine.newPromise();
    awaited.then((value) => machine.newNumber(value).consume((handle) => deferred.resolve(handle)));
    deferred.settled.then(machine.runtime.executePendingJobs);
    return deferred.handle;
  }

  function run(machine, code) {
    return machine.unwrapResult(machine.evalCode(code));
  }

  function evaluate(machine, code) {
    return run(machine, code).consume((handle) => machine.dump(handle));
  }

  return {
    versions: () => ({ "quickjs-emscripten": version, node: process.versions.node }),
    create,
    close(machine) {
      for (const handle of opened.get(machine) ?? []) handle.dispose();
      opened.delete(machine);
      machine.dispose();
    },
    eval: evaluate,
    drain: (machine) => machine.unwrapResult(machine.runtime.executePendingJobs()),
    once(code) {
      const machine = quickjs.newContext();
      const value = evaluate(machine, code);
      machine.dispose();
      return value;
    },
    function(machine, code) {
      const called = run(machine, code);
      opened.set(machine, [...(opened.get(machine) ?? []), called]);
      return (...given) => {
        const handles = given.map((value) => machine.newNumber(value));
        const result = machine.unwrapResult(machine.callFunction(called, machine.undefined, ...handles));
        const value = result.consume((handle) => machine.getNumber(handle));
        for (const handle of handles) handle.dispose();
        return value;
      };
    },
    async awaited(code, argument, functions) {
      const machine = create(functions);
      const start = performance.now();
      const result = run(machine, `(${code})(${argument})`);
      const resolved = machine.resolvePromise(result);
      machine.runtime.executePendingJobs();
      const value = machine.unwrapResult(await resolved).consume((handle) => machine.getNumber(handle));
      const seconds = (performance.now() - start) / 1000;
      result.dispose();
      machine.dispose();
      return [value, seconds];
    },
    put(machine, value) {
      machine.newString(JSON.stringify(value)).consume((text) => machine.setProp(machine.global, "text", text));
      run(machine, "globalThis.data = JSON.parse(text); 0").dispose();
    },
    get: (machine) => JSON.parse(run(machine, "JSON.stringify(data)").consume((text) => machine.getString(text))),
    put_bytes: (machine, data) =>
      machine.newArrayBuffer(data.buffer).consume((handle) => machine.setProp(machine.global, "data", handle)),
    // It reads no typed array.
    get_bytes: (machine) =>
      run(machine, "data.buffer").consume((handle) =>
        machine.getArrayBuffer(handle).consume((lifetime) => lifetime.value.slice()),
      ),
  };
}
