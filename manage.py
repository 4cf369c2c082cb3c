#!/usr/bin/env python3
"""The front door: `python3 manage.py up`, `python3 manage.py test`, and every Django command.

Started outside the project's virtual environment, it makes that environment first and goes on inside.
"""

import sys


def main():
    # Before any import of ours: this file alone must be readable by the Pythons that it turns away.
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        sys.exit(
            "This project needs Python 3.11, 3.12 or 3.13, and this is Python {}.{}: "
            "run manage.py with one of those, for example python3.11.".format(*sys.version_info[:2])
        )
    from config import bootstrap

    bootstrap.enter_environment(sys.argv)
    if sys.argv[1:2] == ["test"]:
        bootstrap.run_tests(sys.argv[2:])

    import os

    from django.core.management import execute_from_command_line

    from config.errors import CannotRun

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except CannotRun as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
