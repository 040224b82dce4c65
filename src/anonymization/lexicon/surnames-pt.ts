/** Surnames common in Brazil, with those of its Italian, German, Japanese and Arab families, folded. Written for this project. */
export const surnamesPt: string = `
abrantes abreu acosta aguiar alcantara aleixo alencar almeida alvarenga alvares alves alvim amancio amaral ambrosio amorim
andrade anjos antunes aquino aragao araujo arantes arruda assis assuncao athayde avelar avila azambuja azeredo azevedo
bacelar bahia baia bandeira baptista baracho barata barbosa barcelos barreira barreto barreiros barros barroso bastos
batista bello belo benevides benites bernardes bernardino bertolini bessa bezerra bianchi bicalho bittencourt bitencourt boaventura
bonfim borba borges botelho braga bragança braganca brandao brito bruno bueno bulhoes cabral caetano caldas caldeira calixto
calvalcante camara camargo camargos caminha campos cancado candido canuto cardoso cardozo carneiro carmo carrijo carvalhaes
carvalho casagrande castelo castilho castro cavalcante cavalcanti caxias cerqueira cezar chagas chaves cintra clemente
coelho coimbra colares conceicao cordeiro correa correia cortes cortez costa coutinho couto coutto crispim cruz cunha custodio
dalla damasceno damasio dantas davila delgado dias diniz domingos domingues dorneles dornelas dourado drummond duarte duque
durao dutra elias escobar espindola espinosa esteves estrela evangelista fagundes falcao faria farias faustino feitosa
felix fernandes ferrari ferraz ferreira ferrer ferro fialho figueira figueiredo figueiro firmino florencio flores fogaca fonseca
fontes fontana fontenele fontoura fraga franca franco freire freitas furtado gadelha galindo galvao gama garcia gaspar genro
geraldo godinho godoi godoy goes gois gomes goncalves gonzaga gonzales gonzalez goulart gouveia gouvea granja guedes guerra
guerreiro guimaraes gusmao gutierrez hashimoto henriques hirata holanda hoffmann honorato horta ikeda inacio ito jacinto
jacome jardim jesus jordao junqueira kato kaufmann klein kobayashi koch krause kruger kubota lacerda lage lago
laranjeira lara leal leao leite leitao leme lemos lessa lima linhares lins lira lisboa lobato lobo loiola lopes
lourenco loureiro loyola lucas luna luz macedo machado maciel madeira madureira magalhaes maia malheiros malta marcondes mariano
marinho marins marques martinelli martinez martins mascarenhas mateus matos mattos maximiano medeiros meira meireles
meirelles melo mello mendes mendonca meneses menezes mercante mesquita miguel milani miranda miyamoto modesto monteiro
montenegro moraes morais morales moreira moreno moretti morato mota motta moura mourao muller munhoz muniz murakami nakamura
narciso nascimento natividade navarro neiva neri nery neves nishimura nobre nobrega nogueira noronha novaes novais nunes
ogata ohara okamoto oliveira onofre ornelas orsini ortega ortiz osorio pacheco padilha paes paim pains paiva palhares
palma palmeira pantoja paranhos parente parreira passos patricio patriota paula paulino paz pedrosa pedroso peixoto penha
penteado peralta perdigao pereira peres perez pessanha pessoa pestana pimenta pimentel pinheiro pinho pinto pires
pitanga pontes porto portela portugal prado prates prestes proenca quadros queiroz queiros quevedo quintana quirino rabelo
rabello raimundo ramalho ramires ramos rangel raposo rebello rebelo rebouças reboucas rego reis resende rezende ribas ribeiro
ricci riquelme rios rizzo rocha rodrigues rojas rolim romano romao romero rosario rossi ruas rufino ruiz sa sabino saboia
sales salgado salles salomao salvador sampaio sanches sanchez sandoval santana santanna santiago santos saraiva sardinha sarmento
sato schmidt schmitt schneider schulz schwartz scheffer seabra seixas sena senna sepulveda serafim serra serrano severino severo
sigolo silva silvano silveira silverio silvestre simao simoes siqueira soares sobral sodre sousa souto souza spindola stein suzuki
takahashi tanaka tavares taveira teixeira teles telles tenorio theodoro tiburcio toledo tolentino tome torquato torres
tourinho travassos trevisan trindade ueda uchoa vale valadares valente valentim valle varela vargas vasconcelos vasconcellos
vasques vaz veiga velasco velho veloso velloso ventura veras verissimo vianna viana vicente vidal vidigal vieira vilaca
vilela villela vilar vilas vilhena villar vitorino watanabe weber xavier yamada yamaguchi yamamoto yoshida zago
zanetti zanini zanella zimmermann bianco colombo conti costacurta esposito gallo greco lombardi marchetti marini mancini
pellegrini rinaldi salvatore santoro vitale hadad haddad abdalla nassif saad salim maluf khoury temer mansur farah dores gracas remedios livramento pompeia milagres
albuquerque alencastro canedo cardim carvalhal castanheira damiao dornelles frazao garces gomide ibiapina imperial lamounier lustosa
maranhao nakashima negreiros nepomuceno otoni porfirio quaresma queiroga roriz salgueiro serpa soeiro tavora valenca werneck ximenes`
