/** Portuguese words of clinical notes that are written with a capital without being names, folded. Written for this project. */
export const safeWordsPt: string = `
ola alo meio meios caldo agar a o as os ao aos um uma uns umas de da do das dos em na no nas nos por para pelo pela pelos pelas com sem sob sobre entre ate apos ante
desde durante contra conforme segundo perante e ou mas porem todavia contudo entretanto portanto logo pois porque que se quando onde como
enquanto embora caso ja ainda nao sim nunca sempre tambem apenas so somente muito muita muitos pouco pouca mais menos bem mal melhor pior
eu tu ele ela nos vos eles elas voce voces me te lhe seu sua seus suas meu minha meus minhas nosso nossa este esta esse essa isto isso
aquele aquela aquilo qual quais quem cujo cuja algum alguma alguns algumas nenhum nenhuma todo toda todos todas outro outra outros outras
cada mesmo mesma ambos ambas tal tais tanto tanta quanto quanta hoje ontem amanha agora antes depois cedo tarde aqui ali la ca
paciente pacientes doente doentes cliente usuario usuaria gestante puerpera parturiente recem nascido nascida neonato lactente crianca
criancas menino menina adolescente jovem adulto adulta idoso idosa homem mulher masculino feminino sexo genero idade anos ano meses mes
dias dia semanas semana horas hora minutos manha noite madrugada casado casada solteiro solteira viuvo viuva divorciado divorciada
mae pai filho filha irmao irma avo tio tia sobrinho sobrinha primo prima neto neta esposo esposa marido companheiro companheira
cuidador cuidadora familiar familiares acompanhante responsavel vizinho vizinha amigo amiga namorado namorada cunhado cunhada sogro sogra
genro nora padrasto madrasta enteado enteada
medico medica medicos enfermeiro enfermeira tecnico tecnica auxiliar fisioterapeuta nutricionista psicologo psicologa dentista cirurgiao
cirurgia farmaceutico assistente social residente interno plantonista preceptor professor professora doutor doutora equipe equipa agente
fonoaudiologa terapeuta cardiologista neurologista pediatra ginecologista obstetra ortopedista oncologista urologista psiquiatra clinico
clinica geral especialista anestesista radiologista patologista dermatologista oftalmologista geriatra infectologista nefrologista
hospital hospitalar ambulatorio ambulatorial enfermaria leito quarto uti cti pronto socorro atendimento emergencia urgencia posto unidade
centro saude basica familia maternidade laboratorio instituto santa casa policlinica consultorio farmacia secretaria municipio municipal
estadual federal regional universitario universidade faculdade departamento servico setor ala bloco andar sala recepcao
nome idade data nascimento endereco telefone celular contato email identificacao identidade documento documentos cpf rg cns sus cnpj pis
prontuario registro matricula carteirinha carteira convenio plano cartao conta agencia banco titulo eleitor passaporte cnh habilitacao
cidade estado bairro rua avenida cep uf pais naturalidade nacionalidade natural procedente procedencia residente morador moradora reside
profissao ocupacao escolaridade religiao raca cor etnia estado civil ficha formulario relatorio laudo exame exames resultado resultados
queixa principal historia historico doenca atual pregressa patologica antecedentes familiares pessoais habitos vida medicamentos medicacoes
medicacao uso continuo alergias alergia alergico alergica nega negam refere referem relata relatam informa informou queixa queixa-se apresenta
apresentou apresentava evolui evoluiu mantem manteve solicita solicitou solicito sugiro sugere sugerimos recomendo recomenda prescrevo oriento indico orienta orientou orientado encaminha encaminhado
encaminhada encaminho avaliado avaliada avaliacao interna internado internada internacao admitido admitida admissao alta hospitalar retorno
consulta consultas visita acompanhamento seguimento conduta condutas plano terapeutico prescricao prescrevo prescrito receita impressao
hipotese hipoteses diagnostico diagnostica diagnosticas diagnosticada diagnosticado prognostico tratamento terapia exame fisico geral
inspecao palpacao ausculta percussao sinais vitais pressao arterial frequencia cardiaca respiratoria temperatura saturacao glicemia peso
altura imc dor dores febre tosse dispneia nausea vomito vomitos diarreia cefaleia tontura edema cansaco fraqueza astenia fadiga prurido
abdome abdomen abdominal torax toracica cabeca pescoco membros superiores inferiores pele mucosas olhos ouvido nariz garganta coracao
pulmao pulmoes figado rim rins baco estomago intestino cerebro medula osso ossos coluna lombar joelho ombro quadril tornozelo mao pe perna
braco direito direita esquerdo esquerda bilateral hemograma urina urocultura hemocultura creatinina ureia sodio potassio colesterol
triglicerides tomografia ressonancia magnetica ultrassom ultrassonografia radiografia raio ecocardiograma eletrocardiograma endoscopia
colonoscopia biopsia cateterismo cintilografia mamografia densitometria espirometria holter ergometrico glasgow apgar
hipertensao diabetes mellitus tipo has dm dm2 dpoc iam avc icc irc drc itu hiv hepatite sifilis dengue covid tuberculose cancer neoplasia tumor
carcinoma adenocarcinoma linfoma leucemia mieloma metastase infarto insuficiencia angina arritmia fibrilacao acidente vascular cerebral
epilepsia convulsao demencia depressao ansiedade transtorno bipolar esquizofrenia asma bronquite pneumonia rinite sinusite gastrite ulcera
refluxo colecistite colelitiase apendicite pancreatite cirrose hernia fratura trauma lesao queimadura infeccao sepse choque anemia
trombose embolia obesidade dislipidemia hipotireoidismo hipertireoidismo osteoporose artrite artrose lupus gota fibromialgia
dipirona paracetamol ibuprofeno losartana enalapril captopril anlodipino atenolol metoprolol carvedilol propranolol hidroclorotiazida
furosemida espironolactona metformina glibenclamida gliclazida insulina nph regular sinvastatina atorvastatina rosuvastatina aas
clopidogrel varfarina marevan rivaroxabana enoxaparina heparina omeprazol pantoprazol ranitidina amoxicilina clavulanato azitromicina
ceftriaxona cefalexina ciprofloxacino levofloxacino meropenem vancomicina piperacilina tazobactam gentamicina metronidazol sulfametoxazol
fluconazol aciclovir prednisona prednisolona dexametasona hidrocortisona salbutamol formoterol budesonida fluoxetina sertralina
escitalopram amitriptilina clonazepam diazepam alprazolam risperidona quetiapina haloperidol carbamazepina fenitoina valproato
lamotrigina levetiracetam gabapentina pregabalina morfina tramadol codeina fentanil levotiroxina puran digoxina amiodarona aspirina
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro segunda terca quarta quinta sexta sabado domingo feira
natal pascoa carnaval ano-novo doenca sindrome sinal teste escala escore manobra fenomeno reflexo linfonodo ligamento canal trompa
crm coren cro crefito crp crf crn rqe cref sr sra srta dr dra prof profa enf tec obs nota atencao observacao assunto prezado prezada caro cara atenciosamente cordialmente att
bom boa tarde estado regular grave bom corado hidratado acianotico anicterico afebril eupneico orientado lucido consciente contactuante
brasil brasileiro brasileira portugal portugues ministerio governo lei resolucao portaria protocolo norma diretriz diretrizes sociedade
estudo estudos artigo pesquisa ensaio grupo grupos amostra metodo metodos objetivo conclusao introducao discussao tabela figura razao dose
doses relacao pergunta resposta contexto qual quais quantos participantes veiculo carro moto acidente colisao policia boletim ocorrencia
marcapasso protese cateter sonda dreno acesso remoto sessao serie numero modelo marca lote fabricante validade chassi placa
compareceu veio trouxe trazido trazida chegou saiu deu entrada recebeu realizou fez foi era esta estava tem tinha teve sera pode deve
aguarda aguardando agendar agendado agendada contatar ligar avisar favor assinado assinatura carimbo testemunha declaro atesto certifico
segue segundo conforme vide ver anexo copia original via autorizou autorizado consentimento termo livre esclarecido sigilo
boa boas novos novas nova novo primeiro primeira ultima ultimo proxima proximo mais demais seguinte anterior
negativo positivo normal alterado alterada ausente presente preservado sugestivo compativel inalterado estavel instavel melhora piora
mg ml kg cm mm mcg ui comprimido comprimidos capsula ampola gotas via oral endovenosa intramuscular subcutanea vo ev im sc sn
fc fr pa tax spo2 sat eva hgt hb ht pcr vhs tgo tgp tsh t4 inr ttpa ecg eeg rx tc rm usg eda fast pet bcp rcr mv pvc bnf rha
dona seu senhor senhora senhorita doutores vovo vovó papai mamae bebe gemeo gemea madrinha padrinho compadre comadre patrao chefe colega
pet cachorro gato escola creche igreja trabalho empresa fabrica fazenda sitio praia praca shopping mercado padaria onibus metro
chamado chamada chama apelido conhecido conhecida mora morava vive viveu nasceu faleceu morreu obito
fone fones zap onda ondas ninguem alguem nada tudo todos nenhuma apesar alem enfim inicialmente finalmente recentemente atualmente anteriormente posteriormente talvez certamente provavelmente geralmente normalmente raramente frequentemente aparentemente realmente infelizmente felizmente hemograma plaquetas leucocitos eritrocitos hematocrito hemoglobina ferritina albumina bilirrubinas amilase lipase troponina lactato fosforo magnesio calcio cloro bicarbonato amonia transplante dialise hemodialise quimio radio reumatologia nefrologia hematologia infectologia pneumologia gastro hepatologia endocrinologia mastologia urologia proctologia geriatria paliativo paliativos
fulano fulana beltrano beltrana sicrano sicrana agenda pauta ata reuniao presentes ausentes turno diurno noturno passagem censo mapa escala lista fila relacao leitos vagas altas obitos presidio penitenciaria cadeia delegacia cartorio forum tribunal vara comarca promotoria defensoria conselho tutelar abrigo asilo albergue republica pensao quilombo aldeia assentamento
deus senhor graças jesus virgem santo santa sao espirito santos
reg guia guias pix wpp zap pasep pis nis nit apolice debito credito whatsapp telefones contatos carteirinha carteira beneficiario convenio prontuario cadastro chave aleatoria boleto recibo protocolo senha valeu luto melancolia tchau tomara oxala uai nossa credo eita pulseira etiqueta cod cel tubo frasco nasc pront conv
rol pcmso ppra ppp aso kinesio libras iemanja orixa candomble pilates mandar pego quero pedir ramal ouvidoria upa pra pro legal ira direto`
