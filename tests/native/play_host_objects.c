/* Objects of the host. */

static void answer_members(const char *bytes, size_t size)
{
    given.bytes = (const uint8_t *)bytes;
    given.size = size;
    given.status = SNAP_STATUS_OK;
    member_answer = ANSWER_GIVEN;
}

static void give_object(snap_handle keep, uint32_t number)
{
    snap_buffer *b = begin_message();

    snap_put_array(b, 2);
    put_object(b, number);
    put_object(b, number);
    call(keep, 0, SNAP_STATUS_OK);
}

static snap_handle run_for_keeper(void)
{
    return run_for_handle("(function (a, b) { if (a !== b) throw 1; globalThis.o = a; return {a, m: new Map([[a, b]])} })", 0);
}

static void play_host_objects(void)
{
    snap_handle keep = run_for_keeper();

    answer_members("\xc0", 1);
    for (int round = 0; round < 2; round++) {
        give_object(keep, 7);
        run("o.find(1, () => 2, {a: 1}); o.find(1, 2, 3, 4, 5, 6, 7, 8); o.name; [String(Object.isFrozen(o)), o]", 0);
        run("globalThis.cycle = {o}; cycle.self = cycle; o = cycle = undefined", 0);   /* the second round hands it out again */
        snap_collect();
    }
    step(snap_host_objects(), SNAP_STATUS_OK);
    step(snap_take_released(), SNAP_STATUS_OK);
    step(snap_take_released(), SNAP_STATUS_OK);
    release(keep);
}

static void play_host_objects_refused(void)
{
    snap_handle keep = run_for_keeper();

    give_object(keep, 7);
    member_answer = ANSWER_ERROR;
    run_to("o.find(() => 1)", 0, SNAP_STATUS_EXCEPTION);
    member_answer = ANSWER_ABSENT;
    run_to("o.name", 0, SNAP_STATUS_EXCEPTION);
    run_to("o.find.call({})", 0, SNAP_STATUS_EXCEPTION);
    run_to("Object.getPrototypeOf(o).name", 0, SNAP_STATUS_EXCEPTION);
    run_to("'use strict'; o.name = 1", 0, SNAP_STATUS_EXCEPTION);
    run_to("o.find({get a() { throw 1 }})", 0, SNAP_STATUS_EXCEPTION);
    run_to("o.later({get a() { throw 1 }})", 0, SNAP_STATUS_EXCEPTION);
    release(keep);
}

/* As many as make the table grow, in two realms. */
static void play_many_host_objects(void)
{
    snap_handle keep = run_for_handle("(function (...all) { globalThis.all = all; return all.length })", 0);
    snap_buffer *b = begin_message();

    snap_put_array(b, 40);
    for (uint32_t i = 1; i <= 40; i++)
        put_object(b, i * 3);
    call(keep, 0, SNAP_STATUS_OK);
    run("all = all.slice(0, 20); 0", 0);
    step(snap_host_objects(), SNAP_STATUS_OK);
    step(snap_take_released(), SNAP_STATUS_OK);
    snap_release_all();
    run("all", 0);
    run("all = undefined", 0);
    step(snap_take_released(), SNAP_STATUS_OK);
    release(keep);
}

/* The host is gone while a call of a method waits. */
static void play_host_objects_of_nobody(void)
{
    snap_handle keep = run_for_keeper();

    give_object(keep, 7);
    run("globalThis.log = []; o.later(1, () => 2, [o, new Map([[o, new Set([o])]])], new Error('e', {cause: o}), /r/).then(x => log.push(x), e => log.push(e))", 0);
    release(keep);
    snap_release_all();
    list_pending(0);
    if (newest_pending())
        settle(newest_pending(), false);
    answer_members("\xc0", 1);
    run("o.find(); o.name; [o, log.length]", 0);
    run("o = undefined; log = undefined", 0);
    step(snap_take_released(), SNAP_STATUS_OK);
}

static void play_host_objects_malformed(void)
{
    static const struct { const char *bytes; size_t size; } broken[] = {
        { "", 0 }, { "\1\0\0\0", 4 }, { "\0\0\0\0\x90", 5 }, { "\1\0\0\0\x91\xa1x", 7 }, { "\1\0\0\0\x92\xa1x\x03", 8 }, { "\1\0\0\0\x92\1\0", 7 },
        { "\1\0\0\0\x90\xc0", 6 }, { "\1\0\0\0\xdd\xff\xff\xff\xff", 9 }, { "\1\0\0\0\x92\xa1x", 7 }, { "\1\0\0\0\x94\xa1x\0\xa1x\2", 10 },
    };
    snap_handle function = run_for_handle("(() => 1)", 0);

    for (size_t i = 0; i < countof(broken) && function; i++) {
        snap_buffer *b = begin_message();
        snap_put_array(b, 1);
        put_ext(b, SNAP_EXT_HOST_OBJECT, broken[i].bytes, (uint32_t)broken[i].size);
        if (send_message())
            check_result(snap_call(function, 0, 0), false);
    }
    release(function);
}
