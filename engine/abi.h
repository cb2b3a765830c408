/* The boundary between the guest (this folder, compiled to engine.wasm) and the host (snapjs._guest).
 *
 * One crossing an operation: the host writes one message into the input buffer, calls one export, and reads one message from the
 * result that the control block names. Messages are in the value codec, docs/codec.md. Pointers are offsets into linear memory.
 *
 * The lists below are the only source of these names. The guest describes itself from them (snap_describe), and
 * tests/guest/test_abi.py compares that with snapjs/_guest/abi.py.
 */
#ifndef SNAP_ABI_H
#define SNAP_ABI_H

#include <stdint.h>

#define SNAP_ABI_VERSION 1

/* Constants: name, value. Grouped by first word. */
#define SNAP_CONSTANTS(X) \
    /* what an export or an import returns */ \
    X(STATUS_OK, 0)              /* the result is what was asked for */ \
    X(STATUS_EXCEPTION, 1)       /* the result is an ERROR payload, or empty when there was no memory to build one */ \
    X(STATUS_INTERRUPTED, 2)     /* stopped by the interrupt flag; no result */ \
    X(STATUS_CONVERSION, 3)      /* the result is a str: why the value could not be converted, and its path */ \
    X(STATUS_MALFORMED, 4)       /* the input was not a valid message; the result is a str: why */ \
    X(STATUS_INVALID, 5)         /* a handle, index or id that does not exist */ \
    X(STATUS_NOT_QUIESCENT, 6)   /* JavaScript is on the stack */ \
    X(STATUS_PENDING, 7)         /* what was asked for is not settled yet */ \
    X(STATUS_ABSENT, 8)          /* there is no such thing (property, map, function of the host) */ \
    X(STATUS_UNANSWERED, 9)      /* of an import: the host's own stack has ended, and it could not answer */ \
    X(STATUS_INTEGER, 10)        /* there is no message: the result is the integer in the upper 24 bits of the status */ \
    /* bits of snap_control.result_flags */ \
    X(RESULT_HAS_REFERENCES, 1)  /* the message contains REFERENCE, or nests deeper than RECURSION_MAXIMUM */ \
    X(RESULT_OUT_OF_MEMORY, 2)   /* the exception is the engine's out-of-memory error */ \
    X(RESULT_STACK_OVERFLOW, 4)  /* the exception is the engine's stack-overflow error */ \
    X(RESULT_HANDLES, 8)         /* of host_request: the message is handles of `this` and the arguments, 8 bytes each, raw; the host borrows them */ \
    X(RESULT_BYTES, 16)          /* the result is no message but the bytes of a Uint8Array or ArrayBuffer, for the host to copy before it calls again */ \
    X(RESULT_REQUEST, 128)       /* of host_request: the host has not answered yet */ \
    /* flags of exports that run code */ \
    X(RUN_JOBS, 1)               /* drain microtasks before returning, unless JavaScript is below on the stack */ \
    X(RUN_AS_HANDLE, 2)          /* the result is a HANDLE, whatever the value is */ \
    X(RUN_ASYNC, 4)              /* eval: allow top-level await; the result is a PROMISE of the completion value */ \
    X(RUN_MODULE, 8)             /* eval: the source is an ES module; the result is a PROMISE of its namespace */ \
    X(RUN_STRICT, 16)            /* eval: strict mode */ \
    X(RUN_CONSTRUCT, 32)         /* call: as a constructor */ \
    X(RUN_COMPILE_ONLY, 64)      /* eval: the result is bytecode, as bin */ \
    X(RUN_BARRIER, 128)          /* eval: leave the callers' frames out of stack traces */ \
    X(RUN_WRAPPED, 256)          /* eval, ASYNC: the promise is that of {value}, as the engine makes it */ \
    X(RUN_STRIP_SOURCE, 512)     /* eval, COMPILE_ONLY: bytecode without the functions' source text … */ \
    X(RUN_STRIP_DEBUG, 1024)     /* … and without line numbers and variable names */ \
    /* extension types of the codec */ \
    X(EXT_UNDEFINED, 0) X(EXT_STRING, 1) X(EXT_BIGINT, 2) X(EXT_SYMBOL, 3) X(EXT_DATE, 4) X(EXT_REGEXP, 5) \
    X(EXT_TYPED, 6) X(EXT_MAP, 7) X(EXT_SET, 8) X(EXT_ERROR, 9) X(EXT_FUNCTION, 10) X(EXT_PROMISE, 11) \
    X(EXT_HANDLE, 12) X(EXT_HOST_FUNCTION, 13) X(EXT_REFERENCE, 14) X(EXT_PENDING, 15) X(EXT_EMPTY, 16) \
    X(EXT_TRANSFER, 17) X(EXT_HOST_OBJECT, 18) \
    /* kinds of typed array */ \
    X(TYPED_UINT8_CLAMPED, 0) X(TYPED_INT8, 1) X(TYPED_UINT8, 2) X(TYPED_INT16, 3) X(TYPED_UINT16, 4) X(TYPED_INT32, 5) \
    X(TYPED_UINT32, 6) X(TYPED_BIG_INT64, 7) X(TYPED_BIG_UINT64, 8) X(TYPED_FLOAT16, 9) X(TYPED_FLOAT32, 10) X(TYPED_FLOAT64, 11) \
    /* how a host function answers */ \
    X(HOST_SYNC, 0)              /* the import host_request is called and returns the answer */ \
    X(HOST_DEFERRED, 1)          /* a pending call is recorded and its promise returned; the host is not called */ \
    X(HOST_UNBOUND, 2)           /* a name that nothing is bound to: calling it throws */ \
    X(HOST_TAKES_HANDLES, 4)     /* added to one of these: arguments cross as handles, and `this` before them */ \
    X(HOST_SERVICE, 0xffffff)    /* no mode, but the index in a request for a service of the host: the first argument is its name */ \
    X(HOST_MEMBER, 0xfffffe)     /* likewise for a member of an object of the host: the first arguments are the object and the member's name */ \
    /* what a member of an object of the host is */ \
    X(MEMBER_METHOD, 0) X(MEMBER_ASYNC, 1) X(MEMBER_ATTRIBUTE, 2)   /* ASYNC: a method whose calls are pending calls, with the name "<grant>" */ \
    /* how host_import is meant. Its message is [specifier, importer or nil, attributes or nil, IMPORT_*], the answer [name, nil, nil, url or nil] \
     * of a module that the guest has, or [name, kind, source, url or nil, exports or nil]; nils at the end may be left out. Where it is \
     * PENDING, [name], and what answers the pending call is one of these */ \
    X(IMPORT_REQUIRE, 1)         /* for CommonJS, which cannot wait */ \
    X(IMPORT_RESOLVE, 2)         /* only the name and the url are wanted */ \
    X(IMPORTERS_MAXIMUM, 50)     /* of a chain of importers, as far as it is told */ \
    /* handles that are there without having been made; releasing one does nothing */ \
    X(FIXED_GLOBAL, 1)           /* the global object of the VM's own realm; of realm n, n more */ \
    X(FIXED_UNDEFINED, 0x7ffffff0) X(FIXED_NULL, 0x7ffffff1) X(FIXED_TRUE, 0x7ffffff2) X(FIXED_FALSE, 0x7ffffff3) \
    /* what snap_wrap makes of the value */ \
    X(WRAP_VALUE, 0)             /* nothing else */ \
    X(WRAP_ARRAY_BUFFER, 1)      /* of a Uint8Array, its buffer */ \
    X(WRAP_ERROR, 2)             /* of a string, an Error with this message */ \
    /* what snap_convert converts to */ \
    X(CONVERT_NUMBER, 0) X(CONVERT_BIG_INT, 1) X(CONVERT_STRING, 2) X(CONVERT_BOOLEAN, 3) \
    X(CONVERT_BUFFER, 4)         /* the bytes of an ArrayBuffer, or of the whole buffer under a view */ \
    X(CONVERT_BYTES, 5)          /* the bytes of an ArrayBuffer, or of the part that a view shows */ \
    /* which keys snap_keys gives */ \
    X(KEYS_ENUMERABLE, 1) X(KEYS_SYMBOLS, 2) \
    /* what a property is, and which parts of a descriptor there are; the first three as the engine has them */ \
    X(PROPERTY_CONFIGURABLE, 1) X(PROPERTY_WRITABLE, 2) X(PROPERTY_ENUMERABLE, 4) X(PROPERTY_VALUE, 8) X(PROPERTY_GET, 16) X(PROPERTY_SET, 32) \
    /* what kind of object the engine made */ \
    X(BRAND_NONE, 0) X(BRAND_ARRAY, 1) X(BRAND_ERROR, 2) X(BRAND_PROMISE, 3) X(BRAND_ARRAY_BUFFER, 4) X(BRAND_PROXY, 5) X(BRAND_MAP, 6) \
    X(BRAND_SET, 7) X(BRAND_DATE, 8) X(BRAND_REG_EXP, 9) X(BRAND_WEAK_REF, 10) X(BRAND_WEAK_MAP, 11) X(BRAND_WEAK_SET, 12) X(BRAND_DATA_VIEW, 13) \
    /* parts of a proxy */ \
    X(PROXY_TARGET, 0) X(PROXY_HANDLER, 1) \
    /* what snap_fact tells */ \
    X(FACT_LENGTH, 0) X(FACT_CONSTRUCTOR_NAME, 1) \
    /* snap_control.interrupt */ \
    X(INTERRUPT_NONE, 0) X(INTERRUPT_NOW, 1) X(INTERRUPT_ASK, 2)   /* ASK: call host_interrupt at every poll */ \
    X(INTERRUPT_SEEN, 3)         /* NOW, and the guest knows: it unwinds, and frees what the code that was stopped had */ \
    /* bits of snap_control.events, set by the guest, cleared by whoever takes them */ \
    X(EVENT_REJECTIONS, 1)       /* snap_take_rejections has something */ \
    X(EVENT_RELEASED, 2)         /* snap_take_released has something */ \
    X(EVENT_PENDING, 4)          /* a pending call was recorded; the host clears it */ \
    X(EVENT_UNANSWERED, 8)       /* the host could not answer, so the code was stopped */ \
    X(EVENT_SOURCE_MAPS, 16)     /* there is a source map; set as long as there is */ \
    X(EVENT_TIMERS_UNAWAITED, 32) /* there are timers, and none that is awaited: timeouts of signals; set as long as it is so */ \
    X(EVENT_UNDELIVERED, 64)     /* a message could not be decoded to its end, so that what the host has lent in it may not have been received; \
                                  * or there was no memory to tell that something was dropped */ \
    /* console streams */ \
    X(STREAM_STDOUT, 1) X(STREAM_STDERR, 2) \
    /* bits of the web argument of snap_initialize */ \
    X(WEB_CONSOLE, 1) X(WEB_TIMERS, 2) X(WEB_MICROTASK, 4) X(WEB_PERFORMANCE, 8) X(WEB_EVENTS, 16) X(WEB_URL, 32) X(WEB_ENCODING, 64) \
    X(WEB_STRUCTURED_CLONE, 128) X(WEB_MESSAGING, 256) X(WEB_BLOB, 512) X(WEB_STREAMS, 1024) X(WEB_COMPRESSION, 2048) X(WEB_CRYPTO, 4096) \
    X(WEB_HTTP, 8192) X(WEB_FETCH, 16384) X(WEB_NAVIGATOR, 32768) \
    /* bits of the intrinsics argument of snap_initialize */ \
    X(INTRINSIC_DATE, 1) X(INTRINSIC_EVAL, 2) X(INTRINSIC_REGEXP, 4) X(INTRINSIC_JSON, 8) X(INTRINSIC_PROXY, 16) \
    X(INTRINSIC_MAP_SET, 32) X(INTRINSIC_TYPED_ARRAYS, 64) X(INTRINSIC_PROMISE, 128) X(INTRINSIC_BIG_INT, 256) \
    X(INTRINSIC_WEAK_REF, 512) X(INTRINSIC_PERFORMANCE, 1024) X(INTRINSIC_DOM_EXCEPTION, 2048) X(INTRINSIC_ATOB_BTOA, 4096) \
    /* bounds */ \
    X(MAX_DEPTH, 512)            /* nesting of containers in a message */ \
    X(RECURSION_MAXIMUM, 64)     /* nesting that the host decodes by recursion */ \
    X(INTEGER_END, 16777216)     /* integers below it fit into a status that is STATUS_INTEGER */ \
    X(STACK_SIZE, 2097152)       /* the guest's stack: the first bytes of linear memory, as the linker is told */ \
    X(STACK_MAXIMUM, 1048576)    /* largest stack limit; far below STACK_SIZE, so that the engine notices before the memory ends */ \
    X(EXTENSION_SLOTS, 4096)     /* the last of the table, for functions of extensions; a table that grows makes calls through it slower */ \
    X(TIMEZONE_ASK, 0x7fffffff)  /* snap_control.timezone: call host_timezone for each time */

