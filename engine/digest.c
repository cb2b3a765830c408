/* Which globals have changed: a digest of each (see digest_value.c). */
static void snap_digest_property(snap_digest *d, JSObject *object, JSAtom key)
{
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, object, key);

    if (shape && (shape->flags & JS_PROP_TMASK) == JS_PROP_AUTOINIT) {
        if (!snap_make_property(d->ctx, object, key)) {
            d->failed = true;
            return;
        }
        shape = find_own_property(&property, object, key);
    }
    if (!shape)
        return;
    snap_digest_atom(d, key);
    snap_digest_number(d, shape->flags);
    switch (shape->flags & JS_PROP_TMASK) {
    case JS_PROP_NORMAL:
        snap_digest_value(d, property->u.value);
        break;
    case JS_PROP_VARREF:
        snap_digest_value(d, *property->u.var_ref->pvalue);
        break;
    case JS_PROP_GETSET:
        if (property->u.getset.getter)
            snap_digest_value(d, JS_MKPTR(JS_TAG_OBJECT, property->u.getset.getter));
        if (property->u.getset.setter)
            snap_digest_value(d, JS_MKPTR(JS_TAG_OBJECT, property->u.getset.setter));
        break;
    }
}

static void snap_digest_object(snap_digest *d, JSGCObjectHeader *header)
{
    JSObject *object = (JSObject *)header;

    if (JS_GC_TYPE(header) == JS_GC_OBJ_TYPE_ASYNC_FUNCTION) {
        const JSAsyncFunctionData *function = (const JSAsyncFunctionData *)header;
        if (function->is_active)
            snap_digest_frame(d, &function->func_state);
        snap_digest_values(d, function->resolving_funcs, 2);
        return;
    }
    snap_digest_number(d, object->class_id);
    snap_digest_number(d, object->extensible);
    for (uint32_t i = 0; i < (uint32_t)object->shape->prop_count && !d->failed; i++) {   /* making one changes neither count nor order */
        JSAtom key = get_shape_prop(object->shape)[i].atom;
        if (key != JS_ATOM_NULL)
            snap_digest_property(d, object, key);
    }
    snap_digest_payload(d, object);
}

/* ---- globals ---- */

/* The digest of one property of an object, and of all that hangs on it. */
static uint64_t snap_digest_global(snap_digest *d, JSObject *holder, JSAtom key)
{
    d->hash = 0xcbf29ce484222325;
    d->count = 0;
    if (d->numbers)
        memset(d->numbers, 0, d->capacity * 2 * sizeof *d->numbers);
    snap_digest_property(d, holder, key);
    for (uint32_t i = 0; i < d->count && !d->failed; i++)
        snap_digest_object(d, d->met[i]);
    return d->hash;
}

static uint32_t snap_count_globals(const JSObject *holder)
{
    uint32_t count = 0;

    for (int i = 0; i < holder->shape->prop_count; i++)
        count += get_shape_prop(holder->shape)[i].atom != JS_ATOM_NULL;
    return count;
}

static void snap_put_globals(snap_digest *d, JSObject *holder)
{
    for (int i = 0; i < holder->shape->prop_count && !d->failed; i++) {
        JSAtom key = get_shape_prop(holder->shape)[i].atom;
        if (key == JS_ATOM_NULL)
            continue;
        snap_put_array(&snap_output, 3);
        snap_put_atom(d->ctx, &snap_output, key);
        snap_put_bool(&snap_output, JS_AtomGetKind(d->ctx, key) != JS_ATOM_KIND_STRING);
        snap_put_uint(&snap_output, snap_digest_global(d, holder, key));
    }
}

uint32_t snap_digest_globals(void)
{
    snap_digest d = { .ctx = snap_context };
    JSObject *global = JS_VALUE_GET_OBJ(snap_context->global_obj);
    JSObject *lexical = JS_VALUE_GET_OBJ(snap_context->global_var_obj);

    snap_enter();
    snap_put_array(&snap_output, snap_count_globals(global) + snap_count_globals(lexical));
    snap_put_globals(&d, global);
    snap_put_globals(&d, lexical);
    free(d.met);
    free(d.numbers);
    if (d.failed) {
        snap_throw_no_memory(snap_context);
        return snap_leave(snap_result_exception(snap_context));
    }
    return snap_leave(SNAP_STATUS_OK);
}
