"""Which module may import which: ARCHITECTURE.md, "The layers"."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import snapjs

PACKAGE = Path(snapjs.__file__).parent


def module_name(path: Path) -> str:
    parts = ("snapjs", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def statements(body: list[ast.stmt], *, functions: bool) -> Iterator[ast.stmt]:
    """The statements that run at import, and those in functions if wanted; never those for type checkers only."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If) and is_type_checking(statement.test):
            yield from statements(statement.orelse, functions=functions)
        elif functions or not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for name in ("body", "orelse", "finalbody"):
                yield from statements(getattr(statement, name, []), functions=functions)
            for handler in getattr(statement, "handlers", []):
                yield from statements(handler.body, functions=functions)


def imported(module: str, *, functions: bool = True) -> set[str]:
    """The modules that one imports, by full name; of a name taken from a package, the module if it is one."""
    path = MODULES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    found = set()
    for statement in statements(ast.parse(path.read_text(encoding="utf-8")).body, functions=functions):
        if isinstance(statement, ast.Import):
            found.update(alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            base = package[: len(package) - statement.level + 1] if statement.level else []
            source = ".".join([*base, *filter(None, [statement.module])])
            for alias in statement.names:
                name = f"{source}.{alias.name}"
                found.add(name if name in MODULES else source)
    return found


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


GUEST = sorted(name for name in MODULES if is_within(name, "snapjs._guest"))
COMMAND = sorted(
    name
    for name in MODULES
    if is_within(name, "snapjs.cli") or name in ("snapjs.__main__", "snapjs.pytest_plugin")  # what people look at
)
CORE = sorted(set(MODULES) - set(GUEST) - set(COMMAND))

# What of _guest binds wasmtime.
NATIVE = ("snapjs._guest.library", "snapjs._guest.callbacks")


# What goes up, inside functions: a snapshot makes VMs, and a tool is a program in one.
UPWARD = {
    ("snapjs.snapshot", "snapjs.vm"),
    ("snapjs._tools.tools", "snapjs.vm"),
    ("snapjs._tools.tools", "snapjs.snapshot"),
}


def layers() -> dict[str, int]:
    """The number of the layer, from the top, of each name in the table of ARCHITECTURE.md."""
    text = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = text.partition("## The layers")[2].split("```")[1]
    rows = [line.partition("   ")[0].split() for line in table.splitlines() if line]
    found = [(name, number) for number, names in enumerate(rows) for name in names]
    assert len(found) == len(dict(found)), "a name stands in two layers"
    return dict(found)


LAYERS = layers()


def layer(module: str) -> int:
    return LAYERS[module.split(".")[1]]


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"snapjs"}))
def test_module_imports_only_its_own_layer_and_those_below(module: str) -> None:
    ours = {name for name in imported(module) & set(MODULES) if name != "snapjs"}
    upward = {name for name in ours if layer(name) < layer(module)}

    assert {(module, name) for name in upward} == {pair for pair in UPWARD if pair[0] == module}


@pytest.mark.parametrize(("module", "name"), sorted(UPWARD))
def test_an_arrow_upward_is_inside_a_function(module: str, name: str) -> None:
    assert name in imported(module)
    assert name not in imported(module, functions=False)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_nothing_imports_the_python_package_of_wasmtime(module: str) -> None:
    assert not {name for name in imported(module) if is_within(name, "wasmtime")}


@pytest.mark.parametrize("module", CORE)
def test_only_guest_uses_the_native_library(module: str) -> None:
    assert not imported(module) & set(NATIVE)


@pytest.mark.parametrize("module", CORE)
def test_core_does_not_import_the_command_line(module: str) -> None:
    allowed = {"click"} if module == "snapjs._pool.progress" else set()  # which shows a bar, and is imported for that
    assert {name for name in imported(module) if name in COMMAND or is_within(name, "click")} - allowed == set()


def test_no_module_imports_itself_through_others() -> None:
    graph = {
        module: {name for name in imported(module) & set(MODULES) - {module} if (module, name) not in UPWARD}
        for module in MODULES
    }
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"import cycle: {' → '.join(error.args[1])}")

    assert set(order) == set(MODULES)


def test_an_import_for_type_checkers_does_not_count() -> None:
    tree = ast.parse("if TYPE_CHECKING:\n    import a\nelse:\n    import b\n")

    names = [s.names[0].name for s in statements(tree.body, functions=True) if isinstance(s, ast.Import)]

    assert names == ["b"]
