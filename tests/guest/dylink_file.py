"""Small native extensions, assembled from text: shared libraries of WebAssembly as a compiler makes them."""

from __future__ import annotations

from functools import cache

import wasmtime

from snapjs import Extension

# What extensions import of the engine, by the name of the C function.
_SIGNATURES = {
    "JS_GetGlobalObject": "(param i32) (result i64)",
    "JS_NewCFunction2": "(param i32 i32 i32 i32 i32 i32) (result i64)",
    "JS_SetPropertyStr": "(param i32 i64 i32 i64) (result i32)",
    "JS_FreeValue": "(param i32 i64)",
    "JS_ThrowTypeError": "(param i32 i32 i32) (result i64)",
    "JS_NewStringLen": "(param i32 i32 i32) (result i64)",
    "malloc": "(param i32) (result i32)",
    "free": "(param i32)",
    "strlen": "(param i32) (result i32)",
}

# A JSCFunction has these parameters: the context, `this`, how many arguments, and where they are.
FUNCTION = "(param $ctx i32) (param $this i64) (param $count i32) (param $arguments i32) (result i64)"

_DEFINE = """
  (func $define (param $ctx i32) (param $name i32) (param $function i32)
    (local $global i64)
    (local.set $global (call $JS_GetGlobalObject (local.get $ctx)))
    (drop (call $JS_SetPropertyStr (local.get $ctx) (local.get $global) (local.get $name)
      (call $JS_NewCFunction2 (local.get $ctx) (local.get $function) (local.get $name)
        (i32.const 0) (i32.const 0) (i32.const 0))))
    (call $JS_FreeValue (local.get $ctx) (local.get $global)))
"""


def number(value: int) -> bytes:
    """An unsigned LEB128."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def run(content: bytes) -> bytes:
    return number(len(content)) + content


def section(name: bytes, content: bytes) -> bytes:
    """A custom section."""
    return b"\0" + run(run(name) + content)


def needs(memory: int = 0, alignment: int = 0, table: int = 0, table_alignment: int = 0) -> bytes:
    """The first part of a section dylink.0: bytes, elements, and powers of two."""
    return b"\1" + run(number(memory) + number(alignment) + number(table) + number(table_alignment))


def needed(*names: str) -> bytes:
    """The part that names other libraries."""
    return b"\2" + run(number(len(names)) + b"".join(run(name.encode()) for name in names))


def weak(*imports: tuple[str, str]) -> bytes:
    """The part that says which imports need not be there."""
    entries = (run(module.encode()) + run(name.encode()) + b"\1" for module, name in imports)
    return b"\4" + run(number(len(imports)) + b"".join(entries))


def thread_local(name: str) -> bytes:
    """The part that says that an export is a thread-local variable."""
    return b"\3" + run(number(1) + run(name.encode()) + number(0x100))


@cache
def assembled(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


def library(text: str, *parts: bytes) -> bytes:
    """A shared library.

    :param text: a module, in the text format.
    :param parts: of its section dylink.0.
    """
    wasm = assembled(text)
    return wasm[:8] + section(b"dylink.0", b"".join(parts)) + wasm[8:]


def module(body: str, *, uses: str = "", imports: str = "", data: str = "") -> str:
    """The text of a module with the usual imports. ``$memory`` and ``$table`` are where its part of each begins.

    :param uses: names of C functions that it imports, each then under its name; always those that define functions.
    :param imports: others, as text.
    :param data: what its part of memory begins with.
    """
    names = dict.fromkeys(
        ["JS_GetGlobalObject", "JS_NewCFunction2", "JS_SetPropertyStr", "JS_FreeValue", *uses.split()]
    )
    functions = "\n".join(f'(import "env" "{name}" (func ${name} {_SIGNATURES[name]}))' for name in names)
    content = f'(data (global.get $memory) "{data}")' if data else ""
    return f"""(module
      (import "env" "memory" (memory 0))
      (import "env" "__indirect_function_table" (table 0 funcref))
      (import "env" "__memory_base" (global $memory i32))
      (import "env" "__table_base" (global $table i32))
      {functions}
      {imports}
      {body}
      {content})"""


def initialisation(name: str, *functions: int) -> str:
    """``snapjs_init_<name>``, which defines global functions whose names lie at these places in memory; their places in
    the table are 0, 1, and so on."""
    calls = "\n".join(
        f"(call $define (local.get $ctx) (i32.add (global.get $memory) (i32.const {place}))"
        f" (i32.add (global.get $table) (i32.const {index})))"
        for index, place in enumerate(functions)
    )
    return f"""{_DEFINE}
      (func (export "snapjs_init_{name}") (param $ctx i32) (result i32)
        {calls}
        (i32.const 0))"""


def counter(name: str = "counter", start: int = 5) -> Extension:
    """An extension with the function ``count``, which returns one more each time. Its state lies in its data."""
    text = module(
        f"""{initialisation(name, 0)}
        (elem (global.get $table) $count)
        (func $count {FUNCTION}
          (i32.store offset=8 (global.get $memory) (i32.add (i32.const 1) (i32.load offset=8 (global.get $memory))))
          (i64.extend_i32_u (i32.load offset=8 (global.get $memory))))""",
        data=rf"count\00\00\00\{start:02x}\00\00\00",
    )
    return Extension(name, library(text, needs(memory=12, alignment=2, table=1)))


def empty(name: str, body: str = "", *parts: bytes, imports: str = "", data: str = "") -> Extension:
    """An extension whose initialisation does nothing."""
    text = module(
        f'{body} (func (export "snapjs_init_{name}") (param i32) (result i32) (i32.const 0))',
        imports=imports,
        data=data,
    )
    return Extension(name, library(text, *(parts or (needs(),))))


def function(
    name: str, body: str, *parts: bytes, uses: str = "", imports: str = "", data: str = "", more: str = ""
) -> Extension:
    """An extension with one global function of its own name.

    :param body: of that function, a JSCFunction: it gives an i64.
    :param data: what stands in memory, from byte 16 on; the name of the function stands before.
    :param more: other parts of the module.
    """
    text = module(
        f"""{initialisation(name, 0)}
        (elem (global.get $table) $function)
        (func $function {FUNCTION} {body})
        {more}""",
        uses=uses,
        imports=imports,
        data=name.ljust(16, "\0").replace("\0", r"\00") + data,
    )
    return Extension(name, library(text, needs(memory=256, alignment=4, table=1), *parts))
