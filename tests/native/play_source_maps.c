/* Source maps by file name. */

static void put_source_map(const char *name, const char *map)
{
    snap_buffer *b = begin_message();

    snap_put_array(b, 2);
    put_string(b, name);
    if (map)
        put_string(b, map);
    else
        snap_put_nil(b);
    if (send_message())
        step(snap_source_map_put(), SNAP_STATUS_OK);
}

static void get_source_map(const char *name, uint32_t expected)
{
    put_string(begin_message(), name);
    if (send_message())
        step(snap_source_map_get(), expected);
}

static void play_source_maps(void)
{
    static const char *const names[] = { "a.js", "b.js", "c.js", "d.js", "e.js", "f.js", "g.js", "h.js", "\xc3\xa9.js" };

    for (size_t i = 0; i < countof(names); i++)   /* one more than there is room for at first */
        put_source_map(names[i], "{}");
    put_source_map("a.js", "{\"sources\":[\"\xe2\x82\xac.ts\"]}");
    put_source_map("b.js", NULL);
    put_source_map("b.js", NULL);
    if (!fault.fired) {
        get_source_map("a.js", SNAP_STATUS_OK);
        get_source_map("b.js", SNAP_STATUS_ABSENT);
    }
    for (size_t i = 0; i < countof(names); i++)
        put_source_map(names[i], NULL);
    if (!fault.fired && snap_control.events & SNAP_EVENT_SOURCE_MAPS)
        die("there are source maps");
    put_source_map("a.js", "{}");   /* and stays */
}

static void play_source_maps_malformed(void)
{
    if (send_bytes("\x01", 1))
        step(snap_source_map_put(), SNAP_STATUS_MALFORMED);
    if (send_bytes("\x92\x01\xa0", 3))
        step(snap_source_map_put(), SNAP_STATUS_MALFORMED);
    if (send_bytes("\x92\xa0\x01", 3))
        step(snap_source_map_put(), SNAP_STATUS_MALFORMED);
    if (send_bytes("\x91\xa0", 2))
        step(snap_source_map_put(), SNAP_STATUS_MALFORMED);
    if (send_bytes("\xc1", 1))
        step(snap_source_map_get(), SNAP_STATUS_MALFORMED);
    if (send_bytes("\x01", 1))
        step(snap_source_map_get(), SNAP_STATUS_ABSENT);
}
