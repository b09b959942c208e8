"""Long jobs: generator functions whose slices run between short requests."""

import contextvars
import heapq
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from gan_demos.errors import CancelledError
from gan_demos.inference.backends import JobFunction
from gan_demos.inference.owners import owns, visitor_of
from gan_demos.inference.queueing import busy, closed_error, whole
from gan_demos.inference.statistics import Statistics

BUFFER = 2  # values a job may be ahead of the one who reads them
TURNS = 32  # slices over whose time a mean is taken: a few rounds of all jobs, so that it follows a rush
ENDS = 64  # jobs by which it is known how many visitors leave before theirs is done
GUESS = 30.0  # seconds of a job of which nobody said how many slices it has


class Job:
    """A job and what it has yielded that nobody has read yet. `over` means that no slice will run any more.

    all_slices: how many it will have, if said. told: seconds that its visitor was told it would wait in line; None if it began at once.
    """

    def __init__(self, function: JobFunction, name: str, owner: str | None, slices: int | None) -> None:
        self.function = function
        self.name = name
        self.owner = owner
        self.all_slices = slices
        self.context = contextvars.copy_context()
        self.slices: Iterator[Any] | None = None  # started, advanced and closed by the thread that has taken the job
        self.buffer: deque[Any] = deque()
        self.over = False
        self.at_work = False  # a thread has taken it and not given it back
        self.error: BaseException | None = None
        self.done_slices = 0
        self.asked = self.started = self.moved = time.perf_counter()  # moved: when it began, or its last slice was done
        self.told: float | None = None

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
    """The running jobs, round robin, at most `limit`, and a line of at most `line` that begin in order when those are over. Safe from any
    thread; `changed` is notified when there is something to do."""

    def __init__(self, limit: int, line: int, changed: threading.Condition, statistics: Statistics) -> None:
        self.limit, self.line = limit, line
        self._changed = changed
        self._statistics = statistics
        self._jobs: list[Job] = []  # the next one to run first; one that is over stays until the worker has closed it
        self._line: list[Job] = []  # none of them was ever taken
        self._turns: deque[float] = deque(maxlen=TURNS)  # seconds from slice to slice of a job, over the jobs that took turns then
        self._ends: deque[tuple[float, float]] = deque(maxlen=ENDS)  # seconds from asking until it was over, share of its slices done
        self._closed = False

    def start(
        self, function: JobFunction, name: str, owner: str | None, tell: Callable[[str], object] | None = None, slices: int | None = None
    ) -> JobStream:
        """The job begins at once, or waits in line, which `tell` is told in a sentence. `BusyError` when the line is full, or when the
        visitor would have more than half of all places."""
        with self._changed:
            if self._closed:
                raise closed_error()
            self._move_up()
            visitor, places = visitor_of(owner), self.limit + self.line
            theirs = [job for job in (*self._running(), *self._line) if visitor is not None and visitor_of(job.owner) == visitor]
            if len(theirs) >= max(1, places // 2):
                raise busy(min(map(self._over_in, theirs)), " with what you asked for before")
            full = len(self._running()) >= self.limit
            if full and len(self._line) >= self.line:
                raise busy(self._begins(0), f" with {places} long jobs")
            job, sentence = Job(function, name, owner, slices), None
            if full:
                job.told = self._begins(len(self._line))
                sentence = _in_line(len(self._line), job.told)
                self._line.append(job)
            else:
                self._jobs.append(job)
            self._changed.notify_all()
        stream = JobStream(self, job)
        if sentence is not None and tell is not None:
            tell(sentence)
        return stream

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
            self._move_up()
            return any(job.pending for job in self._jobs)

    def take(self) -> Job | None:
        """The next job to advance, until it is given back; or one that is over and only has to be closed (it is forgotten here)."""
        with self._changed:
            self._move_up()
            for job in self._jobs:
                if job.pending:
                    self._jobs.remove(job)
                    if job.over:
                        self._ended(job)
                    else:
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
            now = time.perf_counter()
            self._turns.append((now - job.moved) / max(1, len(self._running())))
            job.done_slices, job.moved = job.done_slices + 1, now
            if not job.over and value is not None:
                job.buffer.append(value)
                self._changed.notify_all()

    def finish(self, job: Job, error: BaseException | None = None) -> None:
        """The job has ended by itself; values not read yet can still be read."""
        with self._changed:
            if not job.over:
                job.over = True
                job.error = error
                self._changed.notify_all()

    def stop(self, job: Job, error: Exception | None = None) -> bool:
        """Ends the job from outside; the reader gets `error`, if any, instead of what it had not read. False if it was over."""
        with self._changed:
            stopped = not job.over
            job.over = True
            if stopped or error is None:
                job.buffer.clear()
                job.error = error
            self._changed.notify_all()
            return stopped

    def stop_owner(self, owner: str) -> int:
        """Stops all of an owner's jobs; returns how many."""
        with self._changed:
            theirs = [job for job in (*self._jobs, *self._line) if owns(owner, job.owner)]
            return sum(self.stop(job, CancelledError(f"Stopped: {job.name}.")) for job in theirs)

    def close(self) -> None:
        """Stops every job, and refuses new ones."""
        with self._changed:
            self._closed = True
            for job in (*self._jobs, *self._line):
                self.stop(job, closed_error())

    def snapshot(self) -> list[dict[str, Any]]:
        """Name, slices done and seconds since the start of every running job. Never whose it is."""
        with self._changed:
            now = time.perf_counter()
            return [{"name": job.name, "slices": job.done_slices, "seconds": now - job.started} for job in self._jobs if not job.over]

    def waiting(self) -> int:
        """How many wait in line."""
        with self._changed:
            return sum(not job.over for job in self._line)

    def _running(self) -> list[Job]:
        return [job for job in self._jobs if not job.over]

    def _move_up(self) -> None:
        """The first in line begin where there is room. Called with the lock."""
        for job in [job for job in self._line if job.over]:
            self._line.remove(job)
            self._ended(job)
        while self._line and len(self._running()) < self.limit:
            job = self._line.pop(0)
            job.started = job.moved = time.perf_counter()
            self._statistics.told(job.told, job.started - job.asked)
            self._jobs.append(job)

    def _begins(self, ahead: int) -> float:
        """Seconds until a job begins that has `ahead` jobs of the line before it. Called with the lock, while all places are taken."""
        ends = [self._left(job) for job in self._running()]
        heapq.heapify(ends)
        for job in self._line[:ahead]:
            heapq.heapreplace(ends, ends[0] + self._left(job))
        return ends[0]

    def _over_in(self, job: Job) -> float:
        """Seconds until it is over, its wait in line counted."""
        return self._left(job) + (self._begins(self._line.index(job)) if job in self._line else 0.0)

    def _left(self, job: Job) -> float:
        """Seconds that it goes on once it has begun, with as many others as now. Some visitors leave before it is done, most of them soon,
        so this is a mean: the jobs that ended lately and came as far as this one tell how far it will come."""
        if job.all_slices is None or not self._turns:
            age = 0.0 if job in self._line else time.perf_counter() - job.started
            return max(GUESS - age, age)
        done, age = job.done_slices / max(1, job.all_slices), time.perf_counter() - job.asked
        as_far = [share for seconds, share in self._ends if (share > done if done else seconds > age)]
        share = max(0.0, statistics.mean([1.0, *as_far]) - done)
        return share * job.all_slices * statistics.mean(self._turns) * max(1, len(self._running()))

    def _ended(self, job: Job) -> None:
        """It is over and forgotten now. Called with the lock."""
        if job.all_slices:
            self._ends.append((time.perf_counter() - job.asked, job.done_slices / job.all_slices))


def _in_line(ahead: int, seconds: float) -> str:
    others = f"{ahead} more are before yours: it begins" if ahead else "yours is the next: it begins"
    return f"Long jobs of others are at work and {others} in about {whole(seconds)} s."
