"""What prompts say about a face: synonyms, mistakes, denials, which colour is whose, and what is ignored or cannot be drawn."""

import random

import numpy as np
import pytest

from gan_demos.demos.faces import lexicon
from gan_demos.demos.faces.captions import caption, prior, random_row
from gan_demos.demos.faces.grammar import read
from gan_demos.demos.faces.understanding import MAX_WORDS, fragments, join, label_of, softmax, texts_to_read
from gan_demos.demos.faces.vocabulary import HATS, SIZES, SLOTS, TOTAL
from gan_demos.demos.faces.wording import BARE, HAIRY
from gan_demos.prompts import clean

KNOWN = frozenset("bread bear motorcycle red car guitar script alert dog robot dragon freckles".split())
BEARDS, MOUSTACHES = {"beardLight", "beardMajestic", "beardMedium"}, {"moustacheFancy", "moustacheMagnum"}
GLASSES, SUNGLASSES = {"prescription01", "prescription02", "round"}, {"kurt", "sunglasses", "wayfarers"}
SMILES, HAT = {"smile", "twinkle", "default"}, {"hat", "winterHat1", "winterHat02", "winterHat03", "winterHat04"}
BLAZERS = {"blazerAndShirt", "blazerAndSweater"}
TEES = {"graphicShirt", "shirtCrewNeck", "shirtScoopNeck", "shirtVNeck"}


def told(text):
    """What a prompt says without the reader."""
    prompt = clean(text)
    reading = read(prompt.text, KNOWN)
    return join(reading, [words for words, _, _ in fragments(prompt.text, reading)], (), prompt.notes)


def named(text):
    return {slot: set(one.values) for slot, one in told(text).named.items()}


