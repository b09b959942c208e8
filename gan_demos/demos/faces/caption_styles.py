"""The sentences that captions of faces are put into, apart for training and evaluation."""

from dataclasses import dataclass

PEOPLE = ("man", "woman", "person", "guy", "girl", "boy", "lady", "face", "someone", "character", "kid", "dude", "avatar", "gentleman",
           "human", "teenager", "child", "cartoon face", "young man", "young woman")  # fmt: skip
PRONOUNS = {
    "man": "he", "guy": "he", "boy": "he", "dude": "he", "gentleman": "he", "young man": "he", "grandpa": "he", "old man": "he",
    "woman": "she", "girl": "she", "lady": "she", "young woman": "she", "grandma": "she", "old woman": "she", "granny": "she",
}  # fmt: skip
THEIR = {"he": "his", "she": "her", "they": "their"}
AGELESS = tuple(name for name in PEOPLE if not name.startswith("young"))


@dataclass(frozen=True)
class Style:
    """What the sentences around the attributes are made of. The styles of the two splits have nothing in common."""

    requests: tuple[str, ...]  # before the person
    fillers: tuple[str, ...]  # at the end, after a comma
    praise: tuple[str, ...]  # adjectives that say nothing about a face
    has: tuple[str, ...]
    wears: tuple[str, ...]
    joints: tuple[str, ...]
    elsewhere: tuple[str, ...]  # things no avatar shows
    has_sentence: tuple[str, ...]
    wears_sentence: tuple[str, ...]
    is_sentence: tuple[str, ...]
    openings: tuple[str, ...]  # of captions of several sentences
    commas: tuple[str, ...]


STYLES = {
    "train": Style(
        requests=("draw me ", "draw ", "make ", "i want ", "give me ", "please draw ", "can you make ", "a picture of ", "portrait of ",
                  "an avatar of ", "a drawing of ", "show me ", "I'd like ", "create ", "a cartoon of ", "generate ", "my profile: ",
                  "this is ", "cartoon portrait of ", "i need "),
        fillers=("please", "4k", "cartoon style", "high quality", "avatar", "thanks", "pls", "cute", "profile picture", "!!", "lol",
                 "digital art", "emoji style", "flat design", "thank you"),
        praise=("cute", "cool", "funny", "nice", "beautiful", "handsome", "pretty", "little", "weird", "lovely", "strange", "random"),
        has=(" with ", " with ", " with ", " who has ", " that has ", " having ", " w/ "),
        wears=(" wearing ", " wearing ", " in ", " with ", " who wears "),
        joints=(", ", " and ", ", and ", " & ", " + "),
        elsewhere=("on a motorcycle", "in a castle", "at the beach", "holding a guitar", "in space", "with a dog", "driving a car",
                   "from the 80s", "who works in a bank", "on a mountain", "playing football", "from Spain", "in a kitchen",
                   "who likes coffee", "reading a book", "on a bus", "near a tree", "with a sword", "at school"),
        has_sentence=("{they} has {it}", "{they} has got {it}", "there is {it}", "with {it}"),
        wears_sentence=("{they} wears {it}", "{they} is wearing {it}", "wearing {it}"),
        is_sentence=("{they} is {it}", "{they} looks {it}", "very {it}"),
        openings=("this is a ", "a ", ""),
        commas=(", ", ", ", ", ", ",", "; ", " / ", " - ", "\n"),
    ),
    "test": Style(
        requests=("imagine ", "could you sketch ", "design ", "paint ", "let me see ", "render ", "an illustration of ", "an icon showing ",
                  "we need an image of ", "my friend is ", "think of ", "a headshot of "),
        fillers=("if possible", "in vector style", "for my website", "best quality", "cheers", "minimalist", "icon", "trending"),
        praise=("adorable", "charming", "ordinary", "interesting", "classy", "famous", "typical", "gorgeous"),
        has=(" featuring ", " whose look includes ", " showing ", " (with ", " that's got "),
        wears=(" sporting ", " dressed up with ", " that's wearing ", ", on top of that "),
        joints=("; ", " plus ", " as well as ", ", also "),
        elsewhere=("on a skateboard", "under water", "in a library", "with a parrot", "riding a horse", "in the jungle", "from Brazil",
                   "who plays chess", "on the moon", "selling bread", "beside a river", "carrying an umbrella"),
        has_sentence=("you can see {it}", "note {it}", "{they} shows {it}"),
        wears_sentence=("{they} has put on {it}", "{they} sports {it}"),
        is_sentence=("{they} seems {it}", "{they} appears {it}"),
        openings=("here we see a ", "my idea: a "),
        commas=(" | ", " . ", " * ", " & ", " + "),
    ),
}  # fmt: skip
