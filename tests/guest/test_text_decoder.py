"""TextDecoder: encodings, labels, streams, and what is wrong. https://encoding.spec.whatwg.org"""

from __future__ import annotations

import pytest
from moving import after_restore

from snapjs import VM, JSError, Snapshot

# Each with a label that is not its name, bytes, and the text that they are.
ENCODINGS = [
    ("utf-8", "unicode-1-1-utf-8", "61 c3 a9 e2 82 ac f0 9f 98 80", "aé€😀"),
    ("utf-16le", "utf-16", "61 00 ac 20 3d d8 00 de", "a€😀"),
    ("utf-16be", "unicodefffe", "00 61 20 ac d8 3d de 00", "a€😀"),
    ("windows-1252", "latin1", "61 80 e9 81", "a€é\x81"),
    ("iso-8859-2", "latin2", "a1 b1 e8", "Ąąč"),
    ("iso-8859-5", "cyrillic", "bf e0 d8", "При"),
    ("iso-8859-8-i", "logical", "e0 f9", "אש"),
    ("iso-8859-15", "l9", "a4 bc", "€Œ"),
    ("koi8-r", "koi", "f0 d2 c9", "При"),
    ("koi8-u", "koi8-ru", "ae be", "ўЎ"),
    ("macintosh", "x-mac-roman", "8e db f0", "é€\uf8ff"),
    ("ibm866", "866", "8f e0 a8", "При"),
    ("windows-874", "tis-620", "a1 80", "ก€"),
    ("windows-1251", "cp1251", "cf f0 e8", "При"),
    ("windows-1255", "x-cp1255", "ca", "\u05ba"),
    ("x-mac-cyrillic", "x-mac-ukrainian", "8f ff", "П€"),
    ("x-user-defined", "X-USER-DEFINED", "61 80 ff", "a\uf780\uf7ff"),
    ("gbk", "gb2312", "d6 d0 80 a2 e3", "中€€"),
    ("gb18030", "gb18030", "d6 d0 81 30 84 36 94 39 fc 36", "中¥😀"),
    ("big5", "big5-hkscs", "a4 a4 88 62 88 a5 87 40", "中Ê̄ê̌䏰"),
    ("euc-jp", "x-euc-jp", "c6 fc 8e b1 8f b0 a1", "日ｱ丂"),
    ("shift_jis", "sjis", "93 fa b1 f0 40", "日ｱ\ue000"),
    ("iso-2022-jp", "csiso2022jp", "61 1b 24 42 46 7c 1b 28 4a 5c 7e 1b 28 49 31 1b 28 42 62", "a日¥‾ｱb"),
    ("euc-kr", "ks_c_5601-1987", "c7 d1 81 41", "한갂"),
]


def decode(vm: VM, label: str, data: bytes, options: str = "{}") -> str:
    function = vm.eval_handle(f"(label, bytes) => new TextDecoder(label, {options}).decode(bytes)")
    with function:
        text = function.to_python()(label, data)
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(("name", "label", "data", "text"), ENCODINGS)
def test_an_encoding(vm: VM, name: str, label: str, data: str, text: str) -> None:
    assert vm.eval(f"new TextDecoder({label!r}).encoding") == name
    assert vm.eval(f"new TextDecoder({label!r}).decode(new Uint8Array({list(bytes.fromhex(data))}))") == text


@pytest.mark.parametrize(("name", "label", "data", "text"), ENCODINGS)
def test_an_encoding_byte_by_byte(vm: VM, name: str, label: str, data: str, text: str) -> None:
    assert (
        vm.eval(f"""{{
        const decoder = new TextDecoder({label!r}, {{ fatal: true }});
        let text = "";
        for (const byte of {list(bytes.fromhex(data))}) text += decoder.decode(Uint8Array.of(byte), {{ stream: true }});
        text + decoder.decode();
    }}""")
        == text
    )


@pytest.mark.parametrize("label", ["  utf8\\n", "UTF-8", "\\t\\f\\rUtf8"])
def test_a_label_with_space_around_it_and_capitals(vm: VM, label: str) -> None:
    assert vm.eval(f"new TextDecoder('{label}').encoding") == "utf-8"


@pytest.mark.parametrize(
    "label", ["", "utf", "utf-8x", "utf-8\\0", "\\u00a0utf-8", "replacement", "iso-2022-kr", "x" * 99]
)
def test_a_label_of_nothing(vm: VM, label: str) -> None:
    with pytest.raises(JSError, match="there is no encoding with the label") as caught:
        vm.eval(f"new TextDecoder('{label}')")
    assert caught.value.name == "RangeError"


