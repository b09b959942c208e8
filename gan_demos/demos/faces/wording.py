"""Words people use for the twelve slots: which values each phrase is true of, as seen in the pictures. Captions are written with them."""

from dataclasses import dataclass

from .vocabulary import HATS, SLOTS

FORMS = ("noun", "worn", "adjective", "doing", "person", "place")


@dataclass(frozen=True)
class Wording:
    """Phrases true of any of `values` of `slot`. `form` says where they fit in a sentence: "with NOUN", "wearing WORN", "ADJECTIVE man",
    "a man, DOING", "a PERSON", "… PLACE". `{c}` is where a colour goes, `{their}` a pronoun. `held_out` phrases are for evaluation and
    never trained on."""

    slot: str
    values: frozenset[str]
    form: str
    phrases: tuple[str, ...]
    held_out: tuple[str, ...]


# slot | values | form | phrases | held-out phrases
_PHRASES = """
top | bigHair curvy dreads shavedSides straight01 straight02 straightAndStrand | noun | {c} long hair; long {c} hair; {c} hair down to the chest; {c} long locks | long flowing {c} hair; {c} waist-length hair
top | bigHair curvy dreads shavedSides straight01 straight02 straightAndStrand | adjective | long-haired |
top | bob miaWallace longButNotTooLong | noun | {c} medium length hair; {c} shoulder-length hair; {c} chin-length hair; medium {c} hair | {c} mid-length hair; {c} hair to the shoulders
top | dreads01 dreads02 frizzle shaggy shaggyMullet shortCurly shortFlat shortRound shortWaved theCaesar theCaesarAndSidePart | noun | {c} short hair; short {c} hair; a {c} short haircut; {c} hair cut short | {c} cropped hair; a short {c} hairdo
top | dreads01 dreads02 frizzle shaggy shaggyMullet shortCurly shortFlat shortRound shortWaved theCaesar theCaesarAndSidePart | adjective | short-haired |
top | theCaesar theCaesarAndSidePart shortRound | noun | {c} very short hair; a {c} buzz cut; {c} close-cropped hair; a {c} crew cut | {c} buzzed hair; a {c} military haircut
top | curly fro froBand shortCurly dreads02 frida | noun | {c} curly hair; curly {c} hair; {c} curls; {c} curly locks | {c} frizzy hair; {c} ringlets
top | curly fro froBand shortCurly dreads02 frida | adjective | curly-haired; curly | curly-headed
top | curly | noun | big {c} curls; {c} voluminous curly hair; a {c} perm; large round {c} curls | bouncy {c} curls
top | shortCurly | noun | short curly {c} hair; {c} short curly hair; {c} short curls; {c} curls on top | a {c} curly crop
top | curvy bigHair dreads shortWaved | noun | {c} wavy hair; wavy {c} hair; {c} waves | {c} hair with waves
top | curvy bigHair dreads | noun | long wavy {c} hair; {c} long wavy hair; long {c} waves | {c} mermaid hair
top | shortWaved | noun | short wavy {c} hair; {c} short wavy hair; {c} hair combed up in a wave | {c} brushed-back hair
top | straight01 straight02 straightAndStrand miaWallace longButNotTooLong bob | noun | {c} straight hair; straight {c} hair; {c} smooth hair | {c} sleek hair; {c} ironed hair
top | straight01 straight02 straightAndStrand | noun | long straight {c} hair; {c} long straight hair; straight long {c} hair | long smooth {c} hair
top | bigHair curly fro froBand | noun | {c} big hair; big {c} hair; {c} voluminous hair; huge {c} hair | {c} poofy hair; lots of {c} hair
top | dreads dreads01 dreads02 | noun | {c} dreadlocks; {c} dreads; {c} rasta hair | {c} locs
top | dreads | noun | long {c} dreadlocks; {c} long dreads | long {c} locs
top | dreads01 dreads02 | noun | short {c} dreads; {c} short dreadlocks | {c} twists
top | dreads02 shaggy shaggyMullet | noun | {c} messy hair; messy {c} hair; {c} tousled hair; {c} unkempt hair; {c} scruffy hair | {c} bed hair; {c} dishevelled hair
top | dreads02 | noun | wild {c} curly hair; {c} messy curls; {c} crazy hair | {c} electrified hair
top | dreads01 shortFlat | noun | {c} spiky hair; spiky {c} hair; {c} hair in short spikes | {c} spikes on the head
top | fro froBand | noun | a {c} afro; a big {c} afro; {c} afro hair | a {c} fro; a giant {c} afro
top | froBand | noun | a {c} afro with a headband; a headband and a {c} afro; a light blue headband in {their} {c} hair | a {c} afro held back by a hairband
top | froBand | worn | a headband | a sweatband; a hairband
top | bun | noun | a {c} bun; {c} hair in a bun; a {c} top knot; {c} hair tied up | a {c} hair bun on top of the head; {c} hair pulled back
top | bob miaWallace longButNotTooLong | noun | a {c} bob; a {c} bob haircut; {c} bobbed hair | a {c} pageboy cut
top | bob | noun | a {c} bob with a side fringe; a {c} bob with side-swept bangs | a {c} bob parted to the side
top | miaWallace | noun | a {c} bob with straight bangs; a {c} bob with a blunt fringe; {c} hair with straight bangs | a {c} bob cut straight across
top | miaWallace bob straightAndStrand longButNotTooLong | noun | {c} bangs; a {c} fringe; {c} hair with bangs; {c} hair with a fringe | {c} hair falling over the forehead
top | straightAndStrand | noun | long {c} hair with a strand on the forehead; long {c} hair with bangs | long {c} hair with a wispy fringe
top | frida | noun | flowers in {their} {c} hair; a flower crown; {c} hair with flowers; flowers on the head | a floral crown; blossoms in {their} {c} hair
top | frida | worn | a flower crown; flowers in {their} {c} hair; a wreath of flowers | a flower headband; a garland
top | frizzle shortWaved | noun | a {c} quiff; {c} hair swept up in front | a {c} pompadour
top | frizzle shavedSides | noun | {c} hair with shaved sides; a {c} undercut; shaved sides | {c} hair shaved at the temples
top | frizzle | noun | a {c} mohawk; a short {c} quiff with shaved sides; a tuft of {c} hair on top | a {c} faux hawk
top | shavedSides | noun | long {c} hair with shaved sides; long {c} hair and an undercut; a {c} quiff and long hair behind | long {c} hair on one side only
top | shaggyMullet | noun | a {c} mullet; a shaggy {c} mullet | {c} hair short in front and long in the back
top | shaggy shaggyMullet | noun | {c} shaggy hair; shaggy {c} hair; {c} hair swept to the side | a {c} side-swept mop
top | theCaesar theCaesarAndSidePart | noun | a {c} caesar cut; a {c} caesar haircut | a {c} roman haircut
top | theCaesarAndSidePart | noun | a {c} caesar cut with a side part; very short {c} hair with a side part | a {c} buzz cut with a parting
top | shortFlat | noun | short flat {c} hair; short {c} hair with a few spikes in front | a {c} flat cut
top | shortRound | noun | short round {c} hair; neat short {c} hair | a {c} round crop
top | sides | noun | a bald head; {c} hair only on the sides; a bald top; a receding hairline; no hair on top | a shiny bald head; a bare scalp
top | sides | adjective | bald; balding; bald-headed | hairless
top | hat | worn | a {c} wide-brimmed hat; a {c} fedora; a {c} cowboy hat; a {c} hat with a wide brim; a {c} sun hat | a {c} stetson; a floppy {c} hat
top | hat winterHat02 winterHat03 winterHat04 winterHat1 | worn | a {c} hat; {c} hat; a {c} hat on {their} head; {c} headgear | a {c} thing on the head
top | winterHat02 winterHat03 winterHat04 winterHat1 | worn | a {c} winter hat; a {c} woolly hat; a {c} knitted hat; a {c} warm hat; a {c} cap | a {c} hat for the snow; a {c} toque
top | winterHat03 winterHat02 | worn | a {c} beanie; a {c} knit cap | a {c} wool beanie
top | winterHat03 | worn | a {c} beanie with a white brim; a {c} cap with white trim | a {c} elf cap
top | winterHat04 | worn | a {c} hat with cat ears; a {c} cat-ear beanie; a {c} hat with ears | a {c} kitty hat; a {c} animal hat
top | winterHat1 winterHat02 | worn | a {c} hat with earflaps; a {c} winter hat with ear flaps; a {c} trapper hat | a {c} hat covering the ears
top | winterHat1 | worn | a {c} fur hat with earflaps; a {c} ushanka; a {c} aviator hat | a {c} russian hat
top | winterHat02 | worn | a {c} hat with a zigzag pattern; a {c} peruvian hat with strings; a {c} patterned knit hat | a {c} chullo; a {c} hat with tassels
top | hijab | worn | a {c} hijab; a {c} headscarf; a {c} head scarf | a {c} veil; a {c} muslim headscarf
top | turban | worn | a {c} turban; a {c} sikh turban | a {c} dastar; a {c} wrapped head cloth
top | bigHair bob bun curly curvy dreads dreads01 dreads02 frida frizzle fro froBand longButNotTooLong miaWallace shaggy shaggyMullet shavedSides shortCurly shortFlat shortRound shortWaved sides straight01 straight02 straightAndStrand theCaesar theCaesarAndSidePart | noun | no hat; no headgear; nothing on the head | neither hat nor scarf
top | bigHair bob bun curly curvy dreads dreads01 dreads02 frida frizzle fro froBand longButNotTooLong miaWallace shaggy shaggyMullet shavedSides shortCurly shortFlat shortRound shortWaved sides straight01 straight02 straightAndStrand theCaesar theCaesarAndSidePart | doing | not wearing a hat; without a hat; hatless | without any headwear
eyes | closed happy | noun | closed eyes; eyes closed; shut eyes; both eyes shut | eyelids down
eyes | closed | adjective | sleeping; dreaming; asleep | slumbering
eyes | closed | doing | sleeping; with closed eyes; having a nap; resting {their} eyes | snoozing; meditating
eyes | cry | noun | a tear; a tear on the cheek; tears; teary eyes; a blue tear | a teardrop; wet eyes
eyes | cry | adjective | crying; tearful; weeping | sobbing
eyes | cry | doing | crying; weeping; in tears; shedding a tear | sobbing; bawling
eyes | default | noun | normal eyes; plain eyes; simple eyes; little dot eyes; ordinary eyes | small round pupils; regular eyes
eyes | default | doing | looking straight ahead; looking at the camera; looking at us | looking forward
eyes | eyeRoll | noun | rolling eyes; eyes rolled up; upturned eyes | eyes turned to the sky
eyes | eyeRoll | doing | rolling {their} eyes; looking up; looking upwards | gazing at the ceiling
eyes | happy | noun | happy eyes; smiling eyes; laughing eyes; cheerful eyes | joyful squeezed eyes
eyes | hearts | noun | heart eyes; hearts for eyes; heart-shaped eyes; hearts in {their} eyes; love eyes | red hearts instead of eyes
eyes | hearts | adjective | lovestruck; loving; enamored | smitten; infatuated
eyes | hearts | doing | in love; madly in love; with hearts in {their} eyes | having a crush
eyes | side | noun | eyes looking to the side; sideways eyes; a side glance; a side-eye | a sidelong glance; shifty eyes
eyes | side | doing | looking to the side; looking sideways; looking away; glancing aside | peeking sideways
eyes | squint | noun | sleepy eyes; half-closed eyes; tired eyes; squinting eyes; heavy eyelids | droopy eyes; half-open eyes
eyes | squint | adjective | sleepy; tired; drowsy | weary; exhausted
eyes | squint | doing | squinting; looking tired; looking bored | looking half asleep
eyes | surprised | noun | wide eyes; wide open eyes; big round eyes; surprised eyes; huge eyes | bulging eyes; eyes as big as saucers
eyes | surprised | adjective | surprised; shocked; astonished; startled; wide-eyed | amazed; stunned
eyes | surprised | doing | staring; looking surprised; looking shocked | looking astounded
eyes | wink winkWacky | noun | a wink; one eye closed; a winking eye | one eye shut
eyes | wink winkWacky | adjective | winking |
eyes | wink winkWacky | doing | winking; giving a wink; winking at us; blinking one eye | making a wink
eyes | winkWacky | noun | a wacky wink; a crazy wink; one eye wide open and one closed | a mad wink
eyes | xDizzy | noun | X eyes; crossed-out eyes; dizzy eyes; x-shaped eyes; crosses for eyes | X's for eyes
eyes | xDizzy | adjective | dizzy; dead; knocked-out; unconscious | dazed; lifeless
eyes | xDizzy | doing | feeling dizzy; knocked out; passed out | looking dead
mouth | concerned | noun | a worried mouth; a concerned look; an anxious mouth | an uneasy mouth
mouth | concerned | adjective | worried; anxious; concerned; nervous | uneasy; troubled
mouth | concerned | doing | looking worried; looking concerned; looking nervous | looking uneasy
mouth | default smile twinkle | noun | a smile; a happy smile; a happy face; a cheerful expression; a friendly smile | a joyful expression; an upbeat look
mouth | default smile twinkle | adjective | smiling; happy; cheerful; joyful; friendly | merry; delighted; glad
mouth | default smile twinkle | doing | smiling; looking happy; smiling at us; in a good mood | looking glad; beaming
mouth | default | noun | a small open smile; a little open mouth; a small happy mouth | a slightly open smiling mouth
mouth | smile | noun | a big smile; a grin; a wide smile; a broad smile; a big grin | a beaming smile
mouth | smile | adjective | grinning; laughing; very happy | beaming
mouth | smile | doing | laughing; grinning; laughing out loud | grinning from ear to ear; giggling
mouth | twinkle | noun | a slight smile; a gentle smile; a faint smile; a smirk; a little smile; a closed-mouth smile | a subtle smile; a mona lisa smile
mouth | twinkle | doing | smiling gently; smirking; smiling a little | smiling softly
mouth | disbelief | noun | a look of disbelief; a mouth open in disbelief; a gaping mouth | a dropped jaw
mouth | disbelief | adjective | disbelieving; dismayed; baffled | incredulous; dumbfounded
mouth | disbelief screamOpen concerned default | noun | an open mouth; mouth open | parted lips
mouth | disbelief sad concerned | noun | a frown; a downturned mouth; an unhappy mouth | mouth corners pointing down
mouth | disbelief sad concerned | adjective | unhappy; upset; frowning; disappointed | displeased; dejected
mouth | sad | noun | a sad mouth; a sad face; a small frown | a mournful mouth; a gloomy look
mouth | sad | adjective | sad; depressed; gloomy | sorrowful; miserable; heartbroken
mouth | sad | doing | looking sad; feeling down | feeling blue and sorry
mouth | eating | noun | full cheeks; puffed cheeks; chubby red cheeks; a mouth full of food; blushing cheeks | stuffed cheeks; bulging cheeks
mouth | eating | adjective | chewing; blushing; munching | rosy-cheeked
mouth | eating | doing | eating; chewing; eating something; munching; having a snack | nibbling; with food in {their} mouth
mouth | grimace | noun | a grimace; gritted teeth; clenched teeth; bared teeth; visible teeth | a row of white teeth; a tense toothy mouth
mouth | grimace | adjective | grimacing; awkward; tense | teeth-baring
mouth | grimace | doing | grimacing; showing {their} teeth; gritting {their} teeth; clenching {their} teeth | making a face
mouth | screamOpen | noun | a wide open mouth; a screaming mouth; a shouting mouth; a big open mouth | a mouth open in a yell
mouth | screamOpen | adjective | screaming; shouting; yelling; terrified | shrieking; hollering; horrified
mouth | screamOpen | doing | screaming; shouting; yelling loudly; screaming in terror; yelling | crying out loud in fear; howling
mouth | serious | noun | a serious look; a straight mouth; a flat mouth; a neutral expression; a serious expression; a poker face | a deadpan look; an expressionless face
mouth | serious | adjective | serious; stern; expressionless; neutral | deadpan; stone-faced; solemn
mouth | serious | doing | looking serious; keeping a straight face | looking stern
mouth | tongue | noun | tongue out; a tongue sticking out; the tongue out; a visible tongue | tongue hanging out; a poked-out tongue
mouth | tongue | adjective | cheeky; silly; goofy; playful | clowning
mouth | tongue | doing | sticking out {their} tongue; showing {their} tongue; sticking {their} tongue out | poking {their} tongue out
mouth | concerned disbelief eating grimace sad screamOpen serious | noun | no smile | not a trace of a smile
mouth | concerned disbelief eating grimace sad screamOpen serious | doing | not smiling; not happy; never smiling | refusing to smile
eyebrows | angry | noun | angry eyebrows; furrowed brows; frowning eyebrows; an angry look | knitted brows; an angry glare
eyebrows | angry | adjective | angry; mad; furious; annoyed; grumpy | irritated; enraged; cross; irate
eyebrows | angry | doing | looking angry; looking grumpy; glaring | looking furious; scowling
eyebrows | default | noun | normal eyebrows; plain eyebrows; relaxed eyebrows | ordinary brows
eyebrows | raisedExcited | noun | raised eyebrows; arched eyebrows; eyebrows up; excited eyebrows; high eyebrows | lifted brows
eyebrows | raisedExcited | doing | raising {their} eyebrows; with raised brows | lifting {their} eyebrows
eyebrows | raisedExcited | adjective | excited | thrilled
eyebrows | sadConcerned | noun | sad eyebrows; worried eyebrows; sad brows; concerned eyebrows | pleading eyebrows; anxious brows
eyebrows | unibrowNatural | noun | a unibrow; a monobrow; bushy white eyebrows; thick white eyebrows; white brows; connected eyebrows | joined eyebrows; pale bushy brows
facialHair | beardLight beardMedium beardMajestic | noun | a {c} beard; {c} beard; a nice {c} beard; a full {c} beard | {c} whiskers on the chin
facialHair | beardLight beardMedium beardMajestic | adjective | bearded; beardy | hairy-chinned
facialHair | beardLight | noun | a short {c} beard; a light {c} beard; {c} stubble; a {c} goatee; a thin {c} beard | a five o'clock shadow; a trimmed {c} beard
facialHair | beardMedium | noun | a medium {c} beard; a {c} beard of medium length; a tidy full {c} beard | a neat {c} boxed beard
facialHair | beardMajestic | noun | a long {c} beard; a big bushy {c} beard; a majestic {c} beard; a huge {c} beard; a thick long {c} beard | a {c} viking beard; an impressive {c} beard
facialHair | moustacheFancy moustacheMagnum | noun | a {c} moustache; a {c} mustache; {c} moustache; {c} mustache | a {c} stache; {c} whiskers under the nose
facialHair | moustacheFancy moustacheMagnum | adjective | mustachioed; moustached; mustached | moustachioed
facialHair | moustacheFancy | noun | a curled {c} moustache; a fancy {c} mustache; a {c} handlebar moustache; a twirled {c} mustache | a curly {c} dali moustache; a pointy {c} mustache
facialHair | moustacheMagnum | noun | a thick {c} moustache; a bushy {c} mustache; a {c} walrus moustache | a dense {c} stache
facialHair | beardLight beardMedium beardMajestic moustacheFancy moustacheMagnum | noun | {c} facial hair; {c} hair on {their} face | {c} face fuzz
facialHair | none | noun | no beard; no facial hair; no moustache; no mustache; a shaved face; a smooth chin | neither beard nor moustache; a bare chin
facialHair | none | adjective | clean-shaven; clean shaven; beardless; shaved | smooth-faced
facialHair | none | doing | without a beard; without facial hair; not bearded; without a moustache | without whiskers
accessories | prescription01 prescription02 round | worn | glasses; eyeglasses; specs; spectacles; a pair of glasses; reading glasses | eyewear with clear lenses; goggles
accessories | prescription01 prescription02 round | adjective | bespectacled; glasses-wearing; nerdy | four-eyed
accessories | round | worn | round glasses; round spectacles; circular glasses; john lennon glasses | round specs; harry potter glasses
accessories | prescription01 prescription02 | worn | square glasses; rectangular glasses; angular glasses | boxy spectacles
accessories | prescription01 | worn | thin glasses; thin-rimmed glasses | glasses with a thin frame
accessories | prescription02 | worn | thick glasses; thick black glasses; thick-rimmed glasses | chunky frames; hipster glasses
accessories | kurt sunglasses wayfarers | worn | sunglasses; shades; dark glasses; a pair of sunglasses; cool sunglasses | sunnies; tinted glasses
accessories | kurt | worn | big black sunglasses; oversized sunglasses; huge dark sunglasses; cat-eye sunglasses | movie star sunglasses; giant black shades
accessories | wayfarers sunglasses | worn | wayfarers; ray-bans; see-through sunglasses; classic sunglasses | blues brothers sunglasses
accessories | eyepatch | worn | an eyepatch; an eye patch; a black eyepatch; a patch over one eye; a pirate eyepatch | a patch on {their} eye; a covered eye
accessories | eyepatch | adjective | one-eyed; eyepatched | pirate-like
accessories | none | noun | no glasses; no eyeglasses; nothing over the eyes | not a single pair of glasses
accessories | none | doing | without glasses; not wearing glasses; without any glasses; wearing no glasses | without spectacles
hairColor | blond | adjective | blonde; blond; blond-haired; blonde-haired | fair-headed
hairColor | blond platinum | person | blonde; blond guy; blonde girl; blond man; blonde woman | blondie
hairColor | auburn red | adjective | ginger; redheaded; red-haired; ginger-haired | carrot-topped
hairColor | auburn red | person | redhead; ginger; ginger guy; redhead girl | carrot top
hairColor | brown dark_brown | adjective | brunette; brown-haired | chestnut-maned
hairColor | brown dark_brown | person | brunette; brunette woman | brown-haired person
hairColor | black dark_brown | adjective | dark-haired | raven-haired
hairColor | gray platinum | adjective | old; elderly; gray-haired; aged; white-haired; grey-haired | senior; ancient; silver-haired; hoary
hairColor | gray platinum | person | grandpa; grandma; grandfather; grandmother; granny; old man; old woman; old lady; elderly man; old guy; elderly woman | pensioner; senior citizen; geezer; oldie; nana
hairColor | blue | adjective | blue-haired | azure-haired
hairColor | pink | adjective | pink-haired | rose-haired
accessories | eyepatch | person | pirate; pirate captain | buccaneer
accessories | prescription01 prescription02 round | person | nerd; geek; librarian | bookworm
top | sides | person | bald man; bald guy; baldy | cue ball
facialHair | beardLight beardMedium beardMajestic | person | bearded man; bearded guy | man with whiskers
clothing | blazerAndShirt blazerAndSweater | worn | a {c} blazer; a {c} suit jacket; a {c} jacket; a {c} suit | a {c} sport coat; {c} formal wear
clothing | blazerAndShirt blazerAndSweater | adjective | well-dressed; elegant | formal
clothing | blazerAndShirt | worn | a {c} blazer over a t-shirt; a {c} jacket and a gray t-shirt; a {c} blazer and shirt | a {c} jacket thrown over a tee
clothing | blazerAndSweater | worn | a {c} blazer over a sweater; a {c} jacket over a white collar; a {c} blazer and sweater | a {c} blazer with a pullover
clothing | collarAndSweater | worn | a {c} sweater; a {c} jumper; a {c} pullover; a {c} sweater with a collar; a collar and {c} sweater | a {c} sweatshirt with a collar; a {c} preppy sweater
clothing | hoodie | worn | a {c} hoodie; a {c} hooded sweatshirt; a {c} hoody | a {c} sweatshirt with a hood
clothing | overall | worn | {c} overalls; {c} dungarees; a {c} overall; {c} bib overalls | a {c} pinafore; {c} work overalls
clothing | graphicShirt | worn | a {c} graphic t-shirt; a {c} t-shirt with a print; a {c} printed tee; a {c} band t-shirt | a {c} tee with a logo
clothing | shirtCrewNeck | worn | a {c} crew neck; a {c} crew neck shirt; a {c} crew-neck t-shirt | a {c} close-necked tee
clothing | shirtScoopNeck | worn | a {c} scoop neck; a {c} scoop neck shirt; a {c} scoop-neck top; a low-cut {c} shirt | a {c} top with a round neckline
clothing | shirtVNeck | worn | a {c} v-neck; a {c} v neck shirt; a {c} v-neck t-shirt | a {c} shirt with a v-shaped collar
clothing | graphicShirt shirtCrewNeck shirtScoopNeck shirtVNeck | worn | a {c} t-shirt; a {c} tee; a {c} shirt; a {c} tshirt | a plain {c} cotton tee
"""  # noqa: E501

