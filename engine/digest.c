/* What a value holds as one number, for telling which globals have changed between two snapshots of a program.
 *
 * The graph that hangs on a value is walked without running any of the program: properties, elements, entries, captured variables, frames of
 * suspended functions. Objects are numbered as they are met, so cycles and sharing count, addresses do not. Prototypes, realms and what
 * is held weakly do not belong to a value. The engine's own collector lists the children of what has no case of its own here. */
typedef struct snap_digest {
    JSContext *ctx;
    uint64_t hash;
    JSGCObjectHeader **met;        /* by number */
    uint32_t *numbers;             /* hash table of numbers, plus one; 0: free */
    uint32_t count, capacity;      /* of `met`; the table has twice the capacity */
    bool failed;
} snap_digest;

static snap_digest *snap_digest_marking;   /* the collector's callback takes no argument of its own */

static void snap_digest_bytes(snap_digest *d, const void *bytes, size_t size)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < size; i++)          /* FNV-1a */
        d->hash = (d->hash ^ p[i]) * 0x100000001b3;
}

static void snap_digest_number(snap_digest *d, uint64_t number)
{
    snap_digest_bytes(d, &number, sizeof number);
}

/* ---- objects that were met ---- */

static uint32_t *snap_digest_slot(const snap_digest *d, const JSGCObjectHeader *object)
{
    uint32_t mask = d->capacity * 2 - 1;
    uint32_t at = (uint32_t)(uintptr_t)object * 2654435761u >> 7 & mask;

    while (d->numbers[at] && d->met[d->numbers[at] - 1] != object)
        at = (at + 1) & mask;
    return &d->numbers[at];
}

static bool snap_digest_grow(snap_digest *d)
{
    uint32_t capacity = d->capacity ? d->capacity * 2 : 1024;
    JSGCObjectHeader **met = realloc(d->met, capacity * sizeof *met);
    uint32_t *numbers = calloc(capacity * 2, sizeof *numbers);

    if (met)
        d->met = met;
    if (!met || !numbers) {
        free(numbers);
        d->failed = true;
        return false;
    }
    free(d->numbers);
    d->numbers = numbers;
    d->capacity = capacity;
    for (uint32_t i = 0; i < d->count; i++)
        *snap_digest_slot(d, met[i]) = i + 1;
    return true;
}

static void snap_digest_reference(snap_digest *d, JSGCObjectHeader *object)
{
    uint32_t *slot;

    if (d->count == d->capacity && !snap_digest_grow(d))
        return;
    slot = snap_digest_slot(d, object);
    if (!*slot) {
        d->met[d->count++] = object;
        *slot = d->count;
    }
    snap_digest_number(d, *slot);
}

/* ---- values ---- */

static void snap_digest_string(snap_digest *d, JSValueConst string)
{
    size_t size;
    const char *text = JS_ToCStringLen2(d->ctx, &size, string, true);

    if (!text) {
        JS_FreeValue(d->ctx, JS_GetException(d->ctx));
        d->failed = true;
        return;
    }
    snap_digest_number(d, size);
    snap_digest_bytes(d, text, size);
    JS_FreeCString(d->ctx, text);
}

static void snap_digest_atom(snap_digest *d, JSAtom atom)
{
    JSValue text = JS_AtomToString(d->ctx, atom);

    if (JS_IsString(text))
        snap_digest_string(d, text);
    else
        d->failed = true;
    JS_FreeValue(d->ctx, text);
}

static bool snap_is_global_object(const JSObject *object)
{
    struct list_head *element;

    list_for_each(element, &snap_runtime->context_list) {
        const JSContext *ctx = list_entry(element, JSContext, link);
        if (JS_VALUE_GET_OBJ(ctx->global_obj) == object)
            return true;
    }
    return false;
}

/* The tag, but one for all numbers and one for all strings: which the engine takes does not show. */
static int snap_digest_kind(JSValueConst value)
{
    int tag = JS_VALUE_GET_NORM_TAG(value);

    return tag == JS_TAG_INT ? JS_TAG_FLOAT64 : tag == JS_TAG_STRING_ROPE ? JS_TAG_STRING : tag;
}

