declare module "snapjs:workflow" {
    /** Aborted when the run is cancelled. */
    export const signal: AbortSignal;
    /** Wait: so many seconds, for a duration such as "30 days", or until a Date. */
    export function sleep(duration: number | string | Date): Promise<void>;
    /** What is delivered under a name: await it once, or iterate. */
    export function hook<Value = any>(name: string): PromiseLike<Value> & AsyncIterable<Value>;
    /** Write to the log of the run. */
    export function log(...values: any[]): void;
}
