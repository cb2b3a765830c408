"""Bodies of requests and responses, and FormData as bytes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from snapjs import VM, JSError, undefined


def run(vm: VM, code: str) -> Any:
    return asyncio.run(vm.eval_async(f"(async () => {{ {code} }})()"))


@pytest.mark.parametrize(
    ("init", "content_type"),
    [
        ("'hé'", "text/plain;charset=UTF-8"),
        ("new TextEncoder().encode('hé')", None),
        ("new TextEncoder().encode('hé').buffer", None),
        ("new Blob(['hé'], { type: 'a/b' })", "a/b"),
        ("new Blob(['hé'])", None),
        ("new Blob(['hé']).stream()", None),
        ("{ toString: () => 'hé' }", "text/plain;charset=UTF-8"),
    ],
)
def test_what_a_body_is_made_of(vm: VM, init: str, content_type: str | None) -> None:
    code = f"""
        const response = new Response({init});
        const copy = response.clone();
        return [response.headers.get('content-type'), await response.text(), [...await copy.bytes()]];
    """
    assert run(vm, code) == [content_type, "hé", [104, 195, 169]]


@pytest.mark.parametrize(
    ("method", "result"),
    [
        ("text()", "[1]"),
        ("json()", [1]),
        ("arrayBuffer().then(buffer => buffer.byteLength)", 3),
        ("bytes()", b"[1]"),
        ("blob().then(blob => [blob.size, blob.type])", [3, "text/plain;charset=utf-8"]),
    ],
)
@pytest.mark.parametrize("init", ["'[1]'", "new Blob(['[1]'], { type: 'text/plain;charset=utf-8' }).stream()"])
def test_how_a_body_is_read(vm: VM, init: str, method: str, result: Any) -> None:
    headers = "{ headers: { 'content-type': 'text/plain;charset=utf-8' } }"
    assert run(vm, f"return new Response({init}, {headers}).{method}") == result


def test_a_body_is_read_once(vm: VM) -> None:
    code = """
        const response = new Response('a');
        const before = response.bodyUsed;
        await response.text();
        const again = await response.text().catch(error => `${error}`);
        return [before, response.bodyUsed, again, response.body.locked];
    """
    assert run(vm, code) == [False, True, "TypeError: The body was read already, or its stream is locked", True]


def test_a_locked_body_is_not_read(vm: VM) -> None:
    code = """
        const response = new Response('a');
        response.body.getReader();
        return [response.bodyUsed, await response.text().catch(error => error.name)];
    """
    assert run(vm, code) == [False, "TypeError"]


def test_no_body(vm: VM) -> None:
    assert run(
        vm, "const r = new Response(); return [r.body, await r.text(), r.bodyUsed, (await r.bytes()).length]"
    ) == [
        None,
        "",
        False,
        0,
    ]


def test_a_byte_order_mark_is_no_text(vm: VM) -> None:
    code = "return [await new Response('\\ufeffa').text(), (await new Response('\\ufeffa').bytes()).length]"
    assert run(vm, code) == ["a", 4]


def test_a_stream_of_something_else(vm: VM) -> None:
    code = """
        const stream = new ReadableStream({ start(controller) { controller.enqueue('a'); controller.close(); } });
        return new Response(stream).text().catch(error => `${error}`);
    """
    assert run(vm, code) == "TypeError: The body's stream has a chunk that is no Uint8Array"


def test_a_used_stream_is_no_body(vm: VM) -> None:
    code = "const stream = new Response('a').body; await new Response(stream).text(); new Response(stream)"
    with pytest.raises(JSError, match="TypeError: The body is a stream that was read, or is locked"):
        run(vm, code)


def test_a_body_that_was_changed_after(vm: VM) -> None:
    code = """
        const bytes = new Uint8Array([1]);
        const response = new Response(bytes);
        bytes[0] = 2;
        const first = (await response.clone().bytes());
        first[0] = 3;
        return [...await response.bytes()];
    """
    assert run(vm, code) == [1]


def test_clones_of_a_stream(vm: VM) -> None:
    code = """
        const chunk = new Uint8Array([1, 2]);
        const stream = new ReadableStream({ start(controller) { controller.enqueue(chunk); controller.close(); } });
        const response = new Response(stream), clone = response.clone();
        const first = await response.bytes();
        first[0] = 9;
        return [[...first], [...await clone.bytes()]];
    """
    assert run(vm, code) == [[9, 2], [1, 2]]


# ---- forms


def test_a_form(vm: VM) -> None:
    code = r"""
        const form = new FormData();
        form.append('a"\r\n', 'x\ny');
        form.append('file', new File(['\x00\xff'], 'é".bin'));
        const request = new Request('https://a.example', { method: 'POST', body: form });
        const type = request.headers.get('content-type');
        const back = await request.clone().formData();
        const text = (await request.text()).replaceAll(type.split('=')[1], 'B');
        return [type.replace(/\d+/, 'N'), text, [...back.keys()], back.get('a"\r\n'), back.get('file').name, back.get('file').size];
    """
    assert run(vm, code) == [
        "multipart/form-data; boundary=----formdata-N",
        "--B\r\n"
        'Content-Disposition: form-data; name="a%22%0D%0A"\r\n\r\nx\r\ny\r\n'
        "--B\r\n"
        'Content-Disposition: form-data; name="file"; filename="é%22.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n\x00ÿ\r\n"
        "--B--\r\n",
        ['a"\r\n', "file"],
        "x\r\ny",
        'é".bin',
        3,
    ]


def test_boundaries_of_a_seed_are_the_same() -> None:
    types = set()
    for _ in range(2):
        with VM(seed=1) as vm:
            types.add(vm.eval("new Response(new FormData()).headers.get('content-type')"))
    assert len(types) == 1


PART = 'Content-Disposition: form-data; name="a"'


@pytest.mark.parametrize(
    ("body", "entries"),
    [
        (f"--B\r\n{PART}\r\n\r\nx\r\n--B--", [["a", "x"]]),
        (f"preamble\r\n--B\r\n{PART}\r\n\r\n\r\n--B--\r\nepilogue", [["a", ""]]),
        (
            f"--B \t\r\nX-Other: y\r\n{PART.upper().replace('NAME', 'name').replace('A', 'A')}\r\n\r\nx\r\n--B--",
            [["A", "x"]],
        ),
        (f"--B\r\n{PART}\r\n\r\n--B\r\n--Bx\r\n--B--", None),
        ("--B--", []),
        ('--B\r\ncontent-disposition:form-data;  name="a" ; other=1\r\n\r\nx\r\n--B--', [["a", "x"]]),
        (f"--B\r\n{PART}\r\n\r\nx", None),
        ("--B\r\n\r\nx\r\n--B--", None),
        ('--B\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--B--', None),
        ("--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--", None),
        ("--B\r\nno colon\r\n\r\nx\r\n--B--", None),
        ("", None),
        ("nothing", None),
    ],
)
def test_multipart_bodies(vm: VM, body: str, entries: Any) -> None:
    vm.globals["text"] = body
    code = """
        const response = new Response(text, { headers: { 'content-type': 'multipart/form-data; boundary=B' } });
        return response.formData().then(form => [...form], error => `${error}`);
    """
    expected = "TypeError: The body is no valid multipart/form-data" if entries is None else entries
    assert run(vm, code) == expected


def test_a_part_with_a_type(vm: VM) -> None:
    vm.globals["text"] = f'--B\r\n{PART}; filename="f.txt"\r\nContent-Type: a/b\r\n\r\nx\r\n--B--'
    code = """
        const response = new Response(text, { headers: { 'content-type': 'multipart/form-data; boundary="B"' } });
        const file = (await response.formData()).get('a');
        return [file.name, file.type, await file.text(), file instanceof File];
    """
    assert run(vm, code) == ["f.txt", "a/b", "x", True]


def test_an_urlencoded_form(vm: VM) -> None:
    code = """
        const response = new Response(new URLSearchParams([['?a', 'b c'], ['é', '&']]));
        return [...await response.formData()];
    """
    assert run(vm, code) == [["?a", "b c"], ["é", "&"]]


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", "x"])
def test_what_is_no_form(vm: VM, content_type: str) -> None:
    code = (
        f"return new Response('a', {{ headers: {{ 'content-type': '{content_type}' }} }}).formData().catch(e => e.name)"
    )
    assert run(vm, code) == "TypeError"


def test_a_hostile_form(vm: VM) -> None:
    """Time and memory grow with the size of the body, not faster."""
    vm.globals["text"] = "--B\r\n" + "X: y\r\n" * 20_000 + "--B\r\n" * 20_000
    code = """
        const response = new Response(text, { headers: { 'content-type': 'multipart/form-data; boundary=B' } });
        return response.formData().catch(error => error.name);
    """
    assert run(vm, code) == "TypeError"


# ---- snapshots


def test_a_stream_half_read(vm: VM) -> None:
    code = """
        const chunks = ['a', 'b', 'c'].map(text => new TextEncoder().encode(text));
        globalThis.response = new Response(new ReadableStream({
            pull(controller) {
                if (chunks.length) controller.enqueue(chunks.shift());
                else controller.close();
            },
        }));
        globalThis.reader = response.body.getReader();
        await reader.read();
    """
    run(vm, code)
    with VM.restore(vm.snapshot()) as other:
        text = run(
            other,
            "reader.releaseLock(); return new TextDecoder().decode((await response.body.getReader().read()).value)",
        )
    assert text == "b"
    assert vm.eval("response.bodyUsed") is True


def test_objects_that_are_no_bodies(vm: VM) -> None:
    assert vm.eval("Object.getOwnPropertyDescriptor(Response.prototype, 'body').get.call(new Response())") is None
    assert run(vm, "return Response.prototype.text.call({}).catch(error => error.name)") == "TypeError"
    assert vm.eval("try { Response.prototype.body } catch (error) { error.name }") == "TypeError"
    assert vm.eval("Response.prototype.nothing") is undefined