# prompt, what it says and nothing else
TABLE = [
    # things and their synonyms
    ("beard", {"facialHair": BEARDS}),
    ("beards", {"facialHair": BEARDS}),
    ("a man with stubble", {"facialHair": {"beardLight"}}),
    ("goatee", {"facialHair": {"beardLight"}}),
    ("huge bushy beard", {"facialHair": {"beardMajestic"}}),
    ("walrus mustache", {"facialHair": {"moustacheMagnum"}}),
    ("curly moustache", {"facialHair": {"moustacheFancy"}}),
    ("specs", {"accessories": GLASSES}),
    ("a pair of shades", {"accessories": SUNGLASSES}),
    ("sun glasses", {"accessories": SUNGLASSES}),
    ("round spectacles", {"accessories": {"round"}}),
    ("eye patch", {"accessories": {"eyepatch"}}),
    ("ginger", {"hairColor": {"red", "auburn"}}),
    ("redhead", {"hairColor": {"red", "auburn"}}),
    ("blonde", {"hairColor": {"blond"}}),
    ("old man", {"hairColor": {"gray", "platinum"}}),
    ("grandma", {"hairColor": {"gray", "platinum"}}),
    ("woman in a hijab", {"top": {"hijab"}}),
    ("green headscarf", {"top": {"hijab"}, "hatColor": {"green"}}),
    ("bald", {"top": {"sides"}}),
    ("afro", {"top": {"fro", "froBand"}}),
    ("mohawk", {"top": {"frizzle"}}),
    ("violet turban", {"top": {"turban"}, "hatColor": {"purple"}}),
    ("hoody", {"clothing": {"hoodie"}}),
    ("a tee", {"clothing": TEES}),
    # feelings
    ("happy", {"mouth": SMILES}),
    ("grumpy", {"eyebrows": {"angry"}}),
    ("crying", {"eyes": {"cry"}}),
    ("in love", {"eyes": {"hearts"}}),
    ("sticking his tongue out", {"mouth": {"tongue"}}),
    ("eyes closed and mouth wide open", {"eyes": {"closed", "happy"}, "mouth": {"screamOpen"}}),
    # which colour is whose
    (
        "red hat, blue hair, green hoodie on a pink background",
        {"top": HAT, "hatColor": {"red"}, "hairColor": {"blue"}, "clothing": {"hoodie"}, "clothesColor": {"green"}, "bg": {"pink"}},
    ),
    ("golden hair and a golden shirt", {"hairColor": {"blond"}, "clothing": TEES, "clothesColor": {"yellow"}}),
    ("hair: long, curly, red", {"hairColor": {"red"}, "top": {"curvy", "bigHair"}}),
    ("the hat is red and the hair is blue", {"top": HAT, "hatColor": {"red"}, "hairColor": {"blue"}}),
    ("hair red and glasses", {"hairColor": {"red"}, "accessories": GLASSES}),
    ("a beard that is long and gray", {"facialHair": {"beardMajestic"}, "hairColor": {"gray"}}),
    ("black man with blond beard", {"skin": {"dark", "brown"}, "facialHair": BEARDS, "hairColor": {"blond"}}),
    ("white woman in red on blue background", {"skin": {"pale"}, "clothesColor": {"red"}, "bg": {"light blue"}}),
    ("light blue background, light skin, dark hair", {"bg": {"light blue"}, "skin": {"light"}, "hairColor": {"black", "dark brown"}}),
    ("dressed all in navy blue", {"clothesColor": {"navy blue"}}),
    ("girl with pink curly hair", {"hairColor": {"pink"}, "top": {"curly", "dreads02", "frida", "fro", "froBand", "shortCurly"}}),
    ("long hair, smiling", {"top": set(lexicon.tables.LONG.split()), "mouth": SMILES}),
    # denials
    ("no beard", {"facialHair": {"none"}}),
    ("beardless", {"facialHair": {"none"}}),
    ("clean-shaven", {"facialHair": {"none"}}),
    ("isn't wearing glasses", {"accessories": {"none"}}),
    ("without glasses or a hat", {"accessories": {"none"}, "top": set(BARE)}),
    ("without hat and glasses", {"accessories": {"none"}, "top": set(BARE)}),
    ("no hat, glasses or beard", {"accessories": {"none"}, "top": set(BARE), "facialHair": {"none"}}),
    ("no glasses and a red hat", {"accessories": {"none"}, "top": HAT, "hatColor": {"red"}}),
    ("neither beard nor glasses", {"accessories": {"none"}, "facialHair": {"none"}}),
    ("a moustache but no beard", {"facialHair": MOUSTACHES}),
    ("no glasses but sunglasses", {"accessories": SUNGLASSES}),
    ("not smiling", {"mouth": set(SLOTS["mouth"]) - SMILES - {"tongue"}}),
    ("glasses: none, beard: yes", {"accessories": {"none"}, "facialHair": BEARDS}),
    ("not bald", {"top": set(HAIRY)}),
    ("no hair", {"top": {"sides"}}),
    ("she doesn't have red hair", {"hairColor": set(SLOTS["hairColor"]) - {"red"}}),
    ("no hat with a beard", {"top": set(BARE), "facialHair": BEARDS}),
    # mistakes
    ("man with baerd and galsses", {"facialHair": BEARDS, "accessories": GLASSES}),
    ("withuot glasses", {"accessories": {"none"}}),
    ("SMILLING BALD GUY", {"mouth": SMILES, "top": {"sides"}}),
    ("b34rd", {"facialHair": BEARDS}),
    ("bread", {}),
    ("bear", {}),
    # people that bring several things to mind, and give way to what is said
    ("wizard", {"facialHair": {"beardMajestic"}, "hairColor": {"gray", "platinum"}}),
    ("wizard with a short brown beard", {"facialHair": {"beardLight"}, "hairColor": {"brown"}}),
    ("pirate", {"accessories": {"eyepatch"}}),
    ("pirate with sunglasses", {"accessories": SUNGLASSES}),
    ("nerd", {"accessories": GLASSES}),
    ("a santa hat", {"top": {"winterHat03"}, "hatColor": {"red"}}),
    # emoji, other languages, markup
    ("🧔🏿🕶️", {"facialHair": BEARDS, "skin": {"dark"}, "accessories": SUNGLASSES}),
    ("😭", {"eyes": {"cry"}}),
    ("gafas de sol y barba roja", {"accessories": SUNGLASSES, "facialHair": BEARDS, "hairColor": {"red"}}),
    ("лысый мужчина в очках", {"top": {"sides"}, "accessories": GLASSES}),
    ("<b>beard</b><script>alert(1)</script>", {"facialHair": BEARDS}),
    ("man with \u202eglasses\u202c", {"accessories": GLASSES}),
    # nothing about a face
    ("", {}),
    ("the a of with", {}),
    ("please draw me a nice picture of a person, 4k, best quality", {}),
    ("surprise me", {}),
    ("red", {}),
    ("a red car", {}),
]


