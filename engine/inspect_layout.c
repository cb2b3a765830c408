/* Lines and columns: how the entries of an object become one line, several, or a grid. The rules are Node's (compact = 3), so that
 * output looks as people know it; lengths are in UTF-16 units where Node has them so, and in columns where it has those.
 *
 * Entries are written at the end of `text`, each marked by a span. When an object is complete they are put together in `scratch`, which
 * then takes their place: an object's text becomes part of an entry of the object around it.
 */

static size_t snap_entry_count(const snap_inspector *in)
{
    return in->spans.size / sizeof(snap_span);
}

static snap_span snap_entry(const snap_inspector *in, size_t i)
{
    return ((const snap_span *)in->spans.data)[i];
}

/* what was written to `text` since `start` is an entry */
static void snap_end_entry(snap_inspector *in, size_t start)
{
    snap_span span = { start, in->text.size - start };

    snap_put(&in->spans, &span, sizeof span);
}

static void snap_entry_text(snap_inspector *in, const char *text)
{
    size_t start = in->text.size;

    snap_say(&in->text, text);
    snap_end_entry(in, start);
}

static void snap_entry_more(snap_inspector *in, uint64_t count, const char *what)
{
    size_t start = in->text.size;

    snap_say(&in->text, "... ");
    snap_say_uint(&in->text, count);
    snap_say(&in->text, " more ");
    snap_say(&in->text, what);
    snap_say(&in->text, count > 1 ? "s" : "");
    snap_end_entry(in, start);
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

typedef struct snap_grid {
    size_t first, count;                                       /* the entries that take part */
    size_t columns, total, widest;
    bool is_numeric;                                           /* align to the right */
    size_t widths[16];
} snap_grid;

static void snap_measure(snap_inspector *in, snap_grid *grid)
{
    for (size_t i = 0; i < grid->count; i++) {
        size_t width = snap_width(&in->text, snap_entry(in, grid->first + i));

        grid->total += width + 2;
        if (width > grid->widest)
            grid->widest = width;
    }
}

/* how many columns make about a square, a character being 2.5 times as high as wide; 0 when a grid would look worse than lines */
static size_t snap_choose_columns(const snap_inspector *in, const snap_grid *grid, size_t all_entries)
{
    double width = grid->widest + 2, bias, biased, columns;

    if (width * 3 + in->indentation >= in->line || !(grid->total / width > 5 || grid->widest <= 6))
        return 0;
    bias = sqrt(width - (double)grid->total / all_entries);
    biased = fmax(width - 3 - bias, 1);
    columns = floor(sqrt(2.5 * biased * grid->count) / biased + 0.5);
    columns = fmin(columns, floor((in->line - in->indentation) / width));
    columns = fmin(columns, 12);
    return columns > 1 ? columns : 0;
}

static void snap_put_row(snap_inspector *in, const snap_grid *grid, size_t row)
{
    size_t start = in->text.size;
    size_t end = row + grid->columns < grid->count ? row + grid->columns : grid->count;

    for (size_t i = row; i < end; i++) {
        snap_span entry = snap_entry(in, grid->first + i);
        size_t padding = grid->widths[i - row] - snap_width(&in->text, entry) - 2;

        if (grid->is_numeric)
            snap_say_spaces(&in->text, padding);
        snap_say_span(&in->text, &in->text, entry);
        if (i + 1 == end)
            break;
        snap_say(&in->text, ", ");
        if (!grid->is_numeric)
            snap_say_spaces(&in->text, padding);
    }
    snap_end_entry(in, start);
}

/* Adds the entries from `first` on once more, a row each; returns where the rows begin, or `first` when there is nothing to group.
 * A last entry that says how much is left out stays on its own. */
static size_t snap_group(snap_inspector *in, size_t first, bool is_numeric)
{
    size_t all = snap_entry_count(in) - first, rows = first + all;
    snap_grid grid = { .first = first, .count = all, .is_numeric = is_numeric };

    if (in->most_items < all)
        grid.count--;
    snap_measure(in, &grid);
    grid.columns = snap_choose_columns(in, &grid, all);
    if (!grid.columns)
        return first;
    for (size_t i = 0; i < grid.count; i++) {
        size_t width = snap_width(&in->text, snap_entry(in, first + i)) + 2;
        if (width > grid.widths[i % grid.columns])
            grid.widths[i % grid.columns] = width;
    }
    for (size_t i = 0; i < grid.count; i += grid.columns)
        snap_put_row(in, &grid, i);
    if (grid.count < all) {
        snap_span more = snap_entry(in, first + grid.count);
        snap_put(&in->spans, &more, sizeof more);
    }
    return rows;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

typedef struct snap_frame {
    snap_span base, open;                                      /* in `names` */
    const char *close;
    size_t start, first_entry;                                 /* in `text`, in `spans` */
    int level;
    bool is_list;                                              /* short entries may stand in columns */
    bool is_numeric;
} snap_frame;

static bool snap_has_newline(const snap_buffer *b, snap_span span)
{
    return span.size && memchr(b->data + span.start, '\n', span.size);
}

/* whether the entries fit on one line with what stands around them */
static bool snap_fits(const snap_inspector *in, const snap_frame *frame, size_t first)
{
    size_t count = snap_entry_count(in) - first;
    size_t total = 2 * count + in->indentation + snap_utf16_length(&in->names, frame->open)
        + snap_utf16_length(&in->names, frame->base) + 10;

    if (total + count > in->line || snap_has_newline(&in->names, frame->base))
        return false;
    for (size_t i = first; i < first + count; i++) {
        snap_span entry = snap_entry(in, i);

        total += snap_utf16_length(&in->text, entry);
        if (total > in->line || snap_has_newline(&in->text, entry))
            return false;
    }
    return true;
}

static void snap_put_break(snap_inspector *in, bool is_line, size_t indentation)
{
    snap_put_byte(&in->scratch, is_line ? ' ' : '\n');
    if (!is_line)
        snap_say_spaces(&in->scratch, indentation);
}

/* puts the entries together and their text in place of them */
static void snap_compose(snap_inspector *in, const snap_frame *frame)
{
    size_t first = frame->first_entry, count = snap_entry_count(in) - first;
    bool is_line;

    if (snap_inspector_failed(in))
        return;
    if (frame->is_list && count > 6)
        first = snap_group(in, first, frame->is_numeric);
    is_line = in->current_depth - frame->level < 3 && (first == frame->first_entry || snap_entry_count(in) - first == count)
        && snap_fits(in, frame, first);
    in->scratch.size = 0;
    snap_say_span(&in->scratch, &in->names, frame->base);
    if (frame->base.size)
        snap_put_byte(&in->scratch, ' ');
    snap_say_span(&in->scratch, &in->names, frame->open);
    snap_put_break(in, is_line, in->indentation + 2);
    for (size_t i = first; i < snap_entry_count(in); i++) {
        if (i > first) {
            snap_put_byte(&in->scratch, ',');
            snap_put_break(in, is_line, in->indentation + 2);
        }
        snap_say_span(&in->scratch, &in->text, snap_entry(in, i));
    }
    snap_put_break(in, is_line, in->indentation);
    snap_say(&in->scratch, frame->close);
    in->text.size = frame->start;
    in->spans.size = frame->first_entry * sizeof(snap_span);
    snap_put(&in->text, in->scratch.data, in->scratch.size);
}
