/** Surnames common in the United States and Britain, with Hispanic, Asian and German ones, folded. Written for this project. */
export const surnamesEn: string = `
abbott abrams acevedo acosta adams adkins aguilar ahmed akhtar alexander ali allen allison alvarado alvarez anderson andrews
anthony archer armstrong arnold arroyo ashby ashworth atkins atkinson austin avila ayala ayers bailey baker baldwin ball ballard banks
barber barker barlow barnes barnett barr barrera barrett barron barry bartlett barton bass bates bauer baxter beach bean
beard beasley beck becker bell beltran bender benitez benjamin bennett benson bentley benton berg berger bernard
berry best bird bishop black blackburn blackwell blair blake blanchard blankenship blevins bolton bond bonilla booker
boone booth bowen bowers bowman boyd boyer boyle bradford bradley bradshaw brady branch brandt bray brennan brewer bridges
briggs britt brock brooks brown browning bruce bryan bryant buchanan buck buckley bullock burch burgess burke burnett
burns burris burton bush butler byrd byrne cabrera cain calderon caldwell calhoun callahan camacho cameron campbell campos
cannon cantrell cantu cardenas carey carlson carney carpenter carr carrillo carroll carson carter carver case casey cash
castaneda castillo castro cervantes chambers chan chandler chaney chang chapman charles chase chaudhry chavez chen cherry choi
christensen christian chung church clark clarke clay clayton clements clemons cline cobb cochran coffey cohen coleman
collier collins colon combs compton conley conner connolly conrad contreras conway cook cooke cooley cooper copeland cordova
cortes cortez costello cote cotton courtney cox craft craig crane crawford crosby cross cruz cuevas cummings cunningham curry
curtis dale dalton daniel daniels daugherty davenport davidson davies davis dawson day dean decker dejesus delacruz
delaney deleon delgado dennis diaz dickerson dickson dillard dillon dixon dodson dominguez donaldson donovan dorsey dotson
douglas downs doyle drake dudley duffy duke duncan dunlap dunn duran durham dyer eaton edwards elliott ellis ellison
emerson england english erickson espinoza estes estrada evans everett ewing farley farmer farrell faulkner ferguson
fernandez ferrell fields figueroa finch finley fischer fisher fitzgerald fitzpatrick fleming fletcher flores flowers floyd
flynn foley forbes ford foreman foster fowler fox francis franco frank franklin franks frazier frederick freeman french
frost fry frye fuentes fuller fulton gaines gallagher gallegos galloway gamble garcia gardner garner garrett garrison
garza gates gay gentry george gibbs gibson gilbert giles gill gillespie gilliam gilmore glass glenn glover goff golden
gomez gonzales gonzalez good goodman goodwin gordon gould graham grant graves gray green greene greer gregory griffin
griffith grimes gross guerra guerrero gupta guthrie gutierrez guy guzman hahn hale haley hall hamilton hammond hampton
hancock haney hansen hanson hardin harding hardy harmon harper harrell harrington harris harrison hart hartman harvey
hassan hatfield hawkins hayden hayes haynes hays head heath hebert henderson hendricks hendrix henry hensley henson herman
hernandez herrera herring hess hester hewitt hickman hicks higgins hill hines hinton ho hobbs hodge hodges hoffman hogan
holcomb holden holder holland holloway holman holmes holt hood hoover hopkins hopper horn horne horton house houston
howard howe howell hubbard huber hudson huff huffman hughes hull humphrey hunt hunter hurley hurst hussain hutchinson hyde ibarra
ingram irwin jackson jacobs jacobson james jarvis jefferson jenkins jennings jensen jimenez johns johnson johnston jones
jordan joseph joyce joyner juarez justice kane kapoor kaufman keith keller kelley kelly kemp kennedy kent kerr khan kidd kim
king kinney kirby kirk kirkland klein kline knapp knight knowles knox koch kowalski kramer kumar lamb lambert lancaster
landry lane lang langley lara larsen larson lawrence lawson le leach leblanc lee leon leonard lester levine levy lewis
lin lindsay lindsey little livingston lloyd logan long lopez lott love lowe lowery lucas luna lynch lynn lyons macdonald
macias mack madden maddox maldonado malone mann manning marks marquez marsh marshall martin martinez mason massey mathews
mathis matthews maxwell may mayer maynard mayo mays mcbride mccall mccarthy mccarty mcclain mcclure mcconnell mccormick mccoy
mccray mccullough mcdaniel mcdonald mcdowell mcfadden mcfarland mcgee mcgowan mcgrath mcguire mcintosh mcintyre mckay
mckee mckenzie mckinney mcknight mclaughlin mclean mcleod mcmahon mcmillan mcneil mcpherson meadows medina mehta mejia melendez
melton mendez mendoza mercado mercer merrill merritt meyer meyers michael middleton miles miller mills miranda mitchell
molina monroe montgomery montoya moody moon mooney moore morales moran moreno morgan morin morris morrison morrow morse
morton moses mosley moss mueller mullen mullins munoz murphy murray myers nash navarro neal nelson newman newton nguyen
nichols nicholson nielsen nieves nixon noble noel nolan norman norris norton novak nunez obrien ochoa oconnor odom odonnell
oliver olsen olson oneal oneil oneill orr ortega ortiz osborn osborne owen owens pace pacheco padilla page palmer park
parker parks parrish parsons pate patel patrick patterson patton paul payne pearson peck pena pennington perez perkins
perry peters petersen peterson petty phelps phillips pickett pierce pittman pitts pollard poole pope porter potter potts
powell powers pratt preston price prince proctor pruitt pugh quinn ramirez ramos ramsey randall randolph rao rasmussen
ratliff ray raymond reed reese reeves reid reilly reyes reynolds rhodes rice rich richard richards richardson richmond riddle
riggs riley rios rivas rivera rivers roach robbins roberson roberts robertson robinson robles rocha rodgers rodriguez
rodriquez rogers rojas rollins roman romero rosa rosales rosario rose ross roth rowe rowland roy ruiz rush russell russo
rutledge ryan salas salazar salinas sampson sanchez sanders sandoval sanford santana santiago santos sargent saunders
savage sawyer schmidt schneider schroeder schultz schwartz scott sears sellers serrano sexton shaffer shannon sharma sharp sharpe
shaw shelton shepard shepherd sheppard sherman shields short silva simmons simon simpson sims singh singleton skinner
slater sloan small smith snider snow snyder solis solomon sosa soto sparks spears spence spencer stafford stanley stanton
stark steele stein stephens stephenson stevens stevenson stewart stokes stone stout strickland strong stuart suarez
sullivan summers sutton swanson sweeney sweet sykes talley tanner tate taylor terrell terry thomas thompson thornton
tillman todd torres townsend tran travis trevino trujillo tucker turner tyler tyson underwood valdez valencia valentine
valenzuela vance vang vargas vasquez vaughan vaughn vazquez vega velasquez velazquez velez villarreal vincent vinson wade wagner
walker wall wallace waller walls walsh walter walters walton ward ware warner warren washington waters watkins watson
watts weaver webb weber webster weeks weiss welch wells west wheeler whitaker white whitehead whitfield whitley whitney
wiggins wilcox wilder wiley wilkerson wilkins wilkinson william williams williamson willis wilson winters wise witt wolf wolfe
wong wood woodard woods woodward wooten workman wright wu wyatt wynn yang yates york young zamora zhang zhou zimmerman
fitzgerald mackenzie macleod thatcher pemberton whitmore hargrove kessler lindqvist okafor adeyemi mensah nakamura tanaka petrov
ivanova schroder larsson johansson hendrickson halvorsen oconnell obrian mcallister mcgregor ferreira oyelaran abernathy
abdi abdullah abubakar achebe adewale afolabi agarwal andersson angelo aquino arslan asante babic bakker balogun banerjee begum bengtsson
berglund bergman bhatt bhattacharya boateng bondarenko castellano chakraborty chatterjee chaudhary chopra chowdhury connor demir desai
dhillon diallo dimitrov dombrowski dubois dupont eriksson escobar esposito fernandes ferrari fontaine fujimoto fukuda ghosh goldberg
goldstein greenberg grewal gunawardena haddad hakimi hashimoto hayashi hoang hoffmann holmberg horvath huang ibrahim ignatieff ishikawa
ivanov iyer jankowski jansen kamara kang karimi karlsson kaur kawasaki keita khalil khatun kimura kobayashi koroma kovac kovacs kowalczyk
kozlov krause krishnan kuznetsov lefebvre lefevre lewandowska lewandowski lindgren mahmoud malhotra malley matsumoto mazur mbeki menon
mikkelsen mukherjee murakami nair nakagawa nasser ncube nikolaidis nowak nwosu obi ogawa okeke okonkwo okoye olsson onyango osei owusu
papadopoulos pappas pereira petrova pham pietrowski popescu popov qureshi rahman ramaswamy reddy richter rosenberg rossi sandhu santoro
sanyal sato shevchenko siddiqui sidhu sithole sokolov srinivasan subramanian suleiman suzuki svensson szabo szymanski takahashi tesfaye
thapa toure trivedi tshabalala tshering venkataraman verma villanueva volkov watanabe weinberg wisniewski wojcik wozniak xiong yadav yamada
yamamoto yilmaz yoshida zhao zielinski zuniga`