@pytest.mark.parametrize("text, expected", TABLE, ids=[row[0][:40] for row in TABLE])
def test_a_prompt_says_this_and_nothing_else(text, expected):
    assert named(text) == expected


@pytest.mark.parametrize(
    "text, ignored",
    [
        ("a man on a red motorcycle with glasses", ("red motorcycle",)),
        ("girl with a guitar and a dog", ("guitar", "dog")),
        ("bread, please", ("bread",)),
        ("a nice young man", ()),
        ("blonde robot dragon", ("robot dragon",)),
        ("", ()),
    ],
)
def test_words_that_change_nothing_are_told(text, ignored):
    assert told(text).ignored == ignored


@pytest.mark.parametrize(
    "text, note",
    [
        ("man with a baerd", "I read “baerd” as “beard”."),
        ("green hair", "No green hair here: I took blue."),
        ("blue eyes", "Eyes have no colour here."),
        ("a ponytail", "I can't draw this: ponytail. I took a bun."),
        ("beard and moustache", "“beard” and “moustache” do not go together here: I took “beard”."),
        ("red hair under a hat", "A hat or scarf hides the hair here: its colour shows only in a beard."),
        ("no eyes", "Every face here has eyes."),
        ("the of a", "Surprise: every face is another."),
        ("robot", "Nothing here says what the face looks like: it is a surprise."),
        ("🧔", "I read 🧔 as “bearded person”."),
    ],
)
def test_notes_tell_what_was_done_instead(text, note):
    assert note in told(text).notes


def test_a_plain_prompt_has_no_notes():
    assert told("bald man with a long gray beard, round glasses and a green hoodie").notes == ()


def parts(probabilities):
    return dict(zip(SLOTS, np.split(np.array(probabilities), np.cumsum(SIZES)[:-1]), strict=True))


def chance(understood, slot):
    return dict(zip(SLOTS[slot], parts(understood.probabilities)[slot], strict=True))


@pytest.mark.parametrize("text", ["", "beard", "no hat, angry", "curly red hair", "moustache but no beard", "hippie"])
def test_probabilities_are_a_distribution_per_slot_and_open_slots_keep_the_prior(text):
    understood = told(text)
    assert len(understood.probabilities) == TOTAL and min(understood.probabilities) >= 0
    for slot, part in parts(understood.probabilities).items():
        assert part.sum() == pytest.approx(1, abs=1e-5)
        if slot not in read(text).evidence:
            assert part == pytest.approx(parts(prior())[slot], abs=1e-6)
    for slot, one in understood.named.items():
        assert sum(chance(understood, slot)[value] for value in one.values) > 0.99


def test_who_names_a_hair_colour_sees_hair():
    here = chance(told("blue hair"), "top")
    assert sum(here[value] for value in HATS) == 0 and here["sides"] == 0
    assert "top" not in told("blue hair").named
    assert sum(chance(told("blue hat"), "top")[value] for value in HAT) == pytest.approx(1)


def test_labels_and_fragments_are_for_people():
    one = told("a man with a long gray beard and no glasses").named
    assert (one["facialHair"].label, one["facialHair"].words, one["facialHair"].source) == ("long beard", "long gray beard", "words")
    assert (one["accessories"].label, one["accessories"].words) == ("none", "no glasses")
    assert label_of("accessories", GLASSES) == "glasses" and label_of("hairColor", {"red", "auburn"}) == "auburn or red"
    assert label_of("hairColor", set(SLOTS["hairColor"]) - {"red"}) == "not red" and label_of("top", set(BARE)) == "no hat"
    assert label_of("mouth", {"sad", "serious", "smile", "tongue"}).endswith("or 2 more")


def test_captions_of_the_training_split_are_read_as_they_were_meant():
    rng, right, all_named = random.Random(21), 0, 0
    for _ in range(400):
        row = random_row(rng)
        written = caption(row, rng)
        understood = told(written.text)
        for slot, values in written.named.items():
            if slot == "top" and len(values) > 20:
                continue
            all_named += 1
            right += slot in understood.named and understood.named[slot].values <= values
    assert right / all_named > 0.97


