/** Municipalities of Brazil with more than about 100,000 people and well-known smaller ones, folded, comma-separated. Authored. */
export const brazilianCities: string = `
sao paulo, rio de janeiro, brasilia, salvador, fortaleza, belo horizonte, manaus, curitiba, recife, goiania, belem, porto alegre,
guarulhos, campinas, sao luis, sao goncalo, maceio, duque de caxias, campo grande, natal, teresina, sao bernardo do campo,
nova iguacu, joao pessoa, santo andre, sao jose dos campos, jaboatao dos guararapes, osasco, ribeirao preto, uberlandia,
sorocaba, contagem, aracaju, feira de santana, cuiaba, joinville, aparecida de goiania, londrina, juiz de fora, ananindeua,
porto velho, serra, niteroi, belford roxo, caxias do sul, campos dos goytacazes, macapa, florianopolis, vila velha, maua,
sao joao de meriti, sao jose do rio preto, mogi das cruzes, betim, santos, diadema, maringa, jundiai, campina grande,
montes claros, boa vista, rio branco, piracicaba, carapicuiba, olinda, cariacica, bauru, anapolis, sao vicente, vitoria,
caucaia, itaquaquecetuba, caruaru, vitoria da conquista, petrolina, blumenau, franca, ponta grossa, canoas, pelotas,
praia grande, paulista, ribeirao das neves, uberaba, guaruja, cascavel, taubate, limeira, petropolis, santarem, palmas,
governador valadares, camacari, varzea grande, sao jose dos pinhais, mossoro, suzano, taboao da serra, santa maria,
volta redonda, gravatai, sumare, barueri, embu das artes, foz do iguacu, ipatinga, imperatriz, parnamirim, viamao, novo hamburgo,
juazeiro do norte, magé, macae, sao carlos, indaiatuba, sao leopoldo, cotia, itaborai, maraba, americana, marilia, jacarei,
divinopolis, hortolandia, sete lagoas, rio verde, colombo, itapevi, araraquara, itabuna, chapeco, presidente prudente,
pirapora, cachoeira do sul, ji parana, balsas, piripiri, tiangua, russas, caninde, currais novos, guarabira, belo jardim, carpina, delmiro gouveia, simao dias, senhor do bonfim, irece, jacobina, guanambi, brumado, itapetinga, sao joao nepomuceno, janauba, januaria, curvelo, unai, ponte nova, sao joao da boa vista, itapira, mococa, penapolis, andradina,
,
rondonopolis, criciuma, arapiraca, cabo frio, itajai, santa luzia, juazeiro, santa barbara d'oeste, sobral, alvorada,
dourados, cachoeirinha, rio grande, nossa senhora do socorro, castanhal, rio claro, passo fundo, angra dos reis, aracatuba, lauro de freitas,
paranagua, ilheus, jequie, braganca paulista, valinhos, atibaia, nova friburgo, teresopolis, barra mansa, sabara, sinop,
jaragua do sul, lages, palhoca, guarapuava, arapongas, toledo, apucarana, pinhais, araucaria, umuarama, campo largo,
pocos de caldas, patos de minas, teofilo otoni, barbacena, varginha, conselheiro lafaiete, pouso alegre, araguari, itabira,
passos, ubá, coronel fabriciano, muriae, ituiutaba, lavras, nova lima, para de minas, itajuba, paracatu, manhuacu, vicosa,
sao joao del rei, ouro preto, mariana, congonhas, alfenas, tres coracoes, linhares, colatina, cachoeiro de itapemirim, guarapari, sao mateus,
aracruz, itu, ourinhos, botucatu, jau, catanduva, assis, tatui, itapetininga, birigui, votorantim, salto, leme, barretos,
sertaozinho, guaratingueta, caraguatatuba, ubatuba, pindamonhangaba, mogi guacu, mogi mirim, araras, sao caetano do sul, ribeirao pires, mairipora,
franco da rocha, francisco morato, ferraz de vasconcelos, poa, cubatao, itanhaem, bertioga, registro, avare, lins, tupa, votuporanga, fernandopolis,
jaboticabal, bebedouro, matao, sao sebastiao, cruzeiro, lorena, campos do jordao, holambra, paulinia, vinhedo, itatiba, jaguariuna, amparo, serra negra,
garanhuns, vitoria de santo antao, igarassu, sao lourenco da mata, abreu e lima, cabo de santo agostinho, camaragibe, serra talhada, arcoverde,
alagoinhas, teixeira de freitas, porto seguro, eunapolis, barreiras, paulo afonso, simoes filho, santo antonio de jesus, valenca, candeias,
crato, iguatu, maranguape, maracanau, quixada, itapipoca, parnaiba, picos, floriano, caxias, timon, codo, acailandia, bacabal, paco do lumiar,
sao jose de ribamar, patos, bayeux, santa rita, cabedelo, sousa, cajazeiras, caico, lagarto, itabaiana, estancia, palmeira dos indios, rio largo,
penedo, parauapebas, abaetetuba, cameta, altamira, tucurui, braganca, itacoatiara, parintins, manacapuru, tefe, coari, cruzeiro do sul,
ji-parana, ariquemes, vilhena, cacoal, santana, araguaina, gurupi, porto nacional, luziania, formosa, catalao, itumbiara, jatai, senador canedo, trindade,
aguas lindas de goias, valparaiso de goias, novo gama, planaltina, caldas novas, inhumas, ceilandia, taguatinga, samambaia, sobradinho, gama,
tangara da serra, sorriso, lucas do rio verde, primavera do leste, barra do garcas, caceres, corumba, tres lagoas, ponta pora, navirai, aquidauana,
bage, uruguaiana, santa cruz do sul, erechim, guaiba, bento goncalves, sapucaia do sul, esteio, santana do livramento, ijui, lajeado, cruz alta, alegrete,
santo angelo, sao borja, gramado, canela, torres, tramandai, balneario camboriu, camboriu, sao jose, brusque, tubarao, sao bento do sul, cacador, concordia,
rio do sul, ararangua, navegantes, itapema, biguacu, xanxere, videira, telemaco borba, castro, paranavai, francisco beltrao, pato branco, cianorte,
campo mourao, irati, almirante tamandare, fazenda rio grande, piraquara, sarandi, cambe, rolandia, ibipora, resende, marica, saquarema, rio das ostras,
araruama, itaguai, seropedica, queimados, nilopolis, mesquita, japeri, itaperuna, tres rios, valenca, barra do pirai, paraty, armacao dos buzios`

