"""Domain swap: a picture in another domain, by StarGAN: a cartoon face with red hair and glasses, an emoji in another drawing style."""

from ... import clip
from ...demo import Demo, Endpoint
from . import generate, requests
from .networks import SwapGenerator
from .vocabulary import EMOJI, FACES, MODELS, SIZES

_SOME = ["hair: blue", "glasses: sunglasses", "hat: hat"]
_FACE, _EMOJI = {"picture": "face-1", "model": FACES}, {"picture": "emoji-1", "model": EMOJI}
_ENDPOINTS = (
    Endpoint(
        "swap",
        requests.Swap,
        generate.swap,
        "A picture in other domains; what is not named stays as it is.",
        {**_FACE, "edits": {"hair": "red", "glasses": "sunglasses"}, "cycle": True},
        generate.uses,
    ),
    Endpoint("grid", requests.Grid, generate.grid, "A picture in every domain at once.", {**_FACE, "domains": _SOME}, generate.uses),
    Endpoint(
        "chain",
        requests.Chain,
        generate.chain,
        "Edits one after the other, each on the result of the one before.",
        {**_FACE, "steps": [{"beard": "beard"}, {"hair": "gray", "eyes": "wink"}]},
        generate.uses,
    ),
    Endpoint("look", requests.Look, generate.look, "What the model sees in a picture, without changing it.", _EMOJI, generate.uses),
)
_TINY = {"widths": [4, 8, 8], "blocks": 1, "condition_width": 8}
_LIKENESS = {"likeness": {"centre": [0.0625] * 256, "threshold": -1.0, "false_remarks": 0.0, "missed": {}}}

DEMO = Demo(
    name="swap",
    title="Domain swap",
    pitch="Give a cartoon face and see it with other hair, glasses or a beard; or an emoji, as another family would draw it.",
    checkpoints=(MODELS[FACES], MODELS[EMOJI]),
    networks={**clip.NETWORKS, "SwapGenerator": SwapGenerator},
    endpoints={endpoint.name: endpoint for endpoint in _ENDPOINTS},
    debug={
        clip.MODEL: clip.DEBUG,
        MODELS[FACES]: ("SwapGenerator", {"sizes": list(SIZES[FACES]), **_TINY, "parts": [2, 1, 0]}, _LIKENESS),
        MODELS[EMOJI]: ("SwapGenerator", {"sizes": list(SIZES[EMOJI]), **_TINY, "parts": [0, 0, 0]}, {}),
    },
    tab="gan_demos.demos.swap.tab:build",
    train="gan_demos.demos.swap.train",
    warm=(MODELS[FACES], MODELS[EMOJI]),
    shared=(clip.MODEL,),  # the faces tab trains and describes it
)
