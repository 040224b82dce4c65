/** What follows the name it carries: `Crohn's disease`, `Foley catheter`; folded. Authored. */
export const thingsBehind: string = `
disease syndrome sign test score scale palsy lymphoma catheter drain drains wire wires line crisis ophthalmopathy forceps scissors ring rings nevus naevus cyst classification criteria criterion index stain staining method model
regression ratio formula procedure operation technique maneuver manoeuvre maneuvers manoeuvres screw screws broth type types fracture contracture tumor tumour cell cells body bodies agar medium reagent reaction et questionnaire
inventory phenomenon reflex law effect principle plot curve analysis correction coefficient correlation distribution equation grade grading stage staging system osteotomy repair pouch tube node nodes nodule lesion ulcer esophagus
oesophagus anemia thyroiditis sarcoma gland duct ligament triad position murmur rank exact chi prize foundation award program project trial study nomogram assay blot buffer solution protocol approach approximation estimate
estimator alpha county deprivation equations water maze guidelines guideline memorial medical center centre research device prosthesis valve stent graft clamp retractor needle lamp chart table doppler virus fever tick bacillus coma
glasgow scores tests disorder hospital clinic university institute street avenue road college school laboratories pharmaceuticals inc ltd corp company gmbh incision incisions angle space triangle hernia hernias nerve reflexes
chorea ataxia dystrophy myotonia epilepsy aphasia agnosia palsies neuralgia neuroma nephritis purpura macroglobulinemia vasculitis granulomatosis arteritis stools respirations respiration breathing sounds spot spots lines pits
folds island islands islet islets crypts glands cartilage membrane fascia canal foramen fossa ampulla diverticulum loop capsule plexus ganglion nucleus tract area splint brace cast traction exercise exercises sutures suture stitch
knot speculum retractors trocar tourniquet bag mask blade laryngoscope airway sphincter valves fixator plate plates rod rods pins nail nails flap flaps bypass shunt shunts fistula anastomosis myotomy fundoplication gastrectomy
esophagectomy hepatectomy goiter melanoma melanosis keratosis dermatosis pemphigus eczema alopecia counterstain fixative media chamber scan scans probe dye crystals granules inclusion inclusions stainings sequence sequences staged
levels phase phases lesions zone zones peak monitor`

/** What stands before `de` or `of` and the name it carries: `sinal de Murphy`, `pouch of Douglas`; folded. Authored. */
export const thingsBefore: string = `
doenca cadastro sindrome sinal sinais escala escalas teste testes manobra manobras caldo agar indice criterio criterios classificacao fratura mal tumor sonda cateter tecnica cirurgia operacao procedimento escore poligono circulo loja triade
anemia linfoma sarcoma esofago aparelho metodo curva modelo regressao ganglio nodulo nodulos corpo corpos corpusculos coloracao fenomeno reflexo posicao prova questionario angulo linha ponto ligamento canal trompa ampola esfincter
valvula papila fossa tireoidite arteria equacao distribuicao correcao gel meio solucao coeficiente ulcera paralisia cisto hernia bolsa alca inventario protocolo lei efeito principio formula nomograma celula celulas glandula
membrana feixe tubo pinca protese stent lampada tabela virus febre bacilo koma coma molestia estadio disease syndrome sign tetralogy circle universidade hospital instituto rua avenida praca escola faculdade fundacao premio ilha
cidade municipio estado sao santa santo san saint st nossa mount fort port lake fraturas incisao incisoes angulos linhas espaco espacos fundo goteira recesso triangulo trigono plexo nucleos area zona ilhotas criptas glandulas
cartilagem fascia foramen forame diverticulo capsula canais anel aneis relogio figura cubos matrizes labirinto suturas nos agulha agulhas afastador afastadores espeulo especulo cabo lamina laminas mascara bolsas dreno
drenos drenagem tubos canula canulas fio fios hastes haste placas parafuso parafusos fixador ortese colete tipoia gesso tala tracao exercicio exercicios respiracao ritmo sopro sopros ruido cianose coreia ataxia distrofia miotonia
epilepsia epilepsias afasia demencia neuralgia neuroma glomerulonefrite purpura arterite vasculite granulomatose macroglobulinemia bocio melanoma melanose ceratose queratose penfigo eczema alopecia leucemia adenoma hernias
hernioplastia herniorrafia fundoplicatura gastrectomia anastomose derivacao esofagectomia cardiomiotomia ressecao hepatectomia classificacoes sindromes doencas graus grau escores indices corantes reagente camara cristais granulos
inclusoes incisura eminencia tuberculo crista processo veia veias arterias nervo nervos musculo pouch incision incisions angle space triangle ligament ampulla sphincter islets crypts duct ducts node nodes loop capsule plexus
ganglion bodies cells crisis fracture fractures line lines test tests signs scale classification criteria position maneuver valve valves tubercle loops sinus vein veins artery nerve`
