/* What the units of this folder share. unit.c includes quickjs.c first, then this header and every unit below, so that the engine's
 * own structures are in reach without a patch. unit.c is their order. Here is what many of them use, and what is used above the unit that has it.
 *
 * Ownership, as in quickjs.h: a JSValue argument is taken over, a JSValueConst is borrowed, a returned JSValue belongs to the caller.
 * "Throws" means: returns its failure value with an exception set on the context.
 */
#ifndef SNAP_INTERNAL_H
#define SNAP_INTERNAL_H

#include "abi.h"

static struct snap_control snap_control;
static JSRuntime *snap_runtime;
static JSContext *snap_context;

/* buffer.c: bytes that grow. Memory comes from the C library, so that a message does not count as the program's heap.
 * After a failed growth `failed` is set and writes do nothing; check it once at the end. */
typedef struct snap_buffer {
    uint8_t *data;
    size_t size, capacity;
    bool failed;
} snap_buffer;

static void snap_buffer_clear(snap_buffer *b);                 /* size 0; gives back what a large message took */
static void snap_buffer_free(snap_buffer *b);
static bool snap_buffer_reserve(snap_buffer *b, size_t more);  /* room for `more` bytes at data + size */
static void snap_put(snap_buffer *b, const void *bytes, size_t size);
static void snap_put_byte(snap_buffer *b, uint8_t byte);

/* buffer.c: MessagePack, without the values of JavaScript */
static void snap_put_nil(snap_buffer *b);
static void snap_put_bool(snap_buffer *b, bool value);
static void snap_put_int(snap_buffer *b, int64_t value);
static void snap_put_uint(snap_buffer *b, uint64_t value);
static void snap_put_float(snap_buffer *b, double value);
static void snap_put_text(snap_buffer *b, const char *text, size_t length);      /* UTF-8 */
static void snap_put_bin_header(snap_buffer *b, uint32_t length);
static void snap_put_array(snap_buffer *b, uint32_t count);
static size_t snap_begin_array(snap_buffer *b);                                /* an array whose length is not known yet … */
static void snap_end_array(snap_buffer *b, size_t begun, uint32_t count);       /* … and now it is */
static void snap_put_map(snap_buffer *b, uint32_t count);
static void snap_put_ext_header(snap_buffer *b, uint8_t type, uint32_t length);
static size_t snap_begin_ext(snap_buffer *b, uint8_t type);                     /* likewise; what stands between is the payload */
static void snap_end_ext(snap_buffer *b, size_t begun);

/* handles.c: the table of values that the host refers to. It lives in the heap, so handles live through a snapshot. */
static snap_handle snap_handle_new(JSContext *ctx, JSValueConst value);         /* one reference; 0 and throws */
static bool snap_handle_get(snap_handle handle, JSValue *borrowed);             /* false: no such handle */
static void snap_handle_retain(snap_handle handle);
static void snap_handle_drop(snap_handle handle);

/* loop.c: the host could not answer, so the code that runs is stopped */
static void snap_unanswered(void);

/* module_requests.c: what is asked for; borrowed. The importer is null when the host itself imports. */
typedef struct snap_wanted {
    JSValueConst specifier, importer, attributes;
} snap_wanted;

/* who answers in the place of the imports of abi.h, and so never without an answer; NULL: nobody */
typedef struct snap_system_host {
    double (*clock)(void);                                                      /* Unix milliseconds */
    void (*write)(uint32_t stream, const uint8_t *text, size_t length);
    uint32_t (*module)(JSContext *ctx, const snap_wanted *wanted, uint32_t mode, JSValue *answer);   /* as snap_module_ask() */
    JSValue (*call)(JSContext *ctx, int argc, JSValueConst *argv);              /* as web.call; throws */
} snap_system_host;
static const snap_system_host *snap_system;

/* realms.c */
static JSContext *snap_realm(uint32_t id);                                      /* 0: the VM's own; NULL: there is none. Closed, it stays until the export ends */

/* lend.c: what the host has lent to JavaScript under a number, and wants to hear of when it is dropped */
static int snap_lend(JSContext *ctx, JSValueConst object, uint32_t reference);  /* ties the number to the object's life; -1 and throws */
static bool snap_lent(JSContext *ctx, JSValueConst object, uint32_t *reference);/* runs no guest code */

/* host_object.c, host_object_members.c: objects of the host, by number */
static bool snap_is_host_object(JSValueConst value);
static uint32_t snap_host_object_reference(JSValueConst value);                  /* of a host object; 0: it is of a host that is gone */
static void snap_host_objects_unbind(void);                                     /* all are of a host that is gone */

