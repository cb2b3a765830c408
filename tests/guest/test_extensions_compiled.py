"""Native extensions as a compiler makes them: those of examples/extensions, and what C and C++ need."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cli_runner import EXAMPLES, cli

from snapjs import VM, Extension, ExtensionError, GuestTrapped, JSError, Snapshot
from snapjs._native.build import Built, build_extension

pytestmark = pytest.mark.extensions

MakeVM = Callable[..., VM]


def built(folder: Path, name: str) -> Built:
    return build_extension(folder, name, folder.with_suffix(".wasm"))


@cache
def example(name: str) -> Extension:
    with TemporaryDirectory() as folder:
        copy = Path(folder, name)
        shutil.copytree(EXAMPLES / "extensions" / name, copy)
        return built(copy, name).extension


def program(folder: Path, name: str, body: str, *, kind: str = "c", head: str = "") -> Extension:
    """An extension with one global function of its own name."""
    (folder / name).mkdir()
    (folder / name / f"{name}.{kind}").write_text(f"""
#include "snapjs.h"
{head}
static JSValue function(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{{
    {body}
}}

SNAPJS_EXPORT int snapjs_init_{name}(JSContext *ctx)
{{
    JSValue global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "{name}", JS_NewCFunction(ctx, function, "{name}", 0));
    JS_FreeValue(ctx, global);
    return 0;
}}
""")
    return built(folder / name, name).extension


def result(folder: Path, body: str, *, kind: str = "c", head: str = "", **options: Any) -> Any:
    """What that function returns."""
    with VM(extensions=[program(folder, "thing", body, kind=kind, head=head)], **options) as vm:
        return vm.eval("thing()")


# ---- the examples


def test_crc32_is_that_of_zip(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[example("crc32")])
    vm.globals["data"] = data = bytes(range(256)) * 100

    assert vm.eval("crc32(data)") == zlib.crc32(data)
    assert vm.eval("crc32(data.subarray(1000), crc32(data.subarray(0, 1000)))") == zlib.crc32(data)
    with pytest.raises(JSError, match="not a TypedArray"):
        vm.eval("crc32('text')")


def test_crc32_looks_at_the_bytes_after_a_conversion_has_taken_them_away(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[example("crc32")])

    with pytest.raises(JSError, match="TypeError"):
        vm.eval(
            "{ const bytes = new Uint8Array(9); crc32(bytes, { valueOf() { bytes.buffer.transfer(); return 0 } }) }"
        )


def test_versions_of_crc32(make_vm: MakeVM, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0")

    assert make_vm(extensions=[example("crc32")]).versions["crc32"] == "1.0"


@pytest.mark.keeps("an extension's class is never undefined")
def test_sorted_map(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[example("sorted_map")])
    vm.eval("var map = new SortedMap(); map.set('b', 2).set('a', 1).set('c', 3).set('b', [4]); 0")

    assert vm.eval("[map.size, map.get('b'), map.get('z')]") == [3, [4], vm.eval("undefined")]
    assert vm.eval("map.range('a', 'c')") == [["a", 1], ["b", [4]]]
    assert vm.eval("[map.range('c', 'a'), map.delete('b'), map.delete('b'), map.size]") == [[], True, False, 2]
    assert vm.eval("String(map)") == "[object SortedMap]"


@pytest.mark.keeps("an extension's class is never undefined")
def test_a_class_of_javascript_derives_from_sorted_map(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[example("sorted_map")])

    derived = "new (class Counted extends SortedMap { get twice() { return this.size * 2 } })"
    assert vm.eval(f"var map = {derived}; map.set('x', map); [map.twice, map.get('x') === map]") == [2, True]


@pytest.mark.keeps("an extension's class is never undefined")
@pytest.mark.parametrize(
    "code", ["SortedMap.prototype.get.call({}, 'x')", "SortedMap()", "new SortedMap().set(Symbol())"]
)
def test_sorted_map_refuses_what_is_none(make_vm: MakeVM, code: str) -> None:
    with pytest.raises(JSError, match="TypeError"):
        make_vm(extensions=[example("sorted_map")]).eval(code)


@pytest.mark.keeps("an extension's class is never undefined")
def test_cycles_through_private_state_are_collected(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[example("sorted_map")])
    code = "for (let i = 0; i < 1000; i++) { const map = new SortedMap(); map.set('itself', map).set('x', [map]) }"
    vm.eval(code)
    vm.gc()
    before = vm.memory_usage()["obj_count"]
    vm.eval(code)
    vm.gc()

    assert vm.memory_usage()["obj_count"] == before


@pytest.mark.keeps("an extension's class is never undefined")
def test_what_private_state_holds_stays(make_vm: MakeVM) -> None:
    vm = make_vm(extensions=[example("sorted_map")])
    vm.eval("var map = new SortedMap(); map.set('kept', { deep: [1, 2, 3] }); 0")
    vm.gc()

    assert vm.eval("map.get('kept').deep") == [1, 2, 3]


def test_private_state_comes_along_in_a_snapshot() -> None:
    extensions = [example("crc32"), example("sorted_map")]
    with VM(extensions=extensions) as vm:
        vm.eval("var map = new SortedMap(); for (let i = 0; i < 500; i++) map.set(`key ${i}`, { i }); 0")
        snapshot = Snapshot.from_bytes(vm.snapshot().to_bytes())

    with VM.restore(snapshot, extensions=extensions, timeout=10) as vm:
        assert vm.eval("[map.size, map.get('key 499').i, map.range('key 10', 'key 101').length]") == [500, 499, 2]
        vm.eval("map.set('new', new SortedMap()); for (let i = 0; i < 500; i++) map.delete(`key ${i}`)")
        vm.gc()
        assert vm.eval("[map.size, map.get('new').size, crc32(new Uint8Array([97]))]") == [1, 0, zlib.crc32(b"a")]


# ---- C


def test_c_library(tmp_path: Path) -> None:
    text = result(
        tmp_path,
        """
        int numbers[] = { 3, 1, 2 };
        char text[200], *end;
        double parsed[] = { strtod("  -12.5e-1x", &end), strtod("1e", NULL), strtod("inf", NULL), strtod(".", NULL), atof("0x1") };
        qsort(numbers, 3, sizeof *numbers, compare);
        errno = ERANGE;
        snprintf(text, sizeof text, "%d%d%d %s %c %g %g %g %g %g %ld %.3f %d %s", numbers[0], numbers[1], numbers[2],
                 strrchr("a/b/c", '/'), *end, parsed[0], parsed[1], parsed[2], parsed[3], parsed[4], strtol("-0x1F", NULL, 16),
                 cbrt(27.0), errno == ERANGE, isalpha('x') ? "alpha" : "");
        return JS_NewString(ctx, text);
        """,
        head="""
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
""",
    )  # fmt: skip
    assert text == "123 /c x -1.25 1 inf 0 1 -31 3.000 1 alpha"


def test_text_that_is_copied_is_of_the_same_heap(tmp_path: Path) -> None:
    body = """
        char *first = strdup("some text"), *second = strndup("other text", 5), *third = malloc(10);
        int is_near = labs(first - third) < 4096 && labs(second - third) < 4096;
        JSValue text = JS_NewString(ctx, is_near ? second : "elsewhere");
        free(first), free(second), free(third);
        return text;
    """
    assert result(tmp_path, body, head="#include <stdlib.h>\n#include <string.h>\n") == "other"


def test_wide_integers_and_large_alignments(tmp_path: Path) -> None:
    body = """
        unsigned __int128 product = (unsigned __int128)UINT64_MAX * UINT64_MAX;
        char *aligned = aligned_alloc(4096, 8192);
        int status = (uint64_t)(product >> 64) == UINT64_MAX - 1 && (uintptr_t)aligned % 4096 == 0;
        memset(aligned, 1, 8192);
        free(aligned);
        return JS_NewBool(ctx, status && (uint64_t)(product / 3 >> 64) == 0x5555555555555554);
    """
    head = "#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\n"
    assert result(tmp_path, body, head=head) is True


def test_data_with_addresses_and_constructors(tmp_path: Path) -> None:
    head = """
