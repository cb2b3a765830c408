"""DOMException. https://webidl.spec.whatwg.org/#idl-DOMException"""

from __future__ import annotations

import pytest

from snapjs import VM, JSError

CODES = {
    "IndexSizeError": 1, "HierarchyRequestError": 3, "WrongDocumentError": 4, "InvalidCharacterError": 5,
    "NoModificationAllowedError": 7, "NotFoundError": 8, "NotSupportedError": 9, "InUseAttributeError": 10,
    "InvalidStateError": 11, "SyntaxError": 12, "InvalidModificationError": 13, "NamespaceError": 14,
    "InvalidAccessError": 15, "TypeMismatchError": 17, "SecurityError": 18, "NetworkError": 19, "AbortError": 20,
    "URLMismatchError": 21, "QuotaExceededError": 22, "TimeoutError": 23, "InvalidNodeTypeError": 24,
    "DataCloneError": 25, "EncodingError": 0, "NotReadableError": 0, "OperationError": 0, "NotAllowedError": 0, "Error": 0,
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_the_code_of_a_name(vm: VM, name: str, code: int) -> None:
    assert vm.eval(f"{{ const e = new DOMException('m', '{name}'); [e.name, e.message, e.code]; }}") == [
        name,
        "m",
        code,
    ]


def test_the_defaults(vm: VM) -> None:
    assert vm.eval("{ const e = new DOMException(); [e.name, e.message, e.code, String(e)]; }") == [
        "Error",
        "",
        0,
        "Error",
    ]


def test_it_is_an_error_and_its_prototype_is_none(vm: VM) -> None:
    assert vm.eval("""{
        const e = new DOMException("m", "AbortError");
        [e instanceof Error, Error.isError(e), Error.isError(DOMException.prototype), Object.prototype.toString.call(e),
         Object.getPrototypeOf(DOMException.prototype) === Error.prototype, Object.hasOwn(e, "stack"), String(e)];
    }""") == [True, True, False, "[object DOMException]", True, True, "AbortError: m"]


def test_constants(vm: VM) -> None:
    assert vm.eval("""[DOMException, DOMException.prototype].map((holder) => {
        const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(holder, "DATA_CLONE_ERR");
        return [value, writable, enumerable, configurable, Object.keys(holder).filter((key) => key.endsWith("_ERR")).length];
    })""") == [[25, False, True, False, 25], [25, False, True, False, 25]]


@pytest.mark.parametrize("member", ["name", "message", "code"])
def test_members_are_of_exceptions(vm: VM, member: str) -> None:
    with pytest.raises(JSError, match="DOMException object expected"):
        vm.eval(f"DOMException.prototype.{member}")


def test_a_class_of_its_own(vm: VM) -> None:
    assert vm.eval("""{
        class Mine extends DOMException { constructor() { super("m", "AbortError"); } }
        const e = new Mine();
        [e instanceof Mine, e.code, Error.isError(e)];
    }""") == [True, 20, True]


def test_python_gets_its_name_and_message(vm: VM) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval("throw new DOMException('why', 'NotFoundError')")
    assert (caught.value.name, caught.value.message) == ("NotFoundError", "why")
