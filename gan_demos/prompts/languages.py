"""A few dozen words about faces in ten languages, and of things (`things`), for prompts that are not English; what to say of the rest."""

import re
import unicodedata
from collections import Counter

from . import things

# language | words = English; … Romance languages put colours behind: they are put in front. Words ending in * stand for all that begin so.
_WORDS = """
Spanish | gafas de sol=sunglasses; lentes de sol=sunglasses; gafas=glasses; lentes=glasses; anteojos=glasses; barba=beard; bigote=moustache; pelo=hair; cabello=hair; rojo=red; roja=red; negro=black; negra=black; azul=blue; verde=green; blanco=white; blanca=white; rubio=blond; rubia=blond; gris=gray; marron=brown; rosa=pink; amarillo=yellow; amarilla=yellow; naranja=orange; morado=purple; sombrero=hat; gorro=winter hat; gorra=cap; hombre=man; mujer=woman; chica=girl; chico=boy; viejo=old; vieja=old; abuelo=grandpa; abuela=grandma; sonriente=smiling; sonrisa=smile; feliz=happy; triste=sad; enojado=angry; enfadado=angry; enojada=angry; enfadada=angry; llorando=crying; ojos=eyes; calvo=bald; rizado=curly; largo=long; larga=long; corto=short; corta=short; sin=without; con=with; y=and; cara=face; piel=skin; fondo=background; camiseta=t-shirt; camisa=shirt; sorprendido=surprised; sorprendida=surprised; parche=eyepatch; negras=black; rojas=red; una=a; un=a; de=of
French | lunettes de soleil=sunglasses; lunettes=glasses; barbe=beard; barbu=bearded; moustache=moustache; cheveux=hair; rouge=red; roux=ginger; rousse=ginger; noir=black; noire=black; noirs=black; bleu=blue; bleue=blue; bleus=blue; vert=green; verte=green; blanc=white; blanche=white; blancs=white; blond=blond; gris=gray; grise=gray; rose=pink; roses=pink; jaune=yellow; orange=orange; violet=purple; chapeau=hat; bonnet=winter hat; homme=man; femme=woman; fille=girl; garcon=boy; vieux=old; vieille=old; souriant=smiling; souriante=smiling; sourire=smile; heureux=happy; heureuse=happy; triste=sad; fache=angry; fachee=angry; colere=angry; pleure=crying; yeux=eyes; chauve=bald; boucles=curly; frises=curly; longs=long; longue=long; long=long; court=short; courts=short; sans=without; avec=with; et=and; visage=face; peau=skin; fond=background; pull=sweater; un=a; une=a; des=a; les=the; surpris=surprised; surprise=surprised
German | sonnenbrille=sunglasses; brille=glasses; brillen=glasses; bart=beard; vollbart=full beard; bartiger=bearded; schnurrbart=moustache; schnauzer=moustache; haare=hair; haar=hair; haaren=hair; rote=red; roter=red; rotes=red; roten=red; rot=red; schwarze=black; schwarzer=black; schwarzen=black; schwarz=black; blaue=blue; blauer=blue; blauen=blue; blau=blue; grune=green; gruner=green; grunen=green; grun=green; weisse=white; weisser=white; weissen=white; weiss=white; blonde=blond; blonden=blond; graue=gray; grauer=gray; grauen=gray; grau=gray; rosa=pink; gelbe=yellow; gelber=yellow; gelben=yellow; gelb=yellow; lila=purple; hut=hat; mutze=winter hat; mann=man; frau=woman; madchen=girl; junge=boy; alte=old; alter=old; alten=old; opa=grandpa; oma=grandma; lachelnd=smiling; lachelt=smiling; lachelnder=smiling; lachelnde=smiling; frohlich=happy; glucklich=happy; traurig=sad; traurige=sad; trauriger=sad; wutend=angry; wutender=angry; bose=angry; boser=angry; weinend=crying; weint=crying; augen=eyes; glatze=bald head; lockige=curly; locken=curly hair; lange=long; langer=long; langen=long; langem=long; kurze=short; kurzen=short; ohne=without; mit=with; und=and; gesicht=face; haut=skin; hintergrund=background; pullover=sweater; hemd=shirt; uberrascht=surprised; kopftuch=headscarf; augenklappe=eyepatch; ein=a; eine=a; einen=a; einem=a; einer=a; der=the; die=the; das=the; kein=no; keine=no; keinen=no
Italian | occhiali da sole=sunglasses; occhiali=glasses; barba=beard; baffi=moustache; capelli=hair; rosso=red; rossa=red; rossi=red; nero=black; nera=black; neri=black; blu=blue; azzurri=blue; verde=green; verdi=green; bianco=white; bianca=white; bianchi=white; biondo=blond; bionda=blond; biondi=blond; grigio=gray; grigia=gray; grigi=gray; rosa=pink; giallo=yellow; gialla=yellow; arancione=orange; viola=purple; cappello=hat; berretto=winter hat; uomo=man; donna=woman; ragazza=girl; ragazzo=boy; vecchio=old; vecchia=old; nonno=grandpa; nonna=grandma; sorridente=smiling; sorriso=smile; felice=happy; triste=sad; arrabbiato=angry; arrabbiata=angry; piange=crying; occhi=eyes; calvo=bald; ricci=curly; lunghi=long; lunga=long; corti=short; corta=short; senza=without; con=with; e=and; faccia=face; pelle=skin; sfondo=background; maglietta=t-shirt; maglione=sweater; sorpreso=surprised; una=a; un=a
Portuguese | oculos de sol=sunglasses; oculos escuros=sunglasses; oculos=glasses; barba=beard; bigode=moustache; cabelo=hair; cabelos=hair; vermelho=red; vermelha=red; ruivo=ginger; ruiva=ginger; preto=black; preta=black; azul=blue; verde=green; branco=white; branca=white; loiro=blond; loira=blond; cinza=gray; grisalho=gray; castanho=brown; rosa=pink; amarelo=yellow; amarela=yellow; laranja=orange; roxo=purple; chapeu=hat; gorro=winter hat; homem=man; mulher=woman; menina=girl; menino=boy; velho=old; velha=old; sorrindo=smiling; sorriso=smile; feliz=happy; triste=sad; zangado=angry; chorando=crying; olhos=eyes; careca=bald; cacheado=curly; longo=long; longa=long; comprido=long; curto=short; curta=short; sem=without; com=with; rosto=face; pele=skin; fundo=background; camiseta=t-shirt; surpreso=surprised; uma=a; um=a
Russian | солнечн* очк*=sunglasses; темн* очк*=sunglasses; очк*=glasses; бород*=beard; ус=moustache; усы=moustache; усами=moustache; усатый=mustachioed; волос*=hair; рыж*=ginger; красн*=red; черн*=black; чёрн*=black; син*=blue; голуб*=light blue; зелен*=green; зелён*=green; бел*=white; блондин*=blonde; светл*=light; сед*=gray; сер*=gray; розов*=pink; желт*=yellow; жёлт*=yellow; оранжев*=orange; фиолетов*=purple; шляп*=hat; шапк*=winter hat; мужчин*=man; женщин*=woman; девушк*=girl; девочк*=girl; парень=guy; мальчик*=boy; стар*=old; дед*=grandpa; бабушк*=grandma; улыб*=smiling; весел*=happy; счастлив*=happy; грустн*=sad; печальн*=sad; зл*=angry; сердит*=angry; плач*=crying; глаз*=eyes; лыс*=bald; кудряв*=curly; длинн*=long; коротк*=short; без=without; не=not; с=with; со=with; и=and; в=in; на=on; лиц*=face; кож*=skin; фон*=background; футболк*=t-shirt; свитер*=sweater; рубашк*=shirt; удивл*=surprised; платок=headscarf; платк*=headscarf
Arabic | نظارات شمسية=sunglasses; نظارة شمسية=sunglasses; نظارات=glasses; نظارة=glasses; بنظارات=glasses; لحية=beard; بلحية=beard; ملتحي=bearded; شارب=moustache; شعر=hair; أحمر=red; احمر=red; أسود=black; اسود=black; أزرق=blue; ازرق=blue; أخضر=green; أبيض=white; ابيض=white; أشقر=blond; رمادي=gray; وردي=pink; أصفر=yellow; قبعة=hat; حجاب=hijab; عمامة=turban; رجل=man; امرأة=woman; فتاة=girl; ولد=boy; عجوز=old; مبتسم=smiling; مبتسمة=smiling; يبتسم=smiling; سعيد=happy; سعيدة=happy; حزين=sad; حزينة=sad; غاضب=angry; غاضبة=angry; يبكي=crying; تبكي=crying; عيون=eyes; أصلع=bald; مجعد=curly; طويل=long; طويلة=long; قصير=short; قصيرة=short; بدون=without; بلا=without; مع=with; و=and; وجه=face; بشرة=skin; خلفية=background
Hindi | धूप का चश्मा=sunglasses; चश्मा=glasses; चश्मे=glasses; दाढ़ी=beard; मूंछ=moustache; मूंछें=moustache; मूँछ=moustache; बाल=hair; बालों=hair; लाल=red; काला=black; काले=black; काली=black; नीला=blue; नीले=blue; नीली=blue; हरा=green; हरी=green; सफेद=white; सफ़ेद=white; सुनहरे=blond; भूरे=brown; गुलाबी=pink; पीला=yellow; पीली=yellow; टोपी=hat; पगड़ी=turban; हिजाब=hijab; आदमी=man; औरत=woman; महिला=woman; लड़की=girl; लड़का=boy; बूढ़ा=old; बूढ़ी=old; मुस्कुराता=smiling; मुस्कुराती=smiling; मुस्कान=smile; खुश=happy; दुखी=sad; उदास=sad; गुस्सा=angry; रोता=crying; रोती=crying; रो=crying; आंखें=eyes; आँखें=eyes; गंजा=bald; घुंघराले=curly; लंबे=long; लंबी=long; छोटे=short; छोटी=short; बिना=without; और=and; चेहरा=face; के=of; साथ=with
Chinese | 墨镜=sunglasses; 太阳镜=sunglasses; 太陽眼鏡=sunglasses; 墨鏡=sunglasses; 眼镜=glasses; 眼鏡=glasses; 大胡子=big beard; 络腮胡=full beard; 胡子=beard; 鬍子=beard; 胡须=beard; 八字胡=moustache; 小胡子=moustache; 头发=hair; 頭髮=hair; 红发=red hair; 金发=blond hair; 白发=white hair; 黑发=black hair; 长发=long hair; 短发=short hair; 卷发=curly hair; 红色=red; 黑色=black; 蓝色=blue; 藍色=blue; 绿色=green; 白色=white; 金色=golden; 灰色=gray; 粉色=pink; 粉红色=pink; 黄色=yellow; 橙色=orange; 紫色=purple; 棕色=brown; 红=red; 黑=black; 蓝=blue; 绿=green; 白=white; 黄=yellow; 紫=purple; 粉=pink; 长=long; 短=short; 帽子=hat; 毛线帽=winter hat; 头巾=headscarf; 男人=man; 女人=woman; 男孩=boy; 女孩=girl; 老人=old person; 老爷爷=grandpa; 爷爷=grandpa; 奶奶=grandma; 老=old; 微笑=smiling; 笑=smiling; 开心=happy; 高兴=happy; 悲伤=sad; 伤心=sad; 难过=sad; 生气=angry; 愤怒=angry; 惊讶=surprised; 哭=crying; 眼睛=eyes; 光头=bald; 秃头=bald; 没有=without; 不戴=without; 戴着=wearing; 戴=wearing; 穿着=wearing; 穿=wearing; 和=and; 脸=face; 皮肤=skin; 背景=background; 衣服=clothes; 毛衣=sweater; 的=; 一个=a; 有=with
Japanese | サングラス=sunglasses; メガネ=glasses; めがね=glasses; 眼鏡=glasses; ひげ=beard; ヒゲ=beard; 髭=beard; あごひげ=beard; 口ひげ=moustache; 髪=hair; 赤い=red; 黒い=black; 青い=blue; 白い=white; 黄色い=yellow; 緑の=green; ピンク=pink; 金髪=blond hair; 白髪=white hair; 赤髪=red hair; 黒髪=black hair; 長い=long; 短い=short; 帽子=hat; 男の子=boy; 女の子=girl; 男性=man; 女性=woman; 男=man; 女=woman; おじいさん=grandpa; おばあさん=grandma; 笑顔=smile; 笑って=smiling; 笑う=smiling; 悲しい=sad; 怒って=angry; 怒った=angry; 泣いて=crying; 泣く=crying; 驚いた=surprised; 目=eyes; ハゲ=bald; はげ=bald; 坊主=buzz cut; なし=nothing; 顔=face; 背景=background; の=; と=and; を=; は=; が=; いる=; た=; ひげなし=no beard; メガネなし=no glasses; かけた=wearing; かけ=wearing
Korean | 선글라스=sunglasses; 안경=glasses; 수염=beard; 콧수염=moustache; 머리=hair; 모자=hat; 남자=man; 여자=woman; 웃는=smiling; 슬픈=sad; 화난=angry; 우는=crying; 빨간=red; 검은=black; 파란=blue; 금발=blond hair; 대머리=bald
"""  # noqa: E501
_COLOURS_BEHIND = ("Spanish", "French", "Italian", "Portuguese", "Arabic")
_ADJECTIVES = frozenset("red black blue green white blond gray brown pink yellow orange purple ginger long short curly light".split())
# Words that are English too, or are in too many languages: they alone do not say which language a text is in.
_COMMON = frozenset(
    """
    a an con sin y e de un una die das der hut rot rose sans rosa long court orange violet moustache blond blonde surprise alter
    bart haut haar haare mann junge pullover pull lange opa oma hemd fond longs com sem um uma viola baffi sole bonnet blanc noir
    verde negro negra rouge sombrero chapeau fille femme homme donna nonna roses des les mit und lentes lila et cara large longue
    rote blanca bianca rubia bonita nero
    """.split()
)
_SPACELESS = ("Chinese", "Japanese")


