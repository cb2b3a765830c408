/* URL and URLSearchParams. */

static void play_urls(void)
{
    run("u = new URL('../c/%2e%2e/d e?f=1#g', 'https://us:pa@Ex\\u00e4mple.com:8080/a/b/'); [u.href, u.origin, u.host, u.search, u.toJSON()]", 0);
    run("for (const [k, v] of Object.entries({ protocol: 'http', username: '\\u00fc', password: ':', host: '\\u00f6.b:1', hostname: 'c', port: '2',"
        " pathname: '/\\ud800', search: '?a=b&c', hash: '', href: 'http://x/?y' })) u[k] = v; u.href = 'blob:https://a/b'; u.origin", 0);
    run("[URL.canParse('x'), URL.parse('//y', u), new (class A extends URL {})('x:' + 'y'.repeat(3000)).pathname.length]", 0);
    run("try { new URL('nothing') } catch (e) { e.message }", 0);
    run("new URL('http://\\u00e4' + '.\\u00fc'.repeat(200) + '/' + '\\u00e4/../'.repeat(300), 'file:///C:/' + 'a/b'.repeat(200)).host.length", 0);
    run("for (const text of ['\\u00e4', '%', '@', '/..', 'a', '\\ufdfa.', 'xn--a.', '\\t', '?#', '=', '[:']) for (const size of [1, 40, 400]) {"
        " const long = text.repeat(size); URL.canParse('http://' + long, 'x:' + long), URL.canParse(long, 'http://a/' + long + '?' + long);"
        " for (const name of Object.keys(URL.prototype)) try { new URL('http://a/' + long)[name] = long } catch {} }", 0);
}

static void play_url_params(void)
{
    run("p = new URLSearchParams('?a=1&b=%ff+%c3%a4&&=&\\u00e4=x%zz'); [String(p), p.get('b'), p.getAll('a'), p.has('a', '2'), p.size]", 0);
    run("q = new URLSearchParams([['a', 1], new Set(['\\ud800', 2])]); q.append('a', '\\u{1f600}'); q.sort(); q.set('a', 3); q.delete('\\ufffd'); String(q)", 0);
    run("String(new URLSearchParams({ a: 1, '\\ud800': 2, '\\udfff': 3 })) + new URLSearchParams(p) + [...p.keys()] + [...p.values()]", 0);
    run("[[[1]], [[1, 2, 3]], [1], { [Symbol()]: 1 }, { a: Symbol() }].map(init => { try { new URLSearchParams(init) } catch (e) { return e.name } })", 0);
    run("u = new URL('http://a/?b=c'); s = u.searchParams; i = s.entries(); i.next(); s.append('d', 'e'); u.search = 'f=g&h'; s.forEach(() => {}); [...i]", 0);
}
