package answer

// numberWords are the numbers that prose writes out, as each language makes them of few parts. What
// is also an article is none by itself.
const numberWords = `(?:` + english + `|` + german + `|` + french + `|` + spanish + `|` + italian + `|` + portuguese + `|` +
	dutch + `|` + nordic + `|` + russian + `|` + polish + `)`

const (
	english = `one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|` +
		`(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|millions?|(?:b|tr)illions?|dozens?|once|twice|half`

	german     = `eine[nr]?|einmal|ein(?:und|` + germanPart + `)+|` + germanPart + `(?:und|ein|eins|` + germanPart + `)*|million(?:en)?|milliarden?|dutzende?`
	germanPart = `(?:(?:zwan|drei|vier|fünf|fuenf|sech|sieb|acht|neun)(?:zig|ßig|ssig)|(?:sech|sieb)zehn|zwei|drei|vier|fünf|fuenf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwoelf|hundert|tausend)`

	french = `deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante|(?:sept|huit|oct|non)ante|` +
		`cents?|mille|milliers?|millions?|milliards?|(?:diz|douz|quinz|vingt|trent|quarant|cinquant|soixant|cent)aines?`

	spanish = `dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci(?:séis|seis|siete|ocho|nueve)|veinte|` +
		`veinti(?:ún|uno|una|dós|dos|trés|tres|cuatro|cinco|séis|seis|siete|ocho|nueve)|(?:trei|cuare|cincue|sese|sete|oche|nove)nta|` +
		`cien|cientos?|(?:dos|tres|cuatro|seis|sete|ocho|nove)cient[oa]s|quinient[oa]s|mil|mill(?:ón|ones|ar|ares)|(?:doc|dec)enas?`

	italian     = italianPart + `(?:uno|un|tré|` + italianPart + `)*|mili(?:one|oni|ardo|ardi)|(?:dozz|dec)in[ae]|centinai[oa]|migliai[oa]`
	italianPart = `(?:venti|(?:trent|quarant|cinquant|sessant|settant|ottant|novant)a|(?:vent|trent|quarant|cinquant|sessant|settant|ottant|novant)(?:uno|otto)|cent(?:o|otto|ottanta)|mille|mila|` +
		`(?:un|do|tre|quattor|quin|se)dici|dicia(?:ssette|nnove)|diciotto|dieci|due|tre|quattro|cinque|sei|sette|otto|nove)`

	portuguese = `dois|duas|três|quatro|sete|oito|nove|dez|onze|doze|treze|(?:ca|qua)torze|quinze|dez[ea]sseis|dez[ea]ssete|dezoito|dez[ea]nove|vinte|trinta|` +
		`(?:quare|cinque|sesse|sete|oite|nove)nta|cem|(?:duz|trez|quatroc|quinh|seisc|setec|oitoc|novec)ent[oa]s|(?:m|b)ilh(?:ão|ões)|dúzias?|dezenas?`

	dutch     = `(?:een(?:en|ën))?` + dutchPart + `(?:(?:en|ën)?` + dutchPart + `)*|miljoen(?:en)?|miljard(?:en)?|dozijn(?:en)?`
	dutchPart = `(?:(?:twin|der|veer|vijf|zes|zeven|tach|negen)tig|(?:der|veer|vijf|zes|zeven|acht|negen)?tien|twee|drie|vier|vijf|zes|zeven|acht|negen|elf|twaalf|honderd|duizend)`

	nordic     = nordicPart + `(?:og|ett|` + nordicPart + `)*|miljon(?:er)?|million(?:er)?|mil[jl]i?ard(?:er)?|dussin|dusin`
	nordicPart = `(?:två|tre|fyra|fem|sex|sju|åtta|åtte|nio|tio|to|fire|seks|syv|otte|ni|ti|elva|elleve|tolv|(?:tret|fjor|fem|sex|seks|sjut|syt|ar|at|nit)t[oe]n|` +
		`tjugo|tjue|tyve|tredive|fyrre|(?:tret|fyr|før|fem|sex|seks|sjut|syt|åt|nit)tio?|halvtreds|halvfjerds|halvfems|tres|firs|hundra|hundrede?|tusen|tusind)`

	russian = `одиннадцат[ьи]|два|две|двух|три|тр[её]х|четыр(?:е|[её]х)|(?:пят|шест|сем|восем|восьм|девят|десят)[ьи]|` +
		`(?:две|три|четыр|пят|шест|сем|восем|девят)надцат[ьи]|(?:два|три)дцат[ьи]|сорока?|(?:пять|шесть|семь|восемь)десят|девяносто|` +
		`сто|двести|(?:три|четыре)ста|(?:пять|шесть|семь|восемь|девять)сот|тысяч\pL*|миллион\pL*|миллиард\pL*|дюжин\pL*|десятк\pL+`

	polish = `dwa|dwie|trzy|cztery|pięć|sześć|siedem|osiem|dziewięć|dziesięć|(?:jede|dwa|trzy|czter|pięt|szes|siedem|osiem|dziewięt)naście|dwadzieścia|(?:trzy|czter)dzieści|` +
		`(?:pięć|sześć|siedem|osiem|dziewięć)dziesiąt|sto|dwieście|(?:trzy|cztery)sta|(?:pięć|sześć|siedem|osiem|dziewięć)set|tysi[ąę]c\pL*|milion\pL*|miliard\pL*|tuzin\pL*`
)
