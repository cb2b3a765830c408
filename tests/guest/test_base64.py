"""atob and btoa. https://html.spec.whatwg.org/multipage/webappapis.html#atob"""

from __future__ import annotations

import base64
import string

import pytest

from snapjs import VM, JSError


@pytest.mark.parametrize("size", [*range(20), 47, 48, 49, 63, 64, 65, 1000, 1001])
def test_bytes_there_and_back(vm: VM, size: int) -> None:
    data = bytes((i * 37 + 11) % 256 for i in range(size))
    text = base64.b64encode(data).decode()
    with vm.eval_handle("(text) => btoa(text)") as encode, vm.eval_handle("(text) => atob(text)") as decode:
        assert encode.to_python()(data.decode("latin-1")) == text
        assert decode.to_python()(text) == data.decode("latin-1")


@pytest.mark.parametrize("place", [0, 15, 16])
def test_each_character_among_others(vm: VM, place: int) -> None:
    """Sixteen are looked at together; what comes behind them is looked at by itself."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    decoded = vm.eval(f"""Array.from({{ length: 256 }}, (_, i) => {{
        const text = "A".repeat({place}) + String.fromCharCode(i) + "A".repeat(19 - {place});
        try {{ return atob(text); }} catch {{ return null; }}
    }})""")
    for byte, result in enumerate(decoded):
        text = "A" * place + chr(byte) + "A" * (19 - place)
        if chr(byte) in alphabet:
            assert result.encode("latin-1") == base64.b64decode(text)
        else:
            assert (result is not None) == (chr(byte) in "\t\n\f\r ")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", ""),
        ("YQ", "a"),
        ("YQ==", "a"),
        ("YWI=", "ab"),
        (" Y\tW\nJ\fj\r ", "abc"),
        ("YQ = =", "a"),
        ("YR", "a"),
        ("YWJjZGVmZ2hpamts\nYWJjZGVmZ2hpamts\nYQ==\n", "abcdefghijklabcdefghijkla"),
    ],
)
def test_what_is_decoded(vm: VM, text: str, data: str) -> None:
    assert vm.eval(f"atob({text!a})") == data


@pytest.mark.parametrize(
    "text",
    ["Y", "YQ=", "YWJj=", "YWJj==", "=", "====", "Y===", "YQ==YQ==", "YQ=Q", "YQ\u00a0", "YQ\v", "YW-_", "YQ\0", "€"],
)
def test_what_is_wrong(vm: VM, text: str) -> None:
    assert vm.eval(f"""{{
        let caught;
        try {{ atob({text!a}); }} catch (error) {{ caught = error; }}
        [caught instanceof DOMException, caught.name, caught.code];
    }}""") == [True, "InvalidCharacterError", 5]


def test_text_outside_of_latin_1(vm: VM) -> None:
    with pytest.raises(JSError, match="The string contains a character outside of Latin-1") as caught:
        vm.eval("btoa('a\\u0100')")
    assert caught.value.name == "InvalidCharacterError"


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("btoa(null)", "bnVsbA=="),
        ("btoa(undefined)", "dW5kZWZpbmVk"),
        ("atob(null)", "\x9e\xe9e"),
        ("btoa([1])", "MQ=="),
    ],
)
def test_what_is_no_string(vm: VM, call: str, result: str) -> None:
    assert vm.eval(call) == result


@pytest.mark.parametrize("name", ["atob", "btoa"])
def test_the_functions_are_as_web_idl_has_them(vm: VM, name: str) -> None:
    assert vm.eval(f"[{name}.name, {name}.length, Object.keys(globalThis).includes('{name}')]") == [name, 1, True]
    with pytest.raises(JSError, match=f"{name}: a string is required") as caught:
        vm.eval(f"{name}()")
    assert caught.value.name == "TypeError"
