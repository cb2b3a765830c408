"""The engine's C as a native 32-bit program, under AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer.

See driver.c for what it plays. Needs gcc with its 32-bit libraries.
"""

import faulthandler
import os
import re
import shutil
import subprocess
from pathlib import Path

import building
import pytest
from tests import abi_header
from tests.fuzz import corpus

from snapjs._guest import abi

pytestmark = pytest.mark.native

HERE = Path(__file__).parent

SCENARIOS = [
    "initialize",
    "values_out",
    "values_in",
    "transfers",
    "malformed",
    "large_messages",
    "errors",
    "conversions",
    "overflows",
    "host_calls",
    "host_refusals",
    "nesting",
    "temporary_functions",
    "host_handles",
    "host_handles_inside",
    "host_handles_deferred",
    "host_stopped",
    "host_objects",
    "host_objects_refused",
    "many_host_objects",
    "host_objects_of_nobody",
    "host_objects_malformed",
    "pending",
    "pending_by_the_host",
    "pending_released_too_often",
    "unanswered_calls",
    "unanswered_modules",
    "unanswered_times",
    "unanswered_rest",
    "timers",
    "interval_without_room",
    "rejections",
    "asynchrony",
    "deferred",
    "promise_then",
    "interrupts",
    "modules",
    "dynamic_imports",
    "bytecode",
    "bytecode_stripped",
    "source_maps",
    "source_maps_malformed",
    "loads",
    "loads_failing",
    "loads_shared",
    "loads_linked_again",
    "loads_by_a_program",
    "loads_of_data",
    "loads_hostile",
    "loads_hooked",
    "loads_overtaken",
    "loads_stopped",
    "loads_of_bytecode",
    "loads_of_a_closed_realm",
    "loads_waiting",
    "commonjs",
    "commonjs_failing",
    "commonjs_and_modules",
    "commonjs_hooked",
    "commonjs_cache",
    "commonjs_elsewhere",
    "properties",
    "define",
    "define_refused",
    "release_in_use",
    "wrap",
    "convert",
    "convert_bytes",
    "fixed_handles",
    "unknown_handles",
    "handles",
    "exports",
    "released_too_often",
    "reflect_primitives",
    "reflect_objects",
    "reflect_functions",
    "reflect_containers",
    "reflect_detached",
    "reflect_proxies",
    "reflect_namespaces",
    "reflect_global",
    "reflect_refused",
    "digest",
    "realm_new",
    "realm_without_microtasks",
    "realm_intrinsics",
    "realm_memory_limit",
    "realm_code",
    "realm_host_functions",
    "realm_times",
    "realm_unknown",
    "realm_closed_inside",
    "realm_closed_by_access",
    "realm_escapes",
    "realm_timers",
    "realm_modules",
    "realm_modules_waiting",
    "realm_jobs",
    "realm_registry_ends",
    "realm_registries",
    "console",
    "console_methods",
    "compression",
    "compression_in_pieces",
    "compression_refused",
    "slots",
    "randomness",
    "text_encoding",
    "base64",
    "clones",
    "clones_of_interfaces",
    "urls",
    "url_params",
    "uncaught",
    "rejections_heard",
    "events",
    "weak_references",
    "reports",
    "memory_limit",
    "first_outputs",
    "lent_ends",
    "statuses_of_state",
    "statuses_of_jobs",
    "statuses_of_values",
    "statuses_of_messages",
    "extensions",
    "reactor",
    "bjson",
    "bjson_damaged",
    "jobs_budget",
]

# With every allocation of these failing in turn, a scenario would take minutes: so only one in so many does.
STRIDES = {
    "conversions": 53,
    "initialize": 61,
    "reactor": 31,
    "bjson_damaged": 4999,
    "overflows": 4999,
    "memory_limit": 2999,
    "realm_memory_limit": 2999,
    "bytecode_stripped": 11,
    "digest": 13,
    "urls": 61,
    "realm_intrinsics": 11,
    "realm_closed_inside": 7,
    "realm_jobs": 3,
    "realm_modules_waiting": 3,
    "release_in_use": 3,
    "asynchrony": 3,
    "loads": 23,
    "loads_failing": 23,
    "loads_shared": 7,
    "loads_linked_again": 3,
    "loads_by_a_program": 13,
    "loads_of_data": 7,
    "loads_hostile": 41,
    "loads_hooked": 61,
    "loads_stopped": 3,
    "loads_of_bytecode": 11,
    "loads_of_a_closed_realm": 13,
    "commonjs": 7,
    "commonjs_failing": 29,
    "commonjs_and_modules": 13,
    "commonjs_hooked": 29,
    "commonjs_cache": 7,
    "commonjs_elsewhere": 3,
    "host_handles": 3,
}

