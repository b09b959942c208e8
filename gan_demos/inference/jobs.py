"""Long jobs: generator functions whose slices run between short requests."""

import contextvars
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from gan_demos.errors import CancelledError
from gan_demos.inference.backends import JobFunction
from gan_demos.inference.owners import owns
from gan_demos.inference.queueing import busy, closed_error
from gan_demos.inference.statistics import Statistics

BUFFER = 2  # values a job may be ahead of the one who reads them


class Job:
    """A job and what it has yielded that nobody has read yet. `over` means that no slice will run any more."""

    def __init__(self, function: JobFunction, name: str, owner: str | None) -> None:
        self.function = function
        self.name = name
        self.owner = owner
        self.context = contextvars.copy_context()
        self.slices: Iterator[Any] | None = None  # started, advanced and closed by the thread that has taken the job
        self.buffer: deque[Any] = deque()
        self.over = False
        self.at_work = False  # a thread has taken it and not given it back
        self.error: BaseException | None = None
        self.done_slices = 0
        self.started = time.perf_counter()

    @property
    def pending(self) -> bool:
        """Whether it is to be advanced, or to be closed."""
        return not self.at_work and (self.over or len(self.buffer) < BUFFER)


class JobStream:
    """What the job yields, as an iterator. Closing it, or dropping it, stops the job; so a visitor who is gone frees the place."""

    def __init__(self, jobs: "Jobs", job: Job) -> None:
        self._jobs = jobs
        self._job = job

    def __iter__(self) -> "JobStream":
        return self

    def __next__(self) -> Any:
        return self._jobs.read(self._job)

    def close(self) -> None:
        self._jobs.stop(self._job)

    def __del__(self) -> None:
        # The garbage collector may call this in the middle of anything, so it must not wait for a lock. The place is free at
        # once; the worker looks for jobs to close every second.
        self._job.over = True


class Jobs:
    """The running jobs, round robin, at most `limit`. Safe from any thread; `changed` is notified when there is something to do."""

    def __init__(self, limit: int, changed: threading.Condition, statistics: Statistics) -> None:
        self.limit = limit
        self._changed = changed
        self._statistics = statistics
        self._jobs: list[Job] = []  # the next one to run first; one that is over stays until the worker has closed it
        self._closed = False

    def start(self, function: JobFunction, name: str, owner: str | None) -> JobStream:
        """`BusyError` when `limit` jobs run already."""
        with self._changed:
            if self._closed:
                raise closed_error()
            running = [job for job in self._jobs if not job.over]
            if len(running) >= self.limit:
                now = time.perf_counter()
                seconds = min(self._statistics.seconds_left(job.name, now - job.started) for job in running)
                raise busy(seconds, f" with {self.limit} long jobs")
            job = Job(function, name, owner)
            self._jobs.append(job)
            self._changed.notify_all()
            return JobStream(self, job)

    def read(self, job: Job) -> Any:
        """The job's next value. `StopIteration` at its end; what stopped it, once, if something did."""
        with self._changed:
            self._changed.wait_for(lambda: job.buffer or job.over)
            if job.buffer:
                self._changed.notify_all()
                return job.buffer.popleft()
            error, job.error = job.error, None
        raise error or StopIteration

    def pending(self) -> bool:
        """Whether some job needs the worker."""
        with self._changed:
            return any(job.pending for job in self._jobs)

    def take(self) -> Job | None:
        """The next job to advance, until it is given back; or one that is over and only has to be closed (it is forgotten here)."""
        with self._changed:
            for job in self._jobs:
                if job.pending:
                    self._jobs.remove(job)
                    if not job.over:
                        job.at_work = True
                        self._jobs.append(job)
                    return job
            return None

    def give_back(self, job: Job) -> None:
        """Its slice is done: it can be taken again."""
        with self._changed:
            job.at_work = False
            self._changed.notify_all()

    def put(self, job: Job, value: Any) -> None:
        """A slice's value. Dropped when the job was stopped meanwhile. None is no value: waking the reader for it would hold up both."""
        with self._changed:
            job.done_slices += 1
            if not job.over and value is not None:
                job.buffer.append(value)
                self._changed.notify_all()

    def finish(self, job: Job, error: BaseException | None = None) -> None:
        """The job has ended by itself; values not read yet can still be read."""
        with self._changed:
            if not job.over:
                job.over = True
                job.error = error
                self._note(job)
                self._changed.notify_all()

    def stop(self, job: Job, error: Exception | None = None) -> bool:
        """Ends the job from outside; the reader gets `error`, if any, instead of what it had not read. False if it was over."""
        with self._changed:
            stopped = not job.over
            job.over = True
            if stopped:
                self._note(job)
            if stopped or error is None:
                job.buffer.clear()
                job.error = error
            self._changed.notify_all()
            return stopped

    def _note(self, job: Job) -> None:
        self._statistics.job(job.name, time.perf_counter() - job.started)

    def stop_owner(self, owner: str) -> int:
        """Stops all of an owner's jobs; returns how many."""
        with self._changed:
            theirs = [job for job in self._jobs if owns(owner, job.owner)]
            return sum(self.stop(job, CancelledError(f"Stopped: {job.name}.")) for job in theirs)

    def close(self) -> None:
        """Stops every job, and refuses new ones."""
        with self._changed:
            self._closed = True
            for job in list(self._jobs):
                self.stop(job, closed_error())

    def snapshot(self) -> list[dict[str, Any]]:
        """Name, slices done and seconds since the start of every running job. Never whose it is."""
        with self._changed:
            now = time.perf_counter()
            return [{"name": job.name, "slices": job.done_slices, "seconds": now - job.started} for job in self._jobs if not job.over]