# slot ("cloth": hats and clothes) | values (several: commas) | words | held-out words
_COLOURS = """
hairColor | auburn | auburn; reddish brown; red-brown | russet
hairColor | auburn,red | ginger; copper; orange | carrot-coloured
hairColor | auburn,brown | chestnut | cinnamon
hairColor | black | black; jet black; raven; coal black | pitch-black; ebony
hairColor | blond | blond; blonde; golden; yellow; dirty blond | golden-blond; honey-coloured
hairColor | blond,platinum | fair; light; light blond; sandy | flaxen
hairColor | platinum | platinum; platinum blond; bleached; very light blond | peroxide blond; cream-coloured
hairColor | platinum,gray | white; snow white; whitish | hoary
hairColor | gray | gray; grey; silver; silvery | steel-gray; ashen
hairColor | blue | blue; bright blue; dyed blue; azure | electric blue; smurf-blue
hairColor | brown | brown; medium brown; chocolate brown | nut-brown; hazel
hairColor | brown,dark brown | brunette; brownish | mousy
hairColor | dark brown | dark brown; deep brown | espresso brown
hairColor | black,dark brown | dark | darkish
hairColor | pink | pink; rose; bubblegum pink; dyed pink | salmon-pink; flamingo pink
hairColor | blue,pink | dyed; colorful; brightly colored | candy-coloured
hairColor | red | red; bright red; fiery red | flame-red; scarlet
cloth | black | black; charcoal; jet black | coal-coloured
cloth | blue | blue; bright blue; royal blue; medium blue | cobalt; denim blue
cloth | gray | gray; grey; dark gray | slate-gray; ash
cloth | green | green; emerald; grass green | kelly green; leaf-green
cloth | navy blue | navy; navy blue; dark blue | midnight blue; petrol blue
cloth | orange | orange; bright orange | tangerine; pumpkin
cloth | pale blue | light blue; pale blue; baby blue; sky blue | powder blue; icy blue
cloth | pink | pink; hot pink; magenta | fuchsia; neon pink
cloth | purple | purple; violet; lilac | plum; grape
cloth | red | red; coral; bright red | crimson; tomato red
cloth | white | white; snow white | ivory; chalk-white
cloth | yellow | yellow; mustard; golden; gold | lemon; canary yellow
cloth | black,navy blue | dark | darkish
bg | gray | gray; grey; light gray | ash-gray
bg | lavender | lavender; purple; lilac; violet; light purple | mauve; wisteria
bg | light blue | light blue; blue; sky blue; pale blue | powder blue; azure
bg | mint | mint; green; light green; mint green; pale green | pistachio; seafoam
bg | peach | peach; orange; light orange; beige; apricot | salmon; skin-toned
bg | pink | pink; light pink; rose | blush pink; baby pink
bg | white | white; plain white; blank | snowy; empty
bg | yellow | yellow; light yellow; pale yellow | lemon; butter-coloured
skin | brown | brown; warm brown; medium brown | cocoa; caramel brown
skin | dark | dark; very dark; black; deep brown | ebony; espresso
skin | brown,dark | dark | dusky
skin | light | light; beige; light beige | peachy
skin | pale | pale; very light; white; very pale | porcelain; ivory
skin | light,pale | fair; light; white | creamy
skin | tan | tan; tanned; olive; bronze | sun-kissed; golden
"""  # noqa: E501

