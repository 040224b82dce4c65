/** Labels of one kind of identifier, and what its values look like. */
export interface LabelledKind {
  readonly type: string
  /** Labels of both languages, comma-separated. */
  readonly labels: string
  /** Shapes of the value, `;`-separated: `#` a digit, `@` a capital letter, `~` a digit of a UUID. */
  readonly values: string
  /** As a field of JSON or XML. */
  readonly fields: string
}

/** Every labelled kind of the grid. */
export const labelledKinds: readonly LabelledKind[] = [
  {
    type: 'PACIENTE_ID',
    labels: `prontuário, pront., nº do prontuário, número do prontuário, registro, registro do paciente, reg., registro hospitalar, matrícula, atendimento, nº atendimento, cód. paciente, código do paciente, ID do paciente, ID paciente, SAME,
      RGHC, AIH, nº AIH, guia, guia TISS, nº da guia, internação, passagem, conta paciente, accession, pedido, requisição, amostra, boletim de atendimento, FAA, ficha, ID, MRN, medical record number, med rec no, medical record, patient ID, patient no, Pt ID, record number, chart, chart no, accession number, encounter,
      encounter ID, visit no, visit number, CSN, FIN, HAR, admission no, hospital number, unit number, case number, episode number, specimen ID, study ID do paciente`,
    values:
      '#######;######-#;##-##-##;##.##.##-#;###.###;#####/##;@######;@@#######;00#######;##########;@-#######',
    fields:
      'prontuario, numero_prontuario, paciente_id, id_paciente, cd_paciente, nr_prontuario, nr_atendimento, cd_atendimento, mrn, patient_id, patientId, record_number, medicalRecordNumber, encounter_id, accessionNumber',
  },
  {
    type: 'PLANO_SAUDE',
    labels: `carteirinha, nº da carteirinha, número da carteirinha, carteira, carteira do plano, carteira do convênio, nº carteira, cartão do convênio, cartão do plano, matrícula do convênio, matrícula do beneficiário, convênio, plano de saúde, código do beneficiário, cód. beneficiário, beneficiário, Unimed, Amil, Bradesco Saúde,
      nº do beneficiário, apólice, matrícula Unimed, carteira Unimed, carteira nacional, member ID, member no, member #, member number, policy no, policy number, policy, insurance ID, insurance number, insurance no, subscriber ID, subscriber no, health plan ID, health plan number, health plan beneficiary number, plan ID, Medicare, Medicare no, Medicare ID, Medicaid ID, Medicaid no, MBI, HICN, insurance card, certificate number, group no, Blue Cross ID, Aetna ID, NHS no, NHS number, PHN`,
    values:
      '##########;#################;0 ### ############ #;###.####.######-##;@@@#########;@@@###@#####;#@##@@#@@##;####-@##-@@##;#########@;#########-##',
    fields:
      'carteirinha, numero_carteira, numeroCarteira, nr_carteirinha, member_id, memberId, policy_number, insurance_id, subscriber_id',
  },
  {
    type: 'PLACA',
    labels: `placa, placas, placa do veículo, placa do carro, placa da moto, placa nº, veículo placa, veículo de placa, carro de placa, moto placa, automóvel placa, license plate, license plate no, license plate number, licence plate, plate, plate no, plate number, registration plate, number plate, tag no, vehicle registration, vehicle reg, car registration, reg plate`,
    values: '@@@#@##;@@@-####;@@@ ####;@@@####;@@@-#@##',
    fields: 'placa, placa_veiculo, license_plate, licensePlate, plate_number',
  },
  {
    type: 'PLACA',
    labels:
      'chassi, nº do chassi, número do chassi, chassi nº, VIN, VIN no, vehicle identification number, chassis number, chassis',
    values: '9BW###@##@@######;#HG@M#####A######;3MU##ENK##LTP###S',
    fields: 'chassi, vin, numero_chassi',
  },
  {
    type: 'CNH',
    labels: `CNH, CNH nº, nº da CNH, número da CNH, nº CNH, registro CNH, carteira de motorista, carteira de habilitação, habilitação, carteira nacional de habilitação, nº registro CNH, nº de registro da CNH, permissão para dirigir`,
    values: '###########',
    fields: 'cnh, numero_cnh, nr_cnh',
  },
  {
    type: 'CNH',
    labels: `driver's license, driver's license no, driver's license number, drivers license, driver license, driving licence, driving licence no, driver's licence, DL, DL no, DL number, DLN, driver lic, driver's lic. no, state ID, operator license`,
    values: '@#######;########;@############;@###-####-####;#########',
    fields: 'drivers_license, driver_license, driverLicense, license_number',
  },
  {
    type: 'CEP',
    labels: 'CEP, C.E.P., código postal, cód. postal, código de endereçamento postal',
    values: '#####-###;########;##.###-###',
    fields: 'cep, codigo_postal',
  },
  {
    type: 'CEP',
    labels: 'ZIP, ZIP code, zipcode, postal code, Zip Code, postcode, mailing zip',
    values: '#####;#####-####',
    fields: 'zip, zip_code, zipCode, postal_code, postalCode',
  },
  {
    type: 'CPF',
    labels:
      'CPF, CPF nº, C.P.F., CPF/MF, nº do CPF, número do CPF, CPF do paciente, CPF do responsável, CPF da mãe, CPF titular, CIC',
    values: '###.###.###-##;###########;### ### ### ##;###.###.###/##;#########-##',
    fields: 'cpf, nr_cpf, numero_cpf, cpf_paciente',
  },
  {
    type: 'CNPJ',
    labels: 'CNPJ, CNPJ nº, C.N.P.J., CNPJ/MF, nº do CNPJ, CGC',
    values: '##.###.###/000#-##;##############;@#.@##.##@/@#@#-##;@#@####@@##@##',
    fields: 'cnpj, nr_cnpj',
  },
  {
    type: 'CNS',
    labels:
      'CNS, CNS nº, cartão SUS, cartão do SUS, cartão nacional de saúde, nº do cartão SUS, número do cartão SUS, carteira SUS, nº SUS, SUS, cartão nacional do SUS, CNS do paciente, Cartão Nac. de Saúde',
    values: '7##############;### #### #### ####;###.####.####.####',
    fields: 'cns, cartao_sus, numero_cns, nr_cns',
  },
  {
    type: 'PIS',
    labels: 'PIS, PASEP, PIS/PASEP, NIS, NIT, nº do PIS, número do PIS, PIS/PASEP/NIT, nº NIS',
    values: '###.#####.##-#;###########;###.####.###-#',
    fields: 'pis, pis_pasep, nis',
  },
  {
    type: 'TITULO_ELEITOR',
    labels:
      'título de eleitor, título eleitoral, título, nº do título, nº do título de eleitor, título eleitor, inscrição eleitoral, tít. eleitor',
    values: '#### #### ####;############;######## ## ##',
    fields: 'titulo_eleitor, titulo_eleitoral',
  },
  {
    type: 'RG',
    labels:
      'RG, R.G., RG nº, nº do RG, identidade, carteira de identidade, cédula de identidade, documento de identidade, nº identidade, RG do paciente, registro geral, identidade nº, RNE, Doc. identidade',
    values: '##.###.###-#;#.###.###;@@-##.###.###;#########;##.###.###-X;@@########;########',
    fields: 'rg, nr_rg, numero_rg, identidade',
  },
  {
    type: 'PASSAPORTE',
    labels:
      'passaporte, passaporte nº, nº do passaporte, número do passaporte, passaporte brasileiro, passport, passport no, passport number, US passport, passport #',
    values: '@@######;@########;#########;@@ ######',
    fields: 'passaporte, passport, passport_number, passportNumber',
  },
  {
    type: 'SSN',
    labels:
      'SSN, S.S.N., social security number, social security no, social security, Soc Sec, Soc. Sec. No, SS#, social',
    values: '###-##-####;#########;### ## ####',
    fields: 'ssn, social_security_number, socialSecurityNumber',
  },
  {
    type: 'REGISTRO_PROFISSIONAL',
    labels:
      'CRM, CRM-SP, CRM/RJ, CRM-MG nº, CRM SP, CRM (MG), COREN, COREN-SP, COREN/BA, CRO, CRO-SP, CREFITO, CREFITO-3, CREFITO 8, CRN-3, CRP 06, CRF-SP, CRESS, CRFa 2, RQE, RQE nº, CRBM, CREMESP, CREMERJ, registro profissional',
    values: '#####;######;##.###',
    fields: 'crm, nr_crm, coren',
  },
  {
    type: 'REGISTRO_PROFISSIONAL',
    labels: 'NPI, NPI no, NPI number, National Provider Identifier, NPI #, provider NPI',
    values: '1#########',
    fields: 'npi, provider_npi',
  },
  {
    type: 'REGISTRO_PROFISSIONAL',
    labels: 'DEA, DEA no, DEA number, DEA #, DEA registration',
    values: '@@#######',
    fields: 'dea, dea_number',
  },
  {
    type: 'REGISTRO_PROFISSIONAL',
    labels:
      'medical license, medical license no, license no, license number, state license number, lic. no, RN license, GMC no, UPIN',
    values: '@#####;@@#####;#####',
    fields: 'license_no',
  },
  {
    type: 'CONTA',
    labels:
      'conta, conta corrente, conta nº, c/c, conta-corrente, nº da conta, número da conta, conta poupança, conta bancária, account number, account no, account, acct, acct no, bank account, account #, bank account number, checking account',
    values: '#####-#;######-#;########;####-####-####;###-######',
    fields: 'conta, conta_corrente, account_number, accountNumber',
  },
  { type: 'CONTA', labels: 'agência, ag., agência nº, ag', values: '####;####-#', fields: 'agencia' },
  {
    type: 'CONTA',
    labels: 'IBAN, IBAN nº, IBAN no',
    values: 'BR##################P1;DE####################;GB## WEST #### #### #### ##',
    fields: 'iban',
  },
  {
    type: 'CONTA',
    labels: 'Pix, chave Pix, chave Pix aleatória, chave aleatória, Pix (chave aleatória)',
    values: '~~~~~~~~-~~~~-4~~~-a~~~-~~~~~~~~~~~~',
    fields: 'pix, chave_pix',
  },
  {
    type: 'CARTAO',
    labels:
      'cartão, cartão de crédito, cartão nº, nº do cartão, número do cartão, cartão de débito, card, card number, card no, credit card, credit card number, debit card, CC#, Visa, Mastercard',
    values: '4### #### #### ####;5###############;4###-####-####-####;37## ###### #####',
    fields: 'cartao, card_number, cardNumber, credit_card',
  },
  {
    type: 'DISPOSITIVO',
    labels: `nº de série, número de série, série, nº série, marcapasso série, marca-passo nº de série, S/N, SN, serial, serial no, serial number, device serial, device serial number, device ID, device identifier, pacemaker serial number, pump serial, pacemaker S/N, implant serial number, nº de série do dispositivo, prótese nº de série, CDI série, stent lote, ICD serial, device SN`,
    values: '@@######@;@#########;SN########;####-######-@;@@@######;##########',
    fields: 'serial_number, serialNumber, numero_serie, device_id',
  },
  {
    type: 'DISPOSITIVO',
    labels: 'IMEI, IMEI nº, IMEI number',
    values: '###############;##-######-######-#',
    fields: 'imei',
  },
  {
    type: 'DISPOSITIVO',
    labels: 'UDI, UDI-DI, marcapasso UDI, device UDI',
    values: '(01)##############(17)######(21)@######;(01)##############',
    fields: 'udi',
  },
  {
    type: 'DISPOSITIVO',
    labels: 'MAC, endereço MAC, MAC address, MAC addr',
    values: '00:1B:##:1#:3A:B#;AC-DE-48-##-#1-##;001b.44##.3ab#',
    fields: 'mac, mac_address, macAddress',
  },
  {
    type: 'IP',
    labels: 'IP, endereço IP, IP do acesso, IP address, session IP, login IP, acesso remoto IP, client IP',
    values: '10.1#.1#.2#;192.168.1.#;2001:db8::2cc:1#1#;10.1#.1#.2#:8080',
    fields: 'ip, ip_address, ipAddress',
  },
  {
    type: 'TELEFONE',
    labels: `telefone, tel., tel, telefone para contato, fone, fone/fax, celular, cel., cel, WhatsApp, whats, wpp, zap, contato, telefone residencial, tel. residencial, telefone celular, tel. recado, fone comercial, telefones`,
    values:
      '(11) 9####-####;119########;(21) 3###-####;+55 62 9####-####;+5511 9####-####;3###-####;9####-####;11 3### ####;(0xx11) 3###-####;(011) 3###-####',
    fields: 'telefone, celular, tel_contato, fone',
  },
  {
    type: 'TELEFONE',
    labels: `phone, phone no, phone number, telephone, tel, cell, cell phone, mobile, mobile no, home phone, work phone, home, work, contact number, contact no, fax, fax no, pager, beeper, emergency phone, phone (home), phone (cell), daytime phone, Ph, callback number`,
    values:
      '(303) 55#-9###;303-55#-9###;303.55#.9###;+1 303 55# 9###;1-303-55#-9###;30355#9###;303 55# 9###;55#-9###;(303)55#-9### ext. ##;(303) 55#-9### x##',
    fields: 'phone, phone_number, phoneNumber, home_phone, mobile',
  },
]
