import sys

from django.core.management.base import BaseCommand

from config import bootstrap


class Command(BaseCommand):
    help = "Runs the tests, in a process for each core; everything after the name of the command goes to pytest."

    def run_from_argv(self, argv: list[str]) -> None:
        bootstrap.run_tests(argv[2:])

    def handle(self, *args: object, **options: object) -> None:
        bootstrap.run_tests(sys.argv[2:])
