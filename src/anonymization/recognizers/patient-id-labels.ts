const split = (list: string): string[] => list.split(',').map((label) => label.trim())

/** These say it is a patient's number: anything with a digit behind them is one. */
export const patientLabels: readonly string[] = split(`
  patient ID, patient identifier, patient number, patient no, ID do paciente, ID da paciente, paciente ID, código do paciente, número do paciente,
  ID do participante, ID participante, código do participante, subject ID, participant ID, pt ID, ID paciente, ID patient`)

/** Of records and visits; short numbers count as well. */
export const recordLabels: readonly string[] = split(`
  patient's account no, patient's account number, MRN, medical record number, medical record, med rec, record number, file number, unit number, admission number, patient file, hospital ID, hospital no,
  visit ID, encounter ID, account ID, chart ID, episode number, cadastro, número do cadastro, código do prontuário, guia SADT, ID no, ID number, ID n,
  prontuário consultado, prontuário acessado, prontuário solicitado, prontuário eletrônico, prontuário de número, ficha número, hospital number, chart number, encounter number, visit number, accession number, prontuário, pront,
  número de prontuário, número do prontuário, registro hospitalar, registro do paciente, número de registro, número do registro, matrícula hospitalar,
  número de atendimento, número do atendimento, RGHC, RH, HC, cód paciente, código paciente, cód do paciente, patient record, health record number,
  EHR number, record ID, record no, hosp no, hosp ID`)

/** Words of everyday use: three digits or more behind a colon or a number sign. */
export const markedLabels: readonly string[] = split(`
  acesso, n acesso, nº acesso, número de acesso, código de acesso, access no, access number, access, tubo, frasco, etiqueta, slide no, block no, tube, vial, study number, record, MR, MR no, at, mat, matrícula do paciente, ficha odontológica, ficha clínica, ficha de atendimento, ficha médica, biópsia, alien no, registro, reg, atendimento, atend, accession, encounter, visit, chart, specimen, case, same, matrícula, número do exame, exame, laudo, pedido,
  requisição, amostra, internação, AIH, guia, account, acc, número do pedido, nº do pedido`)

/** Words of everyday use: five digits or more, however written. */
export const weakLabels: readonly string[] = split(`
  nº acesso, número de acesso, código de acesso, access number, access no, sample, sample no, sample number, sample code, specimen number, specimen no, tube no, vial no, slide no, block no, lâmina, bloco, frasco, código da amostra, número da amostra, etiqueta, código de barras, M.R.N., MR, MR no, MR number, record, matrícula do paciente, matrícula paciente, cd paciente, conta paciente, conta do paciente, cadastro do paciente, admission no, FAA, CSN, HAR, EMPI, MPI, EHR ID, case no, case ID, study subject ID,
  patient account, contact serial number, número da internação, código de atendimento, cd atendimento, código do atendimento, registro de atendimento,
  registro geral do hospital, UHID, URN, lab ID, lab no, sample ID, specimen ID, order ID, file no, admission ID, stay ID, PID, health ID, ID,
  guia TISS, guia de internação, número da guia, guia principal, senha, senha de autorização, autorização, passagem, FIN, amostra, exame, pedido, case,
  visit, visit no, BAM, BAU, boletim de atendimento, CIH, APAC, LME, nº AIH, DNV, declaração de nascido vivo, declaração de óbito, SINAN,
  notificação, certidão de nascimento, registro civil, order, authorization, authorization number, auth number, referral number, death certificate,
  birth certificate, certificate number, employee ID, student ID, badge number, matrícula funcional, registration number, registration no,
  reference number, barcode, requisição, requisition, boletim, boletim de ocorrência, protocolo, laudo,
  laudo anatomopatológico, report number, claim, order number, ficha, registro, reg, atendimento, atend, matrícula, accession, encounter, chart,
  internação, AIH, guia, número do pedido, nº do pedido, n do pedido, nº do exame, RGH, acc, R.G.H., case number, specimen, same`)

/** Those of which a sentence tells the number: `o prontuário que está no cartão é 48.215`. */
export const toldLabels: readonly string[] = split(`
  prontuário, número do prontuário, prontuários, MRN, medical record number, medical record no, record number, chart number, chart no, hospital number, registro hospitalar,
  reg hospitalar, número de registro, número do registro, número do paciente, patient number, patient ID, ID do paciente, número do atendimento, número de atendimento,
  atendimento, senha de atendimento, accession number, accession, specimen, encounter number, visit number, case number, file number, admission number,
  wristband, bracelet, pulseira, matrícula, protocolo de atendimento, número da guia, número do pedido, número do exame, número da ficha`)

/** Words of everyday use with the word for a number behind them. */
export const numberedLabels: readonly string[] = split(`
  registro, prontuário, paciente, patient, exame, laudo, registrada, registrado, registered, arquivado, arquivada, filed, cadastrado, cadastrada, ficha, pedido, biópsia, lâmina, specimen`)
