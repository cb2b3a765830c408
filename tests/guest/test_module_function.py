"""ModuleFunction: a function of a module, for any thread and process."""

import asyncio
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from snapjs import JSError, ModuleFunction, ModuleNotFound, TimeLimitError

COUNTER = "let n = 0; export default () => ++n; export const add = (a, b) => a + b; export const word = 'w'"


def test_it_is_called_as_a_function() -> None:
    assert ModuleFunction(COUNTER, "add")(2, 3) == 5


def test_the_default_export_is_the_default() -> None:
    assert ModuleFunction(COUNTER)() == 1


def test_the_module_keeps_its_state_in_a_thread() -> None:
    count = ModuleFunction(COUNTER)
    assert [count(), count()] == [1, 2]


def test_each_thread_has_a_state_of_its_own() -> None:
    count = ModuleFunction(COUNTER)
    count()
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(count).result() == 1


def test_a_copy_begins_where_the_module_was_loaded() -> None:
    count = ModuleFunction(COUNTER)
    count()
    assert pickle.loads(pickle.dumps(count))() == 1


def test_other_processes_call_it() -> None:
    add = ModuleFunction(COUNTER, "add", timeout=10)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        assert list(processes.map(add, [1, 2], [10, 20])) == [11, 22]


@pytest.mark.parametrize("as_text", [False, True], ids=["Path", "str"])
def test_a_file_imports_from_its_folder(tmp_path: Path, as_text: bool) -> None:
    (tmp_path / "main.ts").write_text("import { n } from './n.js'; export const twice = (x: number): number => n * x")
    (tmp_path / "n.js").write_text("export const n = 2")
    file = tmp_path / "main.ts"
    copy = pickle.dumps(ModuleFunction(str(file) if as_text else file, "twice"))
    file.unlink()
    assert pickle.loads(copy)(21) == 42


def test_what_it_imports_can_be_given() -> None:
    assert ModuleFunction("export { default } from 'x'", modules={"x": "export default () => 'x'"})() == "x"


def test_a_promise_is_awaited() -> None:
    later = ModuleFunction("export default async x => { await null; return x + 1 }")
    assert asyncio.run(later.call_async(1)) == 2


def test_what_it_throws_is_raised() -> None:
    with pytest.raises(JSError, match="RangeError: no"):
        ModuleFunction("export default () => { throw new RangeError('no') }")()


def test_after_a_limit_it_begins_anew() -> None:
    spin = ModuleFunction("let n = 0; export default x => { n++; while (x); return n }", timeout=0.05)
    assert spin(False) == 1
    with pytest.raises(TimeLimitError):
        spin(True)
    assert spin(False) == 1


def test_after_a_limit_of_an_awaited_call_it_begins_anew() -> None:
    spin = ModuleFunction("let n = 0; export default async x => { n++; while (x); return n }", timeout=0.05)
    assert asyncio.run(spin.call_async(False)) == 1
    with pytest.raises(TimeLimitError):
        asyncio.run(spin.call_async(True))
    assert asyncio.run(spin.call_async(False)) == 1


@pytest.mark.parametrize("name", ["word", "nothing"])
def test_what_is_no_function_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=f"exports no function '{name}'; it exports add, default, word"):
        ModuleFunction(COUNTER, name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file '.*gone\.js'"):
        ModuleFunction(tmp_path / "gone.js")


def test_a_missing_import_is_refused() -> None:
    with pytest.raises(ModuleNotFound):
        ModuleFunction("import 'x'; export default () => 1")


def test_repr_says_which() -> None:
    assert repr(ModuleFunction(COUNTER, "add")).startswith("ModuleFunction('add', snapshot ")
