/* Platform objects in StructuredSerialize: those of the interfaces that scripts of engine/web make.
 *
 *     web.serializers.set(Interface, { serialize(object), deserialize(data), transfer(object), receive(data) })
 *
 * Each function may be left out: without `serialize` an object is a DataCloneError unless it is transferred, and without `transfer` it cannot
 * be. What `serialize` returns is kept as it is, and given to each `deserialize`, so it must be what no program can change, or a copy. It may
 * be what web.native.serialize returned. What `transfer` returns is given to one `receive`, once. The functions are called on the last
 * argument of `set`. An object is of the interface when the interface's prototype is in its chain of prototypes, of whatever realm; the object
 * that is made is of the interface with that name in the realm where it is made.
 *
 *     web.serializers.show(Interface, describe(object))
 *
 * What `describe` returns is what the console shows of an object: the members of an object without a prototype, or a list of keys and values by
 * turns. It runs no code of the program, and throws where the object is none of the interface. */
static JSAtom snap_platform_symbol;   /* private: on a prototype, the functions of its interface, or null when it has none */

/* For each runtime once; -1 and throws. */
static int snap_platform_initialize(JSContext *ctx)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSValue symbol;

    if (snap_clone_class && JS_IsRegisteredClass(rt, snap_clone_class))
        return 0;
    symbol = JS_NewPrivateSymbol(ctx, "platform");
    if (JS_IsException(symbol))
        return -1;
    snap_platform_symbol = JS_ValueToAtom(ctx, symbol);
    JS_FreeValue(ctx, symbol);
    JS_NewClassID(rt, &snap_clone_class);
    return JS_NewClass(rt, snap_clone_class, &snap_clone_definition);
}

/* Says of the interface that its objects are platform objects, with these functions (borrowed). -1 and throws. */
static int snap_platform_mark(JSContext *ctx, JSValueConst interface, JSValueConst functions)
{
    JSValue prototype = JS_GetProperty(ctx, interface, JS_ATOM_prototype);
    int status = JS_IsException(prototype) ? -1 : 0;

    if (JS_IsObject(prototype))
        status = JS_DefinePropertyValue(ctx, prototype, snap_platform_symbol, js_dup(functions), JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE);
    JS_FreeValue(ctx, prototype);
    return status < 0 ? -1 : 0;
}

/* Says of the interface that its objects are platform objects, with no functions unless it has some; -1 and throws. */
static int snap_platform_declare(JSContext *ctx, JSValueConst interface)
{
    JSValue prototype = JS_GetProperty(ctx, interface, JS_ATOM_prototype);
    bool is_new = JS_IsObject(prototype) && !find_own_property(&(JSProperty *){ NULL }, JS_VALUE_GET_OBJ(prototype), snap_platform_symbol);
    int status = JS_IsException(prototype) ? -1 : 0;

    JS_FreeValue(ctx, prototype);
    return is_new ? snap_platform_mark(ctx, interface, JS_NULL) : status;
}

/* The functions of the object's interface, borrowed: null when it is a platform object and has none, and JS_UNINITIALIZED when it is none. */
static JSValueConst snap_platform_functions(const JSObject *object)
{
    for (JSObject *link = object->shape->proto; link && link->class_id != JS_CLASS_PROXY; link = link->shape->proto) {
        JSProperty *property;
        if (find_own_property(&property, link, snap_platform_symbol))
            return property->u.value;
    }
    return JS_UNINITIALIZED;
}

/* The name that `set` has given to these functions. */
static JSValue snap_platform_name(JSContext *ctx, JSValueConst functions)
{
    return JS_GetProperty(ctx, functions, snap_platform_symbol);
}

/* Calls one of the functions; JS_UNINITIALIZED: it is left out. Throws. */
static JSValue snap_platform_call(JSContext *ctx, JSValueConst functions, const char *name, JSValueConst argument)
{
    JSValue function = JS_IsObject(functions) ? JS_GetPropertyStr(ctx, functions, name) : JS_UNDEFINED;

    if (JS_IsException(function))
        return function;
    if (JS_IsUndefined(function))
        return JS_UNINITIALIZED;
    return JS_CallFree(ctx, function, functions, 1, &argument);
}

/* The object that one of the functions of this realm makes of `data`: of the interface with this name. JS_UNINITIALIZED: there is none here. Throws. */
static JSValue snap_platform_make(JSContext *ctx, JSValueConst name, const char *function, JSValueConst data)
{
    JSValueConst table = ctx->class_proto[snap_clone_class];
    JSAtom atom = JS_IsObject(table) ? JS_ValueToAtom(ctx, name) : JS_ATOM_NULL;
    JSValue functions, made;

    if (atom == JS_ATOM_NULL)
        return JS_IsObject(table) ? JS_EXCEPTION : JS_UNINITIALIZED;
    functions = JS_GetProperty(ctx, table, atom);
    JS_FreeAtom(ctx, atom);
    made = JS_IsException(functions) ? JS_EXCEPTION : snap_platform_call(ctx, functions, function, data);
    JS_FreeValue(ctx, functions);
    return made;
}

