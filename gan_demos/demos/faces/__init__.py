"""Text → face: a description in anybody's words becomes cartoon faces that show it, and what it leaves open follows the seed."""

from ... import clip
from ...demo import Demo, Endpoint
from . import generate, requests
from .networks import FaceReader, FaceSynthesis
from .vocabulary import SIZES

# Of the kind that asks every model: no dictionary has the motorcycle.
_PROMPT = {"prompt": "red-haired pirate with round glasses on a motorcycle", "seed": 3}
_ENDPOINTS = (
    Endpoint("faces", requests.Faces, generate.faces, "Cartoon faces that show what a prompt says.", _PROMPT, generate.DRAWING),
    Endpoint("more", requests.More, generate.more, "Variations of one face.", _PROMPT, generate.DRAWING),
    Endpoint(
        "mix",
        requests.Mix,
        generate.mix,
        "A face between two prompts, and the way from one to the other.",
        {**_PROMPT, "other": "bald man with a long gray beard"},
        generate.DRAWING,
    ),
    Endpoint(
        "walk",
        requests.Walk,
        generate.walk,
        "A walk through faces of a prompt that ends where it began, as MP4 and GIF.",
        {**_PROMPT, "stops": 2, "frames": 24},
        generate.DRAWING,
    ),
    Endpoint(
        "understand",
        requests.Understand,
        generate.read,
        "What is understood of a prompt: attributes, and words that are ignored.",
        {"prompt": _PROMPT["prompt"]},
        generate.READING,
    ),
)

DEMO = Demo(
    name="faces",
    title="Text → face",
    pitch="Say what a cartoon face looks like, in your own words; what you leave open follows the seed.",
    checkpoints=generate.DRAWING,
    networks={**clip.NETWORKS, "FaceReader": FaceReader, "FaceSynthesis": FaceSynthesis},
    endpoints={endpoint.name: endpoint for endpoint in _ENDPOINTS},
    debug={
        clip.MODEL: clip.DEBUG,
        generate.READER: ("FaceReader", {"sizes": list(SIZES), "width": 8, "heads": 2}, {}),
        generate.FACES: (
            "FaceSynthesis",
            {"sizes": list(SIZES), "code_width": 4, "style_width": 16, "widths": [4, 4, 4, 4], "layers": [1]},
            {},
        ),
    },
    tab="gan_demos.demos.faces.tab:build",
    train="gan_demos.demos.faces.train",
    warm=generate.DRAWING,
    judges=("judge-faces",),
)
