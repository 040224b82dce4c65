/** English words of clinical notes that are written with a capital without being names, folded. Written for this project. */
export const safeWordsEn: string = `
a an the and or but nor so yet for of in on at by to from with without within into onto upon over under above below between among through
during before after since until while when where why how what which who whom whose that this these those there here then than as if
because although though unless whether i you he she it we they me him her us them my your his its our their mine yours hers ours theirs
is are was were be been being am do does did done have has had having will would shall should can could may might must not no yes never
always also only just very more most less least few many much some any each every both all other another such same own one two three
four five six seven eight nine ten first second third last next new old today yesterday tomorrow now later ago
patient patients pt pts client male female man woman boy girl child children infant baby newborn neonate teen adult elderly gentleman lady
mother father son daughter brother sister husband wife spouse partner parent parents grandmother grandfather grandson granddaughter
uncle aunt cousin nephew niece fiance fiancee boyfriend girlfriend friend neighbor neighbour caregiver guardian family relative roommate
mom dad mum grandma grandpa stepfather stepmother stepson stepdaughter sibling twin in-law emergency contact next kin
doctor physician surgeon nurse practitioner resident intern attending fellow consultant specialist therapist pharmacist technician
assistant radiologist pathologist cardiologist neurologist oncologist pediatrician psychiatrist psychologist dermatologist urologist
anesthesiologist hospitalist dietitian social worker midwife paramedic staff team provider referring primary care pcp
hospital clinic center centre medical health healthcare unit ward room bed icu ed er emergency department office laboratory lab pharmacy
nursing home hospice infirmary university college school institute foundation service services division general memorial community
name age date birth dob address phone telephone mobile cell fax email contact identification identity document documents ssn mrn id
record records chart account insurance member policy group plan number no license licence passport driver card credit bank routing
city state county country zip code street avenue road drive lane court suite apartment apt unit box floor building
race ethnicity gender sex marital status occupation religion language religion education employer form intake report summary note notes
chief complaint history present past illness medical surgical social review systems medications medication meds allergies allergy
reason referral consultation consult admission admitted admit discharge discharged transfer transferred follow followup up visit
encounter assessment impression plan recommendation recommendations diagnosis diagnoses prognosis treatment therapy procedure
procedures operative findings technique indication comparison conclusion exam examination physical vital signs vitals blood pressure
heart rate respiratory temperature saturation oxygen weight height bmi pain fever cough dyspnea nausea vomiting diarrhea headache
dizziness edema fatigue weakness rash abdomen abdominal chest head neck extremities skin eyes ears nose throat lungs liver kidney
spleen stomach brain spine bone joint knee hip shoulder ankle wrist hand foot leg arm right left bilateral upper lower anterior posterior
cbc bmp cmp hgb hct wbc plt inr ptt tsh bun creatinine sodium potassium glucose cholesterol hba1c ct mri xray x-ray ultrasound us ecg ekg
echo eeg emg pet biopsy culture urinalysis colonoscopy endoscopy mammogram catheterization angiography bronchoscopy spirometry
hypertension diabetes mellitus type copd chf cad mi cva tia ckd esrd gerd uti dvt pe hiv hepatitis covid influenza pneumonia asthma
bronchitis cancer carcinoma tumor lymphoma leukemia melanoma metastasis infarction failure angina arrhythmia fibrillation stroke seizure
epilepsy dementia depression anxiety disorder bipolar schizophrenia gastritis ulcer reflux appendicitis cholecystitis pancreatitis
cirrhosis hernia fracture trauma injury burn infection sepsis shock anemia thrombosis embolism obesity hyperlipidemia hypothyroidism
osteoporosis arthritis osteoarthritis lupus gout fibromyalgia syndrome disease sign test scale score index maneuver phenomenon reflex
aspirin acetaminophen tylenol ibuprofen advil naproxen lisinopril losartan amlodipine metoprolol atenolol carvedilol furosemide lasix
hydrochlorothiazide spironolactone metformin glipizide insulin glargine lantus lispro humalog atorvastatin lipitor simvastatin rosuvastatin
crestor clopidogrel plavix warfarin coumadin apixaban eliquis rivaroxaban xarelto heparin enoxaparin lovenox omeprazole prilosec
pantoprazole protonix famotidine pepcid amoxicillin augmentin azithromycin zithromax ceftriaxone rocephin cephalexin keflex ciprofloxacin
levofloxacin levaquin vancomycin zosyn meropenem gentamicin metronidazole flagyl bactrim doxycycline fluconazole acyclovir prednisone
methylprednisolone dexamethasone hydrocortisone albuterol ventolin advair symbicort fluoxetine prozac sertraline zoloft escitalopram lexapro
citalopram bupropion wellbutrin trazodone amitriptyline lorazepam ativan alprazolam xanax clonazepam klonopin diazepam valium zolpidem
ambien risperidone quetiapine seroquel haloperidol haldol olanzapine lithium carbamazepine tegretol phenytoin dilantin valproate depakote
lamotrigine levetiracetam keppra gabapentin neurontin pregabalin lyrica morphine oxycodone percocet hydrocodone vicodin tramadol fentanyl
levothyroxine synthroid digoxin amiodarone benadryl zofran ondansetron colace senna miralax
january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun christmas easter thanksgiving
mr mrs ms miss dr prof sir madam dear sincerely regards thanks thank best signed electronically dictated transcribed reviewed cc re
question answer context study studies trial cohort participants ratio ratios dose doses table figure methods results background objective
conclusions conclusion introduction discussion purpose design setting background aims limitations
american british european african asian hispanic caucasian white black latino english spanish portuguese french german brazilian
medicare medicaid blue cross shield aetna cigna humana kaiser permanente va veterans affairs nhs fda cdc who nih hipaa
vehicle car truck motorcycle collision accident police plate vin pacemaker implant device serial model lot prosthesis catheter session
questionnaire inventory survey global health related quality life self reported outcome outcomes measure scale controlled analgesia centered
safety education information advocate portal navigator satisfaction consent portability protection act rights version
charge nobody somebody everybody anybody everyone anyone someone nothing something everything anything none neither either once twice perhaps maybe however meanwhile otherwise instead overall initially finally recently currently previously additionally furthermore moreover although despite unlike besides yesterday tonight overnight afterwards thereafter later ammonia lactate troponin lipase amylase bilirubin albumin ferritin magnesium phosphorus calcium chloride bicarbonate osmolality urine serum stool sputum swab specimen reminder appointment palace castle tower bridge park avenue great grand santyl mepilex aquacel duoderm medihoney
most some all both these those such same different various several many few other others another further additional available possible likely unlikely able unable ready free full empty closed open early late long short high low big small large little old young good bad best worst better worse right wrong true false real main major minor total whole half quarter double single multiple general special specific particular certain sure clear unclear due according including following regarding concerning based given provided assuming unless whether while since until before after during within without across along around behind beside beyond near
denies reports states says endorses presents presented complains complained seen referred ordered lives lived works worked resides moved
born died called asked told brought accompanied arrived left went came agreed declined refused understands verbalized
stable unchanged improved worse worsening normal abnormal negative positive present absent mild moderate severe acute chronic
please call return continue start stop hold increase decrease take given received administered po iv im sc sq bid tid qid qd prn qhs
alert oriented well nourished developed distress nad perrla eomi rrr cta ntnd intact supple
mac addr address number visa mastercard amex card id mrn account policy member subscriber serial plate license passport callback caller callers writer sender bearer undersigned airmen airman seaman lic tel ph acct med varchar serial numeric primary bracelet wristband badge
wi fi wifi hib bovie hugger god motown lent duolingo buick gone unrestrained reviewed rocky mountain surname forename hello hi`
