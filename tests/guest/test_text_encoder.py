"""TextEncoder. https://encoding.spec.whatwg.org/#interface-textencoder"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snapjs import VM, Intrinsics, JSError

MakeVM = Callable[..., VM]


@pytest.mark.parametrize(
    "text", ["", "abc", "é", "\xff" * 40, "€", "😀", "aé€😀" * 20, "x" * 100 + "é", "€" + "x" * 100]
)
def test_text(vm: VM, text: str) -> None:
    with vm.eval_handle("(text) => new TextEncoder().encode(text)") as encode:
        assert encode.to_python()(text) == text.encode()


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("\\ud800", "�"),
        ("a\\ud800b", "a�b"),
        ("\\udc00\\ud800", "��"),
        ("\\ud800\\u{1f600}\\ud800", "�😀�"),
    ],
)
def test_a_lone_surrogate_is_replaced(vm: VM, text: str, replaced: str) -> None:
    assert vm.eval(f"new TextEncoder().encode('{text}')") == replaced.encode()


def test_what_is_no_string(vm: VM) -> None:
    assert vm.eval("[undefined, null, 1, ['a', 'b']].map((value) => new TextEncoder().encode(value))") == [
        b"",
        b"null",
        b"1",
        b"a,b",
    ]


def test_text_that_is_put_together(vm: VM) -> None:
    assert (
        vm.eval(
            "{ let text = ''; for (let i = 0; i < 5000; i++) text += 'é€'; new TextEncoder().encode(text).length; }"
        )
        == 25000
    )


def test_the_bytes_have_a_buffer_of_their_own(vm: VM) -> None:
    assert vm.eval(
        "{ const bytes = new TextEncoder().encode('é'); [bytes.constructor === Uint8Array, bytes.byteOffset, bytes.buffer.byteLength]; }"
    ) == [True, 0, 2]


@pytest.mark.parametrize(
    ("text", "room", "read", "data"),
    [
        ("abc", 5, 3, "61 62 63"),
        ("abc", 2, 2, "61 62"),
        ("aé€", 3, 2, "61 c3 a9"),
        ("aé€", 2, 1, "61"),
        ("😀", 3, 0, ""),
        ("a😀", 5, 3, "61 f0 9f 98 80"),
        ("\\ud800", 3, 1, "ef bf bd"),
        ("abcdefghijklmnop", 12, 12, "61 62 63 64 65 66 67 68 69 6a 6b 6c"),
        ("", 2, 0, ""),
        ("abc", 0, 0, ""),
    ],
)
def test_encode_into(vm: VM, text: str, room: int, read: int, data: str) -> None:
    values = bytes.fromhex(data)
    assert vm.eval(f"""{{
        const bytes = new Uint8Array({room} + 2).fill(0x2a), {{ read, written }} = new TextEncoder().encodeInto('{text}', bytes.subarray(1, {room} + 1));
        [read, written, bytes];
    }}""") == [read, len(values), b"*" + values.ljust(room, b"*") + b"*"]


def test_encode_into_shared_memory_and_nothing(vm: VM) -> None:
    assert vm.eval("""{
        const shared = new Uint8Array(new SharedArrayBuffer(2)), gone = new Uint8Array(2);
        gone.buffer.transfer();
        [new TextEncoder().encodeInto("é", shared), shared[0], new TextEncoder().encodeInto("é", gone)];
    }""") == [{"read": 1, "written": 2}, 0xC3, {"read": 0, "written": 0}]


@pytest.mark.parametrize("arguments", ["", "'a'", "'a', new ArrayBuffer(1)", "'a', new Int8Array(1)", "'a', null"])
def test_encode_into_something_else(vm: VM, arguments: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(f"new TextEncoder().encodeInto({arguments})")
    assert caught.value.name == "TypeError"


def test_encode_into_memory_that_never_changes(vm: VM) -> None:
    assert vm.eval("""{
        const bytes = new Uint8Array(new ArrayBuffer(2).transferToImmutable());
        let failure = null;
        try { new TextEncoder().encodeInto("ab", bytes) } catch (error) { failure = error.name }
        [failure, [...bytes]];
    }""") == ["TypeError", [0, 0]]


@pytest.mark.parametrize("member", ["encoding", "encode()", "encodeInto('', new Uint8Array())"])
def test_members_are_of_encoders(vm: VM, member: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(f"Object.create(TextEncoder.prototype).{member}")
    assert caught.value.name == "TypeError"


def test_the_interface(vm: VM) -> None:
    assert vm.eval("""[TextEncoder.length, new TextEncoder("utf-16").encoding, String(new TextEncoder()),
        Object.keys(TextEncoder.prototype), TextEncoder.prototype.encodeInto.length]""") == [
        0, "utf-8", "[object TextEncoder]", ["encoding", "encode", "encodeInto"], 2,
    ]  # fmt: skip


def test_without_new(vm: VM) -> None:
    with pytest.raises(JSError, match="must be called with new"):
        vm.eval("TextEncoder()")


@pytest.mark.keeps("the leak check looks at more than such a VM has")
def test_without_typed_arrays_there_is_none(make_vm: MakeVM) -> None:
    vm = make_vm(intrinsics=Intrinsics.ALL & ~Intrinsics.TYPED_ARRAYS)
    assert vm.eval("[typeof TextEncoder, typeof TextDecoder]") == ["undefined", "undefined"]
