"""What steps take and return: arguments held against hints, and declarations for TypeScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from snapjs import JSError, testing, workflows


@dataclass
class Item:
    sku: str
    count: int = 1


@pytest.fixture
def shop(tmp_path: Path) -> workflows.App:
    return workflows.App(f"sqlite:///{tmp_path / 'shop.db'}")


def outcome(shop: workflows.App, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a workflow returns that is a step and nothing else."""
    shop.step(function, name="step")
    with testing.workflows(shop) as app:
        return app.start("export { step as default } from 'app:steps'", *arguments).result()


# ---- arguments


def test_an_object_becomes_the_class_of_the_hint(shop: workflows.App) -> None:
    def show(item: Item) -> str:
        return repr(item)

    assert outcome(shop, show, {"sku": "a"}) == "Item(sku='a', count=1)"


def test_a_class_is_returned_as_an_object(shop: workflows.App) -> None:
    def find(sku: str) -> Item:
        return Item(sku, 3)

    assert outcome(shop, find, "a") == {"sku": "a", "count": 3}


def test_parameters_that_have_only_names_are_an_object(shop: workflows.App) -> None:
    def find(sku: str, *, limit: int) -> list[Any]:
        return [sku, limit]

    assert outcome(shop, find, "a", {"limit": 2}) == ["a", 2]


def test_what_has_no_hint_may_be_anything(shop: workflows.App) -> None:
    def echo(value):  # type: ignore[no-untyped-def]
        return value

    assert outcome(shop, echo, {"a": [1, None]}) == {"a": [1, None]}


def test_an_argument_that_does_not_fit_is_a_type_error(shop: workflows.App) -> None:
    def show(item: Item) -> str:
        return repr(item)

    with pytest.raises(JSError) as caught:
        outcome(shop, show, {"sku": 1})
    assert (caught.value.name, caught.value.message) == ("TypeError", "step: item.sku must be a string, not a number")


def test_an_argument_that_does_not_fit_is_not_tried_again(shop: workflows.App) -> None:
    def show(item: Item) -> str:
        return repr(item)

    shop.step(show, max_attempts=5)
    with testing.workflows(shop) as app:
        run = app.start("export { show as default } from 'app:steps'", 1)
        app.run_until_idle()
        assert run.history().turns[0].wanted[0].attempts == 1


def test_too_many_arguments_are_refused(shop: workflows.App) -> None:
    def show(item: Item) -> str:
        return repr(item)

    with pytest.raises(JSError, match="TypeError: step: it takes 1 argument, not 2"):
        outcome(shop, show, {"sku": "a"}, 2)


def test_hints_that_cannot_be_used_are_refused_before_a_worker_begins(shop: workflows.App) -> None:
    def show(item: Missing) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    shop.step(show)
    with pytest.raises(ValueError, match=r"show: .*Missing"):
        shop.worker()


def test_a_class_may_be_defined_after_the_step(shop: workflows.App) -> None:
    @shop.step
    def show(item: Later) -> str:
        return repr(item)

    with testing.workflows(shop) as app:
        assert app.start("export { show as default } from 'app:steps'", {"id": 1}).result() == "Later(id=1)"


@dataclass
class Later:
    id: int


# ---- names


@pytest.mark.parametrize("name", ["a-b", "$wait", "1st", "shop.pay"])
def test_a_name_that_javascript_cannot_import_is_refused(shop: workflows.App, name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"a step's name is a JavaScript identifier, not {name!r}")):
        shop.step(print, name=name)


@pytest.mark.parametrize("name", ["delete", "await", "größe", "wait", "values", "s0"])
def test_a_step_may_have_any_other_name(shop: workflows.App, name: str) -> None:
    shop.step(lambda: 1, name="first")
    shop.step(lambda: 2, name=name)
    with testing.workflows(shop) as app:
        assert app.start(f"import {{ {name} as step }} from 'app:steps'; export default () => step()").result() == 2


# ---- declarations


def test_declarations_of_steps(shop: workflows.App) -> None:
    @shop.step
    async def reserve(items: list[Item], *, until: float = 0.0) -> dict[str, int]:
        """Keep items for a customer."""
        return {}

    @shop.step
    def note(text):  # type: ignore[no-untyped-def]
        pass

    steps, _, _ = shop.dts().partition('\ndeclare module "snapjs:workflow"')
    assert steps == (
        'declare module "app:steps" {\n'
        "    export interface Item {\n"
        "        sku: string\n"
        "        count?: number\n"
        "    }\n"
        "\n"
        "    /** Keep items for a customer. */\n"
        "    export const reserve: (items: Item[], options?: { until?: number }) => Promise<Record<string, number>>;\n"
        "\n"
        "    export const note: (text: any) => Promise<any>;\n"
        "}\n"
    )


def test_a_keyword_is_declared_under_another_name(shop: workflows.App) -> None:
    def take(id: int) -> None:
        """Remove it."""

    shop.step(take, name="delete")
    shop.step(take, name="delete_")
    steps, _, _ = shop.dts().partition('\ndeclare module "snapjs:workflow"')
    assert steps == (
        'declare module "app:steps" {\n'
        "    /** Remove it. */\n"
        "    const delete_2: (id: number) => Promise<void>;\n"
        "    export { delete_2 as delete };\n"
        "\n"
        "    /** Remove it. */\n"
        "    export const delete_: (id: number) => Promise<void>;\n"
        "}\n"
    )


def test_types_of_one_name_that_differ_are_numbered(shop: workflows.App) -> None:
    first, second = (dataclass(type("Item", (), {"__annotations__": {name: int}})) for name in ("a", "b"))

    def one(item: Any) -> None: ...
    def two(item: Any) -> None: ...

    one.__annotations__["item"], two.__annotations__["item"] = first, second
    shop.step(one)
    shop.step(two)
    assert re.findall(r"export (?:interface (\w+)|const \w+: \(item: (\w+)\))", shop.dts().partition('"snapjs:workflow"')[0]) == [
        ("Item", ""), ("Item2", ""), ("", "Item"), ("", "Item2"),
    ]  # fmt: skip


def test_without_steps_the_module_is_empty(shop: workflows.App) -> None:
    assert shop.dts().startswith('declare module "app:steps" {\n}\n\ndeclare module "snapjs:workflow" {\n')


def test_all_that_workflows_may_import_is_declared() -> None:
    folder = files("snapjs._workflows")
    exported = re.findall(
        r"^export (?:async )?(?:function|const) (\w+)", folder.joinpath("workflow.js").read_text("utf-8"), re.MULTILINE
    )
    declared = re.findall(r"export (?:function|const) (\w+)", folder.joinpath("workflow.d.ts").read_text("utf-8"))
    assert set(exported) - set(declared) == {"wait", "begin"}  # of snapjs itself
    assert set(declared) <= set(exported)
