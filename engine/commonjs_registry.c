/* The registry of CommonJS modules, which is `require.cache`: an object from names to module objects, one in each realm. */

/* ---- tables of a realm ---- */

/* An engine's class has a prototype in each realm. The prototypes of these, which have no objects, are tables that no program comes to: */
enum { SNAP_TABLE_REGISTRY, SNAP_TABLE_NAMES, SNAP_TABLE_HEARERS, SNAP_TABLE_COUNT };

static JSClassID snap_realm_table_classes[SNAP_TABLE_COUNT];

static int snap_realm_tables_initialize(JSRuntime *rt)
{
    static const JSClassDef definition = { .class_name = "Table" };

    for (int i = 0; i < SNAP_TABLE_COUNT; i++) {
        JS_NewClassID(rt, &snap_realm_table_classes[i]);
        if (JS_NewClass(rt, snap_realm_table_classes[i], &definition) < 0)
            return -1;
    }
    return 0;
}

/* The table, borrowed; null or undefined: nothing has been put there. */
static JSValueConst snap_realm_table_if_any(const JSContext *ctx, int which)
{
    return ctx->class_proto[snap_realm_table_classes[which]];
}

/* The table, made when it is first asked for; throws. */
static JSValue snap_realm_table(JSContext *ctx, int which)
{
    JSValue table = JS_DupValue(ctx, snap_realm_table_if_any(ctx, which));

    if (JS_IsObject(table))
        return table;
    table = JS_NewObjectProto(ctx, JS_NULL);
    if (!JS_IsException(table))
        JS_SetClassProto(ctx, snap_realm_table_classes[which], JS_DupValue(ctx, table));
    return table;
}

/* ---- the registry ---- */

/* The module object of this name; JS_UNDEFINED: there is none. Throws. */
static JSValue snap_commonjs_find(JSContext *ctx, JSValueConst name)
{
    JSValue registry = snap_realm_table(ctx, SNAP_TABLE_REGISTRY), found = JS_EXCEPTION;
    JSAtom atom = JS_IsException(registry) ? JS_ATOM_NULL : JS_ValueToAtom(ctx, name);

    if (atom)
        found = JS_GetProperty(ctx, registry, atom);
    JS_FreeAtom(ctx, atom);
    JS_FreeValue(ctx, registry);
    return found;
}

/* Runs no code of the program, which can put getters there; without memory there is none. */
static bool snap_commonjs_has(JSContext *ctx, JSValueConst name)
{
    JSValueConst registry = snap_realm_table_if_any(ctx, SNAP_TABLE_REGISTRY);
    JSAtom atom = JS_IsObject(registry) ? JS_ValueToAtom(ctx, name) : JS_ATOM_NULL;
    JSProperty *property;
    JSShapeProperty *shape = atom ? find_own_property(&property, JS_VALUE_GET_OBJ(registry), atom) : NULL;

    JS_FreeAtom(ctx, atom);
    return shape && ((shape->flags & JS_PROP_TMASK) != JS_PROP_NORMAL || JS_IsObject(property->u.value));
}

/* The module object is borrowed; undefined removes it. -1 and throws. */
static int snap_commonjs_register(JSContext *ctx, JSValueConst name, JSValueConst module)
{
    JSValue registry = snap_realm_table(ctx, SNAP_TABLE_REGISTRY);
    JSAtom atom = JS_IsException(registry) ? JS_ATOM_NULL : JS_ValueToAtom(ctx, name);
    int result = -1;

    if (atom && JS_IsUndefined(module))
        result = JS_DeleteProperty(ctx, registry, atom, 0);
    else if (atom)
        result = JS_DefinePropertyValue(ctx, registry, atom, JS_DupValue(ctx, module), JS_PROP_C_W_E);
    JS_FreeAtom(ctx, atom);
    JS_FreeValue(ctx, registry);
    return result < 0 ? -1 : 0;
}

/* The realm whose registry this is: a function of C is called in the realm of its caller. NULL and throws. */
static JSContext *snap_commonjs_realm(JSContext *caller, JSValueConst registry)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->context_list) {
        JSContext *ctx = list_entry(element, JSContext, link);
        if (JS_IsStrictEqual(ctx, snap_realm_table_if_any(ctx, SNAP_TABLE_REGISTRY), registry))
            return ctx;
    }
    JS_ThrowTypeError(caller, "the realm of this require() is closed");
    return NULL;
}
