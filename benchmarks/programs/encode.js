// TextEncoder on texts of ASCII, Latin letters with accents, Japanese, and a mixture; long ones and short ones.
(() => {
  const texts = [
    "The quick brown fox jumps over the lazy dog. ".repeat(400),
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ".repeat(300),
    "色は匂へど散りぬるを我が世誰ぞ常ならむ有為の奥山今日越えて浅き夢見じ酔ひもせず".repeat(150),
    "Hello мир 世界 😀 naïve café — ".repeat(400),
    "short",
    "kurz: ä",
  ];
  const encoder = new TextEncoder();
  let size = 0;
  let sum = 0;
  for (let round = 0; round < 60; round++) {
    for (const text of texts) {
      const bytes = encoder.encode(text);
      size += bytes.length;
      sum += bytes[(round * 37) % bytes.length];
    }
  }
  return `${size} ${sum}`;
})()
