"""What goes wrong in a way a user can meet."""


class EngineError(Exception):
    """A failure a user can meet; the message says what happened and what to do."""
