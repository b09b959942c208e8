"""Serves the shapes demo alone, with a way to put a value into its inbox as another tab would: for tests in a browser.

With the trained checkpoints where they are there, else with debug ones (`GAN_DEMOS_DEBUG`).
"""

import json
from dataclasses import replace

import gradio as gr

from gan_demos import application, catalog
from gan_demos.demos.shapes import DEMO, tab


def build(demo, engine):
    place = tab.build(demo, engine)
    asked = gr.Textbox(label="What is sent", elem_id="sent")
    send = gr.Button("Send it here")
    send.click(json.loads, asked, place.results[0].inbox, api_visibility="private")
    return place


if __name__ == "__main__":
    catalog.DEMOS = (replace(DEMO, tab="tests.shapes_server:build"),)
    application.serve()
