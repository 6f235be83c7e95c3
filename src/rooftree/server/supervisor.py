"""The parent of the workers: it owns the listeners and restarts, replaces and ends workers.

It imports nothing of the application, nor of what serves it: each worker loads both itself, after the fork. So a
successor runs new code, and the fork of a small process costs little; what several workers share is loaded before.

A slot's listener stays open across its workers, and with it the queue of connections that no worker has accepted yet.
When it stops, the workers alone are left with the listeners: they take what is in the queues, and close.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Final

from rooftree.server.log import logger
from rooftree.server.options import ServeOptions
from rooftree.server.types import START_FAILED, Load

__all__ = ["Supervisor"]

LONGEST_PAUSE: Final = 30.0
"""Seconds between two starts of a worker that keeps dying."""
HEALTHY_AFTER: Final = 30.0
"""Seconds after which a worker's death is no longer counted as one in a row."""
KILL_AFTER: Final = 2.0
"""Seconds beyond the shutdown limit after which a worker is killed."""


class Worker:
    """One worker process, seen from its parent.

    Attributes:
        ready: It accepts connections.
        leaving: It was told to end.
        replaces: The worker that is told to end when this one is ready.
        shutdown_time: Seconds that it may take to end; known when it is ready.
    """

    __slots__ = ("kill_at", "leaving", "pid", "pipe", "ready", "replaces", "shutdown_time", "slot", "started")

    def __init__(self, pid: int, pipe: int, slot: Slot, replaces: Worker | None) -> None:
        self.pid = pid
        self.pipe = pipe
        self.slot = slot
        self.replaces = replaces
        self.started = time.monotonic()
        self.ready = self.leaving = False
        self.shutdown_time = 0.0
        self.kill_at = float("inf")


class Slot:
    """A place for a worker, with the listener that stays.

    Attributes:
        deaths: Unexpected ends in a row.
        start_at: When the next worker may start; ``None`` while there is one.
    """

    __slots__ = ("deaths", "listener", "start_at")

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.deaths = 0
        self.start_at: float | None = 0.0


