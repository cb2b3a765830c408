"""Calls of the console, and what Node prints for them."""

# name, script, standard output
SAME_AS_NODE = [
    (
        "strings_are_raw_at_the_top",
        "console.log('it\\'s \"raw\"', '\\n')",
        'it\'s "raw" \n\n',
    ),
    (
        "strings_are_quoted_inside",
        "console.log([\"it's\", 'say \"hi\"', 'both \\' and \"', 'tab\\t nul\\0 back\\\\'])",
        "[ \"it's\", 'say \"hi\"', `both ' and \"`, 'tab\\t nul\\x00 back\\\\' ]\n",
    ),
    (
        "numbers",
        "console.log(0, -0, 1.5, NaN, -Infinity, 1e21, 1e-7)",
        "0 -0 1.5 NaN -Infinity 1e+21 1e-7\n",
    ),
    (
        "big_integers",
        "console.log(1n, [-5n, 2n ** 100n, -(2n ** 64n)])",
        "1n [ -5n, 1267650600228229401496703205376n, -18446744073709551616n ]\n",
    ),
    (
        "primitives",
        "console.log(undefined, null, true, Symbol('a'), [Symbol()])",
        "undefined null true Symbol(a) [ Symbol() ]\n",
    ),
    (
        "arrays",
        "console.log([1, 2, 3], [], [[1, [2, [3, [4]]]]])",
        "[ 1, 2, 3 ] [] [ [ 1, [ 2, [Array] ] ] ]\n",
    ),
    (
        "holes",
        "console.log([1, , 3], [, ,], new Array(5))",
        "[ 1, <1 empty item>, 3 ] [ <2 empty items> ] [ <5 empty items> ]\n",
    ),
    (
        "extra_properties_of_an_array",
        "var a = [1]; a.foo = 'bar'; a[-1] = 0; console.log(a)",
        "[ 1, foo: 'bar', '-1': 0 ]\n",
    ),
    (
        "long_arrays",
        "console.log(Array.from({ length: 120 }, (_, i) => i))",
        "[\n"
        "   0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11,\n"
        "  12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,\n"
        "  24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,\n"
        "  36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,\n"
        "  48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59,\n"
        "  60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71,\n"
        "  72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83,\n"
        "  84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95,\n"
        "  96, 97, 98, 99,\n"
        "  ... 20 more items\n"
        "]\n",
    ),
    (
        "columns_of_text",
        "console.log(['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff', 'ggggggg'])",
        "[\n  'a',       'bb',\n  'ccc',     'dddd',\n  'eeeee',   'ffffff',\n  'ggggggg'\n]\n",
    ),
    (
        "objects",
        "console.log({ a: 1, 'b-c': 2, 3: 4, $d: 5, [Symbol('k')]: 6, ['__proto__']: 7 })",
        "{ '3': 4, a: 1, 'b-c': 2, '$d': 5, ['__proto__']: 7, [Symbol(k)]: 6 }\n",
    ),
    (
        "depth",
        "console.log({ a: { b: { c: { d: 1 }, e: [1], f: {}, g: [] } } })",
        "{ a: { b: { c: [Object], e: [Array], f: {}, g: [] } } }\n",
    ),
    (
        "long_objects",
        "console.log({ first: 'a'.repeat(30), second: 'b'.repeat(30), third: { x: 1 } })",
        "{\n"
        "  first: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',\n"
        "  second: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',\n"
        "  third: { x: 1 }\n"
        "}\n",
    ),
    (
        "records",
        "console.log({ users: [{ id: 1, name: 'Ann', roles: ['admin', 'editor'], address: { city: 'X', zip: "
        "[1, 2] } }], total: 1 })",
        "{\n  users: [ { id: 1, name: 'Ann', roles: [Array], address: [Object] } ],\n  total: 1\n}\n",
    ),
    (
        "instances",
        "class Foo { x = 1 } class Bar extends Foo {} console.log(new Foo(), [new Bar()], "
        "{}.constructor.create(Foo.prototype))",
        "Foo { x: 1 } [ Bar { x: 1 } ] Foo {}\n",
    ),
    (
        "null_prototypes",
        "console.log(Object.create(null), Object.assign(Object.create(null), { a: 1 }), "
        "Object.create(Object.create(null)))",
        "[Object: null prototype] {} [Object: null prototype] { a: 1 } Object <[Object: null prototype] {}> {}\n",
    ),
    (
        "accessors",
        "console.log({ get a() { throw 1 }, set b(v) {}, get c() { throw 1 }, set c(v) {} })",
        "{ a: [Getter], b: [Setter], c: [Getter/Setter] }\n",
    ),
    (
        "circles",
        "var o = { name: 'x' }; o.self = o; o.list = [o, { o }]; console.log(o)",
        "<ref *1> {\n  name: 'x',\n  self: [Circular *1],\n  list: [ [Circular *1], { o: [Circular *1] } ]\n}\n",
    ),
    (
        "two_circles",
        "var p = { a: {} }; p.a.p = p; p.a.a = p.a; console.log(p)",
        "<ref *1> { a: <ref *2> { p: [Circular *1], a: [Circular *2] } }\n",
    ),
    (
        "maps_and_sets",
        "console.log(new Map([['a', 1], [{ b: 1 }, [1, 2]]]), new Set([1, 'a', {}]), new Map(), new WeakMap())",
        "Map(2) { 'a' => 1, { b: 1 } => [ 1, 2 ] } Set(3) { 1, 'a', {} } Map(0) {} WeakMap { <items unknown> }\n",
    ),
    (
        "dates",
        "console.log(new Date(0), new Date(NaN), [new Date(8.64e15)])",
        "1970-01-01T00:00:00.000Z Invalid Date [ +275760-09-13T00:00:00.000Z ]\n",
    ),
    (
        "regular_expressions",
        "console.log(/a\\/b[/]c/gi, [new RegExp('\\n')], new RegExp(''))",
        "/a\\/b[/]c/gi [ /\\n/ ] /(?:)/\n",
    ),
    (
        "functions",
        "console.log(function f() {}, () => {}, async function g() {}, function* h() {}, async function* i() "
        "{}); console.log(Math.max)",
        "[Function: f] [Function (anonymous)] [AsyncFunction: g] [GeneratorFunction: h] [AsyncGeneratorFunction: i]\n"
        "[Function: max]\n",
    ),
    (
        "classes",
        "class A {} console.log(A, class extends A {}, class B extends A { static s = 1 })",
        "[class A] [class (anonymous) extends A] [class B extends A] { s: 1 }\n",
    ),
    (
        "functions_with_properties",
        "function f() {} f.x = 1; console.log(f, [f])",
        "[Function: f] { x: 1 } [ [Function: f] { x: 1 } ]\n",
    ),
    (
        "buffers",
        "console.log(new Uint8Array([1, 255]).buffer, new Uint8Array([1, 2])); console.log(new "
        "BigInt64Array([-1n]), new Float32Array([0.5]))",
        "ArrayBuffer { [Uint8Contents]: <01 ff>, byteLength: 2 } Uint8Array(2) [ 1, 2 ]\n"
        "BigInt64Array(1) [ -1n ] Float32Array(1) [ 0.5 ]\n",
    ),
    (
        "data_views",
        "console.log(new DataView(new ArrayBuffer(4), 1, 2))",
        "DataView {\n"
        "  byteLength: 2,\n"
        "  byteOffset: 1,\n"
        "  buffer: ArrayBuffer { [Uint8Contents]: <00 00 00 00>, byteLength: 4 }\n"
        "}\n",
    ),
    (
        "promises",
        "var r = Promise.reject(3); r.catch(() => {}); console.log(Promise.resolve({ a: 1 }), new Promise(() "
        "=> {}), r)",
        "Promise { { a: 1 } } Promise { <pending> } Promise { <rejected> 3 }\n",
    ),
    (
        "boxed_values",
        "console.log(new Number(3), new String('abc'), new Boolean(false), Object(Symbol('q')), Object(1n))",
        "[Number: 3] [String: 'abc'] [Boolean: false] [Symbol: Symbol(q)] [BigInt: 1n]\n",
    ),
    (
        "iterators",
        "console.log((function* () {})(), [].values(), new Map([[1, 2]]).entries(), new Set([5]).values())",
        "Object [Generator] {} Object [Array Iterator] {} [Map Entries] { [ 1, 2 ] } [Set Iterator] { 5 }\n",
    ),
    (
        "arguments_objects",
        "(function () { console.log(arguments) })(1, 'a')",
        "[Arguments] { '0': 1, '1': 'a' }\n",
    ),
    (
        "tags",
        "class T { get [Symbol.for('x')]() { throw 1 } } Object.defineProperty(T.prototype, "
        "Symbol.toStringTag, { value: 'bar' }); console.log(new T(), Math)",
        "T [bar] {} Object [Math] {}\n",
    ),
    (
        "proxies",
        "console.log(new Proxy({ a: 1 }, { get() { throw 1 }, ownKeys() { throw 2 } }), [new Proxy([1], {})])",
        "{ a: 1 } [ [ 1 ] ]\n",
    ),
    (
        "errors_without_frames",
        "var e = new Error('gone'); Object.defineProperty(e, 'stack', { value: '' }); console.log(e, [e])",
        "[Error: gone] [ [Error: gone] ]\n",
    ),
    (
        "errors_with_frames",
        "var e = new TypeError('bad'); e.stack = 'TypeError: bad\\n    at foo (bar.js:1:2)'; e.code = 'E'; "
        "console.log(e); console.log({ e })",
        "TypeError: bad\n"
        "    at foo (bar.js:1:2) {\n"
        "  code: 'E'\n"
        "}\n"
        "{\n"
        "  e: TypeError: bad\n"
        "      at foo (bar.js:1:2) {\n"
        "    code: 'E'\n"
        "  }\n"
        "}\n",
    ),
    (
        "text_over_lines",
        "console.log({ text: 'line one\\nline two\\nline three and more', n: 1 })",
        "{ text: 'line one\\nline two\\nline three and more', n: 1 }\n",
    ),
    (
        "cut_strings",
        "console.log(['z'.repeat(10003)][0].length, String(['y'.repeat(20)]))",
        "10003 yyyyyyyyyyyyyyyyyyyy\n",
    ),
    (
        "format_strings",
        "console.log('%s is %d and %i, %f%%', 'Bob', 42.5, 42.9, '3.5abc', 'extra', { a: 1 })",
        "Bob is 42.5 and 42, 3.5% extra { a: 1 }\n",
    ),
    (
        "format_objects",
        "console.log('%s|%o|%O', { a: { b: 1 } }, [1], { a: { b: { c: { d: 1 } } } })",
        "{ a: [Object] }|[ 1, [length]: 1 ]|{ a: { b: { c: [Object] } } }\n",
    ),
    (
        "format_json",
        "console.log('%j %j', { a: [1, null, undefined], u: undefined, d: new Date(0) }, 'q\"'); var c = {}; "
        "c.c = c; console.log('%j', c)",
        '{"a":[1,null,null],"d":"1970-01-01T00:00:00.000Z"} "q\\""\n[Circular]\n',
    ),
    (
        "format_leftovers",
        "console.log('%c styled', 'color: red'); console.log('100%', 1); console.log('%s %s', 'a'); "
        "console.log('%x %%', 1)",
        " styled\n100% 1\na %s\n%x % 1\n",
    ),
    (
        "nothing",
        "console.log(); console.log(''); console.log('a', '', 1)",
        "\n\na  1\n",
    ),
    (
        "directory",
        "console.dir({ a: { b: { c: { d: { e: 1 } } } } }, { depth: null }); console.dir('str'); "
        "console.dir([1], { showHidden: true })",
        "{\n  a: {\n    b: { c: { d: { e: 1 } } }\n  }\n}\n'str'\n[ 1, [length]: 1 ]\n",
    ),
    (
        "tables_of_objects",
        "console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]); console.table([{ a: 1, b: 2 }], ['b'])",
        "┌─────────┬───┬─────┬──────┐\n"
        "│ (index) │ a │ b   │ c    │\n"
        "├─────────┼───┼─────┼──────┤\n"
        "│ 0       │ 1 │ 'x' │      │\n"
        "│ 1       │ 2 │     │ true │\n"
        "└─────────┴───┴─────┴──────┘\n"
        "┌─────────┬───┐\n"
        "│ (index) │ b │\n"
        "├─────────┼───┤\n"
        "│ 0       │ 2 │\n"
        "└─────────┴───┘\n",
    ),
    (
        "tables_of_values",
        "console.table([[1, 2], [3, 4]]); console.table([1, 'two', { three: 3 }]); console.table(5)",
        "┌─────────┬───┬───┐\n"
        "│ (index) │ 0 │ 1 │\n"
        "├─────────┼───┼───┤\n"
        "│ 0       │ 1 │ 2 │\n"
        "│ 1       │ 3 │ 4 │\n"
        "└─────────┴───┴───┘\n"
        "┌─────────┬───────┬────────┐\n"
        "│ (index) │ three │ Values │\n"
        "├─────────┼───────┼────────┤\n"
        "│ 0       │       │ 1      │\n"
        "│ 1       │       │ 'two'  │\n"
        "│ 2       │ 3     │        │\n"
        "└─────────┴───────┴────────┘\n"
        "5\n",
    ),
    (
        "tables_of_collections",
        "console.table(new Map([['a', 1]])); console.table(new Set(['b'])); console.table({ x: { v: [1, 2, 3, "
        "4, 5] } })",
        "┌───────────────────┬─────┬────────┐\n"
        "│ (iteration index) │ Key │ Values │\n"
        "├───────────────────┼─────┼────────┤\n"
        "│ 0                 │ 'a' │ 1      │\n"
        "└───────────────────┴─────┴────────┘\n"
        "┌───────────────────┬────────┐\n"
        "│ (iteration index) │ Values │\n"
        "├───────────────────┼────────┤\n"
        "│ 0                 │ 'b'    │\n"
        "└───────────────────┴────────┘\n"
        "┌─────────┬───────────────────────────────┐\n"
        "│ (index) │ v                             │\n"
        "├─────────┼───────────────────────────────┤\n"
        "│ x       │ [ 1, 2, 3, ... 2 more items ] │\n"
        "└─────────┴───────────────────────────────┘\n",
    ),
    (
        "groups",
        "console.group('G'); console.log('in\\ntwo'); console.group(); console.log({ a: 1 }); "
        "console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('out')",
        "G\n  in\n  two\n    { a: 1 }\nout\n",
    ),
    (
        "counters",
        "console.count(); console.count('a'); console.count(); console.countReset(); console.count(); "
        "console.count(null)",
        "default: 1\na: 1\ndefault: 2\ndefault: 1\nnull: 1\n",
    ),
    (
        "detached_methods",
        "const { log } = console; log('x'); [1].forEach(console.info); console.debug('d'); console.dirxml([2])",
        "x\n1 0 [ 1 ]\nd\n[ 2 ]\n",
    ),
]
