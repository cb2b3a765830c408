declare module "snapjs:workflow" {
    /** Aborted when the run is cancelled. */
    export const signal: AbortSignal;
    /** Wait: so many seconds, for a duration such as "30 days", or until a Date. */
    export function sleep(duration: number | string | Date): Promise<void>;
    /** What is delivered under a name: await it once, or iterate. */
    export function hook<Value = any>(name: string): PromiseLike<Value> & AsyncIterable<Value>;
    /** Say something of the run by which it is found: { customer: 7 }. Others stay as they are; null takes one away. */
    export function attributes(values: Record<string, string | number | boolean | null>): void;
    /** What time it is for the run: it stands still during a turn. */
    export function now(): Date;
    /** A number by chance: at least 0, and less than 1. */
    export function random(): number;
    /** A UUID by chance, which no other run has. */
    export function uuid(): string;
    /** Write to the log of the run. */
    export function log(...values: any[]): void;
}
