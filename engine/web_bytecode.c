/* The platform's scripts as bytecode. A VM compiles each of them once, and reads it again for every realm, which takes a fifth of the time. What
 * is read has no source: it would be half of what a realm takes, and functions of the platform show "[native code]". */
/* A script is a function of `web`; its own names are not global. */
typedef struct snap_web_script {
    const char *name;      /* in stack traces */
    uint32_t areas;
    const char *source;
    size_t size;
} snap_web_script;

#include "web_scripts.h"   /* which tools/build_engine.py writes: snap_web_scripts, in the order of engine/web/scripts.toml, and a row without a name */

typedef struct snap_bytecode {
    uint8_t *bytes;        /* NULL: not compiled yet */
    size_t size;
} snap_bytecode;

static snap_bytecode snap_web_bytecode[countof(snap_web_scripts)];

/* As JS_WriteObject(), which passes over some names for which there is no memory, and leaves the exception. */
static uint8_t *snap_object_bytes(JSContext *ctx, size_t *size, JSValueConst value, int flags)
{
    uint8_t *bytes = JS_WriteObject(ctx, size, value, flags);

    if (!bytes || !JS_HasException(ctx))
        return bytes;
    js_free(ctx, bytes);
    return NULL;
}

/* Unless it is compiled already. -1 and throws. */
static int snap_bytecode_make(JSContext *ctx, snap_bytecode *bytecode, const char *source, size_t size, const char *name)
{
    JSValue compiled;

    if (bytecode->bytes)
        return 0;
    compiled = JS_Eval(ctx, source, size, name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(compiled))
        return -1;
    bytecode->bytes = snap_object_bytes(ctx, &bytecode->size, compiled, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
    JS_FreeValue(ctx, compiled);
    return bytecode->bytes ? 0 : -1;
}

/* What it evaluates to in this realm; throws. */
static JSValue snap_bytecode_run(JSContext *ctx, const snap_bytecode *bytecode)
{
    JSValue function = JS_ReadObject(ctx, bytecode->bytes, bytecode->size, JS_READ_OBJ_BYTECODE);
    return JS_IsException(function) ? function : JS_EvalFunction(ctx, function);
}

/* What the script evaluates to in this realm: a function of `web`. Throws. */
static JSValue snap_web_function(JSContext *ctx, const snap_web_script *script)
{
    snap_bytecode *bytecode = &snap_web_bytecode[script - snap_web_scripts];

    return snap_bytecode_make(ctx, bytecode, script->source, script->size, script->name) < 0 ? JS_EXCEPTION : snap_bytecode_run(ctx, bytecode);
}