static int value = 7;
static int *const addresses[] = { &value, 0 };
static int twice(int number) { return 2 * number; }
static int (*const functions[])(int) = { twice };
static int began;
__attribute__((constructor)) static void begin(void) { began = functions[0](*addresses[0]); }
"""
    assert result(tmp_path, "return JS_NewInt32(ctx, began);", head=head) == 14


def test_time_is_the_vms(tmp_path: Path) -> None:
    head = "#include <sys/time.h>\n#include <time.h>\n"
    body = """
        struct timespec now, steady;
        struct timeval day;
        time_t seconds = time(NULL);
        struct tm parts;
        clock_gettime(CLOCK_REALTIME, &now);
        clock_gettime(CLOCK_MONOTONIC, &steady);
        gettimeofday(&day, NULL);
        return JS_NewInt64(ctx, now.tv_sec == seconds && steady.tv_sec == seconds && day.tv_sec == seconds
                                && now.tv_nsec == 250000000 ? gmtime_r(&seconds, &parts)->tm_year : 0);
    """
    assert result(tmp_path, body, head=head, clock=1_700_000_000.25) == 123


def test_random_bytes_follow_from_the_seed(tmp_path: Path) -> None:
    head = "#include <string.h>\n#include <unistd.h>\n"
    body = """
        static unsigned char bytes[70000];
        int failed = getentropy(bytes, sizeof bytes);
        return failed ? JS_EXCEPTION : JS_NewInt32(ctx, bytes[0] | bytes[35000] << 8 | bytes[69999] << 16);
    """
    extension = program(tmp_path, "thing", body, head=head)

    def drawn(**options: Any) -> list[int]:
        with VM(extensions=[extension], **options) as vm:
            return vm.eval("[thing(), thing()]")  # type: ignore[no-any-return]

    assert drawn(seed=1) == drawn(seed=1) != drawn(seed=2)
    assert len({*drawn(seed=1), *drawn(), *drawn()}) == 6


def test_a_failed_assertion_kills_the_vm_and_says_why(tmp_path: Path) -> None:
    errors: list[str] = []
    head = "#undef NDEBUG\n#include <assert.h>\n"
    with pytest.raises(GuestTrapped):
        result(tmp_path, "assert(argc == 5); return JS_UNDEFINED;", head=head, stderr=errors.append)

    assert errors == ["Assertion failed: argc == 5 (thing.c: function: 8)\n"]


# ---- C++


def test_cpp_library(tmp_path: Path) -> None:
    head = """
