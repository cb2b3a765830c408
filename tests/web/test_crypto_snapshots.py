"""What of cryptography lives through a snapshot: requests, extractable keys, no others."""

from __future__ import annotations

import asyncio
import hashlib
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from crypto_programs import run

if TYPE_CHECKING:
    from snapjs import VM

HMAC = "{ name: 'HMAC', hash: 'SHA-256' }"
SECRET = b"a secret that nobody has seen, except for the test"


def start(vm: VM, expression: str) -> None:
    """Begin something, and keep what becomes of it in the global `outcome`."""
    vm.eval(
        f"var outcome = 'pending'; (async () => {expression})().then("
        "value => { outcome = value }, error => { outcome = `${error.name}: ${error.message}` }); 0"
    )


def restored(vm: VM, **options: Any) -> VM:
    from snapjs import VM, Snapshot

    return VM.restore(Snapshot.from_bytes(vm.snapshot().to_bytes()), **options)


def test_eval_leaves_the_work_to_the_event_loop(vm: VM) -> None:
    start(vm, "(await crypto.subtle.digest('SHA-1', new Uint8Array(3))).byteLength")
    assert vm.eval("outcome") == "pending"
    assert vm.statistics().pending == 1
    vm.run_until_idle()
    assert vm.eval("outcome") == 20


def test_loop_once_has_it_done(vm: VM) -> None:
    start(vm, "(await crypto.subtle.digest('SHA-1', new Uint8Array(3))).byteLength")
    while vm.loop_once() != -1:
        pass
    assert vm.eval("outcome") == 20


def test_eval_async_has_it_done(vm: VM) -> None:
    code = "await crypto.subtle.digest('SHA-1', new Uint8Array(3))"
    assert asyncio.run(vm.eval_async(code)) == hashlib.sha1(bytes(3)).digest()


@pytest.mark.keeps("a module is never unloaded")
def test_a_module_awaits_it(vm: VM) -> None:
    source = "export const size = (await crypto.subtle.digest('SHA-1', new Uint8Array(3))).byteLength"
    assert vm.eval_module(source, "m.js")["size"] == 20


def test_a_pending_digest_is_answered_after_the_restore(vm: VM) -> None:
    start(vm, "new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array([97, 98, 99])))")
    with restored(vm) as other:
        assert other.eval("outcome") == "pending"
        other.run_until_idle()
        assert other.eval("outcome") == hashlib.sha256(b"abc").digest()
    vm.run_until_idle()


def test_a_pending_digest_of_data_that_was_changed_since(vm: VM) -> None:
    vm.eval("var data = new Uint8Array([97, 98, 99]); 0")
    start(vm, "new Uint8Array(await crypto.subtle.digest('SHA-256', data))")
    vm.eval("data.fill(0); 0")
    with restored(vm) as other:
        other.run_until_idle()
        assert other.eval("outcome") == hashlib.sha256(b"abc").digest()
    vm.run_until_idle()


def test_a_pending_generation_is_done_after_the_restore(vm: VM) -> None:
    start(vm, "(await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])).privateKey.type")
    with restored(vm) as other:
        other.run_until_idle()
        assert other.eval("outcome") == "private"
    vm.run_until_idle()


# ---- keys


def make_key(vm: VM, extractable: bool) -> None:
    """A key in the global `key`, and what it has signed in `signature`."""
    body = f"""
        globalThis.key = await subtle.importKey("raw", secret, {HMAC}, {str(extractable).lower()}, ["sign", "verify"])
        globalThis.signature = await subtle.sign("HMAC", key, new Uint8Array(3))
    """
    run(vm, body, secret=SECRET)


VERIFY = "await crypto.subtle.verify('HMAC', key, signature, new Uint8Array(3))"


@pytest.mark.parametrize("extractable", [True, False])
def test_a_key_works_here(vm: VM, extractable: bool) -> None:
    make_key(vm, extractable)
    start(vm, VERIFY)
    vm.run_until_idle()
    assert vm.eval("outcome") is True


def test_an_extractable_key_works_after_the_restore(vm: VM) -> None:
    make_key(vm, True)
    with restored(vm) as other:
        start(other, VERIFY)
        other.run_until_idle()
        assert other.eval("outcome") is True


def test_an_extractable_pair_works_after_the_restore(vm: VM) -> None:
    run(
        vm,
        "globalThis.key = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])",
    )
    with restored(vm) as other:
        body = """
            const scheme = { name: "ECDSA", hash: "SHA-256" }
            const signature = await subtle.sign(scheme, key.privateKey, new Uint8Array(3))
            return subtle.verify(scheme, key.publicKey, signature, new Uint8Array(3))
        """
        assert run(other, body) is True


