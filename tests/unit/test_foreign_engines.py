"""Engines that come with a snapshot and are none, or are out to harm while they are loaded: that is an EngineMismatch,
in time, and the process lives."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hostile_engine import (
    ARGUMENTS,
    IMPORTS,
    SIZE,
    Hostile,
    binary,
    describe,
    function,
    hostile,
    many_functions,
    number,
    outcome,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from small_guest import compile_module
from wasmtime import wat2wasm

from snapjs import EngineMismatch
from snapjs._cache import KeptFiles
from snapjs._guest import abi, baseline
from snapjs._guest.engine import packaged
from snapjs._guest.exports import EngineUnusable
from snapjs._guest.foreign import check_module

ENDLESS = "(loop (br 0))"
NO_SUCH_TYPE = "the module has types that no engine has"
OTHER_TYPE = "the module's function snap_eval has another type than an engine's"


@pytest.fixture(autouse=True)
def little_time(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "foreign engines"))
    monkeypatch.setattr(baseline, "FOREIGN_SECONDS", 0.05)


def assert_unusable(engine: Hostile, match: str) -> EngineMismatch:
    with pytest.raises(EngineMismatch, match=f"(?s)^engine {engine.sha256} cannot be used: .*{match}") as caught:
        engine.load()
    assert caught.value.engine == engine.sha256
    return caught.value


def test_one_that_does_what_is_expected_is_loaded() -> None:
    engine = hostile()
    assert engine.load().engine == engine.sha256


# ---- no engine


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"\0", "it is not a WebAssembly module"),
        (b"\0asm", "it is not a WebAssembly module"),
        (b"\0asm\x0d\0\1\0", "it is not a WebAssembly module"),
        (b"(module)", "it is not a WebAssembly module"),
        (b"\x7fELF" + bytes(100), "it is not a WebAssembly module"),
        (bytes(wat2wasm("(module)")), "no export 'memory'"),
        (bytes(wat2wasm('(module (memory (export "memory") 34))')), "no export '_initialize'"),
    ],
)
def test_bytes_that_are_no_engine(data: bytes, match: str) -> None:
    assert_unusable(Hostile(data, bytes(65536)), match)


def test_machine_code_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path))
    compile_module(hostile().wasm, checked=True, files=KeptFiles("compiled", 1 << 30))
    (path,) = (tmp_path / "compiled").iterdir()
    assert_unusable(Hostile(path.read_bytes(), bytes(65536)), "it is not a WebAssembly module")


# ---- exports and imports


@pytest.mark.parametrize("types", [("i64 i32", "i32"), ("i32 i64", "i64")])
def test_integers_of_either_size_will_do(types: tuple[str, str]) -> None:
    assert hostile(fields={"snap_eval": function("snap_eval", "unreachable", *types)}).load()


@pytest.mark.parametrize(
    ("parameters", "results", "match"),
    [
        ("f64 i32", "i32", OTHER_TYPE),
        ("i32 i32", "f32", OTHER_TYPE),
        ("i32", "i32", OTHER_TYPE),
        ("i32 i32 i32", "i32", OTHER_TYPE),
        ("i32 " * 1000, "i32", "type"),
        ("i32 i32", "", OTHER_TYPE),
        ("i32 i32", "i32 i32", "type"),
        ("externref i32", "i32", NO_SUCH_TYPE),
        ("i32 funcref", "i32", NO_SUCH_TYPE),
        ("i32 i32", "externref", NO_SUCH_TYPE),
        ("v128 i32", "i32", NO_SUCH_TYPE),
        ("i32 i32", "v128", NO_SUCH_TYPE),
        ("anyref i32", "i32", NO_SUCH_TYPE),
        ("exnref i32", "i32", NO_SUCH_TYPE),
        ("(ref func) i32", "i32", "(types that no engine has|is damaged)"),
        ("i31ref i32", "i32", NO_SUCH_TYPE),
    ],
)
def test_function_of_another_type(parameters: str, results: str, match: str) -> None:
    field = function("snap_eval", "unreachable", parameters, results)
    assert_unusable(hostile(fields={"snap_eval": field}), match)


@pytest.mark.parametrize(
    "field",
    [
        '(global (export "snap_eval") i32 (i32.const 0))',
        '(global (export "snap_eval") (mut i32) (i32.const 0))',
        '(table (export "snap_eval") 1 funcref)',
        '(export "snap_eval" (memory 0))',
        '(tag (export "snap_eval") (param i32))',
    ],
)
def test_something_else_under_the_name_of_a_function(field: str) -> None:
    assert_unusable(hostile(fields={"snap_eval": field}), "the module's snap_eval is not a function")


@pytest.mark.parametrize("name", ["_initialize", "snap_initialize", "snap_control_block", "snap_describe"])
def test_function_that_loading_needs_is_missing(name: str) -> None:
    assert_unusable(hostile(fields={name: ""}), f"no export '{name}'")


@pytest.mark.parametrize(
    ("memory", "match"),
    [
        ("(memory 34)", "no export 'memory'"),
        ('(memory (export "heap") 34)', "no export 'memory'"),
        ('(memory 34) (global (export "memory") (mut i32) (i32.const 0))', "no export 'memory'"),
        ('(memory 34) (func (export "memory"))', "no export 'memory'"),
        ('(memory 34) (table (export "memory") 1 funcref)', "no export 'memory'"),
        ('(memory (export "memory") i64 34)', "memory64 must be enabled"),
        ('(memory (export "memory") 34 40 shared)', "shared memory support is disabled"),
        ('(memory (export "memory") 2228224 (pagesize 1))', "custom page sizes proposal must be enabled"),
        ('(memory (export "memory") 65536)', "memory minimum size of 65536 pages exceeds memory limits"),
        ('(memory (export "memory") 1025)', "memory minimum size of 1025 pages exceeds memory limits"),
        ('(memory (export "memory") 34) (memory 1)', "memory count too high"),
        (
            '(import "snapjs" "memory" (memory 34)) (export "memory" (memory 0))',
            "imports something else than functions",
        ),
    ],
)
def test_memory_of_another_kind(memory: str, match: str) -> None:
    assert_unusable(hostile(memory=memory, imports="" if "import" in memory else IMPORTS), match)


@pytest.mark.parametrize(
    ("imports", "match"),
    [
        ('(import "snapjs" "host_exec" (func))', "unknown import: `snapjs::host_exec`"),
        ('(import "" "" (func))', "unknown import"),
        ('(import "snapjs" "host_clock" (func (param i32) (result f64)))', "incompatible import type"),
        ('(import "snapjs" "host_clock" (func (param anyref) (result v128)))', NO_SUCH_TYPE),
        ('(import "snapjs" "host_request" (global i32))', "imports something else than functions"),
        ('(import "snapjs" "host_request" (tag (param i32)))', "imports something else than functions"),
    ],
)
def test_imports_that_there_are_not(imports: str, match: str) -> None:
    assert_unusable(hostile(imports=IMPORTS + imports), match)


def test_one_that_imports_wasi_is_loaded_for_nothing_calls_it() -> None:
    engine = hostile(imports=IMPORTS + '(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))')
    assert engine.load().engine == engine.sha256


# ---- reading a module before it is compiled

NOTHING = b"\1\x60\0\0"
"""the type section of a function that takes and gives nothing"""
TEN_TIMES_50_000 = b"\x0a" + (number(50_000) + b"\x7e") * 10 + b"\x0b"


def unlimited(*parameters: Any, reason: str) -> Any:
    """A case that is known to fail."""
    return pytest.param(*parameters, marks=pytest.mark.xfail(strict=True, reason=reason))


@pytest.mark.parametrize(
    ("wasm", "match"),
    [
        (b"", "^it is not a WebAssembly module$"),
        (binary()[:-1], "^it is not a WebAssembly module$"),
        (binary() + b"\1", "^the WebAssembly module is damaged$"),
        (binary() + b"\1\4\1\x60\0", "^the WebAssembly module is damaged$"),
        (binary() + b"\1\xff\xff\xff\xff\xff\1", "^the WebAssembly module is damaged$"),
        (binary((1, b"")), "^the WebAssembly module is damaged$"),
        (binary((1, b"\2\x60\0\0")), "^the WebAssembly module is damaged$"),
        (binary((1, b"\1\x60\1")), "^the WebAssembly module is damaged$"),
        (binary((3, b"\xff\xff\xff\xff\x0f")), "^the module has more parts than an engine$"),
        (binary((7, b"\1\x09snap_eval\0\0")), "^the WebAssembly module is damaged$"),
        (binary((1, NOTHING), (3, b"\1\1"), (7, b"\1\x09snap_eval\0\0")), "^the WebAssembly module is damaged$"),
        (binary((10, b"\2\2\0\x0b")), "^the WebAssembly module is damaged$"),
        (binary((1, b"\1\x60\1\x7b\0")), "^the module has types that no engine has$"),
        (binary((1, b"\1\x60\0\1\x70")), "^the module has types that no engine has$"),
        (binary((1, b"\1\x4e\0")), "^the module has types that no engine has$"),
        (binary((1, b"\1\x5f\0")), "^the module has types that no engine has$"),
        (binary((2, b"\1\1a\1b\2\0\1")), "^the module imports something else than functions$"),
        (binary((7, b"\1\x09snap_eval\2\0")), "^the module's snap_eval is not a function$"),
        (
            binary((1, NOTHING), (3, b"\1\0"), (7, b"\1\x09snap_eval\0\0")),
            "^the module's function snap_eval has another type than an engine's$",
        ),
        (binary((8, b"\0")), "^the module has a start function, which no engine has$"),
        (binary((10, number(50_001))), "^the module has more parts than an engine$"),
        (many_functions(1, TEN_TIMES_50_000), "^the module's functions have more variables than an engine's$"),
        (many_functions(1000, TEN_TIMES_50_000), "^the module's functions have more variables than an engine's$"),
    ],
)
def test_module_that_is_refused_at_once(wasm: bytes, match: str) -> None:
    begun = monotonic()
    with pytest.raises(EngineUnusable, match=match):
        check_module(wasm)
    assert monotonic() - begun < 1


@pytest.mark.parametrize(
    "wasm",
    [
        binary(),
        binary((0, b"\4name"), (1, NOTHING), (0, b"\4name")),
        binary((7, b"\1\5other\2\0")),
        many_functions(50_000, b"\1\4\x7e\x0b"),
    ],
    ids=["empty", "custom sections", "another export", "as many as there may be"],
)
def test_module_that_is_not_refused(wasm: bytes) -> None:
    check_module(wasm)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_engine_is_refused_or_not_but_nothing_else(seed: int) -> None:
    generator = random.Random(seed)
    wasm = hostile().wasm if seed % 2 else packaged().wasm
    for _ in range(40 + 400 * (seed % 2)):
        # Most that is read lies at the beginning.
        span = generator.choice([50, 1000, 10_000, len(wasm)])
        position = generator.randrange(min(span, len(wasm)))
        changed = wasm[:position] + generator.randbytes(generator.randrange(4)) + wasm[position + 1 :]
        for data in (wasm[:position], changed):
            begun = monotonic()
            with suppress(EngineUnusable):
                check_module(data)
            assert monotonic() - begun < 1


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2, 3, 7, 10, 11]), st.binary(max_size=60)), max_size=5))
@settings(max_examples=200, deadline=1000)
def test_sections_without_sense_are_refused_or_not_but_nothing_else(sections: list[tuple[int, bytes]]) -> None:
    with suppress(EngineUnusable):
        check_module(binary(*sections))


@pytest.mark.slow
def test_damaged_engine_that_passes_does_no_harm_later() -> None:
    code = """
