/* The engine as a native 32-bit program, under the sanitizers: driven through the exports of abi.h, with a host made of stubs, and with
 * a memory allocator that can be told to fail.
 *
 *   driver list                              the scenarios
 *   driver run SCENARIO                      one scenario, with memory
 *   driver starve SCENARIO FIRST STEP MOST   the same again and again, each time without the memory of one more allocation: first of
 *                                            allocation FIRST alone and of all from it, then of FIRST + STEP …; at most MOST times
 *   driver reach                             which exports all scenarios reach: in which of them an allocation could fail, and with
 *                                            which statuses they return, with memory and without
 *   driver fuzz SEED COUNT                   that many damaged messages
 *   driver replay KIND FILE...               what a coverage-guided fuzzer has found: see inputs.c
 *
 * Exits with 0 when all is well. Whatever is not, is said on stderr, and by the sanitizers. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reached.c"

/* ---- memory ---- */

static struct {
    uint64_t countdown;   /* the allocation with this number, from now, fails; 0: none does */
    bool for_good;        /* and every later one */
    bool paused, compiles, traced, fired, fired_in_step;
    int64_t live;         /* blocks that have not been freed */
    size_t largest;       /* block that there is memory for; 0: there is no end to it */
} fault;

extern void __sanitizer_print_stack_trace(void);

static bool fault_strikes(size_t size)
{
    if (fault.largest && size > fault.largest)
        return true;
    if (fault.paused || fault.compiles)
        return false;
    if (reached)
        reach_allocation();
    if (!fault.countdown || (fault.fired && !fault.for_good))
        return false;
    if (!fault.fired && --fault.countdown)
        return false;
    fault.countdown = 1;
    if (fault.traced && !fault.fired)
        __sanitizer_print_stack_trace();
    fault.fired = fault.fired_in_step = true;
    return true;
}

/* The linker sends the calls of the engine's and our objects here; the C library's own stay where they are. */
extern void *__real_malloc(size_t size);
extern void *__real_calloc(size_t count, size_t size);
extern void *__real_realloc(void *block, size_t size);
extern void __real_free(void *block);

void *__wrap_malloc(size_t size)
{
    void *block = fault_strikes(size) ? NULL : __real_malloc(size);
    fault.live += block != NULL;
    return block;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *block = fault_strikes(count * size) ? NULL : __real_calloc(count, size);
    fault.live += block != NULL;
    return block;
}

void *__wrap_realloc(void *old, size_t size)
{
    void *block = fault_strikes(size) ? NULL : __real_realloc(old, size);
    fault.live += block && !old;
    return block;
}

void __wrap_free(void *block)
{
    fault.live -= block != NULL;
    __real_free(block);
}

/* The guest's own allocator gives memory that is zero, and the engine relies on it. */
const char *__asan_default_options(void)
{
    return "malloc_fill_byte=0:max_malloc_fill_size=2147483647:detect_stack_use_after_return=0:handle_abort=1";
}

const char *__ubsan_default_options(void)
{
    return "halt_on_error=1:print_stacktrace=1";
}

#include "unit.c"

extern void __lsan_do_leak_check(void);

#include "messages.c"
#include "stubs.c"
#include "imports.c"
#include "scenarios.c"
#include "fuzz.c"
#include "inputs.c"

/* ---- the end ---- */

static void free_handles(void)
{
    for (uint32_t i = 0; i < snap_handles.count; i++) {
        JSValue value = snap_handles.slots[i].value;
        snap_handles.slots[i].value = JS_UNDEFINED;
        if (snap_handles.slots[i].references)
            JS_FreeValue(snap_context, value);
    }
    snap_handles.count = 0;
    free(snap_handles.slots);
}

static void free_realms(void)
{
    while (snap_realms.count)
        snap_realm_close(snap_realms.records[0]->id);
    while (snap_retired.first) {
        snap_realm_record *realm = snap_retired.first;
        snap_retired.first = realm->next_retired;
        JS_FreeContext(realm->context);
        free(realm);
    }
    free(snap_realms.records);
}

