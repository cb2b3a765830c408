"""Builds the engine and the archive of npm packages before hatchling packs them; the work is in tools/."""

import sys

# pip compares versions only after it has asked this file what the build needs.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(f"snapjs needs Python 3.11 or later, and {sys.executable} is {sys.version.split()[0]}: use a newer one.")

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "tools"))

import build_engine
import build_packages
import build_support
import third_party


class BuildHook(BuildHookInterface):
    def dependencies(self) -> list[str]:
        with self.errors_shown():
            engine = build_engine.build_requirements(compiles=self.target_name == "wheel")
            return engine + build_packages.build_requirements()

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        with self.errors_shown():
            build_packages.build_packages()
            if self.target_name == "wheel":
                build_engine.build_engine()
            else:
                # Whoever builds from the sdist downloads no sources.
                for archive in third_party.fetch_archives(build_engine.read_lock()):
                    build_data["force_include"][str(archive)] = f"sources/{archive.name}"

    @contextmanager
    def errors_shown(self) -> Iterator[None]:
        try:
            yield
        except build_support.BuildError as error:
            self.app.abort(f"snapjs build: error: {error}")
            raise
