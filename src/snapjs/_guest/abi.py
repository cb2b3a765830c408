"""The names of engine/abi.h in Python. tests/guest/test_abi.py compares them with what the guest says of itself.

`STATUS_OK` there is `Status.OK` here: the first word of a name says the class, `GROUPS` which. The classes are no
enums, for those take 4 ms of each new process to import and to make, and are slow to compare.
"""

from __future__ import annotations

import ctypes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ABI_VERSION: Final = 1

MAX_DEPTH: Final = 512
"""nesting of containers in a message"""
RECURSION_MAXIMUM: Final = 64
"""nesting that the host decodes by recursion"""
STACK_SIZE: Final = 2097152
"""the guest's stack: the first bytes of linear memory"""
STACK_MAXIMUM: Final = 1048576
"""largest stack limit, bytes of linear memory"""
INTEGER_END: Final = 1 << 24
"""integers below it fit into a status that is `Status.INTEGER`"""
TIMEZONE_ASK: Final = 0x7FFFFFFF
"""`Control.timezone`: the guest calls host_timezone for each time"""


class Status:
    """What an export that runs code returns, and what a host import answers."""

    OK: Final = 0
    EXCEPTION: Final = 1
    INTERRUPTED: Final = 2
    CONVERSION: Final = 3
    MALFORMED: Final = 4
    INVALID: Final = 5
    NOT_QUIESCENT: Final = 6
    PENDING: Final = 7
    ABSENT: Final = 8
    UNANSWERED: Final = 9
    INTEGER: Final = 10


class Result:
    """Bits of `Control.result_flags`."""

    HAS_REFERENCES: Final = 1
    OUT_OF_MEMORY: Final = 2
    STACK_OVERFLOW: Final = 4
    HANDLES: Final = 8
    BYTES: Final = 16
    REQUEST: Final = 128


class Run:
    """Flags of exports that run code."""

    JOBS: Final = 1
    AS_HANDLE: Final = 2
    ASYNC: Final = 4
    MODULE: Final = 8
    STRICT: Final = 16
    CONSTRUCT: Final = 32
    COMPILE_ONLY: Final = 64
    BARRIER: Final = 128
    WRAPPED: Final = 256
    STRIP_SOURCE: Final = 512
    STRIP_DEBUG: Final = 1024
    INTEGER: Final = 2048


class Ext:
    """Extension types of the value codec."""

    UNDEFINED: Final = 0
    STRING: Final = 1
    BIGINT: Final = 2
    SYMBOL: Final = 3
    DATE: Final = 4
    REGEXP: Final = 5
    TYPED: Final = 6
    MAP: Final = 7
    SET: Final = 8
    ERROR: Final = 9
    FUNCTION: Final = 10
    PROMISE: Final = 11
    HANDLE: Final = 12
    HOST_FUNCTION: Final = 13
    REFERENCE: Final = 14
    PENDING: Final = 15
    EMPTY: Final = 16
    TRANSFER: Final = 17


class Typed:
    """Kinds of typed array."""

    UINT8_CLAMPED: Final = 0
    INT8: Final = 1
    UINT8: Final = 2
    INT16: Final = 3
    UINT16: Final = 4
    INT32: Final = 5
    UINT32: Final = 6
    BIG_INT64: Final = 7
    BIG_UINT64: Final = 8
    FLOAT16: Final = 9
    FLOAT32: Final = 10
    FLOAT64: Final = 11


class HostMode:
    """How a host function answers: `HOST_*`."""

    SYNC: Final = 0
    DEFERRED: Final = 1
    UNBOUND: Final = 2
    TAKES_HANDLES: Final = 4


class Fixed:
    """Handles that are there without having been made. Releasing one does nothing."""

    GLOBAL: Final = 1
    UNDEFINED: Final = 0x7FFFFFF0
    NULL: Final = 0x7FFFFFF1
    TRUE: Final = 0x7FFFFFF2
    FALSE: Final = 0x7FFFFFF3


class Wrap:
    """What snap_wrap makes of a value."""

    VALUE: Final = 0
    ARRAY_BUFFER: Final = 1
    ERROR: Final = 2


class Convert:
    """What snap_convert converts to."""

    NUMBER: Final = 0
    BIG_INT: Final = 1
    STRING: Final = 2
    BOOLEAN: Final = 3
    BUFFER: Final = 4
    BYTES: Final = 5


class Keys:
    """Which keys snap_keys gives."""

    ENUMERABLE: Final = 1
    SYMBOLS: Final = 2


class Property:
    """What a property is, and which parts of a descriptor there are."""

    CONFIGURABLE: Final = 1
    WRITABLE: Final = 2
    ENUMERABLE: Final = 4
    VALUE: Final = 8
    GET: Final = 16
    SET: Final = 32


