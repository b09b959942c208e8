"""What the words of a prompt mean here, as tables: colours, words that describe, things, people and feelings."""

LONG = "bigHair curvy dreads shavedSides straight01 straight02 straightAndStrand"
SHORT = "dreads01 dreads02 frizzle shaggy shaggyMullet:0.4 shortCurly shortFlat shortRound shortWaved theCaesar theCaesarAndSidePart"
CURLY = "curly:2 fro froBand:0.5 shortCurly dreads02 frida:0.5 curvy:0.001 bigHair:0.001"  # the last two for "long and curly"
WINTER = "winterHat02 winterHat03 winterHat04 winterHat1"
BEARD = "beardLight beardMedium:1.3 beardMajestic"
MOUSTACHE = "moustacheFancy moustacheMagnum"
GLASSES = "prescription01 prescription02 round"
SUNGLASSES = "kurt sunglasses wayfarers"
TEES = "graphicShirt shirtCrewNeck shirtScoopNeck shirtVNeck"
BLAZERS = "blazerAndShirt blazerAndSweater"
SMILES = "smile:3 twinkle:2 default:2"
GLUM = "sad:3 disbelief concerned"
STERN = "serious sad disbelief grimace concerned"

# words | hair | hats and clothes | background | skin. "~": the nearest there is, and a note says so. Empty: no such thing here.
COLOURS = """
red; crimson; scarlet; ruby; cherry; vermilion; bright red; fiery red; dark red; coral; brick; brick red; blood red; tomato; strawberry; poppy; fire engine red; candy red; rose red; lipstick red; apple red | red | red | ~pink |
maroon; burgundy; wine; bordeaux; oxblood; dark cherry; cranberry; raspberry; garnet; merlot | ~red, auburn | ~red | ~pink |
ginger; copper; carrot; rust; strawberry blond; strawberry blonde; terracotta; carroty; orangey; foxy; strawberry red; brassy; rusty | red, auburn | ~orange | ~peach |
orange; tangerine; pumpkin; amber; bright orange; light orange; mandarin; marigold; saffron; apricot orange; burnt orange; neon orange; papaya; mango; ochre | red, auburn | orange | peach |
warm brown | brown | ~orange | ~peach | brown
auburn; russet; reddish; reddish brown; red brown; mahogany; sienna; brick brown; henna; cinnamon | auburn | ~red | ~peach |
chestnut | auburn, brown | ~orange | ~peach | brown
brown; chocolate brown; chocolate; hazel; mocha; coffee; medium brown; brownish; toffee; walnut; umber; cocoa; acorn; tawny; bronze brown; nougat; mousy; mouse brown | brown | ~orange | ~peach | brown
dark brown; deep brown; very dark brown; espresso; mahogany brown; bitter chocolate; walnut brown | dark brown | ~black | ~gray | dark
light brown; honey brown; ash brown; golden brown; sandy brown; camel | brown, auburn | ~orange | ~peach | tan
caramel | auburn | ~orange | ~peach | brown
black; ebony; jet black; raven; coal; onyx; pitch black; coal black; charcoal; inky; graphite; obsidian; midnight black; sable; darkest; blackish | black | black | ~gray | dark
dark; very dark; darker; deep | black, dark brown | black, navy blue | ~gray | dark
light; lighter | blond, platinum | pale blue, white, yellow | white, light blue, yellow, peach | light
fair; sandy; light blond; light blonde; honey; honey blond; honey blonde; flaxen; straw coloured; ash blond; ash blonde; light golden | blond, platinum | | | light, pale
blond; blonde; golden blond; dirty blond; dirty blonde; yellow blond | blond | ~yellow | ~yellow |
gold; golden; mustard; golden yellow; honey gold; metallic gold | blond | yellow | yellow | tan
yellow; lemon; canary; bright yellow; light yellow; pale yellow; sunflower; butter; sunny yellow; neon yellow; vanilla; pastel yellow; straw yellow; cream yellow; maize; dandelion | blond | yellow | yellow |
platinum; platinum blond; platinum blonde; bleached; very light blond; bleach blond; bleach blonde; champagne; peroxide; white blond; white blonde; ice blond; ice blonde; very blond; very light blonde; pale blond; pale blonde | platinum | ~white | ~white |
white; snow white; ivory; snowy; whitish; plain white; blank; milky; pearl; pearly; chalk; eggshell; off white; alabaster; pure white; bright white; cloud white | platinum, gray | white | white | pale
gray; grey; silver; silvery; ash; ashen; slate; salt and pepper; light gray; light grey; dark gray; dark grey; greying; graying; grayish; steel; smoke; smoky; pewter; gunmetal; silver gray; silver grey; mouse gray; ash gray; ash grey; steel gray; hoary; grizzled; peppery; steel grey; slate gray; slate grey; medium gray | gray | gray | gray |
blue; bright blue; royal blue; cobalt; sapphire; medium blue; azure; electric blue; denim; cornflower; ultramarine; steel blue; cerulean; ocean blue; lapis; sea blue; neon blue; true blue; cobalt blue; sapphire blue; jeans blue; denim blue; bluish; smurf blue; blueberry | blue | blue | light blue |
light blue; pale blue; sky blue; baby blue; powder blue; icy blue; ice blue; arctic blue; pastel blue; forget me not; periwinkle; cloud blue | blue | pale blue | light blue |
dark blue; navy; navy blue; midnight blue; indigo; deep blue; prussian blue; marine blue; ink blue; petrol; petrol blue; night blue; midnight; oxford blue; royal navy | ~blue | navy blue | ~light blue |
teal | ~blue | ~green, blue | ~mint, light blue |
turquoise; cyan; aqua; aquamarine; aqua blue; tiffany blue; sea green; caribbean blue | ~blue | ~pale blue, blue | ~light blue, mint |
green; emerald; lime; grass green; dark green; forest green; bright green; neon green; jade; leaf green; kelly green; moss; moss green; apple green; bottle green; hunter green; jungle green; emerald green; olive green; greenish; spring green; lime green; parrot green; shamrock; avocado; army green; racing green | ~blue | green | mint |
mint; mint green; light green; pale green; seafoam; pistachio; sage; sage green; pastel green; sea foam; celery; pistachio green; tea green; soft green | ~blue | ~green | mint |
olive; khaki | ~brown | ~green | ~mint | tan
purple; violet; lilac; plum; mauve; dark purple; deep purple; grape; eggplant; aubergine; orchid; amethyst; royal purple; bright purple; neon purple; purplish; mulberry; blackberry; ultraviolet; dark violet | ~pink | purple | lavender |
lavender; light purple; pale purple; wisteria; thistle; pastel purple; light violet; pale violet; pale lilac; soft purple; lavender purple | ~pink | ~purple | lavender |
pink; hot pink; magenta; fuchsia; rose; salmon; bubblegum; bubblegum pink; light pink; baby pink; neon pink; bright pink; pale pink; flamingo; flamingo pink; blush; candy pink; cotton candy; pastel pink; rosy; salmon pink; shocking pink; cherry blossom pink; coral pink; blush pink; barbie pink; pinkish; dusty pink; rose pink; dark pink; watermelon; peony; cerise | pink | pink | pink |
beige; cream; sand; ecru; taupe; champagne beige; oatmeal; vanilla cream; nude; buff; creamy | platinum, blond | ~white | peach | light
light beige | platinum | ~white | peach | light
peach; apricot; peachy; cantaloupe; light peach; pale orange; pale peach; pastel orange; skin coloured; skin toned | ~pink | ~orange | peach | light
tan; tanned; bronze; bronzed; sunburnt; suntanned; sun kissed; sun tanned; bronzy; sunbaked; golden tan; copper brown; mediterranean; weathered | ~blond | ~orange | peach | tan
medium | | | | tan
pale; very pale; very light; porcelain; pallid; ghostly; ashen white; fair white; pasty; milky white; vampire white; snow pale; ghost white | platinum | | | pale
colorful; colourful; dyed; brightly colored; brightly coloured; rainbow; multicolored; multicoloured; neon | blue:0.01, pink:0.01 | | |
"""  # noqa: E501