def readers(slot, value, share=0.95):
    """What a reader would say that is sure of one value of one slot: 132 probabilities."""
    found = parts(prior())
    found[slot] = np.full(len(SLOTS[slot]), (1 - share) / (len(SLOTS[slot]) - 1))
    found[slot][SLOTS[slot].index(value)] = share
    return np.concatenate(list(found.values())).astype(np.float32)


def test_the_reader_is_believed_about_words_the_dictionary_lacks():
    reading = read("a zorbly robot", KNOWN)
    assert [words for words, _, _ in reading.unknown] == ["zorbly", "robot"]
    sure, open_ = readers("mouth", "tongue"), prior()
    understood = join(reading, ["zorbly", "robot"], [sure, open_, sure])  # without "zorbly" it knows nothing
    assert understood.named["mouth"].values == {"tongue"} and understood.named["mouth"].source == "model"
    assert understood.named["mouth"].words == "zorbly" and understood.ignored == ("robot",)
    assert chance(understood, "mouth")["tongue"] > 0.9


def test_the_reader_is_not_believed_without_a_word_to_blame_or_when_unsure():
    reading = read("a zorbly robot", KNOWN)
    sure, unsure = readers("mouth", "tongue"), readers("mouth", "tongue", 0.4)
    for told_ in ([sure, sure, sure], [unsure, prior(), prior()], []):
        understood = join(reading, ["zorbly", "robot"], told_)
        assert not understood.named and understood.ignored == ("zorbly", "robot")
        assert chance(understood, "mouth")["tongue"] == pytest.approx(1 / 11)


def test_the_dictionary_wins_over_the_reader():
    reading = read("zorbly man with a big smile", KNOWN)
    understood = join(reading, ["zorbly"], [readers("mouth", "tongue"), prior()])
    assert understood.named["mouth"].values == {"smile"} and understood.ignored == ("zorbly",)


@pytest.mark.parametrize(
    "text, texts",
    [
        ("bald man with a beard", []),
        ("red", []),
        ("a dog, hat", ["a dog, hat", "a , hat"]),
        ("hat on a red motorcycle with a dog", ["hat on a motorcycle with a dog", "hat on a with a dog", "hat on a motorcycle with a"]),
    ],
)
def test_the_reader_is_asked_only_about_words_the_dictionary_lacks(text, texts):
    assert texts_to_read(text, read(text, KNOWN)) == texts


def test_no_prompt_asks_the_reader_more_than_a_few_times():
    text = ", ".join(f"zorb{chr(97 + n)}ly" for n in range(26))
    assert len(texts_to_read(text, read(text, KNOWN))) == 1 + MAX_WORDS


def test_softmax_is_per_slot():
    found = softmax(np.concatenate([np.full(size, 1000.0 + size) for size in SIZES]).astype(np.float32))
    assert all(part == pytest.approx(1 / len(part)) for part in parts(found).values())


@pytest.mark.parametrize(
    "unit", ["beard ", "no ", "red ", "long, ", "and ", "zzyzx ", "(((", "no beard or ", "red hat with ", "beardd ", "hair: "]
)
def test_long_prompts_are_read_too(unit):
    understood = told((unit * 10_000)[:10_000])
    assert len(understood.probabilities) == TOTAL and any("That is long" in note for note in understood.notes)
    assert len(understood.named) <= 4 and len(understood.notes) <= 4


def test_every_phrase_of_the_tables_is_read_as_the_tables_mean_it():
    for line in lexicon.tables.PHRASES.strip().splitlines():
        _, effect, phrases = (part.strip() for part in line.split("|"))
        meant = [part.split("=") for part in effect.split(";") if "hint:" not in part]
        for phrase in phrases.split(";"):
            found = read(phrase.strip(), KNOWN)
            assert not found.unknown, (phrase, found.unknown)
            for slot, values in meant:
                wanted = {value.split(":")[0].replace("_", " ") for value in values.split()}
                assert wanted & set(found.evidence[slot.strip()].weights) or "@" in values, (phrase, slot)


@pytest.mark.parametrize(
    ("text", "values"),
    [("a happy girl", {"none"}), ("granny", {"none"}), ("a bearded lady", BEARDS), ("a man", set()), ("woman with a beard", BEARDS)],
)
def test_women_and_children_have_no_beard_unless_the_words_say_so(text, values):
    found = read(text).evidence.get("facialHair")
    assert (set(found.weights) if found else set()) == set(values)
    assert text != "a happy girl" or found.level == lexicon.HINT  # it is not listed as understood
