// TextDecoder on the same texts as UTF-8.
(() => {
  const encoder = new TextEncoder();
  const texts = [
    "The quick brown fox jumps over the lazy dog. ".repeat(400),
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ".repeat(300),
    "色は匂へど散りぬるを我が世誰ぞ常ならむ有為の奥山今日越えて浅き夢見じ酔ひもせず".repeat(150),
    "Hello мир 世界 😀 naïve café — ".repeat(400),
    "short",
    "kurz: ä",
  ].map((text) => encoder.encode(text));
  const decoder = new TextDecoder();
  let length = 0;
  let sum = 0;
  for (let round = 0; round < 60; round++) {
    for (const bytes of texts) {
      const text = decoder.decode(bytes);
      length += text.length;
      sum += text.charCodeAt((round * 37) % text.length);
    }
  }
  return `${length} ${sum}`;
})()
