/* Bytes that grow, and MessagePack without the values of JavaScript. */
#define SNAP_BUFFER_KEPT (1024 * 1024)   /* a larger block is given back when the buffer is cleared */
#define SNAP_BUFFER_FIRST 256

static void snap_buffer_free(snap_buffer *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

static void snap_buffer_clear(snap_buffer *b)
{
    if (b->capacity > SNAP_BUFFER_KEPT || b->failed)
        snap_buffer_free(b);
    b->size = 0;
}

static void snap_buffer_wipe(snap_buffer *b)
{
    if (b->data)
        memset(b->data, 0, b->capacity);
    b->size = 0;
}

/* The slow half of snap_buffer_reserve. Without memory the buffer says that it is full, so that every later write comes here. */
static no_inline bool snap_buffer_grow(snap_buffer *b, size_t more)
{
    size_t capacity = b->capacity > SIZE_MAX / 2 ? SIZE_MAX : b->capacity * 2;
    uint8_t *data = NULL;

    if (!b->failed && more <= SIZE_MAX - b->size) {
        capacity = capacity < SNAP_BUFFER_FIRST ? SNAP_BUFFER_FIRST : capacity;
        capacity = capacity < b->size + more ? b->size + more : capacity;
        data = realloc(b->data, capacity);
        if (!data && capacity > b->size + more) {
            capacity = b->size + more;
            data = realloc(b->data, capacity);
        }
    }
    if (!data) {
        b->failed = true;
        b->capacity = b->size;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

static inline bool snap_buffer_reserve(snap_buffer *b, size_t more)
{
    return likely(b->capacity - b->size >= more && !b->failed) || snap_buffer_grow(b, more);
}

static inline void snap_put(snap_buffer *b, const void *bytes, size_t size)
{
    if (size && snap_buffer_reserve(b, size)) {
        memcpy(b->data + b->size, bytes, size);
        b->size += size;
    }
}

static inline void snap_put_byte(snap_buffer *b, uint8_t byte)
{
    if (snap_buffer_reserve(b, 1))
        b->data[b->size++] = byte;
}

/* A byte and an unsigned integer, big-endian, of `width` bytes: the shape of nearly everything in MessagePack. */
static void snap_put_tagged(snap_buffer *b, uint8_t tag, uint64_t value, int width)
{
    uint8_t *at;

    if (!snap_buffer_reserve(b, 9))
        return;
    at = b->data + b->size;
    *at++ = tag;
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(value >> shift);
    b->size += 1 + (size_t)width;
}

static inline void snap_put_nil(snap_buffer *b)
{
    snap_put_byte(b, 0xc0);
}

static inline void snap_put_bool(snap_buffer *b, bool value)
{
    snap_put_byte(b, value ? 0xc3 : 0xc2);
}

static void snap_put_uint(snap_buffer *b, uint64_t value)
{
    if (value < 0x80)
        snap_put_byte(b, (uint8_t)value);
    else if (value <= UINT8_MAX)
        snap_put_tagged(b, 0xcc, value, 1);
    else if (value <= UINT16_MAX)
        snap_put_tagged(b, 0xcd, value, 2);
    else if (value <= UINT32_MAX)
        snap_put_tagged(b, 0xce, value, 4);
    else
        snap_put_tagged(b, 0xcf, value, 8);
}

static void snap_put_int(snap_buffer *b, int64_t value)
{
    if (value >= 0)
        snap_put_uint(b, (uint64_t)value);
    else if (value >= -32)
        snap_put_byte(b, (uint8_t)value);
    else if (value >= INT8_MIN)
        snap_put_tagged(b, 0xd0, (uint64_t)value, 1);
    else if (value >= INT16_MIN)
        snap_put_tagged(b, 0xd1, (uint64_t)value, 2);
    else if (value >= INT32_MIN)
        snap_put_tagged(b, 0xd2, (uint64_t)value, 4);
    else
        snap_put_tagged(b, 0xd3, (uint64_t)value, 8);
}

static void snap_put_float(snap_buffer *b, double value)
{
    JSFloat64Union bits = { .d = value };
    snap_put_tagged(b, 0xcb, bits.u64, 8);
}

static void snap_put_text_header(snap_buffer *b, uint32_t length)
{
    if (length < 32)
        snap_put_byte(b, (uint8_t)(0xa0 | length));
    else if (length <= UINT8_MAX)
        snap_put_tagged(b, 0xd9, length, 1);
    else if (length <= UINT16_MAX)
        snap_put_tagged(b, 0xda, length, 2);
    else
        snap_put_tagged(b, 0xdb, length, 4);
}

static void snap_put_text(snap_buffer *b, const char *text, size_t length)
{
    snap_put_text_header(b, (uint32_t)length);
    snap_put(b, text, length);
}

static void snap_put_bin_header(snap_buffer *b, uint32_t length)
{
    if (length <= UINT8_MAX)
        snap_put_tagged(b, 0xc4, length, 1);
    else if (length <= UINT16_MAX)
        snap_put_tagged(b, 0xc5, length, 2);
    else
        snap_put_tagged(b, 0xc6, length, 4);
}

static void snap_put_array(snap_buffer *b, uint32_t count)
{
    if (count < 16)
        snap_put_byte(b, (uint8_t)(0x90 | count));
    else if (count <= UINT16_MAX)
        snap_put_tagged(b, 0xdc, count, 2);
    else
        snap_put_tagged(b, 0xdd, count, 4);
}

/* The big-endian number in the four bytes before this position, now that it is known. */
static void snap_fill(snap_buffer *b, size_t end, uint32_t number)
{
    for (size_t i = 1; i <= 4 && !b->failed; i++, number >>= 8)
        b->data[end - i] = (uint8_t)number;
}

/* Large, whatever the length turns out to be, so that nothing has to move. */
static size_t snap_begin_array(snap_buffer *b)
{
    snap_put_tagged(b, 0xdd, 0, 4);
    return b->size;
}

static void snap_end_array(snap_buffer *b, size_t begun, uint32_t count)
{
    snap_fill(b, begun, count);
}

static void snap_put_map(snap_buffer *b, uint32_t count)
{
    if (count < 16)
        snap_put_byte(b, (uint8_t)(0x80 | count));
    else if (count <= UINT16_MAX)
        snap_put_tagged(b, 0xde, count, 2);
    else
        snap_put_tagged(b, 0xdf, count, 4);
}

static void snap_put_ext_header(snap_buffer *b, uint8_t type, uint32_t length)
{
    switch (length) {
    case 1: snap_put_byte(b, 0xd4); break;
    case 2: snap_put_byte(b, 0xd5); break;
    case 4: snap_put_byte(b, 0xd6); break;
    case 8: snap_put_byte(b, 0xd7); break;
    case 16: snap_put_byte(b, 0xd8); break;
    default:
        if (length <= UINT8_MAX)
            snap_put_tagged(b, 0xc7, length, 1);
        else if (length <= UINT16_MAX)
            snap_put_tagged(b, 0xc8, length, 2);
        else
            snap_put_tagged(b, 0xc9, length, 4);
    }
    snap_put_byte(b, type);
}

/* Likewise. */
static size_t snap_begin_ext(snap_buffer *b, uint8_t type)
{
    snap_put_tagged(b, 0xc9, 0, 4);
    snap_put_byte(b, type);
    return b->size;
}

static void snap_end_ext(snap_buffer *b, size_t begun)
{
    size_t length = b->size - begun;

    if (length > UINT32_MAX)
        b->failed = true;
    snap_fill(b, begun - 1, (uint32_t)length);   /* the type stands between */
}
