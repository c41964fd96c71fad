package eval

import (
	"context"
	"strings"
	"testing"
)

const functionsSource = `int choose(int x);

/* Picks the one that goes.
 */
static struct thing *
choose(int x)
{
	if (x) {
		return other(x);
	}
	return 0;
}

int other(int x)
{
	return choose(x);
}
`

// TestFunctionSpan: a function is its comment, its head and its body, not where it is declared or
// called.
func TestFunctionSpan(t *testing.T) {
	for name, want := range map[string][2]string{"choose": {"/* Picks", "return 0;\n}"}, "other": {"int other", "choose(x);\n}"}} {
		at, ok := functionSpan([]byte(functionsSource), name)
		if got := functionsSource[at[0]:at[1]]; !ok || !strings.HasPrefix(got, want[0]) || !strings.HasSuffix(got, want[1]) {
			t.Errorf("%s: %v %q", name, ok, got)
		}
	}
	if at, ok := functionSpan([]byte(functionsSource), "thing"); ok {
		t.Errorf("what is no function is at %v", at)
	}
}

// TestFunctions: the function counts in the ten and in the window, its file by itself, and a
// question about another source is an error.
func TestFunctions(t *testing.T) {
	body := strings.Index(functionsSource, "return 0")
	far := strings.Index(functionsSource, "return choose")
	asker := FunctionAsker{Window: 12, Read: func(string) ([]byte, error) { return []byte(functionsSource), nil }}
	hits := map[string][]FunctionHit{"first": {{"a.c", body, body + 4}}, "file": {{"a.c", far, far + 4}}, "none": {{"b.c", body, body + 4}}}
	for range 10 {
		hits["late"] = append(hits["late"], FunctionHit{"b.c", 0, 4})
	}
	hits["late"] = append(hits["late"], FunctionHit{"a.c", body, body + 4})
	asker.Ask = func(_ context.Context, question string, _ int) ([]FunctionHit, error) { return hits[question], nil }
	var all []FunctionQuestion
	for _, q := range []string{"first", "file", "late", "none"} {
		all = append(all, FunctionQuestion{q, []string{"a.c"}, []string{"choose"}})
	}
	r, err := Functions(t.Context(), all, asker)
	if err != nil || r.InTen != .25 || r.InWindow != .5 || r.FileInTen != .5 || r.FileWindow != .75 || r.Each[2].Rank != 11 {
		t.Errorf("%+v, %v", r, err)
	}
	all[0].Functions = append(all[0].Functions, "gone")
	if _, err := Functions(t.Context(), all, asker); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Error(err)
	}
	for _, bad := range []string{"", `{"question":"a"}`, "{"} {
		if _, err := ReadFunctionQuestions(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
