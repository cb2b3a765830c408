/* What an object holds apart from its properties, for digest_value.c. */

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

static void snap_digest_clone(snap_digest *d, const snap_clone *clone)
{
    for (uint32_t i = 0; clone && i < clone->count; i++) {
        snap_digest_number(d, (uint64_t)(snap_clone_operation_of(clone->items[i]) + 1));
        snap_digest_value(d, clone->items[i]);
    }
}

/* Its URLSearchParams, which is made when it is asked for, follows from it; unless the program has made that an object with properties. */
static void snap_digest_url(snap_digest *d, const snap_url *url)
{
    snap_digest_value(d, url->href);
    if (JS_IsObject(url->params) && JS_VALUE_GET_OBJ(url->params)->shape->prop_count)
        snap_digest_value(d, url->params);
}

static void snap_digest_params(snap_digest *d, const snap_params *params)
{
    for (uint32_t i = 0; i < 2 * params->list.count; i++)
        snap_digest_value(d, params->list.items[i]);
    snap_digest_value(d, params->url);
}

static void snap_digest_params_iterator(snap_digest *d, const snap_params_iterator *iterator)
{
    snap_digest_number(d, iterator->index);
    snap_digest_number(d, (uint64_t)iterator->kind);
    snap_digest_value(d, iterator->params);
}

/* What it has read, by a checksum where the format has one. */
static void snap_digest_codec(snap_digest *d, const snap_codec *codec)
{
    snap_digest_number(d, codec->zlib.total_in);
    snap_digest_number(d, codec->zlib.total_out);
    snap_digest_number(d, codec->zlib.adler);
    snap_digest_number(d, codec->at);
    snap_digest_value(d, codec->input);
}

/* Of the classes that are not the engine's own; false: it is of none of these. */
static bool snap_digest_ours(snap_digest *d, const JSObject *object)
{
    const void *kept = object->u.opaque;

    if (object->class_id == snap_clone_class) {
        snap_digest_clone(d, kept);
    } else if (object->class_id == snap_text_decoder_class && kept) {
        snap_digest_bytes(d, kept, sizeof(snap_text_decoder));
    } else if (object->class_id == snap_url_class && kept) {
        snap_digest_url(d, kept);
    } else if (object->class_id == snap_params_class && kept) {
        snap_digest_params(d, kept);
    } else if (object->class_id == snap_params_iterator_class && kept) {
        snap_digest_params_iterator(d, kept);
    } else if (object->class_id == snap_codec_class && kept) {
        snap_digest_codec(d, kept);
    } else if (object->class_id == snap_host_object_class) {
        snap_digest_number(d, snap_host_object_reference(JS_MKPTR(JS_TAG_OBJECT, (void *)object)));
    } else {
        return false;
    }
    return true;
}

/* What the object holds apart from its properties. `return` where that is all of it; `break` where what it refers to, as the collector lists it,
 * comes too. */
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
    case JS_CLASS_DOM_EXCEPTION:
        if (object->u.opaque) {
            snap_digest_value(d, ((const JSDOMExceptionData *)object->u.opaque)->name);
            snap_digest_value(d, ((const JSDOMExceptionData *)object->u.opaque)->message);
        }
        return;
    case JS_CLASS_WEAK_REF: case JS_CLASS_FINALIZATION_REGISTRY:
        return;
    }
    if (snap_digest_ours(d, object))
        return;
    if (is_typed_array(object->class_id))
        snap_digest_typed(d, object->u.array.u1.typed_array);
    else
        snap_digest_children(d, object);
}