def test_a_public_key_works_after_the_restore_though_its_private_one_does_not(vm: VM) -> None:
    run(
        vm,
        """
        globalThis.key = await subtle.generateKey('Ed25519', false, ['sign', 'verify'])
        globalThis.signature = await subtle.sign('Ed25519', key.privateKey, new Uint8Array(3))
        """,
    )
    with restored(vm) as other:
        assert run(other, "return subtle.verify('Ed25519', key.publicKey, signature, new Uint8Array(3))") is True
        start(other, "await crypto.subtle.sign('Ed25519', key.privateKey, new Uint8Array(3))")
        other.run_until_idle()
        assert other.eval("outcome").startswith("InvalidAccessError: ")


@pytest.mark.parametrize("move", ["bytes", "fork"])
def test_a_key_that_is_not_extractable_stays_with_its_vm(vm: VM, move: str) -> None:
    make_key(vm, False)
    with restored(vm) if move == "bytes" else vm.snapshot().fork()[0] as other:
        start(other, VERIFY)
        other.run_until_idle()
        assert other.eval("outcome") == (
            "InvalidAccessError: the key is not extractable, so its material is in no snapshot: it stayed with the VM that "
            "the snapshot was taken of. Import or unwrap it again, or make keys extractable that are to live through a "
            "snapshot"
        )
        assert other.eval("[key.type, key.extractable, key.algorithm.name]") == ["secret", False, "HMAC"]


def test_a_restored_vm_mistakes_no_new_key_for_one_that_is_gone(vm: VM) -> None:
    make_key(vm, False)
    with restored(vm) as other:
        other.eval("var old = key; 0")
        make_key(other, False)
        start(other, "await crypto.subtle.verify('HMAC', old, signature, new Uint8Array(3))")
        other.run_until_idle()
        assert other.eval("outcome").startswith("InvalidAccessError: ")


def test_a_request_that_is_pending_with_a_key_that_stays(vm: VM) -> None:
    make_key(vm, False)
    start(vm, VERIFY)
    with restored(vm) as other:
        assert [call.name for call in other.pending] == ["<crypto>"]
        other.run_until_idle()
        assert other.eval("outcome").startswith("InvalidAccessError: ")
    vm.run_until_idle()
    assert vm.eval("outcome") is True


# ---- where the bytes are


@pytest.mark.parametrize("extractable", [True, False])
def test_the_bytes_of_a_key_are_in_a_snapshot_only_if_it_is_extractable(vm: VM, extractable: bool) -> None:
    body = f"""
        const aes = {{ name: "AES-GCM", iv: new Uint8Array(12) }}
        const unwrapping = await subtle.importKey("raw", new Uint8Array(16), "AES-GCM", false, ["unwrapKey"])
        globalThis.key = await subtle.unwrapKey(
            "raw", sealed, unwrapping, aes, {HMAC}, {str(extractable).lower()}, ["sign", "verify"])
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    run(vm, body, sealed=AESGCM(bytes(16)).encrypt(bytes(12), SECRET, None))
    run(vm, "globalThis.signature = await subtle.sign('HMAC', key, new Uint8Array(3))")
    memory = b"".join(vm.snapshot().pages().values())
    assert (SECRET in memory) is extractable


def host_keys(vm: VM) -> list[object]:
    from snapjs._web.crypto.key import HostKey

    vm.gc()
    vm._bridge.lending.flush()
    return [lent for lent in vm._bridge.lending.functions.values() if isinstance(lent, HostKey)]


def test_the_host_forgets_a_key_that_the_program_drops(vm: VM) -> None:
    make_key(vm, False)
    assert len(host_keys(vm)) == 1
    vm.eval("delete globalThis.key")
    assert host_keys(vm) == []


def test_the_host_keeps_a_key_that_is_in_use(vm: VM) -> None:
    make_key(vm, False)
    start(vm, VERIFY)
    vm.eval("delete globalThis.key")
    assert len(host_keys(vm)) == 1
    vm.run_until_idle()
    assert vm.eval("outcome") is True
    assert host_keys(vm) == []


def test_the_host_forgets_the_keys_of_a_vm_that_is_closed(vm: VM) -> None:
    make_key(vm, False)
    (lent,) = map(weakref.ref, host_keys(vm))
    vm.close()
    assert lent() is None


def test_a_key_that_stays_leaves_snapshots_repeatable() -> None:
    from snapjs import VM

    def identity() -> str:
        with VM(clock=0, seed=1) as vm:
            make_key(vm, False)
            return vm.snapshot().id

    assert identity() == identity()
