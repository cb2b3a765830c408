"""Handles in random order: made, used, duplicated, passed, scoped, exported, dropped, collected, saved and restored.

The model knows which object each handle refers to; objects carry their number. After every step the VM must hold just
the references that the model knows of, and when all are given back, no object may be left.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from leaks import check_for_leaks

import snapjs
from snapjs import VM, ClosedError, Function, Handle, Promise, Realm, Scope, WrongVMError

OTHER_VMS_TOKEN = "0" * 24


class Machine(RuleBasedStateMachine):
    """One program: its VM is closed at a snapshot, and the restored one goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.handles: list[tuple[Handle, int]] = []
        """each with the number of its object"""
        self.converted: list[tuple[Function | Promise, str]] = []
        """each with its class"""
        self.links: dict[int, int | None] = {}
        """object to the object that its property `link` refers to"""
        self.scopes: list[tuple[Scope, list[int]]] = []
        """each with the ids of the Python handles made in it"""
        self.tokens: dict[str, int] = {}
        self.realms: list[Realm] = []
        self.saved: list[tuple[snapjs.Snapshot, dict[int, int | None], dict[str, int]]] = []
        self.vm = VM(seed=1, clock=0, functions={"echo": self.echo})

    def echo(self, *arguments: Any) -> Any:
        return arguments

    # ---- the model

    def keep(self, handle: Handle, number: int) -> None:
        self.handles.append((handle, number))
        if self.scopes:
            self.scopes[-1][1].append(id(handle))

    def forget(self, handle: Handle) -> None:
        self.handles = [(kept, number) for kept, number in self.handles if kept is not handle]
        for _, members in self.scopes:
            if id(handle) in members:
                members.remove(id(handle))

    def pick(self, data: st.DataObject) -> tuple[Handle, int]:
        return data.draw(st.sampled_from(self.handles))

    def has_handles(self) -> bool:
        return bool(self.handles)

    # ---- making

    @rule(way=st.sampled_from(["eval", "new", "convert", "call", "module", "realm"]))
    def make(self, way: str) -> None:
        self.made = number = self.made + 1
        source = f"({{ n: {number} }})"
        if way == "eval":
            handle = self.vm.eval_handle(source)
        elif way == "new":
            handle = self.vm.new_object()
            handle.set_prop("n", number)
        elif way == "convert":
            handle = self.vm.host_to_handle({"n": number})
        elif way == "realm" and self.realms:
            handle = self.realms[-1].eval_handle(source)
        else:
            with self.vm.eval_handle("(n => ({ n }))") as function:
                handle = self.vm.call_function(function, None, number)
        self.links[number] = None
        self.keep(handle, number)

    @precondition(has_handles)
    @rule(data=st.data())
    def duplicate(self, data: st.DataObject) -> None:
        handle, number = self.pick(data)
        self.keep(handle.dup(), number)

    @precondition(has_handles)
    @rule(data=st.data())
    def through_a_host_function(self, data: st.DataObject) -> None:
        handle, number = self.pick(data)
        kept = []

        def visit(this: Handle, argument: Handle) -> Handle:
            assert argument.get_prop("n").consume(Handle.to_number) == number
            kept.append(argument.dup())
            argument.dispose()
            return argument

        with self.vm.new_ephemeral_function(visit) as function:
            answer = self.vm.call_function(function, None, handle)
        self.keep(kept.pop(), number)
        self.keep(answer, number)

    @rule()
    def convert(self) -> None:
        function, promise = self.vm.eval("[() => 1, Promise.resolve(1)]")
        self.converted += [(function, "Function"), (promise, "Promise")]

    # ---- using

    @precondition(has_handles)
    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        handle, number = self.pick(data)
        assert handle.get_prop("n").consume(Handle.to_python) == number
        assert (handle.class_name, handle.disposed) == ("Object", False)

    @precondition(has_handles)
    @rule(data=st.data())
    def link(self, data: st.DataObject) -> None:
        (owner, owner_number), (other, number) = self.pick(data), self.pick(data)
        owner.set_prop("link", other)
        self.links[owner_number] = number

    @precondition(has_handles)
    @rule(data=st.data())
    def follow(self, data: st.DataObject) -> None:
        handle, number = self.pick(data)
        linked = handle.get_prop("link")
        target = self.links[number]
        if target is None:
            assert linked.is_undefined
            linked.dispose()
        else:
            self.keep(linked, target)

    @precondition(has_handles)
    @rule(data=st.data())
    def describe(self, data: st.DataObject) -> None:
        handle, number = self.pick(data)
        descriptor = handle.get_own_property_descriptor("n")
        assert descriptor is not None and descriptor.value is not None
        assert descriptor.value.to_python() == number
        descriptor.value.dispose()
        assert handle.keys() == ["n"] + ["link"] * ("link" in handle.get_own_property_names())

    # ---- giving back

    @precondition(has_handles)
    @rule(data=st.data())
    def dispose(self, data: st.DataObject) -> None:
        handle, _ = self.pick(data)
        handle.dispose()
        handle.dispose()
        with pytest.raises(ClosedError):
            handle.get_prop("n")
        self.forget(handle)

    @precondition(has_handles)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        self.forget(self.pick(data)[0])
        gc.collect(0)

    @rule()
    def drop_converted(self) -> None:
        self.converted.clear()

    @rule()
    def collect(self) -> None:
        self.vm.gc()

    # ---- scopes

    @precondition(lambda self: len(self.scopes) < 4)
    @rule()
    def open_scope(self) -> None:
        self.scopes.append((self.vm.with_scope().__enter__(), []))

    @precondition(lambda self: bool(self.scopes))
    @rule()
    def close_scope(self) -> None:
        scope, members = self.scopes.pop()
        scope.__exit__(None, None, None)
        for handle, _ in tuple(self.handles):
            if id(handle) in members:
                assert handle.disposed
                self.forget(handle)

    @precondition(lambda self: bool(self.scopes) and bool(self.scopes[-1][1]))
    @rule(data=st.data())
    def escape(self, data: st.DataObject) -> None:
        scope, members = self.scopes[-1]
        identity = data.draw(st.sampled_from(members))
        handle = next(handle for handle, _ in self.handles if id(handle) == identity)
        assert scope.escape(handle) is handle
        members.remove(identity)
        if len(self.scopes) > 1:
            self.scopes[-2][1].append(identity)

    # ---- tokens

    @precondition(has_handles)
    @rule(data=st.data())
    def export(self, data: st.DataObject) -> None:
        handle, number = self.pick(data)
        token = self.vm.export_handle(handle)
        assert self.tokens.get(token, number) == number
        self.tokens[token] = number

    @precondition(lambda self: bool(self.tokens))
    @rule(data=st.data())
    def take_in(self, data: st.DataObject) -> None:
        # In the order of their export: the texts depend on the order in which Python has let go of other handles.
        token, number = data.draw(st.sampled_from(list(self.tokens.items())))
        self.keep(self.vm.import_handle(token), number)

    @precondition(lambda self: bool(self.tokens))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(list(self.tokens)))
        self.vm.release_handle(token)
        del self.tokens[token]
        with pytest.raises(ClosedError):
            self.vm.import_handle(token)

    @rule()
    def take_in_another_programs(self) -> None:
        with pytest.raises(WrongVMError):
            self.vm.import_handle(OTHER_VMS_TOKEN)

    # ---- realms

    @precondition(lambda self: len(self.realms) < 3)
    @rule()
    def open_realm(self) -> None:
        self.realms.append(self.vm.new_realm(web={"timers"}))

    @precondition(lambda self: bool(self.realms))
    @rule()
    def close_realm(self) -> None:
        self.realms.pop().close()

    # ---- snapshots

    @precondition(lambda self: len(self.saved) < 3)
    @rule()
    def save(self) -> None:
        self.saved.append((self.vm.snapshot(), dict(self.links), dict(self.tokens)))

    @precondition(lambda self: bool(self.saved))
    @rule(data=st.data(), through_bytes=st.booleans())
    def restore(self, data: st.DataObject, through_bytes: bool) -> None:
        snapshot, links, tokens = data.draw(st.sampled_from(self.saved))
        if through_bytes:
            snapshot = snapjs.Snapshot.from_bytes(snapshot.to_bytes())
        old = self.vm
        self.vm = VM.restore(snapshot, clock=0, functions={"echo": self.echo})
        for handle, _ in self.handles:
            with pytest.raises(WrongVMError):
                self.vm.get_prop(handle, "n")
        old.close()
        assert all(handle.disposed for handle, _ in self.handles)
        self.handles, self.converted, self.scopes = [], [], []
        self.links, self.tokens, self.realms = dict(links), dict(tokens), self.vm.realms

    # ---- what holds at all times

    @invariant()
    def the_vm_holds_what_the_model_knows_of(self) -> None:
        expected = len(self.handles) + len(self.converted) + len(self.tokens)
        if self.vm.statistics().handles != expected:
            gc.collect()  # a frame of a caught exception may have held one
        assert self.vm.statistics().handles == expected

    @invariant()
    def realms_are_those_of_the_model(self) -> None:
        assert [realm.id for realm in self.vm.realms] == [realm.id for realm in self.realms]

    def teardown(self) -> None:
        for token in self.tokens:
            self.vm.release_handle(token)
        for handle, _ in self.handles:
            handle.dispose()
        self.converted.clear()
        for realm in self.realms:
            realm.close()
        self.handles.clear()
        check_for_leaks(self.vm)
        self.vm.close()