# What QuickJS-NG itself does wrong without memory, by what the output says then. Its compiler of JavaScript does more; so the driver
# never lets an allocation fail there.
DEFECTS_OF_QUICKJS = {
    r"heap-use-after-free(?s:.*)freed by(?s:.*?)in JS_NewContextRaw ": "leaves a context it has freed in the list of objects",
    r"runtime error: member access within null pointer.*\n.*in JS_NewObjectFromShape ": "an Array of another class has no length",
    r"runtime error: member access within null pointer.*\n(?s:.*?)#0 .* in js_bound_function_finalizer ": "frees what was never bound",
    r"runtime error: null pointer passed.*\n.*in JS_WriteObjectAtoms ": "copies no atoms from nowhere",
    r"blocks leaked(?s:.*)in js_array_buffer_transfer ": "loses the bytes of the buffer that it was to transfer",
    r"objects leaked(?s:.*)in js_bytecode_autoinit ": "forgets what a built-in function of bytecode was to be given",
    r" in abort .*\n.*in js_async_function_resume ": "is to stop, and has no memory to say so",
}

OPTIONS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=0:abort_on_error=0:handle_abort=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


@pytest.fixture(scope="session")
def driver() -> Path:
    compiler = os.environ.get("CC", "gcc").split()
    probe = [*compiler, "-m32", "-fsanitize=address,undefined", "-x", "c++", "-", "-lstdc++", "-o", os.devnull]
    program = b"#include <new>\nint main() { return 0; }"
    if shutil.which(compiler[0]) is None or subprocess.run(probe, input=program).returncode:
        pytest.fail("the native tests need gcc with C++ and its 32-bit libraries: apt-get install g++-multilib")
    faulthandler.cancel_dump_traceback_later()  # a build takes longer than a test may
    return building.program(HERE / "driver.c")


def play(driver: Path, *arguments: str) -> tuple[int, str]:
    """The exit code, and all that was printed."""
    result = subprocess.run(
        [str(driver), *arguments],
        env=os.environ | OPTIONS,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=200,
    )
    return result.returncode, result.stdout.decode(errors="replace")


def defects(output: str) -> list[str]:
    """The failures in the output of `driver starve` that are not known to be QuickJS-NG's own."""
    failures = re.split(r"^driver: (\S+ fails with .*)$", output, flags=re.MULTILINE)
    found = []
    for reports, failure in zip(failures[:-1:2], failures[1::2], strict=True):
        if not any(re.search(pattern, reports) for pattern in DEFECTS_OF_QUICKJS):
            found.append(f"{failure}\n{reports}")
    return found


def test_the_scenarios_here_are_those_of_the_driver(driver: Path) -> None:
    assert sorted(play(driver, "list")[1].split()) == sorted(SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_clean(driver: Path, scenario: str) -> None:
    assert play(driver, "run", scenario) == (0, "")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_allocation_that_fails_does_harm(driver: Path, scenario: str) -> None:
    code, output = play(driver, "starve", scenario, "1", str(STRIDES.get(scenario, 1)), "1000000")
    assert output.splitlines()[-1].startswith(f"{scenario}: ")
    assert (code, defects(output)[:1]) in [(0, []), (1, [])]


# These allocate nothing, and so cannot be without memory.
ALLOCATE_NOTHING = {
    "snap_begin",
    "snap_control_block",
    "snap_duplicate",
    "snap_extension_prepare",
    "snap_export_handle",
    "snap_get_gc_threshold",
    "snap_has_jobs",
    "snap_import_handle",
    "snap_promise_observe",
    "snap_promise_state",
    "snap_seed",
    "snap_seed_randomness",
    "snap_set_gc_threshold",
    "snap_set_host_mode",
    "snap_set_memory_limit",
    "snap_set_stack_limit",
}

# It tells of an engine that was linked for WebAssembly in another way.
NEVER_HERE = {("snap_initialize", "INVALID")}


@pytest.fixture(scope="session")
def reached(driver: Path) -> str:
    code, output = play(driver, "reach")
    assert code == 0
    return output


def test_an_allocation_of_every_export_fails_in_some_scenario(reached: str) -> None:
    assert abi_header.exports() - set(re.findall(r"^allocates (\w+)$", reached, re.MULTILINE)) == ALLOCATE_NOTHING


def test_every_export_returns_the_statuses_that_the_header_says(reached: str) -> None:
    names = {value: name for name, value in abi.members(abi.Status).items()}
    names[abi.Status.INTERRUPTED] = "EXCEPTION"  # in whose place it may come
    returned = {
        (name, names[int(status)]) for name, status in re.findall(r"^returns (\w+) (\d+)$", reached, re.MULTILINE)
    }
    said = {
        (name, status) for name, statement in abi_header.statements().items() for status in statement.statuses or ()
    }
    assert returned == said - NEVER_HERE


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_damaged_messages_do_no_harm(driver: Path, seed: int) -> None:
    assert play(driver, "fuzz", str(seed), "20000") == (0, f"fuzz: 20000 messages, seed {seed}\n")


@pytest.mark.parametrize("kind", ["messages", "sources"])
def test_inputs_of_a_fuzzer_do_no_harm(driver: Path, kind: str, tmp_path: Path) -> None:
    names = [str(path) for path in corpus.unpack(kind, tmp_path)]
    code, output = play(driver, "replay", kind, *names)
    assert (code, output.splitlines()) == (0, names)
