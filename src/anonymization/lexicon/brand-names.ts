/** Trade names of medicines, tests and devices, written with a capital in the middle of a sentence; folded. Written for this project. */
export const brandNames: string = `
glifage forxiga ozempic neosaldina ritalina buscopan novalgina alimta keytruda humira wegovy mounjaro jardiance januvia galvus trayenta victoza saxenda trulicity xigduo
tandrilax dorflex dipirona anador doril engov epocler eno luftal plasil dramin vonau motilium digesan omeprazol losec nexium pantozol label antak rivotril frontal lexotan valium
olcadil somalium stilnox donaren tegretol depakene depakote gardenal hidantal trileptal lamictal topamax neurontin lyrica fluoxetina prozac daforin verotina zoloft assert tolrest
lexapro reconter exodus efexor venlift pristiq cymbalta velija wellbutrin bup zyban zetron zyprexa risperdal seroquel quetros geodon abilify aristab haldol amplictil neozine neuleptil
puran euthyrox levoid synthroid tapazol aldactone lasix higroton natrilix diovan micardis benicar cozaar aradois capoten renitec vasopril norvasc pressat selozok atenol concor carvedilat
crestor lipitor citalor zocor vytorin ezetrol aas aspirina somalgin plavix brilinta effient marevan coumadin xarelto eliquis pradaxa lixiana clexane lovenox fragmin
berotec aerolin atrovent alenia symbicort seretide spiriva trelegy vannair busonid nasonex avamys allegra claritin zyrtec desalex polaramine hixizine decadron prednisolona meticorten predsim celestone diprospan
amoxil clavulin novamox zinnat keflex rocefin cipro levaquin tavanic bactrim flagyl azitromicina zitromax klaricid macrodantina monuril tamiflu zovirax valtrex aciclovir
insulina lantus toujeo basaglar tresiba levemir humalog novorapid apidra fiasp humulin novolin nph tylenol paracetamol advil alivium motrin aleve naprosyn voltaren cataflam celebra arcoxia toradol
tramal ultram oxycontin percocet norco vicodin dolantina morfina dimorf suboxone methadone narcan adderall ritalin concerta vyvanse venvanse strattera focalin
opdivo herceptin avastin rituxan mabthera remicade enbrel stelara cosentyx actemra orencia xeljanz rinvoq simponi cimzia entyvio dupixent xolair prolia forteo fosamax actonel aclasta zometa
tamoxifen arimidex femara zoladex lupron xtandi zytiga casodex gleevec tasigna sprycel imbruvica ibrance lynparza tagrisso tarceva xeloda taxol taxotere revlimid velcade darzalex
premarin yasmin yaz diane mirena implanon nexplanon depo provera microvlar cerazette pilem plan viagra cialis levitra propecia proscar avodart flomax secotex myrbetriq
pepcid zantac prilosec prevacid protonix tums maalox mylanta imodium lomotil miralax dulcolax metamucil colace senokot pepto bismol zofran reglan phenergan compazine
lopressor toprol coreg tenormin zestril prinivil altace diovan entresto farxiga invokana glucophage amaryl glucotrol actos byetta bydureon ambien lunesta restoril ativan klonopin xanax
celexa paxil effexor remeron trazodone buspar lithobid latuda vraylar rexulti invega clozaril cogentin namenda aricept exelon sinemet prolopa requip mirapex keppra vimpat dilantin
pfizer moderna astrazeneca coronavac janssen comirnaty sinovac butantan shingrix prevnar pneumovax gardasil tdap boostrix neulasta epogen procrit venofer noripurum
holter doppler foley hickman guardant360 foundationone oncotype mammaprint cologuard dexcom freestyle libre accu chek medtronic biotronik omnipod biomonitor
zoom google whatsapp facebook instagram excel windows uber ifood netflix youtube covid internet`
