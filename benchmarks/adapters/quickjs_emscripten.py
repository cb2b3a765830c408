"""quickjs-emscripten: Bellard's QuickJS as WebAssembly in Node. Machines share a memory."""

from __future__ import annotations

from benchmarks.remote import NodeAdapter


class QuickjsEmscripten(NodeAdapter):
    npm_requirements = ("quickjs-emscripten@0.32.0",)
    cold_module = """
        const { getQuickJS } = await import(resolve("quickjs-emscripten"));
        const machine = (await getQuickJS()).newContext();
        if (machine.getNumber(machine.unwrapResult(machine.evalCode("1+2"))) !== 3) throw new Error("wrong result");
    """


ADAPTER = QuickjsEmscripten
