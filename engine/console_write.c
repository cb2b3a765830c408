/* How what is written to the console reaches the host. A message for which there is no memory is lost. */

static uint32_t snap_console_groups;                           /* how deep console.group is nested */

/* hands a message to the host, with the indentation of the group before each line */
static void snap_console_write(uint32_t stream, const snap_buffer *message)
{
    uint32_t columns = snap_console_groups < 500 ? 2 * snap_console_groups : 1000;
    snap_buffer lines = { 0 };
    size_t start = 0;

    while (!lines.failed) {
        const uint8_t *text = message->size ? message->data + start : NULL;
        const uint8_t *newline = message->size > start ? memchr(text, '\n', message->size - start) : NULL;
        size_t length = newline ? (size_t)(newline - text) + 1 : message->size - start;

        /* a guest can write four million empty lines within fifty groups */
        if (lines.size > 2 * SNAP_MESSAGE_LIMIT) {
            snap_say(&lines, "…");
            break;
        }
        snap_say_spaces(&lines, columns);
        if (length)
            snap_put(&lines, text, length);
        start += length;
        if (!newline)
            break;
    }
    snap_put_byte(&lines, '\n');
    if (!lines.failed && snap_system)
        snap_system->write(stream, lines.data, lines.size);
    else if (!lines.failed)
        if (host_write(SNAP_STATUS_UNANSWERED, stream, lines.data, lines.size) == SNAP_STATUS_UNANSWERED)
            snap_unanswered();
    snap_buffer_free(&lines);
}

static void snap_console_print(JSContext *ctx, uint32_t stream, const char *prefix, int argc, JSValueConst *argv)
{
    snap_buffer message = { 0 };

    snap_say(&message, prefix);
    snap_format(ctx, &message, argc, argv);
    if (!message.failed)
        snap_console_write(stream, &message);
    snap_buffer_free(&message);
}

static void snap_console_warn(const char *before, const char *label, size_t length, const char *after)
{
    snap_buffer message = { 0 };

    snap_say(&message, before);
    snap_put(&message, label, length);
    snap_say(&message, after);
    if (!message.failed)
        snap_console_write(SNAP_STREAM_STDERR, &message);
    snap_buffer_free(&message);
}
