package testkit

import (
	"testing"

	"sluice/corpus"
	"sluice/corpus/source/sourcetest"
)

// editor implements sourcetest.Marker. Its documents have marks of every kind.
type editor struct{ src *Source }

func (e editor) Put(_ testing.TB, name, text string) string {
	e.src.PutMarked(name, text, marksOf(text, 1))
	return name
}

func (e editor) MovePages(_ testing.TB, path string) {
	text := string(e.src.docs[path].text)
	e.src.PutMarked(path, text, marksOf(text, 2))
}

func (e editor) Remove(_ testing.TB, path string) { e.src.Remove(path) }
func (e editor) RemoveRoot(testing.TB)            { e.src.Gone = true }

func marksOf(text string, page int) corpus.Marks {
	n := len(text)
	return corpus.Marks{
		corpus.Message("a@example").Over(0, n), corpus.Heading(1, "Top").Over(0, n), corpus.Page(page).Over(0, n/2),
		corpus.Offset(0, 0).Over(1, n), corpus.Cell("Costs", 2, 3).Over(2, n), corpus.Line(7, 2).Over(3, n), corpus.Page(page+1).Over(n/2, n),
	}
}

func TestConformance(t *testing.T) {
	sourcetest.Run(t, func(*testing.T) (corpus.Source, sourcetest.Editor) {
		src := NewSource("memory")
		return src, editor{src}
	})
}
