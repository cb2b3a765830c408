/* Which exports the scenarios reach: in which an allocation could have failed, and with which statuses they returned. */
#include <sys/mman.h>

/* Exports are in a section of their own, so that a return address tells whether it lies in one. */
#define SNAP_EXPORT(name) __attribute__((noinline, section("snap_exports"))) name
extern char __start_snap_exports[], __stop_snap_exports[];
extern void __sanitizer_symbolize_pc(void *address, const char *format, char *text, size_t size);

/* Shared with the children that play; NULL when nobody asks. */
static struct {
    uint32_t place_count, status_count;
    void *places[4096];                                        /* in exports, whose calls allocate */
    struct { const char *call; uint32_t status; } statuses[4096];   /* a call, as it stands in the scenario */
} *reached;

static char *stack_top;

static void reach_place(void *place)
{
    uint32_t i = 0;

    while (i < reached->place_count && reached->places[i] != place)
        i++;
    if (i == reached->place_count && i < sizeof reached->places / sizeof *reached->places)
        reached->places[reached->place_count++] = place;
}

/* An allocation that could have failed: every export that is on the stack has been without memory. */
static void reach_allocation(void)
{
    char **frame = __builtin_frame_address(0);

    while (frame && (char *)frame < stack_top) {
        char **up = (char **)frame[0], *place = frame[1];
        if (place >= __start_snap_exports && place < __stop_snap_exports)
            reach_place(place);
        frame = up > frame ? up : NULL;
    }
}

static uint32_t reach_status(const char *call, uint32_t status)
{
    uint32_t i = 0;

    if (!reached || strncmp(call, "snap_", 5))
        return status;
    while (i < reached->status_count && (reached->statuses[i].call != call || reached->statuses[i].status != status))
        i++;
    if (i == reached->status_count && i < sizeof reached->statuses / sizeof *reached->statuses) {
        reached->statuses[i].call = call;
        reached->statuses[i].status = status;
        reached->status_count++;
    }
    return status;
}

static void reach_begin(char *top)
{
    stack_top = top;
    reached = mmap(NULL, sizeof *reached, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void reach_print(void)
{
    for (uint32_t i = 0; i < reached->place_count; i++) {
        char text[2000] = "";   /* a name for each function that was inlined there, and the export's last, each with its end */
        __sanitizer_symbolize_pc(reached->places[i], "%f", text, sizeof text - 1);
        for (const char *name = text; *name; name += strlen(name) + 1)
            printf("allocates %s\n", name);
    }
    for (uint32_t i = 0; i < reached->status_count; i++)
        printf("returns %.*s %u\n", (int)strcspn(reached->statuses[i].call, "("), reached->statuses[i].call, reached->statuses[i].status & 0xff);
}
