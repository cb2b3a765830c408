"""What an operation may take of the host, and what is done where the package is not there."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from crypto_programs import refusal, run

from snapjs import ClosedError

if TYPE_CHECKING:
    from snapjs import VM

SLOW = """
    const key = await crypto.subtle.importKey("raw", new Uint8Array(1), "PBKDF2", false, ["deriveBits"])
    const parameters = { name: "PBKDF2", hash: "SHA-1", salt: new Uint8Array(), iterations: 5 }
    return crypto.subtle.deriveBits(parameters, key, 160)
"""


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads in which bits are derived."""
    from snapjs._web.crypto import hashes

    seen: list[str] = []
    derive = hashes.hashlib.pbkdf2_hmac

    def note(*arguments: Any) -> bytes:
        seen.append(threading.current_thread().name)
        return derive(*arguments)

    monkeypatch.setattr(hashes.hashlib, "pbkdf2_hmac", note)
    return seen


def test_long_work_leaves_the_event_loop_to_others(vm: VM, threads: list[str]) -> None:
    assert len(asyncio.run(vm.eval_async(f"(async () => {{ {SLOW} }})()"))) == 20
    assert threads == ["snapjs-crypto_0"]


def test_without_an_event_loop_it_is_waited_for(vm: VM, threads: list[str]) -> None:
    assert len(run(vm, SLOW)) == 20
    assert threads == ["snapjs-crypto_0"]


def test_a_vm_has_one_thread_for_all(vm: VM, threads: list[str]) -> None:
    asyncio.run(vm.eval_async(f"Promise.all(Array.from({{ length: 5 }}, async () => {{ {SLOW} }}))"))
    assert threads == ["snapjs-crypto_0"] * 5