#define SNAP_CONSTANT_ENUM(name, value) SNAP_##name = value,
enum { SNAP_CONSTANTS(SNAP_CONSTANT_ENUM) };

/* The control block: one static struct that both sides read and write directly. Fields: type, name. */
#define SNAP_CONTROL_FIELDS(X) \
    X(double, next_timer)        /* deadline of the first timer, Unix milliseconds; infinity without one */ \
    X(double, latest_time)       /* the latest clock reading of this VM, Unix milliseconds */ \
    X(uint32_t, result)          /* where the result message is … */ \
    X(uint32_t, result_length) \
    X(uint32_t, result_flags) \
    X(uint32_t, input)           /* where the host writes messages; moves when snap_reserve_input is called */ \
    X(uint32_t, input_capacity) \
    X(uint32_t, input_length)    /* of the message in it; the host writes this before a call, or before it answers one */ \
    X(uint32_t, interrupt)       /* INTERRUPT_*; written by the host at any time; by the guest, SEEN for NOW */ \
    X(uint32_t, events)          /* EVENT_* */ \
    X(uint32_t, depth)           /* how many exports are on the stack */ \
    X(uint32_t, handles)         /* handles that the host has not released */ \
    X(uint32_t, pending)         /* pending calls */ \
    X(uint32_t, timers)          /* timers */ \
    X(uint32_t, origin)          /* stamped on pending calls and timers; inherited by what their callbacks start */ \
    X(uint32_t, token_key)       /* part of the tokens of exported handles, so that those of another program are not taken for this one's */ \
    X(uint32_t, next_host_reference) /* the host's counter for exceptions and functions it lends; kept here so that it survives */ \
    X(int32_t, timezone)         /* minutes as getTimezoneOffset() has them, or TIMEZONE_ASK */