class TestMachine(Machine.TestCase):  # type: ignore[misc,name-defined]
    settings = settings(max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
class TestMachineForLong(Machine.TestCase):  # type: ignore[misc,name-defined]
    settings = settings(
        max_examples=600, stateful_step_count=100, deadline=None, suppress_health_check=list(HealthCheck)
    )


@pytest.mark.slow
def test_nothing_leaks_over_100_000_mixed_operations(vm: VM) -> None:
    chance = random.Random(3)
    held = [vm.new_object() for _ in range(50)]
    function = vm.new_function("visit", lambda this, value: value.dup())
    held_objects = vm.memory_usage()["obj_count"]
    operations: list[Callable[[Handle], object]] = [
        lambda handle: handle.dup(),
        lambda handle: handle.get_prop("p"),
        lambda handle: handle.set_prop("p", chance.randrange(10)),
        lambda handle: handle.define_prop("q", 1, configurable=True),
        lambda handle: handle.get_own_property_descriptor("p"),
        lambda handle: handle.get_own_property_keys(),
        lambda handle: handle.get_prototype_of().dispose(),
        lambda handle: handle.to_python(),
        lambda handle: vm.call_function(function, None, handle),
        lambda handle: vm.new_string("x").consume(Handle.to_string),
        lambda handle: vm.host_to_handle([1, "2", b"3"]),
        lambda handle: vm.new_promise().resolve(handle),
        lambda handle: vm.new_ephemeral_function(lambda this: None),
        lambda handle: vm.release_handle(vm.export_handle(handle)),
        lambda handle: vm.with_scope(lambda scope: [handle.dup(), vm.new_array()]),
        lambda handle: vm.eval_code("throw new Error('x')"),
    ]
    for _ in range(100_000):
        chance.choice(operations)(chance.choice(held))
    gc.collect()
    vm.gc()
    assert vm.statistics().handles == len(held) + 1
    vm.gc()
    assert vm.memory_usage()["obj_count"] == held_objects
    vm.unregister_host_callback("visit")
