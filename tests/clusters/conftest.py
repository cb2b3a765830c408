"""Clusters and libraries of columns: the group `clusters` of pyproject.toml. Where one of its packages is missing, none
of these tests is there."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent

if not all(map(find_spec, ("dask", "distributed", "duckdb", "pandas", "polars", "pyarrow", "ray"))):
    collect_ignore_glob = ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.clusters)
