"""The words of the model cards; the numbers come from `evaluation`."""

AVATARS_DATA = (
    "12,000 cartoon avatars of 128 × 128 pixels with their exact attributes (twelve, of 132 values in all), drawn by the style avataaars "
    "of DiceBear. Held out: a tenth, chosen by the hash of the attributes, so that one set of attributes is never in both parts."
)
AVATARS_LICENCE = (
    "the art is Pablo Stanley's, free for personal and commercial use; DiceBear, the code that draws it, is MIT. Weights: Apache-2.0."
)
CAPTIONS = (
    "Captions are written by our own code from the attributes: whole sentences and plain lists, a few attributes or all, with synonyms, "
    "misspellings and filler. The captions of the measurements use phrases and sentences that training never uses."
)

ABOUT = {
    "clip-small": {
        "title": "CLIP, small",
        "summary": "Texts and pictures → one space of 256 numbers, where what belongs together points the same way; 384 for each word.",
        "data": (
            "Emoji in nine drawing styles with their labels and keywords, cartoon avatars with captions written from their attributes, "
            "flower photographs of five kinds. Held out: three tenths of the emoji concepts, a tenth of the avatars and photographs. "
            "The text tower's teacher also read captions of COCO and a list of English words."
        ),
        "licence": (
            "emoji art: Noto and FxEmoji Apache-2.0, Twemoji and EmojiOne CC-BY-4.0, Fluent MIT, OpenMoji and EmojiOne v1 CC-BY-SA-4.0; "
            "captions of COCO CC-BY-4.0; avatars: art by Pablo Stanley, free for personal and commercial use, DiceBear MIT; the flower "
            "photographs' single licences are unknown: for research. Both towers start from Apache-2.0 weights. Weights: CC-BY-SA-4.0."
        ),
        "differences": (
            "Radford et al. 2021 (https://arxiv.org/abs/2103.00020) with these differences: the image tower is EfficientNet-Lite0 at 128 "
            "pixels, started from ImageNet weights; the text tower is a BERT of four layers with a factorised table, distilled from "
            "all-MiniLM-L6-v2; the contrastive part is short."
        ),
    },
    "faces-reader": {
        "title": "Reader of descriptions of faces",
        "summary": "A caption's words and sentence (clip-small) → for each of twelve attributes of a face a distribution over its values.",
        "data": f"{AVATARS_DATA} {CAPTIONS}",
        "licence": AVATARS_LICENCE,
        "differences": (
            "Word-level attention as in AttnGAN (https://arxiv.org/abs/1711.10485), with a query for each attribute instead of each pixel. "
            "An attribute that the caption leaves open gets the distribution of the data. In the app a dictionary reads the words it has, "
            "and the reader the others."
        ),
    },
    "faces": {
        "title": "Text → cartoon face, the generator",
        "summary": "A value for each of twelve attributes, or a mixture of values, and noise → a cartoon face of 128 × 128 pixels.",
        "data": f"{AVATARS_DATA} {CAPTIONS}",
        "licence": AVATARS_LICENCE,
        "differences": (
            "Conditioning augmentation as in StackGAN (https://arxiv.org/abs/1612.03242); the critic is given the values that a caption "
            "names (projection, https://arxiv.org/abs/1802.05637), and wrong captions count as fake at half the weight; relativistic "
            "pairing loss with zero-centred gradient penalties (Huang et al. 2024). A face of this style is a function of its "
            "attributes, so the generator is also shown the true picture of what it is asked for (mean absolute error, the face "
            "counting more); averaged weights."
        ),
    },
    "judge-faces": {
        "title": "Judge of faces",
        "summary": "Names the value of each of the twelve attributes of an avatar; scores the generator.",
        "data": AVATARS_DATA,
        "licence": AVATARS_LICENCE,
        "differences": (
            "A small convolutional network that looks at the whole picture and at a close-up, with weights of its own at each place; "
            "trained on real avatars only, with shift, blur, noise and brightness as augmentation. What a picture does not show is not "
            "counted: the colour of a hat without a hat, of hair below a hat or scarf (unless there is a beard or moustache), eyes "
            "behind opaque glasses, clothes below a hijab or long dreadlocks."
        ),
    },
}

# What was seen that the numbers do not say.
NOTES: dict[str, list[str]] = {
    "judge-faces": [
        "With one eye covered by a patch a wink looks like open eyes, and the judge guesses.",
        "Two very short haircuts differ by a small parting: most of its errors on hair are between them.",
        "Trained in two stages: 1,635 steps with a close-up of the face alone, then 939 steps at half the rate with one that reaches up to "
        "the hair, which is what the code uses throughout.",
    ],
}
