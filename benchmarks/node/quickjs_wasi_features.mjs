// The operations of quickjs-wasi with those of Subject in benchmarks/features/subject.py.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { operations as measured } from "./quickjs_wasi.mjs";

const shared = {};
const cycle = {};
cycle.a = cycle;

// By the names in benchmarks/features/values.py: what in Node is the same kind of thing.
const values = {
  "int beyond 2⁵³": 2n ** 70n,
  datetime: new Date(86400000),
  set: new Set([1]),
  bytes: new Uint8Array([1, 2]),
  NaN: NaN,
  "-0": -0,
  "lone surrogate": "\ud800",
  "NUL in text": "a\0b",
  "shared object": [shared, shared],
  cycle,
};

const pause = (number) => new Promise((done) => setTimeout(done, 50, number));

export async function operations({ resolve, hosts }) {
  const operations = await measured({ resolve, hosts: { ...hosts, _pause: pause } });
  const { EvalFlags, MAX_STACK_SIZE, QuickJS } = await import(pathToFileURL(resolve("quickjs-wasi")));
  const wasm = await WebAssembly.compile(readFileSync(resolve("quickjs-wasi/quickjs.wasm")));
  const deadlines = new Map();

  function define(machine, name, run) {
    machine.newFunction(name, run).consume((handle) => machine.global.setProp(name, handle));
  }

  async function limited(memory, seconds, counts) {
    const limits = { deadline: Infinity, seconds: seconds ?? Infinity };
    const interruptHandler = () => performance.now() > limits.deadline;
    const limit = memory === null ? {} : { memoryLimit: memory };
    const machine = await QuickJS.create({ wasm, interruptHandler, maxStackSize: MAX_STACK_SIZE, ...limit });
    deadlines.set(machine, limits);
    let calls = 0;
    if (counts) define(machine, "count", () => machine.newNumber(++calls));
    return machine;
  }

  function limited_eval(machine, code) {
    const limits = deadlines.get(machine);
    limits.deadline = performance.now() + 1000 * limits.seconds;
    return operations.eval(machine, code);
  }

  async function kind(code) {
    const machine = await QuickJS.create({ wasm });
    try {
      return described(operations.eval(machine, code));
    } catch (error) {
      return `!${error}`;
    }
  }

  async function takes(name, test) {
    const machine = await QuickJS.create({ wasm });
    try {
      machine.hostToHandle(values[name]).consume((handle) => machine.global.setProp("data", handle));
      return operations.eval(machine, test) === true;
    } catch {
      return false;
    }
  }

  return {
    ...operations,
    limited,
    limited_eval,
    async kinds(codes) {
      const found = {};
      for (const [name, code] of Object.entries(codes)) found[name] = await kind(code);
      return found;
    },
    async taken(tests) {
      const found = {};
      for (const [name, test] of Object.entries(tests)) found[name] = await takes(name, test);
      return found;
    },
    async with_modules(files, entry) {
      const machine = await QuickJS.create({ wasm, moduleLoader: { load: (name) => files[name] } });
      machine.evalCode(files[entry], entry, EvalFlags.TYPE_MODULE).dispose();
      machine.executePendingJobs();
      return machine;
    },
    async synchronous() {
      const machine = await QuickJS.create({ wasm });
      define(machine, "host", (handle) => machine.newNumber(handle.toNumber() + 1));
      return operations.eval(machine, "host(41)");
    },
    async catches(code) {
      const machine = await QuickJS.create({ wasm });
      define(machine, "fail", () => {
        throw new Error("secret");
      });
      return operations.eval(machine, code);
    },
    // The host makes the promise within the machine, and writes down by which token it finds its resolver again.
    async suspend(path) {
      const machine = await QuickJS.create({ wasm });
      let token;
      define(machine, "ask", () => {
        const made = machine.evalCode("Promise.withResolvers()");
        token = machine.exportHandle(made.getProp("resolve"));
        return made.getProp("promise");
      });
      machine.evalCode("globalThis.got = 0; ask(40).then(value => { got = 40 + value }); 0").dispose();
      machine.executePendingJobs();
      operations.save(machine.snapshot(), path);
      writeFileSync(`${path}.token`, String(token));
    },
    async resume(path) {
      const machine = await QuickJS.restore(operations.load(path), { wasm });
      const answer = machine.importHandle(Number(readFileSync(`${path}.token`, "utf8")));
      machine.callFunction(answer, machine.undefined, machine.newNumber(2)).dispose();
      machine.executePendingJobs();
      return operations.eval(machine, "got");
    },
  };
}

// As the function of the same name in benchmarks/features/subject.py.
function described(value, within = []) {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "bigint") return `integer ${value}`;
  if (typeof value === "number") {
    return Number.isInteger(value) && !Object.is(value, -0) ? `integer ${value}` : `number ${Object.is(value, -0) ? "-0" : value}`;
  }
  if (typeof value === "string") return `string ${[...value].map((each) => each.codePointAt(0).toString(16)).join(" ")}`;
  if (value instanceof Uint8Array) return `bytes ${[...value].join(" ")}`;
  if (value instanceof Date) return `date ${value / 1000}`;
  if (within.includes(value)) return "cycle";
  const inside = [...within, value];
  const all = (items) => [...items].map((each) => described(each, inside)).join(", ");
  if (value instanceof Set) return `set of ${all(value)}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `${typeof value[0] === "object" && value[0] === value[1] ? "shared " : ""}list of ${all(value)}`;
  }
  if (typeof value !== "object") return typeof value;
  const pairs = value instanceof Map ? [...value] : Object.entries(value);
  return `map of ${pairs.map(([name, each]) => `${name}: ${described(each, inside)}`).join(", ")}`;
}
