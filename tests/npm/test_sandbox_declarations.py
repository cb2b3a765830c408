"""Declaration files of sandboxes, held against the real TypeScript compiler, which runs in a VM, with its libraries."""

from __future__ import annotations

import enum
from typing import Annotated, Any, NamedTuple

import msgspec
import pytest
from type_checker import Checker

from snapjs import Sandbox


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class User(msgspec.Struct):
    id: int
    name: Annotated[str, msgspec.Meta(description="In */ full, with `quotes` and ${braces}.")] = "anonymous"
    friends: list[User] = []


class Point(NamedTuple):
    x: float
    new: float = 0.0


class Account:
    pass


async def find(id: int, *, color: Color = Color.RED, limit: int | None = None) -> User | None:
    """Finds */ one. // <reference path="x" />

    @deprecated
    """


def move(point: Point, *others: Point) -> dict[int, set[Point]]:
    return {}


def open_account(owner: User) -> Account:
    return Account()


def takes_anything(*values: Any) -> None: ...


USERS = """
    /** A user */
    export interface User extends Named { readonly id: number; friend?: User; "is-admin": boolean }
    interface Named { name: string }
    type Document = { kind: "text"; text: string } | { kind: "link"; url: string }
    (user: User, document: Document, when?: Date, ...tags: [string, number][]) => Promise<Map<string, Unknown>>
"""


@pytest.fixture
def declarations() -> str:
    """Those of a sandbox with capabilities of many kinds."""
    with Sandbox() as sandbox:
        sandbox.register("users.find", find)
        sandbox.register("move", move)
        sandbox.register("accounts.open", open_account)
        sandbox.register("documents.add", takes_anything, types=USERS)
        sandbox.register("calendar", takes_anything, types="interface Date { a: Node }\n(date: Date) => Node")
        sandbox.register("odd-name.class", takes_anything, types="(f: (value: number) => string) => void")
        sandbox.register("__proto__.constructor.prototype", takes_anything)
        sandbox.register("hasOwnProperty", takes_anything, types="() => Record<'__proto__' | 'b', null>")
        return sandbox.dts()


RIGHT = """
    async function run() {
        const user: host.User | null = await host.users.find(1, { color: "red" })
        if (user) [user.id.toFixed(), user.name?.length, user.friends?.[0]?.id]
        await host.users.find(1)
        host.move([1], [1, 2])[1]?.has([1, 2])
        host.accounts.open({ id: 1 }).whatever()
        const values = await host.documents.add(
            { id: 1, name: "Ada", "is-admin": true }, { kind: "link", url: "x" }, new Date(), ["a", 1], ["b", 2],
        )
        values.get("a").anything
        host.calendar({ a: 1 }).anything
        host["odd-name"].class(value => value.toFixed())
        host.__proto__.constructor.prototype(1, 2, 3)
        host.hasOwnProperty().b
        document.title.length
    }
"""


def test_program_that_uses_capabilities_rightly(checker: Checker, declarations: str) -> None:
    assert checker.check(declarations, RIGHT) == []


# A line each, and how the error begins.
WRONG = {
    "host.users.find('1')": "Argument of type 'string' is not assignable to parameter of type 'number'.",
    "host.users.find(1, { color: 'green' })": "Type '\"green\"' is not assignable to type 'Color | undefined'.",
    "host.users.find(1, { size: 1 })": "Object literal may only specify known properties, and 'size' does not exist",
    "host.users.find()": "Expected 1-2 arguments, but got 0.",
    "host.users.find(1).id": "Property 'id' does not exist on type 'Promise<User | null>'.",
    "host.users.remove(1)": "Property 'remove' does not exist on type",
    "host.users.find = null": "Cannot assign to 'find' because it is a read-only property.",
    "host = null": "Cannot assign to 'host' because it is a constant.",
    "host.move([1, 2, 3])": "Argument of type '[number, number, number]' is not assignable to parameter of type 'Point'",
    "const user: User = null": "Cannot find name 'User'.",
}


def test_program_that_does_not(checker: Checker, declarations: str) -> None:
    errors = checker.check(declarations, "\n".join(WRONG))
    assert [(file, line) for file, line, _, _ in errors] == [("/program.ts", line + 1) for line in range(len(WRONG))]
    for (_, _, _, text), message in zip(errors, WRONG.values(), strict=True):
        assert text.startswith(message)


ACCOUNT = "interface Account { readonly owner: string; deposit(amount: number): number; settle(): Promise<string> }\n"
GRANTED = """
    async function run() {
        const account: host.Account = host.open("anna")
        account.deposit(1).toFixed() + account.owner.length + (await account.settle()).length
        host.close(account)
    }
"""


def close_account(account: Account) -> None: ...


def test_members_of_a_grant_are_declared_by_an_interface(checker: Checker) -> None:
    with Sandbox() as sandbox:
        sandbox.register("open", takes_anything, types=f"{ACCOUNT} (owner: string) => Account")
        sandbox.register("close", close_account, types=f"{ACCOUNT} (account: Account) => void")
        declarations = sandbox.dts()
    assert checker.check(declarations, GRANTED) == []
    ((_, _, _, message),) = checker.check(declarations, "host.open('anna').deposit('1')")
    assert message == "Argument of type 'string' is not assignable to parameter of type 'number'."


def test_nothing_is_offered(checker: Checker) -> None:
    with Sandbox() as sandbox:
        assert checker.check(sandbox.dts(), "const nothing: {} = host") == []
