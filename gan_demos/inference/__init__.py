"""The shared inference module: one queue, batching, model cache and long jobs for every tab."""

from gan_demos.inference.engine import Engine
from gan_demos.inference.owners import SEPARATOR, part_of
from gan_demos.inference.queueing import Ticket

__all__ = ["SEPARATOR", "Engine", "Ticket", "part_of"]
