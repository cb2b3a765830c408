"""Types that stand for granted objects: in hints, in TypeScript, in what a sandbox tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec
import pytest

from snapjs import Grant, JSError, Sandbox


class Account:
    """What JavaScript cannot make."""

    def __init__(self, balance: int = 0) -> None:
        self.balance = balance

    def deposit(self, amount: int) -> int:
        self.balance += amount
        return self.balance


class Savings(Account):
    """A kind of account."""


@dataclass
class Point:
    """What JavaScript can make; without a hash."""

    x: int
    y: int = 0


class Order(msgspec.Struct, tag="order"):
    """What JavaScript can make, with a tag."""

    item: str


class Place(NamedTuple):
    """What JavaScript can make of an array."""

    street: str


class Color(Enum):
    RED = "red"


@runtime_checkable
class Depositable(Protocol):
    def deposit(self, amount: int) -> int: ...


INTERFACE = "interface Account { deposit(amount: number): number; readonly balance: number }\n"
POINT = "interface Point { readonly x: number }\n(point: Point) => number"
MOVE = "interface Move { source: Account; amount?: number }\n(move: Move) => number"


def balance(account: Account) -> int:
    return account.balance


def first(accounts: list[Account]) -> int:
    return accounts[0].balance


def any_of(account: Account | None = None) -> str:
    return type(account).__name__


def any_that(account: Depositable) -> int:
    return account.deposit(1)


def point(point: Point) -> int:
    return point.x


def point_or_text(value: Point | str) -> str:
    return type(value).__name__


def order_or_point(value: Order | Point) -> str:
    return type(value).__name__


@dataclass
class Move:
    source: Account
    amount: int = 0


def moved(move: Move) -> int:
    return move.source.balance


def option(*, account: Account) -> int:
    return account.balance


def rest(*accounts: Account) -> int:
    return len(accounts)


def place(place: Place) -> str:
    return place.street


def color(color: Color | Place) -> str:
    return type(color).__name__


def number(number: Decimal) -> str:
    return str(number)


def untyped(account):  # type: ignore[no-untyped-def]
    return account.balance


@pytest.fixture
def granting(any_sandbox: Sandbox) -> Sandbox:
    """A sandbox of each kind with one capability that grants one of these."""
    objects = {
        "account": Account(10),
        "savings": Savings(20),
        "point": Point(3),
        "order": Order("tea"),
        "place": Place("Long Lane"),
        "color": Color.RED,
        "number": Decimal("1.50"),
    }
    any_sandbox.register("get", lambda name: any_sandbox.grant(objects[name]))
    return any_sandbox


ACCEPTED: dict[str, tuple[Callable[..., Any], str | None, str, Any]] = {
    "a class": (balance, None, "host.get('account')", 10),
    "a subclass": (balance, None, "host.get('savings')", 20),
    "a class in a list": (first, None, "[host.get('account')]", 10),
    "a class or nothing": (any_of, None, "host.get('account')", "Account"),
    "nothing": (any_of, None, "undefined", "NoneType"),
    "a protocol": (any_that, None, "host.get('account')", 11),
    "a dataclass": (point, None, "host.get('point')", 3),
    "data for a dataclass": (point, None, "{ x: 4 }", 4),
    "a dataclass in a union": (point_or_text, None, "host.get('point')", "Point"),
    "data in a union": (point_or_text, None, "{ x: 4 }", "Point"),
    "a Struct in a union": (order_or_point, None, "host.get('order')", "Order"),
    "a field of data": (moved, None, "{ source: host.get('account') }", 10),
    "an option": (option, None, "{ account: host.get('account') }", 10),
    "any number": (rest, None, "host.get('account'), host.get('savings')", 2),
    "a NamedTuple": (place, None, "host.get('place')", "Long Lane"),
    "a NamedTuple in a union": (color, None, "host.get('place')", "Place"),
    "an Enum": (color, None, "host.get('color')", "Color"),
    "a Decimal": (number, None, "host.get('number')", "1.50"),
    "a class that TypeScript names": (balance, "(account: Account) => number", "host.get('account')", 10),
    "a class of the module that TypeScript names": (untyped, "(account: Account) => number", "host.get('savings')", 20),
    "a class that an interface describes": (balance, INTERFACE + "(it: Account) => number", "host.get('account')", 10),
    "a dataclass that an interface describes": (point, POINT, "host.get('point')", 3),
    "data for a dataclass that an interface describes": (point, POINT, "{ x: 4 }", 4),
    "a class in data that an interface describes": (moved, MOVE, "{ source: host.get('account') }", 10),
    "one of several": (first, INTERFACE + "(all: Account[]) => number", "[host.get('account')]", 10),
}


@pytest.mark.parametrize(("function", "types", "argument", "expected"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(
    granting: Sandbox, function: Callable[..., Any], types: str | None, argument: str, expected: Any
) -> None:
    granting.register("use", function, types=types)
    assert granting.eval(f"host.use({argument})") == expected


FORGED = "{ deposit() {}, balance: 1e9, x: '3' }"
REFUSED: dict[str, tuple[Callable[..., Any], str | None, str, str]] = {
    "a class": (balance, None, FORGED, "account must be an object of the class Account, from the host, not an object"),
    "a class that TypeScript names": (
        balance,
        "(it: Account) => number",
        FORGED,
        "it must be an object of the class Account, from the host, not an object",
    ),
    "a class of the module that TypeScript names": (
        untyped,
        "(it: Account) => number",
        FORGED,
        "it must be an object of the class Account, from the host, not an object",
    ),
    "a class that an interface describes": (
        balance,
        INTERFACE + "(it: Account) => number",
        FORGED,
        "it must be an object of the class Account, from the host, not an object",
    ),
    "a class in data that an interface describes": (
        moved,
        MOVE,
        f"{{ source: {FORGED} }}",
        "move.source must be an object of the class Account, from the host, not an object",
    ),
    "an object of another class": (
        balance,
        None,
        "host.get('point')",
        "account must be an object of the class Account, from the host, not an object of the host",
    ),
    "an object of another class for a dataclass": (
        point,
        None,
        "host.get('account')",
        "point must be an object, not an object of the host",
    ),
    "a protocol": (any_that, None, FORGED, "account must be an object of the class Depositable"),
    "an heir": (balance, None, "Object.create(host.get('account'))", "account must be an object of the class Account"),
    "a proxy": (balance, None, "new Proxy(host.get('account'), {})", "account must be an object of the class Account"),
}


@pytest.mark.parametrize(("function", "types", "argument", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(
    granting: Sandbox, function: Callable[..., Any], types: str | None, argument: str, message: str
) -> None:
    granting.register("use", function, types=types)
    with pytest.raises(JSError) as caught:
        granting.eval(f"host.use({argument})")
    assert str(caught.value).startswith(f"TypeError: use: {message}")


def test_dataclass_arrives_as_the_object_itself(any_sandbox: Sandbox) -> None:
    mine = Point(1)
    taken: list[Point] = []

    def take(point: Point) -> None:
        taken.append(point)

    any_sandbox.register("mine", lambda: any_sandbox.grant(mine))
    any_sandbox.register("take", take)
    any_sandbox.eval("host.take(host.mine())")
    assert taken[0] is mine


COLLECTIONS = {
    "a Set": ("new Set([host.get('point')])", [Point(3)]),
    "a Map with it as key": ("new Map([[host.get('point'), 1]])", [(Point(3), 1)]),
    "a Map with it as value": ("new Map([[1, host.get('point')]])", {1: Point(3)}),
    "a Map with it beside other keys": ("new Map([['a', 1], [host.get('point'), 2]])", [("a", 1), (Point(3), 2)]),
    "a Set in a Map": ("new Map([[1, new Set([host.get('point')])]])", {1: [Point(3)]}),
}


@pytest.mark.parametrize(("value", "expected"), COLLECTIONS.values(), ids=COLLECTIONS.keys())
def test_objects_without_a_hash_make_lists_of_collections(granting: Sandbox, value: str, expected: Any) -> None:
    taken: list[Any] = []
    granting.register("take", taken.append)
    granting.eval(f"host.take({value})")
    assert taken == [expected]


def test_grants_of_equal_objects_stay_apart_in_collections(any_sandbox: Sandbox) -> None:
    taken: list[Any] = []
    any_sandbox.register("one", lambda: any_sandbox.grant((1, 2)))
    any_sandbox.register("word", lambda: any_sandbox.grant("a"))
    any_sandbox.register("take", taken.append)
    any_sandbox.eval("host.take(new Set([host.one(), host.one()])); host.take(new Map([['a', 1], [host.word(), 2]]))")
    assert taken == [[(1, 2), (1, 2)], [("a", 1), ("a", 2)]]


def test_parameter_that_is_to_be_the_grant_itself_is_refused_at_once(sandbox: Sandbox) -> None:
    def end(grants: list[Grant]) -> None: ...

    with pytest.raises(ValueError, match="end: grants is to be a Grant, of which a capability gets the object"):
        sandbox.register("end", end)


# ---- what is told


def test_interface_of_a_class_is_told(sandbox: Sandbox) -> None:
    def open(name: str) -> Grant:
        return sandbox.grant(Account(), allow=["deposit", "balance"])

    sandbox.register("open", open, types=INTERFACE + "(name: string) => Account")
    sandbox.register("balance", balance, types=INTERFACE + "(account: Account) => number")
    assert "host.open: (name: string) => Account" in sandbox.describe()
    assert sandbox.describe().count("interface Account { deposit(amount: number): number") == 1
    assert sandbox.dts().count("interface Account {") == 1
    assert sandbox.manifest()[1]["parameters"]["$defs"] == {
        "Account": {"description": "an object of the class Account, from the host"}
    }
    assert sandbox.eval("host.balance(host.open('anna'))") == 0


def test_class_without_an_interface_is_any(sandbox: Sandbox) -> None:
    sandbox.register("balance", balance)
    assert sandbox.manifest()[0]["types"] == "type Account = any\n(account: Account) => number"
