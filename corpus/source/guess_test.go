package source

import (
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// written are texts in encodings that they do not name, as people keep them.
var written = []struct {
	in   encoding.Encoding
	text string
}{
	{charmap.Windows1252, "Der Kühlschrank im Flur gehört Jürgen.\nBitte schließen Sie die Tür.\n"},
	{charmap.Windows1252, "Le café est fermé à partir de vingt heures, même l’été.\n"},
	{charmap.Windows1252, "El niño comió mañana por la mañana, según la señora.\n"},
	{charmap.ISO8859_15, "Försäljningen ökade på våren\n"},
	{charmap.ISO8859_1, "grün"},
	{charmap.Windows1250, "Příliš žluťoučký kůň úpěl ďábelské ódy.\n"},
	{charmap.Windows1250, "Wczoraj kupiłem świeże gruszki i śliwki.\n"},
	{charmap.ISO8859_2, "Wczoraj kupiłem świeże gruszki i śliwki.\n"},
	{charmap.ISO8859_2, "Az őszi esőzések miatt a szüret később kezdődik.\n"},
	{charmap.Windows1251, "Протокол собрания жильцов дома номер семь\n"},
	{charmap.KOI8R, "Протокол собрания жильцов дома номер семь\n"},
	{charmap.ISO8859_5, "Протокол собрания жильцов дома номер семь\n"},
	{charmap.CodePage866, "Протокол собрания жильцов дома номер семь\n"},
	{charmap.Windows1253, "Η συνάντηση θα γίνει την Τρίτη το πρωί.\n"},
	{charmap.Windows1254, "Toplantı salı günü öğleden sonra yapılacak, şimdilik.\n"},
	{charmap.Windows1255, "הפגישה תתקיים ביום שלישי בבוקר\n"},
	{charmap.Windows1256, "سيعقد الاجتماع يوم الثلاثاء صباحا\n"},
	{charmap.Windows1257, "Susirinkimas įvyks antradienį, kviečiame visus žmones.\n"},
	{charmap.Macintosh, "Der Kühlschrank im Flur gehört Jürgen, bitte schließen.\n"},
	{charmap.CodePage437, "Der Kühlschrank gehört Jürgen, das Büro nicht.\n"},
	{japanese.ShiftJIS, "来週の予定について話し合いました。\n資料はサーバーにあります。\n"},
	{japanese.EUCJP, "来週の予定について話し合いました。\n資料はサーバーにあります。\n"},
	{japanese.ISO2022JP, "来週の予定について話し合いました。\nplain\n資料はサーバーにあります。\n"},
	{korean.EUCKR, "다음 주 일정을 정리했습니다.\n자료는 서버에 있습니다.\n"},
	{simplifiedchinese.GB18030, "下周的会议改到星期三，请大家准时参加。\n"},
	{simplifiedchinese.GBK, "项目进度报告\n"},
	{traditionalchinese.Big5, "下週的會議改到星期三，請大家準時參加。\n"},
	{unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "Der Kühlschrank gehört Jürgen.\n"},
	{unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "plain words only\n"},
	{unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "来週の予定について話し合いました。\n"},
	{utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "Der Kühlschrank gehört Jürgen.\n"},
	{utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), "plain words only\n"},
}

func TestEncodingsAreGuessed(t *testing.T) {
	for _, c := range written {
		in, err := c.in.NewEncoder().String(c.text)
		if err != nil {
			t.Fatalf("%v: %v", c.in, err)
		}
		if got, err := textOf(strings.NewReader(in)); err != nil || got != c.text {
			t.Errorf("%v: %q became %q, %v", c.in, c.text, got, err)
		}
	}
}

// TestGuessesAreNamed: what had to be guessed, and nothing else.
func TestGuessesAreNamed(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "plain": "", "größer": "", "\xff\xfea\x00": "", "\xef\xbb\xbfa": "", "gr\xfcn": "windows-1252",
		"\xcf\xf0\xee\xf2\xee\xea\xee\xeb": "windows-1251", "p\x00l\x00a\x00i\x00n\x00 \x00": "utf-16le",
		"größer\ngr\xfcn\n": "windows-1252", "\x1b$BMh=5\x1b(B\n": "iso-2022-jp", "\x1b[31mred\x1b[0m": "",
	} {
		text := NewText(strings.NewReader(in), "a.txt")
		if _, err := io.ReadAll(text); err != nil {
			t.Fatal(err)
		}
		if got := text.Guessed(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		_ = text.Close()
	}
}

// TestEncodingsAreGuessedByLine: what was appended in another encoding is read as what it is, and
// the lines around it stay as they are.
func TestEncodingsAreGuessedByLine(t *testing.T) {
	russian, err := charmap.Windows1251.NewEncoder().String("Протокол собрания жильцов\n")
	if err != nil {
		t.Fatal(err)
	}
	japanese, err := japanese.EUCJP.NewEncoder().String("来週の予定について話し合いました。\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ in, want string }{
		{"größer\n" + russian + "größer\n", "größer\nПротокол собрания жильцов\ngrößer\n"},
		{"予定\ngr\xfcner Tee\n", "予定\ngrüner Tee\n"},
		{"plain\n" + russian + japanese, "plain\nПротокол собрания жильцов\n来週の予定について話し合いました。\n"},
	} {
		if got, err := textOf(strings.NewReader(c.in)); err != nil || got != c.want {
			t.Errorf("%q became %q, %v", c.in, got, err)
		}
	}
}

// TestBinariesAreNoUnicode: a table of small numbers is no UTF-16.
func TestBinariesAreNoUnicode(t *testing.T) {
	for _, in := range []string{"\x01\x00\x02\x00\x03\x00\x20\x00\x05\x00", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00", strings.Repeat("\x00", 64),
		"a\x00b\x00", "\x41\x00\x00\x00\x42\x00\x00\x00"} {
		if u := unmarkedUnicode([]byte(in)); u != nil {
			t.Errorf("%q is taken for text of %d bytes a character", in, u.bytes)
		}
	}
}
