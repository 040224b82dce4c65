/** Rare given names that are ordinary words as well, folded: ambiguous. Written for this project. */
export const rareGivenWords = `
chase hunter harley bailey harper wren briar knox jett ryder skye poppy marigold juniper clementine dahlia wilder phoenix autumn florenca
alva amando amarilis ames amparo anas anatolio aninha aquilino arcanjo argentina arsenio asa aspen atos augusta augusto aviva basil bee bel benta bishop bo bonita branca brisa brogan buddy buster caca cadence cai calliope carver chandler
charity cherish cinda clemencia coral cosmo creed cristal cruz cullen curt custodia czarina daria del dela deusa dharma diamantina diamond diva dot dusty eddy ember emery epifania eremita ermine evita expedita expedito fanny fares fawn fe
felicidade felicissimo felicita felicitas fern fitz florentina florentino florida freeman gage gale garland garnet garrison generosa generoso gentry georgiana geri germano goro graca graciosa harmony heath honor hortense howell humphrey
hyacinth iberia icara imaculada indigo inocencia italo ivory jacinto jewel jihad joaninha joaozinho jordana journey ju judas justa justice kale karma kitty lacy laurel legend leonina lesa leta lida lise lona loura love lu ludwig lula lyric
mace magnolia maia mallory marlin marquis marquise mauritania maverick maxim meadow medianeira mel mercy merry messiah messias mickey mimosa mira modesta monte montgomery morton munir nada nana nazareno nessa neva nevada ninfa noble nona
nono odisseia ola page paisley paris patrocinio pedrinho perola perpetuo petunia pia piedade pier pierce pilar pio piper placida placido porter prazeres preta prince princess providencia prudence prudencia raja raven reina remedios remi
rena reta retiro rhea ria rico rima river ro rocio rocky rod rolando roma romaine royal rubi rui safira sage salina sana santinha sarai savana savanna sawyer selenita serenity shad silva sina sky sol sonny star su sunny sunshine tad talon
tam tamer tanja teca teco tera terra tiara tita tonico tora trena trinity turner una unity urbana valencia valentine van veda velvet veneranda venerando veta violeta vitoriana viva vivi viviam waldo wan weber wen willow woody xisto yi
young zona`

/** Rare surnames that are ordinary words as well, folded. */
export const rareSurnameWords = `
alegre alegria amado ames amos angel aranha arcanjo areias arena arias augusto bacon badger bales banda banhos bannister barra barradas barreiro barrios barroca barrow basso batalha beaver bellows bento bernardo bicudo billings birch
blalock bliss bloom boles bolt bonds bossa bouchard bourgeois bowling braden bravo bright broom bunch burger burgos burle burr burrows bustos butcher butts cabanas cabe cai caiado caires calado caldeirao camarao camelo camp campanha
camurca candeia cano canto cao caraway cardinal carnes carpinteiro carrasco casas castanho castor cates cavalheiro cave chamberlain champion cheek chestnut chin chow cicero claro clement cloud coats coe comer conn constantino conte cool
coombs coon corona cotter covas coward craven creel crespo crews crook crouch crow cullen dai damas darling deal defendi demarco devore dial diamantino dick dickey dicks dill ding divino dodge doll dove downing drago drew du dukes dumas
dunning dykes eagle earl eddy emery esparza fain fair falcon fan fang fanning farina faro farrow favors fellows fielder fielding fink firth flint flood formiga fort fortes fortuna fountain fournier francisco freed frias fu funk fusco gable
gage galante gale galhardo gallant garland garrido gaviao gentil gentile germano gibbons givens gladden gleason goldsmith gong graver grilo grove groves gu guarani guarita gulley haddock hales hammer hanks hao harms harp hartmann hatch
havens hawk hay hazel heard heck hedges helm helms hering hickey holly hook hooks horner hu jack jacobina jaeger jasper jay jeronimo jo joiner jolly judge junker jurema justo kaplan katz keel keen keys kinder kitchen kitchens kluge knoll
krebs lacava lackey lacy ladeira lake lam lamas lark lash lavender lawton lea lemes lemon lemons li lister lively llamas lobao longo looney lord loving lu ludwig ly ma macuco madalena madeiros madrigal madruga maestri magenta majors
mallard mallory mangueira maples mares marinheiro marra martens martini masters mata matar matte maximo mcmurray mead meadow meek meier merchant mergulhao merino mestre mijares milito mitra mo moe moita monaco monk montanha mosca motley
mull mutua nascente nation naves negrao nettles ng nickel nickels noonan normando oba ogle oh oliva olivas orlando osgood outeiro outlaw packer pagan painter paixao palacio palacios palomino pan pant papa pape parada paraiso pardo paredes
parkinson parry parson partridge paschal passarinho pastor paterno patino patriarca paulista pavao peacock pease pedra pedreira pedreiro peel pegado pence pender penedo pepper peregrino piedade pier pike pilgrim pinheiral piper pitcher
placido plante plaza pleasant plummer poe poli pomar pond pontual pop portes pound povoa prazeres priest priori provost prudente quintal quirk rains rankin ransom ream rebola rector redden redondo reedy reiter ricks rico rider riedel
riffle ringer robins rocker roe roller rolo romeiro roque rosado rosas rosin rouse royal ruddy ruff rui rushing rust sacramento sage salter sands sarai sawyers seal seals seaman segura senador settle shah shank shanks shapiro shearer
sheehan shell shim shin shoemaker shook shore shores sierra silver silvers singer slack slaughter sledge sly smalls smart smiley snipes sol song sow sowers speck spires squire stack stamps starling steed stern sterner stiles stoner storey
storm story strand stringer stump sturgeon styles su summer swain swan swank sweat swift swisher tam tan tanajura tang tao taques teal temple terra testa thrasher tinker tirado tomas tosta tostes tosto trigo trotter trout trovao tuck turco
tutu urbano usher van varanda varejao vassalo veal vela vera verdugo viera vigil vila villa villas vinagre vines vinhas viola vu waddle wan warden weathers weed weil weir wellington welsh welter wen whipple whiting wicker wicks wills wing
withers wolff woo woodcock woody worm worthy wren xisto xu ye yep yi yu zumbi
vo nez`