/** Cities of the United States and some large ones elsewhere, folded, comma-separated. Authored. */
export const englishCities: string = `
new york, los angeles, chicago, houston, phoenix, philadelphia, san antonio, san diego, dallas, san jose, austin, jacksonville,
fort worth, columbus, charlotte, san francisco, indianapolis, seattle, denver, washington, boston, el paso, nashville, detroit,
oklahoma city, portland, las vegas, memphis, louisville, baltimore, milwaukee, albuquerque, tucson, fresno, sacramento, kansas city,
mesa, atlanta, omaha, colorado springs, raleigh, long beach, virginia beach, miami, oakland, minneapolis, tulsa, tampa,
arlington, new orleans, wichita, cleveland, bakersfield, aurora, anaheim, honolulu, santa ana, riverside, corpus christi, lexington,
henderson, stockton, saint paul, st. paul, cincinnati, st. louis, saint louis, pittsburgh, greensboro, lincoln, anchorage, plano, orlando, irvine, newark,
durham, chula vista, toledo, fort wayne, st. petersburg, laredo, jersey city, chandler, madison, lubbock, scottsdale, reno,
buffalo, gilbert, glendale, winston-salem, north las vegas, norfolk, chesapeake, garland, irving, hialeah, fremont, boise,
richmond, baton rouge, spokane, des moines, tacoma, san bernardino, modesto, fontana, santa clarita, birmingham, oxnard,
fayetteville, moreno valley, rochester, huntington beach, salt lake city, grand rapids, amarillo, yonkers, montgomery,
akron, little rock, huntsville, augusta, mobile, shreveport, overland park, tallahassee, knoxville, worcester, brownsville,
newport news, santa rosa, providence, fort lauderdale, chattanooga, tempe, oceanside, garden grove, rancho cucamonga, cape coral,
sioux falls, peoria, springfield, vancouver, pembroke pines, elk grove, salem, eugene, corona, lancaster, palmdale, salinas,
pasadena, hayward, pomona, hollywood, escondido, sunnyvale, torrance, paterson, naperville, syracuse, mckinney, bridgeport,
savannah, mesquite, dayton, orange, fullerton, killeen, hampton, warren, west valley city, new haven, sterling heights, olathe, stamford,
thousand oaks, cedar rapids, visalia, elizabeth, waco, hartford, columbia, ann arbor, gainesville, evansville, topeka, lafayette, thornton,
simi valley, concord, allentown, berkeley, abilene, wilmington, clearwater, green bay, duluth, boulder, provo, flint, lansing, fargo,
billings, cheyenne, bismarck, sioux city, davenport, rockford, joliet, kalamazoo, youngstown, canton, scranton, erie, harrisburg, albany, utica,
trenton, camden, charleston, asheville, macon, athens, pensacola, sarasota, naples, fort myers, ocala, daytona beach, galveston, beaumont, tyler,
santa fe, las cruces, flagstaff, yuma, santa barbara, santa cruz, palo alto, napa, redding, eureka, bend, medford, olympia, bellingham, yakima,
everett, burlington, bangor, nashua, manchester, lowell, brockton, quincy, cambridge, springdale, bloomington, muncie, terre haute, decatur, carbondale,
london, leeds, sheffield, liverpool, glasgow, edinburgh, bristol, cardiff, belfast, dublin, cork, galway, oxford, brighton, leicester, coventry, nottingham,
toronto, montreal, calgary, ottawa, edmonton, winnipeg, quebec city, halifax, sydney, melbourne, brisbane, perth, adelaide, auckland, wellington,
lisbon, porto, madrid, barcelona, paris, lyon, berlin, munich, hamburg, rome, milan, naples, vienna, zurich, geneva, amsterdam, brussels,
buenos aires, montevideo, santiago, lima, bogota, mexico city, guadalajara, monterrey, havana, johannesburg, cape town, nairobi, lagos, cairo,
mumbai, delhi, bangalore, karachi, lahore, dhaka, beijing, shanghai, hong kong, tokyo, osaka, seoul, manila, singapore, bangkok, jakarta`

