"""What people type becomes words: emoji, invisible characters, other alphabets, typing mistakes, any length."""

import random
import unicodedata

import pytest

from gan_demos.prompts import MAX_CHARACTERS, Vocabulary, clean, correct, words
from gan_demos.prompts.languages import LANGUAGES
from gan_demos.prompts.spelling import distance

FACES = Vocabulary("beard glasses moustache hair smiling sunglasses eyepatch background hoodie curly crying bared green without".split())


@pytest.mark.parametrize(
    "typed, text",
    [
        ("a man with a beard", "a man with a beard"),
        ("  a \t man \u00a0 with\u2003beard ", "a man with beard"),
        ("man\nbeard\r\nhat", "man, beard, hat"),
        ("\ufeffm\u200ba\u00adn\u0007 with\u202e glasses\x00", "man with glasses"),
        ("ＢＩＧ ﬁne 𝓑𝓮𝓪𝓻𝓭", "BIG fine Beard"),
        ("b\u0337\u0322\u0327\u031be\u0338a\u0335r\u0334d\u0321", "beard"),
        ("café beárd naïve", "cafe beard naive"),
        ("🧔🕶️", "bearded person, sunglasses"),
        ("🧔🏿", "bearded person with dark skin"),
        ("🧔🏼‍♀️", "bearded woman with light skin"),
        ("👩‍🦰", "woman with red hair"),
        ("👨🏽‍🦱", "man with curly hair with tan skin"),
        ("👨‍🦲", "bald man"),
        ("👩‍🦳 in ❤️", "woman with white hair, in, heart"),
        ("😂😂😂 guy", "laughing face, guy"),
        ("🇫🇷 hat", "flag, hat"),
        ("🦄", "unicorn face"),
        (":) man", "smiling, man"),
        ("man with glasses ;)", "man with glasses, winking"),
        ("C:/path :Dog", "C:/path :Dog"),
        ("<script>alert('x')</script>", "<script>alert('x')</script>"),
        ("© ▓ man ™", "man TM"),
        ("", ""),
        (" \n\t ", ""),
        ("\u200b\u200d\ufe0f", ""),
    ],
)
def test_what_is_typed_becomes_words(typed, text):
    prompt = clean(typed)
    assert prompt.text == text and prompt.original == typed


@pytest.mark.parametrize(
    "typed, text",
    [
        ("gafas de sol y barba roja", "sunglasses and red beard"),
        ("mujer con pelo rizado rojo", "woman with curly red hair"),
        ("homme sans barbe", "man without beard"),
        ("lunettes de soleil", "sunglasses"),
        ("alter Mann ohne Brille mit Hut", "old man without glasses with hat"),
        ("uomo con barba bianca", "man with white beard"),
        ("menina com óculos", "girl with glasses"),
        ("бородатый мужчина в очках", "beard man in glasses"),
        ("рыжие волосы, без бороды", "ginger hair, without beard"),
        ("戴眼镜的男人", "wearing glasses man"),
        ("没有胡子", "without beard"),
        ("赤い髪のメガネの女の子", "red hair glasses girl"),
        ("رجل بلحية و نظارات شمسية", "man beard and sunglasses"),
        ("चश्मा और दाढ़ी", "glasses and beard"),
    ],
)
def test_the_commonest_words_of_other_languages(typed, text):
    prompt = clean(typed)
    assert prompt.text == text
    assert any("I know only a few words of" in note and text in note for note in prompt.notes)


@pytest.mark.parametrize(
    "typed", ["a rose in her hair", "the die is a long hut", "con man with pink hair", "man with a moustache, violet top", "Rosa"]
)
def test_english_is_not_taken_for_another_language(typed):
    assert clean(typed) == type(clean(""))(typed, typed, ())


def test_another_alphabet_is_said_not_guessed():
    prompt = clean("ชายมีหนวด with hat")
    assert prompt.text == "with hat" and any("could not read “ชายมีหนวด”" in note for note in prompt.notes)


def test_what_was_changed_is_said():
    assert clean("plain words").notes == ()
    assert clean("a\u200bb\u202ec").notes == ("I left out 2 invisible characters.",)
    assert clean("a\u0000b").notes == ("I left out 1 invisible character.",)
    assert clean("🧔").notes == ("I read 🧔 as “bearded person”.",)
    assert clean("🧔👓😀😢👒").notes == ("I read the emoji as words.",)
    assert any("no words for" in note for note in clean("\U0001fae8").notes) or unicodedata.name("\U0001fae8", "")


