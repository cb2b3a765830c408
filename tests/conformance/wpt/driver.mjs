// Runs one test in Node.js or Deno. The argument names a file of JSON that says which, and that
// the results are written to: standard output is the test's.
import fs from "node:fs";
import process from "node:process";
import vm from "node:vm";

const [file] = process.argv.slice(2);
const { root, origin, surroundings, settings, scripts, seconds } = JSON.parse(fs.readFileSync(file, "utf8"));
const { exit } = process;
const subtests = [];

function finish(failure) {
  fs.writeFileSync(file, JSON.stringify({ subtests, failure }));
  exit(0);
}

function bytes(url) {
  const { href, pathname } = new URL(url, settings.url);
  if (!href.startsWith(origin)) return null;
  const path = root + decodeURIComponent(pathname);
  return fs.existsSync(path) && fs.statSync(path).isFile() ? new Uint8Array(fs.readFileSync(path)) : null;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const host = {
  bytes,
  text(url) {
    const content = bytes(url);
    return content && decoder.decode(content);
  },
  result: (...subtest) => subtests.push(subtest),
  complete: (status, message) => finish(status ? `status ${status}: ${message}` : null),
};

// Where an error does not end the test by itself, its subtests tell.
process.on("uncaughtException", () => {});
process.on("unhandledRejection", () => {});
const timeOut = () => globalThis.timeout?.() ?? finish("testharness.js did not say that it was done");
setTimeout(timeOut, seconds * 1000);

vm.runInThisContext(surroundings)(host);
try {
  for (const { path, source } of scripts) {
    vm.runInThisContext(source, { filename: path });
    if (path === "resources/testharness.js") globalThis.beginTest(settings);
  }
} catch (error) {
  finish(String(error));
}
