// A server as one puts beside a Python program: `node sidecar.mjs BUNDLE` serves the exports of a bundle on a port of
// the loopback interface, whose number it writes first. A request is {"name": export, "arguments": [...]}, and its
// answer what the function returns, both as JSON.

import { createServer } from "node:http";
import { createRequire } from "node:module";

const bundle = createRequire(import.meta.url)(process.argv[2]);

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const { name, arguments: given } = JSON.parse(Buffer.concat(parts));
    const body = JSON.stringify(bundle[name](...given));
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  });
});
server.keepAliveTimeout = 0; // a caller that pauses keeps its connection
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume(); // whoever started it has ended
