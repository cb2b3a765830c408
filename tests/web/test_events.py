"""Event, CustomEvent and EventTarget."""

from __future__ import annotations

from typing import Any

import pytest
from moving import moved

from snapjs import VM, JSError


def test_a_listener_gets_the_event_at_its_target(vm: VM) -> None:
    vm.eval("var target = new EventTarget(), out = []; 0")
    vm.eval("""
        target.addEventListener("x", function (event) {
            out.push(this === target, event.target === target, event.currentTarget === target, event.eventPhase,
                     event.composedPath()[0] === target, event.isTrusted, event.type)
        })
    """)
    assert vm.eval("target.dispatchEvent(new Event('x'))") is True
    assert vm.eval("out") == [True, True, True, 2, True, False, "x"]


def test_an_event_is_left_as_after_its_dispatch(vm: VM) -> None:
    vm.eval("var event = new Event('x'), target = new EventTarget(); target.addEventListener('x', () => {}); 0")
    vm.eval("target.dispatchEvent(event)")
    found = vm.eval("[event.target === target, event.currentTarget, event.eventPhase, event.composedPath()]")
    assert found == [True, None, 0, []]


def test_capturing_listeners_come_first(vm: VM) -> None:
    vm.eval("var target = new EventTarget(), out = []; 0")
    vm.eval("target.addEventListener('x', () => out.push('bubble')); 0")
    vm.eval("target.addEventListener('x', () => out.push('capture'), true); 0")
    vm.eval("target.dispatchEvent(new Event('x'))")
    assert vm.eval("out") == ["capture", "bubble"]


def test_a_listener_is_added_once(vm: VM) -> None:
    vm.eval("var out = [], target = new EventTarget(), listen = () => out.push(1); 0")
    vm.eval("target.addEventListener('x', listen); target.addEventListener('x', listen, { once: true })")
    vm.eval("target.dispatchEvent(new Event('x')); target.dispatchEvent(new Event('x'))")
    assert vm.eval("out") == [1, 1]


def test_once(vm: VM) -> None:
    vm.eval("var out = [], target = new EventTarget(); 0")
    vm.eval("target.addEventListener('x', () => { out.push(1); target.dispatchEvent(new Event('x')) }, { once: true })")
    vm.eval("target.dispatchEvent(new Event('x'))")
    assert vm.eval("out") == [1]


def test_passive_listeners_cancel_nothing(vm: VM) -> None:
    vm.eval("var target = new EventTarget(); 0")
    vm.eval("target.addEventListener('x', event => event.preventDefault(), { passive: true })")
    assert vm.eval("target.dispatchEvent(new Event('x', { cancelable: true }))") is True


@pytest.mark.parametrize(("cancelable", "result"), [("true", False), ("false", True)])
def test_prevent_default(vm: VM, cancelable: str, result: bool) -> None:
    vm.eval("var target = new EventTarget(); target.addEventListener('x', event => event.preventDefault()); 0")
    assert vm.eval(f"target.dispatchEvent(new Event('x', {{ cancelable: {cancelable} }}))") is result


def test_a_signal_takes_a_listener_away(vm: VM) -> None:
    vm.eval("var out = [], target = new EventTarget(), controller = new AbortController(); 0")
    vm.eval("target.addEventListener('x', () => out.push(1), { signal: controller.signal })")
    vm.eval("target.dispatchEvent(new Event('x')); controller.abort(); target.dispatchEvent(new Event('x'))")
    assert vm.eval("out") == [1]


def test_stop_immediate_propagation(vm: VM) -> None:
    vm.eval("var out = [], target = new EventTarget(); 0")
    vm.eval("target.addEventListener('x', event => { out.push(1); event.stopImmediatePropagation() })")
    vm.eval("target.addEventListener('x', () => out.push(2)); target.dispatchEvent(new Event('x'))")
    assert vm.eval("out") == [1]


def test_an_object_as_a_listener(vm: VM) -> None:
    vm.eval("var listener = { seen: 0, handleEvent(event) { this.seen++ } }, target = new EventTarget(); 0")
    vm.eval("target.addEventListener('x', listener); target.dispatchEvent(new Event('x'))")
    assert vm.eval("listener.seen") == 1


def test_listeners_that_come_and_go_during_a_dispatch(vm: VM) -> None:
    vm.eval("var out = [], target = new EventTarget(), gone = () => out.push('gone'); 0")
    vm.eval("""
        target.addEventListener("x", () => {
            out.push("first")
            target.removeEventListener("x", gone)
            target.addEventListener("x", () => out.push("late"))
        })
        target.addEventListener("x", gone)
        target.dispatchEvent(new Event("x"))
    """)
    assert vm.eval("out") == ["first"]


