/* The console. */

static void play_console(void)
{
    run("console.log('%s %d %i %f %j %o %O %c%%', 'a', 1.5, '2', 3n, {a: [1]}, {b: {c: {d: {}}}}, [1, , 3], 'css', 'rest')", 0);
    run("console.log([new Map([[{a: 1}, 'b']]), new Set('xy'), new Date(0), /r/g, Symbol('s'), 10n, -0, null, undefined, 'quo\\'te'])", 0);
    run("console.error(new Error('x', {cause: new TypeError('y')}), [new AggregateError([new Error('z')])], Object.assign(new Error('p'), {code: 1}))", 0);
    run("let c = {}; c.c = c; console.log(c, class A extends Array {}, function f() {}, async () => 1, new (class B { get x() { return 1 } set x(v) {} }))", 0);
    run("console.log(new Uint8Array(200), new ArrayBuffer(8), Promise.resolve({}), new Proxy({a: 1}, {}), new WeakMap(), (function* () {})(), new DataView(new ArrayBuffer(2)))", 0);
}

static void play_console_methods(void)
{
    run("console.table([{a: 1, b: 'x'}, {a: 2, c: {}}]); console.table(new Map([['k', [1]]])); console.table([[1, 2], [3]], ['0']); console.table(5)", 0);
    run("console.group('g', 1); console.info('in\\nside'); console.groupCollapsed(); console.debug([1]); console.groupEnd(); console.groupEnd()", 0);
    run("console.count(); console.count('a'); console.count('a'); console.countReset('a'); console.countReset('b'); console.count({})", 0);
    run("console.time('t'); console.time('t'); console.timeLog('t', {a: 1}); console.timeEnd('t'); console.timeEnd('t')", 0);
    run("function outer() { console.trace('here', 1) } outer(); console.assert(false, 'no %s', 'way'); console.assert(0); console.dir({a: {b: {c: {d: 1}}}}, {depth: 0})", 0);
    run("console.dirxml([1], 2); console.warn('w'.repeat(300).split('')); console.log(Array.from({length: 120}, (_, i) => i)); console.log('x'.repeat(20000))", 0);
}
