/* The native driver under libFuzzer. Which kind of inputs, SNAPJS_FUZZ says: see tests/native/inputs.c.
 *
 * The engine ends with the instance that it runs in, so its variables are never set back. Here they lie in sections of their own, and are put
 * back to what they were at the start before each VM. */
#pragma clang section bss = "engine_bss" data = "engine_data"
#define main driver_main
#include "../native/driver.c"
#undef main
#pragma clang section bss = "" data = ""

extern uint64_t __start_engine_bss[], __stop_engine_bss[], __start_engine_data[], __stop_engine_data[];
static uint64_t *initial_data;
static const input_kind *chosen_kind;

static __attribute__((no_sanitize("address", "undefined", "coverage"))) void put_back(void)
{
    const uint64_t *initial = initial_data;

    for (uint64_t *word = __start_engine_data; word < __stop_engine_data; word++)
        *word = *initial++;
    for (uint64_t *word = __start_engine_bss; word < __stop_engine_bss; word++)
        if (*word)
            *word = 0;
}

static __attribute__((no_sanitize("address", "undefined", "coverage"))) void keep_initial_data(void)
{
    uint64_t *initial = initial_data = __real_malloc((size_t)((char *)__stop_engine_data - (char *)__start_engine_data));

    for (uint64_t *word = __start_engine_data; word < __stop_engine_data; word++)
        *initial++ = *word;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("SNAPJS_FUZZ");

    (void)argc, (void)argv;
    chosen_kind = find_input_kind(name ? name : "");
    keep_initial_data();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint32_t played;

    if (played++ % chosen_kind->inputs_a_vm == 0) {
        put_back();
        begin_inputs(chosen_kind);
    }
    chosen_kind->play(bytes, size);
    if (played % chosen_kind->inputs_a_vm == 0)
        end_inputs(chosen_kind);
    return 0;
}
