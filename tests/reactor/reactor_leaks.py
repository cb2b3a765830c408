"""What a program has left in a reactor that one which has run nothing does not hold."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from leaks import collect, counters, delete_globals, held

if TYPE_CHECKING:
    from snapjs import VM, Handle, Reactor

# Takes away all that a program may leave: handlers, timers, open files, files in memory, environment variables.
_TIDY = """
import * as std from "qjs:std"
import * as os from "qjs:os"

const variables = Object.keys(std.getenviron())
const [folder] = os.getcwd()
const { S_IFMT, S_IFDIR } = os
const files = new Set(walk("/"))

function walk(path, found = []) {
    if (skipped.includes(path) && path !== "/") return found
    const [status] = os.lstat(path)
    if ((status?.mode & S_IFMT) === S_IFDIR && !skipped.includes(path)) {
        for (const name of os.readdir(path)[0]) {
            if (name !== "." && name !== "..") walk(path === "/" ? `/${name}` : `${path}/${name}`, found)
        }
    }
    if (path !== "/") found.push(path)
    return found
}

tools.tidy = reads => {
    if (reads) std.in.readAsString()
    for (let fd = 0; fd < 64; fd++) {
        os.setReadHandler(fd, null)
        os.setWriteHandler(fd, null)
        if (fd > 2) os.close(fd)
    }
    for (const name in std.getenviron()) if (!variables.includes(name)) std.unsetenv(name)
    os.chdir(folder)
    for (const path of walk("/")) if (!files.has(path)) os.remove(path)
    const last = Number(os.setTimeout(() => {}, 0))
    for (let id = last; id > 0 && id > last - 1000; id--) os.clearTimeout(id)
    return files.size
}
"""
_BYTES = 4096
"""by which the heap may have grown: tables have more room than entries"""
_PATIENCE = 30
"""seconds; a program may have left microtasks without end"""


class Watched:
    """A reactor that has begun and has run nothing, and what it holds."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        vm = reactor._execution.vm
        options = vm._bridge.options
        limits = options.timeout, options.interrupt
        options.timeout, options.interrupt = _PATIENCE, None
        folders = list(reactor._mounts._systems)
        vm.globals["tools"] = {}
        vm.eval_module(f"const {{ tools }} = globalThis; const skipped = {folders!r};{_TIDY}", "tidy")
        self._tidy: Handle = vm.eval_handle("tools.tidy")
        del vm.globals["tools"]
        vm.call_function(self._tidy, None, False)
        self._heap = self._measure(vm)
        self._held = held(vm)
        options.timeout, options.interrupt = limits

    @staticmethod
    def _measure(vm: VM) -> dict[str, int]:
        counted = counters(vm)
        return {**counted, "bytes": vm.memory_usage()["memory_used_size"]}

    def check(self, *, heap: bool) -> None:
        """Fail the test when it holds more. One that is destroyed or dead passes.

        :param heap: compare what is in the guest's heap too.
        """
        execution = self._reactor._execution
        if execution.is_destroyed or execution.vm._bridge._death is not None:
            return
        vm = execution.vm
        options = vm._bridge.options
        options.timeout, options.interrupt, options.on_unhandled_rejection = _PATIENCE, None, None
        options.write = lambda stream, text: None
        vm._bridge.invoke("snap_set_memory_limit", 0)
        vm._bridge.invoke("snap_set_stack_limit", 0)
        delete_globals(vm, "std", "os", "bjson", "print", "gc", "navigator", "scriptArgs", "argv0")
        gc.collect()
        vm.call_function(self._tidy, None, self._reactor._stdin._is_pushed)
        collect(vm)
        assert held(vm) == self._held, "the test has left these in its reactor"
        if heap:
            left = {name: count - self._heap[name] for name, count in self._measure(vm).items()}
            if left["bytes"] <= _BYTES:
                del left["bytes"]
            assert {name: count for name, count in left.items() if count} == {}, "the test has left these in its heap"
