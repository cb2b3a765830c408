"""Durable workflows: JavaScript functions that wait for days, on machines that may die at any time.

A run is a program that stands in a database between its turns. It goes on where it waited: no code runs again.
"""

from .._workflows.history import Attempt, History, PastTurn, Told, Wanted
from .._workflows.records import Kind, Status
from .._workflows.step_context import StepContext, current_step
from ..errors import RunEnded
from .app import App
from .run import Run
from .schedule import Schedule
from .stream import Stream

__all__ = [
    "App", "Attempt", "History", "Kind", "PastTurn", "Run", "RunEnded", "Schedule", "Status", "StepContext", "Stream",
    "Told", "Wanted", "current_step",
]  # fmt: skip
