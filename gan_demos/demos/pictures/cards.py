"""The words of the model cards; the numbers come from the `evaluation` files."""

EMOJI_DATA = (
    "Emoji of 128 × 128 pixels on white in nine drawing styles, with their names and keywords: 11,727 pictures of 1,679 concepts, "
    "without flags "
    "and skin tones. Training: 9,543 pictures of 1,514 concepts, less a fiftieth of the pairs of concept and style, which chose the "
    "checkpoint. Held out: a tenth of the concepts in all styles (1,147 pictures, “unseen concepts”), and of the others a tenth of the "
    "pairs (1,037 pictures, “seen concepts in an unseen style”), by the hash of their names. The sexes and numbers of people that "
    "some styles draw alike are one concept."
)
# Style: whose work, licence.
ATTRIBUTION = {
    "noto": ("Noto Emoji, Google", "Apache-2.0"),
    "noto-v1": ("Noto Emoji, the old blobs, Google", "Apache-2.0"),
    "twemoji": ("Twemoji, Twitter, Inc. and other contributors", "CC-BY-4.0"),
    "fluent-emoji-flat": ("Fluent Emoji, flat, Microsoft Corporation", "MIT"),
    "fluent-3d": ("Fluent Emoji, 3D, Microsoft Corporation", "MIT"),
    "openmoji": ("OpenMoji, HfG Schwäbisch Gmünd and contributors", "CC-BY-SA-4.0"),
    "emojione": ("EmojiOne 2, now JoyPixels", "CC-BY-4.0"),
    "emojione-v1": ("EmojiOne 1, now JoyPixels", "CC-BY-SA-4.0"),
    "fxemoji": ("FxEmojis, Mozilla Foundation", "Apache-2.0"),
}
FAMILIES = "; ".join(f"{who}: {licence}" for who, licence in ATTRIBUTION.values())
NAMES = "names and keywords: Emojibase and emojilib, MIT"
EMOJI_LICENCE = (
    f"the nine families of pictures have different ones. {FAMILIES}; {NAMES}. The weights are offered under CC-BY-SA-4.0, the strictest of "
    "them. A picture in a family's style may come near one of that family's own, which stays under its licence."
)
SHEETS = {
    "samples.webp": "Sixteen prompts in the nine styles, seed 0, not chosen.",
    "seen.webp": "Held-out pairs of concept and style, not chosen, seed 0: made above, the true picture below.",
    "nearest.webp": (
        "Does it copy? The same sixteen prompts in Fluent 3D, above the training pictures most like them; below each pair, how much they "
        "differ on average (0 to 1; below 0.01 they look the same)."
    ),
    "guidance.webp": "Eight held-out prompts before (above) and after CLIP guidance with the tab's settings.",
}
STAGES = {"stages.webp": "The sixteen prompts at 32², 64² and 128², in the nine styles in turn."}
ATTENTION = {"attention.webp": "Four prompts, and over each picture in grey where each word painted, with its share of all attention."}

# What all three have in common in training, in the order in which it happens.
FIRST = (
    "Three steps. Styles draw a concept with other shapes and from other sides, so each concept of the training split has a template, the "
    "drawing which its others are most like, and the template's code of 16 × 16 places is the concept's. First an encoder, which is there "
    "only while training, and the synthesis network learn to draw pictures again as they are (mean absolute error at three sizes), and in "
    "another style's colours (coarse ones, where both drawings are ink or both paper); no critic yet. Then the codes become "
    "an associative memory (https://arxiv.org/abs/2008.02217), whose keys begin as the embeddings of the concepts' labels: a text "
    "recalls the code that it is like, or mixes those that it is between. Then all is trained end to end. "
)
GOES_ON = (
    "Codes, synthesis network and the critic of 128² began as those of pictures-clip, whose card says how they came about; the keys of the "
    "memory began as the labels' embeddings. "
)
SYNTHESIS = (
    "End to end means: texts and pictures, with small noise on the texts, against a critic that sees style and text (relativistic "
    "pairing loss with zero-centred gradient penalties, Huang et al. 2024, https://arxiv.org/abs/2501.05441; wrong texts and wrong "
    "styles as fakes at half the weight; feature matching; mean absolute error: pixel by pixel to the template, else of coarse colours; "
    "white where the template is white, and even where it is even). Half of each batch is asked for in a style in which the training has "
    "no picture of the concept; critic and CLIP judge those. The CLIP loss is the cross-entropy of the picture, moved and recoloured a "
    "little, among the labels of all concepts and among the means of their pictures, by the CLIP that retrieval is measured with: the "
    "numbers by CLIP flatter. Averaged weights, the codes rounded to a byte a number. In use a style is asked for by 25 % beyond what it "
    "is, away from the mean of all (OpenMoji by 5 %, FxEmojis by 30 % less). StackGAN++'s and AttnGAN's noise counts six times in "
    "use: the variance that they learn is small. What is shown went through two fixed steps, and all numbers are of what they return: a "
    "filter evens out flat areas and leaves edges alone; then, in all styles but the shaded Fluent 3D, areas are evened out wholly (L0 "
    "gradient minimization, Xu et al. 2011) and take the colours that the style's training pictures have most, nearest by OKLab "
    "(gan_demos/palettes.py). The app needs clip-small for the text."
)
CLIP_GAN = "A CLIP-conditioned GAN: the CLIP embedding of the text, moved a little by the noise, recalls the code. "
STACK_GAN = (
    "StackGAN++ (https://arxiv.org/abs/1710.10916): conditioning augmentation (mean and log-variance without a rectifier, Kullback-Leibler "
    "term), three sizes from one trunk, each with a critic that judges alone and with the text. "
    "The CLIP loss is not the paper's. "
)
ATTN_GAN = (
    "AttnGAN (https://arxiv.org/abs/1711.10485): as StackGAN++, places of the maps of 16² and 32² attend to the words of the text, "
    "and DAMSM's loss by words and by whole texts (the checkpoint damsm), so the numbers by DAMSM flatter it. "
)

