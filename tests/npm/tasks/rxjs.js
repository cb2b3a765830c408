import * as rx from "rxjs"
import { TestScheduler } from "rxjs/testing"

// Real timers, whose order does not depend on how fast they are.
async function timed() {
    const counted = rx.interval(2).pipe(rx.take(3), rx.map(x => `tick ${x}`))
    const raced = rx.race(rx.timer(5000), rx.timer(5)).pipe(rx.map(() => "the shorter"))
    const switched = rx.timer(0, 1).pipe(rx.take(2), rx.switchMap(x => rx.timer(x ? 1 : 5000).pipe(rx.map(() => `inner ${x}`))))
    const late = rx.NEVER.pipe(rx.timeout(5), rx.catchError(error => rx.of(error.name)))
    let attempts = 0
    const failing = rx.defer(() => (++attempts < 3 ? rx.throwError(() => new Error("again")) : rx.of(`attempt ${attempts}`)))
    const retried = failing.pipe(rx.retry({ count: 5, delay: 1 }))
    return rx.lastValueFrom(rx.concat(counted, raced, switched, late, retried).pipe(rx.toArray()))
}

// Virtual time: marble diagrams.
function virtual() {
    const checked = []
    const scheduler = new TestScheduler((actual, expected) => checked.push(JSON.stringify(actual) === JSON.stringify(expected)))
    scheduler.run(({ cold, hot, expectObservable, expectSubscriptions }) => {
        const source = hot("--ab---c|")
        expectObservable(source.pipe(rx.debounceTime(2))).toBe("-----b--(c|)")
        expectObservable(cold("a 1s b|").pipe(rx.delay(500))).toBe("500ms a 1s (b|)")
        expectSubscriptions(source.subscriptions).toBe("^-------!")
    })
    return checked
}

function scheduled() {
    const order = []
    rx.asyncScheduler.schedule(() => order.push("async"), 0)
    rx.asapScheduler.schedule(() => order.push("asap"))
    rx.queueScheduler.schedule(() => {
        rx.queueScheduler.schedule(() => order.push("inner"))
        order.push("outer")
    })
    return new Promise(resolve => setTimeout(() => resolve(order), 10))
}

export const first = () => rx.lastValueFrom(rx.of(1, 2, 3).pipe(rx.map(x => x * x), rx.toArray()))

export default async function () {
    const subject = new rx.ReplaySubject(2)
    for (const x of [1, 2, 3]) subject.next(x)
    subject.complete()
    const pairs = rx.zip(rx.from([1, 2, 3]), rx.range(10, 3)).pipe(rx.reduce((sum, [a, b]) => sum + a * b, 0))
    return {
        timed: await timed(),
        virtual: virtual(),
        scheduled: await scheduled(),
        replayed: await rx.lastValueFrom(subject.pipe(rx.toArray())),
        pairs: await rx.firstValueFrom(pairs),
        empty: await rx.firstValueFrom(rx.EMPTY).catch(error => error.name),
    }
}