# what it describes | words | slot=values
MODIFIERS = f"""
hair | long; longer; lengthy; flowing; super long; very long | top={LONG}
hair | short; shorter; cropped; trimmed | top={SHORT}
hair | medium; shoulder; chin | top=bob miaWallace longButNotTooLong
hair | buzzed; very short; super short; tiny | top=theCaesar:2 theCaesarAndSidePart:2 shortRound
hair | curly; curlier; curled; frizzy; kinky; permed; coily | top={CURLY}
hair | wavy; waved; beachy | top=curvy:2 bigHair dreads:0.7 shortWaved
hair | straight; sleek; smooth; silky; ironed | top=straight01 straight02 straightAndStrand miaWallace longButNotTooLong bob:0.6
hair | messy; tousled; unkempt; wild; scruffy; crazy; untidy; uncombed | top=dreads02:2 shaggy shaggyMullet
hair | spiky; spiked; pointy | top=dreads01 shortFlat
hair | big; voluminous; huge; thick; fluffy; poofy; bushy; puffy; massive | top=bigHair curly fro froBand:0.5
hair | thinning; receding; sparse | top=sides
hair | flat; neat; tidy | top=shortFlat shortRound theCaesar theCaesarAndSidePart
hair | shaggy; choppy | top=shaggy shaggyMullet
hair | slicked; combed; swept | top=shortWaved shortFlat
hair | shaved | top=frizzle shavedSides theCaesar:0.5
beard | long; huge; big; bushy; majestic; flowing; massive; large; impressive; epic; giant; enormous; viking | facialHair=beardMajestic
beard | thick; heavy; full; fluffy | facialHair=beardMedium beardMajestic
beard | short; light; small; thin; trimmed; patchy; little; tiny; stubbly; sparse; scruffy | facialHair=beardLight
beard | medium; neat; tidy; normal; regular | facialHair=beardMedium
moustache | thick; bushy; big; large; heavy; walrus; huge; wide; full | facialHair=moustacheMagnum
moustache | curly; curled; fancy; handlebar; twirly; twirled; pointy; thin; long; french; waxed; imperial; dali | facialHair=moustacheFancy
glasses | round; circular; oval | accessories=round
glasses | square; rectangular; angular; geeky | accessories=prescription01 prescription02
glasses | thick; big; bold; heavy; chunky; large; huge; hipster | accessories=prescription02
glasses | thin; small; light; fine; delicate | accessories=prescription01
glasses | dark; tinted | accessories={SUNGLASSES}
sunglasses | big; huge; oversized; giant; large; black; opaque; dark; glamorous | accessories=kurt
eyes | closed; shut | eyes=closed happy:0.5
eyes | wide; open; big; huge; round; bulging; large; surprised; shocked; bug; googly | eyes=surprised
eyes | sleepy; tired; half; droopy; heavy; lazy; narrow; squinty; bored; squinting | eyes=squint
eyes | happy; smiling; laughing; cheerful; joyful | eyes=happy
eyes | sad; teary; wet; watery; tearful; crying; weeping | eyes=cry
eyes | heart; love; loving; hearted | eyes=hearts
eyes | crossed; dizzy; dead; x; cross | eyes=xDizzy
eyes | rolling; rolled; upturned | eyes=eyeRoll
eyes | normal; plain; simple; regular; ordinary; dot; small; beady; little | eyes=default
eyes | winking; blinking | eyes=wink winkWacky
eyes | sideways; shifty; averted | eyes=side
mouth | open; opened; gaping; agape | mouth=default disbelief screamOpen concerned
mouth | wide; big; huge; screaming | mouth=screamOpen
mouth | closed; shut | mouth=serious twinkle:0.7 sad:0.3
mouth | sad; unhappy; downturned | mouth=sad
mouth | happy; smiling; smiley | mouth={SMILES}
mouth | straight; flat; serious; neutral; tight | mouth=serious
mouth | full; stuffed | mouth=eating
brows | raised; arched; high; lifted; up | eyebrows=raisedExcited
brows | angry; furrowed; frowning; mad; evil; knitted; lowered | eyebrows=angry
brows | sad; worried; concerned; slanted; pleading | eyebrows=sadConcerned
brows | thick; bushy; connected; white; joined; big; heavy; pale; gray; light | eyebrows=unibrowNatural
brows | normal; plain; relaxed; thin; regular | eyebrows=default
hat | big; wide; floppy; brimmed; cowboy; straw; summer; sun; broad; large; western | top=hat
hat | witch; pirate; pointy; pointed; top; bowler; panama | top=hat
hat | winter; warm; woolly; knit; knitted; wool; bobble; snow; ski; woollen; fuzzy | top={WINTER}
hat | fur; furry; russian; aviator | top=winterHat1
smile | big; wide; broad; huge; large; bright; toothy; beaming; great | mouth=smile
smile | slight; small; little; gentle; faint; subtle; shy; tiny; soft; closed; weak; sly; half; smug | mouth=twinkle
smile | open | mouth=default smile
teeth | gritted; clenched; bared; grinding | mouth=grimace
person | blond; blonde; ginger; auburn; gray; grey; silver; platinum; strawberry blonde; strawberry blond | hairColor=@colour
person | white; brown; dark; pale; tan; tanned; fair; light; olive; bronze; dark brown; light brown; very pale; bronzed | skin=@colour
person | black; ebony | skin=dark:2 brown
person | curly | top={CURLY}
alone | curly | top={CURLY}
alone | pale; tanned; tan; very pale; bronzed; suntanned | skin=@colour
alone | blond; blonde; ginger; auburn; strawberry blonde; strawberry blond; platinum blonde; platinum blond | hairColor=@colour
"""

