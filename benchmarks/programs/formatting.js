// Numbers and dates as text and back: toString, toFixed, toPrecision, parseFloat, parseInt, dates in UTC.
(() => {
  let seed = 29;
  const random = (below) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % below;
  let sum = 0;
  const mix = (text) => {
    sum = (Math.imul(sum, 31) + text.length * 256 + text.charCodeAt(text.length >> 1)) | 0;
  };

  for (let i = 0; i < 10000; i++) {
    const number = (random(1e7) - 5e6) / (1 + random(997));
    mix(String(number));
    mix(number.toFixed(2));
    mix(number.toPrecision(9));
    mix(number.toExponential(4));
    mix((i * 7919).toString(16));
    mix((i * 104729).toString(36));
    if (parseFloat(`${number} units`) !== number) throw new Error(`lost ${number}`);
    sum = (sum + parseInt((i * 31).toString(2), 2) + Math.round(Number(number.toFixed(3)) * 10)) | 0;
  }
  for (let i = 0; i < 600; i++) mix((1 / (i + 3)).toString(7).slice(0, 12));

  const DAY = 86400000;
  for (let i = 0; i < 5000; i++) {
    const date = new Date(Date.UTC(1970 + random(90), random(12), 1 + random(28), 0, 0, random(86400), random(1000)));
    const text = date.toISOString();
    mix(text);
    mix(date.toUTCString());
    const parsed = new Date(text);
    if (parsed.getTime() !== date.getTime()) throw new Error(`lost ${text}`);
    parsed.setUTCMonth(parsed.getUTCMonth() + 1);
    parsed.setUTCDate(1);
    sum = (sum + parsed.getUTCDay() + parsed.getUTCFullYear() + Math.floor((parsed - date) / DAY)) | 0;
    mix(JSON.stringify({ date, days: Math.floor(Date.parse(text) / DAY) }));
  }
  return sum;
})();
