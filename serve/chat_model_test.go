package serve

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluice/answer/check"
	"sluice/answer/talk"
	"sluice/answer/upstream"
	"sluice/api"
)

// author is a model that says what a test has it say of what it is sent.
type author struct {
	url     string
	prompts [][]map[string]string // messages, by request
	say     func(prompt string) string
	before  func() // runs when it was asked
	finish  string // why it ends; "": it has said all
}

func newAuthor(t *testing.T, say func(prompt string) string) *author {
	t.Helper()
	a := &author{say: say}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Messages []map[string]string `json:"messages"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		a.prompts = append(a.prompts, in.Messages)
		if a.before != nil {
			a.before()
		}
		text := a.say(in.Messages[len(in.Messages)-1]["content"])
		if text == "" {
			http.Error(w, "no", 500)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for _, part := range strings.SplitAfter(text, " ") {
			data, _ := json.Marshal(part)
			_, _ = fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s}}]}\n\n", data)
		}
		_, _ = fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":%q}]}\n\ndata: [DONE]\n\n", cmp.Or(a.finish, "stop"))
	}))
	t.Cleanup(s.Close)
	a.url = s.URL + "/v1"
	return a
}

func (a *author) bench(t *testing.T) *bench {
	t.Helper()
	p, err := upstream.New(upstream.Options{Servers: []upstream.Server{{URL: a.url, Model: "m"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return newBench(t, func(o *Options) { o.Upstream = p })
}

// numberOf is the number under which a prompt shows a path.
func numberOf(prompt, path string) string {
	m := regexp.MustCompile(`\[(\d+)\] ` + regexp.QuoteMeta(path)).FindStringSubmatch(prompt)
	if m == nil {
		return "?"
	}
	return m[1]
}

func quiet(api.ChatEvent) error { return nil }

// TestAModelIsChecked: what a model says is shown with what became of its citations, and nothing
// that it cites is outside the list.
func TestAModelIsChecked(t *testing.T) {
	a := newAuthor(t, func(prompt string) string {
		n := numberOf(prompt, "torn.md")
		return "A torn write is noticed because the checksum of its block fails [" + n + "]. Unicorns repaint the archive every morning [" + n + "]. See [77]."
	})
	b := a.bench(t)
	out, err := b.Chat(t.Context(), chatOf("How is a torn write noticed?"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Sentences) != 3 || out.Sentences[0].Label != check.Supported || out.Sentences[1].Label != check.NotFound || strings.Contains(out.Answer, "77") {
		t.Errorf("%+v", out.Sentences)
	}
	if len(out.Sluice.Citations) != 1 || out.Sluice.Citations[0].Path != "torn.md" || out.Sluice.Citations[0].Label != check.Supported {
		t.Errorf("cited %+v", out.Sluice.Citations)
	}
	if len(out.Sluice.Sent) != 1 || out.Sluice.Sent[0].Passages == 0 || out.Model != "m" {
		t.Errorf("sent %+v by %s", out.Sluice.Sent, out.Model)
	}
}

// TestNothingSurvives: where nothing that a model says is in the passages, the documents answer,
// and the reader is told.
func TestNothingSurvives(t *testing.T) {
	for _, said := range []string{"Unicorns repaint the archive [1]. They sing at noon [2].", "The answer is [1]. The answer is: [1].", "[1]", "   "} {
		b := newAuthor(t, func(string) string { return said }).bench(t)
		out, err := b.Chat(t.Context(), chatOf("How is a torn write noticed?"), quiet)
		if ClassOf(err) != Partly || !strings.Contains(out.Answer, "checksum") || strings.Contains(out.Answer, "Unicorns") || len(out.Sluice.Citations) == 0 {
			t.Errorf("of %q: %q, %v", said, out.Answer, err)
		}
		if d := out.Sluice.Degraded; len(d) != 1 || d[0].What != "the model's answer" {
			t.Errorf("of %q: degraded %+v", said, d)
		}
	}
}

// TestAnAnswerThatIsCut ends with its last whole sentence.
func TestAnAnswerThatIsCut(t *testing.T) {
	a := newAuthor(t, func(prompt string) string {
		return "A torn write is noticed because the checksum of its block fails [" + numberOf(prompt, "torn.md") + "]. A torn write is noticed because"
	})
	a.finish = "length"
	out, err := a.bench(t).Chat(t.Context(), chatOf("How is a torn write noticed?"), quiet)
	if err != nil || len(out.Sentences) != 1 || !strings.HasSuffix(strings.TrimSpace(out.Answer), "].") || out.Finish != "length" {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestAModelThatLoops ends, and what it said first stands.
func TestAModelThatLoops(t *testing.T) {
	a := newAuthor(t, func(prompt string) string {
		return "A torn write is noticed because the checksum of its block fails [" + numberOf(prompt, "torn.md") + "]. " +
			strings.Repeat("the_checksum_of_the_block_and_of_the_torn_write_and_of_the_bananas_are_yellow_and_"+strings.Repeat("x", 500)+" ", answerMax/500)
	})
	out, err := a.bench(t).Chat(t.Context(), chatOf("How is a torn write noticed?"), quiet)
	if ClassOf(err) != Partly || out.Sentences[0].Label != check.Supported || out.Finish != "length" {
		t.Errorf("%v", err)
	}
}

// TestAModelThatFails: the documents' own sentences answer, the failure is named, and the window is
// there.
func TestAModelThatFails(t *testing.T) {
	a := newAuthor(t, func(string) string { return "" })
	b := a.bench(t)
	out, err := b.Chat(t.Context(), chatOf("How is a torn write noticed?"), quiet)
	if ClassOf(err) != Partly || out == nil || !strings.Contains(out.Answer, "checksum") || len(out.Passages) == 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	if d := out.Sluice.Degraded; len(d) != 1 || !strings.HasPrefix(d[0].What, modelWord) {
		t.Errorf("degraded: %+v", d)
	}
}

// TestAModelThatHangs: the answer is there by the deadline.
func TestAModelThatHangs(t *testing.T) {
	a := newAuthor(t, func(string) string { return "late" })
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	a.before = func() { <-stop }
	b := a.bench(t)
	r := chatOf("How is a torn write noticed?")
	r.DeadlineMS = 300
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := b.Chat(ctx, r, quiet)
	if out == nil || ctx.Err() != nil || !strings.Contains(out.Answer, "checksum") || out.Sluice.Degraded[0].Why != "timeout" {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestAFileThatChangesMeanwhile is noticed when the sentence that cites it is shown.
func TestAFileThatChangesMeanwhile(t *testing.T) {
	a := newAuthor(t, func(prompt string) string {
		return "A torn write is noticed because the checksum of its block fails [" + numberOf(prompt, "torn.md") + "]. Bananas are yellow [" + numberOf(prompt, "fruit.md") + "]."
	})
	b := a.bench(t)
	a.before = func() { b.sources["notes"].Put("torn.md", "# Torn writes\n\nNobody notices.\n") }
	out, err := b.Chat(t.Context(), chatOf("How is a torn write noticed, and are bananas yellow?"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if s := out.Sentences[0]; s.Label != check.NotFound || !strings.Contains(s.Why, "changed") || len(s.Citations) != 0 {
		t.Errorf("%+v", s)
	}
}

// TestAConversationKeepsItsBeginning: each turn's prompt begins with all of the one before but its
// end, passages are shown once, numbers keep their meaning, and what is forgotten is not repeated.
func TestAConversationKeepsItsBeginning(t *testing.T) {
	a := newAuthor(t, func(prompt string) string { return "Nothing is said." })
	b := a.bench(t)
	turns := []string{"How is a torn write noticed?", "Nothing is said.", "And what of it is in log.go?", "Nothing is said.", "Are bananas yellow?"}
	for n := 1; n <= len(turns); n += 2 {
		if _, err := b.Chat(t.Context(), chatOf(turns[:n]...), quiet); err != nil {
			t.Fatal(err)
		}
	}
	for i := 1; i < len(a.prompts); i++ {
		for k, m := range a.prompts[i-1] {
			if a.prompts[i][k]["content"] != m["content"] {
				t.Errorf("turn %d changed message %d from %q to %q", i+1, k, m["content"], a.prompts[i][k]["content"])
			}
		}
	}
	last := a.prompts[len(a.prompts)-1]
	all := fmt.Sprint(last)
	for _, path := range []string{"torn.md", "fruit.md"} {
		if n := strings.Count(all, "] "+path); n != 1 {
			t.Errorf("%s is shown %d times", path, n)
		}
	}
	if !strings.Contains(last[len(last)-1]["content"], "best first:") {
		t.Errorf("no index in %q", last[len(last)-1]["content"])
	}
	if _, err := b.Forget(t.Context(), api.ForgetRequest{Targets: []string{"torn.md"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Chat(t.Context(), chatOf(turns...), quiet); err != nil {
		t.Fatal(err)
	}
	if all := fmt.Sprint(a.prompts[len(a.prompts)-1]); strings.Contains(all, "] torn.md") || strings.Contains(all, "checksum of its block") {
		t.Error("what was forgotten is shown again")
	}
}

// TestWhatLeavesIsMasked: a credential that the store holds from before is not sent.
func TestWhatLeavesIsMasked(t *testing.T) {
	p := talk.Passage{Path: "notes/key.md", Framed: "The token is gh" + "p_iR54dhCYg9Tfmoywi9xLmmKZrrnAw438BYh3 there."}
	if n := mask(&p); n != 1 || strings.Contains(p.Framed, "iR54dh") {
		t.Errorf("%d masked: %q", n, p.Framed)
	}
}

// TestAMaskLeavesTheHeader: by it a passage is cited, and in a file of credentials, too.
func TestAMaskLeavesTheHeader(t *testing.T) {
	header := "deploy/.env (production settings of the archive)\n"
	p := talk.Passage{Path: "deploy/.env", Framed: header + "DB_PASSWORD=kX93hdTq71LmZe\nsecret_key: \"kX93hdTq71LmZe\"\n"}
	if n := mask(&p); n == 0 || !strings.HasPrefix(p.Framed, header) || strings.Contains(p.Framed, "kX93") {
		t.Errorf("%d masked: %q", n, p.Framed)
	}
}