/* web.serializers.set(Interface, functions) */
static JSValue snap_platform_set(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue name = JS_GetProperty(ctx, argv[0], JS_ATOM_name);
    JSAtom atom = JS_IsException(name) ? JS_ATOM_NULL : JS_ValueToAtom(ctx, name);
    int status = -1;
    (void)this_value;
    (void)argc;

    if (atom != JS_ATOM_NULL)
        status = JS_DefinePropertyValue(ctx, ctx->class_proto[snap_clone_class], atom, js_dup(argv[1]), JS_PROP_C_W_E);
    if (status >= 0)
        status = JS_DefinePropertyValue(ctx, argv[1], snap_platform_symbol, js_dup(name), 0);
    if (status >= 0)
        status = snap_platform_mark(ctx, argv[0], argv[1]);
    JS_FreeAtom(ctx, atom);
    JS_FreeValue(ctx, name);
    return status < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

/* The function that describes objects of the nearest interface that has one; JS_UNDEFINED: none has. Throws. */
static JSValue snap_platform_describer(JSContext *ctx, const JSObject *object)
{
    JSValue describe = JS_UNDEFINED;

    for (JSObject *link = object->shape->proto; link && link->class_id != JS_CLASS_PROXY && JS_IsUndefined(describe); link = link->shape->proto) {
        JSProperty *property;
        if (find_own_property(&property, link, snap_platform_symbol) && JS_IsObject(property->u.value))
            describe = JS_GetPropertyStr(ctx, property->u.value, "describe");
    }
    return describe;
}

static JSValue snap_platform_shown(JSContext *ctx, JSObject *object)
{
    JSInterruptHandler *handler = snap_runtime->interrupt_handler;   /* no interrupt is for what is ours, and ends */
    JSValue pending, describe, shown = JS_UNDEFINED;

    if (!snap_platform_symbol)
        return JS_UNDEFINED;
    pending = JS_GetException(ctx);
    describe = snap_platform_describer(ctx, object);
    JS_SetInterruptHandler(snap_runtime, NULL, NULL);
    if (JS_IsObject(describe))
        shown = JS_Call(ctx, describe, JS_UNDEFINED, 1, &(JSValueConst){ JS_MKPTR(JS_TAG_OBJECT, object) });
    JS_SetInterruptHandler(snap_runtime, handler, NULL);
    JS_FreeValue(ctx, describe);
    if (JS_IsException(describe) || JS_IsException(shown)) {
        snap_forget_exception(ctx);
        shown = JS_UNDEFINED;
    }
    JS_Throw(ctx, pending);
    return shown;
}

/* web.serializers.show(Interface, describe) */
static JSValue snap_platform_show(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    JSValue prototype = JS_GetProperty(ctx, argv[0], JS_ATOM_prototype), functions;
    JSProperty *property;
    int status = -1;
    (void)this_value;
    (void)argc;

    if (JS_IsException(prototype))
        return JS_EXCEPTION;
    if (find_own_property(&property, JS_VALUE_GET_OBJ(prototype), snap_platform_symbol) && JS_IsObject(property->u.value))
        functions = JS_DupValue(ctx, property->u.value);
    else
        functions = JS_NewObjectProto(ctx, JS_NULL);
    JS_FreeValue(ctx, prototype);
    if (!JS_IsException(functions) && JS_DefinePropertyValueStr(ctx, functions, "describe", js_dup(argv[1]), 0) >= 0)
        status = snap_platform_mark(ctx, argv[0], functions);
    JS_FreeValue(ctx, functions);
    return status < 0 ? JS_EXCEPTION : JS_UNDEFINED;
}

/* web.serializers; throws. */
static JSValue snap_platform_serializers(JSContext *ctx)
{
    static const JSCFunctionListEntry members[] = { JS_CFUNC_DEF("set", 2, snap_platform_set), JS_CFUNC_DEF("show", 2, snap_platform_show) };
    JSValue serializers = JS_NewObjectProto(ctx, JS_NULL), table = JS_EXCEPTION;

    if (!JS_IsException(serializers) && JS_SetPropertyFunctionList(ctx, serializers, members, countof(members)) >= 0)
        table = JS_NewObjectProto(ctx, JS_NULL);
    if (JS_IsException(table)) {
        JS_FreeValue(ctx, serializers);
        return JS_EXCEPTION;
    }
    JS_SetClassProto(ctx, snap_clone_class, table);
    return serializers;
}
