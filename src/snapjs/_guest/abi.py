"""The names of engine/abi.h in Python. tests/guest/test_abi.py compares them with what the guest says of itself.

`STATUS_OK` there is `Status.OK` here: the first word of a name is the class. The classes are no enums, for those take
6 ms of each new process to import and to make, and are slow to compare.
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
INTEGER_END: Final = 16777216
"""integers below it fit into a status that is `Status.INTEGER`"""
IMPORTERS_MAXIMUM: Final = 50
"""of a chain of importers, as far as it is told"""
EXTENSION_SLOTS: Final = 4096
"""elements of the table, the last ones, for functions of extensions"""
TIMEZONE_ASK: Final = 0x7FFFFFFF
"""`Control.timezone`: the guest calls host_timezone for each time"""

_OURS: Final = ("ABI_VERSION",)
"""not among SNAP_CONSTANTS"""


class Status:
    """What an export that runs code returns, and what a host import answers."""

    OK = 0
    EXCEPTION = 1
    INTERRUPTED = 2
    CONVERSION = 3
    MALFORMED = 4
    INVALID = 5
    NOT_QUIESCENT = 6
    PENDING = 7
    ABSENT = 8
    UNANSWERED = 9
    INTEGER = 10


class Result:
    """Bits of `Control.result_flags`."""

    HAS_REFERENCES = 1
    OUT_OF_MEMORY = 2
    STACK_OVERFLOW = 4
    HANDLES = 8
    BYTES = 16
    REQUEST = 128


class Run:
    """Flags of exports that run code."""

    JOBS = 1
    AS_HANDLE = 2
    ASYNC = 4
    MODULE = 8
    STRICT = 16
    CONSTRUCT = 32
    COMPILE_ONLY = 64
    BARRIER = 128
    WRAPPED = 256
    STRIP_SOURCE = 512
    STRIP_DEBUG = 1024


class Ext:
    """Extension types of the value codec."""

    UNDEFINED = 0
    STRING = 1
    BIGINT = 2
    SYMBOL = 3
    DATE = 4
    REGEXP = 5
    TYPED = 6
    MAP = 7
    SET = 8
    ERROR = 9
    FUNCTION = 10
    PROMISE = 11
    HANDLE = 12
    HOST_FUNCTION = 13
    REFERENCE = 14
    PENDING = 15
    EMPTY = 16
    TRANSFER = 17
    HOST_OBJECT = 18


class Typed:
    """Kinds of typed array."""

    UINT8_CLAMPED = 0
    INT8 = 1
    UINT8 = 2
    INT16 = 3
    UINT16 = 4
    INT32 = 5
    UINT32 = 6
    BIG_INT64 = 7
    BIG_UINT64 = 8
    FLOAT16 = 9
    FLOAT32 = 10
    FLOAT64 = 11


class Host:
    """How a host function answers."""

    SYNC = 0
    DEFERRED = 1
    UNBOUND = 2
    TAKES_HANDLES = 4
    SERVICE = 0xFFFFFF
    """no way to answer, but the index in a request for a service of the host"""
    MEMBER = 0xFFFFFE
    """likewise for a member of an object of the host"""


class Member:
    """What a member of an object of the host is."""

    METHOD = 0
    ASYNC = 1
    """a method whose calls are pending calls"""
    ATTRIBUTE = 2


class Import:
    """How a module is asked for."""

    REQUIRE = 1
    """by CommonJS, which cannot wait"""
    RESOLVE = 2
    """only the name and the url are wanted"""


class Fixed:
    """Handles that are there without having been made. Releasing one does nothing."""

    GLOBAL = 1
    UNDEFINED = 0x7FFFFFF0
    NULL = 0x7FFFFFF1
    TRUE = 0x7FFFFFF2
    FALSE = 0x7FFFFFF3


class Wrap:
    """What snap_wrap makes of a value."""

    VALUE = 0
    ARRAY_BUFFER = 1
    ERROR = 2


class Convert:
    """What snap_convert converts to."""

    NUMBER = 0
    BIG_INT = 1
    STRING = 2
    BOOLEAN = 3
    BUFFER = 4
    BYTES = 5


class Keys:
    """Which keys snap_keys gives."""

    ENUMERABLE = 1
    SYMBOLS = 2


class Property:
    """What a property is, and which parts of a descriptor there are."""

    CONFIGURABLE = 1
    WRITABLE = 2
    ENUMERABLE = 4
    VALUE = 8
    GET = 16
    SET = 32


class Brand:
    """What kind of object the engine made."""

    NONE = 0
    ARRAY = 1
    ERROR = 2
    PROMISE = 3
    ARRAY_BUFFER = 4
    PROXY = 5
    MAP = 6
    SET = 7
    DATE = 8
    REG_EXP = 9
    WEAK_REF = 10
    WEAK_MAP = 11
    WEAK_SET = 12
    DATA_VIEW = 13


class Proxy:
    """Parts of a proxy."""

    TARGET = 0
    HANDLER = 1


class Fact:
    """What snap_fact tells."""

    LENGTH = 0
    CONSTRUCTOR_NAME = 1


class Interrupt:
    """Values of `Control.interrupt`."""

    NONE = 0
    NOW = 1
    ASK = 2
    SEEN = 3


class Event:
    """Bits of `Control.events`."""

    REJECTIONS = 1
    RELEASED = 2
    PENDING = 4
    UNANSWERED = 8
    SOURCE_MAPS = 16
    TIMERS_UNAWAITED = 32
    UNDELIVERED = 64


class Stream:
    """Console streams."""

    STDOUT = 1
    STDERR = 2


class Web:
    """The `web` argument of snap_initialize."""

    CONSOLE = 1
    TIMERS = 2
    MICROTASK = 4
    PERFORMANCE = 8
    EVENTS = 16
    URL = 32
    ENCODING = 64
    STRUCTURED_CLONE = 128
    MESSAGING = 256
    BLOB = 512
    STREAMS = 1024
    COMPRESSION = 2048
    CRYPTO = 4096
    HTTP = 8192
    FETCH = 16384
    NAVIGATOR = 32768


class Intrinsic:
    """The `intrinsics` argument of snap_initialize."""

    DATE = 1
    EVAL = 2
    REGEXP = 4
    JSON = 8
    PROXY = 16
    MAP_SET = 32
    TYPED_ARRAYS = 64
    PROMISE = 128
    BIG_INT = 256
    WEAK_REF = 512
    PERFORMANCE = 1024
    DOM_EXCEPTION = 2048
    ATOB_BTOA = 4096


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
    found: dict[str, int] = {}
    for name, value in globals().items():
        if isinstance(value, type):
            found |= {f"{name.upper()}_{member}": number for member, number in members(value).items()}
        elif name.isupper() and type(value) is int and name not in _OURS:
            found[name] = value
    return found


def control_fields() -> list[tuple[str, int, int]]:
    """The fields of the control block in order: name, offset, size in bytes."""
    fields = ((entry[0], getattr(Control, entry[0])) for entry in Control._fields_)
    return [(name, field.offset, field.size) for name, field in fields]
