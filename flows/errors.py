"""The errors of this room.

FlowError
└── ServeError         the server with its workers cannot be started
"""


class FlowError(Exception):
    """What runs cannot be started; the message says why, and what to do."""


class ServeError(FlowError):
    """The server with its workers cannot be started."""
