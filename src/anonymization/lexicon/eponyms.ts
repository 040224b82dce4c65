/** Names that stand in diseases, signs, scales, tests, devices and methods, folded: not people of the record. Authored. */
export const eponyms: string = `
addison adson alport alzheimer apgar argyll arnold asperger babinski baker bankart barrett barthel barlow bartholin bartter basedow beau
beck behcet bell bence berger bernard bier binet bishop blalock blumberg bohler boerhaave bouchard bowen bowman brown broca brodie brudzinski
brugada budd buerger burkitt calot carpenter castleman celsius chagas charcot charlson cheyne chiari child chopart chvostek clark colles
conn coombs cooper cori couvelaire coxsackie creutzfeldt crohn cullen cushing cronbach dandy darier dekker doppler down dressler duchenne duke
dukes dupuytren ebstein edwards ehlers eisenmenger epstein erb escherichia ewing fabry fahrenheit fallot fanconi felty fisher fitz foley fontan
fournier fowler fox frankel freud friedreich galeazzi gaucher gehrig giemsa gilbert gilles gleason glisson golgi goodpasture gottron
gram graves grawitz guillain barre guyon hansen hartmann hashimoto hawkins heberden heimlich hering henoch hippocrates hirschsprung hodgkin hoffman hoffmann
homans horner howell humphrey huntington hurler hutchinson jaeger jakob johnson jones kaplan kaposi kartagener karnofsky katz kawasaki
kegel kehr kernig kienbock killip kirschner klinefelter koch kocher koplik korsakoff korotkoff krebs kruskal kuntscher lachman langerhans
laplace lasegue lawton le legg leishman leriche lesch levine lewy likert lister lou ludwig lyme lynch mallory mantel mann marfan mayo
mcburney mcmurray meckel meniere menetrier merkel michaelis miller mohs monro monteggia moro morton munchausen murphy nissen noonan
ollier osgood osler oswestry paget pancoast papanicolaou parkinson peyronie pearson peyer peutz phalen plummer poisson potter pott prader prinzmetal purkinje
quincke ramsay ranson rapoport raynaud recklinghausen reed reiter rett reye reynolds richter riedel ringer rinne roberts romberg rorschach
rotterdam roux rovsing roth sanger schatzki scheuermann schistosoma schlatter schober schonlein schwann seldinger sengstaken sertoli sever sezary
shapiro sheehan shy simmonds sims sjogren snellen spearman spurling steinert stevens still stokes strumpell student sturge swan ganz sydenham takayasu tanner tay
sachs thomas thompson tietze tinel todd tourette trendelenburg treponema trousseau tukey turcot turner unna valsalva vater
vincent virchow volkmann von waldenstrom wallenberg waterhouse weber wegener weil welch wernicke wertheim whipple whitney wilcoxon willebrand
wilms wilson wolff wood parkinson yates youden zenker ziehl zollinger ellison fowler hounsfield kaplan meier cox kolmogorov smirnov fagerstrom
hamilton montgomery asberg wechsler stroop framingham boston oxford cochrane bonferroni bayes levene shapiro wilk mcnemar epworth
berg tinetti borg visick sokal dukes breslow bloom richardson nottingham norton braden waterlow morse aldrete mallampati cormack lehane
lodwick warthin heller bolton cobb winquist kell lefort huskisson kinsey kellgren lawrence meary garth outerbridge ficat catterall perthes gartland larsen segond rolando galeazzi lopresti maisonneuve danis choi fuhrman lugano binet durie salmon amsel nugent duffy forrester rentrop debakey bentall rutherford meggitt ceap widmer hinchey balthazar ranson kasai bismuth strasberg csendes roux billroth nissen siewert kudo zargar lausanne yamakawa hetzel ponseti denver gesell bayley vineland leiter peabody goodenough achenbach barre schirmer amsler ishihara jaeger hirschberg krimsky goldmann schiotz shaffer spaeth scheie rinne schwabach dix hallpike epley semont unterberger fukuda
ashworth rankin fugl oswestry womac lysholm harris constant garden gustilo salter denis weber lauge neer schatzker pauwels
hoehn yahr mantoux zuspan bakri balint sibai pritchard bumm mcroberts jacquemier zavanelli hegar goodell chadwick naegele nagele pinard mauriceau lovset
wintrich tarnier krukenberg fitzhugh rokitansky asherman pomeroy starling osborn duroziez kussmaul biot ortner lutembacher holt oram graefe mobitz lown tawara mahaim bachmann teichholz
naughton ellestad fick musset corrigan traube duckett blakemore minnesota linton nachlas lanz treves markle cope boas courvoisier grey hutinel chilaiditi ogilvie rapunzel cronkhite mirizzi
caroli puestow heineke mikulicz jaboulay toupet thal belsey collis ivor mckeown akiyama lichtenstein shouldice bassini mcvay stoppa nyhus amyand littre spigel spieghel petit morgagni
bochdalek hesselbach retzius morison gerota toldt treitz denonvilliers waldeyer scarpa camper buck dartos hasson veress allis babcock doyen farabeuf finochietto balfour weitlaner
deaver halsted crile mixter metzenbaum satinsky penrose hemovac malecot pezzer levin dobbhoff nelaton tenckhoff shiley permcath palindrome hickman broviac groshong ilizarov steinmann
schanz bosworth charnley thompkins blount coventry apley ober ely faber gaenslen jobe yergason gerber roos finkelstein froment kanavel dequervain quervain preiser freiberg madelung
sprengel klippel feil risser ferguson meyerding pavlik ortolani lisfranc essex barton bennet stieda pellegrini hoffa lhermitte uhthoff gunn holmes adie benedikt parinaud foville
millard gubler sequard dejerine roussy klumpke lambert eaton tooth hallervorden spatz binswanger gastaut dravet rasmussen landau kleffner bourneville lippel lindau luschka magendie
sylvius hachinski pfeiffer addenbrooke luria wisconsin zarit mingazzini fontaine lemierre gohn ghon ranke kveim sulkowitch friderichsen hurthle kallmann labhart laron beckwith
wiedemann mccune albright sotos whitehouse greulich pyle capurro dubowitz ballard silverman kramer galant usher bhutani mifflin cockcroft gault schwartz parkland lund browder
galveston nikolsky auspitz koebner asboe fitzpatrick tzanck wickham gianotti crosti lyell queyrat spitz ota milian hertoghe dennie bethesda rai bormann borrmann masaoka duhamel soave swenson
norwood rashkind senning rastelli cabrol taussig waterston hamman kerley westermark hampton fleischner swyer macleod mendelson sellick magill macintosh guedel bain mapleson ambu yankauer
venturi robertshaw carlens tuohy whitacre sprotte huber keratoconus kayser fleischer bitot hollenhorst elschnig leber stargardt coats eales fuchs meibomius bezold gradenigo cottle samter
glasgow blatchford rockall sarin savary baveno truelove witts lanza okuda hy maddrey lille clichy bosniak tirads birads lirads pirads hess fazekas spetzler magerl rockwood
lacan winnicott bion piaget vygotsky bowlby maslow skinner pavlov foucault bourdieu nietzsche spinoza darwin einstein shakespeare tolstoi dostoievski hipocrates galeno avicena aedes
plasmodium anopheles culex triatoma lutzomyia ascaris taenia giardia entamoeba strongyloides ancylostoma necator trichuris toxocara echinococcus wuchereria onchocerca borrelia brucella
bartonella rickettsia coxiella ehrlichia babesia chlamydia ureaplasma mycoplasma gardnerella bacteroides clostridium clostridioides corynebacterium listeria nocardia actinomyces aspergillus
mucor cryptococcus histoplasma paracoccidioides sporothrix malassezia trichophyton pneumocystis legionella bordetella moraxella haemophilus neisseria acinetobacter stenotrophomonas
burkholderia serratia citrobacter morganella salmonella shigella campylobacter helicobacter vibrio yersinia pasteurella francisella leptospira toxoplasma trypanosoma leishmania
cryptosporidium isospora cyclospora blastocystis sokolow lyon hopkins friedewald bazett fridericia framingham zimmer bryant mulligan bobath kabat klapp schroth jaccoud sudeck marburg bair sabin salk altemeier herbert klatskin lowenstein jensen neelsen mueller hinton thayer sabouraud ogawa kudoh loewenstein leopold kristeller stanford middlebrook macconkey chapman tinsdale loeffler skirrow selenite hektoen kauffmann cetrimide bordet gengou wood kinyoun grocott gomori masson perls ehrlich romanowsky leishman wright sudan faust hoffman ritchie baermann moraes kato katz lugol schaudinn`
