/* console.table: rows and columns in a box, as Node draws it. The cells are shown by one inspector, so that its limits hold for the
 * whole table; a table has at most SNAP_SHEET_COLUMNS columns and SNAP_SHEET_CELLS cells, and says how many rows it leaves out.
 */
#define SNAP_SHEET_COLUMNS 256
#define SNAP_SHEET_CELLS 65536

typedef struct snap_sheet {
    snap_inspector in;
    snap_span heads[SNAP_SHEET_COLUMNS + 2];                   /* in in.text, as are the cells */
    size_t widths[SNAP_SHEET_COLUMNS + 2];
    snap_span *cells;                                          /* row by row */
    size_t columns, rows, left_out;
} snap_sheet;

static snap_span snap_sheet_since(const snap_sheet *table, size_t start)
{
    return (snap_span){ start, table->in.text.size - start };
}

static void snap_sheet_head(snap_sheet *table, const char *text)
{
    size_t start = table->in.text.size;

    snap_say(&table->in.text, text);
    table->heads[table->columns++] = snap_sheet_since(table, start);
}

/* room for the cells, all of them empty; call it when the columns are known. False without memory */
static bool snap_sheet_make(snap_sheet *table, size_t rows)
{
    size_t most = SNAP_SHEET_CELLS / table->columns;

    table->rows = rows < most ? rows : most;
    table->left_out = rows - table->rows;
    table->cells = calloc(table->rows * table->columns + 1, sizeof *table->cells);
    return table->cells;
}

static snap_span *snap_sheet_cell(snap_sheet *table, size_t row, size_t column)
{
    return &table->cells[row * table->columns + column];
}

static bool snap_sheet_is_list(const JSObject *object)
{
    return object->class_id == JS_CLASS_ARRAY || is_typed_array(object->class_id);
}

/* a value on one line: the properties of a small object, [Object] for one of more than two */
static void snap_sheet_show(snap_sheet *table, size_t row, size_t column, JSValueConst value)
{
    JSObject *object = snap_is_object(value) ? snap_behind_proxy(&table->in, JS_VALUE_GET_OBJ(value)) : NULL;
    size_t start = table->in.text.size;

    table->in.depth = 0;
    if (object && !snap_sheet_is_list(object) && !snap_is_callable(table->in.ctx, object)) {
        size_t first = snap_collect_keys(&table->in, object, SNAP_KEYS_INDEX | SNAP_KEYS_NAMED);

        if (snap_key_count(&table->in) - first > 2)
            table->in.depth = -1;
        snap_drop_keys(&table->in, first);
    }
    table->in.circular.size = 0;
    snap_show(&table->in, value, 0);
    *snap_sheet_cell(table, row, column) = snap_sheet_since(table, start);
}

static void snap_sheet_number(snap_sheet *table, size_t row)
{
    size_t start = table->in.text.size;

    snap_say_uint(&table->in.text, row);
    *snap_sheet_cell(table, row, 0) = snap_sheet_since(table, start);
}

/* ---- rows of an array or object ---------------------------------------------------------------------------------- */

/* the object whose properties are the columns of a row; NULL: the row is one value */
static JSObject *snap_sheet_row(snap_sheet *table, JSObject *data, JSAtom key, snap_property *property)
{
    *property = snap_own(&table->in, data, key, true);
    if (property->kind != SNAP_DATA || !snap_is_object(property->value))
        return NULL;
    return snap_behind_proxy(&table->in, JS_VALUE_GET_OBJ(property->value));
}

/* appends a column unless there is one of that key; columns are keys from `first` on */
static void snap_sheet_add_column(snap_sheet *table, size_t first, JSAtom key)
{
    size_t count = snap_key_count(&table->in) - first;

    if (count < SNAP_SHEET_COLUMNS && snap_goes_on(&table->in, count) && !snap_has_key(&table->in, first, key))
        snap_add_key(&table->in, key);
}

static int snap_sheet_compare(const void *a, const void *b, void *ctx)
{
    uint32_t index;
    bool left = JS_AtomIsArrayIndex(ctx, &index, *(const JSAtom *)a), right = JS_AtomIsArrayIndex(ctx, &index, *(const JSAtom *)b);

    if (left && right)
        return snap_compare_index(a, b, ctx);
    return right - left;
}

