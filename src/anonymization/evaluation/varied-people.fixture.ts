const words = (text: string): string[] => text.trim().split(/\s+/)

interface People {
  readonly givenPt: readonly string[]
  readonly familyPt: readonly string[]
  readonly givenEn: readonly string[]
  readonly familyEn: readonly string[]
}

/** Names the templates of `varied-templates.fixture.ts` are filled with. */
export const tunedPeople: People = {
  givenPt:
    words(`Ocivaldo Marinês Josicleide Tércio Vandeílson Klébia Sthéfany Ruth Hidemi Naoki Ludymila Jhonatas Mirtes Dejanira Ubirajara Cosmira Adalziza Thaynara Emílio Kauany Raí Zaqueu Noé
  Rute Bernadeth Iolanda Hélcio Aurino Divina Jackeline Erasmo Ivanir Suellen Weslley Leocádia Yasser Samira Omar Aline Beatriz Caio Denise Pâmela Gláucia Hortênsia Ivo Juvenal`),
  familyPt:
    words(`Trancoso Frotscher Quaresma Botafogo Nakasone Sakuragi Qaddoumi Abdelrahim Zimbardo Piccinini Weinfurter Bragantim Cordovil Malheiro Gurgacz Sbrissa Pamplona Anhanguera Ferraço Tuyuka
  Pataxó Mucuri Salomão Rangel Pinto Leite Rosa Coelho Lobo Cordeiro Oliveira Silva Matos Barreto Moura Franco Prado Sá Paz Melo Câmara Campos`),
  givenEn:
    words(`Thaddeus Marceline Oyinda Jorrick Latoya Brigid Calloway Denzel Eulalie Fitzroy Gwendolyn Haruki Iphigenia Jermaine Kaleo Lucretia Moishe Nayeli Orla Prudence Quillan Rosamund Shanice Tavita
  Umberto Verity Wilfred Xiulan Yevgenia Zebulon Amirah Bashir Dalisay Emeka Faisal Hope Grace Dawn Mark Will April Joy Chase`),
  familyEn:
    words(`Thistlewood Abercrombie Boatwright Crutchfield Dunphy Eisenhower Featherstone Grzybowski Hollingsworth Iwuchukwu Jaworski Killebrew Lamoureux Mbatha Nakagawa Ostrander Prendergast Quattlebaum
  Raghunathan Stallworth Tchaikovsky Uribe Vanderhoek Wojciechowicz Xiong Yarborough Zervas Al-Khatib Brooks Young Price Long Bishop Rivers Stone Park Law Bell Cook`),
}

/** Names for `held-out-templates.fixture.ts`. */
export const heldOutPeople: People = {
  givenPt: words(
    `Zuleide Ademir Quirino Cleomar Tainá Wanderson Eliezer Rosemeire Iraci Gilvan Leidiane Otoniel Valquíria Kelvin Maitê Anaís Breno Nathaly Sônia Joaquim Toshiko Kenji Fuad Nádia Ronivaldo Edinete Crislaine Mayckon Perla Áurea Dalton Ilda`,
  ),
  familyPt: words(
    `Bittar Takemura Fagundes Sodré Brandalise Zanetti Holanda Caldeira Uchôa Schirmer Maranhão Gadelha Perdigão Cunha Batista Alencar Tavares Lins Pedrosa Vidigal Kowalczuk Yamashiro Haddad Santana Reis Assunção Feitosa Guimarães Ortega Lustosa`,
  ),
  givenEn: words(
    `Beauregard Anneliese Tyrell Siobhan Kwabena Rosalie Dmitry Lupe Hank Constance Ignacio Thuy Malcolm Roxanne Sanjay Beulah Curtis Mireya Ezra Paloma Vernon Gita Olaf Jasmine Trevor Winona Abdi Maeve Clyde Noemi Rex Autumn`,
  ),
  familyEn: words(
    `Haversham Castellanos MacTavish Obi Krasinski Delgado Whitlock Nguyen Pemberley Fontenot Yamada Hassan Goldblatt Rasmussen Banks Peacock Moss Turner Baptiste Singh Vance Kimball Szabo Ashworth Ramos Frost Underwood Cho Fairbairn Dubois Gunnarsson`,
  ),
}
