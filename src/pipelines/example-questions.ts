import type { Question } from './answer-question.js'

/** Three questions with the evidence to answer them from, written for this project: two in English, one in Portuguese. */
export const exampleQuestions: readonly Question[] = [
  {
    context:
      'High blood pressure is common in adults over 60. In a randomized trial, 240 patients with stage 1 hypertension ' +
      'received either a thiazide diuretic or placebo for 12 months. Mean systolic pressure fell by 14 mmHg in the ' +
      'treatment group and by 3 mmHg in the placebo group (p < 0.001). Adverse events were similar in both groups.',
    terms: 'Hypertension, Diuretics, Aged',
    question: 'Does a thiazide diuretic lower blood pressure in older adults with stage 1 hypertension?',
  },
  {
    context:
      'Patients with type 2 diabetes often stop exercising. We followed 118 patients who joined a supervised walking ' +
      'programme and 121 who received written advice only. After six months, mean HbA1c had decreased by 0.7 % in the ' +
      'walking group and by 0.1 % in the advice group. Fasting glucose showed the same pattern.',
    terms: 'Diabetes Mellitus, Type 2, Exercise, Walking',
    question: 'Does supervised walking improve glycaemic control in type 2 diabetes?',
  },
  {
    context:
      'A hipertensão arterial é um fator de risco para o acidente vascular cerebral. Em um estudo com 310 adultos, a ' +
      'redução do consumo de sal para menos de 5 g por dia, somada ao tratamento habitual, reduziu a pressão sistólica ' +
      'média em 6 mmHg em relação ao tratamento habitual isolado.',
    terms: 'Hipertensão, Dieta Hipossódica',
    question: 'Qual o efeito da redução do sal sobre a pressão arterial em adultos com hipertensão?',
  },
]
