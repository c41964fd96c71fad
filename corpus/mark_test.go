package corpus

import (
	"bytes"
	"crypto/sha256"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sluice/internal/limits"
)

func TestWhereIsWhatPeopleSay(t *testing.T) {
	for want, marks := range map[string]Marks{
		"":                       nil,
		"page 3":                 {Page(3)},
		"pages 3-4":              {Page(3), Page(4)},
		"pages 3-9":              {Page(3), Page(8), Page(9)},
		"12:41":                  {Offset(12*time.Minute+41*time.Second+900*time.Millisecond, time.Hour)},
		"0:06":                   {Offset(6*time.Second, time.Hour).Over(0, 5), Offset(6*time.Second, time.Hour).Over(7, 9)},
		"0:07":                   {Offset(7*time.Second, 0)},
		"1:02:03":                {Offset(time.Hour+2*time.Minute+3*time.Second, 0)},
		"0:58-1:04":              {Offset(58*time.Second, time.Second), Offset(61*time.Second, 3*time.Second)},
		"0:58-1:01":              {Offset(58*time.Second, time.Second), Offset(61*time.Second, 0)},
		"message a@example":      {Message("a@example")},
		"message a, message b":   {Message("a"), Message("b")},
		"sheet Costs, row 8":     {Cell("Costs", 8, 0)},
		"sheet Costs, rows 8-10": {Cell("Costs", 8, 0), Cell("Costs", 9, 1), Cell("Costs", 10, 0)},
		"sheet Costs, cell C8":   {Cell("Costs", 8, 3)},
		"row 8":                  {Cell("", 8, 0)},
		"cell AB1":               {Cell("", 1, 28)},
		"cell ZZ1":               {Cell("", 1, 702)},
		"section Aims":           {Heading(1, "Aims")},
		"section Inner":          {Heading(1, "Outer"), Heading(2, "Inner"), Heading(2, "Later").Over(5, 9)},
		"original line 10":       {Line(10, 1)},
		"original lines 10-14":   {Line(10, 2), Line(12, 3)},
		"page 2, section Aims":   {Heading(1, "Aims"), Page(2)},
		"sheet A, row 1, sheet B, row 2 and 1 more": {Cell("A", 1, 0), Cell("B", 2, 0), Cell("C", 3, 0)},
		"section a [1] b�c":                         {Heading(1, "a\n[1]\t b\x1bc")},
		"section " + strings.Repeat("é", 60) + "…":  {Heading(1, strings.Repeat("é", 61))},
		"message " + strings.Repeat("x", 60):        {Message(strings.Repeat("x", 60))},
		"original line 4294967295":                  {Line(1<<32-1, 1<<32-1)},
	} {
		if got := marks.Where(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTheFirstOfEachKind(t *testing.T) {
	all := Marks{Heading(1, "x"), Page(7), Page(8), Message("m"), Message("n"), Offset(time.Minute, 0), Offset(0, 0)}
	if p, m, o := all.FirstPage(), all.FirstMessage(), all.FirstOffset(); p != 7 || m != "m" || o != "1:00" {
		t.Errorf("page %d, message %q, offset %q", p, m, o)
	}
	if p, m, o := all[:1].FirstPage(), all[:1].FirstMessage(), all[:1].FirstOffset(); p != 0 || m != "" || o != "" {
		t.Errorf("a heading is taken for page %d, message %q, offset %q", p, m, o)
	}
}

// A bad mark costs itself: it is dropped and counted, or clipped.
func TestBadMarksCostThemselves(t *testing.T) {
	in := Marks{
		Page(2).Over(50, 100), Page(1).Over(0, 50), // out of order
		Page(3).Over(90, 200),  // clipped
		Page(4).Over(100, 100), // an empty page
		Page(5).Over(101, 200), // behind the text
		Page(6).Over(60, 50),   // reversed
		Page(7).Over(-5, 50),   // clipped in front
		Page(0).Over(0, 50),    // no such page
		{Start: 0, End: 9},     // no kind
		{Start: 0, End: 9, Kind: 99},
		Message("").Over(0, 100),
		Page(1).Over(0, 50), // twice
		Heading(1, strings.Repeat("é", limits.MarkNameBytesMax)+"\xff").Over(0, 100),
	}
	good, bad := in.Clean(100)
	want := Marks{
		Heading(1, strings.Repeat("é", limits.MarkNameBytesMax/2)).Over(0, 100),
		Page(1).Over(0, 50), Page(7).Over(0, 50), Page(2).Over(50, 100), Page(3).Over(90, 100),
	}
	if !slices.Equal(good, want) || bad != 6 {
		t.Errorf("%d bad, good %+v", bad, good)
	}
	if again, bad := good.Clean(100); !slices.Equal(again, good) || bad != 0 {
		t.Errorf("clean marks lose %d when they are cleaned again", bad)
	}
}

func TestNamesAreCutAtACharacter(t *testing.T) {
	for _, name := range []string{"a" + strings.Repeat("é", limits.MarkNameBytesMax), strings.Repeat("ab\x80", 5000)} {
		good, _ := Marks{Message(name).Over(0, 1)}.Clean(1)
		if got := good[0].Name; len(got) > limits.MarkNameBytesMax || len(got) < limits.MarkNameBytesMax-3 || !utf8.ValidString(got) {
			t.Errorf("cut to %d bytes", len(got))
		}
	}
}

func TestNoDocumentHasTooManyMarks(t *testing.T) {
	var all Marks
	for i := range limits.DocumentMarksMax + 3 {
		all = append(all, Cell("", i+1, 0).Over(i, i+1))
	}
	good, bad := all.Clean(len(all))
	if len(good) != limits.DocumentMarksMax || bad != 3 || good[len(good)-1].Number != limits.DocumentMarksMax {
		t.Errorf("%d marks are kept and %d are not", len(good), bad)
	}
}

func TestMarksOfASpan(t *testing.T) {
	all := Marks{Message("m").Over(0, 100), Page(1).Over(0, 10), Page(2).Over(10, 20), Page(3).Over(20, 30)}
	want := Marks{Message("m").Over(10, 21), Page(2).Over(10, 20), Page(3).Over(20, 21)}
	if got := all.Within(10, 21); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := all.Within(100, 200); got != nil {
		t.Errorf("behind the last one: %+v", got)
	}
}

// Every part of a mark makes another version, and where there are none the version is the text's
// hash.
func TestAVersionCoversTheMarks(t *testing.T) {
	sum := sha256.Sum256([]byte("text"))
	if Version(sum, nil) != sum || Version(sum, Marks{}) != sum {
		t.Error("a document without marks has another version than its text")
	}
	base := Mark{Start: 1, End: 2, Kind: MarkCell, Number: 3, Second: 4, Name: "n"}
	versions := map[[32]byte]string{sum: "none", Version(sum, Marks{base}): "base", Version([32]byte{}, Marks{base}): "text"}
	for name, change := range map[string]func(*Mark){
		"start": func(m *Mark) { m.Start++ }, "end": func(m *Mark) { m.End++ }, "kind": func(m *Mark) { m.Kind++ },
		"number": func(m *Mark) { m.Number++ }, "second": func(m *Mark) { m.Second++ }, "name": func(m *Mark) { m.Name += "x" },
	} {
		m := base
		change(&m)
		versions[Version(sum, Marks{m})] = name
	}
	versions[Version(sum, Marks{base, base})] = "twice"
	if len(versions) != 10 {
		t.Errorf("some changes make no other version: %v", versions)
	}
}

type marked struct{ io.Reader }

func (marked) Marks() []Mark { return Marks{Page(1).Over(0, 4), Page(2).Over(9, 12)} }

func TestMarksComeWithTheText(t *testing.T) {
	if good, bad := MarksOf(marked{}, 4); len(good) != 1 || bad != 1 {
		t.Errorf("%v, %d bad", good, bad)
	}
	if good, bad := MarksOf(new(bytes.Reader), 4); good != nil || bad != 0 {
		t.Errorf("of a text without marks: %v, %d bad", good, bad)
	}
}