/* Loads that were never answered. */
static void free_loads(void)
{
    while (!list_empty(&snap_loads))
        snap_load_free(list_entry(snap_loads.next, snap_load, link));
    while (!list_empty(&snap_fetches))
        snap_fetch_free(list_entry(snap_fetches.next, snap_fetch, link));
}

static void free_tables(JSContext *ctx)
{
    while (snap_pending_calls.count) {
        snap_pending_call *call = (snap_pending_call *)snap_pending_calls.records[0];
        snap_table_remove(&snap_pending_calls, &call->record);
        snap_pending_free(ctx, call);
    }
    free(snap_pending_calls.records);
    while (snap_timer_table.count)
        snap_timer_free(ctx, (snap_timer *)snap_timer_table.records[0]);
    free(snap_timer_table.records);
    free(snap_timers.timers);
    while (snap_rejections.count)
        snap_rejection_remove(ctx, snap_rejections.count - 1);
    free(snap_rejections.items);
    for (uint32_t i = 0; i < snap_hosts.count; i++) {
        JS_FreeValue(ctx, snap_hosts.entries[i].name);
        JS_FreeValue(ctx, snap_hosts.entries[i].shown_name);
        if (!snap_hosts.entries[i].reference)
            JS_FreeValue(ctx, snap_hosts.entries[i].function);
    }
    while (snap_console_counters)
        snap_label_remove(ctx, &snap_console_counters);
    while (snap_console_timers)
        snap_label_remove(ctx, &snap_console_timers);
    while (snap_source_maps.count)
        snap_source_map_remove(&snap_source_maps.items[snap_source_maps.count - 1]);
    js_free(ctx, snap_source_maps.items);
}

static void thaw(void)
{
    struct list_head *element;
    list_for_each(element, &snap_frozen)
        js_rc(list_entry(element, JSGCObjectHeader, link))->frozen = 0;
    snap_list_join(&snap_frozen, &snap_runtime->gc_obj_list);
    init_list_head(&snap_frozen);
    for (size_t i = 0; i < countof(snap_frozen_blocks); i++) {
        js_free_rt(snap_runtime, snap_frozen_blocks[i]);
        snap_frozen_blocks[i] = NULL;
    }
}

static uint32_t count_objects(void)
{
    struct list_head *element;
    uint32_t count = 0;
    list_for_each(element, &snap_runtime->gc_obj_list)
        count++;
    return count;
}

/* Frees what production never frees, since there the memory goes as a whole; so that what is left is a leak. */
static void free_everything(void)
{
    long long has_tables;

    fault.paused = true;
    if (snap_runtime)
        thaw();
    if (snap_context) {
        free_loads();
        free_realms();
        free_tables(snap_context);
        free_handles();
        JS_FreeAtom(snap_context, snap_lent_symbol);
        JS_FreeContext(snap_context);
    }
    if (snap_runtime) {
        JS_FreeValueRT(snap_runtime, snap_runtime->current_exception);
        snap_runtime->current_exception = JS_UNINITIALIZED;
        while (JS_IsJobPending(snap_runtime)) {
            JSJobEntry *job = list_entry(snap_runtime->job_list.next, JSJobEntry, link);
            list_del(&job->link);
            for (int i = 0; i < job->argc; i++)
                JS_FreeValueRT(snap_runtime, job->argv[i]);
            js_free_rt(snap_runtime, job);
        }
        JS_RunGC(snap_runtime);
        if (count_objects()) {
            fprintf(stderr, "driver: %u objects leaked\n", count_objects());
            snap_runtime = NULL, snap_context = NULL;
            __lsan_do_leak_check();
            _exit(1);
        }
        for (size_t i = 0; i < countof(snap_web_bytecode); i++)
            js_free_rt(snap_runtime, snap_web_bytecode[i].bytes);
        js_free_rt(snap_runtime, snap_reactor_bytecode.bytes);
        JS_FreeRuntime(snap_runtime);
    }
    snap_runtime = NULL, snap_context = NULL;
    snap_host_objects_unbind();
    free(snap_objects.buckets);
    free(snap_hosts.entries);
    free(snap_released.items);
    snap_buffer_free(&snap_input);
    snap_buffer_free(&snap_output);
    snap_buffer_free(&snap_host_spare);
    fault.paused = true;
    has_tables = snap_ada_initialize();   /* the URL parser's, which are there for good */
    if (fault.live != has_tables) {
        fprintf(stderr, "driver: %lld blocks leaked\n", (long long)fault.live);
        memset(&snap_hosts, 0, sizeof snap_hosts);
        __lsan_do_leak_check();
        _exit(1);
    }
}

