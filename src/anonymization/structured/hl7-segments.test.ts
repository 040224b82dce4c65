import { expect, test } from 'vitest'
import { Anonymizer } from '../anonymizer.js'

const anonymizer = new Anonymizer({ profile: 'clinical' })

test('fields of persons in HL7 v2 segments go, their codes stay', () => {
  const message = [
    'MSH|^~\\&|MV|HOSP SAO JOAO|LAB|LAB|202403151022||ADT^A01|MSG0001|P|2.5',
    'PID|1||0012345^^^HOSP^MR~98765432100^^^BR^CPF||SILVA^JOAO^DA||19800101|M|||RUA DAS FLORES 123^^CAMPINAS^SP||(11)98765-4321',
    'PV1|1|I|UTI^101^A||||12345^SOUZA^CARLOS^^^DR',
    'OBX|1|NM|GLU^Glucose||98|mg/dL|70-105|N|||F',
  ].join('\n')
  expect(anonymizer.anonymize(message).text.split('\n')).toEqual([
    'MSH|^~\\&|MV|[INSTITUICAO]|LAB|LAB|[DATA]||ADT^A01|MSG0001|P|2.5',
    'PID|1||[PACIENTE_ID]^^^HOSP^MR~[PACIENTE_ID]^^^BR^CPF||[NOME]||[DATA]|M|||[ENDERECO]||[TELEFONE]',
    'PV1|1|I|UTI^101^A||||[REGISTRO_PROFISSIONAL]^[NOME]',
    'OBX|1|NM|GLU^Glucose||98|mg/dL|70-105|N|||F',
  ])
})

test('a table drawn with bars is no message', () => {
  const table = '| PID | value |\nABC|12345|x\nHb|12,3|g/dL'
  expect(anonymizer.anonymize(table).text).toBe(table)
})
