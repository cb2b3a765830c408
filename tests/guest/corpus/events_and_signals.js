// Listeners, armed signals and messages under way live through a snapshot.
async function main() {
  const log = []
  const target = new EventTarget()
  const controller = new AbortController()
  const late = AbortSignal.timeout(300)
  const any = AbortSignal.any([controller.signal, late])
  any.addEventListener("abort", ({ target }) => log.push(target.reason.name), { once: true })
  target.addEventListener("step", { handleEvent({ detail, timeStamp }) { log.push(detail, timeStamp) } }, { signal: any })
  target.dispatchEvent(new CustomEvent("step", { detail: 1 }))
  await pause("listening")
  target.dispatchEvent(new CustomEvent("step", { detail: 2 }))
  const { port1, port2 } = new MessageChannel()
  port2.onmessage = ({ data, ports: [port] }) => port.postMessage([data])
  const answer = new MessageChannel()
  const answered = new Promise(resolve => (answer.port1.onmessage = ({ data }) => resolve(data)))
  port1.postMessage("sent", [answer.port2])
  await pause("sent")
  log.push(await answered)
  onerror = message => { log.push(message); return true }
  reportError(new RangeError("reported"))
  await pause("reported")
  onerror = null
  log.push(late.aborted, any.aborted, target.dispatchEvent(new Event("step")))
  await new Promise(resolve => setTimeout(resolve, 300))
  log.push(late.aborted, any.aborted, controller.signal.aborted)
  port1.close()
  answer.port1.close()
  await pause("closed")
  return log.join()
}
main().then(value => (globalThis.result = value))

/* expected
"1,0,2,125,sent,Uncaught RangeError: reported,,375,false,false,true,TimeoutError,true,true,false"
*/