#define SNAP_CONTROL_MEMBER(type, name) type name;
struct snap_control { SNAP_CONTROL_FIELDS(SNAP_CONTROL_MEMBER) };

/* A handle: the slot's index in the low half, its generation in the high half. 0 is no handle. */
typedef uint64_t snap_handle;

#ifndef SNAP_EXPORT   /* tests/native has another */
#define SNAP_EXPORT(name) __attribute__((export_name(#name))) name
#endif
#define SNAP_IMPORT(name) __attribute__((import_module("snapjs"), import_name(#name))) name

/* ---- Exports -------------------------------------------------------------------------------------------------------
 * Each says what it takes from the input buffer (In), what message its result is (Out), and its Status, or else what it Returns. OK comes
 * with what Out says, and any other status with what its constant says above. A HANDLE is one more reference, which the host releases; a
 * handle that is an argument is borrowed. An export without a status cannot fail but as it says.
 *
 * Where EXCEPTION stands, INTERRUPTED may come instead: an error has a stack, which the program makes where it has set
 * Error.prepareStackTrace. An EXCEPTION that can only be for want of memory has no payload. */

/* ---- lifecycle ---- */

/* Where struct snap_control lies. In: nothing. Out: nothing. Returns: the address. */
uint32_t SNAP_EXPORT(snap_control_block)(void);

