"""Prompts to start from."""

import random

EXAMPLES = (
    "red apple",
    "smiling cat with heart eyes",
    "rocket",
    "a house with a garden",
    "purple octopus",
    "cat with a rocket",
    "🍕",
    "sad robot",
    "Schmetterling",
    "snowman, openmoji style",
)
_THINGS = (
    "apple", "banana", "balloon", "bear", "bicycle", "bird", "book", "bus", "butterfly", "cactus", "cake", "car", "cat", "clock", "cloud",
    "cow", "crown", "dog", "dolphin", "dragon", "duck", "elephant", "fish", "flower", "fox", "frog", "ghost", "guitar", "hat", "heart",
    "house", "ice cream", "key", "lamp", "lion", "moon", "mouse", "mushroom", "octopus", "owl", "panda", "penguin", "pizza", "rabbit",
    "robot", "rocket", "rose", "shark", "ship", "shoe", "snail", "snowman", "star", "strawberry", "sun", "train", "tree", "turtle",
    "umbrella", "unicorn", "whale",
)  # fmt: skip
_LOOKS = ("red", "blue", "green", "yellow", "purple", "orange", "pink", "black", "white", "golden", "small", "old", "happy", "sad", "angry")
_FACES = ("smiling", "laughing", "crying", "winking", "sleeping", "surprised", "angry", "kissing")


def random_prompt(source: random.Random) -> str:
    """A prompt of the kinds that people try: a thing, one with a look, a face, two things at once."""
    thing, other = source.sample(_THINGS, 2)
    looking = f"{source.choice(_LOOKS)} {thing}"
    return source.choice((thing, looking, looking, f"{source.choice(_FACES)} face", f"{thing} and {other}"))
