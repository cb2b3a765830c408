// The sequence of Math.random goes on where it was: no number comes twice, none is left out.
async function main() {
  const log = []
  const draw = () => Math.random()
  log.push(draw(), draw())
  for (let i = 0; i < 4; i++) {
    await pause(i)
    log.push(draw())
  }
  const deck = Array.from({ length: 10 }, (_, index) => index)
  for (let i = deck.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1))
    ;[deck[i], deck[j]] = [deck[j], deck[i]]
    if (i % 4 === 0) await pause(i)
  }
  return { log, deck, distinct: new Set(log).size }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "log": [
    0.1807237229094507, 0.07647803264907993, 0.6364489963298112, 0.4166632332725604, 0.3268239956430654,
    0.9936232025891547
  ],
  "deck": [4, 8, 6, 9, 3, 5, 2, 0, 1, 7],
  "distinct": 6
}
*/
