"""Where the tests and the harness files of a copy of test262 lie.

Two layouts are read: the original one, with `test/` and `harness/`, which WebKit's copy has too; and Firefox's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

# Where copies lie in the folders that a person might name.
_PLACES = (".", "test262", "JSTests/test262", "js/src/tests/test262")

# In the order of their use by a test; not among its `includes`.
_ALWAYS = ("assert.js", "sta.js")


class SuiteNotFound(Exception):
    """The folder holds no copy of test262."""


def open_suite(folder: Path) -> Suite:
    """The copy of test262 in a folder, or in the place where the sources of a browser have it.

    :raises SuiteNotFound: there is none.
    """
    for place in _PLACES:
        candidate = (folder / place).resolve()
        if (candidate / "harness" / "assert.js").is_file() and (candidate / "test").is_dir():
            return Suite(candidate)
        if (candidate / "shell.js").is_file() and (candidate / "jstests.list").is_file():
            return FirefoxSuite(candidate)
    raise SuiteNotFound(
        f"{folder} holds no copy of test262: there is neither test/ with harness/assert.js, nor Firefox's shell.js "
        "with jstests.list. Name the folder with SNAPJS_TEST262, or as the argument."
    )


class Suite:
    """A copy in the original layout. Tests are named by their paths below `test/`, with `/` on every system.

    :param root: the folder that has `test/` and `harness/`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def _tests(self) -> Path:
        return self.root / "test"

    def names(self) -> Iterator[str]:
        """The names of all tests, sorted."""
        found = (path.relative_to(self._tests).as_posix() for path in self._tests.rglob("*.js"))
        return iter(sorted(name for name in found if not name.endswith("_FIXTURE.js")))

    def read(self, name: str) -> str:
        """The source of a test, or of a module or data file that a test imports.

        :raises FileNotFoundError: there is no such file, or it is outside of the suite.
        """
        path = (self._tests / name).resolve()
        if not path.is_relative_to(self._tests) or not path.is_file():
            raise FileNotFoundError(name)
        return _text(path)

    def harness(self, name: str) -> str:
        """The source of a harness file.

        :raises FileNotFoundError: the suite has no such file.
        """
        path = self.root / "harness" / name
        if not path.is_file():
            raise FileNotFoundError(name)
        return _text(path)


class FirefoxSuite(Suite):
    """The copy that Firefox makes for its own test runner, with what it changed undone.

    Its converter gathers the harness into one `shell.js` a folder, begins each test with a comment for its runner and
    ends it with a call, writes the directive of tests that are strict only, and renames those to `…-strict.js`.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._harness: dict[str, str] = {}
        for shell in sorted(root.rglob("shell.js")):
            sections = re.split(r"^// file: (.+)\n", _text(shell), flags=re.MULTILINE)
            self._harness.update(zip(sections[1::2], sections[2::2], strict=True))
        self._renamed = {
            path.relative_to(root).as_posix().removesuffix("-strict.js") + ".js": path
            for path in root.rglob("*-strict.js")
            if _is_strict_only(_text(path))
        }

    @property
    def _tests(self) -> Path:
        return self.root

    def names(self) -> Iterator[str]:
        renamed = {path.relative_to(self.root).as_posix(): name for name, path in self._renamed.items()}
        found = (renamed.get(name, name) for name in super().names())
        return iter(sorted(name for name in found if not name.endswith(("shell.js", "browser.js"))))

    def read(self, name: str) -> str:
        if name in self._renamed:
            return _without_additions(_text(self._renamed[name]))
        return _without_additions(super().read(name))

    def harness(self, name: str) -> str:
        # files of a folder within harness/ keep their last name only
        section = name.rpartition("/")[2]
        source = self._harness.get(_RENAMED_SECTIONS.get(name, section), "") + _FIREFOX_FUNCTIONS.get(name, "")
        if not source:
            raise FileNotFoundError(name)
        return source


def harness_files(includes: tuple[str, ...], *, asynchronous: bool) -> tuple[str, ...]:
    """The harness files to run before a test that is not raw, in order and each once."""
    done = ("doneprintHandle.js",) if asynchronous else ()
    return tuple(dict.fromkeys((*_ALWAYS, *done, *includes)))


_RUNNER_COMMENT = re.compile(r"\A// \|reftest\|[^\n]*\n")
_DIRECTIVE = "'use strict';\n"
_CLOSING_CALL = re.compile(r"\n*^reportCompare\(0, 0\);\n*\Z", re.MULTILINE)

_RENAMED_SECTIONS = {"sm/non262.js": "test262-non262.js"}

# Functions that tests expect of a harness file, and that Firefox's runner has in its place.
_FIREFOX_FUNCTIONS = {
    "doneprintHandle.js": """
function $DONE(error) {
  if (!error) return print("Test262:AsyncTestComplete")
  const named = typeof error === "object" && "name" in error
  print("Test262:AsyncTestFailure:" + (named ? `${error.name}: ${error.message}` : `Test262Error: ${error}`))
}
""",
    "sm/non262.js": """
function assertEq(actual, expected, message) { assert.sameValue(actual, expected, message) }
function reportCompare(expected, actual, message) { assert.sameValue(actual, expected, message) }
function reportMatch(expected, actual, message) { assert.sameValue(expected.test(actual), true, message) }
function printBugNumber() {}
function printStatus() {}
""",
    # whether an error has SpiderMonkey's very words is no question of the language
    "sm/non262-shell.js": """
function assertThrownErrorContains(run) {
  try { run() } catch { return }
  throw new Test262Error("expected an error, and none was thrown")
}
function assertThrowsInstanceOfWithMessageCheck(run, constructor, check, message) {
  assert.throws(constructor, run, message)
}
function assertThrowsInstanceOfWithMessage(run, constructor) { assert.throws(constructor, run) }
function assertThrowsInstanceOfWithMessageContains(run, constructor) { assert.throws(constructor, run) }
""",
}


def _is_strict_only(source: str) -> bool:
    return _RUNNER_COMMENT.sub("", source, count=1).startswith(_DIRECTIVE)


def _without_additions(source: str) -> str:
    source = _RUNNER_COMMENT.sub("", source, count=1)
    return _CLOSING_CALL.sub("\n", source, count=1).removeprefix(_DIRECTIVE)


def _text(path: Path) -> str:
    # not read_text, which would change the line ends that some tests are about
    return path.read_bytes().decode()
