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
ashworth rankin fugl oswestry womac lysholm harris constant garden gustilo salter denis weber lauge neer schatzker pauwels`