# what it is (how other words describe it) | words | what it says by itself; "?": only that hair shows
NOUNS = f"""
hair | hair; hairs; hairdo; haircut; hairstyle; locks; tresses; haired; strands; mane | ?
beard | beard; whiskers; bearded; beardy | facialHair={BEARD}
moustache | moustache; mustache; stache; tash; mustachioed; moustached; mustached; moustachioed | facialHair={MOUSTACHE}
glasses | glasses; eyeglasses; spectacles; specs; eyewear; frames; bespectacled; spectacled; bifocals; lenses; goggles; monocle | accessories={GLASSES}
sunglasses | sunglasses; shades; sunnies; raybans | accessories={SUNGLASSES}
eyes | eyes; eye; eyed |
mouth | mouth; lips; lip; mouthed |
brows | eyebrows; eyebrow; brows; brow |
hat | hat; headgear; headwear; hatted; something on head; thing on head | top=hat {WINTER}
clothes | clothes; clothing; outfit; garment; attire; top; apparel; dress; uniform; sleeves; coat; cloth; costume; tie; something |
bg | background; backdrop; bg; wall; backround; behind; scenery |
skin | skin; complexion; skinned; skintone; complexioned; toned |
smile | smile; grin; smiles; smiley | mouth={SMILES}
teeth | teeth; tooth; dentures | mouth=grimace:2 smile
person | man; person; guy; face; character; dude; avatar; gentleman; human; teenager; people; men; male; chap; bloke; fellow; teen; someone; somebody; dad; father; brother; friend; boyfriend; husband; uncle; faced; head; headed |
person | woman; girl; lady; boy; kid; child; women; female; lass; lad; mom; mum; mother; sister; girlfriend; wife; aunt; gal | hint:facialHair=none
"""  # noqa: E501

