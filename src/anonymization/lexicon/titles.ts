/** Words before a person's name, folded. `sr`, `dr` … are followed by a name at once; roles by a name with a capital. */
export const titles: string = `
sr sra srta sres dr dra drs drª prof profa professor professora doutor doutora enf enfa enfermeiro enfermeira dona seu senhor senhora senhorita
mr mrs ms miss mx nurse doctor sir madam officer sgt sargento cabo tenente capitao major coronel pastor padre frei irma father reverend rev
fisioterapeuta psicologo psicologa nutricionista fonoaudiologa farmaceutico farmaceutica biomedico biomedica delegado delegada juiz juiza
tecnico tecnica auxiliar desembargador vereador prefeito deputado sister captain lieutenant detective chaplain rabbi imam bishop deacon judge coach counselor counsellor principal dean sheriff deputy trooper coroner midwife doula
paramedic technician phlebotomist hospitalist capelao bispo diacono rabino parteira fob cnm ft fst fga tec tecn psic nutri fisio decedent defendant plaintiff conselheira conselheiro diretora diretor coordenadora coordenador instrumentadora`

/** Members of a family and others who stand for a patient, folded. */
export const kinship: string = `
mae pai filho filha filhos filhas irmao irma irmaos avo avos tio tia sobrinho sobrinha primo prima neto neta bisneto bisneta esposo esposa
marido mulher companheiro companheira cuidador cuidadora vizinho vizinha amigo amiga namorado namorada noivo noiva cunhado cunhada sogro sogra genro
nora padrasto madrasta enteado enteada madrinha padrinho afilhado afilhada acompanhante responsavel tutor tutora gemeo gemea irmazinha filhinho filhinha
vovo vovô genitora genitor genitores bebe patroa patrao colega chefe babá baba
mother father son daughter sons daughters brother sister brothers sisters husband wife spouse partner grandmother grandfather grandson granddaughter
uncle aunt cousin nephew niece fiance fiancee boyfriend girlfriend friend neighbor neighbour caregiver guardian roommate mom dad mum
grandma grandpa stepfather stepmother stepson stepdaughter sibling twin widow widower nanny interpreter interprete tradutora tradutor preceptor preceptora estagiario estagiaria acs socorrista recepcionista pediatra cardiologista neurologista radiologista ortopedista psiquiatra obstetra
ginecologista urologista oncologista anestesista cardiologist neurologist pharmacist surgeon therapist teacher sponsor landlord landlady attorney lawyer advogado advogada paramedic coworker boss mother-in-law law kin
intensivista nefrologista gastroenterologista gastro pneumologista endocrinologista endocrino dermatologista hematologista reumatologista infectologista infecto geriatra hepatologista mastologista proctologista oftalmologista oftalmo otorrinolaringologista otorrino anestesiologista obstetriz dentista ortodontista podologo podologa massoterapeuta perfusionista endoscopista
ecografista ultrassonografista hemodinamicista radioterapeuta patologista legista perito perita maqueiro maqueira condutora porteiro zelador zeladora sindico sindica supervisora supervisor encarregado encarregada
intensivist nephrologist gastroenterologist pulmonologist endocrinologist dermatologist hematologist rheumatologist geriatrician hepatologist ophthalmologist otolaryngologist anesthesiologist anaesthetist obstetrician gynecologist orthopedist urologist oncologist psychiatrist psychologist dentist orthodontist optometrist audiologist podiatrist chiropractor
radiologist pathologist perfusionist sonographer radiographer phlebotomist dietitian receptionist dispatcher supervisor navigator translator
godmother godfather parents pais grandparents grandkids uncles aunts cousins tios primos netos netas sobrinhos sobrinhas amigos amigas vizinhos vizinhas esposos genros noras irmas friends neighbors neighbours nephews nieces stepsister stepbrother girlfriends buddy pal classmate coworkers exmarido housemate foster familia casal vo`

/** Nouns for the patient, folded. */
export const patientNouns: string = `
paciente pacientes pcte pct pac cliente usuario usuaria gestante puerpera parturiente menor crianca idoso idosa adolescente menino menina rn lactente
senhor senhora segurado segurada beneficiario beneficiaria aluno aluna patient pt client resident infant baby boy girl gentleman lady veteran
student worker driver victim motorista condutor vitima passageiro pedestre trabalhador doador doadora receptor receptora donor recipient`

/** Particles inside names, folded. */
export const nameParticles =
  'de da do das dos e del della di du van von der den la le los las y bin al el ter'

/** Parts after the last surname, folded. */
export const nameSuffixes =
  'filho filha neto neta junior jr sobrinho segundo terceiro ii iii iv sr snr senior'
