"""The text of `types=`: what each construct of TypeScript becomes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapjs._sandbox.types import nodes, parsing
from snapjs._sandbox.types.parsing import ParsedSignature, parse_signature
from snapjs._tools.results import ResultsOnDisk
from snapjs._tools.tools import Tool

NUMBER = nodes.Number()
STRING = nodes.String()


def parameter_type(text: str) -> nodes.AnyType:
    return parse_signature(f"(value: {text}) => void").parameters[0].type


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("number", NUMBER),
        ("string", STRING),
        ("boolean", nodes.Boolean()),
        ("bigint", nodes.BigInteger()),
        ("null", nodes.Null()),
        ("undefined", nodes.Undefined()),
        ("void", nodes.Undefined()),
        ("never", nodes.Undefined()),
        ("any", nodes.Anything()),
        ("unknown", nodes.Anything()),
        ("object", nodes.Anything()),
        ("symbol", nodes.Symbol()),
        ("'asc'", nodes.Literal(("asc",))),
        ("`asc`", nodes.Literal(("asc",))),
        ("-1.5", nodes.Literal((-1.5,))),
        ("true", nodes.Literal((True,))),
        ("'a' | 1 | null", nodes.Union((nodes.Literal(("a",)), nodes.Literal((1,)), nodes.Null()))),
        ("string[]", nodes.Array(STRING)),
        ("readonly string[]", nodes.Array(STRING)),
        ("Array<string>", nodes.Array(STRING)),
        ("ReadonlyArray<string>", nodes.Array(STRING)),
        ("(number | string)[]", nodes.Array(nodes.Union((NUMBER, STRING)))),
        ("[number, string]", nodes.Tuple((NUMBER, STRING))),
        ("[x: number, y: number]", nodes.Tuple((NUMBER, NUMBER))),
        ("[]", nodes.Tuple(())),
        ("Record<string, number>", nodes.Record(STRING, NUMBER)),
        ("Record<'a' | 1, number>", nodes.Object((nodes.Field("a", NUMBER, True), nodes.Field("1", NUMBER, True)))),
        ("Partial<Record<'a', number>>", nodes.Object((nodes.Field("a", NUMBER, False),))),
        ("Required<{ a?: number }>", nodes.Object((nodes.Field("a", NUMBER, True),))),
        ("{ [key: string]: number }", nodes.Record(STRING, NUMBER)),
        ("Map<string, number>", nodes.Map(STRING, NUMBER)),
        ("ReadonlyMap<string, number>", nodes.Map(STRING, NUMBER)),
        ("Set<string>", nodes.Set(STRING)),
        ("Readonly<{ a: string }>", nodes.Object((nodes.Field("a", STRING, True),))),
        ("Date", nodes.Date()),
        ("Uint8Array", nodes.Bytes()),
        ("ArrayBuffer", nodes.Bytes()),
        ("RegExp", nodes.RegExp()),
        ("Error", nodes.Error()),
        ("Function", nodes.Function()),
        ("(id: number) => void", nodes.Function()),
        ("Promise<number>", nodes.Promise()),
        ("{}", nodes.Object(())),
        ("User", nodes.Reference("User")),
    ],
)
def test_type(text: str, expected: nodes.AnyType) -> None:
    assert parameter_type(text) == expected


def test_properties_of_an_object_type() -> None:
    assert parameter_type("{ limit: number; 'a-b'?: string, readonly 1: any; run(x: number): string }") == nodes.Object(
        (
            nodes.Field("limit", NUMBER, True),
            nodes.Field("a-b", STRING, False),
            nodes.Field("1", nodes.Anything(), True),
            nodes.Field("run", nodes.Function(), True),
        )
    )


def test_property_keeps_its_documentation() -> None:
    assert parameter_type("{\n/** How many. */\nlimit: number }") == nodes.Object(
        (nodes.Field("limit", NUMBER, True, "How many."),)
    )


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString", "hasOwnProperty"])
def test_property_with_a_name_of_object_prototype(name: str) -> None:
    assert parameter_type(f"{{ {name}: number }}") == nodes.Object((nodes.Field(name, NUMBER, True),))


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString", "hasOwnProperty"])
def test_type_with_a_name_of_object_prototype(name: str) -> None:
    assert parameter_type(name) == nodes.Reference(name)


def flags(parsed: ParsedSignature) -> list[tuple[str, bool, bool]]:
    return [(parameter.name, parameter.required, parameter.rest) for parameter in parsed.parameters]


def test_optional_and_rest_parameters() -> None:
    parsed = parse_signature("(id: number, limit?: number, ...tags: string[]) => void")
    assert flags(parsed) == [("id", True, False), ("limit", False, False), ("tags", False, True)]
    assert parsed.parameters[2].type == STRING


def test_parameter_without_a_type_takes_anything() -> None:
    parsed = parse_signature("(id, ...more) => void")
    assert [parameter.type for parameter in parsed.parameters] == [nodes.Anything(), nodes.Anything()]


def test_promise_says_that_a_function_is_async() -> None:
    parsed = parse_signature("() => Promise<string>")
    assert (parsed.is_async, parsed.returns) == (True, STRING)


def test_interface_of_its_own_is_no_promise() -> None:
    parsed = parse_signature("interface Promise { a: string }\n() => Promise")
    assert (parsed.is_async, parsed.returns) == (False, nodes.Reference("Promise"))


def test_declarations_before_the_function_type() -> None:
    parsed = parse_signature("/** A user. */ export interface User { id: number }\ntype Id = number\n(id: Id) => User")
    assert [(one.name, one.type, one.text) for one in parsed.declarations] == [
        (
            "User",
            nodes.Object((nodes.Field("id", NUMBER, True),)),
            "/** A user. */\ninterface \0User\0 { id: number }",
        ),
        ("Id", NUMBER, "type \0Id\0 = number"),
    ]
    assert parsed.text == "(id: \0Id\0) => \0User\0"


def test_declarations_may_follow_the_function_type() -> None:
    parsed = parse_signature("(user: User) => void\ninterface User { id: number }")
    assert [one.name for one in parsed.declarations] == ["User"]


def test_text_has_characters_beyond_the_basic_plane() -> None:
    parsed = parse_signature("interface User { '🦉': Owl /* 🦉 */ }\n(user: User, mood: '🦉' | Mood) => void")
    assert parsed.declarations[0].text == "interface \0User\0 { '🦉': \0Owl\0 /* 🦉 */ }"
    assert parsed.text == "(user: \0User\0, mood: '🦉' | \0Mood\0) => void"


def test_interface_has_what_it_extends() -> None:
    parsed = parse_signature("interface A { a: number; b: any } interface B extends A { b: string }\n(b: B) => void")
    assert parsed.declarations[1].type == nodes.Object((nodes.Field("a", NUMBER, True), nodes.Field("b", STRING, True)))
    assert parsed.declarations[1].text == "interface \0B\0 extends \0A\0 { b: string }"


def test_intersection_has_the_properties_of_all() -> None:
    parsed = parse_signature("interface A { a: number }\n(value: A & { b: string } & ({ c: null })) => void")
    assert parsed.parameters[0].type == nodes.Object(
        (nodes.Field("a", NUMBER, True), nodes.Field("b", STRING, True), nodes.Field("c", nodes.Null(), True))
    )


def test_partial_interface() -> None:
    parsed = parse_signature("interface A { a: number }\n(value: Partial<A>) => void")
    assert parsed.parameters[0].type == nodes.Object((nodes.Field("a", NUMBER, False),))
    assert parsed.text == "(value: Partial<\0A\0>) => void"


def test_recursive_interface_refers_to_itself() -> None:
    (tree,) = parse_signature("interface Tree { children: Tree[] }\n(tree: Tree) => void").declarations
    assert tree.type == nodes.Object((nodes.Field("children", nodes.Array(nodes.Reference("Tree")), True),))


def refusal(text: str) -> str:
    with pytest.raises(ValueError, match=r"^types= cannot be used, at line") as info:
        parse_signature(text)
    return str(info.value).removeprefix("types= cannot be used, at line ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1, column 1: There is no function type. End with one, such as (id: number) => string."),
        ("interface A {}", "1, column 15: There is no function type. End with one, such as (id: number) => string."),
        ("number", "1, column 1: This is no function type. Write one, such as (id: number) => string."),
        ("(id: number", "1, column 12: ')' expected."),
        (
            "type A = \n() => void",
            "2, column 11: There is no function type. End with one, such as (id: number) => string.",
        ),
        ("(a: ) => void", "1, column 5: Type expected."),
        (
            "<T>(a: T) => T",
            "1, column 2: A generic function has no meaning at run time. Write its types out.",
        ),
        (
            "interface Box<T> { a: T }\n() => void",
            "1, column 1: A generic type has no meaning at run time. Write it out for each type that it is used with.",
        ),
        (
            "(a: Box<number>) => void",
            "1, column 5: The generic type Box<number> has no meaning at run time. Write it out.",
        ),
        ("(a: Partial<string>) => void", "1, column 5: string is no object type. Write its properties out."),
        ("(a: Map) => void", "1, column 5: Map takes 2 type arguments. Name what it holds."),
        (
            "(a: A extends B ? 1 : 2) => void",
            "1, column 5: A type such as A extends B ? 1 : 2 has no meaning at run time. "
            "Write out the values that it stands for, or unknown.",
        ),
        (
            "(a: keyof A) => void",
            "1, column 5: A type such as keyof A has no meaning at run time. Write out the values that it stands for.",
        ),
        ("(a: N.A) => void", "1, column 5: There is no namespace in N.A. Declare the type, and use its name alone."),
        (
            "(a: [number, string?]) => void",
            "1, column 14: A tuple has a fixed length. Write a union of tuples, or an array.",
        ),
        ("(a: 1n) => void", "1, column 5: Literal types are strings, numbers and booleans. Write bigint."),
        ("({ a }: any) => void", "1, column 2: A parameter is taken apart. Give it a name."),
        ("(this: any) => void", "1, column 2: A capability has no this. Leave it out."),
        ("(a: 1, a: 2) => void", "1, column 8: The parameter a is there twice. Give them names that differ."),
        (
            "(a?: number, b: number) => void",
            "1, column 14: The required parameter b follows one that is optional. Put it before.",
        ),
        ("(...a: number) => void", "1, column 2: A rest parameter is no array. Write such as ...ids: number[]."),
        ("(a: { b: 1; b: 2 }) => void", "1, column 5: The property b is there twice. Write it once."),
        (
            "(a: { b: 1; [key: string]: 2 }) => void",
            "1, column 13: An object type has properties, or an index signature alone. "
            "Write Record<string, …>, or name the properties.",
        ),
        (
            "(a: { [Symbol.iterator]: 1 }) => void",
            "1, column 7: The name of a property is computed. Write it as a string.",
        ),
        ("type A = 1; type A = 2\n() => void", "1, column 13: The type A is declared twice. Write one declaration."),
        (
            "interface A extends B {}\n() => void",
            "1, column 21: B is no object type that is declared here. Declare it, or write its properties out.",
        ),
        (
            "interface A extends A {}\n() => void",
            "1, column 21: A is no object type that is declared here. Declare it, or write its properties out.",
        ),
        (
            "(a: A & string) => void",
            "1, column 5: A is no object type that is declared here. Declare it, or write its properties out.",
        ),
        (
            "() => void; let a = 1",
            "1, column 13: This is no type. Write interfaces, type aliases and one function type.",
        ),
    ],
)
def test_refused(text: str, message: str) -> None:
    assert refusal(text) == message


def test_null_character_is_refused() -> None:
    with pytest.raises(ValueError, match="null character"):
        parse_signature("(a: '\0') => void")


def test_text_is_read_once() -> None:
    text = "(a: number) => 'read once'"
    assert parse_signature(text) is parse_signature(text)


def test_text_is_read_once_on_a_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "interface A { a: 1 | true | 'x' }\n(a: A[]) => 'read once on a machine'"
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path))

    def new_process() -> None:
        monkeypatch.setattr(parsing, "_signatures", ResultsOnDisk("test", ParsedSignature, 1 << 20, 10))

    new_process()
    first = parse_signature(text)
    new_process()
    monkeypatch.setattr(Tool, "call", None)
    assert parse_signature(text) == first
