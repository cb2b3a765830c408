/// <reference path="./shop.d.ts" />
// An order, from the payment to the review. An ordinary async function, whose longest wait is a month.

import { charge, refund, requestReview, ship, type Order } from "app:steps";
import { hook, log, signal, sleep } from "snapjs:workflow";

export let state = "new";

export default async function order(order: Order) {
    const receipt = await charge(order);
    try {
        state = "waits for approval";
        const approval = await hook<{ by: string }>("approved");
        const parcel = await ship(order.id);
        log(`order ${order.id}: approved by ${approval.by}, sent as ${parcel}`);
        state = "is on its way";
        await sleep("30 days");
        await requestReview(order.email);
        state = "done";
        return { receipt, parcel };
    } catch (error) {
        if (signal.aborted) {
            await refund(receipt);
            log(`order ${order.id}: ${receipt.amount} paid back`);
        }
        throw error;
    }
}
