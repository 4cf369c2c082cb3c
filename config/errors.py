"""What keeps the platform from running, told to whoever started it."""


class CannotRun(Exception):
    """Why it cannot be run here, as one sentence that says what to do; shown without a traceback."""