/* What the control block says is so, and the host, which has released all it was given, holds nothing. */
static void check_books(void)
{
    uint32_t references = 0;

    for (uint32_t i = 0; i < snap_handles.count; i++) {
        const snap_slot *slot = &snap_handles.slots[i];
        if (slot->references != (slot->references ? slot->owned : 0))
            die("slot %u has %u references, of which %u are the guest's own", i, slot->references, slot->owned);
        references += slot->references;
    }
    if (snap_control.handles != references)
        die("%u handles are counted, and %u are there", snap_control.handles, references);
    if (snap_control.pending != snap_pending_calls.count)
        die("%u pending calls are counted, and %u are there", snap_control.pending, snap_pending_calls.count);
    if (snap_control.timers != snap_timers.count || snap_timers.count != snap_timer_table.count)
        die("%u timers are counted, %u wait, %u are there", snap_control.timers, snap_timers.count, snap_timer_table.count);
    if (snap_control.next_timer != (snap_timers.count ? snap_timers.timers[0]->deadline : INFINITY))
        die("the next timer is not the first");
}

/* With memory again, the VM must be as good as new. */
static void check_that_it_works(void)
{
    unanswered_imports = 0;
    fault.paused = true;
    fault.fired = false;
    while (snap_control.depth)
        die("an export has not been left: depth %u", snap_control.depth);
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
    if (send_source("1 + 2", "scenario.js") && snap_eval(0, 0) != (3 << 8 | SNAP_STATUS_INTEGER))
        die("1 + 2 is no longer 3");
    step(snap_prepare_snapshot(), SNAP_STATUS_OK);
    run("[1, {a: 'b'}].concat(new Error('x').message)", 0);
    check_books();
}

/* ---- the modes ---- */

enum { EXIT_UNTOUCHED = 42 };   /* of a child: no allocation failed, for the scenario has fewer */

static void play(const scenario *chosen)
{
    if (!chosen->makes_its_own)
        initialize();
    chosen->play();
    if (snap_context && snap_control.depth == 0)
        check_that_it_works();
    free_everything();
}

/* Without memory from allocation `first`; 0: with memory. What goes wrong then is for `starve` to find. */
static void reach_with(const scenario *chosen, uint64_t first)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        if (first && !freopen("/dev/null", "w", stderr))
            _exit(1);
        if (!chosen->makes_its_own)
            initialize();
        fault.countdown = first;
        fault.for_good = true;
        chosen->play();
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || (status && !first))
        die("%s cannot be played", chosen->name);
}

static void reach(char *top)
{
    static const uint64_t firsts[] = { 0, 1, 3, 10, 30, 100 };

    reach_begin(top);
    for (size_t i = 0; i < countof(scenarios); i++)
        for (size_t k = 0; k < countof(firsts); k++)
            reach_with(&scenarios[i], firsts[k]);
    reach_print();
}

static int starve_once(const scenario *chosen, uint64_t number, bool for_good, bool traced)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        bool fired;
        fault.countdown = number;
        fault.for_good = for_good;
        fault.traced = traced;
        chosen->play();
        fired = fault.fired;
        if (!chosen->makes_its_own)
            check_that_it_works();
        free_everything();
        _exit(fired ? 0 : EXIT_UNTOUCHED);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        die("there is no child");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int starve(const scenario *chosen, uint64_t first, uint64_t every, uint64_t most)
{
    int failures = 0, outcome = 0;
    uint64_t number = first, played = 0;

    if (!chosen->makes_its_own)
        initialize();
    for (; outcome != EXIT_UNTOUCHED && played < most; number += every) {
        for (int for_good = 0; for_good < 2; for_good++, played++) {
            outcome = starve_once(chosen, number, for_good, false);
            if (outcome == EXIT_UNTOUCHED)
                break;
            if (outcome) {
                starve_once(chosen, number, for_good, true);   /* again, to see where */
                fprintf(stderr, "driver: %s fails with %d when allocation %llu fails%s\n", chosen->name, outcome,
                        (unsigned long long)number, for_good ? ", and all after it" : "");
                failures++;
            }
        }
    }
    printf("%s: %llu times, up to allocation %llu%s, %d failures\n", chosen->name, (unsigned long long)played,
           (unsigned long long)(number - every), outcome == EXIT_UNTOUCHED ? " (all)" : "", failures);
    return failures ? 1 : 0;
}

