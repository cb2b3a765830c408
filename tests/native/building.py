"""Native programs of the engine, each built once for the sources that it is made of."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import build_engine
import build_support
import engine_compiler

HERE = Path(__file__).parent


def program(main: Path) -> Path:
    """The program with this main file, built unless these very sources have been built before with this compiler.

    :raises build_support.BuildError: it cannot be built.
    """
    lock = build_engine.read_lock()
    digest = hashlib.sha256(build_engine.build_key(lock).encode())
    digest.update(repr([os.environ.get(name) for name in ("CC", "CFLAGS")]).encode())
    for name in (*sorted(HERE.glob("*.c")), main, Path(engine_compiler.__file__)):
        digest.update(name.read_bytes())
    built = build_support.cache_folder() / "native" / digest.hexdigest() / main.stem
    if not built.is_file():
        built.parent.mkdir(parents=True, exist_ok=True)
        unfinished = built.with_name(f"{built.name}-{os.getpid()}")
        engine_compiler.compile_native(lock, main, unfinished)
        unfinished.replace(built)
    return built