static void snap_digest_value(snap_digest *d, JSValueConst value)
{
    int tag = snap_digest_kind(value);

    snap_digest_number(d, (uint64_t)tag);
    switch (tag) {
    case JS_TAG_STRING:
        snap_digest_string(d, value);
        break;
    case JS_TAG_SYMBOL:
        snap_digest_atom(d, js_get_atom_index(d->ctx->rt, JS_VALUE_GET_PTR(value)));
        break;
    case JS_TAG_BIG_INT: {
        const JSBigInt *number = JS_VALUE_GET_PTR(value);
        snap_digest_bytes(d, number->tab, number->len * sizeof *number->tab);
        break;
    }
    case JS_TAG_OBJECT:
        if (!snap_is_global_object(JS_VALUE_GET_OBJ(value)))
            snap_digest_reference(d, &JS_VALUE_GET_OBJ(value)->header);
        break;
    case JS_TAG_FLOAT64: {
        double number = JS_VALUE_GET_TAG(value) == JS_TAG_INT ? JS_VALUE_GET_INT(value) : JS_VALUE_GET_FLOAT64(value);
        snap_digest_bytes(d, &number, sizeof number);
        break;
    }
    case JS_TAG_BOOL:
    case JS_TAG_SHORT_BIG_INT:
        snap_digest_number(d, (uint32_t)JS_VALUE_GET_INT(value));
        break;
    }
}

static void snap_digest_values(snap_digest *d, const JSValue *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        snap_digest_value(d, values[i]);
}

/* ---- objects ---- */

static void snap_digest_frame(snap_digest *d, const JSAsyncFunctionState *state)
{
    const JSStackFrame *frame = &state->frame;
    const JSFunctionBytecode *code;

    snap_digest_value(d, state->this_val);
    snap_digest_value(d, frame->cur_func);
    if (!frame->cur_sp || JS_VALUE_GET_TAG(frame->cur_func) != JS_TAG_OBJECT)
        return;
    code = JS_VALUE_GET_OBJ(frame->cur_func)->u.func.function_bytecode;
    snap_digest_number(d, (uint64_t)(frame->cur_pc - code->byte_code_buf));
    snap_digest_values(d, frame->arg_buf, (size_t)(frame->cur_sp - frame->arg_buf));
}

static void snap_digest_child(JSRuntime *rt, JSGCObjectHeader *child)
{
    (void)rt;
    switch (JS_GC_TYPE(child)) {
    case JS_GC_OBJ_TYPE_JS_OBJECT:
        snap_digest_value(snap_digest_marking, JS_MKPTR(JS_TAG_OBJECT, child));
        break;
    case JS_GC_OBJ_TYPE_VAR_REF:
        snap_digest_value(snap_digest_marking, *((JSVarRef *)child)->pvalue);
        break;
    case JS_GC_OBJ_TYPE_ASYNC_FUNCTION:
        snap_digest_reference(snap_digest_marking, child);
        break;
    default:      /* what is shared by values: code, shapes, realms */
        break;
    }
}

static void snap_digest_children(snap_digest *d, JSObject *object)
{
    JSClassGCMark *mark = snap_runtime->class_array[object->class_id].gc_mark;
    snap_digest *around = snap_digest_marking;

    snap_digest_marking = d;
    if (mark)
        mark(snap_runtime, JS_MKPTR(JS_TAG_OBJECT, object), snap_digest_child);
    snap_digest_marking = around;
}

/* Instructions name atoms by numbers, which are not the same in every heap. */
static void snap_digest_instructions(snap_digest *d, const uint8_t *code, int size)
{
    for (int at = 0, length; at < size && !d->failed; at += length) {
        const JSOpCode *operation = &short_opcode_info(code[at]);
        int plain = 1;
        length = operation->size;
        switch (operation->fmt) {
        case OP_FMT_atom: case OP_FMT_atom_u8: case OP_FMT_atom_u16: case OP_FMT_atom_label_u8: case OP_FMT_atom_label_u16:
            snap_digest_atom(d, get_u32(code + at + 1));
            plain = 5;
            break;
        }
        snap_digest_number(d, code[at]);
        snap_digest_bytes(d, code + at + plain, length - plain);
    }
}

/* Functions within functions are no deeper than the parser could go. */
static void snap_digest_code(snap_digest *d, const JSFunctionBytecode *code)
{
    snap_digest_atom(d, code->func_name);
    if (code->source) {
        snap_digest_bytes(d, code->source, code->source_len);
        return;
    }
    snap_digest_instructions(d, code->byte_code_buf, code->byte_code_len);
    for (int i = 0; i < code->cpool_count; i++)
        if (JS_VALUE_GET_TAG(code->cpool[i]) == JS_TAG_FUNCTION_BYTECODE)
            snap_digest_code(d, JS_VALUE_GET_PTR(code->cpool[i]));
        else
            snap_digest_value(d, code->cpool[i]);
}

