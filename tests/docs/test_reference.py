"""Everything public is in the reference."""

import inspect
import re
from pathlib import Path

import pytest

import snapjs
from snapjs import testing, workflows
from snapjs._workflows.steps import StepOptions

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", REFERENCE)
OF_SANDBOX = re.findall(r"`([^`\n]+)`", REFERENCE.partition("\n## Sandbox\n")[2].partition("\n## ")[0])
OF_WORKFLOWS = re.findall(r"`([^`\n]+)`", REFERENCE.partition("\n## Workflows\n")[2].partition("\n## ")[0])
CLASSES = (
    snapjs.VM,
    snapjs.Realm,
    snapjs.Function,
    snapjs.Promise,
    snapjs.Grant,
    snapjs.Handle,
    snapjs.Deferred,
    snapjs.Scope,
    snapjs.PendingCall,
    snapjs.Snapshot,
    snapjs.Sandbox,
    snapjs.Reactor,
    snapjs.FileSystem,
    snapjs.SessionStore,
    snapjs.Pool,
    snapjs.Results,
    workflows.App,
    workflows.Run,
    workflows.StepContext,
    workflows.Schedule,
    testing.InProcessApp,
)
BY_NAME = {kind.__name__: kind for kind in CLASSES}
RECORDS = (
    snapjs.PropertyDescriptor,
    snapjs.PromiseResult,
    snapjs.Statistics,
    snapjs.SavedCall,
    snapjs.Timer,
    snapjs.CapabilityCall,
    snapjs.PoolStatistics,
    snapjs.WorkerStatistics,
    snapjs.Latency,
    snapjs.FileStatus,
    workflows.History,
    workflows.PastTurn,
    workflows.Told,
    workflows.Wanted,
    workflows.Attempt,
    StepOptions,
)
FLAGS = (snapjs.Intrinsics, snapjs.EvalFlags, snapjs.CompileFlags)

# Of the machinery, and not for users: where a snapshot's pages are, and whose call a pending call is.
INTERNAL = {"Snapshot.pages", "PendingCall.origin"}


def is_mentioned(name: str, where: list[str] = CODE) -> bool:
    """Whether a piece of code in the reference, or in one of its sections, has the name as a word."""
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", code) for code in where)


def drawn(text: str) -> dict[str, str]:
    """What the tree of exceptions in a text says of each."""
    return {name: says.strip() for name, says in re.findall(r"^[│ ]*[├└]── (\w+)(.*)$", text, re.MULTILINE)}


def test_the_tree_in_the_readme_is_that_of_the_code() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert drawn(readme) == drawn(snapjs.errors.__doc__ or "")


@pytest.mark.parametrize("name", [*snapjs.__all__, *workflows.__all__, *testing.__all__])
def test_public_name(name: str) -> None:
    assert is_mentioned(name)


def members() -> list[str]:
    found = [f"{kind.__name__}.{name}" for kind in CLASSES for name in dir(kind) if not name.startswith("_")]
    return sorted(set(found) - INTERNAL)


@pytest.mark.parametrize("member", members())
def test_member_of_a_class(member: str) -> None:
    assert is_mentioned(member.rpartition(".")[2])


@pytest.mark.parametrize("field", [f"{kind.__name__}.{name}" for kind in RECORDS for name in kind.__annotations__])
def test_field_of_a_record(field: str) -> None:
    assert is_mentioned(field.rpartition(".")[2])


@pytest.mark.parametrize("name", [*inspect.signature(snapjs.VM).parameters])
def test_option_of_vm(name: str) -> None:
    assert is_mentioned(name)


@pytest.mark.parametrize("name", [*inspect.signature(workflows.App).parameters])
def test_option_of_an_app_of_workflows(name: str) -> None:
    assert is_mentioned(name, OF_WORKFLOWS)


@pytest.mark.parametrize(
    "name",
    # Other classes have members of the same names, such as resolve.
    [
        *inspect.signature(snapjs.Sandbox).parameters,
        *(name for name in dir(snapjs.Sandbox) if not name.startswith("_")),
    ],
)
def test_option_or_member_of_a_sandbox(name: str) -> None:
    assert is_mentioned(name, OF_SANDBOX)


def shown(method: str) -> list[str]:
    """The pieces of code that show a method with its parameters: of the class, or of an object."""
    return [code for code in CODE if re.match(rf"(?:vm\.|VM\.)?{method.rpartition('.')[2]}\(", code)]


def parameters() -> list[tuple[str, str]]:
    """Those of the methods that the reference shows with any."""
    found = []
    for method in filter(shown, members()):
        kind, _, name = method.partition(".")
        function = getattr(BY_NAME[kind], name)
        if callable(function):  # other classes have properties of the same names
            found += [(method, name) for name in inspect.signature(function).parameters if name != "self"]
    return found


@pytest.mark.parametrize(("method", "parameter"), parameters())
def test_parameter_of_a_method(method: str, parameter: str) -> None:
    assert any(re.search(rf"\b{parameter}\b|, …\)$", code) for code in shown(method))


@pytest.mark.parametrize("member", [f"{kind.__name__}.{name}" for kind in FLAGS for name in kind.__members__])
def test_flag(member: str) -> None:
    assert is_mentioned(member.rpartition(".")[2])
