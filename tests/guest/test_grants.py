"""Grants: what guest code may do with them, and what becomes of values and errors on the way."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
from granted import ALLOWED, User

from snapjs import VM, CapabilityError, ConversionError, Grant, JSError, WrongVMError, undefined
from snapjs._core.grants import Grants


@pytest.fixture
def user() -> User:
    return User()


@pytest.fixture
def grant(granting: VM, grants: Grants, user: User) -> Grant:
    """A grant of all members, which JavaScript has as `user`."""
    grant = grants.grant(user, ALLOWED)
    granting.globals["user"] = grant
    return grant


# ---- members


def test_a_method_is_called_with_converted_arguments(granting: VM, grant: Grant, user: User) -> None:
    assert granting.eval("user.greet('Bob', [1, {a: 2}])") == "Ada greets Bob, [1, {'a': 2}]"
    assert user.greeted == [("Bob", [1, {"a": 2}])]


def test_an_attribute_is_read_each_time(granting: VM, grant: Grant, user: User) -> None:
    assert granting.eval("user.name") == "Ada"
    user.name = "Eve"
    assert granting.eval("[user.name, user.shout, user.kind]") == ["Eve", "EVE", "user"]


def test_static_and_class_methods(granting: VM, grant: Grant) -> None:
    assert granting.eval("[user.fixed(), user.made()]") == [7, "User"]


def test_a_method_with_many_arguments(granting: VM, grant: Grant, user: User) -> None:
    granting.eval("user.greet(...Array(1000).keys())")
    assert user.greeted == [tuple(range(1000))]


def test_an_async_method_is_awaited(granting: VM, grant: Grant) -> None:
    assert asyncio.run(granting.eval_async("await user.later({a: [1]})")) == {"a": [1]}


def test_async_methods_run_at_the_same_time(granting: VM, grant: Grant) -> None:
    assert asyncio.run(granting.eval_async("await Promise.all([1, 2, 3].map(n => user.later(n)))")) == [1, 2, 3]


def test_a_member_that_is_not_allowed_is_not_there(granting: VM, grant: Grant) -> None:
    assert granting.eval("user._secret") is undefined
    assert granting.eval("user.greeted") is undefined
    assert granting.eval("user.constructor") is undefined


def test_nothing_is_allowed_without_a_list(granting: VM, grants: Grants, user: User) -> None:
    look = granting.eval("(user => Object.getOwnPropertyNames(Object.getPrototypeOf(user)))")
    assert look(grants.grant(user)) == []


def test_members_are_listed(granting: VM, grant: Grant) -> None:
    assert tuple(granting.eval("Object.keys(Object.getPrototypeOf(user))")) == ALLOWED


def test_a_function_passed_to_a_method_is_called(granting: VM, grants: Grants) -> None:
    class Caller:
        def call(self, function: Any) -> Any:
            return function(20) + 1

    assert granting.eval("(caller => caller.call(n => n * 2))")(grants.grant(Caller(), ["call"])) == 41


def test_python_calls_javascript_calls_python_to_any_depth(granting: VM, grants: Grants) -> None:
    class Counter:
        def down(self, n: int, again: Any) -> int:
            return 0 if n == 0 else 1 + again(n - 1)

    granting.globals["counter"] = grants.grant(Counter(), ["down"])
    assert granting.eval("var again = n => counter.down(n, again); again(20)") == 20


def test_a_path_in_a_refusal_counts_the_callers_arguments(granting: VM, grant: Grant) -> None:
    with pytest.raises(JSError, match=r"\$\[1\]\.length"):
        granting.eval("var sparse = []; sparse.length = 2e9; user.greet(0, {length: sparse})")


def test_a_result_without_a_counterpart_is_an_error_in_javascript(granting: VM, grants: Grants) -> None:
    class Maker:
        def make(self) -> object:
            return object()

    with pytest.raises(ConversionError, match="A Python object has no counterpart"):
        granting.eval("(maker => maker.make())")(grants.grant(Maker(), ["make"]))


# ---- errors


def test_an_exception_comes_back_as_itself(granting: VM, grants: Grants) -> None:
    error = LookupError("there is no such user")

    class Failing:
        def fail(self) -> None:
            raise error

    granting.globals["failing"] = grants.grant(Failing(), ["fail"])
    assert granting.eval("try { failing.fail() } catch (e) { `${e.name}: ${e.message}` }") == (
        "LookupError: there is no such user"
    )
    with pytest.raises(LookupError) as raised:
        granting.eval("failing.fail()")
    assert raised.value is error


def test_an_exception_of_an_async_method_comes_back_as_itself(granting: VM, grants: Grants) -> None:
    error = LookupError("later")

    class Failing:
        async def fail(self) -> None:
            raise error

    granting.globals["failing"] = grants.grant(Failing(), ["fail"])
    with pytest.raises(LookupError) as raised:
        asyncio.run(granting.eval_async("await failing.fail()"))
    assert raised.value is error


def test_the_wrong_arguments_are_a_type_error(granting: VM, grant: Grant) -> None:
    assert granting.eval("try { user.fail(1) } catch (e) { e.name }") == "TypeError"


# ---- identity


def test_the_same_grant_is_the_same_object(granting: VM, grant: Grant) -> None:
    assert granting.eval("(other => other === user)")(grant) is True
    granting.globals["data"] = [grant, {"a": grant}]
    assert granting.eval("data[0] === user && data[1].a === user") is True


def test_the_object_given_back_is_the_same_grant(granting: VM, grant: Grant) -> None:
    assert granting.eval("user") is grant
    assert granting.eval("[user, {a: user}, new Map([[user, 1]]), new Set([user])]") == [
        grant,
        {"a": grant},
        {grant: 1},
        {grant},
    ]


def test_two_grants_of_one_object_are_two_objects(granting: VM, grants: Grants, user: User) -> None:
    first, second = grants.grant(user, ["greet"]), grants.grant(user, ["greet"])
    assert granting.eval("((a, b) => [a === b, Object.getPrototypeOf(a) === Object.getPrototypeOf(b)])")(
        first, second
    ) == [False, True]


def test_grants_with_other_members_have_another_prototype(granting: VM, grants: Grants, user: User) -> None:
    first, second = grants.grant(user, ["greet"]), grants.grant(user, ["greet", "name"])
    assert granting.eval("((a, b) => Object.getPrototypeOf(a) === Object.getPrototypeOf(b))")(first, second) is False


def test_a_method_answers_with_the_same_object(granting: VM, grants: Grants) -> None:
    class Folder:
        def __init__(self) -> None:
            self.child: Any = None

        def open(self) -> Any:
            return self.child

    folder = Folder()
    folder.child = grants.grant(User(), ["name"])
    granting.globals["folder"] = grants.grant(folder, ["open"])
    assert granting.eval("folder.open() === folder.open() && folder.open().name === 'Ada'") is True


def test_a_method_gets_the_objects_of_grants(granting: VM, grants: Grants, grant: Grant, user: User) -> None:
    granting.eval("user.greet(user, [user, {user}], new Map([[user, [user]]]), new Set([user]))")
    assert user.greeted == [(user, [user, {"user": user}], {user: [user]}, {user})]
    user.greeted.clear()


def test_objects_in_place_of_grants_keep_shared_references(granting: VM, grant: Grant, user: User) -> None:
    granting.eval("var list = [user]; list.push(list); user.greet(list, list)")
    first, second = user.greeted.pop()
    assert first is second
    assert first[0] is user
    assert first[1] is first


def test_arguments_without_grants_are_not_copied(grants: Grants) -> None:
    arguments = ([1, {"a": {2}}],)
    assert grants.unwrapped(arguments) is arguments


def test_a_plain_host_function_sees_the_grant(granting: VM, grant: Grant) -> None:
    seen: list[Any] = []
    granting.eval("(f => f([user]))")(lambda value: seen.append(value))
    assert seen == [[grant]]


# ---- revocation


def test_use_after_revocation_is_an_error(granting: VM, grants: Grants, grant: Grant) -> None:
    grants.revoke(grant)
    for use, capability in {"user.greet()": "User.greet", "user.name": "User.name"}.items():
        with pytest.raises(CapabilityError, match="was revoked") as raised:
            granting.eval(use)
        assert raised.value.capability == capability
    assert granting.eval("try { user.greet() } catch (e) { e.name }") == "CapabilityError"


def test_an_async_method_after_revocation_is_rejected(granting: VM, grants: Grants, grant: Grant) -> None:
    grants.revoke(grant)
    with pytest.raises(CapabilityError, match="later: this grant of User was revoked"):
        asyncio.run(granting.eval_async("await user.later(1)"))


def test_a_call_that_waits_when_the_grant_is_revoked_is_rejected(granting: VM, grants: Grants, grant: Grant) -> None:
    granting.eval("globalThis.waiting = user.later(1); 0")
    grants.revoke(grant)
    with pytest.raises(CapabilityError, match="was revoked"):
        asyncio.run(granting.eval_async("await waiting"))


def test_revocation_lets_go_of_the_object(grants: Grants) -> None:
    import weakref

    user = User()
    grant = grants.grant(user, ["name"])
    gone = weakref.ref(user)
    del user
    grants.revoke(grant)
    assert gone() is None


def test_revocation_is_idempotent(grants: Grants, user: User) -> None:
    grant = grants.grant(user, ["name"])
    assert not grant.revoked
    grants.revoke(grant)
    grants.revoke(grant)
    assert grant.revoked


def test_a_revoked_grant_cannot_be_passed(granting: VM, grants: Grants, grant: Grant) -> None:
    grants.revoke(grant)
    with pytest.raises(CapabilityError, match="was revoked") as raised:
        granting.globals["data"] = [1, grant]
    assert raised.value.capability == "User"
    assert granting.eval("user") is grant


def test_a_method_may_revoke_its_own_grant(granting: VM, grants: Grants) -> None:
    class Once:
        def use(self) -> int:
            grants.revoke(granting.globals["once"])
            return 1

    granting.globals["once"] = grants.grant(Once(), ["use"])
    assert granting.eval("once.use()") == 1
    with pytest.raises(CapabilityError, match="was revoked"):
        granting.eval("once.use()")


def test_an_async_result_that_is_revoked_rejects(granting: VM, grants: Grants, user: User) -> None:
    revoked = grants.grant(user, ["name"])
    grants.revoke(revoked)

    class Giver:
        async def give(self) -> Grant:
            return revoked

    granting.globals["giver"] = grants.grant(Giver(), ["give"])
    with pytest.raises(CapabilityError, match="was revoked"):
        asyncio.run(granting.eval_async("await giver.give()"))


# ---- whose they are


def test_resolve(grants: Grants, user: User) -> None:
    grant = grants.grant(user, ["name"])
    assert grants.resolve(grant) is user
    grants.revoke(grant)
    with pytest.raises(CapabilityError, match="was revoked"):
        grants.resolve(grant)


def test_a_grant_of_another_owner(granting: VM, grants: Grants, user: User) -> None:
    foreign = Grants().grant(user, ["name"])
    with pytest.raises(WrongVMError, match="another sandbox"):
        granting.globals["user"] = foreign
    for refused in (grants.resolve, grants.revoke, lambda grant: grants.unwrapped(([grant],))):
        with pytest.raises(WrongVMError, match="another sandbox"):
            refused(foreign)


def test_a_vm_of_no_owner_lends_nothing(vm: VM, grants: Grants, user: User) -> None:
    with pytest.raises(WrongVMError, match="another sandbox"):
        vm.globals["user"] = grants.grant(user, ["name"])


def test_one_grant_in_two_vms_of_its_owner(make_vm: Any, grants: Grants, user: User) -> None:
    grant = grants.grant(user, ["name"])
    for vm in (make_vm(), make_vm()):
        vm._bridge.options.grants = grants
        vm.globals["user"] = grant
        assert vm.eval("user.name") == "Ada"
        assert vm.eval("user") is grant


# ---- what can be granted


@pytest.mark.parametrize("name", ["__class__", "__dict__", "__init__", "__getattribute__", "__proto__"])
def test_names_of_python_itself_cannot_be_granted(grants: Grants, user: User, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be granted"):
        grants.grant(user, [name])


def test_a_name_that_the_object_lacks(grants: Grants, user: User) -> None:
    with pytest.raises(ValueError, match="a User has no such method or attribute"):
        grants.grant(user, ["greet", "nothing"])


def test_a_private_name_is_allowed_when_it_is_named(granting: VM, grants: Grants, user: User) -> None:
    assert granting.eval("(user => user._secret)")(grants.grant(user, ["_secret"])) == "a secret"


@pytest.mark.parametrize("allow", ["name", [1], [None]])
def test_allow_is_a_list_of_names(grants: Grants, user: User, allow: Any) -> None:
    with pytest.raises(TypeError, match="allow takes"):
        grants.grant(user, allow)


def test_no_property_is_read_to_grant_it(grants: Grants, user: User) -> None:
    assert repr(grants.grant(user, ["costly", "shout"])) == "<Grant of User: costly, shout>"


def test_members_that_an_object_makes_up(granting: VM, grants: Grants) -> None:
    class Anything:
        def __getattr__(self, name: str) -> Any:
            return (lambda n: f"{name} {n}") if name == "call" else name

    assert granting.eval("(it => it.call(1) + it.other)")(grants.grant(Anything(), ["call", "other"])) == "call 1other"


# ---- the Python object


def test_repr(grants: Grants, user: User) -> None:
    grant = grants.grant(user, ["name", "greet"])
    assert repr(grant) == "<Grant of User: name, greet>"
    assert repr(grants.grant(user)) == "<Grant of User: nothing is allowed>"
    grants.revoke(grant)
    assert repr(grant) == "<Grant of User, was revoked>"


def test_a_grant_cannot_be_pickled(grants: Grants, user: User) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(grants.grant(user))


def test_console_shows_a_grant_without_using_it(make_vm: Any, grants: Grants, user: User) -> None:
    shown: list[str] = []
    vm = make_vm(stdout=shown.append)
    vm._bridge.options.grants = grants
    vm.globals["user"] = grants.grant(user, ["shout", "greet"])
    vm.eval("console.log(user, [user], {user})")
    assert "".join(shown) == "Grant {} [ Grant {} ] { user: Grant {} }\n"
    assert user.greeted == []


def test_a_handle_of_a_grant(granting: VM, grant: Grant) -> None:
    handle = granting.eval_handle("user")
    assert handle.class_name == "Grant"
    assert granting.dump(handle) is grant
