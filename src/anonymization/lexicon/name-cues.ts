/** Labels of a person's name: a colon, a dash or a line end follows, then the name. Folded words, comma-separated. */
export const nameLabels: string = `
patientname, nomepaciente, nomecompleto, firstname, lastname, fullname, middlename, familyname, givenname, family name, given name, nomemae, nome mae, nome pai, nomepai, nome paciente, nm paciente, nome beneficiario, nome social paciente, resp, obs enf, enf, obs, patient full name, pt name, pac, pcte,
agente de saude, para, ata, presentes, participantes, presente, referral, hospice, bereaved, beneficiary, payee, consignee, attendee, attendees, present, prepared for, prepared by, sent by, received by, ordered by, requested by, collected by, entered by, authorized by, approved by, released by, performed by, interpreted by, read by, scribe, caller, sender, requester, requisitante, autor, relator, redator, coletado por, liberado por, conferido por, laudado por, executado por, preenchido por, elaborado por, autorizado por, recebido por, entregue a, favorecido, avo, filho, filha, esposa, esposo, marido, irmao, irma, tutor, tutora, curador, curadora, padrinho, madrinha, vizinho, vizinha, interlocutor, entrevistado, entrevistada, periciado, periciada, autora, reu, advogado, advogada, socorrista, son, daughter, brother, sister, partner, attorney, proxy, health care proxy, poa, agent, roommate, pediatrician, pcp name, rph, pharmacist, midwife, doula, paramedic, responsavel tecnico tecnico, tecnico responsavel, digitado por, emitido por, caso clinico, plantonista, aluno, aluna, funcionario, registration, eval, to whom it may concern, employee, student, teacher, medical director, copy to, submitted by, verified by, transcribed by,
nome, nome completo, nome social, nome do paciente, nome da paciente, nome da mae, nome do pai, nome do responsavel, nome do acompanhante,
nome do medico, paciente, mae, pai, filiacao, responsavel, responsavel legal, acompanhante, conjuge, titular, beneficiario, segurado,
medico, medica, medico responsavel, medico assistente, medico solicitante, solicitante, cirurgiao, cirurgia, anestesista, auxiliar, instrumentador,
enfermeiro, enfermeira, enfermeiro responsavel, fisioterapeuta, psicologa, psicologo, nutricionista, assistente social, preceptor, residente, interno,
radiologista, patologista, professor, orientador, testemunha, contato de emergencia, contato, assinado, assinado por, assinado eletronicamente por, assinatura,
declarante, requerente, remetente, destinatario, nome de solteira, apelido, vitima, condutor, doador, receptor, parente, informante,
name, full name, patient name, patient, name of patient, client, client name, last name, first name, surname, maiden name, preferred name,
mother, father, spouse, husband, wife, guardian, parent, next of kin, emergency contact, contact, contact person, caregiver, informant,
physician, doctor, attending, attending physician, surgeon, assistant, assistant surgeon, anesthesiologist, referring physician, referring provider, referred by,
primary care physician, primary care provider, pcp, provider, ordering provider, ordering physician, nurse, nurse practitioner, resident, intern, consultant,
radiologist, pathologist, therapist, dictated by, signed by, electronically signed by, transcribed by, reviewed by, reported by, author, cc, attn, to, from,
witness, employer, insured, subscriber, policyholder, account holder, cardholder, driver, victim, donor, recipient, aka, alias, re, rn, md, case manager, social worker`

