/* What the driver plays: one concern of the engine each, short, because each is played once for each of its allocations. */
#include "play_values.c"
#include "play_pending.c"
#include "play_host.c"
#include "play_host_objects.c"
#include "play_borrowed.c"
#include "play_loop.c"
#include "play_unanswered.c"
#include "play_code.c"
#include "play_handles.c"
#include "play_reflection.c"
#include "play_realms.c"
#include "play_web_data.c"
#include "play_events.c"
#include "play_loads.c"
#include "play_commonjs.c"
#include "play_console.c"
#include "play_compression.c"
#include "play_slots.c"
#include "play_randomness.c"
#include "play_url.c"
#include "play_limits.c"
#include "play_source_maps.c"
#include "play_statuses.c"
#include "play_extensions.c"
#include "play_reactor.c"

typedef struct scenario {
    const char *name;
    void (*play)(void);
    bool makes_its_own;   /* VM */
} scenario;

static void play_initialize(void)
{
    initialize();
}

#define SCENARIO(name) { #name, play_##name }

static const scenario scenarios[] = {
    { "initialize", play_initialize, .makes_its_own = true },
    SCENARIO(values_out), SCENARIO(values_in), SCENARIO(transfers), SCENARIO(malformed), SCENARIO(large_messages),
    SCENARIO(errors), SCENARIO(conversions), SCENARIO(overflows),
    SCENARIO(host_calls), SCENARIO(host_refusals), SCENARIO(nesting), SCENARIO(temporary_functions),
    SCENARIO(host_handles), SCENARIO(host_handles_inside), SCENARIO(host_handles_deferred), SCENARIO(host_stopped),
    SCENARIO(host_objects), SCENARIO(host_objects_refused), SCENARIO(many_host_objects), SCENARIO(host_objects_of_nobody), SCENARIO(host_objects_malformed),
    SCENARIO(pending), SCENARIO(pending_by_the_host), SCENARIO(pending_released_too_often),
    SCENARIO(unanswered_calls), SCENARIO(unanswered_modules), SCENARIO(unanswered_times), SCENARIO(unanswered_rest),
    SCENARIO(timers), SCENARIO(interval_without_room), SCENARIO(rejections), SCENARIO(asynchrony), SCENARIO(deferred), SCENARIO(promise_then),
    SCENARIO(interrupts),
    SCENARIO(modules), SCENARIO(dynamic_imports), SCENARIO(bytecode), SCENARIO(bytecode_stripped), SCENARIO(source_maps), SCENARIO(source_maps_malformed),
    SCENARIO(loads), SCENARIO(loads_failing), SCENARIO(loads_shared), SCENARIO(loads_linked_again), SCENARIO(loads_by_a_program), SCENARIO(loads_of_data), SCENARIO(loads_hostile),
    SCENARIO(loads_hooked), SCENARIO(loads_overtaken), SCENARIO(loads_stopped), SCENARIO(loads_of_bytecode), SCENARIO(loads_of_a_closed_realm), SCENARIO(loads_waiting),
    SCENARIO(commonjs), SCENARIO(commonjs_failing), SCENARIO(commonjs_and_modules), SCENARIO(commonjs_hooked), SCENARIO(commonjs_cache), SCENARIO(commonjs_elsewhere),
    SCENARIO(properties), SCENARIO(define), SCENARIO(define_refused), SCENARIO(release_in_use),
    SCENARIO(wrap), SCENARIO(convert), SCENARIO(convert_bytes), SCENARIO(fixed_handles), SCENARIO(unknown_handles),
    SCENARIO(handles), SCENARIO(exports), SCENARIO(released_too_often),
    SCENARIO(reflect_primitives), SCENARIO(reflect_objects), SCENARIO(reflect_functions), SCENARIO(reflect_containers), SCENARIO(reflect_detached),
    SCENARIO(reflect_proxies), SCENARIO(reflect_namespaces), SCENARIO(reflect_global), SCENARIO(reflect_refused), SCENARIO(digest),
    SCENARIO(realm_new), SCENARIO(realm_without_microtasks), SCENARIO(realm_intrinsics), SCENARIO(realm_memory_limit), SCENARIO(realm_code), SCENARIO(realm_host_functions), SCENARIO(realm_times),
    SCENARIO(realm_unknown), SCENARIO(realm_closed_inside), SCENARIO(realm_closed_by_access), SCENARIO(realm_escapes), SCENARIO(realm_timers),
    SCENARIO(realm_modules), SCENARIO(realm_modules_waiting), SCENARIO(realm_jobs), SCENARIO(realm_registry_ends), SCENARIO(realm_registries),
    SCENARIO(console), SCENARIO(console_methods),
    SCENARIO(compression), SCENARIO(compression_in_pieces), SCENARIO(compression_refused), SCENARIO(slots),
    SCENARIO(randomness),
    SCENARIO(text_encoding), SCENARIO(base64), SCENARIO(clones), SCENARIO(clones_of_interfaces),
    SCENARIO(urls), SCENARIO(url_params),
    SCENARIO(uncaught), SCENARIO(rejections_heard), SCENARIO(events),
    SCENARIO(weak_references), SCENARIO(reports), SCENARIO(memory_limit),
    SCENARIO(first_outputs), SCENARIO(lent_ends), SCENARIO(statuses_of_state), SCENARIO(statuses_of_jobs), SCENARIO(statuses_of_values), SCENARIO(statuses_of_messages),
    SCENARIO(extensions), SCENARIO(reactor), SCENARIO(bjson), SCENARIO(bjson_damaged), SCENARIO(jobs_budget),
};
