import { tellEach } from "./show.js"

tellEach(String.raw`
typeof std.Error
std.SEEK_SET + std.SEEK_CUR * 10 + std.SEEK_END * 100
std.strerror(0)
std.strerror(std.Error.EINVAL)
std.strerror(std.Error.ENOENT)
std.strerror(std.Error.EEXIST)
std.strerror()
std.strerror("x")
std.getenv("NONE")
std.setenv("A", "1")
std.getenv("A")
std.setenv("A", 5)
std.getenv("A")
std.setenv("A", "")
std.getenv("A")
std.unsetenv("A")
std.getenv("A")
std.unsetenv("NONE")
std.getenv()
std.setenv("B")
std.setenv("", "x")
std.setenv("A=B", "x")
std.evalScript("1 + 1")
std.evalScript("this === globalThis")
std.evalScript("var evaluated = 5")
evaluated
std.evalScript("let lexical = 6")
lexical
std.evalScript("let lexical = 6")
std.evalScript("throw new TypeError('x')")
std.evalScript("syntax error")
std.evalScript("await 1")
std.evalScript("await 1", { async: true }) instanceof Promise
std.evalScript("1", { backtrace_barrier: true })
std.evalScript("null.x", { backtrace_barrier: true })
std.evalScript()
std.evalScript(5)
std.evalScript("1", 5)
std.evalScript("import('qjs:std')", {}) instanceof Promise
std.loadScript("/none")
std.loadScript()
std.writeFile("s.js", "var fromScript = 7; fromScript + 1")
std.loadScript("s.js")
fromScript
std.writeFile("s.js", "throw new RangeError('in script')")
std.loadScript("s.js")
std.writeFile("s.js", "syntax error")
std.loadScript("s.js")
std.gc()
std.gc(5)
typeof std.in + typeof std.out + typeof std.err
std.in.fileno() + std.out.fileno() * 10 + std.err.fileno() * 100
std.in.eof()
std.in.getline()
std.in.eof()
std.in.readAsString()
std.in.getByte()
std.out.flush()
std.out.puts("")
os.open.length + os.read.length * 10 + os.seek.length * 100 + os.setTimeout.length * 1000
std.exit.name + std.open.name + os.readdir.name
new std.FILE()
std.open.call(null, "/none", "r")
std.out.puts.call({}, "x")
std.out.puts.call(null, "x")
std.out.getline.call(5)
std.out[Symbol.toStringTag]
typeof scriptArgs
scriptArgs
typeof argv0
navigator.userAgent
typeof performance
typeof queueMicrotask
`)
