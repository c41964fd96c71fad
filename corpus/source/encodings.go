package source

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Legacy is an encoding that says nowhere in a text which it is.
type legacy struct {
	name   string
	in     encoding.Encoding
	speaks []string // of a charmap: the languages that are written in it, see letters
	bias   float64  // in bits: how much likelier it is than others before anything was read
	cost   func(r rune, lead byte) float64
}

// letters lists, of each language, the letters beyond ASCII that its texts hold, the frequent ones
// first.
var letters = map[string]string{
	"de": "üäöß", "fr": "éèàêçôîûùâœëï", "es": "óíáéñúü", "it": "èàùòìé", "pt": "ãçáéíóêõâôúà",
	"sv": "äåöé", "da": "øåæé", "nl": "ëéïèöü", "is": "áíéóöúæýðþ",
	"pl": "łążęśćóźń", "cs": "áíěéýřžčšůúťďňó", "sk": "áíčéýžšľúťňôäďĺŕó", "hu": "áéóöíőüúű", "ro": "ăîâşţ", "hr": "čćšžđ",
	"tr": "ışüğçöâî", "lt": "ėšųžįąūčę", "lv": "āīēšūžķļņģč", "et": "äõüöšž", "vi": "đáàâăêôơưéèóòúùíì",
	"ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "uk": "оаинвіетрслкдумпяьзгбйчхїцжюшєщфґ",
	"el": "αοιετσνηυρπκμλςίόέάήγδχωθφβύώξζψϊϋΐΰ", "he": "יוהלאמרתבשנםחדקפכעטגצזסןךףץ",
	"ar": "الينمتروبةعدفسهكقحجأصطشخذىزثضغئءإآظؤ",
}

// west are the languages of Windows-1252.
var west = []string{"de", "fr", "es", "it", "pt", "sv", "da", "nl", "is"}

// legacies are tried in this order; the first of equals is taken.
var legacies = []legacy{
	{"windows-1252", charmap.Windows1252, west, 4, nil},
	{"windows-1251", charmap.Windows1251, []string{"ru", "uk"}, 1, nil},
	{"windows-1250", charmap.Windows1250, []string{"pl", "cs", "sk", "hu", "ro", "hr"}, 0, nil},
	{"iso-8859-2", charmap.ISO8859_2, []string{"pl", "cs", "sk", "hu", "ro", "hr"}, 0, nil},
	{"windows-1253", charmap.Windows1253, []string{"el"}, 0, nil},
	{"iso-8859-7", charmap.ISO8859_7, []string{"el"}, -1, nil},
	{"windows-1254", charmap.Windows1254, []string{"tr"}, 0, nil},
	{"windows-1255", charmap.Windows1255, []string{"he"}, 0, nil},
	{"windows-1256", charmap.Windows1256, []string{"ar"}, 0, nil},
	{"iso-8859-6", charmap.ISO8859_6, []string{"ar"}, -1, nil},
	{"windows-1257", charmap.Windows1257, []string{"lt", "lv", "et"}, 0, nil},
	{"iso-8859-13", charmap.ISO8859_13, []string{"lt", "lv", "et"}, -1, nil},
	{"windows-1258", charmap.Windows1258, []string{"vi"}, -3, nil},
	{"koi8-r", charmap.KOI8R, []string{"ru"}, 1, nil},
	{"koi8-u", charmap.KOI8U, []string{"uk"}, 0, nil},
	{"iso-8859-5", charmap.ISO8859_5, []string{"ru", "uk"}, 0, nil},
	{"ibm866", charmap.CodePage866, []string{"ru"}, 0, nil},
	{"x-mac-cyrillic", charmap.MacintoshCyrillic, []string{"ru"}, -2, nil},
	{"macintosh", charmap.Macintosh, west, -3, nil},
	{"ibm437", charmap.CodePage437, west, -3, nil},
	{"ibm850", charmap.CodePage850, west, -4, nil},
	{"ibm852", charmap.CodePage852, []string{"pl", "cs", "sk", "hu"}, -4, nil},
	{"iso-8859-15", charmap.ISO8859_15, west, 1, nil},
	{"shift_jis", japanese.ShiftJIS, nil, 0, japaneseCost},
	{"euc-jp", japanese.EUCJP, nil, 0, japaneseCost},
	{"euc-kr", korean.EUCKR, nil, 0, koreanCost},
	{"gb18030", simplifiedchinese.GB18030, nil, 0, simplifiedCost},
	{"big5", traditionalchinese.Big5, nil, 0, traditionalCost},
}

// The costs of a character in two bytes, in bits: what a model would need that knows of a language
// only how often it uses which block of its characters.

func japaneseCost(r rune, lead byte) float64 {
	switch {
	case r >= 0x3041 && r <= 0x3096:
		return 7.3
	case r >= 0x30A1 && r <= 0x30FC:
		return 9.4
	case r >= 0x3000 && r <= 0x3020:
		return 6
	case r >= 0xFF61 && r <= 0xFF9F:
		return 14
	case r >= 0xFF00 && r <= 0xFF5E:
		return 10
	case r >= 0x4E00 && r <= 0x9FFF:
		if lead >= 0x88 && lead <= 0x97 || lead >= 0xB0 && lead <= 0xCF { // the first level of JIS X 0208
			return 13
		}
		return 19
	}
	return 20
}

func koreanCost(r rune, lead byte) float64 {
	switch {
	case r >= 0xAC00 && r <= 0xD7A3:
		if lead >= 0xB0 && lead <= 0xC8 { // KS X 1001
			return 10
		}
		return 19
	case r >= 0x3000 && r <= 0x3020:
		return 9
	}
	return 20
}

func simplifiedCost(r rune, lead byte) float64 {
	switch {
	case r >= 0x3000 && r <= 0x3020 || r >= 0xFF00 && r <= 0xFF5E || r >= 0x2010 && r <= 0x2026:
		return 8
	case r >= 0x4E00 && r <= 0x9FFF && lead >= 0xB0 && lead <= 0xD7: // the first level of GB 2312
		return 10.5
	case r >= 0x4E00 && r <= 0x9FFF && lead >= 0xD8 && lead <= 0xF7:
		return 17
	}
	return 20
}

func traditionalCost(r rune, lead byte) float64 {
	switch {
	case r >= 0x3000 && r <= 0x3020 || r >= 0xFF00 && r <= 0xFF5E || r >= 0x2010 && r <= 0x2026:
		return 8
	case r >= 0x4E00 && r <= 0x9FFF && lead >= 0xA4 && lead <= 0xC6: // the first level of Big5
		return 11
	}
	return 19
}