# Of how much weight: "said" (that thing itself), "meant" (what a word brings to mind; gives way to what is said), "hint" (not listed as
# understood) | slot=values; … | phrases
PHRASES = f"""
said | top={CURLY} | curly; curly hair; curl; curly locks; curly haired; ringlet
said | top=curly:2 bigHair curvy dreads02:0.3 | long curly hair; curly long hair; long curls; long frizzy hair; long curly locks
said | top=shortCurly | short curly hair; curly short hair; short curls; short frizzy hair
said | top=sides | bald; balding; bald head; bald headed; receding hairline; going bald; hair loss; shiny head; hairless; bald spot; baldy; combover
said | top=theCaesar theCaesarAndSidePart sides:0.5 | shaved head; shaven head; skinhead
said | top=theCaesar:2 theCaesarAndSidePart:2 shortRound | buzz cut; buzzcut; crew cut; military haircut; number one haircut
said | top=fro froBand:0.5 | afro; fro; afro hair; afros; fro hair; big round hair; big afro; natural afro; afro american hair
said | top=froBand | headband; sweatband; hairband; bandana; hair band
said | top=bun | hair tied back; bun; top knot; topknot; man bun; hair up; hair tied up; tied hair; chignon; hair pulled back; hair knot; knotted hair; bunned; hair in knot; ballerina bun; samurai bun
~a bun | top=bun | ponytail; pony tail; pigtail; updo
~dreadlocks | top=dreads | braid; braided hair; cornrows; plaits; braids; braided
said | top=dreads:2 dreads01 dreads02 | dreadlocks; dreads; locs; dreadlock; rasta; rastafarian; dreadlocked; rasta hair; dread lock
said | top=frida | flower crown; flower; floral crown; flowers in hair; frida kahlo; flower in hair; floral wreath; flower headband; wreath; garland; crown of flowers; rose in hair; roses in hair; flower garland; flower headpiece; flowery hair
said | top=frizzle | mohawk; faux hawk; fauxhawk; mohican; iroquois; punk hair; spiky mohawk; cockatoo hair; hawk
said | top=frizzle shortWaved | quiff; pompadour; hair swept up; slicked back hair; brushed back hair; elvis hair; gelled hair
said | top=frizzle shavedSides | undercut; side cut; sidecut; shaved side; faded side; skin fade
said | top=shaggyMullet | mullet
said | top=shaggy shaggyMullet | side swept hair; shag; mop top; skater hair; bieber hair; emo hair
said | top=bob miaWallace longButNotTooLong:0.5 | bob; bob cut; bobbed hair; pageboy
said | top=miaWallace bob:0.6 straightAndStrand longButNotTooLong:0.6 | fringe; bang; hair over forehead
~short hair | top=shaggy shortRound | pixie cut; pixie; bowl cut
said | top=dreads02 dreads01 | twist; messy curl; messy curly hair
said | top=theCaesarAndSidePart | side part; side parting; parting; parted hair
said | top=hat | fedora; cowboy hat; sun hat; wide brimmed hat; stetson; straw hat; wide brim; sombrero; wide brim hat; panama hat; cowboy; brimmed hat; safari hat; gardening hat; wide hat; floppy hat; boater; homburg; summer hat; beach hat
~a wide-brimmed hat | top=hat | top hat; bowler; bowler hat; witch hat; pirate hat; pointy hat; pointed hat; wizard hat; detective hat; trilby; graduation cap; chef hat; crown; helmet; police hat; captain hat; party hat
said | top=winterHat03:2 winterHat02 | beanie; knit cap; toque; tuque; wool cap; skullcap
~a winter hat | top=winterHat03 winterHat02 | cap; baseball cap; beret; snapback; baseball hat
said | top={WINTER} | winter hat; woolly hat; knitted hat; warm hat; wool hat; knit hat; bobble hat; winter cap; ski hat; snow hat; wooly hat; snow cap; woollen cap; knitted cap; stocking cap; hat with fur; cosy hat; fluffy hat; warm cap; winter beanie
said | top=winterHat04 | cat ear; hat with cat ear; kitty hat; cat hat; animal hat; hat with ear; animal ear; neko; bunny ear; catgirl; catboy; cat beanie; kitten ear; bear hat; fox hat; kitty ear; hat with two ear; pointy ear; cat cap
said | top=winterHat1 winterHat02 | earflap; ear flap; hat with earflap; trapper hat; chullo; trapper cap; hat with flap; bomber hat; hunting hat; lapland hat; ear cover
said | top=winterHat1 | ushanka; aviator hat; fur hat; russian hat
said | top=winterHat02 | pom pom; pompom; tassel; zigzag; peruvian hat; patterned hat; striped hat; bobble
said | top=hijab | hijab; headscarf; head scarf; veil; chador; kerchief; muslim headscarf; head covering; niqab; burka; burqa; hijabi; headcloth; islamic scarf; covered hair; muslim veil; head veil; headcovering; hijab scarf; muslim woman
said | top=turban | turban; dastar; pagri; sikh; turbaned; head wrap; headwrap; pagdi; wrapped turban; maharaja turban; head wrapped in cloth
said | top=winterHat03; hatColor=red | santa hat; christmas hat; santa cap; christma hat
said | facialHair=beardLight | stubble; goatee; five o clock shadow; unshaven; stubbly; scruff; soul patch; designer stubble; chin hair; stubbled; chin beard; chin strap; goateed; van dyke; short whisker; trimmed whisker; light whisker; beard shadow
said | facialHair={BEARD} {MOUSTACHE} | facial hair; face fuzz; facial fuzz; sideburn; mutton chop
said | facialHair=beardMedium beardMajestic | full beard; thick beard
said | facialHair=moustacheFancy | handlebar; handlebar moustache; handlebar mustache; dali mustache; curly moustache; poirot; waxed moustache; waxed mustache; twirly moustache; pencil mustache; pencil moustache; musketeer mustache
said | facialHair=none | clean shaven; clean shave; cleanly shaven; shaven; beardless; smooth face; shaved; shaved face; freshly shaven; smooth chin; baby face; unbearded; babyface; baby faced; hairless face; fresh faced; hairless chin; smooth cheek; smooth shaven; well shaven
said | top=@bare | hatless; bareheaded; bare head
said | accessories=eyepatch | eyepatch; eye patch; patch; one eyed; patch over eye; covered eye; patch on eye; blind in one eye; one eye covered; black patch; missing eye; lost eye; bandaged eye; blind eye; lost one eye
said | accessories=round | john lennon glasses; harry potter glasses; round specs; circle glasses; round frame; circular frame; circular spectacle; lennon glasses; potter glasses
said | accessories={GLASSES} | nerdy; reading glasses; four eyes; pair of glasses; short sighted; nearsighted; eye glasses; horn rimmed; corrective lens; rimless; wire rimmed; nerd glasses; geek glasses; reading specs; prescription glasses; optical glasses
said | accessories={SUNGLASSES} | sun glasses; dark glasses; pair of sunglasses; sunglass; pair of shades; tinted glasses; incognito; aviator sunglasses; dark shades; black shades; mirror glasses; dark lens; black sunglasses; sun specs; black glasses for sun
said | accessories=wayfarers sunglasses | wayfarer; ray ban; rayban; see through sunglasses
said | accessories=kurt | cat eye sunglasses; movie star sunglasses; oversized sunglasses
said | clothing={BLAZERS} | blazer; suit; jacket; formal; business suit; tuxedo; suit jacket; formal wear; elegant; well dressed; formal clothes; suit and tie; tux; waistcoat; leather jacket; cardigan; dinner jacket; smart jacket; suit coat; business attire; smart clothes; office clothes; dressy; posh clothes; tweed; formally dressed; dapper; suited
said | clothing=collarAndSweater | sweater; jumper; pullover; sweatshirt; knitwear; turtleneck; polo; polo shirt; collar; collared shirt; sweater with collar; woolen sweater; woollen jumper; knitted sweater; crewneck sweater; sweater vest; knit; preppy; pull over
said | clothing=hoodie | hoodie; hoody; hooded sweatshirt; hood; hooded; hooded top; hoodies; hooded jumper; hooded jacket; zip up hoodie; drawstring; hoodied
said | clothing=overall | overall; dungaree; bib; coveralls; overalls; suspender; pinafore; jumpsuit; tank top; boiler suit; salopette; denim overall; work wear; workwear; bib and brace
said | clothing=graphicShirt | graphic t shirt; graphic tee; printed t shirt; band t shirt; print; logo; graphic shirt; printed shirt; shirt with picture; printed top; t shirt with logo; skull shirt; slogan shirt; t shirt with print
said | clothing={TEES} | shirt; t shirt; tshirt; tee; tee shirt; blouse; undershirt; singlet; casual shirt; plain shirt; plain tee; sleeveless; teeshirt; tank
said | clothing=shirtCrewNeck | crew neck; crewneck; round neck
said | clothing=shirtScoopNeck | scoop neck; scoopneck; low cut; neckline
said | clothing=shirtVNeck | v neck; vneck; v necked
said | eyes=closed happy:0.4 | eyes closed; closed eyes; eyes shut; eye shut; shut eye; both eyes closed
said | eyes=closed | sleeping; asleep; nap; napping; sleep; sleeps; snoozing; dreaming; meditating; daydreaming; praying; snoring; doze; dozing; slumber; resting; catnap; eyelid closed; closing eye; dreamy; hypnotized
said | eyes=cry; hint:mouth={GLUM} grimace | cry; crying; cries; cried; weeping; weep; tear; teardrop; tearful; teary; sobbing; sob; in tears; bawling; shedding tear; wailing; blubbering; weepy; watery eyes; tear running; tear streaming; streaming tear; wet cheek
said | eyes=hearts | heart eyes; heart eye; heart; heart shaped eyes; hearts for eyes; hearts in eyes; in love; lovestruck; smitten; enamored; loving; infatuated; heart shaped eye; adoring; romantic; love eyes; falls in love; besotted; enamoured; love struck; lovesick; crush; admirer; head over heels; heart eyed; love sick
said | eyes=wink winkWacky:0.6 | wink; winking; winks; winked; one eye closed; one eye shut; blinking; one eye open; flirty; flirting; blink
said | eyes=winkWacky; hint:mouth=tongue smile grimace | wacky wink; wacky winking; wacky
said | eyes=xDizzy | dizzy; x eyes; x for eyes; crossed out eyes; dead; unconscious; knocked out; passed out; fainted; drunk; dazed; x eye; lifeless; corpse; zombie; x shaped eyes; crosses for eyes; wasted; woozy; giddy; out cold; blacked out; knockout; comatose; deceased; tipsy; cross eyed; groggy from punch
said | eyes=eyeRoll | rolling eyes; eye roll; rolling their eyes; eyeroll; rolls eyes; rolled eyes; looking up; eyes rolling; looks up; exasperated; looking upward; looking upwards; rolling eye; look up; staring up; gazing up; glancing up; eyes up; gazing upwards; looking at sky; looking to heaven
said | eyes=side | looking sideways; side eye; looking away; looking to side; side glance; looking aside; glancing aside; sideways glance; looks away; look away; looking left; looking right; glancing; sideways look; sidelong; sideeye; peeking; sneaky; shifty; avoiding eye contact; averting gaze; sly look; glance; eyes to side
said | eyes=squint | sleepy; tired; drowsy; exhausted; weary; half asleep; stoned; fatigued; yawning; lethargic; groggy; worn out; dozy; jet lagged; heavy eyed; narrowed eyes; sleep deprived; barely awake
said | eyes=squint; hint:mouth=serious | squinting; squint; half closed eyes; half open eyes
meant | eyes=squint eyeRoll; mouth=serious | bored; unimpressed; boring; indifferent; meh; apathetic; jaded
said | eyes=surprised; hint:eyebrows=raisedExcited default; hint:mouth=disbelief default screamOpen concerned | surprised; shocked; astonished; startled; amazed; stunned; astounded; wide eyed; stare; staring; flabbergasted; speechless; gobsmacked; awestruck; dumbstruck; thunderstruck; in shock; in awe; bug eyed; goggle eyed; eyes wide; eyes wide open; awed
said | eyes=happy | happy eyes; smiling eyes; laughing eyes
said | eyes=default | looking straight; looking at camera; looking forward; looking at us; normal eyes; dot eyes; looking straight ahead; looking ahead
said | mouth={SMILES}; hint:eyebrows=default raisedExcited | smiling; happy; cheerful; joyful; friendly; glad; merry; delighted; smiley; pleased; jolly; happily; happiness; joy; optimistic; smiled; cheery; happier
said | mouth=smile; hint:eyes=happy default wink | laughing; laugh; laughs; grinning; giggling; beaming; very happy; overjoyed; ecstatic; grin; grins; chuckling; euphoric; jubilant; hilarious; big grin; chuckle; cackling; cracking up; in stitches; toothy smile; ear to ear; roaring with laughter; amused laugh; laughter
said | mouth=twinkle | smirk; smirking; mona lisa; mischievous; smug; proud; sly; peaceful; calm; serene; satisfied; confident; smile gently; smiling gently; smiling softly; smiling slightly; slightly smiling; smiling a little; closed mouth smile; shy; cocky; relaxed; half smile; hint of smile; coy; tranquil; contented; at peace; zen; amused; knowing smile
said | mouth={GLUM}; hint:eyebrows=sadConcerned | unhappy; frown; frowning; upset; miserable; sorrowful; disappointed; melancholic; melancholy; heartbroken; sadness; glum; dejected; sulking; pouting; moody; sulky; lonely; grieving; sorrow; woeful; doleful; crestfallen; downcast; mournful; despondent; long faced; despairing; gutted; distressed; hurt; grief; misery
said | mouth=sad; hint:eyebrows=sadConcerned | sad; depressed; gloomy; sad mouth; sad face; frowny; long face; pout
said | mouth=concerned; hint:eyebrows=sadConcerned | worried; anxious; concerned; nervous; uneasy; troubled; stressed; worry; insecure; tense look; apprehensive; fretful; alarmed; on edge; jittery; worrying; fretting; restless
said | mouth=screamOpen concerned; eyes=surprised; hint:eyebrows=sadConcerned raisedExcited | scared; afraid; frightened; fear; fearful; panic; panicking; panicked; spooked
said | mouth=screamOpen; hint:eyes=surprised | terrified; horrified; petrified; scared to death
said | mouth=screamOpen | screaming; shouting; yelling; scream; shout; yell; screams; shouts; yells; shrieking; howling; hollering; roaring; singing; scream in fear; sings; sing; wide open mouth; mouth wide open; screech; screeching; bellowing; open mouthed scream; crying out; hollers; roar
said | mouth=disbelief; hint:eyes=surprised default | disbelief; gaping; jaw drop; dropped jaw; disbelieving; dismayed; baffled; incredulous; dumbfounded; aghast; jaw dropped; mouth agape; slack jawed; open mouthed; bewilderment; appalled; in disbelief; cannot believe it
meant | mouth=disbelief concerned; eyebrows=raisedExcited sadConcerned | confused; puzzled; perplexed; bewildered; clueless; confusion
said | mouth=eating | eating; chewing; chew; munching; eat; eats; full cheek; puffed cheek; chubby cheek; blushing; blush; rosy cheek; red cheek; pink cheek; snacking; full mouth; mouth full; chubby; nibbling; chipmunk cheek; embarrassed; flushed; puffy cheek; cheek; mouth full of food; gobbling; feasting; biting; snack; chomping; chewing gum; cheeks full; puffed out cheek; hamster cheek; gorging
said | mouth=grimace | grimace; grimacing; gritted teeth; clenched teeth; bared teeth; awkward; toothy; gritting teeth; showing teeth; cringe; clenching teeth; braces on teeth; cringing; teeth showing; baring teeth; disgusted; tense; grits teeth; disgust; in pain; gnashing teeth; teeth bared; teeth clenched; teeth gritted; awkward smile; forced smile; nervous smile; wincing; wince; all teeth; yikes; bare teeth
said | mouth=serious | serious; stern; neutral; expressionless; poker face; straight face; deadpan; emotionless; stone faced; solemn; blank stare; unsmiling; no emotion; straight mouth; flat mouth; neutral expression; blank expression; blank look; resting face; stoic; no expression; grave; sombre; somber; sober; impassive; poker faced; unemotional; composed; bland; not amused; unamused; businesslike; blank face
said | mouth=tongue | tongue; tongue out; tongue sticking out; sticking tongue out; sticking out tongue; silly; goofy; playful; funny face; cheeky face; stuck out tongue; tongue hanging out; licking; teasing; prankster; jokester; joking; kidding; naughty; mocking; raspberry; derp; zany; tongue poking out; pokes tongue; sticks tongue out
meant | mouth=tongue smile screamOpen; eyes=winkWacky surprised xDizzy | crazy; insane; mad scientist; lunatic; weirdo; psycho; maniac; bonkers
said | mouth=default disbelief screamOpen concerned | open mouth; mouth open; parted lips; mouth is open
said | eyebrows=angry; hint:mouth={STERN} screamOpen | angry; mad; furious; annoyed; irritated; enraged; irate; anger; rage; raging; glaring; glare; scowl; scowling; fuming; pissed; pissed off; livid; hostile; aggressive; fierce; outraged; angrily; frowning brows; wrathful; incensed; seething; hot headed; menacing; threatening; vengeful; resentful; offended; indignant; ticked off; vexed; stern brow; angered; hateful
said | eyebrows=angry; hint:mouth=serious:2 sad disbelief | grumpy; grouchy; cranky; bad tempered; bad mood; grump; cross; bitter; strict; crabby; in a bad mood; ill tempered
meant | eyebrows=angry; mouth=smile twinkle | evil; villain; devil; demon; devilish; wicked; sinister; bad guy; supervillain; malicious; scheming; diabolical; evil smile; devious
said | eyebrows=raisedExcited | raised eyebrow; raised brow; arched eyebrow; raising eyebrow; raising eyebrows; lifted brow; eyebrow raised; brow raised; brows up; high eyebrow; interested; intrigued; impressed; inquisitive; eyebrow up
said | eyebrows=raisedExcited; hint:mouth=smile default | excited; thrilled; enthusiastic; excitement; hyped; eager; energetic; hyper; lively; exhilarated; elated; animated
meant | eyebrows=raisedExcited angry; eyes=side squint | suspicious; skeptical; sceptical; doubtful; distrustful; curious; judging; jealous
said | eyebrows=sadConcerned | sad brow; worried brow; sad eyebrow; puppy eyes; pleading; begging; puppy dog eyes; innocent; sympathetic; remorseful; regretful; guilty; imploring; desperate; apologetic; compassionate
said | eyebrows=unibrowNatural | unibrow; monobrow; bushy eyebrow; bushy brow; thick eyebrow; white eyebrow; joined eyebrow; one eyebrow; thick brow; mono brow; uni brow; shaggy eyebrow; pale eyebrow; caterpillar eyebrow; eyebrow meeting in middle
said | hairColor=gray platinum | old; elderly; senior; aged; grandpa; grandfather; grandad; granddad; pensioner; ancient; old man; grey haired; retired; aging; older; geezer; old person; oldest; very old; senior citizen; elder; mature; greybeard; oldster; granddaddy; great grandfather; gramps; grampa; wise old; gray headed; senile; octogenarian; old timer; wrinkled
said | hairColor=gray platinum; hint:facialHair=none | grandma; grandmother; granny; old woman; old lady; nana; great grandmother
said | hairColor=red auburn | redhead; redheaded; red head; ginger; red haired; carrot top; gingers; ginger haired; flame haired; red headed; copper haired; carrot haired; orange haired
said | hairColor=blond | blondie; blonde; blond; blond haired; blonde haired
said | hairColor=brown dark_brown | brunette; brown haired; chestnut haired; brunet
said | hairColor=black dark_brown | dark haired; raven haired; black haired
hint | hairColor=auburn black blond brown dark_brown red | young; youthful; teenage
meant | facialHair=beardMajestic; hairColor=gray platinum | wizard; gandalf; dumbledore; merlin; sorcerer; wizard like; sage; zeus; mage; prophet; moses; guru
meant | facialHair=beardMajestic beardMedium; hairColor=platinum gray; top=winterHat03; hatColor=red; clothesColor=red; hint:mouth={SMILES} | santa; santa claus; father christmas; saint nicholas; christmas man; mr claus
meant | hairColor=platinum gray; top=winterHat03; hatColor=red; hint:facialHair=none | mrs claus
meant | accessories=eyepatch; hint:facialHair={BEARD} | pirate; buccaneer; corsair; captain hook
meant | top=straight02 straightAndStrand curvy frida dreads; accessories=round; hint:facialHair={BEARD} none | hippie; hippy; flower child; woodstock
meant | accessories={GLASSES} | nerd; geek; librarian; professor; bookworm; scientist; intellectual; programmer; accountant; scholar; geeky; engineer; developer
meant | accessories={GLASSES}; facialHair=beardMedium beardMajestic moustacheFancy | hipster
meant | facialHair=beardMajestic; top=curvy straight02 bigHair; hairColor=blond red auburn | viking; thor; norse; barbarian; dwarf
meant | facialHair=beardMedium beardMajestic; top=winterHat03 winterHat02 shortRound | lumberjack; woodsman; sailor; fisherman
meant | top=hat; hatColor=black purple; hairColor=black gray platinum | witch
meant | top=hat | detective; sherlock; gangster; mafia; mafioso; indiana jones; gardener; magician; farmer; scarecrow
meant | clothing={BLAZERS} | businessman; business man; businesswoman; boss; manager; lawyer; ceo; banker; politician; president; groom; office worker; corporate; professional
meant | clothing={BLAZERS}; accessories={SUNGLASSES}; clothesColor=black | spy; agent; secret agent; bodyguard; fbi; james bond
meant | accessories={SUNGLASSES} | rockstar; rock star; celebrity; movie star; popstar; rapper; film star; incognito; undercover; dj; influencer
meant | top=frizzle; hairColor=pink blue red | punk; punk rocker; rocker
meant | hairColor=black; clothesColor=black | goth; gothic; emo; vampire; dracula; ninja; metalhead
meant | top=shaggy shaggyMullet straight02; hairColor=blond | surfer; surfer dude; beach boy; barbie
meant | clothing=overall | mechanic; plumber; builder; worker; carpenter
meant | facialHair=moustacheMagnum; clothing=overall; top=winterHat03; hatColor=red | mario; super mario
meant | top=fro:2 curly; hairColor=red blue pink; mouth=smile | clown; joker
meant | top=sides | monk; friar
meant | top=winterHat03; hatColor=green | elf; gnome; leprechaun
meant | facialHair=moustacheFancy | gentleman with moustache; villainous; musketeer; salvador dali
meant | facialHair=beardMedium; top=turban | sultan; genie; maharaja; guru ji; sheikh
meant | top=bun:2; hairColor=gray platinum; accessories={GLASSES} | grandmotherly
meant | top=frida | frida; spring queen; fairy; flower girl
meant | top={WINTER} | winter; snowboarder; skier
meant | top=bun | ballerina; samurai
meant | hairColor=pink blue | anime; cosplayer; cosplay; unicorn; mermaid
meant | top=fro froBand | disco; funk; seventies; 70s; funky
meant | clothing=hoodie | hacker; skater; gamer; streamer; skateboarder
meant | mouth=smile; hint:eyes=happy | comedian; happy birthday; partying
meant | eyes=hearts; hint:mouth={SMILES} | valentine; valentines; fan girl; fangirl
"""  # noqa: E501

