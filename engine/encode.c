/* A value to a message. What an object is, the engine's own class id and the intrinsic prototypes tell, never a property that a program
 * could have set. */
#define SNAP_SAFE_INTEGER 9007199254740991.0
#define SNAP_DATE_FIRST -62135596800000.0   /* the year 1 */
#define SNAP_DATE_LAST 253402300799999.0    /* the end of the year 9999 */

typedef bool snap_writer(snap_encoder *e, JSObject *object, snap_path *path);

/* ---- primitives ---- */

static void snap_put_fixed_ext(snap_buffer *b, uint8_t type, uint64_t value, uint32_t width)
{
    snap_put_ext_header(b, type, width);
    for (uint32_t i = 0; i < width; i++)
        snap_put_byte(b, (uint8_t)(value >> (8 * i)));
}

static void snap_put_number(snap_buffer *b, double value)
{
    if (fabs(value) <= SNAP_SAFE_INTEGER && (double)(int64_t)value == value && (value != 0 || !signbit(value)))
        snap_put_int(b, (int64_t)value);
    else
        snap_put_float(b, value);
}

/* Two's complement, little-endian, without the bytes that only repeat the sign. */
static void snap_put_big_int(snap_buffer *b, const uint8_t *bytes, uint32_t size)
{
    while (size > 1 && bytes[size - 1] == (bytes[size - 2] & 0x80 ? 0xff : 0))
        size--;
    snap_put_ext_header(b, SNAP_EXT_BIGINT, size);
    snap_put(b, bytes, size);
}

static bool snap_write_rope(snap_encoder *e, JSValueConst rope)
{
    JSValue string = js_linearize_string_rope(e->ctx, rope);
    if (JS_IsException(string))
        return snap_threw(e);
    snap_put_string(e->out, JS_VALUE_GET_STRING(string));
    JS_FreeValue(e->ctx, string);
    return true;
}

static bool snap_write_handle(snap_encoder *e, JSValueConst value, uint8_t type)
{
    snap_handle handle = snap_encoder_handle(e, value);
    if (handle)
        snap_put_fixed_ext(e->out, type, handle, 8);
    return handle != 0;
}

static bool snap_write_symbol(snap_encoder *e, JSValueConst value)
{
    JSAtomStruct *symbol = JS_VALUE_GET_PTR(value);
    if (symbol->atom_type != JS_ATOM_TYPE_GLOBAL_SYMBOL)
        return snap_write_handle(e, value, SNAP_EXT_HANDLE);
    snap_put_string_ext(e->out, SNAP_EXT_SYMBOL, symbol);
    return true;
}

/* ---- objects ---- */

static bool snap_write_container(snap_encoder *e, JSObject *object, snap_writer *write)
{
    snap_path path = { .up = e->path };
    uint32_t number;
    bool is_written;
    int added = snap_seen_add(&e->seen, object, &number);

    if (added < 0 || e->out->failed)
        return snap_no_memory(e);
    if (added == 0) {
        snap_put_fixed_ext(e->out, SNAP_EXT_REFERENCE, number, 4);
        e->has_references = true;
        return true;
    }
    if (e->depth == SNAP_MAX_DEPTH)
        return snap_refuse(e, "nests more than 512 levels deep");
    if (js_check_stack_overflow(e->ctx->rt, 0)) {
        JS_ThrowStackOverflow(e->ctx);
        return snap_threw(e);
    }
    if (++e->depth > SNAP_RECURSION_MAXIMUM)
        e->has_references = true;
    e->path = &path;
    is_written = write(e, object, &path);
    e->path = path.up;
    e->depth--;
    return is_written;
}

static inline bool snap_is_same(JSValueConst a, JSValueConst b)
{
    return JS_IsObject(a) && JS_VALUE_GET_OBJ(a) == JS_VALUE_GET_OBJ(b);
}

/* Whether `prototype` is the intrinsic one of the class, in any realm. */
static bool snap_is_intrinsic(JSContext *ctx, const JSObject *prototype, JSClassID class_id)
{
    JSValue wanted = JS_MKPTR(JS_TAG_OBJECT, (void *)prototype);
    struct list_head *el;

    if (!prototype)
        return false;
    if (snap_is_same(ctx->class_proto[class_id], wanted))
        return true;
    list_for_each(el, &ctx->rt->context_list)
        if (snap_is_same(list_entry(el, JSContext, link)->class_proto[class_id], wanted))
            return true;
    return false;
}

static bool snap_is_global(JSContext *ctx, const JSObject *object)
{
    struct list_head *el;

    list_for_each(el, &ctx->rt->context_list)
        if (object == JS_VALUE_GET_OBJ(list_entry(el, JSContext, link)->global_obj))
            return true;
    return false;
}