/** Two-letter codes of the Brazilian states. */
export const brazilianStates =
  'AC AL AP AM BA CE DF ES GO MA MT MS MG PA PB PR PE PI RJ RN RS RO RR SC SP SE TO'

/** Two-letter codes of the states of the United States. */
export const americanStates =
  'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR'

/** Names of states, which may stay (Safe Harbor allows them) but mark the place before them, folded, comma-separated. */
export const stateNames: string = `
acre, alagoas, amapa, amazonas, bahia, ceara, distrito federal, espirito santo, goias, maranhao, mato grosso, mato grosso do sul,
minas gerais, para, paraiba, parana, pernambuco, piaui, rio de janeiro, rio grande do norte, rio grande do sul, rondonia, roraima,
santa catarina, sao paulo, sergipe, tocantins, alabama, alaska, arizona, arkansas, california, colorado, connecticut, delaware,
florida, georgia, hawaii, idaho, illinois, indiana, iowa, kansas, kentucky, louisiana, maine, maryland, massachusetts, michigan,
minnesota, mississippi, missouri, montana, nebraska, nevada, new hampshire, new jersey, new mexico, new york, north carolina,
north dakota, ohio, oklahoma, oregon, pennsylvania, rhode island, south carolina, south dakota, tennessee, texas, utah, vermont,
virginia, washington, west virginia, wisconsin, wyoming`

/** Countries, continents and states of one word that are nobody's name, folded. */
export const countries: string = `
brasil brazil argentina uruguai uruguay paraguai paraguay bolivia peru equador ecuador colombia mexico cuba haiti panama honduras guatemala nicaragua chile canada espanha spain franca
alemanha germany italia italy inglaterra england britain kingdom escocia scotland wales ireland irlanda holanda netherlands belgica belgium suica switzerland austria dinamarca denmark suecia sweden
noruega norway finlandia finland polonia poland russia ucrania ukraine grecia greece turquia turkey egito egypt marrocos morocco nigeria quenia kenya angola mocambique mozambique etiopia ethiopia uganda
tanzania ghana senegal africa asia europa europe oceania australia zelandia zealand japao japan coreia korea vietna vietnam tailandia thailand filipinas philippines indonesia malasia malaysia
paquistao pakistan bangladesh nepal iraque iraq iran siria syria libano lebanon israel arabia saudi taiwan america americas antarctica hungary czech romania bulgaria croatia serbia slovenia slovakia iceland
alagoas amapa amazonas ceara goias paraiba parana pernambuco piaui rondonia roraima sergipe tocantins alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois
indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada hampshire dakota ohio oklahoma oregon pennsylvania tennessee texas utah
vermont wisconsin wyoming ontario quebec alberta manitoba saskatchewan yorkshire lancashire`
