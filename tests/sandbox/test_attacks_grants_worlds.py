"""Hostile programs: grants after their end, in other worlds and sandboxes; in copies and snapshots."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from accounts import ALLOWED, Account, Bank
from hostile import call

from snapjs import (
    CapabilityError,
    ClosedError,
    ConversionError,
    Function,
    Grant,
    JSError,
    LimitError,
    Sandbox,
    Snapshot,
    SnapshotError,
    WrongVMError,
)

MakeSandbox = Callable[..., Sandbox]


def arm(sandbox: Sandbox) -> Bank:
    bank = Bank(sandbox)
    sandbox.register("revoke", lambda: sandbox.revoke(bank.grants["anna"]))
    sandbox.register("call", call)
    return bank


@pytest.fixture
def bank(any_sandbox: Sandbox) -> Bank:
    return arm(any_sandbox)


@pytest.fixture
def shared(sandbox: Sandbox) -> Bank:
    return arm(sandbox)


# ---- what a program keeps when a grant is revoked

KEPT = {
    "the grant": "() => anna.deposit(1)",
    "an attribute": "() => anna.balance",
    "a bound method": "anna.deposit.bind(anna, 1)",
    "a method and a receiver": "(method => () => method.call(anna, 1))(anna.deposit)",
    "a getter": "(get => () => get.call(anna))(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(anna), 'balance').get)",
    "a proxy": "(it => () => Reflect.apply(anna.deposit, anna, [1]))(new Proxy(anna, {}))",
    "a generator": "(it => () => it.next())((function* () { anna.deposit(1) })())",
    "a weak reference": "(it => () => it.deref().deposit(1))(new WeakRef(anna))",
    "a key of a map": "(it => () => [...it.keys()][0].deposit(1))(new Map([[anna, 1]]))",
    "a getter of its own": "(it => () => it.x)({ get x() { return anna.deposit(1) } })",
    "a callback of Python": "() => host.call(() => anna.deposit(1))",
    "an argument": "() => host.owner(anna)",
    "an argument in data": "() => host.owner(new Map([['x', { deep: [anna] }]]))",
    "an argument of a method": "() => host.open('ben').transfer(anna, 1)",
    "an argument of its own method": "() => anna.transfer(anna, 1)",
}


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT.keys())
def test_revoked_grant_is_of_no_use_by(bank: Bank, kept: str) -> None:
    code = f"""(() => {{
        const anna = host.open("anna"), use = {kept}
        host.revoke()
        try {{ return use() }} catch (error) {{ return error.name }}
    }})()"""
    assert bank.sandbox.eval(code) == "CapabilityError"
    assert [account.balance for account in bank.accounts.values()] == [10, 20]


def test_revoked_grant_is_of_no_use_in_a_job(bank: Bank) -> None:
    code = """
        await (async () => {
            const anna = host.open("anna")
            const later = new Promise(resolve => setTimeout(() => resolve(anna.settle())))
            const uses = [Promise.resolve().then(() => anna.deposit(1)), later]
            host.revoke()
            return (await Promise.allSettled(uses)).map(({ reason }) => reason?.name).join()
        })()
    """
    assert asyncio.run(bank.sandbox.eval_async(code)) == "CapabilityError,CapabilityError"


def test_revoked_async_call_that_has_not_begun_never_begins(bank: Bank) -> None:
    begun: list[int] = []

    class Slow:
        async def begin(self) -> None:
            begun.append(1)

    slow = bank.sandbox.grant(Slow(), allow=["begin"])
    bank.sandbox.register("slow", lambda: slow)
    bank.sandbox.register("revokeSlow", lambda: bank.sandbox.revoke(slow))
    code = "{ const it = host.slow().begin(); host.revokeSlow(); await it.catch(error => error.name) }"
    assert asyncio.run(bank.sandbox.eval_async(code)) == "CapabilityError"
    assert begun == []


def test_granting_again_does_not_revive_what_was_revoked(bank: Bank) -> None:
    bank.sandbox.register("again", lambda: bank.sandbox.grant(bank.accounts["anna"], allow=ALLOWED))
    code = """(() => {
        const anna = host.open("anna")
        host.revoke()
        const again = host.again()
        try { anna.deposit(1) } catch (error) { return [again === anna, again.deposit(1), error.name] }
    })()"""
    assert bank.sandbox.eval(code) == [False, 11, "CapabilityError"]


# ---- after close()

AFTER_CLOSE = {
    "a method": "anna.deposit(1)",
    "an attribute": "anna.balance",
    "a job": "Promise.resolve().then(() => anna.deposit(1))",
    "finally": "(() => { try { throw 1 } finally { anna.deposit(1) } })()",
    "a callback of Python": "host.call(() => anna.deposit(1))",
    "a loop that catches": "(() => { for (let i = 0; i < 100; i++) try { anna.deposit(1) } catch {} throw 1 })()",
    "a getter of a result": "({ get x() { return anna.deposit(1) } })",
    "a trap of a result": "new Proxy({}, { get() { return anna.deposit(1) } })",
}


@pytest.mark.abandons("what the last frame holds goes with the error")
@pytest.mark.parametrize("use", AFTER_CLOSE.values(), ids=AFTER_CLOSE.keys())
def test_nothing_answers_after_close(bank: Bank, use: str) -> None:
    bank.sandbox.register("close", bank.sandbox.close)
    with suppress(ClosedError, JSError):
        bank.sandbox.eval(f"const anna = host.open('anna'); host.close(); {use}")
    assert bank.accounts["anna"].balance == 10


def test_callback_that_python_has_kept_reaches_no_grant_of_a_world_that_is_gone(make_sandbox: MakeSandbox) -> None:
    bank = arm(make_sandbox(isolated=True))
    kept: list[Function] = []
    bank.sandbox.register("keep", kept.append)
    bank.sandbox.eval("const anna = host.open('anna'); host.keep(() => anna.deposit(1))")
    with pytest.raises(ClosedError):
        kept[0]()
    assert bank.accounts["anna"].balance == 10


# ---- from one world or sandbox to another


def test_global_of_an_isolated_world_is_gone(make_sandbox: MakeSandbox) -> None:
    bank = arm(make_sandbox(isolated=True))
    bank.sandbox.eval("globalThis.anna = host.open('anna'); Object.prototype.anna = anna; 0")
    assert bank.sandbox.eval("[typeof anna, typeof {}.anna]") == ["undefined", "undefined"]


CARRIERS = {
    "the grant": "anna",
    "data": "({ deep: [new Map([[1, anna]])] })",
    "an error": "Object.assign(new Error('x'), { cause: anna })",
    "a function": "() => anna",
    "a bound method": "anna.deposit.bind(anna)",
    "a promise": "Promise.resolve(anna)",
    "a proxy": "new Proxy(anna, {})",
}


@pytest.mark.abandons("frames of the refusal hold what was refused")
@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS.keys())
def test_other_sandbox_does_not_get_a_grant_in(make_sandbox: MakeSandbox, carrier: str) -> None:
    """Though the host hands on what an eval returned, or a capability was called with."""
    bank, other = arm(make_sandbox()), make_sandbox()
    stored: list[Any] = []
    bank.sandbox.register("put", stored.append)
    other.register("take", lambda: stored.pop())
    stored.append(bank.sandbox.eval(f"var anna = host.open('anna'); host.put({carrier}); {carrier}"))
    for _ in range(2):
        with suppress(WrongVMError, ConversionError):
            assert other.eval("{ const it = host.take(); [it.cause, it.deep, it.deposit].join('') }") == ""
    assert bank.accounts["anna"].balance == 10


def test_object_without_a_conversion_does_not_cross_as_what_it_was_granted_as(bank: Bank) -> None:
    """A store keeps the object, of which a program gets nothing unless it is granted again."""
    stored: list[Any] = []
    bank.sandbox.register("put", stored.append)
    bank.sandbox.register("take", lambda: stored[0])
    bank.sandbox.eval("host.put(host.open('anna')); 0")
    assert stored == [bank.accounts["anna"]]
    with pytest.raises(ConversionError):
        bank.sandbox.eval("host.take()")


def test_member_of_one_sandbox_does_not_take_the_grant_of_another(make_sandbox: MakeSandbox) -> None:
    bank, other = arm(make_sandbox()), arm(make_sandbox())
    method = bank.sandbox.eval("host.open('anna').deposit")
    with pytest.raises((TypeError, WrongVMError)):
        other.sandbox.eval("(method => method.call(host.open('anna'), 1))")(method)
    assert other.accounts["anna"].balance == 10


# ---- copies

COPIES = {
    "structuredClone": "structuredClone(anna)",
    "structuredClone of data": "structuredClone({ deep: [anna] })",
    "a transfer": "structuredClone(anna, { transfer: [anna] })",
    "a message": "new MessageChannel().port1.postMessage(anna)",
    "a transferred message": "new MessageChannel().port1.postMessage(1, [anna])",
    "text": "`${anna}`",
    "a number": "+anna",
    "a key": "({})[anna]",
    "a Blob": "new Blob([anna])",
    "parameters of a URL": "new URLSearchParams({ x: anna })",
    "headers": "new Headers({ x: anna })",
    "a date": "new Date(anna)",
    "a typed array of it": "new Uint8Array(1).fill(anna)",
    "a regular expression": "new RegExp(anna)",
    "an error message": "new Error(anna)",
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES.keys())
def test_copy_is_refused_without_a_use(bank: Bank, copy: str) -> None:
    code = f"(() => {{ const anna = host.open('anna'); try {{ {copy} }} catch (error) {{ return error.name }} }})()"
    assert bank.sandbox.eval(code) in ("DataCloneError", "TypeError")


def test_json_of_a_grant_tells_nothing(bank: Bank) -> None:
    assert bank.sandbox.eval("JSON.stringify([host.open('anna')])") == "[{}]"


def test_console_uses_no_member(make_sandbox: MakeSandbox) -> None:
    lines: list[str] = []
    names: list[str] = []
    bank = arm(make_sandbox(stdout=lines.append, audit=lambda call: names.append(call.name)))
    bank.sandbox.eval("console.log(host.open('anna'), [host.open('anna')], '%s %d %j', host.open('anna'))")
    assert "10" not in "".join(lines)
    assert set(names) == {"open"}


def test_thrown_grant_comes_out_as_itself(bank: Bank) -> None:
    with pytest.raises(JSError) as caught:
        bank.sandbox.eval("throw host.open('anna')")
    assert caught.value.value is bank.grants["anna"]
    del caught


# ---- snapshots


def test_forged_snapshot_is_refused(shared: Bank) -> None:
    shared.sandbox.eval("var anna = host.open('anna')")
    data = bytearray(shared.sandbox.snapshot().to_bytes())
    data[len(data) // 2] ^= 1
    with pytest.raises(SnapshotError):
        shared.sandbox.restore(Snapshot.from_bytes(bytes(data)))
    assert shared.sandbox.eval("anna.deposit(1)") == 11


def test_number_of_a_grant_means_nothing_after_a_restore(shared: Bank) -> None:
    """Though a new one has the number that the old one had."""
    shared.sandbox.eval("var old = host.open('anna')")
    shared.sandbox.restore(shared.sandbox.snapshot())
    code = """(() => {
        const fresh = host.open("ben")
        try { old.deposit(1) } catch (error) { return [fresh === old, fresh.deposit(1), error.name] }
    })()"""
    assert shared.sandbox.eval(code) == [False, 21, "CapabilityError"]


def test_method_that_outlives_its_grant_in_a_snapshot_works_on_new_ones_as_far_as_these_allow(shared: Bank) -> None:
    shared.sandbox.register("view", lambda: shared.sandbox.grant(shared.accounts["ben"], allow=["owner"]))
    shared.sandbox.eval("var method = host.open('anna').deposit")
    shared.sandbox.restore(shared.sandbox.snapshot())
    assert shared.sandbox.eval("method.call(host.open('anna'), 1)") == 11
    with pytest.raises(CapabilityError, match="deposit is not allowed"):
        shared.sandbox.eval("method.call(host.view(), 1)")


def test_job_of_a_snapshot_has_no_grant(shared: Bank) -> None:
    shared.sandbox.eval(
        "var result; var anna = host.open('anna'); setTimeout(() => { try { anna.deposit(1) } catch (e) { result = e.name } }); 0"
    )
    shared.sandbox.restore(shared.sandbox.snapshot())
    asyncio.run(shared.sandbox.eval_async("await new Promise(resolve => setTimeout(resolve, 5))"))
    assert shared.sandbox.eval("result") == "CapabilityError"
    assert shared.accounts["anna"].balance == 10


def test_grant_of_a_snapshot_is_no_grant_in_python(shared: Bank) -> None:
    shared.sandbox.eval("var anna = host.open('anna')")
    shared.sandbox.restore(shared.sandbox.snapshot())
    unbound = shared.sandbox.eval("anna")
    assert isinstance(unbound, Grant)
    assert unbound.revoked
    with pytest.raises(CapabilityError):
        shared.sandbox.resolve(unbound)
    shared.sandbox.register("back", lambda: unbound)
    with pytest.raises(CapabilityError):
        shared.sandbox.eval("host.back()")


# ---- what ends meanwhile


def test_method_that_revokes_its_own_grant_returns(bank: Bank) -> None:
    class Once:
        def use(self) -> str:
            bank.sandbox.revoke(grant)
            return "once"

    grant = bank.sandbox.grant(Once(), allow=["use"])
    bank.sandbox.register("once", lambda: grant)
    code = "(() => { const it = host.once(); return [it.use(), (() => { try { it.use() } catch (e) { return e.name } })()] })()"
    assert bank.sandbox.eval(code) == ["once", "CapabilityError"]


@pytest.mark.abandons("where Python's stack ends while the handle of a result is made, the guest keeps it")
def test_method_that_is_called_by_its_own_callback_ends(bank: Bank) -> None:
    code = "(() => { const anna = host.open('anna'), again = () => anna.call(again); try { again() } catch { return anna.deposit(1) } })()"
    try:
        assert bank.sandbox.eval(code) == 11
    except (RecursionError, LimitError):
        assert bank.sandbox.eval("host.open('anna').deposit(1)") == 11


def test_weak_reference_ends_with_its_grant(shared: Bank) -> None:
    shared.sandbox.register("fresh", lambda: shared.sandbox.grant(Account("carl"), allow=["owner"]))
    shared.sandbox.eval("var weak = new WeakRef(host.fresh()); 0")
    assert shared.sandbox.eval("typeof weak.deref()") == "undefined"


def test_finalizer_does_not_get_the_grant_back(shared: Bank) -> None:
    shared.sandbox.register("fresh", lambda: shared.sandbox.grant(Account("carl"), allow=["owner"]))
    shared.sandbox.eval("var got = []; var registry = new FinalizationRegistry(held => got.push(held)); 0")
    shared.sandbox.eval("registry.register(host.fresh(), 'held'); 0")
    shared.sandbox.run_jobs()
    assert shared.sandbox.eval("got.splice(0)") == ["held"]


def test_end_of_the_process_in_a_method_is_not_caught(bank: Bank) -> None:
    class Exit:
        def use(self) -> None:
            raise SystemExit(3)

    bank.sandbox.register("exit", lambda: bank.sandbox.grant(Exit(), allow=["use"]))
    with pytest.raises(SystemExit):
        bank.sandbox.eval("{ const it = host.exit(); for (;;) try { it.use() } catch {} finally { continue } }")
