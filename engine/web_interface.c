/* Interfaces of Web IDL whose objects are classes of the engine. */
typedef struct snap_interface {
    JSClassID *id;
    const JSClassDef *definition;
    JSCFunction *construct;
    int length;             /* of the constructor */
    const JSCFunctionListEntry *members;
    int member_count;
    const JSCFunctionListEntry *statics;
    int static_count;
} snap_interface;

/* Makes the class in the runtime's first realm; -1 and throws. */
static int snap_class_initialize(JSContext *ctx, JSClassID *id, const JSClassDef *definition)
{
    JSRuntime *rt = JS_GetRuntime(ctx);

    JS_NewClassID(rt, id);
    return JS_IsRegisteredClass(rt, *id) ? 0 : JS_NewClass(rt, *id, definition);
}

/* Makes the interface's prototype and its object, which is global; -1 and throws. */
static int snap_add_interface(JSContext *ctx, const snap_interface *interface)
{
    const char *name = interface->definition->class_name;
    JSValue prototype = JS_NewObject(ctx), constructor = JS_EXCEPTION;
    int status = -1;

    if (snap_class_initialize(ctx, interface->id, interface->definition) < 0)
        goto done;
    if (!JS_IsException(prototype) && JS_SetPropertyFunctionList(ctx, prototype, interface->members, interface->member_count) >= 0)
        constructor = JS_NewCFunction2(ctx, interface->construct, name, interface->length, JS_CFUNC_constructor, 0);
    if (JS_IsException(constructor) || JS_SetConstructor(ctx, constructor, prototype) < 0
        || JS_SetPropertyFunctionList(ctx, constructor, interface->statics, interface->static_count) < 0)
        goto done;
    JS_SetClassProto(ctx, *interface->id, JS_DupValue(ctx, prototype));
    status = JS_DefinePropertyValueStr(ctx, ctx->global_obj, name, JS_DupValue(ctx, constructor), JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE);
done:
    JS_FreeValue(ctx, constructor);
    JS_FreeValue(ctx, prototype);
    return status < 0 ? -1 : 0;
}
