"""Remainders and texts of numbers, which the engine computes by its own shortcuts where they are exact."""

from __future__ import annotations

import math
import random

import pytest

from snapjs import VM

EDGES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1e-300,
    5e-324,
    2.0**53 - 1,
    2.0**53,
    -(2.0**53),
    2.0**63,
    1.7e308,
    math.inf,
    3.0,
    7.25,
]


def same(found: float, expected: float) -> bool:
    return (math.isnan(found) and math.isnan(expected)) or (found, math.copysign(1, found)) == (
        expected, math.copysign(1, expected),
    )  # fmt: skip


def test_remainders_are_those_of_fmod(vm: VM) -> None:
    source = random.Random(5)
    whole = [float(source.randrange(-(2**53), 2**53) >> source.randrange(54)) for _ in range(300)]
    fractions = [source.uniform(-1e6, 1e6) for _ in range(100)]
    numbers = EDGES + whole + fractions
    pairs = [(x, y) for x in EDGES for y in EDGES] + [
        (source.choice(numbers), source.choice(numbers)) for _ in range(5000)
    ]
    remainder = vm.eval("pairs => pairs.map(([x, y]) => x % y)")
    found = remainder(pairs)
    expected = [math.nan if math.isinf(x) or y == 0 else math.fmod(x, y) for x, y in pairs]
    assert [pair for pair, ours, right in zip(pairs, found, expected, strict=True) if not same(ours, right)] == []


def _texts() -> list[str]:
    source = random.Random(6)
    texts = [
        "0",
        "-0",
        "0.0",
        "-0.0e5",
        "1e22",
        "1e23",
        "9007199254740993",
        "123456789012345678901234567890",
        "1E+2",
        "5e-324",
    ]
    texts += [
        "0." + "0" * 22 + "1",
        "0.1234567890123456789",
        "1.7976931348623157e308",
        "-1e400",
        "2.2250738585072011e-308",
    ]
    for _ in range(20000):
        digits = str(source.randrange(10 ** source.randrange(1, 20)))
        fraction = (
            "." + "".join(source.choices("0123456789", k=source.randrange(1, 24))) if source.random() < 0.6 else ""
        )
        exponent = f"{source.choice('eE')}{source.randrange(-330, 330)}" if source.random() < 0.2 else ""
        texts.append(f"{source.choice(['', '-'])}{digits}{fraction}{exponent}")
    return texts


def test_numbers_of_json_are_those_of_python(vm: VM) -> None:
    texts = _texts()
    found = vm.eval("text => JSON.parse(text)")(f"[{','.join(texts)}]")
    assert [text for text, ours in zip(texts, found, strict=True) if not same(float(ours), float(text))] == []


def test_integers_of_json_index_arrays(vm: VM) -> None:
    assert vm.eval("['a', 'b', 'c'][JSON.parse('2')]") == "c"
    assert vm.eval("Object.is(JSON.parse('-0'), -0)") is True


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("new Date(Date.UTC(7, 0, 2, 3, 4, 5, 6)).toISOString()", "1907-01-02T03:04:05.006Z"),
        ("new Date(-62198755200000).toISOString()", "-000001-01-01T00:00:00.000Z"),
        ("new Date(8.64e15).toISOString()", "+275760-09-13T00:00:00.000Z"),
        ("new Date(0).toUTCString()", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("try { null.x } catch (error) { error.message }", "cannot read property 'x' of null"),
        ("try { eval('a'.repeat(300) + '()') } catch (error) { error.message.slice(-16) }", "a is not defined"),
        ("try { '\\u00e9%s%d'.x() } catch (error) { error.message }", "not a function"),
        ("try { new Array(-1) } catch (error) { error.message }", "invalid array length"),
    ],
)  # fmt: skip
def test_formatted_texts(vm: VM, code: str, text: object) -> None:
    assert vm.eval(code) == text
