"""How long grants live: garbage on both sides, realms, and the two sides crossing each other."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from granted import User

from snapjs import VM, CapabilityError, Grant
from snapjs._core.grants import Grants


def lent(vm: VM) -> int:
    """How many grants the host keeps for JavaScript, once it has heard what was dropped."""
    vm._bridge.lending.flush()
    return len(vm._bridge.host_objects)


# ---- release


def test_what_javascript_drops_is_gone(granting: VM, grants: Grants) -> None:
    grant = grants.grant(User(), ["name"])
    gone = weakref.ref(grant)
    granting.globals["user"] = grant
    del grant
    gc.collect()
    assert gone() is not None
    assert lent(granting) == 1
    del granting.globals["user"]
    assert lent(granting) == 0
    assert gone() is None


def test_an_object_in_a_cycle_is_dropped_when_the_cycle_is_collected(granting: VM, grants: Grants) -> None:
    granting.globals["user"] = grants.grant(User(), ["name"])
    granting.eval("var cycle = {user}; cycle.self = cycle; cycle = undefined; delete globalThis.user")
    assert lent(granting) == 1
    granting.gc()
    assert lent(granting) == 0


def test_an_object_that_was_dropped_is_lent_anew(granting: VM, grants: Grants) -> None:
    grant = grants.grant(User(), ["name"])
    for _ in range(3):
        granting.globals["user"] = grant
        assert granting.eval("user") is grant
        del granting.globals["user"]
    assert lent(granting) == 0


def test_passing_an_object_again_and_again_keeps_one(granting: VM, grants: Grants) -> None:
    grant = grants.grant(User(), ["name"])
    granting.globals["user"] = grant
    same = granting.eval("(other => other === user)")
    assert all(same(grant) for _ in range(100))
    assert lent(granting) == 1


def test_an_object_many_times_in_one_message(granting: VM, grants: Grants) -> None:
    grant = grants.grant(User(), ["name"])
    granting.eval("(all => all.length)")([grant] * 1000)
    assert lent(granting) == 0


def test_a_prototype_goes_with_its_last_object(granting: VM, grants: Grants) -> None:
    granting.eval("(user => { globalThis.proto = new WeakRef(Object.getPrototypeOf(user)) })")(
        grants.grant(User(), ["name"])
    )
    granting.gc()
    assert granting.eval("proto.deref() === undefined") is True


def test_a_method_outlives_its_object(granting: VM, grants: Grants) -> None:
    granting.globals["first"] = grants.grant(User(), ["greet"])
    granting.eval("var greet = first.greet; delete globalThis.first")
    granting.gc()
    granting.globals["second"] = grants.grant(User("Eve"), ["greet"])
    assert granting.eval("greet.call(second)") == "Eve greets nobody"


def test_a_closed_vm_lets_go(grants: Grants) -> None:
    grant = grants.grant(User(), ["name"])
    gone = weakref.ref(grant)
    with VM() as vm:
        vm._bridge.options.grants = grants
        vm.globals["user"] = grant
        del grant
    gc.collect()
    assert gone() is None


def test_waiting_calls_keep_their_grant(granting: VM, grants: Grants) -> None:
    grant = grants.grant(User(), ["later"])
    granting.eval("(user => { globalThis.waiting = user.later(user) })")(grant)
    assert lent(granting) == 0  # JavaScript has dropped it …
    (call,) = granting.pending
    assert call.name == "<grant>"
    assert call.args == (grant, "later", grant)  # … and the call has not
    call.resolve(5)
    assert granting.eval("waiting").result == 5


def test_a_weak_reference_to_a_grant_ends(granting: VM, grants: Grants) -> None:
    granting.eval("(user => { globalThis.weak = new WeakRef(user) })")(grants.grant(User(), ["name"]))
    granting.gc()
    assert granting.eval("weak.deref() === undefined") is True
    assert lent(granting) == 0


# ---- both sides cross


def test_dropped_while_it_is_sent_again(granting: VM, grants: Grants) -> None:
    """The host hears that JavaScript has dropped the object when a message with it is under way: a host that forgot it
    then would not know the object that this message makes."""
    bridge = granting._bridge
    grant = grants.grant(User(), ["name"])
    granting.globals["user"] = grant
    keep = granting.eval("(user => { globalThis.kept = user; return user.name })")

    message = bridge.codec.encode_arguments((grant,))
    del granting.globals["user"]
    bridge.lending.flush()
    assert bridge.call("snap_call", (keep._live(), 0, 1), message=message) == "Ada"

    assert granting.eval("kept") is grant
    assert granting.eval("(user => user === kept)")(grant) is True
    del granting.globals["kept"]
    assert lent(granting) == 0


def test_dropped_after_it_was_sent_again_and_before_it_arrives(granting: VM, grants: Grants) -> None:
    """The same, and the host hears of it only when the object is there again."""
    bridge = granting._bridge
    grant = grants.grant(User(), ["name"])
    granting.globals["user"] = grant
    keep = granting.eval("(user => { globalThis.kept = user; return user.name })")

    message = bridge.codec.encode_arguments((grant,))
    del granting.globals["user"]
    assert bridge.call("snap_call", (keep._live(), 0, 1), message=message) == "Ada"
    assert lent(granting) == 1

    assert granting.eval("kept") is grant
    assert granting.eval("(user => user === kept)")(grant) is True
    del granting.globals["kept"]
    assert lent(granting) == 0


def test_dropped_while_the_arguments_beside_it_are_lent(granting: VM, grants: Grants) -> None:
    """What is lent beside it makes the guest collect, and the host hear of that."""
    grant = grants.grant(User(), ["name"])
    keep = granting.eval("(...all) => { globalThis.kept = all; return all[0].name }")
    for _ in range(5):
        keep(grant)
        granting.eval("kept.push(kept); kept = undefined")  # in a cycle, which the next collection finds
        granting.gc_threshold = 1  # which comes with the next object
        assert keep(grant, lambda: 1, {"of": [grant, ValueError("beside it")]}) == "Ada"
        granting.gc_threshold = 256 * 1024
        assert granting.eval("kept[0] === kept[2].of[0]") is True
        assert granting.eval("kept[0]") is grant
    del granting.globals["kept"]
    granting.gc()
    assert lent(granting) == 0


def test_large_bytes_beside_it_when_another_was_dropped(granting: VM, grants: Grants) -> None:
    """To hear of what was dropped must not free the bytes that wait for their message."""
    grant = grants.grant(User(), ["name"])
    granting.globals["user"] = grant
    del granting.globals["user"]
    assert granting.eval("(bytes, user) => `${bytes.length} ${user.name}`")(bytes(100_000), grant) == "100000 Ada"


def test_numbers_begin_again_and_pass_over_those_in_use(granting: VM, grants: Grants) -> None:
    objects = granting._bridge.host_objects
    all = [grants.grant(User(), ["name"]) for _ in range(4)]
    granting.globals["first"] = all[0]
    objects._last = 2**32 - 2
    granting.globals["others"] = all[1:]
    assert granting.eval("[first, ...others]") == all
    del granting.globals["first"], granting.globals["others"]
    assert lent(granting) == 0


# ---- realms


def test_an_object_is_the_same_in_every_realm(granting: VM, grants: Grants) -> None:
    grant = grants.grant(User(), ["greet"])
    realm = granting.new_realm()
    granting.globals["user"] = grant
    realm.globals["user"] = grant
    assert realm.eval("user.greet('Bob')") == "Ada greets Bob"
    assert realm.eval("user") is grant
    assert granting.eval("(other => other === user)")(realm.eval_handle("user")) is True
    realm.close()


def test_members_are_functions_of_the_realm_that_the_object_came_to(granting: VM, grants: Grants) -> None:
    realm = granting.new_realm()
    realm.globals["user"] = grants.grant(User(), ["greet"])
    granting.globals["other"] = grants.grant(User(), ["greet"])
    assert realm.eval("user.greet instanceof Function") is True
    assert granting.eval("other.greet instanceof Function") is True
    realm.close()


def test_a_realm_that_is_closed_is_freed_with_its_objects(granting: VM, grants: Grants) -> None:
    for _ in range(20):
        realm = granting.new_realm()
        realm.globals["user"] = grants.grant(User(), ["greet", "name"])
        assert realm.eval("user.greet(user.name)") == "Ada greets Ada"
        realm.close()
    granting.gc()
    assert lent(granting) == 0


def test_a_grant_outlives_the_realm_that_it_came_to(granting: VM, grants: Grants) -> None:
    grant = grants.grant(User(), ["greet"])
    realm = granting.new_realm()
    realm.globals["user"] = grant
    granting.globals["user"] = realm.eval_handle("user")
    realm.close()
    granting.gc()
    assert granting.eval("user.greet('Bob')") == "Ada greets Bob"
    assert granting.eval("user") is grant


# ---- use of the VM inside a use of a grant


def test_a_method_may_use_the_vm(granting: VM, grants: Grants) -> None:
    class Inside:
        def run(self, code: str) -> Any:
            granting.gc()
            return granting.eval(code)

    granting.globals["inside"] = grants.grant(Inside(), ["run"])
    assert granting.eval("inside.run('inside.run(\"6 * 7\")')") == 42


def test_a_method_may_drop_its_own_object(granting: VM, grants: Grants) -> None:
    class Dropping:
        def drop(self) -> str:
            del granting.globals["dropping"]
            granting.gc()
            granting._bridge.lending.flush()
            return "dropped"

    granting.globals["dropping"] = grants.grant(Dropping(), ["drop"])
    assert granting.eval("dropping.drop()") == "dropped"
    assert lent(granting) == 0


def test_a_vm_closed_by_a_method(make_vm: Any, grants: Grants) -> None:
    class Closing:
        def close(self) -> None:
            vm.close()

    vm = make_vm()
    vm._bridge.options.grants = grants
    vm.globals["closing"] = grants.grant(Closing(), ["close"])
    vm.eval("closing.close()")
    assert vm.closed


# ---- many


def grow(vm: VM, grants: Grants, count: int) -> None:
    use = vm.eval("user => user.greet(user.name)")
    for _ in range(count):
        use(grants.grant(User(), ["greet", "name"]))
    keep = vm.eval("user => user.greet(1)")
    grant = grants.grant(User(), ["greet"])
    for _ in range(count):
        keep(grant)
        grants.resolve(grant).greeted.clear()


@pytest.mark.slow
def test_a_hundred_thousand_grants_and_calls_leave_nothing(granting: VM, grants: Grants) -> None:
    grow(granting, grants, 1_000)
    assert lent(granting) == 0
    before = granting.memory_usage()
    gc.collect()
    objects = len(gc.get_objects())
    grow(granting, grants, 100_000)
    assert lent(granting) == 0
    after = granting.memory_usage()
    gc.collect()
    assert len(gc.get_objects()) - objects < 100
    assert after["obj_count"] == before["obj_count"]
    assert after["malloc_size"] - before["malloc_size"] < 1024
    assert after["linear_memory"] == before["linear_memory"]


@pytest.mark.slow
def test_ten_thousand_objects_at_once(granting: VM, grants: Grants) -> None:
    all_of_them = [grants.grant(User(str(number)), ["name"]) for number in range(10_000)]
    granting.globals["all"] = all_of_them
    assert granting.eval("all.every((user, i) => user.name === String(i))") is True
    assert granting.eval("all") == all_of_them
    granting.eval("all = all.filter((user, i) => i % 2)")
    assert lent(granting) == 5_000
    granting.eval("all = undefined")
    assert lent(granting) == 0


def test_want_of_memory_leaves_the_vm_usable(make_vm: Any, grants: Grants) -> None:
    vm = make_vm(memory_limit=2 << 20)
    vm._bridge.options.grants = grants
    many = [grants.grant(User(), ["name"]) for _ in range(50_000)]
    with pytest.raises(MemoryError):
        vm.globals["all"] = many
    assert lent(vm) == 0
    vm.globals["one"] = many[0]
    assert vm.eval("one.name") == "Ada"
    assert vm.eval("one") is many[0]


def test_answers_that_javascript_has_no_memory_for_are_not_kept(make_vm: Any, grants: Grants) -> None:
    """Or a program that fills its memory could fill the host's."""

    class Opener:
        def open(self) -> list[Any]:
            return ["x" * 300_000, grants.grant(User(), ["name"])]

    vm = make_vm(memory_limit=4 << 20)
    vm._bridge.options.grants = grants
    vm.globals["opener"] = grants.grant(Opener(), ["open"])
    assert (
        vm.eval("""
        var all = [], failed = 0
        while (failed < 50) {
            try { all.push(opener.open()) } catch { failed++ }
        }
        all.length > 5
    """)
        is True
    )
    assert lent(vm) == vm.eval("all.length + 1")
    assert vm.eval("all.every(([, user]) => user.name === 'Ada')") is True
    vm.eval("all = undefined")
    assert lent(vm) == 1


def test_a_revoked_object_that_was_dropped(granting: VM, grants: Grants) -> None:
    grant: Grant = grants.grant(User(), ["name"])
    granting.globals["user"] = grant
    grants.revoke(grant)
    with pytest.raises(CapabilityError):
        granting.eval("user.name")
    del granting.globals["user"]
    assert lent(granting) == 0