/** Phrases a person's name follows directly. */
export const namePhrases: string = `
nome de, o nome de, em nome de, chama de, chamava de, chamam de, thx, ty, tks, vlw, oi, ola, bjs, beijos, beijo, abs, me chama de, me chamam de, chamam de, chamar de, um tal de, uma tal de, transcribed by, typed by, verified by, asking me to see, pleasure of seeing, pleasure of meeting, receber a, receber o, gave his name as, gave her name as, handed off to, took over from, assumed care from, report from,
chamado, chamada, chama se, se chama, chama-se, de nome, meu nome e, nome e, me chamo, sou o, sou a, sou, aqui e o, aqui e a, conhecido como, conhecida como, conhecido por, conhecida por,
apelidado de, apelidada de, prezado, prezada, caro, cara, querida, querido, atenciosamente, cordialmente, att, obrigado, obrigada, abracos, abraco, grato, grata,
assinado por, assinado, assinada por, carimbado por, avaliado por, avaliada por, avaliado pelo, avaliada pela, atendido por, atendida por, atendido pelo, atendida pela, examinado por, examinada por,
acompanhado por, acompanhada por, acompanhado de, acompanhada de, acompanhado da, acompanhada do, acompanhada da, acompanhado do, encaminhado por, encaminhada por, encaminhado pelo, encaminhada pela,
solicitado por, solicitada por, realizado por, realizada por, operado por, operada por, operado pelo, operada pelo, falei com, falar com, conversei com, conversamos com, contato com, discutido com, combinado com,
ligacao de, telefonema de, recado de, ligar para, ligar pra, ligou para, avisar, procurar por, cuidado por, cuidada por, trazido por, trazida por, trazido pela, trazida pela, trazido pelo, trazida pelo, a pedido de, em nome de, casada com, casado com, mora com, vive com, filho de, filha de, neto de, neta de, mae de, pai de, esposa de, marido de, irma de, irmao de, viuva de, viuvo de, vizinha de, amiga de, cuidadora de,
dear, sincerely, regards, best regards, kind regards, best, thanks, thank you, yours truly, yours sincerely, respectfully, cheers, love, hi, hello, hey, signed, named, called, name is, name was, goes by, known as, nicknamed, i am, this is,
call from, message from, letter from, left for, seen by, signed by, dictated by, reviewed by, evaluated by, examined by, referred by, accompanied by, performed by, assisted by, followed by dr, discussed with, spoke with, spoke to, talked to, talked with, met with, lives with, married to, daughter of, son of, wife of, husband of, mother of, father of, sister of, brother of, cared for by, under the care of, on behalf of, ask for`

/** Words a name may follow among others: a known name or two capitals are needed. */
export const weakPhrases: string = `
for seeing, seeing, i saw, we saw, saw, refer, referring, encaminho, encaminhamos, encaminhar, exames para, receita para, atendi, atendemos, examinei, avaliei, visitei, vi, recebi, recebemos, internamos, operei, acompanho,
treated, evaluated, examined, admitted, met, visited, notified, informed, paged, contacted, consulted, thanked, avisei, comuniquei, chamei, liguei para, orientei, entrevistei, conheci, encontrei, of, for, with, by, to, and, por, para, com, e, de, da, do, pela, pelo`

/** Verbs that only persons do: an unknown capitalised word before one is a person. Folded. */
export const personVerbs: string = `
refere relata nega queixa conta mora trabalha compareceu procurou autorizou assinou chorou contou disse falou explicou pediu perguntou respondeu reside fuma bebe chegou
veio voltou retornou aceitou recusou acompanhou acompanha casou faleceu nasceu cursa estuda vive lembra lembrou acredita sente sentiu acordou tomou parou comecou
reports denies says states lives works told smokes drinks agreed consented complains complained endorses reported denied stated asked lived worked recalls
remembers feels felt thinks wants wanted visited phoned texted emailed mentioned cried wakes woke moved married insisted explained refused arrived returned
passed lost tripped fell hopes plans enjoys loves likes retired drove drives pulled ate slept walked called tried sang hugged fed slipped waited watched smiled laughed noticed brought picked gave took
agrees declines refuses understands verbalizes sleeps eats walks calls waits sits stands looks appears seems spends keeps helps cooks cares misses worries argued confided yelled screamed ran sat stood looked remained stayed kept helped cooked cared missed worried
quer quis tem teve faz fez gosta gostou dorme dormiu come comeu anda andou corre correu sai saiu fica ficou parece pareceu precisa precisou deixou recebeu levou trouxe chegou pegou comprou tirou usa usou toma mantem manteve evoluiu evolui aguarda
reclama reclamou comenta comentou confirma confirmou afirma afirmou concorda concordou sofre sofreu caiu ligou telefonou avisou prometeu insistiu brigou separou adoeceu melhorou piorou engravidou amamenta amamentou brinca brincou canta cantou cuida cuidou ajuda ajudou passou ganhou perdeu`