/* Makes the runtime and the VM's own realm; called once, before all others but snap_control_block. INVALID: the linker has laid out memory
 * in another way than STACK_SIZE says. In: nothing. Out: nothing. Status: OK INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_initialize)(uint32_t intrinsics, uint32_t web);

/* For the host to compare with what it knows. In: nothing. Out: map of this header's constants, fields and version. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_describe)(void);

/* The program's life begins: as snap_seed, and performance.timeOrigin is now. In: nothing. Out: nothing. Returns: nothing. */
void     SNAP_EXPORT(snap_begin)(uint64_t seed);

/* Sets the state of Math.random in every realm. In: nothing. Out: nothing. Returns: nothing. */
void     SNAP_EXPORT(snap_seed)(uint64_t seed);

/* Has random bytes for cryptography follow from a key of two words, which the host derives from the VM's seed; without, they are the host's
 * own. If is_renewal, only where they follow from a key already. In: nothing. Out: nothing. Returns: nothing. */
void     SNAP_EXPORT(snap_seed_randomness)(uint64_t first, uint64_t second, uint32_t is_renewal);

/* Makes the input buffer at least this large. In: nothing. Out: nothing. Returns: 1, or 0 without memory. */
uint32_t SNAP_EXPORT(snap_reserve_input)(uint32_t size);