ABOUT = {
    "pictures-clip": {
        "title": "Text → image, CLIP-conditioned GAN",
        "summary": "A text's CLIP embedding (clip-small), noise and the weights of nine drawing styles → a picture of 128 × 128 pixels.",
        "pictures": SHEETS,
        "data": EMOJI_DATA,
        "licence": EMOJI_LICENCE,
        "differences": CLIP_GAN + FIRST + SYNTHESIS,
    },
    "pictures-stack": {
        "title": "Text → image, StackGAN++",
        "summary": (
            "A text's CLIP embedding (clip-small), noise and the weights of nine drawing styles → pictures of 32², 64² and 128² pixels."
        ),
        "pictures": SHEETS | STAGES,
        "data": EMOJI_DATA,
        "licence": EMOJI_LICENCE,
        "differences": STACK_GAN + GOES_ON + SYNTHESIS,
    },
    "pictures-attn": {
        "title": "Text → image, AttnGAN",
        "summary": (
            "A text's words and sentence (clip-small), noise and the weights of nine drawing styles → pictures of 32², 64² and 128² "
            "pixels, and for each place the share of each word."
        ),
        "pictures": SHEETS | STAGES | ATTENTION,
        "data": EMOJI_DATA,
        "licence": EMOJI_LICENCE,
        "differences": ATTN_GAN + GOES_ON + SYNTHESIS,
    },
    "pictures-memory": {
        "title": "What the generators of pictures were trained on",
        "summary": (
            "The labels of the 1,514 concepts of the training split as CLIP embeddings (clip-small), and their 9,543 pictures at 64 × 64 "
            "(thumbnails.zip), so that the app can say what it knows and show what a picture is nearest to, offline."
        ),
        "data": EMOJI_DATA,
        "licence": (
            f"thumbnails.zip holds pictures of nine families, made smaller and packed as WebP, nothing else changed; each stays under its "
            f"own licence. {FAMILIES}; {NAMES}. The embeddings are offered under CC-BY-SA-4.0, as clip-small is."
        ),
        "differences": (
            "Nothing is learnt here. From the threshold on, a text is said to speak of something known: it parts labels of known concepts "
            "in phrases (“a photo of a …”) best from labels of unseen ones, chosen on one half of the labels and measured on the "
            "other. In the "
            "table *real* is what a memory without errors would give."
        ),
    },
}

MEMORISATION = (
    "It remembers by design: there is one stored code for each of the 1,514 training concepts, that of one training drawing. Asked for "
    "in that drawing's own style it is drawn nearly again (the sheet and the table say how near); in another style it is the same "
    "drawing in that style's colours, outlines and shading, not what that style's artists would draw. What is new is that, a mixture "
    "and what guidance does."
)
SMALL_DATA = "Words that are no emoji are drawn as what they are nearest to; several things in one prompt become one of them or a blend."

# What was seen that the numbers do not say.
ROUGH = (
    "An hour on two CPU cores is little: things are recognised at once, but edges are a little frayed, small letters and the faces of "
    "several people blur, and the black outlines of OpenMoji are too thick or filled with a hatch. Pale shadows may stand at the lower "
    "edge. It would gain from longer training."
)
ALIKE = "For one known concept all seeds, and so all candidates, are nearly the same picture: what noise adds is which neighbours come in."
SEVERAL = (
    "Several objects in one prompt are not put together: one of them is drawn, or one over the other. Labels that differ in one word "
    "(ages of people, families) recall each other."
)
LAID_OVER = "The colours of a style are laid over what was drawn: one area may come out as patches of two or three that the style has."
TYPED = (
    "Forty prompts that nobody had tuned on were typed into the app, in its own style, and looked at: 32 show what was asked for. “A "
    "lighthouse by the sea” and “submarine” are ships, “wizard with a hat” is a wand or a head without a face, “crab on the beach” a "
    "shrimp, “love letter” a heart with a letter of the alphabet, “pink flower” pale patches or orange; of “dragon breathing fire” and "
    "“mushroom house” only one of the two is there."
)
FOLLOWED = "It went on from the codes and the synthesis network of pictures-clip for less than twenty minutes and draws much the same."
MAPS = "The maps of attention follow shapes more than meanings."
NOTES: dict[str, list[str]] = {
    "pictures-clip": [ROUGH, TYPED, LAID_OVER, ALIKE, SEVERAL, MEMORISATION, SMALL_DATA],
    "pictures-stack": [ROUGH, LAID_OVER, ALIKE, FOLLOWED, SEVERAL, MEMORISATION, SMALL_DATA],
    "pictures-attn": [ROUGH, LAID_OVER, ALIKE, FOLLOWED, MAPS, SEVERAL, MEMORISATION, SMALL_DATA],
    "pictures-memory": [
        "Unseen is not unlike: of the unseen concepts many have a near neighbour among the known (thumbs down: thumbs up), and count as "
        "mistakes here where they are said to be known.",
        "Keywords say little by themselves (“introvert”, “infrastructure”), so three in four are far from every label; captions of "
        "photographs name several things, which is like no single label, though each may be known.",
        "Pictures are compared at 32 × 32 pixels by mean absolute difference: the nearest in colours and places, not in meaning. Concepts "
        "that a style draws alike (a man and a woman running) are found as one another.",
    ],
}
