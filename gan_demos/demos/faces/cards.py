"""The words of the model cards; the numbers come from `evaluation`."""

AVATARS_DATA = (
    "12,000 cartoon avatars of 128 × 128 pixels with their exact attributes, drawn by the style avataaars of DiceBear. Held out: a tenth, "
    "chosen by the hash of the attributes, so that one set of attributes is never in both parts."
)
AVATARS_LICENCE = (
    "art by Pablo Stanley, free for personal and commercial use; the code that draws it (DiceBear) MIT. Weights: Apache-2.0."
)

ABOUT = {
    "judge-faces": {
        "title": "Judge of faces",
        "summary": "Names the value of each of the twelve slots of an avatar; scores the generator.",
        "data": AVATARS_DATA,
        "licence": AVATARS_LICENCE,
        "differences": (
            "A small convolutional network with weights of its own at each place, trained on real avatars only, with shift, blur, noise and "
            "brightness as augmentation. What a picture does not show is not counted: the colour of a hat without a hat, of hair below "
            "a hat or scarf (unless there is a beard or moustache), eyes behind dark glasses or an eyepatch."
        ),
    },
}

# What was seen that the numbers do not say.
NOTES: dict[str, list[str]] = {}
