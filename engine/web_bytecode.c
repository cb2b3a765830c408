/* The scripts of engine/web as bytecode. A VM compiles each of them once, and reads it again for every realm, which takes a fifth of the time. What
 * is read has no source: it would be half of what a realm takes, and functions of the platform show "[native code]". */
/* A script is a function of `web`; its own names are not global. */
typedef struct snap_web_script {
    const char *name;      /* in stack traces */
    uint32_t areas;
    const char *source;
    size_t size;
} snap_web_script;

#include "web_scripts.h"   /* which tools/build_engine.py writes: snap_web_scripts, in the order of engine/web/scripts.toml, and a row without a name */

static struct {
    uint8_t *bytes;
    size_t size;
} snap_web_bytecode[countof(snap_web_scripts)];

/* -1 and throws. */
static int snap_web_compile(JSContext *ctx, const snap_web_script *script)
{
    JSValue compiled = JS_Eval(ctx, script->source, script->size, script->name, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    size_t size;
    uint8_t *bytes;

    if (JS_IsException(compiled))
        return -1;
    bytes = JS_WriteObject(ctx, &size, compiled, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
    JS_FreeValue(ctx, compiled);
    if (!bytes)
        return -1;
    snap_web_bytecode[script - snap_web_scripts].bytes = bytes;
    snap_web_bytecode[script - snap_web_scripts].size = size;
    return 0;
}

/* What the script evaluates to in this realm: a function of `web`. Throws. */
static JSValue snap_web_function(JSContext *ctx, const snap_web_script *script)
{
    JSValue function;

    if (!snap_web_bytecode[script - snap_web_scripts].bytes && snap_web_compile(ctx, script) < 0)
        return JS_EXCEPTION;
    function = JS_ReadObject(ctx, snap_web_bytecode[script - snap_web_scripts].bytes, snap_web_bytecode[script - snap_web_scripts].size,
                             JS_READ_OBJ_BYTECODE);
    return JS_IsException(function) ? function : JS_EvalFunction(ctx, function);
}
