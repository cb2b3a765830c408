"""A snapshot finds what has changed by what was written; where the system does not tell, it compares all pages."""

from __future__ import annotations

from typing import Any

import pytest

from snapjs import VM

PROGRAMS = {
    "nothing": "0",
    "objects": "globalThis.kept = Array.from({ length: 5000 }, (_, n) => ({ n, text: `number ${n}` })); 0",
    "memory that has grown": "globalThis.kept = new Uint8Array(9_000_000).fill(7); 0",
    "what was let go": "for (let n = 0; n < 100; n++) new Uint8Array(100_000).fill(n); globalThis.kept = 1; 0",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("is_delta", [False, True])
def test_what_was_written_is_what_is_different(
    program: str, is_delta: bool, make_vm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_vm(seed=1, clock=0)
    first.eval("globalThis.before = [1, 2, 3]")
    base = first.snapshot() if is_delta else None
    vm = VM.restore(base, seed=1, clock=0) if base is not None else first
    vm.eval(program)
    found = vm.snapshot(base=base)
    with monkeypatch.context() as patch:
        patch.setattr("snapjs._guest.instance.written", lambda address, count: None)
        compared = vm.snapshot(base=base)
    if vm is not first:
        vm.close()

    assert found._state.numbers == compared._state.numbers
    assert found.id == compared.id
