/* Records in the order of their ids. Ids only grow, so a new record goes to the end, and one is found by bisection. */
typedef struct snap_record {
    uint32_t id;
} snap_record;

typedef struct snap_table {
    snap_record **records;
    uint32_t count, capacity, last_id;
} snap_table;

/* Gives the record an id and enters it; false without memory. */
static bool snap_table_add(snap_table *table, snap_record *record)
{
    if (table->count == table->capacity) {
        uint32_t capacity = table->capacity ? table->capacity * 2 : 16;
        snap_record **records = realloc(table->records, capacity * sizeof *records);
        if (!records)
            return false;
        table->records = records;
        table->capacity = capacity;
    }
    record->id = ++table->last_id;
    table->records[table->count++] = record;
    return true;
}

/* Index of the first record whose id is at least `id`. */
static uint32_t snap_table_position(const snap_table *table, uint32_t id)
{
    uint32_t low = 0, high = table->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (table->records[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static snap_record *snap_table_find(const snap_table *table, uint32_t id)
{
    uint32_t position = snap_table_position(table, id);
    return position < table->count && table->records[position]->id == id ? table->records[position] : NULL;
}

static void snap_table_remove(snap_table *table, const snap_record *record)
{
    uint32_t position = snap_table_position(table, record->id);
    table->count--;
    memmove(table->records + position, table->records + position + 1, (table->count - position) * sizeof *table->records);
    table->records[table->count] = NULL;
}