static bool snap_is_plain(JSContext *ctx, const JSObject *object)
{
    const JSObject *prototype = object->shape->proto;
    return (!prototype || snap_is_intrinsic(ctx, prototype, JS_CLASS_OBJECT)) && !snap_is_global(ctx, object);
}

static bool snap_write_function(snap_encoder *e, JSValueConst function)
{
    int64_t index = snap_host_index(function);
    if (index < 0)
        return snap_write_handle(e, function, SNAP_EXT_FUNCTION);
    snap_put_fixed_ext(e->out, SNAP_EXT_HOST_FUNCTION, (uint64_t)index, 4);
    return true;
}

static bool snap_write_date(snap_encoder *e, JSValueConst value)
{
    JSFloat64Union time = { .d = NAN };

    js_arith_to_float64(JS_VALUE_GET_OBJ(value)->u.object_data, &time.d);
    if (!(time.d >= SNAP_DATE_FIRST && time.d <= SNAP_DATE_LAST))
        return snap_write_handle(e, value, SNAP_EXT_HANDLE);
    snap_put_fixed_ext(e->out, SNAP_EXT_DATE, time.u64, 8);
    return true;
}

static bool snap_write_regexp(snap_encoder *e, JSValueConst value)
{
    static const struct { char letter; int flag; } letters[] = {   /* in the order of RegExp.prototype.flags */
        { 'd', LRE_FLAG_INDICES }, { 'g', LRE_FLAG_GLOBAL }, { 'i', LRE_FLAG_IGNORECASE }, { 'm', LRE_FLAG_MULTILINE },
        { 's', LRE_FLAG_DOTALL }, { 'u', LRE_FLAG_UNICODE }, { 'v', LRE_FLAG_UNICODE_SETS }, { 'y', LRE_FLAG_STICKY },
    };
    JSValue source = js_regexp_get_source(e->ctx, value);   /* reads the pattern, no property */
    int flags = lre_get_flags(str8(JS_VALUE_GET_OBJ(value)->u.regexp.bytecode));
    char text[countof(letters)];
    size_t size = 0, begun;

    if (JS_IsException(source))
        return snap_threw(e);
    for (size_t i = 0; i < countof(letters); i++)
        if (flags & letters[i].flag)
            text[size++] = letters[i].letter;
    begun = snap_begin_ext(e->out, SNAP_EXT_REGEXP);
    snap_put_array(e->out, 2);
    snap_put_string(e->out, JS_VALUE_GET_STRING(source));
    snap_put_text(e->out, text, size);
    snap_end_ext(e->out, begun);
    JS_FreeValue(e->ctx, source);
    return true;
}

static bool snap_write_bytes(snap_encoder *e, JSValueConst value)
{
    const JSArrayBuffer *buffer = JS_VALUE_GET_OBJ(value)->u.array_buffer;
    if (!buffer || buffer->detached)
        return snap_write_handle(e, value, SNAP_EXT_HANDLE);
    snap_put_bin_header(e->out, (uint32_t)buffer->byte_length);
    snap_put(e->out, buffer->data, (size_t)buffer->byte_length);
    return true;
}

static bool snap_write_typed_array(snap_encoder *e, JSValueConst value)
{
    JSObject *object = JS_VALUE_GET_OBJ(value);
    uint32_t size;

    if (typed_array_is_oob(object))
        return snap_write_handle(e, value, SNAP_EXT_HANDLE);
    size = object->u.array.count << typed_array_size_log2(object->class_id);
    if (object->class_id == JS_CLASS_UINT8_ARRAY) {
        snap_put_bin_header(e->out, size);
    } else {
        snap_put_ext_header(e->out, SNAP_EXT_TYPED, size + 1);
        snap_put_byte(e->out, (uint8_t)(object->class_id - JS_CLASS_UINT8C_ARRAY));   /* SNAP_TYPED_* are in this order */
    }
    snap_put(e->out, object->u.array.u.ptr, size);
    return true;
}

