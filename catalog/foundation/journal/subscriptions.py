"""Who wants to hear of what; every app states its own in ``apps.py``."""

from __future__ import annotations

from collections import defaultdict

_tasks: defaultdict[str, list[str]] = defaultdict(list)


def subscribe(action: str, task_name: str) -> None:
    """Have the Celery task called with the event's id whenever the action is recorded."""
    if task_name not in _tasks[action]:
        _tasks[action].append(task_name)


def subscribers(action: str) -> list[str]:
    """The names of the tasks that want to hear of the action."""
    return list(_tasks.get(action, ()))
