/* What a message of our own refers to: for what is not delivered, and for what is kept. */

/* Reads the length of a MessagePack token's header and of its body that is not itself tokens. */
static size_t snap_token_size(const uint8_t *token, size_t *body)
{
    static const uint8_t fixed[32] = {
        /* c0.. nil never false true bin8/16/32 ext8/16/32 f32 f64 */ 1, 1, 1, 1, 2, 3, 5, 3, 4, 6, 5, 9,
        /* cc.. uint8-64 int8-64 */ 2, 3, 5, 9, 2, 3, 5, 9, /* d4.. fixext 1-16 */ 2, 2, 2, 2, 2,
        /* d9.. str8/16/32 array16/32 map16/32 */ 2, 3, 5, 3, 5, 3, 5 };
    uint8_t type = token[0];
    uint32_t length = 0;

    *body = 0;
    if (type < 0xa0 || type >= 0xe0)
        return 1;
    if (type < 0xc0) {
        *body = type & 31;
        return 1;
    }
    if (type >= 0xd4 && type <= 0xd8)
        *body = (size_t)1 << (type - 0xd4);
    else if ((type >= 0xc4 && type <= 0xc9) || (type >= 0xd9 && type <= 0xdb)) {
        int width = 1 << (type >= 0xd9 ? type - 0xd9 : (type - 0xc4) % 3);
        for (int i = 1; i <= width; i++)
            length = length << 8 | token[i];
        *body = length;
    }
    return fixed[type - 0xc0];
}

static uint64_t snap_read_little(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int i = 8; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

/* Of a token that is an unsigned integer. */
static uint64_t snap_read_uint(const uint8_t *token)
{
    uint64_t value = 0;
    int width = token[0] >= 0xcc && token[0] <= 0xcf ? 1 << (token[0] - 0xcc) : 0;
    if (!width)
        return token[0];
    for (int i = 1; i <= width; i++)
        value = value << 8 | token[i];
    return value;
}

/* Visits every handle in a message of our own making. The payloads of MAP, SET, ERROR and REGEXP are values, so the walk goes into them
 * by taking their header alone; an ERROR's first member is its handle. */
static void snap_visit_handles(const snap_buffer *message, void (*visit)(snap_handle handle))
{
    const uint8_t *p = message->data, *end = p + message->size;

    while (p < end) {
        size_t body, header = snap_token_size(p, &body);
        uint8_t type = p[0];
        bool is_ext = (type >= 0xd4 && type <= 0xd8) || (type >= 0xc7 && type <= 0xc9);
        uint8_t ext = is_ext ? p[header - 1] : 0xff;
        snap_handle handle = 0;

        if (ext == SNAP_EXT_FUNCTION || ext == SNAP_EXT_PROMISE || ext == SNAP_EXT_HANDLE)
            handle = snap_read_little(p + header);
        else if (ext == SNAP_EXT_ERROR) {
            p += header + 1;          /* and the header of the array of ten */
            handle = snap_read_uint(p);
            header = snap_token_size(p, &body);
        } else if (ext == SNAP_EXT_MAP || ext == SNAP_EXT_SET || ext == SNAP_EXT_REGEXP)
            body = 0;
        if (handle)
            visit(handle);
        p += header + body;
    }
}

/* Whichever objects of the host are in a message of our own making, they are of a host that is gone. A restore does this to what somebody may
 * have forged, so it ends with the message, whatever the lengths in there say. */
static void snap_unbind_message(snap_buffer *message)
{
    uint8_t *p = message->data, *end = p + message->size;

    while (p < end) {
        size_t body, header = snap_token_size(p, &body);
        bool is_ext = (p[0] >= 0xd4 && p[0] <= 0xd8) || (p[0] >= 0xc7 && p[0] <= 0xc9);
        uint8_t ext = is_ext ? p[header - 1] : 0xff;

        if (ext == SNAP_EXT_ERROR || ext == SNAP_EXT_MAP || ext == SNAP_EXT_SET || ext == SNAP_EXT_REGEXP)
            body = 0;
        if (header > (size_t)(end - p) || body > (size_t)(end - p) - header)
            return;
        if (ext == SNAP_EXT_HOST_OBJECT)
            memset(p + header, 0, body);
        p += header + body;
    }
}
