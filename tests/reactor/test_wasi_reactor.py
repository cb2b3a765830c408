"""The entry points of QuickJS-NG's own reactor, which the same engine.wasm has for hosts that are not snapjs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import wasmtime
from wasi_host import WasiHost

HERE = Path(__file__).parent
LEDGER = (HERE / "programs" / "ledger.js").read_bytes()
INPUT = (HERE / "programs" / "ledger.in").read_bytes()
OUTPUT = (HERE / "programs" / "ledger.out").read_text(encoding="utf-8")
NODE_PROGRAM = HERE.parent.parent / "examples" / "wasi" / "qjs.mjs"
FOREVER = 2**31 - 1

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The program's `/`."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def host(folder: Path) -> WasiHost:
    """A program that has begun, with `std`, `os` and `bjson` as globals."""
    host = WasiHost(folder, b"one\ntwo")
    assert host.init_argv("--std") == 0
    return host


# ---- a whole program


@pytest.mark.parametrize("mode", [[], ["handlers"]])
def test_a_program_prints_what_it_prints_under_upstream(folder: Path, mode: list[str]) -> None:
    (folder / "ledger.js").write_bytes(LEDGER)
    host = WasiHost(folder, INPUT)

    if mode:
        assert host.init_argv("ledger.js", *mode) == 0
        with pytest.raises(wasmtime.ExitTrap) as ended:
            host.run()
        assert ended.value.code == 3
    else:
        assert (host.init_argv("ledger.js"), host.run()) == (0, -1)
    assert (host.out, host.err) == (OUTPUT, "")


# ---- beginning


def test_init_begins_once(folder: Path) -> None:
    host = WasiHost(folder)

    assert host.call("qjs_init") == 0
    assert host.call("qjs_get_context") != 0
    assert host.call("qjs_init") == -1
    assert host.init_argv() == -1


def test_before_it_has_begun_and_after_its_end_nothing_runs(folder: Path) -> None:
    host = WasiHost(folder)
    ended = [host.eval("1"), host.loop_once(), host.poll_io(0), host.call("qjs_get_context")]
    host.call("qjs_init")
    host.call("qjs_destroy")
    host.call("qjs_destroy")

    assert ended == [-1, -1, -1, 0]
    assert [host.eval("1"), host.loop_once(), host.poll_io(0), host.call("qjs_get_context")] == ended


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["-e", "print(scriptArgs, argv0, typeof std)"], " qjs undefined\n"),
        (["--std", "--eval=print(typeof std, typeof os, typeof bjson)", "a"], "object object object\n"),
        (["-m", "-e", "await 0; print(import.meta.url)"], "<cmdline>\n"),
        (["-I", "first.js", "--include=first.js", "main.js", "-x", "y"], "first\nfirst\nmain.js,-x,y\n"),
        (["module.mjs"], "object\n"),
        (["module.js"], "object\n"),
        (["--", "-dash.js"], "dash\n"),
    ],
)
def test_a_command_line(folder: Path, words: list[str], out: str) -> None:
    (folder / "first.js").write_text("print('first')")
    (folder / "main.js").write_text("#!/usr/bin/env qjs\nprint(scriptArgs)")
    (folder / "-dash.js").write_text("print('dash')")
    for name in ("module.mjs", "module.js"):
        (folder / name).write_text("import * as std from 'qjs:std'; print(typeof std)")
    host = WasiHost(folder)

    assert (host.init_argv(*words), host.run()) == (0, -1)
    assert (host.out, host.err) == (out, "")


@pytest.mark.parametrize(
    ("words", "err"),
    [
        (["--fast"], "qjs: unknown option '--fast'. The options are --eval, --include, "),
        (["-e"], "qjs: option -e lacks its value. Give it one.\n"),
        (
            ["--memory-limit", "x"],
            "qjs: --memory-limit takes a number of kilobytes, or one with b, k, m or g, not 'x'.\n",
        ),
        (["none.js"], "Uncaught ReferenceError: could not load 'none.js': there is no such file\n"),
        (["-e", "throw new TypeError('no')"], "Uncaught TypeError: no\n    at <eval> (<cmdline>:1:11)\n"),
        (["-e", "}"], "Uncaught SyntaxError: "),
        (["-e", "Promise.reject(5)"], "Uncaught (in promise) 5\n"),
        (["-m", "-e", "import './none.js'"], "Uncaught ReferenceError: could not load module 'none.js'\n"),
        (["-m", "-e", "await 0; throw 1"], "Uncaught (in promise) 1\n"),
    ],
)
def test_a_command_line_that_fails(folder: Path, words: list[str], err: str) -> None:
    host = WasiHost(folder)

    assert host.init_argv(*words) == -1
    assert host.out == ""
    assert host.err.startswith(err)


@pytest.mark.parametrize(
    "code",
    [
        "(function f() { f() })()",
        "JSON.parse('['.repeat(1e5))",
        "eval('('.repeat(1e5))",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity)",
    ],
)
def test_a_deep_recursion_is_an_error_of_the_program(folder: Path, code: str) -> None:
    host = WasiHost(folder)

    assert host.init_argv("-e", code) == -1
    assert host.err.startswith("Uncaught RangeError: Maximum call stack size exceeded\n")
    assert host.eval("print('goes on')") == 0
    assert host.out == "goes on\n"


def test_a_memory_limit(folder: Path) -> None:
    host = WasiHost(folder)

    assert (
        host.init_argv("--memory-limit=3m", "-e", "const all = []; for (;;) all.push('x'.repeat(1000) + all.length)")
        == -1
    )
    assert host.err.startswith("Uncaught InternalError: out of memory\n")


def test_a_stack_for_nothing_is_told(folder: Path) -> None:
    host = WasiHost(folder)

    assert host.init_argv("--stack-size=1b") == -1
    assert host.err.startswith("Uncaught RangeError: Maximum call stack size exceeded\n")


# ---- running


def test_the_context_is_for_the_functions_of_quickjs(host: WasiHost) -> None:
    source = b"6 * 7"

    assert host.call("JS_Eval", host.call("qjs_get_context"), host.put(source), len(source), host.put(b"c.js"), 0) == 42


def test_eval(host: WasiHost) -> None:
    assert host.eval("var x = 'ž☃'; print(x.length, x)") == 0
    assert host.eval("import * as os from 'qjs:os'; print(typeof os.open)", filename="a.js", module=True) == 0
    assert host.eval("queueMicrotask(() => print('later')); throw new Error('now')", filename="b.js") == -1
    assert host.out == "2 ž☃\nfunction\nlater\n"
    assert host.err == "Uncaught Error: now\n    at <eval> (b.js:1:49)\n"


def test_what_a_turn_says(host: WasiHost) -> None:
    host.eval("os.setTimeout(() => print('rings'), 60000); os.setTimeout(() => print('first'), 0)")
    first = [host.loop_once(), host.out]
    host.eval("os.setReadHandler(0, () => {})")

    assert first[1] == "first\n"
    assert 59000 < first[0] <= 60000
    assert 59000 < host.loop_once() <= 60000


def test_only_handlers_are_left(host: WasiHost) -> None:
    host.eval("os.setReadHandler(0, () => print(std.in.getline()))")

    assert [host.loop_once(), host.poll_io(0), host.poll_io(-1), host.poll_io(5)] == [FOREVER, 0, 0, 0]
    assert host.out == "one\ntwo\nnull\n"
    host.eval("os.setReadHandler(0, null)")
    assert host.loop_once() == -1


def test_a_timer_and_a_handler_that_throw_are_minus_two(host: WasiHost) -> None:
    host.eval("os.setTimeout(() => { throw new Error('timer') }, 0)")
    timer = host.loop_once()
    host.eval(
        "os.setReadHandler(0, () => { throw new Error('handler') }); os.setWriteHandler(1, () => { os.setWriteHandler(1, null); print('writes') })"
    )

    assert [timer, host.poll_io(0), host.loop_once()] == [-2, -2, FOREVER]
    assert host.out == "writes\n"
    assert [line for line in host.err.splitlines() if line.startswith("Un")] == [
        "Uncaught Error: timer",
        "Uncaught Error: handler",
    ]


def test_a_rejection_that_is_handled_in_the_turn_is_none(host: WasiHost) -> None:
    host.eval("const late = Promise.reject(1); queueMicrotask(() => late.catch(() => {}))")
    turn = host.loop_once()
    host.eval("os.setTimeout(() => { Promise.reject(new Error('nobody')) }, 0)")

    assert [turn, host.loop_once(), host.loop_once()] == [-1, -2, -1]
    assert host.err.startswith("Uncaught (in promise) Error: nobody\n")


def test_a_flood_of_microtasks_leaves_turns_to_the_host(host: WasiHost) -> None:
    host.eval(
        "let count = 0; (function flood() { count++; queueMicrotask(flood) })(); os.setTimeout(() => print('in the end'), 0)"
    )

    assert [host.loop_once(), host.loop_once(), host.poll_io(0), host.loop_once()] == [0, 0, 0, 0]
    assert host.eval("print(count > 20000); queueMicrotask = () => {}") == 0
    assert host.out == "true\n"
    assert host.loop_once() == -1
    assert host.out == "true\nin the end\n"


def test_exit_ends_at_once(host: WasiHost) -> None:
    with pytest.raises(wasmtime.ExitTrap) as ended:
        host.eval("try { std.exit(30) } finally { print('never') }")

    assert ended.value.code == 30
    assert host.out == ""


# ---- the system


def test_files(host: WasiHost, folder: Path) -> None:
    (folder / "given.txt").write_bytes("žluť\nsecond".encode())

    assert (
        host.eval("""
        print(os.mkdir("/d"), os.mkdir("/d"), os.stat("/d")[0].mode === os.S_IFDIR, os.stat("/none"))
        const f = std.open("/d/new.txt", "w+"); f.puts("one\\ntwo\\n"); f.seek(4, std.SEEK_SET); print(f.getline(), f.tell()); f.close()
        std.writeFile("/d/new.txt", std.loadFile("/d/new.txt").toUpperCase())
        const a = std.open("d/new.txt", "a"); a.puts("tail"); a.close()
        print(std.loadFile("/d/new.txt"), std.loadFile("given.txt", { binary: true }).length, std.loadFile("/none"))
        print(os.rename("/d/new.txt", "/moved.txt"), os.remove("/d"), os.remove("/none"), os.readdir("/")[0].sort())
        print(os.symlink("moved.txt", "/link"), os.readlink("/link"), os.lstat("/link")[0].mode === os.S_IFLNK, os.stat("/link")[0].size)
        print(os.utimes("/moved.txt", 1000, 2000), os.stat("/moved.txt")[0].mtime, os.realpath("/link"), os.getcwd(), os.chdir("/none"))
        print(os.open("/", os.O_RDONLY), os.open("/../../etc/passwd", os.O_RDONLY), os.open("/moved.txt", os.O_RDWR | os.O_CREAT | os.O_EXCL))
        print(os.remove("/link"), std.tmpfile().puts("x"))
    """)
        == 0
    )
    assert host.err == ""
    assert host.out.splitlines() == [
        "0 -17 true ,2",
        "two 8",
        "ONE", "TWO", "tail 13 null",
        "0 0 -2 .,..,given.txt,moved.txt",
        "0 moved.txt,0 true 12",
        "0 2000 /moved.txt,0 /,0 -2",
        "-21 -2 -17",
        "0 undefined",
    ]  # fmt: skip
    assert (folder / "moved.txt").read_text() == "ONE\nTWO\ntail"


def test_no_link_leads_out_of_the_folder(host: WasiHost, folder: Path) -> None:
    (folder.parent / "secret").write_text("secret")
    (folder / "out").symlink_to(folder.parent)
    (folder / "secret").symlink_to("../secret")

    host.eval("print(std.loadFile('/secret'), std.loadFile('/out/secret'), os.readdir('/out')[1] !== 0)")

    assert host.out == "null null true\n"


def test_a_long_folder_is_listed_whole(host: WasiHost, folder: Path) -> None:
    names = [f"a file with a long name {number:04}" for number in range(700)]
    for name in names:
        (folder / name).touch()

    host.eval("const [names] = os.readdir('/'); print(names.length, names.sort()[701], names.at(-1))")

    assert host.out == f"702 {names[-1]} {names[-1]}\n"


def test_modules(folder: Path) -> None:
    (folder / "lib").mkdir()
    (folder / "main.mjs").write_text(
        "import { a } from './lib/a.js'; import data from './data.json' with { type: 'json' }; import text from './data.json' with { type: 'text' }\n"
        "import * as again from './lib/../lib/a.js'; print(a, data.n, text, again.a === a, import.meta.resolve('./x.js'), (await import('./lib/a.js')).a)"
    )
    (folder / "lib" / "a.js").write_text("import { b } from '../b.js'; export const a = `a${b}`; print('once')")
    (folder / "b.js").write_text("export const b = 'b'")
    (folder / "data.json").write_text('{"n":1}')
    host = WasiHost(folder)

    assert (host.init_argv("main.mjs"), host.run()) == (0, -1)
    assert (host.out, host.err) == ('once\nab 1 {"n":1} true x.js ab\n', "")


def test_bytes_go_out_as_they_are(host: WasiHost) -> None:
    host.eval("std.out.write(Uint8Array.of(0xFF, 0, 0xC5).buffer, 0, 3); std.out.putByte(0xBE)")

    assert host.outputs[0].read_bytes() == b"\xff\0\xc5\xbe"


def test_environment_time_and_chance(folder: Path) -> None:
    host = WasiHost(folder, env={"NAME": "a=b", "EMPTY": ""})
    host.init_argv("--std")

    host.eval("print(JSON.stringify(std.getenviron()), std.getenv('NONE'))")
    host.eval(
        "print(Date.now() > 1.7e12, os.now() >= 0, new Date().getTimezoneOffset(), Math.random() !== Math.random())"
    )
    host.eval("print(crypto.getRandomValues(new Uint8Array(8)).some(Boolean), crypto.randomUUID().length, os.sleep(1))")

    assert host.out.splitlines() == ['{"NAME":"a=b","EMPTY":""} undefined', "true true 0 true", "true 36 0"]


def test_what_a_host_of_wasi_has_not_is_said(host: WasiHost) -> None:
    host.eval("fetch('https://example.org').catch(error => print(error.name))")
    host.eval("try { os.exec(['ls']) } catch (error) { print(error.message) }")
    host.eval("crypto.subtle.digest('SHA-256', new Uint8Array(1)).catch(error => print(error.name, error.message))")

    assert host.out.splitlines() == [
        "TypeError",
        "os.exec is not available in a sandbox: there are no other processes",
        "TypeError <crypto> is not available: the host is WASI",
    ]


def test_an_error_that_changes_what_is_rejected_while_it_is_told(host: WasiHost) -> None:
    host.eval("""
        const promises = [1, 2, 3].map(n => Promise.reject({ toString() { for (const p of promises) p.catch(() => {}); return `x${n}` } }))
        const again = { toString() { Promise.reject(again); return "again" } }
        os.setTimeout(() => Promise.reject(again), 0)
    """)

    assert [host.loop_once(), host.loop_once(), host.loop_once()] == [-2, -2, -2]
    assert host.err.splitlines() == ["Uncaught (in promise) x1"] + 3 * ["Uncaught (in promise) again"]


@pytest.mark.parametrize("thrown", ["Object.create(null)", "{ toString() { throw 1 } }", "{ [Symbol.toPrimitive]: 5 }"])
def test_what_has_no_text_is_told(host: WasiHost, thrown: str) -> None:
    assert host.eval(f"throw {thrown}") == -1
    assert host.err == "Uncaught [exception]\n"


def test_telling_an_error_does_not_lift_the_memory_limit(folder: Path) -> None:
    host = WasiHost(folder)
    host.init_argv("--memory-limit=8m")

    assert host.eval("throw { toString() { return `got ${new Uint8Array(500 << 20).length}` } }") == -1
    assert host.err == "Uncaught [exception]\n"


def test_a_duplicate_of_standard_input_is_waited_for(host: WasiHost) -> None:
    host.eval("const copy = os.dup(0); os.setReadHandler(copy, () => print(os.read(copy, new ArrayBuffer(3), 0, 3)))")

    assert [host.loop_once(), host.poll_io(0)] == [FOREVER, 0]
    assert host.out == "3\n"


def test_real_paths(host: WasiHost, folder: Path) -> None:
    (folder / "real" / "deep").mkdir(parents=True)
    (folder / "real" / "file").touch()
    (folder / "link").symlink_to("real/deep")
    (folder / "loop").symlink_to("loop")
    (folder / "nowhere").symlink_to("none")

    host.eval(
        "print(['/link', '/link/.', '/./real//file', '/', '/link/../file', '/loop', '/nowhere'].map(path => os.realpath(path).join()).join(' '))"
    )
    host.eval("print(os.chdir('/link'), os.getcwd()[0])")

    assert host.out == "/real/deep,0 /real/deep,0 /real/file,0 /,0 ,2 ,40 ,2\n0 /real/deep\n"


def test_a_large_stack_is_one(folder: Path) -> None:
    host = WasiHost(folder)
    depth = "let depth = 0; try { (function f() { depth++; f() })() } catch {} print(depth)"

    host.init_argv("-e", depth)
    host.call("snap_set_stack_limit", 200 * 1024)
    host.eval(depth.replace("let ", ""))

    few, more = map(int, host.out.split())
    assert 100 < few < more


# ---- in Node


def node(folder: Path, *args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    from importlib.resources import files

    program = shutil.which("node")
    if program is None:
        pytest.fail("the tests with Node need it: apt-get install nodejs")
    engine = str(files("snapjs").joinpath("_engine", "engine.wasm"))
    command = [program, "--no-warnings", str(NODE_PROGRAM), engine, *args]
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, timeout=60)


@pytest.mark.npm
def test_node_runs_the_program_with_its_own_wasi(folder: Path) -> None:
    (folder / "ledger.js").write_bytes(LEDGER)

    read = node(folder, "ledger.js", stdin=INPUT)
    handled = node(folder, "ledger.js", "handlers", stdin=INPUT)

    assert (read.returncode, read.stdout.decode(), read.stderr) == (0, OUTPUT, b"")
    assert (handled.returncode, handled.stdout.decode(), handled.stderr) == (3, OUTPUT, b"")


@pytest.mark.npm
def test_node_waits_for_input_and_timers(folder: Path) -> None:
    code = "os.setTimeout(() => print('late'), 50); os.setReadHandler(0, () => { const line = std.in.getline(); print(line); if (line === null) os.setReadHandler(0, null) })"

    result = node(folder, "--std", "-e", code, stdin=b"one\ntwo\n")

    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == b"one\ntwo\nnull\nlate\n"


@pytest.mark.npm
@pytest.mark.parametrize("flag", ["--liftoff-only", "--no-liftoff"])
def test_a_deep_recursion_is_an_error_of_the_program_in_node_too(
    folder: Path, flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "")
    program = shutil.which("node")
    assert program is not None
    from importlib.resources import files

    engine = str(files("snapjs").joinpath("_engine", "engine.wasm"))
    command = [program, "--no-warnings", flag, str(NODE_PROGRAM), engine, "-e", "(function f() { f() })()"]
    result = subprocess.run(command, cwd=folder, capture_output=True, timeout=60)

    assert (result.returncode, result.stderr.splitlines()[0]) == (
        1,
        b"Uncaught RangeError: Maximum call stack size exceeded",
    )
