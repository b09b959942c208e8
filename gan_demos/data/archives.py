"""The form of our dataset files, and how one is built and checked.

A dataset file is a zip of numbered files (`00000.flac` or `000000.webp`, …) and `rows.jsonl`, the labels of each in the same order.
Nothing of a public archive is unpacked to disk: the names in it are read, never used as paths.
"""

import hashlib
import json
import os
import re
import tempfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ..errors import UserError
from .download import download

MAX_MEMBER_BYTES = 64 << 20  # of one file in a public archive; a clip is a few seconds long, a photograph small
# what zipfile, soundfile, Pillow and json raise for damaged files
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, KeyError, ValueError, SyntaxError)


@dataclass(frozen=True, kw_only=True)
class Source(ABC):
    """Where a dataset comes from and what must be in its file.

    `labels` is the sha256 over the labels, `content` over labels and what the files hold: see `digests`.
    """

    name: str
    file: str  # below `sources.root()`
    title: str
    address: str  # or the packages it is made from
    licence: str
    rows: int
    labels: str
    content: str
    exact: bool = True  # False: building gives the same rows, but not the same samples or pixels to the last bit everywhere
    note: str = ""

    MEMBER: ClassVar[str]  # name of a numbered file, a format of its number

    @abstractmethod
    def make(self, folder: Path) -> Iterator[tuple[dict, bytes]]:
        """Fetch what is needed into `folder`; give (labels, file) of each row in turn. `UserError` where that fails."""

    @abstractmethod
    def content_of(self, file: bytes) -> bytes:
        """What `content` covers of one file; `ValueError` where it is not the kind of file it should be."""


@dataclass(frozen=True, kw_only=True)
class ArchiveSource(Source):
    """A dataset that is one public zip.

    `pattern` finds its files by their path below the top folder; its named groups are the labels, and the order of the paths is the order
    of the rows.
    """

    pattern: str
    max_bytes: int  # of the download

    @abstractmethod
    def convert(self, file: bytes) -> bytes:
        """A file of the public archive → ours."""

    def make(self, folder: Path) -> Iterator[tuple[dict, bytes]]:
        archive = folder / "archive.zip"
        download(self.address, archive, self.max_bytes)
        with zipfile.ZipFile(archive) as given:
            pattern = re.compile(self.pattern)
            found = [(match, info) for info in given.infolist() if (match := pattern.fullmatch(info.filename.partition("/")[2]))]
            if len(found) != self.rows:
                raise UserError(f"The archive of {self.name} has {len(found):,} such files, not {self.rows:,}: it is another version.")
            for match, info in sorted(found, key=lambda item: item[0].string):
                if info.file_size > MAX_MEMBER_BYTES:
                    raise UserError(f"{info.filename} in the archive of {self.name} is far too large.")
                labels = {key: int(text) if text.isdecimal() else text for key, text in match.groupdict().items()}
                yield labels, self.convert(given.read(info))


def build(source: Source, target: Path) -> None:
    """Make `target` from what the source names; `UserError`, and no file left behind, where the result is not as expected."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=target.parent) as folder:
        made = Path(folder) / "made.zip"
        try:
            write(made, source.MEMBER, source.make(Path(folder)))
        except UNREADABLE as error:
            raise UserError(f"What {source.name} is made from cannot be read: {error}. Try again; it may have been cut short.") from None
        problem = verify(source, made)
        if problem:
            raise UserError(f"What {source.address} gives is not the dataset {source.name}: {problem}. Nothing was kept.")
        os.replace(made, target)


def write(file: Path, member: str, items: Iterable[tuple[dict, bytes]]) -> None:
    """Write a dataset file of (labels, file) pairs; the same items always give the same bytes."""
    rows = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as out:
        for number, (row, content) in enumerate(items):
            out.writestr(zipfile.ZipInfo(member.format(number)), content)
            rows.append(row)
        out.writestr(zipfile.ZipInfo("rows.jsonl"), "".join(json.dumps(row) + "\n" for row in rows))


def items(file: Path, member: str) -> Iterator[tuple[dict, bytes]]:
    """(labels, file) of each row of a dataset file."""
    with zipfile.ZipFile(file) as archive:
        for number, line in enumerate(archive.read("rows.jsonl").decode().splitlines()):
            yield json.loads(line), archive.read(member.format(number))


def digests(source: Source, file: Path) -> tuple[int, str, str]:
    """(rows, sha256 of the labels, sha256 of labels and contents) of a dataset file; `UserError` where it is damaged.

    Labels: each row's JSON with sorted keys and a line feed. Contents: the same line and what `source.content_of` gives, for each row in
    turn. How the zip was packed does not matter.
    """
    count, labels, content = 0, hashlib.sha256(), hashlib.sha256()
    try:
        for row, held in items(file, source.MEMBER):
            line = (json.dumps(row, sort_keys=True) + "\n").encode()
            labels.update(line)
            content.update(line + source.content_of(held))
            count += 1
    except UNREADABLE as error:
        raise UserError(f"{file} is damaged: {error}.") from None
    return count, labels.hexdigest(), content.hexdigest()


def verify(source: Source, file: Path) -> str:
    """Hold a dataset file to its checksum; "" where it fits, else what is wrong."""
    try:
        rows, labels, content = digests(source, file)
    except UserError as error:
        return str(error).rstrip(".")
    if content == source.content or (labels == source.labels and not source.exact):
        return ""
    if labels != source.labels:
        return f"its {rows:,} rows are other ones than the {source.rows:,} expected"
    return f"the sha256 of what it holds is {content} instead of {source.content}"