def test_short_work_needs_no_thread(vm: VM) -> None:
    before = set(threading.enumerate())
    asyncio.run(vm.eval_async("crypto.subtle.digest('SHA-256', new Uint8Array(100))"))
    assert set(threading.enumerate()) <= before  # one of a VM that was closed may end meanwhile


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Deriving bits does not end before the test."""
    from snapjs._web.crypto import hashes

    go_on = threading.Event()
    monkeypatch.setattr(hashes.hashlib, "pbkdf2_hmac", lambda *arguments: go_on.wait() and bytes(20))
    yield
    go_on.set()


@pytest.mark.usefixtures("endless")
def test_time_that_has_passed_ends_the_wait(vm: VM) -> None:
    from snapjs import TimeLimitError

    with pytest.raises(TimeLimitError):
        asyncio.run(vm.eval_async(f"(async () => {{ {SLOW} }})()", timeout=0.05))
    assert vm.pending == []


@pytest.mark.usefixtures("endless")
def test_time_that_has_passed_ends_the_wait_without_an_event_loop(make_vm: Callable[..., VM]) -> None:
    from snapjs import TimeLimitError

    vm = make_vm(timeout=0.05)
    vm.eval(f"(async () => {{ {SLOW} }})().catch(() => {{}}); 0")
    with pytest.raises(TimeLimitError):
        vm.run_until_idle()
    assert vm.pending == []


@pytest.mark.usefixtures("endless")
def test_the_timeout_of_a_call_ends_the_wait() -> None:
    from snapjs import VM, TimeLimitError

    with VM() as vm:
        with pytest.raises(TimeLimitError) as caught:
            vm.eval_module(SLOW.replace("return", "await"), "m.js", timeout=0.25)
        assert caught.value.limit == 0.25
        assert vm.pending == []


def test_what_waits_for_the_thread_is_not_begun_after_the_vm_is_closed(
    make_vm: Callable[..., VM], monkeypatch: pytest.MonkeyPatch
) -> None:
    from snapjs._web.crypto import hashes

    begun, go_on, ended = threading.Event(), threading.Event(), []

    def derive(*arguments: Any) -> bytes:
        begun.set()
        go_on.wait()
        ended.append(arguments)
        return bytes(20)

    monkeypatch.setattr(hashes.hashlib, "pbkdf2_hmac", derive)
    vm = make_vm()

    async def main() -> threading.Thread:
        task = asyncio.create_task(vm.eval_async(f"Promise.all(Array.from({{ length: 5 }}, async () => {{ {SLOW} }}))"))
        await asyncio.to_thread(begun.wait)
        (thread,) = [thread for thread in threading.enumerate() if thread.name == "snapjs-crypto_0"]
        vm.close()  # whoever awaits is not told before the loop turns
        go_on.set()
        thread.join()
        with pytest.raises(ClosedError):
            await task
        return thread

    assert not asyncio.run(main()).is_alive()
    assert len(ended) == 1


def test_what_has_timed_out_does_not_wait_for_the_thread(
    make_vm: Callable[..., VM], monkeypatch: pytest.MonkeyPatch
) -> None:
    from snapjs import TimeLimitError
    from snapjs._web.crypto import hashes

    begun, go_on = [], threading.Event()
    monkeypatch.setattr(hashes.hashlib, "pbkdf2_hmac", lambda *arguments: begun.append(arguments) or go_on.wait())
    vm = make_vm(timeout=0.05)
    for _ in range(3):
        vm.eval(f"(async () => {{ {SLOW} }})().catch(() => {{}}); 0")
        with pytest.raises(TimeLimitError):
            vm.run_until_idle()
    go_on.set()
    vm._bridge.services.get("<crypto>")._in_thread(bool).result()  # type: ignore[union-attr]
    assert len(begun) == 1


# ---- the package is not there


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)


WITHOUT = {
    "AES": "subtle.encrypt({ name: 'AES-CBC', iv: data }, await subtle.importKey('raw', data, 'AES-CBC', true, ['encrypt']), data)",
    "RSA": "subtle.generateKey({ name: 'RSA-PSS', hash: 'SHA-1', modulusLength: 1024, publicExponent: new Uint8Array([3]) }, true, ['sign'])",
    "ECDSA": "subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])",
    "Ed25519": "subtle.generateKey('Ed25519', true, ['sign'])",
}


@pytest.mark.usefixtures("without_package")
@pytest.mark.parametrize("operation", WITHOUT.values(), ids=WITHOUT)
def test_what_needs_the_package(vm: VM, operation: str) -> None:
    body = f"return {operation}.catch(error => [error.name, error.message.slice(-29)])"
    assert run(vm, body, data=bytes(16)) == ["NotSupportedError", "host: pip install snapjs[crypto]"[-29:]]


@pytest.mark.usefixtures("without_package")
def test_what_does_not(vm: VM) -> None:
    body = """
        const hmac = await subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"])
        const base = await subtle.importKey("raw", data, "HKDF", false, ["deriveBits"])
        return [
            (await subtle.digest("SHA-1", data)).byteLength,
            (await subtle.sign("HMAC", hmac, data)).byteLength,
            (await subtle.deriveBits({ name: "HKDF", hash: "SHA-1", salt: data, info: data }, base, 8)).byteLength,
            crypto.randomUUID().length,
        ]
    """
    assert run(vm, body, data=bytes(16)) == [20, 32, 1, 36]


# ---- requests that no script of ours has made


def test_a_key_of_the_host_is_not_exported_whatever_asks(vm: VM) -> None:
    from snapjs._web.crypto.key import HostKey, HostKeys, Key
    from snapjs._web.crypto.service import Crypto

    key = Key("secret", False, {"name": "HMAC", "hash": "SHA-1", "length": 8}, ("sign",), b"x")
    described = {**key.for_guest(HostKeys()), "extractable": True}
    assert isinstance(described["material"], HostKey)
    asked = Crypto(lambda: None, lambda: None).request(
        "exportKey", {"format": "raw", "key": described, "algorithm": key.algorithm}
    )
    assert asked == ("InvalidAccessError", "the key is not extractable")


def test_no_more_random_bytes_are_drawn_than_a_script_asks_for(vm: VM) -> None:
    from snapjs._web.crypto.service import Crypto

    crypto = Crypto(lambda: None, lambda: None)
    assert len(crypto.call(65_536, None)) == 65_536
    with pytest.raises(ValueError, match="at most 65536 random bytes"):
        crypto.call(65_537, None)


def test_what_the_guest_holds_is_no_function() -> None:
    from snapjs._web.crypto.key import HostKeys, Key

    lent = HostKeys().hold(Key("secret", False, {"name": "HMAC"}, (), b"bytes"))
    with pytest.raises(TypeError, match="a key is no function"):
        lent()
    assert repr(lent) == "<secret key of HMAC, not extractable>"


def test_a_key_shows_no_material(vm: VM) -> None:
    assert refusal(
        vm, "return subtle.exportKey('raw', await subtle.generateKey({ name: 'HMAC', hash: 'SHA-1' }, false, ['sign']))"
    ) == ("InvalidAccessError")
