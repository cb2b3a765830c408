"""The TypeScript declaration file; that the real compiler accepts it is seen to in tests/npm."""

from __future__ import annotations

from capabilities import capability, takes_anything

from snapjs._sandbox.declarations import declaration_file


def documented(id: int) -> str:
    """Finds */ one.

    More `of` it.
    """
    return str(id)


def test_functions_by_their_dotted_names() -> None:
    capabilities = [
        capability("db.users.find", documented),
        capability("db.users.count", takes_anything, "() => Promise<number>"),
        capability("now", takes_anything, "() => Date"),
    ]
    assert declaration_file(capabilities) == (
        "declare const host: {\n"
        "    readonly db: {\n"
        "        readonly users: {\n"
        "            /**\n"
        "             * Finds *\\/ one.\n"
        "             *\n"
        "             * More `of` it.\n"
        "             */\n"
        "            readonly find: (id: number) => string\n"
        "            readonly count: () => Promise<number>\n"
        "        }\n"
        "    }\n"
        "    readonly now: () => Date\n"
        "}\n"
    )


def test_nothing() -> None:
    assert declaration_file([]) == "declare const host: {\n}\n"


def test_types_are_in_a_namespace() -> None:
    types = "/** A user. */\ninterface User { friend?: User }\n(user: User) => Promise<Other[]>"
    assert declaration_file([capability("find", takes_anything, types)]) == (
        "declare namespace host {\n"
        "    /** A user. */\n"
        "    interface User { friend?: User }\n"
        "\n"
        "    type Other = any\n"
        "}\n"
        "\n"
        "declare const host: {\n"
        "    readonly find: (user: host.User) => Promise<host.Other[]>\n"
        "}\n"
    )


def test_names_that_are_no_identifiers() -> None:
    capabilities = [
        capability(f"{name}.call", takes_anything, "() => void") for name in ("a-b", "1", "__proto__", "class")
    ]
    assert declaration_file(capabilities) == (
        "declare const host: {\n"
        '    readonly "a-b": {\n        readonly call: () => void\n    }\n'
        '    readonly "1": {\n        readonly call: () => void\n    }\n'
        "    readonly __proto__: {\n        readonly call: () => void\n    }\n"
        "    readonly class: {\n        readonly call: () => void\n    }\n"
        "}\n"
    )


def test_type_that_several_share_is_declared_once() -> None:
    types = "interface User { id: number }\n(user: User) => void"
    text = declaration_file([capability(name, takes_anything, types) for name in ("a", "b")])
    assert text.count("interface User") == 1


def test_types_of_one_name_are_numbered_and_what_refers_to_them_too() -> None:
    capabilities = [
        capability("a", takes_anything, "type Id = number\ninterface User { id: Id }\n(user: User) => void"),
        capability("b", takes_anything, "type Id = string\ninterface User { id: Id }\n(user: User) => void"),
    ]
    assert declaration_file(capabilities) == (
        "declare namespace host {\n"
        "    type Id = number\n\n"
        "    interface User { id: Id }\n\n"
        "    type Id2 = string\n\n"
        "    interface User2 { id: Id2 }\n"
        "}\n\n"
        "declare const host: {\n"
        "    readonly a: (user: host.User) => void\n"
        "    readonly b: (user: host.User2) => void\n"
        "}\n"
    )


def test_type_with_the_name_of_a_built_in_one_is_numbered() -> None:
    types = "interface Date { day: number }\n(date: Date) => void"
    assert declaration_file([capability("f", takes_anything, types)]) == (
        "declare namespace host {\n"
        "    interface Date2 { day: number }\n"
        "}\n\n"
        "declare const host: {\n"
        "    readonly f: (date: host.Date2) => void\n"
        "}\n"
    )
