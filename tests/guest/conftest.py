"""VMs for the tests of this folder, each checked for leaks when its test has passed.

`vm` is a VM with the default options, `make_vm` makes one with others. When the test is over, its globals are
deleted, garbage is collected on both sides, and what is left is compared with a VM that has run nothing: handles,
lent functions, timers, pending calls, objects. A test that must leave something behind says so:

    @pytest.mark.keeps("a module is never unloaded")      # objects are not compared
    @pytest.mark.abandons("the call is never answered")   # nothing is compared

A `const`, `let` or `class` at the top of a script cannot be taken away: put it into a block or a function.

`timed` is a VM in virtual time, `asking` one with a host function whose calls wait until the test answers them, and
`granting` one that lends the objects of `grants`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from host_desk import Desk
from leaks import check_for_leaks
from virtual_time import Time

# Not snapjs: pytest loads this file before it is configured, and then puts its own hook for exceptions in callbacks
# where the one that snapjs needs for Ctrl-C has just been put.
if TYPE_CHECKING:
    from snapjs import VM
    from snapjs._core.grants import Grants

_passed = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "keeps(reason): leaves objects in the VM's heap")
    config.addinivalue_line("markers", "abandons(reason): leaves anything behind")


@pytest.fixture(scope="module", autouse=True)
def _older_objects_are_not_walked() -> None:
    # Each check for leaks collects garbage, and would walk all that pytest has collected and reported so far.
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if report.when == "call":
        item.stash[_passed] = report.passed
    return report


@pytest.fixture
def make_vm(request: pytest.FixtureRequest) -> Iterator[Callable[..., VM]]:
    """A function that makes VMs, with the options of `VM`. They are checked and closed when the test is over."""
    from snapjs import VM

    vms: list[VM] = []

    def make(**options: Any) -> VM:
        vms.append(VM(**options))
        return vms[-1]

    yield make
    try:
        # A test that failed has kept its exception, and with it whatever its frames hold.
        if request.node.stash.get(_passed, False) and request.node.get_closest_marker("abandons") is None:
            keeps = request.node.get_closest_marker("keeps") is not None
            for vm in vms:
                check_for_leaks(vm, objects=not keeps)
    finally:
        for vm in vms:
            vm.close()


@pytest.fixture
def vm(make_vm: Callable[..., VM]) -> VM:
    """A VM with the default options."""
    return make_vm()


@pytest.fixture
def grants() -> Grants:
    """The grants of `granting`."""
    from snapjs._core.grants import Grants

    return Grants()


@pytest.fixture
def granting(make_vm: Callable[..., VM], grants: Grants) -> VM:
    """A VM that lends the objects of `grants`."""
    vm = make_vm()
    vm._bridge.options.grants = grants
    return vm


@pytest.fixture
def time() -> Time:
    """The clock of `timed`."""
    return Time()


@pytest.fixture
def timed(make_vm: Callable[..., VM], time: Time) -> VM:
    """A VM in virtual time, with an array `out`."""
    vm = make_vm(clock=time)
    vm.eval("var out = []; 0")
    return vm


@pytest.fixture
def desk() -> Desk:
    """What answers the calls of `asking`."""
    return Desk()


@pytest.fixture
def asking(make_vm: Callable[..., VM], desk: Desk) -> VM:
    """A VM with the function `ask`, whose calls wait until the test answers them."""
    return make_vm(functions={"ask": desk.ask})
