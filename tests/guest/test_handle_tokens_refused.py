"""Tokens that are refused: of other programs, never given, released, or no tokens at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snapjs import VM, ClosedError, Handle, WrongVMError

MakeVM = Callable[..., VM]


def test_token_of_another_program(vm: VM, make_vm: MakeVM) -> None:
    other = make_vm()
    handle = vm.new_object()
    token = vm.export_handle(handle)
    for use in (other.import_handle, other.release_handle):
        with pytest.raises(WrongVMError, match="This token is of a VM with another seed"):
            use(token)
    vm.release_handle(token)


def test_token_of_a_fixed_handle_of_another_program(vm: VM, make_vm: MakeVM) -> None:
    with pytest.raises(WrongVMError):
        make_vm().import_handle(vm.export_handle(vm.true))


@pytest.mark.parametrize("number", ["0" * 16, "f" * 16, "00000001ffffffff", "7fffffff00000000", "0000000000000000"])
def test_token_that_was_never_given(vm: VM, number: str) -> None:
    forged = vm.export_handle(vm.undefined)[:8] + number
    for use in (vm.import_handle, vm.release_handle):
        with pytest.raises(ClosedError):
            use(forged)
    assert vm.eval("1") == 1


def test_handle_that_was_not_exported_is_not_imported_by_its_number(vm: VM) -> None:
    handle = vm.new_object()
    forged = vm.export_handle(vm.undefined)[:8] + f"{handle._live():016x}"
    for use in (vm.import_handle, vm.release_handle):
        with pytest.raises(ClosedError):
            use(forged)
    assert vm.statistics().handles == 1


MALFORMED: dict[str, Callable[[str], str]] = {
    "empty": lambda token: "",
    "too short": lambda token: token[:-1],
    "too long": lambda token: token + "0",
    "two of them": lambda token: token * 2,
    "not hexadecimal": lambda token: "g" * 24,
    "one digit is none": lambda token: token[:10] + "x" + token[11:],
    "NULs": lambda token: "\0" * 24,
    "spaces": lambda token: " " * 24,
    "negative number": lambda token: token[:8] + "-" + token[9:],
    "lone surrogates": lambda token: "\ud800" * 24,
}

# What Python's int() takes for a number all the same.
LENIENT: dict[str, Callable[[str], str]] = {
    "a space": lambda token: token[:8] + " " + token[9:],
    "a sign": lambda token: token[:8] + "+" + token[9:],
    "an underscore": lambda token: token[:9] + "_" + token[10:],
    "negative key": lambda token: "-" + token[1:],
    "prefix": lambda token: "0x" + token[2:],
    "full-width digits": lambda token: "\uff11" * 24,
}


@pytest.mark.parametrize("spoil", MALFORMED.values(), ids=MALFORMED)
def test_malformed_token(vm: VM, spoil: Callable[[str], str]) -> None:
    token = vm.export_handle(vm.undefined)
    for use in (vm.import_handle, vm.release_handle):
        with pytest.raises(ValueError, match="is no token: pass what export_handle returned"):
            use(spoil(token))


@pytest.mark.parametrize("spoil", LENIENT.values(), ids=LENIENT)
def test_malformed_token_that_reads_as_a_number(vm: VM, spoil: Callable[[str], str]) -> None:
    token = vm.export_handle(vm.undefined)
    for use in (vm.import_handle, vm.release_handle):
        with pytest.raises(ValueError, match="is no token: pass what export_handle returned"):
            use(spoil(token))


@pytest.mark.parametrize("token", [None, 5, b"0" * 24, 1.5, ["0" * 24]])
def test_token_is_a_str(vm: VM, token: Any) -> None:
    for use in (vm.import_handle, vm.release_handle):
        with pytest.raises(TypeError, match="a token is a str, not"):
            use(token)


@pytest.mark.parametrize("value", [None, 5, "token", {}])
def test_what_is_exported_is_a_reference(vm: VM, value: Any) -> None:
    with pytest.raises(TypeError, match="a Handle, Function or Promise is wanted here, not"):
        vm.export_handle(value)


def test_disposed_handle_is_not_exported(vm: VM) -> None:
    handle = vm.new_object()
    handle.dispose()
    with pytest.raises(ClosedError, match="was disposed of"):
        vm.export_handle(handle)


def test_handle_of_another_vm_is_not_exported(vm: VM, make_vm: MakeVM) -> None:
    with pytest.raises(WrongVMError):
        vm.export_handle(make_vm().new_object())


def test_same_seed_means_same_tokens() -> None:
    """With the same seed everything is the same, tokens too."""
    with VM(seed=1) as first, VM(seed=1) as second, VM(seed=2) as third:
        tokens = [vm.export_handle(vm.new_object()) for vm in (first, second, third)]
    assert tokens[0] == tokens[1] != tokens[2]


def test_handle_of_a_global_that_was_closed(vm: VM) -> None:
    realm = vm.new_realm()
    token = vm.export_handle(realm.global_handle)
    assert isinstance(vm.import_handle(token), Handle)
    realm.close()
    with pytest.raises(ClosedError):
        vm.import_handle(token)
