// The members of a URL, set one after another.
(() => {
  let sum = 0;
  for (let i = 0; i < 2000; i++) {
    const url = new URL("http://example.com/");
    url.protocol = "https";
    url.username = "user";
    url.password = "p@ss";
    url.host = "www.example.org:81";
    url.port = String(8000 + (i % 1000));
    url.pathname = "/some where/else";
    url.search = "?a=b&c=d e";
    url.hash = "part";
    sum += url.href.length;
  }
  return sum;
})();
