// One question after another; each answer resumes the loop where it stood.
//
//   snapjs run examples/quiz.js
//   snapjs resume examples/quiz.snap --answer 1=56

async function* questions() {
  for (const [a, b] of [[7, 8], [12, 12], [9, 6]]) yield { text: `${a} × ${b}`, answer: a * b }
}

let right = 0
for await (const { text, answer } of questions()) {
  if ((await ask(text)) === answer) right++
  console.log(`${text} = ${answer}, ${right} right so far`)
}
`${right} of 3`