@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "a",
        "🧔",
        "\u0301",
        "‍🧔",
        "👩\u200d",
        "眼镜",
        "\ufdfa",
        ", ",
        ":) ",
        "<b>",
        "\u202e",
        "b\u0337",
        "🇫",
        "\n",
        "очки ",
        "((((",
        "no ",
    ],
)
def test_ten_thousand_characters_are_cut_and_said(unit):
    typed = (unit * 10_000)[:10_000]
    prompt = clean(typed)
    assert len(prompt.text) <= MAX_CHARACTERS and prompt.original == typed
    assert any("That is long" in note for note in prompt.notes)
    assert all(len(note) < 1500 for note in prompt.notes)


def test_long_prompts_are_cut_between_words():
    prompt = clean("beard " * 200 + "hat")
    assert set(prompt.text.split()) == {"beard"} and len(prompt.text) > MAX_CHARACTERS - 10


def test_any_characters_at_all():
    rng = random.Random(3)
    for _ in range(300):
        typed = "".join(
            chr(rng.choice((rng.randrange(32, 0x2100), rng.randrange(0x110000), rng.randrange(0x1F000, 0x20000)))) for _ in range(40)
        )
        prompt = clean(typed)
        assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") for c in prompt.text), ascii(typed)
        assert clean(prompt.text).text.split() or not prompt.text.split()


def test_words_know_their_places():
    text = "She ISN'T a clean-shaven man’s T-shirt, 4k!"
    found = words(text)
    assert [one.word for one in found] == ["she", "isnt", "a", "clean", "shaven", "mans", "t", "shirt", "4k"]
    assert all(text[one.start : one.end].lower().replace("'", "").replace("’", "") == one.word for one in found)
    assert words("?!…") == []


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("baerd", "beard"), ("berd", "beard"), ("beardd", "beard"), ("beare", "beard"), ("ebard", "beard"), ("galsses", "glasses"),
        ("glases", "glasses"), ("glassess", "glasses"), ("sungalsess", "sunglasses"), ("mustace", "moustache"), ("smilling", "smiling"),
        ("bakgroud", "background"), ("hodie", "hoodie"), ("b34rd", "beard"), ("gren", "green"), ("withuot", "without"),
        ("hari", "hair"), ("beard", None), ("teard", None), ("bd", None), ("bar", None), ("bread", None), ("guitar", None), ("12345", None),
        ("x" * 5000, None), ("motorcycle", None),
    ],
)  # fmt: skip
def test_typing_mistakes(typed, meant):
    assert correct(typed, FACES, {"bread"}) == meant


def test_words_known_to_be_right_are_never_mistakes():
    assert correct("bear", FACES) == "beard" and correct("bear", FACES, {"bear"}) is None


def test_distance_counts_each_kind_of_mistake_once():
    assert [distance("glasses", other) for other in ("glasses", "galsses", "glases", "glassses", "glaszes", "gasls")] == [0, 1, 1, 1, 1, 3]
    assert distance("", "abc") == 3


@pytest.mark.parametrize(
    "typed, read",
    [
        ("gato", "cat"),
        ("un gato con sombrero rojo", "a cat with red hat"),
        ("hund und katze", "dog and cat"),
        ("un chien", "a dog"),
        ("кот в шляпе", "cat in hat"),
        ("قطة", "cat"),
        ("बिल्ली", "cat"),
        ("红色的苹果", "red apple"),
        ("고양이", "cat"),
        # English words that are also words of other languages
        ("chat", "chat"),
        ("a pie with raisins", "a pie with raisins"),
        ("stern face", "stern face"),
    ],
)
def test_things_in_other_languages_are_read(typed, read):
    assert clean(typed).text == read


def test_words_of_both_tables_keep_the_meaning_of_the_one_about_faces():
    assert LANGUAGES["Russian"]["усы"] == "moustache" and LANGUAGES["Spanish"]["perro"] == "dog"


def test_the_languages_translate_to_words_without_repeats_of_a_key():
    assert len(LANGUAGES) >= 10
    for name, table in LANGUAGES.items():
        assert len(table) >= 10 and all(key and english == english.strip() for key, english in table.items()), name