/* Memory for an EXT_TRANSFER of the next message. In: nothing. Out: nothing. Returns: its address, or 0 without memory. */
uint32_t SNAP_EXPORT(snap_transfer_new)(uint32_t size);

/* Collects, and clears what is free. NOT_QUIESCENT: an export is on the stack. In: nothing. Out: nothing. Status: OK NOT_QUIESCENT. */
uint32_t SNAP_EXPORT(snap_prepare_snapshot)(void);

/* What every global holds, for the host to compare two states. In: nothing. Out: array of [name, whether it is a symbol, digest].
 * Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_digest_globals)(void);

/* ---- limits and memory ---- */

/* 0: no limit. In: nothing. Out: nothing. Returns: nothing. */
void     SNAP_EXPORT(snap_set_memory_limit)(uint32_t bytes);

/* 0, or more than STACK_MAXIMUM: STACK_MAXIMUM. In: nothing. Out: nothing. Returns: nothing. */
void     SNAP_EXPORT(snap_set_stack_limit)(uint32_t bytes);

/* Runs the cycle collector. In: nothing. Out: nothing. Returns: nothing. */
void     SNAP_EXPORT(snap_collect)(void);

/* 0: no automatic collection. In: nothing. Out: nothing. Returns: nothing. */
void     SNAP_EXPORT(snap_set_gc_threshold)(uint32_t bytes);

/* In: nothing. Out: nothing. Returns: bytes, or 0 where there is no automatic collection. */
uint32_t SNAP_EXPORT(snap_get_gc_threshold)(void);

/* In: nothing. Out: map of counters. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_memory_usage)(void);

/* ---- realms; 0 is the VM's own ---- */

/* In: nothing. Out: its number. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_realm_new)(uint32_t intrinsics, uint32_t web);

/* What refers to its objects goes on to. INVALID: it is closed, or the VM's own. In: nothing. Out: nothing. Status: OK INVALID. */
uint32_t SNAP_EXPORT(snap_realm_close)(uint32_t realm);