class Brand:
    """What kind of object the engine made."""

    NONE: Final = 0
    ARRAY: Final = 1
    ERROR: Final = 2
    PROMISE: Final = 3
    ARRAY_BUFFER: Final = 4
    PROXY: Final = 5
    MAP: Final = 6
    SET: Final = 7
    DATE: Final = 8
    REG_EXP: Final = 9
    WEAK_REF: Final = 10
    WEAK_MAP: Final = 11
    WEAK_SET: Final = 12
    DATA_VIEW: Final = 13


class ProxyPart:
    """Parts of a proxy."""

    TARGET: Final = 0
    HANDLER: Final = 1


class Fact:
    """What snap_fact tells."""

    LENGTH: Final = 0
    CONSTRUCTOR_NAME: Final = 1


class Interrupt:
    """Values of `Control.interrupt`."""

    NONE: Final = 0
    NOW: Final = 1
    ASK: Final = 2


class Event:
    """Bits of `Control.events`."""

    REJECTIONS: Final = 1
    RELEASED: Final = 2
    PENDING: Final = 4
    UNANSWERED: Final = 8


class Stream:
    """Console streams."""

    STDOUT: Final = 1
    STDERR: Final = 2


class Web:
    """The `web` argument of snap_initialize."""

    CONSOLE: Final = 1
    TIMERS: Final = 2
    MICROTASK: Final = 4
    PERFORMANCE: Final = 8


class Intrinsic:
    """The `intrinsics` argument of snap_initialize."""

    DATE: Final = 1
    EVAL: Final = 2
    REGEXP: Final = 4
    JSON: Final = 8
    PROXY: Final = 16
    MAP_SET: Final = 32
    TYPED_ARRAYS: Final = 64
    PROMISE: Final = 128
    BIG_INT: Final = 256
    WEAK_REF: Final = 512
    PERFORMANCE: Final = 1024
    DOM_EXCEPTION: Final = 2048
    ATOB_BTOA: Final = 4096


GROUPS: Final[dict[str, type]] = {
    "STATUS": Status,
    "RESULT": Result,
    "RUN": Run,
    "EXT": Ext,
    "TYPED": Typed,
    "HOST": HostMode,
    "FIXED": Fixed,
    "WRAP": Wrap,
    "CONVERT": Convert,
    "KEYS": Keys,
    "PROPERTY": Property,
    "BRAND": Brand,
    "PROXY": ProxyPart,
    "FACT": Fact,
    "INTERRUPT": Interrupt,
    "EVENT": Event,
    "STREAM": Stream,
    "WEB": Web,
    "INTRINSIC": Intrinsic,
}


class Control(ctypes.LittleEndianStructure):
    """The control block: a static struct of the guest that both sides read and write directly."""

    _fields_ = (
        ("next_timer", ctypes.c_double),
        ("latest_time", ctypes.c_double),
        ("result", ctypes.c_uint32),
        ("result_length", ctypes.c_uint32),
        ("result_flags", ctypes.c_uint32),
        ("input", ctypes.c_uint32),
        ("input_capacity", ctypes.c_uint32),
        ("input_length", ctypes.c_uint32),
        ("interrupt", ctypes.c_uint32),
        ("events", ctypes.c_uint32),
        ("depth", ctypes.c_uint32),
        ("handles", ctypes.c_uint32),
        ("pending", ctypes.c_uint32),
        ("timers", ctypes.c_uint32),
        ("origin", ctypes.c_uint32),
        ("token_key", ctypes.c_uint32),
        ("next_host_reference", ctypes.c_uint32),
        ("timezone", ctypes.c_int32),
    )


def members(group: type) -> dict[str, int]:
    """The constants of one of the classes, by name."""
    return {name: value for name, value in vars(group).items() if name.isupper()}


def constants() -> dict[str, int]:
    """Every constant of SNAP_CONSTANTS under its name in engine/abi.h, without the `SNAP_`."""
    named = {f"{word}_{name}": value for word, group in GROUPS.items() for name, value in members(group).items()}
    bounds = {
        name: globals()[name]
        for name in ("MAX_DEPTH", "RECURSION_MAXIMUM", "STACK_SIZE", "STACK_MAXIMUM", "TIMEZONE_ASK")
    }
    return named | bounds


def control_fields() -> list[tuple[str, int, int]]:
    """The fields of the control block in order: name, offset, size in bytes."""
    fields = ((entry[0], getattr(Control, entry[0])) for entry in Control._fields_)
    return [(name, field.offset, field.size) for name, field in fields]
