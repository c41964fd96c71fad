package index

import (
	"context"

	"sluice/index/arm"
	"sluice/index/text"
)

// FieldsOf is what the arms see of a passage. It depends on stored data only.
func FieldsOf(d *text.Document, p *text.Passage, first bool, context, symbol string, body []byte) arm.Fields {
	return arm.Fields{Body: body, Title: heading(d.Title, context), Path: d.Path, Symbol: symbol, First: first, Lang: p.Lang()}
}

// heading is what a passage stands under: the document's title and the headings above it.
func heading(title, context string) string {
	if context == "" || context == title {
		return title
	}
	return title + " " + context
}

// Derive fills the builder of an arm's file from the text that it hangs on. The same text gives the
// same bytes.
func Derive(ctx context.Context, a arm.Arm, t *text.Reader) (arm.Builder, error) {
	b := a.NewBuilder()
	var doc text.Document
	at := ^uint32(0)
	err := t.Each(func(i uint32, p text.Passage, context, symbol string, body []byte) (err error) {
		if p.Doc != at {
			if doc, err = t.Document(p.Doc); err != nil {
				return err
			}
			at = p.Doc
		}
		b.Add(FieldsOf(&doc, &p, i == doc.First, context, symbol, body))
		return ctx.Err()
	})
	return b, err
}
