"""getRandomValues and randomUUID: what they take, and whose chance it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from snapjs import VM

KINDS = ["Int8", "Uint8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32", "BigInt64", "BigUint64"]


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_of_integers_are_filled(vm: VM, kind: str) -> None:
    assert vm.eval(
        f"""
        const array = new {kind}Array(100)
        crypto.getRandomValues(array) === array && new Set(array).size > 50
    """.replace("const array", "var array")
    )


def test_only_the_part_that_a_view_shows_is_filled(vm: VM) -> None:
    vm.eval("var buffer = new ArrayBuffer(96); crypto.getRandomValues(new Uint32Array(buffer, 32, 8)); 0")
    before, within, after = (vm.eval(f"new Uint8Array(buffer, {at}, 32)") for at in (0, 32, 64))
    assert (before, after) == (bytes(32), bytes(32))
    assert within != bytes(32)


@pytest.mark.parametrize("array", ["new Float32Array(1)", "new Float64Array(1)", "new DataView(new ArrayBuffer(1))"])
def test_views_of_something_else(vm: VM, array: str) -> None:
    assert vm.eval(f"try {{ crypto.getRandomValues({array}) }} catch (e) {{ [e.name, e.code] }}") == [
        "TypeMismatchError",
        17,
    ]


@pytest.mark.parametrize(
    "array", ["", "{}", "[1]", "new ArrayBuffer(1)", "null", "new Uint8Array(new ArrayBuffer(1, {maxByteLength: 2}))"]
)
def test_what_is_no_view(vm: VM, array: str) -> None:
    assert vm.eval(f"try {{ crypto.getRandomValues({array}) }} catch (e) {{ e.name }}") == "TypeError"


def test_the_most_bytes(vm: VM) -> None:
    assert vm.eval("new Set(crypto.getRandomValues(new Uint8Array(65536))).size") == 256


@pytest.mark.parametrize("array", ["new Uint8Array(65537)", "new Uint16Array(32769)"])
def test_more_bytes(vm: VM, array: str) -> None:
    assert vm.eval(f"try {{ crypto.getRandomValues({array}) }} catch (e) {{ e.name }}") == "QuotaExceededError"


def test_no_bytes(vm: VM) -> None:
    assert vm.eval("crypto.getRandomValues(new Uint8Array()).length") == 0


def test_uuid_has_the_form_of_rfc_9562(vm: VM) -> None:
    form = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    uuids = vm.eval("Array.from({ length: 100 }, () => crypto.randomUUID())")
    assert all(form.fullmatch(uuid) for uuid in uuids)
    assert len(set(uuids)) == 100


# ---- whose chance

UUID = "crypto.randomUUID()"


def test_a_seed_repeats(make_vm: Callable[..., VM]) -> None:
    assert make_vm(seed=7).eval(UUID) == make_vm(seed=7).eval(UUID)


def test_the_bytes_of_a_seed_are_fixed(make_vm: Callable[..., VM]) -> None:
    assert make_vm(seed=1).eval(UUID) == "675ce44a-5a21-412f-856d-6f967b2314ea"


def test_seeds_differ(make_vm: Callable[..., VM]) -> None:
    assert make_vm(seed=1).eval(UUID) != make_vm(seed=2).eval(UUID)


def test_each_draw_differs(make_vm: Callable[..., VM]) -> None:
    assert make_vm(seed=1).eval(f"[{UUID}, {UUID}].length") == 2
    assert len(set(make_vm(seed=1).eval(f"[{UUID}, {UUID}, {UUID}]"))) == 3


def test_math_random_does_not_move_it(make_vm: Callable[..., VM]) -> None:
    assert make_vm(seed=1).eval(f"Math.random(); {UUID}") == make_vm(seed=1).eval(UUID)


def test_without_a_seed_it_is_the_systems(make_vm: Callable[..., VM]) -> None:
    assert make_vm().eval(UUID) != make_vm().eval(UUID)


def test_a_clock_alone_makes_nothing_predictable(make_vm: Callable[..., VM]) -> None:
    assert make_vm(clock=0).eval(UUID) != make_vm(clock=0).eval(UUID)


def test_a_realm_draws_from_the_vms_sequence(make_vm: Callable[..., VM]) -> None:
    first, second = make_vm(seed=1), make_vm(seed=1)
    with first.new_realm() as realm:
        assert realm.eval(UUID) == second.eval(UUID)
    assert first.eval(UUID) == second.eval(UUID)


GENERATE = {
    "HMAC": "{ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']",
    "AES": "{ name: 'AES-GCM', length: 256 }, true, ['encrypt']",
    "ECDSA": "{ name: 'ECDSA', namedCurve: 'P-521' }, true, ['sign']",
    "Ed25519": "'Ed25519', true, ['sign']",
    "X448": "'X448', true, ['deriveBits']",
}


@pytest.mark.parametrize("arguments", GENERATE.values(), ids=GENERATE)
def test_a_seed_repeats_keys(make_vm: Callable[..., VM], arguments: str) -> None:
    def generate() -> Any:
        vm = make_vm(seed=7)
        promise = vm.eval(f"""
            crypto.subtle.generateKey({arguments}).then(made => crypto.subtle.exportKey('jwk', made.privateKey ?? made))
        """)
        vm.run_until_idle()
        return promise.result

    assert generate() == generate()


# ---- saved and restored


def test_a_snapshot_goes_on_where_it_was(make_vm: Callable[..., VM]) -> None:
    from snapjs import VM

    vm = make_vm(seed=7)
    vm.eval(UUID)
    snapshot = vm.snapshot()
    with VM.restore(snapshot) as restored:
        assert [restored.eval(UUID), restored.eval(UUID)] == [vm.eval(UUID), vm.eval(UUID)]


def test_a_snapshot_without_a_seed_draws_anew(vm: VM) -> None:
    from snapjs import VM

    snapshot = vm.snapshot()
    with VM.restore(snapshot) as first, VM.restore(snapshot) as second:
        assert len({vm.eval(UUID), first.eval(UUID), second.eval(UUID)}) == 3


@pytest.mark.parametrize("options", [{}, {"seed": 3}])
def test_a_seed_at_the_restore_counts_from_there(make_vm: Callable[..., VM], options: dict[str, Any]) -> None:
    from snapjs import VM

    vm = make_vm(**options)
    vm.eval(UUID)
    with VM.restore(vm.snapshot(), seed=7) as restored:
        assert restored.eval(UUID) == make_vm(seed=7).eval(UUID)


@pytest.mark.parametrize("options", [{}, {"seed": 3}])
def test_forks_draw_apart(make_vm: Callable[..., VM], options: dict[str, Any]) -> None:
    snapshot = make_vm(**options).snapshot()
    forks = snapshot.fork(3)
    try:
        assert len({fork.eval(UUID) for fork in forks}) == 3
    finally:
        for fork in forks:
            fork.close()


def test_forks_of_a_seed_that_are_not_reseeded_draw_alike(make_vm: Callable[..., VM]) -> None:
    first, second = make_vm(seed=3).snapshot().fork(2, reseed=False)
    with first, second:
        assert first.eval(UUID) == second.eval(UUID)


def test_a_fork_of_a_vm_without_a_seed_has_none(vm: VM) -> None:
    from snapjs import VM

    (fork,) = vm.snapshot().fork()
    with fork:
        saved = fork.snapshot()
    with VM.restore(saved) as first, VM.restore(saved) as second:
        assert first.eval(UUID) != second.eval(UUID)
        assert first.eval("Math.random()") == second.eval("Math.random()")
