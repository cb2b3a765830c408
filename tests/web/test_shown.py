"""How the console shows objects of the web platform: by their members, and without running the program's code."""

from __future__ import annotations

import pytest

from snapjs import VM


def shown(script: str) -> str:
    """What a script writes to standard output."""
    out: list[str] = []
    with VM(stdout=out.append) as vm:
        vm.eval(f"{{ {script} }}\n;undefined")
    return "".join(out)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("new URLSearchParams('a=1&a=2')", "URLSearchParams { 'a' => '1', 'a' => '2' }\n"),
        ("new URLSearchParams()", "URLSearchParams {}\n"),
        ("new Headers({ B: 'x', 'content-type': 'y' })", "Headers { b: 'x', 'content-type': 'y' }\n"),
        ("new Headers()", "Headers {}\n"),
        ("new Blob(['abc'], { type: 'text/plain' })", "Blob { size: 3, type: 'text/plain' }\n"),
        ("new File(['a'], 'n', { lastModified: 5 })", "File { size: 1, type: '', name: 'n', lastModified: 5 }\n"),
        ("new AbortController()", "AbortController { signal: AbortSignal { aborted: false } }\n"),
        ("[[[new AbortController()]]]", "[ [ [ [AbortController] ] ] ]\n"),
        ("new MessageChannel()", "MessageChannel { port1: MessagePort {}, port2: MessagePort {} }\n"),
        ("class Mine extends Blob { a = 1 } console.log(new Mine())", "Mine [Blob] { size: 0, type: '', a: 1 }\n"),
    ],
)
def test_objects_are_shown_by_their_members(value: str, text: str) -> None:
    assert shown(value if "console" in value else f"console.log({value})") == text


def test_a_url() -> None:
    assert shown("console.log(new URL('https://me:pw@example.com:8080/a?b=c#d'))") == (
        "URL {\n"
        "  href: 'https://me:pw@example.com:8080/a?b=c#d',\n"
        "  origin: 'https://example.com:8080',\n"
        "  protocol: 'https:',\n"
        "  username: 'me',\n"
        "  password: 'pw',\n"
        "  host: 'example.com:8080',\n"
        "  hostname: 'example.com',\n"
        "  port: '8080',\n"
        "  pathname: '/a',\n"
        "  search: '?b=c',\n"
        "  searchParams: URLSearchParams { 'b' => 'c' },\n"
        "  hash: '#d'\n"
        "}\n"
    )


def test_what_only_looks_like_one_has_no_members() -> None:
    assert shown("console.log(Object.create(Blob.prototype), Object.create(URL.prototype))") == "Blob {} URL {}\n"


def test_what_refers_to_itself_is_shown_once() -> None:
    script = "const e = new CustomEvent('x', { detail: {} }); e.detail.e = e; console.log(e.detail)"
    assert "e: CustomEvent {" in shown(script)
    assert "detail: [Circular *1]" in shown(script)


def test_a_class_of_the_platform_is_shown_as_a_class() -> None:
    assert shown("console.log(File)") == "[class File extends Blob]\n"
    assert shown("console.log(AbortController)") == "[class AbortController]\n"


# What a program can put in the way of what reads members.
HOSTILE = """
    const ran = () => { throw "the program's code ran" };
    for (const name of ["size", "type"]) Object.defineProperty(Blob.prototype, name, { get: ran });
    for (const name of ["aborted", "reason"]) Object.defineProperty(AbortSignal.prototype, name, { get: ran });
    for (const member of ["get", "set", "has"]) Map.prototype[member] = ran;
    for (const method of ["push", "map", "forEach"]) Array.prototype[method] = ran;
    String.prototype.concat = FormData.prototype.forEach = Headers.prototype.forEach = ran;
    Function.prototype.call = Function.prototype.apply = Reflect.apply = ran;
    Object.defineProperty(Object.prototype, "0", { set: ran });
    Array.prototype[Symbol.iterator] = ran;
"""


def test_no_code_of_the_program_runs() -> None:
    script = f"""
        const form = new FormData(); form.append("a", "1");
        const headers = new Headers({{ a: "b" }});
        const all = [new Blob(["a"]), new AbortController(), form, headers, new URLSearchParams("c=d")];
        {HOSTILE}
        console.log(all[0], all[1], all[2], all[3], all[4])
    """
    assert shown(script) == (
        "Blob { size: 1, type: '' } AbortController { signal: AbortSignal { aborted: false } } FormData { 'a' => '1' } "
        "Headers { a: 'b' } URLSearchParams { 'c' => 'd' }\n"
    )