def _read() -> dict[str, dict[str, str]]:
    languages: dict[str, dict[str, str]] = {}
    for line in (*things.WORDS.strip().splitlines(), *_WORDS.strip().splitlines()):  # the words about faces come last, and win
        name, words = (part.strip() for part in line.split("|"))
        languages.setdefault(name, {}).update(pair.strip().split("=") for pair in words.split(";"))
    return languages


LANGUAGES = _read()
# Letters, with the vowel signs and tone marks of Arabic, the Indian scripts, Thai and their neighbours, which are no letters to `re`.
_WORD = re.compile(r"[^\W\d_]+(?:[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0e4e\u0e80-\u0fff\u1000-\u109f]+[^\W\d_]*)*")
_LATIN = {name: words for name, words in LANGUAGES.items() if all(key.isascii() for key in words)}
_LATIN_WORDS: dict[str, list[str]] = {}
for _name, _known in _LATIN.items():
    for _key in _known:
        _LATIN_WORDS.setdefault(_key, []).append(_name)
_TWO_WORDS = [(name, key, english) for name, known in LANGUAGES.items() for key, english in known.items() if " " in key and "*" not in key]
_SCRIPTS = {"CYRILLIC": ("Russian",), "ARABIC": ("Arabic",), "DEVANAGARI": ("Hindi",), "HANGUL": ("Korean",), "CJK": _SPACELESS,
            "HIRAGANA": ("Japanese",), "KATAKANA": ("Japanese",), "KATAKANA-HIRAGANA": ("Japanese",)}  # fmt: skip
