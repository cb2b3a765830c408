"""BroadcastChannel, between the channels of one realm."""

from __future__ import annotations

from typing import Any

import pytest
from moving import moved

from snapjs import VM

CHANNELS = """
    var [a, b, c] = ["news", "news", "other"].map(name => new BroadcastChannel(name))
    for (const channel of [a, b, c]) channel.onmessage = ({ data }) => out.push([channel.name, channel === b, data])
    0
"""
CLOSE = "for (const channel of [a, b, c]) channel.close()"


def test_the_others_of_that_name_hear_it(timed: VM) -> None:
    timed.eval(CHANNELS)
    timed.eval("a.postMessage({ x: 1 })")
    timed.run_until_idle()
    assert timed.eval("out") == [["news", True, {"x": 1}]]
    timed.eval(CLOSE)


def test_a_closed_channel_hears_nothing(timed: VM) -> None:
    timed.eval(CHANNELS)
    timed.eval("a.postMessage(1); b.close(); a.postMessage(2); 0")
    timed.run_until_idle()
    assert timed.eval("out") == []
    timed.eval(CLOSE)


def test_a_closed_channel_sends_nothing(vm: VM) -> None:
    vm.eval("var found, a = new BroadcastChannel('news'); a.close(); 0")
    vm.eval("try { a.postMessage(1) } catch (error) { found = error.name }")
    assert vm.eval("found") == "InvalidStateError"


@pytest.mark.keeps("a few are let go of only when there are more")
def test_a_channel_that_nobody_listens_to_goes(vm: VM) -> None:
    vm.eval("for (let i = 0; i < 100; i++) new BroadcastChannel('news')")
    before = vm.memory_usage()["obj_count"]
    vm.eval("for (let i = 0; i < 1000; i++) new BroadcastChannel('news')")
    assert vm.memory_usage()["obj_count"] - before < 50


def test_realms_do_not_hear_each_other(timed: VM) -> None:
    with timed.new_realm() as realm:
        realm.eval("var out = [], a = new BroadcastChannel('news'); a.onmessage = ({ data }) => out.push(data); 0")
        timed.eval("var channel = new BroadcastChannel('news'); channel.postMessage(1); channel.close()")
        timed.run_until_idle()
        assert realm.eval("out") == []


def test_a_message_under_way_lives_through_a_snapshot(timed: VM, time: Any) -> None:
    timed.eval(CHANNELS)
    timed.eval("a.postMessage('news'); 0")
    with moved(timed, clock=time) as restored:
        restored.run_until_idle()
        assert restored.eval("out") == [["news", True, "news"]]
