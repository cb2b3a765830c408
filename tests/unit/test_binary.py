"""What is changed of WebAssembly modules before they are compiled."""

import pytest
from wasmtime import wat2wasm

from snapjs._guest.binary import Damaged, with_smaller_table


def module(table: str) -> bytes:
    return bytes(wat2wasm(f'(module (func $f) {table} (memory (export "memory") 1) (export "f" (func $f)))'))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("(table 5000 5000 funcref) (elem (i32.const 1) $f)", "(table 904 904 funcref) (elem (i32.const 1) $f)", id="fixed"),
        pytest.param("(table 4096 4096 funcref)", "(table 0 0 funcref)", id="only those"),
        pytest.param("(table 4095 4095 funcref)", "(table 4095 4095 funcref)", id="fewer"),
        pytest.param("(table 5000 6000 funcref)", "(table 5000 6000 funcref)", id="may grow"),
        pytest.param("(table 5000 funcref)", "(table 5000 funcref)", id="may grow without end"),
        pytest.param("(table 5000 5000 funcref) (table 5000 5000 funcref)", "(table 5000 5000 funcref) (table 5000 5000 funcref)", id="two"),
        pytest.param("", "", id="none"),
    ],
)  # fmt: skip
def test_table_without_its_last_elements(before: str, after: str) -> None:
    assert with_smaller_table(module(before), 4096) == module(after)


@pytest.mark.parametrize("length", [9, 20, -1])
def test_module_that_is_cut_off(length: int) -> None:
    with pytest.raises(Damaged):
        with_smaller_table(module("(table 5000 5000 funcref)")[:length], 4096)