# How a colour alone is said, for the slots that are colours: slot | form | phrases | held-out phrases
_CARRIERS = """
hairColor | noun | {c} hair; {c} coloured hair; hair in {c}; {c} colored hair; {c} locks | hair of {c} color; {c} tresses; a mane of {c}
hatColor | worn | a {c} hat; something {c} on {their} head; a hat in {c}; {c} headwear | headgear that is {c}
clothesColor | worn | {c} clothes; a {c} top; a {c} outfit; {c} clothing; something {c} | a {c} garment; {c} attire; {c} apparel
clothesColor | doing | dressed in {c}; wearing {c}; all in {c} | clad in {c}
bg | place | on a {c} background; on {c} background; against a {c} wall; in front of a {c} background; {c} background; {c} bg; background {c} | before a {c} backdrop; with {c} behind; {c} as the background color
skin | noun | {c} skin; a {c} skin tone; {c} colored skin; {c} coloured skin | a {c} complexion; skin of a {c} shade
skin | adjective | {c}-skinned; {c} skinned | {c}-complexioned
"""  # noqa: E501


@dataclass(frozen=True)
class Carrier:
    """Phrases that name nothing but the colour put into them."""

    slot: str
    form: str
    phrases: tuple[str, ...]
    held_out: tuple[str, ...]


