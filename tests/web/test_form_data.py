"""FormData: entries in their order, and Blobs that become Files."""

from __future__ import annotations

import pytest
from moving import moved

from snapjs import VM, JSError

FORM = "var form = new FormData(); form.append('a', 1); form.append('b', 'x'); form.append('a', 2); 0"


def test_entries_keep_their_order(vm: VM) -> None:
    vm.eval(FORM)
    assert vm.eval("[...form]") == [["a", "1"], ["b", "x"], ["a", "2"]]
    assert vm.eval("[form.get('a'), form.getAll('a'), form.get('c'), form.has('b'), form.has('c')]") == [
        "1",
        ["1", "2"],
        None,
        True,
        False,
    ]


def test_set_takes_the_place_of_the_first(vm: VM) -> None:
    vm.eval(FORM)
    vm.eval("form.set('a', 3); form.set('c', 4)")
    assert vm.eval("[...form.entries()]") == [["a", "3"], ["b", "x"], ["c", "4"]]


def test_delete(vm: VM) -> None:
    vm.eval(FORM)
    vm.eval("form.delete('a')")
    assert vm.eval("[[...form.keys()], [...form.values()]]") == [["b"], ["x"]]


def test_a_blob_becomes_a_file(timed: VM) -> None:
    timed.eval("var form = new FormData(), file = new File(['x'], 'f', { type: 't/x', lastModified: 5 }); 0")
    timed.eval(
        "form.append('a', new Blob(['y'], { type: 'b/b' })); form.append('b', file); form.append('c', file, 'new'); 0"
    )
    assert timed.eval("[...form.values()].map(({ name, type, lastModified }) => [name, type, lastModified])") == [
        ["blob", "b/b", 1_700_000_000_000],
        ["f", "t/x", 5],
        ["new", "t/x", 5],
    ]
    assert timed.eval("form.get('b') === file")


def test_iteration_sees_what_comes(vm: VM) -> None:
    vm.eval("var form = new FormData(), seen = []; form.append('a', 1); 0")
    vm.eval(
        "form.forEach((value, name, whole) => { seen.push(name, whole === form); if (name === 'a') whole.append('b', 2) })"
    )
    assert vm.eval("seen") == ["a", True, "b", True]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("new FormData({})", "FormData constructor: form is not of type HTMLFormElement"),
        ("new FormData().append('a')", "FormData.append: 2 arguments required, but only 1 present"),
        (
            "new FormData().set('a', 'b', 'c')",
            "FormData.set: the value is not of type Blob, which it must be with a filename",
        ),
    ],
)
def test_wrong_arguments(vm: VM, code: str, message: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(code)
    assert (caught.value.name, caught.value.message) == ("TypeError", message)


def test_an_iteration_lives_through_a_snapshot(vm: VM) -> None:
    vm.eval(FORM)
    vm.eval("var entries = form.entries(); entries.next(); 0")
    with moved(vm) as restored:
        assert restored.eval("[...entries]") == [["b", "x"], ["a", "2"]]
