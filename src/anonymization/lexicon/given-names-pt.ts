/** Given names common in Brazil, folded (lower case, no diacritics). Written for this project. */
export const givenNamesPt: string = `
abel abgail abigail abraao acacia acacio adair adalberto adalgisa adao adauto adelaide adelia adelina adelino adelmo
ademar ademilson ademir adenilson adilson adnilson adolfo adonias adriana adrianna adriano adriel adrielle adroaldo
afonsina afonso agata agatha agenor agnaldo agostinho aguinaldo ailton aimee airton alaide alan alana alane alba albertina
alberto albino alcebiades alcides alcina alcione alda aldair aldemir aldo aldenir aleksandro alessandra alessandro alex
alexandra alexandre alexandro alexsandra alexsandro alfredo alice alicia aline alisson allan allana almerinda almir aloisio
altair altamir alvaro alzira amadeu amalia amanda amandio amarildo amaro amaury amelia americo ana anabela anacleto
ananda ananias anastacia anderson andrea andreia andressa andre andreza angela angelica angelina angelita angelo
anibal anita anna annabella anselmo antenor antonella antonia antonieta antonio aparecida aparecido apolonia araci arcenio
ariadne ariana ariane ariel aristides arlete arlindo armando arnaldo arthur artur aruana astolfo astrid atila aurea aurelia
aureliano aurelio aurora ayla ayrton barbara bartolomeu basilio beatriz beatrice belarmino belmira benedita benedito
benicio benjamim benjamin bento berenice bernadete bernarda bernardo betania bianca bruna brunna bruno bryan caetano caio
camila camile camilla camilo candida candido carina carla carlos carlota carmelita carmem carmen carolina caroline carolyne
cassia cassiana cassiano cassio catarina catia cauan caua cecilia celestina celestino celia celina celio celma celso
cesar charles christian christiane christina cibele cicera cicero cintia cinthia ciro clarice clarissa claudemir claudete
claudia claudinei claudineia claudio claudionor cleber cleide cleiton cleonice cleusa cleuza clodoaldo clotilde clovis
conrado constanca constancia cora cordelia creusa cristian cristiana cristiane cristiano cristina cristovao dagmar
dagoberto daiana daiane dalila dalmo dalton dalva damaris damiana damiao daniel daniela daniele danielle danielly danilo
danuza darci darcy dario davi david dayana dayane debora deise deivid deivison delcio delfina delma delmira demetrio denilson
denis denise deolinda deoclecio derli desiree diana diego dilma dilson dimas dina dinah dino diogenes diogo dionisio
dirce dirceu divina divino djalma djanira domingas dora doralice doris dorival douglas dulce durval eber edelson
eder ederson edgar edgard edi edilene edileusa edilson edimar edinaldo edineia edite edith edivaldo edmar edmilson edmundo
edna ednaldo ednilson edson eduarda eduardo edvaldo edvan efigenia egidio elaine elba elder eleandro eleonora elenice
eleuterio eliana eliane elias eliete elifas eliel elina elio elis elisa elisabete elisabeth elisangela eliseu elisio eliza
elizabete elizabeth elizangela elizeu ellen elma elmo eloa eloi eloisa eloiza elsa elson elton elvira elza emanuel
emanuela emanuele emanuelle emerson emilia emiliana emiliano emilio emily enedina eneida eneas enrico enzo erasmo eric
erica erick erico erik erika erivaldo erminia ernani ernesto ester esther estefania estefany estela esteban estevao etelvina
euclides eugenia eugenio eulalia eunice euridice eurico eustaquio eva evaldo evandro evangelina evaristo evelin evelyn
everaldo everson everton ezequias ezequiel fabia fabiana fabiane fabiano fabio fabiola fabricia fabricio fatima faustina
faustino fausto felicia felicio felipe felix fernanda fernando fidelis filipa filipe filomena firmina firmino flavia
flavio flora florencia florencio floriano florinda franciele francielle francilene francisca francisco franklin fred
frederica frederico gabriel gabriela gabriele gabriella gabrielle gabrielly genilda genilson genival genivaldo genoveva george
georgia georgina geraldo geralda gerson gertrudes geruza getulio giane gilberta gilberto gilda gildo gilmar gilson gilvan
giovana giovani giovanna giovanni gisela gisele giselia gisella giselle giseli gislaine gisleine giulia glauber glaucia
glaucio glauco gleice gleici gleide gleidson gloria godofredo gonzalo graciela gracilene graciliano grazielle graziela
graziele gregorio greice guilherme guilhermina guiomar gustavo hamilton hanna haroldo heber heitor helder helen helena
helenice helio heloisa heloiza henrique herculano heraldo hermes herminia herminio hilario hilda hildebrando hilton
honorio horacio hortencia hosana hudson hugo humberto iago iara icaro ida idalina ieda igor ilda ildefonso ilma ilson
ilza inacia inacio ines ingrid iolanda ione iracema iraci iraildes irani irene irineu iris irma isa isaac isabel isabela
isabele isabella isabelle isabelly isadora isaias isaura isidoro ismael israel itamar iuri ivan ivana ivanete ivani
ivanilda ivanildo ivanir ivete ivo ivone ivonete izabel izabela izabella izaura jaciara jacinta jacira jackeline jackson jacob
jacqueline jader jadir jaime jair jairo jamil jamila jamile janaina jandira jane janete janice janine jaqueline jardel
jean jeane jefferson jeferson jenifer jennifer jeremias jeronimo jesica jessica jessika jesuina jhonatan joana joanna joao
joaquim joaquina joel joelma joelson joice jonas jonatan jonatas jonathan jorge jorgina josafa jose joseane josefa josefina
joselia joselito josenildo josiane josias josimar josue joyce jozeane juan juana juarez jucara jucelino judite judith julia
juliana juliane juliano julieta julio juraci jurandir jurema juscelino jussara justina justino juvenal kaio kaique
kamila kamilla karen karin karina karine karla karolina karoline katarina katia katiane kauan kaua kauane kelen kelly keila
kelvin kethelyn kevin laercio laerte lais laiane laisa lara larissa laura laurinda lauro lavinia lazara lazaro lea leandra
leandro leda leia leidiane leila leide lelia lenice lenilson lenita leo leocadia leonardo leonel leoni leonice leonidas
leonor leonora leopoldo leticia levi lia liana lidia lidiane ligia lilia lilian liliana liliane lina lindalva lindaura
lindomar lisandra lisandro lisiane livia lorena lorenzo lorraine lourdes lourenco lourival luan luana luane luara lucas
lucelia lucena lucia luciana luciane luciano luciene lucila lucilene lucilia lucinda lucineia lucineide lucio lucrecia
luis luisa luiz luiza lurdes luzia luzinete lyandra mabel madalena mafalda magali magda magna magno maiara maicon maiara
maira maisa malu malvina manoel manoela manuel manuela mara marcel marcela marcele marcelino marcella marcelle marcello
marcelo marcia marciana marciano marcilio marcio marco marconi marcos marcus margareth margarete margarida margarita
maria mariah mariana mariane marianna marianne mariano marieta marilda marilene marilia marilza marina marinalva marineide
marines marinete marinho mario marisa maristela mariza marize marlene marli marlon marlucia marly marta martha martim
martinho mateus matheus mathias matias matilde maura mauricio maurilio mauro maximiliano maximo mayara mayra meire melina
melissa mercedes micael michael michel michele micheli michelle michelly miguel milena milene milton mirella mirela mirian
miriam mirna mirtes moacir moacyr moises monica monique murilo murillo myriam nadia nadir nadja nair nara narciso natacha
natali natalia natalie natalino natanael natasha nathalia nathaly nathan nayara neide neila neiva nelci nelia nelson nercia
nestor neusa neuza newton neymar nice nicolas nicole nicoli nicolau nicolly nilce nilceia nilda nilma nilo nilson nilton
nilva nilza nina nivaldo noel noelia noemi norberto norma norival nubia octavio odair odete odilon odorico ofelia olavo olga
olimpia olimpio olinda olindina olivia omar ondina onofre orestes orlando osmar osorio osvaldo oswaldo otacilio otaviano
otavio otilia otto ozeias pablo palmira pamela paola paolo patricia patricio patrick paula paulina pauline paulino paulo
pedro penelope perla pericles pietra pietro poliana pollyana polyana priscila priscilla querino quirino quiteria rafael
rafaela rafaella raiane raimunda raimundo rainara raissa ramiro ramon randerson raphael raphaela raquel raul rayane rayanne
rayssa rebeca rebecca regiane regina reginaldo regis reinaldo renan renata renato renilda rhuan ricardo richard rildo rita
roberta roberto roberval robson rodolfo rodrigo rogeria rogerio roger romana romario romeu romilda romildo romualdo romulo
ronaldo ronan ronei ronildo roque rosalia rosalina rosalinda rosana rosane rosangela rosani rosaria rosario roseane roseli
rosely rosemary rosemeire rosilda rosilene rosimeire rosimeri rosineide rosinha rossana rozana ruan rubem rubens rute
ruth ruy sabina sabrina salete salomao salomon salvador samanta samantha samara samir samuel sandra sandro sara sarah
saulo savio sebastiana sebastiao selma serafim sergio sheila shirlei shirley sidnei sidney sidneia silas silene silvana
silvania silverio silvestre silvia silviane silvina silvino silvio simao simone simonne siomara sirlei sirlene socorro
sofia sophia solange soraia soraya stefani stefany stela stella stephanie suelen sueli suely sulamita susana susane susi
suzana suzane suzete suzi taciana taina tainara tais taisa talita tamara tamires tamiris tania tarcila tarcisio tatiana
tatiane tayna telma teobaldo teodora teodoro teofilo tereza teresa teresinha terezinha thais thaisa thales thalita thamires
thayna theo thiago thomas tiago ticiana tiberio timoteo tito tobias tomas tomaz tulio ubaldo ubirajara ubiratan ulisses
uriel urbano ursula vagner valdeci valdecir valdemar valdemir valdenice valdete valdir valdirene valentim valentina
valeria valeriano valerio valesca valmir valquiria valter vanda vanderlei vanderleia vanessa vania vanilda vanusa vera
veronica vicente victor vilma vilmar vilson vinicius virginia virgilio vitor vitoria vivian viviana viviane vladimir
wagner waldemar waldir wallace walmir walquiria walter wander wanda wanderlei wanderley wanderson wanessa washington
wellington welington wendel wesley weslei weverton wilian william willian wilma wilson wladimir yago yara yasmin yasmim
yolanda yuri zelia zelinda zenaide zenilda zeferino zilda zilma zilmar zoraide zoraida zulmira zuleide zuleika
abilio adriele aldenora cacilda caetana cenira edinalva elzira esmeralda euzebio geovana geovani giselda jeova jocelia josineide kawan
kaylane ketlen lauriano maite marivalda maycon nazare nonata perpetua railda rivaldo severina severino simara uelinton uelton zuleica
argemiro aristeu astrogildo belmiro bia cacau chico cida duda dulcineia eufrasia felisberto gervasio gumercindo hermogenes idelfonso jucelia
laudelino leovigildo liz marcolino maya nando nicanor noah odila olegario ormindo pacifico pascoal petronilio policarpo porfirio ravi
rosalvo rosinete sinval tiao tiburcio tonha toninho ursulina valdomiro valmira venancio wallison zeca zefa zeferina zezinho`