static void snap_digest_function(snap_digest *d, const JSObject *function)
{
    const JSFunctionBytecode *code = function->u.func.function_bytecode;

    if (!code)
        return;
    snap_digest_code(d, code);
    for (int i = 0; function->u.func.var_refs && i < code->closure_var_count; i++) {
        const JSVarRef *captured = function->u.func.var_refs[i];
        int type = code->closure_var[i].closure_type;
        if (captured && type != JS_CLOSURE_GLOBAL_REF && type != JS_CLOSURE_GLOBAL_DECL && type != JS_CLOSURE_GLOBAL)
            snap_digest_value(d, *captured->pvalue);
    }
}

static void snap_digest_entries(snap_digest *d, JSObject *object)
{
    const JSMapState *state = object->u.map_state;
    struct list_head *element;

    if (!state || state->is_weak)
        return;
    list_for_each(element, &state->records) {
        const JSMapRecord *record = list_entry(element, JSMapRecord, link);
        if (!record->empty) {
            snap_digest_value(d, record->key);
            snap_digest_value(d, record->value);
        }
    }
}

static void snap_digest_typed(snap_digest *d, const JSTypedArray *array)
{
    snap_digest_number(d, (uint64_t)array->offset << 32 | array->length);
    snap_digest_value(d, JS_MKPTR(JS_TAG_OBJECT, array->buffer));
}

static void snap_digest_regexp(snap_digest *d, const JSRegExp *regexp)
{
    snap_digest_string(d, JS_MKPTR(JS_TAG_STRING, regexp->pattern));
    snap_digest_bytes(d, str8(regexp->bytecode), regexp->bytecode->len);
}

static void snap_digest_map_iterator(snap_digest *d, const JSMapIteratorData *iterator)
{
    struct list_head *element;

    if (!iterator || JS_VALUE_GET_TAG(iterator->obj) != JS_TAG_OBJECT)
        return;
    snap_digest_number(d, iterator->kind);
    snap_digest_value(d, iterator->obj);
    list_for_each(element, &JS_VALUE_GET_OBJ(iterator->obj)->u.map_state->records) {
        snap_digest_number(d, 1);
        if (list_entry(element, JSMapRecord, link) == iterator->cur_record)
            break;
    }
}

/* What iterators hold that is no object, and the collector does not list. */
static void snap_digest_iterator(snap_digest *d, const JSObject *object)
{
    if (!object->u.opaque)
        return;
    switch (object->class_id) {
    case JS_CLASS_ARRAY_ITERATOR: case JS_CLASS_STRING_ITERATOR:
        snap_digest_number(d, object->u.array_iterator_data->idx);
        snap_digest_number(d, object->u.array_iterator_data->kind);
        snap_digest_value(d, object->u.array_iterator_data->obj);
        break;
    case JS_CLASS_REGEXP_STRING_ITERATOR:
        snap_digest_value(d, object->u.regexp_string_iterator_data->iterated_string);
        snap_digest_number(d, object->u.regexp_string_iterator_data->done);
        break;
    case JS_CLASS_ITERATOR_HELPER:
        snap_digest_number(d, (uint64_t)object->u.iterator_helper_data->count);
        snap_digest_values(d, object->u.iterator_helper_data->buf, object->u.iterator_helper_data->buf_count);
        snap_digest_number(d, object->u.iterator_helper_data->done);
        break;
    case JS_CLASS_ITERATOR_CONCAT:
        snap_digest_number(d, object->u.iterator_concat_data->index);
        break;
    }
}

