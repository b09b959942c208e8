"""The one queue of a device, and the ticket a waiting request holds."""

import contextvars
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, InvalidStateError
from typing import Any

from torch import Tensor

from gan_demos.errors import BusyError, CancelledError, UserError
from gan_demos.inference.batching import signature, to_cpu
from gan_demos.inference.owners import owns, visitor_of
from gan_demos.inference.statistics import Statistics


def busy(seconds: float, reason: str = "") -> BusyError:
    """The one sentence a visitor reads when there is no room."""
    seconds = whole(seconds)
    return BusyError(f"Busy{reason}: try again in about {seconds} s.", seconds)


def whole(seconds: float) -> int:
    """As a visitor reads it: whole seconds, at least one."""
    return max(1, math.ceil(seconds))


def broken_off_error() -> UserError:
    return UserError("The computation broke off on our side: try again.")


def closed_error() -> UserError:
    return UserError("This server is shutting down and takes no more requests: try again in a minute.")


class Ticket:
    """One request. `number` is its place in the order of arrival, `key` says which requests may share its batch."""

    def __init__(
        self, queue: "Queue", model: str, method: str, inputs: Mapping[str, Tensor], owner: str | None, alone: bool = False
    ) -> None:
        if not inputs or not all(isinstance(value, Tensor) for value in inputs.values()):
            raise TypeError("inputs must be a dict of at least one tensor, without batch axis")
        self.model = model
        self.method = method
        self.owner = owner
        self.inputs = {name: to_cpu(value) for name, value in inputs.items()}  # copies: the caller may go on writing into its own
        self.key = (model, method, signature(inputs), object() if alone else None)
        self.context = contextvars.copy_context()  # ZeroGPU finds in it whose quota to charge
        self.number = -1
        self._queue = queue
        self._arrived = time.perf_counter()
        self._future: Future[Any] = Future()

    def result(self, timeout: float | None = None) -> Any:
        """Waits for the answer: a tensor, or a tuple or dict of tensors, no batch axis, on the CPU.

        Raises what the request failed with, and `BusyError` after `timeout` seconds, when the request is dropped from the queue.
        """
        try:
            return self._future.result(timeout)
        except TimeoutError:
            if self._future.done():  # the model's own TimeoutError, or an answer that came this instant
                return self._future.result()
        error = busy(self.position()[1], ", the answer did not come in time")
        self._queue.drop(self, error)
        raise error

    def cancel(self, owner: str | None = None) -> bool:
        """Drops the request if it is `owner`'s and still waits. True if it was dropped."""
        return owner == self.owner and self._queue.drop(self, CancelledError("Cancelled."))

    def position(self) -> tuple[int, float]:
        """(requests ahead, the ones at work included; estimated seconds until the answer). (0, 0.0) once it is there."""
        return self._queue.position(self)

    @property
    def done(self) -> bool:
        return self._future.done()

    def age(self) -> float:
        """Seconds since arrival."""
        return time.perf_counter() - self._arrived

    def succeed(self, value: Any) -> None:
        self._settle(self._future.set_result, value)

    def fail(self, error: BaseException) -> None:
        self._settle(self._future.set_exception, error)

    def _settle(self, setter: Callable[[Any], None], value: Any) -> None:
        try:
            setter(value)
        except InvalidStateError:
            pass  # already answered: the first answer counts


class Queue:
    """Bounded, in order of arrival; all methods are safe from any thread. `changed` is notified when there is something to do.

    `parallel` tells how many forwards run side by side, for estimates.
    """

    def __init__(
        self, capacity: int, changed: threading.Condition, statistics: Statistics, parallel: Callable[[], int] = lambda: 1
    ) -> None:
        self.capacity = capacity
        self._changed = changed
        self._statistics = statistics
        self._parallel = parallel
        self._numbers = itertools.count()
        self._last = -1
        self._waiting: dict[int, Ticket] = {}  # by number, in order of arrival
        self._running: list[Ticket] = []
        self._closed = False

    def put(self, tickets: list[Ticket]) -> None:
        """Takes all or none; they are one visitor's. `BusyError` when they do not fit, or when the visitor would have more than half of
        the places."""
        with self._changed:
            if self._closed:
                raise closed_error()
            visitor = visitor_of(tickets[0].owner) if tickets else None
            theirs = sum(visitor_of(ticket.owner) == visitor for ticket in self._waiting.values()) if visitor is not None else 0
            too_much = theirs > 0 and theirs + len(tickets) > self.capacity // 2
            if too_much or len(self._waiting) + len(tickets) > self.capacity:
                seconds = self._seconds([*self._at_work(), *self._waiting.values()])
                raise busy(seconds, " with what you asked for before" if too_much else "")
            for ticket in tickets:
                ticket.number = self._last = next(self._numbers)
                self._waiting[ticket.number] = ticket
            self._changed.notify_all()

    def last(self) -> int:
        """The number of the newest request that ever came in."""
        with self._changed:
            return self._last

    def take(self, last: int, limit: int) -> list[Ticket]:
        """The oldest request and up to `limit` - 1 others that can share its batch; none when nothing up to number `last` waits.

        Always serving the oldest first keeps a popular model from starving the others.
        """
        with self._changed:
            self._running = self._at_work()
            oldest = next(iter(self._waiting.values()), None)
            if oldest is None or oldest.number > last:
                return []
            same = (ticket for ticket in self._waiting.values() if ticket.key == oldest.key)
            taken = list(itertools.islice(same, limit))
            for ticket in taken:
                del self._waiting[ticket.number]
            self._running += taken
            return taken

    def running(self) -> list[Ticket]:
        """The requests that are computed now and have no answer yet."""
        with self._changed:
            return self._at_work()

    def drop(self, ticket: Ticket, error: Exception) -> bool:
        """Takes a waiting request out and fails it with `error`; False if it no longer waits."""
        with self._changed:
            dropped = self._waiting.pop(ticket.number, None) is not None
        if dropped:
            ticket.fail(error)
        return dropped

    def drop_owner(self, owner: str, error: Callable[[], Exception]) -> int:
        """Drops all of an owner's waiting requests; returns how many."""
        with self._changed:
            theirs = [ticket for ticket in self._waiting.values() if owns(owner, ticket.owner)]
        return sum(self.drop(ticket, error()) for ticket in theirs)

    def position(self, ticket: Ticket) -> tuple[int, float]:
        with self._changed:
            if ticket.done:
                return 0, 0.0
            own = self._statistics.seconds_per_item(ticket.model)
            if ticket.number not in self._waiting:
                return 0, own
            ahead = self._at_work()
            ahead += itertools.takewhile(lambda other: other is not ticket, self._waiting.values())
            return len(ahead), self._seconds(ahead) + own

    def close(self) -> None:
        """Fails everything that waits, and every request from now on."""
        with self._changed:
            self._closed = True
            waiting = list(self._waiting.values())
            self._waiting.clear()
            self._changed.notify_all()
        for ticket in waiting:
            ticket.fail(closed_error())

    def __len__(self) -> int:
        return len(self._waiting)

    def _at_work(self) -> list[Ticket]:
        return [ticket for ticket in self._running if not ticket.done]

    def _seconds(self, tickets: Iterable[Ticket]) -> float:
        return sum(self._statistics.seconds_per_item(ticket.model) for ticket in tickets) / max(1, self._parallel())
