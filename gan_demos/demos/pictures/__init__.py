"""Text → image: anybody's words become emoji-like pictures in nine drawing styles, by three generators that can be compared."""

from ... import clip
from ...demo import Demo, Endpoint
from . import explaining, generate, memory, networks, requests
from .vocabulary import ATTN_GAN, CLIP_GAN, MODELS, STACK_GAN

_PROMPT = {"prompt": "a cat with a rocket", "seed": 3}
_NETWORKS = {"ClipGAN": networks.ClipGAN, "StackGAN": networks.StackGAN, "AttnGAN": networks.AttnGAN, "Memory": memory.Memory}
_NETWORK_OF = {CLIP_GAN: "ClipGAN", STACK_GAN: "StackGAN", ATTN_GAN: "AttnGAN"}
_ENDPOINTS = (
    Endpoint(
        "pictures",
        requests.Pictures,
        generate.make,
        "Pictures of what a prompt says: the best of several candidates.",
        _PROMPT,
        generate.uses,
    ),
    Endpoint(
        "compare",
        requests.Compare,
        generate.compare,
        "The three generators on the same prompt, noise and style.",
        _PROMPT,
        generate.EVERYTHING,
    ),
    Endpoint(
        "guide",
        requests.Guide,
        generate.guide,
        "CLIP guidance: gradient steps on one picture's latent, with the score before and after.",
        {**_PROMPT, "steps": 3},
        generate.uses,
    ),
    Endpoint("more", requests.More, generate.more, "Variations of one picture.", _PROMPT, generate.uses),
    Endpoint(
        "mix",
        requests.Mix,
        generate.mix,
        "A picture between two prompts, and the way from one to the other.",
        {**_PROMPT, "other": "a red apple"},
        generate.uses,
    ),
    Endpoint(
        "walk",
        requests.Walk,
        generate.walk,
        "A walk through pictures of a prompt that ends where it began, as MP4 and GIF.",
        {**_PROMPT, "stops": 2, "frames": 24},
        generate.uses,
    ),
    Endpoint("stages", requests.Stages, explaining.stages, "How one picture grows: 32², 64², 128².", _PROMPT, generate.uses),
    Endpoint(
        "attention",
        requests.Attention,
        explaining.attention,
        "Which word painted where in a picture of AttnGAN.",
        _PROMPT,
        (*generate.READING, MODELS[ATTN_GAN]),
    ),
    Endpoint("nearest", requests.Nearest, explaining.nearest, "The training pictures nearest to one picture.", _PROMPT, generate.uses),
    Endpoint(
        "understand",
        requests.Understand,
        explaining.read,
        "What a prompt means to the models: known concepts near it, and words that say nothing.",
        {"prompt": "a cat with a rocket"},
        generate.READING,
    ),
)

DEMO = Demo(
    name="pictures",
    title="Text → image",
    pitch="Type words and get pictures in nine emoji styles; see why they look as they do, and steer them.",
    checkpoints=(*MODELS.values(), generate.MEMORY),
    networks={**clip.NETWORKS, **_NETWORKS},
    endpoints={endpoint.name: endpoint for endpoint in _ENDPOINTS},
    debug={
        clip.MODEL: clip.DEBUG,
        generate.MEMORY: memory.DEBUG,
        **{MODELS[model]: (network, networks.DEBUG[network], {}) for model, network in _NETWORK_OF.items()},
    },
    tab="gan_demos.demos.pictures.tab:build",
    train="gan_demos.demos.pictures.train",
    warm=(*generate.READING, MODELS[CLIP_GAN]),
    judges=("judge-styles", "damsm"),
    shared=(clip.MODEL,),  # the faces tab trains and describes it
)
