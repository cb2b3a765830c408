declare module "app:steps" {
    export interface Order {
        id: number
        email: string
        amount: number
    }

    export interface Receipt {
        id: string
        amount: number
    }

    /** Have the customer pay. */
    export const charge: (order: Order) => Promise<Receipt>;

    /** Pay the customer back. */
    export const refund: (receipt: Receipt) => Promise<void>;

    /** Send what was ordered. The result is the number of the parcel. */
    export const ship: (order: number) => Promise<string>;

    /** Ask the customer for a review. */
    export const requestReview: (email: string) => Promise<void>;
}

declare module "snapjs:workflow" {
    /** Aborted when the run is cancelled. */
    export const signal: AbortSignal;
    /** Wait: so many seconds, for a duration such as "30 days", or until a Date. */
    export function sleep(duration: number | string | Date): Promise<void>;
    /** What is delivered under a name: await it once, or iterate. */
    export function hook<Value = any>(name: string): PromiseLike<Value> & AsyncIterable<Value>;
    /** A run that this one has started. */
    export interface Child<Result> {
        readonly id: string;
        /** What it returns or throws. Once this run was cancelled, to ask anew is to wait until the child has ended. */
        result(): Promise<Result>;
        /** Have it told to end. */
        cancel(reason?: string): Promise<void>;
    }
    /** A function that the module of this workflow exports, or that with more to say of the child. */
    export type Startable<Values extends any[], Result> = ((...values: Values) => Result) | {
        workflow: (...values: Values) => Result;
        /** Of all runs of the function, one has the key. */
        key?: string;
        /** When it is told to end: so many seconds, after a duration such as "30 days", or at a Date. */
        deadline?: number | string | Date;
        /** What becomes of it when this run ends: "cancel", unless it says otherwise. */
        parentClose?: "cancel" | "terminate" | "abandon";
    };
    /** Start a run of its own: a child. */
    export function start<Values extends any[], Result>(
        what: Startable<Values, Result>, ...values: Values
    ): Child<Awaited<Result>>;
    /** Start a child, and wait for what it returns. */
    export function run<Values extends any[], Result>(
        what: Startable<Values, Result>, ...values: Values
    ): Promise<Awaited<Result>>;
    /** The stream of a name, for readers outside: what is written is there for them as soon as the turn is stored. */
    export function stream<Value = any>(name: string): {
        /** Add a value. */
        write(value: Value): Promise<void>;
        /** Say that nothing follows. */
        close(): Promise<void>;
    };
    /** Have the run begin again, with these arguments, and with none of what it has in memory. */
    export function continueWith(...values: any[]): Promise<never>;
    /** Say something of the run by which it is found: { customer: 7 }. Others stay as they are; null takes one away. */
    export function attributes(values: Record<string, string | number | boolean | null>): void;
    /** What time it is for the run: it stands still during a turn. */
    export function now(): Date;
    /** A number by chance: at least 0, and less than 1. */
    export function random(): number;
    /** A UUID by chance, which no other run has. */
    export function uuid(): string;
    /**
     * Stands for the value of a secret, and goes wherever a step takes text: the step gets the value. It is a symbol, so
     * that no text is made of it by accident.
     */
    export type Secret = string & { readonly __secret: never };
    /** What stands for secrets, by their names. */
    export const secrets: { ref(name: string): Secret };
    /** Write to the log of the run. */
    export function log(...values: any[]): void;
}
