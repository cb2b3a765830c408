// Errors keep identity, cause, errors, own fields and the stack that they were made with.
async function main() {
  const log = []
  class AppError extends Error {
    name = "AppError"
    #code
    constructor(message, code, options) {
      super(message, options)
      this.#code = code
    }
    get code() {
      return this.#code
    }
    toString() {
      return `${super.toString()} (${this.code})`
    }
  }
  function thrower() {
    throw new AppError("thrown here", 42, { cause: new TypeError("root") })
  }
  let caught
  try {
    thrower()
  } catch (error) {
    caught = error
  }
  const stack = caught.stack
  const back = await pause(caught)
  log.push(back === caught, back.stack === stack, stack.includes("thrower"), `${back}`, back.cause.message)
  const many = new AggregateError([caught, "text", new RangeError("inside")], "several", { cause: 5 })
  await pause("aggregate")
  log.push(many.errors.length, many.errors[0] === caught, many.errors[2].name, many.cause, Object.keys(many).join())
  async function failing() {
    await pause("inside failing")
    null.property
  }
  const typeError = await failing().catch(error => error)
  log.push(typeError instanceof TypeError, typeError.stack.includes("failing"), "cause" in typeError)
  const holder = {}
  Error.captureStackTrace(holder, main)
  log.push(typeof holder.stack, Error.isError(holder), Error.isError(caught))
  await pause("captured")
  caught.message = "changed"
  caught.stack = "changed stack"
  log.push(caught.toString(), caught.stack, Object.prototype.toString.call(typeError))
  try {
    eval("let let = 1")
  } catch (error) {
    await pause("syntax")
    log.push(error.name, error instanceof SyntaxError)
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  true, true, true, "AppError: thrown here (42)", "root", 3, true, "RangeError", 5, "", true, true, false, "string",
  false, true, "AppError: changed (42)", "changed stack", "[object Error]", "SyntaxError", true
]
*/
