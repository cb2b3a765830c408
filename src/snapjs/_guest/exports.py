"""The exports of engine/abi.h that the host calls, and the error for what cannot be used as an engine."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class EngineUnusable(RuntimeError):
    """This is no engine, or not one that this host can run; the message, of wasmtime or of a check, says why."""


PROTOTYPES: Final[dict[str, tuple[int, bool]]] = {
    "_initialize": (0, False),
    "snap_initialize": (2, True),
    "snap_control_block": (0, True),
    "snap_describe": (0, True),
    "snap_begin": (1, False),
    "snap_seed": (1, False),
    "snap_seed_randomness": (3, False),
    "snap_reserve_input": (1, True),
    "snap_transfer_new": (1, True),
    "snap_set_memory_limit": (1, False),
    "snap_set_stack_limit": (1, False),
    "snap_collect": (0, False),
    "snap_set_gc_threshold": (1, False),
    "snap_get_gc_threshold": (0, True),
    "snap_memory_usage": (0, True),
    "snap_prepare_snapshot": (0, True),
    "snap_digest_globals": (0, True),
    "snap_realm_new": (2, True),
    "snap_realm_close": (1, True),
    "snap_realm_list": (0, True),
    "snap_eval": (2, True),
    "snap_eval_bytecode": (2, True),
    "snap_call": (3, True),
    "snap_source_map_put": (0, True),
    "snap_source_map_get": (0, True),
    "snap_get": (2, True),
    "snap_set": (2, True),
    "snap_delete": (1, True),
    "snap_define": (2, True),
    "snap_describe_handle": (1, True),
    "snap_fact": (2, True),
    "snap_keys": (2, True),
    "snap_property_flags": (1, True),
    "snap_descriptor": (1, True),
    "snap_prototype": (1, True),
    "snap_proxy_part": (2, True),
    "snap_duplicate": (1, True),
    "snap_release": (1, False),
    "snap_release_all": (0, False),
    "snap_read": (1, True),
    "snap_wrap": (1, True),
    "snap_convert": (2, True),
    "snap_export_handle": (1, True),
    "snap_import_handle": (1, True),
    "snap_release_export": (1, True),
    "snap_module_is_loaded": (0, True),
    "snap_module_importers": (0, True),
    "snap_modules_waiting": (1, True),
    "snap_host_function": (2, True),
    "snap_set_host_mode": (2, True),
    "snap_host_functions": (0, True),
    "snap_take_released": (0, True),
    "snap_pending_list": (2, True),
    "snap_pending_new": (1, True),
    "snap_pending_settle": (3, True),
    "snap_run_jobs": (0, True),
    "snap_run_timers": (1, True),
    "snap_has_jobs": (0, True),
    "snap_timer_list": (0, True),
    "snap_take_rejections": (0, True),
    "snap_promise_state": (1, True),
    "snap_promise_observe": (1, True),
    "snap_promise_result": (2, True),
    "snap_promise_new": (0, True),
    "snap_promise_then": (3, True),
    "snap_extension_memory": (2, True),
    "snap_extension_prepare": (1, True),
    "snap_extension_initialize": (1, True),
}
"""by name: how many parameters, all of them integers, and whether it returns one"""
