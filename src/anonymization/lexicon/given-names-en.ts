/** Given names common in the United States and Britain, folded. Written for this project. */
export const givenNamesEn: string = `
aaron abby abdul abdullah abigail abraham ada adam addie addison adela adele adeline adrian adrienne agnes ahmad ahmed aidan
aiden aileen aisha akira alan albert alberta alden alec alejandra alejandro alex alexa alexander alexandra alexandria alexis
alfonso alfred ali alice alicia alina alisha alison alistair allan allen allie allison alma alondra alonzo alton alvin
alyssa amanda amari amber amelia ami amir amos amy ana anastasia andre andrea andres andrew andy angela angelica angelina
angelo angie anita ann anna annabelle anne annette annie anthony antoinette antonio anya april ara archie aria ariana arianna
ariel arjun arlene arnold arthur arturo asher ashley ashton athena aubrey audrey august austin ava avery axel ayesha barbara
barney barry bart beatrice becky belinda ben benedict benjamin bennett bernadette bernard bernice bert bertha bessie
beth bethany betsy bette betty beulah beverly bianca billy blake blanche bob bobby bobbie bonnie boris boyd brad bradford
bradley brady brandi brandon brandy brenda brendan brennan brent bret brett brian briana brianna bridget britney brittany
brittney brock brody brooke brooks bruce bryan bryant bryce bryson byron caitlin caleb callie callum calvin cameron camila
camille candace candice carl carla carlo carlos carlton carly carmen carol carole carolina caroline carolyn carrie carson carter
cary casey cassandra cassidy catalina catherine cathleen cathy cecelia cecil cecilia cedric celeste celia cesar chad
chandra charlene charles charlie charlotte chelsea cheryl chester chloe chris christa christian christie christina christine
christopher christy chuck cindy claire clara clarence clarissa claude claudia claudine clayton clement cliff clifford clifton
clint clinton clyde cody colby cole colette colin colleen conner connie connor conrad constance cora corey corinne cornelia
cornelius cory courtney craig crystal curtis cynthia daisy dakota dale dallas damian damien damon dan dana dane daniel
daniela daniella danielle danny daphne darla darlene darnell darrel darrell darren darryl daryl dave david dawn dean deanna
debbie deborah debra declan deena deirdre delia delilah dell della delores demetrius denise dennis denny derek derrick desiree
desmond destiny devin devon dexter diana diane dianna dianne diego dillon dina dirk dixie dolly dolores dominic dominick
dominique don donald donna donnie dora doreen doris dorothea dorothy doug douglas doyle drew duane dustin dwayne dwight dylan
earl earnest ebony ed eddie eden edgar edie edith edmond edmund edna eduardo edward edwin edwina effie eileen elaine
eleanor elena eli elias elijah elisa elisabeth elise eliza elizabeth ella ellen ellie elliot elliott ellis elmer eloise elsa
elsie elton elvin elvira emanuel emerson emil emilia emilio emily emma emmanuel emmett enrique eric erica erick erik
erika erin ernest ernestine ernesto ervin esmeralda esperanza essie estelle esteban esther ethan ethel eugene eugenia eula
eunice eva evan evangeline eve evelyn everett ezekiel ezra faith fannie farah fatima fay faye felicia felicity felipe felix
fernando fiona fletcher flora florence floyd forrest frances francesca francis francisco francine frank frankie franklin fred
freda freddie frederick freya frieda gabriel gabriela gabriella gabrielle gail garrett garry gary gavin gayle gene geneva
genevieve geoffrey george georgia georgina gerald geraldine gerard german gerardo gertrude gilbert gina ginger giovanni
gladys glen glenda glenn gloria gordon grace gracie graham grant grayson greg gregg gregory greta gretchen griffin guadalupe
guillermo gus gustavo gwen gwendolyn hailey haley hannah hank hans harley harold harper harriet harris harrison harry
harvey hassan hattie hayden hazel heather hector heidi helen helena helga henrietta henry herbert herman hilary hilda
hiroshi holly homer hope horace howard hubert hudson hugh hugo hunter ian ibrahim ida ignacio imani imran ines ingrid
ira irene iris irma irvin irving isaac isabel isabella isabelle isaiah ismael israel ivan ivy jack jackie jackson jaclyn
jacob jacqueline jacquelyn jada jade jaden jaime jake jalen jamal james jameson jamie jan jana jane janelle janet janice
janie janine janis jared jasmin jasmine jason jasper javier jay jayden jayla jayne jean jeanette jeanne jeannette jeannie
jeff jefferson jeffery jeffrey jenna jennie jennifer jenny jerald jeremiah jeremy jermaine jerome jerry jesse jessica jessie jesus
jill jillian jim jimmie jimmy jin jo joan joann joanna joanne jocelyn jodi jody joe joel joey johanna john johnathan johnnie
johnny jolene jon jonah jonas jonathan joni jordan jorge jose josefina joseph josephine josh joshua josiah josie joy joyce
juan juana juanita judith judy julia julian juliana julianne julie juliet juliette julio julius june justin justine kaitlin kaitlyn
kara karen kari karim karin karina karl karla kate katelyn katherine kathleen kathryn kathy katie katrina katy kay kayla
kaylee keisha keith kelley kelli kellie kelly kelsey kelvin ken kendall kendra kendrick kenji kenneth kenny kent kerri kerry
kevin khalid kiara kim kimberly kira kirk kirsten kirsty kourtney krista kristen kristi kristie kristin kristina kristine
kristopher kristy krystal kurt kyla kyle kylie lacey lakeisha lamar lana lance lara larry latasha latonya latoya laura lauren
laurence laurie lawrence layla lea leah leann leanne lee leif leigh leila leland lena leo leon leona leonard leonardo leroy
leslie lester leticia levi lewis liam liana libby lila lillian lillie lily lina lincoln linda lindsay lindsey lionel lisa liz
liza lizzie lloyd logan lois lola lonnie lora loren lorena lorene loretta lori lorraine lou louie louis louisa louise lowell
luca lucas lucia lucille lucinda lucy luigi luis luisa luke luna luther lydia lyle lynda lynette lynn lynne mabel mackenzie
macy maddie madeleine madeline madelyn madison mae maggie magdalena mahmoud malcolm malik mandy manuel mara marc marcel
marcella marcia marco marcos marcus margaret margarita margery margie margo marguerite maria mariah mariam marian
mariana marianne maribel marie mariel marilyn marina mario marion marisa marisol marissa marjorie mark marla marlene
marlon marsha marshall marta martha martin martina marty marvin mary maryann mason mathew matilda matt matthew mattie maud
maureen maurice mavis max maxine maya mckenzie megan meghan mehmet mei melanie melba melinda melissa melody melvin
mercedes meredith mia micah michael micheal michele michelle miguel mike mila mildred miles millie milton mindy minnie
miranda miriam misty mitchell mohamed mohammad mohammed moira mollie molly mona monica monique morgan morris moses
muhammad muriel murray mustafa myra myrna myrtle nadia nadine nancy naomi natalia natalie natasha nathan nathaniel neal ned
neil nell nellie nelson nettie neville nicholas nichole nick nicola nicolas nicole nigel nikki nina noah noel noelle nolan
nora norah noreen norma norman nova octavia olga oliver olivia ollie omar opal ophelia ora orlando orville oscar oswald
otis otto owen pablo paige pam pamela parker pat patience patricia patrick patsy patti patty paul paula paulette
pauline payton pearl pedro peggy penelope penny percy perry pete peter petra peyton phil philip phillip phoebe phyllis
polly preston priscilla priya quentin quincy quinn rachael rachel rafael rahul raj ralph ramona ramon randal randall randolph
randy raquel rashid raul ravi ray raymond reagan rebecca rebekah reed reese reggie regina reginald rene renee reuben rex
reynaldo rhonda ricardo richard rick ricky riley rita rob robbie robert roberta roberto robin robyn rochelle roderick
rodney rodolfo rodrigo roger roland roman romeo ron ronald ronda ronnie rory rosa rosalie rosalind rosalyn rosanna rosemary
rosetta rosie roslyn ross rowan roxanne roy ruben ruby rudolph rudy rufus russ russell rusty ruth ryan sabrina sadie sally
salvador salvatore sam samantha sammy samuel sandra sandy sanjay santiago sara sarah sasha saul savannah scarlett scott
sean sebastian selena selma serena sergei sergio seth shane shania shannon sharon shaun shauna shawn shawna sheila shelby
sheldon shelia shelley shelly sheri sherri sherrie sherry sheryl shirley sidney sienna sierra silas silvia simon simone
skylar sofia sonia sonja sonya sophia sophie spencer stacey staci stacie stacy stan stanley stefan stefanie stella stephan
stephanie stephen sterling steve steven stewart stuart sue summer susan susanna susanne susie suzanne suzette sybil
sydney sylvester sylvia tabitha tamara tameka tami tamika tammy tania tanisha tanner tanya tara tasha tatiana taylor ted
terence teresa teri terrance terrell terrence terri terry tess tessa thaddeus thelma theo theodora theodore theresa therese
thomas tia tiana tiffany tim timothy tina tobias toby todd tom tomas tommie tommy toni tonia tony tonya tracey traci tracie
tracy travis trent trevor tricia trina trisha tristan troy trudy tucker ty tyler tyrone tyson ulysses uma ursula valentina
valerie vanessa vaughn velma vera verna vernon veronica vicki vickie vicky victor victoria vincent vinnie viola violet
virgil virginia vivian viviana vivienne wade walker wallace walter wanda warren wayne wendell wendy wesley whitney wilbert
wilbur wilda wiley wilfred will willa willard william willie willis wilma wilson winifred winston wyatt xavier yasmin yasmine
yesenia yolanda yusuf yvette yvonne zachary zack zane zara zelda zoe zoey
aarav aditi aditya akash alok amit amita anand ananya anil anita anjali ankit arvind asha ashok bharat chandan deepa deepak deepika devika divya gaurav geeta gita gopal hari harish indira ishaan jaya
jyoti kabir kamal karan kavita kavya kiran krishna kunal lakshmi lata leela madhu mahesh manish manoj meena meera mohan mohit mukesh nandini naveen neha nikhil nisha nitin padma pooja pradeep prakash
pranav prasad pratik preeti priyanka radha rajan rajesh rakesh ramesh rani rekha riya rohan rohit sachin sandeep sangeeta sanjana sarita savita seema shanti shreya shruti sita sneha sonal srinivas
subhash sudha sunil sunita suresh swati uday usha varun vijay vikram vinay vinod vishal yash fatimah khadija maryam amina zainab leila layla nour hana yara rania samira salma dalia huda mona
abdulrahman abdelrahman bilal faisal hamza hussein jamila karima khalil laila latifa mahmood majid nabil nasser omari osama rashida saeed sayed tariq walid yasir youssef zayd zaid ngozi chidi chinedu
chioma emeka ifeoma nneka obinna oluwaseun adebayo adaeze kwame kofi akosua abena ama kwesi thabo sipho nomsa wanjiru kamau otieno achieng aisling saoirse niamh siobhan ciara aoife eoin cormac
padraig seamus ewan hamish isla iain catriona mairi rhys dylan gareth huw megan bronwyn cerys anwen ingeborg astrid sigrid bjorn lars soren anders gunnar ingmar annika britta elke greta heinrich
jurgen klaus dieter wolfgang helmut ilse ursel gisela hildegard jean-luc pierre jacques francois guillaume mathieu benoit camille celine chantal colette genevieve margaux odile sylvie giuseppe
giovanna luigi matteo lorenzo alessandra chiara francesca paolo vincenzo rosaria dmitri igor ivan mikhail nikolai oleg olga svetlana tatyana vladimir yelena ekaterina agnieszka katarzyna malgorzata
pawel piotr tomasz wojciech zbigniew hiroshi kenji takeshi yuki haruto sakura yoko akiko keiko naoko satoshi makoto ming wei xiaoming xiuying jing mei ling hong jun lei yan minh thanh linh thuy hoa
huong phuong tuan dung nguyen minjun jiwoo seojun soyeon hyun eun jihye jorge-luis guadalupe xiomara ximena yadira yesica lupita chuy rigoberto heriberto eusebio refugio socorro consuelo milagros
marisela graciela araceli maricela rosalba leticia griselda luz maite itzel citlali nayeli anselmo evaristo fidel hilario leonel
aaliyah aleksandr alessandro alicja alvaro amara amrita aneta anika anneliese antonella ayumi bartosz beata birgit bogdan brigid carmela
cecile chiamaka chika claudio conor dagmar daisuke darius delphine deshawn dimitri elif emre ewa fadi farid fatou femi florian freja giorgio
giulia gonzalo goran gunther hakim henrik hideo hiroko hiroto ikram irina ismail ivana jaroslav jelena jiho joao johan kamala kateryna
krzysztof liesel lourdes ludmila marcin marek mateo mateusz matthias milena mina miroslav nkechi noor oksana olena paloma parvati pieter
reza rosario saanvi saif samir shanelle shanice siddharth soledad sven tadeusz takashi thandiwe viktor yevgeny yukiko zeynep zoltan zuzana
agatha brayden clive enid fergus imelda jaxon lorna makayla maude olive rashad rupert skyler ulrich`
