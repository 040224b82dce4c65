import { date } from './date.js'
import { email } from './email.js'
import { patientId } from './patient-id.js'
import { phone } from './phone.js'

type Recognizers = readonly [typeof date, typeof patientId, typeof phone, typeof email]

/** Every recognizer; on equal strength and length the earlier one names the span. */
export const recognizers: Recognizers = [date, patientId, phone, email]

/** The kinds of protected health information that are found. */
export type PhiEntity = Recognizers[number]['entity']
