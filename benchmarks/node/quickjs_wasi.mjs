// What benchmarks/adapters/quickjs_wasi.py has done in Node: `node --expose-gc quickjs_wasi.mjs FOLDER`, where npm has installed
// quickjs-wasi in the folder. It reads one JSON object a line from its standard input,
//
//     {"operation": name, "arguments": [...], "count": how often, "dropped": [number, ...]}
//
// and answers each with one: {"seconds": s, "value": v}, or {"seconds": s, "kept": number, "size": bytes} when the
// value stays here, or {"error": text}. An argument {"kept": number} stands for such a value until it is dropped.

import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.argv[2], "requirer.js"));
const { QuickJS } = await import(pathToFileURL(require.resolve("quickjs-wasi")));
const wasm = await WebAssembly.compile(readFileSync(require.resolve("quickjs-wasi/quickjs.wasm")));

// Named as the methods of Adapter.
const operations = {
  async versions() {
    const machine = await QuickJS.create({ wasm });
    const { "quickjs-wasi": version, quickjs } = machine.versions;
    machine.dispose();
    return { "quickjs-wasi": version, quickjs, node: process.versions.node };
  },
  create: () => QuickJS.create({ wasm }),
  close: (machine) => machine.dispose(),
  eval: (machine, code) => machine.evalCode(code).consume((handle) => machine.dump(handle)),
  snapshot: (machine) => machine.snapshot(),
  restore: (snapshot) => QuickJS.restore(snapshot, { wasm }),
  async visit(snapshot, code) {
    const machine = await QuickJS.restore(snapshot, { wasm });
    const value = operations.eval(machine, code);
    machine.dispose();
    return value;
  },
  to_bytes: (snapshot) => QuickJS.serializeSnapshot(snapshot),
  to_raw_bytes: (snapshot) => QuickJS.serializeSnapshot(snapshot),
  from_bytes: (data) => QuickJS.deserializeSnapshot(data),
  write: (machine) => QuickJS.serializeSnapshot(machine.snapshot()),
  read: (data, code) => operations.visit(QuickJS.deserializeSnapshot(data), code),
  save(snapshot, path) {
    const data = QuickJS.serializeSnapshot(snapshot);
    const file = openSync(path, "w");
    for (let written = 0; written < data.length; ) written += writeSync(file, data, written);
    fsyncSync(file);
    closeSync(file);
  },
  load: (path) => QuickJS.deserializeSnapshot(readFileSync(path)),
  async collect() {
    for (let i = 0; i < 3; i++) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 100)); // memories are given back by another thread
    }
  },
  buffer: (size) => new Uint8Array(size).fill(0x55),
  copy: (source, target) => target.set(source),
  copy_to_new: (source) => source.slice(),
};

const kept = new Map();
let last = 0;

async function answer({ operation, arguments: given, count, dropped }) {
  for (const number of dropped) kept.delete(number);
  const values = given.map((value) => (value?.kept === undefined ? value : kept.get(value.kept)));
  const run = operations[operation];
  let seconds = 0;
  let result;
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    result = run(...values);
    if (result instanceof Promise) result = await result;
    seconds += (performance.now() - start) / 1000;
  }
  const size = result instanceof Uint8Array ? result.length : result?.memory?.byteLength;
  if (size === undefined && !(result instanceof QuickJS)) return { seconds, value: result ?? null };
  kept.set(++last, result);
  return { seconds, kept: last, size: size ?? 0 };
}

for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = await answer(JSON.parse(line));
  } catch (error) {
    said = { error: `${error.name}: ${error.message}` };
  }
  console.log(JSON.stringify(said));
}
