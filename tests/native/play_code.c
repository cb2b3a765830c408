/* Modules and bytecode. */

/* ---- modules ---- */

static void play_modules(void)
{
    static const struct { const char *source; uint32_t status; } programs[] = {
        { "import A, { x } from 'leaf'; export const url = [x, new A().m(), import.meta.url]", SNAP_STATUS_OK },
        { "import { a, x } from './folder/a.js'; export default [a(), x]", SNAP_STATUS_OK },
        { "import 'broken'", SNAP_STATUS_EXCEPTION }, { "import 'missing'", SNAP_STATUS_EXCEPTION },
        { "import 'error'", SNAP_STATUS_EXCEPTION }, { "import 'hostile0'", SNAP_STATUS_EXCEPTION },
        { "import { nothing } from 'leaf'", SNAP_STATUS_EXCEPTION },
    };
    for (size_t i = 0; i < countof(programs); i++)
        run_to(programs[i].source, SNAP_RUN_MODULE | SNAP_RUN_JOBS, programs[i].status);
}

static void play_dynamic_imports(void)
{
    run("globalThis.log = []; for (let m of ['leaf', 'throws', 'broken', 'missing', 'error']) import(m).then(n => log.push(n), e => log.push(e))", 0);
    run("log.map(x => x instanceof Error ? [x.message, x.code] : Object.keys(x))", 0);
    run_to("await import('throws')", SNAP_RUN_MODULE | SNAP_RUN_JOBS, SNAP_STATUS_OK);
    take_rejections();
}

/* ---- bytecode ---- */

static uint8_t bytecode[1 << 16];

/* The bytecode's size; 0 without memory. */
static uint32_t compile_in(uint32_t realm, const char *source, uint32_t flags)
{
    uint32_t header;

    if (!send_source(source, "compiled.js") || step(snap_eval(flags | SNAP_RUN_COMPILE_ONLY, realm), SNAP_STATUS_OK) != SNAP_STATUS_OK)
        return 0;
    header = result()[0] == 0xc4 ? 2 : 3;
    if (result()[0] > 0xc5)
        die("the bytecode of a scenario is too long");
    memcpy(bytecode, result(), result_size());
    return result_size() > header ? result_size() : 0;
}

static void run_bytecode_in(uint32_t realm, uint32_t size, uint32_t expected)
{
    if (size && send_bytes(bytecode, size))
        step(snap_eval_bytecode(SNAP_RUN_JOBS, realm), expected);
}

static void run_compiled(const char *source, uint32_t flags)
{
    run_bytecode_in(0, compile_in(0, source, flags), SNAP_STATUS_OK);
}

static void play_bytecode(void)
{
    run_compiled("(function (a, b) { class C { #x = a } return [a + b, `t${a}`, /r/g, 10n, new C()] })(1, 2)", 0);
    run_compiled("import A from 'leaf'; export const z = [import.meta.url, new A()]", SNAP_RUN_MODULE);
    if (send_bytes("\xc4\x00", 2))
        step(snap_eval_bytecode(0, 0), SNAP_STATUS_EXCEPTION);
    if (send_bytes("\xc4\x03\x01\x02\x03", 5))
        step(snap_eval_bytecode(0, 0), SNAP_STATUS_EXCEPTION);
    if (send_bytes("\xc4\x03\x01\x02", 4))
        step(snap_eval_bytecode(0, 0), SNAP_STATUS_MALFORMED);
    if (send_bytes("\x01", 1))
        step(snap_eval_bytecode(0, 0), SNAP_STATUS_MALFORMED);
    if (send_bytes("\xc6\xff\xff\xff\xff\x01", 6))
        step(snap_eval_bytecode(0, 0), SNAP_STATUS_MALFORMED);
}

/* Without source text, line numbers and names: the functions still say what they can, and errors still have a stack. */
static void play_bytecode_stripped(void)
{
    static const char script[] = "(() => { function named(a, b = 2) { eval; return new Error([a, b] + named).stack } class C { #p = 1; static s() { return C + '' } }"
                                 " return [named(1), C.s(), (() => 1).toString(), named.name, [1, 2].map(x => x + 1)] })()";
    static const uint32_t flags[] = { 0, SNAP_RUN_STRIP_SOURCE, SNAP_RUN_STRIP_DEBUG, SNAP_RUN_STRIP_SOURCE | SNAP_RUN_STRIP_DEBUG };

    for (size_t i = 0; i < countof(flags); i++) {
        uint32_t size = compile_in(0, script, flags[i]);
        run_bytecode_in(0, size, SNAP_STATUS_OK);
        run_bytecode_in(0, size, SNAP_STATUS_OK);
        run_compiled("import A from 'leaf'; export const [z] = [import.meta.url, new A()]; function f() { throw new Error(f) } try { f() } catch {}",
                     flags[i] | SNAP_RUN_MODULE);
    }
    run_bytecode_in(0, compile_in(0, "(function thrower() { throw new Error('x') })()", SNAP_RUN_STRIP_DEBUG), SNAP_STATUS_EXCEPTION);
    run_bytecode_in(0, compile_in(0, "await 1; undefined_name", SNAP_RUN_STRIP_DEBUG | SNAP_RUN_ASYNC), SNAP_STATUS_OK);
    take_rejections();
}
