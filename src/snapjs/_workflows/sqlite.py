"""A store in one file of SQLite, for any number of processes on one machine."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from importlib.resources import files
from typing import Any, Final

from .crash import crash_point
from .database import Database
from .history import History, read_history
from .records import Claim, Event, Outcome, Run, Status, StepClaim, Turn
from .rows import (
    DELIVERABLE,
    RUN,
    Fenced,
    answered_key,
    claim_from,
    consume,
    end_step,
    finish,
    insert_commands,
    run_from,
    set_alarm,
    status_of,
    tell,
    wake,
)

_SCHEMA: Final = files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
_VERSION: Final = 1
_IS_FREE: Final = "wake_at <= ?2 AND (lease_until IS NULL OR lease_until <= ?1)"


class SQLiteStore:
    """The store of one file, made if it is not there.

    :param path: of the file.
    :param clock: Unix seconds; the same for all who use the file.
    :raises StoreError: it cannot be used. So do all methods.
    """

    def __init__(self, path: str, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._database = Database(path, _SCHEMA, _VERSION)

    @property
    def path(self) -> str:
        """Of the file."""
        return self._database.path

    def now(self) -> float:
        """Unix seconds, for leases and timers."""
        return self._clock()

    # ---- runs

    def start(self, workflow: str, key: str | None, code: str, arguments: bytes) -> tuple[Run, bool]:
        """A new run, or the one that has this key; and whether it is new."""
        now = self.now()
        with self._database.writing() as connection:
            if key is not None:
                found = connection.execute(f"SELECT {RUN} FROM runs WHERE workflow = ? AND key = ?", (workflow, key))
                for row in found:
                    return run_from(row), False
            run = Run(uuid.uuid4().hex, workflow, key, Status.RUNNING, 0, code, now, None, now, None, None)
            connection.execute(
                "INSERT INTO runs (id, workflow, key, status, code, created_at, wake_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run.id, workflow, key, run.status, code, now, now),
            )
            tell(connection, run.id, Event(0, "begin", "", arguments, now), None)
            return run, True

    def run(self, id: str) -> Run | None:
        """A run, if there is one of that id."""
        with self._database.reading() as connection:
            for row in connection.execute(f"SELECT {RUN} FROM runs WHERE id = ?", (id,)):
                return run_from(row)
        return None

    def run_of(self, workflow: str, key: str) -> Run | None:
        """The run of a workflow that has a key, if there is one."""
        with self._database.reading() as connection:
            for row in connection.execute(f"SELECT {RUN} FROM runs WHERE workflow = ? AND key = ?", (workflow, key)):
                return run_from(row)
        return None

    def runs(self, *, status: Status | None, workflow: str | None, limit: int) -> list[Run]:
        """The newest runs."""
        with self._database.reading() as connection:
            columns = RUN.replace("result", "NULL")  # of many runs, they may be large
            rows = connection.execute(
                f"SELECT {columns} FROM runs WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR workflow = ?2) "
                "ORDER BY created_at DESC, id LIMIT ?3",
                (status, workflow, limit),
            )
            return [run_from(row) for row in rows]

    def deliver(self, run: str, kind: str, target: str, payload: bytes, dedup: str | None) -> Status | None:
        """Have a run told something. Its status: one that is final is told nothing; ``None``: there is no such run.

        :param dedup: what is delivered again under this key is not.
        """
        now = self.now()
        with self._database.writing() as connection:
            status = status_of(connection, run)
            if status is not None and not status.is_final:
                tell(connection, run, Event(0, kind, target, payload, now), dedup)
                [(is_wanted,)] = connection.execute(f"SELECT {DELIVERABLE}", (run,))
                if is_wanted:
                    wake(connection, run, now)
            return status

    def end(self, run: str, status: Status, error: bytes) -> Status | None:
        """End a run from outside: whoever takes a turn of it is fenced. Its status before."""
        with self._database.writing() as connection:
            before = status_of(connection, run)
            if before is not None and not before.is_final:
                finish(connection, run, status, None, error, self.now())
                connection.execute(
                    "UPDATE runs SET epoch = epoch + 1, lease_owner = NULL, lease_until = NULL WHERE id = ?", (run,)
                )
            return before

    # ---- turns

    def claim(self, owner: str, lease: float, *, overdue: float = 0.0) -> Claim | None:
        """A run that has something to do and that nobody works on: it is the owner's for so many seconds.

        :param overdue: seconds for which it has to have waited already.
        """
        now = self.now()
        wanted = f"SELECT id FROM runs WHERE {_IS_FREE} ORDER BY wake_at LIMIT 1"
        if not self._is_any(wanted, (now, now - overdue)):
            return None
        with self._database.writing() as connection:
            for (id,) in connection.execute(wanted, (now, now - overdue)):
                connection.execute(
                    "UPDATE runs SET epoch = epoch + 1, deaths = deaths + (lease_owner IS NOT NULL), "
                    "lease_owner = ?, lease_until = ? WHERE id = ?",
                    (owner, now + lease, id),
                )
                return claim_from(connection, id, now)
        return None

    def look(self, run: str) -> Claim | None:
        """A run without claiming it, if nobody works on it: a turn can be committed unless somebody claims it first."""
        now = self.now()
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT 1 FROM runs WHERE id = ?2 AND status = 'running' "
                "AND (lease_until IS NULL OR lease_until <= ?1)",
                (now, run),
            )
            return claim_from(connection, run, now) if rows.fetchone() else None

    def snapshot(self, run: str, turn: int) -> bytes | None:
        """The state after a turn, as far as it is kept."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT data FROM snapshots WHERE run = ? AND turn = ?", (run, turn))
            return rows.get  # type: ignore[no-any-return]

    def commit(
        self,
        claim: Claim,
        turn: Turn,
        keep: int,
        *,
        outcome: Outcome | None = None,
        next_step: tuple[str, float, Collection[str]] | None = None,
    ) -> StepClaim | None:
        """Store a turn.

        :param keep: of how many turns the states are kept.
        :param outcome: of a step, which the run was told in this turn.
        :param next_step: an owner, seconds and names: the first new step that has one of the names is claimed, too.
        :return: that step.
        :raises Fenced: somebody else has claimed the run since, or the step; nothing is stored.
        """
        run, number, now = claim.run.id, claim.run.turn + 1, self.now()
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE runs SET turn = ?, last_call = ?, deaths = 0, lease_owner = NULL, lease_until = NULL, "
                "wake_at = NULL WHERE id = ? AND epoch = ? AND turn = ? AND status = 'running'",
                (number, turn.last_call, run, claim.epoch, claim.run.turn),
            )
            if not connection.changes():
                raise Fenced
            stored = None
            if outcome is not None:
                end_step(connection, outcome.step)
                stored = tell(connection, run, outcome.event, answered_key(outcome.step))
            crash_point("committing")
            consume(connection, run, number, turn, stored)
            claimed = insert_commands(connection, run, number, turn, now, next_step)
            if turn.snapshot is not None:
                connection.execute("INSERT INTO snapshots VALUES (?, ?, ?)", (run, number, turn.snapshot))
            connection.execute("DELETE FROM snapshots WHERE run = ? AND turn <= ?", (run, number - keep))
            if turn.status.is_final:
                finish(connection, run, turn.status, turn.result, turn.error, now)
                return None
            set_alarm(connection, run, turn.timer, now)
        return claimed

    def release(self, claim: Claim, timer: float | None) -> None:
        """Give back a run in which there was nothing to do.

        :param timer: when the program's own timers are next due.
        """
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE runs SET deaths = 0, lease_owner = NULL, lease_until = NULL, wake_at = NULL "
                "WHERE id = ? AND epoch = ?",
                (claim.run.id, claim.epoch),
            )
            if connection.changes():
                set_alarm(connection, claim.run.id, timer, self.now())

    def postpone(self, claim: Claim, seconds: float) -> None:
        """Give back a run that this process cannot go on with: nobody is to try for so long."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE runs SET deaths = 0, lease_owner = NULL, lease_until = NULL, wake_at = ? "
                "WHERE id = ? AND epoch = ?",
                (self.now() + seconds, claim.run.id, claim.epoch),
            )

    # ---- steps

    def claim_step(self, owner: str, lease: float, names: Collection[str]) -> StepClaim | None:
        """A step that is due and that nobody runs: it is the owner's for so many seconds."""
        now = self.now()
        # One search a name, or steps that only others have would all be looked at.
        wanted = " UNION ALL ".join(
            "SELECT * FROM (SELECT due_at, run, call FROM commands "
            f"WHERE kind = 'step' AND state <> 'done' AND name = ?{number} AND due_at <= ?1 ORDER BY due_at LIMIT 1)"
            for number in range(2, len(names) + 2)
        )
        wanted = f"SELECT run, call FROM ({wanted}) ORDER BY due_at LIMIT 1"
        if not names or not self._is_any(wanted, (now, *names)):
            return None
        with self._database.writing() as connection:
            for run, call in connection.execute(wanted, (now, *names)):
                connection.execute(
                    "UPDATE commands SET state = 'running', attempt = attempt + 1, lease_owner = ?, due_at = ?, "
                    "deaths = deaths + (state = 'running') WHERE run = ? AND call = ?",
                    (owner, now + lease, run, call),
                )
                [row] = connection.execute(
                    "SELECT run, call, name, arguments, attempt, deaths FROM commands WHERE run = ? AND call = ?",
                    (run, call),
                )
                return StepClaim(*row)
        return None

    def finish_step(self, outcome: Outcome) -> None:
        """Tell the run of the outcome.

        :raises Fenced: it is not this attempt any more that counts.
        """
        step = outcome.step
        with self._database.writing() as connection:
            end_step(connection, step)
            tell(connection, step.run, outcome.event, answered_key(step))
            crash_point("step_storing")
            wake(connection, step.run, self.now())

    def retry_step(self, step: StepClaim, due_at: float, error: bytes) -> None:
        """Have the step tried again.

        :raises Fenced: it is not this attempt any more that counts.
        """
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE commands SET state = 'waiting', due_at = ?, error = ?, lease_owner = NULL, deaths = 0 "
                "WHERE run = ? AND call = ? AND state = 'running' AND attempt = ?",
                (due_at, error, step.run, step.call, step.attempt),
            )
            if not connection.changes():
                raise Fenced

    # ---- leases, and what is next

    def renew(self, lease: float, runs: Iterable[Claim], steps: Iterable[StepClaim]) -> None:
        """Hold what was claimed for so many more seconds, if it still is."""
        until = self.now() + lease
        with self._database.writing() as connection:
            connection.executemany(
                "UPDATE runs SET lease_until = ? WHERE id = ? AND epoch = ? AND lease_owner IS NOT NULL",
                [(until, claim.run.id, claim.epoch) for claim in runs],
            )
            connection.executemany(
                "UPDATE commands SET due_at = ? WHERE run = ? AND call = ? AND attempt = ? AND state = 'running'",
                [(until, step.run, step.call, step.attempt) for step in steps],
            )

    def next_due(self) -> float | None:
        """When there is something to do, as far as is known: Unix seconds."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT min(at) FROM (SELECT min(max(wake_at, coalesce(lease_until, 0))) AS at FROM runs "
                "WHERE wake_at IS NOT NULL UNION ALL "
                "SELECT min(due_at) FROM commands WHERE kind = 'step' AND state <> 'done')"
            )
            return rows.get  # type: ignore[no-any-return]

    def _is_any(self, wanted: str, values: tuple[Any, ...]) -> bool:
        """Whether there are rows. Who only looks keeps nobody from writing, and idle workers look all the time."""
        with self._database.reading() as connection:
            return connection.execute(wanted, values).fetchone() is not None

    # ---- history

    def history(self, run: str, after: int) -> History:
        """What has happened in a run.

        :param after: the turn after which it begins.
        """
        with self._database.reading() as connection:
            return read_history(connection, run, after)

    # ---- artifacts

    def put_artifacts(self, artifacts: Mapping[str, bytes]) -> None:
        """Keep bytes by their hashes."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT INTO artifacts (sha256, data) VALUES (?, ?) ON CONFLICT DO NOTHING", list(artifacts.items())
            )

    def artifact(self, sha256: str) -> bytes:
        """Bytes by their hash.

        :raises KeyError: there are none.
        """
        with self._database.reading() as connection:
            for (data,) in connection.execute("SELECT data FROM artifacts WHERE sha256 = ?", (sha256,)):
                return data  # type: ignore[no-any-return]
        raise KeyError(sha256)
