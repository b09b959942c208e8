"""The words of the model cards; the numbers come from `evaluation` and `likeness_training`."""

AVATARS_DATA = (
    "Cartoon avatars of 128 × 128 pixels, drawn by the style avataaars of DiceBear from exact attributes. 3,000 of the training split "
    "and three edits of each (one to four domains at a time) were drawn anew, which gives some 20,000 pairs of a picture and its true "
    "edit. Held out: a tenth, chosen by the hash of the attributes."
)
AVATARS_LICENCE = (
    "the art is Pablo Stanley's, free for personal and commercial use; DiceBear, the code that draws it, is MIT. Weights: Apache-2.0."
)
EMOJI_DATA = (
    "1,676 emoji in up to nine drawing styles at 128 × 128 pixels on white, 11,727 pictures. Swapped is from any of the nine into five, "
    "which have 1,563 emoji in common: Noto, Twemoji, Fluent flat, Fluent 3D and OpenMoji. Held out: a tenth of the emoji in all their "
    "styles, and of the others a tenth of the pictures, by hash."
)
EMOJI_LICENCE = (
    "the families have different ones: Noto and FxEmoji Apache-2.0, Twemoji and EmojiOne CC-BY-4.0, Fluent MIT, OpenMoji and the first "
    "EmojiOne CC-BY-SA-4.0. The weights are offered under CC-BY-SA-4.0, the strictest of them."
)
DIFFERENCES = (
    "StarGAN (Choi et al. 2018, https://arxiv.org/abs/1711.09020): one generator for all domains, a critic with a domain head, losses of "
    "the adversary, of classification, of the way there and back (weight 10, on a quarter of each batch) and of identity (an eighth of "
    "each batch is asked for what it is already). Different from the paper: what is asked for is a label of the slots to change alone, "
    "so the domains of the input need not be known; a mask says where the new picture goes, and the input stays elsewhere; relativistic "
    "pairing loss with zero-centred gradient penalties (Huang et al. 2024) instead of WGAN-GP; true pairs exist, so the mean absolute "
    "error to the true picture is a loss (alone for the first 1,000 steps), and the critic compares each picture with its own true one, "
    "features as well; the mask, and what is painted behind it, are also taught by where the true edit changes something; the generator "
    "has a head of its own that names the domains of its input; group norm over 16 channels for instance norm; averaged weights."
)
SHEET = {"samples.webp": "Held-out pairs, evenly chosen, in two columns: given, made, true, the mask, and back again."}

ABOUT = {
    "swap-avatars": {
        "title": "Domain swap of cartoon faces",
        "pictures": SHEET,
        "summary": (
            "A cartoon face → the same one with other hair colour, skin, glasses, beard, hat, mouth or eyes: 32 domains in seven slots, "
            "any combination in one pass."
        ),
        "data": AVATARS_DATA,
        "licence": AVATARS_LICENCE,
        "differences": (
            f"{DIFFERENCES} Avatars are drawn by a program that lays parts at fixed places, so each domain has learned grids that it "
            "adds to the features and to what is painted. Small edits count as much as large ones in the error."
        ),
    },
    "swap-emoji": {
        "title": "Domain swap of emoji styles",
        "pictures": SHEET,
        "summary": "An emoji in any of nine drawing styles → the same as Noto, Twemoji, Fluent flat, Fluent 3D or OpenMoji would draw it.",
        "data": EMOJI_DATA,
        "licence": EMOJI_LICENCE,
        "differences": (
            f"{DIFFERENCES} What the critic sees is shifted and partly covered at random (DiffAugment). The true picture counts where both "
            "drawings are ink or both paper; where their shapes differ the critic decides. In use, not in training, areas in all styles "
            "but the shaded Fluent 3D are evened out (L0 gradient minimization, Xu et al. 2011) and take the colours that the style's "
            "training pictures have most, nearest by OKLab (gan_demos/palettes.py)."
        ),
    },
}

# What was seen that the numbers do not say.
NOTES: dict[str, list[str]] = {
    "swap-avatars": [
        "What a picture does not show cannot be known: below a hat that is taken off there is always short brown hair (that of the beard "
        "where there is one), behind opaque glasses always plain eyes.",
        "Worst are edits of much at once: a hat on long hair leaves a haze where the hair was, and moustaches keep a shimmer of their old "
        "colour.",
        "The run had four parts: 36 minutes without grids at full size, 46 with them, 17 more at a rate that falls again, and "
        "75 more that drew pairs with hair, beards and hats more often.",
        "It knows one style of avatars. Photographs and other drawings come out little changed or odd, and get a remark.",
        "The checkpoint was chosen by a score on avatars of the training split that were not trained on.",
    ],
    "swap-emoji": [
        "It gives an emoji the colours, outlines and shading of another family, and keeps its shape: where the other family draws the "
        "thing in another shape or from another side, that does not follow.",
        "What reaches the edge of the picture may grow a small cap there. Outlines that are to go (from OpenMoji) leave a dark rim, and "
        "gradients come out as bands of two or three colours.",
        "Two families draw the same thing with other shapes, and no copy of the true drawing can be expected: the error to it has no "
        "known floor.",
        "These are the last averaged weights of the run: a score that counts the error to the true picture preferred earlier ones, which "
        "painted halos where the other drawing is larger.",
    ],
}
