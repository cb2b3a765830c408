"""The fixtures and the leak check of `tests/guest/`, whose modules the tests of this folder import as those there do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "guest"))

from tests.guest.conftest import (  # noqa: F401
    _older_objects_are_not_walked,
    asking,
    desk,
    make_vm,
    pytest_configure,
    pytest_runtest_makereport,
    time,
    timed,
    vm,
)