def test_what_is_left_of_many_listeners_keeps_its_order(vm: VM) -> None:
    vm.eval("var target = new EventTarget(), source = new AbortController(), out = []; 0")
    vm.eval("""
        for (let i = 0; i < 100; i++)
            target.addEventListener("x", () => out.push(i), { signal: i % 40 ? source.signal : undefined })
        target.addEventListener("x", () => source.abort(), { capture: true })
    """)
    vm.eval("target.dispatchEvent(new Event('x')); target.addEventListener('x', () => out.push('added'))")
    vm.eval("target.dispatchEvent(new Event('x'))")
    assert vm.eval("out") == [0, 40, 80, 0, 40, 80, "added"]


def test_an_event_under_way_cannot_be_dispatched(vm: VM) -> None:
    vm.eval("var name, target = new EventTarget(); 0")
    vm.eval("""
        target.addEventListener("x", event => {
            try { target.dispatchEvent(event) } catch (error) { name = error.name }
        })
        target.dispatchEvent(new Event("x"))
    """)
    assert vm.eval("name") == "InvalidStateError"


def test_custom_events_carry_a_detail(vm: VM) -> None:
    assert vm.eval("[new CustomEvent('x', { detail: [1] }).detail, new CustomEvent('x').detail]") == [[1], None]


def test_the_legacy_members(vm: VM) -> None:
    vm.eval("var event = new Event('x', { cancelable: true }); event.returnValue = false; event.cancelBubble = true")
    assert vm.eval("[event.defaultPrevented, event.cancelBubble, event.srcElement]") == [True, True, None]
    vm.eval("event.initEvent('y', true, false)")
    assert vm.eval("[event.type, event.bubbles, event.cancelable, event.returnValue]") == ["y", True, False, True]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("new Event()", "Event constructor: 1 argument required, but only 0 present"),
        ("new Event('x', 5)", "Event constructor: eventInitDict is not of type EventInit"),
        (
            "new EventTarget().addEventListener('x')",
            "EventTarget.addEventListener: 2 arguments required, but only 1 present",
        ),
        ("new EventTarget().addEventListener('x', 5)", "EventTarget.addEventListener: callback is not an object"),
        ("new EventTarget().dispatchEvent({})", "EventTarget.dispatchEvent: event is not of type Event"),
        (
            "new EventTarget().addEventListener('x', () => 0, { signal: {} })",
            'EventTarget.addEventListener: options, "signal" is not of type AbortSignal',
        ),
        ("EventTarget.prototype.addEventListener.call({}, 'x', null)", "Illegal invocation: this is no EventTarget"),
    ],
)
def test_wrong_arguments(vm: VM, code: str, message: str) -> None:
    with pytest.raises(JSError) as caught:
        vm.eval(code)
    assert (caught.value.name, caught.value.message) == ("TypeError", message)


def test_is_trusted_cannot_be_forged(vm: VM) -> None:
    descriptor = "Object.getOwnPropertyDescriptor(new Event('x'), 'isTrusted')"
    vm.eval(f"var {{ get, set, configurable, enumerable }} = {descriptor}; 0")
    assert vm.eval("[typeof get, typeof set, configurable, enumerable]") == ["function", "undefined", False, True]


def test_the_time_of_an_event_is_the_clocks(timed: VM, time: Any) -> None:
    time.now += 2.5
    assert timed.eval("new Event('x').timeStamp") == 2500


def test_members_look_as_web_idl_has_them(vm: VM) -> None:
    assert vm.eval("Object.keys(EventTarget.prototype)") == ["addEventListener", "removeEventListener", "dispatchEvent"]
    assert vm.eval("[Event.length, EventTarget.length, Event.prototype.initEvent.length]") == [1, 0, 1]
    assert vm.eval("[Event.AT_TARGET, Event.prototype.BUBBLING_PHASE, String(new Event('x'))]") == [
        2,
        3,
        "[object Event]",
    ]


def test_listeners_live_through_a_snapshot(vm: VM) -> None:
    vm.eval("var out = [], target = new EventTarget(), controller = new AbortController(); 0")
    vm.eval("target.addEventListener('x', event => out.push(event.detail), { signal: controller.signal })")
    with moved(vm) as restored:
        restored.eval("target.dispatchEvent(new CustomEvent('x', { detail: 7 })); controller.abort()")
        restored.eval("target.dispatchEvent(new CustomEvent('x', { detail: 8 }))")
        assert restored.eval("out") == [7]
