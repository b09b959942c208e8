"""The words of the cards of what judges the pictures; the numbers come from `judge_training` and `damsm_training`."""

from .cards import EMOJI_DATA, FAMILIES, NAMES

JUDGES_LICENCE = (
    f"the nine families of pictures have different ones. {FAMILIES}; {NAMES}. The image tower started from EfficientNet-Lite0 "
    "(Apache-2.0). The weights are offered under CC-BY-SA-4.0, the strictest of them."
)

ABOUT = {
    "judge-styles": {
        "title": "Judge of drawing styles",
        "summary": "In which of nine drawing styles an emoji of 128 × 128 pixels is drawn; scores the generators of text → image.",
        "data": EMOJI_DATA,
        "licence": JUDGES_LICENCE,
        "differences": (
            "A small network is told three things of the whole picture: means, spreads and strongest values of the first maps of our "
            "CLIP's image tower (an EfficientNet-Lite0, not trained further here); how much of the picture has which colour; and the same "
            "of flat areas, shading and edges apart. Only that network was trained, on real pictures as they are and a little changed: "
            "shift, blur, noise, brightness."
        ),
    },
    "damsm": {
        "title": "DAMSM: does the picture fit the text, as a whole and word by word?",
        "summary": (
            "A text's words and sentence and a picture's 8 × 8 regions and whole → one space of 256 numbers (Xu et al. 2018, AttnGAN, "
            "https://arxiv.org/abs/1711.10485). It is a loss of AttnGAN's training, and R-precision is measured with it: how often a "
            "picture's own text comes first among it and 99 mismatching ones, by the whole picture and the whole text. Needs clip-small."
        ),
        "data": f"{EMOJI_DATA} Texts: the label, the label with some keywords, and single keywords.",
        "licence": JUDGES_LICENCE,
        "differences": (
            "Both encoders stand on our frozen CLIP. Texts: a bidirectional LSTM over the words' features as in the paper; to its last "
            "state a projection of CLIP's sentence is added. Pictures: a projection of the tower's maps of 8 × 8 and 4 × 4 places for the "
            "regions, another of the pooled features for the whole. The paper's losses by words and by whole texts, both ways, γ1 = 5, "
            "γ2 = 5, γ3 = 10; a batch has 96 pairs of different concepts, of which words tell 32 apart. Dropout on both sides; half of the "
            "pictures a little changed."
        ),
    },
}

# What was seen that the numbers do not say.
NOTES: dict[str, list[str]] = {
    "judge-styles": [
        "It misses the aim. Of 54 errors on new pairs 18 are between Noto and its own older version, and 9 between Twemoji and EmojiOne 1. "
        "Some of those drawings are the very same picture (in the training split, 25 of Noto differ from the older version's by less than "
        "2 % of the range on average), so no judge can reach 1.",
        "FxEmoji has a tenth of the pictures of other styles, and its accuracy is of some twenty pictures.",
        "How well the fixed maps, colours and both together do was compared on a tenth of the training concepts, kept apart for that "
        "(0.85, 0.94, 0.96); then it was trained on all. Other work shared the processor: 4 minutes of computing took the time stated.",
    ],
    "damsm": [
        "In the table, *real* is chance: the numbers themselves are of real pictures, and so the ceiling of generated ones'.",
        "Our CLIP's own embeddings tell real pictures apart better, the more so the more words a text has.",
        "Of concepts that it has not seen it names about a third. The CLIP below it has seen most pictures of the new pairs, which "
        "flatters those numbers; of the new concepts it has seen only some of those that vary by sex or number.",
        "AttnGAN is trained with it, so R-precision by DAMSM flatters AttnGAN; the paper's does the same.",
        "Words tell pairs apart less well than whole texts do: of 32 pairs its loss stayed near 3.1 (chance 6.9), that of 96 pairs near "
        "3.4 (chance 9.1). Settings were not searched.",
        "Trained once, for 3.4 minutes of computing on a shared processor, on features that were computed before; the minutes stated are "
        "without computing those.",
    ],
}
