package serve

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"sluice/api"
)

// TestAScopeShowsItsSourcesAndNothingElse: whoever may see one source is told neither texts nor
// names, words or numbers of another, whatever is asked for and however.
func TestAScopeShowsItsSourcesAndNothingElse(t *testing.T) {
	b := newBench(t, nil)
	mine := b.search("torn").Funnel[0].In
	b.sources["notes"].Put("a.md", "The walrus whistles at night.\n")
	secret := b.add("secret")
	secret.Put("hidden.md", "The walrus password is zyzzogeton, of project quillwort.\n")
	secret.Put("other.md", "quillwort again\n")
	b.sync()
	ctx := Within(context.Background(), []string{"notes"})
	forbidden := []string{"zyzzogeton", "quillwort", "hidden.md", "other.md", `"secret"`}
	id := b.search("zyzzogeton").Results[0].ID
	check := func(what string, out any, err error) {
		t.Helper()
		said, _ := json.Marshal(out)
		text := string(said)
		if err != nil {
			text += err.Error()
		}
		for _, word := range forbidden {
			if strings.Contains(text, word) && !strings.Contains(what, word) {
				t.Errorf("%s tells of %s: %s", what, word, text)
			}
		}
	}
	for _, q := range []string{"walrus", "zyzzogetom", "quillwor", "password project", "\"walrus password\"", "walrus -night", "path:**/*.md walrus"} {
		search, err := b.Search(ctx, api.SearchRequest{Query: q, N: 100, KeepDuplicates: true})
		check("search "+q, search, err)
		for _, r := range search.Results {
			if r.Source != "notes" {
				t.Errorf("%s finds %s", q, r.Path)
			}
		}
		for _, st := range search.Funnel {
			if st.Stage == "gather" && st.In != mine+1 {
				t.Errorf("%s is asked of %d passages, and %d may be seen", q, st.In, mine+1)
			}
		}
		window, err := b.Context(ctx, api.ContextRequest{Query: q})
		check("context "+q, window, err)
		answer, err := b.Ask(ctx, api.AskRequest{Query: q})
		check("ask "+q, answer, err)
		why, err := b.Why(ctx, api.WhyRequest{Query: q, Path: "hidden.md"})
		check("why "+q+" hidden.md", why, err)
		chat, err := b.Chat(ctx, api.ChatRequest{Messages: []api.ChatMessage{{Role: "user", Content: q}}}, func(e api.ChatEvent) error {
			check("chat "+q, e, nil)
			return nil
		})
		check("chat "+q, chat, err)
	}
	readsNothing(t, b, ctx, id, "hidden.md", "hidden.md:1-9", "secret", secret.Info().Root+"/hidden.md", "other.md")
	if _, err := b.Search(ctx, api.SearchRequest{Query: "walrus", Filters: api.Filters{Source: []string{"secret"}}}); err == nil || strings.Contains(err.Error(), "secret;") {
		t.Errorf("a filter on the other source: %v", err)
	}
	status, err := b.Status(ctx)
	check("status", status, err)
	if len(status.Sources) != 1 || status.Store != "" || status.Disk != 0 {
		t.Errorf("status: %+v", status)
	}
	sources, err := b.Sources(ctx)
	check("sources", sources, err)
	overview, err := b.Overview(ctx)
	check("overview", overview, err)
	if len(overview.Sources) != 1 {
		t.Errorf("overview: %+v", overview)
	}
	if out, err := b.Search(Within(context.Background(), nil), api.SearchRequest{Query: "walrus"}); err != nil || len(out.Results) != 0 || out.Nothing == nil {
		t.Errorf("who may see nothing finds %+v, %v", out, err)
	}
}

// readsNothing tries to open what may not be seen.
func readsNothing(t *testing.T, b *bench, ctx context.Context, targets ...string) {
	t.Helper()
	for _, target := range targets {
		if out, err := b.Read(ctx, api.ReadRequest{Target: target}); err == nil {
			t.Errorf("%s is read: %+v", target, out)
		} else if strings.Contains(err.Error(), "zyzzogeton") {
			t.Error(err)
		}
		if out, err := b.Read(ctx, api.ReadRequest{Target: target, Source: "secret"}); err == nil {
			t.Errorf("%s of the other source is read: %+v", target, out)
		}
	}
}
