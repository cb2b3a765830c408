// A virtual machine: an assembler and an interpreter of bytecode, one `switch` in a loop over a Uint8Array and a stack.
(() => {
  const NAMES = "push load store add sub mul div mod less jump jumpzero call return dup peek poke halt".split(" ");
  const [PUSH, LOAD, STORE, ADD, SUB, MUL, DIV, MOD, LESS, JUMP, JUMPZERO, CALL, RETURN, DUP, PEEK, POKE, HALT] =
    NAMES.keys();

  /** Each word is an instruction, its operand, or a label, which ends in a colon. All but the last are a byte. */
  function assemble(source) {
    const words = source.trim().split(/\s+/);
    const labels = new Map();
    let length = 0;
    for (const word of words) {
      if (word.endsWith(":")) labels.set(word.slice(0, -1), length);
      else length++;
    }
    const byte = (word) => labels.get(word) ?? (NAMES.includes(word) ? NAMES.indexOf(word) : Number(word));
    return Uint8Array.from(words.filter((word) => !word.endsWith(":")), byte);
  }

  function run(code) {
    const stack = [];
    const calls = [];
    const variables = new Array(16).fill(0);
    const memory = new Int32Array(4096);
    let steps = 0;
    for (let at = 0; ; ) {
      steps++;
      switch (code[at++]) {
        case PUSH:
          stack.push(code[at++]);
          break;
        case LOAD:
          stack.push(variables[code[at++]]);
          break;
        case STORE:
          variables[code[at++]] = stack.pop();
          break;
        case ADD: {
          const right = stack.pop();
          stack[stack.length - 1] += right;
          break;
        }
        case SUB: {
          const right = stack.pop();
          stack[stack.length - 1] -= right;
          break;
        }
        case MUL: {
          const right = stack.pop();
          stack[stack.length - 1] *= right;
          break;
        }
        case DIV: {
          const right = stack.pop();
          stack.push((stack.pop() / right) | 0);
          break;
        }
        case MOD: {
          const right = stack.pop();
          stack[stack.length - 1] %= right;
          break;
        }
        case LESS: {
          const right = stack.pop();
          stack.push(stack.pop() < right ? 1 : 0);
          break;
        }
        case JUMP:
          at = code[at];
          break;
        case JUMPZERO:
          at = stack.pop() === 0 ? code[at] : at + 1;
          break;
        case CALL:
          calls.push(at + 1);
          at = code[at];
          break;
        case RETURN:
          at = calls.pop();
          break;
        case DUP:
          stack.push(stack[stack.length - 1]);
          break;
        case PEEK:
          stack.push(memory[stack.pop()]);
          break;
        case POKE: {
          const address = stack.pop();
          memory[address] = stack.pop();
          break;
        }
        case HALT:
          return stack.pop() * 1000000 + steps;
        default:
          throw new Error(`no such code at ${at - 1}`);
      }
    }
  }

  // Counts the primes below 2400 with a sieve. Variables: 0 limit, 1 candidate, 2 multiple, 3 count.
  const sieve = assemble(`
           push 48 push 50 mul store 0 push 2 store 1
    outer: load 1 load 0 less jumpzero done
           load 1 peek jumpzero prime jump next
    prime: load 3 push 1 add store 3
           load 1 dup add store 2
    inner: load 2 load 0 less jumpzero next
           push 1 load 2 poke
           load 2 load 1 add store 2
           jump inner
    next:  call advance jump outer
    done:  load 3 halt
    advance: load 1 push 1 add store 1 return
  `);

  // How long the longest way is on which a start below 200, halved when even, else 3n + 1, comes to 1.
  // Variables: 0 number, 1 length, 2 longest, 3 start.
  const longest = assemble(`
             push 1 store 3
    outer:   load 3 push 200 less jumpzero done
             load 3 store 0 push 0 store 1
    walk:    push 1 load 0 less jumpzero arrived
             load 1 push 1 add store 1
             load 0 push 2 mod jumpzero even
             load 0 push 3 mul push 1 add store 0 jump walk
    even:    load 0 push 2 div store 0 jump walk
    arrived: load 2 load 1 less jumpzero shorter
             load 1 store 2
    shorter: load 3 push 1 add store 3 jump outer
    done:    load 2 halt
  `);

  return `${run(sieve)} ${run(longest)}`;
})();