_LONGEST = 5  # characters of the longest word of a language that is written without spaces


def script_of(word: str) -> str:
    """The script of the first letter of a word as the character database names it, such as "LATIN", "CYRILLIC" or "CJK"."""
    letter = next((character for character in word if character.isalpha()), "")
    return unicodedata.name(letter, "?").split(" ")[0] if letter else "LATIN"


def _latin_language(text: str) -> str | None:
    """The language most words of `text` are in, of those with one word that is no word of English; None where there is no such word."""
    found: Counter[str] = Counter()
    certain = set()
    for word in re.findall(r"[a-z]+", text):
        for name in _LATIN_WORDS.get(word, ()):
            found[name] += 1
            if word not in _COMMON and word not in things.COMMON:
                certain.add(name)
    best = [name for name, _ in found.most_common() if name in certain]
    return best[0] if best else None


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text.replace("ß", "ss")) if not unicodedata.combining(c))


def _look_up(word: str, name: str) -> str | None:
    words = LANGUAGES[name]
    if word in words:
        return words[word]
    for cut in range(len(word), 1, -1):
        if (english := words.get(word[:cut] + "*")) is not None:
            return english
    return words.get(word[:-1]) if word.endswith("s") and name in _LATIN else None


def _spaceless(word: str) -> list[str | None]:
    """A run of Chinese or Japanese characters, cut into the longest known words; None for each character of no known word."""
    found, at = [], 0
    while at < len(word):
        for length in range(min(_LONGEST, len(word) - at), 0, -1):
            part = word[at : at + length]
            english = next((LANGUAGES[name][part] for name in _SPACELESS if part in LANGUAGES[name]), None)
            if english is not None:
                found.append(english)
                at += length
                break
        else:
            found.append(None)
            at += 1
    return found


