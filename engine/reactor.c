/* The program of a reactor: what engine/reactor has of the `qjs` command. It is a function (request, ...values) that the host calls, and it
 * calls the host, be that who answers the imports of abi.h or WASI. */
#include "reactor_script.h"   /* which tools/build_engine.py writes: snap_reactor_source, an expression that is a function of `native` */

#define SNAP_JOBS_A_TURN 10000   /* so that a flood of microtasks does not hold the host */

static snap_bytecode snap_reactor_bytecode;

/* For every VM of the baseline; -1 and throws. */
static int snap_reactor_compile(JSContext *ctx)
{
    return snap_bytecode_make(ctx, &snap_reactor_bytecode, snap_reactor_source, sizeof snap_reactor_source - 1, "qjs:reactor");
}

/* The program; throws. `native` is what C has for it, and is taken over. */
static JSValue snap_reactor_evaluate(JSContext *ctx, JSValue native)
{
    JSValue function = JS_IsException(native) || snap_reactor_compile(ctx) < 0 ? JS_EXCEPTION : snap_bytecode_run(ctx, &snap_reactor_bytecode);
    JSValue program = JS_IsException(function) ? JS_EXCEPTION : JS_Call(ctx, function, JS_UNDEFINED, 1, vc(&native));

    JS_FreeValue(ctx, function);
    JS_FreeValue(ctx, native);
    return program;
}

/* Asks the program for something; throws. */
static JSValue snap_reactor_ask(JSContext *ctx, JSValueConst program, const char *request, JSValueConst value)
{
    JSValue name = JS_NewString(ctx, request), answer = JS_EXCEPTION;
    JSValueConst arguments[] = { name, value };

    if (!JS_IsException(name))
        answer = JS_Call(ctx, program, JS_UNDEFINED, countof(arguments), arguments);
    JS_FreeValue(ctx, name);
    return answer;
}

/* Makes the module with this name, of what the program says, where imports find it; -1 and throws. */
static int snap_reactor_module(JSContext *ctx, JSValueConst program, JSValueConst name)
{
    JSValue source = snap_reactor_ask(ctx, program, "moduleSource", name), exports = snap_reactor_ask(ctx, program, "moduleExports", name);
    const char *text = JS_ToCString(ctx, name);
    JSValue promise = JS_EXCEPTION;
    JSModuleDef *module = NULL;

    if (text && !JS_IsException(source) && !JS_IsException(exports))
        module = snap_module_compile(ctx, source, text, JS_NULL, JS_NULL);
    if (module) {
        JSValue meta = JS_GetImportMeta(ctx, module);
        if (JS_IsException(meta) || snap_define_value(ctx, meta, "exports", JS_DupValue(ctx, exports)) < 0)
            js_free_module_def(ctx, module);
        else
            promise = snap_import_for_host(ctx, module, JS_UNDEFINED);
        JS_FreeValue(ctx, meta);
    }
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, exports);
    JS_FreeValue(ctx, source);
    JS_FreeValue(ctx, promise);
    return JS_IsException(promise) ? -1 : 0;
}

/* The program with its modules; throws. */
static JSValue snap_reactor_new(JSContext *ctx, JSValue native)
{
    JSValue program = snap_reactor_evaluate(ctx, native);
    JSValue names = JS_IsException(program) ? JS_EXCEPTION : snap_reactor_ask(ctx, program, "moduleNames", JS_UNDEFINED);
    int64_t count = 0;
    int status = JS_IsException(names) ? -1 : JS_GetLength(ctx, names, &count);

    for (int64_t i = 0; i < count && status >= 0; i++) {
        JSValue name = JS_GetPropertyInt64(ctx, names, i);
        status = JS_IsException(name) ? -1 : snap_reactor_module(ctx, program, name);
        JS_FreeValue(ctx, name);
    }
    JS_FreeValue(ctx, names);
    if (status >= 0) {
        snap_jobs_budget = SNAP_JOBS_A_TURN;
        return program;
    }
    JS_FreeValue(ctx, program);
    return JS_EXCEPTION;
}

/* What C has for the program on every host; throws. */
static JSValue snap_reactor_native(JSContext *ctx)
{
    JSValue native = JS_NewObjectProto(ctx, JS_NULL);

    if (JS_IsException(native) || JS_SetPropertyFunctionList(ctx, native, snap_bjson_functions, countof(snap_bjson_functions)) >= 0)
        return native;
    JS_FreeValue(ctx, native);
    return JS_EXCEPTION;
}

uint32_t snap_reactor(void)
{
    JSContext *ctx = snap_context;

    snap_enter();
    if (!snap_has_promises(ctx))
        return snap_leave(snap_result_exception(ctx));
    return snap_leave(snap_result_after_jobs(ctx, snap_reactor_new(ctx, snap_reactor_native(ctx)), SNAP_RUN_AS_HANDLE | SNAP_RUN_JOBS));
}