class Supervisor:
    """Keeps one worker in each slot until told to stop.

    SIGTERM and SIGINT stop: workers finish their requests within the limit and are killed after it; a second one kills
    at once. SIGHUP replaces the workers one by one: each successor accepts connections before the old one stops.

    Args:
        load: Gives the application; called in the workers alone.
        options: How it is served.
        listeners: One for each slot.
    """

    def __init__(self, load: Load, options: ServeOptions, listeners: list[socket.socket]) -> None:
        self._load = load
        self._options = options
        self._slots = [Slot(listener) for listener in listeners]
        self._workers: dict[int, Worker] = {}
        self._to_replace: list[Worker] = []
        self._stopping = False
        self._ever_ready = False
        self._status = 0
        self._wake_in, self._wake_out = os.pipe()
        self._life_in, self._life_out = os.pipe()

    def run(self) -> int:
        """Supervise to the end; return the exit status."""
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        handled = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
        before = {number: signal.signal(number, _wake) for number in handled}
        wakeup = signal.set_wakeup_fd(self._wake_out, warn_on_full_buffer=False)
        try:
            while not (self._stopping and not self._workers):
                self._start_due()
                self._wait()
                self._reap()
                self._kill_overdue()
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            for fd in (self._wake_in, self._wake_out, self._life_in, self._life_out):
                os.close(fd)
        return self._status

    # ---- waiting

    def _wait(self) -> None:
        """Wait for a signal, for a worker that is ready, or for what is due next."""
        waiting = {worker.pipe: worker for worker in self._workers.values() if not worker.ready and worker.pipe >= 0}
        due = [slot.start_at for slot in self._slots if slot.start_at is not None and self._may_start]
        due += [worker.kill_at for worker in self._workers.values()]
        pause = max(0.0, min([*due, time.monotonic() + 60.0]) - time.monotonic())
        readable, _, _ = select.select([self._wake_in, *waiting], [], [], pause)
        for fd in readable:
            if fd == self._wake_in:
                with suppress(BlockingIOError):
                    for number in os.read(self._wake_in, 512):
                        self._heed(number)
            else:
                self._note_ready(waiting[fd])

    def _heed(self, number: int) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            if self._stopping:
                self._send_all(signal.SIGKILL)
            self._stop(0)
        elif number == signal.SIGHUP and not self._stopping:
            logger.info("Replacing the workers")
            self._to_replace = [worker for worker in self._workers.values() if not worker.leaving]
            self._replace_next()

    def _note_ready(self, worker: Worker) -> None:
        """A worker accepts connections, or has closed its pipe by ending, which SIGCHLD tells."""
        said = os.read(worker.pipe, 32)
        os.close(worker.pipe)
        worker.pipe = -1
        if not said:
            return
        worker.shutdown_time = float(said)
        worker.ready = self._ever_ready = True
        if worker.replaces is not None and worker.replaces.pid in self._workers:
            self._tell_to_leave(worker.replaces, signal.SIGHUP)
        self._replace_next()

    # ---- starting and replacing

    @property
    def _may_start(self) -> bool:
        """Until one worker is ready, there is one alone: what keeps it from starting is said once."""
        return not self._stopping and (self._ever_ready or not self._workers)

    def _start_due(self) -> None:
        now = time.monotonic()
        for slot in self._slots:
            if slot.start_at is not None and slot.start_at <= now and self._may_start:
                slot.start_at = None
                self._fork(slot, None)

    def _replace_next(self) -> None:
        """Start the next successor; one at a time, so that there is never much more than usual."""
        if any(worker.replaces is not None and not worker.ready for worker in self._workers.values()):
            return
        while self._to_replace:
            worker = self._to_replace.pop(0)
            if worker.pid in self._workers and not worker.leaving:
                self._fork(worker.slot, worker)
                return

    def _fork(self, slot: Slot, replaces: Worker | None) -> None:
        ready_in, ready_out = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(ready_in)
            self._be_worker(slot, ready_out)
        os.close(ready_out)
        self._workers[pid] = Worker(pid, ready_in, slot, replaces)

    def _be_worker(self, slot: Slot, ready: int) -> None:
        """Run a worker in the child; never return."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the supervisor decides
            for fd in (self._wake_in, self._wake_out, self._life_out):
                os.close(fd)
            for other in self._workers.values():
                if other.pipe >= 0:
                    os.close(other.pipe)
            for one in self._slots:
                if one.listener is not slot.listener:
                    one.listener.close()

            def tell(shutdown_time: float) -> None:
                os.write(ready, b"%.3f" % shutdown_time)
                os.close(ready)

            gc.disable()  # what is imported now stays; the worker turns it on when it is ready
            from rooftree.server.worker import run_worker

            status = run_worker(self._load, self._options, slot.listener, on_ready=tell, parent=self._life_in)
        except BaseException:  # noqa: BLE001 - nothing may run on into the supervisor's code
            logger.exception("A worker failed")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    # ---- ending

    def _reap(self) -> None:
        """Take note of workers that have ended."""
        while self._workers:
            try:
                pid, raw = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            worker = self._workers.pop(pid, None)
            if worker is not None:
                self._bury(worker, os.waitstatus_to_exitcode(raw))

    def _bury(self, worker: Worker, status: int) -> None:
        if worker.pipe >= 0:
            os.close(worker.pipe)
        if worker.leaving or any(other.replaces is worker for other in self._workers.values()):
            return  # it was to go, or its successor is on its way already
        if worker.replaces is not None and not worker.ready:
            logger.error("The successor of worker %d ended with %d; the old one stays", worker.replaces.pid, status)
            self._to_replace.clear()
            if worker.replaces.pid in self._workers:
                return
        if status == START_FAILED and not self._ever_ready:
            self._stop(1)
            return
        slot = worker.slot
        if time.monotonic() - worker.started > HEALTHY_AFTER:
            slot.deaths = 0
        pause = min(LONGEST_PAUSE, 0.25 * 2**slot.deaths) if slot.deaths else 0.0
        slot.deaths += 1
        slot.start_at = time.monotonic() + pause
        if not self._stopping:
            logger.error("Worker %d ended with %d; another starts in %g s", worker.pid, status, pause)

    def _stop(self, status: int) -> None:
        if not self._stopping:
            self._stopping = True
            self._status = status
            for slot in self._slots:
                slot.listener.close()
        for worker in self._workers.values():
            self._tell_to_leave(worker, signal.SIGTERM)

    def _tell_to_leave(self, worker: Worker, number: signal.Signals) -> None:
        worker.leaving = True
        worker.kill_at = time.monotonic() + worker.shutdown_time + KILL_AFTER
        with suppress(ProcessLookupError):
            os.kill(worker.pid, number)

    def _send_all(self, number: signal.Signals) -> None:
        for pid in self._workers:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _kill_overdue(self) -> None:
        now = time.monotonic()
        for worker in self._workers.values():
            if worker.kill_at <= now:
                logger.warning("Worker %d did not end in time and is killed", worker.pid)
                worker.kill_at = float("inf")
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)


def _wake(_number: int, _frame: object) -> None:
    """Do nothing: the wake-up descriptor tells the loop which signal came."""
