import { address } from './address.js'
import { age } from './age.js'
import { bankAccount } from './bank-account.js'
import { cnpj } from './cnpj.js'
import { cns } from './cns.js'
import { cpf } from './cpf.js'
import { date } from './date.js'
import { device } from './device.js'
import { driverLicense } from './driver-license.js'
import { email } from './email.js'
import { healthPlan } from './health-plan.js'
import { institution } from './institution.js'
import { ipAddress } from './ip-address.js'
import { location } from './location.js'
import { name } from './name.js'
import { passport } from './passport.js'
import { patientId } from './patient-id.js'
import { paymentCard } from './payment-card.js'
import { phone } from './phone.js'
import { pis } from './pis.js'
import { postalCode } from './postal-code.js'
import { professionalRegistration } from './professional-registration.js'
import { rg } from './rg.js'
import { ssn } from './ssn.js'
import { url } from './url.js'
import { vehicle } from './vehicle.js'
import { voterId } from './voter-id.js'

type Recognizers = readonly [
  typeof date,
  typeof cpf,
  typeof cnpj,
  typeof cns,
  typeof pis,
  typeof voterId,
  typeof driverLicense,
  typeof rg,
  typeof passport,
  typeof ssn,
  typeof professionalRegistration,
  typeof healthPlan,
  typeof bankAccount,
  typeof paymentCard,
  typeof vehicle,
  typeof device,
  typeof patientId,
  typeof phone,
  typeof email,
  typeof url,
  typeof ipAddress,
  typeof age,
  typeof postalCode,
  typeof address,
  typeof location,
  typeof institution,
  typeof name,
]

/** Every recognizer; on equal strength and length the earlier one names the span. */
export const recognizers: Recognizers = [
  date,
  cpf,
  cnpj,
  cns,
  pis,
  voterId,
  driverLicense,
  rg,
  passport,
  ssn,
  professionalRegistration,
  healthPlan,
  bankAccount,
  paymentCard,
  vehicle,
  device,
  patientId,
  phone,
  email,
  url,
  ipAddress,
  age,
  postalCode,
  address,
  location,
  institution,
  name,
]

/** The kinds of protected health information that are found. */
export type PhiEntity = Recognizers[number]['entity']
