"""Regular expressions with the flag v, where the engine's own parser is patched. ECMA-262, "Patterns"."""

from __future__ import annotations

import pytest

from snapjs import VM, JSError


@pytest.mark.parametrize("source", ["a-b", "::", "a/b", "-", "&&", "~~=", "@@", "1,,2"])
def test_literals_in_regular_expressions_with_sets(vm: VM, source: str) -> None:
    assert vm.eval(f"new RegExp('^' + {source!r} + '$', 'v').test({source!r})") is True


@pytest.mark.parametrize("source", ["[(]", "[a&&&b]", "[::]", "[a-]", "]", "}"])
def test_classes_in_regular_expressions_with_sets(vm: VM, source: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(f"new RegExp({source!r}, 'v')")
    assert caught.value.name == "SyntaxError"
