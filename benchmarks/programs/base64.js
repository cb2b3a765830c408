// btoa and atob, of long texts and short ones.
(() => {
  const texts = ["The quick brown fox jumps over the lazy dog. ".repeat(4000), "\u00ff\u0000\u007f".repeat(5000), "user:password"];
  let length = 0;
  let sum = 0;
  for (let round = 0; round < 20; round++) {
    for (const text of texts) {
      const encoded = btoa(text);
      const decoded = atob(encoded);
      length += encoded.length + decoded.length;
      sum += encoded.charCodeAt((round * 37) % encoded.length) + decoded.charCodeAt((round * 41) % decoded.length);
    }
  }
  return `${length} ${sum}`;
})()
