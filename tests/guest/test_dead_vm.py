"""What a VM says of itself after its instance has trapped."""

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snapjs import VM, ClosedError, GuestTrapped, TimeLimitError
from snapjs._guest.raw import Trap


def killed(make_vm: Callable[..., VM]) -> VM:
    """A VM that was cut off in a native loop."""
    vm = make_vm()
    with pytest.raises(TimeLimitError):
        vm.eval("new Array(1e9).join('x')", timeout=0.01)
    return vm


@pytest.mark.slow
def test_later_uses_say_that_its_deadline_has_killed_it(make_vm: Callable[..., VM]) -> None:
    vm = killed(make_vm)

    with pytest.raises(GuestTrapped) as caught:
        vm.eval("1")

    assert caught.value.reason == "it was cut off at its deadline, inside a native loop"
    assert str(caught.value) == (
        "The engine failed: it was cut off at its deadline, inside a native loop. "
        "This VM is dead. Restore a snapshot, or make another."
    )


def test_a_trap_is_told_without_the_frames_of_the_engine(make_vm: Callable[..., VM]) -> None:
    frames = "error while executing at wasm backtrace:\n    0: 0x1f2 - f\n\n"
    message = f"{frames}Caused by:\n    wasm trap: out of bounds memory access"

    error = make_vm()._bridge.died(Trap(message, 1))

    assert isinstance(error, GuestTrapped)
    assert error.reason == "wasm trap: out of bounds memory access"


def test_a_message_that_the_engine_never_sends_ends_the_vm(make_vm: Callable[..., VM]) -> None:
    vm = make_vm()
    with pytest.raises(GuestTrapped):
        vm._bridge.codec.decode(b"\xc1")

    with pytest.raises(GuestTrapped, match="it sent a malformed message"):
        vm.eval("1")


def test_a_program_may_use_its_vm_while_both_are_collected() -> None:
    outcomes: list[object] = []

    class Holder:
        pass

    def use_at_the_end(holder: dict[str, VM]) -> Iterator[None]:
        try:
            yield
        finally:
            try:
                outcomes.append(holder["vm"].eval("1 + 1"))
            except (ClosedError, ReferenceError) as error:
                outcomes.append(type(error))

    def leave_a_cycle(is_older: bool) -> None:
        """Which finalizer comes first depends on what was made first."""
        holder: Any = Holder()
        holder.itself, box = holder, {}
        if is_older:
            box["vm"] = VM()
        holder.program = use_at_the_end(box)
        next(holder.program)
        box["vm"] = box.get("vm") or VM()

    for number in range(60):
        leave_a_cycle(number % 2 == 0)
        if number % 3 == 0:
            gc.collect(0)
    gc.collect()

    assert len(outcomes) == 60
    assert set(outcomes) <= {2, ClosedError, ReferenceError}
