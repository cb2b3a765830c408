"""The modules that Node has built in, and those of them that packages of the archive stand in for."""

from __future__ import annotations

import re

# Where in the archive; the others are empty.
_POLYFILLS = {
    "assert": "node_modules/assert/build/assert.js",
    "buffer": "node_modules/buffer/index.js",
    "events": "node_modules/events/events.js",
    "path": "node_modules/path-browserify/index.js",
    "punycode": "node_modules/punycode/punycode.js",
    "querystring": "node_modules/querystring-es3/index.js",
    "string_decoder": "node_modules/string_decoder/lib/string_decoder.js",
    "url": "node_modules/url/url.js",
    "util": "node_modules/util/util.js",
    "util/types": "node_modules/util/support/types.js",
    # Other names, behind those that their modules have.
    "path/posix": "node_modules/path-browserify/index.js",
    "sys": "node_modules/util/util.js",
}

_OTHERS = """
_http_agent _http_client _http_common _http_incoming _http_outgoing _http_server _stream_duplex _stream_passthrough
_stream_readable _stream_transform _stream_wrap _stream_writable _tls_common _tls_wrap assert/strict async_hooks
child_process cluster console constants crypto dgram diagnostics_channel dns dns/promises domain fs fs/promises http
http2 https inspector inspector/promises module net os path/win32 perf_hooks process readline readline/promises repl
stream stream/consumers stream/promises stream/web timers timers/promises tls trace_events tty v8 vm wasi
worker_threads zlib
"""

# Those that exist only with the scheme.
_SCHEME_ONLY = "sea sqlite test test/reporters"

NAMES: dict[str, str] = dict.fromkeys(_OTHERS.split(), "") | _POLYFILLS
"""What can be imported without ``node:``: the path in the archive, or nothing where there is no polyfill."""

_ALL = NAMES | dict.fromkeys(_SCHEME_ONLY.split(), "")

# Some of the packages look at Node's global; a local one leaves the program's own global object alone.
_PROCESS = (
    "var process={env:{},argv:[],cwd:function(){return'/'},"
    "nextTick:function(f){var a=[].slice.call(arguments,1);Promise.resolve().then(function(){f.apply(null,a)})}};"
)
_STRICT = re.compile(r"""\s*(?://[^\n]*\n\s*|/\*.*?\*/\s*)*(['"])use strict\1""", re.DOTALL)


def polyfill(name: str) -> str | None:
    """The path in the archive of what stands in for a module of Node, or ``None``."""
    return NAMES.get(name) or None


def is_builtin(name: str) -> bool:
    """Say whether Node has a module of that name, given without ``node:``."""
    return name in _ALL


# What they export, most of which their text does not say.
_EXPORTS = {
    "assert": """
        AssertionError deepEqual deepStrictEqual doesNotMatch doesNotReject doesNotThrow equal fail ifError match
        notDeepEqual notDeepStrictEqual notEqual notStrictEqual ok rejects strict strictEqual throws
    """,
    "buffer": "Buffer INSPECT_MAX_BYTES SlowBuffer kMaxLength",
    "events": "EventEmitter defaultMaxListeners init listenerCount once",
    "path": """
        _makeLong basename delimiter dirname extname format isAbsolute join normalize parse posix relative resolve sep
        win32
    """,
    "punycode": "decode encode toASCII toUnicode ucs2 version",
    "querystring": "decode encode parse stringify",
    "string_decoder": "StringDecoder",
    "url": "Url format parse resolve resolveObject",
    "util": """
        _extend callbackify debuglog deprecate format inherits inspect isArray isBoolean isBuffer isDate isError
        isFunction isNull isNullOrUndefined isNumber isObject isPrimitive isRegExp isString isSymbol isUndefined log
        promisify types
    """,
    "util/types": """
        isAnyArrayBuffer isArgumentsObject isArrayBuffer isArrayBufferView isAsyncFunction isBigInt64Array
        isBigIntObject isBigUint64Array isBooleanObject isBoxedPrimitive isDataView isFloat32Array
        isFloat64Array isGeneratorFunction isGeneratorObject isInt16Array isInt32Array isInt8Array isMap isMapIterator
        isNumberObject isPromise isSet isSetIterator isSharedArrayBuffer isStringObject
        isSymbolObject isTypedArray isUint16Array isUint32Array isUint8Array isUint8ClampedArray isWeakMap isWeakSet
        isWebAssemblyCompiledModule
    """,
}

_BY_PATH = {path: name for name, path in reversed(_POLYFILLS.items())}


def name_of(path: str) -> str:
    """The module name of a file in the archive."""
    return "node:" + _BY_PATH.get(path, path)


def exports(path: str) -> tuple[str, ...] | None:
    """What a file in the archive exports, or ``None`` where it is no module of Node."""
    name = _BY_PATH.get(path)
    return None if name is None else tuple(_EXPORTS[name].split())


def path_of(name: str) -> str | None:
    """The file in the archive of a module name, or ``None`` where it is no such name."""
    if not name.startswith("node:"):
        return None
    rest = name[5:]
    return rest if rest.startswith("node_modules/") else polyfill(rest)


def source_of(content: str) -> str:
    """A file of the archive with the globals that it looks at, on its first line."""
    if "process" not in content:
        return content
    return f"'use strict';{_PROCESS}{content}" if _STRICT.match(content) else _PROCESS + content
