/** Words of papers on many people, folded. Authored. */
export const researchWords: string = `
patients participants subjects cohort cohorts randomized randomised randomly retrospective retrospectively prospective prospectively significant significantly significance regression statistical statistically study studies groups
outcomes prevalence incidence odds hazard median mean controls univariate multivariate multivariable logistic correlation correlated associated association analyzed analysed investigated compared meta sample samples respondents enrolled
women men adults infants volunteers cases residents hospitals procedures rates ratio ratios confidence interval intervals survey surveys questionnaires questionnaire trial trials baseline whether
pacientes participantes coorte coortes randomizado randomizados retrospectivo retrospectiva prospectivo prospectiva significativo significativa significativamente estatistica estatistico estatisticamente estudo estudos grupos desfechos prevalencia
incidencia mediana multivariada univariada regressao logistica correlacao amostra amostras comparados analisados voluntarios mulheres homens adultos casos hospitais taxas intervalo confianca`