/* indexes first, by size, as they would stand in an object; the others keep their order (the sort is not stable, so an insertion) */
static void snap_sheet_sort_columns(snap_sheet *table, size_t first)
{
    JSAtom *keys = (JSAtom *)table->in.keys.data;

    for (size_t i = first + 1; i < snap_key_count(&table->in); i++) {
        JSAtom key = keys[i];
        size_t at = i;

        for (; at > first && snap_sheet_compare(&keys[at - 1], &key, table->in.ctx) > 0; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* The columns that the rows have between them. Keys of one row stand behind them for a moment. */
static bool snap_sheet_find_columns(snap_sheet *table, JSObject *data, size_t rows, size_t first)
{
    snap_inspector *in = &table->in;
    bool has_values = false;

    for (size_t row = 0; row < rows && snap_goes_on(in, 1); row++) {
        snap_property property;
        JSObject *object = snap_sheet_row(table, data, snap_key(in, row), &property);
        size_t start = snap_key_count(in), end;

        if (!object) {
            has_values = true;
            continue;
        }
        snap_collect_keys(in, object, SNAP_KEYS_INDEX | SNAP_KEYS_NAMED);
        end = snap_key_count(in);
        for (size_t i = start, count = start; i < end; i++) {
            JSAtom key = snap_key(in, i);                      /* read before a column is written in its place */

            snap_drop_keys(in, count);
            snap_sheet_add_column(table, first, key);
            count = snap_key_count(in);
        }
    }
    snap_sheet_sort_columns(table, first);
    return has_values;
}

/* the columns that were asked for: strings, numbers and symbols; other things name none */
static void snap_sheet_ask_columns(snap_sheet *table, JSObject *columns, size_t first, JSAtom *asked, size_t *count)
{
    uint32_t length = snap_inspect_array_length(columns);

    for (uint32_t i = 0; i < length && *count < SNAP_SHEET_COLUMNS; i++) {
        snap_property column = snap_own(&table->in, columns, __JS_AtomFromUInt32(i), false);
        JSAtom key;

        if (column.kind != SNAP_DATA || snap_is_object(column.value))
            continue;
        key = JS_ValueToAtom(table->in.ctx, column.value);
        if (key == JS_ATOM_NULL) {
            snap_forget_exception(table->in.ctx);
            continue;
        }
        asked[(*count)++] = key;                               /* ours until the table is drawn */
        snap_sheet_add_column(table, first, key);
    }
    snap_sheet_sort_columns(table, first);
}

static void snap_sheet_fill_row(snap_sheet *table, JSObject *data, size_t row, size_t first, bool is_asked)
{
    snap_inspector *in = &table->in;
    snap_property property;
    JSObject *object = snap_sheet_row(table, data, snap_key(in, row), &property);
    size_t columns = snap_key_count(in) - first, start = in->text.size;

    snap_say_atom(&in->text, in->ctx, snap_key(in, row));
    *snap_sheet_cell(table, row, 0) = snap_sheet_since(table, start);
    if (!object && !is_asked) {
        start = in->text.size;
        if (property.kind == SNAP_DATA)
            snap_sheet_show(table, row, columns + 1, property.value);
        else
            snap_show_property_value(in, &property, 0);
        *snap_sheet_cell(table, row, columns + 1) = snap_sheet_since(table, start);
    }
    for (size_t i = 0; object && i < columns && snap_goes_on(in, 1); i++) {
        property = snap_own(in, object, snap_key(in, first + i), true);
        if (property.kind == SNAP_DATA && is_typed_array(object->class_id)
            && __JS_AtomIsTaggedInt(snap_key(in, first + i))) {
            start = in->text.size;
            snap_show_element(&in->text, object, __JS_AtomToUInt32(snap_key(in, first + i)));
            *snap_sheet_cell(table, row, i + 1) = snap_sheet_since(table, start);
        } else if (property.kind == SNAP_DATA) {
            snap_sheet_show(table, row, i + 1, property.value);
        } else if (property.kind != SNAP_ABSENT) {
            start = in->text.size;
            snap_show_property_value(in, &property, 0);
            *snap_sheet_cell(table, row, i + 1) = snap_sheet_since(table, start);
        }
    }
}

static bool snap_sheet_of_object(snap_sheet *table, JSObject *data, JSObject *columns)
{
    snap_inspector *in = &table->in;
    JSAtom asked[SNAP_SHEET_COLUMNS];
    size_t asked_count = 0, rows, first;
    bool has_values = false, is_made;

    snap_collect_keys(in, data, SNAP_KEYS_INDEX | SNAP_KEYS_NAMED);
    rows = first = snap_key_count(in);
    if (columns)
        snap_sheet_ask_columns(table, columns, first, asked, &asked_count);
    else
        has_values = snap_sheet_find_columns(table, data, rows, first);
    snap_sheet_head(table, "(index)");
    for (size_t i = first; i < snap_key_count(in); i++) {
        size_t start = in->text.size;

        snap_say_atom(&in->text, in->ctx, snap_key(in, i));
        table->heads[table->columns++] = snap_sheet_since(table, start);
    }
    if (has_values)
        snap_sheet_head(table, "Values");
    is_made = snap_sheet_make(table, rows);
    for (size_t row = 0; is_made && row < table->rows; row++)
        snap_sheet_fill_row(table, data, row, first, columns != NULL);
    for (size_t i = 0; i < asked_count; i++)
        JS_FreeAtom(in->ctx, asked[i]);
    return is_made;
}

/* ---- rows of a Map or Set, or of an iterator over one ------------------------------------------------------------ */

static bool snap_sheet_of_records(snap_sheet *table, JSMapState *map, JSMapRecord *after, int form)
{
    struct list_head *first = after ? after->link.next : map->records.next;
    size_t rows = 0;

    for (struct list_head *at = first; at != &map->records; at = at->next)
        rows += !list_entry(at, JSMapRecord, link)->empty;
    snap_sheet_head(table, "(iteration index)");
    if (form == SNAP_RECORD_PAIR)
        snap_sheet_head(table, "Key");
    snap_sheet_head(table, "Values");
    if (!snap_sheet_make(table, rows))
        return false;
    rows = 0;
    for (struct list_head *at = first; at != &map->records && rows < table->rows; at = at->next) {
        JSMapRecord *record = list_entry(at, JSMapRecord, link);

        if (record->empty)
            continue;
        snap_sheet_number(table, rows);
        if (form == SNAP_RECORD_PAIR)
            snap_sheet_show(table, rows, 1, record->key);
        snap_sheet_show(table, rows++, table->columns - 1, form == SNAP_RECORD_KEY ? record->key : record->value);
    }
    return true;
}

static bool snap_sheet_of_iterator(snap_sheet *table, JSObject *object)
{
    JSMapIteratorData *iterator = object->u.map_iterator_data;
    bool is_map = object->class_id == JS_CLASS_MAP_ITERATOR;
    int form = SNAP_RECORD_KEY;

    if (iterator->kind == JS_ITERATOR_KIND_KEY_AND_VALUE && is_map)
        form = SNAP_RECORD_PAIR;
    else if (iterator->kind == JS_ITERATOR_KIND_VALUE && is_map)
        form = SNAP_RECORD_VALUE;
    return snap_sheet_of_records(table, JS_VALUE_GET_OBJ(iterator->obj)->u.map_state, iterator->cur_record, form);
}

/* ---- drawing ----------------------------------------------------------------------------------------------------- */

static void snap_sheet_rule(const snap_sheet *table, snap_buffer *out, const char *left, const char *middle, const char *right)
{
    snap_say(out, left);
    for (size_t i = 0; i < table->columns; i++) {
        if (i)
            snap_say(out, middle);
        for (size_t width = table->widths[i] + 2; width--;)
            snap_say(out, "─");
    }
    snap_say(out, right);
}

static void snap_sheet_line(const snap_sheet *table, snap_buffer *out, const snap_span *cells)
{
    snap_say(out, "│ ");
    for (size_t i = 0; i < table->columns; i++) {
        if (i)
            snap_say(out, " │ ");
        snap_say_span(out, &table->in.text, cells[i]);
        snap_say_spaces(out, table->widths[i] - snap_width(&table->in.text, cells[i]));
    }
    snap_say(out, " │\n");
}

static void snap_sheet_draw(snap_sheet *table, snap_buffer *out)
{
    size_t row;

    for (size_t i = 0; i < table->columns; i++)
        table->widths[i] = snap_width(&table->in.text, table->heads[i]);
    for (row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < table->columns; i++) {
            size_t width = snap_width(&table->in.text, *snap_sheet_cell(table, row, i));
            if (width > table->widths[i])
                table->widths[i] = width;
        }
    }
    snap_sheet_rule(table, out, "┌", "┬", "┐\n");
    snap_sheet_line(table, out, table->heads);
    snap_sheet_rule(table, out, "├", "┼", "┤\n");
    for (row = 0; row < table->rows && out->size < SNAP_MESSAGE_LIMIT; row++)
        snap_sheet_line(table, out, snap_sheet_cell(table, row, 0));
    snap_sheet_rule(table, out, "└", "┴", "┘");
    if (row < table->rows + table->left_out) {
        snap_say(out, "\n... ");
        snap_say_uint(out, table->rows + table->left_out - row);
        snap_say(out, " more rows");
    }
}

/* the table of `data`; false when there is no memory for it. `columns` is an array, or NULL for all of them */
static bool snap_format_table(JSContext *ctx, snap_buffer *out, JSObject *data, JSObject *columns)
{
    snap_sheet *table = calloc(1, sizeof *table);              /* too large for the stack */
    bool is_made;

    if (!table)
        return false;
    snap_inspector_init(&table->in, ctx);
    table->in.line = SIZE_MAX / 4;                             /* a cell is one line */
    table->in.most_items = 3;
    if ((data->class_id == JS_CLASS_MAP || data->class_id == JS_CLASS_SET) && data->u.map_state)
        is_made = snap_sheet_of_records(table, data->u.map_state, NULL,
                                        data->class_id == JS_CLASS_MAP ? SNAP_RECORD_PAIR : SNAP_RECORD_KEY);
    else if ((data->class_id == JS_CLASS_MAP_ITERATOR || data->class_id == JS_CLASS_SET_ITERATOR) && data->u.map_iterator_data
             && snap_is_object(data->u.map_iterator_data->obj))
        is_made = snap_sheet_of_iterator(table, data);
    else
        is_made = snap_sheet_of_object(table, data, columns);
    is_made = is_made && !snap_inspector_failed(&table->in);
    if (is_made)
        snap_sheet_draw(table, out);
    snap_inspector_free(&table->in);
    free(table->cells);
    free(table);
    return is_made;
}
