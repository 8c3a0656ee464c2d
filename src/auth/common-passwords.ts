/**
 * The words that passwords are made of most, in English and Spanish, from the lists that leaks have in common. Compared without accents,
 * capitals, signs, and the digits around them: `password` also stands for P4ssword2026!. With ten characters as the minimum, this is
 * enough to take the first guesses away from an attacker who may try a few each hour.
 */
export const COMMON: ReadonlySet<string> = new Set(`
  0123456789 1234567890 12345678910 123456789 987654321 9876543210 0987654321 1111111111 0000000000 1029384756 1020304050 1122334455
  123456789a 123456789q 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5 1qaz2wsx3edc 1qazxsw2 zaq12wsx zaq1xsw2 qazwsxedc qazwsxedcrfv qweasdzxc
  qwerty qwertyui qwertyuiop qwertyuiopasdfghjkl qwertz azerty azertyuiop asdfgh asdfghjkl asdfghjklzxcvbnm asdfasdf zxcvbn zxcvbnm
  qwe asd zxc poiuytrewq mnbvcxz lkjhgfdsa abc abcd abcde abcdef abcdefg abcdefgh abcdefghi abcdefghij abcdefghijk aeiou abecedario
  password passwords passw passwd passphrase mypassword yourpassword thepassword newpassword oldpassword password1 passwordpassword
  contrasena contrasenia contraseña micontrasena micontraseña lacontrasena nuevacontrasena contrasenasegura contrasenanueva
  contrasenatemporal clave miclave laclave clavesegura nuevaclave claveclave claveprueba clavetemporal mipassword secreto secretos
  supersecreto secret secrets topsecret mysecret privado private cambiame cambiarme cambiar cambia changeme changeit change temporal
  temporary temp default defecto inicial initial provisional prueba pruebas probando probar test tests testing tester test1234 testtest
  demo demodemo ejemplo example sample admin admins administrator administrador administradora administracion adminadmin admin123admin
  root rootroot toor superuser superusuario usuario usuarios user users username nombredeusuario invitado guest visitante login iniciar
  iniciarsesion acceso accesos access entrar entrada entra abrete abretesesamo sesamo opensesame letmein letmeinnow welcome welcomeback
  bienvenido bienvenida bienvenidos bienvenidas hola holahola holamundo holaquetal helloworld hello hellohello hellokitty goodbye adios
  iloveyou iloveu ilovegod iloveme loveyou lovely love lovelove loveme lover forever forever21 siempre parasiempre teamo teamomucho
  teamoteamo tequiero tequieromucho teextrano mividami mivida miamor miamorcito amor amores amorcito amoramor amoreterno corazon
  corazoncito princesa princesita princess prince principe reina rey reyes bonita hermosa hermoso preciosa precioso linda lindo guapa
  guapo chiquita chiquito gordita gordito flaca flaco bebe bebito babygirl baby babyboy cariño carino querida querido nena nene
  sunshine flower flowers butterfly mariposa mariposas estrella estrellas estrellita luna lunita sol solecito cielo cielito arcoiris
  rainbow angel angels angelito angelita angeles diosesamor diosmio dios diosteama diosesbueno diosesgrande jesus jesuscristo cristo
  jesuschrist jesusteama jesusesamor virgen virgencita guadalupe virgendeguadalupe lavirgen amen familia mifamilia family misHijos
  mishijos hijos hijo hija mama mami mamita mamamia papa papi papito papamama mamapapa mamaypapa abuela abuelo hermano hermana amigo
  amigos amigas amiga mejoresamigas friends friendship bestfriend amistad felicidad happiness feliz happy alegria sonrisa smile esperanza
  libertad freedom paz peace vida lavida lavidaesbella life suerte lucky buenasuerte exito success victoria victory ganador winner
  trustno whatever nothing nada nothingelse nosenose nose nomeacuerdo nolose noseque olvide olvidada forgot forgotten computer
  computador computadora internet google facebook instagram whatsapp youtube twitter tiktok gmail hotmail outlook yahoo microsoft
  windows linux apple iphone android samsung nokia sony playstation nintendo pokemon pikachu minecraft fortnite roblox freefire
  starwars batman superman spiderman ironman hulk avengers goku dragonball dragonballz naruto sasuke onepiece harrypotter matrix
  master masters killer hunter hunter2 ninja samurai warrior guerrero dragon dragones tiger tigre tigres lion leon leones lobo lobos wolf
  shadow sombra phoenix fenix eagle aguila aguilas condor panther pantera jaguar monkey mono gato gatito gatita perro perrito cachorro
  puppy kitty kitten horse caballo caballos toro toros delfin delfines dolphin tortuga elefante conejo conejito football futbol
  futbolista soccer baseball beisbol basketball baloncesto tennis tenis voleibol boxeo messi lionelmessi cristiano cristianoronaldo
  ronaldo ronaldinho maradona neymar pele barcelona fcbarcelona realmadrid madrid atletico atleticomadrid boca bocajuniors riverplate
  river america clubamerica chivas chivasrayadas pumas cruzazul tigresuanl rayados colocolo universidaddechile alianzalima universitario
  nacional atleticonacional millonarios independiente santafe peñarol penarol racing sanlorenzo liverpool arsenal chelsea manchester
  manchesterunited juventus flamengo corinthians palmeiras saopaulo mexico vivamexico colombia micolombia argentina chile vivachile peru
  ecuador venezuela bolivia uruguay paraguay panama costarica guatemala honduras salvador elsalvador nicaragua cuba puertorico
  republicadominicana españa espana brasil brazil bogota medellin cali barranquilla cartagena santiago valparaiso lima buenosaires
  montevideo quito guayaquil caracas monterrey guadalajara michael jordan michaeljordan jennifer jessica michelle nicole ashley daniel
  daniela alejandro alejandra andrea andres carlos carlitos juancarlos luiscarlos joseluis josemaria juanjose juanpablo miguelangel
  marcoantonio francisco fernando fernanda gabriel gabriela rafael manuel antonio eduardo ricardo roberto sebastian santiago nicolas
  mateo samuel valentina camila sofia isabella mariana natalia catalina carolina paola claudia patricia veronica monica mariajose
  maria mariafernanda anamaria luisa lorena laura diana alexander alexandra jonathan christian cristian bryan brayan kevin steven charlie
  thomas robert andrew joshua matthew anthony william richard enero febrero marzo abril mayo junio julio agosto septiembre octubre
  noviembre diciembre january february march april june july august september october november december lunes martes miercoles jueves
  viernes sabado domingo monday tuesday wednesday thursday friday saturday sunday primavera verano otoño otono invierno spring summer
  autumn winter navidad feliznavidad christmas merrychristmas halloween cumpleaños cumpleanos felizcumpleanos birthday happybirthday
  chocolate chocolates cookie cookies coffee cafe cafecito pizza tacos cerveza tequila vodka banana platano manzana orange naranja
  cheese strawberry fresa fresas limon sandia cherry cereza purple morado azul rojo verde negro blanco amarillo rosa rosado blue red
  green yellow black white silver golden diamond diamante oro plata dinero money millonario millionaire rico empresa miempresa negocio
  minegocio negocios business company trabajo oficina office tienda ventas ventas123 gerente gerencia recepcion recepcionista secretaria
  barberia mibarberia labarberia barbero barberos barber barbershop salon misalon salondebelleza belleza peluqueria mipeluqueria
  peluquero estilista estetica miestetica spa mispa clinica miclinica consultorio doctor doctora dentista odontologia veterinaria
  gimnasio migimnasio academia taller mitaller citas miscitas agenda miagenda franja reservas turnos calendario clientes cliente
  seguridad seguro segura security secure system sistema sistemas servidor server database basededatos datos maestro profesor profesora
  escuela colegio universidad estudiante student school college teacher music musica guitar guitarra rock rockandroll metallica nirvana
  ironmaiden slipknot linkinpark greenday blink182 eminem shakira rebelde rbd reggaeton salsa bachata cumbia mariachi
  fuckyou fuckoff fuck asshole bitch shit puta putamadre hijodeputa hijueputa malparido mierda pendejo cabron chingatumadre culo
  abcdefghijklmnopqrstuvwxyz passwordadmin admintemporal correcthorsebatterystaple unaclavesegura
`.trim().split(/\s+/).map((word) => word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()));
