"""NodeModules finds the files that Node finds."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from snapjs._modules.loaders import Request
from snapjs.errors import ModuleNotFound
from snapjs.node_modules import NodeModules

Query: TypeAlias = tuple[str, str, str]

# Without `browser`, whose field only bundlers read.
CONDITIONS = ("node", "node-addons")

# Their `module` leads an import to another file than `main`, as bundlers have it and Node has not.
MODULE_FIELD = {"emoji-regex", "punycode.js", "topojson-client", "typed-function"}

# Their `browser` leads elsewhere, as bundlers have it and Node has not.
BROWSER_FIELD = {"axios", "debug", "form-data", "handlebars", "neo-async", "papaparse", "yaml"}

# Newer versions of Node require their modules, under the condition `module-sync`.
MODULE_SYNC = {"async-function", "async-generator-function", "generator-function"}


def asked_of_node(root: Path, queries: list[Query], conditions: Iterable[str] = ()) -> list[str | None]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    script = Path(__file__).parent / "resolve.mjs"
    flags = ["--no-warnings", "--experimental-import-meta-resolve", *(f"--conditions={each}" for each in conditions)]
    command = [node, *flags, str(script), str(root)]
    result = subprocess.run(command, input=json.dumps(queries), capture_output=True, text=True, check=True, timeout=120)
    answers: list[str | None] = json.loads(result.stdout)
    return answers


def asked_of_snapjs(root: Path, queries: list[Query], conditions: Iterable[str] = ()) -> list[str | None]:
    loader = NodeModules(root, (*CONDITIONS, *conditions))

    def find(importer: str, specifier: str, how: str) -> str | None:
        try:
            loaded = loader.load(Request(specifier, importer, {}, is_require=how == "require"), lambda name: True)
        except ModuleNotFound:
            return None
        return re.split("[?#]", loaded.name)[0] if loaded else None

    return [find(*query) for query in queries]


def compare(root: Path, queries: list[Query], conditions: Iterable[str] = ()) -> None:
    """Fails with the queries whose answers differ, and what Node and snapjs answered."""
    expected = asked_of_node(root, queries, conditions)
    actual = asked_of_snapjs(root, queries, conditions)
    different = [each for each in zip(queries, expected, actual, strict=True) if each[1] != each[2]]
    assert different == [], "\n".join(map(str, different))


def both(importer: str, *specifiers: str) -> list[Query]:
    return [(importer, specifier, how) for specifier in specifiers for how in ("import", "require")]


def write(root: Path, files: dict[str, Any]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            path.symlink_to(content, target_is_directory=True)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))


# ---- real packages


def subpaths(package: dict[str, Any]) -> Iterator[str]:
    exports = package.get("exports")
    yield ""
    yield "/package.json"
    yield "/none.js"
    for key in exports if isinstance(exports, dict) else ():
        if key.startswith("./"):
            yield key[1:].replace("*", "index")


def installed(packages: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted([*packages.glob("[!.@]*/package.json"), *packages.glob("@*/*/package.json")]):
        yield file.parent.relative_to(packages).as_posix(), json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("conditions", [(), ("browser",)], ids=["default", "browser"])
def test_real_packages(packages: Path, conditions: tuple[str, ...]) -> None:
    different = MODULE_FIELD | MODULE_SYNC | (BROWSER_FIELD if conditions else set())
    queries = [
        query
        for name, package in installed(packages)
        if name not in different
        for subpath in subpaths(package)
        for query in both("app.mjs", name + subpath)
    ]
    compare(packages.parent, queries, conditions)


def test_packages_that_real_packages_need(packages: Path) -> None:
    queries = [
        query
        for name, package in installed(packages)
        for needed in package.get("dependencies", {})
        if needed not in MODULE_FIELD | MODULE_SYNC
        for query in both(f"node_modules/{name}/package.json", needed)
    ]
    compare(packages.parent, queries)


# ---- trees that are made to be difficult


def test_files(tmp_path: Path) -> None:
    files = dict.fromkeys(
        [
            "app.mjs",
            "a.js",
            "a b.js",
            "b",
            "b.js",
            "c.json",
            "d/index.js",
            "d/m.mjs",
            "e/lib/m.js",
            "f.mjs",
            "g.cjs",
            "h/index.json",
        ],
        "",
    )
    folders = {
        "e/package.json": {"main": "lib/m"},
        "i/package.json": {"main": "../a.js"},
        "j.js/index.js": "",
        "j/x": "",
    }
    write(tmp_path, {**files, **folders})
    paths = ["a", "a.js", "b", "b.js", "c", "c.json", "d", "d/", "d/index", "e", "e/lib/m.js", "f", "g", "h", "i", "i/"]
    paths += [
        "j",
        "j.js",
        "none",
        "a%20b.js",
        "a b.js",
        "d/../a.js",
        "d//index.js",
        "none/../a.js",
        "./a.js",
        "a.js/",
        "d/.",
    ]
    paths += ["a.js?x", "a.js#x", "%61.js", "d%2findex.js", "%2e/a.js", "d/%2e%2e/a.js"]
    compare(tmp_path, both("app.mjs", *(f"./{path}" for path in paths), ".", "./", "..", "../"))
    compare(tmp_path, both("d/m.mjs", ".", "./", "..", "../", "../a.js", "./../a", "../e"))


def test_packages_without_exports(tmp_path: Path) -> None:
    packages: dict[str, dict[str, Any]] = {
        "file": {"main": "lib/x.js"},
        "extension": {"main": "lib/x"},
        "folder": {"main": "lib"},
        "dots": {"main": "./lib/../lib/x"},
        "slash": {"main": "lib/"},
        "missing": {"main": "none"},
        "empty": {"main": ""},
        "number": {"main": 5},
        "null": {"main": None, "exports": None},
        "none": {},
        "@scope/p": {"main": "lib/x.js"},
    }
    for name, fields in packages.items():
        top = f"node_modules/{name}"
        write(
            tmp_path,
            {f"{top}/package.json": fields, f"{top}/lib/x.js": "", f"{top}/lib/index.js": "", f"{top}/index.js": ""},
        )
    write(
        tmp_path,
        {"node_modules/bare/index.js": "", "node_modules/nothing/package.json": {}, "node_modules/single.js": ""},
    )
    names = [*packages, "bare", "nothing", "single", "single.js", "absent", "@scope/none"]
    subpaths = ["", "/", "/lib/x.js", "/lib/x", "/lib", "/lib/", "/package.json", "/none", "/../bare/index.js"]
    compare(tmp_path, both("app.mjs", *(name + subpath for name in names for subpath in subpaths)))


def test_packages_above_and_below(tmp_path: Path) -> None:
    files = [
        "node_modules/a/index.mjs",
        "node_modules/b/index.js",
        "node_modules/a/node_modules/b/index.js",
        "node_modules/a/node_modules/b/lib/x.mjs",
        "node_modules/b/only.js",
        "x/node_modules/c/index.js",
        "x/y/z.mjs",
        "x/node_modules/file.js",
        "node_modules/file/index.js",
    ]
    write(tmp_path, dict.fromkeys(files, ""))
    importers = ["app.mjs", "node_modules/a/index.mjs", "node_modules/a/node_modules/b/lib/x.mjs", "x/y/z.mjs"]
    names = ["a", "b", "b/only.js", "b/lib/x.mjs", "c", "file"]
    compare(tmp_path, [query for importer in importers for query in both(importer, *names)])


def test_links(tmp_path: Path) -> None:
    store = tmp_path / "node_modules" / ".pnpm" / "p@1" / "node_modules"
    write(
        tmp_path,
        {
            "node_modules/.pnpm/p@1/node_modules/p/package.json": {
                "name": "p",
                "exports": {".": "./x.js", "./*": "./*.js"},
            },
            "node_modules/.pnpm/p@1/node_modules/p/x.js": "",
            "node_modules/.pnpm/p@1/node_modules/p/y.mjs": "",
            "node_modules/.pnpm/p@1/node_modules/q/index.js": "",
            "node_modules/p": store / "p",
            "packages/w/package.json": {"name": "w", "main": "src/w.js"},
            "packages/w/src/w.js": "",
            "packages/w/src/v.mjs": "",
            "node_modules/w": tmp_path / "packages" / "w",
            "app.mjs": "",
            "linked.js": tmp_path / "packages" / "w" / "src" / "w.js",
        },
    )
    compare(tmp_path, both("app.mjs", "p", "p/x", "q", "w", "w/src/w.js", "./linked.js", "./node_modules/p/x.js"))
    compare(tmp_path, both("node_modules/.pnpm/p@1/node_modules/p/y.mjs", "p", "q", "w", "./x.js"))
    compare(tmp_path, both("packages/w/src/v.mjs", "p", "w"))


EXPORTS: list[Any] = [
    "./lib/a.js",
    {".": "./lib/a.js"},
    {"import": "./lib/a.mjs", "require": "./lib/a.cjs"},
    {"node": {"import": "./lib/a.mjs"}, "default": "./lib/a.js"},
    {"browser": "./lib/b.js", "default": "./lib/a.js"},
    {"default": "./lib/b.js", "import": "./lib/a.js"},
    {"import": None, "default": "./lib/a.js"},
    {"import": {"none": "./lib/b.js"}, "default": "./lib/a.js"},
    ["./lib/a.js", "./lib/b.js"],
    ["bad", "./lib/a.js"],
    ["bad", "../bad"],
    ["./none.js", "./lib/a.js"],
    [None, "./lib/a.js"],
    ["./lib/a.js", None],
    [None, "bad"],
    ["bad", None],
    [{"none": "./lib/b.js"}, "./lib/a.js"],
    [],
    {".": []},
    {},
    None,
    False,
    5,
    "",
    "lib/a.js",
    "./lib",
    "./lib/",
    "./lib/a",
    "./",
    ".",
    {".": "./lib/a.js", "./lib/": "./lib/"},
    {".": "./lib/a.js", "./x": "./lib/b.js", "./*": None, "./y/*": "./lib/*.js"},
    {"./*": "./lib/*"},
    {"./*": "./lib/*.js", "./lib/b": None},
    {"./*.js": "./lib/*.js", "./*": "./lib/*.cjs"},
    {"./l*": "./l*", "./li*": "./li*", "./lib/*.js": None},
    {"./*/*": "./lib/*"},
    {"./x*y": "./lib/*.js"},
    {"./*": {"require": "./lib/*.cjs", "import": "./lib/*.mjs"}},
    {"./*": ["./none/*", "./lib/*"]},
    {"./lib/*": "./lib/*", "./lib/b.js": None, "./lib/c*": "./lib/b*"},
    {"./*": "./lib/*/../*"},
    {"./*": "./node_modules/*"},
    {"./*": "./lib/%61.js"},
    {"./a%20b": "./lib/a.js"},
    {".": "./lib/a.js", "import": "./lib/b.js"},
    {"0": "./lib/a.js", "default": "./lib/b.js"},
    {"import": {"1": "./lib/a.js"}, "default": "./lib/b.js"},
]
SUBPATHS = ["", "/", "/x", "/y/a", "/lib/a.js", "/lib/b.js", "/lib/b", "/lib/c.js", "/a.js", "/b", "/a", "/xby", "/xy"]
SUBPATHS += [
    "/lib",
    "/lib/",
    "/a%20b",
    "/lib/../lib/a.js",
    "/..",
    "/../q/index.js",
    "/node_modules/z.js",
    "/package.json",
]


@pytest.mark.parametrize("conditions", [(), ("browser",)], ids=["default", "browser"])
def test_exports(tmp_path: Path, conditions: tuple[str, ...]) -> None:
    queries: list[Query] = []
    for number, exports in enumerate(EXPORTS):
        top = f"node_modules/p{number}"
        write(tmp_path, {f"{top}/package.json": {"name": f"p{number}", "exports": exports}})
        write(
            tmp_path,
            dict.fromkeys((f"{top}/lib/{name}" for name in ("a.js", "a.mjs", "a.cjs", "b.js", "b.cjs", "c.js")), ""),
        )
        write(tmp_path, {f"{top}/node_modules/z.js": "", f"{top}/index.js": ""})
        queries += both("app.mjs", *(f"p{number}{subpath}" for subpath in SUBPATHS))
        queries += both(f"{top}/lib/a.mjs", f"p{number}", f"p{number}/lib/b.js")
    compare(tmp_path, queries, conditions)


def test_imports(tmp_path: Path) -> None:
    imports = {
        "#file": "./a.js",
        "#package": "p",
        "#subpath": "p/x.js",
        "#missing": "none",
        "#escape": "../a.js",
        "#absolute": "/a.js",
        "#url": "https://example.org/a.js",
        "#builtin": "fs",
        "#scheme": "node:fs",
        "#other": "#file",
        "#null": None,
        "#condition": {"none": "./a.js", "import": "./b.js", "default": "p"},
        "#array": ["../bad", "./a.js"],
        "#lib/*": "./lib/*.js",
        "#lib/secret/*": None,
        "#many/*": "p/*",
        "#self": "me",
        "#/slash": "./a.js",
        "#": "./a.js",
        "file": "./a.js",
    }
    write(
        tmp_path,
        {"package.json": {"name": "me", "imports": imports, "exports": {".": "./b.js", "./lib/*": "./lib/*.js"}}},
    )
    write(
        tmp_path,
        dict.fromkeys(["app.mjs", "a.js", "b.js", "lib/x.js", "lib/secret/y.js", "node_modules/p/index.js"], ""),
    )
    write(tmp_path, {"node_modules/p/x.js": "", "sub/package.json": {}, "sub/m.mjs": "", "lib/m.mjs": ""})
    specifiers = [key for key in imports if key not in ("#builtin", "#scheme", "#lib/*", "#many/*", "#lib/secret/*")]
    specifiers += [
        "#lib/x",
        "#lib/secret/y",
        "#lib/none",
        "#lib/../a",
        "#many/x.js",
        "#none",
        "me",
        "me/lib/x",
        "me/none",
    ]
    compare(tmp_path, both("app.mjs", *specifiers) + both("lib/m.mjs", *specifiers) + both("sub/m.mjs", *specifiers))


# ---- trees that are made by chance


def random_target(chance: random.Random, depth: int = 0) -> Any:
    paths = [
        "./a.js",
        "./lib/*.js",
        "./lib/*",
        "./none.js",
        "./lib/b.js",
        "bad",
        "../x.js",
        None,
        "./*/a.js",
        "./lib/../a.js",
    ]
    kind = chance.random()
    if depth > 2 or kind < 0.6:
        return chance.choice(paths)
    if kind < 0.75:
        return [random_target(chance, depth + 1) for _ in range(chance.randrange(4))]
    names = chance.sample(["import", "require", "node", "browser", "default", "other"], chance.randrange(1, 5))
    return {name: random_target(chance, depth + 1) for name in names}


def random_exports(chance: random.Random) -> Any:
    if chance.random() < 0.3:
        return random_target(chance)
    keys = [
        ".",
        "./a",
        "./a.js",
        "./*",
        "./l*",
        "./lib/*",
        "./lib/*.js",
        "./lib/b*",
        "./*.js",
        "./lib/b.js",
        "./*/b",
        "./a*",
    ]
    return {key: random_target(chance) for key in chance.sample(keys, chance.randrange(1, 7))}


@pytest.mark.parametrize("conditions", [(), ("browser",)], ids=["default", "browser"])
def test_random_exports(tmp_path: Path, conditions: tuple[str, ...]) -> None:
    chance = random.Random(6)
    queries: list[Query] = []
    for number in range(400):
        top = f"node_modules/p{number}"
        write(tmp_path, {f"{top}/package.json": {"name": f"p{number}", "exports": random_exports(chance)}})
        write(
            tmp_path,
            dict.fromkeys((f"{top}/{name}" for name in ("a.js", "index.js", "lib/b.js", "lib/a.js", "lib/b")), ""),
        )
        subpaths = ["", "/a", "/a.js", "/lib/b", "/lib/b.js", "/lib/a", "/b", "/b.js", "/lib/", "/index.js"]
        queries += both("app.mjs", *(f"p{number}{subpath}" for subpath in subpaths))
    compare(tmp_path, queries, conditions)
