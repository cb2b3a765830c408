"""Grants through a sandbox: in all worlds, in sessions, for capabilities, and as the audit sees them."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accounts import Account, Bank

from snapjs import (
    CapabilityCall,
    CapabilityError,
    ClosedError,
    ConversionError,
    Sandbox,
    Snapshot,
    TimeLimitError,
    WrongVMError,
)

MakeSandbox = Callable[..., Sandbox]
Audit = list[tuple[str, tuple[Any, ...], str]]


@pytest.fixture
def bank(any_sandbox: Sandbox) -> Bank:
    """That of a sandbox of each kind."""
    return Bank(any_sandbox)


@pytest.fixture
def shared(sandbox: Sandbox) -> Bank:
    """That of a sandbox that is not isolated."""
    return Bank(sandbox)


# ---- across the boundary


def test_method_is_called(bank: Bank) -> None:
    assert bank.sandbox.eval("host.open('anna').deposit(5)") == 15
    assert bank.accounts["anna"].balance == 15


def test_attributes_are_live(bank: Bank) -> None:
    bank.sandbox.register("pay", lambda: bank.accounts["anna"].deposit(1))
    code = "{ const anna = host.open('anna'), before = anna.summary; host.pay(); [before, anna.summary] }"
    assert bank.sandbox.eval(code) == ["anna: 10", "anna: 11"]


def test_async_method_is_awaited(bank: Bank) -> None:
    code = "(await Promise.all([host.open('anna').settle(), host.open('ben').settle()])).join()"
    assert asyncio.run(bank.sandbox.eval_async(code)) == "settled anna,settled ben"


def test_grant_comes_out_as_itself(bank: Bank) -> None:
    assert bank.sandbox.eval("host.open('anna')") is bank.grants["anna"]
    assert bank.sandbox.eval("({ deep: [new Map([[1, host.open('anna')]])] })") == {"deep": [{1: bank.grants["anna"]}]}
    assert bank.sandbox.resolve(bank.grants["anna"]) is bank.accounts["anna"]


def test_grant_inside_a_result(bank: Bank) -> None:
    bank.sandbox.register("all", lambda: {"accounts": [bank.open("anna"), bank.open("ben"), bank.open("anna")]})
    code = "{ const { accounts } = host.all(); [accounts[0] === accounts[2], accounts.map(each => each.owner).join()] }"
    assert bank.sandbox.eval(code) == [True, "anna,ben,anna"]


def test_grant_is_one_object_within_an_eval(bank: Bank) -> None:
    assert bank.sandbox.eval("host.open('anna') === host.open('anna')") is True


def test_grant_is_one_object_in_all_evals_of_a_shared_world(shared: Bank) -> None:
    shared.sandbox.eval("globalThis.kept = host.open('anna'); 0")
    assert shared.sandbox.eval("kept === host.open('anna')") is True


def test_grant_goes_through_a_callback(bank: Bank) -> None:
    bank.sandbox.register("each", lambda function: [function(bank.open("anna")), function(bank.open("ben"))])
    assert bank.sandbox.eval("host.each(account => account.balance)") == [10, 20]


def test_method_calls_back(bank: Bank) -> None:
    assert bank.sandbox.eval("{ const anna = host.open('anna'); anna.call(amount => anna.deposit(amount), 3) }") == 13


def test_method_gets_the_objects_of_grants(bank: Bank) -> None:
    bank.sandbox.eval("host.open('anna').transfer(host.open('ben'), 4)")
    assert [account.balance for account in bank.accounts.values()] == [6, 24]


def test_grant_can_be_passed_while_evals_are_nested(bank: Bank) -> None:
    bank.sandbox.register("nested", lambda: bank.sandbox.eval("host.open('anna').deposit(1)"))
    assert bank.sandbox.eval("host.open('anna').deposit(host.nested())") == 22


def test_exception_of_a_method_comes_out_as_itself(bank: Bank) -> None:
    error = LookupError("gone")

    class Broken:
        def use(self) -> None:
            raise error

    bank.sandbox.register("broken", lambda: bank.sandbox.grant(Broken(), allow=["use"]))
    with pytest.raises(LookupError) as caught:
        bank.sandbox.eval("try { host.broken().use() } catch (error) { throw error }")
    assert caught.value is error
    error.__traceback__ = None
    del caught


def test_exception_of_a_method_in_javascript(bank: Bank) -> None:
    code = "try { host.open('anna').fail() } catch (error) { `${error.name}: ${error.message}` }"
    assert bank.sandbox.eval(code) == "LookupError: anna has no such account"


def test_time_of_a_method_counts(bank: Bank) -> None:
    with pytest.raises(TimeLimitError):
        bank.sandbox.eval("{ const anna = host.open('anna'); for (;;) anna.deposit(1) }", timeout=0.05)
    assert bank.sandbox.eval("host.open('ben').deposit(1)") == 21


def test_async_method_is_cancelled_at_the_timeout(bank: Bank) -> None:
    with pytest.raises(TimeLimitError):
        asyncio.run(bank.sandbox.eval_async("await host.open('anna').settle(60)", timeout=0.05))


# ---- for capabilities


def test_capability_gets_the_object(bank: Bank) -> None:
    taken: list[Any] = []
    bank.sandbox.register("take", taken.append)
    bank.sandbox.eval("host.take(host.open('anna')); host.take({ in: [new Map([['x', host.open('ben')]])] })")
    assert taken == [bank.accounts["anna"], {"in": [{"x": bank.accounts["ben"]}]}]


def test_async_capability_gets_the_object(bank: Bank) -> None:
    async def owner(account: Account) -> str:
        return account.owner

    bank.sandbox.register("ownerLater", owner)
    assert asyncio.run(bank.sandbox.eval_async("await host.ownerLater(host.open('anna'))")) == "anna"


def test_capability_that_returns_the_object_has_to_grant_it(bank: Bank) -> None:
    bank.sandbox.register("echo", lambda value: value)
    with pytest.raises(ConversionError, match="Account has no counterpart"):
        bank.sandbox.eval("host.echo(host.open('anna'))")


# ---- the end of a grant


def test_revoked_during_an_eval(bank: Bank) -> None:
    bank.sandbox.register("revoke", lambda: bank.sandbox.revoke(bank.grants["anna"]))
    code = "{ const anna = host.open('anna'); host.revoke(); try { anna.deposit(1) } catch (error) { error.message } }"
    assert bank.sandbox.eval(code) == "deposit: this grant of Account was revoked. Grant the object again."
    with pytest.raises(CapabilityError, match="was revoked"):
        bank.sandbox.resolve(bank.grants["anna"])


def test_revoked_grant_is_no_argument(bank: Bank) -> None:
    bank.sandbox.register("revoke", lambda: bank.sandbox.revoke(bank.grants["anna"]))
    with pytest.raises(CapabilityError, match="this grant of Account was revoked"):
        bank.sandbox.eval("{ const anna = host.open('anna'); host.revoke(); host.owner(anna) }")


def test_async_method_that_has_begun_when_its_grant_is_revoked_goes_on(bank: Bank) -> None:
    class Fuse:
        async def burn(self) -> str:
            await asyncio.sleep(0)
            bank.sandbox.revoke(grant)
            return "burnt"

    grant = bank.sandbox.grant(Fuse(), allow=["burn"])
    bank.sandbox.register("fuse", lambda: grant)
    code = "{ const fuse = host.fuse(); [await fuse.burn(), await fuse.burn().catch(error => error.name)] }"
    assert asyncio.run(bank.sandbox.eval_async(code)) == ["burnt", "CapabilityError"]


def test_grant_of_another_sandbox(make_sandbox: MakeSandbox, shared: Bank) -> None:
    other = Bank(make_sandbox())
    shared.sandbox.register("foreign", lambda: other.open("anna"))
    with pytest.raises(WrongVMError, match="belongs to another sandbox"):
        shared.sandbox.eval("host.foreign()")
    with pytest.raises(WrongVMError):
        shared.sandbox.resolve(other.open("anna"))
    with pytest.raises(WrongVMError):
        shared.sandbox.revoke(other.open("anna"))


def test_grant_that_nobody_has_any_more_is_gone(bank: Bank) -> None:
    account = weakref.ref(bank.accounts.pop("anna"))
    del bank.grants
    bank.sandbox.register("fresh", lambda: bank.sandbox.grant(Account("carl"), allow=["owner"]))
    assert bank.sandbox.eval("for (let i = 0; i < 1000; i++) host.fresh(); host.fresh().owner") == "carl"
    gc.collect()
    assert account() is None


@pytest.mark.parametrize("use", ["anna.deposit(1)", "anna.balance", "anna.call(() => 1)"])
def test_no_member_answers_after_close(bank: Bank, use: str) -> None:
    bank.sandbox.register("close", bank.sandbox.close)
    with pytest.raises(ClosedError, match="closed"):
        bank.sandbox.eval(f"const anna = host.open('anna'); host.close(); {use}")
    assert bank.accounts["anna"].balance == 10


def test_no_async_member_answers_after_close(bank: Bank) -> None:
    bank.sandbox.register("close", bank.sandbox.close)
    with pytest.raises(ClosedError):
        asyncio.run(
            bank.sandbox.eval_async(
                "const anna = host.open('anna'); host.close(); await anna.call(() => anna.settle())"
            )
        )


def test_close_by_another_thread_takes_the_grants_away(bank: Bank) -> None:
    def close() -> None:
        thread = threading.Thread(target=bank.sandbox.close)
        thread.start()
        thread.join()

    bank.sandbox.register("close", close)
    with pytest.raises(ClosedError):
        bank.sandbox.eval("{ const anna = host.open('anna'); anna.call(host.close); anna.deposit(1) }")
    assert bank.accounts["anna"].balance == 10


# ---- sessions and snapshots


def test_grant_of_a_sandbox_is_for_its_sessions(shared: Bank, tmp_path: Path) -> None:
    with shared.sandbox.session("anna", tmp_path) as session:
        assert session.eval("var account = host.open('anna'); account.deposit(1)") == 11
        assert session.eval("account") is shared.grants["anna"]
        assert session.resolve(shared.grants["anna"]) is shared.accounts["anna"]


def test_grant_does_not_come_along_in_a_session(shared: Bank, tmp_path: Path) -> None:
    with shared.sandbox.session("anna", tmp_path) as session:
        session.eval("var account = host.open('anna')")
    with shared.sandbox.session("anna", tmp_path) as session:
        with pytest.raises(CapabilityError, match="is not from this session"):
            session.eval("account.deposit(1)")
        assert session.eval("account = host.open('anna'); account.deposit(1)") == 11


def test_restored_world_has_no_grants(shared: Bank) -> None:
    shared.sandbox.eval("var account = host.open('anna')")
    shared.sandbox.restore(shared.sandbox.snapshot())
    with pytest.raises(CapabilityError, match="is not from this session"):
        shared.sandbox.eval("account.deposit(1)")
    with pytest.raises(CapabilityError, match="is not from this session"):
        shared.sandbox.eval("host.owner(account)")
    assert shared.sandbox.eval("host.open('anna').deposit(1)") == 11


def test_snapshot_does_not_end_a_grant(shared: Bank) -> None:
    shared.sandbox.eval("var account = host.open('anna')")
    Snapshot.from_bytes(shared.sandbox.snapshot().to_bytes())
    assert shared.sandbox.eval("account.deposit(1)") == 11


def test_revoked_grant_is_not_revived_by_a_snapshot(shared: Bank) -> None:
    shared.sandbox.eval("var account = host.open('anna')")
    snapshot = shared.sandbox.snapshot()
    shared.sandbox.revoke(shared.grants["anna"])
    shared.sandbox.restore(snapshot)
    shared.grants.clear()
    assert shared.sandbox.eval("host.open('ben').owner") == "ben"
    with pytest.raises(CapabilityError, match="is not from this session"):
        shared.sandbox.eval("account.deposit(1)")


def test_snapshot_of_another_sandbox_brings_no_grant(make_sandbox: MakeSandbox, shared: Bank) -> None:
    other = Bank(make_sandbox())
    other.sandbox.eval("var account = host.open('anna')")
    shared.sandbox.eval("var account = host.open('ben')")
    shared.sandbox.restore(other.sandbox.snapshot())
    with pytest.raises(CapabilityError, match="is not from this session"):
        shared.sandbox.eval("account.owner")


def test_async_call_that_waits_in_a_snapshot_is_rejected(shared: Bank) -> None:
    async def run() -> None:
        task = asyncio.create_task(
            shared.sandbox.eval_async("await (globalThis.waiting = host.open('anna').settle(60))")
        )
        while not shared.sandbox._shared().vm.pending:
            await asyncio.sleep(0)
        snapshot = shared.sandbox.snapshot()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        shared.sandbox.restore(snapshot)
        with pytest.raises(CapabilityError, match="is not from this session"):
            await shared.sandbox.eval_async("await waiting")

    asyncio.run(run())


# ---- the audit


def told(calls: list[CapabilityCall]) -> Audit:
    return [(call.name, call.arguments, call.outcome) for call in calls]


@pytest.fixture(params=[False, True, "memory"], ids=["shared", "isolated", "memory"])
def audited(request: pytest.FixtureRequest, make_sandbox: MakeSandbox) -> tuple[Bank, list[CapabilityCall]]:
    """A bank, and what the audit of its sandbox is told."""
    calls: list[CapabilityCall] = []
    return Bank(make_sandbox(isolated=request.param, audit=calls.append)), calls


def test_audit_sees_methods_and_attributes(audited: tuple[Bank, list[CapabilityCall]]) -> None:
    bank, calls = audited
    bank.sandbox.eval("{ const anna = host.open('anna'); anna.deposit(3); anna.balance; try { anna.fail() } catch {} }")
    assert told(calls) == [
        ("open", ("anna",), "returned"),
        ("Account.deposit", (3,), "returned"),
        ("Account.balance", (), "returned"),
        ("Account.fail", (), "raised"),
    ]
    assert repr(calls[3].error) == "LookupError('anna has no such account')"
    assert [call.grant for call in calls] == [None, *[bank.grants["anna"]] * 3]
    assert all(call.seconds >= 0 for call in calls)
    calls.clear()


def test_audit_sees_the_objects_that_a_method_gets(audited: tuple[Bank, list[CapabilityCall]]) -> None:
    bank, calls = audited
    bank.sandbox.eval("host.open('anna').transfer(host.open('ben'), 1)")
    assert told(calls)[-1] == ("Account.transfer", (bank.accounts["ben"], 1), "returned")
    calls.clear()


def test_audit_sees_what_is_refused(audited: tuple[Bank, list[CapabilityCall]]) -> None:
    bank, calls = audited
    bank.sandbox.register("revoke", lambda: bank.sandbox.revoke(bank.grants["anna"]))
    bank.sandbox.eval("{ const anna = host.open('anna'); host.revoke(); try { anna.deposit(1) } catch {} }")
    assert told(calls)[2:] == [("Account.deposit", (1,), "refused")]
    assert isinstance(calls[-1].error, CapabilityError)
    calls.clear()


def test_audit_sees_a_grant_that_a_capability_is_refused(audited: tuple[Bank, list[CapabilityCall]]) -> None:
    bank, calls = audited
    bank.sandbox.register("revoke", lambda: bank.sandbox.revoke(bank.grants["anna"]))
    bank.sandbox.eval("{ const anna = host.open('anna'); host.revoke(); try { host.owner(anna) } catch {} }")
    assert told(calls)[2:] == [("owner", (bank.grants["anna"],), "refused")]
    calls.clear()


def test_audit_sees_async_methods_and_those_that_are_cancelled(audited: tuple[Bank, list[CapabilityCall]]) -> None:
    bank, calls = audited
    asyncio.run(bank.sandbox.eval_async("await host.open('anna').settle()"))
    with pytest.raises(TimeLimitError):
        asyncio.run(bank.sandbox.eval_async("await host.open('anna').settle(60)", timeout=0.05))
    assert [call for call in told(calls) if call[0] != "open"] == [
        ("Account.settle", (), "returned"),
        ("Account.settle", (60,), "cancelled"),
    ]
    calls.clear()


def test_audit_sees_a_member_after_close(audited: tuple[Bank, list[CapabilityCall]]) -> None:
    bank, calls = audited
    bank.sandbox.register("close", bank.sandbox.close)
    with pytest.raises(ClosedError):
        bank.sandbox.eval("{ const anna = host.open('anna'); host.close(); anna.deposit(1) }")
    assert told(calls)[2:] == [("Account.deposit", (1,), "refused")]
    calls.clear()


def test_audit_that_fails_is_thrown_in_place_of_a_members_result(make_sandbox: MakeSandbox) -> None:
    def audit(call: CapabilityCall) -> None:
        if call.grant is not None:
            raise RuntimeError("the log is full")

    bank = Bank(make_sandbox(audit=audit))
    with pytest.raises(RuntimeError, match="the log is full"):
        bank.sandbox.eval("host.open('anna').balance")


def test_names_that_are_allowed_are_a_list(sandbox: Sandbox) -> None:
    with pytest.raises(TypeError, match="allow takes a list of names, not int"):
        sandbox.grant([], allow=5)  # type: ignore[arg-type]
