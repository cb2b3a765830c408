// What benchmarks/remote.py has done in Node: `node --expose-gc worker.mjs MODULE FOLDER`. The module exports, as a
// promise, the operations of one package, which npm has installed in the folder. Each line of the standard input is
//
//     {"operation": name, "arguments": [...], "count": how often, "dropped": [number, ...]}
//
// and is answered with one: {"seconds": s, "value": v}, or {"seconds": s, "kept": number, "size": bytes} when the
// value stays here, or {"error": text}, or {"unsupported": reason}. An argument {"kept": number} stands for such a
// value until it is dropped.

import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { resolve } = createRequire(join(process.argv[3], "requirer.js"));

// Named as the functions of benchmarks/calls.py.
const hosts = {
  identity: (number) => number,
  awaited_identity: async (number) => number,
  pause: (number) => new Promise((done) => setTimeout(done, 10, number)),
};

const common = {
  call: (called, ...given) => called(...given),
  keep: (value) => value,
  show: (value) => value,
  async collect() {
    for (let i = 0; i < 3; i++) {
      globalThis.gc();
      await new Promise((done) => setTimeout(done, 100)); // memories are given back by another thread
    }
  },
  buffer: (size) => new Uint8Array(size).fill(0x55),
  copy: (source, target) => target.set(source),
  copy_to_new: (source) => source.slice(),
};

const module = await import(pathToFileURL(process.argv[2]));
const operations = { ...common, ...(await module.operations({ resolve, hosts })) };
const staysHere = new Set(["create", "create_web", "limited", "with_modules", "function", "snapshot", "restore", "from_bytes", "load", "get", "keep"]);

const kept = new Map();
let last = 0;

async function timed(run, values, count) {
  let result;
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    result = run(...values);
    if (result instanceof Promise) result = await result;
  }
  return [result, (performance.now() - start) / 1000];
}

async function answer({ operation, arguments: given, count, dropped }) {
  for (const number of dropped) kept.delete(number);
  if (!operations[operation]) return { unsupported: `no ${operation}` };
  const values = given.map((value) => (value?.kept === undefined ? value : kept.get(value.kept)));
  const [result, seconds] = await timed(operations[operation], values, count);
  if (!staysHere.has(operation) && !(result instanceof Uint8Array)) return { seconds, value: result ?? null };
  kept.set(++last, result);
  return { seconds, kept: last, size: result?.length ?? result?.memory?.length ?? 0 };
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
