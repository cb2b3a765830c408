/* Source maps by file name. The engine does not read them: the host does, when it shows a stack trace. They are kept here because whoever
 * restores a snapshot has functions in it that come from these files. */
typedef struct snap_source_map {
    JSAtom name;
    JSValue text;   /* a string; as the array, part of the program's heap */
} snap_source_map;

static struct {
    snap_source_map *items;
    uint32_t count, capacity;
} snap_source_maps;

static snap_source_map *snap_source_map_find(JSAtom name)
{
    for (uint32_t i = 0; i < snap_source_maps.count; i++)
        if (snap_source_maps.items[i].name == name)
            return &snap_source_maps.items[i];
    return NULL;
}

static void snap_source_map_remove(snap_source_map *map)
{
    snap_source_map removed = *map, *last = &snap_source_maps.items[--snap_source_maps.count];

    *map = *last;
    memset(last, 0, sizeof *last);   /* so that equal states have equal bytes */
    JS_FreeAtomRT(snap_runtime, removed.name);
    JS_FreeValueRT(snap_runtime, removed.text);
    if (!snap_source_maps.count)
        snap_control.events &= ~(uint32_t)SNAP_EVENT_SOURCE_MAPS;
}

/* Takes the name over; -1 and throws. */
static int snap_source_map_add(JSContext *ctx, JSAtom name, JSValueConst text)
{
    if (snap_source_maps.count == snap_source_maps.capacity) {
        uint32_t capacity = snap_source_maps.capacity ? snap_source_maps.capacity * 2 : 8;
        snap_source_map *items = js_realloc(ctx, snap_source_maps.items, capacity * sizeof *items);
        if (!items) {
            JS_FreeAtom(ctx, name);
            return -1;
        }
        snap_source_maps.items = items;
        snap_source_maps.capacity = capacity;
    }
    snap_source_maps.items[snap_source_maps.count++] = (snap_source_map){ name, JS_DupValue(ctx, text) };
    snap_control.events |= SNAP_EVENT_SOURCE_MAPS;
    return 0;
}

/* The map of a file from now on; null: it has none. Both are strings, else. -1 and throws. */
static int snap_source_map_set(JSContext *ctx, JSValueConst name, JSValueConst text)
{
    JSAtom atom = JS_ValueToAtom(ctx, name);
    snap_source_map *map;

    if (atom == JS_ATOM_NULL)
        return -1;
    map = snap_source_map_find(atom);
    if (!map && !JS_IsNull(text))
        return snap_source_map_add(ctx, atom, text);
    JS_FreeAtom(ctx, atom);
    if (map && JS_IsNull(text)) {
        snap_source_map_remove(map);
    } else if (map) {
        JS_FreeValue(ctx, map->text);
        map->text = JS_DupValue(ctx, text);
    }
    return 0;
}

/* As what the host sends is, and not two strings that the engine has yet to join. */
static bool snap_is_flat_string(JSValueConst value)
{
    return JS_VALUE_GET_TAG(value) == JS_TAG_STRING;
}

uint32_t snap_source_map_put(void)
{
    JSValue input[2];
    uint32_t count, status;

    snap_enter();
    status = snap_take_input(snap_context, input, 2, &count);
    if (status != SNAP_STATUS_OK)
        return snap_leave(snap_result_undecoded(snap_context, status));
    if (count != 2 || !snap_is_flat_string(input[0]) || !(snap_is_flat_string(input[1]) || JS_IsNull(input[1])))
        status = snap_fail_with(SNAP_STATUS_MALFORMED, "expected [name, map]");
    else if (snap_source_map_set(snap_context, input[0], input[1]) < 0)
        status = snap_result_exception(snap_context);
    snap_free_values(snap_context, input, count);
    return snap_leave(status);
}

uint32_t snap_source_map_get(void)
{
    const snap_source_map *map;
    JSValue name;
    JSAtom atom;
    uint32_t status;

    snap_enter();
    status = snap_take_input_value(snap_context, &name);
    if (status != SNAP_STATUS_OK)
        return snap_leave(snap_result_undecoded(snap_context, status));
    atom = snap_is_flat_string(name) ? JS_ValueToAtom(snap_context, name) : JS_ATOM_empty_string;
    JS_FreeValue(snap_context, name);
    if (atom == JS_ATOM_NULL)
        return snap_leave(snap_result_exception(snap_context));
    map = snap_source_map_find(atom);
    JS_FreeAtom(snap_context, atom);
    if (!map)
        return snap_leave(SNAP_STATUS_ABSENT);
    snap_buffer_clear(&snap_output);
    snap_put_string(&snap_output, JS_VALUE_GET_STRING(map->text));
    return snap_leave(SNAP_STATUS_OK);
}