/* What the object holds apart from its properties. */
static void snap_digest_payload(snap_digest *d, JSObject *object)
{
    switch (object->class_id) {
    case JS_CLASS_ARRAY:
    case JS_CLASS_ARGUMENTS:
        if (object->fast_array)
            snap_digest_values(d, object->u.array.u.values, object->u.array.count);
        return;
    case JS_CLASS_MAPPED_ARGUMENTS:
        for (uint32_t i = 0; object->fast_array && i < object->u.array.count; i++)
            snap_digest_value(d, *object->u.array.u.var_refs[i]->pvalue);
        return;
    case JS_CLASS_NUMBER: case JS_CLASS_STRING: case JS_CLASS_BOOLEAN: case JS_CLASS_SYMBOL: case JS_CLASS_BIG_INT: case JS_CLASS_DATE:
        snap_digest_value(d, object->u.object_data);
        return;
    case JS_CLASS_BYTECODE_FUNCTION: case JS_CLASS_GENERATOR_FUNCTION: case JS_CLASS_ASYNC_FUNCTION: case JS_CLASS_ASYNC_GENERATOR_FUNCTION:
        snap_digest_function(d, object);
        return;
    case JS_CLASS_C_FUNCTION:
        snap_digest_number(d, (uintptr_t)object->u.cfunc.c_function.generic);
        snap_digest_number(d, (uint16_t)object->u.cfunc.magic);
        return;
    case JS_CLASS_C_FUNCTION_DATA:
        if (object->u.c_function_data_record)
            snap_digest_values(d, object->u.c_function_data_record->data, object->u.c_function_data_record->data_len);
        return;
    case JS_CLASS_REGEXP:
        snap_digest_regexp(d, &object->u.regexp);
        return;
    case JS_CLASS_ARRAY_BUFFER: case JS_CLASS_SHARED_ARRAY_BUFFER:
        snap_digest_number(d, (uint32_t)object->u.array_buffer->byte_length);
        snap_digest_number(d, (uint32_t)object->u.array_buffer->max_byte_length);
        if (object->u.array_buffer->data)
            snap_digest_bytes(d, object->u.array_buffer->data, object->u.array_buffer->byte_length);
        return;
    case JS_CLASS_DATAVIEW:
        snap_digest_typed(d, object->u.typed_array);
        return;
    case JS_CLASS_MAP: case JS_CLASS_SET: case JS_CLASS_WEAKMAP: case JS_CLASS_WEAKSET:
        snap_digest_entries(d, object);
        return;
    case JS_CLASS_BOUND_FUNCTION:
        snap_digest_value(d, object->u.bound_function->this_val);
        snap_digest_values(d, object->u.bound_function->argv, object->u.bound_function->argc);
        break;
    case JS_CLASS_MAP_ITERATOR: case JS_CLASS_SET_ITERATOR:
        snap_digest_map_iterator(d, object->u.map_iterator_data);
        return;
    case JS_CLASS_ARRAY_ITERATOR: case JS_CLASS_STRING_ITERATOR: case JS_CLASS_REGEXP_STRING_ITERATOR:
    case JS_CLASS_ITERATOR_HELPER: case JS_CLASS_ITERATOR_CONCAT:
        snap_digest_iterator(d, object);
        break;
    case JS_CLASS_PROXY:
        snap_digest_number(d, !object->u.proxy_data || object->u.proxy_data->is_revoked);
        break;
    case JS_CLASS_PROMISE:
        snap_digest_number(d, object->u.promise_data->promise_state);
        snap_digest_value(d, object->u.promise_data->promise_result);
        break;
    case JS_CLASS_GENERATOR:
        if (object->u.generator_data) {
            snap_digest_number(d, object->u.generator_data->state);
            if (object->u.generator_data->state != JS_GENERATOR_STATE_COMPLETED)
                snap_digest_frame(d, &object->u.generator_data->func_state);
        }
        return;
    case JS_CLASS_ASYNC_GENERATOR:
        if (object->u.async_generator_data) {
            snap_digest_number(d, object->u.async_generator_data->state);
            if (object->u.async_generator_data->state < JS_ASYNC_GENERATOR_STATE_AWAITING_RETURN)   /* later it has none */
                snap_digest_frame(d, &object->u.async_generator_data->func_state);
        }
        break;
    case JS_CLASS_WEAK_REF: case JS_CLASS_FINALIZATION_REGISTRY:
        return;
    }
    if (is_typed_array(object->class_id))
        snap_digest_typed(d, object->u.array.u1.typed_array);
    else
        snap_digest_children(d, object);
}

static void snap_digest_property(snap_digest *d, JSObject *object, JSAtom key)
{
    JSProperty *property;
    JSShapeProperty *shape = find_own_property(&property, object, key);

    if (shape && (shape->flags & JS_PROP_TMASK) == JS_PROP_AUTOINIT && snap_make_property(d->ctx, object, key))
        shape = find_own_property(&property, object, key);
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
    for (uint32_t i = 0; i < (uint32_t)object->shape->prop_count; i++) {   /* making one changes neither count nor order */
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
