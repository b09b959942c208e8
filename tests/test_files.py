"""Results as files: whole when they are read, gone when their time is over, and nothing left of them."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from gan_demos.ui import save_bytes
from gan_demos.ui.files import still_there, sweep


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def page(*sets: set[str], kept: str = "") -> SimpleNamespace:
    return SimpleNamespace(blocks={1: SimpleNamespace(keep_in_cache={kept}), 2: object()}, temp_file_sets=list(sets))


def test_what_is_old_goes_with_its_folder_and_its_name_from_every_list(cache):
    old, other, kept = (save_bytes(data, "tone", ".wav") for data in (b"old", b"other", b"kept"))
    beside = Path(other).parent / "beside.txt"
    beside.write_text("of somebody else")
    heard, offered = {old, other, kept}, {old, str(cache / "gone" / "long-ago.wav")}
    sweep(page(heard, offered, kept=kept), 3600)
    assert still_there([old, other, kept]) == [old, other, kept] == sorted(heard, key=[old, other, kept].index), "they are young"
    assert offered == {old}, "the name of a file that is gone is kept"
    sweep(page(heard, offered, kept=kept), -1)
    assert (heard, offered) == ({kept}, set()) and still_there([old, other, kept]) == [kept]
    assert {path.name for path in cache.rglob("*")} == {Path(kept).parent.name, "tone.wav", beside.parent.name, "beside.txt"}
    sweep(page(heard), None)
    assert not heard and not Path(kept).exists()


def test_a_result_that_is_made_meanwhile_and_a_file_that_stays_do_not_end_it(cache, monkeypatch):
    names = {save_bytes(bytes([number]), "tone", ".wav") for number in range(20)}
    remove, failed = Path.unlink, []

    def unlink(path: Path, **how) -> None:
        names.add(f"{path}-and-another")  # a set that grows cannot be walked
        if not failed:
            failed.append(path)
            raise PermissionError("not now")
        remove(path, **how)

    monkeypatch.setattr(Path, "unlink", unlink)
    sweep(page(names), -1)
    assert [path for path in cache.rglob("*") if path.is_file()] == failed
    assert len(names) == 21 and str(failed[0]) in names


def test_a_folder_that_is_swept_while_a_result_is_stored_is_made_again(monkeypatch):
    make, swept = tempfile.mkstemp, []

    def mkstemp(dir: Path, **how):
        if not swept:
            dir.rmdir()
            swept.append(dir)
        return make(dir=dir, **how)

    monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
    assert Path(save_bytes(b"tone", "tone", ".wav")).read_bytes() == b"tone" and swept
