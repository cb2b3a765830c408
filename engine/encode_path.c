/* Where a value could not be converted, as text: $.items[3].when */
#define SNAP_PATH_HALF 90      /* bytes shown of each end of a long path */
#define SNAP_PATH_KEY 40       /* bytes shown of a long key */
#define SNAP_ELLIPSIS "\xe2\x80\xa6"

static void snap_put_chars(snap_buffer *b, const char *text)
{
    snap_put(b, text, strlen(text));
}

static void snap_put_decimal(snap_buffer *b, uint32_t value)
{
    char number[16];
    snap_put(b, number, u32toa(number, value));
}

static bool snap_is_word(const uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool is_letter = text[i] >= 0x80 || text[i] == '_' || text[i] == '$' || ((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z');
        if (!is_letter && (i == 0 || text[i] < '0' || text[i] > '9'))
            return false;
    }
    return size != 0;
}

/* The key's text from `start` to the end of the buffer becomes .key or ["key"], shortened. */
static void snap_path_key(snap_buffer *b, size_t start)
{
    uint8_t key[SNAP_PATH_KEY];
    size_t size = b->size - start;
    bool is_cut = size > sizeof key, is_word;

    if (b->failed)
        return;
    size = is_cut ? sizeof key : size;
    memcpy(key, b->data + start, size);
    while (is_cut && size && (b->data[start + size] & 0xc0) == 0x80)
        size--;
    is_word = snap_is_word(key, size);
    b->size = start;
    snap_put_chars(b, is_word ? "." : "[\"");
    for (size_t i = 0; i < size; i++) {
        if (key[i] == '"' || key[i] == '\\')
            snap_put_byte(b, '\\');
        snap_put_byte(b, key[i] < ' ' || key[i] == 0x7f ? '?' : key[i]);
    }
    snap_put_chars(b, is_cut ? SNAP_ELLIPSIS : "");
    snap_put_chars(b, is_word ? "" : "\"]");
}

/* An atom as UTF-8: a lone surrogate shows as U+FFFD, for this text is a str. */
static void snap_path_atom(JSContext *ctx, snap_buffer *b, JSAtom atom)
{
    size_t start;
    JSString *s;

    if (__JS_AtomIsTaggedInt(atom)) {
        snap_put_chars(b, "[");
        snap_put_decimal(b, __JS_AtomToUInt32(atom));
        snap_put_chars(b, "]");
        return;
    }
    s = ctx->rt->atom_array[atom];
    start = b->size;
    for (uint32_t i = 0; i < s->len && b->size - start <= SNAP_PATH_KEY;) {
        uint8_t bytes[UTF8_CHAR_LEN_MAX];
        uint32_t c = s->is_wide_char ? snap_next_unit(str16(s), s->len, &i) : str8(s)[i++];
        snap_put(b, bytes, utf8_encode(bytes, is_surrogate(c) ? 0xfffd : c));
    }
    snap_path_key(b, start);
}

static void snap_path_step(JSContext *ctx, snap_buffer *b, const snap_path *step)
{
    switch (step->kind) {
    case SNAP_STEP_ATOM:
        snap_path_atom(ctx, b, step->atom);
        break;
    case SNAP_STEP_FIELD:
        snap_put_chars(b, ".");
        snap_put_chars(b, step->field);
        break;
    default:
        snap_put_chars(b, step->kind == SNAP_STEP_MEMBER ? "<" : "[");
        if (step->kind == SNAP_STEP_MEMBER)
            snap_put_chars(b, step->field);
        snap_put_decimal(b, step->index);
        snap_put_chars(b, step->kind == SNAP_STEP_MEMBER ? ">" : "]");
    }
}

/* Cuts the middle out of a long path, between characters. */
static void snap_path_shorten(snap_buffer *b)
{
    size_t head = SNAP_PATH_HALF, tail = b->size - SNAP_PATH_HALF;

    if (b->failed || b->size <= 2 * SNAP_PATH_HALF + 3)
        return;
    while (head && (b->data[head] & 0xc0) == 0x80)
        head--;
    while (tail < b->size && (b->data[tail] & 0xc0) == 0x80)
        tail++;
    memcpy(b->data + head, SNAP_ELLIPSIS, 3);
    memmove(b->data + head + 3, b->data + tail, b->size - tail);
    b->size = head + 3 + b->size - tail;
}

/* The value cannot be converted: "the value" `why` "at" its path. `why` is short. Returns false. */
static bool snap_refuse(snap_encoder *e, const char *why)
{
    const snap_path *steps[SNAP_MAX_DEPTH + 2], *step;
    snap_buffer path = { 0 }, text = { 0 };
    uint32_t count = 0;

    e->status = SNAP_STATUS_CONVERSION;
    for (step = e->path; step && count < countof(steps); step = step->up)
        steps[count++] = step;
    snap_put_chars(&path, "$");
    while (count)
        snap_path_step(e->ctx, &path, steps[--count]);
    snap_path_shorten(&path);
    snap_put_chars(&text, "the value ");
    snap_put_chars(&text, why);
    snap_put_chars(&text, " at ");
    snap_put(&text, path.data, path.size);
    if (path.failed || text.failed) {
        snap_no_memory(e);
    } else {
        memcpy(e->text, text.data, text.size < SNAP_TEXT_SIZE ? text.size : 0);
        e->text[text.size < SNAP_TEXT_SIZE ? text.size : 0] = '\0';
    }
    snap_buffer_free(&path);
    snap_buffer_free(&text);
    return false;
}
