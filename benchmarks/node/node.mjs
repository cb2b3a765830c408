// The operations of Node itself, named as the methods of Adapter in benchmarks/adapter.py. There is one machine, this process.

import { runInThisContext } from "node:vm";

export function operations() {
  return {
    versions: () => ({ node: process.versions.node, v8: process.versions.v8 }),
    create_web: () => ({}),
    close() {},
    eval: (machine, code) => runInThisContext(code),
    drain() {},
  };
}
