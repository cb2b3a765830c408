"""An agent whose model writes TypeScript: typed tools, limits, and a conversation that goes on the next day.

``python agent.py sessions monday`` and then ``python agent.py sessions tuesday``: two processes, one world. The model
is a script here, ``model.py``; a real one gets the same words and answers with code as these do.
"""

import asyncio
import sys
from dataclasses import dataclass

from model import next_program

from snapjs import CapabilityCall, LimitError, Sandbox, SnapjsError


@dataclass
class Order:
    id: str
    customer: str
    total: float


ORDERS = {order.id: order for order in (Order("A-17", "anna", 250.0), Order("A-18", "ben", 12.5))}


async def find(customer: str) -> list[Order]:
    """The orders of a customer."""
    await asyncio.sleep(0)  # a real one asks a database
    return [order for order in ORDERS.values() if order.customer == customer]


def refund(order: str, amount: float, *, reason: str = "") -> str:
    """Pay money back. The customer gets the reason by mail."""
    if amount > ORDERS[order].total:
        raise ValueError(f"order {order} cost {ORDERS[order].total}")
    return f"refunded {amount:g} for {order}"


def note(call: CapabilityCall) -> None:
    arguments = ", ".join(map(repr, call.arguments))
    print(f"    {call.name}({arguments}): {call.outcome}")


def new_sandbox() -> Sandbox:
    sandbox = Sandbox(memory_limit=32 << 20, timeout=2, audit=note)
    sandbox.register("orders.find", find, max_calls=10)
    sandbox.register("orders.refund", refund, max_calls=1, rate=5)
    return sandbox


async def answer(world: Sandbox, task: str) -> None:
    """Let the model write programs until one says that it is done."""
    history = [f"These tools exist:\n{world.dts()}", f"Task: {task}"]
    for turn in range(1, 6):
        program = next_program(history)
        print(f"  turn {turn}")
        try:
            result = await world.eval_async(program, filename=f"turn{turn}.ts")
        except (SnapjsError, ValueError) as error:
            limit = " This was a limit." if isinstance(error, LimitError) else ""
            history += [program, f"It failed: {error}{limit}"]
            print(f"    failed: {error}")
            continue
        history += [program, f"It gave: {result}"]
        print(f"    gave {result}")
        if isinstance(result, dict) and "done" in result:
            return


def main(folder: str, day: str) -> None:
    tasks = {"monday": "What did Anna order?", "tuesday": "Refund a tenth of what you found yesterday."}
    print(f"{day}: {tasks[day]}")
    with new_sandbox() as sandbox, sandbox.session("conversation-1", folder) as world:
        asyncio.run(answer(world, tasks[day]))


if __name__ == "__main__":
    main(*sys.argv[1:])