/* In: nothing. Out: array of the numbers of those that are open, without 0. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_realm_list)(void);

/* ---- code that runs; flags: RUN_* ---- */

/* In: [source, file name]; nil in place of the source: the other is a specifier to import, with RUN_MODULE. Out: value.
 * Status: OK INTEGER CONVERSION MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_eval)(uint32_t flags, uint32_t realm);

/* In: bin that this very engine has compiled. Out: value. Status: OK INTEGER CONVERSION MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_eval_bytecode)(uint32_t flags, uint32_t realm);

/* Receiver 0: undefined. In: array of arguments. Out: value. Status: OK INTEGER CONVERSION MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_call)(snap_handle function, snap_handle receiver, uint32_t flags);

/* ---- source maps by file name, for the host to read ---- */

/* In: [name, map]; nil in place of the map: the file has none any more. Out: nothing. Status: OK MALFORMED EXCEPTION. */
uint32_t SNAP_EXPORT(snap_source_map_put)(void);

/* In: name. Out: map. Status: OK ABSENT MALFORMED EXCEPTION. */
uint32_t SNAP_EXPORT(snap_source_map_get)(void);

/* ---- properties, as the program reads and writes them; object 0 is the VM's global object ---- */

/* With AS_HANDLE, undefined where there is none. In: [key]. Out: value. Status: OK INTEGER ABSENT CONVERSION MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_get)(snap_handle object, uint32_t flags);

/* The value is made in the realm. In: [key, value]. Out: nothing. Status: OK MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_set)(snap_handle object, uint32_t realm);

/* Of the object's own. In: [key]. Out: nothing. Status: OK ABSENT MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_delete)(snap_handle object);

/* flags: PROPERTY_*. In: [key, value, get, set]. Out: nothing. Status: OK MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_define)(snap_handle object, uint32_t flags);

/* ---- what a value is; no guest code runs, and a Proxy shows no properties; object 0 is the VM's global object ---- */

/* In: nothing. Out: [typeof, class name or nil, class id, BRAND_*, identity or 0]. Status: OK INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_describe_handle)(snap_handle handle);

/* which: FACT_*. In: nothing. Out: value, or nil. Status: OK INTEGER INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_fact)(snap_handle handle, uint32_t which);

/* which: KEYS_*. In: nothing. Out: array of its own keys, symbols as HANDLE. Status: OK INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_keys)(snap_handle object, uint32_t which);

/* INVALID: also a key that is an object. In: [key]. Out: PROPERTY_*. Status: OK ABSENT MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_property_flags)(snap_handle object);

/* Likewise. In: [key]. Out: [PROPERTY_*, value, get, set], each HANDLE or nil. Status: OK ABSENT MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_descriptor)(snap_handle object);

/* In: nothing. Out: HANDLE of it, or of null. Status: OK INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_prototype)(snap_handle object);

/* part: PROXY_*. ABSENT: it is no proxy. In: nothing. Out: HANDLE, of null when it is revoked. Status: OK ABSENT INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_proxy_part)(snap_handle proxy, uint32_t part);

/* ---- handles ---- */

/* One more reference. In: nothing. Out: nothing. Status: OK INVALID. */
uint32_t SNAP_EXPORT(snap_duplicate)(snap_handle handle);

/* One reference less each; unknown ones are passed over. In: count handles, 8 bytes each, raw. Out: nothing. Returns: nothing. */
void     SNAP_EXPORT(snap_release)(uint32_t count);

/* After a restore: drops the references that the former host held, and takes its objects for nobody's. In: nothing. Out: nothing. Returns:
 * nothing. */
void     SNAP_EXPORT(snap_release_all)(void);

/* In: nothing. Out: the value, converted. Status: OK INTEGER CONVERSION INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_read)(snap_handle handle);

/* kind: WRAP_*. In: value. Out: HANDLE. Status: OK MALFORMED EXCEPTION. */
uint32_t SNAP_EXPORT(snap_wrap)(uint32_t kind);

