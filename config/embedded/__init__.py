"""PostgreSQL and Valkey out of Python packages, for a machine that has neither.

Each server is started by the first process that needs it, shared by all processes of the checkout, reachable
only over a socket in a closed folder, and stopped when the last process that used it is gone.
"""
