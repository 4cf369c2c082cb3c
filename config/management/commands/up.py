"""The whole platform with one command."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config import ports, supervisor
from config.embedded import leases
from config.embedded.postgres import embedded_postgres
from config.embedded.valkey import embedded_valkey
from config.supervisor import Child, ChildDied

FIRST_ANSWER = 90
WEB = ("gunicorn", "config.wsgi", "--worker-class=gthread", "--workers=2", "--threads=4", "--timeout=120")
CELERY = ("celery", "--app=config.celery")
WORKER = (
    *CELERY,
    "worker",
    "--concurrency=2",
    "--queues=default,bulk",
    "--loglevel=INFO",
    "--without-gossip",
)
BEAT = (*CELERY, "beat", "--pidfile=", "--loglevel=WARNING")


class Stopped(BaseException):
    """Somebody asked us to stop; like KeyboardInterrupt it passes every `except Exception`."""


class Command(BaseCommand):
    help = "Runs the platform: its stores, the web, the worker and the clock, and the demo year on first use."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=port_number, default=8000, help="the port to listen on (8000)")
        parser.add_argument("--fresh", action="store_true", help="delete the embedded data of this checkout first")
        parser.add_argument("--empty", action="store_true", help="do not play the demo year")

    def handle(self, *, host: str, port: int, fresh: bool, empty: bool, **options: Any) -> None:
        self.started_at = time.monotonic()
        self.url = ports.url_of(host, port)
        self.children: list[Child] = []
        listen_to_signals()
        try:
            with self.only_one_here():
                self.check_port(host, port)
                self.run(host, port, fresh=fresh, empty=empty)
        except Stopped:
            pass
        except ChildDied as death:
            self.tell(death.child.last_lines())
            raise CommandError(str(death)) from None

    def run(self, host: str, port: int, *, fresh: bool, empty: bool) -> None:
        try:
            self.start_all(host, port, fresh=fresh, empty=empty)
            while True:
                self.watch()
        finally:
            self.stop()

    def start_all(self, host: str, port: int, *, fresh: bool, empty: bool) -> None:
        if fresh:
            self.delete_data()
        self.open_stores()
        call_command("migrate", interactive=False, verbosity=0)
        connection.close()
        self.step("The database is up to date.")
        self.start_web(host, port)
        self.start("worker", signal.SIGQUIT, *WORKER)
        self.start("beat", signal.SIGTERM, *BEAT)
        self.step("The worker and the clock are started.")
        if not empty:
            self.play_year()
        self.say_addresses(host)

    @contextlib.contextmanager
    def only_one_here(self) -> Iterator[None]:
        settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
        handle = leases.open_lock(settings.STATE_DIR / "up.lock")
        try:
            if not leases.try_lock(handle):
                address = os.read(handle, 200).decode().strip()
                raise CommandError(f"The platform runs already in this checkout, at {address}: stop it there first.")
            os.truncate(handle, 0)
            os.write(handle, self.url.encode())
            yield
        finally:
            os.close(handle)

    def check_port(self, host: str, port: int) -> None:
        error = ports.obstacle(host, port)
        if error is None:
            return
        if error.errno != errno.EADDRINUSE:
            raise CommandError(f"Nothing can listen on port {port} of {host}: {error.strerror or error}.")
        free = ports.next_free(host, port)
        advice = f"use a free one: --port {free}." if free else "choose another with --port."
        raise CommandError(f"Port {port} on {host} is taken: {advice}")

    def delete_data(self) -> None:
        if settings.DATABASE_URL:
            raise CommandError(
                "--fresh deletes the embedded data of this checkout, but DATABASE_URL names another server: "
                "nothing was deleted."
            )
        servers = [embedded_postgres(settings.STATE_DIR), embedded_valkey(settings.STATE_DIR)]
        for server in servers:
            if not server.delete():
                raise CommandError(
                    f"--fresh cannot delete the data: another process uses the {server.title} of this "
                    "checkout; stop it first."
                )
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
        for file in settings.STATE_DIR.glob("celerybeat-schedule*"):
            file.unlink()
        self.step("The data of this checkout is deleted.")

    def open_stores(self) -> None:
        """Start what is embedded, and see that both stores answer."""
        if not settings.DATABASE_URL:
            embedded_postgres(settings.STATE_DIR).ensure()
        if not settings.REDIS_URL:
            embedded_valkey(settings.STATE_DIR).ensure()
        for name, ask in (
            ("DATABASE_URL", connection.ensure_connection),
            ("REDIS_URL", lambda: cache.get("up")),
        ):
            try:
                ask()
            except Exception as error:
                raise CommandError(f"The server of {name} does not answer: {error}") from error
        self.step("PostgreSQL and Valkey answer.")

    def start_web(self, host: str, port: int) -> None:
        shared_memory = Path("/dev/shm")
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        web = self.start(
            "web",
            signal.SIGQUIT,
            *WEB,
            f"--bind={place}",
            "--graceful-timeout=5",
            "--no-control-socket",
            *([f"--worker-tmp-dir={shared_memory}"] if os.access(shared_memory, os.W_OK) else []),
        )
        deadline = time.monotonic() + FIRST_ANSWER
        while (status := ports.status_of(f"{self.url}/", timeout=10)) is None:
            self.watch(0.1)
            if time.monotonic() > deadline:
                raise CommandError(f"The web does not answer after {FIRST_ANSWER} s; see {web.log}.")
        if status < 500:
            self.step(f"The first page answers: {self.url}/")
        else:
            self.step(f"The first page answers with an error ({status}): {self.url}/")

    def start(self, name: str, on_orphaned: signal.Signals, *module_and_arguments: str) -> Child:
        logs = settings.STATE_DIR / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        child = Child(
            name,
            [sys.executable, "-m", *module_and_arguments],
            log=logs / f"{name}.log",
            cwd=settings.BASE_DIR,
            # where it is reached is known from here on, unless the operator says it
            environment={"PUBLIC_URL": self.url, **os.environ, "PYTHONUNBUFFERED": "1"},
            on_orphaned=on_orphaned,
        )
        self.children.append(child)
        return child

    def play_year(self) -> None:
        player = supervisor.start(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "play_year", "--base-url", self.url],
            None,
            cwd=settings.BASE_DIR,
            environment={**os.environ, "PYTHONUNBUFFERED": "1"},
            on_orphaned=signal.SIGTERM,
        )
        try:
            while player.poll() is None:
                self.watch()
        finally:
            if player.poll() is None:
                player.kill()
        if player.returncode:
            self.tell("The demo year was not played to its end, for the reason above; the site runs without it.")
        else:
            self.step("The demo year is played.")

    def watch(self, seconds: float = 0.5) -> None:
        """Wait a moment, show what went wrong in it, and raise ChildDied when a process is gone."""
        time.sleep(seconds)
        for child in self.children:
            for line in child.new_problems():
                self.tell(f"{child.name}: {line}")
        supervisor.check(self.children)

    def stop(self) -> None:
        if not self.children:
            return
        began = time.monotonic()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.kill)
        self.tell("Stopping.")
        supervisor.stop(self.children)
        self.tell(f"Stopped in {time.monotonic() - began:.1f} s.")

    def kill(self, *_: object) -> None:
        """Asked a second time to stop: wait for nothing."""
        for child in self.children:
            child.kill_group()

    def say_addresses(self, host: str) -> None:
        self.tell("")
        for name, path in (
            ("Site", "/"),
            ("Portal", "/portal/"),
            ("Admin", "/admin/"),
            ("API docs", "/api/docs/"),
        ):
            self.tell(f"  {name:<10}{self.url}{path}")
        if host not in settings.ALLOWED_HOSTS and host not in ("127.0.0.1", "::1"):
            self.tell("  For other machines to be answered, name this one in ALLOWED_HOSTS.")
        self.tell("  Ctrl-C stops everything")

    def step(self, text: str) -> None:
        self.tell(f"{time.monotonic() - self.started_at:6.1f} s  {text}")

    def tell(self, text: str) -> None:
        # The terminal may be gone; what has to be stopped is stopped all the same.
        with contextlib.suppress(OSError):
            self.stdout.write(text)
            self.stdout.flush()


def port_number(text: str) -> int:
    number = int(text)
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return number


def listen_to_signals() -> None:
    def stop(*_: object) -> NoReturn:
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup means it: who ignores the closing terminal goes on.
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