/* kind: CONVERT_*; as the program does it. ABSENT: it has no bytes. In: nothing. Out: value. Status: OK INTEGER ABSENT INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_convert)(snap_handle handle, uint32_t kind);

/* The value stays, under this number, until snap_release_export. In: nothing. Out: nothing. Status: OK INVALID. */
uint32_t SNAP_EXPORT(snap_export_handle)(snap_handle handle);

/* One more reference to an exported value. In: nothing. Out: nothing. Status: OK INVALID. */
uint32_t SNAP_EXPORT(snap_import_handle)(snap_handle handle);

/* In: nothing. Out: nothing. Status: OK INVALID. */
uint32_t SNAP_EXPORT(snap_release_export)(snap_handle handle);

/* ---- modules, for the host that answers host_import ---- */

/* In: [name, attributes or nil, whether for require]. Out: nothing. Returns: 1 or 0. */
uint32_t SNAP_EXPORT(snap_module_is_loaded)(void);

/* In: name. Out: array of it, of the module that asked for it, and so on; at most IMPORTERS_MAXIMUM. Status: OK MALFORMED EXCEPTION. */
uint32_t SNAP_EXPORT(snap_module_importers)(void);

/* In: nothing. Out: array of the names of those whose evaluation waits, for themselves or others. Status: OK INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_modules_waiting)(uint32_t realm);

/* ---- host functions; mode: HOST_* ---- */

/* The host reference is of a function that lives as long as JavaScript holds it, or 0. In: [name, shown name, host reference]. Out: nothing.
 * Returns: the index, or 0xffffffff without memory. */
uint32_t SNAP_EXPORT(snap_host_function)(uint32_t mode, uint32_t realm);

/* In: nothing. Out: nothing. Status: OK INVALID. */
uint32_t SNAP_EXPORT(snap_set_host_mode)(uint32_t index, uint32_t mode);

/* In: nothing. Out: array of [index, name, mode, host reference or 0, realm]. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_host_functions)(void);

/* In: nothing. Out: array of host references that JavaScript has dropped since; each of an object with how often it was received: [reference,
 * count]. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_take_released)(void);

/* While no message is under way: takes temporary functions that JavaScript does not have for dropped, such as those whose message was not
 * received. In: nothing. Out: array of the host references that errors have. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_lent_errors)(void);

/* In: nothing. Out: array of [reference, count] of all objects of the host that the guest has, or has not told of yet that they were dropped.
 * Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_host_objects)(void);

/* ---- pending calls ---- */

/* Those with ids above `after`. The arguments are a message of their own; is_peek: the handles in them stay the guest's. In: nothing.
 * Out: array of [id, name, arguments as bin, whether these have references, origin, realm]. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_pending_list)(uint32_t after, uint32_t is_peek);

/* A call with no arguments, which the host makes. In: name. Out: nothing. Returns: its id, or 0 without memory. */
uint32_t SNAP_EXPORT(snap_pending_new)(uint32_t origin);

/* INVALID: it is answered already. flags: RUN_JOBS. In: value. Out: nothing. Status: OK MALFORMED INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_pending_settle)(uint32_t id, uint32_t is_rejection, uint32_t flags);

/* ---- event loop ---- */

/* In: nothing. Out: int, how many ran. Status: OK NOT_QUIESCENT EXCEPTION. */
uint32_t SNAP_EXPORT(snap_run_jobs)(void);

/* As many as are due, at most so many; jobs run after each. In: nothing. Out: int, how many ran. Status: OK NOT_QUIESCENT EXCEPTION. */
uint32_t SNAP_EXPORT(snap_run_timers)(uint32_t at_most);

/* In: nothing. Out: nothing. Returns: 1 or 0. */
int32_t  SNAP_EXPORT(snap_has_jobs)(void);

