"""Serves the toy demo where next to nothing can be had: no other host, no name for the user, no system folder for temporary files.

`python -m tests.fault_server FOLDER` writes into FOLDER the addresses that were asked for (`asked`), and that the slow network was entered
(`entered`); that network answers once the file `leave` is there.
"""

import os
import pwd
import socket
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(sys.argv[1])


def alone() -> None:
    """This machine's own addresses work; every other one is written down and refused."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            with (FOLDER / "asked").open("a") as asked:
                asked.write(f"{address}\n")
            raise OSError(101, "Network is unreachable")
        return connect(self, address)

    def resolve(host, *args, **kwargs):
        if host not in (None, "", "127.0.0.1", "::1", "localhost", b"127.0.0.1", b"localhost"):
            with (FOLDER / "asked").open("a") as asked:
                asked.write(f"{host}\n")
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        return getaddrinfo(host, *args, **kwargs)

    getaddrinfo, socket.getaddrinfo, socket.socket.connect = socket.getaddrinfo, resolve, guarded


def nameless() -> None:
    """The user is a number without an entry in /etc/passwd, as in many a container."""

    def unknown(number: int):
        raise KeyError(f"getpwuid(): uid not found: {number}")

    pwd.getpwuid = unknown


def read_only() -> None:
    """The folder of the package, in which it is started, cannot be written, nor any for temporary files."""
    try:
        (Path.cwd() / "written").touch()
    except PermissionError:
        tempfile._candidate_tempdir_list = lambda: [str(Path.cwd())]
    else:
        sys.exit(f"{Path.cwd()} can be written")


if __name__ == "__main__":
    alone()
    nameless()
    read_only()

    from dataclasses import replace

    from gan_demos import application, catalog
    from gan_demos.demo import Endpoint
    from tests import toy, toy_tab

    class Slow(toy.ToyGenerator):
        def forward(self, latents):
            if (FOLDER / "hold").exists():
                (FOLDER / "entered").touch()
                while not (FOLDER / "leave").exists():
                    time.sleep(0.02)
            return super().forward(latents)

    def twice(context, request):
        """Asks the engine a second time when the first answer has come."""
        toy.tone(context, request)
        return toy.tone(context, request)

    endpoints = {**toy_tab.DEMO.endpoints, "twice": Endpoint("twice", toy.ToneRequest, twice, "Makes it twice.", {}, (toy.NAME,))}
    catalog.DEMOS = (replace(toy_tab.DEMO, networks={"ToyGenerator": Slow}, endpoints=endpoints),)
    assert "HOME" not in os.environ
    application.FINISH_SECONDS = 60.0  # the test says when the request is to be done
    application.serve()