def _split(phrases: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in phrases.split(";") if phrase.strip())


def _wordings() -> tuple[Wording, ...]:
    found = []
    for line in _PHRASES.strip().splitlines():
        slot, values, form, phrases, held_out = (part.strip() for part in line.split("|"))
        found.append(Wording(slot, frozenset(value.replace("_", " ") for value in values.split()), form, _split(phrases), _split(held_out)))
    return tuple(found)


def _colours() -> tuple[Wording, ...]:
    found = []
    for line in _COLOURS.strip().splitlines():
        kind, values, phrases, held_out = (part.strip() for part in line.split("|"))
        for slot in ("hatColor", "clothesColor") if kind == "cloth" else (kind,):
            named = frozenset(value.strip() for value in values.split(","))
            found.append(Wording(slot, named, "colour", _split(phrases), _split(held_out)))
    return tuple(found)


def _carriers() -> tuple[Carrier, ...]:
    rows = ([part.strip() for part in line.split("|")] for line in _CARRIERS.strip().splitlines())
    return tuple(Carrier(slot, form, _split(phrases), _split(held_out)) for slot, form, phrases, held_out in rows)


WORDINGS = _wordings()
COLOURS = _colours()
CARRIERS = _carriers()
BARE = frozenset(SLOTS["top"]) - frozenset(HATS)  # heads without a hat
HAIRY = BARE - {"sides"}  # "red hair" says that there is hair to see
