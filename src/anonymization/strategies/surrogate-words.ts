type Language = 'Pt' | 'En'
type Material = `${'women' | 'men' | 'surnames' | 'cities' | 'streets' | 'houses'}${Language}`

/** Invented material of the surrogate strategy. No entry points at a living person, place of care or working address. */
export const surrogateWords: Readonly<Record<Material, readonly string[]>> = {
  womenPt:
    'Beatriz Camila Daniela Elisa Fernanda Gabriela Isadora Juliana Larissa Marina Natália Patrícia Renata Sabrina Tatiana Valéria'.split(
      ' ',
    ),
  menPt:
    'André Bernardo Caio Danilo Eduardo Fabrício Gustavo Henrique Leonardo Marcelo Otávio Paulo Renato Sérgio Thiago Vinícius'.split(
      ' ',
    ),
  womenEn:
    'Alice Brenda Claire Diana Evelyn Gloria Heather Janet Karen Megan Nancy Paula Sharon Teresa Wendy Yvonne'.split(
      ' ',
    ),
  menEn:
    'Andrew Bradley Curtis Dennis Edward Gordon Howard Jeffrey Kenneth Leonard Martin Norman Philip Russell Stephen Walter'.split(
      ' ',
    ),
  surnamesPt:
    'Almeida Barbosa Cardoso Dantas Fagundes Guimarães Lacerda Medeiros Nogueira Pacheco Queiroz Ribeiro Sampaio Teixeira Vasconcelos Xavier'.split(
      ' ',
    ),
  surnamesEn:
    'Anderson Bennett Collins Dawson Emerson Fletcher Gibson Henderson Jenkins Lawson Mitchell Norris Peterson Robertson Sullivan Thompson'.split(
      ' ',
    ),
  citiesPt:
    'Anápolis Bauru Cascavel Dourados Franca Garanhuns Ipatinga Joinville Londrina Mossoró Niterói Ourinhos Pelotas Sobral Taubaté Uberaba'.split(
      ' ',
    ),
  citiesEn:
    'Akron Boise Camden Dayton Eugene Fresno Hartford Irving Laredo Macon Nashua Omaha Provo Quincy Reno Tulsa'.split(
      ' ',
    ),
  streetsPt:
    'Rua das Acácias|Rua dos Ipês|Avenida das Palmeiras|Travessa dos Lírios|Alameda das Hortênsias|Rua do Sol'.split(
      '|',
    ),
  streetsEn: 'Maple Street|Oak Avenue|Cedar Lane|Birch Road|Willow Drive|Juniper Court'.split('|'),
  housesPt:
    'Hospital São Vicente|Clínica Boa Esperança|Hospital das Palmeiras|Clínica Santa Clara|Hospital do Vale|Maternidade Bom Pastor'.split(
      '|',
    ),
  housesEn:
    'Riverside Hospital|Lakeview Clinic|Hillcrest Hospital|Meadowbrook Clinic|Fairview Hospital|Northgate Clinic'.split(
      '|',
    ),
}

/** Women's given names that do not end in `a`, folded; the rest is told by that ending. */
export const womenWithoutA: ReadonlySet<string> = new Set(
  `alice beatriz isabel raquel ester ruth carmen ines iris miriam simone viviane denise irene solange eliane cristiane adriane tatiane josiane rosane luciane fabiane lais thais tais liz janete ivone ivete marlene
  helen susan karen carol ann anne jane joan mary nancy emily hannah rachel tracy sarah elizabeth margaret dorothy ruby grace hope faith joyce janet doris alice judith deborah kathleen lauren megan heather
  amy kim lisbeth beth claire charlotte chloe sophie zoe kate katie julie stephanie nicole michelle danielle jennifer ashley kelly shirley evelyn marie jean christine catherine diane wendy holly crystal`.split(
    /\s+/,
  ),
)
/** Men's given names that end in `a`, folded. */
export const menWithA: ReadonlySet<string> = new Set([
  'luca',
  'joshua',
  'josua',
  'elia',
  'noa',
  'ezra',
  'jeremia',
  'garcia',
  'costa',
  'nikita',
  'andrea',
])
