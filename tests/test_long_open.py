"""A page that is open for longer than its files are kept goes on: what was deleted is made again, to the same bytes."""

from pathlib import Path

import gradio as gr
import pytest

from gan_demos import application
from gan_demos.demos.faces import DEMO as FACES
from gan_demos.demos.faces import tab as faces
from gan_demos.demos.pictures import DEMO as PICTURES
from gan_demos.demos.pictures import tab as pictures
from gan_demos.demos.swap import DEMO as SWAP
from gan_demos.demos.swap import tab as swap


def offered(told: tuple) -> str:
    """The files among the values of a handler, in whatever form."""
    return str([one.value if isinstance(one, gr.File) else one for one in told if isinstance(one, gr.File | list)])


@pytest.mark.parametrize(("demo", "module"), [(FACES, faces), (PICTURES, pictures), (SWAP, swap)], ids=["faces", "pictures", "swap"])
def test_files_that_were_deleted_are_made_again(debug, tmp_path, monkeypatch, demo, module):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    views = []
    for method in [one for one in dir(module.View) if one.startswith("connect")]:
        monkeypatch.setattr(module.View, method, lambda self, *given: views.append(self))
    with application.make_engine([demo]) as engine:
        with gr.Blocks():
            module.build(demo, engine)
        view, session = views[0], module.Session()

        def make() -> tuple:
            values = [control.value for control in (view.given[1:] if demo is SWAP else view.inputs)]
            return view.changed(None, session, *values) if demo is SWAP else view.make(None, session, values)

        make()
        ((page, files),) = session.files.items()
        before = {path: Path(path).read_bytes() for path in files}
        assert before and all(value == gr.skip() for value in make()[-len(view.pages[page].outputs) :]), "made once"
        for path in files:
            Path(path).unlink()
        make()
        assert {path: Path(path).read_bytes() for path in session.files[page]} == before
        Path(files[0]).unlink()
        more = {"faces": (page, session, [""] * 12), "pictures": (page, session, {})}.get(demo.name) or (session, session.controls)
        shown = offered(view.answer(*more))  # of a click on what is there
        assert files[0] not in shown and all(file in shown for file in files[1:])
