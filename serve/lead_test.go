package serve

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sluice/api"
)

// A row far below the header of its table, and a value inside nested keys, are found with what they
// are to be read with, by the names of the columns too, and shown with it.
func TestALaterRowComesWithItsHeader(t *testing.T) {
	rows := func(format string) (text string) {
		for i := range 120 {
			text += fmt.Sprintf(format, i, 7*i)
		}
		return text
	}
	b := newBench(t, nil)
	notes := b.sources["notes"]
	notes.Put("limits.md", "# Limits\n\n| parameter | patience in ms | see |\n|---|---|---|\n"+rows("| cfg%03d | %d | the guide to operations |\n"))
	notes.Put("limits.csv", "parameter,endurance in ms,see\n"+rows("opt%03d,%d,the guide to operations\n"))
	notes.Put("limits.json", "{\"server\": {\"tolerances\": {\n"+rows("\"key%03d\": {\"value\": %d, \"see\": \"the guide\"},\n")+"\"z\": 0}}}\n")
	b.sync()
	for question, want := range map[string]struct{ path, lead, context string }{
		"cfg077 patience":   {"limits.md", "parameter | patience in ms | see", "Limits > parameter | patience in ms | see"},
		"opt077 endurance":  {"limits.csv", "parameter | endurance in ms | see", "parameter | endurance in ms | see"},
		"key077 tolerances": {"limits.json", "server > tolerances:", "server > tolerances:"},
	} {
		r := b.search(question).Results[0]
		if r.Path != want.path || r.Context != want.context || Lead(r) != want.lead || !strings.Contains(r.Text, question[:6]) {
			t.Errorf("%s: %s, context %q, lead %q, text %.80q", question, r.Path, r.Context, Lead(r), r.Text)
		}
		c, err := b.Context(context.Background(), api.ContextRequest{Query: question, Budget: 700})
		if err != nil || len(c.Passages) == 0 {
			t.Fatalf("%s: %+v, %v", question, c, err)
		}
		head := fmt.Sprintf("[1] %s:%d-%d (%s)\n", want.path, c.Passages[0].Lines[0], c.Passages[0].Lines[1], want.lead)
		if !strings.HasPrefix(c.Window, head) {
			t.Errorf("%s: the window does not begin with %q:\n%.200s", question, head, c.Window)
		}
	}
}
