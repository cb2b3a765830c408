"""Modules, TypeScript and the web platform, in VMs that live shortly."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from snapjs import VM, NodeModules, typescript

_TYPESCRIPT = """
interface Item { price: number; count: number }
export const total = (items: Item[]): number => items.reduce((sum, item) => sum + item.price * item.count, 0);
"""
_WEB = """
const bytes = new Uint8Array(await new Response(
    new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")).pipeThrough(new DecompressionStream("gzip"))
).arrayBuffer())
const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
const url = new URL("../b?x=1#y", "https://example.com/a/c/")
const copy = structuredClone({ map: new Map([[1, { url: url.href }]]), date: new Date(0) })
const hex = Array.from(digest, byte => byte.toString(16).padStart(2, "0")).join("");
[hex, copy.map.get(1).url, copy.date.getTime()]
"""


def rounds(chance: random.Random, folder: Path) -> Iterator[dict[str, int]]:
    """A VM for each of them in each round."""
    package = folder / "node_modules" / "sums"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "sums", "version": "1.0.0", "main": "index.cjs"}')
    (package / "index.cjs").write_text("exports.add = (a, b) => a + b; exports.path = require('path').join('a', 'b')")
    (folder / "total.ts").write_text(_TYPESCRIPT)
    while True:
        price, text = chance.randrange(1000), "text " * chance.randrange(20_000)
        with VM(modules=NodeModules(folder), timeout=60) as vm:
            module = vm.import_module("./total.ts")
            if module["total"]([{"price": price, "count": 3}]) != 3 * price:
                raise AssertionError("TypeScript has computed something else")
            if vm.import_module("sums")["add"](price, 1) != price + 1:
                raise AssertionError("a package has computed something else")
        with VM(timeout=60) as vm:
            vm.globals["text"] = text
            expected = [hashlib.sha256(text.encode()).hexdigest(), "https://example.com/a/b?x=1#y", 0]
            if asyncio.run(vm.eval_async(_WEB)) != expected:
                raise AssertionError("the web platform has computed something else")
        # Each thread has a compiler of its own, whose garbage would come and go by hundreds of megabytes.
        with ThreadPoolExecutor(1) as thread:
            source = f"const n{chance.randrange(1 << 10)}: number = 1"  # what was compiled is kept
            if "number" in thread.submit(typescript.transpile, source).result().code:
                raise AssertionError("types were left")
        yield {"VMs": 2}
