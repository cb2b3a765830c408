"""MessageChannel and MessagePort: each message is a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from moving import moved

from snapjs import VM, JSError

MakeVM = Callable[..., VM]

CHANNEL = "var { port1, port2 } = new MessageChannel(); 0"


def test_a_message_is_a_copy_and_comes_in_a_task(timed: VM) -> None:
    timed.eval(CHANNEL)
    timed.eval("port2.onmessage = ({ data, isTrusted }) => out.push(data, isTrusted); 0")
    timed.eval(
        "var sent = { list: [1] }; port1.postMessage(sent); sent.list.push(2); Promise.resolve().then(() => out.push('job')); 0"
    )
    assert timed.eval("out") == ["job"]
    timed.run_until_idle()
    assert timed.eval("out") == ["job", {"list": [1]}, True]


def test_messages_and_timers_keep_one_order(timed: VM) -> None:
    timed.eval(CHANNEL)
    timed.eval("port2.onmessage = ({ data }) => { out.push(data); Promise.resolve().then(() => out.push('job')) }; 0")
    timed.eval(
        "setTimeout(() => out.push('before')); port1.postMessage(1); port1.postMessage(2); setTimeout(() => out.push('after')); 0"
    )
    timed.run_until_idle()
    assert timed.eval("out") == ["before", 1, "job", 2, "job", "after"]


def test_a_long_conversation_takes_no_time(timed: VM) -> None:
    timed.eval(CHANNEL)
    timed.eval(
        "for (const port of [port1, port2]) port.onmessage = ({ data }) => data ? port.postMessage(data - 1) : out.push('end'); 0"
    )
    timed.eval("port1.postMessage(100); 0")
    timed.run_until_idle()
    assert timed.eval("out") == ["end"]


def test_messages_wait_until_the_port_is_started(timed: VM) -> None:
    timed.eval(CHANNEL)
    timed.eval(
        "port2.addEventListener('message', ({ data }) => out.push(data)); port1.postMessage(1); port1.postMessage(2); 0"
    )
    timed.run_until_idle()
    assert timed.eval("out") == []
    timed.eval("port2.start()")
    timed.run_until_idle()
    assert timed.eval("out") == [1, 2]


def test_a_closed_port_gets_no_more(timed: VM) -> None:
    timed.eval(CHANNEL)
    timed.eval("port1.onclose = () => out.push('closed'); port2.onmessage = ({ data }) => out.push(data); 0")
    timed.eval("port1.postMessage('under way'); port2.close(); port1.postMessage('late'); 0")
    timed.run_until_idle()
    assert timed.eval("out") == ["under way", "closed"]


def test_a_port_can_be_sent(timed: VM) -> None:
    timed.eval(CHANNEL)
    timed.eval("var other = new MessageChannel(); other.port1.onmessage = ({ data }) => out.push(data); 0")
    timed.eval("port2.onmessage = ({ ports: [port] }) => port.postMessage('through it'); 0")
    timed.eval("port1.postMessage(null, [other.port2]); 0")
    timed.run_until_idle()
    assert timed.eval("out") == ["through it"]


def test_messages_move_with_the_port(timed: VM) -> None:
    timed.eval(CHANNEL)
    timed.eval(
        "var other = new MessageChannel(); other.port1.postMessage('early'); port1.postMessage(0, [other.port2]); 0"
    )
    timed.eval("port2.onmessage = event => { event.ports[0].onmessage = ({ data }) => out.push(data) }; 0")
    timed.run_until_idle()
    assert timed.eval("out") == ["early"]


def test_a_buffer_can_be_transferred(timed: VM) -> None:
    timed.eval(CHANNEL)
    timed.eval("port2.onmessage = ({ data }) => out.push(data.byteLength); 0")
    timed.eval("var buffer = new ArrayBuffer(8); port1.postMessage(buffer, { transfer: [buffer] }); 0")
    timed.run_until_idle()
    assert timed.eval("[out, buffer.detached]") == [[8], True]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("port1.postMessage()", "TypeError"),
        ("port1.postMessage(() => 0)", "DataCloneError"),
        ("port1.postMessage(0, [port1])", "DataCloneError"),
        ("port1.postMessage(0, [port2, port2])", "DataCloneError"),
        ("port1.postMessage(port2)", "DataCloneError"),
        ("port2.close(); port1.postMessage(0, [port2])", "DataCloneError"),
        ("new MessagePort()", "TypeError"),
    ],
)
def test_errors(vm: VM, code: str, name: str) -> None:
    vm.eval(f"{CHANNEL}; var found; try {{ {code} }} catch (error) {{ found = error.name }}")
    vm.run_until_idle()
    assert vm.eval("found") == name


def test_an_exception_in_a_listener_comes_out_of_the_turn(timed: VM) -> None:
    timed.eval(CHANNEL)
    timed.eval(
        "port2.onmessage = ({ data }) => { if (data === 1) throw new Error('in the listener'); out.push(data) }; 0"
    )
    timed.eval("port1.postMessage(1); port1.postMessage(2); 0")
    with pytest.raises(JSError, match="in the listener"):
        timed.run_until_idle()
    timed.run_until_idle()
    assert timed.eval("out") == [2]


def test_a_message_under_way_lives_through_a_snapshot(timed: VM, time: Any) -> None:
    timed.eval(CHANNEL)
    timed.eval("port2.onmessage = ({ data }) => out.push(data); port1.postMessage(new Map([[1, 2n]])); 0")
    with moved(timed, clock=time) as restored:
        restored.run_until_idle()
        assert restored.eval("[...out[0]].flat().join()") == "1,2"


def test_a_message_that_waits_for_a_start_lives_through_a_snapshot(timed: VM, time: Any) -> None:
    timed.eval(CHANNEL)
    timed.eval("var other = new MessageChannel(); port1.postMessage('waits', [other.port2]); 0")
    with moved(timed, clock=time) as restored:
        restored.eval("port2.onmessage = ({ data, ports }) => out.push(data, ports.length); 0")
        restored.run_until_idle()
        assert restored.eval("out") == ["waits", 1]
