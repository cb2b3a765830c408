"""A server that finds dates in texts, by a library from npm. The README beside it says how to start it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from snapjs import Pool, TimeLimitError

BUNDLE = Path(__file__).parent / "build" / "dates.js"


class Question(msgspec.Struct):
    text: Annotated[str, msgspec.Meta(max_length=10_000)]
    now: datetime | None = None


@dataclass
class Found:
    text: str
    start: datetime
    end: datetime | None


async def dates(request: Request) -> Response:
    try:
        question = msgspec.json.decode(await request.body(), type=Question)
        now = question.now or datetime.now(UTC)
        found = await request.state.pool.call("dates", question.text, now, type=list[Found])
    except msgspec.MsgspecError as error:
        return PlainTextResponse(str(error), 400)
    except TimeLimitError:
        return PlainTextResponse("This takes too long now: the text, or waiting for others.", 503)
    return Response(msgspec.json.encode(found), media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Pool]]:
    async with Pool(BUNDLE, timeout=1, queue_timeout=5) as pool:
        yield {"pool": pool}


app = Starlette(routes=[Route("/dates", dates, methods=["POST"])], lifespan=lifespan)

if __name__ == "__main__":
    uvicorn.run(app)
