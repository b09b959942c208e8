"""The swap tab on debug checkpoints, and beside it a tab that sends it a picture and a recipe, as other tabs do."""

import os

import gradio as gr

from gan_demos import application, media, ui
from gan_demos.demos.swap import DEMO, tab
from gan_demos.demos.swap.examples import prepared
from gan_demos.recipes import Recipe
from gan_demos.ui import api

SENT = media.encode("png", prepared("emoji-3").picture, Recipe("pictures", "pictures", {"seed": 1}, {}, "1.0.0"))
CHAIN = {"picture": "emoji-2", "model": "emoji", "strength": 0.5, "steps": [{"style": "noto"}, {"style": "openmoji"}]}
GRID = {"picture": "face-2", "model": "faces", "strength": 1.0, "domains": ["hat: hat", "skin: dark"]}
SWAP = {"picture": "face-3", "model": "faces", "strength": 0.25, "edits": {"eyes": "wink"}, "cycle": False}
ASKED = {"chain": CHAIN, "grid": GRID, "swap": SWAP, "bad": {"picture": "face-99"}}


def build(engine) -> gr.Blocks:
    with gr.Blocks(title="Swap") as blocks:
        with gr.Tabs() as tabs:
            with gr.Tab("Elsewhere", id="elsewhere"):
                send = gr.Button("Send a picture")
                buttons = {name: gr.Button(f"Ask for {name}") for name in ASKED}
            with gr.Tab(DEMO.title, id="swap"):
                place = tab.build(DEMO, engine)
        place.results[0].inbox.render()
        send.click(lambda: (ui.save_bytes(SENT, "sent", ".png"), gr.Tabs(selected="swap")), None, [place.takes["image"], tabs])
        for turn, (name, button) in enumerate(buttons.items()):
            asked = {"endpoint": "swap" if name == "bad" else name, "parameters": ASKED[name], "turn": turn}
            button.click(lambda asked=asked: (asked, gr.Tabs(selected="swap")), None, [place.results[0].inbox, tabs])
        api.register(DEMO, engine)
    blocks.queue(default_concurrency_limit=application.CONCURRENT_EVENTS)
    return blocks


if __name__ == "__main__":
    with application.make_engine((DEMO,)) as engine:
        application.launch(build(engine), engine, "127.0.0.1", int(os.environ["PORT"]), (DEMO,)).block_thread()