@pytest.mark.parametrize(
    ("label", "data", "text"),
    [
        ("utf-8", "c0 80 e0 80 61 ed a0 80 f5", "����a����"),
        ("utf-8", "f0 9f 98 f0 9f", "��"),
        ("utf-16le", "3d d8 61 00 00 dc 61", "�a��"),
        ("windows-1253", "aa 61", "�a"),
        ("gb18030", "81 30 81 61 81 ff 84 30", "�0乤��"),
        ("big5", "81 61 a4 ff a4", "�a��"),
        ("euc-kr", "a1 20 ff a1", "� ��"),
        ("euc-jp", "8f a1 61 8e 61 a4", "�a�a�"),
        ("shift_jis", "81 20 ff 81", "� ��"),
        ("iso-2022-jp", "1b 24 42 1b 28 42 61 1b 24 61", "�a�$a"),
        ("iso-2022-jp", "1b 24 42 46 1b 28 42 0e 1b", "���"),
    ],
)
def test_what_is_wrong_is_replaced(vm: VM, label: str, data: str, text: str) -> None:
    values = list(bytes.fromhex(data))
    assert vm.eval(f"new TextDecoder('{label}').decode(new Uint8Array({values}))") == text
    with pytest.raises(JSError, match=f"The encoded data was not valid for encoding {label}") as caught:
        vm.eval(f"new TextDecoder('{label}', {{ fatal: true }}).decode(new Uint8Array({values}))")
    assert caught.value.name == "TypeError"


def test_a_decoder_begins_anew_after_an_error(vm: VM) -> None:
    assert (
        vm.eval("""{
        const decoder = new TextDecoder("utf-8", { fatal: true });
        try { decoder.decode(Uint8Array.of(0xe2, 0x82, 0x41), { stream: true }); } catch {}
        decoder.decode(Uint8Array.of(0x42));
    }""")
        == "B"
    )


@pytest.mark.parametrize(
    ("label", "data"),
    [("utf-8", "ef bb bf 61 ef bb bf"), ("utf-16le", "ff fe 61 00 ff fe"), ("utf-16be", "fe ff 00 61 fe ff")],
)
def test_one_byte_order_mark_is_taken_away(vm: VM, label: str, data: str) -> None:
    values = list(bytes.fromhex(data))
    assert vm.eval(f"""{{
        const bytes = new Uint8Array({values}), decoder = new TextDecoder("{label}"), streamed = new TextDecoder("{label}");
        let text = "";
        for (const byte of bytes) text += streamed.decode(Uint8Array.of(byte), {{ stream: true }});
        [decoder.decode(bytes), decoder.decode(bytes), text,
         new TextDecoder("{label}", {{ ignoreBOM: true }}).decode(bytes)];
    }}""") == ["a\ufeff", "a\ufeff", "a\ufeff", "\ufeffa\ufeff"]


def test_text_that_fits_into_latin_1_is_a_name_like_another(vm: VM) -> None:
    assert vm.eval("""{
        const names = { "caf\\u00e9": 1, abc: 2 };
        ["utf-16le", "utf-8", "iso-8859-15"].map((label) => {
            const bytes = label === "utf-16le" ? [99, 0, 97, 0, 102, 0, 0xe9, 0] : label === "utf-8" ? [99, 97, 102, 0xc3, 0xa9] : [99, 97, 102, 0xe9];
            return names[new TextDecoder(label).decode(new Uint8Array(bytes))];
        });
    }""") == [1, 1, 1]


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 31, 32, 33, 64, 100])
def test_runs_of_ascii_of_any_length(vm: VM, length: int) -> None:
    text = "x" * length + "é" + "y" * length + "€" + "z" * length
    assert decode(vm, "utf-8", text.encode()) == text
    assert decode(vm, "utf-16le", text.encode("utf-16le")) == text
    assert decode(vm, "utf-16be", text.encode("utf-16be")) == text
    assert decode(vm, "euc-kr", b"x" * length + b"\xc7\xd1") == "x" * length + "한"


