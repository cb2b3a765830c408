"""The tables of docs/quickjs-wasi.md are complete: every name of quickjs-wasi has a row, and what the row names here exists and is used by a
test."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import snapjs

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "quickjs-wasi.md"

# The public names of quickjs-wasi 3.6.2 and 1.2.0, by what they belong to; "" for what the packages export.
THEIRS = {
    "": """
        QuickJS JSValueHandle JSException EvalFlags CompileFlags Intrinsics MAX_STACK_SIZE Deferred HandleScope Snapshot QuickJSOptions
        MemoryUsage HostFunction JSPropertyDescriptor JSOwnPropertyDescriptor WasiOptions WasiImports SnapshotExtension
        ExtensionDescriptor LoadedExtension DylinkInfo
        quickjs.wasm url.so encoding.so headers.so crypto.so structured-clone.so
        url encoding base64 structured-clone headers
        urlExtension encodingExtension base64Extension structuredCloneExtension headersExtension
    """,
    "QuickJSOptions": """
        wasm wasi memoryLimit maxStackSize interruptHandler onUnhandledRejection moduleLoader intrinsics extensions timezoneOffset
    """,
    "WasiOptions": "now stdout clock_time_get random_get fd_write fd_close fd_fdstat_get fd_seek",
    "moduleLoader": "load normalize",
    "QuickJS": """
        create restore serializeSnapshot deserializeSnapshot snapshot dispose [Symbol.dispose] versions
        global undefined null true false getGlobal getUndefined getNull getTrue getFalse
        evalCode unwrapResult compile evalBytecode executePendingJobs runGC gcThreshold getMemoryUsage
        newString newNumber newBigInt newObject newArray newSymbolFor newArrayBuffer newUint8Array newError
        newFunction newEphemeralFunction registerHostCallback unregisterHostCallback
        newPromise resolvePromise promiseThenRaw markPromiseHandled
        callFunction construct setProp getProp defineProp getException typeof dump hostToHandle
        withScope exportHandle importHandle
    """,
    "JSValueHandle": """
        vm dispose [Symbol.dispose] disposed dup consume isException
        isUndefined isNull isBool isNumber isString isSymbol isBigInt isObject isArray isFunction isError isPromise isArrayBuffer
        isProxy isMap isSet isDate isRegExp isWeakRef isWeakMap isWeakSet isDataView
        identity classId className promiseState typeof length constructorName
        keys getOwnPropertyNames getOwnPropertyKeys getOwnPropertyDescriptor hasOwnProperty propertyIsEnumerable
        getPrototypeOf getProxyTarget getProxyHandler getProp setProp defineProp
        toNumber toBigInt toString toBoolean toArrayBuffer toUint8Array
    """,
    "Deferred": "handle settled resolve reject",
    "HandleScope": "escape",
    "JSPropertyDescriptor": "writable enumerable configurable",
    "JSOwnPropertyDescriptor": "value get set writable enumerable configurable",
    "JSException": "name message stack handle dispose [Symbol.dispose]",
    "Snapshot": "memory stackPointer runtimePtr contextPtr extensions",
    "EvalFlags": "TYPE_GLOBAL TYPE_MODULE STRICT COMPILE_ONLY BACKTRACE_BARRIER ASYNC",
    "CompileFlags": "STRIP_SOURCE STRIP_DEBUG",
    "Intrinsics": """
        DATE EVAL REGEXP JSON PROXY MAP_SET TYPED_ARRAYS PROMISE BIG_INT WEAK_REF PERFORMANCE DOM_EXCEPTION ATOB_BTOA ALL
    """,
    "MemoryUsage": """
        mallocSize mallocLimit memoryUsedSize mallocCount memoryUsedCount atomCount atomSize strCount strSize objCount objSize
        propCount propSize shapeCount shapeSize jsFuncCount jsFuncSize jsFuncCodeSize jsFuncPc2lineCount jsFuncPc2lineSize
        cFuncCount arrayCount fastArrayCount fastArrayElements binaryObjectCount binaryObjectSize
    """,
    "ExtensionDescriptor": "name wasm initFn wasi",
    "LoadedExtension": "name module instance dylink memoryBase tableBase initFn versions",
    "SnapshotExtension": "name memoryBase tableBase initFn",
    "DylinkInfo": "memorySize memoryAlignment tableSize tableAlignment needed",
}
NAMES = [(owner, name) for owner, names in THEIRS.items() for name in names.split()]

# Their counters are keys of a dict here.
COUNTERS = "MemoryUsage"

SYNTAX = {"with"}


@dataclass(frozen=True)
class Row:
    """A row of a table.

    :param owner: what its names belong to: the code in the heading above it.
    """

    owner: str
    theirs: tuple[str, ...]
    ours: tuple[str, ...]
    cells: tuple[str, ...]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def rows() -> Iterator[Row]:
    owner = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            owner = next(iter(code(line)), "")
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if line.startswith("| `") and len(cells) == 3:
            yield Row(owner, tuple(name.partition("(")[0] for name in code(cells[0])), tuple(code(cells[1])), cells)


ROWS = list(rows())
OURS = sorted({name for row in ROWS if row.owner != COUNTERS for name in row.ours} - SYNTAX)


# ---- every name has a row


@pytest.mark.parametrize(("owner", "name"), NAMES)
def test_name_of_quickjs_wasi_has_a_row(owner: str, name: str) -> None:
    assert [row for row in ROWS if row.owner == owner and name in row.theirs]


def test_no_row_names_anything_else() -> None:
    assert sorted((row.owner, name) for row in ROWS for name in row.theirs) == sorted(NAMES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.owner}.{row.theirs[0]}")
def test_row_names_something_here_or_says_that_there_is_nothing(row: Row) -> None:
    assert row.ours or row.cells[1] == "none"


@pytest.mark.parametrize("row", [row for row in ROWS if row.cells[1] == "none"], ids=lambda row: row.theirs[0])
def test_row_without_a_name_here_says_why(row: Row) -> None:
    assert row.cells[2]


# ---- every name here exists


def resolve(name: str) -> Any:
    """What a name in the tables stands for: `VM.x`, `Handle.x`, a name of the package; of `VM(x=…)` the function that
    takes the option.

    :raises AttributeError: nothing.
    """
    path, _, option = re.fullmatch(r"([\w.]+)(\((\w+)=…\))?", name).group(1, 2, 3)  # type: ignore[union-attr]
    found: Any = snapjs
    for part in path.removeprefix("snapjs.").split("."):
        if part in getattr(found, "__annotations__", {}):  # of a dataclass, or set by __init__
            return part
        found = getattr(found, part)
    if option and option not in inspect.signature(found).parameters:
        raise AttributeError(f"{path} has no parameter {option}")
    return found


ATTRIBUTES = {"JSError.name", "JSError.message", "JSError.stack", "JSError.handle", "Deferred.handle"}


def example_of(name: str) -> Any:
    """An object of the class, for attributes that only its objects have."""
    if name.startswith("JSError"):
        return snapjs.JSError("Error", "message")
    with snapjs.VM() as vm:
        return vm.new_promise()


@pytest.mark.parametrize("name", [name for name in OURS if name not in ATTRIBUTES])
def test_name_exists(name: str) -> None:
    resolve(name)


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_attribute_exists(name: str) -> None:
    assert hasattr(example_of(name), name.partition(".")[2])


@pytest.mark.parametrize("name", ["VM.nothing", "nothing", "VM(nothing=…)", "Handle.define_prop(nothing=…)"])
def test_a_name_that_does_not_exist_is_noticed(name: str) -> None:
    with pytest.raises(AttributeError):
        resolve(name)


def test_counters_are_those_of_memory_usage() -> None:
    with snapjs.VM() as vm:
        usage = vm.get_memory_usage()

    assert {key for row in ROWS if row.owner == COUNTERS for key in row.ours} == set(usage) - {
        "heap_size",
        "linear_memory",
    }


@pytest.mark.parametrize("kind", [snapjs.EvalFlags, snapjs.CompileFlags, snapjs.Intrinsics])
def test_flags_are_in_the_table(kind: Any) -> None:
    assert {name for name in kind.__members__ if name != "NONE"} == {
        name for row in ROWS if row.owner == kind.__name__ for name in row.theirs
    }


# ---- every name here is used by a test


@dataclass(repr=False)
class Uses:
    """What the functions of the suite use."""

    attributes: set[str] = field(default_factory=set)
    """`x.name`, and `name` alone where x is not the package"""
    keywords: set[str] = field(default_factory=set)
    calls: dict[str, list[ast.Call]] = field(default_factory=dict)
    """calls by the name that is called"""
    looked_up: set[str] = field(default_factory=set)
    """strings of files that use getattr; only those with an underscore, for `"true"` says little"""
    names: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def uses() -> Uses:
    """Those of the suite without this file."""
    found = Uses()
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path != Path(__file__):
            note(ast.parse(path.read_text(encoding="utf-8")), found)
    return found


def note(tree: ast.Module, found: Uses) -> None:
    strings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "_" in node.value
    }
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for node in ast.walk(function):
                note_node(node, found)
                if isinstance(node, ast.Name) and node.id == "getattr":
                    found.looked_up |= strings


def note_node(node: ast.AST, found: Uses) -> None:
    if isinstance(node, ast.Attribute):
        owner = ast.unparse(node.value)
        found.attributes |= {f"{owner}.{node.attr}"} if owner == "snapjs" else {f"{owner}.{node.attr}", node.attr}
    elif isinstance(node, ast.Name):
        found.names.add(node.id)
    elif isinstance(node, ast.Call):
        called = ast.unparse(node.func).rpartition(".")[2]
        found.calls.setdefault(called, []).append(node)
        found.keywords |= {keyword.arg for keyword in node.keywords if keyword.arg}


def fits(function: Callable[..., Any], call: ast.Call, *, has_self: bool) -> bool:
    """Whether a call could be one of this function: of two that have the same name, it is that with these arguments."""
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return False
    keywords = {keyword.arg: None for keyword in call.keywords if keyword.arg}
    try:
        inspect.signature(function).bind(*[None] * (len(call.args) + has_self), **keywords)
    except TypeError:
        return False
    return True


def is_used(name: str, found: Uses) -> bool:
    path, _, option = name.partition("(")
    owner, _, member = path.rpartition(".")
    if option:
        return option.partition("=")[0] in found.keywords
    if owner in ("", "snapjs"):
        return member in found.names or f"snapjs.{member}" in found.attributes or is_used_by_its_members(path, found)
    if owner in ("EvalFlags", "CompileFlags", "Intrinsics"):
        return name in found.attributes or f"snapjs.{name}" in found.attributes or member in found.looked_up
    function = None if name in ATTRIBUTES else resolve(name)
    if inspect.isfunction(function) or inspect.ismethod(function):
        return member in found.looked_up or any(
            fits(function, call, has_self=inspect.isfunction(function)) for call in found.calls.get(member, [])
        )
    return member in found.attributes | found.looked_up


def is_used_by_its_members(path: str, found: Uses) -> bool:
    return any(is_used(name, found) for name in OURS if name.startswith(f"{path}."))


@pytest.mark.parametrize("name", OURS)
def test_name_is_used_in_the_suite(name: str, uses: Uses) -> None:
    assert is_used(name, uses)


def uses_in(source: str) -> Uses:
    found = Uses()
    note(ast.parse(source), found)
    return found


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def test(): vm.get_prop(object, 'key')", "VM.get_prop"),
        ("def test(): object.get_prop('key')", "Handle.get_prop"),
        ("def test(): assert object.is_map", "Handle.is_map"),
        ("NAMES = ['is_map']\ndef test(): assert getattr(object, NAMES[0])", "Handle.is_map"),
        ("def test(): VM(clock=0)", "VM(clock=…)"),
        ("def test(): EvalFlags.STRICT", "EvalFlags.STRICT"),
    ],
)
def test_a_use_is_found(source: str, name: str) -> None:
    assert is_used(name, uses_in(source))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def test(): object.get_prop('key')", "VM.get_prop"),
        ("def test(): vm.get_prop(object, 'key')", "Handle.get_prop"),
        ("def test(): VM(seed=0)", "VM(clock=…)"),
        ("def test(): Other.STRICT", "EvalFlags.STRICT"),
        ("def test(): 'is_map'", "Handle.is_map"),
        ("def test(): snapjs.undefined", "VM.undefined"),
        ("def test(): getattr(vm.eval('true'), 'eval')", "VM.true"),
    ],
)
def test_another_use_is_not_taken_for_it(source: str, name: str) -> None:
    assert not is_used(name, uses_in(source))
