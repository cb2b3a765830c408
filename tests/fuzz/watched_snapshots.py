"""snapshots.py under atheris, which is libFuzzer for Python: python -m tests.fuzz.watched_snapshots [ARGUMENTS OF LIBFUZZER]"""

import importlib
import pkgutil
import sys

import atheris

with atheris.instrument_imports(include=["snapjs"]):
    for folder in ("snapjs", "snapjs._snapshots", "snapjs._guest", "snapjs._codec", "snapjs._core"):
        for module in pkgutil.iter_modules(importlib.import_module(folder).__path__, f"{folder}."):
            if not module.ispkg and module.name != "snapjs.__main__":
                importlib.import_module(module.name)

from tests.fuzz import snapshots

sys.argv[0] = f"{sys.executable} -m tests.fuzz.watched_snapshots"  # what libFuzzer runs in a shell to merge
atheris.Setup(sys.argv, snapshots.play)
atheris.Fuzz()
