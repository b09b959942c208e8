"""Batches of short requests, slices of long jobs, models to warm: one thread computes them, or hands them to where that is done."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from gan_demos.errors import UserError
from gan_demos.inference.backends import Backend
from gan_demos.inference.batching import split, stack
from gan_demos.inference.jobs import Job, Jobs
from gan_demos.inference.models import is_out_of_memory
from gan_demos.inference.queueing import Queue, Ticket, broken_off_error, closed_error
from gan_demos.inference.statistics import Statistics

SECOND = 1.0
CALM = 5  # rounds without work, a second each, after which freed memory is given back
MAX_THREADS = 1024  # that wait for answers from elsewhere; a thread is only made once it is needed

logger = logging.getLogger(__name__)


class Worker:
    """Runs rounds until closed. A round is: every request that waited at its start, then one slice of one job.

    So neither can starve the other: a request waits for one slice at most before the queue moves, and a job gets a slice for
    every queueful. Models are warmed in rounds that have nothing else to do.

    Where the backend takes several forwards at a time, the round starts them in threads that wait for their answers, as many as the
    backend says, and what waits is spread over those that are free. Slices of different jobs run side by side then.
    """

    def __init__(
        self, queue: Queue, jobs: Jobs, backend: Backend, statistics: Statistics, changed: threading.Condition, max_batch: int
    ) -> None:
        self._queue = queue
        self._jobs = jobs
        self._backend = backend
        self._statistics = statistics
        self._changed = changed
        self._max_batch = max_batch
        self._warming: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(MAX_THREADS, "inference") if backend.parallel > 1 else None
        self._forwards: set[Future[None]] = set()  # in the pool now
        self._others: set[Future[None]] = set()  # slices and models to warm there
        self._closed = False
        self._calm = 0  # rounds without work, one after another
        self._thread: threading.Thread | None = None

    def ensure_running(self) -> None:
        """Starts the thread on first use, and again should it be gone."""
        with self._changed:
            if not self._closed and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="inference", daemon=True)
                self._thread.start()

    def is_current_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def warm(self, names: Iterable[str]) -> list[Future[None]]:
        """Loads models when nothing else waits. Futures end when each is there, with the loader's error if it raised."""
        with self._changed:
            if self._closed:
                raise closed_error()
            futures = [self._warming.setdefault(name, Future()) for name in names]
            self._changed.notify_all()
        self.ensure_running()
        return futures

    def close(self, timeout: float) -> None:
        """Ends after the batch or slice at work now, which is still answered, if within `timeout` seconds: later it is told so."""
        with self._changed:
            self._closed = True
            warming, self._warming = self._warming, {}
            self._changed.notify_all()
        for future in warming.values():
            if future.set_running_or_notify_cancel():
                future.set_exception(closed_error())
        if self._thread is not None and not self.is_current_thread():
            deadline = time.monotonic() + timeout
            self._thread.join(timeout)
            if self._pool is not None:
                self._pool.shutdown(wait=False)
                with self._changed:
                    tasks = self._forwards | self._others
                wait(tasks, max(0.0, deadline - time.monotonic()))
            for ticket in self._queue.running():
                ticket.fail(closed_error())

    def _run(self) -> None:
        while True:
            try:
                while self._round():
                    pass
                return
            except BaseException:  # SystemExit and its like out of a network or a loader: nobody may be left waiting for ever
                logger.exception("The inference worker broke off and goes on with the next request")

    def _round(self) -> bool:
        with self._changed:
            busy = self._changed.wait_for(
                lambda: self._closed or (self._free() > 0 and (len(self._queue) or self._warming)) or self._jobs.pending(),
                timeout=SECOND,  # a job's stream dropped by the garbage collector notifies nobody
            )
            closed, last = self._closed, self._queue.last()
        if closed:
            self._close_jobs()
            return False
        self._calm = 0 if busy else self._calm + 1
        if self._calm == CALM:
            self._backend.release()
        while tickets := self._take(last):
            self._start(self._forwards, self._serve, tickets)
        if job := self._jobs.take():
            self._start(self._others, self._slice, job)
        elif self._free() > 0 and not len(self._queue):
            self._warm_one()
        return True

    def _free(self) -> int:
        """How many more forwards the backend takes now."""
        return self._backend.parallel - len(self._forwards)

    def _take(self, last: int) -> list[Ticket]:
        if (free := self._free()) <= 0:
            return []
        return self._queue.take(last, max(1, min(self._max_batch, math.ceil(len(self._queue) / free))))

    def _start(self, tasks: set[Future[None]], function: Callable[..., None], *arguments: Any) -> None:
        """Calls the function: here, or in the pool, where it is one of `tasks` meanwhile."""
        if self._pool is None:
            function(*arguments)
            return

        def end(task: Future[None]) -> None:
            if error := task.exception():
                logger.error("An inference thread broke off", exc_info=error)
            with self._changed:
                tasks.discard(task)
                self._changed.notify_all()

        with self._changed:
            tasks.add(task := self._pool.submit(function, *arguments))
        task.add_done_callback(end)

    def _serve(self, tickets: list[Ticket]) -> None:
        try:
            if self._load(tickets):
                self._answer(tickets)
        except BaseException:
            for ticket in tickets:
                if not ticket.done:
                    self._fail([ticket], broken_off_error())
            raise

    def _load(self, tickets: list[Ticket]) -> bool:
        model = tickets[0].model
        try:
            tickets[0].context.run(self._backend.load, model)
            return True
        except Exception as error:
            self._fail(tickets, _plain(error, f"The model {model}"))
            return False

    def _answer(self, tickets: list[Ticket]) -> None:
        """One forward. When it fails, its halves are tried: that finds room if memory ran out, and else the one item that is to blame."""
        model, method = tickets[0].model, tickets[0].method
        started = time.perf_counter()
        try:
            batch = stack([ticket.inputs for ticket in tickets])
            outputs = tickets[0].context.run(self._backend.run, model, method, batch)
            answers = split(outputs, len(tickets))
        except Exception as error:
            out_of_memory = is_out_of_memory(error)
            if len(tickets) == 1:
                self._fail(tickets, _plain(error, "This request"))
        else:
            taken = time.perf_counter() - started
            self._statistics.batch(model, len(tickets), taken)
            for ticket, answer in zip(tickets, answers, strict=True):
                age = ticket.age()
                self._statistics.answer(model, age, max(0.0, age - taken))
                ticket.succeed(answer)
            return
        # Only here, with the exception gone, are the tensors gone that its traceback held.
        if out_of_memory:
            self._backend.release()
        if len(tickets) > 1:
            half = (len(tickets) + 1) // 2
            self._answer(tickets[:half])
            self._answer(tickets[half:])

    def _fail(self, tickets: list[Ticket], error: Exception) -> None:
        if not isinstance(error, UserError):
            logger.error("A request to %s.%s failed", tickets[0].model, tickets[0].method, exc_info=error)
        for ticket in tickets:
            self._statistics.error(ticket.model)
            ticket.fail(error)

    def _slice(self, job: Job) -> None:
        try:
            if not job.over:
                self._jobs.put(job, job.context.run(self._advance, job))
        except StopIteration:
            self._jobs.finish(job)
        except Exception as error:
            if not isinstance(error, UserError):
                logger.error("The job %r failed", job.name, exc_info=error)
            self._jobs.finish(job, _plain(error, f"This job ({job.name})"))
        except BaseException:
            self._jobs.finish(job, broken_off_error())
            job.slices = None
            raise
        finally:
            if job.over:
                self._close_job(job)
            self._jobs.give_back(job)

    def _advance(self, job: Job) -> Any:
        if job.slices is None:
            job.slices = self._backend.slices(job.function)
        return next(job.slices)

    def _close_job(self, job: Job) -> None:
        """Runs the job's `finally` blocks, on the thread that has taken it like all of it."""
        slices, job.slices = job.slices, None
        close = getattr(slices, "close", None)
        if close is not None:
            try:
                job.context.run(close)
            except Exception:
                logger.exception("The job %r failed while it was stopped", job.name)

    def _close_jobs(self) -> None:
        while job := self._jobs.take():
            self._close_job(job)

    def _warm_one(self) -> None:
        with self._changed:
            name = next(iter(self._warming), None)
            if name is None:
                return
            future = self._warming.pop(name)
        if not future.set_running_or_notify_cancel():
            return
        self._start(self._forwards, self._warm, name, future)

    def _warm(self, name: str, future: Future[None]) -> None:
        try:
            self._backend.load(name)
        except BaseException as error:
            future.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            future.set_result(None)


def _plain(error: Exception, subject: str) -> Exception:
    """What the visitor gets for `error`: itself, unless memory ran out."""
    if is_out_of_memory(error):
        return UserError(f"{subject} does not fit into the memory here: ask for something smaller, or try again later.")
    return error
