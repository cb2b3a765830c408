/* What the scripts of events need of the engine, and what nobody caught: the program hears of it first, by an event of its global object, and
 * can keep it from the host. HTML Standard, "report an exception" and "unhandled promise rejections". */

/* What the realm's function of this name answers, which its script gave to native.hear(); 0 if there is none. -1 and throws: it was stopped, or
 * had no memory. */
static int snap_hearer_call(JSContext *ctx, const char *name, int argc, JSValueConst *argv)
{
    JSValueConst hearers = snap_realm_table_if_any(ctx, SNAP_TABLE_HEARERS);
    JSValue function, answer;

    if (!JS_IsObject(hearers))
        return 0;
    function = JS_GetPropertyStr(ctx, hearers, name);
    answer = JS_IsException(function) ? JS_EXCEPTION : JS_Call(ctx, function, JS_UNDEFINED, argc, argv);
    JS_FreeValue(ctx, function);
    return JS_IsException(answer) ? -1 : JS_ToBoolFree(ctx, answer);
}

/* ---- exceptions ---- */

static struct {
    bool is_telling;    /* an exception in what hears of an exception is the host's */
    bool is_told;       /* as is the one that is thrown now */
} snap_report;

/* Whether the program has taken care of it. Throws: what hears of it was stopped, or had no memory. */
static int snap_report_tell(JSContext *ctx, JSValueConst thrown)
{
    int taken;

    if (snap_report.is_telling)
        return 0;
    snap_report.is_telling = true;
    taken = snap_hearer_call(ctx, "error", 1, &thrown);
    snap_report.is_telling = false;
    return taken;
}

/* A callback has thrown: whether the program has taken care of it. If not, an exception is set. */
static bool snap_report_exception(JSContext *ctx)
{
    JSValue thrown = JS_GetException(ctx);
    bool is_told = snap_report.is_told;
    int taken = 0;

    snap_report.is_told = false;
    if (!is_told && !JS_IsUncatchableError(thrown))
        taken = snap_report_tell(ctx, thrown);
    if (taken == 0) {
        JS_Throw(ctx, thrown);
        return false;
    }
    JS_FreeValue(ctx, thrown);
    return taken > 0;
}

/* native.report(error): whether the program has taken care of it */
static JSValue snap_report_function(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    int taken = snap_report_tell(ctx, argv[0]);
    (void)this_value;
    (void)argc;

    return taken < 0 ? JS_EXCEPTION : JS_NewBool(ctx, taken);
}

static JSValue snap_throw_job(JSContext *ctx, int argc, JSValueConst *argv)
{
    (void)argc;
    snap_report.is_told = !snap_is_stopped();   /* what a stopped job throws, nobody hears of */
    return JS_Throw(ctx, JS_DupValue(ctx, argv[0]));
}

/* native.throwLater(error): the host is told as of an exception in a microtask, by the call that runs it */
static JSValue snap_throw_later(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    return JS_EnqueueJob(ctx, snap_throw_job, 1, argv) < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

/* ---- promises ---- */

/* That of the promise; of a subclass, that of the VM. */
static JSContext *snap_promise_realm(JSValueConst promise)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->context_list) {
        JSContext *ctx = list_entry(element, JSContext, link);
        JSValueConst prototype = ctx->class_proto[JS_CLASS_PROMISE];
        if (JS_IsObject(prototype) && JS_VALUE_GET_OBJ(promise)->shape->proto == JS_VALUE_GET_OBJ(prototype))
            return ctx;
    }
    return snap_context;
}

/* Whether the host need not hear of it. Throws: what hears of it was stopped, or had no memory. */
static int snap_rejection_tell(JSValueConst promise, JSValueConst reason, bool is_handled)
{
    JSContext *ctx = snap_promise_realm(promise);
    JSValueConst arguments[] = { promise, reason, JS_NewBool(ctx, is_handled) };

    return snap_hearer_call(ctx, "rejection", countof(arguments), arguments);
}

/* ---- what scripts find in `web.native` ---- */

/* native.hear({ error, rejection }) */
static JSValue snap_hear(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    JS_SetClassProto(ctx, snap_realm_table_classes[SNAP_TABLE_HEARERS], JS_DupValue(ctx, argv[0]));
    return JS_UNDEFINED;
}

/* Milliseconds since the realm was made; without the detour by whole nanoseconds of the engine's own function, which loses the last of them. */
static JSValue snap_now_function(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    (void)argv;
    return JS_NewFloat64(ctx, snap_now() - ctx->time_origin);
}

static JSValue snap_time_origin_function(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    (void)argv;
    return JS_NewFloat64(ctx, ctx->time_origin);
}

static const JSCFunctionListEntry snap_event_functions[] = {
    JS_CFUNC_DEF("hear", 1, snap_hear),
    JS_CFUNC_DEF("report", 1, snap_report_function),
    JS_CFUNC_DEF("throwLater", 1, snap_throw_later),
    JS_CFUNC_DEF("now", 0, snap_now_function),
    JS_CFUNC_DEF("timeOrigin", 0, snap_time_origin_function),
    JS_CFUNC_MAGIC_DEF("after", 2, snap_timer_after, true),
    JS_CFUNC_MAGIC_DEF("someday", 2, snap_timer_after, false),
};

static int snap_add_events(JSContext *ctx, JSValueConst web)
{
    JSValue native = JS_GetPropertyStr(ctx, web, "native");
    int status = JS_IsException(native) ? -1 : JS_SetPropertyFunctionList(ctx, native, snap_event_functions, countof(snap_event_functions));

    JS_FreeValue(ctx, native);
    return status;
}