/* In: nothing. Out: array of [id, deadline, interval or nil]. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_timer_list)(void);

/* In: nothing. Out: array of [promise, reason, whether it was handled late, message], two of HANDLE and an ERROR payload as bin.
 * Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_take_rejections)(void);

/* ---- promises ---- */

/* In: nothing. Out: nothing. Returns: 0 pending, 1 fulfilled, 2 rejected, -1 not a promise. */
int32_t  SNAP_EXPORT(snap_promise_state)(snap_handle promise);

/* The host will see what becomes of it: a rejection is handled. In: nothing. Out: nothing. Status: OK INVALID. */
uint32_t SNAP_EXPORT(snap_promise_observe)(snap_handle promise);

/* Observes it, too. EXCEPTION: it is rejected; AS_HANDLE: the reason is a value like another. In: nothing. Out: value.
 * Status: OK INTEGER PENDING CONVERSION INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_promise_result)(snap_handle promise, uint32_t flags);

/* In: nothing. Out: array of promise, resolve, reject, each HANDLE. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_promise_new)(void);

/* A function that is 0: none. In: nothing. Out: HANDLE of the promise that follows. Status: OK INVALID EXCEPTION. */
uint32_t SNAP_EXPORT(snap_promise_then)(snap_handle promise, snap_handle on_fulfilled, snap_handle on_rejected);

/* ---- the reactor ---- */

/* Makes what the `qjs` command has, with its modules. The function takes the requests of engine/reactor/requests.js, `start` before all others.
 * From now on an export runs at most 10,000 microtasks, and leaves the others for the next. In: nothing. Out: HANDLE of a function of a request and its values. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_reactor)(void);

/* ---- native extensions, which the host links ---- */

/* Zeros, for an extension's data; never freed. alignment: a power of two, at least 16. In: nothing. Out: nothing. Returns: the address, or 0
 * without memory. */
uint32_t SNAP_EXPORT(snap_extension_memory)(uint32_t size, uint32_t alignment);

/* function: in the table, `void (void)`: relocations, constructors. In: nothing. Out: nothing. Status: OK. */
uint32_t SNAP_EXPORT(snap_extension_prepare)(uint32_t function);

/* function: in the table, `int (JSContext *)`; a negative result is a failure. In: nothing. Out: nothing. Status: OK EXCEPTION. */
uint32_t SNAP_EXPORT(snap_extension_initialize)(uint32_t function);

/* ---- Imports -------------------------------------------------------------------------------------------------------
 * The host answers in the input buffer. A status of the host is OK or EXCEPTION (input: an encoded error value), or what is said below.
 *
 * The first argument lies where the host puts the answer. When the host's own stack has ended there may be none, and what comes back is
 * that argument: STATUS_UNANSWERED, NaN for a time, TIMEZONE_ASK for a time zone.
 *
 * host_request, a call of a host function, is made so often that it has no arguments, which the host would have to convert one by one. The
 * message is where the result of an export is, and result_flags has RESULT_REQUEST, other RESULT_* and, in the upper 24 bits, the
 * function's index. The status of the answer takes the place of result_flags: ABSENT when unbound. In: value. */
void     SNAP_IMPORT(host_request)(void);
uint32_t SNAP_IMPORT(host_import)(uint32_t unanswered, const uint8_t *request, uint32_t length);   /* a module; see IMPORT_*; PENDING: the answer comes later */
uint32_t SNAP_IMPORT(host_write)(uint32_t unanswered, uint32_t stream, const uint8_t *text, uint32_t length);   /* WTF-8; status */
double   SNAP_IMPORT(host_clock)(double unanswered, uint32_t monotonic);     /* Unix milliseconds */
int32_t  SNAP_IMPORT(host_timezone)(int32_t unanswered, double unix_seconds);   /* minutes, sign as getTimezoneOffset() */
uint32_t SNAP_IMPORT(host_interrupt)(uint32_t unanswered);                   /* not 0: stop */

#endif