import random
generator, wasm, outcomes = random.Random(1), hostile().wasm, set()
baseline = snapjs._guest.baseline
baseline.FOREIGN_SECONDS = 0.05
for _ in range(300):
    position = generator.randrange(8, generator.choice([500, len(wasm)]))
    changed = wasm[:position] + generator.randbytes(1) + wasm[position + 1 :]
    try:
        Hostile(changed, hostile().memory).load()
        outcomes.add("loaded")
    except SnapjsError as error:
        outcomes.add("refused")
print(sorted(outcomes))
"""
    assert outcome(code) == "['loaded', 'refused']"


@pytest.mark.parametrize(
    "wasm",
    [
        binary((1, number(100_000) + b"\x60\0\0" * 100_000)),
        binary((1, NOTHING), (2, number(100_000) + bytes(4) * 100_000)),
        binary((1, NOTHING), (3, number(100_000) + bytes(100_000))),
        binary((7, number(100_000) + b"\0\2\0" * 100_000)),
        many_functions(1, number(500_000) + b"\0\x7e" * 500_000 + b"\x0b"),
        binary(*[(0, b"\0")] * 100_000),
    ],
    ids=["types", "imports", "functions", "exports", "declarations of variables", "sections"],
)
def test_more_parts_than_any_engine_has(wasm: bytes) -> None:
    with pytest.raises(EngineUnusable):
        check_module(wasm)


# Parameters and results are moved by each call; each variable is a parameter of the machine code of each loop.
CALLS = """
get = b"".join(b"\\x20" + number(i) for i in range(1000))
wasm = many_functions(1, b"\\0" + get + b"\\x10\\0" * 4000 + b"\\x0b", parameters=1000, results=1000)
"""
LOOPS = """
body = b"".join(b"\\x20%c\\x42\\1\\x7c\\x21%c" % (i, i) for i in range(100))
wasm = many_functions(1, b"\\1\\x64\\x7e" + b"\\3\\x40" * 1000 + body + b"\\x41\\0\\x0d\\0\\x0b" * 1000 + b"\\x0b")
"""
UNBOUNDED = "compiling cannot be stopped, and takes more than its share for {}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "wasm",
    [
        'wasm = many_functions(30_000, b"\\1" + number(50_000) + b"\\x7e\\x0b")',
        'wasm = many_functions(50_000, b"\\0\\x0b", parameters=1000)',
        CALLS,
        unlimited(LOOPS, reason=UNBOUNDED.format("variables in nested loops")),
    ],
    ids=["variables", "parameters", "calls", "loops"],
)
def test_few_bytes_that_take_long_to_compile(wasm: str) -> None:
    code = f"""
{wasm}
assert len(wasm) < 300_000
try:
    Hostile(wasm, bytes(65536)).load()
