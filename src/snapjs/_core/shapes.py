"""What the results are made of that the host takes apart, as engine/abi.h says it."""

from __future__ import annotations

from typing import Any, Final

from ..handle import Handle

SHAPES: Final[dict[str, Any]] = {
    "snap_descriptor": tuple[int, Handle | None, Handle | None, Handle | None],
    "snap_describe": dict[str, Any],
    "snap_describe_handle": tuple[str, str | None, int, int, int],
    "snap_digest_globals": list[tuple[str, bool, int]],
    "snap_eval": bytes,  # with COMPILE_ONLY
    "snap_host_functions": list[tuple[int, str, int, int, int]],
    "snap_host_objects": list[tuple[int, int]],
    "snap_keys": list,
    "snap_lent_errors": list[int],
    "snap_memory_usage": dict[str, int],
    "snap_module_importers": list[str],
    "snap_modules_waiting": list[str],
    "snap_pending_list": list[tuple[int, str, bytes, bool, int, int]],
    "snap_promise_new": tuple[Handle, Handle, Handle],
    "snap_property_flags": int,
    "snap_realm_list": list[int],
    "snap_realm_new": int,
    "snap_take_rejections": list[tuple[Handle, Handle, bool, bytes]],
    "snap_take_released": list[int | tuple[int, int]],
    "snap_timer_list": list[tuple[int, int | float, int | float | None]],
}