# Words that say nothing about a face, or only how the others go together.
STOP = frozenset(
    """
    a an the this that these those some any one ones of to in on at by for from with without and or nor but as is are was were be been
    being am it its he she they them him his her hers their theirs my mine your yours our i me we us you who whose whom which what where
    when while has have had having got gets get wear wears wearing wore worn look looks looking looked seem seems appear appears
    appearing face faces head please pls plz thanks thank kindly draw drawing drawn make makes making made create creates generate show
    shows showing shown give gives want wants wanted need needs like likes likely can could would should will shall may might must do
    does did done just only really very quite rather so too also plus then than there here about kind kinda sort type style styled
    portrait picture photo image pic cartoon avatar character illustration icon emoji sketch art artwork digital painting render
    rendering quality high hd 4k 8k best good nice great cute cool funny beautiful pretty handsome lovely gorgeous adorable charming
    little weird strange random interesting ordinary typical simple normal classy famous something someone somebody anybody anyone
    everyone people person human man woman men women guy girl boy lady gentleman dude kid child teen teenager male female adult gal
    bloke chap fellow lad lass mr mrs ms miss sir madam mom mum dad mother father brother sister friend color colour colored coloured
    colors colours tone tones shade hue bit lot lots much many more most such own same other another over under into onto out up off
    around between against near next each every both all none not no never neither else if because though although however maybe perhaps
    hi hello hey ok okay yes yeah well let lets im ive id hes shes theyre dont isnt doesnt thats whats wont cant arent aint hasnt havent
    didnt wasnt ll ve re s t m d w o sporting featuring includes include including containing contains dressed clad put puts putting set
    sets side sides part front back middle top bottom left right pair piece single expression mood emotion feeling feels feel feature
    features describe described description version model profile user username headshot closeup close background flat design vector
    minimal minimalist svg png jpg trending artstation detailed masterpiece body upper shoulders neck bust attitude vibe vibes aesthetic
    theme themed imagine think see say says called named name whatever anything everything nothing thing things stuff way day today now
    still always often sometimes ever again new bright plain using use used uses based inspired similar perfect amazing awesome super
    extra ultra mega somewhat slightly totally completely fully entirely surprise lol haha xd omg lmao
    """.split()
)
NEGATORS = frozenset(
    """
no not without isnt doesnt dont never neither nor sans minus lacking lacks hasnt wont arent aint havent refuses refusing cant didnt zero
""".split()
)
