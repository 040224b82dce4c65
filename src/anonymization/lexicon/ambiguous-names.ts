/**
 * Names that are also ordinary words, months, places or eponyms, folded: they need a title, a label or another name
 * beside them. Written for this project.
 */
export const ambiguousNames: string = `
alba amaral amber amparo angel anjos april ara archer argentina aria art ash aurora august austin avila axel
bahia baia baker ball bandeira banks barata barber bass bastos beach bean beard beck bell belo bello best benign bessa bill bird bishop
black bond bonfim boone booth borg braga branch bray bridges brock brook brooks brown bruce buck bueno bush butler cabral caldas caldeira
camara campos candida candido cannon cardoso carmo carneiro carpenter carr carter carver case cash castelo castro chagas chance chase
cherry christian church clay clement cole colon conceicao constance cook cooper cora cordeiro costa cotton couto craft crane cross cruz
crystal cunha dale dallas dalla dan dawn day dean delta desiree destiny dias diana divina divino dom don dores down downs
drew duke duque dourado dunn dyer eden elm england english estrela faith falcao fagundes farmer fe felix feliz ferro
fields figueira finch fisher flora flores flor flowers fontes ford foreman forrest fox franca franco frank freeman freire
french frost furtado gall gama garrison gates gay gene general genro german gill ginger glass golden good gordon grace grande
grant graves gray green greene gross guerra guy hale hall harmony hand hardy hart head heath herring hill ho hodge holder
holiday holland holly hood hope horn horta house hudson hull hunt hunter hurst ida ii iris irma israel jade jardim jan
jasmine jesus jo jordan june justice justino kane kay king kirk knight lago lage lamb lance lane lang lara laranjeira leal leao
le lea lee leite leitao leme levy lima lin lincoln lira lisboa little lobo lobato long lot lott lou lourdes love luna luz
mace machado mack mae madeira madison magna magno maia malta mann mar mara marco marinho mark marks marsh martini mason mata max maximo may
mays meadows mercado mercedes melody mei mercante mia miles milagros miller mills minor misty modesto moles monte moon moreno morse
moss mota muller murray narciso nascimento nativa natividade neves nice noble nobre norma norman nova novais novaes ora orlando ortiz pace page
paige paim palma palmeira palmer paz park parker parks parente passos pat patience patriota pearl peck penha penny perla perdigao
pimenta pimentel pinho pinheiro pinto piper pires pitanga pontes poole pope porter porto portugal prado prates prestes potter potts powers precious price prince
quadros raposo ramos rangel reed rego reis rex rice rich richmond ricci rios rivers rob roman romana romano romero rosa rosario rose rosa
rocha roque roth rush rusty sa sabino sales salgado salvador sal sampaio santana santiago santos sara saudade savage savannah
sawyer sears sena seixas serafim serena serra serrano severo severino sharp shields short silvestre simao singh skinner small snow
socorro sol solis spears stark steele sterling stone stout strong summer summers sweet tate thai tome torres
trindade troy turner una union urbano vale valente valentine valle vaz veiga velho ventura veras vera verde verissimo vicente victor
victoria vidal vilas vince viola violet virginia vitoria wade walker wall walls ward ware warner washington waters watts wave
webb weeks wells west white wilder will willow wise wolf wood woods workman york young mercado oliveira teles
sparks branch carey cardinal case clara claro cleveland coma constant cora denver estrada everest
geneva georgia hamilton holmes houston israel jackson jersey lactea lesion lester lily
margarida marilia miranda mercurio newton olinda paris phoenix ponta
rio salem santo sidney sydney tempe toledo turner valencia vernon villa vitoria warren
tais ali uma senna singleton aparecida aparecido bento celeste clemente consolacao crista domingos encarnacao ermida esperanza fortunato
graca hora humana justa juvenal lapa leda linda lucio maior mansur melina mina nilo norte osorio
patricio pia pilar prima primo raia rama rita roma rubi ruas saraiva serra severa silva sim tarde tecla
temer terra tia tito tomas trina uva vaga valor viana vida vila vital viva zona tais ali uma senna singleton asher aspen asa rowe aim ami ani
ama asha hari hong jing jun karan kiran lata lei ling luz madhu mei meena ming mona omari prasad rani wei yan yash yuki dung minh consuelo refugio kamal hana huda nour jaya sita riya usha fidel milagros leila dalia eun dores gracas remedios livramento pompeia milagres
imperial granja castanheira valenca aurea perpetua hortencia hermes olimpia dolores guadalupe amara elif kang quaresma salgueiro raj sokolov
opal logan tanner olive ivy polly pacifico dev theo liz maya cacau duda ariel jacinta sami`