except EngineMismatch:
    print("refused")
"""
    assert outcome(code, seconds=3) == "refused"


# ---- initialisation


@pytest.mark.parametrize("name", ["_initialize", "snap_initialize", "snap_describe", "snap_prepare_snapshot"])
def test_initialisation_without_an_end_is_stopped(name: str) -> None:
    assert_unusable(hostile({name: f"{ENDLESS} unreachable"}), "it does not initialise")


def test_filling_memory_without_an_end_is_stopped() -> None:
    filling = "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0))"
    assert_unusable(hostile({"_initialize": filling}), "it does not initialise")


def test_initialisation_that_asks_the_host_without_an_end_is_stopped() -> None:
    asking = "(loop (drop (call $host_clock (f64.const 0) (i32.const 0))) (br 0))"
    assert_unusable(hostile({"_initialize": asking}), "it does not initialise")


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ("unreachable", "unreachable"),
        ("(call $deeper)", "call stack exhausted"),
        ("(i32.store (i32.const -4) (i32.const 0))", "out of bounds memory access"),
    ],
)
def test_initialisation_that_traps(body: str, match: str) -> None:
    assert_unusable(hostile({"_initialize": body}, extra="(func $deeper (call $deeper))"), match)


def test_initialisation_that_is_refused_by_the_engine() -> None:
    assert_unusable(hostile(statuses={"snap_initialize": 5}), "it could not be initialised")


def test_memory_cannot_grow_beyond_64_mib_before_anything_runs() -> None:
    grow = f"(if (i32.ne (memory.grow (i32.const {1024 - 34})) (i32.const -1)) (then {{}}))"
    assert_unusable(hostile({"_initialize": grow.format("unreachable")}), "unreachable")
    one_more = grow.replace("990", "991").format("unreachable")
    assert hostile({"_initialize": one_more}).load()


@pytest.mark.parametrize("table", ["(table 65537 funcref)", "(table 10000000 funcref)", "(table 0xffffffff externref)"])
def test_table_too_large(table: str) -> None:
    assert_unusable(hostile(extra=table), "table limits")


def test_objects_of_the_host_cannot_be_allocated_without_an_end() -> None:
    growing = "(local $last (ref null $n)) (loop (local.set $last (struct.new $n (local.get $last))) (br 0))"
    assert_unusable(hostile({"_initialize": growing}, extra="(type $n (struct (field (ref null $n))))"), ".")


@pytest.mark.parametrize("body", ["", "unreachable", "(call $start)"])
def test_start_function_is_refused(body: str) -> None:
    assert_unusable(hostile(extra=f"(start $start) (func $start {body})"), "has a start function, which no engine has")


def test_data_outside_of_memory() -> None:
    engine = hostile(extra='(data (i32.const -4) "data")')
    assert_unusable(engine, "it cannot be instantiated: wasm trap: out of bounds memory access")


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("unreachable", "wasm trap: wasm `unreachable` instruction executed"),
        ("(call $deeper)", "wasm trap: call stack exhausted"),
        (ENDLESS, "it takes too long"),
    ],
)
def test_error_says_the_cause_in_a_few_words(body: str, cause: str) -> None:
    engine = hostile({"_initialize": body}, extra="(func $deeper (call $deeper))")
    text = str(assert_unusable(engine, "it does not initialise"))
    assert text.partition("cannot be used: ")[2].startswith(f"it does not initialise: {cause}")
    assert len(text) < 400


# ---- what it says of itself


@pytest.mark.parametrize("address", [SIZE - 79, SIZE, 0xFFFFFFFF])
def test_control_block_outside_of_memory(address: int) -> None:
    engine = hostile({"snap_control_block": f"(i32.const {address})"})
    assert_unusable(engine, "its control block is not in its memory")


def test_control_block_at_the_very_end_of_memory() -> None:
    address = SIZE - 80
    result = address + abi.Control.result.offset
    say = f"(i32.store (i32.const {result}) (i32.const {ARGUMENTS})) (i32.store (i32.const {result + 4}) (i32.const 1))"
    engine = hostile({"snap_control_block": f"(i32.const {address})", "snap_describe": f"{say} (i32.const 0)"})
    assert_unusable(engine, r"its description is not readable: Expected `object`, got `array`")


@pytest.mark.parametrize(
    ("description", "match"),
    [
        (b"", "not readable"),
        (b"\xc0", "not readable"),
        (b"\xc1", "not readable"),
        (b"\x91" * 100_000, "not readable"),
        (b"\xdf\xff\xff\xff\xff", "not readable"),
        (describe(quickjs="x").replace(b"\xa1x", b"\xa1\xff"), "not readable"),
        (describe(constants={"STATUS_OK": "0"}), "not readable"),
        (describe(control=[["uint32_t", "result"]]), "not readable"),
        (describe(abi_version=0), "another interface"),
        (describe(abi_version=2), "another interface"),
        (describe(constants={**abi.constants(), "STATUS_OK": 1}), "another interface"),
        (describe(constants={**abi.constants(), "STATUS_NEW": 1}), "another interface"),
        (describe(constants={"STATUS_OK": 2**64 - 1}), "another interface"),
        (describe(control=[]), "another interface"),
        (describe(control=[("u", name, offset + 4) for name, offset, _ in abi.control_fields()]), "another interface"),
    ],
)
def test_description_that_does_not_fit(description: bytes, match: str) -> None:
    assert_unusable(hostile(results={"snap_describe": description}), match)


@pytest.mark.parametrize(("begin", "length"), [(-1, 1), (0, -1), (-1, -1), (SIZE - 1, 2)])
def test_description_outside_of_memory(begin: int, length: int) -> None:
    engine = hostile({"snap_describe": f"(call $give (i32.const {begin}) (i32.const {length})) (i32.const 0)"})
    assert_unusable(engine, "it names memory that it does not have")