static void begin_inputs(const input_kind *kind)
{
    clock_now = 1.7e12;
    fault.largest = 64 << 20;
    initialize();
    snap_set_memory_limit(64 << 20);   /* above what makes the engine's compiler fail, which then does harm: see engine/compile.c */
    kind->begin();
}

static void end_inputs(const input_kind *kind)
{
    snap_control.interrupt = SNAP_INTERRUPT_NONE;
    if (kind->end)
        kind->end();
    if (snap_control.depth)
        die("an export has not been left: depth %u", snap_control.depth);
    free_everything();
}

static uint8_t *read_file(const char *name, size_t *size)
{
    FILE *file = fopen(name, "rb");
    uint8_t *bytes;

    if (!file || fseek(file, 0, SEEK_END))
        die("%s cannot be read", name);
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = __real_malloc(*size + !*size);
    if (fread(bytes, 1, *size, file) != *size)
        die("%s cannot be read", name);
    fclose(file);
    return bytes;
}

/* Plays as many as one VM may be given, and says which it is at. */
static void replay_in_one_vm(const input_kind *kind, char **names)
{
    begin_inputs(kind);
    for (uint32_t i = 0; *names && i < kind->inputs_a_vm; i++, names++) {
        size_t size;
        uint8_t *bytes = read_file(*names, &size);
        printf("%s\n", *names);
        kind->play(bytes, size);
        __real_free(bytes);
    }
    end_inputs(kind);
}

/* Each VM has a process of its own, since the engine's variables are never set back. */
static int replay(const input_kind *kind, char **names)
{
    while (*names) {
        pid_t child = fork();
        int status;
        if (child == 0) {
            replay_in_one_vm(kind, names);
            _exit(0);
        }
        if (child < 0 || waitpid(child, &status, 0) < 0)
            die("there is no child");
        if (status)
            return 1;
        for (uint32_t i = 0; *names && i < kind->inputs_a_vm; i++)
            names++;
    }
    return 0;
}

static const scenario *find_scenario(const char *name)
{
    for (size_t i = 0; i < countof(scenarios); i++)
        if (!strcmp(scenarios[i].name, name))
            return &scenarios[i];
    die("there is no scenario '%s'", name);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";

    setvbuf(stdout, NULL, _IOLBF, 0);
    snap_engine_evaluator = evaluate_sparing_the_compiler;
    if (!strcmp(mode, "list") && argc == 2) {
        for (size_t i = 0; i < countof(scenarios); i++)
            printf("%s\n", scenarios[i].name);
    } else if (!strcmp(mode, "run") && argc == 3) {
        play(find_scenario(argv[2]));
    } else if (!strcmp(mode, "starve") && argc == 6) {
        return starve(find_scenario(argv[2]), strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10), strtoull(argv[5], NULL, 10));
    } else if (!strcmp(mode, "reach") && argc == 2) {
        reach((char *)__builtin_frame_address(0));
    } else if (!strcmp(mode, "replay") && argc >= 3) {
        return replay(find_input_kind(argv[2]), argv + 3);
    } else if (!strcmp(mode, "fuzz") && argc == 4) {
        initialize();
        fuzz((uint32_t)strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10));
        check_that_it_works();
        free_everything();
    } else {
        fprintf(stderr, "usage: driver list | run SCENARIO | starve SCENARIO FIRST STEP MOST | reach | fuzz SEED COUNT | replay KIND FILE...\n");
        return 2;
    }
    return 0;
}
