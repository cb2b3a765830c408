"""A suite of a few tests, written for the tests of the runner."""

from __future__ import annotations

from pathlib import Path

HARNESS = {
    "assert.js": """
        function assert(value, message) { if (value !== true) throw new Test262Error(message) }
        assert.sameValue = (actual, expected, message) => {
            if (!Object.is(actual, expected)) throw new Test262Error(message || `${String(actual)} is not ${String(expected)}`)
        }
    """,
    "sta.js": """
        function Test262Error(message) { this.message = message || "" }
        Test262Error.prototype.toString = function () { return "Test262Error: " + this.message }
        function $DONOTEVALUATE() { throw "it was evaluated" }
    """,
    "doneprintHandle.js": """
        function $DONE(error) { print(error ? "Test262:AsyncTestFailure:" + error : "Test262:AsyncTestComplete") }
    """,
    "extra.js": "var extra = 1",
    "folder/deep.js": "var deep = 2",
}


def write_test(root: Path, name: str, body: str, **matter: object) -> str:
    """Add a test to the suite in a folder.

    :param matter: its front matter; lists and mappings are written as Python and as YAML alike.
    :return: its name.
    """
    lines = "".join(f"{key}: {value}\n" for key, value in matter.items())
    write(root / "test" / name, f"/*---\ndescription: of the runner\n{lines}---*/\n{body}\n")
    return name


def write_harness(root: Path) -> None:
    """Begin a suite in a folder: its harness, and no test."""
    (root / "test").mkdir(parents=True)
    for name, source in HARNESS.items():
        write(root / "harness" / name, source)


def write(path: Path, text: str) -> None:
    """Write a file as it is, line ends included, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