/* host.c: functions of the host, by name and index */
static int64_t snap_host_index(JSValueConst value);                             /* index of a bound host function, else -1 */
static JSValue snap_host_value(JSContext *ctx, uint32_t index);                 /* the function; JS_UNINITIALIZED: no such index */

/* pending.c */
struct snap_host_entry;
/* the promise of a call of this function, which is recorded; throws */
static JSValue snap_pending_record(JSContext *ctx, const struct snap_host_entry *entry, int argc, JSValueConst *argv);
static JSValue snap_pending_promise(JSContext *ctx, uint32_t id);               /* JS_UNINITIALIZED: no such call */
static void snap_pending_unbind(void);                                          /* host objects among the arguments are of a host that is gone */

/* encode.c: a value to a message, appended to `out`. Returns STATUS_OK, STATUS_EXCEPTION (and throws) or STATUS_CONVERSION (and then
 * `out` holds a str in place of the value). On failure no handle stays behind. Getters of plain objects run; no other guest code does. */
static uint32_t snap_encode(JSContext *ctx, snap_buffer *out, JSValueConst value, bool *has_references);
/* as snap_encode of an array of these values; for paths, they count from the first that is not `leading` */
static uint32_t snap_encode_values(JSContext *ctx, snap_buffer *out, uint32_t leading, uint32_t count, JSValueConst *values, bool *has_references);
/* the ERROR payload of a thrown value. Never throws; false, with nothing written, when there was no memory */
static bool snap_encode_error(JSContext *ctx, snap_buffer *out, JSValueConst thrown, bool *has_references);
/* as HANDLE whatever it is; throws */
static uint32_t snap_encode_handle(JSContext *ctx, snap_buffer *out, JSValueConst value);
/* a string value; lone surrogates make it ext STRING */
static uint32_t snap_encode_string(JSContext *ctx, snap_buffer *out, JSValueConst string);

/* encode.c, encode_error.c: a part of a message. False after a failure: then the encoder's status is set, and for EXCEPTION something is thrown */
struct snap_encoder;
struct snap_path;
static bool snap_write_value(struct snap_encoder *e, JSValueConst value);
static bool snap_write_error(struct snap_encoder *e, JSObject *error, struct snap_path *path);

/* decode.c: a message from the host. Never trusts it: every length is checked. A malformed message is STATUS_MALFORMED and why is in
 * snap_malformed; STATUS_EXCEPTION throws (no memory). Nothing stays allocated on failure. */
static const char *snap_malformed;
static uint32_t snap_decode(JSContext *ctx, const uint8_t *data, size_t size, JSValue *value);
/* an array's members into `values`, at most `most`; the caller frees them */
static uint32_t snap_decode_array(JSContext *ctx, const uint8_t *data, size_t size, JSValue *values, uint32_t most, uint32_t *count);

/* decode.c, decode_ext.c: a part of a message; see decode_read.c for failures */
struct snap_decoder;
static JSValue snap_decode_value(struct snap_decoder *d);
static JSValue snap_decode_ext(struct snap_decoder *d, uint8_t type, size_t length);
static JSValue snap_decode_host_object(struct snap_decoder *d, size_t length);

/* module_requests.c, module_loads.c */
/* for import.meta.resolve and require.resolve; throws */
static JSValue snap_module_resolved(JSContext *ctx, JSValueConst specifier, JSValueConst importer, uint32_t mode);
static JSValue snap_fetch_settled(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int is_rejection, JSValueConst *data);

/* web_events.c: the program hears of what nobody caught before the host does */
static bool snap_report_exception(JSContext *ctx);                              /* whether it has taken care of the exception; else one is set */
static int snap_rejection_tell(JSValueConst promise, JSValueConst reason, bool is_handled);  /* whether the host need not hear; -1 and throws */

/* commonjs.c, require.c */
static int snap_commonjs_evaluate(JSContext *ctx, JSModuleDef *module);         /* as the engine evaluates a module of C; -1 and throws */
static JSValue snap_require_new(JSContext *ctx, JSValueConst name);             /* the function `require` of the module with this name; throws */

/* structured_clone_platform.c: what the console shows of a platform object, by a script of ours; undefined: nothing in particular. Never throws */
static JSValue snap_platform_shown(JSContext *ctx, JSObject *object);

/* inspect.c: as Node's util.inspect; runs no guest code, never throws */
struct snap_inspector;
static void snap_show(struct snap_inspector *in, JSValueConst value, int level);

#endif
