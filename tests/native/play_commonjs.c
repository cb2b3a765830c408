/* CommonJS: its files, its cycles, and its dealings with ES modules. */

/* `require` of a file of the program, as a global. */
static void expose_require_in(uint32_t realm)
{
    run_in(realm, "globalThis.log = []; import('hands.cjs').then(n => { globalThis.require = n.default }); 0", SNAP_RUN_JOBS, SNAP_STATUS_OK);
}

static void play_commonjs(void)
{
    expose_require_in(0);
    run("let { a, self, paths, b } = require('./file.cjs'); if (self() !== require('file.cjs') || a !== 1 || b !== false || paths.join() !== '/file.cjs,/,/file.cjs') throw paths", 0);
    run("let cycle = require('./cycle/a.cjs'); if (cycle.b.seen.join() !== 'early' || cycle.late !== 2) throw cycle", 0);
    run("let all = require('requires.cjs').all; if (all[0].a[0] !== 1 || all[1] !== 'a text' || all[2][1] !== 2 || all[3].x !== 1 || all[4].a !== 1 || all[5] !== 'leaf') throw all", 0);
    run("if (require('whole.cjs').a[0] !== 1 || require('named')[0] !== 1 || require('data') !== require('data')) throw 1", 0);
}

static void play_commonjs_failing(void)
{
    static const char *const doomed[] = {
        "'throws.cjs'", "'broken.cjs'", "'missing'", "'later/a'", "'waits'", "'folder/a.js'", "'broken'", "'unlinked'", "'throws'", "'bad.json'", "1", "'\\ud800'",
    };
    char source[100];

    expose_require_in(0);
    run("globalThis.gate = new Promise(() => 0); 0", 0);
    for (size_t i = 0; i < countof(doomed); i++) {
        for (int round = 0; round < 2; round++) {
            snprintf(source, sizeof source, "require(%s)", doomed[i]);
            run_to(source, SNAP_RUN_JOBS, SNAP_STATUS_EXCEPTION);
        }
        snprintf(source, sizeof source, "require.resolve(%s)", doomed[i]);
        if (send_source(source, "scenario.js"))
            check_result(snap_eval(SNAP_RUN_JOBS, 0), false);
    }
    answer_all(false, RIGHT_MODULE);
    check_that_no_load_is_left();
    for (size_t i = 0; i < countof(hostile); i++) {
        snprintf(source, sizeof source, "try { require('hostile%zu') } catch (e) { [e] }", i);
        if (send_source(source, "scenario.js"))
            check_result(snap_eval(SNAP_RUN_JOBS, 0), false);
    }
    take_rejections();
}

static void play_commonjs_and_modules(void)
{
    static const struct { const char *source; uint32_t status; } programs[] = {
        { "import file, { a, absent } from 'file.cjs'; if (a !== 1 || absent !== undefined || file.a !== 1) throw file; export { a }", SNAP_STATUS_OK },
        { "import whole, { a } from 'whole.cjs'; if (whole.a !== a || typeof whole !== 'function') throw whole", SNAP_STATUS_OK },
        { "import { nothing } from 'file.cjs'", SNAP_STATUS_EXCEPTION }, { "import 'throws.cjs'", SNAP_STATUS_OK }, { "import 'broken.cjs'", SNAP_STATUS_OK },
        { "import 'getter.cjs'", SNAP_STATUS_OK }, { "import 'getter.cjs'", SNAP_STATUS_OK }, { "export * from 'cycle/a.cjs'; export * as b from 'cycle/b.cjs'", SNAP_STATUS_OK },
        { "import 'data'; import 'data.bin'; import 'requires.cjs'", SNAP_STATUS_OK },
    };

    expose_require_in(0);
    for (size_t i = 0; i < countof(programs); i++)
        run_to(programs[i].source, SNAP_RUN_MODULE | SNAP_RUN_JOBS, programs[i].status);
    run("if (require('data').a[0] !== 1 || require('data.bin')[0] !== 1 || require('file.cjs').a !== 1) throw 1; try { require('throws.cjs') } catch {} try { require('getter.cjs').a } catch {}", 0);
    take_rejections();
}

/* The host imports while it answers a require, and requires while it answers an import. */
static void play_commonjs_hooked(void)
{
    static const struct { const char *source; uint32_t flags; } hooks[] = {
        { "import 'hooked'", SNAP_RUN_MODULE }, { "require('hooked')", 0 }, { "require('hooked/below'); require('unlinked')", 0 }, { "import('hooked')", 0 }, { "require('throws.cjs')", 0 },
    };
    static const char *const entries[] = { "require('hooked')", "require('hooked').x; require('later/a')", "import('hooked').then(n => n.x); 0" };

    expose_require_in(0);
    for (size_t i = 0; i < countof(hooks) * countof(entries); i++) {
        hooked_source = hooks[i % countof(hooks)].source;
        hooked_flags = hooks[i % countof(hooks)].flags | SNAP_RUN_JOBS;
        keeps_loaded_unsaid = i & 1;
        import_hook = run_hooked;
        if (send_source(entries[i / countof(hooks)], "scenario.js"))
            check_result(snap_eval(SNAP_RUN_JOBS, 0), false);
        answer_all(false, RIGHT_MODULE);
        take_rejections();
        check_that_no_load_is_left();
    }
    import_hook = NULL;
    keeps_loaded_unsaid = false;
}

/* A program that has its hands in the registry. */
static void play_commonjs_cache(void)
{
    expose_require_in(0);
    run_to("import { a } from 'file.cjs'; export { a }", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    run("let before = require('file.cjs'); delete require.cache['file.cjs']; if (require('file.cjs') === before || require('file.cjs').a !== 1) throw before", 0);
    run("require.cache.leaf = {exports: 5}; if (require('leaf') !== 5) throw 1; delete require.cache.leaf", 0);
    run("Object.defineProperty(require.cache, 'data', {configurable: true, get() { throw 1 }})", 0);
    run_to("require('data')", SNAP_RUN_JOBS, SNAP_STATUS_EXCEPTION);
    run("Object.setPrototypeOf(require.cache, new Proxy({}, {get(target, key) { return key === 'data.txt' ? {exports: 7} : undefined }})); if (require('data.txt') !== 7) throw 1", 0);
    run("for (let key in require.cache) delete require.cache[key]; Object.freeze(require.cache)", 0);
    run("if (require('whole.cjs').a[0] !== 1) throw 1", 0);
}

/* A require that another realm calls is still its own's. */
static void play_commonjs_elsewhere(void)
{
    uint32_t realm = new_realm_in_any_case();
    snap_handle require;
    snap_buffer *b;

    expose_require_in(realm);
    require = run_for_handle_in(realm, "require", 0);
    b = begin_message();
    snap_put_array(b, 2), put_string(b, "require"), put_handle(b, require);
    if (require && send_message())
        step(snap_set(0, 0), SNAP_STATUS_OK);
    release(require);
    if (require) {
        run("let file = require('file.cjs'); if (file instanceof Object || file.a !== 1) throw file; file = undefined", 0);
        run("require.resolve('leaf')", 0);
    }
    expect(snap_realm_close(realm), SNAP_STATUS_OK);
    snap_collect();
    if (send_source("try { require('leaf'); require.resolve('leaf') } catch (e) { e }; require = undefined", "scenario.js"))
        check_result(snap_eval(0, 0), false);
    check_that_realms_are_gone();
}
