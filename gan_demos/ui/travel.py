"""How results travel: sent to another tab, shared by a link, opened again from the history, two of them compared.

A result is its files, and the files know their recipe, so nothing here knows a tab: each says where its results lie (`ui.Place`).
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from gan_demos import links, media
from gan_demos.demo import Demo, digest, replay
from gan_demos.errors import CheckpointError, UserError
from gan_demos.inference import Engine
from gan_demos.recipes import Recipe
from gan_demos.ui import history
from gan_demos.ui.guard import guarded, owner_of
from gan_demos.ui.places import Place, Results
from gan_demos.ui.replay import Shown

COPY, COPIED, LONG = "🔗 Copy link", "✓ Copied", "✓ Copied; it is long, some chats cut it"
LONG_LINK = 4000  # letters
# The address bar holds the link too: it can be copied there where a browser lets no page copy, and a reload opens the same result.
COPY_SCRIPT = f"""async (link) => {{
  const address = `${{location.origin}}${{location.pathname}}${{location.search}}#{links.KEY}=${{link}}`;
  history.replaceState(null, '', address);
  try {{ await navigator.clipboard.writeText(address); }} catch (error) {{ window.prompt('This is the link:', address); }}
  return address.length > {LONG_LINK} ? '{LONG}' : '{COPIED}';
}}"""
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class Travel:
    """What connects the tabs: the history strip below them, and the row under each tab's files.

    demos: those of the page; places: what their tabs said, by the demo's name; tabs: the page's tabs, whose ids are the demos' names.
    """

    def __init__(self, demos: Sequence[Demo], places: Mapping[str, Place], tabs: gr.Tabs, engine: Engine) -> None:
        self.demos, self.places, self.tabs, self.engine = {demo.name: demo for demo in demos}, places, tabs, engine
        self.inboxes = [results.inbox for place in places.values() for results in place.results]

    def build(self) -> None:
        """The strip, the comparison and all events, inside the `gr.Blocks` being built and below its tabs."""
        gr.HTML(f"<style>{history.STYLE}</style>", visible="hidden")
        for inbox in self.inboxes:
            inbox.render()  # here, for what lies in a tab that nobody has opened hears of nothing
        with gr.Group(visible=False, elem_id="comparison") as panel:
            with gr.Row():
                heard = gr.HTML(padding=True)
                close = gr.Button("Close", size="sm", scale=0, min_width=90)
            with gr.Row():
                sides = [Shown(f"compared-{side.lower()}", side) for side in "AB"]
        self.strip = history.strip()
        self.strip.select(guarded(self.open), None, [self.tabs, *self.inboxes], **QUIET)
        shown = [component for side in sides for component in side.components]
        self.strip.apply(guarded(self.compare), None, [panel, heard, *shown], **{**QUIET, "show_progress": "minimal"})
        close.click(lambda: gr.Group(visible=False), None, panel, **QUIET)
        for name, place in self.places.items():
            for results in place.results:
                self._row(name, results)

    def _row(self, name: str, results: Results) -> None:
        """Buttons under the files of a result, and what happens when they are other files."""
        takers = [(taker, kind) for taker, place in self.places.items() for kind in place.takes if taker != name]
        with results.row:
            buttons = [gr.Button(f"Send to “{self.demos[taker].title}”", size="sm", visible=False, min_width=120) for taker, _ in takers]
            share = gr.Button(COPY, size="sm", visible=False, min_width=120)
            link = gr.Textbox(visible="hidden", elem_classes="result-link")
        outputs = [link, share, *buttons, self.strip]
        results.files.change(guarded(self.note([kind for _, kind in takers])), results.files, outputs, **QUIET)
        share.click(None, link, share, js=COPY_SCRIPT, api_visibility="private")
        pictures = list(results.picked.values())
        for button, (taker, kind) in zip(buttons, takers, strict=True):
            there = button.click(lambda taker=taker: gr.Tabs(selected=taker), None, self.tabs, **QUIET)
            there.then(guarded(self.send(results)), [results.files, *pictures], self.places[taker].takes[kind], **QUIET)

    # Handlers.

    def note(self, kinds: Sequence[str]) -> Callable[[list[str] | None], tuple]:
        """For new files: their link, which buttons can be used (`kinds`: what each of them sends), and the entry of the history."""

        def noted(paths: list[str] | None) -> tuple:
            if not paths:
                return "", gr.Button(visible=False), *(gr.Button(visible=False) for _ in kinds), gr.skip()
            recipe = media.read_recipe_file(paths[-1])
            entry = history.entry(self.demo_of(recipe), recipe, paths)
            kind = history.kind_of(paths[0])
            buttons = [gr.Button(visible=kind == each) for each in kinds]
            return entry["link"], gr.Button(COPY, visible=True), *buttons, {"entry": entry, "turn": secrets.token_hex(4)}

        return noted

    def send(self, results: Results) -> Callable[..., str]:
        """For a click: the file of the result, or of the picture that was picked out of several."""
        endpoints = list(results.picked)

        def sent(paths: list[str] | None, *pictures: str | None) -> str:
            if not paths:
                raise UserError("There is nothing to send yet.")
            endpoint = media.read_recipe_file(paths[-1]).endpoint
            picked = pictures[endpoints.index(endpoint)] if endpoint in endpoints else None
            return picked or paths[0]

        return sent

    def open(self, event: gr.EventData) -> tuple:
        """Of a link: its tab is opened, and its settings are put into that tab's inbox."""
        recipe = links.unpack(_of(event, "link"))
        demo = self.demo_of(recipe)
        place = self.places.get(demo.name)
        found = next((results for results in place.results if recipe.endpoint in results.endpoints), None) if place else None
        if found is None:
            raise UserError(f"“{demo.title}” cannot be set to this result. Its file can be opened in “Replay a file”.")
        self.warn_of_other_weights(recipe, demo)
        letter = {"endpoint": recipe.endpoint, "parameters": recipe.parameters, "turn": secrets.token_hex(4)}
        return gr.Tabs(selected=demo.name), *(letter if inbox is found.inbox else gr.skip() for inbox in self.inboxes)

    def compare(self, request: gr.Request, event: gr.EventData) -> tuple:
        """Of two links of one tab: the results side by side, made again, and the settings in which they differ."""
        pair = _of(event, "pair")
        if not isinstance(pair, list) or len(pair) != 2:
            raise UserError("Choose two results of one tab to compare.")
        one, other = map(links.unpack, pair)
        demo = self.demo_of(one)
        if one.demo != other.demo:
            raise UserError("Those two are of different tabs: choose two of one tab.")
        made = [replay(recipe, [demo], self.engine, owner=owner_of(request, "compare")) for recipe in (one, other)]
        shown = [value for result in made for value in Shown.values(result.artefacts)]
        return gr.Group(visible=True), history.differences(demo, one, other), *shown

    def warn_of_other_weights(self, recipe: Recipe, demo: Demo) -> None:
        """Settings can be opened although a model has been trained further; but then the result is another one, and that is said."""
        for name, sha256 in recipe.checkpoints.items():
            try:
                changed = digest(name, demo, self.engine) != sha256
            except CheckpointError:
                changed = True
            if changed:
                gr.Warning("A model has changed since this was made: the settings are the same, the result may not be.")
                return

    def demo_of(self, recipe: Recipe) -> Demo:
        """The demo that made it; `UserError` if it is not here."""
        if recipe.demo not in self.demos or recipe.endpoint not in self.demos[recipe.demo].endpoints:
            raise UserError(f"This was made by {recipe.demo}/{recipe.endpoint}, which this version does not have.")
        return self.demos[recipe.demo]


def _of(event: gr.EventData, name: str) -> Any:
    """What the browser sent with an event: anything at all, or None."""
    data = getattr(event, "_data", None)
    return data.get(name) if isinstance(data, Mapping) else None
