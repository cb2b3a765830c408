"""Grants and snapshots: the object comes along, and its Python object does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import snapshot_parser
from granted import ALLOWED, User

from snapjs import VM, CapabilityError, EngineMismatch, Grant, Snapshot, StillPending
from snapjs._core.grants import Grants

NOT_OF_THIS_SESSION = "this grant of an object is not from this session"


@pytest.fixture
def snapshot(granting: VM, grants: Grants) -> Snapshot:
    """Of a VM with `user`, and with a call of its method that waits."""
    granting.globals["user"] = grants.grant(User(), ALLOWED)
    granting.eval("var waiting = user.later([user, new Map([[user, {user}]]), new Error('e', {cause: user})]); 0")
    saved = granting.snapshot()
    for call in granting.pending:
        call.resolve()
    return saved


@pytest.fixture
def restored(snapshot: Snapshot, grants: Grants) -> Iterator[VM]:
    """A VM of the same owner, restored from it."""
    with VM.restore(snapshot) as vm:
        vm._bridge.options.grants = grants
        yield vm


def test_the_vm_that_was_saved_goes_on(granting: VM, grants: Grants) -> None:
    grant = grants.grant(User(), ["name"])
    granting.globals["user"] = grant
    granting.snapshot()
    assert granting.eval("user.name") == "Ada"
    assert granting.eval("user") is grant


@pytest.mark.parametrize("use", ["user.greet()", "user.name", "user.greet.call(user)"])
def test_a_use_after_a_restore(restored: VM, use: str) -> None:
    with pytest.raises(CapabilityError, match=NOT_OF_THIS_SESSION):
        restored.eval(use)
    assert restored.eval(f"try {{ {use} }} catch (e) {{ e.name }}") == "CapabilityError"


def test_a_use_after_a_restore_by_nobody(snapshot: Snapshot) -> None:
    with VM.restore(snapshot) as vm, pytest.raises(CapabilityError, match=NOT_OF_THIS_SESSION) as raised:
        vm.eval("user.greet()")
    assert raised.value.capability == "an object.greet"


def test_an_async_use_after_a_restore(restored: VM) -> None:
    with pytest.raises(CapabilityError, match=NOT_OF_THIS_SESSION):
        asyncio.run(restored.eval_async("await user.later(1)"))


def test_the_grant_of_another_session(restored: VM, grants: Grants) -> None:
    grant = restored.eval("user")
    assert isinstance(grant, Grant)
    assert grant.revoked
    assert repr(grant) == "<Grant of an object, is not from this session>"
    for refused in (grants.resolve, lambda grant: grants.unwrapped((grant,)), restored.eval("x => x")):
        with pytest.raises(CapabilityError, match=NOT_OF_THIS_SESSION):
            refused(grant)
    grants.revoke(grant)


def test_a_call_that_waits_is_data(snapshot: Snapshot) -> None:
    (call,) = snapshot.pending
    assert call.name == "<grant>"
    assert repr(call.args) == (
        "(<grant>, 'later', [<grant>, JSMap({<grant>: {'user': <grant>}}), JSError('Error: e')])"
    )


def test_a_call_that_waits_is_rejected_where_the_grant_is_not_bound(restored: VM) -> None:
    with pytest.raises(CapabilityError, match=f"later: {NOT_OF_THIS_SESSION}"):
        asyncio.run(restored.eval_async("await waiting"))


def test_what_waits_for_a_call_names_the_method(restored: VM) -> None:
    with pytest.raises(StillPending, match="later of a grant"):
        _ = restored.eval("waiting").result


def test_a_call_that_waits_can_be_answered_by_hand(restored: VM) -> None:
    (call,) = restored.pending
    assert call.args[1] == "later"
    call.resolve("by hand")
    assert restored.eval("waiting").result == "by hand"


def test_a_new_grant_is_not_what_came_with_the_snapshot(restored: VM, grants: Grants) -> None:
    """Numbers begin anew, so those of new grants are those of the old ones: none is revived, not by an object and not
    by the message of a call that waits."""
    new = [grants.grant(User(str(number)), ALLOWED) for number in range(5)]
    restored.globals["all"] = new
    assert restored.eval("all.includes(user)") is False
    assert restored.eval("user") not in new
    (call,) = restored.pending
    (_, _, argument) = call.args
    found = [call.args[0], argument[0], *argument[1], argument[1].popitem()[1]["user"], argument[2].cause]
    assert [type(grant) for grant in found] == [Grant] * 5
    assert not set(found) & set(new)
    with pytest.raises(CapabilityError, match=NOT_OF_THIS_SESSION):
        restored.eval("user.name")
    assert restored.eval("all[0].name") == "0"


def test_the_same_grant_is_another_object_after_a_restore(granting: VM, grants: Grants) -> None:
    grant = grants.grant(User(), ["name"])
    granting.globals["user"] = grant
    with VM.restore(granting.snapshot()) as vm:
        vm._bridge.options.grants = grants
        assert vm.eval("other => [other === user, other.name]")(grant) == [False, "Ada"]


def test_objects_of_nobody_are_freed(restored: VM) -> None:
    restored.eval("user = undefined; 0")
    for call in restored.pending:
        call.resolve()
    restored.eval("waiting = undefined; 0")
    restored.gc()
    restored._bridge.lending.flush()
    assert len(restored._bridge.host_objects) == 0
    assert restored.eval("6 * 7") == 42


def test_a_snapshot_of_a_restored_vm(restored: VM) -> None:
    with VM.restore(Snapshot.from_bytes(restored.snapshot().to_bytes())) as again:
        with pytest.raises(CapabilityError, match=NOT_OF_THIS_SESSION):
            again.eval("user.name")
        assert again.eval("user").revoked


def test_equal_states_have_equal_bytes(make_vm: Callable[..., VM], grants: Grants) -> None:
    def saved() -> bytes:
        vm = make_vm(clock=0, seed=1)
        vm._bridge.options.grants = Grants()
        vm.globals["user"] = vm._bridge.options.grants.grant(User(), ["name"])
        return vm.snapshot().to_bytes(compress=False)

    first, second = snapshot_parser.parse(saved()), snapshot_parser.parse(saved())
    assert first.memory == second.memory


def test_diff_tells_other_objects_apart(granting: VM, grants: Grants) -> None:
    from snapjs import diff

    granting.globals["a"] = grants.grant(User(), ["name"])
    granting.globals["b"] = grants.grant(User(), ["name"])
    before = granting.snapshot()
    granting.eval("[globalThis.a, globalThis.b] = [b, a]; 0")
    assert "a" in repr(diff(before, granting.snapshot()))


def forged(snapshot: Snapshot, change: Callable[[bytearray], Any]) -> Snapshot:
    good = snapshot_parser.parse(snapshot.to_bytes(compress=False))
    memory = bytearray(good.stored)
    change(memory)
    good.stored = bytes(memory)
    return Snapshot.from_bytes(good.to_bytes())


def test_a_forged_number_is_of_nobody(granting: VM, grants: Grants) -> None:
    """The records of objects get the numbers that the next grants will have."""
    granting._bridge.host_objects._last = 0x51A70E5E
    granting.globals["user"] = grants.grant(User(), ["name"])
    number = (0x51A70E5F).to_bytes(4, "little")

    def renumber(memory: bytearray) -> None:
        assert number in memory
        memory[:] = memory.replace(number, (1).to_bytes(4, "little"))

    with VM.restore(forged(granting.snapshot(), renumber), timeout=5.0) as vm:
        vm._bridge.options.grants = grants
        vm.globals["eve"] = grants.grant(User("Eve"), ["name"])
        assert vm.eval("eve.name") == "Eve"
        with pytest.raises(CapabilityError, match=NOT_OF_THIS_SESSION):
            vm.eval("user.name")
        assert vm.eval("user").revoked


def test_an_engine_without_grants(granting: VM, grants: Grants) -> None:
    granting._bridge.host_objects._has_engine = False
    with pytest.raises(EngineMismatch, match="has no grants"):
        granting.globals["user"] = grants.grant(User(), ["name"])
