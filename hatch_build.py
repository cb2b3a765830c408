"""Builds the engine before hatchling packs it; the work is in tools/build_engine.py."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "tools"))

import build_engine


class EngineBuildHook(BuildHookInterface):
    def dependencies(self) -> list[str]:
        try:
            return build_engine.build_requirements(compiles=self.target_name == "wheel")
        except build_engine.BuildError as error:
            self.app.abort(f"snapjs engine: error: {error}")
            raise

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            if self.target_name == "wheel":
                build_engine.build_engine()
            else:
                # Whoever builds from the sdist needs no download of QuickJS-NG.
                archive = build_engine.fetch_archive(build_engine.read_lock()["quickjs_ng"])
                build_data["force_include"][str(archive)] = f"sources/{archive.name}"
        except build_engine.BuildError as error:
            self.app.abort(f"snapjs engine: error: {error}")