def translate(text: str) -> tuple[str, str | None, list[str]]:
    """`text` with the known words of other languages in English; the name of the language, or None for English only; and the words in
    other alphabets that could not be read, which are left out. Text in the Latin alphabet stays where it is not known."""
    plain = _without_accents(text).lower() if not text.isascii() else text.lower()
    latin = _latin_language(plain)
    language, unread, out, end = latin, [], [], 0
    for name, key, english in _TWO_WORDS:
        if name == latin and key in plain:
            text = re.sub(key, english, _without_accents(text), flags=re.I)
        elif not key.isascii() and key in text:
            text, language = text.replace(key, f" {english} "), name
    for found in _WORD.finditer(text):
        out.append(text[end : found.start()])
        end = found.end()
        script = script_of(found[0])
        if script == "LATIN":
            english = _look_up(_without_accents(found[0]).lower(), latin) if latin else None
            out.append(found[0] if english is None else english)
            continue
        names = _SCRIPTS.get(script, ())
        if names and names[0] in _SPACELESS or script in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"):
            parts = _spaceless(found[0])
            english = " ".join(part for part in parts if part) if any(part is not None for part in parts) else None
        else:
            english = next((e for name in names if (e := _look_up(found[0].lower(), name)) is not None), None)
        if english is None:
            unread.append(found[0])
        else:
            language = names[0]
            out.append(f" {english} ")
    text = "".join(out) + text[end:]
    if language in _COLOURS_BEHIND:
        text = _colours_in_front(text)
    return text, language, unread


def _colours_in_front(text: str) -> str:
    """ "hair curly red" -> "curly red hair" """
    adjective = "|".join(sorted(_ADJECTIVES))
    noun = rf"(?!(?:{adjective}|a|and|with|without|of|very)\b)[^\W\d_]+"
    return re.sub(rf"\b({noun})((?: +(?:{adjective})\b)+)", lambda found: found[2].strip() + " " + found[1], text)
