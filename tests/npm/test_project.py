"""A program in TypeScript, JSX and CommonJS that imports packages, from its folder to its result."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from snapjs import VM, JSError, NodeModules, Snapshot

FILES = {
    "package.json": '{ "name": "shop", "imports": { "#order": "./src/order.ts" } }',
    "src/main.tsx": """\
/** @jsx element */
import { z } from "zod"
import { Status, type Order, OrderSchema, readOrder } from "./order.js"
import rates, { percent } from "./rates.cjs"
import settings from "../settings.json" with { type: "json" }
import { deliveryDay } from "./delivery"

type Child = string | number | Child[]

function element(tag: string | ((props: any) => string), props: Record<string, unknown> | null, ...children: Child[]): string {
    if (typeof tag === "function") return tag({ ...props, children })
    const attributes = Object.entries(props ?? {}).map(([name, value]) => ` ${name}="${value}"`)
    return `<${tag}${attributes.join("")}>${children.flat(Infinity).join("")}</${tag}>`
}

const Row = ({ order }: { order: Order }) => (
    <tr class={Status[order.status].toLowerCase()}>
        <td>{order.id}</td>
        <td>{percent(order.price * rates[order.country])} {settings.currency}</td>
        <td>{deliveryDay(order.ordered)}</td>
    </tr>
)

export const render = (orders: unknown[]): string => <table>{orders.map(each => <Row order={readOrder(each)} />)}</table>
export const schema = z.toJSONSchema(OrderSchema, { unrepresentable: "any", io: "input" })
""",
    "src/order.ts": """\
import { z, type ZodError } from "zod"

export enum Status {
    Open,
    Paid = Open + 2,
}

export const OrderSchema = z.object({
    id: z.int(),
    status: z.enum(Status).default(Status.Open),
    price: z.number().positive(),
    country: z.string().length(2),
    ordered: z.iso.date(),
})
export type Order = z.infer<typeof OrderSchema>

export namespace Failures {
    export const seen: string[] = []
}

function counted<T extends (...given: any[]) => any>(method: T, context: ClassMethodDecoratorContext) {
    return function (this: Reader, ...given: Parameters<T>): ReturnType<T> {
        this.count++
        return method.apply(this, given)
    }
}

export class Reader {
    count = 0
    constructor(private readonly name: string) {}

    @counted
    read(given: unknown): Order {
        const { data, error } = OrderSchema.safeParse(given)
        if (error) return this.fail(error)
        return data satisfies Order
    }

    private fail(error: ZodError): never {
        Failures.seen.push(this.name)
        const paths = error.issues.map(issue => issue.path.join(".")).join(", ")
        throw new RangeError(`${this.name}: ${paths}`)
    }
}

export const reader = new Reader("orders")
export const readOrder = (given: unknown) => reader.read(given)
export const readCount = () => reader.count
""",
    "src/rates.cjs": """\
const { Status } = require("#order")
const { formatISO } = require("date-fns")

module.exports = { DE: 0.19, FR: 0.2, open: Status.Open, since: formatISO(new Date(0), { representation: "date" }) }
module.exports.percent = value => value.toFixed(2)
""",
    "src/delivery.ts": """\
import { addBusinessDays, format, parseISO } from "date-fns"
import { de } from "date-fns/locale"

export const deliveryDay = (ordered: string): string => format(addBusinessDays(parseISO(ordered), 3), "EEEEEE d. MMM", { locale: de })
""",
    "settings.json": '{ "currency": "EUR" }',
}

ORDERS: list[dict[str, Any]] = [
    {"id": 1, "price": 100, "country": "DE", "ordered": "2024-02-28"},
    {"id": 2, "price": 50.5, "country": "FR", "ordered": "2024-02-29", "status": 2},
]
TABLE = (
    '<table><tr class="open"><td>1</td><td>19.00 EUR</td><td>Mo 4. März</td></tr>'
    '<tr class="paid"><td>2</td><td>10.10 EUR</td><td>Di 5. März</td></tr></table>'
)


@pytest.fixture(scope="module")
def project(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for name in ("zod", "date-fns"):
        ignored = shutil.ignore_patterns("*.map", "*.d.ts", "*.d.cts", "*.d.mts")
        shutil.copytree(packages / name, folder / "node_modules" / name, ignore=ignored)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def vm(project: Path) -> Iterator[VM]:
    with VM(modules=NodeModules(project)) as vm:
        yield vm


def test_it_runs(vm: VM) -> None:
    assert vm.import_module("./src/main.tsx")["render"](ORDERS) == TABLE


def test_values_cross_to_python(vm: VM) -> None:
    schema = vm.import_module("./src/main.tsx")["schema"]

    assert schema["required"] == ["id", "price", "country", "ordered"]
    assert schema["properties"]["status"] == {"default": 0, "type": "number", "enum": [0, 2]}


def test_errors_point_into_the_typescript(vm: VM) -> None:
    render = vm.import_module("./src/main.tsx")["render"]

    with pytest.raises(JSError, match="orders: price, country") as raised:
        render([{"id": 1, "price": -1, "country": "Germany", "ordered": "2024-02-28"}])

    lines = re.findall(r"at (\w+) \(([\w./]+:\d+):\d+\)", raised.value.stack or "")
    assert lines == [
        ("fail", "src/order.ts:42"),
        ("read", "src/order.ts:35"),
        ("readOrder", "src/order.ts:47"),
        ("render", "src/main.tsx:24"),
    ]


def test_a_module_is_one_for_import_and_require(vm: VM) -> None:
    vm.import_module("./src/main.tsx")["render"](ORDERS)

    assert vm.import_module("./src/order.ts")["readCount"]() == 2
    assert vm.import_module("./src/rates.cjs")["default"]["since"] == "1970-01-01"


def test_it_goes_on_without_its_folder(vm: VM) -> None:
    vm.globals["render"] = vm.import_module("./src/main.tsx")["render"]

    with VM.restore(Snapshot.from_bytes(vm.snapshot().to_bytes())) as restored:
        assert restored.globals["render"](ORDERS) == TABLE
        with pytest.raises(JSError) as raised:
            restored.globals["render"]([{}])
    assert "src/order.ts:42:" in (raised.value.stack or "")
