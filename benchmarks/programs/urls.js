// URLs of many kinds, parsed, and their members read.
(() => {
  const inputs = [
    "https://www.example.com/",
    "https://user:secret@example.com:8443/path/to/file.html?query=string&foo=bar#fragment",
    "http://192.168.0.1:8080/index.html",
    "http://[2001:db8::1]/a/b/../c/./d",
    "https://b\u00fccher.example/stra\u00dfe?q=\u00fcber",
    "https://example.org/a%20b/%e4%bd%a0?x=%41#y",
    "file:///home/user/notes.txt",
    "data:text/plain;base64,SGVsbG8sIHdvcmxkIQ==",
    "mailto:someone@example.com",
    "../images/photo.jpg?size=large",
    "//cdn.example.net/lib.js",
    "?page=2",
  ];
  let sum = 0;
  for (let i = 0; i < 2000; i++) {
    for (const input of inputs) {
      const url = new URL(input, "https://example.com/articles/today/");
      sum += url.href.length + url.host.length + url.pathname.length + url.search.length + url.origin.length;
    }
  }
  return sum;
})();
