"""URLs in snapshots, deltas and realms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from moving import moved

from snapjs import VM, Snapshot

MakeVM = Callable[..., VM]

pytestmark = pytest.mark.keeps("what the test restores is its own")


@pytest.mark.keeps("globals")
def test_url_and_a_half_consumed_iterator_go_on_after_a_restore(vm: VM) -> None:
    vm.eval(
        "var url = new URL('https://ä.example/a?x=1&y=2&z=3'), params = url.searchParams, iterator = params.entries()"
    )
    assert vm.eval("iterator.next().value") == ["x", "1"]
    with moved(vm) as other:
        assert other.eval("iterator.next().value") == ["y", "2"]
        other.eval("params.append('w', 'ü'); url.hash = 'h'")
        assert other.eval("url.href") == "https://xn--4ca.example/a?x=1&y=2&z=3&w=%C3%BC#h"
        assert other.eval("[...iterator].length") == 2
        assert other.eval("new URL('//ö/', url).href") == "https://xn--nda/"


def test_urls_are_in_deltas(make_vm: MakeVM) -> None:
    vm = make_vm()
    vm.eval("var url = new URL('http://a/?x=1')")
    whole = vm.snapshot()
    vm.eval("url.searchParams.set('x', '2')")
    delta = Snapshot.from_bytes(vm.snapshot(base=whole).to_bytes(), base=whole)
    with VM.restore(delta) as other:
        assert other.eval("url.href") == "http://a/?x=2"


def test_state_does_not_depend_on_what_was_parsed_before(make_vm: MakeVM) -> None:
    one, other = make_vm(clock=0), make_vm(clock=0)
    one.eval("for (const c of 'aä%') URL.canParse('http://' + c.repeat(5000))")
    other.eval("for (const c of 'xyz') URL.canParse('http://' + c.repeat(5000))")
    for vm in (one, other):
        vm.eval("var url = new URL('http://ä/?b')")
    assert one.eval("url.href") == other.eval("url.href") == "http://xn--4ca/?b"


def test_realms_have_classes_of_their_own(vm: VM) -> None:
    with vm.new_realm() as realm:
        vm.global_handle.set_prop("other", realm.global_handle)
        assert vm.eval("other.URL !== URL && new other.URL('http://a/') instanceof other.URL") is True
        assert (
            vm.eval("Object.getOwnPropertyDescriptor(URL.prototype, 'host').get.call(new other.URL('http://a/'))")
            == "a"
        )
        vm.eval("delete globalThis.other")
