"""Runs programs that use `crypto.subtle`, which the host answers when the event loop turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from snapjs import VM


def run(vm: VM, body: str, **inputs: Any) -> Any:
    """What the body of an async function returns, in which `subtle` and the inputs are constants."""
    function = vm.eval(f"(async ({{ {', '.join(inputs)} }}) => {{ const {{ subtle }} = crypto; {body} }})")
    promise = function(inputs)
    vm.run_until_idle()
    return promise.result


def refusal(vm: VM, body: str, **inputs: Any) -> str:
    """The name of the error that the body of an async function throws."""
    from snapjs import JSError

    with pytest.raises(JSError) as caught:
        run(vm, body, **inputs)
    return caught.value.name