static bool snap_write_object(snap_encoder *e, JSValueConst value)
{
    JSObject *object = JS_VALUE_GET_OBJ(value);
    JSContext *ctx = e->ctx;

    switch (object->class_id) {
    case JS_CLASS_OBJECT:
        if (snap_is_plain(ctx, object))
            return snap_write_container(e, object, snap_write_plain);
        break;
    case JS_CLASS_ARRAY:
        if (!snap_is_intrinsic(ctx, object->shape->proto, JS_CLASS_ARRAY))
            break;
        /* fall through */
    case JS_CLASS_ARGUMENTS:
    case JS_CLASS_MAPPED_ARGUMENTS:
        return snap_write_container(e, object, snap_write_array);
    case JS_CLASS_MAP:
    case JS_CLASS_SET:
        if (object->u.map_state && snap_is_intrinsic(ctx, object->shape->proto, object->class_id))
            return snap_write_container(e, object, snap_write_map);
        break;
    case JS_CLASS_ERROR:
    case JS_CLASS_DOM_EXCEPTION:
        return snap_write_container(e, object, snap_write_error);
    case JS_CLASS_DATE:
        return snap_write_date(e, value);
    case JS_CLASS_REGEXP:
        return snap_write_regexp(e, value);
    case JS_CLASS_ARRAY_BUFFER:
    case JS_CLASS_SHARED_ARRAY_BUFFER:
        return snap_write_bytes(e, value);
    case JS_CLASS_PROMISE:
        return snap_write_handle(e, value, SNAP_EXT_PROMISE);
    case JS_CLASS_PROXY:
        break;
    default:
        if (is_typed_array(object->class_id))
            return snap_write_typed_array(e, value);
        if (snap_is_host_object(value)) {
            snap_put_fixed_ext(e->out, SNAP_EXT_HOST_OBJECT, snap_host_object_reference(value), 4);
            return true;
        }
        if (JS_IsFunction(ctx, value))
            return snap_write_function(e, value);
    }
    return snap_write_handle(e, value, SNAP_EXT_HANDLE);
}

static bool snap_write_value(snap_encoder *e, JSValueConst value)
{
    snap_buffer *b = e->out;
    int32_t big;

    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT:
        snap_put_int(b, JS_VALUE_GET_INT(value));
        return true;
    case JS_TAG_STRING:
        snap_put_string(b, JS_VALUE_GET_STRING(value));
        return true;
    case JS_TAG_OBJECT:
        return snap_write_object(e, value);
    case JS_TAG_FLOAT64:
        snap_put_number(b, JS_VALUE_GET_FLOAT64(value));
        return true;
    case JS_TAG_BOOL:
        snap_put_bool(b, JS_VALUE_GET_BOOL(value));
        return true;
    case JS_TAG_NULL:
        snap_put_nil(b);
        return true;
    case JS_TAG_STRING_ROPE:
        return snap_write_rope(e, value);
    case JS_TAG_SYMBOL:
        return snap_write_symbol(e, value);
    case JS_TAG_SHORT_BIG_INT:
        big = JS_VALUE_GET_SHORT_BIG_INT(value);
        snap_put_big_int(b, (const uint8_t *)&big, sizeof big);
        return true;
    case JS_TAG_BIG_INT: {
        const JSBigInt *limbs = JS_VALUE_GET_PTR(value);
        snap_put_big_int(b, (const uint8_t *)limbs->tab, limbs->len * (uint32_t)sizeof limbs->tab[0]);
        return true;
    }
    default:
        snap_put_fixed_ext(b, SNAP_EXT_UNDEFINED, 0, 1);
        return true;
    }
}

/* ---- messages ---- */

static uint32_t snap_encode(JSContext *ctx, snap_buffer *out, JSValueConst value, bool *has_references)
{
    snap_encoder e;

    snap_encoder_begin(&e, ctx, out);
    return snap_encoder_end(&e, snap_write_value(&e, value), has_references);
}

static uint32_t snap_encode_values(JSContext *ctx, snap_buffer *out, uint32_t leading, uint32_t count, JSValueConst *values, bool *has_references)
{
    snap_path path = { .kind = SNAP_STEP_INDEX };
    snap_encoder e;
    bool is_written = true;

    snap_encoder_begin(&e, ctx, out);
    snap_seen_add(&e.seen, NULL, NULL);   /* the array itself; there is room */
    snap_put_array(out, count);
    e.path = &path;
    for (uint32_t i = 0; i < count && is_written; i++) {
        path.index = i < leading ? i : i - leading;
        is_written = snap_write_value(&e, values[i]);
    }
    return snap_encoder_end(&e, is_written, has_references);
}

static uint32_t snap_encode_handle(JSContext *ctx, snap_buffer *out, JSValueConst value)
{
    bool has_references = false;
    snap_encoder e;

    snap_encoder_begin(&e, ctx, out);
    return snap_encoder_end(&e, snap_write_handle(&e, value, SNAP_EXT_HANDLE), &has_references);
}

static uint32_t snap_encode_string(JSContext *ctx, snap_buffer *out, JSValueConst string)
{
    bool has_references = false;
    snap_encoder e;

    snap_encoder_begin(&e, ctx, out);
    return snap_encoder_end(&e, snap_write_value(&e, string), &has_references);
}