#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
};
struct Square : Shape {
    explicit Square(double side) : side(side) {}
    double area() const override { return side * side; }
    double side;
};
static std::vector<std::unique_ptr<Shape>> shapes;
static std::unordered_map<std::string, int> numbers{{"one", 1}, {"a key that is too long to be kept inside", 2}};
struct alignas(64) Wide { char bytes[64]; };
"""
    body = """
        shapes.push_back(std::make_unique<Square>(3));
        auto shared = std::make_shared<std::string>("abc");
        std::function<int(int)> add = [shared](int number) { return number + int(shared->size()); };
        std::map<int, std::string> sorted{{2, "two"}, {1, "one"}};
        std::string text = sorted.begin()->second + std::to_string(add(4)) + std::to_string(2.5);
        std::sort(text.begin(), text.end());
        std::optional<std::string> part = text.substr(0, 3);
        std::variant<int, std::string> either = part.value_or("");
        char digits[32];
        auto end = std::to_chars(digits, digits + 32, 1.0 / 3);
        auto wide = std::make_unique<Wide>();
        text = std::get<std::string>(either) + std::string(digits, end.ptr) + std::to_string(std::stoi("12") + std::stod(".5"));
        text.append(std::to_string(int(shapes[0]->area()) + numbers["a key that is too long to be kept inside"]));
        text.append(reinterpret_cast<uintptr_t>(wide.get()) % 64 ? "unaligned" : "aligned");
        return JS_NewStringLen(ctx, text.data(), text.size());
    """
    assert result(tmp_path, body, kind="cpp", head=head) == ".000.333333333333333312.50000011aligned"


def test_what_would_be_thrown_kills_the_vm(tmp_path: Path) -> None:
    with pytest.raises(GuestTrapped, match="unreachable"):
        result(tmp_path, 'return JS_NewInt32(ctx, std::stoi("x"));', kind="cc", head="#include <string>")


# ---- building


def test_the_bytes_do_not_depend_on_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    head = "#undef NDEBUG\n#include <assert.h>\n#include <string>\n"
    body = "assert(argc); return JS_NewString(ctx, std::to_string(argc).c_str());"
    first, second = (program(folder, "x", body, kind="cpp", head=head) for folder in (tmp_path, tmp_path / "elsewhere"))

    assert first == second


def test_code_that_does_not_compile(tmp_path: Path) -> None:
    (tmp_path / "bad.c").write_text("int f(void) { return nothing; }\n")

    with pytest.raises(ExtensionError, match=r"(?s)'bad' does not compile:\n.*bad\.c:1:\d+: error: .*'nothing'"):
        build_extension(tmp_path, "bad", tmp_path / "bad.wasm")
    assert not (tmp_path / "bad.wasm").exists()


def test_an_extension_without_its_function_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "other.c").write_text('#include "snapjs.h"\nSNAPJS_EXPORT int f(void) { return 0; }\n')

    with pytest.raises(ExtensionError, match="has no function snapjs_init_other: it exports"):
        build_extension(tmp_path, "other", tmp_path / "other.wasm")
    assert not (tmp_path / "other.wasm").exists()


def test_symbols_that_an_extension_before_must_have(tmp_path: Path) -> None:
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "user.c").write_text(
        '#include "snapjs.h"\nint twice(int);\nextern int base;\n'
        "SNAPJS_EXPORT int snapjs_init_user(JSContext *ctx) { return twice(base) - 42; }\n"
    )
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "base.c").write_text(
        '#include "snapjs.h"\nSNAPJS_EXPORT int base = 21;\nSNAPJS_EXPORT int twice(int n) { return 2 * n; }\n'
        "SNAPJS_EXPORT int snapjs_init_base(JSContext *ctx) { return 0; }\n"
    )
    user, base = built(tmp_path / "user", "user"), built(tmp_path / "base", "base")

    assert (user.needs, base.needs) == (["base", "twice"], [])
    with VM(extensions=[base.extension, user.extension]) as vm:
        assert vm.eval("1") == 1


_INIT_OF_ODD = '#include "snapjs.h"\nSNAPJS_EXPORT int snapjs_init_odd(JSContext *ctx) {{ {} return 0; }}\n'


def test_warnings_are_shown(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "odd.c").write_text(_INIT_OF_ODD.format("int unused;"))
    result = cli("build-extension", tmp_path / "odd")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        0,
        "odd.c:2:57: warning: unused variable 'unused' [-Wunused-variable]",
    )


def test_examples_compile_without_warnings(tmp_path: Path) -> None:
    for name in ("crc32", "sorted_map"):
        shutil.copytree(EXAMPLES / "extensions" / name, tmp_path / name)
        assert built(tmp_path / name, name).warnings == ""


def test_a_file_whose_name_looks_like_an_option(tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "-x.c").write_text(_INIT_OF_ODD.format(""))

    assert built(tmp_path / "odd", "odd").extension.name == "odd"


def test_the_command(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "extensions" / "crc32", tmp_path / "crc32")
    beside, elsewhere = (
        cli("build-extension", tmp_path / "crc32"),
        cli("build-extension", tmp_path / "crc32", "--name", "crc32", "-o", tmp_path / "x.wasm"),
    )

    assert (beside.exit_code, elsewhere.exit_code) == (0, 0)
    assert beside.stdout.startswith(f"{tmp_path / 'crc32.wasm'}  ")
    assert f"sha256 {example('crc32').sha256}" in beside.stdout
    assert (tmp_path / "x.wasm").read_bytes() == (tmp_path / "crc32.wasm").read_bytes() == example("crc32").wasm
