"""Prompts to start from."""

import random

EXAMPLES = (
    "sunflower",
    "smiling cat with heart eyes",
    "a house with a garden",
    "🍕",
    "green dragon",
    "Schmetterling",
    "laughing face, old noto blobs",
    "volcano",
    "red apple in openmoji style",
    "cat with a rocket",
)
# What random prompts are made of: mostly what the models know.
_THINGS = (
    "airplane", "anchor", "balloon", "banana", "bear", "bell", "bicycle", "bird", "bus", "butterfly", "cactus", "camel", "castle", "cat",
    "cloud", "cookie", "cow", "crown", "deer", "dog", "dolphin", "drum", "duck", "elephant", "fish", "flamingo", "fox", "frog", "ghost",
    "giraffe", "guitar", "hamburger", "house", "ice cream", "key", "koala", "lemon", "lion", "mouse", "octopus", "owl", "panda", "parrot",
    "peach", "penguin", "pizza", "rabbit", "rainbow", "robot", "rose", "sailboat", "shark", "ship", "snail", "snowflake", "star",
    "strawberry", "sun", "sunflower", "teapot", "tent", "tractor", "train", "turtle", "umbrella", "unicorn", "volcano", "whale", "zebra",
)  # fmt: skip
_LOOKS = ("red", "blue", "green", "yellow", "purple", "orange", "pink", "black", "white", "golden", "small", "old", "happy", "sad", "angry")
_FACES = ("smiling", "grinning", "crying", "winking", "sleeping", "thinking", "angry", "kissing", "clown", "cowboy hat", "melting", "nerd")


def random_prompt(source: random.Random) -> str:
    """A prompt of the kinds that people try: a thing, one with a look, a face, two things at once."""
    thing, other = source.sample(_THINGS, 2)
    looking = f"{source.choice(_LOOKS)} {thing}"
    return source.choice((thing, thing, looking, looking, f"{source.choice(_FACES)} face", f"{thing} and {other}"))
