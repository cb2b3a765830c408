/* Between the engine and its compiler, which does not look whether its allocations succeed: it goes on with code that it could not write
 * down whole, and then finds syntax errors that are not there, or none. So what it makes of a refusal is never run and never believed. */
typedef JSValue snap_evaluator(JSContext *ctx, JSValueConst this_value, const char *source, size_t length, const char *name, int line,
                               int flags, int scope);

static snap_evaluator *snap_engine_evaluator = __JS_EvalInternal;

/* Compiled, but not run. */
static JSValue snap_compile(JSContext *ctx, JSValueConst this_value, const char *source, size_t length, const char *name, int line,
                            int flags, int scope)
{
    bool refused = snap_heap.refused;
    JSValue compiled;

    snap_heap.refused = false;
    compiled = snap_engine_evaluator(ctx, this_value, source, length, name, line, flags | JS_EVAL_FLAG_COMPILE_ONLY, scope);
    if (snap_heap.refused) {
        /* it is not freed: that would go by what the code says */
        if (JS_IsException(compiled))
            snap_forget_exception(ctx);
        return snap_throw_no_memory(ctx);
    }
    snap_heap.refused = refused;
    return compiled;
}

/* In the place of the engine's own, for eval, Function, modules and the host alike. */
static JSValue snap_evaluate(JSContext *ctx, JSValueConst this_value, const char *source, size_t length, const char *name, int line,
                             int flags, int scope)
{
    JSStackFrame *frame = (flags & JS_EVAL_TYPE_MASK) == JS_EVAL_TYPE_DIRECT ? ctx->rt->current_stack_frame : NULL;
    JSValue compiled = snap_compile(ctx, this_value, source, length, name, line, flags, scope);

    if (JS_IsException(compiled) || (flags & JS_EVAL_FLAG_COMPILE_ONLY))
        return compiled;
    return JS_EvalFunctionInternal(ctx, compiled, this_value, frame ? JS_VALUE_GET_OBJ(frame->cur_func)->u.func.var_refs : NULL, frame);
}

/* Of a realm that has the language's intrinsics, before anything is compiled in it. */
static void snap_compile_initialize(JSContext *ctx)
{
    if (ctx->eval_internal)
        ctx->eval_internal = snap_evaluate;
}