@pytest.mark.parametrize(
    "view",
    [
        "buffer", "new Uint8Array(buffer)", "new DataView(buffer)", "new Uint16Array(buffer)", "new Uint8ClampedArray(buffer)",
        "new Float64Array(buffer)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["ArrayBuffer(8)", "SharedArrayBuffer(8)", "ArrayBuffer(8, { maxByteLength: 16 })"])
def test_kinds_of_input(vm: VM, view: str, kind: str) -> None:
    assert (
        vm.eval(f"""{{
        const buffer = new {kind};
        new Uint8Array(buffer).fill(0x61);
        new TextDecoder().decode({view});
    }}""")
        == "aaaaaaaa"
    )


def test_views_of_a_part(vm: VM) -> None:
    assert vm.eval("""{
        const buffer = new TextEncoder().encode("abcdef").buffer, decoder = new TextDecoder();
        [decoder.decode(new Uint8Array(buffer, 2, 3)), decoder.decode(new DataView(buffer, 4)), decoder.decode()];
    }""") == ["cde", "ef", ""]


def test_a_detached_buffer_has_no_bytes(vm: VM) -> None:
    assert vm.eval("""{
        const buffer = new ArrayBuffer(8), view = new Uint8Array(buffer), decoder = new TextDecoder();
        const options = { get stream() { buffer.transfer(); return false; } };
        [decoder.decode(view, options), decoder.decode(buffer), decoder.decode(view), decoder.decode(new Uint8Array())];
    }""") == ["", "", "", ""]


@pytest.mark.parametrize("value", ["null", "'text'", "[1]", "{}", "1"])
def test_what_is_no_buffer(vm: VM, value: str) -> None:
    with pytest.raises(JSError, match="the input must be an ArrayBuffer or a view of one"):
        vm.eval(f"new TextDecoder().decode({value})")


@pytest.mark.parametrize("call", ["new TextDecoder('utf-8', 1)", "new TextDecoder().decode(undefined, 1)"])
def test_options_that_are_no_object(vm: VM, call: str) -> None:
    with pytest.raises(JSError, match="the options must be an object"):
        vm.eval(call)


def test_arguments_are_converted_in_the_order_of_web_idl(vm: VM) -> None:
    assert vm.eval("""{
        const log = [];
        const label = { toString() { log.push("label"); return "utf-8"; } };
        const options = { get ignoreBOM() { log.push("ignoreBOM"); }, get fatal() { log.push("fatal"); return 1; } };
        const { fatal, ignoreBOM } = new TextDecoder(label, options);
        [log, fatal, ignoreBOM];
    }""") == [["label", "fatal", "ignoreBOM"], True, False]


@pytest.mark.parametrize("member", ["encoding", "fatal", "ignoreBOM", "decode()"])
def test_members_are_of_decoders(vm: VM, member: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(f"Object.create(TextDecoder.prototype).{member}")
    assert caught.value.name == "TypeError"


def test_the_interface(vm: VM) -> None:
    assert vm.eval("""{
        const flags = (object, key) => { const d = Object.getOwnPropertyDescriptor(object, key); return [d.enumerable, d.configurable]; };
        [TextDecoder.length, TextDecoder.name, String(new TextDecoder()), flags(globalThis, "TextDecoder"),
         flags(TextDecoder.prototype, "decode"), flags(TextDecoder.prototype, "encoding"), TextDecoder.prototype.decode.length];
    }""") == [0, "TextDecoder", "[object TextDecoder]", [False, True], [True, True], [True, True], 0]


def test_a_class_of_its_own(vm: VM) -> None:
    assert (
        vm.eval("""{
        class Mine extends TextDecoder { twice(bytes) { return this.decode(bytes).repeat(2); } }
        new Mine("latin1").twice(Uint8Array.of(0xe9));
    }""")
        == "éé"
    )


@pytest.mark.parametrize(("name", "label", "data", "text"), ENCODINGS)
def test_a_decoder_that_is_saved_within_a_character(name: str, label: str, data: str, text: str) -> None:
    values = bytes.fromhex(data)
    for cut in range(len(values) + 1):
        before = f"""globalThis.decoder = new TextDecoder({label!r}, {{ fatal: true }});
            globalThis.text = decoder.decode(new Uint8Array({list(values[:cut])}), {{ stream: true }}); 0"""
        assert after_restore(before, f"text + decoder.decode(new Uint8Array({list(values[cut:])}))") == text


def test_two_that_go_on_from_one_snapshot(vm: VM) -> None:
    vm.eval("globalThis.decoder = new TextDecoder(); decoder.decode(Uint8Array.of(0xe2, 0x82), { stream: true })")
    snapshot = Snapshot.from_bytes(vm.snapshot().to_bytes())
    with VM.restore(snapshot) as one, VM.restore(snapshot) as two:
        assert one.eval("decoder.decode(Uint8Array.of(0xac))") == "€"
        assert two.eval("decoder.decode(Uint8Array.of(0x21))") == "�!"
