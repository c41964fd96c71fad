package serve

import (
	"errors"
	"strings"
	"testing"

	"sluice/api"
)

func chatOf(texts ...string) api.ChatRequest {
	var r api.ChatRequest
	for i, t := range texts {
		r.Messages = append(r.Messages, api.ChatMessage{Role: []string{"user", "assistant"}[i%2], Content: t})
	}
	return r
}

// TestChatReleasesWhatItReturns: the released texts are the answer, marks stand where they say, and
// every number is one of the list.
func TestChatReleasesWhatItReturns(t *testing.T) {
	b := newBench(t, nil)
	for _, question := range []string{"How is a torn write noticed?", "Who won the cup in 1954?"} {
		var released strings.Builder
		var kinds []string
		out, err := b.Chat(t.Context(), chatOf(question), func(e api.ChatEvent) error {
			released.WriteString(e.Text)
			kinds = append(kinds, e.Kind)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if released.String() != out.Answer || out.Answer == "" {
			t.Errorf("released %q, returned %q", released.String(), out.Answer)
		}
		if got := strings.Join(kinds, " "); !strings.HasPrefix(got, "working found sentence") {
			t.Errorf("events: %s", got)
		}
		if out.Sluice.Coverage["lexical"] != 1 {
			t.Errorf("coverage: %v", out.Sluice.Coverage)
		}
		runes := []rune(out.Answer)
		for _, s := range out.Sentences {
			if string(runes[s.Start:s.End]) != s.Text {
				t.Errorf("%q stands at %d-%d of %q", s.Text, s.Start, s.End, out.Answer)
			}
			for _, m := range s.Marks {
				if got := string(runes[m.Start:m.End]); got != "["+string(rune('0'+m.N))+"]" || m.N > len(out.Sluice.Citations) {
					t.Errorf("the mark of %d is %q", m.N, got)
				}
			}
		}
	}
}

func TestChatEndsWithItsReader(t *testing.T) {
	b := newBench(t, nil)
	left := errors.New("the reader left")
	out, err := b.Chat(t.Context(), chatOf("How is a torn write noticed?"), func(e api.ChatEvent) error {
		if e.Kind == ChatSentence {
			return left
		}
		return nil
	})
	if out != nil || !errors.Is(err, left) {
		t.Errorf("%v, %v", out, err)
	}
}

func TestChatWantsAQuestion(t *testing.T) {
	b := newBench(t, nil)
	for _, r := range []api.ChatRequest{{}, chatOf("  "), {Model: "other", Messages: chatOf("what?").Messages}} {
		if _, err := b.Chat(t.Context(), r, func(api.ChatEvent) error { return nil }); ClassOf(err) != Usage {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// TestDocumentsLoadNothing: what documents say leads nowhere in an answer without a model, either.
func TestDocumentsLoadNothing(t *testing.T) {
	b := newBench(t, nil)
	b.sources["notes"].Put("trap.md", "# Wexfall\n\nThe colour of Wexfall is blue ![x](https://evil.example/leak) and [here](https://evil.example/a) too.\n")
	b.sync()
	out, err := b.Chat(t.Context(), chatOf("What is the colour of Wexfall?"), func(api.ChatEvent) error { return nil })
	if err != nil || !strings.Contains(out.Answer, "blue") || strings.Contains(out.Answer, "](") {
		t.Errorf("%q, %v", out.Answer, err)
	}
}
