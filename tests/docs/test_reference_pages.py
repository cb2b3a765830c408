"""Every public name stands on one page of the site's reference, with what its docstring says of it."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest
from docs.site.reference_pages import PAGES

import snapjs

SOURCES = Path(snapjs.__file__).parent
ON_PAGES = [(page.module, name) for page in PAGES.values() for name in page.names.split()]


def public_names(module: str) -> list[str]:
    """What ``__all__`` says, without importing the module, whose packages may not be installed."""
    path = SOURCES.joinpath(*module.split(".")[1:])
    source = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    for statement in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(statement.value)
            return names
    raise AssertionError(f"{module} has no __all__")


@pytest.mark.parametrize("module", sorted({module for module, _ in ON_PAGES}))
def test_every_public_name_stands_on_one_page(module: str) -> None:
    elsewhere = {"RunEnded"} if module == "snapjs.workflows" else set()

    assert sorted(name for home, name in ON_PAGES if home == module) == sorted({*public_names(module)} - elsewhere)


@pytest.mark.parametrize("guide", sorted({page.guide for page in PAGES.values()}))
def test_a_page_leads_to_a_document(guide: str) -> None:
    assert (Path(__file__).parents[2] / "docs" / f"{guide}.md").exists()


INSTALLED = [(module, name) for module, name in ON_PAGES if module != "snapjs.integrations.dask"]
CODE = [
    (module, name)
    for module, name in INSTALLED
    if inspect.isclass(value := getattr(import_module(module), name)) or inspect.isfunction(value)
]


@pytest.mark.parametrize(("module", "name"), CODE)
def test_a_public_name_has_a_docstring(module: str, name: str) -> None:
    value = getattr(import_module(module), name)

    # A dataclass without one has its signature.
    assert value.__doc__ and not value.__doc__.startswith(f"{name}(")


def members(kind: type) -> list[str]:
    """The public methods and properties that a class has from us."""
    ours = (base for base in kind.__mro__ if base.__module__.startswith("snapjs"))
    found = {name: value for base in ours for name, value in vars(base).items() if not name.startswith("_")}
    described = (property, classmethod, staticmethod)
    return sorted(name for name, value in found.items() if isinstance(value, described) or inspect.isfunction(value))


MEMBERS = [
    (module, name, member)
    for module, name in CODE
    if inspect.isclass(kind := getattr(import_module(module), name))
    for member in members(kind)
]


@pytest.mark.parametrize(("module", "name", "member"), MEMBERS)
def test_a_public_member_has_a_docstring(module: str, name: str, member: str) -> None:
    assert inspect.getattr_static(getattr(import_module(module), name), member).__doc__
